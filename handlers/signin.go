package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/reqctx"
	"wrapup/views/layout"
	"wrapup/views/signin"
	"wrapup/views/ui"
)

// SignIn is the way in and out: name and password, one-time links, sign-out.
type SignIn struct{ *Shell }

// Mount registers the routes.
func (h *SignIn) Mount(r chi.Router) {
	limited := r
	if h.SignInLimit != nil {
		limited = r.With(h.SignInLimit)
	}
	r.Get("/sign-in", h.Adapt(h.form))
	limited.Post("/sign-in", h.Adapt(h.signIn))
	r.Post("/sign-out", h.Adapt(h.signOut))
	r.Get("/link/{token}", h.Adapt(h.link))
	limited.Post("/link/{token}", h.Adapt(h.useLink))
}

func (h *SignIn) form(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	if reqctx.PersonOf(r.Context()).ID != "" {
		return seeOther(w, r, after(next))
	}
	return h.show(w, r, http.StatusOK, "", next, nil, FieldErrors{})
}

func (h *SignIn) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	name, password, next := posted(r, "name"), postedRaw(r, "password"), posted(r, "next")
	var bad FieldErrors
	bad.require("name", name, people.MaxName)
	bad.require("password", password, people.MaxPassword)
	if bad.Any() {
		return h.show(w, r, http.StatusUnprocessableEntity, name, next, nil, bad)
	}
	p, err := h.People.SignIn(r.Context(), name, password, reqctx.Address(r.Context()))
	if status, refused := refusal(err); refused {
		return h.show(w, r, status, name, next, fault.From(err), bad)
	}
	if err != nil {
		return err
	}
	if err := h.Session.SignIn(r.Context(), p.ID); err != nil {
		return err
	}
	return seeOther(w, r, after(next))
}

// refusal says whether an error is an answer that the form itself shows.
func refusal(err error) (status int, ok bool) {
	switch {
	case fault.Is(err, fault.Denied), fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		return http.StatusUnprocessableEntity, true
	case fault.Is(err, fault.Throttled):
		return http.StatusTooManyRequests, true
	}
	return 0, false
}

// after is where a person goes once signed in: where they wanted to, if that is here.
func after(next string) string {
	if localPath(next) {
		return next
	}
	return "/instances"
}

func (h *SignIn) show(w http.ResponseWriter, r *http.Request, status int, name, next string, refused *fault.Error, bad FieldErrors) error {
	ctx := r.Context()
	p := signin.Props{
		Page:     h.Page(r, layout.PageProps{Title: i18n.T(ctx, "signin.title"), Narrow: true}),
		Errors:   bad.Summary(ctx, nil),
		Name:     ui.TextInputProps{FieldProps: field(ctx, bad, "name", "signin.name"), Name: "name", Value: name, Autocomplete: "username", Required: true, Autofocus: true},
		Password: ui.TextInputProps{FieldProps: field(ctx, bad, "password", "signin.password"), Name: "password", Type: "password", Autocomplete: "current-password", Required: true},
		Next:     next,
		Submit:   i18n.T(ctx, "signin.submit"),
	}
	switch empty, err := h.People.Empty(ctx); {
	case err != nil:
		return err
	case refused != nil:
		p.Notice = &ui.AlertProps{Kind: ui.Error, Text: i18n.Text(ctx, refused.Message), Live: true}
		if h.Practice {
			p.Notice.Text = sentences(ctx, p.Notice.Text, i18n.T(ctx, "signin.practice"))
		}
	case h.Practice: // its account has no password: a new link is the way back in
		p.Notice = &ui.AlertProps{Kind: ui.Info, Text: i18n.T(ctx, "signin.practice")}
	case empty:
		p.Notice = &ui.AlertProps{Kind: ui.Info, Text: i18n.T(ctx, "signin.empty")}
	}
	return render(w, r, status, signin.Page(p))
}

// field is a control whose id is its name.
func field(ctx context.Context, bad FieldErrors, name, label string) ui.FieldProps {
	return ui.FieldProps{ID: name, Label: i18n.T(ctx, label), Error: bad.Text(ctx, name)}
}

func (h *SignIn) signOut(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if who := reqctx.PersonOf(ctx); who.ID != "" {
		e := people.Entry{At: h.Now(), Person: who.ID, Name: who.Name, Address: reqctx.Address(ctx), Action: "sign-out", Result: "ok"}
		if err := h.People.Record(ctx, e); err != nil {
			return err
		}
	}
	if err := h.Session.SignOut(ctx); err != nil {
		return err
	}
	return seeOther(w, r, "/sign-in")
}

