package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

// A reading is cancelled by whoever asked for it; the readings of others, and those that come round, by those who publish.
func TestWhoMayCancelAReading(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		role  people.Role
		asker string
		may   bool
	}{
		"a viewer, the own":                 {people.Viewer, "p2", true},
		"a viewer, somebody else's":         {people.Viewer, "p1", false},
		"an editor, somebody else's":        {people.Editor, "p1", false},
		"a viewer, the daily one":           {people.Viewer, "", false},
		"a publisher, somebody else's":      {people.Publisher, "p1", true},
		"an administrator, the daily one's": {people.Admin, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackground(t, -1)
			if err := b.store.SavePerson(t.Context(), people.Person{ID: "p2", Name: "ben", Role: c.role, Created: time.Now()}); err != nil {
				t.Fatal(err)
			}
			b.gate.hold(searchPath)
			if _, _, err := b.work.Ask(t.Context(), operation.Request{Kind: survey.Work, Subject: b.in.ID, Input: survey.Order{}, By: c.asker}); err != nil {
				t.Fatal(err)
			}
			b.waits()
			b.session.mu.Lock()
			b.session.who = "p2"
			b.session.mu.Unlock()
			button := b.get(b.path("flows")).Find("#reading-cancel")
			path := b.path("readings", string(b.last().ID), "cancel")
			if _, disabled := button.Attr("disabled"); button.Length() != 1 || disabled == c.may {
				t.Errorf("%d buttons, disabled %t", button.Length(), disabled)
			}
			if c.may {
				b.follow(path, url.Values{})
				if o := b.ended(); o.State != operation.Cancelled || o.CancelBy != "p2" {
					t.Errorf("it is %s, cancelled by %q", o.State, o.CancelBy)
				}
				return
			}
			if got := text(button.Parent()); !strings.Contains(got, "a publisher or an administrator can cancel") {
				t.Errorf("why not: %q", got)
			}
			doc := b.page(b.send(path, url.Values{}), http.StatusForbidden)
			if got := text(doc.Find("main")); !strings.Contains(got, "a publisher or an administrator can cancel") {
				t.Errorf("refused with %q", got)
			}
			if o := b.last(); !o.Active() || !o.CancelAsked.IsZero() {
				t.Errorf("it is %s, %s", o.State, o.CancelAsked)
			}
		})
	}
}
