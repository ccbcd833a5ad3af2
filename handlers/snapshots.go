package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
	"wrapup/internal/publish"
	"wrapup/views/history"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// FlowHistory is the history of one flow: what changes did to it, its kept contents, and what was published outside wrapup.
type FlowHistory struct {
	*Shell
	surveyor Surveyor
}

// Mount registers the routes.
func (h *FlowHistory) Mount(r chi.Router) {
	r.Get("/instances/{instance}/flows/{flow}/history", h.Adapt(h.show))
	r.Get("/instances/{instance}/flows/{flow}/history/compare", h.Adapt(h.compare))
	r.Get("/instances/{instance}/flows/{flow}/history/{hash}.json", h.Adapt(h.content))
	r.Get("/instances/{instance}/flows/{flow}/adopt", h.Adapt(h.backToFlow))
	r.Post("/instances/{instance}/flows/{flow}/adopt", h.Adapt(h.adopt))
	r.Get("/instances/{instance}/outside", h.Adapt(h.outside))
	r.Get("/history/entries", h.Adapt(h.entries))
}

// live stands for what the service holds now, in the place of a hash.
const live = "live"

func flowHistoryPath(in instance.ID, f instance.FlowID) string { return flowPath(in, f) + "/history" }

// historyFact leads from a step to the history of its flow, once there is one.
func historyFact(ctx context.Context, in instance.ID, st publish.Step) []ui.KeyValue {
	id := cmp.Or(st.Flow, st.Outcome.Flow)
	if id == "" {
		return nil
	}
	return []ui.KeyValue{{Key: i18n.T(ctx, "snapshots.title"), Text: i18n.T(ctx, "snapshots.link"), Href: flowHistoryPath(in, id)}}
}

// restorePath plans to put a snapshot back.
func restorePath(in instance.ID, f instance.FlowID) string { return flowPath(in, f) + "/restore" }

func comparePath(in instance.ID, f instance.FlowID, from, to string) string {
	return flowHistoryPath(in, f) + "/compare?" + url.Values{"from": {from}, "to": {to}}.Encode()
}

// past is what is known of a flow without asking the service: its history is there where the flow is gone, or the service away.
type past struct {
	in      instance.Instance
	flow    instance.FlowID
	name    string
	traces  []publish.Trace // of one page
	total   int
	adopted []publish.Adoption
}

// pastOf reads a page of a flow's history. fault.NotFound for a flow that neither the history nor the last reading knows.
func (h *FlowHistory) pastOf(r *http.Request, page int) (past, error) {
	ctx := r.Context()
	p := past{in: instance.Instance{ID: instanceParam(r)}, flow: flowParam(r)}
	var err error
	p.traces, p.total, err = h.Publish.Traces(ctx, publish.PastFilter{
		Instance: p.in.ID, Flow: p.flow, Limit: historyPage, Offset: (page - 1) * historyPage,
	})
	if err == nil {
		p.adopted, err = h.Publish.Adoptions(ctx, p.in.ID, p.flow)
	}
	if err != nil {
		return p, err
	}
	if len(p.traces) > 0 {
		p.in, p.name = p.traces[0].Change.Instance, p.traces[0].Step.Name
	}
	if reading := h.surveyor.Kept(ctx, p.in.ID); reading != nil {
		p.in = reading.Instance
		if row, ok := reading.Row(p.flow); ok {
			p.name = flowTitle(row.Flow)
			return p, nil
		}
	}
	if p.name != "" {
		return p, nil
	}
	if p.in, err = h.surveyor.Find(ctx, p.in.ID); err != nil {
		return p, err
	}
	d, err := h.surveyor.Flow(ctx, p.in.ID, p.flow)
	if err != nil {
		return p, err
	}
	p.name = flowTitle(d.Row.Flow)
	return p, nil
}

// pageNumber is the page that an address asks for, from 1.
func pageNumber(v url.Values) int {
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 && n <= 1_000_000 {
		return n
	}
	return 1
}

