package handlers

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
	"wrapup/internal/survey"
	"wrapup/views/coverage"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Coverage is the pages that count which contacts get the guide, their downloads and the report to print.
type Coverage struct {
	*Shell
	surveyor Surveyor
}

// Mount registers the routes.
func (h *Coverage) Mount(r chi.Router) {
	r.Get("/coverage", h.Adapt(h.all))
	r.Get("/coverage.csv", h.Adapt(h.allCSV))
	r.Get("/coverage.json", h.Adapt(h.allJSON))
	r.Get("/instances/{instance}/coverage", h.Adapt(h.one))
	r.Get("/instances/{instance}/coverage.csv", h.Adapt(h.csv))
	r.Get("/instances/{instance}/coverage.json", h.Adapt(h.json))
	r.Get("/instances/{instance}/numbers.csv", h.Adapt(h.numbersCSV))
	r.Get("/instances/{instance}/report", h.Adapt(h.report))
}

func coveragePath(id instance.ID) string { return "/instances/" + string(id) + "/coverage" }

func reportPath(id instance.ID) string { return "/instances/" + string(id) + "/report" }

// one is the page of one instance.
func (h *Coverage) one(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reading, err := h.surveyor.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	in, v := reading.Instance, coverPage{ctx, reading, h.Now()}
	p := coverage.InstanceProps{
		Page: h.instancePage(r, in, layout.PageProps{
			Title: in.Title(), Description: instanceWhere(ctx, in), Tabs: instanceTabs(ctx, in.ID, reading, "coverage"),
		}, ui.Link{Text: i18n.T(ctx, "coverage.title"), Href: coveragePath(in.ID)}),
		Notices: readingNotices(ctx, reading),
		Head:    v.head(),
		Made:    v.made(),
		Numbers: v.numbers(r.URL.Query().Get("numbers") == "all"),
		Beside:  v.beside(),
		Guides:  v.guides(),
	}
	p.Page.Actions = coverageActions(ctx, in.ID)
	p.Head.Links = v.links()
	return render(w, r, http.StatusOK, coverage.Instance(p))
}

// coverageActions are the report and the downloads.
func coverageActions(ctx context.Context, id instance.ID) page {
	return links(
		ui.LinkButtonProps{Text: i18n.T(ctx, "coverage.report"), Href: reportPath(id)},
		ui.LinkButtonProps{Text: i18n.T(ctx, "flows.download.csv"), Href: coveragePath(id) + ".csv", Icon: ui.IconDownload, Download: true},
		ui.LinkButtonProps{Text: i18n.T(ctx, "flows.download.json"), Href: coveragePath(id) + ".json", Icon: ui.IconDownload, Download: true},
	)
}

// coverPage says of a reading what it counts.
type coverPage struct {
	ctx     context.Context
	reading *survey.Reading
	now     time.Time
}

func (v coverPage) t(id string, args ...any) string { return i18n.T(v.ctx, id, args...) }

// head is the head line, and what else to know of it.
func (v coverPage) head() coverage.HeadProps {
	c := v.reading.Coverage
	p := coverage.HeadProps{
		Title: v.t("flows.title"), Description: readAt(v.ctx, v.reading.ReadAt, v.now),
		Line:  ui.StatusProps{Kind: coverageStatus(c), Text: CoverageLine(v.ctx, c)},
		Texts: []string{v.t("flows.coverage.workspace")},
	}
	if rest := len(v.reading.Flows) - c.Counted; rest > 0 {
		p.Texts = append(p.Texts, v.t("flows.coverage.not-counted", "Count", rest))
	}
	if text := v.confirmed(); text != "" {
		p.Texts = append(p.Texts, text)
	}
	return p
}

// links lead from the head line to what it leaves open.
func (v coverPage) links() []ui.Link {
	id := v.reading.Instance.ID
	out := []ui.Link{{Text: v.t("coverage.readiness"), Href: readinessPath(id)}}
	if n, of := confirmedOf(v.reading); v.reading.Method == survey.BySearch && n < of {
		out = append(out, ui.Link{Text: v.t("coverage.confirm"), Href: flowsPath(id) + "#coverage"})
	}
	return out
}

// confirmed says how many counted flows were also read by themselves; empty where each one was to begin with.
func (v coverPage) confirmed() string {
	n, of := confirmedOf(v.reading)
	switch {
	case v.reading.Method == survey.ByDescribe || of == 0:
		return ""
	case n == of:
		return v.t("coverage.confirmed.all", "Count", of)
	case n == 0:
		return v.t("coverage.confirmed.none")
	}
	return v.t("coverage.confirmed.part", "Count", n, "Of", of)
}

