package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// asProgram makes the test binary the program, so that it can be killed and has an exit code.
const asProgram = "CONNECTSIM_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}

// start runs the program on a free port and reads the lines it prints, which must be that many.
func start(t *testing.T, lines int, args ...string) (out []string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), w, io.Discard)
		w.CloseWithError(err)
		done <- err
	}()
	s := bufio.NewScanner(r)
	for len(out) < lines && s.Scan() {
		out = append(out, s.Text())
	}
	if len(out) < lines {
		t.Fatalf("%q: %v", out, s.Err())
	}
	t.Cleanup(cancel)
	return out, func() error { cancel(); return <-done }
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	status, body, err := send(t, http.MethodGet, url, "")
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

const signed = "AWS4-HMAC-SHA256 Credential=k/20261122/us-east-1/connect/aws4_request, SignedHeaders=host, Signature=0"

func send(t *testing.T, method, url, body string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", signed)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func TestItSaysWhereItListensAndWhatItHas(t *testing.T) {
	t.Parallel()
	out, stop := start(t, 4, "--rate", "0")
	address, ok := strings.CutPrefix(out[0], "listening on ")
	if !ok || out[1] != "harbor-retail aaaaaaaa-bbbb-cccc-dddd-111111111111 us-east-1 111122223333" || !strings.HasSuffix(out[3], " 444455556666") {
		t.Fatalf("%q", out)
	}
	if status, body := get(t, address+"/instance"); status != 200 || !strings.Contains(body, "harbor-retail") {
		t.Error(status, body)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestFlagsFillTheFirstInstanceAndSlowItDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"mine.json": "{}", "rules.txt": `{"op":"ListViews","do":"error","code":"AccessDeniedException"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, stop := start(t, 2, "--seed", "empty", "--load", dir, "--flows", "7", "--rate", "0.001", "--burst", "1", "--latency", "1ms",
		"--search-content", "none", "--faults", filepath.Join(dir, "rules.txt"), "--log")
	address := strings.TrimPrefix(out[0], "listening on ")
	const id = "aaaaaaaa-bbbb-cccc-dddd-111111111111"
	status, body := get(t, address+"/contact-flows-summary/"+id+"?maxResults=1000")
	if status != 200 || strings.Count(body, `"Id"`) != 20+1+7 || !strings.Contains(body, `"Name":"mine"`) {
		t.Error(status, body)
	}
	if status, _ := get(t, address+"/contact-flows-summary/"+id); status != 429 {
		t.Error("second call:", status)
	}
	if status, _ := get(t, address+"/views/"+id); status != 403 {
		t.Error("the fault script is not used:", status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestWrongUsageIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--seed", "other"}, {"--rate", "-1"}, {"--burst", "0"}, {"--latency", "soon"}, {"--flows", "-1"}, {"--search-content", "both"}, {"extra"}, {"--no-such-flag"}} {
		var said strings.Builder
		if err := run(t.Context(), args, io.Discard, &said); !errors.Is(err, errUsage) || !strings.HasPrefix(said.String(), "connectsim: ") {
			t.Errorf("%q: %v, said %q", args, err, said.String())
		}
	}
	var help, said strings.Builder
	if err := run(t.Context(), []string{"--help"}, &help, &said); !errors.Is(err, flag.ErrHelp) || said.Len() > 0 || !strings.HasPrefix(help.String(), "Usage of connectsim:\n") {
		t.Errorf("%v: %s%s", err, help.String(), said.String())
	}
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--load", filepath.Join(dir, "none")}, {"--faults", filepath.Join(dir, "none")}, {"--faults", bad}, {"--policy", filepath.Join(dir, "none")},
		{"--policy", bad}, {"--data", bad}, {"--data", filepath.Join(bad, "below")}, {"--data", filepath.Join(dir, "free"), "--listen", "nowhere:x"}} {
		all := append([]string{"--listen", "127.0.0.1:0"}, args...)
		if err := run(t.Context(), all, io.Discard, io.Discard); err == nil || errors.Is(err, errUsage) || !strings.Contains(err.Error(), args[1]) && args[0] != "--data" {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestAHangingRequestDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(rules, []byte(`{"op":"ListInstances","do":"wait"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, stop := start(t, 2, "--seed", "empty", "--faults", rules)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimPrefix(out[0], "listening on ")+"/instance", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(r); err == nil {
		resp.Body.Close()
		t.Error("the wait has ended")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

const (
	instance = "aaaaaaaa-bbbb-cccc-dddd-111111111111"
	draft    = `{"Name":%q,"Type":"CONTACT_FLOW","Status":"SAVED","Content":%q}`
)

func TestStateOutlivesTheProgram(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	out, stop := start(t, 3, "--seed", "empty", "--rate", "0", "--data", dir)
	if out[2] != "state kept in "+dir+" from now on" {
		t.Errorf("%q", out)
	}
	if status, body, err := send(t, "PUT", strings.TrimPrefix(out[0], "listening on ")+"/contact-flows/"+instance, fmt.Sprintf(draft, "mine", "x")); status != 200 || err != nil {
		t.Fatal(status, body, err)
	}
	if err := run(t.Context(), []string{"--data", dir, "--listen", "127.0.0.1:0"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "another simulator") {
		t.Error("a second one took the folder:", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for args, said := range map[string]string{"": "", " --seed demo --flows 3": "; not looked at: --seed and --flows", " --rate 0 --flow-quota 9 --seed empty --flows 0": "; not looked at: --seed, --flows and --flow-quota"} {
		out, stop := start(t, 3, strings.Fields("--data "+dir+args)...)
		if out[1] != "new-instance "+instance+" us-east-1 111122223333" || out[2] != "state as it was left in "+dir+said {
			t.Errorf("%s: %q", args, out)
		}
		if _, body := get(t, strings.TrimPrefix(out[0], "listening on ")+"/contact-flows-summary/"+instance+"?maxResults=1000"); strings.Count(body, `"Id"`) != 21 || !strings.Contains(body, `"Name":"mine"`) {
			t.Error(body)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAStartThatFailsLeavesNoState: a state that is there is taken instead of the seed of the next start.
func TestAStartThatFailsLeavesNoState(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	if err := run(t.Context(), []string{"--listen", taken.Addr().String(), "--data", dir}, io.Discard, io.Discard); err == nil {
		t.Error("it listens on a port that is taken")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestWhatIsNotLookedAtIsNotNeeded(t *testing.T) {
	t.Parallel()
	dir, none := t.TempDir(), filepath.Join(t.TempDir(), "none")
	if err := run(t.Context(), []string{"--data", dir, "--load", none, "--listen", "127.0.0.1:0"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), none) {
		t.Error("a folder to begin with that is not there went unnoticed:", err)
	}
	out, stop := start(t, 3, "--data", dir, "--seed", "empty")
	if out[2] != "state kept in "+dir+" from now on" {
		t.Errorf("a start that failed has left a state: %q", out)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if out, stop = start(t, 3, "--data", dir, "--load", none, "--flows", "1000000000"); out[2] != "state as it was left in "+dir+"; not looked at: --load and --flows" {
		t.Errorf("%q", out)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A page of evil.example that has made its name resolve to 127.0.0.1 is, to a browser, on the site that it sends to.
func TestOnALoopbackAddressOnlyItsNamesAreServed(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		address, listen, host string
		want                  int
	}{
		{"127.0.0.1:9911", "127.0.0.1:9911", "127.0.0.1:9911", 200},
		{"127.0.0.1:9911", "127.0.0.1:9911", "localhost:9911", 200},
		{"127.0.0.1:9911", "127.0.0.1:9911", "localhost", 200},
		{"[::1]:9911", "[::1]:9911", "[::1]:9911", 200},
		{"127.0.0.1:9911", "simulator.test:9911", "simulator.test:9911", 200},
		{"127.0.0.1:9911", "simulator.test:9911", "simulator.test:80", 403},
		{"127.0.0.1:9911", "simulator.test:9911", "evil.example:9911", 403},
		{"127.0.0.1:9911", "127.0.0.1:9911", "evil.example:9911", 403},
		{"127.0.0.1:9911", "127.0.0.1:9911", "localhost.evil.example", 403},
		{"[::1]:9911", "[::1]:9911", "evil.example", 403},
		{"127.0.0.1:9911", "127.0.0.1:9911", "", 403},
		{"0.0.0.0:9911", ":9911", "simulator.example:9911", 200},
		{"[::]:9911", ":9911", "simulator.example:9911", 200},
		{"192.168.1.2:9911", "192.168.1.2:9911", "simulator.example:9911", 200},
	} {
		address, err := net.ResolveTCPAddr("tcp", x.address)
		if err != nil {
			t.Fatal(err)
		}
		served := false
		h := guarded(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true }), address, x.listen)
		r, w := httptest.NewRequestWithContext(t.Context(), "PUT", "/contact-flows/"+instance, nil), httptest.NewRecorder()
		r.Host = x.host
		if h.ServeHTTP(w, r); w.Code != x.want || served != (x.want == 200) {
			t.Errorf("%+v: %d, served %v", x, w.Code, served)
		}
		if kind := w.Header().Get("Content-Type"); !served && !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("%+v: refused as %s", x, kind)
		}
	}
}

func TestTheProgramRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	out, stop := start(t, 2, "--seed", "empty")
	address := strings.TrimPrefix(out[0], "listening on ")
	for host, want := range map[string]int{"": 200, "localhost": 200, "evil.example": 403} {
		for _, path := range []string{"/instance", "/_connectsim/calls"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			r.Header.Set("Authorization", signed)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%s for %q: %d", path, host, resp.StatusCode)
			}
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// While eight clients write, the program is killed. What it has acknowledged is there afterwards, and nothing in half.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := program(t, "--listen", "127.0.0.1:0", "--seed", "empty", "--rate", "0", "--flow-quota", "100000", "--data", dir)
	stdout, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatal("it does not listen", lines.Err())
	}
	address := strings.TrimPrefix(lines.Text(), "listening on ")
	content := strings.Repeat("x", 5000)
	acknowledged := make(chan string, 1000)
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for j := range 1000 {
				name := fmt.Sprintf("flow %d %d", i, j)
				if status, _, err := send(t, "PUT", address+"/contact-flows/"+instance, fmt.Sprintf(draft, name, content)); err != nil || status != 200 {
					return
				}
				acknowledged <- name
			}
		})
	}
	go func() { clients.Wait(); close(acknowledged) }()
	names := map[string]bool{}
	for name := range acknowledged {
		if names[name] = true; len(names) == 100 {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait()
	if len(names) < 100 || len(names) == 8000 {
		t.Fatalf("%d were acknowledged", len(names))
	}
	out, stop := start(t, 3, "--rate", "0", "--data", dir)
	address = strings.TrimPrefix(out[0], "listening on ")
	_, body := get(t, address+"/contact-flows-summary/"+instance+"?maxResults=1000")
	var list struct {
		ContactFlowSummaryList []struct{ ID, Name string }
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	for _, f := range list.ContactFlowSummaryList {
		if !strings.HasPrefix(f.Name, "flow ") {
			continue
		}
		delete(names, f.Name)
		if _, body := get(t, address+"/contact-flows/"+instance+"/"+f.ID+":$SAVED"); !strings.Contains(body, `"`+content+`"`) {
			t.Errorf("%s is not whole: %.300s", f.Name, body)
		}
	}
	if len(names) > 0 {
		t.Errorf("lost: %v", names)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestExitCodesAndMessages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	broken := filepath.Join(dir, "broken")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Mkdir(broken, 0o700), os.WriteFile(filepath.Join(broken, "state.jsonl"), []byte(`{"Connectsim":1}`+"\n{\n{}\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, 0, "/_connectsim/faults"},
		{[]string{"--no-such-flag"}, 2, "no-such-flag"},
		{[]string{"--data", file}, 1, "connectsim: keep " + file + ": mkdir " + file + ": not a directory"},
		{[]string{"--data", broken}, 1, "state.jsonl, line 2: "},
		{[]string{"--data", "/dev/null/x"}, 1, "not a directory"},
		{[]string{"--policy", file}, 1, "connectsim: " + file + ": "},
	} {
		out, err := program(t, append([]string{"--listen", "127.0.0.1:0"}, x.args...)...).CombinedOutput()
		code := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		if code != x.code || !strings.Contains(string(out), x.says) {
			t.Errorf("%q: exit code %d, %v: %s", x.args, code, err, out)
		}
	}
}

func TestThePolicyIsEnforced(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(file, []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["connect:ListInstances","ds:DescribeDirectories"],"Resource":"*"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, stop := start(t, 2, "--seed", "empty", "--policy", file)
	address := strings.TrimPrefix(out[0], "listening on ")
	if status, body := get(t, address+"/instance"); status != 200 {
		t.Error(status, body)
	}
	if status, body := get(t, address+"/views/"+instance); status != 403 || !strings.Contains(body, "connect:ListViews") {
		t.Error(status, body)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestFaultsAreLoadedWhileItRuns(t *testing.T) {
	t.Parallel()
	out, stop := start(t, 2, "--seed", "empty", "--rate", "0")
	address := strings.TrimPrefix(out[0], "listening on ")
	for _, x := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"PUT", "/_connectsim/faults", `{"op":"ListViews","do":"error","code":"AccessDeniedException"}`, 204, ""},
		{"GET", "/views/" + instance, "", 403, ""},
		{"GET", "/_connectsim/faults", "", 200, `"seen":1,"fired":1`},
		{"PUT", "/_connectsim/faults", "{", 400, "line 1: "},
		{"DELETE", "/_connectsim/faults", "", 204, ""},
		{"GET", "/views/" + instance, "", 200, "after-contact-work"},
		{"GET", "/_connectsim/calls", "", 200, `"ListViews":2`},
		{"POST", "/_connectsim/edit", `{"instance":"new-instance","flow":"Sample AB test","content":"changed"}`, 204, ""},
		{"GET", "/_connectsim/other", "", 404, ""},
		{"GET", "/_connectsim", "", 501, "UnknownOperation"},        // a path of AWS, which has none
		{"GET", "//_connectsim/calls", "", 501, "UnknownOperation"}, // nothing is cleaned
		{"GET", "/views/" + instance + "/..%2F", "", 400, ""},
	} {
		status, body, err := send(t, x.method, address+x.path, x.body)
		if status != x.status || !strings.Contains(body, x.says) && status != 501 || err != nil {
			t.Errorf("%s %s: %d %s %v", x.method, x.path, status, body, err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
