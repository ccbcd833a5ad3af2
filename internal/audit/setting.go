package audit

import (
	"slices"
	"strings"

	"wrapup/internal/instance"
	"wrapup/internal/ordered"
)

// kindOrder is the order in which settings and gaps of one block are listed.
var kindOrder = []Kind{ByBlock, ByAttribute, Later, Unset, Disabled, DynamicValue, UnknownRoute, BrokenValue, TwoGuides}

func compareSettings(x, y Setting) int {
	if d := slices.Index(kindOrder, x.Kind) - slices.Index(kindOrder, y.Kind); d != 0 {
		return d
	}
	return strings.Compare(x.Flow, y.Flow)
}

// setting is what a tuple means, by the two slots' rules of product.md section 2. What is certain comes first: a
// disabled event is disabled whatever the attribute holds, a broken value is broken.
func (s *space) setting(t tuple) Setting {
	e, c, off := s.values[t.fixed[eventSlot]], s.values[t.fixed[attributeSlot]], s.values[t.fixed[switchSlot]]
	switch {
	case off.kind == isDisabled:
		return Setting{Kind: Disabled}
	case e.kind == isBroken:
		return Setting{BrokenValue, e.text}
	case c.kind == isBroken:
		return Setting{BrokenValue, c.text}
	case e.kind == isUnknown || c.kind == isUnknown || off.kind == isUnknown:
		return Setting{Kind: UnknownRoute}
	case off.kind == isDynamic:
		return Setting{DynamicValue, off.text}
	case e.kind == isDynamic:
		return Setting{DynamicValue, e.text}
	case c.kind == isDynamic:
		return Setting{DynamicValue, c.text}
	case e.kind == isGuide && c.kind == isGuide && e.id != c.id:
		return s.withHealth(Setting{TwoGuides, e.text}, e.id, c.id)
	case e.kind == isGuide:
		return s.withHealth(Setting{ByBlock, e.text}, e.id)
	case c.kind == isGuide:
		return s.withHealth(Setting{ByAttribute, c.text}, c.id)
	}
	return Setting{Kind: Unset}
}

// settingAfter is the setting of a state that a whisper or queue flow made of the hand-off's: set later where that flow changed it.
func (s *space) settingAfter(handoff, after tuple) Setting {
	set := s.setting(after)
	if set.Kind.Set() && !s.sameGuide(handoff, after) {
		set.Kind = Later
	}
	return set
}

func (s *space) sameGuide(a, b tuple) bool {
	for _, slot := range [...]int8{eventSlot, attributeSlot, switchSlot} {
		x, y := s.values[a.fixed[slot]], s.values[b.fixed[slot]]
		if x.kind != y.kind || x.id != y.id || x.kind != isGuide && x.text != y.text {
			return false
		}
	}
	return true
}

// withHealth turns a setting whose guide is known not to be usable into broken, and one whose guide could not be
// read into unknown. A conflict stays one unless a guide is known to be unusable.
func (s *space) withHealth(set Setting, guides ...instance.FlowID) Setting {
	for _, id := range guides {
		if s.p.health(id).State == NotUsable {
			return Setting{BrokenValue, set.Flow}
		}
	}
	if set.Kind != TwoGuides && s.p.health(guides[0]).State == NotKnown {
		return Setting{UnknownRoute, set.Flow}
	}
	return set
}

func (p *Program) health(id instance.FlowID) Health {
	if p.o.Guides == nil {
		return Health{}
	}
	return p.o.Guides(id)
}

// use notes what contacts in this state carry as a guide.
func (s *space) use(list *[]valueID, t tuple) {
	if s.values[t.fixed[switchSlot]].kind == isDisabled {
		return
	}
	s.p.meter.spend(1 + len(*list)/8)
	for _, slot := range [...]int8{eventSlot, attributeSlot} {
		if v := t.fixed[slot]; s.values[v].kind == isGuide {
			*list = addOnce(*list, v)
		}
	}
}

// guides lists the guides used, one per id, by reference.
func (a *analysis) guides() []GuideUse {
	list := make([]GuideUse, 0, len(a.used))
	for _, v := range a.used {
		list = append(list, GuideUse{Ref: a.values[v].text, ID: a.values[v].id})
	}
	ordered.By(list, func(x, y GuideUse) int { return strings.Compare(x.Ref, y.Ref) })
	seen := list[:0]
	for _, g := range list {
		if !slices.ContainsFunc(seen, func(s GuideUse) bool { return s.ID == g.ID }) {
			g.Health = a.p.health(g.ID)
			seen = append(seen, g)
		}
	}
	return seen
}
