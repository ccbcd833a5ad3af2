package publish_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// Flows and a module that the root of a random set may lead to.
const (
	nextID  = "33333333-0000-4000-8000-000000000000"
	thirdID   = "44444444-0000-4000-8000-000000000000"
	moduleID  = "55555555-0000-4000-8000-000000000000"
	whisperID = "66666666-0000-4000-8000-000000000000"
	rootID    = "77777777-0000-4000-8000-000000000000"
)

// acrossLines draws a small flow that leads to others.
func acrossLines(t *rapid.T, writes []string) []string {
	n := rapid.IntRange(1, 5).Draw(t, "blocks")
	kinds := append([]string{"say", "queue", "queue", "flow " + nextID, "flow " + thirdID, "flow ${f}", "flow " + rootID, "module " + moduleID, "module ${m}",
		"EndFlowModuleExecution", "end"}, writes...)
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("B%d %s", i, rapid.SampledFrom(kinds).Draw(t, "kind"))
		for range rapid.IntRange(0, 3).Draw(t, "branches") {
			lines[i] += fmt.Sprintf(" B%d", rapid.IntRange(0, n-1).Draw(t, "to"))
		}
	}
	return lines
}

// randomSet draws a root with options that follow what it leads to.
func randomSet(t *rapid.T, tb testing.TB, writes []string) (root []byte, o publish.WireOptions, text string) {
	o = wireOptions(rapid.Bool().Draw(t, "replace"))
	units := map[string]*audit.Unit{}
	for _, id := range []string{nextID, thirdID, moduleID, whisperID} {
		lines := acrossLines(t, writes)
		who := audit.Identity{Module: id == moduleID, ID: id, Name: "Flow " + id[:1]}
		units[id] = audit.Read(who, wireFlow(tb, lines...), o.Audit)
		text += id[:1] + ":\n" + strings.Join(lines, "\n") + "\n"
	}
	o.Audit.Self = audit.Identity{ID: rootID, Name: "Root"}
	o.Audit.Follow = func(l audit.Link) audit.Followed {
		u := units[l.Ref.ID]
		if u == nil || u.Module != l.Module {
			return audit.Followed{}
		}
		return audit.Followed{Unit: u}
	}
	if rapid.Bool().Draw(t, "default whisper") {
		o.Audit.Defaults = map[string]instance.FlowID{"AgentWhisper": whisperID}
		text += "the agent whisper is 6\n"
	}
	lines := acrossLines(t, writes)
	return wireFlow(tb, lines...), o, "root:\n" + strings.Join(lines, "\n") + "\n" + text
}

var allWrites = []string{"event " + guideID, "event " + otherGuide, "event ${x}", "event $.Attributes.g", "disable", "enable", "attr " + guideID, "attr " + otherGuide, "clear"}

// Wire either refuses, naming a block, or leaves no hand-off that can be read without the guide and every exit reached with it; here, and in every
// flow and module that was followed.
func TestWireRefusesOrLeavesNoGapAnywhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		before, o, text := randomSet(rt, t, allWrites)
		w, err := publish.Wire(before, o)
		if err != nil {
			if f := fault.From(err); f.Kind != fault.Invalid || f.Message.Args["Block"] == "" {
				rt.Fatalf("%s\n%v names no block", text, err)
			}
			return
		}
		for _, h := range w.Report.Handoffs {
			for _, s := range h.Settings {
				if s.Kind != audit.UnknownRoute && !(s.Kind.Set() && strings.HasSuffix(s.Flow, guideID)) {
					rt.Fatalf("%s\npoint %s in %q is reached with %v", text, h.Block, h.Flow, s)
				}
			}
		}
		for _, e := range w.Report.Exits {
			for _, s := range e.Settings {
				if s.Kind != audit.UnknownRoute && !(s.Kind.Set() && strings.HasSuffix(s.Flow, guideID)) {
					rt.Fatalf("%s\nexit %s in %q is reached with %v", text, e.Block, e.Flow, s)
				}
			}
		}
	})
}

// rank is how good a verdict is for the flow's manager.
func rank(v audit.Verdict) int {
	switch {
	case v.Covered():
		return 3
	case v == audit.Unknown || v == audit.Dynamic:
		return 2
	case v == audit.Partial:
		return 1
	}
	return 0
}

// Wiring with a guide never worsens a flow that has no other guide.
func TestWiringNeverWorsensAFlowWithoutAnotherGuide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		before, o, text := randomSet(rt, t, []string{"event " + guideID, "attr " + guideID, "clear", "enable"})
		w, err := publish.Wire(before, o)
		if err != nil {
			return // refused: the bytes stay
		}
		if was, is := w.Before, w.Report; rank(is.Verdict) < rank(was.Verdict) || len(was.Handoffs) > 0 && is.Set < was.Set {
			rt.Fatalf("%s\n%s %d/%d became %s %d/%d", text, was.Verdict, was.Set, was.Of, is.Verdict, is.Set, is.Of)
		}
	})
}
