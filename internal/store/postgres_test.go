package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// rawPostgres opens the database beside the store, as an operator or a fault would.
func rawPostgres(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestNoErrorTellsThePasswordOfAPostgreSQL(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	for dsn, want := range map[string]fault.Kind{
		"postgres://u:secret@" + closed + "/wrapup?sslmode=disable":                        fault.Unavailable,
		"postgresql://u:secret@" + closed + "/wrapup?sslmode=disable":                      fault.Unavailable,
		"postgres://" + closed + "/wrapup?sslmode=disable&password=secret":                 fault.Unavailable,
		"postgres://u:secret%zz@h/wrapup":                                                  fault.Invalid,
		"postgres://u:1#secret@h/wrapup":                                                   fault.Invalid,
		"postgres://u:1/secret@h:x/wrapup":                                                 fault.Invalid,
		"postgres://u:secret@h:port/wrapup":                                                fault.Invalid,
		"postgres://u:secret@h/wrapup?sslmode=secret":                                      fault.Invalid,
		"postgres://u@h/wrapup?%zz=secret":                                                 fault.Invalid,
		"postgres://u:secret@" + closed + "/wrapup?sslmode=disable&connect_timeout=secret": fault.Invalid,
	} {
		s, err := store.Open(t.Context(), dsn)
		if err == nil {
			t.Errorf("%s was opened: %v", dsn, s.Close())
			continue
		}
		if !fault.Is(err, want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %s", dsn, err, want)
		}
	}
}

func TestANewerSchemaOfAPostgreSQLIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	if err := open(t, dsn).Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	execSQL(t, rawPostgres(t, dsn), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)")
	_, err := store.Open(t.Context(), dsn)
	refused(t, err, fault.Unavailable, "store.newer")
}