func (h *FlowHistory) show(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	number := pageNumber(r.URL.Query())
	p, err := h.pastOf(r, number)
	if err != nil {
		return err
	}
	if last := max(1, (p.total+historyPage-1)/historyPage); number > last {
		return seeOther(w, r, flowHistoryPath(p.in.ID, p.flow)+"?page="+strconv.Itoa(last))
	}
	v := history.FlowProps{
		Page: h.frame(r, p, layout.PageProps{Title: p.name, Description: i18n.T(ctx, "snapshots.description"),
			Actions: ui.LinkButton(ui.LinkButtonProps{Text: i18n.T(ctx, "snapshots.all"), Href: historyQuery{Instance: p.in.ID, Flow: string(p.flow)}.href()})},
			ui.Link{Text: i18n.T(ctx, "snapshots.title")}),
		Changes: h.changesTable(ctx, p, number), Adopted: h.adoptedTable(ctx, p),
	}
	if versions := p.versions(); len(versions) > 0 {
		v.Compare = compareForm(ctx, p, versions, versions[min(1, len(versions)-1)].Hash, live) // the first is live, as a rule
	}
	return render(w, r, http.StatusOK, history.Flow(v))
}

// frame is the page's frame, with the flow in the way back.
func (h *FlowHistory) frame(r *http.Request, p past, page layout.PageProps, crumbs ...ui.Link) layout.PageProps {
	ctx := r.Context()
	way := []ui.Link{{Text: i18n.T(ctx, "flows.title"), Href: flowsPath(p.in.ID)}, {Text: p.name, Href: flowPath(p.in.ID, p.flow)}}
	return h.instancePage(r, p.in, page, append(way, crumbs...)...)
}

func (h *FlowHistory) changesTable(ctx context.Context, p past, number int) ui.TableProps {
	t := ui.TableProps{ID: "changes", Title: i18n.T(ctx, "snapshots.changes"), Count: countIn(p.total), Stack: true,
		Empty: &ui.EmptyProps{Title: i18n.T(ctx, "snapshots.empty"), Text: i18n.T(ctx, "snapshots.empty.text"),
			Action: &ui.Link{Text: i18n.T(ctx, "snapshots.empty.flow"), Href: flowPath(p.in.ID, p.flow)}}}
	for _, c := range []string{"snapshots.column.change", "snapshots.column.status", "history.who", "history.when", "changes.review.reason",
		"snapshots.column.contents", "snapshots.column.request"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, c), Wide: len(t.Columns) == 0})
	}
	for _, x := range p.traces {
		c := x.Change
		who, when := whoAndWhen(c)
		status := stepStatus(ctx, c, x.Step)
		switch {
		case !x.Step.Outcome.At.IsZero(): // when the flow was written, and not when the change was approved or ended
			when = x.Step.Outcome.At
		case x.Step.State == publish.StepPlanned && !c.State.Ended() && c.State != publish.Running:
			status = stateStatus(ctx, c.State) // the step waits for nothing else than its change
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: i18n.Text(ctx, c.Title), Href: changePath(c.ID)},
			{Content: ui.Status(status)},
			{Text: who}, {Content: ui.Time(timeProps(ctx, when, h.Now()))}, textOrNone(ctx, reasonOf(c)),
			{Content: history.Lines(contentLinks(ctx, p, x))}, textOrNone(ctx, x.Step.Outcome.RequestID),
		}})
	}
	if last := (p.total + historyPage - 1) / historyPage; last > 1 {
		t.Pages = flowHistoryPages(ctx, flowHistoryPath(p.in.ID, p.flow), number, last)
	}
	return t
}

