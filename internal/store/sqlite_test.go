package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// raw opens the file beside the store, as an operator or a fault would.
func raw(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execSQL(t *testing.T, db *sql.DB, q string) {
	t.Helper()
	if _, err := db.Exec(q); err != nil {
		t.Fatal(err)
	}
}

// refused checks the kind and the sentence, and that the catalogue has the sentence.
func refused(t *testing.T, err error, kind fault.Kind, id string) {
	t.Helper()
	f := fault.From(err)
	if f == nil || f.Kind != kind || f.Message.ID != id {
		t.Fatalf("error is %v, want %s %q", err, kind, id)
	}
	if s := i18n.Text(context.Background(), f.Message); strings.Contains(s, "[") || strings.Contains(s, "<no value>") {
		t.Errorf("the sentence is %q", s)
	}
}

func TestANewFileAndItsFolderAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "deep", "wrap up?#%.db")
	s := open(t, file)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		file: 0o600, file + "-wal": 0o600, filepath.Dir(file): 0o700, filepath.Dir(filepath.Dir(file)): 0o700,
	} {
		st, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := st.Mode().Perm(); got != want {
			t.Errorf("%s has the rights %o, want %o", filepath.Base(name), got, want)
		}
	}
}

func TestEveryFormOfAddressOpensTheSameFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a b.db")
	first, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	escaped := strings.ReplaceAll(file, " ", "%20")
	for _, dsn := range []string{file, "file:" + escaped, "file://" + escaped, "sqlite:" + escaped, "sqlite://" + escaped + "?cache=private"} {
		s := open(t, dsn)
		if _, err := s.PersonByID(t.Context(), "p1"); err != nil {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

func TestAddressesThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, want := range map[string]struct {
		kind fault.Kind
		id   string
	}{
		"":                                {fault.Invalid, "store.address"},
		"file:":                           {fault.Invalid, "store.address"},
		"file:%zz":                        {fault.Invalid, "store.address"},
		"file:a.db?%zz":                   {fault.Invalid, "store.address"},
		dir + "/":                         {fault.Invalid, "store.address"},
		"mysql://u:secret@h/wrapup":       {fault.Invalid, "store.engine"},
		dir:                               {fault.Unavailable, "store.cannot-open"},
		filepath.Join(file, "x.db"):       {fault.Unavailable, "store.folder"},
		file:                              {fault.Unavailable, "store.not-a-database"},
		"file:" + dir + "/none?mode=ro":   {fault.Unavailable, "store.not-there"},
		"file:" + dir + "/none?mode=rw":   {fault.Unavailable, "store.not-there"},
		"file:" + dir + "/a.db?mode=what": {fault.Invalid, "store.address"},
	} {
		s, err := store.Open(t.Context(), dsn)
		if err == nil {
			t.Errorf("%q was opened: %v", dsn, s.Close())
			continue
		}
		if f := fault.From(err); f.Kind != want.kind || f.Message.ID != want.id {
			t.Errorf("%q: %v, want %s %q", dsn, err, want.kind, want.id)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestANewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "wrapup.db")
	if err := open(t, file).Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	db := raw(t, file)
	execSQL(t, db, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)")
	_, err := store.Open(t.Context(), file)
	refused(t, err, fault.Unavailable, "store.newer")
	if args := fault.From(err).Message.Args; args["Have"] != "999" || args["Know"] != "9" {
		t.Errorf("the versions are %v", args)
	}
}

func TestADatabaseThatCanOnlyBeReadIsReadAndSaysSo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "wrapup.db")
	if err := open(t, file).SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	s := open(t, "file:"+file+"?mode=ro")
	if _, err := s.PersonByID(t.Context(), "p1"); err != nil {
		t.Errorf("it is not read: %v", err)
	}
	refused(t, s.SavePerson(t.Context(), people.Person{ID: "p2", Name: "Bo"}), fault.Unavailable, "store.read-only")
}

func TestAFullDiskLosesNothingThatWasThere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "wrapup.db")
	if err := open(t, file).SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	s := open(t, "file:"+file+"?_pragma=max_page_count(60)")
	var err error
	for i := 0; i < 1000 && err == nil; i++ {
		err = s.Record(t.Context(), people.Entry{At: time.Now(), Reason: strings.Repeat("x", 10_000)})
	}
	refused(t, err, fault.Unavailable, "store.full")
	if _, err := s.PersonByID(t.Context(), "p1"); err != nil {
		t.Errorf("what was there cannot be read: %v", err)
	}
}

