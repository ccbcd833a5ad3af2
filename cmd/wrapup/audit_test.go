package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/handlers"
	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
)

func TestAuditForPeople(t *testing.T) {
	t.Parallel()
	s := simulate(t, "demo", connectsim.Options{})
	s.put(map[string]string{"Evil \x1b[2J\u202ename\t\r\n": plainQueue})
	code, out, messages := s.run(t, "audit", "--instance", "harbor-retail", "--fail-on", "broken,callback-only")
	if code != exitRefused || messages != "" {
		t.Errorf("exit %d: %s", code, messages)
	}
	lines := strings.Split(out, "\n")
	for i, want := range map[int]string{
		0: "harbor-retail, us-east-1, account 111122223333, read 20",
		1: "8 of the 24 inbound flows that reach agents open the guide. 10 do not, 6 can't be told.",
		2: "Agents also need the agent workspace and the Custom views permission.",
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: %s", i, lines[i])
		}
	}
	for _, want := range []string{
		"\nBilling   ", "In part", "3 of 5", "No guide: Log > Which bill > press 4 > Transfer to Gift cards (+1 more)",
		"Calls still use the alias live", "Never published: judged on its saved copy. No guide", "former format",
		"\nNot counted: of 4 transfer flows that reach agents, 0 open the guide, 4 do not, 0 can't be told.\n", "\nNot counted: the callbacks that 2 inbound flows make.\n",
		"\nFound 3 flows: Call me back (callback-only), Partner desk (broken), Warranty (broken)\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if strings.ContainsAny(out, "\x1b\r\t\u202e") || !strings.Contains(out, "Evil \ufffd[2J\ufffdname") {
		t.Errorf("what people typed reaches the terminal: %q", out)
	}
}

func TestAuditExitCodes(t *testing.T) {
	t.Parallel()
	wired := map[string]string{"A": wiredFlow}
	with := func(name, content string) map[string]string { return map[string]string{"A": wiredFlow, name: content} }
	for name, c := range map[string]struct {
		flows  map[string]string
		failOn string
		code   int
		says   string
	}{
		"nothing is asked":                  {with("B", plainQueue), "", exitDone, "1 does not."},
		"all open the guide":                {wired, "open,cant-tell", exitDone, "No flow is open, cant-tell."},
		"a flow without":                    {with("B", plainQueue), "not-wired", exitRefused, "Found 1 flow: B (not-wired)"},
		"its group":                         {with("B", plainQueue), "open", exitRefused, "Found 1 flow: B (not-wired)"},
		"another verdict":                   {with("B", plainQueue), "partial, broken", exitDone, "No flow is partial, broken."},
		"a list given twice":                {with("B", plainQueue), "partial; not-wired", exitRefused, "B (not-wired)"},
		"what opens it":                     {wired, "wired", exitRefused, "A (wired)"},
		"what is not counted":               {wired, "guide", exitRefused, "The guide (guide)"},
		"one that can't be followed":        {with("B", unknownFlow), "not-wired", exitUntold, "1 flow can't be told: B (unknown)"},
		"and is asked about":                {with("B", unknownFlow), "unknown", exitRefused, "B (unknown)"},
		"and is asked about as a group":     {with("B", unknownFlow), "cant-tell", exitRefused, "B (unknown)"},
		"one that can't be read":            {with("B", `{"Actions":`), "partial", exitUntold, "B (unreadable)"},
		"what is found goes before":         {map[string]string{"B": unknownFlow, "C": plainQueue}, "not-wired", exitRefused, "B (unknown)"},
		"decided during the contact":        {with("B", dynamicFlow), "not-wired", exitDone, "No flow is not-wired."},
		"may leave it open":                 {with("B", dynamicFlow), "open", exitUntold, "B (dynamic)"},
		"drafts that nobody looked at":      {with("B", plainQueue), "draft", exitUntold, "1 flow can't be told: B (not-wired)"},
		"what calls cannot reach is passed": {nil, "unreadable", exitDone, "No flow is unreadable."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := guided(t, c.flows, connectsim.Options{})
			if c.flows == nil {
				s.PutFlow(s.in, connectsim.SeedFlow{Name: "Archived", Published: "{", State: "ARCHIVED"})
				s.PutFlow(s.in, connectsim.SeedFlow{Name: "Draft", Saved: "{"})
			}
			args := []string{"audit", "--instance", s.in.Alias}
			for _, list := range strings.Split(c.failOn, "; ") {
				if list != "" {
					args = append(args, "--fail-on", list)
				}
			}
			code, out, messages := s.run(t, args...)
			if code != c.code || !strings.Contains(out, c.says) || messages != "" {
				t.Errorf("exit %d, want %d: %s%s", code, c.code, out, messages)
			}
			code, out, messages = s.run(t, append(args, "--json")...)
			var d auditDoc
			if err := json.Unmarshal([]byte(out), &d); err != nil || code != c.code || d.Result.Exit != c.code {
				t.Errorf("%v, exit %d, it says %d", err, code, d.Result.Exit)
			}
			if c.failOn != "" && !strings.Contains(messages, c.says) || c.failOn == "" && messages != "" {
				t.Errorf("beside JSON: %q", messages)
			}
		})
	}
}

