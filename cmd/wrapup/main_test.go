package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wrapup/internal/connectsim"
)

// program is a running wrapup, as its caller sees it.
type program struct {
	t      *testing.T
	base   string // printed when it is ready
	said   string // standard output until then
	cancel context.CancelFunc
	exit   chan int
	stderr *bytes.Buffer // read it after stop
}

// start runs the program until it says that it listens.
func start(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	p := &program{t: t, cancel: cancel, exit: make(chan int, 1), stderr: new(bytes.Buffer)}
	go func() {
		p.exit <- run(ctx, args, process{env, strings.NewReader(""), in, p.stderr})
		_ = in.Close()
	}()
	t.Cleanup(func() { p.stop() })
	s := bufio.NewScanner(out)
	for s.Scan() {
		p.said += s.Text() + "\n"
		if base, ok := strings.CutPrefix(s.Text(), "wrapup listens on "); ok {
			p.base = base
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return p
		}
	}
	t.Fatalf("ended with %d before it listened: %s", p.stop(), p.stderr)
	return nil
}

// stop ends the program and gives its exit code.
func (p *program) stop() int {
	p.cancel()
	code := <-p.exit
	p.exit <- code
	return code
}

func (p *program) link() string {
	p.t.Helper()
	path := regexp.MustCompile(`/link/\S+`).FindString(p.said)
	if path == "" {
		p.t.Fatalf("no link in %q", p.said)
	}
	return p.base + path
}

// signIn uses the printed link and gives the browser.
func (p *program) signIn(v url.Values) *http.Client {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	b := &http.Client{Jar: jar}
	res, err := b.PostForm(p.link(), v)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Request.URL.Path != "/instances" || res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		p.t.Fatalf("the link led to %s: %d %s", res.Request.URL, res.StatusCode, body)
	}
	return b
}

func read(t *testing.T, b *http.Client, url string) string {
	t.Helper()
	res, err := b.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v\n%s", url, res.StatusCode, err, body)
	}
	return string(body)
}

func TestDemoRunsTheWholeProductAndLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	p := start(t, nil, "demo", "--listen", "127.0.0.1:0")
	b := p.signIn(nil)
	page := read(t, b, p.base+"/instances")
	for _, want := range []string{"harbor-retail", "harbor-europe", "harbor-taipei", "Practice mode: nothing here touches Amazon Connect"} {
		if !strings.Contains(page, want) {
			t.Errorf("the instances page has no %q", want)
		}
	}
	if !strings.Contains(p.said, "--endpoint-url http://127.0.0.1:") || !strings.Contains(p.said, "--region us-east-1") {
		t.Errorf("no hint for the AWS command line: %s", p.said)
	}
	if m := read(t, b, p.base+"/metrics"); !strings.Contains(m, `wrapup_aws_call_seconds_count{operation="ListInstances"`) {
		t.Error("calls to AWS are not counted")
	}
	if code := p.stop(); code != exitDone {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDemoOnARunningSimulator(t *testing.T) {
	sim := connectsim.New(connectsim.Options{})
	if err := sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--simulator", srv.URL+"/")
	b := p.signIn(nil)
	if page := read(t, b, p.base+"/instances"); !strings.Contains(page, "harbor-taipei") || !strings.Contains(p.said, "--endpoint-url "+srv.URL+" ") {
		t.Errorf("it does not read the simulator that runs: %s", p.said)
	}
	if sim.Calls()["ListInstances"] == 0 {
		t.Error("the simulator was not asked")
	}
	if code := p.stop(); code != exitDone {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	for _, bad := range []string{"https://connect.us-east-1.amazonaws.com", "http://192.0.2.1:9911", "127.0.0.1:9911", "http://localhost.example.org", "http://127.0.0.1/x", "http://u@127.0.0.1", ":"} {
		var out, errs strings.Builder
		if code := run(t.Context(), []string{"demo", "--listen", "127.0.0.1:0", "--simulator", bad}, process{stdout: &out, stderr: &errs}); code != exitUsage || !strings.Contains(errs.String(), "Practice mode never leaves it") {
			t.Errorf("%s: exit %d, %s%s", bad, code, out.String(), errs.String())
		}
	}
}

func TestServeMakesTheFirstAdministratorOnce(t *testing.T) {
	sim := connectsim.New(connectsim.Options{})
	if err := sim.Seed("empty"); err != nil {
		t.Fatal(err)
	}
	aws := httptest.NewServer(sim)
	defer aws.Close()
	for k, v := range map[string]string{"AWS_ENDPOINT_URL_CONNECT": aws.URL, "AWS_ENDPOINT_URL_STS": aws.URL, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"} {
		t.Setenv(k, v)
	}
	db := filepath.Join(t.TempDir(), "wrapup.db")
	env := []string{"WRAPUP_LISTEN=127.0.0.1:0", "WRAPUP_DATABASE=" + db, "WRAPUP_REGIONS=us-east-1", "WRAPUP_METRICS_TOKEN=do-not-print"}
	p := start(t, env, "serve")
	b := p.signIn(url.Values{"name": {"Mina"}, "password": {"a long enough phrase"}, "repeat": {"a long enough phrase"}})
	if page := read(t, b, p.base+"/instances"); strings.Contains(page, "Practice mode") {
		t.Error("marked as practice")
	}
	if code := p.stop(); code != exitDone {
		t.Fatalf("exit %d: %s", code, p.stderr)
	}
	if log := p.stderr.String(); !strings.Contains(log, "us-east-1") || strings.Contains(log, "do-not-print") {
		t.Errorf("the settings are printed wrongly: %s", log)
	}
	if strings.Contains(p.stderr.String(), strings.TrimPrefix(p.link(), p.base)) {
		t.Error("the log holds the one-time link")
	}
	again := start(t, env, "serve")
	if strings.Contains(again.said, "/link/") {
		t.Error("a second first administrator is offered")
	}
	if got := read(t, b, again.base+"/readyz"); got != "ok\n" {
		t.Error(got)
	}
}

func TestServeRefusesSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	for args, says := range map[string]string{
		"serve --listen nonsense":                                 "WRAPUP_LISTEN",
		"serve --database /nonexistent/folder/of/nobody\x00/x.db": "wrapup:",
	} {
		if code, out, errs := typed(t, strings.Fields(args)...); code != exitRefused || out != "" || !strings.Contains(errs, says) {
			t.Errorf("%q: exit %d: %s%s", args, code, out, errs)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	t.Run("a flag wins over the environment, lists are tidied", func(t *testing.T) {
		t.Parallel()
		c, err := loadConfig([]string{"--listen", ":9000", "--regions", "us-east-1, eu-central-1"}, process{env: []string{
			"WRAPUP_LISTEN=:8000", "WRAPUP_BASE_URL=https://wrapup.example.com/", "WRAPUP_MANAGED_TAGS=team:iac=Pulumi"}, stderr: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		if c.Listen != ":9000" || fmt.Sprint(c.Regions) != "[us-east-1 eu-central-1]" || c.BaseURL != "https://wrapup.example.com" || c.ManagedTags["team:iac"] != "Pulumi" {
			t.Errorf("%+v", c)
		}
	})
	for name, env := range map[string]string{
		"a Region that is none":                "WRAPUP_REGIONS=europe",
		"a role that is no ARN":                "WRAPUP_ROLE_ARNS=admin",
		"a share above 1":                      "WRAPUP_RATE=2",
		"a share of nothing":                   "WRAPUP_RATE=0",
		"a share that is no number":            "WRAPUP_RATE=NaN",
		"a share in words":                     "WRAPUP_RATE=half",
		"neither true nor false":               "WRAPUP_DAILY_READING=perhaps",
		"a tag without a name":                 "WRAPUP_MANAGED_TAGS=stack",
		"a scheduled share above 1":            "WRAPUP_SCHEDULED_RATE=1.5",
		"a scheduled share of nothing":         "WRAPUP_SCHEDULED_RATE=0",
		"a base URL without a scheme":          "WRAPUP_BASE_URL=wrapup.example.com",
		"a base URL with a path":               "WRAPUP_BASE_URL=https://example.com/wrapup",
		"a proxy that is no range":             "WRAPUP_TRUSTED_PROXIES=10.0.0.1",
		"an event's name with other signs":     "WRAPUP_EVENT_HOOK=Disconnect/UI",
		"a log format that is not known":       "WRAPUP_LOG_FORMAT=xml",
		"a log level that is not known":        "WRAPUP_LOG_LEVEL=loud",
		"an address without a port":            "WRAPUP_LISTEN=localhost",
		"an empty database, which is no place": "WRAPUP_DATABASE= ",
	} {
		t.Run(name+" is refused by name", func(t *testing.T) {
			t.Parallel()
			_, err := loadConfig(nil, process{env: []string{env}, stderr: io.Discard})
			key, _, _ := strings.Cut(env, "=")
			if err == nil || !strings.HasPrefix(err.Error(), key+" ") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("secrets are masked", func(t *testing.T) {
		t.Parallel()
		for _, dsn := range []string{"postgres://w:secret@db/wrapup", "host=db password=secret user=w", "host=db password='secret'", "postgres://db/wrapup?password=secret"} {
			var b bytes.Buffer
			slog.New(slog.NewTextHandler(&b, nil)).Info("x", "settings", config{Database: dsn, MetricsToken: "secret"})
			if strings.Contains(b.String(), "secret") && !strings.Contains(b.String(), "xxxxx") || strings.Count(b.String(), "=secret") > 0 {
				t.Errorf("%s: %s", dsn, b.String())
			}
		}
	})
}
