package main

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wrapup/internal/people"
	"wrapup/internal/store"
)

// desk is a database file and the way in to it that the operator of the server has.
type desk struct {
	t    *testing.T
	file string
}

func newDesk(t *testing.T) desk {
	t.Helper()
	d := desk{t, filepath.Join(t.TempDir(), "a b%41?.db")}
	d.use(func(*people.Service) {})
	return d
}

// use opens the database as the server does.
func (d desk) use(f func(*people.Service)) {
	d.t.Helper()
	s, err := store.Open(d.t.Context(), d.file)
	if err != nil {
		d.t.Fatal(err)
	}
	f(people.New(s, time.Now, people.WithHashCost(8, 1)))
	if err := s.Close(); err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) wrapup(env []string, args ...string) (code int, out, errs string) {
	d.t.Helper()
	var o, e bytes.Buffer
	code = run(d.t.Context(), args, process{append([]string{"WRAPUP_DATABASE=" + d.file}, env...), strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

// token is the token of the link printed on a line of its own under base.
func (d desk) token(out, base string) string {
	d.t.Helper()
	m := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(base) + `/link/(\S{26})$`).FindStringSubmatch(out)
	if m == nil {
		d.t.Fatalf("no link under %s in %q", base, out)
	}
	return m[1]
}

const phrase = "a long enough phrase"

func (d desk) account(name string, role people.Role) {
	d.t.Helper()
	d.use(func(s *people.Service) {
		token, err := s.NewLink(d.t.Context(), people.Link{Purpose: people.Invite, Role: role})
		if err == nil {
			_, err = s.Redeem(d.t.Context(), token, name, phrase, "")
		}
		if err != nil {
			d.t.Fatal(err)
		}
	})
}

func TestAdminLinkLetsTheLastAdministratorBackIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account("Mina 安", people.Admin)
	code, out, errs := d.wrapup([]string{"WRAPUP_BASE_URL=https://wrapup.example.com/"}, "admin", "link", "--name", "MINA 安")
	if code != exitDone || errs != "" || !strings.Contains(out, "Mina 安") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	token := d.token(out, "https://wrapup.example.com")
	const other = "another good phrase"
	d.use(func(s *people.Service) {
		ctx := t.Context()
		if entries, err := s.Entries(ctx, 0, 1); err != nil || entries[0].Action != "people.new-password" || entries[0].Reason != "command-line" || entries[0].Result != people.OK {
			t.Errorf("the record has %+v, %v", entries, err)
		}
		if open, err := s.Links(ctx); err != nil || len(open) != 1 || open[0].Maker != "" {
			t.Errorf("open are %+v, %v", open, err)
		}
		if _, err := s.SignIn(ctx, "Mina 安", phrase, ""); err != nil {
			t.Errorf("the old password before the link is used: %v", err)
		}
		if p, err := s.Redeem(ctx, token, "", other, ""); err != nil || p.Name != "Mina 安" || p.Role != people.Admin {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := s.SignIn(ctx, "Mina 安", other, ""); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

func TestAdminLinkMakesTheFirstAdministratorWhereThereIsNone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	code, out, errs := d.wrapup([]string{"WRAPUP_LISTEN=:9000"}, "admin", "link", "--name", "Mina")
	if code != exitDone || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	token := d.token(out, "http://localhost:9000")
	d.use(func(s *people.Service) {
		if p, err := s.Redeem(t.Context(), token, "Mina", phrase, ""); err != nil || p.Role != people.Admin {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestAdminLinkWorksWhileWrapupServes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account("Mina", people.Admin)
	p := start(t, []string{"AWS_EC2_METADATA_DISABLED=true"}, "serve", "--database", d.file, "--listen", "127.0.0.1:0", "--regions", "us-east-1")
	_, out, errs := d.wrapup(nil, "admin", "link", "--name", "Mina", "--base-url", p.base)
	res, err := http.PostForm(p.base+"/link/"+d.token(out, p.base), url.Values{"password": {"another good phrase"}, "repeat": {"another good phrase"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Request.URL.Path != "/sign-in" { // to the instances and, without the cookie, from there
		t.Errorf("the link led to %s: %s", res.Request.URL, errs)
	}
	d.use(func(s *people.Service) {
		if _, err := s.SignIn(t.Context(), "Mina", "another good phrase", ""); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
	if _, out, errs := d.wrapup(nil, "admin", "link", "--name", "Mina"); !strings.Contains(out, "http://127.0.0.1:8080/link/") {
		t.Errorf("the usual address: %s%s", out, errs)
	}
	if code := p.stop(); code != exitDone {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
}

func TestAdminLinkRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account("Mina", people.Admin)
	d.account("Bo", people.Viewer)
	d.use(func(s *people.Service) {
		all, err := s.People(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetDisabled(t.Context(), people.By{Person: all[1]}, all[0].ID, true); err != nil {
			t.Fatal(err)
		}
	})
	nowhere := filepath.Join(t.TempDir(), "folder", "none.db")
	for name, c := range map[string]struct {
		args   string
		env    []string
		code   int
		stderr string
	}{
		"no subcommand":                     {"", nil, exitUsage, "usage: wrapup admin"},
		"an unknown subcommand":             {"unlock", nil, exitUsage, `no command "unlock"`},
		"no name":                           {"link", nil, exitUsage, "--name"},
		"an empty name":                     {"link --name=", nil, exitUsage, "--name"},
		"an argument too many":              {"link --name Mina Bo", nil, exitUsage, "Bo"},
		"a flag that is none":               {"link --role admin", nil, exitUsage, "role"},
		"a name that nobody has":            {"link --name Eve", nil, exitRefused, "There is no such account."},
		"an account that is closed":         {"link --name Bo", nil, exitRefused, "This account is closed."},
		"a file that does not exist":        {"link --name Mina --database " + nowhere, nil, exitRefused, "none.db"},
		"an address that does not exist":    {"link --name Mina --database file:" + nowhere, nil, exitRefused, "none.db"},
		"a database in memory":              {"link --name Mina --database :memory:", nil, exitRefused, ":memory:"},
		"a memory database by another name": {"link --name Mina --database file:x?mode=memory", nil, exitRefused, "mode=memory"},
		"a database only to be read":        {"link --name Mina --database file:" + url.PathEscape(d.file) + "?mode=ro", nil, exitRefused, "can only be read"},
		"a port that only the server knows": {"link --name Mina", []string{"WRAPUP_LISTEN=127.0.0.1:0"}, exitRefused, "WRAPUP_BASE_URL"},
		"a setting that cannot be":          {"link --name Mina", []string{"WRAPUP_BASE_URL=nonsense"}, exitRefused, "WRAPUP_BASE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := d.wrapup(c.env, append([]string{"admin"}, strings.Fields(c.args)...)...)
			if code != c.code || out != "" || !strings.Contains(errs, c.stderr) {
				t.Errorf("exit %d, want %d; %q; %s", code, c.code, out, errs)
			}
		})
	}
	if _, err := os.Stat(filepath.Dir(nowhere)); !os.IsNotExist(err) {
		t.Errorf("a database was made: %v", err)
	}
	d.use(func(s *people.Service) {
		if open, err := s.Links(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("a refusal left %+v, %v", open, err)
		}
	})
}
