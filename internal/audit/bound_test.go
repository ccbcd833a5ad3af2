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
	"wrapup/internal/flow/flowtest"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
)

// densest is n flows of about 200 blocks that all lead to each other, and each write one of eight attributes, which all of them read back.
func densest(tb testing.TB, n int) ([]*audit.Unit, audit.Options) {
	var units []*audit.Unit
	byID := map[string]*audit.Unit{}
	var o audit.Options
	o.Follow = func(l audit.Link) audit.Followed { return audit.Followed{Unit: byID[l.Ref.ID]} }
	for i := range n {
		var b strings.Builder
		b.WriteString("M: menu -> Q")
		for j := range 8 {
			fmt.Fprintf(&b, " ? A%d ? E%d", j, j)
		}
		for j := range n {
			fmt.Fprintf(&b, " ? X%d", j)
		}
		b.WriteString("\nQ: queue -> M\n")
		for j := range 8 {
			fmt.Fprintf(&b, "A%d: attr Attributes.a%d=%s -> M\nE%d: event acw=$.Attributes.a%d -> M\n", j, j, flowID(100+(i+j)%10), j, j)
		}
		for j := range n {
			fmt.Fprintf(&b, "X%d: flow to=%s -> M\n", j, flowID(1000+j))
		}
		for j := range max(0, 180-n) {
			fmt.Fprintf(&b, "T%d: say -> T%d\n", j, j+1)
		}
		fmt.Fprintf(&b, "T%d: say -> M\n", max(0, 180-n))
		u := audit.Read(audit.Identity{ID: flowID(1000 + i), Name: fmt.Sprint("Flow ", i)}, build(tb, b.String()), o)
		units, byID[u.ID] = append(units, u), u
	}
	return units, o
}

// nested is a flow that enters n modules, which each enter n of the next level, levels deep. Each sets a guide of its own.
func nested(tb testing.TB, levels, n int) ([]byte, audit.Options) {
	var root []byte
	byID := map[string]*audit.Unit{}
	var o audit.Options
	o.Follow = func(l audit.Link) audit.Followed { return audit.Followed{Unit: byID[l.Ref.ID]} }
	for level := range levels + 1 {
		for i := range n {
			var b strings.Builder
			fmt.Fprintf(&b, "S: event acw=%s -> M\nM: menu -> B", flowID(100+level*n+i))
			if level < levels {
				for j := range n {
					fmt.Fprintf(&b, " ? X%d", j)
				}
				for j := range n {
					fmt.Fprintf(&b, "\nX%d: module runs=%s -> M ! M", j, flowID(1000+(level+1)*n+j))
				}
			}
			if level == 0 {
				fmt.Fprintf(&b, "\nB: module runs=%s -> Q\nQ: queue", flowID(1000+n))
			} else {
				b.WriteString("\nB: back")
			}
			content := build(tb, b.String())
			if level == 0 && i == 0 {
				root = content
			}
			u := audit.Read(audit.Identity{Module: level > 0, ID: flowID(1000 + level*n + i), Name: fmt.Sprint(level, " ", i)}, content, o)
			byID[u.ID] = u
		}
	}
	return root, o
}

