package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/reqctx"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// PlanWork is the kind of operation that plans a change of many flows: each is described twice, at the service's pace, which takes longer than a
// request may. The operation's id becomes the change's.
const PlanWork = "plan"

// plannedAtOnce is how many flows are planned while the person waits: some fifteen seconds.
const plannedAtOnce = 15

// planInput is what is planned: a choice, a way back, or what was not written of another change.
type planInput struct {
	Instance instance.ID
	By       publish.Actor
	Chosen   chosen
	Back     *backInput `json:",omitempty"`
	Anew     *anewInput `json:",omitempty"`
	Of       int        // how many flows it is about, at most
}

// backInput is a way back.
type backInput struct {
	Former    publish.Former
	OverDraft []instance.FlowID
	Continues string // as in publish.Request
}

// anewInput is what of a change is planned anew.
type anewInput struct {
	Change    string
	Steps     []string // keys; none: all that was not written
	OverDraft []instance.FlowID
	Replaces  bool // the new plan takes the place of one that nobody has approved
}

// inBackground says whether so much is planned that nobody is to wait for it.
func (h *Changes) inBackground(in planInput) bool {
	return in.Of > plannedAtOnce && h.Operations != nil
}

// PlanDo plans changes in the background (operation.Handler).
func PlanDo(d Deps) operation.Handler { return (&Changes{Shell: &Shell{d}}).planInBackground }

func (h *Changes) planInBackground(ctx context.Context, run *operation.Run) (json.RawMessage, error) {
	var in planInput
	if err := json.Unmarshal(run.Operation().Input, &in); err != nil {
		return nil, fmt.Errorf("what to plan: %w", err)
	}
	_, err := h.planOf(ctx, in, string(run.Operation().ID), func(done, of int) {
		run.Progress(operation.Progress{Done: done, Total: of, Message: fault.Msg("planning.flows")})
	})
	return nil, err
}

// planOf makes the plan. id is that of the change to be; empty: a new one.
func (h *Changes) planOf(ctx context.Context, in planInput, id string, progress func(done, of int)) (publish.Change, error) {
	switch {
	case in.Back != nil:
		return h.Publish.PutBack(ctx, publish.PutBackRequest{ID: id, Former: in.Back.Former, OverDraft: in.Back.OverDraft, Continues: in.Back.Continues,
			By: in.By, Audit: h.auditOptions(ctx, in.Instance), Progress: progress})
	case in.Anew != nil:
		return h.anew(ctx, in, id, progress)
	}
	req, errs, err := h.request(ctx, in.Instance, in.By, in.Chosen)
	if err != nil {
		return publish.Change{}, err
	}
	if errs.Any() {
		return publish.Change{}, &fault.Error{Kind: fault.Invalid, Message: errs.list[0].msg}
	}
	req.ID, req.Progress = id, progress
	return h.Publish.Plan(ctx, req)
}

// askPlan has a plan made in the background, and leads to the page that says how far that is.
func (h *Changes) askPlan(w http.ResponseWriter, r *http.Request, action string, in planInput) error {
	ctx, id, by := r.Context(), in.Instance, in.By
	in.Chosen.Match = nil
	op, asked, err := h.Operations.Ask(ctx, operation.Request{
		Kind: PlanWork, Subject: string(id), Key: PlanWork + " " + string(id) + " " + by.ID, By: by.ID, Input: in,
	})
	if err != nil {
		return fmt.Errorf("ask for a plan: %w", err)
	}
	if !asked { // by the same person, a moment ago
		h.Session.PutFlash(ctx, Flash{Kind: string(ui.Warning), Message: fault.Msg("planning.already")})
	} else {
		h.record(r, action, string(op.ID), "", "ok")
	}
	return seeOther(w, r, planningPath(id, op.ID))
}

func planningPath(id instance.ID, op operation.ID) string {
	return "/instances/" + string(id) + "/plans/" + string(op)
}

