package handlers

import (
	"context"
	"net/http"
	"slices"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/flows"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// otherTypes are the types of flows that are given the guide by choice, in the order in which the page lists them.
var otherTypes = []instance.FlowType{instance.TypeQueueTransfer, instance.TypeAgentTransfer, instance.TypeOutboundWhisper}

func otherFlowsPath(id instance.ID) string { return "/instances/" + string(id) + "/other-flows" }

// otherRows are the flows of a reading that are given the guide by choice.
func otherRows(reading *survey.Reading) []*survey.FlowRow {
	var out []*survey.FlowRow
	for _, t := range otherTypes {
		for i := range reading.Others {
			if row := &reading.Others[i]; row.Flow.Type == t {
				out = append(out, row)
			}
		}
	}
	return out
}

// allRows are the flows of a reading that can be part of a change: inbound ones, and others by choice.
func allRows(reading *survey.Reading) []*survey.FlowRow {
	rows := make([]*survey.FlowRow, 0, len(reading.Flows))
	for i := range reading.Flows {
		rows = append(rows, &reading.Flows[i])
	}
	return append(rows, otherRows(reading)...)
}

// whisperStatus is what an outbound whisper leaves set when it ends: the agent is on the call already, so that it has no point of its own.
func whisperStatus(ctx context.Context, row *survey.FlowRow) ui.StatusProps {
	say := func(kind ui.StatusKind, id string) ui.StatusProps {
		return ui.StatusProps{Kind: kind, Text: i18n.T(ctx, id)}
	}
	if row.Error != nil {
		return say(ui.Error, "verdict.unreadable")
	}
	set, open := 0, 0
	for _, s := range row.AtEnd {
		switch {
		case s.Kind.Set():
			set++
		case s.Kind == audit.Unset || s.Kind == audit.Disabled || s.Kind == audit.BrokenValue:
			open++
		}
	}
	switch {
	case open > 0 && set > 0:
		return say(ui.Warning, "whisper.part")
	case open > 0:
		return say(ui.Warning, "whisper.unset")
	case set > 0 && set == len(row.AtEnd):
		return say(ui.Success, "whisper.set")
	}
	return say(ui.Pending, "verdict.unknown")
}

// typeWord is a flow's type for people.
func typeWord(ctx context.Context, t instance.FlowType) string {
	if id := "other-flows.type." + string(t); i18n.Has(id) {
		return i18n.T(ctx, id)
	}
	return string(t)
}

// others is the page of the flows that are given the guide by choice.
func (h *Flows) others(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), instanceParam(r)
	reading, err := h.surveyor.Read(ctx, id, false)
	if err != nil {
		return err
	}
	rules, err := h.rulesOf(ctx, id)
	if err != nil {
		return err
	}
	rows := otherRows(reading)
	p := flows.ListProps{Page: h.instancePage(r, reading.Instance, layout.PageProps{
		Title: reading.Instance.Title(), Description: instanceWhere(ctx, reading.Instance), Tabs: instanceTabs(ctx, id, reading, "others"),
	}, ui.Link{Text: i18n.T(ctx, "other-flows.title"), Href: otherFlowsPath(id)}), Notices: readingNotices(ctx, reading)}
	p.Add = choice{r: r, reading: reading, match: flowsMatch{Rows: rows, Page: 1, Pages: 1}}.props()
	p.Table = otherTable(ctx, reading, rows, rules, may(r, people.PlanChanges.Needs()))
	p.Table.Actions = flows.TableActions(p)
	return render(w, r, http.StatusOK, flows.List(p))
}

func otherTable(ctx context.Context, reading *survey.Reading, rows []*survey.FlowRow, rules publish.Rules, selectable bool) ui.TableProps {
	t := ui.TableProps{
		ID: "flows", Title: i18n.T(ctx, "other-flows.title"), Count: countIn(len(rows)), Description: i18n.T(ctx, "other-flows.text"), Stack: true,
		Empty: &ui.EmptyProps{Title: i18n.T(ctx, "other-flows.none"), Text: i18n.T(ctx, "other-flows.none.text")},
	}
	for i, c := range []string{"flows.column.name", "flows.column.verdict", "other-flows.type", "flows.column.points", "flows.column.guide", "flows.column.modified"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, c), Wide: i == 0})
	}
	if selectable && len(rows) > 0 {
		t.Select = &ui.Selection{Name: "flow", Form: addFormID, Label: i18n.T(ctx, "flows.select"), AllLabel: i18n.T(ctx, "flows.select.all")}
	}
	for _, row := range rows {
		all := flowRow(ctx, reading.Instance.ID, row, rules)
		all.Cells = slices.Concat(all.Cells[:2], []ui.Cell{{Text: typeWord(ctx, row.Flow.Type)}}, all.Cells[2:4], all.Cells[6:])
		t.Rows = append(t.Rows, all)
	}
	return t
}
