package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
	"wrapup/internal/survey"
	"wrapup/views/coverage"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// surveyed is what is known of every instance. Nothing is read for it.
type surveyed struct {
	listings  []survey.Listing
	instances []instance.Instance // by name
	readings  map[instance.ID]*survey.Reading
	total     survey.Coverage // of those that were read
}

func (h *Coverage) survey(ctx context.Context) surveyed {
	s := surveyed{listings: h.surveyor.Instances(ctx), readings: map[instance.ID]*survey.Reading{}}
	for _, l := range s.listings {
		s.instances = append(s.instances, l.Instances...)
	}
	ordered.By(s.instances, func(a, b instance.Instance) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title()), strings.ToLower(b.Title())), cmp.Compare(a.ID, b.ID))
	})
	for _, in := range s.instances {
		if r := h.surveyor.Kept(ctx, in.ID); r != nil {
			s.readings[in.ID] = r
			s.total.Covered += r.Coverage.Covered
			s.total.Open += r.Coverage.Open
			s.total.CantTell += r.Coverage.CantTell
			s.total.Counted += r.Coverage.Counted
		}
	}
	return s
}

// all is the page over all instances.
func (h *Coverage) all(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s := h.survey(ctx)
	p := coverage.AllProps{Page: h.Page(r, layout.PageProps{
		Title: i18n.T(ctx, "coverage.all.title"), Description: i18n.T(ctx, "coverage.all.description"), Active: layout.NavCoverage,
	})}
	if len(s.readings) > 0 {
		p.Head = allHead(ctx, s)
		p.Page.Actions = coverage.Buttons([]ui.LinkButtonProps{
			{Text: i18n.T(ctx, "flows.download.csv"), Href: "/coverage.csv", Icon: ui.IconDownload, Download: true},
			{Text: i18n.T(ctx, "flows.download.json"), Href: "/coverage.json", Icon: ui.IconDownload, Download: true},
		})
	}
	if !allFailed(s.listings) {
		t := h.allTable(ctx, s)
		p.Table = &t
	}
	for _, l := range s.listings {
		if l.Err != nil {
			a := sourceFailed(ctx, l, false)
			a.Text = sentences(ctx, a.Text, i18n.T(ctx, "coverage.all.not-listed"))
			a.Action.Href = "/coverage"
			p.Failed = append(p.Failed, a)
		}
	}
	return render(w, r, http.StatusOK, coverage.All(p))
}

// allHead is the head line over the instances that were read, and says which are not in it.
func allHead(ctx context.Context, s surveyed) *coverage.HeadProps {
	p := &coverage.HeadProps{
		Title: i18n.T(ctx, "flows.title"), Line: ui.StatusProps{Kind: coverageStatus(s.total), Text: allLine(ctx, s)},
		Texts: []string{i18n.T(ctx, "flows.coverage.workspace")},
	}
	if n := len(s.instances) - len(s.readings); n > 0 {
		p.Texts = append(p.Texts, i18n.T(ctx, "coverage.all.unread", "Count", n, "Of", len(s.instances)))
	}
	return p
}

// allLine is the head line; over several instances "this instance" would be wrong.
func allLine(ctx context.Context, s surveyed) string {
	if s.total.Counted == 0 && len(s.readings) > 1 {
		return i18n.T(ctx, "coverage.all.none")
	}
	return CoverageLine(ctx, s.total)
}

// allTable is one row per instance, and their sum.
func (h *Coverage) allTable(ctx context.Context, s surveyed) ui.TableProps {
	t := ui.TableProps{ID: "instances", Title: i18n.T(ctx, "instances.title"), Count: countIn(len(s.instances)), Stack: true}
	for i, c := range []string{"name", "status", "region", "counted", "covered", "open", "cant-tell", "read"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "coverage.all."+c), Wide: i == 0, Numeric: i > 2 && i < 7})
	}
	for _, in := range s.instances {
		t.Rows = append(t.Rows, h.allRow(ctx, in, s.readings[in.ID]))
	}
	if len(s.readings) > 0 && len(s.instances) > 1 {
		t.Rows = append(t.Rows, totalRow(ctx, s))
	}
	t.Empty = &ui.EmptyProps{Title: i18n.T(ctx, "instances.empty"), Text: i18n.T(ctx, "instances.empty.text")}
	if len(s.listings) == 0 {
		t.Empty.Text = i18n.T(ctx, "instances.empty.no-sources")
	}
	return t
}

// allRow is an instance; reading nil is one that was not read.
func (h *Coverage) allRow(ctx context.Context, in instance.Instance, reading *survey.Reading) ui.Row {
	row := ui.Row{ID: "instance-" + string(in.ID), Cells: []ui.Cell{{Text: in.Title(), Href: coveragePath(in.ID)}}}
	where := ui.Cell{Text: in.Region, Small: in.Account}
	if reading == nil {
		nothing := ui.Cell{Text: i18n.T(ctx, "flows.nothing")}
		status := ui.StatusProps{Kind: ui.Pending, Text: i18n.T(ctx, "coverage.all.not-read")}
		row.Cells = append(row.Cells, ui.Cell{Content: ui.Status(status)}, where, nothing, nothing, nothing, nothing, nothing)
		return row
	}
	row.Cells = append(row.Cells, ui.Cell{Content: ui.Status(allStatus(ctx, reading.Coverage))}, where)
	row.Cells = append(row.Cells, figures(ctx, reading.Coverage, func(s string) ui.Cell { return ui.Cell{Text: s} })...)
	row.Cells = append(row.Cells, ui.Cell{Content: ui.Time(timeProps(ctx, reading.ReadAt, h.Now()))})
	return row
}

func allStatus(ctx context.Context, c survey.Coverage) ui.StatusProps {
	s := ui.StatusProps{Kind: coverageStatus(c)}
	switch {
	case c.Counted == 0:
		s.Text = i18n.T(ctx, "coverage.all.status.none")
	case c.Covered == c.Counted:
		s.Text = i18n.T(ctx, "coverage.all.status.every")
	default:
		s.Text = i18n.T(ctx, "coverage.all.status.some", "Covered", c.Covered, "Counted", c.Counted)
	}
	return s
}

// totalRow is the sum, and of how many instances it is one.
func totalRow(ctx context.Context, s surveyed) ui.Row {
	strong := func(text string) ui.Cell { return ui.Cell{Content: coverage.Strong(text)} }
	nothing := ui.Cell{Text: i18n.T(ctx, "flows.nothing")}
	name := i18n.T(ctx, "coverage.all.total", "Count", len(s.readings))
	if len(s.readings) < len(s.instances) {
		name = i18n.T(ctx, "coverage.all.total.part", "Count", len(s.instances), "Read", len(s.readings))
	}
	row := ui.Row{ID: "total", Cells: []ui.Cell{strong(name), {Content: ui.Status(allStatus(ctx, s.total))}, nothing}}
	row.Cells = append(row.Cells, figures(ctx, s.total, strong)...)
	row.Cells = append(row.Cells, nothing)
	return row
}

// figures are the cells of a coverage's numbers.
func figures(ctx context.Context, c survey.Coverage, cell func(string) ui.Cell) []ui.Cell {
	var out []ui.Cell
	for _, n := range []int{c.Counted, c.Covered, c.Open, c.CantTell} {
		out = append(out, cell(i18n.T(ctx, "flows.number", "Number", n)))
	}
	return out
}
