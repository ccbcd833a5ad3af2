package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/picture"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	flowview "wrapup/views/flow"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Flow is the page of one flow, and its content as a file.
type Flow struct {
	*Shell
	surveyor Surveyor
}

// Mount registers the routes.
func (h *Flow) Mount(r chi.Router) {
	r.Get("/instances/{instance}/flows/{flow}", h.Adapt(h.show))
	r.Get("/instances/{instance}/flows/{flow}/content.json", h.Adapt(h.content))
	r.Post("/instances/{instance}/flows/{flow}/untouched", h.Adapt(h.untouched))
}

// flowParam is the flow of the address.
func flowParam(r *http.Request) instance.FlowID {
	return instance.FlowID(strings.ToLower(chi.URLParam(r, "flow")))
}

// show describes both copies of the flow now: what the page says is at most as old as the page.
func (h *Flow) show(w http.ResponseWriter, r *http.Request) error {
	return h.showAs(w, r, http.StatusOK, adopting{})
}

// showAs shows the flow with what was typed to accept an outside change, and why that was refused.
func (h *Flow) showAs(w http.ResponseWriter, r *http.Request, status int, typed adopting) error {
	ctx, id := r.Context(), instanceParam(r)
	in, err := h.surveyor.Find(ctx, id)
	if err != nil {
		return err
	}
	d, err := h.surveyor.Flow(ctx, id, flowParam(r))
	if err != nil {
		return err
	}
	v := newFlowPage(ctx, in, h.surveyor.Last(id), d, h.Now())
	v.event, v.look = h.Event, lookOf(r, len(d.Row.Report.Gaps))
	p := v.props()
	rules, err := h.rulesOf(ctx, id)
	if err != nil {
		return err
	}
	p.Outside = h.outsideOf(r, in, d, typed)
	p.Notices = slices.Concat(typed.notice(ctx, p.Outside != nil), untouchedNotice(ctx, d.Row.Flow.ID, rules), p.Notices)
	p.Page = h.instancePage(r, in, layout.PageProps{
		Title:       flowTitle(d.Row.Flow),
		Description: instanceWhere(ctx, in),
		Actions:     h.flowActions(r, id, d, rules),
		Picture:     p.Picture != nil,
	}, ui.Link{Text: i18n.T(ctx, "flows.title"), Href: flowsPath(id)}, ui.Link{Text: flowTitle(d.Row.Flow)})
	return render(w, r, status, flowview.Show(p))
}

// content downloads the exact characters that the service keeps: of the published copy, or of the draft.
func (h *Flow) content(w http.ResponseWriter, r *http.Request) error {
	d, err := h.surveyor.Flow(r.Context(), instanceParam(r), flowParam(r))
	if err != nil {
		return err
	}
	if d.Late != nil { // what the service keeps now is asked for
		return d.Late
	}
	f := d.Row.Flow
	if r.URL.Query().Get("copy") == "saved" && d.Saved != nil {
		f = *d.Saved
	}
	if f.Content == "" {
		return cmp.Or(d.Row.Error, fault.New(fault.NotFound, "flows.one.no-content"))
	}
	return download(w, "application/json", flowTitle(f)+".json", []byte(f.Content))
}

// changeLinks lead to the publish journey, or say why they do not: adding the guide or changing it, and taking out what wrapup inserted.
func (h *Flow) changeLinks(r *http.Request, id instance.ID, d *survey.FlowDetail, rules publish.Rules) []ui.LinkButtonProps {
	ctx, f := r.Context(), d.Row.Flow
	to := addGuidePath(id) + "?flow=" + string(f.ID)
	add := ui.LinkButtonProps{Text: i18n.T(ctx, "flows.one.add"), Kind: ui.Primary, Href: to}
	if m, no := notChoosable(&d.Row, rules); no {
		add.Disabled, add.Reason = true, i18n.Text(ctx, m)
	} else if opensOneGuide(d.Row.Report) {
		add.Text, add.Kind, add.Href = i18n.T(ctx, "choose.change"), ui.Normal, to+"&replace=on"
	}
	if !add.Disabled && !may(r, people.PlanChanges.Needs()) {
		add.Disabled, add.Reason = true, planRole(ctx)
	}
	if add.Disabled || !hasGuide(&d.Row) || !canTakeOut(f.Content, h.Event) {
		return []ui.LinkButtonProps{add}
	}
	return []ui.LinkButtonProps{add, {Text: i18n.T(ctx, "choose.remove.one"), Href: to + "&do=" + doRemove}}
}

