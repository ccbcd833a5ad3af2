package faults

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/store/pgtest"
)

// database is a copy of the one in which the plan lies, and what ails it.
type database interface {
	dsn() string            // for a process
	readOnly() string       // the same, for one that may only read
	full(on bool) error     // no room; where on is false, it ends
	locked(on bool) error   // another program writes
	gone(on bool) error     // not there
	raw() (*sql.DB, error)  // beside the store; an error where it is gone
	placeholder(int) string // of the nth argument
}

// file is a database of SQLite.
type file struct {
	dir  string
	db   *sql.DB
	lock *sql.Conn
}

// wait is how long a write waits for another program's: no test is to take seconds.
const wait = "?_pragma=busy_timeout(50)"

func newFile(t testing.TB, template string) *file {
	t.Helper()
	f := &file{dir: filepath.Join(t.TempDir(), "data")}
	content, err := os.ReadFile(template)
	if err == nil {
		err = os.Mkdir(f.dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(f.path(), content, 0o600)
	}
	if err == nil {
		f.db, err = sql.Open("sqlite", "file:"+f.path()+"?_pragma=busy_timeout(5000)")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.db.Close() })
	return f
}

func (f *file) path() string           { return filepath.Join(f.dir, "wrapup.db") }
func (f *file) dsn() string            { return "file:" + f.path() + wait }
func (f *file) readOnly() string       { return "file:" + f.path() + wait + "&mode=ro" }
func (f *file) placeholder(int) string { return "?" }

// full is the child's own matter: the operating system refuses it room.
func (f *file) full(bool) error { return errors.New("a file has no room where its process has none") }

func (f *file) locked(on bool) (err error) {
	ctx := context.Background() // what is locked is let go
	if !on {
		_, err = f.lock.ExecContext(ctx, "ROLLBACK")
		return errors.Join(err, f.lock.Close())
	}
	if f.lock, err = f.db.Conn(ctx); err != nil {
		return err
	}
	_, err = f.lock.ExecContext(ctx, "BEGIN IMMEDIATE")
	return err
}

func (f *file) gone(on bool) error {
	if on {
		return os.Rename(f.dir, f.dir+" elsewhere")
	}
	return os.Rename(f.dir+" elsewhere", f.dir)
}

func (f *file) raw() (*sql.DB, error) {
	if _, err := os.Stat(f.path()); err != nil {
		return nil, err
	}
	return f.db, nil
}

// server is a database of PostgreSQL.
type server struct {
	address, name string
	db, admin     *sql.DB
	lock          *sql.Tx
}

func emptyServer(t testing.TB) *server {
	t.Helper()
	s := &server{address: pgtest.Database(t)}
	u, err := url.Parse(s.address)
	if err != nil {
		t.Fatal(err)
	}
	s.name = strings.Trim(u.Path, "/")
	u.Path = "/postgres"
	admin, err1 := sql.Open("postgres", u.String())
	db, err2 := sql.Open("postgres", s.address)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	s.admin, s.db = admin, db
	t.Cleanup(func() { _, _ = db.Close(), admin.Close() })
	return s
}

func (s *server) do(q string) error {
	_, err := s.admin.ExecContext(context.Background(), q) // what ails it is mended whatever becomes of the test
	return err
}

func (s *server) dsn() string              { return s.address }
func (s *server) readOnly() string         { return s.address + "&default_transaction_read_only=on" }
func (s *server) placeholder(n int) string { return fmt.Sprintf("$%d", n) }
func (s *server) raw() (*sql.DB, error)    { return s.db, nil }

// keep remembers all rows; again brings them back, as in a new copy of the database, but sooner than one is made.
const (
	keep  = "CREATE SCHEMA kept;" + rows + "EXECUTE 'CREATE TABLE kept.' || r || ' AS TABLE public.' || r; END LOOP; END $$"
	again = rows + `SET LOCAL session_replication_role = replica;
		EXECUTE 'DELETE FROM public.' || r; EXECUTE 'INSERT INTO public.' || r || ' OVERRIDING SYSTEM VALUE SELECT * FROM kept.' || r; END LOOP; END $$`
	rows = "DO $$ DECLARE r text; BEGIN FOR r IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP "
)