// One root of each web is judged; what it costs and what is held is counted, not timed.
func TestWhatOneRootCostsIsBounded(t *testing.T) {
	t.Parallel()
	t.Run("a hundred flows that lead to each other and read back eight attributes", func(t *testing.T) {
		t.Parallel()
		units, o := densest(t, 100)
		p := audit.NewProgram(o)
		r := p.Judge(units[0])
		if r.Verdict != audit.Dynamic || r.Of != 100 || len(r.Onward) != 100 || !hasNote(r, "too-many-contexts") {
			t.Errorf("%s, %d points, %d flows onward, notes %v", r.Verdict, r.Of, len(r.Onward), r.Notes)
		}
		if p.Spent() > audit.RoughWork || p.Visits() > 2*audit.MaxVisits {
			t.Errorf("it cost %d, %d visits are held", p.Spent(), p.Visits())
		}
		if d := cmp.Diff(r, audit.NewProgram(o).Judge(units[0])); d != "" {
			t.Error(d)
		}
		if want := audit.NewProgram(o).Judge(units[1]); cmp.Diff(want, p.Judge(units[1])) != "" {
			t.Error("what was judged before is seen")
		}
	})
	t.Run("modules that each run all of the next level", func(t *testing.T) {
		t.Parallel()
		root, o := nested(t, 5, 40)
		p := audit.NewProgram(o)
		r := p.Judge(audit.Read(audit.Identity{}, root, o))
		if r.Verdict != audit.Unknown || r.Of != 1 || len(r.Exits) != 41 || !hasNote(r, "too-many-contexts") {
			t.Fatalf("%s, %d points, %d exits, notes %v", r.Verdict, r.Of, len(r.Exits), r.Notes)
		}
		for _, x := range r.Exits {
			if x.Flow != "" || !strings.HasPrefix(x.Target, "f0001") || x.Why.ID != "audit.exit.budget" {
				t.Errorf("%+v", x)
			}
		}
		if p.Visits() > 2*audit.MaxVisits {
			t.Errorf("%d visits are held", p.Visits())
		}
	})
}

// Four hundred blocks that run one module, five deep: that is more ways than can be gone one by one.
func TestWhoSetsAnotherGuideIsLookedForOnceInEachModule(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("A: module runs=F5 -> Q\nQ: queue\n")
	for level := 5; level < 10; level++ {
		fmt.Fprintf(&b, "== module F%d\nM: menu -> B", level)
		if level < 9 {
			for i := range 400 {
				fmt.Fprintf(&b, " ? X%d", i)
			}
			for i := range 400 {
				fmt.Fprintf(&b, "\nX%d: module runs=F%d -> M", i, level+1)
			}
		}
		b.WriteString("\nB: back\n")
	}
	for last, want := range map[string]string{"B: back\n": "", "B: event acw=F2 -> C\nC: back\n": "B"} {
		w := parseWorld(t, strings.TrimSuffix(b.String(), "B: back\n")+last)
		m, missed := audit.Missing(parse(t, w.content[place{}]), w.options(audit.Options{}, w.units(audit.Options{})), instance.FlowID(flowID(1)))
		if !missed || m.Block != "Q" || m.By.Block != want {
			t.Errorf("%v, %+v, want %q", missed, m, want)
		}
	}
}

func hasNote(r audit.Report, id string) bool {
	return slices.ContainsFunc(r.Notes, func(n audit.Note) bool { return n.ID == audit.NotePrefix+id })
}

