package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `goos: linux
pkg: wrapup/internal/flow
cpu: some processor
BenchmarkEdit
BenchmarkEdit/edit
BenchmarkEdit/edit-2         	   10000	    110000 ns/op	  262144 B/op	      12 allocs/op
BenchmarkParse/encoding-json-2 	     100	   4400000 ns/op
PASS
ok  	wrapup/internal/flow	3.2s
pkg: wrapup/internal/audit
BenchmarkAgainstJSON-2 	       5	  30000000 ns/op	  80.00 MB/s	         0.8125 of-json
pkg: wrapup/cmd/wrapup
BenchmarkDemo
    demo_bench_test.go:20: no /proc on this system
--- SKIP: BenchmarkDemo
BenchmarkReading-2 	 1	 900000 ns/op	 10.00 searches
`

var sampleRows = []row{
	{"Audit", "internal/audit BenchmarkAgainstJSON", "ns/op", "at most 1", "of-json", json},
	{"Edit", "internal/flow BenchmarkEdit/edit", "ns/op", "under 1 ms", "internal/flow BenchmarkParse/encoding-json ns/op", json},
	{"Searches", "cmd/wrapup BenchmarkReading", "searches", "10", "", ""},
	{"Memory", "cmd/wrapup BenchmarkDemo", "idle-MB", "under 64 MB", "", ""},
}

func table(t *testing.T, in string, rows []row) (string, error) {
	t.Helper()
	o, err := read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	err = write(&b, rows, o)
	return b.String(), err
}

func TestTheTableShowsFiguresRatiosAndSkips(t *testing.T) {
	t.Parallel()
	got, err := table(t, sample, sampleRows)
	if err != nil {
		t.Error(err)
	}
	want := `MEASURE    FIGURE                                  GOAL          RATIO
Audit      30.0 ms                                 at most 1     0.81 × encoding/json
Edit       110 µs                                  under 1 ms    0.03 × encoding/json
Searches   10                                      10            
Memory     not measured: no /proc on this system   under 64 MB   
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheTableFails(t *testing.T) {
	t.Parallel()
	gone := append(sampleRows[:3:3], row{"Gone", "internal/flow BenchmarkGone", "ns/op", "", "", ""})
	for _, c := range []struct {
		name, in, says string
		rows           []row
	}{
		{"where a row's benchmark is not in the run", sample, "internal/flow BenchmarkGone ns/op", gone},
		{"where a benchmark failed", sample + "--- FAIL: BenchmarkX\nFAIL\twrapup/web\t0.1s\n", "a benchmark failed", sampleRows},
		{"where nothing ran", "", "no benchmark reported", sampleRows},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := table(t, c.in, c.rows); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v does not say %q", err, c.says)
			}
		})
	}
}

func TestOfSeveralRunsTheLowestCounts(t *testing.T) {
	t.Parallel()
	o, err := read(strings.NewReader("pkg: wrapup/web\nBenchmarkA-2 10 30 ns/op\nBenchmarkA-2 10 20 ns/op\nBenchmarkA-2 10 40 ns/op\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(figures{"web BenchmarkA ns/op": 20}, o.figures); diff != "" {
		t.Error(diff)
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		unit string
		v    float64
		want string
	}{
		{"ns/op", 512, "512 ns"}, {"ns/op", 1500, "1.50 µs"}, {"ns/op", 2.5e7, "25.0 ms"}, {"ns/op", 3e9, "3.00 s"},
		{"idle-MB", 48.26, "48.3 MB"}, {"p99-ms", 7.123, "7.12 ms"}, {"calls", 34, "34"},
	} {
		if got := (row{unit: c.unit}).show(c.v); got != c.want {
			t.Errorf("%g %s shows as %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
