//go:build unix

package store

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A process that is being started holds every open file of its parent until it runs its own program.
func TestAReleasedLockIsFreeWhileAChildIsBeingStarted(t *testing.T) {
	t.Parallel()
	dsn := filepath.Join(t.TempDir(), "wrapup.db")
	first, err := TakeLock(dsn)
	if err != nil {
		t.Fatal(err)
	}
	held, err := syscall.Dup(int(first.f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(held)
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := TakeLock(dsn)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}
