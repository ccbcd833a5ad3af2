package audit

import (
	"slices"
	"strings"

	"wrapup/internal/instance"
)

// kindOrder is the order in which settings and gaps of one block are listed.
var kindOrder = []Kind{ByBlock, ByAttribute, Later, Unset, Disabled, DynamicValue, UnknownRoute, BrokenValue, TwoGuides}

func compareSettings(x, y Setting) int {
	if d := slices.Index(kindOrder, x.Kind) - slices.Index(kindOrder, y.Kind); d != 0 {
		return d
	}
	return strings.Compare(x.Flow, y.Flow)
}

// uses are the values that contacts carry as a guide at a hand-off or exit.
type uses []valueID

// settings lists what contacts carry when they enter a block, each once, in a fixed order.
func (a *analysis) settings(node int32, used *uses) []Setting {
	var list []Setting
	for i := a.head[node]; i >= 0; i = a.visits[i].next {
		t := a.visits[i].t
		if s := a.setting(t); !slices.Contains(list, s) {
			list = append(list, s)
		}
		for _, v := range t {
			if a.values[v].kind == isGuide && a.values[t[switchSlot]].kind != isDisabled && !slices.Contains(*used, v) {
				*used = append(*used, v)
			}
		}
	}
	if len(list) > 1 {
		slices.SortFunc(list, compareSettings)
	}
	return list
}

// setting is what a tuple means, by the two slots' rules of product.md section 2. What is certain comes first: a
// disabled event is disabled whatever the attribute holds, a broken value is broken.
func (a *analysis) setting(t tuple) Setting {
	e, c, off := a.values[t[eventSlot]], a.values[t[attributeSlot]], a.values[t[switchSlot]]
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
		return a.withHealth(Setting{TwoGuides, e.text}, e.id, c.id)
	case e.kind == isGuide:
		return a.withHealth(Setting{ByBlock, e.text}, e.id)
	case c.kind == isGuide:
		return a.withHealth(Setting{ByAttribute, c.text}, c.id)
	}
	return Setting{Kind: Unset}
}

// withHealth turns a setting whose guide is known not to be usable into broken, and one whose guide could not be
// read into unknown. A conflict stays one unless a guide is known to be unusable.
func (a *analysis) withHealth(s Setting, guides ...instance.FlowID) Setting {
	for _, id := range guides {
		if a.health(id).State == NotUsable {
			return Setting{BrokenValue, s.Flow}
		}
	}
	if s.Kind != TwoGuides && a.health(guides[0]).State == NotKnown {
		return Setting{UnknownRoute, s.Flow}
	}
	return s
}

func (a *analysis) health(id instance.FlowID) Health {
	if a.opts.Guides == nil {
		return Health{}
	}
	return a.opts.Guides(id)
}

// guides lists the guides used, one per id, by reference.
func (a *analysis) guides(used uses) []GuideUse {
	list := make([]GuideUse, 0, len(used))
	for _, v := range used {
		list = append(list, GuideUse{Ref: a.values[v].text, ID: a.values[v].id})
	}
	slices.SortFunc(list, func(x, y GuideUse) int { return strings.Compare(x.Ref, y.Ref) })
	seen := list[:0]
	for _, g := range list {
		if !slices.ContainsFunc(seen, func(s GuideUse) bool { return s.ID == g.ID }) {
			g.Health = a.health(g.ID)
			seen = append(seen, g)
		}
	}
	return seen
}