func flowHistoryPages(ctx context.Context, path string, number, last int) *ui.PagesProps {
	out := &ui.PagesProps{Summary: i18n.T(ctx, "history.pages", "Page", number, "Of", last)}
	if number > 1 {
		out.Previous = path + "?page=" + strconv.Itoa(number-1)
	}
	if number < last {
		out.Next = path + "?page=" + strconv.Itoa(number+1)
	}
	return out
}

// contentLinks lead from each content that is kept of a trace to what differs from now.
func contentLinks(ctx context.Context, p past, x publish.Trace) []ui.Link {
	var out []ui.Link
	for _, s := range x.Snapshots() {
		out = append(out, ui.Link{Text: i18n.T(ctx, "snapshots.kind."+string(s.Kind)), Href: comparePath(p.in.ID, p.flow, s.Hash, live)})
	}
	return out
}

func (h *FlowHistory) adoptedTable(ctx context.Context, p past) *ui.TableProps {
	if len(p.adopted) == 0 {
		return nil
	}
	t := &ui.TableProps{ID: "adopted", Title: i18n.T(ctx, "snapshots.adoptions"), Count: countIn(len(p.adopted)), Stack: true}
	for _, c := range []string{"snapshots.adoptions.content", "history.who", "history.when", "changes.review.reason"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, c), Wide: len(t.Columns) == 0})
	}
	for _, a := range p.adopted {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: i18n.T(ctx, "snapshots.adoptions.show"), Href: comparePath(p.in.ID, p.flow, a.Over, a.Hash)},
			{Text: a.By.Name}, {Content: ui.Time(timeProps(ctx, a.At, h.Now()))}, textOrNone(ctx, a.Reason),
		}})
	}
	return t
}

// version is a content that can be chosen.
type version struct {
	publish.Snapshot
	Title  fault.Message // of its change
	Change string        // empty: it was adopted
}

const kindAdopted publish.SnapshotKind = "adopted"

// versions are the contents of the page, the newest first, each once. What was only reviewed in one change may be more in another.
func (p past) versions() []version {
	var out []version
	for _, x := range p.traces {
		for _, s := range x.Snapshots() {
			out = append(out, version{s, x.Change.Title, x.Change.ID})
		}
	}
	for _, a := range p.adopted {
		out = append(out, version{Snapshot: publish.Snapshot{Kind: kindAdopted, Hash: a.Hash, At: a.At}})
	}
	reviewed := func(v version) int {
		if v.Kind == publish.SnapshotReviewed {
			return 1
		}
		return 0
	}
	ordered.By(out, func(a, b version) int { return cmp.Or(reviewed(a)-reviewed(b), b.At.Compare(a.At)) })
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(v version) bool {
		known := seen[v.Hash]
		seen[v.Hash] = true
		return known
	})
}

func (v version) words(ctx context.Context) string {
	return i18n.T(ctx, "snapshots.at", "Time", absoluteTime(v.At), "Kind", i18n.T(ctx, "snapshots.kind."+string(v.Kind)))
}

// compareForm chooses two of the versions, or what is live.
func compareForm(ctx context.Context, p past, versions []version, from, to string) *history.CompareForm {
	one := func(name, chosen string) ui.SelectProps {
		s := &filtering{chosen: chosen}
		s.ID, s.Name, s.Label = "compare-"+name, name, i18n.T(ctx, "snapshots.compare."+name)
		s.add(live, i18n.T(ctx, "snapshots.kind.live"))
		for _, v := range versions {
			s.add(v.Hash, v.words(ctx))
		}
		return s.SelectProps
	}
	return &history.CompareForm{Action: flowHistoryPath(p.in.ID, p.flow) + "/compare", From: one("from", from), To: one("to", to)}
}

// content downloads the very bytes of a snapshot of this flow.
func (h *FlowHistory) content(w http.ResponseWriter, r *http.Request) error {
	b, name, err := h.Publish.Snapshot(r.Context(), instanceParam(r), flowParam(r), chi.URLParam(r, "hash"))
	if err != nil {
		return err
	}
	return download(w, "application/json", name+".json", b)
}
