package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

// edits has a colleague publish something else in the console, and wrapup read it.
func (j *journey) editedOutside(id instance.FlowID, content string) {
	j.t.Helper()
	if err := j.sim.EditOutside(j.in.ID, string(id), content); err != nil {
		j.t.Fatal(err)
	}
	if _, err := j.survey.Read(j.t.Context(), instance.ID(j.in.ID), true); err != nil {
		j.t.Fatal(err)
	}
}

// marks are the flows that the list marks as changed outside.
func (j *journey) marks() (ids []string) {
	j.t.Helper()
	j.get(j.path("flows")).Find("#flows tbody tr").Each(func(_ int, s *goquery.Selection) {
		if strings.Contains(text(s), "Changed outside wrapup") {
			ids = append(ids, strings.TrimPrefix(s.AttrOr("id", ""), "flow-"))
		}
	})
	return ids
}

func TestAnOutsideChangeIsMarkedAndAdopted(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, wired := j.wires()
	id := string(f.Flow.ID)
	if got := j.marks(); len(got) != 0 {
		t.Fatalf("what wrapup wrote is marked: %v", got)
	}
	wantsMain(t, j.get(j.path("outside")), "Every flow that wrapup wrote holds what wrapup left, as far as")
	theirs := strings.Replace(wired, `"Version"`, `"Settled":1,"Version"`, 1)
	j.editedOutside(f.Flow.ID, theirs)
	if got := j.marks(); len(got) != 1 || got[0] != id {
		t.Errorf("marked are %v", got)
	}
	wantsMain(t, j.get(j.path("flows")), "1 flow was changed outside wrapup since wrapup wrote it.", "Show it")
	listed := hrefs(j.get(j.path("outside")).Find("#outside tbody"))
	if listed[f.Flow.Name] != j.path("flows", id)+"#outside" {
		t.Errorf("the list leads to %v", listed)
	}
	doc := j.get(j.path("flows", id))
	wantsMain(t, doc, "Somebody published something else since wrapup wrote this flow.", "Accept it as it is", "Put back what wrapup left", "Settled")
	forms := doc.Find("#outside form[method=post]")
	if forms.Length() != 2 || typed(doc, `#outside form[action$="/restore"]`).Get("hash") != hashOf(wired) {
		t.Errorf("the page offers %s", text(forms))
	}
	adopt := typed(doc, `#outside form[action$="/adopt"]`)
	if adopt.Get("seen") != hashOf(theirs) {
		t.Errorf("the form names %v", adopt)
	}

	for what, seen := range map[string]string{"another content": hashOf(wired), "nothing": "", "garbage": "\xff'--"} {
		doc := j.page(j.send(j.path("flows", id, "adopt"), url.Values{"seen": {seen}, "reason": {"Ana <b>"}}), http.StatusConflict)
		if len(j.marks()) != 1 || doc.Find("#not-adopted a[href='#outside']").Length() != 1 || doc.Find("#outside textarea").Text() != "Ana <b>" {
			t.Errorf("%s: %s", what, text(doc.Find("#not-adopted")))
		}
	}
	long := strings.Repeat("客", publish.MaxReason+1)
	doc = j.page(j.send(j.path("flows", id, "adopt"), url.Values{"seen": {hashOf(theirs)}, "reason": {long}}), http.StatusUnprocessableEntity)
	if doc.Find("#outside #reason-error").Length() != 1 || doc.Find("#outside textarea").Text() != long {
		t.Errorf("a reason that is too long: %s", text(doc.Find("#outside")))
	}

	adopt.Set("reason", "Ana fixed the greeting")
	if at := j.follow(j.path("flows", id, "adopt"), adopt); at != j.path("flows", id) {
		t.Errorf("adopted, it leads to %q", at)
	}
	if got := j.marks(); len(got) != 0 || j.get(j.path("flows", id)).Find("#outside").Length() != 0 {
		t.Errorf("what was adopted is marked still: %v", got)
	}
	wantsMain(t, j.get(j.path("outside")), "No flow was changed outside wrapup", "holds what wrapup left, or what was accepted since")
	wantsMain(t, j.get(j.path("flows", id, "history")), "Outside changes that were accepted (1)", "Ana fixed the greeting")
	if res, got := j.body(j.path("flows", id, "history", hashOf(theirs)+".json")); res.StatusCode != http.StatusOK || got != theirs {
		t.Errorf("what was adopted is not kept: status %d", res.StatusCode)
	}
	wantsMain(t, j.page(j.send(j.path("flows", id, "adopt"), adopt), http.StatusConflict), "The outside change was not accepted") // again: nothing to adopt
	if all, err := j.store.Adoptions(t.Context(), instance.ID(j.in.ID), f.Flow.ID); err != nil || len(all) != 1 {
		t.Errorf("adopted %d times, %v", len(all), err)
	}
	if live, _, _ := j.sim.Contents(j.in.ID, id); live != theirs || j.updates() != 1 {
		t.Error("adopting wrote to the service")
	}

	again := strings.Replace(wired, `"Version"`, `"Settled":2,"Version"`, 1)
	j.editedOutside(f.Flow.ID, again)
	doc = j.get(j.path("flows", id))
	wantsMain(t, doc, "Somebody published something else since the last outside change was accepted.", "Put back what was accepted")
	if typed(doc, `#outside form[action$="/restore"]`).Get("hash") != hashOf(theirs) {
		t.Error("another content than the accepted one would be put back")
	}
	j.editedOutside(f.Flow.ID, theirs) // back to what is known
	if got := j.marks(); len(got) != 0 {
		t.Errorf("marked are %v", got)
	}
	if _, _, err := j.store.VerifyHistory(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALayoutChangedOutsideIsToldApart(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	j.survey = survey.New(j.gateway, survey.ServiceOptions{Now: time.Now, Cache: j.store.Readings()})
	j.begins()
	f, wired := j.wires()
	moved := strings.Replace(wired, `"Metadata":{`, `"Metadata":{"moved":true,`, 1)
	if moved == wired {
		moved = strings.Replace(wired, `"Metadata": {`, `"Metadata": {"moved": true,`, 1)
	}
	if moved == wired {
		t.Fatal("the flow has no layout")
	}
	j.editedOutside(f.Flow.ID, moved)
	doc := j.get(j.path("flows", string(f.Flow.ID)))
	wantsMain(t, doc, "Only the layout in the flow designer was changed.", "Accept it as it is")
	for _, path := range []string{"flows", "outside"} {
		if doc := j.get(j.path(path)); strings.Count(text(doc.Find("tbody")), "Only the layout was changed outside wrapup") != 1 || len(j.marks()) != 0 {
			t.Errorf("%s: it is marked as changed", path)
		}
	}
	j.editedOutside(f.Flow.ID, strings.Replace(moved, `"Version"`, `"Settled":1,"Version"`, 1))
	if len(j.marks()) != 1 || strings.Contains(text(j.get(j.path("outside")).Find("tbody")), "Only the layout") {
		t.Error("more than the layout was changed, and the list does not say so")
	}
}

func TestViewersSeeAnOutsideChangeAndDoNothingAboutIt(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, wired := j.wires()
	j.editedOutside(f.Flow.ID, strings.Replace(wired, `"Version"`, `"Settled":1,"Version"`, 1))
	for _, role := range []people.Role{people.Viewer, people.Editor} {
		j.role = role
		j.mount()
		doc := j.get(j.path("flows", string(f.Flow.ID)))
		if got := doc.Find("#outside form button:not([disabled])").Length(); got != 0 || doc.Find("#outside .reason").Length() != 2 {
			t.Errorf("a %s is offered %d buttons", role, got)
		}
		adopt := typed(doc, `#outside form[action$="/adopt"]`)
		if res := j.send(j.path("flows", string(f.Flow.ID), "adopt"), adopt); res.StatusCode != http.StatusForbidden {
			t.Errorf("a %s adopted: %d", role, res.StatusCode)
		}
	}
}

func TestWhatCountsAsAnOutsideChange(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	l := publish.Left{Change: "c", Step: "s", Hash: "ours", At: at}
	row := func(hash string, read time.Time) survey.FlowRow {
		return survey.FlowRow{Flow: instance.Flow{ID: "f"}, Hash: hash, ReadAt: read}
	}
	open, none := l, l
	open.Open, none.Hash = true, ""
	for name, c := range map[string]struct {
		left publish.Left
		row  survey.FlowRow
		want bool
	}{
		"another content, read later":          {l, row("theirs", at.Add(time.Second)), true},
		"the same content":                     {l, row("ours", at.Add(time.Second)), false},
		"read before wrapup wrote":             {l, row("theirs", at.Add(-time.Second)), false},
		"not read":                             {l, row("", at.Add(time.Second)), false},
		"while it is written":                  {open, row("theirs", at.Add(time.Second)), false},
		"nothing is known of what was left":    {none, row("theirs", at.Add(time.Second)), false},
		"a flow that wrapup has never written": {publish.Left{}, row("theirs", at.Add(time.Second)), false},
	} {
		if got := changedOutside(map[instance.FlowID]publish.Left{"f": c.left}, &c.row); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
