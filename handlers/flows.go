package handlers

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
	"wrapup/views/flows"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// addFormID is the form to which the check boxes of the table belong.
const addFormID = "add-guide"

// Flows is the page of an instance's inbound flows, and its downloads.
type Flows struct {
	*Shell
	surveyor Surveyor
	indexes  sync.Map // instance.ID -> *flowIndex of the last reading seen
}

// index is the index of a reading. Readings never change, so that it serves until there is another.
func (h *Flows) index(reading *survey.Reading) *flowIndex {
	if x, ok := h.indexes.Load(reading.Instance.ID); ok && x.(*flowIndex).reading == reading {
		return x.(*flowIndex)
	}
	x := newFlowIndex(reading)
	h.indexes.Store(reading.Instance.ID, x)
	return x
}

// Mount registers the routes.
func (h *Flows) Mount(r chi.Router) {
	r.Get("/instances/{instance}/flows", h.Adapt(h.list))
	r.Post("/instances/{instance}/flows", h.Adapt(h.list)) // more flows are ticked than an address holds
	r.Get("/instances/{instance}/other-flows", h.Adapt(h.others))
	r.Get("/instances/{instance}/flows.csv", h.Adapt(h.csv))
	r.Get("/instances/{instance}/flows.json", h.Adapt(h.json))
}

// list shows the last reading. The first time it reads the instance, in the request.
func (h *Flows) list(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), instanceParam(r)
	in, err := h.surveyor.Find(ctx, id)
	if err != nil {
		return err
	}
	v, err := asked(r)
	if err != nil {
		return err
	}
	q := parseFlowsQuery(v)
	reading, err := h.surveyor.Read(ctx, id, false)
	if err != nil {
		return h.failed(w, r, in, err)
	}
	if q.Rules, err = h.rulesOf(ctx, id); err != nil {
		return err
	}
	p := h.page(r, reading, q)
	if p.Waiting, err = h.waitingChanges(r, reading); err != nil {
		return err
	}
	return render(w, r, http.StatusOK, flows.List(p))
}

// failed is the page of an instance that cannot be read: an alert with Retry in the table's place.
func (h *Flows) failed(w http.ResponseWriter, r *http.Request, in instance.Instance, err error) error {
	ctx, f := r.Context(), fault.From(err)
	if ctx.Err() != nil {
		return err // the client went away, or the request's time is over
	}
	h.Log.WarnContext(ctx, "instance not read", "instance", in.ID, "code", f.Code, "service_request", f.RequestID, "err", err)
	p := flows.ListProps{Page: h.frame(r, in, nil)}
	p.Table = ui.TableProps{ID: "flows", Title: i18n.T(ctx, "flows.title"), Failed: &ui.AlertProps{
		Kind:   ui.Error,
		Title:  i18n.T(ctx, "flows.failed.title"),
		Text:   advised(ctx, f, "flows.todo."),
		List:   f.Problems,
		Action: &ui.Link{Text: i18n.T(ctx, "instances.retry"), Href: r.URL.RequestURI()},
		Code:   f.Code, RequestID: f.RequestID,
	}}
	return render(w, r, kinds[f.Kind].status, flows.List(p))
}

// frame is the page around an instance's tabs; reading nil leaves the counts out.
func (h *Flows) frame(r *http.Request, in instance.Instance, reading *survey.Reading) layout.PageProps {
	ctx := r.Context()
	p := layout.PageProps{
		Title:       in.Title(),
		Description: instanceWhere(ctx, in),
		Active:      layout.NavInstances,
		Instance:    &ui.Link{Text: in.Title(), Href: flowsPath(in.ID)},
		Crumbs: []ui.Link{
			{Text: i18n.T(ctx, "instances.title"), Href: "/instances"},
			{Text: in.Title(), Href: flowsPath(in.ID)},
		},
		Tabs: instanceTabs(ctx, in.ID, reading, "flows"),
	}
	return h.Page(r, p)
}

// instanceWhere is the Region and the account of an instance.
func instanceWhere(ctx context.Context, in instance.Instance) string {
	if in.Account == "" {
		return i18n.T(ctx, "flows.where.no-account", "Region", in.Region)
	}
	return i18n.T(ctx, "flows.where", "Region", in.Region, "Account", in.Account)
}

// instanceTabs are an instance's tabs; current is "flows", "guides", "others", "coverage", "readiness" or "rules". reading nil leaves the counts out.
func instanceTabs(ctx context.Context, id instance.ID, reading *survey.Reading, current string) *ui.TabsProps {
	t := &ui.TabsProps{Label: i18n.T(ctx, "flows.tabs"), Links: []ui.Link{
		{Text: i18n.T(ctx, "flows.title"), Href: flowsPath(id), Current: current == "flows"},
		{Text: i18n.T(ctx, "flows.tab.guides"), Href: guidesPath(id), Current: current == "guides"},
		{Text: i18n.T(ctx, "other-flows.title"), Href: otherFlowsPath(id), Current: current == "others"},
		{Text: i18n.T(ctx, "coverage.title"), Href: coveragePath(id), Current: current == "coverage"},
		{Text: i18n.T(ctx, "readiness.title"), Href: readinessPath(id), Current: current == "readiness"},
		{Text: i18n.T(ctx, "rules.tab"), Href: rulesPath(id), Current: current == "rules"},
	}}
	if reading != nil {
		t.Links[0].Count, t.Links[1].Count = countIn(len(reading.Flows)), countIn(len(reading.Guides))
		t.Links[2].Count = countIn(len(otherRows(reading)))
	}
	return t
}

