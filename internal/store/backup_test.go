package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/store"
)

func TestABackupIsTakenWhileTheStoreIsWrittenTo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dsn, ctx := filepath.Join(dir, "a b%41?.db"), t.Context()
	lock, err := store.TakeLock(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	s := open(t, dsn)
	hash, err := s.KeepContent(ctx, []byte(strings.Repeat("flow", 50_000)))
	if err := errors.Join(err, s.SavePerson(ctx, people.Person{ID: "p1", Name: "Ann"})); err != nil {
		t.Fatal(err)
	}
	over := make(chan bool)
	var writing sync.WaitGroup
	writing.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				if err := s.Record(ctx, people.Entry{At: time.Now(), Action: "x"}); err != nil {
					t.Error(err)
				}
			}
		}
	})
	copied := filepath.Join(dir, "it's a copy.db")
	if err := store.Backup(ctx, "file:"+strings.NewReplacer("%", "%25", "?", "%3f", " ", "%20").Replace(dsn), copied); err != nil {
		t.Fatal(err)
	}
	close(over)
	writing.Wait()
	if st, err := os.Stat(copied); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the copy has the rights %v, %v", st.Mode(), err)
	}
	if err := store.Backup(ctx, dsn, copied); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	again := open(t, copied)
	if _, err := again.PersonByID(ctx, "p1"); err != nil {
		t.Error(err)
	}
	if b, err := again.Content(ctx, hash); err != nil || len(b) != 200_000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if err := again.SavePerson(ctx, people.Person{ID: "p2", Name: "Bo"}); err != nil {
		t.Errorf("the copy cannot be used: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*.part")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestABackupThatCannotBeMadeLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad, other, junk := filepath.Join(dir, "good.db"), filepath.Join(dir, "bad.db"), filepath.Join(dir, "other.db"), filepath.Join(dir, "junk.db")
	for _, dsn := range []string{good, bad} {
		s := open(t, dsn)
		if err := s.Record(t.Context(), people.Entry{At: time.Now(), Reason: strings.Repeat("x", 100_000)}); err != nil {
			t.Fatal(err)
		}
	}
	damage(t, bad)
	execSQL(t, raw(t, other), "CREATE TABLE x (y)")
	if err := os.WriteFile(junk, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ dsn, file, id string }{
		"no database":            {filepath.Join(dir, "none.db"), "copy.db", "store.not-there"},
		"in memory":              {":memory:", "copy.db", "store.cannot-open"},
		"damaged":                {bad, "copy.db", "store.damaged"},
		"not wrapup's":           {other, "copy.db", "store.damaged"},
		"not a database":         {junk, "copy.db", "store.not-a-database"},
		"no address":             {"file:%zz", "copy.db", "store.address"},
		"no folder for the copy": {good, filepath.Join("none", "copy.db"), "fault.internal"},
	} {
		file := filepath.Join(dir, c.file)
		err := store.Backup(t.Context(), c.dsn, file)
		if f := fault.From(err); err == nil || f.Message.ID != c.id {
			t.Errorf("%s: %v, want %q", name, err, c.id)
		}
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: there is a copy: %v", name, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "none.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a database was made: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*.part")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := store.Backup(t.Context(), "postgres://u:secret@h/wrapup", filepath.Join(dir, "copy.db")); !errors.Is(err, store.ErrOtherTool) {
		t.Errorf("of a PostgreSQL: %v", err)
	}
}

func TestABackupByARelativeName(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := open(t, "it.db").SavePerson(t.Context(), people.Person{ID: "p1", Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("sub", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"copy.db", "./c.db", filepath.Join("sub", "copy.db"), "a b%41?.db"} {
		if err := store.Backup(t.Context(), "it.db", file); err != nil {
			t.Errorf("%s: %v", file, err)
		} else if _, err := open(t, filepath.Join(".", file)).PersonByID(t.Context(), "p1"); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// damage overwrites pages in the middle of a database that nobody has open any more.
func damage(t *testing.T, file string) {
	t.Helper()
	execSQL(t, raw(t, file), "PRAGMA wal_checkpoint(TRUNCATE)")
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(4096); at < st.Size(); at += 4096 {
		if _, err := f.WriteAt([]byte("\xff\xff\xff\xff\xff\xff\xff\xff"), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedFileIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	dsn := filepath.Join(t.TempDir(), "wrapup.db")
	s, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Record(t.Context(), people.Entry{At: time.Now(), Reason: strings.Repeat("x", 100_000)}), s.Close()); err != nil {
		t.Fatal(err)
	}
	damage(t, dsn)
	_, err = store.Open(t.Context(), dsn)
	refused(t, err, fault.Unavailable, "store.damaged")
}
