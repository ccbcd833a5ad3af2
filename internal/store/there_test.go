package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/store"
)

func TestNothingCountsAsKeptInAFileThatIsGone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "wrapup.db")
	s := open(t, path)
	keep := func(text string) error { _, err := s.KeepContent(t.Context(), []byte(text)); return err }
	if err := keep("one"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+" elsewhere"); err != nil {
		t.Fatal(err)
	}
	refused(t, keep("two"), fault.Unavailable, "store.gone")

	other, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, keep("three"), fault.Unavailable, "store.gone")

	for _, err := range []error{os.RemoveAll(dir), os.Rename(dir+" elsewhere", dir), keep("four")} {
		if err != nil {
			t.Error(err)
		}
	}
}
