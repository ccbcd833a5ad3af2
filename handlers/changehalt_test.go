package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestAnAdministratorStopsAllPublishing(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	first, second := j.plan(j.bare(0, 2)...), j.plan(j.bare(2, 1)...)
	j.held(first, publish.StopAtFailure)
	for _, role := range []people.Role{people.Viewer, people.Publisher} {
		j.acts("p1", role)
		if doc := j.get("/history"); doc.Find("#halt, #publishing-halted").Length() != 0 {
			t.Errorf("a %s is offered to stop all", role)
		}
		for _, path := range []string{"/publishing/halt", "/publishing/resume"} {
			j.page(j.send(path, url.Values{"reason": {"x"}}), http.StatusForbidden)
		}
	}
	j.acts("p2", people.Admin)
	form := j.get("/history").Find("#halt form")
	if form.AttrOr("action", "") != "/publishing/halt" || form.Find("#halt-text").Length() != 1 {
		t.Fatalf("there is no form: %s", text(j.get("/history").Find("main")))
	}
	long := strings.Repeat("é", publish.MaxReason+1)
	doc := j.page(j.send("/publishing/halt", url.Values{"reason": {long}}), http.StatusUnprocessableEntity)
	if doc.Find("#halt[open] #reason-error").Length() != 1 || doc.Find("#reason").Text() != long || doc.Find(`#form-errors a[href="#reason"]`).Length() != 1 {
		t.Errorf("too long a reason: %s", text(doc.Find("main")))
	}
	if h, err := j.publish.Halted(t.Context()); err != nil || h != nil {
		t.Fatalf("%v: a refused stop stopped: %+v", err, h)
	}
	if to := j.follow("/publishing/halt", url.Values{"reason": {"Strange <calls>"}}); to != "/history" {
		t.Errorf("it leads to %q", to)
	}
	j.follow("/publishing/halt", url.Values{"reason": {"Another"}})
	doc = j.get("/history")
	wantsMain(t, doc, "All publishing is stopped", "ann stopped all publishing, ", "Reason: Strange <calls>", "Publishing was stopped already.")
	if doc.Find("#halt").Length() != 0 || doc.Find(`form[action="/publishing/resume"]`).Length() != 1 {
		t.Error("it is not offered to let it go on, or to stop it again")
	}
	wantsMain(t, j.get(first), "ann stopped all publishing, ") // its call is under way
	j.gate.letGo()
	if c := j.ends(first); c.State != publish.Paused || j.updates() != 1 {
		t.Fatalf("the change under way is %s after %d writes", c.State, j.updates())
	}
	wantsMain(t, j.get(first), "Paused after 1 of 2", "ann stopped all publishing")

	for path, lines := range map[string]int{
		j.path("flows"): 1, j.path("guides"): 1, j.path("coverage"): 1, j.path("changes", "new"): 1, first: 1, second: 1, "/instances": 0, "/coverage": 0,
	} {
		line := j.get(path).Find(".flash #publishing-halted")
		if line.Length() != lines || lines > 0 && line.Find(`a[href="/history"]`).Length() != 1 {
			t.Errorf("%s: %d lines: %s", path, line.Length(), text(line))
		}
	}
	j.acts("p1", people.Publisher)
	if line := j.get(second).Find("#publishing-halted"); line.Length() != 1 || line.Find("a").Length() != 0 {
		t.Errorf("a publisher's line is %s", text(line))
	}
	if doc := j.get("/history"); doc.Find("#publishing-halted").Length() != 1 || doc.Find(`form[action="/publishing/resume"]`).Length() != 0 {
		t.Error("a publisher is not told, or may let it go on")
	}
	j.begin(second, publish.StopAtFailure)
	doc = j.get(second)
	wantsMain(t, doc, "Waits until publishing goes on", "ann stopped all publishing, ", "Reason: Strange <calls>", "You can leave this page.")
	if said := text(doc.Find("#active-said")); said != "Waits until publishing goes on" || strings.Contains(text(doc.Find("main")), "leave this page; publishing goes on") {
		t.Errorf("somebody who hears the page is told %q", said)
	}
	if n := strings.Count(text(doc.Find("main")), "ann stopped all publishing"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	j.acts("p2", people.Admin)
	form = j.get("/history").Find(`form[action="/publishing/resume"]`)
	since := url.Values{"since": {form.Find("input[name=since]").AttrOr("value", "")}}
	for _, other := range []url.Values{{}, {"since": {"x"}}, {"since": {"1"}}} { // who looked at an earlier stop
		j.follow("/publishing/resume", other)
		doc = j.get("/history")
		wantsMain(t, doc, "All publishing is stopped", "Publishing was stopped anew since you looked.")
	}
	for range 2 {
		j.follow("/publishing/resume", since)
	}
	wantsMain(t, j.get("/history"), "Publishing goes on.")
	if c := j.ends(second); c.State != publish.Published {
		t.Errorf("what was approved is %s", c.State)
	}
	if c := j.change(first); c.State != publish.Paused || j.get(j.path("flows")).Find("#publishing-halted").Length() != 0 {
		t.Errorf("what was paused is %s", c.State)
	}
	if to := j.send("/publishing/halt", nil).Header.Get("Location"); to != "/history" {
		t.Errorf("the address of the refused form leads to %q", to)
	}
	entries, err := j.store.Entries(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	did := map[string]int{}
	for _, e := range entries {
		did[e.Action+" "+e.Person+" "+e.Reason]++
	}
	if did["publishing.halt p2 Strange <calls>"] != 1 || did["publishing.resume p2 "] != 1 {
		t.Errorf("recorded: %v", did)
	}
}

// An open page learns of a stop, and who made it.
func TestAStopOfAllIsToldToOpenPages(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.plan(j.bare(0, 2)...)
	j.held(path, publish.StopAtFailure)
	s := j.listen(j.get(path).Find("#active").AttrOr("hx-sse:connect", ""))
	s.until("0 of 2 writes are done")
	if err := j.publish.Halt(t.Context(), "", publish.Actor{ID: "p2", Name: "ann"}); err != nil {
		t.Fatal(err)
	}
	j.gate.letGo()
	for e := range s.events {
		if strings.Contains(e.data, `hx-get="`+path+`"`) {
			if !strings.Contains(e.text(), "Paused after 1 of 2") {
				t.Errorf("it says %s", e.text())
			}
			s.until("over")
			return
		}
	}
	t.Error("it ended without a word")
}
