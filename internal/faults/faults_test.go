package faults

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/store/pgtest"
)

func TestMain(m *testing.M) {
	if doc := os.Getenv(childEnv); doc != "" {
		if err := child(doc); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(pgtest.Main(m))
}

// The streams of a run.
const (
	calls      = "call"
	journals   = "journal"
	operations = "operations"
)

// point is one write of the database, or one call, of the recorded run.
type point struct {
	stream string
	n      int
	what   string
	kind   string // the same at every step of a kind
	writes bool   // a call that writes
}

// The faults of a write of the database, and those of a call.
var (
	atWrites = []string{"killed before", "killed after", "full", "locked", "read-only", "gone", "answer lost", "edited from outside"}
	atCalls  = []string{
		"killed before", "killed after", "throttled", "500", "dropped before", "dropped after", "empty", "undecodable", "edited from outside",
		"outage", "carried out, then an outage",
	}
	atWritingCalls = []string{"killed, carried out later"}
)

func killing(do string) bool { return strings.HasPrefix(do, "killed") }

// faultsAt are the faults that apply to a point.
func faultsAt(p point) []string {
	switch {
	case p.stream != calls:
		return atWrites
	case p.writes:
		return append(atCalls[:len(atCalls):len(atCalls)], atWritingCalls...)
	}
	return atCalls
}

// recorded runs without a fault and gives the points of the run.
func recorded(t *testing.T, e *engine) (points []point) {
	t.Helper()
	w := oneCase{engine: e}.run(t)
	step, nth := "start", 0
	for i, what := range w.said.Journal {
		method, key, _ := strings.Cut(what, " ")
		nth++
		kind := fmt.Sprintf("%s %d %s", step, nth, method)
		if method == "Take" || method == "Outcome" {
			nth = 0
			if step = "flow"; method == "Take" {
				step = "guide"
			}
		}
		points = append(points, point{stream: journals, n: i + 1, what: strings.TrimSpace(method + " " + key), kind: kind})
	}
	for i, what := range w.said.Operations {
		points = append(points, point{stream: operations, n: i + 1, what: what, kind: what})
	}
	n := 0
	for _, c := range w.aws.log {
		if c.Who != "child" {
			continue
		}
		n++
		p := point{stream: calls, n: n, what: strings.TrimSpace(c.Op + " " + c.Flow), writes: c.writes()}
		what := "guide"
		if e.set.flow(c.Flow).id != "" {
			what = "flow"
		}
		p.kind = fmt.Sprintf("%s of a %s, saved copy %t", c.Op, what, c.Saved)
		points = append(points, p)
	}
	if len(points) == 0 || w.said.Begin != "" {
		t.Fatalf("nothing was recorded: %+v", w.said)
	}
	return points
}

// casesOf are all cases of a run.
func casesOf(e *engine, points []point) (all []oneCase) {
	for _, p := range points {
		for _, do := range faultsAt(p) {
			all = append(all, oneCase{engine: e, at: p, do: do, number: len(all)})
		}
	}
	return all
}

// sample is one case of each fault at each kind of point. What differs on a server are transactions and who takes over: there it is a
// claim, a write, and what is said before and after it.
func sample(all []oneCase) (some []oneCase) {
	seen := map[string]bool{}
	for _, c := range all {
		key := c.at.stream + c.at.kind + c.do
		if c.engine.replicas && !slices.Contains([]string{"Claim", "flow 4 Intent", "flow 6 Outcome", opUpdate + " of a flow, saved copy false"}, c.at.kind) {
			continue
		}
		if !seen[key] {
			seen[key] = true
			some = append(some, c)
		}
	}
	return some
}

// wanted is how many cases there must be: writes and calls, times the faults that apply to each.
func wanted(points []point) int {
	n := map[string]int{}
	for _, p := range points {
		switch {
		case p.stream != calls:
			n["writes"]++
		case p.writes:
			n["writing calls"]++
			fallthrough
		default:
			n["calls"]++
		}
	}
	return n["writes"]*len(atWrites) + n["calls"]*len(atCalls) + n["writing calls"]*len(atWritingCalls)
}

// everything says whether all cases are run, as make faults does.
func everything() bool { return os.Getenv("WRAPUP_FAULTS") == "all" }

// At every write of the database and at every call of a recorded run, under every fault, nothing is lost. The suite runs a sample: a small
// change set, and each fault at each kind of write and call.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	n := 3
	if everything() {
		n = 20
	}
	var tallies []*tally
	t.Run("on", func(t *testing.T) {
		for _, plan := range []func(*testing.T, int) *engine{sqlite, postgres} {
			e := plan(t, n)
			y := &tally{engine: e, points: recorded(t, e)}
			tallies = append(tallies, y)
			all := casesOf(e, y.points)
			if len(all) != wanted(y.points) {
				t.Errorf("%s: %d cases, want %d", e.name, len(all), wanted(y.points))
			}
			if !everything() {
				all = sample(all)
			}
			y.want = len(all)
			for _, c := range all {
				t.Run(e.name+" "+c.String(), func(t *testing.T) {
					t.Parallel()
					y.add(c.run(t))
				})
			}
		}
	})
	for _, y := range tallies {
		if y.ran != y.want {
			t.Errorf("%s: %d cases were run, want %d", y.engine.name, y.ran, y.want)
		}
	}
	if everything() && !t.Failed() {
		if err := os.WriteFile("../../docs/faults.md", document(tallies), 0o644); err != nil {
			t.Error(err)
		}
	}
}