// planOperation is the plan that the address names, of the instance that it names, with what it plans.
func (h *Changes) planOperation(r *http.Request) (op operation.Operation, in planInput, err error) {
	op, in, err = h.planAsked(r.Context(), instanceParam(r), operation.ID(chi.URLParam(r, "operation")))
	if err == nil && op.Kind == "" {
		err = fault.New(fault.NotFound, "error.page-not-found")
	}
	return op, in, err
}

// planning says how far a plan has come; done, it leads to the change's review.
func (h *Changes) planning(w http.ResponseWriter, r *http.Request) error {
	op, in, err := h.planOperation(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if op.State == operation.Done {
		return seeOther(w, r, changePath(string(op.ID)))
	}
	at, err := h.Survey.Find(ctx, in.Instance)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "planning.title")
	frame := layout.PageProps{Title: title, Description: i18n.T(ctx, "planning.text")}
	p := changes.PlanningProps{Choice: choiceLink(r, op, in)}
	if op.Active() {
		frame.Refresh = planLook
		p.Self, p.Done, p.Total = planningPath(in.Instance, op.ID), op.Progress.Done, max(op.Progress.Total, in.Of)
		p.Step = i18n.T(ctx, "planning.progress", "Done", op.Progress.Done, "Of", p.Total)
		p.Leave = i18n.T(ctx, "planning.leave")
		if op.By == actor(r).ID || may(r, people.Publisher) {
			p.Cancel = &changes.PostProps{Action: p.Self + "/cancel", Button: ui.ButtonProps{Text: i18n.T(ctx, "planning.cancel"), ID: "planning-cancel"}}
		}
	} else {
		p.Ended = planEnded(ctx, op)
	}
	p.Page = h.instancePage(r, at, frame, ui.Link{Text: title})
	return render(w, r, http.StatusOK, changes.Planning(p))
}

// planLook is after how many seconds the page of a plan is loaded anew.
const planLook = 3

func planEnded(ctx context.Context, op operation.Operation) *ui.AlertProps {
	a := &ui.AlertProps{Kind: ui.Info, Title: i18n.T(ctx, "planning.cancelled"), Text: i18n.T(ctx, "planning.cancelled.text")}
	if op.State == operation.Failed {
		a.Kind, a.Title, a.Text = ui.Error, i18n.T(ctx, "planning.failed"), i18n.Text(ctx, op.Failure.Message)
		a.List, a.Code, a.RequestID = op.Failure.Problems, op.Failure.Code, op.Failure.RequestID
	}
	return a
}

// cancelPlan ends a plan that is being made. Nothing of it is kept.
func (h *Changes) cancelPlan(w http.ResponseWriter, r *http.Request) error {
	op, in, err := h.planOperation(r)
	if err != nil {
		return err
	}
	if op.By != actor(r).ID && !may(r, people.Publisher) {
		return denied(r, people.Role(reqctx.PersonOf(r.Context()).Role), people.Publisher)
	}
	if _, err := h.Operations.Cancel(r.Context(), op.ID, actor(r).ID); err != nil {
		return fmt.Errorf("cancel the plan: %w", err)
	}
	return seeOther(w, r, planningPath(in.Instance, op.ID))
}

// choiceLink leads from a plan that is being made, or was not, to the page on which it was chosen; nil for who may not choose.
func choiceLink(r *http.Request, op operation.Operation, in planInput) *ui.LinkButtonProps {
	ctx := r.Context()
	l, need := ui.LinkButtonProps{Text: i18n.T(ctx, "changes.review.change")}, people.PlanChanges
	switch {
	case in.Anew != nil:
		return &ui.LinkButtonProps{Text: i18n.T(ctx, "putback.back"), Href: changePath(in.Anew.Change)}
	case in.Back != nil:
		l.Href, need = sameChoice(putBackPath(in.Back.Former.Change), string(op.ID)), people.Publish
	default:
		l.Href = sameChoice(addGuidePath(in.Instance), string(op.ID))
	}
	if !may(r, need.Needs()) {
		return nil
	}
	return &l
}
