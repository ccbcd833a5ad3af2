package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Changes chooses, reviews, publishes, stops and settles changes.
type Changes struct {
	*Shell
	guides guidesSeen
}

// Mount registers the routes.
func (h *Changes) Mount(r chi.Router) {
	r.Get("/instances/{instance}/changes/new", h.Adapt(h.choose))
	r.Post("/instances/{instance}/changes/new", h.Adapt(h.choose)) // more flows are ticked than an address holds
	r.Get("/instances/{instance}/changes", h.Adapt(h.backToChoice))
	r.Post("/instances/{instance}/changes", h.Adapt(h.plan))
	r.Get("/instances/{instance}/plans/{operation}", h.Adapt(h.planning))
	r.Post("/instances/{instance}/plans/{operation}/cancel", h.Adapt(h.cancelPlan))
	r.Get("/changes/{change}", h.Adapt(h.show))
	r.Get("/changes/{change}/publish", h.Adapt(h.back))
	r.Post("/changes/{change}/publish", h.Adapt(h.publish))
	r.Get("/changes/{change}/propose", h.Adapt(h.back))
	r.Post("/changes/{change}/propose", h.Adapt(h.propose))
	r.Get("/changes/{change}/approve", h.Adapt(h.back))
	r.Post("/changes/{change}/approve", h.Adapt(h.approveProposed))
	r.Get("/changes/{change}/refuse", h.Adapt(h.back))
	r.Post("/changes/{change}/refuse", h.Adapt(h.refuse))
	r.Get("/changes/{change}/continue", h.Adapt(h.back))
	r.Post("/changes/{change}/continue", h.Adapt(h.goOn))
	h.mountPutBack(r)
	r.Post("/changes/{change}/stop", h.Adapt(h.stop))
	r.Post("/changes/{change}/withdraw", h.Adapt(h.withdraw))
	r.Post("/changes/{change}/give-up", h.Adapt(h.giveUp))
	r.Post("/changes/{change}/settle", h.Adapt(h.settle))
	h.mountConflict(r)
	r.Get("/changes/{change}/content/{hash}", h.Adapt(h.content))
	r.Get("/changes/{change}/steps/{step}", h.Adapt(h.step))
	r.Get("/history", h.Adapt(h.history))
	r.Get("/publishing/halt", h.Adapt(h.backToHistory))
	r.Post("/publishing/halt", h.Adapt(h.halt))
	r.Post("/publishing/resume", h.Adapt(h.letOn))
}

// A guide is chosen as it is, with its draft's changes, or as the new guide that a draft describes.
const (
	choiceAsIs  = "as:"
	choiceDraft = "draft:"
)

// chosen is what the choosing page's address or form says.
type chosen struct {
	Guide     string
	Do        string // doRemove, or empty: the flows get the guide
	Flows     []string
	Remove    []string // flows that lose the guide while others get it
	Replace   bool
	OverDraft []string
	OverCalls []string // flows chosen although those that lead there set the guide
	Match     *flowsQuery
	Continues string // the change that is continued; empty: none
}

func readChosen(v url.Values) chosen {
	c := chosen{Guide: short(v.Get("guide")), Replace: v.Get("replace") != "", Flows: picked(v), Continues: short(v.Get("continues"))}
	c.Remove, c.OverDraft, c.OverCalls = unique(v["remove"]), unique(v["draft"]), unique(v["callers"])
	if do := v["do"]; len(do) > 0 && do[len(do)-1] == doRemove { // the last one is the button that was pressed
		c.Do, c.Flows, c.Remove = doRemove, unique(append(c.Flows, c.Remove...)), nil
	}
	if all := v.Get("all"); all != "" {
		c.Match = filteredBy(all, v)
	}
	return c
}

// add and remove are the flows that get the guide, and those that lose it.
func (c chosen) add() []string {
	if c.Do == doRemove {
		return nil
	}
	return c.Flows
}

func (c chosen) remove() []string {
	if c.Do == doRemove {
		return c.Flows
	}
	return c.Remove
}

