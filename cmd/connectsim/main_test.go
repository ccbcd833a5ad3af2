package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=k/20261122/us-east-1/connect/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
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
		if err := run(t.Context(), args, io.Discard, &said); !errors.Is(err, errUsage) || said.Len() == 0 {
			t.Errorf("%q: %v, said %q", args, err, said.String())
		}
	}
	if err := run(t.Context(), []string{"--help"}, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--load", filepath.Join(dir, "none")}, {"--faults", filepath.Join(dir, "none")}, {"--faults", bad}, {"--listen", "nowhere:x"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || errors.Is(err, errUsage) {
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