func TestAuditOfANewInstanceFindsNothing(t *testing.T) {
	t.Parallel()
	s := simulate(t, "empty", connectsim.Options{})
	code, out, messages := s.run(t, "audit", "--instance", s.in.ID)
	if code != exitDone || messages != "" {
		t.Errorf("exit %d: %s%s", code, out, messages)
	}
}

// allowing is a policy for all but one action.
func allowing(t *testing.T, denied string) *policy.Policy {
	t.Helper()
	p, err := policy.Read(strings.NewReader(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` +
		`{"Effect":"Deny","Action":` + quoted(denied) + `,"Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAuditUnderDenials(t *testing.T) {
	t.Parallel()
	for action, c := range map[string]struct {
		failOn string
		code   int
		says   string
	}{
		"connect:ListContactFlows":     {"not-wired", exitUntold, "Flows may be missing: the list of flows could not be read."},
		"connect:ListFlowAssociations": {"not-wired", exitUntold, "1 flow can't be told: A (wired)"},
		"connect:ListPhoneNumbersV2":   {"not-wired", exitDone, "No flow is not-wired."},
		"connect:SearchContactFlows":   {"not-wired", exitDone, "so each flow is read by itself"},
		"connect:DescribeContactFlow":  {"not-wired", exitUntold, "A (unreadable)"},
		"connect:ListInstances":        {"not-wired", exitUntold, "wrapup's role has no permission for connect:ListInstances. Add it to the role's policy. (code AccessDeniedException, request "},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			s := guided(t, map[string]string{"A": wiredFlow}, connectsim.Options{Policy: allowing(t, action)})
			code, out, messages := s.run(t, "audit", "--instance", s.in.ID, "--fail-on", c.failOn)
			if code != c.code || !strings.Contains(out+messages, c.says) {
				t.Errorf("exit %d, want %d: %s%s", code, c.code, out, messages)
			}
			if code, _, _ := s.run(t, "audit", "--instance", s.in.ID); code != exitDone && action != "connect:ListInstances" {
				t.Errorf("where nothing is asked: exit %d", code)
			}
		})
	}
}

// A module that may not be read makes flows untold: the permission that is missing is named.
func TestAuditNamesWhatCouldNotBeFollowed(t *testing.T) {
	t.Parallel()
	s := simulate(t, "demo", connectsim.Options{Policy: allowing(t, "connect:DescribeContactFlowModule")})
	code, out, messages := s.run(t, "audit", "--instance", s.in.ID)
	if code != exitDone || messages != "" || !strings.Contains(out, "could not be read, so not all of") || !strings.Contains(out, "no permission for connect:DescribeContactFlowModule.") {
		t.Errorf("exit %d: %s%s", code, out, messages)
	}
}

func TestAuditOfWhatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s := &service{url: gone.URL, in: connectsim.InstanceInfo{Region: "us-east-1"}}
	if code, out, messages := s.run(t, "audit", "--instance", "x"); code != exitUntold || out != "" || !strings.Contains(messages, "wrapup cannot reach Amazon Connect") {
		t.Errorf("exit %d: %s%s", code, out, messages)
	}
	none := simulate(t, "empty", connectsim.Options{})
	none.in.Region = "eu-central-1"
	if code, out, messages := none.run(t, "audit", "--instance", "x"); code != exitUntold || out != "" || !strings.Contains(messages, "There is no instance in the accounts and Regions") {
		t.Errorf("exit %d: %s%s", code, out, messages)
	}
}

