package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/ordered"
	"wrapup/internal/survey"
	"wrapup/views/coverage"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// report is everything that a reading tells of an instance, to print.
func (h *Coverage) report(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reading, err := h.surveyor.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	in, v := reading.Instance, coverPage{ctx, reading, h.Now()}
	p := coverage.ReportProps{
		Running: v.t("report.running", "Instance", in.Title(), "Region", in.Region, "Time", absoluteTime(reading.ReadAt)),
		Print:   v.t("report.print"),
		Facts:   ui.KeyValueProps{Items: v.reportFacts(h.Version)},
		Notices: readingNotices(ctx, reading),
		Head:    v.head(), Made: v.made(), Numbers: v.numbers(true), Beside: v.beside(), Guides: v.guides(),
		Flows: v.t("report.flows"), FlowsCount: countIn(len(reading.Flows)), Groups: v.groups(), Empty: v.t("flows.empty"),
		Method: v.t("report.method"), MethodTexts: append(v.tookFrom(), v.t("report.method.judged")),
		Limits: v.t("report.limits"), LimitTexts: v.limits(),
	}
	p.Head.Description = ""
	if h.Practice {
		p.Running = sentences(ctx, v.t("report.practice"), p.Running)
	}
	p.Page = h.instancePage(r, in, layout.PageProps{
		Title: v.t("report.title", "Instance", in.Title()), Description: v.t("report.as-of", "Time", absoluteTime(reading.ReadAt)),
	}, ui.Link{Text: v.t("coverage.title"), Href: coveragePath(in.ID)}, ui.Link{Text: v.t("coverage.report")})
	return render(w, r, http.StatusOK, coverage.Report(p))
}

func (v coverPage) reportFacts(version string) []ui.KeyValue {
	in := v.reading.Instance
	return []ui.KeyValue{
		{Key: v.t("report.instance"), Text: in.Title()},
		{Key: v.t("report.where"), Text: instanceWhere(v.ctx, in)},
		{Key: v.t("report.arn"), Text: in.ARN},
		{Key: v.t("report.read-at"), Text: absoluteTime(v.reading.ReadAt)},
		{Key: v.t("report.made-at"), Text: absoluteTime(v.now)},
		{Key: v.t("report.made-by"), Text: strings.TrimSpace("wrapup " + version)},
	}
}

// reportGroups puts what a manager has to look at first.
var reportGroups = []flowGroup{doesNotOpen, opensInPart, cannotTell, opensGuide, notCounted}

func (v coverPage) groups() []coverage.Group {
	var out []coverage.Group
	for _, g := range reportGroups {
		rows := slices.DeleteFunc(slices.Clone(v.reading.Flows), func(r survey.FlowRow) bool { return groupOf(&r) != g })
		ordered.By(rows, func(a, b survey.FlowRow) int {
			return slices.Index(verdictsByNeed, a.Report.Verdict) - slices.Index(verdictsByNeed, b.Report.Verdict)
		})
		if len(rows) == 0 {
			continue
		}
		p := coverage.Group{ID: "group-" + string(g), Title: v.t("flows.group." + string(g)), Count: countIn(len(rows))}
		for i := range rows {
			p.Flows = append(p.Flows, v.reportFlow(&rows[i]))
		}
		out = append(out, p)
	}
	return out
}

// reportFlow is what is known of one flow, without its content: blocks are called by their names as far as an example route names them.
func (v coverPage) reportFlow(row *survey.FlowRow) coverage.Flow {
	page := newFlowPage(v.ctx, v.reading.Instance, v.reading, &survey.FlowDetail{Row: *row}, v.now)
	p := coverage.Flow{
		Name: flowTitle(row.Flow), Href: flowPath(v.reading.Instance.ID, row.Flow.ID),
		Status: verdictStatus(v.ctx, row), Badges: flowBadges(v.ctx, row), Why: v.t("flows.one.why." + string(row.Report.Verdict)),
		Facts: v.flowFacts(row, page), NotesTitle: v.t("flows.one.notes"), GapsTitle: v.t("flows.one.gaps"),
	}
	if reason := UnreadableReason(v.ctx, row); reason != "" {
		p.Why = reason
	}
	if !slices.ContainsFunc(row.Report.Gaps, page.missing) {
		p.GapsTitle = v.t("flows.one.gaps.unknown")
	}
	for _, g := range row.Report.Gaps {
		p.Gaps = append(p.Gaps, coverage.Gap{Text: page.gapText(g), Route: v.route(page, g)})
	}
	for _, n := range row.Report.Notes {
		p.Notes = append(p.Notes, page.note(n).Text)
	}
	return p
}

func (v coverPage) route(page flowPage, g audit.Gap) string {
	var words []string
	for _, w := range routeWords(v.ctx, page.steps(g)) {
		words = append(words, w.Text)
	}
	if len(words) < 2 {
		return ""
	}
	return v.t("report.route", "Route", strings.Join(words, " "+v.t("flows.one.route.separator")+" "))
}

// flowFacts are a flow's points, guides, what leads to it and its draft.
func (v coverPage) flowFacts(row *survey.FlowRow, page flowPage) []ui.KeyValue {
	var guides, leads []string
	for _, g := range row.Report.Guides {
		text := guideTitle(g)
		switch {
		case g.Health.State != audit.Healthy && g.Health.Reason.ID != "":
			text = v.t("flows.one.guide.not-usable", "Name", text, "Reason", i18n.Text(v.ctx, g.Health.Reason))
		case g.Health.State == audit.Healthy && !g.Health.ACW:
			text = v.t("flows.one.guide.other", "Name", text)
		}
		guides = append(guides, text)
	}
	for _, l := range SortedLeads(row.Leads) {
		text := LeadText(v.ctx, l)
		if l.Version != "" {
			text = v.t("flows.one.leads.version", "Text", text, "Version", l.Version)
		}
		leads = append(leads, text)
	}
	switch {
	case row.LeadsUnknown:
		leads = append(leads, v.t("flows.leads.unknown"))
	case len(leads) == 0:
		leads = append(leads, v.t("flows.leads.none"))
	}
	separator := v.t("flows.list-separator")
	draft := draftText(v.ctx, row.Draft)
	if row.DraftVerdict != "" {
		draft = v.t("report.draft.verdict", "Draft", draft, "Verdict", v.t("verdict."+string(row.DraftVerdict)))
	}
	out := []ui.KeyValue{
		{Key: v.t("flows.column.points"), Text: pointsText(v.ctx, row.Report)},
		{Key: v.t("flows.column.guide"), Text: cmp.Or(strings.Join(guides, separator), v.t("flows.nothing"))},
		{Key: v.t("flows.column.leads"), Text: strings.Join(leads, separator)},
		{Key: v.t("flows.column.draft"), Text: draft},
	}
	return out
}

// limits are what the method can't tell.
func (v coverPage) limits() []string {
	var out []string
	for _, id := range []string{"leads", "agents", "application", "versions", "dynamic", "stock"} {
		out = append(out, v.t("report.limits."+id))
	}
	return out
}
