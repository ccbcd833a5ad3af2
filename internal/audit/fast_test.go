package audit_test

import (
	"fmt"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

// web is n flows of 250 blocks, each of which sets a guide of its own and may lead to every other.
func web(tb testing.TB, n, guides int) ([]*audit.Unit, audit.Options) {
	var units []*audit.Unit
	byID := map[string]*audit.Unit{}
	var o audit.Options
	o.Follow = func(l audit.Link) audit.Followed { return audit.Followed{Unit: byID[l.Ref.ID]} }
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "M: menu -> S ? Q")
		for j := range n {
			fmt.Fprintf(&b, " ? X%d", j)
		}
		fmt.Fprintf(&b, "\nS: event acw=%s -> T0\n", flowID(100+i%guides))
		for j := range max(0, 250-n-3) {
			fmt.Fprintf(&b, "T%d: say -> T%d\n", j, j+1)
		}
		fmt.Fprintf(&b, "T%d: say -> M\nQ: queue -> M\n", max(0, 250-n-3))
		for j := range n {
			fmt.Fprintf(&b, "X%d: flow to=%s -> M\n", j, flowID(1000+j))
		}
		u := audit.Read(audit.Identity{ID: flowID(1000 + i), Name: fmt.Sprint("Flow ", i)}, build(tb, b.String()), o)
		units, byID[u.ID] = append(units, u), u
	}
	return units, o
}

func TestFlowsThatAllLeadToEachOtherEnd(t *testing.T) {
	t.Parallel()
	units, o := web(t, 20, 20)
	p := audit.NewProgram(o)
	for _, u := range units {
		r := p.Judge(u)
		if r.Verdict != audit.Partial || r.Of != 20 || len(r.Guides) != 20 {
			t.Fatalf("%s, %d points, %d guides", r.Verdict, r.Of, len(r.Guides))
		}
	}
}

// Beyond 256 states that a flow is entered with they become one, whichever flow is judged first.
func TestTooManyEntriesOfAFlowBecomeOne(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	fan(&b, "E", "event acw=%s", "A", 20, 100)
	fan(&b, "A", "attr acwattr=%s", "X", 20, 200)
	b.WriteString("X: flow to=" + flowID(5) + "\n")
	o := audit.Options{Self: audit.Identity{ID: flowID(4)}}
	next := audit.Read(audit.Identity{ID: flowID(5), Name: "Next"}, build(t, "S: menu ? Q -> X\nX: flow to="+flowID(4)+" -> Q\nQ: queue"), o)
	o.Follow = func(l audit.Link) audit.Followed {
		if l.Ref.FlowID() == instance.FlowID(next.ID) {
			return audit.Followed{Unit: next}
		}
		return audit.Followed{}
	}
	r := audit.Analyze(build(t, b.String()), o)
	if got := settingsText(r.Handoffs[0].Settings); got != "dynamic" || r.Verdict != audit.Dynamic {
		t.Errorf("%s: %.80s", r.Verdict, got)
	}
}

func BenchmarkFlowsThatAllLeadToEachOther(b *testing.B) {
	units, o := web(b, 40, 40)
	b.ReportAllocs()
	for b.Loop() {
		p := audit.NewProgram(o)
		for _, u := range units {
			p.Judge(u)
		}
	}
}

// One menu leads to ten flows, to each in 256 states: what is solved is bounded before the first of them has its turn.
func TestWhatOneBlockLeadsToIsBounded(t *testing.T) {
	t.Parallel()
	const n = 10
	var b strings.Builder
	fan(&b, "E", "event acw=%s", "A", 16, 100)
	fan(&b, "A", "attr acwattr=%s", "M", 16, 200)
	b.WriteString("M: menu -> Q")
	for j := range n {
		fmt.Fprintf(&b, " ? X%d", j)
	}
	b.WriteString("\nQ: queue\n")
	for j := range n {
		fmt.Fprintf(&b, "X%d: flow to=%s -> Q\n", j, flowID(1000+j))
	}
	byID := map[string]*audit.Unit{}
	var o audit.Options
	o.Follow = func(l audit.Link) audit.Followed { return audit.Followed{Unit: byID[l.Ref.ID]} }
	for j := range n {
		u := audit.Read(audit.Identity{ID: flowID(1000 + j), Name: fmt.Sprint("Flow ", j)}, build(t, b.String()), o)
		byID[u.ID] = u
	}
	p := audit.NewProgram(o)
	r := p.Judge(byID[flowID(1000)])
	if r.Verdict != audit.Conflict || r.Of != n {
		t.Errorf("%s, %d points", r.Verdict, r.Of)
	}
	if v := p.Visits(); v > 2*audit.MaxVisits {
		t.Errorf("%d visits are held", v)
	}
}
