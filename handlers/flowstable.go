package handlers

import (
	"context"
	"slices"
	"strconv"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/flows"
	"wrapup/views/ui"
)

// filterProps is the bar above the table. form is that of the check boxes; empty where there are none.
func filterProps(ctx context.Context, x *flowIndex, q flowsQuery, matches int, form string) ui.FilterProps {
	path := flowsPath(x.reading.Instance.ID)
	f := ui.FilterProps{
		ID: "filter", Action: path, Label: i18n.T(ctx, "flows.filter.text"), Value: q.Text,
		Selects: []ui.SelectProps{showSelect(ctx, x, q), leadsSelect(ctx, q)}, Form: form,
	}
	for i := range f.Selects {
		f.Selects[i].Form = form
	}
	if s := q.sortParam(); s != "" {
		f.Hidden = []ui.Pair{{Name: "sort", Value: s}}
	}
	if q.filtered() {
		f.Clear = flowsQuery{Sort: q.Sort, Desc: q.Desc}.href(path)
		f.Matches = i18n.T(ctx, "flows.matches", "Count", matches)
	}
	return f
}

func showSelect(ctx context.Context, x *flowIndex, q flowsQuery) ui.SelectProps {
	option := func(value, text string) ui.Option {
		return ui.Option{Value: value, Selected: q.Show == value, Text: i18n.T(ctx, "flows.filter.option", "Text", text, "Number", strconv.Itoa(x.counts[value]))}
	}
	s := ui.SelectProps{Name: "show", Options: []ui.Option{{Text: i18n.T(ctx, "flows.filter.all")}}}
	s.ID, s.Label = "filter-show", i18n.T(ctx, "flows.filter.show")
	for _, g := range flowGroups {
		s.Options = append(s.Options, option(string(g), i18n.T(ctx, "flows.group."+string(g))))
	}
	for _, v := range verdictsByNeed {
		if x.counts[string(v)] > 0 || q.Show == string(v) {
			s.Options = append(s.Options, option(string(v), i18n.T(ctx, "flows.filter.verdict", "Text", i18n.T(ctx, "verdict."+string(v)))))
		}
	}
	return s
}

func leadsSelect(ctx context.Context, q flowsQuery) ui.SelectProps {
	s := ui.SelectProps{Name: "leads", Options: []ui.Option{{Text: i18n.T(ctx, "flows.filter.leads.all")}}}
	s.ID, s.Label = "filter-leads", i18n.T(ctx, "flows.filter.leads")
	for _, f := range leadFilters {
		s.Options = append(s.Options, ui.Option{Value: f, Text: i18n.T(ctx, "flows.filter.leads."+f), Selected: q.Leads == f})
	}
	return s
}

// flowsTable is the table of one page of the flows that match. Rows can be selected where there is a form for their check boxes; what is
// ticked goes along then by whatever leads to the page in another order, with another filter, or to another page.
func flowsTable(ctx context.Context, x *flowIndex, q flowsQuery, m flowsMatch, form string) ui.TableProps {
	reading := x.reading
	path := flowsPath(reading.Instance.ID)
	rows, first := m.page()
	t := ui.TableProps{ID: "flows", Title: i18n.T(ctx, "flows.title"), Count: countIn(m.Total), Stack: true}
	for _, c := range flowSorts {
		col := ui.Column{Text: i18n.T(ctx, "flows.column."+c), Href: q.sortedBy(c).href(path), Wide: c == "name"}
		if form != "" {
			col.Form, col.Action, col.Href = form, path, q.sortedBy(c).by()
		}
		if q.Sort == c {
			col.Sort = ui.Ascending
			if q.Desc {
				col.Sort = ui.Descending
			}
		}
		t.Columns = append(t.Columns, col)
	}
	for _, row := range rows {
		line := flowRow(ctx, reading.Instance.ID, row, q.Rules)
		line.Selected = slices.Contains(q.Picked, line.Value)
		if reading.Partial != nil { // a flow's page rests on the whole reading, and so does what can be chosen
			line.Cells[0].Href, line.Reason = "", ""
		}
		t.Rows = append(t.Rows, line)
	}
	if form != "" && len(rows) > 0 {
		t.Select = &ui.Selection{Name: "flow", Form: form, Label: i18n.T(ctx, "flows.select"), AllLabel: i18n.T(ctx, "flows.select.all")}
		if n := len(q.Picked); n > 0 {
			t.Count = i18n.T(ctx, "changes.new.count", "Chosen", n, "Of", m.Total)
		}
	}
	if m.Total == 0 {
		t.Empty = &ui.EmptyProps{Title: i18n.T(ctx, "flows.empty"), Text: i18n.T(ctx, "flows.empty.text")}
		return t
	}
	t.Filter = ui.FilterBar(filterProps(ctx, x, q, len(m.Rows), form))
	t.Empty = &ui.EmptyProps{Title: i18n.T(ctx, "flows.no-match"), Text: i18n.T(ctx, "flows.no-match.text")}
	if len(q.Picked) == 0 { // else the filter's own button keeps what is ticked
		t.Empty.Action = &ui.Link{Text: i18n.T(ctx, "flows.clear"), Href: flowsQuery{Sort: q.Sort, Desc: q.Desc}.href(path)}
	}
	if m.Pages > 1 {
		t.Pages = pagesProps(ctx, m, first, len(rows), func(n int) string { return q.onPage(n).href(path) })
		if t.Select != nil { // what is ticked goes along
			t.Pages = pagesProps(ctx, m, first, len(rows), strconv.Itoa)
			t.Pages.Form, t.Pages.Action = form, path
		}
	}
	return t
}

