package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

var headPrinted = regexp.MustCompile(`The history fits: (\d+) entries\. Head: ([0-9a-f]{64})\n`)

func TestTheHistoryIsVerifiedAndExported(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account("Mina", people.Admin)
	code, out, errs := d.wrapup(nil, "history", "verify")
	m := headPrinted.FindStringSubmatch(out)
	if code != exitDone || errs != "" || m == nil {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	code, lines, errs := d.wrapup(nil, "history", "export")
	if code != exitDone || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	n, prev := 0, ""
	for dec := json.NewDecoder(strings.NewReader(lines)); dec.More(); n++ {
		var e publish.Entry
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e.Seq != int64(n+1) || e.Prev != prev || e.Sum() != e.Hash {
			t.Errorf("entry %d does not carry its hash: %+v", n+1, e)
		}
		prev = e.Hash
	}
	if fmt.Sprint(n) != m[1] || prev != m[2] || n < 2 {
		t.Errorf("%d entries to %s exported, want %s to %s", n, prev, m[1], m[2])
	}
	_, tail, _ := d.wrapup(nil, "history", "export", "--after", "1")
	if _, rest, _ := strings.Cut(lines, "\n"); tail != rest {
		t.Errorf("after the first: %q, want %q", tail, rest)
	}
	if code, out, errs := d.wrapup(nil, "history", "verify", "--head", m[2]); code != exitDone {
		t.Errorf("its own head: exit %d: %s%s", code, out, errs)
	}
	other := strings.Repeat("0", 64)
	if code, out, errs := d.wrapup(nil, "history", "verify", "--head", m[2], "--head", other); code != exitRefused || out != "" || !strings.Contains(errs, other) {
		t.Errorf("a head that is gone: exit %d: %s%s", code, out, errs)
	}
	alter(t, d.file)
	if code, out, errs := d.wrapup(nil, "history", "verify"); code != exitRefused || out != "" || !strings.Contains(errs, "entry 2") {
		t.Errorf("an entry that was altered: exit %d: %s%s", code, out, errs)
	}
}

// alter changes who did what the second entry tells, as one does who may write to the file.
func alter(t *testing.T, file string) {
	t.Helper()
	dsn, err := existing(file)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entry'")
	if err != nil {
		t.Fatal(err)
	}
	var drop bytes.Buffer
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&drop, "DROP TRIGGER %s;", name)
	}
	if err := rows.Close(); err != nil || drop.Len() == 0 {
		t.Fatalf("nothing guards the entries (%v)", err)
	}
	if _, err := db.Exec(drop.String() + "UPDATE entry SET name = 'Somebody else' WHERE seq = 2"); err != nil {
		t.Fatal(err)
	}
}

func TestHistoryRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account("Mina", people.Admin)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"without a command":   {nil, exitUsage, "usage: wrapup history"},
		"an unknown command":  {[]string{"rewrite"}, exitUsage, `no command "rewrite"`},
		"an argument more":    {[]string{"verify", "x"}, exitUsage, `unexpected argument "x"`},
		"a flag of the other": {[]string{"export", "--head", "x"}, exitUsage, "-head"},
		"a negative number":   {[]string{"export", "--after", "-1"}, exitUsage, `--after: "-1" is no number of an entry, 0 or more`},
		"no number":           {[]string{"export", "--after", "x"}, exitUsage, `--after: "x" is no number of an entry, 0 or more`},
		"an unknown flag":     {[]string{"verify", "--foo"}, exitUsage, "wrapup history verify: there is no flag --foo"},
		"no hash":             {[]string{"verify", "--head", "zz"}, exitUsage, `"zz" is no head`},
		"half a hash":         {[]string{"verify", "--head", strings.Repeat("a", 63)}, exitUsage, "is no head"},
		"no database":         {[]string{"verify", "--database", d.file + ".none"}, exitUntold, "is not there"},
		"nothing is kept":     {[]string{"export", "--database", ":memory:"}, exitUntold, "is no file"},
	} {
		code, out, errs := d.wrapup(nil, append([]string{"history"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d: %s%s", name, code, out, errs)
		}
	}
}
