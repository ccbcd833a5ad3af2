package handlers

import (
	"cmp"
	"context"
	"slices"

	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/ordered"
	"wrapup/views/ui"
)

// touched says who changed a block since it was reviewed.
type touched string

const (
	byBoth   touched = "both"
	byTheirs touched = "theirs" // in Connect
	byYours  touched = "yours"
	byAlike  touched = "alike" // both, in the same way
)

// threeWay is what two sides made of one flow: what somebody published since, and what a change is to make of it.
type threeWay struct {
	was, now, yours *flow.Document
	theirs, mine    flowDifference
	Blocks          []bothBlocks // those that both changed first
}

// bothBlocks is one block as each side changed it; nil where a side left it alone.
type bothBlocks struct {
	By           touched
	theirs, mine *blockChange
}

// diffThree compares two flows with the one that both come from.
func diffThree(was, now, yours *flow.Document) threeWay {
	d := threeWay{was: was, now: now, yours: yours, theirs: diffBlocks(was, now), mine: diffBlocks(was, yours)}
	at := map[string]int{}
	for i := range d.mine.Blocks {
		c := &d.mine.Blocks[i]
		at[changeKey(was, yours, c)] = len(d.Blocks)
		d.Blocks = append(d.Blocks, bothBlocks{By: byYours, mine: c})
	}
	for i := range d.theirs.Blocks {
		c := &d.theirs.Blocks[i]
		if n, both := at[changeKey(was, now, c)]; both {
			d.Blocks[n].By, d.Blocks[n].theirs = byBoth, c
			if d.Blocks[n].mine.alike(c) {
				d.Blocks[n].By = byAlike
			}
			continue
		}
		d.Blocks = append(d.Blocks, bothBlocks{By: byTheirs, theirs: c})
	}
	order := []touched{byBoth, byTheirs, byYours, byAlike}
	ordered.By(d.Blocks, func(a, b bothBlocks) int { return cmp.Compare(slices.Index(order, a.By), slices.Index(order, b.By)) })
	return d
}

func changeKey(before, after *flow.Document, c *blockChange) string {
	if c.Kind == blockRemoved {
		return blockKey(before, c.Block)
	}
	return blockKey(after, c.Block)
}

// alike says whether the two sides did the same to a block.
func (c *blockChange) alike(o *blockChange) bool {
	return c.Kind == o.Kind && slices.Equal(one(c.Type), one(o.Type)) && slices.Equal(c.Values, o.Values) && slices.Equal(c.Branches, o.Branches)
}

// both counts the blocks that the two sides changed in different ways, and the start of the flow as one.
func (d threeWay) both() (n int) {
	for _, b := range d.Blocks {
		if b.By == byBoth {
			n++
		}
	}
	if sideOf(one(d.theirs.Start), one(d.mine.Start)) == byBoth {
		n++
	}
	return n
}

// apart says whether each side changed something, and none what the other did.
func (d threeWay) apart() bool {
	return !d.theirs.same() && !d.mine.same() && (d.theirs.Start == nil || d.mine.Start == nil) &&
		!slices.ContainsFunc(d.Blocks, func(b bothBlocks) bool { return b.By == byBoth || b.By == byAlike })
}

// threeTable is the difference of three flows as a table: one row per value that a side changed.
func threeTable(ctx context.Context, d threeWay) ui.TableProps {
	t := ui.TableProps{ID: "blocks", Title: i18n.T(ctx, "conflict.blocks"), Stack: true}
	for _, c := range []string{"diff.column.block", "conflict.by", "diff.column.what", "conflict.reviewed", "conflict.now", "conflict.yours"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, c)})
	}
	w := threeWriter{diffWriter{ctx: ctx, was: d.was}, d, nil}
	n := len(d.Blocks)
	if d.theirs.Start != nil || d.mine.Start != nil {
		n++
		w.values(i18n.T(ctx, "diff.start"), "", one(d.theirs.Start), one(d.mine.Start),
			func(valueChange) string { return i18n.T(ctx, "diff.first-block") }, w.target)
	}
	for _, b := range d.Blocks {
		w.block(b)
	}
	w.values(i18n.T(ctx, "diff.document"), "", d.theirs.Other, d.mine.Other, func(v valueChange) string { return v.Name }, w.plain)
	t.Rows, t.Count = w.out, countIn(n)
	t.Empty = &ui.EmptyProps{Title: i18n.T(ctx, "conflict.no-blocks"), Text: i18n.T(ctx, "diff.layout")}
	return t
}