func TestAuditFindsItsInstance(t *testing.T) {
	t.Parallel()
	s := simulate(t, "demo", connectsim.Options{})
	arn := "arn:aws:connect:us-east-1:111122223333:instance/" + s.in.ID
	for name, want := range map[string]int{
		s.in.ID: exitDone, strings.ToUpper(s.in.ID): exitDone, " harbor-retail ": exitDone, "Harbor-Retail": exitDone, arn: exitDone,
		"harbor": exitUsage, "aaaaaaaa-bbbb-cccc-dddd-999999999999": exitUsage, strings.Replace(arn, "111122223333", "999922223333", 1): exitUsage,
		strings.Replace(arn, "us-east-1", "eu-central-1", 1): exitUsage, arn + "/contact-flow/" + s.in.ID: exitUsage,
	} {
		code, out, messages := s.run(t, "audit", "--json", "--instance", name)
		var d auditDoc
		_ = json.Unmarshal([]byte(out), &d)
		if code != want || want == exitDone && string(d.Instance.ID) != s.in.ID ||
			want == exitUsage && !strings.Contains(messages, "There are: harbor-retail ("+s.in.ID+", us-east-1)") {
			t.Errorf("%q: exit %d, want %d: %s", name, code, want, messages)
		}
	}
	t.Run("an ARN names its Region", func(t *testing.T) {
		t.Parallel()
		code, _, messages := runIn(t.Context(), nil, "audit", "--endpoint", s.url, "--instance", arn)
		if code != exitDone {
			t.Errorf("exit %d: %s", code, messages)
		}
	})
	t.Run("in another account, by a role", func(t *testing.T) {
		t.Parallel()
		code, out, messages := runIn(t.Context(), []string{"WRAPUP_ROLE_ARNS=" + connectsim.DemoRole, "WRAPUP_REGIONS=us-east-1"}, "audit", "--endpoint", s.url, "--instance", "harbor-taipei")
		if code != exitDone || !strings.HasPrefix(out, "harbor-taipei, us-east-1, account 444455556666") {
			t.Errorf("exit %d: %s%s", code, out, messages)
		}
	})
	t.Run("of two with one alias neither", func(t *testing.T) {
		t.Parallel()
		twins := simulate(t, "demo", connectsim.Options{}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := httptest.NewRecorder()
				next.ServeHTTP(answer, r)
				_, _ = w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte("harbor-europe"), []byte("harbor-retail")))
			})
		})
		twins.in.Region = "us-east-1,eu-central-1"
		code, out, messages := twins.run(t, "audit", "--instance", "harbor-retail")
		if code != exitUsage || out != "" || !strings.Contains(messages, "Several instances are called harbor-retail: ") || !strings.Contains(messages, "eu-central-1") {
			t.Errorf("exit %d: %s%s", code, out, messages)
		}
	})
}

func TestAuditTellsWrongUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args, says string
		env        []string
	}{
		{"", "--instance is missing", nil},
		{"--instance", "--instance needs a value", nil},
		{"--instance= ", "--instance is missing", nil},
		{"--instance x y", `unexpected argument "y"`, nil},
		{"--instance x --yaml", "there is no flag --yaml", nil},
		{"--instance x --json --csv", "exclude each other", nil},
		{"--instance x --json=maybe", `--json is true or false, not "maybe"`, nil},
		{"--instance x --fail-on green", `"green" is no verdict; there are unreadable, guide, `, nil},
		{"--instance x --fail-on not-wired,", `"" is no verdict`, nil},
		{"--instance x --fail-on Partial", `"Partial" is no verdict`, nil},
		{"--instance x --region europe", `"europe" is no Region`, nil},
		{"--instance x --endpoint https://connect.us-east-1.amazonaws.com --region us-east-1", "no simulator on this computer", nil},
		{"--instance x --endpoint http://192.0.2.1:9911 --region us-east-1", "no simulator on this computer", nil},
		{"--instance x --region us-east-1", "WRAPUP_RATE", []string{"WRAPUP_RATE=7"}},
		{"--instance x --region us-east-1", `WRAPUP_RATE "fast" is no number`, []string{"WRAPUP_RATE=fast"}},
		{"--instance x --endpoint http://127.0.0.1:1", "No AWS Region is configured", nil},
	} {
		code, out, messages := runIn(t.Context(), c.env, append([]string{"audit"}, strings.Fields(strings.ReplaceAll(c.args, "= ", "="))...)...)
		if code != exitUsage || out != "" || !strings.Contains(messages, c.says) {
			t.Errorf("%s: exit %d, %s%s", c.args, code, out, messages)
		}
	}
	code, out, messages := runIn(t.Context(), nil, "audit", "--help")
	if code != exitDone || messages != "" || !strings.HasPrefix(out, "usage: wrapup audit --instance ID ") || !strings.Contains(out, "wired-attribute") {
		t.Errorf("exit %d: %s%s", code, out, messages)
	}
}