func TestAPostgreSQLThatIsNotWholeIsRefused(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"without a table":       "DROP TABLE work",
		"without a guard":       "DROP TRIGGER record_no_update ON record",
		"with a guard disarmed": "ALTER TABLE record DISABLE TRIGGER record_no_delete",
	} {
		dsn := postgres(t)
		if err := open(t, dsn).Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		execSQL(t, rawPostgres(t, dsn), damage)
		_, err := store.Open(t.Context(), dsn)
		if refused(t, err, fault.Unavailable, "store.damaged"); !strings.Contains(err.Error(), "is missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReplicasThatStartTogetherMakeTheTablesOnce(t *testing.T) {
	t.Parallel()
	dsn := emptyPostgres(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := store.Open(t.Context(), dsn)
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(s.Ping(t.Context()), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var made, steps int
	err := rawPostgres(t, dsn).QueryRow("SELECT COUNT(*), COUNT(DISTINCT version_id) FROM goose_db_version").Scan(&made, &steps)
	if err != nil || made != steps || steps < 5 {
		t.Errorf("%d migrations were made for %d steps, %v", made, steps, err)
	}
}

func TestWhatWasRecordedCannotBeChangedInPostgreSQL(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	s, ctx := open(t, dsn), t.Context()
	c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Steps: []publish.Step{{Key: "f1"}}}
	_, err := s.KeepContent(ctx, []byte("x"))
	if err := errors.Join(err, s.CreateChange(ctx, c), s.Record(ctx, people.Entry{At: time.Now()})); err != nil {
		t.Fatal(err)
	}
	db := rawPostgres(t, dsn)
	for _, q := range []string{
		"UPDATE record SET reason = 'other'", "DELETE FROM record", "TRUNCATE record",
		"UPDATE content SET bytes = 'other'", "DELETE FROM content", "TRUNCATE content",
		"UPDATE change_set SET plan = '{}'", "UPDATE change_set SET hash = 'other'", "DELETE FROM change_set", "TRUNCATE change_set, step",
		"UPDATE entry SET body = '{}'", "UPDATE entry SET hash = 'other'", "DELETE FROM entry", "TRUNCATE entry",
		"UPDATE step SET plan = '{}'", "UPDATE step SET key = 'other'", "DELETE FROM step", "TRUNCATE step",
	} {
		if _, err := db.Exec(q); err == nil || !strings.Contains(err.Error(), "kept as written") {
			t.Errorf("%s: %v", q, err)
		}
	}
	if _, err := db.Exec("INSERT INTO record SELECT 1, at, person, name, address, action, subject, reason, result FROM record"); err == nil {
		t.Error("an entry's number was chosen")
	}
	execSQL(t, db, "INSERT INTO change_set (id, instance, region, account, person, hash, plan, created, state) SELECT 'c2', instance, region, account, person, hash, plan, created, 'running' FROM change_set")
	if _, err := db.Exec("UPDATE change_set SET state = 'running' WHERE id = 'c1'"); err == nil {
		t.Error("two changes of one instance run")
	}
}

// refusing has the database refuse every new account with a SQLSTATE, until that has happened so many times.
func refusing(t *testing.T, dsn, state string, times int) {
	t.Helper()
	db := rawPostgres(t, dsn)
	for _, q := range []string{
		"DROP TRIGGER IF EXISTS refuse ON person", "DROP SEQUENCE IF EXISTS refused", "CREATE SEQUENCE refused",
		fmt.Sprintf(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN IF nextval('refused') <= %d THEN RAISE EXCEPTION 'refused' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$`, times, state),
		"CREATE TRIGGER refuse BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION refuse()",
	} {
		execSQL(t, db, q)
	}
}

func TestWhatPostgreSQLRefusesIsToldInWords(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	s := open(t, dsn)
	for state, id := range map[string]string{
		"25006": "store.read-only", "53100": "store.full", "53300": "store.busy", "55P03": "store.busy", "40001": "store.busy", "40P01": "store.busy",
		"XX001": "store.damaged", "58030": "store.disk", "57P01": "store.unreachable", "08006": "store.unreachable", "42501": "store.unreachable",
	} {
		refusing(t, dsn, state, 1000)
		refused(t, s.SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}), fault.Unavailable, id)
	}
	refusing(t, dsn, "22000", 1000)
	if err := s.SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}); fault.From(err).Kind != fault.Internal {
		t.Errorf("an error without a sentence is %v", err)
	}
}

func TestATransactionInAnothersWayIsRunAnew(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	s := open(t, dsn)
	for _, state := range []string{"40001", "40P01"} {
		refusing(t, dsn, state, 3)
		if err := s.SavePerson(t.Context(), people.Person{ID: state, Name: state}); err != nil {
			t.Errorf("%s: %v", state, err)
		}
	}
	refusing(t, dsn, "23514", 1)
	if err := s.SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}); err == nil {
		t.Error("a transaction that was refused for good was run anew")
	}
}

// The first try is broken off when it is committed, and by the second another process has taken the turn.
func TestOfATurnThatIsLostWhileItIsTakenNothingIsGiven(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	s, db := open(t, dsn).Operations(), rawPostgres(t, dsn)
	for _, q := range []string{
		"CREATE SEQUENCE tries",
		`CREATE FUNCTION second() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN IF nextval('tries') > 1 THEN RETURN NULL; END IF; RETURN NEW; END $$`,
		"CREATE TRIGGER second BEFORE INSERT ON turn FOR EACH ROW EXECUTE FUNCTION second()",
		"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '40001'; END $$",
		"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON work DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
	} {
		execSQL(t, db, q)
	}
	now := time.Now()
	o := operation.Operation{ID: "o1", Kind: "read", Key: "k", Asked: now}
	got, asked, err := s.Ask(t.Context(), o, &operation.Turn{Key: "daily", Now: now, Next: now.Add(time.Hour)})
	if err != nil || asked || got.ID != "" {
		t.Errorf("asked %t, %+v, %v", asked, got, err)
	}
	if tries := 0; db.QueryRow("SELECT last_value FROM tries").Scan(&tries) != nil || tries != 2 {
		t.Errorf("%d tries", tries)
	}
}

func TestABrokenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	s := open(t, dsn)
	if err := s.SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	execSQL(t, rawPostgres(t, dsn), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wrapup' AND datname = current_database()")
	var err error
	for range 3 { // one that was not seen to be broken may fail
		if err = s.SavePerson(t.Context(), people.Person{ID: "p2", Name: "Bo"}); err == nil {
			break
		}
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("a broken connection is %v", err)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// A run whose operation is just being claimed by somebody else waits for that, and is refused then, however the two transactions lie.
func TestARunThatIsJustLosingItsOperationIsRefused(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	s, ctx := open(t, dsn), t.Context()
	c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Steps: []publish.Step{{Key: "f1"}}}
	if err := s.CreateChange(ctx, c); err != nil {
		t.Fatal(err)
	}
	f, err := running(ctx, s, "c1")
	if err != nil {
		t.Fatal(err)
	}
	db := rawPostgres(t, dsn)
	tx, err := db.Begin() // the claim, before its commit
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("UPDATE work SET attempt = attempt + 1"); err != nil {
		t.Fatal(err)
	}
	said := make(chan error)
	go func() { said <- s.Intent(ctx, "c1", "f1", f, publish.Intent{At: time.Now()}) }()
	for waiting := false; !waiting; {
		const q = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"
		if err := db.QueryRow(q).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-said:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-said; !errors.Is(err, operation.ErrLost) {
		t.Errorf("error is %v, want operation.ErrLost", err)
	}
}

func TestProcessesHearOfOneAnothersOperations(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	one, two := open(t, dsn), open(t, dsn)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard := make(chan operation.Change, 100)
	listen := func() chan error {
		over := make(chan error, 1)
		go func() { over <- two.Notifier().Changes(ctx, func(c operation.Change) { heard <- c }) }()
		if c := <-heard; c != (operation.Change{}) {
			t.Errorf("it begins with %+v", c)
		}
		return over
	}
	over := listen()
	ask := func(id, subject string) {
		t.Helper()
		if _, _, err := one.Operations().Ask(ctx, operation.Operation{ID: operation.ID(id), Kind: "read", Subject: subject, Key: id, Asked: time.Now()}, nil); err != nil {
			t.Fatal(err)
		}
	}
	ask("a", "i'1")
	if got, want := <-heard, (operation.Change{ID: "a", Kind: "read", Subject: "i'1", State: operation.Queued, Rev: 1}); got != want {
		t.Errorf("heard %+v, want %+v", got, want)
	}
	ask("long", strings.Repeat("x", 9000))
	if got := <-heard; got != (operation.Change{}) {
		t.Errorf("of what is too long to tell came %+v", got)
	}
	if _, _, err := one.Operations().Ask(ctx, operation.Operation{ID: "again", Key: "a", Asked: time.Now()}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Operations().Cancel(ctx, "a", "p1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got.ID != "a" || got.State != operation.Cancelled || got.Rev != 2 {
		t.Errorf("heard %+v", got)
	}
	execSQL(t, rawPostgres(t, dsn), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
	if err := <-over; err == nil {
		t.Error("a broken connection is no error")
	}
	over = listen()
	cancel()
	if err := <-over; err == nil {
		t.Error("it ends without its context's error")
	}
	if open(t, ":memory:").Notifier() != nil {
		t.Error("SQLite has a notifier")
	}
}

func TestAClockThatIsAheadTakesNothingFromWhoRuns(t *testing.T) {
	t.Parallel()
	s, ctx, now := open(t, postgres(t)).Operations(), t.Context(), time.Now()
	if _, _, err := s.Ask(ctx, operation.Operation{ID: "o1", Kind: "apply", Key: "k", Asked: now}, nil); err != nil {
		t.Fatal(err)
	}
	claim := func(owner string, at time.Time) (operation.Operation, bool) {
		t.Helper()
		o, found, err := s.Claim(ctx, operation.Claim{Owner: owner, Kinds: []string{"apply"}, Now: at, Until: at.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return o, found
	}
	run, _ := claim("one", now)
	if o, found := claim("two", now.Add(2*time.Hour)); found {
		t.Errorf("a process whose clock is two hours ahead has taken %+v", o)
	}
	if _, err := s.Write(ctx, run.Fence(), operation.Word{Now: now, Until: now.Add(-time.Second)}); err != nil {
		t.Fatal(err)
	}
	if o, found := claim("two", now.Add(2*time.Hour)); !found || o.Attempt != 2 {
		t.Errorf("a lease that is over is not taken: %+v", o)
	}
}

// Nothing but the notification can bring it in time: leases and looks for work last an hour.
func TestACancelReachesTheProcessThatDoesTheWork(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	process := func(owner string) *operation.Service {
		s := open(t, dsn)
		return operation.New(s.Operations(), operation.Options{Owner: owner, Notifier: s.Notifier(), Poll: time.Hour, Lease: time.Hour})
	}
	web, worker := process("web"), process("worker")
	started := make(chan operation.ID)
	worker.Handle("apply", operation.Kind{Do: func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
		started <- r.Operation().ID
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error)
	go func() { over <- worker.Run(ctx) }()
	if _, _, err := web.Ask(ctx, operation.Request{Kind: "apply", Subject: "i1"}); err != nil {
		t.Fatal(err)
	}
	id := <-started
	states, err := worker.Watch(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := web.Cancel(ctx, id, "p1"); err != nil {
		t.Fatal(err)
	}
	var last operation.Operation
	for last = range states {
	}
	if last.State != operation.Cancelled || last.CancelBy != "p1" {
		t.Errorf("it ended as %+v", last)
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

// Two processes, each with its own handle: one asks and watches, the other does the work.
func TestLongWorkOfOneProcessIsSeenInAnother(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	process := func(owner string) *operation.Service {
		s := open(t, dsn)
		return operation.New(s.Operations(), operation.Options{Owner: owner, Notifier: s.Notifier(), Poll: time.Hour})
	}
	web, worker := process("web"), process("worker")
	worker.Handle("read", operation.Kind{Do: func(_ context.Context, r *operation.Run) (json.RawMessage, error) {
		r.Progress(operation.Progress{Done: 1, Total: 1})
		return json.RawMessage(`"read"`), nil
	}})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, s := range []*operation.Service{web, worker} {
		running.Go(func() {
			if err := s.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range 10 {
		o, _, err := web.Ask(ctx, operation.Request{Kind: "read", Subject: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		states, err := web.Watch(ctx, o.ID)
		if err != nil {
			t.Fatal(err)
		}
		for o = range states {
		}
		if o.State != operation.Done || o.Owner != "worker" || o.Progress.Done != 1 {
			t.Errorf("the last state seen is %+v", o)
		}
	}
	cancel()
	running.Wait()
}
