package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"wrapup/internal/store"
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

func TestAFileFulfilsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) (storetest.Store, storetest.Sessions) {
		s := open(t, filepath.Join(t.TempDir(), "wrapup.db"), store.WithClock(now))
		return s, s.Sessions()
	})
}

func TestMemoryFulfilsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) (storetest.Store, storetest.Sessions) {
		s := open(t, ":memory:", store.WithClock(now))
		return s, s.Sessions()
	})
}

func TestTwoProcessesOnOneFileNeverRunOneChangeTwice(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "wrapup.db")
	storetest.Claim(t, 100, open(t, file), open(t, file))
}
