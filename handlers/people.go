package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/reqctx"
	"wrapup/views/layout"
	views "wrapup/views/people"
	"wrapup/views/ui"
)

// People is the administrators' page about accounts.
type People struct{ *Shell }

// Mount registers the routes.
func (h *People) Mount(r chi.Router) {
	r.Get("/people", h.Adapt(h.list))
	r.Post("/people", h.Adapt(h.invite))
	r.Post("/people/{person}/role", h.Adapt(h.role))
	r.Post("/people/{person}/disabled", h.Adapt(h.disabled))
	r.Post("/people/{person}/new-password", h.Adapt(h.newPassword))
	r.Post("/people/{person}/sign-out", h.Adapt(h.endSessions))
	r.Post("/people/links/{link}/revoke", h.Adapt(h.revoke))
}

func by(r *http.Request) people.By {
	who := reqctx.PersonOf(r.Context())
	p := people.Person{ID: who.ID, Name: who.Name, Role: people.Role(who.Role)}
	return people.By{Person: p, Address: reqctx.Address(r.Context())}
}

func (h *People) list(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, http.StatusOK, nil)
}

// invite answers with the page itself rather than with a redirect: the link is shown once, and kept nowhere.
func (h *People) invite(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	role := people.Role(posted(r, "role"))
	token, err := h.People.Invite(r.Context(), by(r), role)
	if err != nil {
		return h.refused(w, r, err)
	}
	word := i18n.T(r.Context(), "role."+string(role))
	return h.showLink(w, r, token, fault.Msg("people.link.invite", "Role", word))
}

func (h *People) newPassword(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "person")
	token, err := h.People.NewPassword(r.Context(), by(r), id)
	if err != nil {
		return h.refused(w, r, err)
	}
	p, err := h.People.Person(r.Context(), id)
	if err != nil {
		return err
	}
	return h.showLink(w, r, token, fault.Msg("people.link.password", "Name", p.Name))
}

func (h *People) showLink(w http.ResponseWriter, r *http.Request, token string, m fault.Message) error {
	ctx := r.Context()
	return h.show(w, r, http.StatusOK, &views.LinkProps{
		Alert: ui.AlertProps{Kind: ui.Success, Title: i18n.Text(ctx, m), Text: i18n.T(ctx, "people.link.once")},
		Copy:  ui.CopyProps{Text: h.base(r) + "/link/" + url.PathEscape(token), Label: i18n.T(ctx, "people.link.copy"), Block: true},
	})
}

// base is where this wrapup is reached: the configured address, else where the browser says that it sent the form, else what
// this request came to. Only the browser knows the scheme when a proxy speaks TLS; its word counts for this host, or
// where it says itself that the form was ours.
func (h *People) base(r *http.Request) string {
	if h.BaseURL != "" {
		return h.BaseURL
	}
	o, err := url.Parse(r.Header.Get("Origin"))
	web := err == nil && o.Host != "" && (o.Scheme == "http" || o.Scheme == "https")
	switch {
	case web && (o.Host == r.Host || r.Header.Get("Sec-Fetch-Site") == "same-origin"):
		return o.Scheme + "://" + o.Host
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (h *People) role(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	id, role := chi.URLParam(r, "person"), people.Role(posted(r, "role"))
	if err := h.People.SetRole(r.Context(), by(r), id, role); err != nil {
		return h.refused(w, r, err)
	}
	return h.done(w, r, fault.Msg("people.done.role", "Role", i18n.T(r.Context(), "role."+string(role))))
}

func (h *People) disabled(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	id, off := chi.URLParam(r, "person"), posted(r, "disabled") == "yes"
	if err := h.People.SetDisabled(r.Context(), by(r), id, off); err != nil {
		return h.refused(w, r, err)
	}
	if off && self(r, id) {
		return h.leave(w, r)
	}
	if off {
		return h.done(w, r, fault.Msg("people.done.closed"))
	}
	return h.done(w, r, fault.Msg("people.done.opened"))
}

func (h *People) endSessions(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "person")
	if err := h.People.EndSessions(r.Context(), by(r), id); err != nil {
		return h.refused(w, r, err)
	}
	if self(r, id) {
		return h.leave(w, r)
	}
	return h.done(w, r, fault.Msg("people.done.signed-out"))
}

func (h *People) revoke(w http.ResponseWriter, r *http.Request) error {
	if err := h.People.Revoke(r.Context(), by(r), chi.URLParam(r, "link")); err != nil {
		return h.refused(w, r, err)
	}
	return h.done(w, r, fault.Msg("people.done.revoked"))
}

func self(r *http.Request, id string) bool { return reqctx.PersonOf(r.Context()).ID == id }

// leave ends the session of this request too: what it holds in memory would be saved again with the answer.
func (h *People) leave(w http.ResponseWriter, r *http.Request) error {
	if err := h.Session.SignOut(r.Context()); err != nil {
		return err
	}
	return seeOther(w, r, "/sign-in")
}

// refused shows why above the accounts, which are what the person was working on. Other failures have their own page.
func (h *People) refused(w http.ResponseWriter, r *http.Request, err error) error {
	f := fault.From(err)
	switch f.Kind {
	case fault.Conflict, fault.Invalid, fault.NotFound:
		h.Log.InfoContext(r.Context(), "people: refused", "route", route(r), "err", err)
		h.Session.PutFlash(r.Context(), Flash{Kind: string(ui.Error), Message: f.Message})
		return h.show(w, r, kinds[f.Kind].status, nil)
	}
	return err
}

func (h *People) done(w http.ResponseWriter, r *http.Request, m fault.Message) error {
	h.success(r, m, nil)
	return seeOther(w, r, "/people")
}

func (h *People) show(w http.ResponseWriter, r *http.Request, status int, link *views.LinkProps) error {
	ctx := r.Context()
	all, err := h.People.People(ctx)
	if err != nil {
		return err
	}
	links, err := h.People.Links(ctx)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "shell.people")
	p := views.Props{
		Page: h.Page(r, layout.PageProps{Title: title, Active: layout.NavPeople}),
		Link: link,
		Table: ui.TableProps{
			ID: "accounts", Title: i18n.T(ctx, "people.title"), Description: i18n.T(ctx, "people.kept"), Count: "(" + strconv.Itoa(len(all)) + ")", Stack: true,
			Columns: []ui.Column{{Text: i18n.T(ctx, "people.column.name")}, {Text: i18n.T(ctx, "people.column.status")},
				{Text: i18n.T(ctx, "people.column.role")}, {Text: i18n.T(ctx, "people.column.actions")}},
		},
		Invite: views.InviteProps{
			Title: i18n.T(ctx, "people.invite.title"), Text: i18n.T(ctx, "people.invite.text"),
			Role:   ui.SelectProps{FieldProps: ui.FieldProps{ID: "role", Label: i18n.T(ctx, "people.column.role"), Description: i18n.T(ctx, "people.roles")}, Name: "role", Options: roleOptions(ctx, people.Viewer)},
			Submit: i18n.T(ctx, "people.invite.submit"),
		},
	}
	if len(links) > 0 {
		p.Links = linksTable(ctx, links, all, h.Now())
	}
	for _, a := range all {
		p.Table.Rows = append(p.Table.Rows, accountRow(ctx, a, self(r, a.ID)))
	}
	return render(w, r, status, views.Page(p))
}