func flowRow(ctx context.Context, id instance.ID, row *survey.FlowRow, rules publish.Rules) ui.Row {
	leads, leadsSmall := leadsText(ctx, row)
	r := ui.Row{
		ID: "flow-" + string(row.Flow.ID), Value: string(row.Flow.ID),
		Label: i18n.T(ctx, "flows.select.row", "Name", row.Flow.Name),
		Cells: []ui.Cell{
			{Text: flowTitle(row.Flow), Href: flowPath(id, row.Flow.ID)},
			{Content: flows.Verdict(verdictStatus(ctx, row), flowBadges(ctx, row))},
			{Text: pointsText(ctx, row.Report)},
			{Content: flows.Guide(guideLink(ctx, id, row.Report))},
			{Text: leads, Small: leadsSmall},
			{Text: draftText(ctx, row.Draft)},
			{Content: ui.Time(ui.TimeProps{Absolute: absoluteOr(ctx, row.Flow)})},
		},
	}
	if m, no := notChoosable(row, rules); no {
		r.Reason = i18n.Text(ctx, m)
	}
	return r
}

// flowTitle is what people call a flow.
func flowTitle(f instance.Flow) string {
	if f.Name == "" {
		return string(f.ID)
	}
	return f.Name
}

func absoluteOr(ctx context.Context, f instance.Flow) string {
	if f.Modified.IsZero() {
		return i18n.T(ctx, "time.none")
	}
	return absoluteTime(f.Modified)
}

func flowBadges(ctx context.Context, row *survey.FlowRow) []ui.BadgeProps {
	var out []ui.BadgeProps
	for _, f := range FlowFlags(ctx, row) {
		out = append(out, ui.BadgeProps{Text: f})
	}
	if row.Managed != "" {
		out = append(out, ui.BadgeProps{Text: i18n.T(ctx, "flows.managed", "Tool", row.Managed), Kind: ui.Yellow})
	}
	return out
}

// guideLink is the first guide that a flow opens; more says how many others there are.
func guideLink(ctx context.Context, id instance.ID, r audit.Report) (first ui.Link, more string) {
	if len(r.Guides) == 0 {
		return ui.Link{Text: i18n.T(ctx, "flows.nothing")}, ""
	}
	first = oneGuide(id, r.Guides[0])
	if n := len(r.Guides) - 1; n > 0 {
		more = i18n.T(ctx, "flows.more", "More", n)
	}
	return first, more
}

// oneGuide links to a guide's page where the guide is known to be there.
func oneGuide(id instance.ID, g audit.GuideUse) ui.Link {
	l := ui.Link{Text: guideTitle(g)}
	if g.ID != "" && g.Health.Name != "" {
		l.Href = guidePath(id, g.ID)
	}
	return l
}

// pagesProps is a pagination: the first and last page and those around the current one.
func pagesProps(ctx context.Context, m flowsMatch, first, shown int, href func(int) string) *ui.PagesProps {
	p := &ui.PagesProps{Summary: i18n.T(ctx, "flows.page-summary", "From", first, "To", first+shown-1, "Of", len(m.Rows))}
	if m.Page > 1 {
		p.Previous = href(m.Page - 1)
	}
	if m.Page < m.Pages {
		p.Next = href(m.Page + 1)
	}
	last := 0
	for n := 1; n <= m.Pages; n++ {
		if !slices.Contains([]int{1, m.Page - 1, m.Page, m.Page + 1, m.Pages}, n) {
			continue
		}
		if n > last+1 {
			p.Links = append(p.Links, ui.Link{Text: i18n.T(ctx, "flows.page-gap")})
		}
		p.Links = append(p.Links, ui.Link{Text: strconv.Itoa(n), Href: href(n), Current: n == m.Page})
		last = n
	}
	return p
}