func TestAuditConfirms(t *testing.T) {
	t.Parallel()
	s := simulate(t, "demo", connectsim.Options{})
	verdicts := func(args ...string) (auditDoc, map[string]string, string) {
		code, out, messages := s.run(t, append([]string{"audit", "--json", "--instance", s.in.ID}, args...)...)
		var d auditDoc
		if err := json.Unmarshal([]byte(out), &d); err != nil || code != exitDone {
			t.Fatalf("exit %d, %v: %s", code, err, messages)
		}
		v := map[string]string{}
		for _, row := range d.Rows {
			v[row.Name] = string(row.Verdict) + " " + string(row.Draft)
		}
		return d, v, messages
	}
	plain, before, _ := verdicts()
	calls := s.Calls()["DescribeContactFlow"]
	confirmed, after, messages := verdicts("--confirm")
	if code, out, _ := s.run(t, "audit", "--instance", s.in.ID, "--fail-on", "draft", "--confirm"); code != exitRefused || !strings.Contains(out, "Found 1 flow: Delivery (draft)") {
		t.Errorf("drafts that were looked at: exit %d: %s", code, out)
	}
	if plain.Confirmed || !confirmed.Confirmed || plain.Method != "search" || confirmed.Method != "search" || messages != "" {
		t.Errorf("confirmed %t, %t, by %s, %s; %s", plain.Confirmed, confirmed.Confirmed, plain.Method, confirmed.Method, messages)
	}
	if more := s.Calls()["DescribeContactFlow"] - 2*calls; more < plain.Coverage.Counted {
		t.Errorf("%d descriptions more", more)
	}
	if before["Delivery"] != "not-wired not-checked" || after["Delivery"] != "draft yes" || after["Main line"] != "wired none" {
		t.Errorf("Delivery is %s, then %s; Main line %s", before["Delivery"], after["Delivery"], after["Main line"])
	}
}

func TestAuditSaysWhatItCouldNotConfirm(t *testing.T) {
	t.Parallel()
	flows := map[string]string{}
	for i := range 60 {
		flows[string(rune('a'+i/10))+string(rune('0'+i%10))] = wiredFlow
	}
	s := guided(t, flows, connectsim.Options{FlowQuota: 200})
	for nth, want := range map[int]int{0: exitDone, 45: exitUntold} { // 20 to 30 are described to see whether the search can be used
		if nth > 0 {
			s.Faults([]connectsim.FaultRule{{Op: "DescribeContactFlow", Nth: nth, Do: connectsim.DoError, Code: "AccessDeniedException"}})
		}
		code, out, messages := s.run(t, "audit", "--json", "--confirm", "--fail-on", "not-wired", "--instance", s.in.ID)
		s.Faults(nil)
		var d auditDoc
		if err := json.Unmarshal([]byte(out), &d); err != nil {
			t.Fatalf("exit %d, %v: %s", code, err, messages)
		}
		if code != want || d.Confirmed != (want == exitDone) || len(d.Result.Reasons) != want/exitUntold {
			t.Errorf("exit %d, confirmed %t, %q", code, d.Confirmed, d.Result.Reasons)
		}
	}
}

// TestAuditConfirmsNothingThatWasNotRead: where each flow is read by itself, one that could not be is not confirmed.
func TestAuditConfirmsNothingThatWasNotRead(t *testing.T) {
	t.Parallel()
	s := guided(t, map[string]string{"A": wiredFlow, "B": wiredFlow}, connectsim.Options{})
	s.Faults([]connectsim.FaultRule{
		{Op: "SearchContactFlows", Do: connectsim.DoError, Code: "AccessDeniedException"},
		{Op: "DescribeContactFlow", Nth: 2, Do: connectsim.DoError, Code: "AccessDeniedException"},
	})
	_, out, messages := s.run(t, "audit", "--json", "--confirm", "--instance", s.in.ID)
	var d auditDoc
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("%v: %s", err, messages)
	}
	if unread := slices.ContainsFunc(d.Rows, func(r handlers.ExportRow) bool { return r.Verdict == "unreadable" }); !unread || d.Method != "describe" || d.Confirmed {
		t.Errorf("confirmed %t, by %s, one unread %t: %s", d.Confirmed, d.Method, unread, messages)
	}
}