func TestADatabaseHeldByAnotherProgramIsBusy(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "wrapup.db")
	s := open(t, file)
	other, err := raw(t, file).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	refused(t, s.SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}), fault.Unavailable, "store.busy")
	if _, err := s.People(t.Context()); err != nil {
		t.Errorf("it cannot be read meanwhile: %v", err)
	}
}

func TestWhatWasRecordedCannotBeChangedInTheDatabase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "wrapup.db")
	s := open(t, file)
	ctx := t.Context()
	c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Steps: []publish.Step{{Key: "f1"}}}
	_, err := s.KeepContent(ctx, []byte("x"))
	if err := errors.Join(err, s.CreateChange(ctx, c), s.Record(ctx, people.Entry{At: time.Now()})); err != nil {
		t.Fatal(err)
	}
	db := raw(t, file)
	execSQL(t, db, "PRAGMA recursive_triggers = 1")
	for _, q := range []string{
		"UPDATE record SET reason = 'other'", "DELETE FROM record", "INSERT OR REPLACE INTO record SELECT * FROM record",
		"UPDATE content SET bytes = 'other'", "DELETE FROM content",
		"UPDATE change_set SET plan = '{}'", "UPDATE change_set SET hash = 'other'", "DELETE FROM change_set",
		"UPDATE entry SET body = '{}'", "UPDATE entry SET hash = 'other'", "DELETE FROM entry", "INSERT OR REPLACE INTO entry SELECT * FROM entry",
		"UPDATE step SET plan = '{}'", "UPDATE step SET key = 'other'", "DELETE FROM step",
	} {
		if _, err := db.Exec(q); err == nil || !strings.Contains(err.Error(), "kept as written") {
			t.Errorf("%s: %v", q, err)
		}
	}
	execSQL(t, db, "INSERT INTO change_set (id, instance, region, account, person, hash, plan, created, state) SELECT 'c2', instance, region, account, person, hash, plan, created, 'running' FROM change_set")
	if _, err := db.Exec("UPDATE change_set SET state = 'running' WHERE id = 'c1'"); err == nil {
		t.Error("two changes of one instance run")
	}
}

func TestDamagedContentIsNotGivenBack(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"other bytes":  "UPDATE content SET bytes = (SELECT bytes FROM content WHERE size = 5) WHERE size = 4",
		"no gzip":      "UPDATE content SET bytes = X'00' WHERE size = 4",
		"another size": "UPDATE content SET size = 2 WHERE size = 4",
	} {
		file := filepath.Join(t.TempDir(), "wrapup.db")
		s := open(t, file)
		hash, err := s.KeepContent(t.Context(), []byte("four"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.KeepContent(t.Context(), []byte("fives")); err != nil {
			t.Fatal(err)
		}
		db := raw(t, file)
		execSQL(t, db, "DROP TRIGGER content_no_update")
		execSQL(t, db, damage)
		b, err := s.Content(t.Context(), hash)
		refused(t, err, fault.Internal, "store.content-damaged")
		if b != nil {
			t.Errorf("%s: %q is given back", name, b)
		}
		_, err = s.KeepContent(t.Context(), []byte("four"))
		refused(t, err, fault.Internal, "store.content-damaged")
	}
}

func TestADamagedPlanIsAnErrorAndNoChange(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{"UPDATE change_set SET plan = '{'", "UPDATE step SET plan = '{'", "UPDATE step SET outcome = '{'", "UPDATE change_set SET approved = '{'"} {
		file := filepath.Join(t.TempDir(), "wrapup.db")
		s := open(t, file)
		c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Steps: []publish.Step{{Key: "f1"}}}
		if err := s.CreateChange(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		db := raw(t, file)
		execSQL(t, db, "DROP TRIGGER change_set_no_update")
		execSQL(t, db, "DROP TRIGGER step_no_update")
		execSQL(t, db, damage)
		_, err := s.Change(t.Context(), "c1")
		refused(t, err, fault.Internal, "store.damaged")
		_, _, err = s.Changes(t.Context(), publish.Filter{})
		refused(t, err, fault.Internal, "store.damaged")
	}
}

func TestAnEndedContextWritesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, ":memory:")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.SavePerson(ctx, people.Person{ID: "p1", Name: "Ann"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if all, err := s.People(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), fmt.Sprintf("%d.db", b.N)))
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
