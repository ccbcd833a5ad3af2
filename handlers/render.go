package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/reqctx"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

type page = templ.Component

// render writes a component, to a buffer first: a component that fails leaves the answer unwritten.
func render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client went away; there is nobody to tell
	return nil
}

// seeOther ends a successful write: the browser gets the next page with GET. to is a path of ours.
func seeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Page fills the frame of a page, and takes the messages that wait for it.
func (s *Shell) Page(r *http.Request, p layout.PageProps) layout.PageProps {
	ctx := r.Context()
	p.Frame.Practice, p.Frame.Version = s.Practice, s.Version
	if who := reqctx.PersonOf(ctx); who.ID != "" {
		p.Frame.Person = &layout.Person{
			Name:  who.Name,
			Role:  i18n.T(ctx, "role."+who.Role),
			Admin: people.Role(who.Role).AtLeast(people.Admin),
		}
	}
	p.Frame.Flashes = append(p.Frame.Flashes, s.waiting(r, p.Frame.Person != nil)...)
	if p.Instance != nil {
		p.Frame.Flashes = append(p.Frame.Flashes, s.haltedLine(r)...)
	}
	p.Frame.Flashes = append(p.Frame.Flashes, s.proposals(r)...)
	for _, f := range s.Session.TakeFlashes(ctx) {
		a := ui.AlertProps{Kind: ui.StatusKind(f.Kind), Text: i18n.Text(ctx, f.Message), Live: true}
		if f.Link != nil {
			a.Action = &ui.Link{Text: i18n.Text(ctx, f.Link.Message), Href: f.Link.Href}
		}
		p.Frame.Flashes = append(p.Frame.Flashes, a)
	}
	return p
}

// success keeps a message for the next page; link may be nil.
func (s *Shell) success(r *http.Request, m fault.Message, link *FlashLink) {
	s.Session.PutFlash(r.Context(), Flash{Kind: string(ui.Success), Message: m, Link: link})
}

// may says whether the signed-in person's role is at least min, for showing or disabling an action. What guards the
// action itself is the table of roles.
func may(r *http.Request, min people.Role) bool {
	return people.Role(reqctx.PersonOf(r.Context()).Role).AtLeast(min)
}

// localPath says whether s is a path on this site: nothing that a browser reads as another host.
func localPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(s, "/") &&
		!strings.HasPrefix(s, "//") && !strings.ContainsAny(s, "\\\r\n\t")
}

// waiting is the notice, on every page, that a change was cut off and waits for a person's decision.
func (s *Shell) waiting(r *http.Request, signedIn bool) []ui.AlertProps {
	ctx := r.Context()
	if !signedIn || s.Publish == nil {
		return nil
	}
	list, total, err := s.Publish.Changes(ctx, publish.Filter{State: publish.Interrupted, Limit: 1})
	if err != nil {
		s.Log.ErrorContext(ctx, "look for interrupted changes", "err", err)
		return nil
	}
	if total == 0 || r.URL.Path == changePath(list[0].ID) {
		return nil
	}
	return []ui.AlertProps{{Kind: ui.Warning, Text: i18n.T(ctx, "changes.waiting", "Count", total),
		Action: &ui.Link{Text: i18n.T(ctx, "changes.waiting.show"), Href: changePath(list[0].ID)}}}
}
