package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/people"
)

// press posts the form that the button stands in.
func (s *site) press(b *http.Client, d *goquery.Document, button string, v url.Values) *http.Response {
	s.t.Helper()
	form := d.Find("button").FilterFunction(func(_ int, b *goquery.Selection) bool { return strings.TrimSpace(b.Text()) == button }).First().Closest("form")
	action, ok := form.Attr("action")
	if !ok {
		s.t.Fatalf("no form with the button %q", button)
	}
	return s.post(b, action, v)
}

func TestOpenLinksStandOnThePeoplePageAndAreRevokedThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signedIn(people.Admin)
	if d := page(t, s.get(admin, "/people")); d.Find("#links").Length() != 0 {
		t.Error("links are listed where there are none")
	}
	made := page(t, s.post(admin, "/people", url.Values{"role": {"editor"}}))
	_, token, found := strings.Cut(made.Text(), "/link/")
	if !found {
		t.Fatal("no link is shown")
	}
	token = token[:26]
	d := page(t, s.get(admin, "/people"))
	row := d.Find("#links tbody tr")
	for _, want := range []string{"An account with the role Editor", "mina admin", "UTC", "Revoke"} {
		if row.Length() != 1 || !strings.Contains(row.Text(), want) {
			t.Errorf("%d open links, without %q: %s", row.Length(), want, row.Text())
		}
	}
	if strings.Contains(d.Text(), token) {
		t.Error("the list shows the link itself")
	}
	if res := s.get(s.browser(), "/link/"+token); res.StatusCode != http.StatusOK {
		t.Fatalf("the link is %d before it is revoked", res.StatusCode)
	}
	if res := s.press(admin, d, "Revoke", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/people" {
		t.Errorf("revoking: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	after := page(t, s.get(admin, "/people"))
	if !strings.Contains(after.Text(), "The link is revoked.") || after.Find("#links").Length() != 0 {
		t.Error("the page does not say that the link is revoked")
	}
	if res := s.get(s.browser(), "/link/"+token); res.StatusCode != http.StatusNotFound {
		t.Errorf("the revoked link is %d", res.StatusCode)
	}
	if res := s.press(admin, d, "Revoke", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("revoking twice: %d", res.StatusCode)
	}
}

func TestARefusalStandsOnThePeoplePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.signedIn(people.Admin)
	all, err := s.people.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := "/people/" + all[0].ID
	for _, c := range []struct {
		name, path string
		form       url.Values
		status     int
		says       string
	}{
		{"the last administrator is not closed", at + "/disabled", url.Values{"disabled": {"yes"}}, http.StatusConflict, "This is the last administrator."},
		{"the last administrator is not demoted", at + "/role", url.Values{"role": {"viewer"}}, http.StatusConflict, "This is the last administrator."},
		{"a role that is none", at + "/role", url.Values{"role": {"king"}}, http.StatusUnprocessableEntity, "Choose one of the roles."},
		{"an invitation for a role that is none", "/people", url.Values{"role": {"king"}}, http.StatusUnprocessableEntity, "Choose one of the roles."},
		{"an account that is not there", "/people/nobody/sign-out", nil, http.StatusSeeOther, ""},
		{"a link for an account that is not there", "/people/nobody/new-password", nil, http.StatusNotFound, "There is no such account."},
	} {
		res := s.post(admin, c.path, c.form)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.status)
		}
		if c.says == "" {
			continue
		}
		d := page(t, res)
		if alerts := d.Find(".alert-error"); alerts.Length() != 1 || !strings.Contains(alerts.Text(), c.says) || d.Find("#accounts tbody tr").Length() != 1 || d.Find("#invite").Length() != 1 {
			t.Errorf("%s: %s", c.name, d.Find("main").Text())
		}
	}
	s.get(admin, "/people") // takes what the sign-out above left to say
	if d := page(t, s.get(admin, "/people")); d.Find(".alert").Length() != 0 {
		t.Errorf("a refusal is shown twice: %s", d.Find(".alert").Text())
	}
	if p, err := s.people.Person(t.Context(), all[0].ID); err != nil || p.Disabled || p.Role != people.Admin {
		t.Errorf("%+v %v", p, err)
	}
}

func TestWhoSignsThemselvesOutEverywhereIsOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, path string
		form       url.Values
	}{{"everywhere", "/sign-out", nil}, {"by closing their own account", "/disabled", url.Values{"disabled": {"yes"}}}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			admin := s.signedIn(people.Admin)
			all, err := s.people.People(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			token, err := s.people.NewLink(t.Context(), people.Link{Purpose: people.Invite, Role: people.Admin})
			if err != nil {
				t.Fatal(err)
			}
			phrase := "a long enough phrase"
			other := s.browser()
			s.post(other, "/link/"+token, url.Values{"name": {"other"}, "password": {phrase}, "repeat": {phrase}})
			elsewhere := s.browser()
			s.post(elsewhere, "/sign-in", url.Values{"name": {"mina admin"}, "password": {phrase}})
			u, _ := url.Parse(s.URL)
			kept := admin.Jar.Cookies(u)
			res := s.post(admin, "/people/"+all[0].ID+c.path, c.form)
			if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != "/sign-in" {
				t.Errorf("%d to %q", res.StatusCode, to)
			}
			admin.Jar.SetCookies(u, kept)
			s.post(other, "/people/"+all[0].ID+"/disabled", url.Values{"disabled": {"no"}})
			for who, b := range map[string]*http.Client{"here": admin, "elsewhere": elsewhere} {
				if res := s.get(b, "/people"); res.StatusCode != http.StatusSeeOther {
					t.Errorf("still signed in %s: %d", who, res.StatusCode)
				}
			}
			if res := s.get(other, "/people"); res.StatusCode != http.StatusOK {
				t.Errorf("somebody else is out too: %d", res.StatusCode)
			}
		})
	}
}