// full has the server say what it says when its disk is full.
func (s *server) full(on bool) error {
	ctx := context.Background()
	if !on {
		_, err := s.db.ExecContext(ctx, "DROP FUNCTION no_room CASCADE")
		return err
	}
	_, err := s.db.ExecContext(ctx, `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;`+
		rows+"EXECUTE 'CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON ' || r || ' EXECUTE FUNCTION no_room()'; END LOOP; END $$")
	return err
}

func (s *server) locked(on bool) (err error) {
	ctx := context.Background()
	if !on {
		return s.lock.Rollback()
	}
	for {
		if s.lock, err = s.db.BeginTx(ctx, nil); err != nil {
			return err
		}
		_, err = s.lock.ExecContext(ctx, rows+"EXECUTE 'LOCK TABLE ' || r || ' IN EXCLUSIVE MODE'; END LOOP; END $$")
		if err == nil || !strings.Contains(err.Error(), "(40P01)") { // a deadlock: the other process at work was at another table first
			return err
		}
		if err := s.lock.Rollback(); err != nil {
			return err
		}
	}
}

func (s *server) gone(on bool) error {
	if err := s.do(fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", s.name, !on)); err != nil || !on {
		return err
	}
	return s.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + s.name + "'")
}

// announced says why the journal on the disk does not hold the intent of a write of these bytes ("" for a write that has none); nil where it does.
func announced(d database, change, key, hash string) error {
	db, err := d.raw()
	if err != nil {
		return fmt.Errorf("its intent is not on the disk: %w", err)
	}
	var state, doc string
	q := fmt.Sprintf("SELECT state, COALESCE(intent, '') FROM step WHERE change_id = %s AND key = %s", d.placeholder(1), d.placeholder(2))
	if err := db.QueryRowContext(context.Background(), q, change, key).Scan(&state, &doc); err != nil {
		return fmt.Errorf("its intent is not on the disk: %w", err)
	}
	var in publish.Intent
	if err := json.Unmarshal([]byte(doc), &in); err != nil || state != string(publish.StepIntent) || hash != "" && in.Final != hash {
		return fmt.Errorf("the step is %s, announced to write %q, and %q arrives", state, in.Final, hash)
	}
	return nil
}

// leaseOver has the time of every lease pass.
func leaseOver(d database) error {
	db, err := d.raw()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), "UPDATE work SET lease_until = "+d.placeholder(1)+" WHERE state = 'running'", time.Now().Add(-time.Hour).UTC())
	return err
}

// engine makes databases in which a plan lies, and the service as it was reviewed.
type engine struct {
	name     string
	what     string // what the change does
	plan     publish.Change
	set      set
	template string
	replicas bool // another process works on the same database all the while
	t        *testing.T
	idle     chan *server // databases that nobody uses now
}

// sqlite plans a change of n flows in a file.
func sqlite(t *testing.T, n int) *engine {
	t.Helper()
	e := &engine{name: "SQLite", what: published, set: newSet(n), template: filepath.Join(t.TempDir(), "template.db"), t: t}
	e.plan = e.set.plan(t, e.template)
	return e
}

// postgres plans one on a server, which two processes share.
func postgres(t *testing.T, n int) *engine {
	t.Helper()
	s := emptyServer(t)
	e := &engine{name: "PostgreSQL", what: published, set: newSet(n), template: s.name, replicas: true, t: t, idle: make(chan *server, 100)}
	e.plan = e.set.plan(t, s.address)
	s.template(t)
	return e
}

// template makes a database one to copy: it remembers its rows, and nobody uses it.
func (s *server) template(t *testing.T) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), "DROP SCHEMA IF EXISTS kept CASCADE;"+keep); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
}