func accountRow(ctx context.Context, a people.Person, self bool) ui.Row {
	state := ui.StatusProps{Kind: ui.Success, Text: i18n.T(ctx, "people.open")}
	if a.Disabled {
		state = ui.StatusProps{Kind: ui.Stopped, Text: i18n.T(ctx, "people.closed")}
	}
	name := ui.Cell{Text: a.Name}
	if self {
		name.Small = i18n.T(ctx, "people.you")
	}
	role := views.RoleProps{
		Action: "/people/" + a.ID + "/role",
		Select: ui.SelectProps{FieldProps: ui.FieldProps{ID: "role-" + a.ID, Label: i18n.T(ctx, "people.role-of", "Name", a.Name)}, Name: "role", Options: roleOptions(ctx, a.Role)},
		Submit: i18n.T(ctx, "people.role.submit"),
	}
	return ui.Row{ID: "account-" + a.ID, Cells: []ui.Cell{
		name, {Content: ui.Status(state)}, {Content: views.Role(role)}, {Content: views.Actions(accountActions(ctx, a))},
	}}
}

// linksTable lists what is open: what for, made by whom, until when.
func linksTable(ctx context.Context, links []people.OpenLink, all []people.Person, now time.Time) *ui.TableProps {
	names := map[string]string{"": i18n.T(ctx, "people.links.by-wrapup")}
	for _, a := range all {
		names[a.ID] = a.Name
	}
	t := &ui.TableProps{
		ID: "links", Title: i18n.T(ctx, "people.links.title"), Description: i18n.T(ctx, "people.links.text"), Count: "(" + strconv.Itoa(len(links)) + ")", Stack: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "people.links.for")}, {Text: i18n.T(ctx, "people.links.by")},
			{Text: i18n.T(ctx, "people.links.until")}, {Text: i18n.T(ctx, "people.column.actions")}},
	}
	for _, l := range links {
		purpose := i18n.T(ctx, "people.links.account", "Role", i18n.T(ctx, "role."+string(l.Role)))
		if l.Person != "" {
			purpose = i18n.T(ctx, "people.links.password", "Name", names[l.Person])
		}
		revoke := views.ActionProps{Action: "/people/links/" + l.Hash + "/revoke", Button: ui.ButtonProps{Text: i18n.T(ctx, "people.links.revoke"), Kind: ui.Quiet}}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: purpose}, {Text: names[l.Maker]}, {Content: ui.Time(timeProps(ctx, l.Expires, now))},
			{Content: views.Actions(views.ActionsProps{Forms: []views.ActionProps{revoke}})},
		}})
	}
	return t
}

func accountActions(ctx context.Context, a people.Person) views.ActionsProps {
	action := func(path, id, name, value string) views.ActionProps {
		return views.ActionProps{Action: "/people/" + a.ID + path, Button: ui.ButtonProps{Text: i18n.T(ctx, id), Kind: ui.Quiet, Name: name, Value: value}}
	}
	if a.Disabled {
		return views.ActionsProps{Forms: []views.ActionProps{action("/disabled", "people.action.open", "disabled", "no")}}
	}
	return views.ActionsProps{Forms: []views.ActionProps{
		action("/new-password", "people.action.password", "", ""),
		action("/sign-out", "people.action.sign-out", "", ""),
		action("/disabled", "people.action.close", "disabled", "yes"),
	}}
}

func roleOptions(ctx context.Context, current people.Role) []ui.Option {
	var list []ui.Option
	for _, role := range people.Roles() {
		list = append(list, ui.Option{Value: string(role), Text: i18n.T(ctx, "role."+string(role)), Selected: role == current})
	}
	return list
}
