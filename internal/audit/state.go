package audit

import (
	"slices"

	"wrapup/internal/flow"
)

// Slots of the state that is carried along routes. The event is held in two: its value, and whether it is switched off, which
// a block may change alone (docs/decisions/006). The last three name the flows that run after a hand-off.
const (
	eventSlot int8 = iota
	attributeSlot
	switchSlot // unset: on
	queueSlot
	agentSlot
	customerSlot
	fixedSlots
)

// tuple is the state on one route: a value per fixed slot, and the number of the values of the attributes that the space tracks.
type tuple struct {
	fixed [fixedSlots]valueID
	rest  int32
}

// maxTuples is how many tuples one block may be entered with, and one flow from others; beyond, the slots that differ become dynamic
// (product.md section 2).
const maxTuples = 256

// space is everything that analyses share which look as closely: values, and contexts solved once.
type space struct {
	p *Program
	closeness
	tracks []attr // attributes that a followed JSONPath may read, sorted
	at     map[attr]int
	weight int // what it costs to handle one state's attributes

	values  []value
	valueID map[value]valueID
	rests   [][]valueID
	restID  map[string]int32

	loaded   map[*Unit]*loaded
	contexts map[contextKey]*context
	after    map[afterKey]*outcome
}

// closeness is how closely a space looks: how many states are told apart per block, and whether a flow is looked at alone.
type closeness struct {
	limit int
	alone bool // nothing that it leads to is followed, and no attribute that JSONPaths read
}

func newSpace(p *Program, c closeness, tracks []attr) *space {
	s := &space{
		p: p, closeness: c, tracks: tracks, at: make(map[attr]int, len(tracks)), weight: 1 + len(tracks),
		valueID: map[value]valueID{}, restID: map[string]int32{},
		loaded: map[*Unit]*loaded{}, contexts: map[contextKey]*context{}, after: map[afterKey]*outcome{},
	}
	s.intern(value{})
	s.intern(value{kind: isUnknown})
	s.intern(value{kind: isDynamic})
	for i, a := range tracks {
		s.at[a] = i
	}
	s.rest(make([]valueID, len(tracks)))
	return s
}

func (s *space) intern(v value) valueID {
	if id, ok := s.valueID[v]; ok {
		return id
	}
	id := valueID(len(s.values))
	s.values = append(s.values, v)
	s.valueID[v] = id
	return id
}

// rest numbers a list of values, one per tracked attribute. It keeps the list.
func (s *space) rest(list []valueID) int32 {
	key := make([]byte, 0, 4*len(list))
	for _, v := range list {
		key = append(key, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	if id, ok := s.restID[string(key)]; ok {
		return id
	}
	id := int32(len(s.rests))
	s.rests = append(s.rests, list)
	s.restID[string(key)] = id
	return id
}

// crossing is the state with which a contact enters another flow or module: flow attributes stay behind.
func (s *space) crossing(t tuple) tuple { return s.withFlowAttributes(t, tuple{}) }

// withFlowAttributes is t with the flow attributes of another state.
func (s *space) withFlowAttributes(t, of tuple) tuple {
	if t.rest == of.rest || !slices.ContainsFunc(s.tracks, func(a attr) bool { return a.flow }) {
		return t
	}
	s.p.meter.spend(s.weight)
	list, other := slices.Clone(s.rests[t.rest]), s.rests[of.rest]
	for i, a := range s.tracks {
		if a.flow {
			list[i] = other[i]
		}
	}
	t.rest = s.rest(list)
	return t
}

// isMerged says whether a state was made of too many.
func (s *space) isMerged(t tuple) bool {
	return slices.Contains(t.fixed[:], mergedID) || slices.Contains(s.rests[t.rest], mergedID)
}

// join is the state of which only that is told in which both agree.
func (s *space) join(a, b tuple) tuple {
	for i := range a.fixed {
		if a.fixed[i] != b.fixed[i] {
			a.fixed[i] = mergedID
		}
	}
	s.p.meter.spend(1)
	if a.rest != b.rest {
		s.p.meter.spend(s.weight)
		list := slices.Clone(s.rests[a.rest])
		for i, v := range s.rests[b.rest] {
			if list[i] != v {
				list[i] = mergedID
			}
		}
		a.rest = s.rest(list)
	}
	return a
}

// unknown is the state behind a block that is not followed: it may have set, cleared or disabled every slot, so neither what
// was set before it nor that nothing was set can be relied on. A hand-off there can be neither green nor red by ignorance.
func (s *space) unknown() tuple {
	var t tuple
	for i := range t.fixed {
		t.fixed[i] = unknownID
	}
	s.p.meter.spend(s.weight)
	list := make([]valueID, len(s.tracks))
	for i := range list {
		list[i] = unknownID
	}
	t.rest = s.rest(list)
	return t
}

// over is what a block's effects make of a state. They take effect together: what they read is what was there before.
func (s *space) over(effects []effect, t tuple) tuple {
	s.p.meter.spend(s.weight * (1 + len(effects)))
	out := t
	var list []valueID
	for i := range effects {
		e := &effects[i]
		if e.slot != named {
			out.fixed[e.slot] = s.fixed(e, t)
			continue
		}
		for j, a := range s.tracks {
			if a != e.name && !(e.every && a.flow == e.name.flow) {
				continue
			}
			if list == nil {
				list = slices.Clone(s.rests[t.rest])
			}
			list[j] = s.attribute(e.value, t)
		}
	}
	if list != nil {
		out.rest = s.rest(list)
	}
	return out
}

// fixed is what an effect makes of a fixed slot: of a JSONPath the constant that this route wrote, if it did.
func (s *space) fixed(e *effect, t tuple) valueID {
	if e.value.kind != isPath {
		return s.intern(e.value)
	}
	id := s.read(e.value.path, t)
	if v := s.values[id]; v.kind == isConst {
		if e.slot == attributeSlot && v.text == "" {
			return unsetID
		}
		return s.intern(guideValue(v.text, s.p.o.Home))
	}
	if id == mergedID && e.slot >= queueSlot {
		return mergedID
	}
	return s.intern(value{kind: isDynamic, text: e.value.text})
}

// attribute is what an attribute holds that is given this value.
func (s *space) attribute(v value, t tuple) valueID {
	if v.kind != isPath {
		return s.intern(v)
	}
	if id := s.read(v.path, t); s.values[id].kind == isConst || id == mergedID {
		return id
	}
	return s.intern(value{kind: isDynamic, text: v.text})
}

// read is what an attribute holds; merged where it might be told by who tells more states apart, or looks at more than one flow.
func (s *space) read(a attr, t tuple) valueID {
	if a == (attr{name: flow.AttributeACW}) {
		if v := s.values[t.fixed[attributeSlot]]; v.kind == isGuide || v.kind == isBroken {
			return s.intern(value{kind: isConst, text: v.text})
		} else if t.fixed[attributeSlot] != mergedID {
			return s.intern(value{kind: isDynamic, text: "$.Attributes." + flow.AttributeACW})
		}
		return mergedID
	}
	if i, ok := s.at[a]; ok {
		return s.rests[t.rest][i]
	}
	return mergedID
}
