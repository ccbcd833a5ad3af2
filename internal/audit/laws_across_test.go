package audit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/audit"
)

var draws = []func(*rapid.T) string{randomWorld, randomAttributes, randomFlowAttributes, randomHooks, randomQueues}

func anyWorld(t *rapid.T) string { return draws[rapid.IntRange(0, len(draws)-1).Draw(t, "draw")](t) }

// essenceAcross is essence with where things lie.
func essenceAcross(r audit.Report) string { return found(r).String() + essence(r) }

func TestOrderLayoutAndMetadataAnywhereNeverChangeAVerdict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := parseWorld(t, anyWorld(rt))
		want := essenceAcross(w.judge(audit.Options{}))
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 5))
		for at, content := range w.content {
			w.content[at] = shuffled(t, content, rnd)
		}
		if d := cmp.Diff(want, essenceAcross(w.judge(audit.Options{}))); d != "" {
			rt.Fatal(d)
		}
	})
}

// Replacing the target of a transfer or module, in whatever flow, by something that cannot be followed.
func TestNothingIsGreenByIgnoranceAcrossFlows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := anyWorld(rt)
		before := parseWorld(t, text).judge(audit.Options{})
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			for _, word := range strings.Fields(line) {
				name, _, _ := strings.Cut(word, "=")
				if name != "to" && name != "runs" {
					continue
				}
				changed := slices.Clone(lines)
				gone := rapid.SampledFrom([]string{"F3", "${gone}", "$.External.gone", ""}).Draw(rt, "gone")
				changed[i] = strings.Replace(line, word, name+"="+gone, 1)
				now := strings.Join(changed, "\n")
				after := parseWorld(t, now).judge(audit.Options{})
				if after.Verdict.Covered() && !before.Verdict.Covered() {
					rt.Fatalf("%s became %s when line %d was %q:\n%s", before.Verdict, after.Verdict, i, changed[i], text)
				}
				if after.Verdict.Covered() && len(after.Exits) > 0 {
					rt.Fatalf("%s though the contact leaves to what is not followed:\n%s", after.Verdict, now)
				}
				if counted(before.Verdict) && !counted(after.Verdict) {
					rt.Fatalf("%s fell out of the count as %s when line %d was %q:\n%s", before.Verdict, after.Verdict, i, changed[i], text)
				}
			}
		}
	})
}

// The report of a root is the same in a program of its own and after whatever other roots, in whatever order.
func TestTheOrderOfRootsIsNotSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := parseWorld(t, anyWorld(rt))
		all := w.units(audit.Options{})
		o := w.options(audit.Options{}, all)
		alone := map[place]audit.Report{}
		order := w.places()
		for _, at := range order {
			alone[at] = audit.NewProgram(o).Judge(all[at])
		}
		for range 2 {
			rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 9))
			rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			p := audit.NewProgram(o)
			for _, at := range order {
				if d := cmp.Diff(alone[at], p.Judge(all[at])); d != "" {
					rt.Fatalf("%v in the order %v (-alone +together)\n%s", at, order, d)
				}
			}
		}
	})
}

// Units read anew give the same report, so nothing depends on which copy of a content was read, nor on the order of maps.
func TestTheSameWorldGivesTheSameReport(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := anyWorld(rt)
		if d := cmp.Diff(parseWorld(t, text).judge(audit.Options{}), parseWorld(t, text).judge(audit.Options{})); d != "" {
			rt.Fatal(d)
		}
	})
}

// A flow that others enter with up to 256 states is judged with each; beyond, the slots that differ become dynamic, whatever the order.
func TestUpTo256StatesEnterAFlow(t *testing.T) {
	t.Parallel()
	for _, n := range []int{16, 17} {
		for _, to := range []string{"S: flow to=F5\n== flow F5\n", "S: module runs=F7 -> B\nB: flow to=F5\n== module F7\nX: EndFlowModuleExecution\n== flow F5\n"} {
			var b strings.Builder
			fan(&b, "E", "event acw=%s", "A", n, 100)
			fan(&b, "A", "attr acwattr=%s", "S", n, 100)
			w := parseWorld(t, b.String()+to+"Q: queue")
			r := w.judge(audit.Options{})
			want := audit.Conflict
			if n*n > 256 {
				want = audit.Dynamic
			}
			if r.Verdict != want || len(r.Handoffs) != 1 || r.Handoffs[0].Flow != flowID(5) {
				t.Errorf("%d states: %s at %v", n*n, r.Verdict, r.Handoffs)
			}
			for seed := range uint64(5) {
				for at, content := range w.content {
					w.content[at] = shuffled(t, content, rand.New(rand.NewPCG(seed, 11)))
				}
				if d := cmp.Diff(essenceAcross(r), essenceAcross(w.judge(audit.Options{}))); d != "" {
					t.Fatalf("%d states, seed %d: %s", n*n, seed, d)
				}
			}
		}
	}
}

// Each transfer here is reached with one state, so that only the flow that they lead to is entered with many.
func TestOneStateMoreThan256EntersAFlow(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]audit.Verdict{256: audit.WiredMixed, 257: audit.Dynamic} {
		var b strings.Builder
		fan(&b, "E", "event acw=%s", "S", n, 100)
		text := b.String()
		for i := range n {
			text = strings.Replace(text, " -> S\n", fmt.Sprintf(" -> t%d\n", i), 1) + fmt.Sprintf("t%d: flow to=F5\n", i)
		}
		if r := parseWorld(t, text+"== flow F5\nQ: queue").judge(audit.Options{}); r.Verdict != want {
			t.Errorf("%d states: %s", n, r.Verdict)
		}
		b.WriteString("S: queue") // and one block
		if r := parseWorld(t, b.String()).judge(audit.Options{}); r.Verdict != want {
			t.Errorf("%d states at a block: %s", n, r.Verdict)
		}
	}
}
