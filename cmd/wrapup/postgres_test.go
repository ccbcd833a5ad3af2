package main

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"wrapup/internal/people"
	"wrapup/internal/store"
	"wrapup/internal/store/pgtest"
)

// asCommand in the environment makes the tests' binary the command itself.
const asCommand = "WRAPUP_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(pgtest.Main(m))
}

func TestTwoProcessesServeOnePostgreSQL(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	env := []string{"AWS_EC2_METADATA_DISABLED=true", "WRAPUP_DATABASE=" + dsn}
	serve := []string{"serve", "--listen", "127.0.0.1:0", "--regions", "us-east-1"}
	one := start(t, env, serve...)
	token := one.link()[strings.LastIndex(one.link(), "/")+1:]
	two := start(t, env, serve...)
	if !strings.Contains(two.said, "There is no account yet") {
		t.Errorf("the second process says %q", two.said)
	}
	// The second one's link is in force: of links for the first administrator there is one.
	res, err := http.PostForm(one.base+"/link/"+token, url.Values{"name": {"Mina"}, "password": {phrase}, "repeat": {phrase}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	latest := two.link()[strings.LastIndex(two.link(), "/")+1:]
	if res, err = http.PostForm(one.base+"/link/"+latest, url.Values{"name": {"Mina"}, "password": {phrase}, "repeat": {phrase}}); err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	s, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if p, err := people.New(s, time.Now).SignIn(t.Context(), "Mina", phrase, ""); err != nil || p.Role != people.Admin {
		t.Errorf("the account made through the other process: %+v, %v", p, err)
	}
	for _, p := range []*program{one, two} {
		if code := p.stop(); code != exitDone {
			t.Errorf("exit %d: %s", code, p.stderr)
		}
		if log := p.stderr.String(); strings.Contains(log, "no-secret") || !strings.Contains(log, "xxxxx@127.0.0.1") {
			t.Errorf("the log is %s", log)
		}
	}
}

func TestAPostgreSQLThatIsNotThereIsSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	code, _, errs := d.wrapup(nil, "serve", "--database", "postgres://u:secret@127.0.0.1:1/wrapup?sslmode=disable", "--listen", "127.0.0.1:0")
	if code != exitRefused || !strings.Contains(errs, "127.0.0.1:1") || strings.Contains(errs, "secret") {
		t.Errorf("exit %d: %s", code, errs)
	}
	code, _, errs = d.wrapup(nil, "admin", "link", "--name", "Mina", "--database", "postgres://u:1#secret@h/wrapup")
	if code != exitRefused || !strings.Contains(errs, "postgres://user@host/database") || strings.Contains(errs, "secret") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestPasswordsOfDatabasesAreMasked(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"wrapup.db":                                   "wrapup.db",
		"file:/var/lib/w.db?mode=rw":                  "file:/var/lib/w.db?mode=rw",
		"postgres://db/wrapup":                        "postgres://db/wrapup",
		"postgres://w@db/wrapup?sslmode=verify-full":  "postgres://w@db/wrapup?sslmode=verify-full",
		"postgres://w:secret@db/wrapup":               "postgres://w:xxxxx@db/wrapup",
		"postgres://w:1#secret@db/wrapup":             "postgres://w:xxxxx@db/wrapup",
		"postgres://w:1/secret@db/wrapup":             "postgres://w:xxxxx@db/wrapup",
		"postgres://w:1?secret@db/wrapup":             "postgres://w:xxxxx@db/wrapup",
		"postgres://w:a@secret@db/wrapup":             "postgres://w:xxxxx@db/wrapup",
		"postgres://w:secret%zz@db:5432/wrapup":       "postgres://w:xxxxx@db:5432/wrapup",
		"postgres://db/wrapup?password=secret&user=w": "postgres://db/wrapup?password=xxxxx&user=w",
		"postgres://db/wrapup?pass%77ord=secret":      "postgres://db/wrapup?password=xxxxx",
		"postgres://db/wrapup?sslpassword=secret":     "postgres://db/wrapup?sslpassword=xxxxx",
		"postgres://db/wrapup?password=secret%zz":     "postgres://db/wrapup?xxxxx",
		"host=db password='it is secret' user=w":      "host=db password=xxxxx user=w",
	} {
		if got := masked(dsn); got != want {
			t.Errorf("%s is shown as %s, want %s", dsn, got, want)
		}
	}
}

func TestAnOwnersNameIsAProcessesAloneWhereTheDatabaseIsShared(t *testing.T) {
	t.Parallel()
	if a, b := owner(true), owner(true); a == b || !strings.HasPrefix(a, owner(false)+"/") {
		t.Errorf("two processes are %q and %q", a, b)
	}
	if a, b := owner(false), owner(false); a != b {
		t.Errorf("after a restart %q is %q", a, b)
	}
}
