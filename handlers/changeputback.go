package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

func putBackPath(change string) string { return changePath(change) + "/put-back" }

// putBackForm is what is chosen of a change.
type putBackForm struct {
	Steps  []string  // keys
	Over   []string  // flows, in spite of what was published since
	Drafts []string  // flows whose replaced draft is saved again
	Fit    bool      // nobody chose yet: all that are as wrapup published them
	Hidden []ui.Pair // what is asked for elsewhere, and goes along
}

// mountPutBack registers the routes of putting back, restoring and archiving.
func (h *Changes) mountPutBack(r chi.Router) {
	r.Get("/changes/{change}/put-back", h.Adapt(h.choosePutBack))
	r.Post("/changes/{change}/put-back", h.Adapt(h.putBack))
	r.Post("/instances/{instance}/flows/{flow}/restore", h.Adapt(h.restore))
	r.Post("/instances/{instance}/guides/{flow}/archive", h.Adapt(h.archive))
}

// auditOptions are those of the instance's last reading, where there is one.
func (h *Changes) auditOptions(ctx context.Context, in instance.ID) audit.Options {
	if last := h.Survey.Kept(ctx, in); last != nil {
		return last.Options()
	}
	return audit.Options{}
}

func (h *Changes) choosePutBack(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Publish.Change(r.Context(), chi.URLParam(r, "change"))
	if err != nil {
		return err
	}
	v := r.URL.Query()
	f := putBackForm{Steps: v["step"], Over: v["over"], Drafts: v["save"]}
	same, named, err := h.sameAgain(r, c.Instance.ID)
	if err != nil {
		return err
	}
	if b := same.Back; named && b != nil && b.Former.Change == c.ID {
		f = putBackForm{Steps: b.Former.Steps, Over: idTexts(b.Former.Over), Drafts: idTexts(b.Former.Drafts), Hidden: alongPairs(*b)}
	}
	f.Fit = len(f.Steps)+len(f.Over) == 0
	return h.showPutBack(w, r, c, http.StatusOK, f, FieldErrors{})
}

// alongPairs are the drafts that a way back is published over, and the change that it continues.
func alongPairs(b backInput) []ui.Pair {
	out := chosen{OverDraft: idTexts(b.OverDraft)}.overPairs()
	if b.Continues != "" {
		out = append(out, ui.Pair{Name: "continues", Value: b.Continues})
	}
	return out
}

func (h *Changes) showPutBack(w http.ResponseWriter, r *http.Request, c publish.Change, status int, f putBackForm, errs FieldErrors) error {
	ctx := r.Context()
	if !c.CanPutBack() {
		return fault.New(fault.Conflict, "publish.put-back.not-over")
	}
	offers, err := h.offered(ctx, c)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "putback.title")
	p := changes.PutBackProps{Hidden: f.Hidden,
		Page:   h.changePage(r, c, layout.PageProps{Title: title, Description: i18n.T(ctx, "putback.text", "Change", i18n.Text(ctx, c.Title))}),
		Errors: errs.Summary(ctx, controlID), Action: putBackPath(c.ID),
		Steps:  offersTable(ctx, "steps", "putback.steps", "step"),
		Back:   ui.LinkButtonProps{Text: i18n.T(ctx, "putback.back"), Href: changePath(c.ID)},
		Submit: ui.ButtonProps{Text: i18n.T(ctx, "changes.new.submit"), Kind: ui.Primary},
	}
	p.Page.Crumbs = append(p.Page.Crumbs, ui.Link{Text: title, Href: putBackPath(c.ID)})
	since, then, stays := offersTable(ctx, "since", "putback.since", "over"), offersTable(ctx, "then", "putback.needless", "step"), guidesThatStay(c)
	if read := readThenText(ctx, offers); read != "" {
		p.Steps.Description = sentences(ctx, p.Steps.Description, read)
	}
	for _, o := range offers {
		row := offerRow(ctx, c.Instance.ID, o)
		switch {
		case o.stays():
			stays = append(stays, omitted{o.Step.Flow, o.Step.Name, publish.Standing(o.Stand)})
		case o.since():
			row.Value, row.Selected = string(o.Step.Flow), slices.Contains(f.Over, string(o.Step.Flow))
			since.Rows = append(since.Rows, row)
		default:
			row.Value, row.Selected = o.Step.Key, slices.Contains(f.Steps, o.Step.Key) || f.Fit && o.fit()
			if o.needless() {
				then.Rows = append(then.Rows, row)
			} else {
				p.Steps.Rows = append(p.Steps.Rows, row)
			}
		}
		if o.Draft && (o.Stand == publish.AsFormer || !o.stays()) {
			p.Drafts = append(p.Drafts, draftBack(ctx, c, o.Step, len(p.Drafts), f))
		}
	}
	if len(since.Rows) > 0 {
		p.Since = &since
	}
	if len(then.Rows) > 0 {
		p.Then = &then
	}
	if len(p.Steps.Rows)+len(since.Rows)+len(then.Rows)+len(p.Drafts) == 0 {
		p.Submit.Disabled, p.Submit.Reason = true, i18n.T(ctx, "putback.none.text")
	}
	p.Stays = omittedTable(ctx, c.Instance.ID, stays)
	return render(w, r, status, changes.PutBack(p))
}