// made is what the head line's numbers are made of, by verdict.
func (v coverPage) made() *ui.TableProps {
	if len(v.reading.Flows) == 0 {
		return nil
	}
	id := v.reading.Instance.ID
	t := &ui.TableProps{ID: "made", Title: v.t("coverage.made"), Stack: true, Columns: []ui.Column{
		{Text: v.t("coverage.made.group")}, {Text: v.t("coverage.made.flows"), Numeric: true}, {Text: v.t("coverage.made.verdicts"), Wide: true},
	}}
	for _, g := range flowGroups {
		n, verdicts := v.group(g)
		if n == 0 {
			continue
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: v.t("flows.group." + string(g)), Href: flowsQuery{Show: string(g), Sort: "name"}.href(flowsPath(id))},
			{Text: v.number(n)}, {Content: coverage.Verdicts(verdicts)},
		}})
	}
	return t
}

// group is how many flows the head line counts so, and their verdicts. A flow whose verdict does not say why it is counted so is
// called what does.
func (v coverPage) group(g flowGroup) (n int, list []coverage.Verdict) {
	id, all, counts, reasons := v.reading.Instance.ID, map[audit.Verdict]int{}, map[audit.Verdict]int{}, map[string]int{}
	for i := range v.reading.Flows {
		row := &v.reading.Flows[i]
		all[row.Report.Verdict]++
		if groupOf(row) != g {
			continue
		}
		n++
		if reason := countedBecause(row); reason != "" {
			reasons[reason]++
		} else {
			counts[row.Report.Verdict]++
		}
	}
	for _, reason := range []string{"pinned", "other-version", "leads-unknown", "archived", "never-published"} {
		if reasons[reason] > 0 {
			list = append(list, coverage.Verdict{Text: v.t("coverage.verdict." + reason), Count: countIn(reasons[reason])})
		}
	}
	for _, verdict := range verdictsByNeed {
		if counts[verdict] == 0 {
			continue
		}
		one := coverage.Verdict{Text: v.t("verdict." + string(verdict)), Count: countIn(counts[verdict])}
		if counts[verdict] == all[verdict] { // else the list would be longer than the number says
			one.Href = flowsQuery{Show: string(verdict), Sort: "name"}.href(flowsPath(id))
		}
		list = append(list, one)
	}
	return n, list
}

// countedBecause names why a flow is counted otherwise than its verdict says; empty where it is not.
func countedBecause(row *survey.FlowRow) string {
	switch {
	case row.Flow.State == instance.StateArchived:
		return "archived"
	case row.Flow.Status == instance.StatusSaved:
		return "never-published"
	case !row.Counted || row.Covered:
		return ""
	case isWired(row.Report.Verdict) && row.Pinned():
		return "pinned"
	case isWired(row.Report.Verdict):
		return "leads-unknown"
	case row.Pinned() && uncovered(row.Report.Verdict) != cannotTell:
		return "other-version"
	}
	return ""
}

func (v coverPage) number(n int) string { return v.t("flows.number", "Number", n) }

// guides are the guides that counted flows set, those of most flows first.
func (v coverPage) guides() ui.TableProps {
	t := ui.TableProps{ID: "guides", Title: v.t("coverage.guides"), Stack: true, Description: v.t("coverage.guides.text"), Columns: []ui.Column{
		{Text: v.t("guides.column.name"), Wide: true}, {Text: v.t("guides.column.status")}, {Text: v.t("guides.column.kind")},
		{Text: v.t("coverage.guides.set")},
	}}
	t.Empty = &ui.EmptyProps{Title: v.t("coverage.guides.none"), Text: v.t("coverage.guides.none.text")}
	list := guidesSet(v.reading)
	for _, g := range list {
		l := oneGuide(v.reading.Instance.ID, g.use)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: l.Text, Href: l.Href},
			{Content: ui.Status(healthStatus(v.ctx, g.use.Health))},
			{Text: v.guideKind(g.use.Health)},
			{Text: v.t("coverage.guides.of", "Count", g.flows, "Of", v.reading.Coverage.Counted)},
		}})
	}
	t.Count = countIn(len(list))
	return t
}

func (v coverPage) guideKind(h audit.Health) string {
	if h.State != audit.Healthy {
		return v.t("coverage.guides.unknown")
	}
	return guideKind(v.ctx, audit.GuideInfo{ACW: h.ACW})
}

// setGuide is a guide and how many counted flows set it, usable or not.
type setGuide struct {
	use   audit.GuideUse
	flows int
}

func guidesSet(reading *survey.Reading) []setGuide {
	var list []setGuide
	for i := range reading.Flows {
		if !reading.Flows[i].Counted {
			continue
		}
		for _, g := range reading.Flows[i].Report.Guides {
			same := func(o setGuide) bool { return o.use.ID == g.ID && (g.ID != "" || o.use.Ref == g.Ref) }
			if j := slices.IndexFunc(list, same); j >= 0 {
				list[j].flows++
			} else {
				list = append(list, setGuide{g, 1})
			}
		}
	}
	ordered.By(list, func(a, b setGuide) int { return b.flows - a.flows })
	return list
}

// confirmedOf counts the counted flows whose published copy was described by itself: after the reading that they are in.
func confirmedOf(r *survey.Reading) (n, of int) {
	for i := range r.Flows {
		if row := &r.Flows[i]; row.Counted {
			of++
			if row.Error == nil && row.ReadAt.After(r.ReadAt) {
				n++
			}
		}
	}
	return n, of
}
