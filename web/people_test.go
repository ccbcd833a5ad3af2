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
