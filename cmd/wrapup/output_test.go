package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wrapup/internal/people"
)

// deaf is standard output that takes nothing, as a full disk.
type deaf struct{}

var errDeaf = errors.New("no space left on device")

func (deaf) Write([]byte) (int, error) { return 0, errDeaf }

// What could not be printed was not told: no command says then that all is well, or blames the file.
func TestAResultThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account("Mina", people.Admin)
	file, bad := flowFile(t, plainFlow), flowFile(t, `{"Version":"2019-10-30","StartAction":"x","Actions":[{"Identifier":"x"}]}`)
	_, doc, _ := guide(t, "", "new", "--region", "us-east-1")
	guideAt := guideFile(t, doc)
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"version":        {[]string{"version"}, exitRefused},
		"help":           {[]string{"help"}, exitRefused},
		"help, serve":    {[]string{"serve", "--help"}, exitRefused},
		"help, admin":    {[]string{"admin", "help"}, exitRefused},
		"admin link":     {[]string{"admin", "link", "--name", "Mina"}, exitRefused},
		"history verify": {[]string{"history", "verify"}, exitUntold},
		"history export": {[]string{"history", "export"}, exitUntold},
		"backup":         {[]string{"backup", filepath.Join(t.TempDir(), "copy.db")}, exitRefused},
		"flow audit":     {[]string{"flow", "audit", file}, exitRefused},
		"flow check":     {[]string{"flow", "check", bad}, exitRefused},
		"flow wire":      {[]string{"flow", "wire", "--guide", testGuide, file}, exitRefused},
		"flow unwire":    {[]string{"flow", "unwire", file}, exitRefused},
		"guide show":     {[]string{"guide", "show", guideAt}, exitRefused},
		"guide new":      {[]string{"guide", "new", "--region", "us-east-1"}, exitRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var errs strings.Builder
			code := run(t.Context(), c.args, process{[]string{"WRAPUP_DATABASE=" + d.file}, strings.NewReader(""), deaf{}, &errs})
			if code != c.code || strings.Count(errs.String(), errDeaf.Error()) != 1 || strings.Contains(errs.String(), "can't be read") {
				t.Errorf("exit %d: %s", code, errs.String())
			}
		})
	}
}

// A flow comes from anywhere: its titles and names do not move the cursor of who looks at it, nor make lines that wrapup did not write.
func TestWhatAFileSaysIsPlainOnATerminal(t *testing.T) {
	t.Parallel()
	hostile := strings.NewReplacer("Hello", `\u001b[2J\nfaked: Opens the guide`, "Sales", `Sales\u009b1A\u202e`, `"MessageParticipant"`, `"Message\u001b]0;x\u0007"`).Replace(plainFlow)
	file := filepath.Join(t.TempDir(), "a\x1b[31m\nb.json")
	if err := os.WriteFile(file, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"flow", "audit", file}, {"flow", "audit", "--context", filepath.Dir(file), file}, {"flow", "check", file}, {"flow", "check", file + "\x1b"},
		{"flow", "wire", "--guide", testGuide, file}, {"flow", "unwire", file}, {"guide", "show", file + "\x1b"}, {"guide", "show", file},
	} {
		var out, errs strings.Builder
		run(t.Context(), args, process{nil, strings.NewReader(""), &out, &errs})
		said := errs.String()
		if args[1] != "wire" && args[1] != "unwire" { // a document is what it is
			said += out.String()
		}
		if said == "" {
			t.Errorf("%q says nothing", args)
		}
		for _, line := range strings.Split(said, "\n") {
			if line != plain(line) || strings.HasPrefix(line, "b.json") || strings.HasPrefix(line, "faked") {
				t.Errorf("%q says %q", args, line)
			}
		}
	}
}

func TestADatabaseThatIsNoFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	copied := filepath.Join(dir, "copy.db")
	for database, says := range map[string]string{
		"":  "WRAPUP_DATABASE is empty",
		" ": "WRAPUP_DATABASE is empty",
		dir: "is a folder",
	} {
		for want, args := range map[int][][]string{
			exitRefused: {{"admin", "link", "--name", "Mina"}, {"backup", copied}},
			exitUntold:  {{"history", "verify"}, {"history", "export"}},
		} {
			for _, a := range args {
				a = append([]string{a[0]}, append(a[1:len(a):len(a)], "--database", database)...)
				if a[0] == "backup" {
					a = []string{"backup", "--database", database, copied}
				}
				if code, out, errs := typed(t, a...); code != want || out != "" || !strings.Contains(errs, says) {
					t.Errorf("%q: exit %d: %s%s", a, code, out, errs)
				}
			}
		}
	}
}

func TestACopyIsNamedAsAFileAndBlamedForWhatIsItsFault(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	dir := t.TempDir()
	for file, c := range map[string]struct {
		code int
		says string
	}{
		filepath.Join(dir, "sub") + "/":              {exitUsage, `wrapup backup: "` + dir + `/sub/" names a folder`},
		filepath.Join(dir, "none", "copy.db"):        {exitRefused, "the copy can't be written to " + filepath.Join(dir, "none") + ": no such file or directory"},
		filepath.Join(d.file, "x.db"):                {exitRefused, "the copy can't be written to " + d.file + ": not a directory"},
		filepath.Join(dir, strings.Repeat("x", 300)): {exitRefused, "file name too long"},
	} {
		if code, out, errs := d.wrapup(nil, "backup", file); code != c.code || out != "" || !strings.Contains(errs, c.says) || strings.Contains(errs, "Something went wrong") {
			t.Errorf("%s: exit %d: %s%s", file, code, out, errs)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDemoSaysWhereItNeedsRoom(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	if code, out, errs := typed(t, "demo", "--listen", "127.0.0.1:0"); code != exitRefused || out != "" || !strings.Contains(errs, "a folder for what practice mode keeps can't be made; TMPDIR") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// A file that a secret was written to ends with a line; no request carries such a token.
func TestTheMetricsTokenIsTidied(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"abc\n": "abc", " ": "", "a b": "a b"} {
		if c, err := loadConfig(nil, process{env: []string{"WRAPUP_METRICS_TOKEN=" + given}, stderr: io.Discard}); err != nil || c.MetricsToken != want {
			t.Errorf("%q is %q, %v", given, c.MetricsToken, err)
		}
	}
}
