package handlers

import (
	"cmp"
	"context"
	"strings"

	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

// blockDifference is a difference by block as a table: one row per value that was added, removed or changed. was and
// is are the two flows that diffBlocks compared.
func blockDifference(ctx context.Context, id, title string, was, is *flow.Document, d flowDifference) ui.TableProps {
	t := ui.TableProps{ID: id, Title: title, Level: 3, Stack: true, Count: countIn(changedPlaces(d))}
	for _, c := range []string{"block", "change", "what", "before", "after"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "diff.column."+c)})
	}
	w := diffWriter{ctx: ctx, was: was, is: is}
	if d.Start != nil {
		w.value(i18n.T(ctx, "diff.start"), blockChanged, i18n.T(ctx, "diff.first-block"), w.target(*d.Start))
	}
	for _, b := range d.Blocks {
		w.block(b)
	}
	for _, v := range d.Other {
		w.value(i18n.T(ctx, "diff.document"), blockChanged, v.Name, v)
	}
	t.Rows = w.rows
	t.Empty = &ui.EmptyProps{Title: i18n.T(ctx, "diff.none"), Text: i18n.T(ctx, "diff.none.text")}
	switch {
	case d.Layout && d.same():
		t.Empty.Text = i18n.T(ctx, "diff.layout")
	case d.Layout:
		t.Description = i18n.T(ctx, "diff.layout-too")
	}
	return t
}

// changedPlaces counts the blocks that differ, and the start of the flow as one.
func changedPlaces(d flowDifference) int {
	n := len(d.Blocks)
	if d.Start != nil {
		n++
	}
	return n
}

type diffWriter struct {
	ctx     context.Context
	was, is *flow.Document
	rows    []ui.Row
}

func (w *diffWriter) block(c blockChange) {
	name, from := blockTitle(w.ctx, c.Block), len(w.rows)
	if c.Type != nil {
		w.value(name, c.Kind, i18n.T(w.ctx, "diff.type"), typesInWords(w.ctx, *c.Type))
	}
	for _, v := range c.Values {
		w.row(name, c.Kind, parameterName(w.ctx, v.Name), w.parameter(w.was, c.Block, v, v.Had, v.Before), w.parameter(w.is, c.Block, v, v.Has, v.After))
	}
	for _, v := range c.Branches {
		branch := cmp.Or(BranchWords(w.ctx, c.Block.Type, v.Name), i18n.T(w.ctx, "flows.branch.next"))
		w.value(name, c.Kind, i18n.T(w.ctx, "diff.leads-to", "Branch", branch), w.target(v))
	}
	if len(w.rows) == from { // a block with neither parameters nor branches
		w.value(name, c.Kind, TypeWords(w.ctx, c.Block.Type), valueChange{})
	}
}

func typesInWords(ctx context.Context, v valueChange) valueChange {
	v.Before, v.After = TypeWords(ctx, v.Before), TypeWords(ctx, v.After)
	return v
}

// target names the blocks that a branch led and leads to.
func (w *diffWriter) target(v valueChange) valueChange {
	v.Before, v.After = w.blockName(w.was, v.Before), w.blockName(w.is, v.After)
	return v
}

func (w *diffWriter) blockName(d *flow.Document, id string) string {
	if b, ok := d.Find(id); ok {
		return blockTitle(w.ctx, b)
	}
	return id
}

// parameter is one side of a parameter: by the name that the designer shows for a resource, with the value beneath.
func (w *diffWriter) parameter(d *flow.Document, b *flow.Block, v valueChange, there bool, value string) ui.Cell {
	own, ok := d.Find(b.ID)
	if !there || !ok {
		return w.side(there, value)
	}
	if name := parameterText(own, pair{v.Name, value}); name != value {
		if strings.Contains(value, string(publish.PlaceholderID)) {
			value = i18n.T(w.ctx, "diff.new-address")
		}
		return ui.Cell{Text: name, Small: value}
	}
	return ui.Cell{Text: value}
}

// namesAlone leaves out the address of a flow beneath its name, where the reading knows the flow by that name: the designer's layout may name another.
// In a row whose values are told apart by their addresses alone these stay.
func namesAlone(reading *survey.Reading, t *ui.TableProps) {
	for _, r := range t.Rows {
		addresses := map[string]string{}
		apart := true
		for _, c := range r.Cells {
			if former, named := addresses[c.Text]; c.Small != "" && named && former != c.Small {
				apart = false
			}
			addresses[c.Text] = c.Small
		}
		for i := range r.Cells {
			if c := &r.Cells[i]; apart && c.Small != "" && flowNameOf(reading, c.Small) == c.Text {
				c.Small = ""
			}
		}
	}
}

func (w *diffWriter) side(there bool, text string) ui.Cell {
	if !there {
		text = i18n.T(w.ctx, "diff.absent")
	}
	return ui.Cell{Text: text}
}

func (w *diffWriter) value(block string, k changeKind, what string, v valueChange) {
	w.row(block, k, what, w.side(v.Had, v.Before), w.side(v.Has, v.After))
}

func (w *diffWriter) row(block string, k changeKind, what string, before, after ui.Cell) {
	kinds := map[changeKind]ui.BadgeKind{blockAdded: ui.Green, blockRemoved: ui.Red, blockChanged: ui.Blue}
	w.rows = append(w.rows, ui.Row{Cells: []ui.Cell{
		{Text: block},
		{Content: ui.Badge(ui.BadgeProps{Text: i18n.T(w.ctx, "diff."+string(k)), Kind: kinds[k]})},
		{Text: what}, before, after,
	}})
}
