package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const chromium = "/usr/bin/chromium"

// needsBrowser skips where a machine cannot drive a browser, and fails there in CI.
func needsBrowser(t *testing.T) {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "node is not installed"
	} else if _, err := os.Stat(chromium); err != nil {
		missing = "Debian's chromium is not installed"
	} else if _, err := os.Stat(filepath.Join("node_modules", "playwright-core")); err != nil {
		missing = "the browser driver is not installed: npm ci --ignore-scripts in e2e"
	}
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
}

// line is what a script prints: a step that was done or failed, a fact for the test, or the end.
type line struct {
	Step string
	Fail string
	Fact string
	Text string
	End  bool
}

// turn is held by the tests that drive a browser: more than two of them on a small machine only wait for each other.
var turn = make(chan struct{}, 2)

// browse runs a script of this folder in a browser. Each of its steps is a subtest; the facts it noted are returned.
func browse(t *testing.T, script string, args map[string]string) map[string]string {
	t.Helper()
	needsBrowser(t)
	defer takeTurn()()
	return browseInTurn(t, script, args)
}

func takeTurn() (over func()) {
	turn <- struct{}{}
	return func() { <-turn }
}

func browseInTurn(t *testing.T, script string, args map[string]string) map[string]string {
	t.Helper()
	args["artifacts"] = t.ArtifactDir()
	if os.Getenv("WRAPUP_SCREENSHOTS") == "1" {
		args["screenshots"] = filepath.Join("..", "docs", "screenshots")
	}
	return node(t, script, args)
}

// node runs a script of this folder; each of its steps is a subtest.
func node(t *testing.T, script string, args map[string]string) map[string]string {
	t.Helper()
	given, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script, string(given))
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	facts, ended := steps(t, bufio.NewScanner(out))
	if err := cmd.Wait(); err != nil && !t.Failed() || !ended && !t.Failed() {
		t.Errorf("%s stopped (%v): %s", script, err, errs.String())
	}
	if t.Failed() {
		t.FailNow()
	}
	return facts
}

func steps(t *testing.T, sc *bufio.Scanner) (facts map[string]string, ended bool) {
	sc.Buffer(nil, 1<<20)
	facts = map[string]string{}
	for sc.Scan() {
		var l line
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Errorf("a script printed %q", sc.Text())
			continue
		}
		switch {
		case l.End:
			ended = true
		case l.Fact != "":
			facts[l.Fact] = l.Text
		default:
			t.Run(l.Step, func(t *testing.T) {
				if l.Fail != "" {
					t.Error(l.Fail)
				}
			})
		}
	}
	return facts, ended
}

func TestTheLooksFindFaults(t *testing.T) {
	t.Parallel()
	browse(t, "looks.mjs", map[string]string{})
}