func (h *SignIn) link(w http.ResponseWriter, r *http.Request) error {
	token := chi.URLParam(r, "token")
	l, err := h.People.Peek(r.Context(), token)
	if err != nil {
		return h.noLink(err)
	}
	return h.showLink(w, r, http.StatusOK, token, l, "", FieldErrors{})
}

func (h *SignIn) useLink(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ctx, token := r.Context(), chi.URLParam(r, "token")
	l, err := h.People.Peek(ctx, token)
	if err != nil {
		return h.noLink(err)
	}
	name, password := posted(r, "name"), postedRaw(r, "password")
	bad := checkAccount(l, name, password, postedRaw(r, "repeat"))
	if bad.Any() {
		return h.showLink(w, r, http.StatusUnprocessableEntity, token, l, name, bad)
	}
	p, err := h.People.Redeem(ctx, token, name, password, reqctx.Address(ctx))
	if status, refused := refusal(err); refused {
		bad.add(err, fieldOf(fault.From(err).Message.ID))
		return h.showLink(w, r, status, token, l, name, bad)
	}
	if err != nil {
		return h.noLink(err)
	}
	if err := h.Session.SignIn(ctx, p.ID); err != nil {
		return err
	}
	return seeOther(w, r, "/instances")
}

// noLink says of a link that opens nothing, in practice mode, where the next one comes from.
func (h *SignIn) noLink(err error) error {
	if h.Practice && fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "signin.practice.link-used").Because(err)
	}
	return err
}

// fieldOf is the field that a refusal speaks of; empty for the form as a whole.
func fieldOf(id string) string {
	switch {
	case strings.HasPrefix(id, "people.name"):
		return "name"
	case strings.HasPrefix(id, "people.password"):
		return "password"
	}
	return ""
}

// linkKind names the link in the catalogue: an invitation for somebody who has an account sets a new password.
func linkKind(l people.Link) string {
	if l.Purpose == people.Invite && l.Person != "" {
		return "password"
	}
	return l.Purpose
}

// checkAccount holds what was typed against the rules before the link is used.
func checkAccount(l people.Link, name, password, repeat string) FieldErrors {
	var bad FieldErrors
	kind := linkKind(l)
	if kind == people.Demo {
		return bad
	}
	if kind != "password" {
		_, err := people.CheckName(name)
		bad.add(err, "name")
	}
	bad.add(people.CheckPassword(name, password), "password")
	if repeat != password {
		bad.Add("repeat", "signin.repeat-differs")
	}
	return bad
}

func (h *SignIn) showLink(w http.ResponseWriter, r *http.Request, status int, token string, l people.Link, name string, bad FieldErrors) error {
	ctx, kind := r.Context(), linkKind(l)
	text := i18n.T(ctx, "signin.link."+kind+".text", "Role", i18n.T(ctx, "role."+string(l.Role)))
	if kind == "password" {
		who, err := h.People.Person(ctx, l.Person)
		if err != nil {
			return err
		}
		text = i18n.T(ctx, "signin.link.password.text", "Name", who.Name)
	}
	p := signin.LinkProps{
		Page:   h.Page(r, layout.PageProps{Title: i18n.T(ctx, "signin.link."+kind+".title"), Narrow: true}),
		Text:   text,
		Errors: bad.Summary(ctx, nil),
		Fields: accountFields(ctx, kind, name, bad),
		Action: "/link/" + url.PathEscape(token),
		Submit: i18n.T(ctx, "signin.link."+kind+".submit"),
	}
	return render(w, r, status, signin.Link(p))
}

// accountFields are what a link of the kind asks for.
func accountFields(ctx context.Context, kind, name string, bad FieldErrors) []ui.TextInputProps {
	if kind == people.Demo {
		return nil
	}
	user := ui.TextInputProps{FieldProps: field(ctx, bad, "name", "signin.name"), Name: "name", Value: name, Autocomplete: "username", MaxLength: people.MaxName, Required: true, Autofocus: true}
	user.Constraint = i18n.T(ctx, "signin.name.constraint", "Max", people.MaxName)
	pass := ui.TextInputProps{FieldProps: field(ctx, bad, "password", "signin.password"), Name: "password", Type: "password", Autocomplete: "new-password", MaxLength: people.MaxPassword, Required: true}
	pass.Constraint = i18n.T(ctx, "signin.password.constraint", "Min", people.MinPassword)
	again := ui.TextInputProps{FieldProps: field(ctx, bad, "repeat", "signin.repeat"), Name: "repeat", Type: "password", Autocomplete: "new-password", Required: true}
	if kind == "password" {
		return []ui.TextInputProps{pass, again}
	}
	return []ui.TextInputProps{user, pass, again}
}
