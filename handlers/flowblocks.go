package handlers

import (
	"cmp"
	"slices"
	"strconv"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	flowview "wrapup/views/flow"
	"wrapup/views/ui"
)

// blockAnchor is the id of a block's row. It counts the actions, because an identifier may be anything.
func blockAnchor(b *flow.Block) string { return "block-" + strconv.Itoa(b.Index+1) }

// routeMark is one place of a block on the example routes: the route and the step, both from 1.
type routeMark struct{ route, step int }

// routeMarks are the places of the blocks on the example routes of the gaps.
func routeMarks(r audit.Report) map[string][]routeMark {
	marks := map[string][]routeMark{}
	for i, g := range r.Gaps {
		for j, id := range ownRoute(g) {
			if id == "" {
				continue
			}
			marks[id] = append(marks[id], routeMark{i + 1, j + 1})
		}
	}
	return marks
}

// blocksPage builds the table of blocks.
type blocksPage struct {
	flowPage
	marks    map[string][]routeMark
	pictured bool // the blocks are in a picture
}

func (v blocksPage) table() *ui.TableProps {
	d := v.d.Document
	ordered, reached := meetingOrder(d)
	t := &ui.TableProps{
		ID: "blocks", Title: v.t("flows.one.blocks"), Count: countIn(len(ordered)), Description: v.t("flows.one.blocks.description"), Stack: true,
		Columns: []ui.Column{
			{Text: v.t("flows.one.blocks.block")}, {Text: v.t("flows.one.blocks.parameters"), Wide: true}, {Text: v.t("flows.one.blocks.branches")},
		},
	}
	for i, b := range ordered {
		params, more := v.parameters(b)
		t.Rows = append(t.Rows, ui.Row{ID: blockAnchor(b), Cells: []ui.Cell{
			{Content: flowview.Name(v.name(b, i < reached))},
			{Content: flowview.Parameters(params, more)},
			{Content: flowview.Branches(v.branches(b))},
		}})
	}
	return t
}

// meetingOrder lists the blocks as contacts meet them, the start first; those that no branch leads to come last, in
// document order. The first reached ones are led to.
func meetingOrder(d *flow.Document) (ordered []*flow.Block, reached int) {
	seen := map[*flow.Block]bool{}
	visit := func(b *flow.Block, ok bool) {
		if ok && !seen[b] {
			seen[b] = true
			ordered = append(ordered, b)
		}
	}
	visit(d.StartBlock())
	for i := 0; i < len(ordered); i++ {
		for _, p := range blockTargets(ordered[i]) {
			visit(d.Find(p.value))
		}
	}
	reached = len(ordered)
	for _, b := range d.Blocks() {
		visit(b, true)
	}
	return ordered, reached
}

func (v blocksPage) name(b *flow.Block, reached bool) flowview.BlockName {
	n := flowview.BlockName{Name: blockTitle(v.ctx, b), Type: TypeWords(v.ctx, b.Type)}
	if n.Name == n.Type {
		n.Type = ""
	}
	if v.pictured {
		n.Picture = ui.Link{Text: v.t("picture.block"), Href: "#" + nodeAnchor(b.Index)}
		n.Which = v.t("picture.block.which", "Block", n.Name)
	}
	badge := func(kind ui.BadgeKind, id string, args ...any) {
		n.Badges = append(n.Badges, ui.BadgeProps{Kind: kind, Text: v.t("flows.one.blocks."+id, args...)})
	}
	rep := v.d.Row.Report
	if start, ok := v.d.Document.StartBlock(); ok && start == b {
		badge(ui.Blue, "start")
	}
	if !reached {
		badge(ui.Grey, "unreached")
	}
	if b.ID == "" {
		return n
	}
	if slices.ContainsFunc(rep.Handoffs, func(h audit.Handoff) bool { return h.Flow == "" && h.Block == b.ID }) {
		badge(ui.Green, "point")
	}
	if slices.ContainsFunc(rep.Exits, func(e audit.Exit) bool { return e.Flow == "" && e.Block == b.ID }) {
		badge(ui.Yellow, "exit")
	}
	for _, m := range v.marks[b.ID] {
		badge(ui.Grey, "route", "Route", m.route, "Step", m.step)
	}
	return n
}

const (
	parametersShown = 6   // of a block; the JSON holds the rest
	valueShown      = 160 // characters of a value
)

// parameters are the first parameters of a block; more says how many others there are.
func (v blocksPage) parameters(b *flow.Block) (list []flowview.Parameter, more string) {
	all := blockValues(b)
	for _, p := range all[:min(len(all), parametersShown)] {
		out := flowview.Parameter{Name: parameterName(v.ctx, p.name), Value: parameterText(b, p)}
		if runes := []rune(out.Value); len(runes) > valueShown {
			out.Value, out.Cut = string(runes[:valueShown]), true
		}
		list = append(list, out)
	}
	if n := len(all) - parametersShown; n > 0 {
		more = v.t("flows.one.blocks.more", "Count", n)
	}
	return list, more
}

// way is one way out of a block. branch is as audit.RouteStep writes it.
type way struct {
	branch string
	error  bool
	to     flow.Target
}

// waysOut are a block's ways out. NextAction is left out where it only repeats another branch: the flow language
// does so on blocks whose outcome is decided by conditions, and on those that leave the flow.
func waysOut(b *flow.Block) []way {
	var out []way
	if b.Next.Present && !repeats(b) {
		out = append(out, way{to: b.Next})
	}
	for _, c := range b.Conditions {
		out = append(out, way{conditionKey(c.Condition), false, c.Target})
	}
	for _, e := range b.Errors {
		out = append(out, way{e.ErrorType, true, e.Target})
	}
	return out
}

func (v blocksPage) branches(b *flow.Block) []flowview.Branch {
	var out []flowview.Branch
	for _, w := range waysOut(b) {
		name := cmp.Or(BranchWords(v.ctx, b.Type, w.branch), v.t("flows.branch.next"))
		out = append(out, flowview.Branch{Name: name, Target: v.branchTarget(w.to)})
	}
	return out
}

// repeats says whether NextAction is only the target of another branch again (flow language, reading NextAction).
func repeats(b *flow.Block) bool {
	leaves := b.Type == "TransferToFlow" || b.Type == "TransferContactToQueue" || b.Type == "DequeueContactAndTransferToQueue"
	same := func(x flow.Branch) bool { return x.Target == b.Next }
	return slices.ContainsFunc(b.Conditions, same) || (leaves || len(b.Conditions) > 0) && slices.ContainsFunc(b.Errors, same)
}

func (v blocksPage) branchTarget(to flow.Target) ui.Link {
	if b, ok := v.d.Document.Find(to.ID); ok {
		return ui.Link{Text: blockTitle(v.ctx, b), Href: "#" + blockAnchor(b)}
	}
	if to.ID == "" {
		return ui.Link{Text: v.t("flows.one.blocks.nowhere")}
	}
	return ui.Link{Text: v.t("flows.one.blocks.missing", "ID", to.ID)}
}