// guidesThatStay are the guides that the change created or made active.
func guidesThatStay(c publish.Change) (out []omitted) {
	for _, st := range c.Steps {
		if st.State == publish.StepDone && !st.CanPutBack() {
			out = append(out, omitted{cmp.Or(st.Flow, st.Outcome.Flow), st.Name, fault.Msg("publish.left.guide-stays")})
		}
	}
	return out
}

func offersTable(ctx context.Context, id, title, name string) ui.TableProps {
	return ui.TableProps{
		ID: id, Title: i18n.T(ctx, title), Description: i18n.T(ctx, title+".text"), Stack: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "changes.new.flow"), Wide: true}, {Text: i18n.T(ctx, "putback.wrote")}, {Text: i18n.T(ctx, "changes.new.now")}, {Text: i18n.T(ctx, "putback.becomes")}},
		Select:  &ui.Selection{Name: name, Form: "put-back", Label: i18n.T(ctx, "changes.new.select"), AllLabel: i18n.T(ctx, "putback.select-all")},
		Empty:   &ui.EmptyProps{Title: i18n.T(ctx, "putback.none"), Text: i18n.T(ctx, "putback.none.text")},
	}
}

// offerRow says what a flow was, what wrapup made of it, what it is now and what it would become.
func offerRow(ctx context.Context, in instance.ID, o offered) ui.Row {
	st, word := o.Step, func(v audit.Verdict) string { return i18n.T(ctx, "verdict."+string(v)) }
	wrote, becomes := ui.Cell{Text: word(st.Verdict[1])}, ui.Cell{Text: word(st.Verdict[0])}
	switch st.Kind {
	case publish.RestoreDraft:
		wrote, becomes = ui.Cell{Text: i18n.T(ctx, "putback.wrote.draft")}, ui.Cell{Text: i18n.T(ctx, "putback.becomes.draft")}
	case publish.ArchiveGuide:
		wrote, becomes = ui.Cell{Text: i18n.T(ctx, "putback.wrote.archived")}, ui.Cell{Text: i18n.T(ctx, "putback.becomes.active")}
	}
	if st.State == publish.StepUnclear {
		wrote.Small = i18n.T(ctx, "changes.step.unclear")
	}
	return ui.Row{Label: st.Name, Cells: []ui.Cell{{Text: st.Name, Href: stepFlow(in, st)}, wrote, o.nowCell(ctx), becomes}}
}

func draftBack(ctx context.Context, c publish.Change, st publish.Step, i int, f putBackForm) changes.DraftBack {
	return changes.DraftBack{File: contentPath(c.ID, st.Saved), Box: ui.CheckboxProps{
		FieldProps: ui.FieldProps{ID: "save-" + stepID(i), Label: i18n.T(ctx, "putback.draft", "Flow", st.Name)},
		Name:       "save", Value: string(st.Flow), Checked: slices.Contains(f.Drafts, string(st.Flow)),
	}}
}

