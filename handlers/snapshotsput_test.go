package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// What wrapup never saw live in a flow is refused by the plan, so it is not offered either.
func TestOnlyWhatWasLiveIsOfferedToBePutBack(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.withDraft()
	live, draft, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID))
	again := typed(j.get(j.plan(f)), `form[action$="/changes"]`)
	again.Add("draft", string(f.Flow.ID))
	path := j.follow(j.path("changes"), again)
	reviewed := j.change(path).Steps[0].After
	at := j.path("flows", string(f.Flow.ID), "history")
	offered := func(hash, why string) {
		t.Helper()
		side := j.get(at + "/compare?from=" + hash + "&to=live").Find("#from")
		if got := side.Find("form[method=post] button:not([disabled])").Length() == 1; got != (why == "") || !strings.Contains(text(side), why) {
			t.Errorf("offered: %v: %s", got, text(side))
		}
		status := j.send(j.path("flows", string(f.Flow.ID), "restore"), url.Values{"hash": {hash}}).StatusCode
		if (status == http.StatusNotFound) != (why != "") {
			t.Errorf("%s: the order is answered with %d", why, status)
		}
	}
	const unseen = "wrapup never saw this version published in this flow"
	offered(reviewed, "This version was never sent to Amazon Connect")
	j.applies(path)
	if c := j.change(path); c.State != publish.Published {
		t.Fatalf("it is %s", c.State)
	}
	offered(hashOf(live), "")
	offered(hashOf(draft), unseen)
}