// With hardly any budget only the flow itself is looked at.
func TestWhatIsBeyondTheBudgetIsNeitherGreenNorGone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a transfer", "A: event acw=F1 -> X\nX: flow to=F5 -> Q\nQ: queue\n== flow F5\nQ: queue", "unknown 1/1, 1 exits"},
		{"a transfer and nothing else", "A: event acw=F1 -> X\nX: flow to=F5\n== flow F5\nQ: queue", "unknown 0/0, 1 exits"},
		{"a module", "A: event acw=F1 -> X\nX: module runs=F7 -> Q\nQ: queue\n== module F7\nA: back", "unknown 0/1, 1 exits"},
		{"an agent whisper", "A: event acw=F1 whisper=F5 -> Q\nQ: queue\n== flow F5\nA: event disable=true", "unknown 0/1, 0 exits"},
		{"a default whisper", "defaults: CustomerWhisper=F5\nA: event acw=F1 -> Q\nQ: queue\n== flow F5\nA: event disable=true", "unknown 0/1, 0 exits"},
		{"a queue flow", "A: event acw=F1 waits=F5 -> Q\nQ: queue\n== flow F5\nA: event disable=true", "unknown 0/1, 0 exits"},
		{"a queue flow that an agent call does not have", "A: event acw=F1 waits=F5 -> Q\nQ: agent\n== flow F5\nA: event disable=true", "wired 1/1, 0 exits"},
		{"nothing set in front of a queue flow", "A: event waits=F5 -> Q\nQ: queue\n== flow F5\nA: event acw=F1", "not-wired 0/1, 0 exits"},
		{"an attribute", "A: attr Attributes.g=F1 -> B\nB: event acw=$.Attributes.g -> Q\nQ: queue", "dynamic 0/1, 0 exits"},
		{"a transfer behind what sets nothing", "A: menu -> X ? Q\nX: flow to=F5\nQ: queue\n== flow F5\nA: end", "not-wired 0/1, 1 exits"},
		{"a whisper that an attribute names", "A: attr Attributes.g=F5 -> B\nB: event acw=F1 whisper=$.Attributes.g -> Q\nQ: queue\n== flow F5\nA: event disable=true", "unknown 0/1, 0 exits"},
		{"a whisper that nothing here names", "B: event acw=F1 whisper=$.External.g -> Q\nQ: queue", "wired 1/1, 0 exits"},
		{"a flow of its own", "A: event acw=F1 -> Q\nQ: queue", "wired 1/1, 0 exits"},
	} {
		w := parseWorld(t, c.text)
		r := w.within(0, 0, audit.Options{})
		if got := fmt.Sprintf("%s %d/%d, %d exits", r.Verdict, r.Set, r.Of, len(r.Exits)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		for _, x := range r.Exits {
			if x.Why.ID != "audit.exit.budget" || !i18n.Has(x.Why.ID) {
				t.Errorf("%s: %v", c.name, x.Why)
			}
		}
		if !hasNote(r, "too-many-contexts") {
			t.Errorf("%s: no note", c.name)
		}
	}
}

// Where the states differ in the whisper that is named, and are too many to be told apart, one of the whispers may switch the guide off.
func TestWhispersThatAreNotToldApartAreNotTakenForNone(t *testing.T) {
	t.Parallel()
	whispers := func(first, kind, set string, n int) string {
		var b strings.Builder
		b.WriteString(first)
		fan(&b, "E", kind, "S", n, 5)
		b.WriteString(set + "Q: queue\n== flow F5\nA: event disable=true\n")
		return b.String()
	}
	for name, text := range map[string]func(n int) string{
		"named": func(n int) string { return whispers("", "event whisper=%s", "S: event acw=F1 -> Q\n", n) },
		"read back": func(n int) string {
			return whispers("", "attr Attributes.g=%s", "S: attr Attributes.h=$.Attributes.g -> T\nT: event acw=F1 whisper=$.Attributes.h -> Q\n", n)
		},
	} {
		for n, want := range map[int]string{256: "partial", 257: "unknown"} {
			if r := parseWorld(t, text(n)).judge(audit.Options{}); string(r.Verdict) != want {
				t.Errorf("%d %s: %s, want %s", n, name, r.Verdict, want)
			}
		}
		w := parseWorld(t, text(2))
		if r := w.within(0, audit.RoughWork, audit.Options{}); r.Verdict != audit.Unknown {
			t.Errorf("2 %s, of which one is told: %s", name, r.Verdict)
		}
	}
}

// Callers are judged by where contacts go on to: what was not followed may lead to any flow, with nothing set.
func TestOnwardBeyondTheBudgetIsEveryFlowThatMayBeMet(t *testing.T) {
	t.Parallel()
	w := parseWorld(t, "A: event acw=F1 -> M\nM: module runs=F7 -> X\nX: flow to=F5\n== flow F5\nX: flow to=F6\n== flow F6\nQ: queue\n== module F7\nS: menu -> X ? B\nX: flow to=F8\nB: back\n== flow F8\nQ: queue")
	close, none := w.judge(audit.Options{}).Onward, w.within(0, 0, audit.Options{}).Onward
	for i := range close {
		if !close[i].Set {
			t.Fatalf("%+v", close)
		}
		close[i].Set = false
	}
	if d := cmp.Diff(close, none); d != "" || len(close) != 3 {
		t.Error(d, close)
	}
}

