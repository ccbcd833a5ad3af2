package audit_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

// findings is what an analysis finds, in words that two analyses can be compared by.
type findings struct {
	verdict string
	points  map[string][]string // "flow block type": settings
	exits   map[string][]string // "flow block target": settings
	gaps    map[string]int      // "flow block kind": blocks of a shortest route
}

func (f findings) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, f.verdict)
	for _, m := range []struct {
		word string
		all  map[string][]string
	}{{"point", f.points}, {"exit", f.exits}} {
		for _, k := range slices.Sorted(maps.Keys(m.all)) {
			fmt.Fprintf(&b, "%s %s: %s\n", m.word, k, strings.Join(m.all[k], ", "))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(f.gaps)) {
		fmt.Fprintf(&b, "gap %s: %d\n", k, f.gaps[k])
	}
	return short(b.String())
}

// bound is how many spots the second analysis plays before it gives no answer.
const bound = 20_000

// naivelyAcross is the second analysis's answer, and none over its bound.
func naivelyAcross(w world) (findings, *player, bool) {
	left := bound
	p := w.play(spot{block: w.docs[place{}].StartAction, has: carried{}}, false, &left)
	f := findings{points: map[string][]string{}, exits: map[string][]string{}, gaps: map[string]int{}}
	points, exits := map[string]map[string]bool{}, map[string]map[string]bool{}
	for i, s := range p.spots {
		kind := w.docs[s.at].blocks[s.block].Type
		target, isExit := p.exits[s.at][s.block]
		isPoint := slices.Contains(pointTypes, kind)
		if !isPoint && !isExit || left <= 0 {
			continue
		}
		name, all, settings := s.at.id+" "+s.block+" "+kind, points, map[string]bool{}
		if isPoint {
			settings = w.settings(kind, s.has, &left)
		} else if name, all = s.at.id+" "+s.block+" "+target, exits; !p.deepOrFollowed(s) {
			settings[s.has.setting()] = true
		}
		if len(settings) == 0 {
			continue
		}
		if all[name] == nil {
			all[name] = map[string]bool{}
		}
		for setting := range settings {
			all[name][setting] = true
			kind, _, _ := strings.Cut(setting, " ")
			gap := s.at.id + " " + s.block + " " + kind
			if n, ok := f.gaps[gap]; !isSet(setting) && (!ok || p.blocks[i] < n) {
				f.gaps[gap] = p.blocks[i]
			}
		}
	}
	for name, settings := range points {
		f.points[name] = slices.Sorted(maps.Keys(settings))
	}
	for name, settings := range exits {
		f.exits[name] = slices.Sorted(maps.Keys(settings))
	}
	f.verdict = f.judge(p)
	return f, p, left > 0
}

// deepOrFollowed says whether a module's block, an exit in some contacts, is followed in this one.
func (p *player) deepOrFollowed(s spot) bool {
	a := p.w.docs[s.at].blocks[s.block]
	_, ok := p.w.place(true, a.p.FlowModuleId)
	return a.Type == "InvokeFlowModule" && ok && len(s.calls) < deepest
}

// judge spells the verdict table of product.md section 2 out once more, for a flow of which no guide is known.
func (f findings) judge(p *player) string {
	kinds, guides, set := map[string]bool{}, map[string]bool{}, 0
	for _, settings := range f.points {
		all := true
		for _, s := range settings {
			kind, guide, _ := strings.Cut(s, " ")
			kinds[kind] = true
			if all = all && isSet(s); isSet(s) {
				guides[flowOf(guide)] = true
			}
		}
		if all {
			set++
		}
	}
	unset := kinds["unset"] || kinds["disabled"]
	verdict := "wired"
	switch {
	case len(f.points)+len(f.exits) == 0 && p.reaches["ShowView"] && !p.reaches["TransferToFlow"]:
		verdict = "guide"
	case len(f.points)+len(f.exits) == 0 && p.reaches["CreateCallbackContact"]:
		verdict = "callback-only"
	case len(f.points)+len(f.exits) == 0:
		verdict = "no-agent"
	case kinds["broken"]:
		verdict = "broken"
	case kinds["conflict"]:
		verdict = "conflict"
	case unset && (len(guides) > 0 || kinds["dynamic"]):
		verdict = "partial"
	case unset:
		verdict = "not-wired"
	case kinds["unknown"] || len(f.exits) > 0:
		verdict = "unknown"
	case kinds["dynamic"]:
		verdict = "dynamic"
	case len(guides) > 1:
		verdict = "wired-mixed"
	case kinds["attribute"]:
		verdict = "wired-attribute"
	case kinds["later"]:
		verdict = "wired-later"
	}
	return fmt.Sprintf("%s %d/%d", verdict, set, len(f.points))
}

