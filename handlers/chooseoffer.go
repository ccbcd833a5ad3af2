package handlers

import (
	"context"
	"slices"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

// flowsOffered is how many flows the choosing page lists when none was chosen before.
const flowsOffered = 100

// offer is what the choosing page lists: the flows that were chosen, or that match; when none was, those that could get the guide, or lose it.
type offer struct {
	ctx     context.Context
	reading *survey.Reading
	c       chosen
	rules   publish.Rules
	rows    []*survey.FlowRow
	not     []*survey.FlowRow // chosen, but no part of a change
	ticked  bool
	gone    int      // so many were chosen that are not there any more
	tooMany int      // so many match that none is listed
	foreign *foreign // the guide is not wrapup's to take out of these
}

func newOffer(ctx context.Context, reading *survey.Reading, rules publish.Rules, c chosen, foreign *foreign) *offer {
	o := &offer{ctx: ctx, reading: reading, rules: rules, c: c, foreign: foreign}
	o.find()
	return o
}

// find chooses the flows; those that a guide can't be taken out of are not offered for it.
func (o *offer) find() {
	switch c := o.c; {
	case c.Match != nil:
		picked := o.picked()
		o.foreign.ask(picked)
		rows := newFlowIndex(o.reading).selectFlows(*c.Match).Rows
		for _, row := range picked {
			if !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
		}
		if o.split(rows); len(o.rows) > MaxFlows {
			o.tooMany, o.rows, o.not = len(o.rows), nil, nil
			o.split(picked)
		}
	case len(c.Flows) > 0:
		o.split(o.picked())
	default:
		o.suggest()
	}
}

// picked are the rows of the flows that were ticked, as far as they are still there.
func (o *offer) picked() []*survey.FlowRow {
	found := chosenRows(o.reading, o.c.Flows)
	o.ticked, o.gone = true, len(o.c.Flows)-len(found)
	return found
}

// split tells what was chosen and can be part of the change from what can't.
func (o *offer) split(rows []*survey.FlowRow) {
	o.foreign.ask(rows)
	for _, row := range rows {
		if _, no := o.unfit(row); no {
			o.not = append(o.not, row)
		} else {
			o.rows = append(o.rows, row)
		}
	}
}

// unfit says why a flow can be no part of this change, as far as the rules and the last reading tell.
func (o *offer) unfit(row *survey.FlowRow) (fault.Message, bool) {
	if m, no := notChoosable(row, o.rules); no || o.c.Do != doRemove {
		return m, no
	}
	switch {
	case !hasGuide(row):
		return fault.Msg("choose.left.no-guide"), true
	case o.foreign.is(row):
		return fault.Msg("choose.left.foreign"), true
	}
	return fault.Message{}, false
}

// chosenRows are the rows of the ids, in the order of the reading.
func chosenRows(reading *survey.Reading, ids []string) (rows []*survey.FlowRow) {
	chosen := make(map[string]bool, len(ids))
	for _, id := range ids {
		chosen[id] = true
	}
	for _, row := range allRows(reading) {
		if chosen[string(row.Flow.ID)] {
			rows = append(rows, row)
		}
	}
	return rows
}

// suggest lists flows that nobody chose yet.
func (o *offer) suggest() {
	var rows []*survey.FlowRow
	for i := range o.reading.Flows {
		row := &o.reading.Flows[i]
		_, no := notSelectable(row)
		if o.c.Do == doRemove {
			no = !hasGuide(row)
		}
		if !no {
			rows = append(rows, row)
		}
	}
	for some := range slices.Chunk(rows, flowsOffered) {
		if len(o.rows) == flowsOffered {
			return
		}
		o.foreign.ask(some)
		for _, row := range some {
			_, no := o.unfit(row)
			switch {
			case !no && len(o.rows) < flowsOffered:
				o.rows = append(o.rows, row)
			case o.foreign.is(row) && len(o.not) < flowsOffered: // which is looked for here
				o.not = append(o.not, row)
			}
		}
	}
}

func (o *offer) t(id string, args ...any) string { return i18n.T(o.ctx, id, args...) }

// other leads to choosing for the other thing that can be done, with what is ticked.
func (o *offer) other() ui.ButtonProps {
	value := doRemove
	if o.c.Do == doRemove {
		value = doAdd
	}
	return ui.ButtonProps{Text: o.t("choose.do." + value), ID: "choose-other", Name: "do", Value: value, FormAction: addGuidePath(o.reading.Instance.ID)}
}

func (o *offer) table(errs FieldErrors) ui.TableProps {
	t := ui.TableProps{
		ID: "flows", Title: o.t("changes.new.flows"), Stack: true, Description: o.t("changes.new.flows.text"),
		Columns: []ui.Column{{Text: o.t("changes.new.flow"), Wide: true}, {Text: o.t("changes.new.now")}, {Text: o.t("changes.new.points")},
			{Text: o.t("changes.new.leads")}, {Text: o.t("choose.mind")}},
		Select: &ui.Selection{Name: "flow", Form: "choose", Label: o.t("changes.new.select"), AllLabel: o.t("changes.new.select-all")},
		Empty:  &ui.EmptyProps{Title: o.t("changes.new.none"), Text: o.t("changes.new.none.text")},
	}
	if n := unread(o.reading); n > 0 {
		t.Empty.Text = o.t("changes.new.none.unread", "Count", n)
	}
	if o.c.Do == doRemove {
		t.Description = o.t("choose.do.remove.text")
		t.Empty = &ui.EmptyProps{Title: o.t("choose.remove.none"), Text: o.t("choose.remove.none.text")}
	}
	if o.ticked {
		t.Empty = &ui.EmptyProps{Title: o.t("choose.none"), Text: o.t("choose.none.text")}
	}
	ticked := 0
	for _, row := range o.rows {
		t.Rows = append(t.Rows, o.row(row))
		if o.ticked {
			ticked++
		}
	}
	if msg := errs.Text(o.ctx, "flow"); msg != "" {
		t.Description = msg
	}
	t.Count = o.t("changes.new.count", "Chosen", ticked, "Of", len(t.Rows))
	return t
}

func (o *offer) row(row *survey.FlowRow) ui.Row {
	leads, more := leadsText(o.ctx, row)
	r := ui.Row{
		Value: string(row.Flow.ID), Label: row.Flow.Name, Selected: o.ticked,
		Cells: []ui.Cell{
			{Text: row.Flow.Name, Small: o.kind(row)}, {Content: ui.Status(verdictStatus(o.ctx, row))}, {Text: pointsText(o.ctx, row.Report)}, {Text: leads, Small: more},
			{Text: o.mind(row)},
		},
	}
	return r
}

// kind names the type of a flow that is not inbound.
func (o *offer) kind(row *survey.FlowRow) string {
	if row.Flow.Type == instance.TypeInbound {
		return ""
	}
	return typeWord(o.ctx, row.Flow.Type)
}

// mind is what the review will ask about a flow, or leave it out for, as far as the last reading tells.
func (o *offer) mind(row *survey.FlowRow) string {
	var all string
	add := func(id string, args ...any) {
		if text := o.t(id, args...); all == "" {
			all = text
		} else {
			all = sentences(o.ctx, all, text)
		}
	}
	if row.Draft == survey.DraftYes {
		add("choose.mind.draft")
	}
	if row.Managed != "" {
		add("choose.mind.managed", "Tool", row.Managed)
	}
	adds := o.c.Do != doRemove
	if m, no := notSelectable(row); adds && no && m.ID == alreadyOpens {
		add("choose.mind.opens", "Guide", guideTitle(row.Report.Guides[0]))
	}
	if adds && row.Report.Verdict == audit.ViaCallers {
		add("choose.mind.callers")
	}
	if all == "" {
		return o.t("flows.nothing")
	}
	return all
}

// more leads back to the list with what is ticked; nil where nothing was chosen.
func (o *offer) more() *ui.ButtonProps {
	if !o.ticked {
		return nil
	}
	return &ui.ButtonProps{Text: o.t("choose.more"), ID: "choose-more", FormAction: flowsPath(o.reading.Instance.ID)}
}

// leftOut lists what was chosen and can be no part of a change; nil where nothing is.
func (o *offer) leftOut() *ui.TableProps {
	var list []omitted
	for _, row := range o.not {
		why, _ := o.unfit(row)
		list = append(list, omitted{row.Flow.ID, flowTitle(row.Flow), why})
	}
	return omittedTable(o.ctx, o.reading.Instance.ID, list)
}

// omitted is a flow that is left out, with the reason.
type omitted struct {
	id   instance.FlowID
	name string
	why  fault.Message
}

// omittedTable lists what is left out; nil where nothing is.
func omittedTable(ctx context.Context, in instance.ID, list []omitted) *ui.TableProps {
	if len(list) == 0 {
		return nil
	}
	t := &ui.TableProps{
		ID: "left-out", Title: i18n.T(ctx, "changes.left-out"), Count: countIn(len(list)), Stack: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "changes.new.flow"), Wide: true}, {Text: i18n.T(ctx, "changes.left-out.why")}},
	}
	for _, l := range list {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: l.name, Href: flowPath(in, l.id)},
			{Content: ui.Status(ui.StatusProps{Kind: ui.Stopped, Text: i18n.Text(ctx, l.why)})},
		}})
	}
	return t
}