// overPairs are the flows that are included in spite of a draft, or of the flows that lead to them.
func (c chosen) overPairs() (out []ui.Pair) {
	for _, id := range c.OverDraft {
		out = append(out, ui.Pair{Name: "draft", Value: id})
	}
	for _, id := range c.OverCalls {
		out = append(out, ui.Pair{Name: "callers", Value: id})
	}
	return out
}

// short is a field that names something: what is too long names nothing.
func short(text string) string {
	if len(text) > 100 {
		return ""
	}
	return text
}

// unique keeps the first of equal ids, and only ids.
func unique(ids []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, id := range ids {
		if id = strings.ToLower(id); instance.IsUUID(id) && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

func (h *Changes) choose(w http.ResponseWriter, r *http.Request) error {
	v, err := asked(r)
	if err != nil {
		return err
	}
	c := readChosen(v)
	same, named, err := h.sameAgain(r, instanceParam(r))
	if err != nil {
		return err
	}
	if named {
		c = same.Chosen
	}
	p, err := h.newProps(r, c, FieldErrors{})
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, changes.New(p))
}

// backToChoice leads from the address of a refused form to the choice.
func (h *Changes) backToChoice(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, addGuidePath(instanceParam(r)))
}

func (h *Changes) newProps(r *http.Request, c chosen, errs FieldErrors) (changes.NewProps, error) {
	ctx, id := r.Context(), instanceParam(r)
	reading, err := h.Survey.Read(ctx, id, false)
	if err != nil {
		return changes.NewProps{}, err
	}
	drafts, err := h.Drafts.DraftsOf(ctx, id)
	if err != nil {
		return changes.NewProps{}, err
	}
	rules, err := h.Publish.Rules(ctx, id)
	if err != nil {
		return changes.NewProps{}, err
	}
	offer := newOffer(ctx, reading, rules, c, h.foreignTo(ctx, id, c))
	if err := offer.foreign.failed(); err != nil {
		return changes.NewProps{}, err
	}
	title, what := i18n.T(ctx, "changes.new.title"), i18n.T(ctx, "changes.new.text")
	if c.Do == doRemove {
		title, what = i18n.T(ctx, "choose.remove.title"), i18n.T(ctx, "choose.remove.text")
	}
	p := changes.NewProps{
		Page: h.instancePage(r, reading.Instance, layout.PageProps{Title: title, Description: what},
			ui.Link{Text: title, Href: addGuidePath(id)}),
		Errors: errs.Summary(ctx, choiceControl), Continues: c.Continues, Hidden: c.overPairs(),
		Action: "/instances/" + string(id) + "/changes",
		Do:     c.Do,
		Other:  offer.other(),
		Flows:  offer.table(errs),
		More:   offer.more(),
		Not:    offer.leftOut(),
		Barred: needs(ctx, r, people.Editor),
	}
	if c.Do == doRemove && len(p.Flows.Rows) == 0 {
		p.Barred = cmp.Or(p.Barred, i18n.T(ctx, "choose.remove.nothing"))
	}
	if offer.gone > 0 {
		p.Notices = append(p.Notices, ui.AlertProps{Kind: ui.Warning, Text: i18n.T(ctx, "choose.gone", "Count", offer.gone)})
	}
	if offer.tooMany > 0 {
		p.Notices = append(p.Notices, ui.AlertProps{Kind: ui.Warning, Text: tooMany(ctx, offer.tooMany, len(c.Flows) > 0)})
	}
	if c.Do == doRemove { // which needs no guide
		return p, nil
	}
	p.Guides = guideChoices(ctx, reading, drafts, c.Guide, errs)
	p.Replace = ui.CheckboxProps{FieldProps: ui.FieldProps{ID: "replace", Label: i18n.T(ctx, "changes.new.replace"), Description: i18n.T(ctx, "changes.new.replace.text")},
		Name: "replace", Checked: c.Replace}
	if len(p.Guides.Options) == 0 {
		p.NoGuide = noGuide(ctx, reading)
	}
	return p, nil
}

