package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/connectsim"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

// plan posts a choice and gives the change's address.
func (j *journey) plan(flows ...survey.FlowRow) string {
	j.t.Helper()
	v := url.Values{"guide": {"as:" + string(j.guideFlow().Flow.ID)}}
	for _, f := range flows {
		v.Add("flow", string(f.Flow.ID))
	}
	return j.follow(j.path("changes"), v)
}

func (j *journey) approval(change string) url.Values {
	j.t.Helper()
	review := j.get(change)
	return confirmAll(review, typed(review, "form.publish-form"))
}

// updates counts the requests that wrote a flow.
func (j *journey) updates() int { return j.sim.Calls()["UpdateContactFlowContent"] }

func TestPressingTwiceWritesOnce(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWith(audit.NotWired))
	approval := j.approval(change)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if res := j.send(change+"/publish", approval); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != change {
				t.Errorf("status %d, to %q", res.StatusCode, res.Header.Get("Location"))
			}
		})
	}
	wg.Wait()
	if n := j.updates(); n != 1 {
		t.Errorf("%d writes", n)
	}
}

func TestAStaleReviewOverwritesNothing(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow := j.flowWith(audit.NotWired)
	change := j.plan(flow)
	approval := j.approval(change)
	theirs := strings.Replace(flow.Flow.Content, `"Version"`, `"Settled":1,"Version"`, 1)
	if err := j.sim.EditOutside(j.in.ID, string(flow.Flow.ID), theirs); err != nil {
		t.Fatal(err)
	}
	doc := j.get(j.follow(change+"/publish", approval))
	if got := text(doc.Find(".alert-title").First()); got != "Not published" {
		t.Errorf("result %q", got)
	}
	if now, _, _ := j.sim.Contents(j.in.ID, string(flow.Flow.ID)); now != theirs || j.updates() != 0 {
		t.Error("the colleague's change was overwritten")
	}
}

func TestTheReviewRefusesWithoutTheTicks(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWhere(func(r survey.FlowRow) bool { // goes on, without a guide, to a place that is not followed
		return len(r.Report.Exits) > 0 && slices.ContainsFunc(r.Report.Gaps, func(g audit.Gap) bool {
			return g.Kind == audit.Unset && g.Block == r.Report.Exits[0].Block
		})
	}))
	approval := j.approval(change)
	if len(approval["confirm"]) == 0 {
		t.Fatalf("an exit needs no tick: %s", text(j.get(change).Find("main")))
	}
	approval.Del("confirm")
	approval.Set("reason", "Because & <b>")
	doc := j.page(j.send(change+"/publish", approval), http.StatusUnprocessableEntity)
	if got := doc.Find("textarea[name=reason]").Text(); got != "Because & <b>" {
		t.Errorf("the typed reason is lost: %q", got)
	}
	if j.updates() != 0 {
		t.Error("published without the ticks")
	}
	approval.Set("hash", strings.Repeat("0", 64))
	j.page(j.send(change+"/publish", approval), http.StatusConflict)
}

func TestEditorsPlanAndPublishersPublish(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	change := j.plan(j.flowWith(audit.NotWired))
	doc := j.get(change)
	if doc.Find("form.publish-form button:not([disabled])").Length() != 0 {
		t.Error("an editor is offered the button")
	}
	if res := j.send(change+"/publish", j.approval(change)); res.StatusCode != http.StatusForbidden || j.updates() != 0 {
		t.Errorf("an editor published: %d", res.StatusCode)
	}
}

func TestWhatTheServiceRefusesIsShownInItsWords(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWith(audit.NotWired))
	approval := j.approval(change)
	j.sim.Faults([]connectsim.FaultRule{{Op: "UpdateContactFlowContent", Every: 1, Do: connectsim.DoError, Code: "AccessDeniedException", Status: 403}})
	doc := j.get(j.follow(change+"/publish", approval))
	if got := text(doc.Find("main")); !strings.Contains(got, "AccessDeniedException") || !strings.Contains(got, "Not published") {
		t.Errorf("the page says %q", got)
	}
}

// cutOff has the write applied and its answer lost; all attempts to read it back fail. The guide and both copies are read before.
func (j *journey) cutOff() { j.lost(connectsim.DoDropAfter) }

// lost has the answer of the write lost, as do says; all attempts to read the flow back fail.
func (j *journey) lost(do connectsim.FaultDo) {
	rules := []connectsim.FaultRule{{Op: "UpdateContactFlowContent", Every: 1, Do: do}}
	for nth := 4; nth < 40; nth++ {
		rules = append(rules, connectsim.FaultRule{Op: "DescribeContactFlow", Nth: nth, Do: connectsim.DoError})
	}
	j.sim.Faults(rules)
}