// putBack turns the choice into a stored plan and leads to its review.
func (h *Changes) putBack(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	c, err := h.Publish.Change(ctx, chi.URLParam(r, "change"))
	if err != nil {
		return err
	}
	v := r.PostForm
	f := putBackForm{Steps: v["step"], Over: unique(v["over"]), Drafts: unique(v["save"])}
	back := backInput{Former: publish.Former{Change: c.ID, Over: flowIDs(f.Over), Drafts: flowIDs(f.Drafts)}, OverDraft: flowIDs(unique(v["draft"]))}
	for _, st := range c.Steps { // only steps of the change, once each
		switch {
		case slices.Contains(f.Steps, st.Key), slices.Contains(back.Former.Over, st.Flow):
			back.Former.Steps = append(back.Former.Steps, st.Key)
		case slices.Contains(back.Former.Drafts, st.Flow):
			back.Former.Steps = append(back.Former.Steps, "draft:"+string(st.Flow))
		}
	}
	if back.Continues, err = h.continued(ctx, c.Instance.ID, posted(r, "continues")); err != nil {
		return err
	}
	f.Hidden = alongPairs(back)
	var errs FieldErrors
	if len(back.Former.Steps) == 0 {
		errs.Add("steps", "publish.put-back.nothing")
		return h.showPutBack(w, r, c, http.StatusUnprocessableEntity, f, errs)
	}
	in := planInput{Instance: c.Instance.ID, By: actor(r), Back: &back, Of: len(back.Former.Steps)}
	if h.inBackground(in) {
		return h.askPlan(w, r, "change.put-back", in)
	}
	n, err := h.planOf(ctx, in, "", nil)
	if fault.Is(err, fault.Invalid) {
		errs.add(err, "steps")
		return h.showPutBack(w, r, c, http.StatusUnprocessableEntity, f, errs)
	}
	return h.planned(w, r, "change.put-back", n, err)
}

// planned leads to the review of a plan.
func (h *Changes) planned(w http.ResponseWriter, r *http.Request, action string, c publish.Change, err error) error {
	if err != nil {
		return err
	}
	h.record(r, action, c.ID, "", "ok")
	return seeOther(w, r, changePath(c.ID))
}

// restore plans publishing a snapshot of a flow again.
func (h *Changes) restore(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	in, err := h.Survey.Find(r.Context(), instanceParam(r))
	if err != nil {
		return err
	}
	continues, err := h.continued(r.Context(), in.ID, posted(r, "continues"))
	if err != nil {
		return err
	}
	c, err := h.Publish.Restore(r.Context(), publish.RestoreRequest{Continues: continues,
		Instance: in, Flow: flowParam(r), Hash: posted(r, "hash"), OverDraft: posted(r, "draft") != "", By: actor(r), Audit: h.auditOptions(r.Context(), in.ID),
	})
	return h.planned(w, r, "flow.restore", c, err)
}

// archive plans archiving a guide. Flows that open it by the last reading are named; before it is archived all are read.
func (h *Changes) archive(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), flowParam(r)
	reading, err := h.Survey.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	q := publish.ArchiveRequest{Instance: reading.Instance, Flow: id, By: actor(r)}
	for _, g := range reading.Guides {
		if g.Flow.ID != id {
			continue
		}
		for _, f := range g.UsedBy {
			name := string(f)
			if row, ok := rowRead(reading, f); ok {
				name = flowTitle(row.Flow)
			}
			q.UsedBy = append(q.UsedBy, name)
		}
	}
	c, err := h.Publish.Archive(ctx, q)
	if f := fault.From(err); f != nil && f.Kind == fault.Invalid { // said on the guide's page
		h.Session.PutFlash(ctx, Flash{Kind: string(ui.Warning), Message: f.Message})
		return seeOther(w, r, guidePath(reading.Instance.ID, id))
	}
	return h.planned(w, r, "guide.archive", c, err)
}

// putBackLink leads from a change to the choice of what is put back; nil where nothing can be.
func putBackLink(r *http.Request, c publish.Change) []ui.LinkButtonProps {
	if !c.CanPutBack() {
		return nil
	}
	ctx := r.Context()
	needed := needs(ctx, r, people.Publisher)
	return []ui.LinkButtonProps{{Text: i18n.T(ctx, "putback.open"), Href: putBackPath(c.ID), Disabled: needed != "", Reason: needed}}
}

// putBackFact leads from one step of many to the choice, with this step chosen.
func putBackFact(r *http.Request, c publish.Change, st publish.Step) []ui.KeyValue {
	if !c.CanPutBack() || !st.CanPutBack() || len(c.Steps) < 2 || !may(r, people.Publisher) {
		return nil
	}
	ctx := r.Context()
	return []ui.KeyValue{{Key: i18n.T(ctx, "putback.open"), Text: i18n.T(ctx, "putback.open.step"), Href: putBackPath(c.ID) + "?" + url.Values{"step": {st.Key}}.Encode()}}
}

// formerFact names the change that this one puts back.
func (h *Changes) formerFact(ctx context.Context, c publish.Change) []ui.KeyValue {
	id := c.Asked.Former.Change
	if id == "" {
		return nil
	}
	former, err := h.Publish.Change(ctx, id)
	if err != nil {
		return nil // the plan stands by itself
	}
	return []ui.KeyValue{{Key: i18n.T(ctx, "putback.fact"), Text: i18n.T(ctx, "putback.fact.text", "Change", i18n.Text(ctx, former.Title), "Time", absoluteTime(former.Created)), Href: changePath(id)}}
}