// copy is a database in which the plan lies, for one case.
func (e *engine) copy(t testing.TB) database {
	t.Helper()
	if !e.replicas {
		return newFile(t, e.template)
	}
	var s *server
	select {
	case s = <-e.idle:
	default:
		s = e.server(t)
	}
	t.Cleanup(func() {
		if _, err := s.db.ExecContext(context.WithoutCancel(t.Context()), again); err != nil {
			t.Error(err)
			return
		}
		e.idle <- s
	})
	return s
}

func (e *engine) server(t testing.TB) *server {
	t.Helper()
	s := emptyServer(e.t)
	if err := errors.Join(s.do("DROP DATABASE "+s.name), s.do("CREATE DATABASE "+s.name+" TEMPLATE "+e.template)); err != nil {
		t.Fatal(err)
	}
	return s
}

// What the changes do.
const (
	published = "a guide is created, and flows open it"
	putBack   = "all of that is put back, replaced drafts too"
	archived  = "the guide is archived"
)

// next carries the change out and plans another behind it.
func (e *engine) next(t *testing.T, what string, plan func(*process) (publish.Change, error)) *engine {
	t.Helper()
	n := *e
	n.what, n.idle = what, make(chan *server, 100)
	var db database
	if e.replicas {
		s := e.server(t)
		db, n.template = s, s.name
	} else {
		f := newFile(t, e.template)
		db, n.template = f, f.path()
	}
	w := oneCase{engine: e}.world(t, db)
	w.begin()
	p := w.process(w.now)
	w.judge(p, w.settle(p, e.plan))
	var err error
	if n.plan, err = plan(p); err != nil || n.plan.Blocked() || len(n.plan.Steps) == 0 {
		t.Fatalf("%s: %d steps, checks %v: %v", what, len(n.plan.Steps), n.plan.Checks, err)
	}
	n.set = w.held(t, p)
	p.stop()
	if err := p.store.Close(); err != nil {
		t.Fatal(err)
	}
	switch db := db.(type) {
	case *server:
		db.template(t)
	case *file:
		if err := db.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return &n
}

// held is the set as the service holds it.
func (w *world) held(t *testing.T, p *process) set {
	t.Helper()
	s := set{home: w.engine.set.home}
	all, err := p.gateway.ListFlows(t.Context(), w.engine.set.instance())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		live, saved, _ := w.aws.sim.Contents(s.home.ID, string(f.ID))
		s.flows = append(s.flows, seeded{id: string(f.ID), name: f.Name, live: live, draft: saved, left: w.engine.set.flow(string(f.ID)).left})
	}
	return s
}

// few is how many flows the change has that is put back: its writes are of the same kinds.
const few = 5

// changes are the changes of which every write and call is tried: a guide with n flows, all of that put back, and the guide archived.
func changes(t *testing.T, plan func(*testing.T, int) *engine, n int) []*engine {
	t.Helper()
	whole := plan(t, n)
	first := whole
	if n > few {
		first = plan(t, few)
	}
	in, guide := first.set.instance(), instance.FlowID("")
	back := first.next(t, putBack, func(p *process) (publish.Change, error) {
		r := publish.PutBackRequest{Former: publish.Former{Change: first.plan.ID}, By: bob}
		for _, st := range first.plan.Steps {
			if st.ReplacesDraft {
				r.Former.Drafts = append(r.Former.Drafts, st.Flow)
			}
		}
		return p.PutBack(t.Context(), r)
	})
	for _, f := range back.set.flows {
		if f.name == guideName {
			guide = instance.FlowID(f.id)
		}
	}
	return []*engine{whole, back, back.next(t, archived, func(p *process) (publish.Change, error) {
		return p.Archive(t.Context(), publish.ArchiveRequest{Instance: in, Flow: guide, By: bob})
	})}
}

// open gives the database as a process sees it.
func open(t testing.TB, d database) *store.Store {
	t.Helper()
	s, err := store.Open(context.WithoutCancel(t.Context()), d.dsn())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
