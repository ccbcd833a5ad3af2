package handlers

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/flow"
)

// changeKind is what became of a block.
type changeKind string

const (
	blockAdded   changeKind = "added"
	blockRemoved changeKind = "removed"
	blockChanged changeKind = "changed"
)

// flowDifference is what differs between two flows, block by block.
type flowDifference struct {
	Start  *valueChange  // the identifier of the block that the flow starts with
	Blocks []blockChange // in the order of the flow after the change; removed ones last
	Other  []valueChange // other members of the document, such as Settings
	Layout bool          // the designer's Metadata differs
}

// blockChange is one block that was added, removed or changed.
type blockChange struct {
	Kind     changeKind
	Block    *flow.Block   // the former one of a removed block
	Type     *valueChange  // a block of another type now
	Values   []valueChange // parameters, by path
	Branches []valueChange // targets, by branch as branchKey writes it
}

// valueChange is one value before and after. Had and Has say whether it was and is there.
type valueChange struct {
	Name          string
	Before, After string
	Had, Has      bool
}

// same says whether the two flows do the same: only their layout may differ.
func (d flowDifference) same() bool { return d.Start == nil && len(d.Blocks) == 0 && len(d.Other) == 0 }

// diffBlocks compares two flows. Blocks are matched by identifier; one without an identifier of its own by its
// place.
func diffBlocks(before, after *flow.Document) flowDifference {
	var d flowDifference
	if before.Start() != after.Start() {
		d.Start = &valueChange{Name: "StartAction", Before: before.Start(), After: after.Start(), Had: before.Start() != "", Has: after.Start() != ""}
	}
	was, is := diffSideOf(before), diffSideOf(after)
	for _, b := range after.Blocks() {
		key := blockKey(after, b)
		if c := compareBlocks(was, was.blocks[key], is, b); c.differs() {
			d.Blocks = append(d.Blocks, c)
		}
		delete(was.blocks, key)
	}
	for _, b := range before.Blocks() {
		if gone := was.blocks[blockKey(before, b)]; gone != nil {
			d.Blocks = append(d.Blocks, compareBlocks(was, gone, is, nil))
		}
	}
	d.Other, d.Layout = diffRoots(before.Root(), after.Root())
	return d
}

// diffSide is one of the two flows: its blocks by key, and its actions by place.
type diffSide struct {
	blocks  map[string]*flow.Block
	actions []flow.Value
}

func diffSideOf(d *flow.Document) diffSide {
	s := diffSide{blocks: map[string]*flow.Block{}}
	for _, b := range d.Blocks() {
		s.blocks[blockKey(d, b)] = b
	}
	if v, ok := d.Root().Get("Actions"); ok {
		s.actions = v.Elements()
	}
	return s
}

func blockKey(d *flow.Document, b *flow.Block) string {
	if _, unique := d.Find(b.ID); unique && b.ID != "" {
		return "id " + b.ID
	}
	return "place " + strconv.Itoa(b.Index)
}

// compareBlocks compares two blocks; nil is none.
func compareBlocks(before diffSide, was *flow.Block, after diffSide, is *flow.Block) blockChange {
	c := blockChange{Kind: blockChanged, Block: is}
	switch {
	case was == nil:
		c.Kind = blockAdded
	case is == nil:
		c.Kind, c.Block = blockRemoved, was
	case was.Type != is.Type:
		c.Type = &valueChange{Name: "Type", Before: was.Type, After: is.Type, Had: true, Has: true}
	}
	c.Values = diffPairs(before.members(was), after.members(is))
	c.Branches = diffPairs(blockTargets(was), blockTargets(is))
	return c
}

func (c blockChange) differs() bool {
	return c.Kind != blockChanged || c.Type != nil || len(c.Values)+len(c.Branches) > 0
}

// pair is a named value; names are unique in a list.
type pair struct{ name, value string }

