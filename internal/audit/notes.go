package audit

import (
	"slices"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// note makes a note about a block.
func note(id, block string, args ...any) Note {
	return Note{Message: fault.Msg(NotePrefix+id, append([]any{"Block", block}, args...)...), Block: block}
}

// notes lists what a manager should know: first about the flow and its guides, then by block in document order.
func (a *analysis) notes(r *Report) []Note {
	list := []Note{}
	for _, g := range r.Guides {
		switch g.Health.State {
		case NotChecked:
			list = append(list, note("guide-not-checked", "", "Flow", g.Ref))
		case NotKnown:
			list = append(list, note("guide-not-known", "", "Flow", g.Ref))
		}
	}
	at := 0
	for i := range a.nodes {
		if a.reached(int32(i)) {
			list = append(list, a.blockNotes(int32(i), r)...)
		} else {
			list = append(list, a.unreachedNotes(&a.nodes[i])...)
		}
		first := at
		for ; at < len(a.dangling) && a.dangling[at].from == int32(i); at++ {
			if d := a.dangling[at]; a.reached(d.from) && !slices.Contains(a.dangling[first:at], d) {
				list = append(list, pointed("dangling", "no-target", a.nodes[i].block.ID, d.target))
			}
		}
	}
	return list
}

// pointed is a note about a target, or the other one where nothing is named.
func pointed(id, unnamed, block, target string, args ...any) Note {
	if target == "" {
		return note(unnamed, block, args...)
	}
	return note(id, block, append(args, "Target", target)...)
}

func (a *analysis) blockNotes(i int32, r *Report) []Note {
	n := &a.nodes[i]
	id := n.block.ID
	var list []Note
	if a.merged[i] != 0 {
		list = append(list, note("too-many-states", id))
	}
	switch {
	case n.class == strange && !n.exit:
		list = append(list, note("unknown-type", id, "Type", n.block.Type))
	case n.exit && tellsExits(r.Verdict):
		list = append(list, pointed("unknown-route", "unnamed-route", id, n.target, "Type", n.block.Type))
	case n.class == hooks:
		list = append(list, a.hookNotes(n, r)...)
	case n.class == handoff && slices.ContainsFunc(r.Handoffs, func(h Handoff) bool { return h.Block == id && conflicting(h) }):
		list = append(list, note("conflict", id))
	}
	if n.writesSlot() && len(n.block.Errors) > 0 {
		list = append(list, note("set-on-error", id))
	}
	return list
}

// tellsExits: where the verdict rests on something else, routes that were not followed become notes.
func tellsExits(v Verdict) bool {
	switch v {
	case Broken, Conflict, Partial, WrongEvent, NotWired:
		return true
	}
	return false
}

func conflicting(h Handoff) bool {
	return slices.ContainsFunc(h.Settings, func(s Setting) bool { return s.Kind == TwoGuides })
}

func (n *node) writesSlot() bool { return n.writes != nothing }

// laterEvents are hooks whose flows run after the hand-off and may change the setting.
var laterEvents = [...]string{"AgentWhisper", "CustomerWhisper", "CustomerQueue"}

func (a *analysis) hookNotes(n *node, r *Report) []Note {
	var list []Note
	for _, event := range laterEvents {
		if v, ok := n.block.Param("EventHooks", event); ok && event != a.opts.Event {
			list = append(list, note("later-flow", n.block.ID, "Event", event, "Flow", plainText(v)))
		}
	}
	for _, event := range wrongEvents {
		if v, ok := n.block.Param("EventHooks", event); ok && event != a.opts.Event {
			list = append(list, a.eventNotes(n.block.ID, event, plainText(v), r.Verdict)...)
		}
	}
	return list
}

// eventNotes tells of a flow on a wrong event: a known guide beside every verdict, since a flow that is set right may open it
// at the wrong moment too; one that is not known only where it may be the guide that is missing.
func (a *analysis) eventNotes(block, event, text string, v Verdict) []Note {
	switch a.namedHealth(text) {
	case NotUsable: // known not to be a guide: a survey, say
		return nil
	case Healthy:
		return []Note{note("wrong-event", block, "Event", event, "Flow", text)}
	}
	if v != NotWired && v != WrongEvent {
		return nil
	}
	return []Note{note("wrong-event-not-known", block, "Event", event, "Flow", text)}
}

// namedHealth is what is known of the flow that text names; nothing where it names none.
func (a *analysis) namedHealth(text string) HealthState {
	ref, ok := instance.ParseRef(text, instance.KindFlow)
	if !ok || Foreign(ref, a.opts.Home) {
		return NotKnown
	}
	return a.health(ref.FlowID()).State
}

// wrongEvents are the common mistakes for the event (product.md section 2).
var wrongEvents = [...]string{flow.EventDefaultUI, flow.EventDisconnect}

// wrongEvent says whether a reachable block puts a flow that is known as a guide on another event.
func (a *analysis) wrongEvent() bool {
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.class != hooks || !a.reached(int32(i)) {
			continue
		}
		for _, event := range wrongEvents {
			if event != a.opts.Event && a.namedHealth(paramText(n.block, "EventHooks", event)) == Healthy {
				return true
			}
		}
	}
	return false
}

func (a *analysis) unreachedNotes(n *node) []Note {
	switch {
	case n.block.ID == "":
		return []Note{note("missing-identifier", "", "Type", n.block.Type)}
	case n.twin:
		return []Note{note("duplicate-identifier", n.block.ID)}
	case n.writesSlot():
		return []Note{note("set-not-reached", n.block.ID)}
	}
	return nil
}