// flowPage builds the page of one flow.
type flowPage struct {
	ctx     context.Context
	in      instance.Instance
	reading *survey.Reading // nil where none is in memory
	d       *survey.FlowDetail
	now     time.Time
	names   reportNames
	event   string // the event's name where it is not the usual one
	look    pictureLook
}

func newFlowPage(ctx context.Context, in instance.Instance, reading *survey.Reading, d *survey.FlowDetail, now time.Time) flowPage {
	return flowPage{ctx: ctx, in: in, reading: reading, d: d, now: now, names: namesOf(ctx, d.Row.Report)}
}

func (v flowPage) t(id string, args ...any) string { return i18n.T(v.ctx, id, args...) }

func (v flowPage) props() flowview.ShowProps {
	p := flowview.ShowProps{
		Notices: v.notices(),
		Verdict: v.verdict(),
		Facts:   ui.KeyValueProps{Items: v.facts()}, Identifiers: ui.KeyValueProps{Items: v.identifiers()},
		Points: v.points(),
		Exits:  v.exits(),
		Draft:  v.draft(),
		JSON:   v.json(),
	}
	if v.d.Document != nil {
		p.Picture = picturePage{v, v.blockMarks()}.props()
		b := blocksPage{v, routeMarks(v.d.Row.Report), p.Picture.Drawing != nil}
		p.Blocks = b.table()
	}
	return p
}

func (v flowPage) notices() []ui.AlertProps {
	var out []ui.AlertProps
	row := &v.d.Row
	if f := v.d.Late; f != nil {
		out = append(out, ui.AlertProps{
			Kind: ui.Warning, Title: v.t("flows.one.late"), Code: f.Code, RequestID: f.RequestID,
			Text:   v.t("flows.one.late.text", "Relative", relativeTime(v.ctx, row.ReadAt, v.now), "Absolute", absoluteTime(row.ReadAt)),
			Action: &ui.Link{Text: v.t("instances.retry"), Href: flowPath(v.in.ID, row.Flow.ID)},
		})
	}
	if f := row.Error; f != nil {
		out = append(out, ui.AlertProps{
			Kind: ui.Error, Title: v.t("flows.one.unreadable"), List: f.Problems, Code: f.Code, RequestID: f.RequestID,
			Text:   advised(v.ctx, f, "flows.todo."),
			Action: &ui.Link{Text: v.t("instances.retry"), Href: flowPath(v.in.ID, row.Flow.ID)},
		})
	}
	if row.Report.Verdict == audit.Guide {
		out = append(out, ui.AlertProps{
			Kind: ui.Info, Title: v.t("flows.one.is-guide"), Text: v.t("flows.one.is-guide.text"),
			Action: &ui.Link{Text: v.t("flows.one.is-guide.link"), Href: guidePath(v.in.ID, row.Flow.ID)},
		})
	}
	if row.Managed != "" {
		out = append(out, ui.AlertProps{Kind: ui.Warning, Text: v.t("flows.one.managed.text", "Tool", row.Managed)})
	}
	for _, f := range FlowFlags(v.ctx, row) {
		out = append(out, ui.AlertProps{Kind: ui.Warning, Text: f})
	}
	return out
}

func (v flowPage) verdict() flowview.VerdictProps {
	row := &v.d.Row
	s := verdictStatus(v.ctx, row)
	p := flowview.VerdictProps{
		Title: v.t("flows.one.status"), Status: s.Text, StatusKind: s.Kind, Why: v.why(),
		GapsTitle: v.t("flows.one.gaps"), NotesTitle: v.t("flows.one.notes"),
	}
	if row.Report.Verdict == audit.Unreadable && row.Error == nil && row.Report.Reason != nil {
		p.Why = i18n.Text(v.ctx, *row.Report.Reason)
	}
	if row.Report.Set < row.Report.Of {
		p.Why = sentences(v.ctx, p.Why, v.t("flows.one.points", "Set", row.Report.Set, "Count", row.Report.Of))
	}
	for i := range row.Report.Gaps {
		p.Gaps = append(p.Gaps, v.gap(i))
	}
	if !slices.ContainsFunc(row.Report.Gaps, v.missing) {
		p.GapsTitle = v.t("flows.one.gaps.unknown")
	}
	for _, n := range row.Report.Notes {
		p.Notes = append(p.Notes, v.note(n))
	}
	return p
}

// why is what the verdict means.
func (v flowPage) why() string {
	if v.d.Row.Flow.Type == instance.TypeOutboundWhisper {
		return v.t("other-flows.why")
	}
	return v.t("flows.one.why." + string(v.d.Row.Report.Verdict))
}