// TestAuditShowsWhatCallsPlay: a flow is edited after the search gave it, one that is not among those described to see whether the
// search can be used.
func TestAuditShowsWhatCallsPlay(t *testing.T) {
	t.Parallel()
	flows := map[string]string{}
	for i := range 60 {
		flows[string(rune('a'+i/10))+string(rune('0'+i%10))] = wiredFlow
	}
	var mu sync.Mutex
	described := map[string]bool{}
	s := guided(t, flows, connectsim.Options{}, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			described[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]] = true
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	})
	audit := func(args ...string) (auditDoc, string) {
		_, out, messages := s.run(t, append([]string{"audit", "--json", "--instance", s.in.ID}, args...)...)
		var d auditDoc
		if err := json.Unmarshal([]byte(out), &d); err != nil {
			t.Fatalf("%v: %s", err, messages)
		}
		return d, messages
	}
	before, _ := audit()
	at := slices.IndexFunc(before.Rows, func(r handlers.ExportRow) bool { return r.Verdict == "wired" && !described[string(r.Flow)] })
	if at < 0 {
		t.Fatal("every flow was described")
	}
	s.Faults([]connectsim.FaultRule{{Op: "DescribeContactFlow", Flow: string(before.Rows[at].Flow), Nth: 1, Do: connectsim.DoEdit, Content: plainQueue}})
	after, messages := audit("--confirm", "--fail-on", "not-wired")
	if after.Rows[at].Verdict != "not-wired" || after.Result.Exit != exitRefused || !after.Confirmed || !strings.Contains(messages, "1 flow was another than the search gave") {
		t.Errorf("%s, exit %d, confirmed %t: %s", after.Rows[at].Verdict, after.Result.Exit, after.Confirmed, messages)
	}
}

// TestAuditByTheEnvironment: credentials and endpoints come from where the AWS SDK finds them, also behind a proxy with its own
// certificates.
func TestAuditByTheEnvironment(t *testing.T) {
	s := guided(t, map[string]string{"A": wiredFlow}, connectsim.Options{})
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": s.url, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(k, v)
	}
	if code, out, messages := runIn(t.Context(), nil, "audit", "--instance", "own", "--fail-on", "open"); code != exitDone || messages != "" {
		t.Errorf("exit %d: %s%s", code, out, messages)
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} { // a simulator has no profile, but it has a Region
		code, out, messages := runIn(t.Context(), []string{name + "=us-east-1"}, "audit", "--instance", "own", "--endpoint", s.url, "--fail-on", "open")
		if code != exitDone || messages != "" {
			t.Errorf("%s and an endpoint: exit %d: %s%s", name, code, out, messages)
		}
	}
	if code, _, messages := runIn(t.Context(), []string{"WRAPUP_REGIONS=eu-central-1"}, "audit", "--instance", "own"); code != exitUntold {
		t.Errorf("another Region: exit %d: %s", code, messages)
	}
	for _, ca := range []string{"", bundle} {
		t.Setenv("AWS_CA_BUNDLE", ca)
		code, out, messages := runIn(t.Context(), nil, "doctor", "--json", "--database", filepath.Join(t.TempDir(), "x.db"))
		var d doctorDoc
		_ = json.Unmarshal([]byte(out), &d)
		if code != exitDone || !strings.Contains(d.of("credentials").Text, "arn:aws:iam::111122223333:user/practice") || d.of("clock").State != fine {
			t.Errorf("bundle %q: exit %d: %+v %+v %s", ca, code, d.of("credentials"), d.of("clock"), messages)
		}
	}
}

func TestAuditStops(t *testing.T) {
	t.Parallel()
	for _, confirm := range []string{"--confirm=false", "--confirm"} {
		t.Run(confirm, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan struct{})
			defer close(over)
			s := simulate(t, "demo", connectsim.Options{}, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/search-contact-flows" {
						cancel() // as Ctrl-C does, while the service thinks
						<-over
					}
					next.ServeHTTP(w, r)
				})
			})
			code, out, messages := runIn(ctx, nil, "audit", confirm, "--instance", s.in.ID, "--endpoint", s.url, "--region", s.in.Region)
			if code != exitUntold || out != "" || messages != "wrapup audit: Stopped before the instance was read.\n" {
				t.Errorf("exit %d: %q %q", code, out, messages)
			}
		})
	}
}

