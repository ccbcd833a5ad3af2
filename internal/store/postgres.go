package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
)

// postgres is what a store on PostgreSQL has besides.
type postgres struct{ dsn string } // with its password: never in an error, never in a log

const (
	advisory   = 0x77726170 // "wrap": our share of the database's advisory locks
	channel    = "wrapup_operation"
	mostTries  = 10 // of a transaction that is in another's way
	mostIdle   = 5 * time.Minute
	mostAge    = 30 * time.Minute
	mostAhead  = 2500 * time.Millisecond // half the margin that operations keep before their lease's end, the smallest one
	quietFor   = 30 * time.Second        // until a connection that only listens is asked whether it is there
	mostNotice = 7000                    // bytes; a notification holds 8,000
)

// session is set on every connection. An intent must outlive a power cut, whatever the server's default; a string's
// backslashes must mean nothing, for bun writes values into the statement; and nobody waits for ever.
const session = `SET standard_conforming_strings = on; SET default_transaction_isolation = 'read committed'; SET TIME ZONE 'UTC';
SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

func openPostgres(dsn string) (*bun.DB, *postgres, error) {
	dsn, err := withDefaults(dsn)
	if err != nil {
		return nil, nil, err
	}
	c, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, nil, badAddress
	}
	to, err := pq.NewConnectorConfig(c)
	if err != nil {
		return nil, nil, badAddress
	}
	db := sql.OpenDB(connector{to})
	db.SetMaxOpenConns(openConns)
	db.SetMaxIdleConns(openConns)
	db.SetConnMaxIdleTime(mostIdle)
	db.SetConnMaxLifetime(mostAge)
	return bun.NewDB(db, pgdialect.New()), &postgres{dsn}, nil
}

// badAddress passes no other error on: it may hold the password.
var badAddress = fault.New(fault.Invalid, "store.address").
	Because(errors.New("it is no address such as postgres://user@host/database?sslmode=verify-full"))

// withDefaults adds what the address does not say: nobody waits for ever to connect.
func withDefaults(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Fragment != "" || strings.Contains(u.EscapedPath()+u.RawQuery, "@") {
		return "", badAddress // a password with a character that was not escaped would be shown as a host or a name
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", badAddress
	}
	for name, value := range map[string]string{"connect_timeout": "10", "fallback_application_name": "wrapup"} {
		if !q.Has(name) {
			q.Set(name, value)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// connector sets every connection up.
type connector struct{ *pq.Connector }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, session, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// write runs f in a transaction, anew where the database broke it off in favour of another. Such a transaction has changed
// nothing. Any other error is given as it is: after a broken connection nobody knows whether the commit was made.
func (*postgres) write(ctx context.Context, db *bun.DB, f func(ctx context.Context, tx bun.Tx) error) error {
	for try := 1; ; try++ {
		err := db.RunInTx(ctx, nil, f)
		switch state(err) {
		case "40001", "40P01": // serialization_failure, deadlock_detected
			if try < mostTries && ctx.Err() == nil {
				continue
			}
		}
		return err
	}
}

// state is the SQLSTATE of an error of PostgreSQL's (postgresql.org/docs/current/errcodes-appendix.html), else empty.
func state(err error) string {
	var e interface{ SQLState() string }
	if errors.As(err, &e) {
		return e.SQLState()
	}
	return ""
}

func notUniquePostgres(err error) bool { return state(err) == "23505" }

// postgresSentence is the catalogue id for an error of PostgreSQL's that its operator can do something about, else empty.
func postgresSentence(err error) string {
	code := state(err)
	switch code {
	case "25006", "0A000": // read_only_sql_transaction; on a standby, a transaction that would write is no supported feature
		return "store.read-only"
	case "53100": // disk_full
		return "store.full"
	case "53200", "53300", "53400", "55P03", "40001", "40P01", "25P03": // no memory, no connection, no lock in time
		return "store.busy"
	case "XX001", "XX002", "42P01", "42703": // data_corrupted, index_corrupted, undefined_table, undefined_column
		return "store.damaged"
	case "58030": // io_error
		return "store.disk"
	}
	var network net.Error
	if slices.Contains([]string{"08", "28", "3D", "42", "57"}, code[:min(2, len(code))]) || // not connected, not let in, no database, no right, shut down
		errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn) {
		return "store.unreachable" // the cause, which the terminal and the log show, says who did not answer and why
	}
	return ""
}

// sameTime refuses a clock that is far from the database's: processes judge one another's leases by their own clocks.
func sameTime(ctx context.Context, db *sql.DB) error {
	if err := db.PingContext(ctx); err != nil { // what connecting takes is no difference
		return err
	}
	before := time.Now()
	var theirs time.Time
	if err := db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
		return err
	}
	ahead, behind := before.Sub(theirs), time.Until(theirs)
	if off := max(ahead, behind); off > mostAhead {
		return fault.New(fault.Unavailable, "store.clock", "Apart", off.Round(time.Millisecond)).
			Because(fmt.Errorf("this machine's clock and the database's are %s apart; at most %s are allowed", off.Round(time.Millisecond), mostAhead))
	}
	return nil
}

// Notifier tells of long work that any process writes; nil on SQLite, which one process serves.
func (s *Store) Notifier() operation.Notifier {
	if s.pg == nil {
		return nil
	}
	return s.pg
}

// notify tells all processes of a row as it will be once the transaction is committed.
func (s *Store) notify(ctx context.Context, tx bun.Tx, r workRow) error {
	if s.pg == nil {
		return nil
	}
	c := operation.Change{ID: operation.ID(r.ID), Kind: r.Kind, Subject: r.Subject, State: operation.State(r.State), Rev: r.Rev}
	doc, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if len(doc) > mostNotice {
		doc = []byte("{}") // look at all of them
	}
	_, err = tx.NewRaw("SELECT pg_notify(?, ?)", channel, string(doc)).Exec(ctx)
	return err
}

// Changes implements operation.Notifier on a connection of its own.
func (p *postgres) Changes(ctx context.Context, tell func(operation.Change)) error {
	notices := make(chan *pq.Notification, 64)
	conn, err := pq.NewListenerConn(p.dsn, notices)
	if err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close() // closed already, where it broke
		for range notices {
		}
	}()
	if _, err := conn.Listen(channel); err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	tell(operation.Change{}) // what was before was missed
	quiet := time.NewTicker(quietFor)
	defer quiet.Stop()
	answer := make(chan error, 1)
	for asked := false; ; {
		select {
		case n, ok := <-notices:
			if !ok {
				return fmt.Errorf("listen for changes: %w", conn.Err())
			}
			tell(changeOf(n))
		case err := <-answer:
			if asked = false; err != nil {
				return fmt.Errorf("listen for changes: %w", err)
			}
		case <-quiet.C:
			if asked {
				return fmt.Errorf("listen for changes: the database has not answered for %s", quietFor)
			}
			asked = true
			go func() { // beside: its answer comes behind notifications
				_, err := conn.ExecSimpleQuery("") // Ping would panic on an error that a pooler answers with
				answer <- err
			}()
		}
	}
}

// changeOf reads a notification; one that another version wrote says that any operation may have changed.
func changeOf(n *pq.Notification) operation.Change {
	var c operation.Change
	if json.Unmarshal([]byte(n.Extra), &c) != nil {
		return operation.Change{}
	}
	return c
}
