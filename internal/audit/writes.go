package audit

import (
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Write is what one block does to the guide. Kind is ByBlock or ByAttribute where it names a flow, else Disabled,
// DynamicValue, BrokenValue, or Unset where it clears the attribute. A block that only switches the event on names no flow
// and is not listed.
type Write struct {
	Block     string
	Attribute bool // by the contact attribute; else by the event
	Kind      Kind
	Flow      string          // as written
	Guide     instance.FlowID // of ByBlock and ByAttribute
	Reached   bool            // some route from the start leads here
}

// Writes lists the blocks that write the event or the attribute, in document order, also in a flow that cannot be judged:
// there none is reached.
func Writes(d *flow.Document, o Options) []Write {
	if o.Event == "" {
		o.Event = flow.EventACW
	}
	g := newGraph(d, o)
	var s *solver
	if g.start >= 0 {
		s = solve(g)
	}
	var list []Write
	for i := range g.nodes {
		for slot, v := range g.nodes[i].writes {
			if slot == eventSlot && g.nodes[i].writes[switchSlot] > unsetID {
				v = g.nodes[i].writes[switchSlot] // what is switched off has no value
			}
			if v == keep || slot == switchSlot {
				continue
			}
			w := Write{Block: g.nodes[i].block.ID, Attribute: slot == attributeSlot, Flow: g.values[v].text, Guide: g.values[v].id}
			w.Kind = writeKind(g.values[v].kind, slot)
			w.Reached = s != nil && s.head[i] >= 0
			list = append(list, w)
		}
	}
	return list
}

func writeKind(k valueKind, slot int) Kind {
	switch k {
	case isDynamic:
		return DynamicValue
	case isDisabled:
		return Disabled
	case isBroken:
		return BrokenValue
	case isGuide:
		if slot == attributeSlot {
			return ByAttribute
		}
		return ByBlock
	}
	return Unset
}
