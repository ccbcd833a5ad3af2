package audit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

// naive is a second analysis that shares nothing with the first: it walks every route from the start, going round loops
// until a route would enter a block a second time in the very same state, and notes at each point what the blocks on
// the route wrote last. It is exponential, and for small flows only.
type naive struct {
	blocks map[string]naiveBlock
	points map[string]map[string]bool // block -> settings
	states map[string]map[last]bool   // block -> what routes come with
	left   int                        // steps it may still take
}

type naiveBlock struct {
	Identifier, Type string
	Parameters       struct {
		EventHooks, Attributes  map[string]string
		EventHooksConfiguration map[string]struct{ DisableExecution string }
		TargetContact           string
	}
	Transitions struct {
		NextAction         *string
		Errors, Conditions []struct{ NextAction string }
	}
}

// last is what a route wrote last: "" nothing, "?" unknown, else the value; off is whether the event is disabled.
type last struct {
	event, attribute string
	off              bool
}

func naively(t testing.TB, content []byte) (settings map[string][]string, states map[string]map[last]bool) {
	t.Helper()
	var doc struct {
		StartAction string
		Actions     []naiveBlock
	}
	if err := json.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	n := &naive{blocks: map[string]naiveBlock{}, points: map[string]map[string]bool{}, states: map[string]map[last]bool{}, left: 200_000}
	for _, b := range doc.Actions {
		n.blocks[b.Identifier] = b
	}
	n.walk(doc.StartAction, last{}, nil)
	if n.left <= 0 {
		return nil, nil // too many routes to walk: no answer
	}
	out := map[string][]string{}
	for id, settings := range n.points {
		for s := range settings {
			out[id] = append(out[id], s)
		}
		slices.Sort(out[id])
	}
	return out, n.states
}

func (n *naive) walk(id string, l last, route []string) {
	b, ok := n.blocks[id]
	here := fmt.Sprint(id, "|", l)
	if n.left--; !ok || n.left <= 0 || slices.Contains(route, here) {
		return
	}
	switch b.Type {
	case "TransferContactToQueue", "DequeueContactAndTransferToQueue", "TransferContactToAgent", "RouteContactToAgent",
		"TransferToFlow", "InvokeFlowModule", "AgentThing":
		if n.points[id] == nil {
			n.points[id], n.states[id] = map[string]bool{}, map[last]bool{}
		}
		n.states[id][l] = true
		n.points[id][strings.TrimSpace(l.setting())] = true
	}
	l = l.after(b)
	route = append(slices.Clone(route), here)
	if b.Transitions.NextAction != nil {
		n.walk(*b.Transitions.NextAction, l, route)
	}
	for _, br := range slices.Concat(b.Transitions.Errors, b.Transitions.Conditions) {
		n.walk(br.NextAction, l, route)
	}
}

func (l last) after(b naiveBlock) last {
	switch b.Type {
	case "InvokeFlowModule", "AgentThing":
		return last{event: "?", attribute: "?"}
	case "UpdateContactEventHooks":
		if v, ok := b.Parameters.EventHooks["DisconnectAgentUI"]; ok {
			l.event, l.off = "="+v, false
		}
		if off := b.Parameters.EventHooksConfiguration["DisconnectAgentUI"].DisableExecution; off != "" {
			l.off = off == "true"
		}
	case "UpdateContactAttributes":
		if v, ok := b.Parameters.Attributes["DisconnectFlowForAgentUI"]; ok && b.Parameters.TargetContact != "Related" {
			if l.attribute = "=" + v; v == "" {
				l.attribute = ""
			}
		}
	}
	return l
}

// setting spells the table of two slots out once more.
func (l last) setting() string {
	isGuide := func(s string) bool { return strings.HasPrefix(s, "=f0000") }
	isPath := func(s string) bool { return strings.HasPrefix(s, "=$.") }
	isBroken := func(s string) bool { return strings.HasPrefix(s, "=") && !isGuide(s) && !isPath(s) }
	e, a := l.event, l.attribute
	switch {
	case l.off:
		return "disabled"
	case isBroken(e):
		return "broken " + e[1:]
	case isBroken(a):
		return "broken " + a[1:]
	case e == "?" || a == "?":
		return "unknown"
	case isPath(e):
		return "dynamic " + e[1:]
	case isPath(a):
		return "dynamic " + a[1:]
	case e != "" && a != "" && e != a:
		return "conflict " + e[1:]
	case e != "":
		return "block " + e[1:]
	case a != "":
		return "attribute " + a[1:]
	}
	return "unset"
}