// diffPairs lists what differs, in the order of after, then what only before has.
func diffPairs(before, after []pair) []valueChange {
	var out []valueChange
	was := make(map[string]string, len(before))
	for _, p := range before {
		was[p.name] = p.value
	}
	is := make(map[string]bool, len(after))
	for _, p := range after {
		is[p.name] = true
		if old, had := was[p.name]; !had || old != p.value {
			out = append(out, valueChange{p.name, old, p.value, had, true})
		}
	}
	for _, p := range before {
		if !is[p.name] {
			out = append(out, valueChange{p.name, p.value, "", true, false})
		}
	}
	return out
}

// blockValues are a block's parameters, each leaf by its path ("EventHooks.DisconnectAgentUI").
func blockValues(b *flow.Block) []pair {
	v, ok := b.Param()
	if !ok {
		return nil
	}
	return flatten(nil, "", v)
}

// members are blockValues and, in brackets, what else the action holds that the flow language does not name.
func (s diffSide) members(b *flow.Block) []pair {
	if b == nil {
		return nil
	}
	out := blockValues(b)
	own := func(known []string, v flow.Value) {
		for _, m := range v.Members() {
			if !slices.Contains(known, m.Name) {
				out = append(out, pair{"(" + m.Name + ")", valueText(m.Value)})
			}
		}
	}
	action := s.actions[b.Index]
	own([]string{"Identifier", "Type", "Parameters", "Transitions"}, action)
	if t, ok := action.Get("Transitions"); ok {
		own([]string{"NextAction", "Errors", "Conditions"}, t)
	}
	return out
}

// maxDepth bounds the paths; what is deeper is shown as JSON.
const maxDepth = 12

func flatten(out []pair, path string, v flow.Value) []pair {
	join := func(name string) string {
		if strings.ContainsAny(name, `."`) || name == "" {
			name = strconv.Quote(name) // so that no two leaves share a path
		}
		if path == "" {
			return name
		}
		return path + "." + name
	}
	if strings.Count(path, ".") < maxDepth {
		if members := v.Members(); len(members) > 0 {
			for _, m := range members {
				out = flatten(out, join(m.Name), m.Value)
			}
			return out
		}
		if elems := v.Elements(); len(elems) > 0 {
			for i, e := range elems {
				out = flatten(out, join(strconv.Itoa(i+1)), e)
			}
			return out
		}
	}
	if path == "" {
		return out // an empty Parameters is no value
	}
	return append(out, pair{path, valueText(v)})
}

// valueText is a string's text, or the JSON of anything else in the canonical form.
func valueText(v flow.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	return canonicalText(v)
}

func canonicalText(v flow.Value) string {
	text, _ := canonicalJSON(v.Raw())
	return string(bytes.TrimSpace(text))
}

// blockTargets are a block's branches and where they lead. Two branches of one name are told apart by a number.
func blockTargets(b *flow.Block) []pair {
	var out []pair
	if b == nil {
		return nil
	}
	add := func(name, target string) {
		key := name
		for n := 2; slices.ContainsFunc(out, func(p pair) bool { return p.name == key }); n++ {
			key = name + " " + strconv.Itoa(n)
		}
		out = append(out, pair{key, target})
	}
	if b.Next.Present {
		add("", b.Next.ID)
	}
	for _, c := range b.Conditions {
		add(conditionKey(c.Condition), c.Target.ID)
	}
	for _, e := range b.Errors {
		add(e.ErrorType, e.Target.ID)
	}
	return out
}

// conditionKey is a condition in one line: operator and operands; nested ones in brackets.
func conditionKey(c flow.Condition) string {
	parts := append([]string{c.Operator}, c.Operands...)
	for _, n := range c.Nested {
		parts = append(parts, "("+conditionKey(n)+")")
	}
	return strings.Join(parts, " ")
}

// diffRoots compares the members of two documents other than the start and the blocks.
func diffRoots(before, after flow.Value) (other []valueChange, layout bool) {
	a, b := rootPairs(before), rootPairs(after)
	for _, c := range diffPairs(a, b) {
		if c.Name == "Metadata" {
			layout = true
			continue
		}
		other = append(other, c)
	}
	return other, layout
}

func rootPairs(root flow.Value) []pair {
	var out []pair
	for _, m := range root.Members() {
		if m.Name == "StartAction" || m.Name == "Actions" {
			continue
		}
		out = append(out, pair{m.Name, canonicalText(m.Value)})
	}
	return out
}
