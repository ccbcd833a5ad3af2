package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestAFlowIsPutOnTheDoNotTouchListAndTakenOff(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith(audit.NotWired)
	own, box := j.path("flows", string(f.Flow.ID)), `#flows input[value="`+string(f.Flow.ID)+`"]`
	form := typed(j.get(own), `form[action$="/untouched"]`)
	if got := j.follow(own+"/untouched", form); got != own {
		t.Fatalf("it leads to %q", got)
	}
	doc := j.get(own)
	if doc.Find("#untouched-notice").Length() != 1 || doc.Find(`a[href*="/changes/new"]`).Length() != 0 {
		t.Errorf("the flow's page offers a change: %s", text(doc.Find("main")))
	}
	list := j.get(j.path("flows") + "?q=" + url.QueryEscape(f.Flow.Name))
	if b := list.Find(box); b.Length() != 1 || b.AttrOr("disabled", "no") == "no" || !strings.Contains(text(list.Find("#flow-"+string(f.Flow.ID))), "do-not-touch list") {
		t.Error("the list lets it be chosen, or does not say why not")
	}
	if ticked, leftOut, _ := j.chooses("?flow=" + string(f.Flow.ID)); len(ticked) != 0 || leftOut != 1 {
		t.Errorf("the choosing page ticks %q, %d are left out", ticked, leftOut)
	}
	if c := j.change(j.plan(f)); len(c.Steps) != 0 || c.LeftOut[0].Reason.ID != untouchedReason {
		t.Errorf("it is planned: %+v", c)
	}
	j.follow(own+"/untouched", typed(j.get(own), `form[action$="/untouched"]`))
	if doc := j.get(own); doc.Find("#untouched-notice").Length() != 0 || doc.Find(`a[href*="/changes/new"]`).Length() == 0 {
		t.Error("taken off the list, it can't be changed")
	}
	j.page(j.send(j.path("flows", "nonsense")+"/untouched", url.Values{"on": {"on"}}), http.StatusNotFound)
}

func TestOnlyPublishersChangeTheDoNotTouchList(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	f := j.flowWith(audit.NotWired)
	own := j.path("flows", string(f.Flow.ID))
	if j.get(own).Find(`form[action$="/untouched"]`).Length() != 0 {
		t.Error("an editor is offered the button")
	}
	j.page(j.send(own+"/untouched", url.Values{"on": {"on"}}), http.StatusForbidden)
	if r, err := j.publish.Rules(t.Context(), j.reading().Instance.ID); err != nil || r.Forbids(f.Flow.ID) {
		t.Errorf("%v: an editor put it on the list", err)
	}
}

func TestAPlanThatAFlowHasMovedOnFromIsOutOfDate(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith(audit.NotWired)
	change := j.plan(f)
	row := `#waiting tr:has(a[href="` + change + `"])`
	if got := text(j.get(j.path("flows")).Find(row)); !strings.Contains(got, "Not published yet") || strings.Contains(got, "Out of date") {
		t.Errorf("the instance's page says %q", got)
	}
	theirs := strings.Replace(f.Flow.Content, `"Version"`, `"Settled":1,"Version"`, 1)
	if err := j.sim.EditOutside(j.in.ID, string(f.Flow.ID), theirs); err != nil {
		t.Fatal(err)
	}
	j.get(j.path("flows", string(f.Flow.ID))) // reads it
	for _, at := range []struct{ path, where string }{{j.path("flows"), row}, {"/history", `#changes tr:has(a[href="` + change + `"])`}, {change, "#moved"}} {
		if got := text(j.get(at.path).Find(at.where)); !strings.Contains(got, "Out of date") || !strings.Contains(got, f.Flow.Name) {
			t.Errorf("%s says %q", at.path, got)
		}
	}
	again := j.plan(f)
	if got := text(j.get(again).Find("#moved")); got != "" {
		t.Errorf("a plan of what is there now says %q", got)
	}
	j.follow(change+"/give-up", url.Values{"state": {string(publish.Planned)}, "runs": {"0"}})
	if got := text(j.get("/history").Find(`#changes tr:has(a[href="` + change + `"])`)); strings.Contains(got, "Out of date") {
		t.Errorf("a change that was given up says %q", got)
	}
}

func TestAReviewOfManyFlowsIsATableAndFoldedSteps(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	ticked, _, form := j.chooses("?all=1")
	form["flow"] = ticked
	form.Set("replace", "on")
	change := j.follow(j.path("changes"), form)
	c, doc := j.change(change), j.get(change)
	shown := func(n int) int {
		if n > stepsBoxed {
			return 0
		}
		return n
	}
	if !folded(c) || doc.Find("#overview tbody tr").Length() != len(c.Steps) || doc.Find("main details.expandable.container[id^=step-]").Length() != shown(len(c.Steps)) {
		t.Fatalf("%d steps: %s", len(c.Steps), text(doc.Find("#overview")))
	}
	if doc.Find("table.diff").Length() != 0 {
		t.Error("lines are on the page")
	}
	first := j.get(doc.Find("#overview tbody a").First().AttrOr("href", ""))
	if first.Find("table.diff tr.diff-added").Length() == 0 || text(first.Find("h1")) != c.Steps[0].Name {
		t.Errorf("the step's page is %q", text(first.Find("main")))
	}
	if got := first.Find(`main a[href="` + change + `/steps/2"]`).Length(); got != 1 {
		t.Error("no way to the next step")
	}
	for _, bad := range []string{"0", "999", "x", "-1"} {
		j.page(j.send(change+"/steps/"+bad, nil), http.StatusNotFound)
	}
	j.follow(change+"/publish", j.approval(change))
	j.ends(change)
	result := j.get(change)
	if result.Find("#overview tbody tr").Length() != len(c.Steps) || !strings.Contains(text(result.Find("#overview")), "Published") {
		t.Errorf("the result is %q", text(result.Find("#overview")))
	}
}
