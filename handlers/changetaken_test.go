package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/audit"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

func TestOnlyWhatUndoesAWritePutsItBack(t *testing.T) {
	t.Parallel()
	step := func(k publish.StepKind, s publish.StepState) publish.Step {
		return publish.Step{Key: string(k), Kind: k, Flow: "f", State: s}
	}
	elsewhere := step(publish.RestoreFlow, publish.StepDone)
	elsewhere.Flow = "g"
	for what, x := range map[string]struct {
		of    publish.StepKind
		state publish.State
		steps []publish.Step
		want  string
	}{
		"content":                   {publish.UpdateFlow, publish.Published, []publish.Step{step(publish.RestoreFlow, publish.StepDone)}, "This was put back"},
		"content, planned":          {publish.UpdateFlow, publish.Planned, []publish.Step{step(publish.RestoreFlow, publish.StepPlanned)}, "Putting this back is planned"},
		"content, half way":         {publish.UpdateFlow, publish.Paused, []publish.Step{step(publish.RestoreFlow, publish.StepPlanned)}, "Putting this back is planned"},
		"a draft alone":             {publish.UpdateFlow, publish.Published, []publish.Step{step(publish.RestoreDraft, publish.StepDone)}, ""},
		"a draft alone, planned":    {publish.UpdateFlow, publish.Planned, []publish.Step{step(publish.RestoreDraft, publish.StepPlanned)}, ""},
		"a draft, but no content":   {publish.UpdateFlow, publish.Partly, []publish.Step{step(publish.RestoreFlow, publish.StepFailed), step(publish.RestoreDraft, publish.StepDone)}, ""},
		"the content of another":    {publish.UpdateFlow, publish.Published, []publish.Step{elsewhere}, ""},
		"the draft before a draft":  {publish.RestoreDraft, publish.Published, []publish.Step{step(publish.RestoreDraft, publish.StepDone)}, "This was put back"},
		"content for a draft":       {publish.RestoreDraft, publish.Published, []publish.Step{step(publish.RestoreFlow, publish.StepDone)}, ""},
		"active for archived":       {publish.ArchiveGuide, publish.Published, []publish.Step{step(publish.ActivateGuide, publish.StepDone)}, "This was put back"},
		"content for archived":      {publish.ArchiveGuide, publish.Published, []publish.Step{step(publish.RestoreFlow, publish.StepDone)}, ""},
		"a guide's content by kept": {publish.UpdateGuide, publish.Published, []publish.Step{step(publish.RestoreFlow, publish.StepDone)}, "This was put back"},
	} {
		c := publish.Change{ID: "c", State: publish.Published, Steps: []publish.Step{step(x.of, publish.StepDone)}}
		got, then := "", followers{Back: []publish.Change{{ID: "d", State: x.state, Steps: x.steps}}}
		if a := wasPutBack(t.Context(), c, then); a != nil {
			got = a.Title
		}
		if got != x.want {
			t.Errorf("%s: it says %q, want %q", what, got, x.want)
		}
	}
}

// factOf is the name of the fact that links an address.
func factOf(doc *goquery.Document, href string) string {
	return text(doc.Find(`dl a[href="` + href + `"]`).Closest("div").Find("dt"))
}

func TestADraftThatIsSavedAgainIsNoPutBack(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.withDraft()
	form := typed(j.get(j.plan(f)), `form[action$="/changes"]`)
	form.Add("draft", string(f.Flow.ID))
	change := j.follow(j.path("changes"), form)
	j.applies(change)
	back := j.follow(change+"/put-back", url.Values{"save": {string(f.Flow.ID)}})
	j.applies(back)
	doc := j.get(change)
	if got := doc.Find("#put-back-by"); got.Length() != 0 || factOf(doc, back) != "Draft saved again by" {
		t.Errorf("it says %q, and names the change as %q", text(got), factOf(doc, back))
	}
}

