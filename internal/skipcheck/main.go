// Command skipcheck reads `go test -json`, prints the packages' own lines and every skip with its reason, and
// fails on a failed test. With CI=true a skip that is not in allowed.txt fails too: a test that no machine runs is no test.
package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

//go:embed allowed.txt
var allowed string

type event struct {
	Action, Package, Test, Output string
}

type result struct {
	skips  []string // "package Test: reason"
	failed bool
}

func main() {
	r, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "skipcheck:", err)
		os.Exit(1)
	}
	for _, s := range r.skips {
		fmt.Println("skipped:", s)
	}
	bad := r.failed
	if os.Getenv("CI") == "true" {
		for _, s := range unlisted(r.skips, allowed) {
			fmt.Println("not allowed to skip in CI:", s)
			bad = true
		}
	}
	if bad {
		os.Exit(1)
	}
}

// read prints package lines and the output of failed tests.
func read(in io.Reader, out io.Writer) (result, error) {
	var r result
	output := map[string][]string{}
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 1<<20), 16<<20)
	for sc.Scan() {
		var e event
		if json.Unmarshal(sc.Bytes(), &e) != nil {
			fmt.Fprintln(out, sc.Text()) // a build error's plain text
			continue
		}
		key := e.Package + " " + e.Test
		switch {
		case e.Action == "output" || e.Action == "build-output":
			if e.Test == "" {
				fmt.Fprint(out, e.Output)
			} else {
				output[key] = append(output[key], e.Output)
			}
		case e.Action == "skip" && e.Test != "":
			r.skips = append(r.skips, key+": "+reason(output[key]))
		case e.Action == "fail" || e.Action == "build-fail":
			r.failed = true
			fmt.Fprint(out, strings.Join(output[key], ""))
			if e.Test == "" {
				unfinished(out, e.Package, output)
			}
		}
		if e.Action == "pass" || e.Action == "fail" || e.Action == "skip" {
			delete(output, key)
		}
	}
	return r, sc.Err()
}

// unfinished prints what the tests of a failed package said that never came to an end: a panic, an exit, a timeout.
func unfinished(out io.Writer, pkg string, output map[string][]string) {
	for _, key := range slices.Sorted(maps.Keys(output)) {
		if strings.HasPrefix(key, pkg+" ") {
			fmt.Fprint(out, strings.Join(output[key], ""))
			delete(output, key)
		}
	}
}

// reason is the last line a test printed before it was skipped, without its place.
func reason(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		l := strings.TrimSpace(lines[i])
		if l != "" && !strings.HasPrefix(l, "--- ") && !strings.HasPrefix(l, "=== ") {
			return l
		}
	}
	return "no reason given"
}

// unlisted gives the skips that no line of list names ("package Test", # begins a comment).
func unlisted(skips []string, list string) []string {
	ok := map[string]bool{}
	for l := range strings.Lines(list) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			ok[l] = true
		}
	}
	var out []string
	for _, s := range skips {
		if name, _, _ := strings.Cut(s, ":"); !ok[name] {
			out = append(out, s)
		}
	}
	return out
}
