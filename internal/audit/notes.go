package audit

import (
	"slices"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
)

// noted collects notes. What lies in another flow or module carries its id, and its name as an argument.
type noted struct {
	a    *analysis
	r    *Report
	unit *Unit
	list []Note
}

// add makes a note about a block.
func (n *noted) add(id, block string, args ...any) {
	where := n.a.elsewhere(n.unit)
	args = append([]any{"Block", block}, args...)
	if where != "" {
		args = append(args, "In", n.unit.Name)
	}
	n.list = append(n.list, Note{Message: fault.Msg(NotePrefix+id, args...), Flow: where, Block: block})
}

// pointed adds a note about a target, or the other one where nothing is named.
func (n *noted) pointed(id, unnamed, block, target string, args ...any) {
	if target == "" {
		n.add(unnamed, block, args...)
		return
	}
	n.add(id, block, append(args, "Target", target)...)
}

// notes lists what a manager should know: first about the flow and its guides, then by block in document order, and then
// about the flows and modules that the flow leads to, nearest first.
func (a *analysis) notes(r *Report) []Note {
	n := &noted{a: a, r: r, unit: a.root, list: []Note{}}
	for _, g := range r.Guides {
		switch g.Health.State {
		case NotChecked:
			n.add("guide-not-checked", "", "Flow", g.Ref)
		case NotKnown:
			n.add("guide-not-known", "", "Flow", g.Ref)
		}
	}
	if a.rough {
		n.add("too-many-contexts", "")
	}
	n.root()
	met := map[metKey]bool{}
	for _, c := range a.reaches {
		n.unit = c.Unit
		n.met(c, met)
	}
	ordered.By(n.list, n.compare)
	return n.list
}

// compare puts the root's notes first, those about the flow as a whole before those of its blocks, in document order.
func (n *noted) compare(x, y Note) int {
	switch {
	case x.Flow == y.Flow && x.Flow == "":
		return n.place(x.Block) - n.place(y.Block)
	case x.Flow == "":
		return -1
	case y.Flow == "":
		return 1
	}
	return 0
}

func (n *noted) place(block string) int {
	if block == "" {
		return -1
	}
	return slices.IndexFunc(n.a.root.nodes, func(b node) bool { return b.id == block })
}

// root notes what the root's own document holds.
func (n *noted) root() {
	u, c := n.a.root, n.a.reaches[0]
	at := 0
	for i := range u.nodes {
		b := &u.nodes[i]
		if c.reached(int32(i)) {
			n.block(b)
		} else {
			n.unreached(b)
		}
		first := at
		for ; at < len(u.dangling) && u.dangling[at].from == int32(i); at++ {
			if d := u.dangling[at]; c.reached(d.from) && !slices.Contains(u.dangling[first:at], d) {
				n.pointed("dangling", "no-target", b.id, d.target)
			}
		}
	}
}

func (n *noted) block(b *node) {
	switch {
	case b.class == strange && !b.exit:
		n.add("unknown-type", b.id, "Type", b.typ)
	case b.class == hooks:
		for _, use := range n.unit.uses[b.use.from:b.use.to] {
			n.event(b.id, use)
		}
	case b.class == handoff && slices.ContainsFunc(n.r.Handoffs, func(h Handoff) bool { return h.Flow == "" && h.Block == b.id && conflicting(h) }):
		n.add("conflict", b.id)
	}
	if !n.unit.setsGuide(b) && slices.ContainsFunc(n.unit.effects[b.effect.from:b.effect.to], func(e effect) bool { return e.every && !e.name.flow }) {
		n.add("any-attribute", b.id)
	}
	if b.errors && n.unit.setsGuide(b) {
		n.add("set-on-error", b.id)
	}
}

func conflicting(h Handoff) bool {
	return slices.ContainsFunc(h.Settings, func(s Setting) bool { return s.Kind == TwoGuides })
}

// setsGuide says whether a block writes the event or the attribute.
func (u *Unit) setsGuide(n *node) bool {
	return slices.ContainsFunc(u.effects[n.effect.from:n.effect.to], func(e effect) bool { return e.slot >= 0 && e.slot < queueSlot })
}

