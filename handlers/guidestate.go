package handlers

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/reqctx"
	"wrapup/internal/survey"
	"wrapup/internal/view"
)

// guideState is one guide as its form, preview and export know it.
type guideState struct {
	in      instance.Instance
	id      string // flow id, or "new"
	name    string // of the flow; of a new guide the draft's
	live    *survey.FlowDetail
	lifted  acw.Lifted   // of the live guide; the zero value for a new one
	view    *view.View   // what the form is built from
	read    *view.View   // the instance's own view, for checks; nil where it could not be read
	viewNo  *fault.Error // why the instance's own view could not be read
	draft   publish.GuideDraft
	has     bool      // a draft exists
	model   acw.Guide // the draft's, else the live one's, else a new guide's
	base    string    // hash of the live content; empty for a new guide
	both    []string  // fields that the draft and somebody who published since both changed
	moved   bool      // the live guide is not the one the draft was begun from
	created bool      // wrapup created it, and it is active
	ended   string    // the change by which wrapup archived it, where it is archived; empty: somebody else did
	time    string    // the time limit as it was typed, where that was refused
}

func (h *Guides) guide(r *http.Request) (guideState, error) {
	return h.loadGuide(r.Context(), instanceParam(r), chi.URLParam(r, "flow"))
}

// loadGuide loads a guide: the live flow, its view, and the draft. A draft begun from former content is brought up to
// date: what somebody published since stays, except where the draft changed the same field.
func (h *Shell) loadGuide(ctx context.Context, id instance.ID, flowID string) (guideState, error) {
	in, err := h.Survey.Find(ctx, id)
	if err != nil {
		return guideState{}, err
	}
	g := guideState{in: in, id: strings.ToLower(flowID)} // one draft per flow, however its id is written
	if g.draft, g.has, err = h.Drafts.Draft(ctx, id, g.id); err != nil {
		return guideState{}, err
	}
	if g.id == newGuide {
		err = h.newGuide(ctx, &g)
	} else {
		err = h.liveGuide(ctx, &g)
	}
	if err == nil && g.has {
		err = h.useDraft(ctx, &g)
	}
	return g, err
}

// useDraft takes the draft's values, merged with what was published since.
func (h *Shell) useDraft(ctx context.Context, g *guideState) error {
	live := g.model
	g.model = g.draft.Model
	if g.live == nil || g.draft.Base == g.base {
		return nil
	}
	g.moved = true
	content, err := h.Publish.Content(ctx, g.draft.Base)
	if fault.Is(err, fault.NotFound) {
		return nil // the draft stands as it is; the published values are beside it
	}
	if err != nil {
		return err
	}
	d, err := flow.Parse(content)
	if err != nil {
		return nil
	}
	if base, ok := acw.Lift(d); ok {
		g.model, g.both = acw.Merge(base.Guide, live, g.draft.Model)
	}
	return nil
}

func (h *Shell) newGuide(ctx context.Context, g *guideState) error {
	v, err := h.Survey.View(ctx, g.in.ID, "")
	g.useView(v, err)
	g.model = acw.New(partition(g.in), g.in.Region, g.view)
	g.name = g.draft.Name
	return nil
}

// useView builds the form from the instance's view; where that could not be read, from the known one.
func (g *guideState) useView(v *view.View, err *fault.Error) {
	g.view, g.read, g.viewNo = v, v, err
	if err != nil {
		g.read = nil
	}
	if g.view == nil {
		g.view = acw.KnownView()
	}
}

func partition(in instance.Instance) string {
	if r, ok := instance.ParseInstance(in.ARN); ok && r.Partition != "" {
		return r.Partition
	}
	return "aws"
}

func (h *Shell) liveGuide(ctx context.Context, g *guideState) error {
	d, err := h.Survey.Flow(ctx, g.in.ID, instance.FlowID(g.id))
	if err != nil {
		return err
	}
	if f := cmp.Or(d.Row.Error, d.Late); f != nil { // whether it is one cannot be told; what is changed is what is there now
		return f
	}
	if d.Guide == nil || d.Document == nil {
		return errGuide(d.Row.Flow.Name)
	}
	g.live, g.name, g.lifted = d, d.Row.Flow.Name, *d.Guide
	g.useView(d.View, d.ViewErr)
	g.model, g.base = g.lifted.Guide, flow.Hash([]byte(d.Row.Flow.Content))
	g.model.Values = maps.Clone(g.model.Values)
	switch {
	case h.Publish == nil:
	case g.archived():
		g.ended, err = h.archivedBy(ctx, g.in.ID, d.Row.Flow.ID)
	default:
		g.created, err = h.Publish.Created(ctx, g.in.ID, d.Row.Flow.ID)
	}
	return err
}

func (g guideState) archived() bool {
	return g.live != nil && g.live.Row.Flow.State == instance.StateArchived
}

// archivedBy is the last change that archived a guide; empty where wrapup made it active again since, so that the archiving is not its own.
func (h *Shell) archivedBy(ctx context.Context, in instance.ID, id instance.FlowID) (string, error) {
	traces, _, err := h.Publish.Traces(ctx, publish.PastFilter{Instance: in, Flow: id, Limit: tracesRead})
	if err != nil {
		return "", err
	}
	for _, t := range traces {
		switch {
		case t.Step.State != publish.StepDone:
		case t.Step.Kind == publish.ArchiveGuide:
			return t.Change.ID, nil
		case t.Step.Kind == publish.ActivateGuide:
			return "", nil
		}
	}
	return "", nil
}

// tracesRead is how far back the change that archived a guide is looked for.
const tracesRead = 200

// content is the flow that would be published, with the edits that lead there; for an existing guide nothing but those changes.
func (g guideState) content() (before, after []byte, edits []flow.Edit, err error) {
	if g.live == nil {
		return nil, acw.Compile(g.model), nil, nil
	}
	before = g.live.Document.Bytes()
	if edits, err = acw.Edits(g.live.Document, g.model, g.read); err != nil {
		return before, before, nil, err
	}
	d, err := g.live.Document.Edit(edits...)
	if err != nil {
		var refused *flow.RefusedError
		if errors.As(err, &refused) {
			err = fault.New(fault.Invalid, "publish.guide-refused", "Guide", g.name).Because(err)
		}
		return before, before, nil, err
	}
	return before, d.Bytes(), edits, nil
}

// modified says whether publishing the guide would change anything.
func (g guideState) modified() bool {
	if g.live == nil {
		return true
	}
	_, _, edits, err := g.content()
	return err != nil || len(edits) > 0
}

func (g guideState) path() string { return guidePath(g.in.ID, instance.FlowID(g.id)) }

func (g guideState) rev() string { return strconv.FormatInt(g.draft.Rev, 10) }

func actor(r *http.Request) publish.Actor {
	p := reqctx.PersonOf(r.Context())
	return publish.Actor{ID: p.ID, Name: p.Name, Address: reqctx.Address(r.Context())}
}

// saves is what the guide records: of a new one, what it would.
func (g guideState) saves() []acw.Save {
	if g.live != nil {
		return g.lifted.Saves
	}
	d, err := flow.Parse(acw.Compile(g.model))
	if err != nil {
		return nil
	}
	l, _ := acw.Lift(d)
	return l.Saves
}
