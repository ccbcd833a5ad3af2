package handlers

import (
	"context"
	"net/http"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/reqctx"
	"wrapup/views/guides"
)

func (h *Guides) edit(w http.ResponseWriter, r *http.Request) error {
	g, err := h.guide(r)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, guides.Form(h.formProps(r, g, FieldErrors{})))
}

// save keeps the draft and goes on to what the button said: the form again, the preview, or the review.
func (h *Guides) save(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	g, err := h.guide(r)
	if err != nil {
		return err
	}
	f, errs := parseGuideForm(r, g)
	if f.Then == "discard" {
		return h.discard(w, r, g, f.Rev)
	}
	if f.Base != g.base {
		g.model, g.time = f.Model, f.Time
		return h.published(w, r, g)
	}
	if f.Mend != "" && f.mend(f.Mend, h.findings(g, f.Model)) {
		errs.drop(mendedField(f.Mend))
	}
	before := g.model
	g.model, g.name, g.time = f.Model, f.nameOf(g), f.Time
	if _, _, _, err := g.content(); err != nil && !errs.Any() {
		if !fault.Is(err, fault.Invalid) {
			return err
		}
		errs.Add("", fault.From(err).Message.ID, flatArgs(fault.From(err).Message)...)
	}
	if errs.Any() {
		return render(w, r, http.StatusUnprocessableEntity, guides.Form(h.formProps(r, g, errs)))
	}
	return h.keep(w, r, g, f, before)
}

// nameOf is the flow's own name; a new guide's is what was typed.
func (f guideForm) nameOf(g guideState) string {
	if g.live == nil {
		return f.Name
	}
	return g.name
}

func flatArgs(m fault.Message) []any {
	var out []any
	for k, v := range m.Args {
		out = append(out, k, v)
	}
	return out
}

// keep saves the draft, where it differs from what is there.
func (h *Guides) keep(w http.ResponseWriter, r *http.Request, g guideState, f guideForm, before acw.Guide) error {
	ctx := r.Context()
	if g.has || g.live == nil || !sameGuide(g.lifted.Guide, g.model) {
		d := publish.GuideDraft{Instance: g.in.ID, Flow: g.id, Name: f.Name, Model: g.model, Base: g.base, Rev: f.Rev, By: actor(r), At: h.Now().UTC()}
		if err := h.keepBase(ctx, g); err != nil {
			return err
		}
		if _, err := h.Drafts.SaveDraft(ctx, d); err != nil {
			return h.conflict(w, r, g, err)
		}
		h.record(r, "draft.save", string(g.in.ID)+"/"+g.id, "", "ok")
	}
	switch f.Then {
	case "preview":
		return seeOther(w, r, g.path()+"/preview")
	case "review":
		return seeOther(w, r, addGuidePath(g.in.ID)+"?guide="+reviewChoice(g))
	}
	saved := "guides.saved"
	if g.live == nil {
		saved = "guides.saved.new"
	}
	h.success(r, fault.Msg(saved), nil)
	return seeOther(w, r, g.path())
}

// keepBase keeps the published content that a draft is begun from: with it the draft is brought up to date later.
func (h *Guides) keepBase(ctx context.Context, g guideState) error {
	if g.live == nil {
		return nil
	}
	_, err := h.Publish.Keep(ctx, g.live.Document.Bytes())
	return err
}

// published shows the typed values beside a guide that somebody published while they were typed.
func (h *Guides) published(w http.ResponseWriter, r *http.Request, g guideState) error {
	var errs FieldErrors
	errs.Add("", "guides.error.published")
	return render(w, r, http.StatusConflict, guides.Form(h.formProps(r, g, errs)))
}

// mendedField is the form's field that a mend of the key writes.
func mendedField(key string) string {
	if key == timeKey {
		return "time"
	}
	return valueField(key)
}

// reviewChoice names the guide for the page that chooses flows.
func reviewChoice(g guideState) string { return choiceDraft + g.id }

func sameGuide(a, b acw.Guide) bool {
	if a.TimeLimit != b.TimeLimit || a.Silent != b.Silent || len(a.Values) != len(b.Values) {
		return false
	}
	for k, v := range a.Values {
		if w, ok := b.Values[k]; !ok || v != w {
			return false
		}
	}
	return true
}

// conflict shows the typed values again beside the message that someone else saved meanwhile; nothing was overwritten.
func (h *Guides) conflict(w http.ResponseWriter, r *http.Request, g guideState, err error) error {
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	typed, ctx := g.model, r.Context()
	now, lerr := h.guide(r)
	if lerr != nil {
		return lerr
	}
	theirs := now.model
	now.model = typed
	var errs FieldErrors
	if now.has {
		errs.Add("", "guides.error.conflict", "Name", now.draft.By.Name)
	} else {
		errs.Add("", "guides.error.gone")
	}
	p := h.formProps(r, now, errs)
	p.Reset = false // it would discard what the other person saved
	if now.has {
		p.Theirs = theirsTable(ctx, now, theirs)
	}
	return render(w, r, http.StatusConflict, guides.Form(p))
}

// discard deletes the draft that the person saw, and no other.
func (h *Guides) discard(w http.ResponseWriter, r *http.Request, g guideState, rev int64) error {
	ctx, changed := r.Context(), fault.New(fault.Conflict, "draft.changed")
	if g.has && rev != g.draft.Rev {
		return h.conflict(w, r, g, changed)
	}
	if g.has {
		if err := h.Drafts.DeleteDraft(ctx, g.in.ID, g.id, rev); err != nil {
			return err
		}
		_, still, err := h.Drafts.Draft(ctx, g.in.ID, g.id)
		if err != nil {
			return err
		}
		if still {
			return h.conflict(w, r, g, changed)
		}
	}
	h.record(r, "draft.discard", string(g.in.ID)+"/"+g.id, "", "ok")
	h.success(r, fault.Msg("guides.discarded"), nil)
	if g.live == nil {
		return seeOther(w, r, guidesPath(g.in.ID))
	}
	return seeOther(w, r, g.path())
}

// findings are the checks of a model in this guide.
func (h *Guides) findings(g guideState, m acw.Guide) []acw.Finding {
	g.model = m
	_, after, _, _ := g.content() // what cannot be built is said by the form's own errors
	return acw.Check(m, g.read, after)
}

// recordTime is how long a line of the record may take, even when its request is gone.
const recordTime = 5 * time.Second

// record adds a line to the append-only record; a record that cannot be written is an error in the log, and the action has
// happened all the same.
func (s *Shell) record(r *http.Request, action, subject, reason, result string) {
	s.recordAs(r, people.Entry{Action: action, Subject: subject, Reason: reason, Result: result})
}

// recordAnswer adds a line with the whole sentence by which an action was refused; people.OK where it was not.
func (s *Shell) recordAnswer(r *http.Request, action, subject, reason string, answer fault.Message) {
	s.recordAs(r, people.Entry{Action: action, Subject: subject, Reason: reason, Result: answer.ID, Args: answer.Args})
}

// recordAs adds an entry by who asks, now.
func (s *Shell) recordAs(r *http.Request, e people.Entry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordTime)
	defer cancel()
	who := reqctx.PersonOf(ctx)
	e.At, e.Person, e.Name, e.Address = s.Now().UTC(), who.ID, who.Name, reqctx.Address(ctx)
	if err := s.People.Record(ctx, e); err != nil {
		s.Log.ErrorContext(ctx, "record", "action", e.Action, "subject", e.Subject, "err", err)
	}
}