// missing says that a gap is a point where an agent is reached without a guide.
func (v flowPage) missing(g audit.Gap) bool {
	isPoint := func(h audit.Handoff) bool { return h.Flow == g.Flow && h.Block == g.Block }
	return (g.Kind == audit.Unset || g.Kind == audit.Disabled) && slices.ContainsFunc(v.d.Row.Report.Handoffs, isPoint)
}

// gap is the gap with this index.
func (v flowPage) gap(i int) flowview.Gap {
	g := v.d.Row.Report.Gaps[i]
	out := flowview.Gap{Text: v.gapText(g)}
	for _, w := range routeWords(v.ctx, namedBranches(v.d.Document, v.steps(g))) {
		out.Route = append(out.Route, flowview.Step{Text: w.Text, Href: v.blockHref(w.Block)})
	}
	if v.d.Document != nil && len(v.d.Document.Blocks()) <= picture.MaxBlocks {
		show := "show"
		if out.Picture.Current = i+1 == v.look.gap; out.Picture.Current {
			show = "shown"
		}
		out.Picture.Text, out.Which = v.t("picture.example."+show), v.t("picture.example."+show+"-which", "Number", i+1)
		out.Picture.Href = v.lookPath(pictureLook{i + 1, v.look.zoom})
	}
	return out
}

// gapText says where the guide is missing, or where contacts go on to what was not followed, and why.
func (v flowPage) gapText(g audit.Gap) string {
	name := v.placeName(g.Flow, g.Block)
	text := v.t("flows.one.gap."+string(g.Kind), "Block", name)
	for _, e := range v.d.Row.Report.Exits {
		if e.Flow != g.Flow || e.Block != g.Block {
			continue
		}
		id := "flows.one.gap.exit"
		if g.Kind == audit.Unset || g.Kind == audit.Disabled {
			id += ".unset"
		}
		text = v.t(id, "Block", name, "Target", v.target(e).Text)
		if why := v.whyNot(e); why != "" {
			text = sentences(v.ctx, text, why)
		}
	}
	return text
}

// whyNot is why an exit was not followed; empty where its target says it.
func (v flowPage) whyNot(e audit.Exit) string {
	switch e.Why.ID {
	case "", "audit.exit.empty", "audit.exit.path":
		return ""
	}
	return i18n.Text(v.ctx, e.Why)
}

// note is a note with its blocks, types and flows called as people call them.
func (v flowPage) note(n audit.Note) flowview.Note {
	m := fault.Message{ID: n.ID, Args: map[string]string{}}
	for name, value := range n.Args {
		switch name {
		case "Block":
			value = v.placeName(n.Flow, value)
		case "Target":
			value = v.noteTarget(n, value)
		case "Type":
			value = TypeWords(v.ctx, value)
		case "Flow":
			value = v.flowName(value)
		case "Event":
			value = parameterName(v.ctx, "EventHooks."+value)
			value = strings.TrimPrefix(value, "EventHooks.")
		}
		m.Args[name] = value
	}
	out := flowview.Note{Text: i18n.Text(v.ctx, m)}
	if href := v.placeHref(n.Flow, n.Block); href != "" {
		out.Link, out.Href = v.t("flows.one.note.show"), href
	}
	return out
}

func (v flowPage) blockHref(id string) string {
	if v.d.Document != nil && id != "" {
		if b, ok := v.d.Document.Find(id); ok {
			return "#" + blockAnchor(b)
		}
	}
	return ""
}

// placeHref leads to the block's row; another flow's blocks have none on this page.
func (v flowPage) placeHref(other, id string) string {
	if other != "" {
		return ""
	}
	return v.blockHref(id)
}

// steps are a gap's steps. Those in other flows name these, and no block of this page.
func (v flowPage) steps(g audit.Gap) []audit.RouteStep {
	out := slices.Clone(g.Steps)
	for i, s := range out {
		if s.Flow != "" {
			out[i].Title, out[i].Block = v.placeName(s.Flow, s.Block), ""
		}
	}
	return out
}

// ownRoute are a gap's blocks in this flow, each at its place on the route; empty where the route is in another flow.
func ownRoute(g audit.Gap) []string {
	out := slices.Clone(g.Route)
	for i, s := range g.Steps {
		if s.Flow != "" && i < len(out) {
			out[i] = ""
		}
	}
	return out
}