func (n *noted) unreached(b *node) {
	switch {
	case b.id == "":
		n.add("missing-identifier", "", "Type", b.typ)
	case b.twin:
		n.add("duplicate-identifier", b.id)
	case n.unit.setsGuide(b):
		n.add("set-not-reached", b.id)
	}
}

// event tells of a flow on a wrong event: a known guide beside every verdict, since a flow that is set right may open it
// at the wrong moment too; one that is not known only where it may be the guide that is missing.
func (n *noted) event(block string, use eventUse) {
	switch n.a.namedHealth(use.text) {
	case NotUsable: // known not to be a guide: a survey, say
	case Healthy:
		n.add("wrong-event", block, "Event", use.event, "Flow", use.text)
	default:
		if n.r.Verdict == NotWired || n.r.Verdict == WrongEvent {
			n.add("wrong-event-not-known", block, "Event", use.event, "Flow", use.text)
		}
	}
}

// metKey is a note about a block that may be met in several contexts.
type metKey struct {
	unit *Unit
	node int
	id   string
}

// met notes what the analysis met in a context.
func (n *noted) met(c *reach, met map[metKey]bool) {
	endless := c.endless()
	for i := range c.nodes {
		if !c.reached(int32(i)) {
			continue
		}
		b := &c.nodes[i]
		first := func(id string, applies bool) bool {
			k := metKey{c.Unit, i, id}
			if !applies || met[k] {
				return false
			}
			met[k] = true
			return true
		}
		if first("too-many-states", c.merged[i] != 0) {
			n.add("too-many-states", b.id)
		}
		if first("unknown-route", tellsExits(n.r.Verdict) && c.isExit(b)) {
			n.pointed("unknown-route", "unnamed-route", b.id, b.target, "Type", b.typ)
		}
		if first("module-no-end", endless[int32(i)]) {
			n.add("module-no-end", b.id, "Target", b.target)
		}
		if b.class == handoff {
			missed, waiting := n.after(c, int32(i))
			if first("later-flow", missed != "") {
				n.add("later-flow", b.id, "Event", missed)
			}
			if first("while-waiting", waiting) {
				n.add("while-waiting", b.id)
			}
		}
	}
}

// endless are the blocks that run a module which never goes back, so that contacts go on along the error branch if at all.
func (c *context) endless() map[int32]bool {
	var list map[int32]bool
	for _, m := range c.modules {
		if len(m.to.exits) > 0 {
			continue
		}
		if list == nil {
			list = map[int32]bool{}
		}
		list[c.visits[m.visit].node] = true
	}
	return list
}

// after says what runs behind a hand-off and was not followed, and whether a queue flow sets a guide that does not count.
func (n *noted) after(c *reach, node int32) (missed string, waiting bool) {
	var hooks []string
	for i := c.head[node]; i >= 0; i = c.visits[i].next {
		o := n.a.outcome(c.state(i), queued[c.nodes[node].typ])
		waiting = waiting || o.waiting
		for _, hook := range o.missed {
			hooks = addOnce(hooks, hook)
		}
	}
	slices.Sort(hooks)
	return strings.Join(hooks, ", "), waiting
}

// tellsExits: where the verdict rests on something else, routes that were not followed become notes.
func tellsExits(v Verdict) bool {
	switch v {
	case Broken, Conflict, Partial, WrongEvent, NotWired:
		return true
	}
	return false
}

// namedHealth is what is known of the flow that text names; nothing where it names none.
func (a *analysis) namedHealth(text string) HealthState {
	ref, ok := instance.ParseRef(text, instance.KindFlow)
	if !ok || Foreign(ref, a.p.o.Home) {
		return NotKnown
	}
	return a.p.health(ref.FlowID()).State
}

// wrongEvents are the common mistakes for the event (product.md section 2).
var wrongEvents = [...]string{flow.EventDefaultUI, flow.EventDisconnect}

// wrongEvent says whether a reachable block puts a flow that is known as a guide on another event.
func (a *analysis) wrongEvent() bool {
	for _, c := range a.reaches {
		for i := range c.nodes {
			n := &c.nodes[i]
			if !c.reached(int32(i)) {
				continue
			}
			for _, use := range c.uses[n.use.from:n.use.to] {
				if a.namedHealth(use.text) == Healthy {
					return true
				}
			}
		}
	}
	return false
}
