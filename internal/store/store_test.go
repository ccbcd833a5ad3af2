package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"wrapup/internal/store"
	"wrapup/internal/store/pgtest"
	"wrapup/internal/store/storetest"
)

func open(t *testing.T, dsn string, opts ...store.Option) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// engine opens what dsn names, with the contract's clock. The databases are copies of one that has its tables: making them takes longer than
// most tests, above all under the race detector.
func engine(dsn func(t *testing.T) string) storetest.Open {
	return func(t *testing.T, now func() time.Time) storetest.Handles {
		s := open(t, dsn(t), store.WithClock(now))
		return storetest.Handles{Store: s, Sessions: s.Sessions(), Operations: s.Operations()}
	}
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "wrapup.db") }

func emptyPostgres(t *testing.T) string { return pgtest.Database(t) }

// postgres is a database that has its tables.
func postgres(t *testing.T) string { return pgtest.Copy(t, storetest.MakeTables) }

func TestAFileFulfilsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, engine(func(t *testing.T) string { return storetest.Copied(t) }))
}

func TestMemoryFulfilsTheContract(t *testing.T) {
	t.Parallel()
	if storetest.ButNotUnderRace(t, "it is the file's code, with one connection") {
		storetest.Run(t, engine(func(*testing.T) string { return ":memory:" }))
	}
}

func TestPostgreSQLFulfilsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, engine(postgres))
}

func TestTwoProcessesOnOneDatabaseNeverRunOneThingTwice(t *testing.T) {
	t.Parallel()
	patient := func(t *testing.T) string { // each process writes without a pause, and on a busy machine for minutes
		return "file:" + storetest.Copied(t) + "?_pragma=busy_timeout(300000)"
	}
	for name, dsn := range map[string]func(*testing.T) string{"a file": patient, "PostgreSQL": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := dsn(t)
			one, two := open(t, dsn), open(t, dsn)
			storetest.Claim(t, storetest.Rounds(100), storetest.Face{Store: one, Operations: one.Operations()}, storetest.Face{Store: two, Operations: two.Operations()})
			storetest.ClaimOperations(t, storetest.Rounds(200), one.Operations(), two.Operations())
		})
	}
}
