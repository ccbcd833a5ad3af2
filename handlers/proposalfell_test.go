package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestAProposalFallsWhenAFlowChanges(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	f := j.bare(0, 2)
	path := j.plan(f...)
	doc := j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	j.edited(f[0], settled(f[0]))
	j.acts("p2", people.Publisher)
	doc = j.get(path)
	doc = j.page(j.send(path+"/approve", fields(doc, publishing, ticked(doc))), http.StatusConflict)
	c := j.change(path)
	if c.State != publish.Planned || c.Proposal != nil || j.updates() != 0 {
		t.Fatalf("it is %s after %d writes, proposed %+v", c.State, j.updates(), c.Proposal)
	}
	for range 2 { // who approves, at once and later; then who proposed it
		wantsMain(t, doc, "Out of date", f[0].Flow.Name+" is not as it was when this was reviewed.")
		if doc.Find("#rebuild-plan").Length() != 1 || doc.Find(publishing).Length() != 0 || stateOf(doc) != "Out of date" {
			t.Errorf("%s: %.600s", stateOf(doc), text(doc.Find("main")))
		}
		wantsMain(t, j.get("/history"), "Out of date")
		j.acts("p1", people.Publisher)
		doc = j.get(path)
	}
	next := j.follow(doc.Find("#rebuild-plan").Closest("form").AttrOr("action", ""), url.Values{})
	doc = j.get(next)
	if next == path || doc.Find(publishing).Length() != 1 {
		t.Errorf("planned anew, it says %q", text(doc.Find(".flash")))
	}
}