func TestWhatAWhisperEndsWithBeyondTheBudget(t *testing.T) {
	t.Parallel()
	w := parseWorld(t, "A: event acw=F1 -> M\nM: module runs=F7 -> E\nE: done\n== module F7\nA: back")
	units := w.units(audit.Options{})
	p := audit.NewProgram(w.options(audit.Options{}, units))
	if got := p.AtEnd(units[place{}]); len(got) != 1 || got[0].Kind != audit.ByBlock {
		t.Error(got)
	}
	if got := p.Within(0, 0).AtEnd(units[place{}]); len(got) != 1 || got[0].Kind != audit.UnknownRoute {
		t.Error(got)
	}
}

// within judges the root with other budgets.
func (w world) within(close, rough int, o audit.Options) audit.Report {
	units := w.units(o)
	return audit.NewProgram(w.options(o, units)).Within(close, rough).Judge(units[place{}])
}

// Wherever the budget of a root ends, what it had begun is nothing that the next one finds.
func TestWhatWasNotFinishedIsNotKept(t *testing.T) {
	t.Parallel()
	var pad strings.Builder
	for i := range 300 {
		fmt.Fprintf(&pad, "P%d: say -> P%d\n", i, i+1)
	}
	flow := "A: event acw=F1 -> Q\nQ: queue -> A\n"
	w := parseWorld(t, "defaults: AgentWhisper=F6 CustomerQueue=F8\n"+pad.String()+"P300: say -> A\n"+flow+"== flow F5\n"+flow+
		"== flow F6\nA: menu -> M ? B ? C ? E\nM: module runs=F7 -> B\nB: event acw=F2 -> E\nC: event disable=true -> E\nE: done\n== module F7\nA: menu -> B ? C\nB: event acw=F1 -> C\nC: back\n"+
		"== flow F8\nA: menu -> M ? B ? C ? D\nD: agent -> E\nM: module runs=F7 -> B\nB: event acw=F3 -> E\nC: event disable=true -> E\nE: done\n")
	all := w.units(audit.Options{})
	o := w.options(audit.Options{}, all)
	first, next := all[place{}], all[place{id: flowID(5)}]
	p := audit.NewProgram(o)
	want := p.Judge(next)
	least := p.Spent()
	p.Judge(first)
	for budget := least; budget <= p.Spent(); budget += 2 { // enough for the next one, and not for this one
		p := audit.NewProgram(o).Within(budget, 0)
		p.Judge(first)
		if d := cmp.Diff(want, p.Judge(next)); d != "" {
			t.Fatalf("budget %d (-alone +behind another)\n%s", budget, d)
		}
	}
}

// What is told apart of a state is as many values as JSONPaths may read.
func TestStatesWithManyAttributesCostMore(t *testing.T) {
	t.Parallel()
	cost := func(n int) int {
		var b strings.Builder
		for i := range 50 {
			fmt.Fprintf(&b, "A%d: attr Attributes.a%d=F%d -> A%d\n", i, i%n, 1+i%2, i+1)
		}
		for i := range n {
			fmt.Fprintf(&b, "A%d: event acw=$.Attributes.a%d -> A%d\n", 50+i, i, 51+i)
		}
		fmt.Fprintf(&b, "A%d: queue", 50+n)
		p := audit.NewProgram(audit.Options{})
		p.Judge(audit.Read(audit.Identity{}, build(t, b.String()), audit.Options{}))
		return p.Spent()
	}
	if few, many := cost(1), cost(50); many < few+50*50 {
		t.Errorf("%d with one attribute, %d with fifty", few, many)
	}
}