func TestAuditReportsAFailingOutput(t *testing.T) {
	t.Parallel()
	s := simulate(t, "empty", connectsim.Options{})
	for _, form := range []string{"--json", "--csv", "--json=false"} {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"audit", form, "--instance", s.in.ID, "--endpoint", s.url, "--region", s.in.Region}, process{nil, nil, fullDisk{}, &stderr})
		if code != exitUntold || !strings.Contains(stderr.String(), "disk is full") {
			t.Errorf("%s: exit %d, %s", form, code, stderr.String())
		}
	}
}

// TestAuditHasTheFormOfTheDashboard: the downloads of the page of inbound flows have no member or column that is not here.
func TestAuditHasTheFormOfTheDashboard(t *testing.T) {
	s := simulate(t, "demo", connectsim.Options{})
	p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--simulator", s.url)
	b := p.signIn(url.Values{})
	flows := p.base + "/instances/" + s.in.ID + "/flows"
	read(t, b, flows)
	_, out, _ := s.run(t, "audit", "--json", "--instance", s.in.ID)
	web, own := members(t, read(t, b, flows+".json")), members(t, out)
	for _, m := range web {
		if !slices.Contains(own, m) {
			t.Errorf("%s is missing", m)
		}
	}
	if len(web) < 25 {
		t.Errorf("only %q", web)
	}
	_, out, _ = s.run(t, "audit", "--csv", "--instance", s.in.ID)
	page, line := rows(t, read(t, b, flows+".csv")), rows(t, out)
	if d := cmp.Diff(page[0], line[0]); d != "" {
		t.Error(d)
	}
	names := func(rows [][]string) (all []string) {
		for _, r := range rows {
			all = append(all, r[0]+" "+r[2]+" "+r[3]+" "+r[4]+" "+r[5]+" "+r[8]+" "+r[9]+" "+r[12])
		}
		return all
	}
	if d := cmp.Diff(names(page), names(line)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(out, "\n'=SUM(1+1) gift cards,") || strings.Count(out, "\r\n") != len(line) {
		t.Errorf("a formula is let through, or lines end otherwise: %q", out)
	}
}

// members are the members of the document and of its rows.
func members(t *testing.T, text string) []string {
	t.Helper()
	var d struct{ Rows []map[string]any }
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal([]byte(text), &all)
	seen := map[string]bool{}
	for m := range all {
		seen[m] = true
	}
	for _, r := range d.Rows {
		for m, v := range r {
			seen["rows."+m] = true
			if list, ok := v.([]any); ok && v != nil {
				for _, x := range list {
					if o, ok := x.(map[string]any); ok {
						for k := range o {
							seen["rows."+m+"."+k] = true
						}
					}
				}
			} else if v == nil && m != "modified" {
				t.Errorf("%s is null", m)
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func rows(t *testing.T, text string) [][]string {
	t.Helper()
	text, ok := strings.CutPrefix(text, "\ufeff")
	out, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !ok || len(out) < 20 {
		t.Fatalf("%v, %d rows", err, len(out))
	}
	return out
}

func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range []*progress{newProgress(file), newProgress(new(bytes.Buffer))} {
		p.say("x")
		p.end()
	}
	if info, err := file.Stat(); err != nil || info.Size() > 0 {
		t.Error("a log file has progress in it")
	}
	var b bytes.Buffer
	p := &progress{w: &b}
	p.say("Reading \x1b[2Jx: 1")
	p.say("too soon")
	p.end()
	p.end()
	if got := b.String(); got != "\rReading \ufffd[2Jx: 1\x1b[K\r\x1b[K" {
		t.Errorf("%q", got)
	}
}

// TestTheDocumentHasEveryWord: docs/cli.md names what the commands know.
func TestTheDocumentHasEveryWord(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	words := append(verdictIDs(), groupOpen, groupCantTell, contextIndex, toAssume, toRead, optional, toWrite)
	for _, s := range []state{fine, advice, wrong, missing, notChecked, notNeeded, writes} {
		words = append(words, string(s))
	}
	for _, w := range words {
		if !strings.Contains(string(b), "`"+w+"`") {
			t.Errorf("%s is not in it", w)
		}
	}
}
