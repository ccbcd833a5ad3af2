package audit

import (
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Miss is a hand-off or an exit that a contact may reach without the guide. By is the last block on the route that sets something else than the
// guide, here or in a flow or module that was followed; its Block is empty where none does.
type Miss struct {
	Gap
	By Write
}

// Missing finds a hand-off or an exit that a contact may reach without the guide, with one shortest route that shows it. It
// looks at what each slot holds and not at the setting that they make together: a slot that is known to hold something
// else than the guide (another guide, a broken value, one that is decided during the contact) is a miss also where the other slot is
// unknown. Only what is unknown itself, behind a block that is not followed, is passed over: it counts for the exit in
// front of it. What is known of the guide's health plays no part. A flow that cannot be judged has no such point.
func Missing(d *flow.Document, o Options, guide instance.FlowID) (Miss, bool) {
	o.Guides = nil
	root := ReadDocument(o.Self, d, o)
	if root.reason != nil {
		return Miss{}, false
	}
	a := alone(root, o).explore(root)
	for _, handoffs := range [...]bool{true, false} {
		if m, missed := a.nearestMiss(handoffs, guide); missed {
			return m, true
		}
	}
	return Miss{}, false
}

// nearestMiss looks at the hand-offs or at the exits.
func (a *analysis) nearestMiss(handoffs bool, guide instance.FlowID) (Miss, bool) {
	var point *point
	var at arrival
	var state tuple
	for _, r := range a.reaches {
		for i := range r.nodes {
			n := &r.nodes[i]
			if !r.reached(int32(i)) || handoffs != (n.class == handoff) || !handoffs && !r.isExit(n) {
				continue
			}
			for v := r.head[i]; v >= 0; v = r.visits[v].next {
				if point != nil && r.length(v) >= at.reach.length(at.visit) {
					continue
				}
				if st, missed := a.missed(r, n, v, guide); missed {
					point, at, state = newPoint(r.Unit, int32(i), handoffs), arrival{r, v}, st
				}
			}
		}
	}
	if point == nil {
		return Miss{}, false
	}
	return Miss{a.gap(point, a.setting(state).Kind, at), a.lastWrite(point, at, state, guide)}, true
}

func newPoint(u *Unit, node int32, handoff bool) *point {
	return &point{unit: u, node: node, handoff: handoff}
}

// missed is a state with which a visit of a point reaches the agent, or leaves, without the guide.
func (a *analysis) missed(r *reach, n *node, visit int32, guide instance.FlowID) (tuple, bool) {
	t := r.state(visit)
	if n.class != handoff {
		return t, !a.carries(t, guide)
	}
	o := a.outcome(t, queued[n.typ])
	for _, after := range [...]states{o.states, o.waited} {
		for _, st := range after {
			if !a.carries(st, guide) {
				return st, true
			}
		}
	}
	return t, false
}

// carries says whether a contact in this state opens the guide, as far as it is known.
func (a *analysis) carries(t tuple, guide instance.FlowID) bool {
	some := false
	for _, slot := range [...]int8{eventSlot, attributeSlot, switchSlot} {
		switch v := a.values[t.fixed[slot]]; {
		case v.kind == isUnset:
			continue
		case v.kind != isUnknown && !(v.kind == isGuide && v.id == guide):
			return false
		}
		some = some || slot != switchSlot
	}
	return some
}

// lastWrite is the block that sets something else than the guide: in a flow that runs after the hand-off, where that changed the state, else
// the last on the route.
func (a *analysis) lastWrite(pt *point, at arrival, st tuple, guide instance.FlowID) Write {
	seen := map[*context]bool{}
	t := at.reach.state(at.visit)
	if pt.handoff && !a.sameGuide(t, st) {
		for _, c := range a.outcome(t, queued[pt.unit.nodes[pt.node].typ]).runs {
			if w, ok := a.writeIn(c, guide, seen); ok {
				return w
			}
		}
	}
	for r, v := at.reach, at.visit; r != nil; r, v = r.from, r.visit {
		for i := r.visits[v].from; i >= 0; i = r.visits[i].from {
			if w, ok := a.writeOf(r.Unit, &r.nodes[r.visits[i].node], guide); ok {
				return w
			}
			for _, m := range r.modules {
				if m.visit != i {
					continue
				}
				if w, ok := a.writeIn(m.to, guide, seen); ok {
					return w
				}
			}
		}
	}
	return Write{}
}

// writeIn is a reached block of a context, or of a module that it enters, that sets something else than the guide. What was seen sets nothing else.
func (a *analysis) writeIn(c *context, guide instance.FlowID, seen map[*context]bool) (Write, bool) {
	if seen[c] {
		return Write{}, false
	}
	seen[c] = true
	for i := range c.nodes {
		if w, ok := a.writeOf(c.Unit, &c.nodes[i], guide); ok && c.reached(int32(i)) {
			return w, true
		}
	}
	for _, m := range c.modules {
		if w, ok := a.writeIn(m.to, guide, seen); ok {
			return w, true
		}
	}
	return Write{}, false
}

// writeOf is what a block sets that is not the guide, if it sets anything.
func (a *analysis) writeOf(u *Unit, n *node, guide instance.FlowID) (Write, bool) {
	for _, w := range u.writes(n) {
		if w.Kind != Unset && w.Guide != guide {
			w.In, w.InName, w.Reached = a.elsewhere(u), a.nameElsewhere(u), true
			return w, true
		}
	}
	return Write{}, false
}
