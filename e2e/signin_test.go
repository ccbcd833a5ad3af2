package e2e

import (
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
)

func TestTheFirstAdministratorComesFromTheTerminal(t *testing.T) {
	t.Parallel()
	sim, database := startSim(t, ""), filepath.Join(t.TempDir(), "wrapup.db")
	p := startServe(t, sim, database)
	base, link := p.find(listens), p.find(firstLink)
	v := newVisitor(t, base)

	v.get("/instances").wants(t, http.StatusOK, "Sign in", "There is no account yet")
	opened := v.get(link)
	opened.wants(t, http.StatusOK, "Make the first account")
	weak := v.press(opened, "Make the account", account("ann", "short"))
	weak.wants(t, http.StatusUnprocessableEntity, "shorter than 12 characters")
	differ := v.press(weak, "Make the account", url.Values{"name": {"ann"}, "password": {password}, "repeat": {password + "x"}})
	differ.wants(t, http.StatusUnprocessableEntity, "The two passwords differ.")
	v.press(differ, "Make the account", account("ann", password)).wants(t, http.StatusOK, "Instances", "harbor-retail")

	newVisitor(t, base).get(link).wants(t, http.StatusNotFound, "This link was used already")
	p.stop()

	p = startServe(t, sim, database)
	base = p.find(listens)
	if p.printed("/link/") {
		t.Error("a link is printed although there is an account")
	}
	v = newVisitor(t, base)
	v.get("/history").wants(t, http.StatusOK, "Sign in")
	v.press(v.get("/sign-in?next=/history"), "Sign in", account("ann", password)).wants(t, http.StatusOK, "History")
}

func TestWrongPasswordsAreRefusedAlikeAndLimited(t *testing.T) {
	t.Parallel()
	s := serveWith(t, "")
	v := newVisitor(t, s.base)
	form := v.get("/sign-in")
	const wrong = "The name and password do not match an account."
	v.press(form, "Sign in", account("nobody", password)).wants(t, http.StatusUnprocessableEntity, wrong)
	for range 5 {
		v.press(form, "Sign in", account("ann", "five quiet green hills")).wants(t, http.StatusUnprocessableEntity, wrong)
	}
	v.press(form, "Sign in", account("ann", password)).wants(t, http.StatusTooManyRequests, "Too many failed sign-ins")
	v.get("/instances").wants(t, http.StatusOK, "Sign in")
}

// invited gives a person with the role, who has just chosen a name.
func (s *served) invited(t *testing.T, role string) *visitor {
	t.Helper()
	p := s.admin.press(s.admin.get("/people"), "Make invitation link", url.Values{"role": {role}})
	p.wants(t, http.StatusOK, "Invitation made for the role")
	v := newVisitor(t, s.base)
	v.enter(p.word("/link/"), "Make the account", account("the "+role, password))
	return v
}

func TestEachRoleMayWhatItMay(t *testing.T) {
	t.Parallel()
	s := serveWith(t, "")
	viewer, editor, publisher := s.invited(t, "viewer"), s.invited(t, "editor"), s.invited(t, "publisher")
	flows := "/instances/" + s.sim.instance + "/flows"

	viewer.get(flows).wants(t, http.StatusOK, "Inbound flows")
	viewer.get("/instances/"+s.sim.instance+"/changes/new").wants(t, http.StatusForbidden, "Your role is Viewer. This needs the role Editor.")
	viewer.get("/people").wants(t, http.StatusForbidden)

	review := editor.review(s.sim, theGuide, theFlow)
	review.wants(t, http.StatusOK, "This needs the role Publisher.")
	send := func(v *visitor) page { return v.do(v.pressing(review, "Add the guide", nil)) }
	send(viewer).wants(t, http.StatusForbidden)
	send(editor).wants(t, http.StatusForbidden, "Your role is Editor. This needs the role Publisher.")
	if w := s.wire.written(); len(w) != 0 {
		t.Fatalf("refused people wrote %q", w)
	}
	send(publisher).wants(t, http.StatusOK, "Applies to contacts that enter the flow from now on.", "the publisher")

	foreign := publisher.pressing(review, "Add the guide", nil)
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	publisher.do(foreign).wants(t, http.StatusForbidden, "This request came from another site.")
	newVisitor(t, s.base).do(newVisitor(t, s.base).pressing(review, "Add the guide", nil)).wants(t, http.StatusOK, "Sign in")
}
