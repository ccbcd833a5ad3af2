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

// planInput is what an operation plans.
type planInput struct {
	Instance instance.ID
	By       publish.Actor
	Chosen   chosen
}

// PlanDo plans changes in the background (operation.Handler).
func PlanDo(d Deps) operation.Handler { return (&Changes{&Shell{d}}).planInBackground }

func (h *Changes) planInBackground(ctx context.Context, run *operation.Run) (json.RawMessage, error) {
	var in planInput
	if err := json.Unmarshal(run.Operation().Input, &in); err != nil {
		return nil, fmt.Errorf("what to plan: %w", err)
	}
	req, errs, err := h.request(ctx, in.Instance, in.By, in.Chosen)
	if err != nil {
		return nil, err
	}
	if errs.Any() {
		return nil, &fault.Error{Kind: fault.Invalid, Message: errs.list[0].msg}
	}
	req.ID = string(run.Operation().ID)
	req.Progress = func(done, of int) {
		run.Progress(operation.Progress{Done: done, Total: of, Message: fault.Msg("planning.flows")})
	}
	_, err = h.Publish.Plan(ctx, req)
	return nil, err
}

// askPlan has a choice planned in the background, and leads to the page that says how far that is.
func (h *Changes) askPlan(w http.ResponseWriter, r *http.Request, c chosen) error {
	ctx, id, by := r.Context(), instanceParam(r), actor(r)
	c.Match = nil
	op, asked, err := h.Operations.Ask(ctx, operation.Request{
		Kind: PlanWork, Subject: string(id), Key: PlanWork + " " + string(id) + " " + by.ID, By: by.ID,
		Input: planInput{Instance: id, By: by, Chosen: c},
	})
	if err != nil {
		return fmt.Errorf("ask for a plan: %w", err)
	}
	if !asked { // by the same person, a moment ago
		h.Session.PutFlash(ctx, Flash{Kind: string(ui.Warning), Message: fault.Msg("planning.already")})
	} else {
		h.record(r, "change.plan", string(op.ID), "", "ok")
	}
	return seeOther(w, r, planningPath(id, op.ID))
}

func planningPath(id instance.ID, op operation.ID) string {
	return "/instances/" + string(id) + "/plans/" + string(op)
}

// planOperation is the plan that the address names, of the instance that it names, with what it plans.
func (h *Changes) planOperation(r *http.Request) (op operation.Operation, in planInput, err error) {
	missing := fault.New(fault.NotFound, "error.page-not-found")
	if h.Operations == nil {
		return op, in, missing
	}
	op, err = h.Operations.Get(r.Context(), operation.ID(chi.URLParam(r, "operation")))
	if fault.Is(err, fault.NotFound) || err == nil && (op.Kind != PlanWork || op.Subject != string(instanceParam(r))) {
		return op, in, missing
	}
	if err == nil {
		err = json.Unmarshal(op.Input, &in)
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
	p := changes.PlanningProps{Choice: ui.LinkButtonProps{Text: i18n.T(ctx, "changes.review.change"), Href: choicePath(in.Instance, in.Chosen)}}
	if op.Active() {
		frame.Refresh = planLook
		p.Self, p.Done, p.Total = planningPath(in.Instance, op.ID), op.Progress.Done, max(op.Progress.Total, len(in.Chosen.Flows)+len(in.Chosen.Remove))
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

// choicePath leads to the choosing page with a choice.
func choicePath(id instance.ID, c chosen) string {
	asked := publish.Asked{Guide: c.Guide, Add: flowIDs(c.add()), Remove: flowIDs(c.remove()), Replace: c.Replace}
	if to := again(publish.Change{Instance: instance.Instance{ID: id}, Asked: asked}); to != "" {
		return to
	}
	return addGuidePath(id)
}
