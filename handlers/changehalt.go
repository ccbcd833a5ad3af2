package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/history"
	"wrapup/views/ui"
)

// halted is the stop of all publishing that holds; nil where none does, or where that cannot be told: publishing itself asks again.
func (s *Shell) halted(ctx context.Context) *publish.Halt {
	if s.Publish == nil {
		return nil
	}
	h, err := s.Publish.Halted(ctx)
	if err != nil {
		s.Log.ErrorContext(ctx, "look whether publishing is stopped", "err", err)
		return nil
	}
	return h
}

// haltWords say who stopped all publishing, when and why.
func haltWords(ctx context.Context, h *publish.Halt) string {
	text := i18n.T(ctx, "changes.halted", "Name", h.By.Name, "Time", absoluteTime(h.At))
	if h.Reason != "" {
		text = sentences(ctx, text, i18n.T(ctx, "changes.halted.reason", "Reason", h.Reason))
	}
	return text
}

// haltedID is the line's id, by which a page that says the same in other words leaves it out.
const haltedID = "publishing-halted"

// haltedLine is the line on every page of an instance and of a change while all publishing is stopped.
func (s *Shell) haltedLine(r *http.Request) []ui.AlertProps {
	ctx := r.Context()
	h := s.halted(ctx)
	if h == nil {
		return nil
	}
	a := ui.AlertProps{Kind: ui.Warning, ID: haltedID, Text: haltWords(ctx, h)}
	if may(r, people.Admin) {
		a.Action = &ui.Link{Text: i18n.T(ctx, "history.let-on"), Href: "/history"}
	}
	return []ui.AlertProps{a}
}

// haltProps is what the history says of the stop of all publishing, and offers to administrators.
func (h *Changes) haltProps(r *http.Request, p *history.ListProps, typed string, errs FieldErrors) {
	ctx := r.Context()
	admin := may(r, people.Admin)
	if halt := h.halted(ctx); halt != nil {
		p.Halted = &history.HaltedProps{
			Alert: ui.AlertProps{Kind: ui.Warning, ID: haltedID, Title: i18n.T(ctx, "history.halted"), Text: haltWords(ctx, halt)},
		}
		if admin {
			p.Halted.Action, p.Halted.Since = "/publishing/resume", strconv.FormatInt(halt.At.UnixMicro(), 10)
			p.Halted.Button = ui.ButtonProps{Text: i18n.T(ctx, "history.let-on"), ID: "let-on"}
		}
		return
	}
	if !admin {
		return
	}
	p.Errors = errs.Summary(ctx, nil)
	p.Halt = &history.HaltProps{
		Action: "/publishing/halt", Open: errs.Any(), Text: i18n.T(ctx, "history.halt.text"), Reason: reasonProps(ctx, typed),
		Button: ui.ButtonProps{Text: i18n.T(ctx, "history.halt"), ID: "halt-publishing", Kind: ui.Danger, Described: "halt-text"},
	}
	p.Halt.Reason.Error = errs.Text(ctx, p.Halt.Reason.ID)
}

// halt stops all publishing. Whoever stops it first is named: a second stop changes nothing.
func (h *Changes) halt(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, reason := r.Context(), posted(r, "reason")
	err := h.Publish.Halt(ctx, reason, actor(r))
	if fault.Is(err, fault.Conflict) {
		h.Session.PutFlash(ctx, Flash{Kind: string(ui.Info), Message: fault.From(err).Message})
		return seeOther(w, r, "/history")
	}
	if fault.Is(err, fault.Invalid) {
		var errs FieldErrors
		errs.add(err, "reason")
		return h.list(w, r, http.StatusUnprocessableEntity, reason, errs)
	}
	if err != nil {
		return err
	}
	h.record(r, "publishing.halt", "", reason, "ok")
	return seeOther(w, r, "/history")
}

// letOn ends the stop of all publishing that the person saw.
func (h *Changes) letOn(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	before, err := h.Publish.Halted(ctx)
	if err != nil {
		return err
	}
	if before != nil {
		since, _ := strconv.ParseInt(posted(r, "since"), 10, 64) // what is no number names no halt
		err := h.Publish.LetOn(ctx, time.UnixMicro(since), actor(r))
		if fault.Is(err, fault.Conflict) {
			h.Session.PutFlash(ctx, Flash{Kind: string(ui.Warning), Message: fault.From(err).Message})
			return seeOther(w, r, "/history")
		}
		if err != nil {
			return err
		}
		h.record(r, "publishing.resume", "", "", "ok")
	}
	h.success(r, fault.Msg("history.let-on.done"), nil)
	return seeOther(w, r, "/history")
}

// backToHistory leads from the address of a refused form to the history.
func (h *Changes) backToHistory(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, "/history")
}
