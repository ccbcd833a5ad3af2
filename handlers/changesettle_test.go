package handlers

import (
	"strings"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/connectsim"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// That a write did not take place is known only once its call is over: until then nobody counts it as not published.
func TestAWriteThatMayBeUnderWayIsNotCountedAsNotPublished(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWith(audit.NotWired))
	approval := j.approval(change)
	j.lost(connectsim.DoDropBefore)
	j.follow(change+"/publish", approval)
	j.sim.Faults(nil)
	c := j.change(change)
	until := c.Steps[0].Intent.Until
	if c.State != publish.Interrupted || !until.After(c.Steps[0].Intent.At) {
		t.Fatalf("%s, under way until %s", c.State, until)
	}
	j.ahead.Store(int64(30 * time.Second))
	form := typed(j.get(change), `form[action$="/settle"]`)
	if form.Get("seen") == "" {
		t.Fatalf("the call is over, and nothing is to be decided: %s", text(j.get(change).Find("main")))
	}

	j.ahead.Store(0)
	want := "may still be on its way until " + until.Add(time.Second-1).UTC().Format("15:04:05 UTC")
	doc := j.get(change)
	wantsMain(t, doc, want)
	if doc.Find(`form[action$="/settle"]`).Length() != 0 || doc.Find(`#under-way a[href="`+change+`"]`).Length() != 1 {
		t.Errorf("it is to be decided: %s", text(doc.Find("main")))
	}
	if to := j.follow(change+"/settle", form); to != change || j.change(change).State != publish.Interrupted {
		t.Errorf("decided too early: %s", j.change(change).State)
	}
	if got := text(j.get(change).Find(".flash")); !strings.Contains(got, want) {
		t.Errorf("the refusal says %q", got)
	}

	j.ahead.Store(int64(30 * time.Second))
	if j.follow(change+"/settle", form); j.change(change).State != publish.Failed || j.updates() == 0 {
		t.Errorf("after the call: %s", j.change(change).State)
	}
}

// What was carried out is so at any time.
func TestAWriteThatTookPlaceIsCountedAtOnce(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWith(audit.NotWired))
	approval := j.approval(change)
	j.cutOff()
	j.follow(change+"/publish", approval)
	j.sim.Faults(nil)
	j.follow(change+"/settle", typed(j.get(change), `form[action$="/settle"]`))
	if c := j.change(change); c.State != publish.Published {
		t.Errorf("it is %s", c.State)
	}
}
