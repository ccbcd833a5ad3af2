package audit

import (
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Missing finds a hand-off or an exit that a contact may reach without the guide, with one shortest route that shows it. It
// looks at what each slot holds and not at the setting that they make together: a slot that is known to hold something
// else than the guide (another guide, a broken value, one that is decided during the contact) is a miss also where the other slot is
// unknown. Only what is unknown itself, behind a block that is not followed, is passed over: it counts for the exit in
// front of it. What is known of the guide's health plays no part. A document that cannot be judged has no such point.
func Missing(d *flow.Document, o Options, guide instance.FlowID) (Gap, bool) {
	o.Guides = nil
	a, reason := analyse(d, o)
	if reason != nil {
		return Gap{}, false
	}
	for _, exits := range [...]bool{false, true} {
		for i := range a.nodes {
			n := &a.nodes[i]
			if n.class != handoff && !n.exit || exits != (n.class != handoff) {
				continue
			}
			if at := a.without(int32(i), guide); at >= 0 {
				return a.gap(n, a.setting(a.visits[at].t).Kind, at), true
			}
		}
	}
	return Gap{}, false
}

// without is the earliest visit of a node that comes without the guide, -1 if none does.
func (a *analysis) without(node int32, guide instance.FlowID) int32 {
	found := int32(-1)
	for i := a.head[node]; i >= 0; i = a.visits[i].next {
		if (found < 0 || i < found) && !a.carries(a.visits[i].t, guide) {
			found = i
		}
	}
	return found
}

// carries says whether a contact in this state opens the guide, as far as it is known.
func (a *analysis) carries(t tuple, guide instance.FlowID) bool {
	some := false
	for slot, id := range t {
		switch v := a.values[id]; {
		case v.kind == isUnset:
			continue
		case v.kind != isUnknown && !(v.kind == isGuide && v.id == guide):
			return false
		}
		some = some || slot != switchSlot
	}
	return some
}
