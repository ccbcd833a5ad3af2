package acw

import (
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/view"
)

// Edits are the edits that turn the flow d into one that lifts to g, in place: blocks that people added survive.
// No edits for no difference. v may be nil: then the known view, where the guide shows AWS's own. A ViewARN or
// ViewName that g leaves empty stays as it is. Refusals are *fault.Error of kind Invalid: acw.no-view-block,
// acw.view-in-place, acw.silent-in-place, acw.view-data-dynamic, acw.nested, acw.unknown, acw.required, acw.time-limit.
func Edits(d *flow.Document, g Guide, v *view.View) ([]flow.Edit, error) {
	l, ok := Lift(d)
	if !ok {
		return nil, fault.New(fault.Invalid, "acw.no-view-block")
	}
	if err := sameFrame(l.Guide, g); err != nil {
		return nil, err
	}
	values, err := valueEdits(d, l, g, viewOf(l.Guide.ViewARN, v))
	if err != nil {
		return nil, err
	}
	if g.TimeLimit == l.Guide.TimeLimit {
		return values, nil
	}
	if err := checkTime(g.TimeLimit); err != nil {
		return nil, err
	}
	return append(values, flow.Edit{Kind: flow.SetTimeLimit, Block: l.Block, Value: strconv.Itoa(g.TimeLimit)}), nil
}

// sameFrame refuses what an edit in place does not change: another view, and blocks that come and go.
func sameFrame(now, g Guide) error {
	if g.ViewARN != "" && g.ViewARN != now.ViewARN || g.ViewName != "" && g.ViewName != now.ViewName {
		return fault.New(fault.Invalid, "acw.view-in-place")
	}
	if g.Silent != now.Silent {
		return fault.New(fault.Invalid, "acw.silent-in-place", "Attribute", ResultAttribute)
	}
	return nil
}

func checkTime(seconds int) error {
	if seconds < MinTime || seconds > MaxTime {
		return fault.New(fault.Invalid, "acw.time-limit", "Min", MinTime, "Max", MaxTime)
	}
	return nil
}

// valueEdits go in the order of the document, then new members in the order of the view.
func valueEdits(d *flow.Document, l Lifted, g Guide, v *view.View) ([]flow.Edit, error) {
	var keys []string
	block, _ := d.Find(l.Block)
	data, present := block.Param("ViewData")
	for _, m := range data.Members() {
		keys = append(keys, m.Name)
	}
	for _, key := range ordered(g.Values, v) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	var edits []flow.Edit
	for _, key := range keys {
		e, changed, err := valueEdit(key, l, g, v)
		if err != nil {
			return nil, err
		}
		if changed {
			edits = append(edits, e)
		}
	}
	if len(edits) > 0 && present && !strings.HasPrefix(string(data.Raw()), "{") {
		return nil, fault.New(fault.Invalid, "acw.view-data-dynamic", "Block", l.Block)
	}
	return edits, nil
}

func valueEdit(key string, l Lifted, g Guide, v *view.View) (flow.Edit, bool, error) {
	now, exists := l.Guide.Values[key]
	want := g.Values[key]
	_, stays := g.Values[key]
	if _, nested := l.Nested[key]; nested {
		if stays {
			return flow.Edit{}, false, fault.New(fault.Invalid, "acw.nested", "Key", key)
		}
		return flow.Edit{}, false, nil
	}
	switch {
	case want == now && (want != "" || stays == exists), want == "" && !exists:
		return flow.Edit{}, false, nil
	case want == "":
		if required(v, key) {
			return flow.Edit{}, false, fault.New(fault.Invalid, "acw.required", "Key", key)
		}
		return flow.Edit{Kind: flow.DeleteViewData, Block: l.Block, Key: key}, true, nil
	}
	if !exists && !isInput(v, key) {
		return flow.Edit{}, false, unknown(key, inputNames(v), ordered(l.Guide.Values, v))
	}
	return flow.Edit{Kind: flow.SetViewData, Block: l.Block, Key: key, Value: want}, true, nil
}

// Validate refuses a new guide that could not be published as it stands: a member the view does not have, a required one
// without a value, a time limit out of range. v may be nil, as for Edits. The ids are those of Edits.
func Validate(g Guide, v *view.View) error {
	v = viewOf(g.ViewARN, v)
	for _, key := range ordered(g.Values, v) {
		if v != nil && !isInput(v, key) {
			return unknown(key, inputNames(v), nil)
		}
	}
	if v != nil {
		for _, in := range v.Inputs {
			if in.Required && g.Values[in.Name] == "" {
				return fault.New(fault.Invalid, "acw.required", "Key", in.Name)
			}
		}
	}
	return checkTime(g.TimeLimit)
}

// Setting is one value that a person names: a ViewData member or KeyTimeLimit. "" deletes the member.
type Setting struct{ Key, Value string }

// Assign gives the guide with the settings made, in order. v may be nil, as for Edits. It refuses with acw.unknown and the
// list, acw.nested and acw.time-limit; what is required is left to Edits and Validate.
func (l Lifted) Assign(v *view.View, settings ...Setting) (Guide, error) {
	g := l.Guide
	v = viewOf(g.ViewARN, v)
	for _, s := range settings {
		if s.Key == KeyTimeLimit {
			seconds, err := strconv.Atoi(s.Value)
			if err != nil {
				seconds = -1
			}
			if err := checkTime(seconds); err != nil {
				return Guide{}, err
			}
			g.TimeLimit = seconds
			continue
		}
		if _, nested := l.Nested[s.Key]; nested {
			return Guide{}, fault.New(fault.Invalid, "acw.nested", "Key", s.Key)
		}
		if _, exists := l.Guide.Values[s.Key]; !exists && !isInput(v, s.Key) {
			return Guide{}, unknown(s.Key, inputNames(v), ordered(l.Guide.Values, v))
		}
		g = g.With(s.Key, s.Value)
	}
	return g, nil
}

func required(v *view.View, key string) bool {
	if v == nil {
		return false
	}
	in, ok := v.Input(key)
	return ok && in.Required
}

func isInput(v *view.View, key string) bool {
	if v == nil {
		return false
	}
	_, ok := v.Input(key)
	return ok
}

func inputNames(v *view.View) []string {
	var names []string
	if v != nil {
		for _, in := range v.Inputs {
			names = append(names, in.Name)
		}
	}
	return names
}

// unknown refuses a member and lists those there are.
func unknown(key string, known, present []string) error {
	for _, name := range present {
		if !slices.Contains(known, name) {
			known = append(known, name)
		}
	}
	if len(known) == 0 {
		return fault.New(fault.Invalid, "acw.unknown-none", "Key", key)
	}
	return fault.New(fault.Invalid, "acw.unknown", "Key", key, "Known", strings.Join(known, ", "))
}
