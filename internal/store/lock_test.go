//go:build unix

package store_test

import (
	"path/filepath"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/store"
)

func TestOneProcessServesADatabase(t *testing.T) {
	t.Parallel()
	dsn := filepath.Join(t.TempDir(), "new", "wrapup.db")
	first, err := store.TakeLock(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.TakeLock("file:" + dsn); !fault.Is(err, fault.Unavailable) || fault.From(err).Message.ID != "store.in-use" {
		t.Errorf("a second lock: %v", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := store.TakeLock(dsn)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if l, err := store.TakeLock(":memory:"); err != nil || l.Release() != nil {
			t.Errorf("memory: %v", err)
		}
	}
}