// drawBudgets draws about what the roots of random worlds cost, with nothing for the second try or all that it takes.
func drawBudgets(t *rapid.T) (close, rough int) {
	return rapid.IntRange(0, 2000).Draw(t, "close"), rapid.SampledFrom([]int{0, 300, audit.RoughWork}).Draw(t, "rough")
}

// What a root costs, and therefore what is not looked at, does not depend on what was judged before it.
func TestTheOrderOfRootsIsNotSeenWhereTheBudgetEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := parseWorld(t, anyWorld(rt))
		all := w.units(audit.Options{})
		o := w.options(audit.Options{}, all)
		close, rough := drawBudgets(rt)
		alone, cost := map[place]audit.Report{}, map[place]int{}
		order := w.places()
		for _, at := range order {
			p := audit.NewProgram(o).Within(close, rough)
			alone[at] = p.Judge(all[at])
			cost[at] = p.Spent()
		}
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 9))
		rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		p := audit.NewProgram(o).Within(close, rough)
		for _, at := range append(order, order...) {
			if d := cmp.Diff(alone[at], p.Judge(all[at])); d != "" {
				rt.Fatalf("%v in the order %v (-alone +together)\n%s", at, order, d)
			}
			if alone[at].Reason == nil && p.Spent() != cost[at] {
				rt.Fatalf("%v cost %d in the order %v, and %d alone", at, p.Spent(), order, cost[at])
			}
		}
	})
}

func TestTheOrderOfActionsIsNotSeenWhereTheBudgetEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := parseWorld(t, anyWorld(rt))
		close, rough := drawBudgets(rt)
		want := essenceAcross(w.within(close, rough, audit.Options{}))
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 5))
		for at, content := range w.content {
			w.content[at] = shuffled(t, content, rnd)
		}
		if d := cmp.Diff(want, essenceAcross(w.within(close, rough, audit.Options{}))); d != "" {
			rt.Fatalf("with %d and %d: %s", close, rough, d)
		}
	})
}

func TestNothingIsGreenWhereTheBudgetEnds(t *testing.T) {
	t.Parallel()
	less := 0
	rapid.Check(t, func(rt *rapid.T) {
		text := anyWorld(rt)
		w := parseWorld(t, text)
		whole := w.judge(audit.Options{})
		close, rough := drawBudgets(rt)
		r := w.within(close, rough, audit.Options{})
		if d := cmp.Diff(whole, r); d != "" {
			less++
		}
		if r.Verdict.Covered() && !whole.Verdict.Covered() {
			rt.Fatalf("%s became %s with %d and %d:\n%s", whole.Verdict, r.Verdict, close, rough, text)
		}
		if counted(whole.Verdict) && !counted(r.Verdict) {
			rt.Fatalf("%s fell out of the count as %s with %d and %d:\n%s", whole.Verdict, r.Verdict, close, rough, text)
		}
		for _, x := range r.Exits {
			if x.Why.ID == "audit.exit.budget" && r.Verdict.Covered() {
				rt.Fatalf("%s though %s is not followed:\n%s", r.Verdict, x.Block, text)
			}
		}
	})
	if less == 0 {
		t.Error("no budget ended")
	}
}

// Real flows cost next to nothing of what they may.
func TestRealFlowsAreFarFromTheBudget(t *testing.T) {
	t.Parallel()
	most, file := 0, ""
	for name, content := range flowtest.Real(t, flowtest.Valid) {
		u := audit.Read(audit.Identity{}, content, audit.Options{})
		p := audit.NewProgram(audit.Options{})
		if r := p.Judge(u); r.Reason == nil && p.Spent() > most {
			most, file = p.Spent(), name
		}
	}
	if t.Logf("the most that one costs is %d of %d: %s", most, audit.CloseWork, file); most > audit.CloseWork/100 {
		t.Error("that is near")
	}
}