func TestAnInterruptedChangeIsSettledByAPublisher(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow := j.flowWith(audit.NotWired)
	change := j.plan(flow)
	approval := j.approval(change)
	j.cutOff()
	j.follow(change+"/publish", approval)
	j.sim.Faults(nil)
	doc := j.get(change)
	if got := text(doc.Find("h1 ~ .status")); got != "Interrupted" {
		t.Fatalf("the change is %q: %s", got, text(doc.Find("main")))
	}
	form := typed(doc, `form[action$="/settle"]`)
	if form.Get("seen") == "" || !strings.Contains(text(doc.Find("main")), "The write took place") {
		t.Fatalf("the page does not say what Amazon Connect holds: %s", text(doc.Find("main")))
	}
	doc = j.get(j.follow(change+"/settle", form))
	if got := text(doc.Find("h1 ~ .status")); got != "Published" {
		t.Errorf("after the decision: %q", got)
	}
	if j.updates() != 1 {
		t.Errorf("%d writes", j.updates())
	}
	if to := j.follow(change+"/settle", form); to != change || j.updates() != 1 { // decided already
		t.Errorf("decided once more, it leads to %q", to)
	}
	if got := text(j.get(change).Find(".flash")); got == "" {
		t.Error("that it was decided already is not said")
	}
}

func TestChangesAndContentsThatAreNotThere(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWith(audit.NotWired))
	for _, path := range []string{"/changes/none", change + "/content/none", change + "/content/" + strings.Repeat("a", 64)} {
		j.page(j.send(path, nil), http.StatusNotFound)
	}
	for name, v := range map[string]url.Values{
		"no guide":          {"flow": {string(j.flowWith(audit.NotWired).Flow.ID)}},
		"nothing":           {},
		"a draft not there": {"guide": {"draft:new"}},
		"a guide of junk":   {"guide": {"as:junk"}, "flow": {"junk"}},
	} {
		t.Run(name, func(t *testing.T) {
			doc := j.page(j.send(j.path("changes"), v), http.StatusUnprocessableEntity)
			if doc.Find("#form-errors li").Length() != 1 {
				t.Errorf("messages: %s", text(doc.Find("#form-errors")))
			}
		})
	}
}

func TestADraftOfAColleagueIsLeftOutAndCanBeChosen(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow := j.withDraft()
	change := j.plan(flow)
	doc := j.get(change)
	if doc.Find("#left-out tbody tr").Length() != 1 || doc.Find("form.publish-form").Length() != 0 {
		t.Fatalf("the flow is not left out: %s", text(doc.Find("main")))
	}
	again := typed(doc, `form[action$="/changes"]`)
	again.Add("draft", string(flow.Flow.ID))
	change = j.follow(j.path("changes"), again)
	if got := j.approval(change)["confirm"]; len(got) == 0 {
		t.Error("publishing over a draft needs no tick")
	}
}

// withDraft finds a flow without the guide whose saved copy is another than the published one.
func (j *journey) withDraft() survey.FlowRow {
	j.t.Helper()
	for _, r := range j.reading().Flows {
		live, saved, ok := j.sim.Contents(j.in.ID, string(r.Flow.ID))
		if _, unfit := notSelectable(&r); ok && !unfit && live != "" && live != saved && (r.Report.Verdict == audit.NotWired || r.Report.Verdict == audit.Draft) {
			return r
		}
	}
	j.t.Fatal("the demo data has no flow with an unpublished draft")
	return survey.FlowRow{}
}

func TestAnInterruptedChangeIsSeenOnEveryPage(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	if n := j.get("/history").Find(".flash").Length(); n != 0 {
		t.Fatalf("%d notices before anything happened", n)
	}
	change := j.plan(j.flowWith(audit.NotWired))
	approval := j.approval(change)
	j.cutOff()
	j.follow(change+"/publish", approval)
	j.sim.Faults(nil)
	for _, path := range []string{"/instances", "/history", j.path("flows"), j.path("guides")} {
		if got := j.get(path).Find(`.flash a[href="` + change + `"]`).Length(); got != 1 {
			t.Errorf("%s does not lead to the change", path)
		}
	}
	if n := j.get(change).Find(".flash").Length(); n != 0 {
		t.Error("the change's own page says it too")
	}
}

func TestARefusedReviewMarksTheBoxes(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWhere(func(r survey.FlowRow) bool {
		return len(r.Report.Exits) > 0 && slices.ContainsFunc(r.Report.Gaps, func(g audit.Gap) bool {
			return g.Kind == audit.Unset && g.Block == r.Report.Exits[0].Block
		})
	}))
	approval := j.approval(change)
	approval.Del("confirm")
	doc := j.page(j.send(change+"/publish", approval), http.StatusUnprocessableEntity)
	if doc.Find(`#form-errors a[href="#confirm-step-1"]`).Length() != 1 || doc.Find("#confirm-step-1-error").Length() != 1 {
		t.Errorf("the box is not marked: %s", text(doc.Find("#publish")))
	}
	if got := j.send(change+"/publish", nil); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != change {
		t.Errorf("the address of the refused form answers %d", got.StatusCode)
	}
}

func TestNothingToPublishLeadsBackToTheChoice(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.withDraft())
	if j.get(change).Find(`main a[href*="/changes/new?"]`).Length() != 1 {
		t.Error("the review is a dead end")
	}
}