func (h *Flows) page(r *http.Request, reading *survey.Reading, q flowsQuery) flows.ListProps {
	ctx, id := r.Context(), reading.Instance.ID
	p := flows.ListProps{
		Page:     h.frame(r, reading.Instance, reading),
		Reading:  h.readingStrip(r, reading),
		News:     newsProps(ctx, reading, h.Now(), r.URL.Query().Get("news") == "all"),
		Coverage: coverageProps(ctx, h.index(reading), q),
		Notices:  readingNotices(ctx, reading),
		Refresh:  flows.RefreshProps{Action: "/instances/" + string(id) + "/refresh", Text: i18n.T(ctx, "flows.refresh")},
		Download: downloads(ctx, id, q),
	}
	p.Page.Stream = p.Reading != nil && p.Reading.Stream != ""
	p.Confirm = h.confirmProps(ctx, reading, p.Page.Stream)
	q.Picked = knownPicks(reading, q.Picked, q.Rules)
	x := h.index(reading)
	match := x.selectFlows(q)
	p.Add = choice{r, reading, q, match, flowsPath(id)}.props()
	form := ""
	if p.Add != nil && p.Add.List != "" {
		form = p.Add.FormID
		if p.Coverage != nil {
			p.Coverage.Form, p.Coverage.Action = form, p.Add.List
		}
	}
	p.Table = flowsTable(ctx, x, q, match, form)
	p.Table.Description = readAt(ctx, reading.ReadAt, h.Now())
	h.markOutside(ctx, reading, &p)
	p.Table.Actions = flows.TableActions(p)
	return p
}

func downloads(ctx context.Context, id instance.ID, q flowsQuery) []ui.LinkButtonProps {
	q.Page = 1
	var out []ui.LinkButtonProps
	for _, form := range []string{"csv", "json"} {
		out = append(out, ui.LinkButtonProps{
			Text: i18n.T(ctx, "flows.download."+form), Href: q.href(flowsPath(id) + "." + form),
			Icon: ui.IconDownload, Download: true,
		})
	}
	return out
}

// readingNotices say how the instance was read where that was not by search, and what could not be read.
func readingNotices(ctx context.Context, reading *survey.Reading) []ui.AlertProps {
	var out []ui.AlertProps
	if reading.Method == survey.ByDescribe {
		a := ui.AlertProps{Kind: ui.Info, Title: i18n.T(ctx, "flows.method.describe")}
		if reading.MethodReason != nil {
			a.Text = i18n.Text(ctx, *reading.MethodReason)
		}
		out = append(out, a)
	}
	var warnings []string
	for _, m := range reading.Warnings {
		warnings = append(warnings, i18n.Text(ctx, m))
	}
	warnings = append(warnings, NotFollowed(ctx, reading)...)
	if len(warnings) == 0 {
		return out
	}
	a := ui.AlertProps{Kind: ui.Warning, Title: i18n.T(ctx, "flows.warnings", "Count", len(warnings)), List: warnings}
	if len(warnings) == 1 {
		a.Text, a.List = warnings[0], nil
	}
	return append(out, a)
}

// NotFollowed says why flows and modules that others lead to could not be read: a permission that is missing makes many flows untold.
func NotFollowed(ctx context.Context, reading *survey.Reading) []string {
	flows := map[string]int{}
	for i := range reading.Flows {
		var whys []string
		for _, e := range reading.Flows[i].Report.Exits {
			if strings.HasPrefix(e.Why.ID, "aws.") && !slices.Contains(whys, i18n.Text(ctx, e.Why)) {
				whys = append(whys, i18n.Text(ctx, e.Why))
			}
		}
		for _, why := range whys {
			flows[why]++
		}
	}
	var out []string
	for _, why := range slices.Sorted(maps.Keys(flows)) {
		out = append(out, i18n.T(ctx, "flows.warning.not-followed", "Count", flows[why], "Why", why))
	}
	return out
}

func coverageProps(ctx context.Context, x *flowIndex, q flowsQuery) *flows.CoverageProps {
	reading := x.reading
	if len(reading.Flows) == 0 {
		return nil
	}
	c := reading.Coverage
	p := &flows.CoverageProps{
		Title: i18n.T(ctx, "flows.coverage.title"), Line: CoverageLine(ctx, c),
		Workspace: i18n.T(ctx, "flows.coverage.workspace"), Status: coverageStatus(c),
	}
	if rest := len(reading.Flows) - c.Counted; rest > 0 {
		p.Rest = i18n.T(ctx, "flows.coverage.not-counted", "Count", rest)
	}
	for _, g := range flowGroups {
		if x.counts[string(g)] == 0 {
			continue
		}
		n := x.counts[string(g)]
		p.Groups = append(p.Groups, flows.Group{
			Name: string(g), Text: i18n.T(ctx, "flows.group."+string(g)), Count: n, CountText: countIn(n),
			Href:    flowsQuery{Show: string(g), Sort: "name"}.href(flowsPath(reading.Instance.ID)),
			Current: q.Show == string(g), Counted: g != notCounted,
		})
	}
	return p
}

func coverageStatus(c survey.Coverage) ui.StatusKind {
	switch {
	case c.Counted == 0:
		return ui.Info
	case c.Covered == c.Counted:
		return ui.Success
	}
	return ui.Warning
}