// found is what a report says, in the same words.
func found(r audit.Report) findings {
	f := findings{points: map[string][]string{}, exits: map[string][]string{}, gaps: map[string]int{}}
	f.verdict = fmt.Sprintf("%s %d/%d", r.Verdict, r.Set, r.Of)
	for _, h := range r.Handoffs {
		f.points[h.Flow+" "+h.Block+" "+h.Type] = spell(h.Settings)
	}
	for _, e := range r.Exits {
		f.exits[e.Flow+" "+e.Block+" "+e.Target] = spell(e.Settings)
	}
	for _, g := range r.Gaps {
		f.gaps[g.Flow+" "+g.Block+" "+string(g.Kind)] = len(g.Route)
	}
	return f
}

// compare holds a report against the second analysis, and says whether that had an answer.
func compare(t tester, w world, r audit.Report) bool {
	t.Helper()
	want, p, ok := naivelyAcross(w)
	if !ok {
		return false
	}
	if got := found(r); got.String() != want.String() {
		t.Fatalf("got\n%v\nwant\n%v", got, want)
	}
	for _, g := range r.Gaps {
		if err := p.realRoute(g); err != "" {
			t.Fatalf("gap %s %s %s, route %v: %s", short(g.Flow), g.Block, g.Kind, g.Route, err)
		}
	}
	if shape := strings.HasPrefix(want.verdict, "guide"); shape != (r.IsGuide != nil) {
		t.Fatalf("the shape of a guide: %t, want %t", r.IsGuide != nil, shape)
	}
	return true
}

// realRoute walks an example route in every way that its blocks leave open, and sees that one way yields what it claims.
func (p *player) realRoute(g audit.Gap) string {
	at, err := p.walk(g)
	if err != "" {
		return err
	}
	for _, s := range at {
		settings := map[string]bool{s.has.setting(): true}
		if kind := p.w.docs[s.at].blocks[s.block].Type; slices.Contains(pointTypes, kind) {
			settings = p.w.settings(kind, s.has, p.left)
		}
		for setting := range settings {
			if kind, _, _ := strings.Cut(setting, " "); kind == string(g.Kind) {
				return ""
			}
		}
	}
	return "it yields something else"
}

// walk gives the spots in which a route ends, and what is wrong with it.
func (p *player) walk(g audit.Gap) (at []spot, err string) {
	at = []spot{p.spots[0]}
	for i, step := range g.Steps {
		var here []spot
		seen := map[string]bool{}
		for _, s := range at {
			if k := s.key(); s.at.id == step.Flow && s.block == step.Block && !seen[k] {
				seen[k] = true
				here = append(here, s)
			}
		}
		if len(here) == 0 || step.Block != g.Route[i] {
			return nil, fmt.Sprintf("no way on to step %d, %s %s", i, short(step.Flow), step.Block)
		}
		if at = here; i == len(g.Steps)-1 {
			break
		}
		at = nil
		for _, s := range here {
			at = append(at, p.nexts(s)...)
		}
	}
	last := g.Steps[len(g.Steps)-1]
	if last.Block != g.Block || last.Flow != g.Flow || len(g.Steps) != len(g.Route) {
		return nil, "it ends elsewhere"
	}
	return at, ""
}

// misses says whether a contact that stands here reaches an agent, or leaves to what is not followed, without the guide.
func (p *player) misses(s spot, guide string) (handoff, missed bool) {
	kind := p.w.docs[s.at].blocks[s.block].Type
	if handoff = slices.Contains(pointTypes, kind); handoff {
		return true, slices.ContainsFunc(p.w.reaching(kind, s.has, p.left), func(c carried) bool { return !c.opens(guide) })
	}
	_, isExit := p.exits[s.at][s.block]
	return false, isExit && !p.deepOrFollowed(s) && !s.has.opens(guide)
}

// compareMissing holds audit.Missing against the second analysis: it names one of the nearest hand-offs that are missed, and one of the nearest
// exits only where no hand-off is.
func compareMissing(t tester, tb testing.TB, w world) bool {
	t.Helper()
	want, p, ok := naivelyAcross(w)
	if !ok {
		return false
	}
	guide := flowID(1)
	nearest := map[bool]int{} // hand-offs, or not: blocks of a shortest route
	at := map[bool][]string{}
	for i, s := range p.spots {
		handoff, missed := p.misses(s, guide)
		switch n, met := nearest[handoff]; {
		case !missed || met && n < p.blocks[i]:
		case met && n == p.blocks[i]:
			at[handoff] = append(at[handoff], s.at.id+" "+s.block)
		default:
			nearest[handoff], at[handoff] = p.blocks[i], []string{s.at.id + " " + s.block}
		}
	}
	if *p.left <= 0 {
		return false
	}
	handoff := len(at[true]) > 0
	o := w.options(audit.Options{}, w.units(audit.Options{}))
	o.Self = audit.Identity{ID: w.root}
	m, found := audit.Missing(parse(tb, w.content[place{}]), o, instance.FlowID(guide))
	if found != (len(at) > 0) || found && (!slices.Contains(at[handoff], m.Flow+" "+m.Block) || len(m.Route) != nearest[handoff]) {
		t.Fatalf("missing at %s %s in %d blocks, want one of %s in %d\n%v", short(m.Flow), m.Block, len(m.Route), short(fmt.Sprint(at[handoff])), nearest[handoff], want)
	}
	if !found {
		return true
	}
	ends, err := p.walk(m.Gap)
	if err == "" && !slices.ContainsFunc(ends, func(s spot) bool { _, missed := p.misses(s, guide); return missed }) {
		err = "it brings the guide"
	}
	if err != "" {
		t.Fatalf("missing at %s %s, route %v: %s", short(m.Flow), m.Block, m.Route, err)
	}
	return true
}