// randomFlow draws a small flow in the words of the cases.
func randomFlow(t *rapid.T) string {
	n := rapid.IntRange(1, 8).Draw(t, "blocks")
	kinds := []string{"say", "menu", "queue", "queue", "agent", "flow to=F9", "module runs=F9", "AgentThing", "end",
		"event acw=F1", "event acw=F1", "event acw=F2", "event acw=$.Attributes.g", "event acw=${x}", "event acw=",
		"event disable=true", "event disable=false", "event acw=F1 disable=true", "event default=F3",
		"attr acwattr=F1", "attr acwattr=F2", "attr acwattr=", "attr acwattr=F2 contact=Related", "attr acwattr=$.External.g"}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "B%d: %s", i, rapid.SampledFrom(kinds).Draw(t, "kind"))
		for _, mark := range []string{"->", "!", "?"} {
			if to := rapid.IntRange(-1, n).Draw(t, mark); to >= 0 { // n is a block that is not there
				fmt.Fprintf(&b, " %s B%d", mark, to)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestAgreesWithWalkingEveryRoute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := randomFlow(rt)
		content := build(t, text)
		want, states := naively(t, content)
		if want == nil {
			rt.Skip("too many routes")
		}
		r := audit.Analyze(content, audit.Options{})
		got := map[string][]string{}
		for _, h := range r.Handoffs {
			got[h.Block] = spell(h.Settings)
		}
		for _, e := range r.Exits {
			got[e.Block] = spell(e.Settings)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("%s\ngot  %v\nwant %v", text, got, want)
		}
		for _, g := range r.Gaps {
			checkRoute(rt, content, g)
		}
		missed := slices.Sorted(maps.Keys(states))
		missed = slices.DeleteFunc(missed, func(id string) bool { return !anyWithout(states[id], "="+flowID(1)) })
		g, found := audit.Missing(parse(t, content), audit.Options{}, instance.FlowID(flowID(1)))
		if found != (len(missed) > 0) || found && !slices.Contains(missed, g.Block) {
			rt.Fatalf("%s\nmissing at %q, want one of %v", text, g.Block, missed)
		}
		if found {
			checkRoute(rt, content, g.Gap)
		}
	})
}

// anyWithout says whether some route comes without the guide: with another value than the guide's in either slot, or with none.
func anyWithout(states map[last]bool, guide string) bool {
	for l := range states {
		ok := func(v string) bool { return v == guide || v == "?" }
		if l.off || !(ok(l.event) && (ok(l.attribute) || l.attribute == "") || l.event == "" && ok(l.attribute)) {
			return true
		}
	}
	return false
}

func spell(list []audit.Setting) []string {
	var out []string
	for _, s := range list {
		out = append(out, strings.TrimSpace(string(s.Kind)+" "+s.Flow))
	}
	slices.Sort(out)
	return out
}

// checkRoute walks an example route and sees that it exists and yields what it is an example of.
func checkRoute(t *rapid.T, content []byte, g audit.Gap) {
	var doc struct{ Actions []naiveBlock }
	if err := json.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	blocks := map[string]naiveBlock{}
	for _, b := range doc.Actions {
		blocks[b.Identifier] = b
	}
	var l last
	for i, id := range g.Route {
		if i == len(g.Route)-1 {
			break
		}
		b := blocks[id]
		targets := []string{}
		if b.Transitions.NextAction != nil {
			targets = append(targets, *b.Transitions.NextAction)
		}
		for _, br := range slices.Concat(b.Transitions.Errors, b.Transitions.Conditions) {
			targets = append(targets, br.NextAction)
		}
		if !slices.Contains(targets, g.Route[i+1]) {
			t.Fatalf("no branch leads from %s to %s", id, g.Route[i+1])
		}
		l = l.after(b)
	}
	if kind, _, _ := strings.Cut(l.setting(), " "); kind != string(g.Kind) || g.Route[len(g.Route)-1] != g.Block {
		t.Fatalf("route %v yields %s, not %s at %s", g.Route, l.setting(), g.Kind, g.Block)
	}
}