// undoes says whether a step takes back what another one wrote: a published content by a content, a draft by a draft, and an archived guide by making
// it active.
func undoes(n, st publish.Step) bool {
	switch {
	case n.Flow != st.Flow || !st.CanPutBack():
		return false
	case st.Kind == publish.ArchiveGuide:
		return n.Kind == publish.ActivateGuide
	case st.Kind == publish.RestoreDraft:
		return n.Kind == publish.RestoreDraft
	}
	return n.Kind.WritesContent()
}

// undone says whether n is about putting back writes of c, and whether it put back any; those are noted in done, by key.
func undone(c, n publish.Change, done map[string]bool) (about, wrote bool) {
	for _, st := range c.Steps {
		for _, back := range n.Steps {
			if !undoes(back, st) {
				continue
			}
			if about = true; back.State == publish.StepDone {
				wrote, done[st.Key] = true, true
			}
		}
	}
	return about, wrote
}

// wasPutBack says at the head of a change that others put it back, and leads to the newest that put back something, else to the newest plan; nil where
// there is none. A draft that was saved again puts no content back.
func wasPutBack(ctx context.Context, c publish.Change, then followers) *ui.AlertProps {
	var to *publish.Change
	done := map[string]bool{}
	for i, n := range then.Back {
		first := len(done) == 0
		about, wrote := undone(c, n, done)
		if !about || n.State.Ended() && !wrote {
			continue
		}
		if to == nil || first && wrote {
			to = &then.Back[i]
		}
	}
	id := "putback.was.planned"
	switch {
	case to == nil:
		return nil
	case len(done) > 0 && slices.ContainsFunc(c.Steps, func(st publish.Step) bool { return st.CanPutBack() && !done[st.Key] }):
		id = "putback.was.partly"
	case len(done) > 0:
		id = "putback.was.published"
	}
	return &ui.AlertProps{Kind: ui.Info, ID: "put-back-by", Title: i18n.T(ctx, id), Action: &ui.Link{Text: i18n.T(ctx, "changes.since.look"), Href: changePath(to.ID)},
		Text: i18n.T(ctx, "putback.was.text", "Change", i18n.Text(ctx, to.Title), "State", stateStatus(ctx, to.State).Text, "Time", absoluteTime(lastTime(*to)))}
}

// lastTime is when a change ended; of one that has not, when it was planned.
func lastTime(c publish.Change) time.Time {
	if c.Finished.IsZero() {
		return c.Created
	}
	return c.Finished
}

// anywayFormer makes the form of what was left out ask for the same way back.
func anywayFormer(c publish.Change, p *changes.Anyway) {
	f := c.Asked.Former
	switch {
	case f.Change != "":
		p.Action, p.Hidden = putBackPath(f.Change), nil
	case f.Hash != "":
		p.Action, p.Hidden = flowPath(c.Instance.ID, f.Flow)+"/restore", []ui.Pair{{Name: "hash", Value: f.Hash}}
	default:
		return
	}
	for _, key := range f.Steps {
		p.Hidden = append(p.Hidden, ui.Pair{Name: "step", Value: key})
	}
	add := func(name string, ids []instance.FlowID) {
		for _, id := range ids {
			p.Hidden = append(p.Hidden, ui.Pair{Name: name, Value: string(id)})
		}
	}
	add("over", f.Over)
	add("save", f.Drafts)
	add("draft", c.Asked.OverDraft)
}

// agentsWord tells what the guide asks of agents, where the change makes a flow open one or publishes one.
func agentsWord(ctx context.Context, c publish.Change) string {
	opens := func(st publish.Step) bool {
		return st.Adds() || st.Kind == publish.CreateGuide || st.Kind == publish.UpdateGuide
	}
	if !slices.ContainsFunc(c.Steps, opens) {
		return ""
	}
	return i18n.T(ctx, "changes.review.agents")
}

// formerProofs are what is known of the bytes of a step that writes kept ones; nil for any other.
func formerProofs(ctx context.Context, st publish.Step) []ui.StatusProps {
	said := func(id string) []ui.StatusProps {
		return []ui.StatusProps{{Kind: ui.Success, Text: i18n.T(ctx, id)}}
	}
	switch st.Kind {
	case publish.RestoreFlow, publish.RestoreDraft:
		return said("putback.proof.kept")
	case publish.ArchiveGuide, publish.ActivateGuide:
		return said("putback.proof.state")
	}
	return nil
}
