package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkDemo builds the program as it is shipped, starts practice mode as a process of its own and reports how long it
// takes until it listens (the median), the memory it holds then and after every instance was read (the most), and its size.
func BenchmarkDemo(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("a process's memory is read from /proc")
	}
	bin := filepath.Join(b.TempDir(), "wrapup")
	build := exec.CommandContext(b.Context(), "go", "build", "-tags=nethttpomithttp2", "-trimpath", "-ldflags=-s -w", "-gcflags=github.com/...=-l", "-gcflags=golang.org/...=-l",
		"-gcflags=wrapup/...=-l", "-gcflags=wrapup/internal/flow=", "-gcflags=wrapup/internal/audit=", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	file, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	var starts []time.Duration
	var idle, read float64
	for b.Loop() {
		d := startDemo(b, bin)
		starts = append(starts, d.took)
		b.StopTimer()
		idle = max(idle, d.resident())
		d.readAll()
		read = max(read, d.resident())
		d.stop()
		b.StartTimer()
	}
	slices.Sort(starts)
	b.ReportMetric(float64(starts[len(starts)/2])/1e6, "start-ms")
	b.ReportMetric(idle, "idle-MB")
	b.ReportMetric(read, "read-MB")
	b.ReportMetric(float64(file.Size())/1e6, "binary-MB")
}

// demoProcess is practice mode as a process.
type demoProcess struct {
	b    *testing.B
	cmd  *exec.Cmd
	took time.Duration
	link string
	base string
}

func startDemo(b *testing.B, bin string) *demoProcess {
	b.Helper()
	d := &demoProcess{b: b, cmd: exec.CommandContext(b.Context(), bin, "demo", "--listen", "127.0.0.1:0")}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := d.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for s := bufio.NewScanner(out); s.Scan(); {
		if strings.Contains(s.Text(), "/link/") {
			d.link = strings.TrimSpace(s.Text())
		}
		if base, ok := strings.CutPrefix(s.Text(), "wrapup listens on "); ok {
			d.took, d.base = time.Since(begin), base
			return d
		}
	}
	b.Fatalf("ended before it listened: %v", d.cmd.Wait())
	return nil
}

// resident is the memory that the process holds now, in MB, the pages of its binary included.
func (d *demoProcess) resident() float64 {
	d.b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.b.Fatal(err)
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		d.b.Fatalf("no VmRSS in %s", status)
	}
	kib, err := strconv.Atoi(string(m[1]))
	if err != nil {
		d.b.Fatal(err)
	}
	return float64(kib) * 1024 / 1e6
}

// readAll signs in and opens the inbound flows of every instance, which reads it.
func (d *demoProcess) readAll() {
	d.b.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.b.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	res, err := browser.PostForm(d.link, nil)
	list := d.body(res, err)
	found := regexp.MustCompile(`/instances/[0-9a-f-]{36}`).FindAll(list, -1)
	slices.SortFunc(found, bytes.Compare)
	found = slices.CompactFunc(found, bytes.Equal)
	if len(found) == 0 {
		d.b.Fatalf("no instance on the page: %s", list)
	}
	for _, path := range found {
		page := d.body(browser.Get(d.base + string(path) + "/flows"))
		if !bytes.Contains(page, []byte(string(path)+"/flows/")) {
			d.b.Fatalf("no flow on %s", path)
		}
	}
}

func (d *demoProcess) body(res *http.Response, err error) []byte {
	d.b.Helper()
	if err != nil {
		d.b.Fatal(err)
	}
	defer res.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(res.Body); err != nil || res.StatusCode != http.StatusOK {
		d.b.Fatalf("%s: %d %v", res.Request.URL, res.StatusCode, err)
	}
	return page.Bytes()
}

func (d *demoProcess) stop() {
	d.b.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.b.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		d.b.Fatalf("the end: %v", err)
	}
}