// flowName is the name of the flow that ref names, as far as this page or the last reading knows it.
func (v flowPage) flowName(ref string) string {
	for _, g := range v.d.Row.Report.Guides {
		if g.Ref == ref {
			return guideTitle(g)
		}
	}
	return cmp.Or(flowNameOf(v.reading, ref), ref)
}

// noteTarget is what people call the flow or module that a note says contacts go on to.
func (v flowPage) noteTarget(n audit.Note, target string) string {
	for _, e := range v.d.Row.Report.Exits {
		if e.Flow == n.Flow && e.Block == n.Block && e.Target == target {
			return cmp.Or(v.named(e).Text, target)
		}
	}
	return target
}

// target is what an exit leads to: a link where it is a flow that the last reading knows.
func (v flowPage) target(e audit.Exit) ui.Link {
	if l := v.named(e); l.Text != "" {
		return l
	}
	switch {
	case e.Target == "":
		return ui.Link{Text: v.t("flows.one.exits.none")}
	case strings.HasPrefix(e.Target, "$."):
		return ui.Link{Text: v.t("flows.one.exits.decided", "Path", e.Target)}
	}
	return ui.Link{Text: e.Target}
}

// named is what an exit leads to by its name; empty where none is known.
func (v flowPage) named(e audit.Exit) ui.Link {
	if name := flowNameOf(v.reading, e.Target); name != "" {
		ref, _ := instance.ParseRef(e.Target, instance.KindFlow)
		return ui.Link{Text: name, Href: flowPath(v.in.ID, ref.FlowID())}
	}
	if v.d.Document != nil && e.Flow == "" {
		if b, ok := v.d.Document.Find(e.Block); ok {
			if name := targetName(b); name != "" {
				return ui.Link{Text: name}
			}
		}
	}
	return ui.Link{}
}

// draft is the unpublished draft with its difference to the published copy.
func (v flowPage) draft() *flowview.DraftProps {
	if v.d.Saved == nil || v.d.Row.Flow.Content == "" {
		return nil
	}
	published, saved := []byte(v.d.Row.Flow.Content), []byte(v.d.Saved.Content)
	hunks := diffLines(published, saved, 3)
	added, removed := countChanges(hunks)
	p := &flowview.DraftProps{
		Title: v.t("flows.one.draft.title"), Text: v.t("flows.one.draft.text"),
		LineTitle: v.t("flows.one.draft.by-line"), LineCount: v.t("flows.one.draft.count", "Added", added, "Removed", removed),
		ByLine: lineDifference(v.ctx, ui.DiffProps{Label: v.t("diff.label"), Empty: v.t("diff.none")}, hunks),
	}
	draft, err := flow.Parse(saved)
	if v.d.Document == nil || err != nil {
		p.Text = sentences(v.ctx, p.Text, v.t("flows.one.draft.unreadable"))
		return p
	}
	t := blockDifference(v.ctx, "draft-blocks", v.t("flows.one.draft.difference"), v.d.Document, draft, diffBlocks(v.d.Document, draft))
	namesAlone(v.reading, &t)
	p.ByBlock = &t
	return p
}

// maxCodeLines is how many lines of JSON a page shows; the download holds everything.
const maxCodeLines = 2000

func (v flowPage) json() *flowview.JSONProps {
	f := v.d.Row.Flow
	if f.Content == "" {
		return nil
	}
	text, ok := prettyJSON([]byte(f.Content))
	lines := highlightJSON(text)
	p := &flowview.JSONProps{
		Title: v.t("flows.one.json"), Count: v.t("flows.one.json.lines", "Count", len(lines)), Note: v.t("flows.one.json.note"),
		Code:     ui.CodeProps{Label: v.t("flows.one.json.label"), Lines: lines},
		Download: []ui.LinkButtonProps{v.contentLink("flows.one.json.download", "")},
		Open:     v.d.Document == nil, // there is nothing else to look at
	}
	if v.d.Saved != nil {
		p.Download = append(p.Download, v.contentLink("flows.one.draft.json", "?copy=saved"))
	}
	if !ok {
		p.Note = v.t("flows.one.json.raw")
	}
	if len(lines) > maxCodeLines {
		p.Code.Lines = lines[:maxCodeLines]
		p.Cut = v.t("flows.one.json.cut", "Shown", maxCodeLines, "All", len(lines))
	}
	return p
}

func (v flowPage) contentLink(text, query string) ui.LinkButtonProps {
	return ui.LinkButtonProps{
		Text: v.t(text), Icon: ui.IconDownload, Download: true,
		Href: flowPath(v.in.ID, v.d.Row.Flow.ID) + "/content.json" + query,
	}
}