func TestWhatWasTakenOnIsLookedForThere(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 3)
	first := j.plan(f...)
	j.edited(f[0], settled(f[0]))
	j.begin(first, publish.StopAtFailure)
	j.ends(first)
	doc := j.get(first)
	form := typed(doc, "form:has(#rest-anew)")
	if got := len(form["step"]); got != 3 || !strings.Contains(text(doc.Find("#rest-anew")), "3 writes") {
		t.Fatalf("%d steps are named: %s", got, text(doc.Find("#rest-anew")))
	}
	next := j.follow(first+"/again", form)
	if doc = j.get(first); factOf(doc, next) != "To be continued with" || doc.Find("#rest-anew").Length() != 1 || doc.Find("#taken").Length() != 0 {
		t.Errorf("planned: %q", factOf(doc, next))
	}
	j.edited(f[1], settled(f[1]))
	j.begin(next, publish.StopAtFailure)
	if c := j.ends(next); c.State != publish.Partly {
		t.Fatal(c.State)
	}
	doc = j.get(first)
	if doc.Find("#rest-anew").Length() != 0 || doc.Find(`#taken a[href="`+next+`"]`).Length() != 1 || factOf(doc, next) != "Continued with" {
		t.Errorf("%q: %s", factOf(doc, next), text(doc.Find("main")))
	}
	if form = typed(j.get(next), "form:has(#rest-anew)"); len(form["step"]) != 2 {
		t.Errorf("there %d steps are named", len(form["step"]))
	}
	last := j.follow(next+"/again", form)
	j.applies(last)
	if doc = j.get(next); doc.Find("#rest-anew, #taken").Length() != 0 {
		t.Errorf("all is written: %s", text(doc.Find("main")))
	}
}

// What nobody took on is planned from here, and no write that was made since.
func TestOnlyWhatIsMissingIsPlannedAnew(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.meets(func() { j.edited(f[0], settled(f[0])) }, f[0], f[1])
	next := j.follow(path+"/again", url.Values{"step": {j.change(path).Steps[0].Key}})
	j.applies(next)
	form := typed(j.get(path), "form:has(#rest-anew)")
	rest := j.change(j.follow(path+"/again", form))
	if len(form["step"]) != 1 || len(rest.Steps)+len(rest.LeftOut) != 1 || rest.Steps[0].Flow != f[1].Flow.ID {
		t.Errorf("%v: %d steps, %d left out", form, len(rest.Steps), len(rest.LeftOut))
	}
}

func TestAChangeNamesWhatBecameOfThoseAfterIt(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	change := j.plan(j.bare(0, 1)...)
	j.applies(change)
	former := j.change(change).Steps[0]
	plan := func() string { return j.follow(change+"/put-back", url.Values{"step": {former.Key}}) }
	says := func(of, want string) {
		t.Helper()
		if got := factOf(j.get(change), of); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	back := plan()
	says(back, "To be put back by")
	j.follow(back+"/give-up", typed(j.get(back), `form[action$="/give-up"]`))
	says(back, "Putting back given up")
	tried := plan()
	live := j.live(former.Flow)
	if err := j.sim.EditOutside(j.in.ID, string(former.Flow), strings.Replace(live, `"Version"`, `"Settled":1,"Version"`, 1)); err != nil {
		t.Fatal(err)
	}
	j.begin(tried, publish.StopAtFailure)
	j.ends(tried)
	says(tried, "Tried to put back by")
	if err := j.sim.EditOutside(j.in.ID, string(former.Flow), live); err != nil {
		t.Fatal(err)
	}
	back = plan()
	j.applies(back)
	says(back, "Put back by")
}

// A plan that somebody else made stays where an editor makes it anew, and the page does not say otherwise.
func TestWhoMayNotGiveUpAPlanReplacesNone(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 1)
	path := j.plan(f...)
	j.edited(f[0], settled(f[0]))
	j.reread()
	for _, x := range []struct {
		who       string
		role      people.Role
		takes     bool
		wantState publish.State
	}{{"p2", people.Editor, false, publish.Planned}, {"p2", people.Publisher, true, publish.Discarded}} {
		j.acts(x.who, x.role)
		said := text(j.get(path).Find("#rebuild-plan-text"))
		if strings.Contains(said, "takes the place of this one") != x.takes || strings.Contains(said, "This plan stays") == x.takes {
			t.Errorf("%s is told %q", x.role, said)
		}
		j.follow(path+"/again", url.Values{})
		if got := j.change(path).State; got != x.wantState {
			t.Errorf("%s: the plan is %s", x.role, got)
		}
	}
}

func TestAReasonIsKeptWhereThePlanIsOutOfDate(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.plan(f[0], f[1])
	approval := j.approval(path)
	approval.Set("reason", "Q4 rollout, agreed with Sales")
	j.edited(f[0], settled(f[0]))
	j.reread()
	doc := j.page(j.send(path+"/publish", approval), http.StatusConflict)
	if got := text(doc.Find("#typed-reason")); got != "Q4 rollout, agreed with Sales" {
		t.Errorf("the reason is %q", got)
	}
	if j.get(path).Find("#typed-reason").Length() != 0 {
		t.Error("a reason that nobody typed")
	}
}