func TestAgreesWithPlayingContactsThroughFlowsAndModules(t *testing.T) {
	t.Parallel()
	worlds(t, randomWorld)
}

func TestAgreesWithPlayingContactsWhereAttributesAreReadBack(t *testing.T) {
	t.Parallel()
	worlds(t, randomAttributes)
	worlds(t, randomFlowAttributes)
}

func TestAgreesWithPlayingContactsThroughWhispersAndQueueFlows(t *testing.T) {
	t.Parallel()
	worlds(t, randomHooks)
	worlds(t, randomQueues)
}

// worlds compares on random worlds, counts those without an answer, and fails where they are half.
func worlds(t *testing.T, draw func(*rapid.T) string) {
	t.Helper()
	all, none := 0, 0
	for range 5 {
		rapid.Check(t, func(rt *rapid.T) {
			text := draw(rt)
			rt.Log("\n" + text)
			w := parseWorld(t, text)
			if all++; !compare(rt, w, w.judge(audit.Options{})) || !compareMissing(rt, t, w) {
				none++
			}
		})
	}
	if t.Logf("%d worlds, %d over the bound of %d spots", all, none, bound); none*2 > all {
		t.Errorf("%d of %d worlds gave no answer", none, all)
	}
}

// tester is a test of this package's or of rapid's.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Worlds that random ones seldom come to; the verdict is written by hand beside what the second analysis says.
func TestAgreesOnWorldsWrittenByHand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, want, text string }{
		{"a constant through three attributes, one of another flow", "wired 1/1",
			"A: attr Attributes.g=F1 -> B\nB: attr Attributes.h=$.Attributes.['g'] -> X\nX: flow to=F5\n" +
				"== flow F5\nA: UpdateFlowAttributes FlowAttributes.k.Value=$.Attributes.h -> B\nB: event acw=$.FlowAttributes.k -> Q\nQ: queue"},
		{"a whisper that sets on its only end but for a branch to a block that is not there", "partial 0/1",
			"A: event whisper=F5 -> Q\nQ: queue\n== flow F5\nA: menu -> B ! gone\nB: event acw=F1 -> C\nC: EndFlowExecution"},
		{"what was written before a block that is not followed", "unknown 0/1",
			"A: attr Attributes.g=F1 -> M\nM: module runs=F3 -> B\nB: attr acwattr= -> C\nC: event acw=$.Attributes.g -> Q\nQ: queue"},
		{"a whisper hook that names the flow it is set in", "wired 2/2",
			"A: event acw=F1 whisper=F5 -> Q\nQ: queue\n== flow F5\nA: event whisper=F5 -> B\nB: agent -> C\nC: EndFlowExecution"},
		{"a module that calls itself and never comes back, so that only its error branch leads on, with what it was entered with", "unknown 1/1",
			"A: event acw=F1 -> M\nM: module runs=F7 -> Q ! Q\nQ: queue\n== module F7\nA: module runs=F7 -> A ! A"},
		{"two flows that lead to each other", "partial 1/2",
			"root: F4\nA: queue -> B ! B\nB: flow to=F5\n== flow F5\nA: event acw=F1 -> B\nB: queue -> C ! C\nC: flow to=F4"},
		{"a guide whose view lies in a module", "guide 0/0", "A: module runs=F7 -> B\nB: end\n== module F7\nA: view -> E\nE: EndFlowModuleExecution"},
		{"a view and a transfer that is followed", "no-agent 0/0", "A: view -> X\nX: flow to=F5\n== flow F5\nA: end"},
		{"a callback in another flow", "callback-only 0/0", "X: flow to=F5\n== flow F5\nA: callback -> B\nB: end"},
	} {
		w := parseWorld(t, c.text)
		r := w.judge(audit.Options{})
		if got := fmt.Sprintf("%s %d/%d", r.Verdict, r.Set, r.Of); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if !compare(t, w, r) || !compareMissing(t, t, w) {
			t.Errorf("%s: over the bound", c.name)
		}
	}
}