func one(v *valueChange) []valueChange {
	if v == nil {
		return nil
	}
	return []valueChange{*v}
}

// sideOf says who changed one value.
func sideOf(theirs, mine []valueChange) touched {
	switch {
	case theirs == nil:
		return byYours
	case mine == nil && theirs != nil:
		return byTheirs
	case slices.Equal(theirs, mine):
		return byAlike
	}
	return byBoth
}

// threeWriter makes the rows.
type threeWriter struct {
	diffWriter
	d   threeWay
	out []ui.Row
}

// cellOf is one value on one side, as that side's flow shows it.
type cellOf func(d *flow.Document, there bool, value string) ui.Cell

func (w *threeWriter) plain(_ *flow.Document, there bool, value string) ui.Cell {
	return w.side(there, value)
}

func (w *threeWriter) target(d *flow.Document, there bool, value string) ui.Cell {
	return w.side(there, w.blockName(d, value))
}

func (w *threeWriter) block(b bothBlocks) {
	theirs, mine := b.theirs, b.mine
	if theirs == nil {
		theirs = &blockChange{}
	}
	if mine == nil {
		mine = &blockChange{}
	}
	block := cmp.Or(mine.Block, theirs.Block)
	name, from := blockTitle(w.ctx, block), len(w.out)
	w.values(name, b.By, one(theirs.Type), one(mine.Type), func(valueChange) string { return i18n.T(w.ctx, "diff.type") },
		func(_ *flow.Document, there bool, value string) ui.Cell {
			return w.side(there, TypeWords(w.ctx, value))
		})
	for _, v := range union(theirs.Values, mine.Values) {
		w.values(name, b.By, find(theirs.Values, v), find(mine.Values, v), func(v valueChange) string { return parameterName(w.ctx, v.Name) },
			func(d *flow.Document, there bool, value string) ui.Cell {
				return w.parameter(d, block, v, there, value)
			})
	}
	w.values(name, b.By, theirs.Branches, mine.Branches, func(v valueChange) string {
		return i18n.T(w.ctx, "diff.leads-to", "Branch", cmp.Or(BranchWords(w.ctx, block.Type, v.Name), i18n.T(w.ctx, "flows.branch.next")))
	}, w.target)
	if len(w.out) == from { // a block with neither parameters nor branches came or went
		came := func(there bool) []valueChange {
			if there {
				return []valueChange{{}}
			}
			return nil
		}
		w.values(name, b.By, came(b.theirs != nil), came(b.mine != nil), func(valueChange) string { return TypeWords(w.ctx, block.Type) }, w.plain)
	}
}

// union are the values that either side changed, by name, those of this change first.
func union(theirs, mine []valueChange) []valueChange {
	out := slices.Clone(mine)
	for _, v := range theirs {
		if find(mine, v) == nil {
			out = append(out, v)
		}
	}
	return out
}

func find(in []valueChange, v valueChange) []valueChange {
	if i := slices.IndexFunc(in, func(o valueChange) bool { return o.Name == v.Name }); i >= 0 {
		return in[i : i+1]
	}
	return nil
}

// values makes a row of each value that a side changed. A side that left it alone has it as reviewed: none, where there was none.
func (w *threeWriter) values(block string, by touched, theirs, mine []valueChange, name func(valueChange) string, cell cellOf) {
	kinds := map[touched]ui.BadgeKind{byBoth: ui.Red, byTheirs: ui.Blue, byYours: ui.Green}
	for _, v := range union(theirs, mine) {
		t, m := find(theirs, v), find(mine, v)
		who := cmp.Or(by, sideOf(t, m))
		w.out = append(w.out, ui.Row{Cells: []ui.Cell{
			{Text: block}, {Content: ui.Badge(ui.BadgeProps{Text: i18n.T(w.ctx, "conflict.by."+string(who)), Kind: kinds[who]})}, {Text: name(v)},
			cell(w.d.was, v.Had, v.Before), w.after(w.d.now, t, v, cell), w.after(w.d.yours, m, v, cell),
		}})
	}
}

func (w *threeWriter) after(d *flow.Document, v []valueChange, reviewed valueChange, cell cellOf) ui.Cell {
	switch {
	case v == nil && !reviewed.Had:
		return w.side(false, "")
	case v == nil:
		return ui.Cell{Text: i18n.T(w.ctx, "conflict.as-reviewed")}
	}
	return cell(d, v[0].Has, v[0].After)
}
