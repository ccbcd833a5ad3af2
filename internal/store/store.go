// Package store is wrapup's database: what Amazon Connect cannot hold. It keeps the journal of changes, the chain of
// entries that says who did what, contents by hash, long work, guide drafts, people, sessions and the record. The engine is SQLite, for one process, or PostgreSQL,
// for any number. Tables and queries are the same; what is particular to an engine stands in sqlite.go and postgres.go.
//
// Times come back in UTC, at the microsecond where the store sets them. Free text comes back as it was given, but a NUL
// or a byte that is no UTF-8 becomes U+FFFD, which PostgreSQL could not keep otherwise.
package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"wrapup/internal/fault"
)

// Store is an open database. It implements publish.Journal, publish.Drafts and people.Store, and is safe for
// concurrent use.
type Store struct {
	db    *bun.DB
	clock func() time.Time
	turn  chan struct{} // on SQLite, one writer at a time: its own waiting is not fair
	file  fileAt        // on SQLite
	pg    *postgres     // nil on SQLite
	left  sync.Map      // instance.ID -> leftAt
}

// Option changes how a store is opened.
type Option func(*Store)

// WithClock replaces the wall clock.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.clock = now } }

// Open opens the database that dsn names, looks whether it is whole, and brings its tables up to date. dsn is a
// file path, a "file:" or "sqlite:" address, ":memory:" (kept until Close, for tests), or a "postgres:" address. A file is
// created where there is none, for its owner only (0600), as is its folder (0700). Errors are *fault.Error: Invalid for a dsn
// that cannot be used, Unavailable for a database that cannot be. No error tells a password.
func Open(ctx context.Context, dsn string, opts ...Option) (*Store, error) {
	s, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	for _, o := range opts {
		o(s)
	}
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(failed("open the database", err), s.db.Close())
	}
	return s, nil
}

func connect(dsn string) (*Store, error) {
	if Shared(dsn) {
		db, pg, err := openPostgres(dsn)
		return &Store{db: db, clock: time.Now, pg: pg}, err
	}
	db, err := openSQLite(dsn)
	return &Store{db: db, clock: time.Now, turn: make(chan struct{}, 1), file: fileOf(dsn)}, err
}

// ready checks the database and its schema.
func (s *Store) ready(ctx context.Context) error {
	if s.pg == nil {
		if err := wholeSQLite(ctx, s.db.DB); err != nil {
			return err
		}
		return s.migrate(ctx, goose.DialectSQLite3)
	}
	if err := sameTime(ctx, s.db.DB); err != nil {
		return err
	}
	if err := s.migrate(ctx, goose.DialectPostgres); err != nil {
		return err
	}
	return wholePostgres(ctx, s.db.DB)
}

// Close ends the store. What was committed is on the disk.
func (s *Store) Close() error { return s.db.Close() }

// Ping says whether the database answers and can be read.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.db.NewRaw("SELECT 1 FROM change_set LIMIT 1").Exec(ctx)
	return failed("reach the database", err)
}

// now is the store's own time, at the precision that both engines keep.
func (s *Store) now() time.Time { return micro(s.clock()) }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// write runs f in a transaction. f must use tx alone: waiting for s.db inside would wait for itself. On PostgreSQL, where
// transactions run beside one another, f sees what others commit between its statements (read committed), and is
// run anew where the database found it in another's way. What relies on nobody writing meanwhile locks the row, or
// asks for alone.
func (s *Store) write(ctx context.Context, doing string, f func(ctx context.Context, tx bun.Tx) error) error {
	if s.pg != nil {
		return failed(doing, s.pg.write(ctx, s.db, f))
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return failed(doing, ctx.Err())
	}
	defer func() { <-s.turn }()
	if err := s.db.RunInTx(ctx, nil, f); err != nil {
		return failed(doing, err)
	}
	return failed(doing, s.file.still())
}

// alone waits until no other transaction that asked for the same matter is open. SQLite has one writer in any case.
func (s *Store) alone(ctx context.Context, tx bun.Tx, m matter) error {
	if s.pg == nil {
		return nil
	}
	_, err := tx.NewRaw("SELECT pg_advisory_xact_lock(?, ?)", advisory, int(m)).Exec(ctx)
	return err
}

// matter is what must not be written by two transactions at once, though no row stands for it.
type matter int

// The matters. Their numbers are locks that replicas of other versions ask for, too.
const (
	ofPeople   matter = iota + 1 // accounts and links: who is the first, the last, and may do what
	ofAttempts                   // counting sign-ins, then adding one
	ofHistory                    // the chain of entries: each follows the one committed before, as do the numbers of the record
)

// rowLock locks the rows that q reads until the transaction's end. SQLite knows no such clause and needs none.
func (s *Store) rowLock(q *bun.SelectQuery, how string) *bun.SelectQuery {
	if s.pg != nil {
		q.For(how)
	}
	return q
}

// over stands for a process's time in a question whether another's lease is over. On PostgreSQL it must be over by the database's clock,
// too: a process whose own was set ahead takes nothing from those who run.
func (s *Store) over() string {
	if s.pg != nil {
		return "LEAST(?, clock_timestamp())"
	}
	return "?"
}

// failed says what was being done when err came, and classifies err; nil for nil.
func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, classify(err))
}

// classify makes a *fault.Error of a database error that has a sentence of its own. A classified error stays as it is,
// and what is left is an internal fault.
func classify(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	id := sqliteSentence(err)
	if id == "" {
		id = postgresSentence(err)
	}
	if id == "" {
		return err
	}
	return fault.New(fault.Unavailable, id).Because(err)
}

// notUnique says whether err is a unique index's or a primary key's refusal. On PostgreSQL the transaction is over then.
func notUnique(err error) bool { return notUniqueSQLite(err) || notUniquePostgres(err) }

// changed is the number of rows a statement changed.
func changed(res interface{ RowsAffected() (int64, error) }) int64 {
	n, err := res.RowsAffected()
	if err != nil {
		return 0 // both drivers count rows; were one not to, nothing would count as written
	}
	return n
}

// text is free text as both engines can keep it.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