// choiceControl is the id of what a field of the choice is on the page.
func choiceControl(field string) string {
	if field == "flow" {
		return "flows"
	}
	return field
}

func guideChoices(ctx context.Context, reading *survey.Reading, drafts []publish.GuideDraft, chosen string, errs FieldErrors) ui.RadioProps {
	p := ui.RadioProps{FieldProps: ui.FieldProps{ID: "guide", Label: i18n.T(ctx, "changes.new.guide.label"), Error: errs.Text(ctx, "guide")}, Name: "guide"}
	add := func(value, text, description string, f instance.Flow, h audit.Health) {
		o := ui.Option{Value: value, Text: text, Description: description, Selected: value == chosen}
		if h.State != audit.Healthy {
			o.Disabled, o.Selected, o.Description = true, false, ""
			o.Reason = healthStatus(ctx, h).Text
		}
		if f.State == instance.StateArchived {
			o.Reason = i18n.T(ctx, "changes.new.archived")
		}
		p.Options = append(p.Options, o)
	}
	for _, g := range reading.Guides {
		id := string(g.Flow.ID)
		add(choiceAsIs+id, g.Flow.Name, i18n.T(ctx, "changes.new.as-is", "Kind", guideKind(ctx, g.Info)), g.Flow, g.Health)
		if d := draftOf(drafts, id); d != nil {
			add(choiceDraft+id, i18n.T(ctx, "changes.new.with-draft", "Guide", g.Flow.Name), i18n.T(ctx, "changes.new.with-draft.text", "Name", d.By.Name, "Time", absoluteTime(d.At)), g.Flow, g.Health)
		}
	}
	if d := draftOf(drafts, newGuide); d != nil {
		add(choiceDraft+newGuide, i18n.T(ctx, "changes.new.create", "Guide", d.Name), i18n.T(ctx, "changes.new.create.text"), instance.Flow{}, audit.Health{State: audit.Healthy})
	}
	if selected := slices.ContainsFunc(p.Options, func(o ui.Option) bool { return o.Selected }); !selected {
		if i := slices.IndexFunc(p.Options, func(o ui.Option) bool { return !o.Disabled }); i >= 0 {
			p.Options[i].Selected = true
		}
	}
	return p
}

// plan turns the choice into a stored plan and leads to its review.
func (h *Changes) plan(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, c := r.Context(), readChosen(r.PostForm)
	req, errs, err := h.request(ctx, instanceParam(r), actor(r), c)
	if err != nil {
		return h.notChosen(w, r, c, errs, err)
	}
	in := planInput{Instance: req.Instance.ID, By: req.By, Chosen: c, Of: len(req.Add) + len(req.Remove)}
	if h.inBackground(in) && !errs.Any() {
		return h.askPlan(w, r, "change.plan", in)
	}
	if !errs.Any() {
		var change publish.Change
		if change, err = h.Publish.Plan(ctx, req); err == nil {
			h.record(r, "change.plan", change.ID, "", "ok")
			return seeOther(w, r, changePath(change.ID))
		}
	}
	return h.notChosen(w, r, c, errs, err)
}

// notChosen shows the choice again, with what is wrong with it or why the service could not be asked.
func (h *Changes) notChosen(w http.ResponseWriter, r *http.Request, c chosen, errs FieldErrors, err error) error {
	status, f := http.StatusUnprocessableEntity, fault.From(err)
	var problem []ui.AlertProps
	switch {
	case err == nil:
	case fault.Is(err, fault.NotFound): // a flow that is gone is left out of the plan; the guide can't be
		errs.Add("guide", "changes.error.guide-gone")
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		errs.Add("", f.Message.ID, flatArgs(f.Message)...)
	case r.Context().Err() != nil, !mayPass(f), f.Kind == fault.Internal:
		return err
	default:
		status = kinds[f.Kind].status
		problem = append(problem, ui.AlertProps{Kind: ui.Error, Title: i18n.T(r.Context(), "planning.failed"), Text: i18n.Text(r.Context(), f.Message), List: f.Problems,
			Code: f.Code, RequestID: f.RequestID})
	}
	p, perr := h.newProps(r, c, errs)
	if perr != nil {
		return cmp.Or(err, perr)
	}
	p.Notices = append(problem, p.Notices...)
	return render(w, r, status, changes.New(p))
}

