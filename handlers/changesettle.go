package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/changes"
	"wrapup/views/ui"
)

// settleProps reads what AWS holds now, and offers the decision that follows from it.
func (h *Changes) settleProps(r *http.Request, c publish.Change, st publish.Step) *changes.Settle {
	ctx := r.Context()
	s := &changes.Settle{Action: changePath(c.ID) + "/settle", Step: st.Key}
	now, err := h.Publish.Observe(ctx, c.ID, st.Key)
	if err != nil {
		f := fault.From(err)
		s.Failed = &ui.AlertProps{Kind: ui.Error, Text: i18n.Text(ctx, f.Message), Code: f.Code, RequestID: f.RequestID,
			Action: &ui.Link{Text: i18n.T(ctx, "shell.retry"), Href: changePath(c.ID)}}
		return s
	}
	is := string(now.Is)
	if now.Is == publish.IsMissing && st.Kind != publish.CreateGuide {
		is = "gone"
	}
	s.Seen, s.Text = now.Hash, i18n.T(ctx, "changes.settle."+is)
	if now.Wait > 0 {
		s.Wait = &ui.AlertProps{Kind: ui.Info, ID: "under-way", Text: i18n.Text(ctx, publish.Early(st)), Action: &ui.Link{Text: i18n.T(ctx, "changes.result.reload"), Href: changePath(c.ID)}}
		return s
	}
	s.Button = ui.ButtonProps{Text: i18n.T(ctx, "changes.settle.button."+is), Disabled: !may(r, people.Publisher), Reason: needs(ctx, r, people.Publisher)}
	if final, err := h.Publish.Content(ctx, st.Intent.Final); err == nil && now.Is == publish.IsOther {
		s.Diff = lineDifference(ctx, ui.DiffProps{Label: i18n.T(ctx, "changes.settle.diff")}, diffLines(final, []byte(now.Content), 3))
	}
	return s
}

func (h *Changes) settle(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	id, step := chi.URLParam(r, "change"), posted(r, "step")
	_, err := h.Publish.Settle(r.Context(), id, step, posted(r, "seen"), actor(r))
	if fault.Is(err, fault.Conflict) { // it is another state by now: the page says which
		return h.moved(w, r, id, "change.settle", err)
	}
	if err != nil {
		return err
	}
	h.record(r, "change.settle", id+"/"+step, "", "ok")
	h.success(r, fault.Msg("changes.settled"), nil)
	return seeOther(w, r, changePath(id))
}
