package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wrapup/internal/people"
	"wrapup/internal/store"
)

func TestBackupIsMadeWhileWrapupServes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account("Mina", people.Admin)
	p := start(t, []string{"AWS_EC2_METADATA_DISABLED=true"}, "serve", "--database", d.file, "--listen", "127.0.0.1:0", "--regions", "us-east-1")
	file := filepath.Join(t.TempDir(), "it's a copy.db")
	code, out, errs := d.wrapup(nil, "backup", file)
	if code != exitDone || errs != "" || !strings.Contains(out, file) {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	if code := p.stop(); code != exitDone {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	s, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := people.New(s, time.Now, people.WithHashCost(8, 1)).SignIn(t.Context(), "Mina", phrase, ""); err != nil {
		t.Errorf("the copy: %v", err)
	}
}

func TestBackupRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	dir := t.TempDir()
	there := filepath.Join(dir, "there.db")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"without a file":       {nil, exitUsage, "usage: wrapup backup"},
		"with an empty name":   {[]string{" "}, exitUsage, "usage: wrapup backup"},
		"with two files":       {[]string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}, exitUsage, `unexpected argument "` + filepath.Join(dir, "b") + `"`},
		"an unknown flag":      {[]string{"--what"}, exitUsage, "-what"},
		"a file that is there": {[]string{there}, exitUsage, "is there already"},
		"no database":          {[]string{"--database", filepath.Join(dir, "none.db"), filepath.Join(dir, "copy.db")}, exitRefused, "is not there"},
		"no folder":            {[]string{filepath.Join(dir, "none", "copy.db")}, exitRefused, "no such file"},
		"a PostgreSQL":         {[]string{"--database", "postgres://u:secret@h/wrapup", "it's.dump"}, exitUsage, `pg_dump --format=custom --file='it'\''s.dump' "$WRAPUP_DATABASE"`},
	} {
		code, out, errs := d.wrapup(nil, append([]string{"backup"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(errs, c.says) || strings.Contains(errs, "secret") {
			t.Errorf("%s: exit %d: %s%s", name, code, out, errs)
		}
	}
	if b, err := os.ReadFile(there); err != nil || string(b) != "mine" {
		t.Errorf("the file that was there holds %q, %v", b, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("left behind: %v, %v", all, err)
	}
}
