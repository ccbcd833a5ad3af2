package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
)

// diagnose runs doctor with a database that is not there yet.
func (s *service) diagnose(t *testing.T, args ...string) (code int, d doctorDoc) {
	t.Helper()
	args = append([]string{"doctor", "--json", "--database", filepath.Join(t.TempDir(), "new.db")}, args...)
	code, out, messages := s.run(t, args...)
	if err := json.Unmarshal([]byte(out), &d); err != nil || messages != "" || d.Exit != code {
		t.Fatalf("exit %d, it says %d, %v: %s", code, d.Exit, err, messages)
	}
	if m := regexp.MustCompile(`\[[a-z]+\.[^\]]*\]`).FindString(out); m != "" {
		t.Errorf("an id without a sentence: %s", m)
	}
	for op := range s.Calls() {
		if strings.HasPrefix(op, "Create") || strings.HasPrefix(op, "Update") || strings.HasPrefix(op, "Delete") {
			t.Errorf("%s was called", op)
		}
	}
	return code, d
}

func (d doctorDoc) with(s ...state) (subjects []string) {
	seen := map[string]bool{}
	for _, c := range d.Checks {
		if slices.Contains(s, c.State) {
			seen[strings.TrimSpace(c.Subject+" "+c.Resource)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (d doctorDoc) of(area string) check {
	for _, c := range d.Checks {
		if c.Area == area {
			return c
		}
	}
	return check{}
}

func TestDoctorNamesExactlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	policies := readmePolicies(t)
	read, people := policies[0], policies[2]
	type lack struct {
		what string
		code int
	}
	var lacks []lack
	for _, a := range read.actions() {
		lacks = append(lacks, lack{a, exitRefused})
	}
	for _, s := range read.Statement {
		if len(s.Resource) > 1 {
			for _, r := range s.Resource {
				lacks = append(lacks, lack{r, exitRefused})
			}
		}
	}
	for _, a := range people.actions() {
		lacks = append(lacks, lack{a, exitDone})
	}
	for _, l := range lacks {
		t.Run(l.what, func(t *testing.T) {
			t.Parallel()
			s := simulate(t, "demo", connectsim.Options{Policy: allow(t, l.what, policies...)})
			code, d := s.diagnose(t)
			want := []string{l.what}
			switch {
			case l.what == "connect:DescribeContactFlow":
				want = append(want, l.what+" drafts")
			case l.what == "connect:DescribeView":
				want = []string{l.what + " AWS's views", l.what + " the instance's own views"}
			case strings.HasSuffix(l.what, ":aws:view/*"):
				want = []string{"connect:DescribeView AWS's views"}
			case strings.HasSuffix(l.what, "/view/*"):
				want = []string{"connect:DescribeView the instance's own views"}
			}
			if diff := cmp.Diff(want, d.with(missing, wrong)); diff != "" || code != l.code {
				t.Errorf("exit %d, want %d: %s", code, l.code, diff)
			}
			for _, c := range d.Checks {
				if c.State == missing && (c.Lost == "" || c.Code != "AccessDeniedException" || c.RequestID == "") {
					t.Errorf("%+v", c)
				}
			}
		})
	}
	t.Run("drafts alone", func(t *testing.T) {
		t.Parallel()
		p, err := policy.Read(strings.NewReader(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"connect:DescribeContactFlow","Resource":"arn:aws:connect:*:*:instance/*/contact-flow/*:$SAVED"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		code, d := simulate(t, "demo", connectsim.Options{Policy: p}).diagnose(t)
		if diff := cmp.Diff([]string{"connect:DescribeContactFlow drafts"}, d.with(missing, wrong)); diff != "" || code != exitRefused {
			t.Errorf("exit %d: %s", code, diff)
		}
	})
	t.Run("all that is optional", func(t *testing.T) {
		t.Parallel()
		code, d := simulate(t, "demo", connectsim.Options{Policy: allow(t, "", read)}).diagnose(t)
		want := people.actions()
		slices.Sort(want)
		if diff := cmp.Diff(want, d.with(missing)); diff != "" || code != exitDone {
			t.Errorf("exit %d: %s", code, diff)
		}
	})
}

func TestDoctorTriesOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	for denied, want := range map[string]state{"": notNeeded, "connect:DescribeContactFlowModule": missing} {
		s := guided(t, nil, connectsim.Options{})
		if denied != "" {
			s = guided(t, nil, connectsim.Options{Policy: allowing(t, denied)})
		}
		code, d := s.diagnose(t)
		for _, c := range d.Checks {
			if c.Subject == "connect:DescribeContactFlowModule" && c.State != want {
				t.Errorf("%+v", c)
			}
		}
		if want := map[string]int{"": exitDone}[denied]; denied == "" && code != want {
			t.Errorf("exit %d: %+v", code, d.with(notChecked, missing, wrong))
		}
	}
}

func TestDoctorOfRoles(t *testing.T) {
	t.Parallel()
	policies := readmePolicies(t)
	for _, may := range []bool{true, false} {
		o := connectsim.Options{}
		if !may {
			o.Policy = allow(t, "", policies...)
		}
		s := simulate(t, "demo", o)
		code, out, messages := runIn(t.Context(), []string{"WRAPUP_ROLE_ARNS=default," + connectsim.DemoRole}, "doctor", "--json", "--database", filepath.Join(t.TempDir(), "x.db"),
			"--endpoint", s.url, "--region", "us-east-1")
		var d doctorDoc
		if err := json.Unmarshal([]byte(out), &d); err != nil {
			t.Fatalf("exit %d, %v: %s", code, err, messages)
		}
		role := slices.IndexFunc(d.Checks, func(c check) bool { return c.Subject == "sts:AssumeRole" })
		if role < 0 || (d.Checks[role].State == fine) != may || d.Checks[role].Role != connectsim.DemoRole || (code == exitDone) != may {
			t.Fatalf("exit %d: %+v", code, d.Checks)
		}
		var who []string
		for _, c := range d.Checks {
			if c.Area == "credentials" {
				who = append(who, c.Account+" "+c.Text)
			}
		}
		want := []string{"111122223333 arn:aws:iam::111122223333:user/practice, account 111122223333"}
		if may {
			want = append(want, "444455556666 arn:aws:sts::444455556666:assumed-role/wrapup-practice/wrapup, account 444455556666")
		}
		if diff := cmp.Diff(want, who); diff != "" {
			t.Error(diff)
		}
	}
}

// answering changes what some requests are answered with.
func answering(when func(*http.Request) bool, answer http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if when(r) {
				answer(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func isSTS(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/" }

func TestDoctorOfCredentialsAndClock(t *testing.T) {
	t.Parallel()
	always := func(*http.Request) bool { return true }
	refusing := func(code string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-ErrorType", code)
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"message":"no"}`)
		}
	}
	dated := func(off time.Duration) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
				next.ServeHTTP(w, r)
			})
		}
	}
	for name, c := range map[string]struct {
		front func(http.Handler) http.Handler
		code  int
		area  string
		state state
		says  string
	}{
		"keys that AWS does not know": {answering(always, refusing("UnrecognizedClientException")), exitRefused, "credentials", wrong, "AWS does not accept wrapup's credentials. Check the keys and retry. (code UnrecognizedClientException)"},
		"keys that have expired":      {answering(always, refusing("ExpiredTokenException")), exitRefused, "credentials", wrong, "have expired"},
		"a Region that is off":        {answering(func(r *http.Request) bool { return !isSTS(r) }, refusing("OptInRequired")), exitUntold, "region", notChecked, "Turn the Region on"},
		"a service in trouble":        {answering(func(r *http.Request) bool { return r.URL.Path == "/search-contact-flows" }, refusing("ResourceConflictException")), exitUntold, "region", fine, "1 instance"},
		"STS says nothing":            {answering(isSTS, refusing("ServiceUnavailable")), exitDone, "credentials", advice, "Account 111122223333. STS did not say whose they are."},
		"STS answers nonsense":        {answering(isSTS, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<Arn><Arn>") }), exitDone, "credentials", advice, "STS did not say"},
		"a clock that is right":       {dated(0), exitDone, "clock", fine, "agrees"},
		"a clock a little ahead":      {dated(-2 * time.Minute), exitDone, "clock", advice, "2m0s off"},
		"a clock far behind":          {dated(time.Hour), exitRefused, "clock", wrong, "1h0m0s off"},
		"no time": {func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header()["Date"] = nil; next.ServeHTTP(w, r) })
		}, exitUntold, "clock", notChecked, "No answer"},
		"a time that is none": {func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Date", "now"); next.ServeHTTP(w, r) })
		}, exitUntold, "clock", notChecked, "No answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, d := simulate(t, "demo", connectsim.Options{}, c.front).diagnose(t)
			if got := d.of(c.area); code != c.code || got.State != c.state || !strings.Contains(got.Text, c.says) {
				t.Errorf("exit %d, want %d: %+v", code, c.code, got)
			}
		})
	}
	t.Run("nobody answers", func(t *testing.T) {
		t.Parallel()
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		s := &service{Sim: connectsim.New(connectsim.Options{}), url: gone.URL, in: connectsim.InstanceInfo{Region: "us-east-1"}}
		code, d := s.diagnose(t)
		if got := d.of("region"); code != exitUntold || got.State != notChecked || !strings.Contains(got.Text, "cannot reach") {
			t.Errorf("exit %d: %+v", code, d.Checks)
		}
	})
	t.Run("no instance", func(t *testing.T) {
		t.Parallel()
		s := simulate(t, "demo", connectsim.Options{})
		if code, d := s.diagnose(t, "--instance", "harbor"); code != exitUntold || !slices.Contains(d.with(notChecked), "Permissions") {
			t.Errorf("exit %d: %q", code, d.with(notChecked))
		}
		s.in.Region = "us-east-1,eu-central-1"
		code, d := s.diagnose(t, "--instance", "harbor-europe")
		for _, c := range d.Checks {
			if c.Instance != "" && (c.Instance != s.Instances()[1].ID || c.Region != "eu-central-1") || code != exitDone {
				t.Errorf("exit %d: %+v", code, c)
			}
		}
	})
}

func TestDoctorOfSettings(t *testing.T) {
	t.Parallel()
	s := simulate(t, "demo", connectsim.Options{})
	for env, c := range map[string]struct {
		code  int
		area  string
		state state
		says  string
	}{
		"WRAPUP_LISTEN=localhost":                    {exitRefused, "settings", wrong, "WRAPUP_LISTEN"},
		"WRAPUP_RATE=fast":                           {exitRefused, "settings", wrong, `WRAPUP_RATE "fast" is no number`},
		"WRAPUP_LOG_FORMAT=xml":                      {exitRefused, "region", notChecked, "once the settings are right"},
		"WRAPUP_WEBHOOK_URL=http://hook.example.com": {exitRefused, "settings", wrong, "WRAPUP_WEBHOOK_URL and WRAPUP_WEBHOOK_SECRET: the webhook's address begins with http"},
		"WRAPUP_BASE_URL=wrapup.example.com":         {exitRefused, "address", wrong, "WRAPUP_BASE_URL"},
		"WRAPUP_BASE_URL=https://wrapup.example.com": {exitDone, "address", fine, "https://wrapup.example.com"},
		"WRAPUP_BASE_URL=http://wrapup.example.com":  {exitDone, "address", advice, "has no https"},
		"WRAPUP_BASE_URL=http://127.0.0.1:8080":      {exitDone, "address", fine, "http://127.0.0.1:8080"},
		"WRAPUP_LISTEN=:8080":                        {exitDone, "address", advice, "listens on :8080"},
		"WRAPUP_LISTEN=localhost:8080":               {exitDone, "address", fine, "this computer only"},
	} {
		code, out, _ := runIn(t.Context(), []string{env}, "doctor", "--json", "--database", filepath.Join(t.TempDir(), "x.db"), "--endpoint", s.url, "--region", s.in.Region)
		var d doctorDoc
		_ = json.Unmarshal([]byte(out), &d)
		if got := d.of(c.area); code != c.code || got.State != c.state || !strings.Contains(got.Text, c.says) {
			t.Errorf("%s: exit %d, want %d: %+v", env, code, c.code, got)
		}
	}
	for _, c := range []struct{ args, says string }{
		{"extra", `unexpected argument "extra"`}, {"--yaml", "there is no flag --yaml"}, {"--region nowhere", "no Region"}, {"--endpoint https://example.com", "no simulator"},
	} {
		code, out, messages := runIn(t.Context(), nil, append([]string{"doctor"}, strings.Fields(c.args)...)...)
		if code != exitUsage || out != "" || !strings.Contains(messages, c.says) || !strings.Contains(messages, "usage: wrapup doctor") {
			t.Errorf("%s: exit %d, %s%s", c.args, code, out, messages)
		}
	}
	if code, out, messages := runIn(t.Context(), nil, "doctor", "--help"); code != exitDone || out != doctorUsage || messages != "" {
		t.Errorf("exit %d: %s%s", code, out, messages)
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"doctor", "--endpoint", s.url, "--region", s.in.Region}, process{nil, nil, fullDisk{}, &stderr}); code != exitUntold || !strings.Contains(stderr.String(), "disk is full") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

func TestDoctorForPeople(t *testing.T) {
	t.Parallel()
	policies := readmePolicies(t)
	s := simulate(t, "demo", connectsim.Options{Policy: allow(t, "connect:ListPhoneNumbersV2", policies[0])})
	code, out, messages := s.run(t, "doctor", "--database", filepath.Join(t.TempDir(), "x.db"))
	if code != exitRefused || messages != "" {
		t.Errorf("exit %d: %s", code, messages)
	}
	for _, want := range []string{
		"This computer\n  OK    Settings         They can be read.\n", "\nus-east-1, own credentials\n", "\nInstance harbor-retail (aaaaaaaa-bbbb-cccc-dddd-111111111111, us-east-1)\n",
		"\n  Missing      connect:ListPhoneNumbersV2                        Telephone numbers are shown by their ids.\n",
		"\n  Missing      connect:SearchUsers, optional                     Which agents may see guides",
		"\n  Not checked  connect:CreateContactFlow                         It can't be checked without writing.\n", "\n1 thing is missing or wrong.\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if strings.Contains(out, " \n") {
		t.Error("blanks at the end of lines")
	}
}
