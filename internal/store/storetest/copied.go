package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"wrapup/internal/store"
)

// Database is the DSN of a database of a test's own, for whom any will do: in memory, and under the race detector, with which making the tables
// takes a second, a copy of a file that has them. A write waits there for as long as it takes.
func Database(t testing.TB) string {
	if !underRace {
		return ":memory:"
	}
	return "file:" + Copied(t) + "?_pragma=busy_timeout(300000)"
}

// Copied is a file of a test's own that has its tables.
func Copied(t testing.TB) string {
	t.Helper()
	content, err := made()
	name := filepath.Join(t.TempDir(), "wrapup.db")
	if err == nil {
		err = os.WriteFile(name, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

var made = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wrapup-store-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "wrapup.db")
	if err := MakeTables(name); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
})

// MakeTables makes the tables of a database at Start.
func MakeTables(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.WithClock(func() time.Time { return Start }))
	if err != nil {
		return err
	}
	return s.Close()
}
