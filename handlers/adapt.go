package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/reqctx"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// errMethod is the one error whose status no kind has.
var errMethod = fault.New(fault.Invalid, "error.method")

// kinds maps an error's kind to the status, the page's title and how loudly it is logged.
var kinds = map[fault.Kind]struct {
	status int
	title  string
	level  slog.Level
}{
	fault.NotFound:    {http.StatusNotFound, "error.title.not-found", slog.LevelInfo},
	fault.Invalid:     {http.StatusUnprocessableEntity, "error.title.invalid", slog.LevelInfo},
	fault.Conflict:    {http.StatusConflict, "error.title.conflict", slog.LevelInfo},
	fault.Denied:      {http.StatusForbidden, "error.title.denied", slog.LevelWarn},
	fault.Throttled:   {http.StatusTooManyRequests, "error.title.throttled", slog.LevelWarn},
	fault.Unavailable: {http.StatusServiceUnavailable, "error.title.unavailable", slog.LevelWarn},
	fault.Internal:    {http.StatusInternalServerError, "error.title.internal", slog.LevelError},
}

// Adapt makes a handler of a function that may fail. An error is logged once, here, and answered with the error page.
// The function must not have written anything when it returns an error; render and seeOther see to that.
func (s *Shell) Adapt(fn func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := fn(w, r); err != nil {
			s.Fail(w, r, err)
		}
	}
}

// Fail logs err and answers with the page for it.
func (s *Shell) Fail(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	if errors.Is(ctx.Err(), context.Canceled) {
		s.Log.DebugContext(ctx, "client went away", "err", err)
		return
	}
	// A throttle that used the time up is what there is to say, with the service's code.
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && !fault.Is(err, fault.Throttled) {
		err = fault.New(fault.Unavailable, "error.timeout").Because(err)
	}
	f := fault.From(err)
	k := kinds[f.Kind]
	status := k.status
	if errors.Is(err, errMethod) {
		status = http.StatusMethodNotAllowed
	}
	s.Log.Log(ctx, k.level, "request failed", "method", r.Method, "route", route(r), "status", status,
		"code", f.Code, "service_request", f.RequestID, "err", err)
	// The page is rendered even where the request's time is over.
	r = r.WithContext(context.WithoutCancel(ctx))
	title := k.title
	if serviceDenies(f) {
		title = "error.title.service-denied"
	}
	if err := render(w, r, status, s.errorPage(r, f, i18n.T(ctx, title))); err != nil {
		s.Log.ErrorContext(ctx, "error page failed", "err", err)
		fallback(w, status)
	}
}

// errorPage holds the catalogue's sentence, the service's code and request id: never the error's own text.
func (s *Shell) errorPage(r *http.Request, f *fault.Error, title string) page {
	ctx := r.Context()
	p := s.Page(r, layout.PageProps{Title: title, Narrow: true})
	p.Frame.RequestID = reqctx.ID(ctx)
	a := ui.AlertProps{Kind: ui.Error, Text: i18n.Text(ctx, f.Message), List: f.Problems, Code: f.Code, RequestID: f.RequestID}
	if r.Method == http.MethodGet && mayPass(f) {
		a.Action = &ui.Link{Text: i18n.T(ctx, "shell.retry"), Href: r.URL.RequestURI()}
	}
	back := ui.Link{Text: i18n.T(ctx, "shell.home"), Href: "/"}
	return layout.ErrorPage(p, a, back)
}

// serviceDenies tells a denial of the service, which has a code, from one of ours: not the person's role is too small,
// but wrapup's.
func serviceDenies(f *fault.Error) bool { return f.Kind == fault.Denied && f.Code != "" }

// mayPass says whether the same request may succeed later, without anything being changed in wrapup.
func mayPass(f *fault.Error) bool {
	switch f.Kind {
	case fault.Unavailable, fault.Throttled, fault.Internal:
		return true
	}
	return serviceDenies(f)
}

// route is the pattern that answered, for logs: paths may hold one-time tokens.
func route(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return c.RoutePattern()
	}
	return ""
}

// fallback is rendered by nothing, so nothing can fail.
func fallback(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>wrapup</title>` +
		`<h1>Something went wrong</h1><p>Nothing was changed. <a href="/">Back to wrapup</a></p></html>`))
}
