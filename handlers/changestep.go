package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// stepPath is the page of one step; i counts from 0, people from 1.
func stepPath(change string, i int) string { return changePath(change) + "/steps/" + strconv.Itoa(i+1) }

// step is one write in full: of a change of many, its page shows each folded and without its lines.
func (h *Changes) step(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := h.Publish.Change(ctx, chi.URLParam(r, "change"))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(chi.URLParam(r, "step"))
	if err != nil || n < 1 || n > len(c.Steps) {
		return fault.New(fault.NotFound, "error.page-not-found")
	}
	s, err := h.stepProps(r, c, n-1, h.Survey.Last(c.Instance.ID), false)
	if err != nil {
		return err
	}
	state := stateStatus(ctx, c.State)
	p := changes.StepProps{Step: s, Page: h.changePage(r, c, layout.PageProps{
		Title: c.Steps[n-1].Name, Status: &state, Description: i18n.T(ctx, "choose.step.of", "Number", n, "Of", len(c.Steps), "Change", i18n.Text(ctx, c.Title)),
	})}
	p.Page.Crumbs = append(p.Page.Crumbs, ui.Link{Text: c.Steps[n-1].Name})
	beside := func(id string, i int) {
		if i >= 0 && i < len(c.Steps) {
			p.Links = append(p.Links, ui.LinkButtonProps{Text: i18n.T(ctx, id, "Name", c.Steps[i].Name), Href: stepPath(c.ID, i)})
		}
	}
	at := stepID(n - 1)
	if !boxed(c) {
		at = "overview"
	}
	p.Links = []ui.LinkButtonProps{{Text: i18n.T(ctx, "choose.step.all"), Href: changePath(c.ID) + "#" + at}}
	beside("choose.step.previous", n-2)
	beside("choose.step.next", n)
	return render(w, r, http.StatusOK, changes.StepPage(p))
}

// overview is one line for each of many steps; nil where the page shows each in full.
func overview(ctx context.Context, c publish.Change, reading *survey.Reading) *ui.TableProps {
	if !folded(c) {
		return nil
	}
	last := "choose.overview.ticks"
	if !underReview(c) {
		last = "history.state"
	}
	t := &ui.TableProps{ID: "overview", Title: i18n.T(ctx, "changes.result.writes"), Count: countIn(len(c.Steps)), Stack: true, Columns: []ui.Column{
		{Text: i18n.T(ctx, "changes.new.flow")}, {Text: i18n.T(ctx, "choose.overview.what"), Wide: true}, {Text: i18n.T(ctx, "changes.fact.verdict")},
		{Text: i18n.T(ctx, last)},
	}}
	ticks := map[string]int{} // by step
	for _, k := range c.Confirmations() {
		ticks[k.ID[:strings.LastIndexByte(k.ID, ':')]]++
	}
	for i := range c.Steps {
		t.Rows = append(t.Rows, overviewRow(ctx, c, i, ticks[c.Steps[i].Key], reading))
	}
	return t
}

func overviewRow(ctx context.Context, c publish.Change, i, ticks int, reading *survey.Reading) ui.Row {
	st := c.Steps[i]
	state := ui.Cell{Text: i18n.T(ctx, "flows.nothing")}
	if !underReview(c) {
		state = ui.Cell{Content: ui.Status(stepStatus(ctx, c, st))}
	} else if ticks > 0 {
		state = ui.Cell{Text: i18n.T(ctx, "choose.overview.ticks.count", "Count", ticks), Href: "#publish"}
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: st.Name, Href: stepPath(c.ID, i)}, {Text: stepText(ctx, st)}, {Text: auditWord(ctx, st, reading)}, state,
	}}
}

// unlinkTicks takes the way to the ticks out of a table, where there is no form that asks for them.
func unlinkTicks(t *ui.TableProps) {
	for _, row := range t.Rows {
		row.Cells[len(row.Cells)-1].Href = ""
	}
}

// verdictChange is what the audit says of a flow before and after a write.
func verdictChange(ctx context.Context, st publish.Step) string {
	if !st.WritesFlow() || st.Verdict[0] == "" {
		return i18n.T(ctx, "flows.nothing")
	}
	from, to := i18n.T(ctx, "verdict."+string(st.Verdict[0])), i18n.T(ctx, "verdict."+string(st.Verdict[1]))
	switch {
	case from != to:
		return i18n.T(ctx, "changes.fact.from-to", "From", from, "To", to)
	case st.Verdict[1] == audit.Unknown:
		return i18n.T(ctx, "changes.fact.unknown-still")
	}
	return i18n.T(ctx, "changes.fact.still", "Verdict", to)
}

// changedCallers names the flows that lead to the one that a step gives the guide, and whose own contacts do not all have that guide already: they get
// it there.
func changedCallers(ctx context.Context, st publish.Step, row *survey.FlowRow, reading *survey.Reading) string {
	guide := guideAdded(st)
	if guide == "" {
		return ""
	}
	var names []string
	more := 0
	for _, l := range row.Leads {
		if l.Kind != survey.LeadFlow {
			continue
		}
		from, ok := rowRead(reading, l.Flow)
		same := ok && isWired(from.Report.Verdict) && len(from.Report.Guides) == 1 && from.Report.Guides[0].ID == guide
		switch {
		case same:
		case len(names) < flowsNamed:
			names = append(names, l.Text)
		default:
			more++
		}
	}
	if more > 0 {
		names = append(names, i18n.T(ctx, "changes.fact.more", "Count", more))
	}
	return strings.Join(names, i18n.T(ctx, "flows.list-separator"))
}

// guideAdded is the guide that a step makes its flow open; empty where it takes one out.
func guideAdded(st publish.Step) instance.FlowID {
	for _, e := range st.Edits {
		if r, ok := instance.ParseRef(e.Guide, instance.KindFlow); ok {
			return r.FlowID()
		}
	}
	return ""
}