func TestFlowsIncludedAllTheSameStayIncluded(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	f := j.withDraft()
	i := slices.IndexFunc(j.reading().Flows, func(r survey.FlowRow) bool { return r.Report.Verdict == audit.ViaCallers })
	led := j.reading().Flows[i]
	form := url.Values{"guide": {choiceAsIs + string(j.guideFlow().Flow.ID)}, "flow": {string(f.Flow.ID), string(led.Flow.ID)},
		"draft": {string(f.Flow.ID)}, "callers": {string(led.Flow.ID)}}
	j.sim.Faults(unavailable)
	doc := j.page(j.send(j.path("changes"), form), http.StatusServiceUnavailable)
	j.sim.Faults(nil)
	again := typed(doc, "form#choose")
	if again.Get("draft") != string(f.Flow.ID) || again.Get("callers") != string(led.Flow.ID) {
		t.Fatalf("the form has %v", again)
	}
	if c := j.change(j.follow(j.path("changes"), again)); len(c.Steps) != 2 || len(c.LeftOut) != 0 {
		t.Errorf("%d writes, left out are %+v", len(c.Steps), c.LeftOut)
	}
	if first := typed(j.get(j.path("changes", "new")+"?flow="+string(f.Flow.ID)), "form#choose"); first.Has("draft") || first.Has("callers") {
		t.Errorf("unasked, the form has %v", slices.Sorted(maps.Keys(first)))
	}
}

func TestWhatWasUntickedStaysUnticked(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	change := j.plan(f[0], f[1])
	j.applies(change)
	if n := j.get(change + "/put-back").Find("#steps tbody input[checked]").Length(); n != 2 {
		t.Fatalf("%d are ticked at first", n)
	}
	draft, continues := string(f[0].Flow.ID), j.change(change).ID
	doc := j.page(j.send(change+"/put-back", url.Values{"draft": {draft}, "continues": {continues}}), http.StatusUnprocessableEntity)
	if n := doc.Find("#steps tbody input[checked]").Length(); n != 0 {
		t.Errorf("%d are ticked again", n)
	}
	if form := typed(doc, "form#put-back"); form.Get("draft") != draft || form.Get("continues") != continues {
		t.Errorf("what was asked for elsewhere is lost: %v", form)
	}
}

func TestTicksThatNobodyAsksForAreNoLink(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	draft := j.withDraft()
	flows := []survey.FlowRow{draft}
	for _, r := range j.reading().Flows {
		if _, unfit := notSelectable(&r); !unfit && r.Flow.ID != draft.Flow.ID {
			flows = append(flows, r)
		}
	}
	form := url.Values{"guide": {choiceAsIs + string(j.guideFlow().Flow.ID)}, "draft": {string(draft.Flow.ID)}, "replace": {"on"}}
	for _, r := range flows {
		form.Add("flow", string(r.Flow.ID))
	}
	path := j.follow(j.path("changes"), form)
	if n := j.get(path).Find(`#overview a[href="#publish"]`).Length(); n == 0 {
		t.Fatalf("of %d writes none asks for a tick", len(j.change(path).Steps))
	}
	j.edited(draft, settled(draft))
	j.reread()
	if doc := j.get(path); doc.Find("#moved").Length() != 1 || doc.Find(`a[href="#publish"]`).Length() != 0 {
		t.Errorf("a link leads nowhere: %s", text(doc.Find("#overview")))
	}
}

func TestAProposalOutOfDateAsksForNothingThatAPersonMayNot(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	f := j.bare(0, 1)
	path := j.plan(f...)
	doc := j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	j.edited(f[0], settled(f[0]))
	j.reread()
	for _, x := range []struct {
		who  string
		role people.Role
		want string
	}{
		{"p1", people.Publisher, "Withdraw it, then"}, {"p2", people.Publisher, "Refuse it, so"},
		{"p2", people.Editor, "A publisher can refuse it"}, {"p2", people.Viewer, "A publisher can refuse it"},
	} {
		j.acts(x.who, x.role)
		if got := text(j.get(path).Find("#proposed")); !strings.Contains(got, x.want) {
			t.Errorf("%s, %s: %q", x.who, x.role, got)
		}
	}
}
