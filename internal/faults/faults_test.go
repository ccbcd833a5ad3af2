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
	if w.said.Begin != "" {
		t.Fatalf("nothing was recorded: %+v", w.said)
	}
	kinds := map[string]string{}
	for _, st := range e.plan.Steps {
		kinds[st.Key] = string(st.Kind)
	}
	step, nth := "", 0
	for i, what := range w.said.Journal {
		method, key, _ := strings.Cut(what, " ")
		if now := nextStep(w.said.Journal[i:], kinds); now != step || method == "Take" {
			step, nth = now, 0
		}
		nth++
		points = append(points, point{stream: journals, n: i + 1, what: what, kind: fmt.Sprintf("%s %d %s", step, nth, method)})
		if method == "Outcome" || key == "" && method == "Take" {
			step = ""
		}
	}
	for i, what := range w.said.Operations {
		points = append(points, point{stream: operations, n: i + 1, what: what, kind: what})
	}
	mine := slices.DeleteFunc(w.aws.log, func(c call) bool { return c.Who != "child" })
	for i, c := range mine {
		p := point{stream: calls, n: i + 1, what: strings.TrimSpace(c.Op + " " + c.Flow), writes: c.writes()}
		p.kind = fmt.Sprintf("%s, saved copy %t, before %s", c.Op, c.Saved, nextWrite(mine[i:], e))
		points = append(points, p)
	}
	return points
}

// nextStep is the kind of the step that is announced or closed next.
func nextStep(writes []string, kinds map[string]string) string {
	for _, what := range writes {
		method, key, _ := strings.Cut(what, " ")
		switch {
		case method == "Take" || method == "Finish":
			return "no step"
		case key != "":
			return kinds[key]
		}
	}
	return "no step"
}

// nextWrite is what is written next, and whether it is the guide.
func nextWrite(log []call, e *engine) string {
	for _, c := range log {
		if c.writes() {
			return fmt.Sprintf("%s, guide %t, saved copy %t", c.Op, e.set.flow(c.Flow).name == guideName, c.Saved)
		}
	}
	return "the end"
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

// alsoSampled are the points of the sample that are no step's own, on SQLite and on a server.
var alsoSampled = map[bool][]string{
	false: {
		"no step 1 Approve", "no step 1 Take", "update-flow 3 KeepContent", "update-flow 5 KeepContent", "no step 2 Finish", "Claim", "Write done",
		opDescribe + ", saved copy true, before " + opUpdate + ", guide false, saved copy false",
	},
	true: {"Claim"},
}

// sample is one case of each fault at each kind of step: at its announcement, at its write, and at what is said of it. What differs on a
// server are transactions and who takes over: there one change is enough.
func sample(all []oneCase, seen map[string]bool) (some []oneCase) {
	for _, c := range all {
		own := c.at.writes || strings.HasSuffix(c.at.kind, " Intent") || strings.HasSuffix(c.at.kind, " Outcome") && !c.engine.replicas
		key := c.engine.name + c.at.kind + c.do
		switch {
		case seen[key], c.engine.replicas && c.engine.what != published:
		case own, slices.Contains(alsoSampled[c.engine.replicas], c.at.kind):
			seen[key] = true
			some = append(some, c)
		}
	}
	if raceEnabled { // every process is a slow one then
		some = slices.DeleteFunc(some, func(c oneCase) bool { return c.number%7 > 0 })
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
	n := 2
	if everything() {
		n = 20
	}
	var tallies []*tally
	seen, notes := map[string]bool{}, openNotebook(t)
	t.Run("on", func(t *testing.T) {
		for _, plan := range []func(*testing.T, int) *engine{sqlite, postgres} {
			for _, e := range changes(t, plan, n) {
				tallies = append(tallies, tried(t, e, seen, notes))
			}
		}
	})
	for _, y := range tallies {
		if y.ran != y.want {
			t.Errorf("%s, %s: %d cases were run, want %d", y.engine.name, y.engine.what, y.ran, y.want)
		}
	}
	if everything() && !t.Failed() {
		if err := os.WriteFile("../../docs/faults.md", document(tallies), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// tried runs the cases of one change on one engine, after all tests of t that do not run beside others.
func tried(t *testing.T, e *engine, seen map[string]bool, notes *notebook) *tally {
	t.Helper()
	y := &tally{engine: e, points: recorded(t, e)}
	all := casesOf(e, y.points)
	if len(all) != wanted(y.points) {
		t.Errorf("%s, %s: %d cases, want %d", e.name, e.what, len(all), wanted(y.points))
	}
	if !everything() {
		all = sample(all, seen)
	}
	y.want = len(all)
	for _, c := range all {
		name := fmt.Sprintf("%s: %s: %s", e.name, e.what, c)
		if e, ok := notes.known[name]; ok {
			y.add(e)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := c.run(t).ended(name)
			y.add(e)
			if t.Failed() {
				return
			}
			if err := notes.note(e); err != nil {
				t.Error(err)
			}
		})
	}
	return y
}
