package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"wrapup/internal/store"
	"wrapup/internal/store/migrations"
	"wrapup/internal/store/pgtest"
)

// oneFile makes a database of wrapup's, as it is after a clean end, and changes it.
func oneFile(t *testing.T, change ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "wrapup.db")
	s, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range change {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// ofDatabase is what doctor says of a database. AWS is not asked: a setting is wrong.
func ofDatabase(t *testing.T, dsn string) check {
	t.Helper()
	_, out, _ := runIn(t.Context(), []string{"WRAPUP_RATE=2"}, "doctor", "--json", "--database", dsn)
	var d doctorDoc
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	return d.of("database")
}

func TestDoctorOfFiles(t *testing.T) {
	t.Parallel()
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	blocked := filepath.Join(t.TempDir(), "file")
	empty := filepath.Join(t.TempDir(), "empty.db")
	for name, content := range map[string]string{garbage: strings.Repeat("no database ", 1000), blocked: "x", empty: ""} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	served := oneFile(t)
	lock, err := store.TakeLock(served)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	serving, err := store.Open(t.Context(), served)
	if err != nil {
		t.Fatal(err)
	}
	defer serving.Close()
	good := oneFile(t)
	for name, c := range map[string]struct {
		dsn   string
		state state
		says  string
	}{
		"as it should be":         {good, fine, "is whole, up to date (step "},
		"as an address":           {(&url.URL{Scheme: "file", Path: good}).String(), fine, "is whole"},
		"while wrapup serves":     {served, fine, "is whole"},
		"not there yet":           {filepath.Join(t.TempDir(), "a", "b", "new.db"), advice, "is not there yet. wrapup makes it when it starts."},
		"a folder that is a file": {filepath.Join(blocked, "new.db"), wrong, "can't be"},
		"no file":                 {":memory:", wrong, "is no file"},
		"nothing":                 {" ", wrong, "No database is named."},
		"another engine":          {"mysql://user:secret@host/db", wrong, "SQLite"},
		"no database":             {garbage, wrong, "not an SQLite database"},
		"empty":                   {empty, advice, "is empty. wrapup makes its tables"},
		"older":                   {olderFile(t), advice, "of an older version (step "},
		"newer":                   {oneFile(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"), wrong, "changed by a newer version of wrapup"},
		"damaged":                 {spoilt(t), wrong, "damaged"},
		"for reading only":        {"file:" + good + "?mode=ro", wrong, "can be read and not written"},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := os.ReadFile(c.dsn)
			got := ofDatabase(t, c.dsn)
			if got.State != c.state || !strings.Contains(got.Text, c.says) || strings.Contains(got.Text, "secret") {
				t.Errorf("%+v", got)
			}
			if after, _ := os.ReadFile(c.dsn); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if c.state == advice && c.says[:6] == "is not" {
				if left, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(c.dsn))), "*")); len(left) > 0 {
					t.Errorf("left behind: %q", left)
				}
			}
		})
	}
}

// older makes a database as the version before did: without the last migration.
func older(t *testing.T, driver, address string, d goose.Dialect) {
	t.Helper()
	err := with(driver, address, func(db *sql.DB) error {
		own, err := migrations.Go(d, func(context.Context, *sql.Tx) error { return nil })
		if err != nil {
			return err
		}
		p, err := goose.NewProvider(d, db, migrations.Files, goose.WithGoMigrations(own...), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
		if err != nil {
			return err
		}
		all := p.ListSources()
		_, err = p.UpTo(t.Context(), all[len(all)-2].Version)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func olderFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "wrapup.db")
	older(t, "sqlite", "file:"+name, goose.DialectSQLite3)
	return name
}

// spoilt is a database with a page of nonsense in its middle.
func spoilt(t *testing.T) string {
	t.Helper()
	name := oneFile(t)
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, 8*4096), 4096); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDoctorOfPostgreSQL(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	if got := ofDatabase(t, dsn); got.State != advice || !strings.Contains(got.Text, "is empty") {
		t.Errorf("new: %+v", got)
	}
	s, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := ofDatabase(t, dsn); got.State != fine || !strings.Contains(got.Text, "xxxxx@") {
		t.Errorf("as it should be: %+v", got)
	}
	if got := ofDatabase(t, asked(dsn, "default_transaction_read_only", "on")); got.State != wrong || !strings.Contains(got.Text, "not written") {
		t.Errorf("for reading only: %+v", got)
	}
	err = with("postgres", dsn, func(db *sql.DB) error {
		_, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := ofDatabase(t, dsn); got.State != wrong || !strings.Contains(got.Text, "newer version") {
		t.Errorf("newer: %+v", got)
	}
	before := pgtest.Database(t)
	older(t, "postgres", before, goose.DialectPostgres)
	for range 2 { // the first does not bring it up to date
		if got := ofDatabase(t, before); got.State != advice || !strings.Contains(got.Text, "older version") {
			t.Errorf("older: %+v", got)
		}
	}
	gone := "postgres://wrapup:do-not-print@127.0.0.1:1/wrapup?sslmode=disable"
	if got := ofDatabase(t, gone); got.State != wrong || !strings.Contains(got.Text, "can't be reached") || strings.Contains(got.Text, "do-not-print") {
		t.Errorf("gone: %+v", got)
	}
}
