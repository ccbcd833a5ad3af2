package audit

import (
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Write is what one block does to the guide. Kind is ByBlock or ByAttribute where it names a flow, else Disabled,
// DynamicValue, BrokenValue, or Unset where it clears the attribute. A block that only switches the event on names no flow
// and is not listed.
type Write struct {
	In, InName string // the flow or module that it lies in, where that is not the one asked about
	Block      string
	Attribute  bool // by the contact attribute; else by the event
	Kind       Kind
	Flow       string          // as written
	Guide      instance.FlowID // of ByBlock and ByAttribute
	Reached    bool            // some route from the start leads here
}

// Writes lists the blocks that write the event or the attribute, in document order, also in a flow that cannot be judged:
// there none is reached.
func Writes(d *flow.Document, o Options) []Write {
	u := ReadDocument(o.Self, d, o)
	var c *context
	if u.reason == nil {
		alone(u, o).closely(u, func(s *space) { c = s.solve(u, tuple{}, 0) })
	}
	var list []Write
	for i := range u.nodes {
		for _, w := range u.writes(&u.nodes[i]) {
			w.Reached = c != nil && c.reached(int32(i))
			list = append(list, w)
		}
	}
	return list
}

// writes is what a block does to the guide: by the event, and by the attribute.
func (u *Unit) writes(n *node) []Write {
	var list []Write
	var event *Write
	for _, e := range u.effects[n.effect.from:n.effect.to] {
		w := Write{Block: n.id, Kind: writeKind(e.value.kind, e.slot), Flow: e.value.text, Guide: e.value.id}
		switch e.slot {
		case attributeSlot:
			w.Attribute = true
			list = append(list, w)
		case eventSlot:
			list = append(list, w)
			event = &list[len(list)-1]
		case switchSlot:
			switch {
			case e.value.kind == isUnset: // on
			case event != nil:
				*event = w // what is switched off has no value
			default:
				list = append(list, w)
			}
		}
	}
	return list
}

func writeKind(k valueKind, slot int8) Kind {
	switch k {
	case isDynamic, isPath:
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
