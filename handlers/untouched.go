package handlers

import (
	"context"
	"net/http"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	flowview "wrapup/views/flow"
	"wrapup/views/ui"
)

// untouchedReason is why a flow on the do-not-touch list is not chosen.
const untouchedReason = "publish.left.untouched"

// rulesOf are the rules of an instance; none where nothing is published from here.
func (s *Shell) rulesOf(ctx context.Context, id instance.ID) (publish.Rules, error) {
	if s.Publish == nil {
		return publish.Rules{}, nil
	}
	return s.Publish.Rules(ctx, id)
}

// flowActions are the buttons of a flow's page; one on the do-not-touch list has none but the one that takes it off.
func (h *Flow) flowActions(r *http.Request, id instance.ID, d *survey.FlowDetail, rules publish.Rules) page {
	f := d.Row.Flow.ID
	p := flowview.ActionsProps{Links: h.changeLinks(r, id, d, rules)}
	if h.Publish != nil && may(r, people.Publish.Needs()) {
		ctx, on := r.Context(), rules.Forbids(f)
		p.Action, p.On = flowPath(id, f)+"/untouched", "on"
		p.Button = ui.ButtonProps{Text: i18n.T(ctx, "untouched.put"), ID: "untouched"}
		if on {
			p.On, p.Button.Text = "", i18n.T(ctx, "untouched.take")
		}
	}
	return flowview.Actions(p)
}

// untouchedNotice says that a flow is on the do-not-touch list; empty where it is not.
func untouchedNotice(ctx context.Context, f instance.FlowID, rules publish.Rules) []ui.AlertProps {
	if !rules.Forbids(f) {
		return nil
	}
	return []ui.AlertProps{{Kind: ui.Info, ID: "untouched-notice", Title: i18n.T(ctx, "untouched.badge"), Text: i18n.T(ctx, "untouched.text")}}
}

// untouched puts a flow on the do-not-touch list, or takes it off.
func (h *Flow) untouched(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, id, f := r.Context(), instanceParam(r), flowParam(r)
	if _, err := h.surveyor.Find(ctx, id); err != nil {
		return err
	}
	if !instance.IsUUID(string(f)) || h.Publish == nil {
		return fault.New(fault.NotFound, "error.page-not-found")
	}
	on := posted(r, "on") != ""
	if err := h.Publish.SetUntouched(ctx, id, f, on, actor(r)); err != nil {
		return err
	}
	done := "untouched.off"
	if on {
		done = "untouched.on"
	}
	h.record(r, "flow."+done, string(id)+"/"+string(f), "", "ok")
	h.success(r, fault.Msg(done), nil)
	return seeOther(w, r, flowPath(id, f))
}
