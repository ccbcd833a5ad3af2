package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take before a test gives up on it. Nothing waits this long when all is well.
const patience = 90 * time.Second

// program is a running program and what it has printed.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	mu     sync.Mutex
	out    []string
	log    strings.Builder
	lines  chan struct{} // a new line, or the end
	closed bool
	gone   chan struct{}
}

// start runs a program until the test ends. The environment is only what is given, and where programs are found.
func start(t *testing.T, env []string, name string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(name, args...), lines: make(chan struct{}, 1), gone: make(chan struct{})}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}, env...)
	p.cmd.Dir = t.TempDir()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = writer(p.addLog)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(bufio.NewScanner(out))
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(name), p.log.String())
		}
	})
	return p
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

func (p *program) addLog(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log.Write(b)
}

func (p *program) read(sc *bufio.Scanner) {
	for sc.Scan() {
		p.mu.Lock()
		p.out = append(p.out, sc.Text())
		p.mu.Unlock()
		p.wake()
	}
	_ = p.cmd.Wait()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.wake()
	close(p.gone)
}

func (p *program) wake() {
	select {
	case p.lines <- struct{}{}:
	default:
	}
}

// find waits for a line of standard output that matches, and gives the first group of the match.
func (p *program) find(pattern string) string {
	p.t.Helper()
	re, late := regexp.MustCompile(pattern), time.After(patience)
	for {
		if found, closed := p.match(re); found != "" {
			return found
		} else if closed {
			p.t.Fatalf("the program ended before it printed %q: %s", pattern, p.log.String())
		}
		select {
		case <-p.lines:
		case <-late:
			p.t.Fatalf("the program did not print %q within %v", pattern, patience)
		}
	}
}

func (p *program) match(re *regexp.Regexp) (found string, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.out {
		if m := re.FindStringSubmatch(l); m != nil {
			return m[1], p.closed
		}
	}
	return "", p.closed
}

// printed says whether a line of standard output contains text. The program must have ended or printed its last line.
func (p *program) printed(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(strings.Join(p.out, "\n"), text)
}

// kill ends the program as a power cut does.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
}

// stop asks the program to end, as an operating system does, and fails the test when it does not end well.
func (p *program) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.gone:
	case <-time.After(patience):
		p.t.Fatalf("the program does not end when it is told to")
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("the program ended with %d: %s", code, p.log.String())
	}
}

// practice is a running `wrapup demo`.
type practice struct {
	*program
	base, link string
	sim        simulator
}

func startDemo(t *testing.T) practice {
	t.Helper()
	p := start(t, nil, wrapup, "demo", "--listen", "127.0.0.1:0", "--simulator", startSim(t, "").endpoint)
	d := practice{program: p, link: p.find(firstLink), base: p.find(listens)}
	d.sim = simulator{endpoint: p.find(`--endpoint-url (\S+)`), region: p.find(`--region (\S+)`), instance: p.find(`--instance-id (\S+)`)}
	return d
}

// startSim runs the simulator as a process of its own: it outlives a wrapup that is killed. All that reaches it passes a
// check against the service model.
func startSim(t *testing.T, faults string) simulator {
	t.Helper()
	script := filepath.Join(t.TempDir(), "faults")
	if err := os.WriteFile(script, []byte(faults), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, connectsim, "--listen", "127.0.0.1:0", "--rate", "0", "--faults", script)
	s := simulator{endpoint: checked(t, p.find(`^listening on (http://\S+)$`))}
	s.instance, s.region = p.find(`^harbor-retail (\S+) `), p.find(`^harbor-retail \S+ (\S+) `)
	return s
}

// startServe runs `wrapup serve` against the simulator as against AWS: by environment alone.
func startServe(t *testing.T, s simulator, database string) *program {
	t.Helper()
	return start(t, []string{
		"AWS_ENDPOINT_URL_CONNECT=" + s.endpoint, "AWS_ENDPOINT_URL_STS=" + s.endpoint, "AWS_REGION=" + s.region,
		"AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any", "AWS_EC2_METADATA_DISABLED=true",
		"WRAPUP_DATABASE=" + database, "WRAPUP_LISTEN=127.0.0.1:0", "WRAPUP_LOG_LEVEL=warn",
	}, wrapup, "serve")
}

// What wrapup prints at start.
const (
	listens   = `^wrapup listens on (http://\S+)$`
	firstLink = `^\s*(http://\S+/link/\S+)$`
)

// waitFor asks until the answer is yes: for what another process does in its own time.
func waitFor(t *testing.T, what string, ask func() bool) {
	t.Helper()
	tick, late := time.NewTicker(50*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !ask() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal(fmt.Sprint("still not so: ", what))
		}
	}
}