func changePath(id string) string { return "/changes/" + id }

// request fills the domain's request from the choice, the last reading and the drafts.
func (h *Changes) request(ctx context.Context, id instance.ID, by publish.Actor, c chosen) (publish.Request, FieldErrors, error) {
	var errs FieldErrors
	reading, err := h.Survey.Read(ctx, id, false)
	if err != nil {
		return publish.Request{}, errs, err
	}
	if c.Do == doRemove && len(c.Flows) == 0 {
		errs.Add("flow", "choose.remove.choose")
	}
	req := publish.Request{
		Instance: reading.Instance, By: by, Audit: reading.Options(), Replace: c.Replace,
		OverDraft: map[instance.FlowID]bool{}, Names: map[instance.FlowID]string{},
		Asked: publish.Asked{Guide: c.Guide, Replace: c.Replace},
	}
	if len(c.Flows)+len(c.Remove) > MaxFlows {
		errs.Add("flow", "changes.error.too-many", "Max", MaxFlows)
		return req, errs, nil
	}
	req.Add, req.Asked.Add = flowIDs(c.add()), flowIDs(c.add())
	req.Remove, req.Asked.Remove = flowIDs(c.remove()), flowIDs(c.remove())
	req.Asked.OverDraft = flowIDs(c.OverDraft)
	for _, f := range req.Asked.OverDraft {
		req.OverDraft[f] = true
	}
	if req.Continues, err = h.continued(ctx, id, c.Continues); err != nil {
		return req, errs, err
	}
	req.Led = map[instance.FlowID]bool{}
	for _, row := range allRows(reading) {
		req.Names[row.Flow.ID] = row.Flow.Name
		switch {
		case row.Report.Verdict != audit.ViaCallers:
		case slices.Contains(c.OverCalls, string(row.Flow.ID)):
			req.Asked.OverCalls = append(req.Asked.OverCalls, row.Flow.ID)
		default:
			req.Led[row.Flow.ID] = true
		}
	}
	if c.Do == doRemove {
		req.Asked.Guide = ""
	} else if c.Guide != "" && len(c.Remove) == 0 {
		err = h.chooseGuide(ctx, reading.Instance, c.Guide, &req, &errs)
	}
	return req, errs, err
}

func flowIDs(ids []string) []instance.FlowID {
	out := make([]instance.FlowID, 0, len(ids))
	for _, id := range ids {
		out = append(out, instance.FlowID(id))
	}
	return out
}

// chooseGuide resolves "as:<flow>" and "draft:<flow>".
func (h *Changes) chooseGuide(ctx context.Context, in instance.Instance, choice string, req *publish.Request, errs *FieldErrors) error {
	if id, ok := strings.CutPrefix(choice, choiceAsIs); ok && instance.IsUUID(id) {
		req.Guide.Flow = instance.FlowID(strings.ToLower(id))
		return nil
	}
	id, ok := strings.CutPrefix(choice, choiceDraft)
	if !ok {
		errs.Add("guide", "changes.error.guide")
		return nil
	}
	g, err := h.loadGuide(ctx, in.ID, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || !g.has {
		errs.Add("guide", "changes.error.no-draft")
		return nil
	}
	req.Guide.Model, req.Guide.Name, req.Guide.View = &g.model, g.draft.Name, g.read
	req.Guide.Base, req.Guide.Overrides = g.base, g.both
	req.Guide.Draft = &publish.DraftRef{Flow: g.id, Rev: g.draft.Rev}
	if g.live != nil {
		req.Guide.Flow = instance.FlowID(g.id)
	}
	return nil
}
