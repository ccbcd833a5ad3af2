package main

import (
	"fmt"
	"strconv"
	"strings"
)

// row is one line of the table.
type row struct {
	measure string
	bench   string // package below the module, and benchmark
	unit    string // as the benchmark reports it
	goal    string // none: a figure to know, without a promise
	// against is what the figure is divided by for the ratio: another "package benchmark unit" of the run, or a unit of
	// the same benchmark that is the ratio already.
	against, than string
}

const json = "encoding/json"

// rows are the measures that the product is built to; docs/benchmarks.md explains each.
var rows = []row{
	{"Audit of the real flows, from bytes to verdicts", "internal/audit BenchmarkAgainstJSON", "ns/op", "at most 1 × " + json, "of-json", json},
	{"40 flows of 250 blocks that all lead to each other, each with a guide of its own", "internal/audit BenchmarkFlowsThatAllLeadToEachOther", "ns/op", "", "", ""},
	{"5,000 flows of 20 kB read and judged, one core", "internal/survey BenchmarkReading5000/cold", "ns/op", "under 5 s", "", ""},
	{"the same again, with nothing changed", "internal/survey BenchmarkReading5000/again", "ns/op", "under 0.3 s", "", ""},
	{"Memory of 5,000 flows of 20 kB, read and judged", "internal/survey BenchmarkReading5000/cold", "heap-MB", "under 150 MB", "", ""},
	{"Edit of a 256,000-character flow", "internal/flow BenchmarkEdit/edit", "ns/op", "under 1 ms", "internal/flow BenchmarkParse/encoding-json ns/op", json},
	{"the same, read and written as well", "internal/flow BenchmarkEdit/parse-edit-bytes", "ns/op", "", "internal/flow BenchmarkParse/encoding-json ns/op", json},
	{"Journal of one step on SQLite: its intent and its outcome on the disk", "internal/store BenchmarkStep", "ns/op", "under 2 ms", "", ""},
	{"A change of 1,000 flows, without the service's time", "internal/publish BenchmarkThousandSteps", "ns/op", "", "", ""},
	{"Memory after its last step, against after 100", "internal/publish BenchmarkThousandSteps", "heap-MB", "at most 1.2 × after 100", "of-100", "after 100"},
	{"Picture of 250 blocks, in layers", "internal/picture BenchmarkPicture/layered", "ns/op", "under 10 ms", "", ""},
	{"Page of 5,000 inbound flows, server time, p99", "cmd/wrapup BenchmarkInboundFlowsPage", "p99-ms", "under 20 ms", "", ""},
	{"Page of 5,000 inbound flows, server time, mean", "cmd/wrapup BenchmarkInboundFlowsPage", "ns/op", "", "", ""},
	{"Page of 5,000 inbound flows, on the wire", "cmd/wrapup BenchmarkInboundFlowsPage", "wire-kB", "under 100 kB", "", ""},
	{"Review of a change of 100 flows of 20 kB, server time, p99", "cmd/wrapup BenchmarkReviewOf100Flows", "p99-ms", "under 300 ms", "", ""},
	{"Review of a change of 100 flows of 20 kB, on the wire", "cmd/wrapup BenchmarkReviewOf100Flows", "wire-kB", "", "", ""},
	{"Start of demo until it listens", "cmd/wrapup BenchmarkDemo", "start-ms", "under 150 ms", "", ""},
	{"Memory of demo, idle", "cmd/wrapup BenchmarkDemo", "idle-MB", "under 64 MB", "", ""},
	{"Memory of demo, all instances read", "cmd/wrapup BenchmarkDemo", "read-MB", "", "", ""},
	{"Binary, stripped", "cmd/wrapup BenchmarkDemo", "binary-MB", "under 25 MB", "", ""},
	{"Reading 1,000 inbound flows, searches", "cmd/wrapup BenchmarkReading", "searches", "11", "", ""},
	{"Reading 1,000 inbound flows, describes", "cmd/wrapup BenchmarkReading", "describes", "20", "", ""},
	{"Reading 1,000 inbound flows, all calls", "cmd/wrapup BenchmarkReading", "calls", "", "", ""},
	{"Simulator: a describe, client and server on one core", "internal/connectsim BenchmarkDescribeWire", "ns/op", "under 100 µs (10,000 a second)", "", ""},
	{"Simulator: the handler's share of it", "internal/connectsim BenchmarkDescribeHandler", "ns/op", "", "", ""},
	{"Simulator: start with the demo data", "internal/connectsim BenchmarkStart", "ns/op", "under 50 ms", "", ""},
	{"Simulator: memory of 5,000 flows of 20 kB", "internal/connectsim BenchmarkMemory", "heap-MB", "under 200 MB", "", ""},
}

func (r row) key() string { return r.bench + " " + r.unit }

// show gives a figure with its unit, to three digits.
func (r row) show(v float64) string {
	if r.unit != "ns/op" {
		_, unit, ok := strings.Cut(r.unit, "-")
		if !ok {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return digits(v) + " " + unit
	}
	for _, u := range []struct {
		name string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if v >= u.ns {
			return digits(v/u.ns) + " " + u.name
		}
	}
	return digits(v) + " ns"
}

func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// ratio compares the row's figure with another of the same run; empty where there is nothing to compare.
func (r row) ratio(f figures) string {
	if r.against == "" {
		return ""
	}
	v, ok := f[r.bench+" "+r.against]
	if !ok {
		other, found := f[r.against]
		if !found || other == 0 {
			return ""
		}
		v = f[r.key()] / other
	}
	return fmt.Sprintf("%.2f × %s", v, r.than)
}
