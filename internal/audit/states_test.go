package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/audit"
)

// fan writes a menu that leads to n blocks of a kind, which all lead to next; %s in kind is a flow id of each block's own.
func fan(b *strings.Builder, id, kind, next string, n, firstID int) {
	fmt.Fprintf(b, "%s: menu -> %s0", id, strings.ToLower(id))
	for i := range n {
		fmt.Fprintf(b, " ? %s%d", strings.ToLower(id), i)
	}
	for i := range n {
		fmt.Fprintf(b, "\n%s%d: "+kind+" -> %s", strings.ToLower(id), i, flowID(firstID+i), next)
	}
	b.WriteString("\n")
}

func TestUpTo256StatesAreToldApart(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	fan(&b, "E", "event acw=%s", "A", 16, 100)
	fan(&b, "A", "attr acwattr=%s", "Q", 16, 100)
	b.WriteString("Q: queue")
	r := audit.Analyze(build(t, b.String()), audit.Options{})
	settings := r.Handoffs[0].Settings
	for i, s := range settings {
		want := audit.ByBlock
		if i >= 16 {
			want = audit.TwoGuides
		}
		if s.Kind != want || s.Flow != flowID(100+i%16) {
			t.Errorf("setting %d is %v", i, s)
		}
	}
	if len(settings) != 32 || r.Verdict != audit.Conflict {
		t.Errorf("%d settings, %s", len(settings), r.Verdict)
	}
	if slices.ContainsFunc(r.Notes, func(n audit.Note) bool { return n.ID == audit.NotePrefix+"too-many-states" }) {
		t.Error("a note says that there were too many")
	}
}

// A block beyond 256 tuples has one in their place. What comes to it later, when its tuple has gone on along its branches,
// must go on as well: here the one route on which nothing sets the event, after 300 on which a block does.
func TestWhatComesLateToABlockWithTooManyStatesGoesOn(t *testing.T) {
	t.Parallel()
	for late := range 8 {
		var b strings.Builder
		b.WriteString("S: menu -> E ? L0\nE: event acw=F1 -> A\n")
		fan(&b, "A", "attr acwattr=%s", "N", 300, 100)
		for i := range late {
			fmt.Fprintf(&b, "L%d: say -> L%d\n", i, i+1)
		}
		fmt.Fprintf(&b, "L%d: say -> N\nN: say -> C\nC: attr acwattr= -> Q\nQ: queue", late)
		r := audit.Analyze(build(t, b.String()), audit.Options{})
		if got := settingsText(r.Handoffs[0].Settings); r.Verdict.Covered() || !strings.Contains(got, "dynamic") && !strings.Contains(got, "unset") {
			t.Errorf("%d blocks late: %s with %q", late, r.Verdict, short(got))
		}
	}
}
