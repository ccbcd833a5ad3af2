package handlers

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// Every time of a change's page is in UTC; one that the rules speak of stands by their clock too, beside it.
func TestOneClockOnThePagesOfAChange(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	r := publish.Rules{Zone: "Asia/Tokyo", TwoPersons: true, Windows: closed()}
	j.ruled(r)
	next, err := r.Next(time.Now().UTC())
	if err != nil {
		t.Fatal(err)
	}
	path := j.plan(j.bare(0, 1)...)
	both := r.Local(next) + " (" + absoluteTime(next) + ")"
	doc := j.get(path)
	wantsMain(t, doc, "The next one opens on "+both, "When the next change window opens, on "+both)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	c := j.change(path)
	doc = j.get(path)
	wantsMain(t, doc, "mei proposed this change on "+absoluteTime(c.Proposal.At), "It is to be published on "+both)
	if got := text(doc.Find("main")); strings.Contains(strings.ReplaceAll(got, r.Local(next), ""), "JST") {
		t.Errorf("another clock: %s", got)
	}
	j.acts("p2", people.Publisher)
	v := fields(j.get(path), "form.refuse-form", url.Values{"reason": {"Not on a Monday"}})
	j.follow(path+"/refuse", v)
	wantsMain(t, j.get(path), "Refused on "+absoluteTime(j.change(path).Fell.At))

	j.acts("p1", people.Publisher)
	doc = j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	j.acts("p2", people.Publisher)
	doc = j.get(path)
	j.follow(path+"/approve", fields(doc, publishing, ticked(doc)))
	wantsMain(t, j.get(path), "Not before "+both, "Waits until "+both)
}

func TestUTCIsNotSaidTwice(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 3, 4, 0, 0, time.UTC)
	for zone, want := range map[string]string{"": "23 Nov 2026, 03:04 UTC", "Asia/Tokyo": "23 Nov 2026, 12:04 JST (23 Nov 2026, 03:04 UTC)"} {
		if got := byBothClocks(publish.Rules{Zone: zone}, at); got != want {
			t.Errorf("%q: %s", zone, got)
		}
	}
}
