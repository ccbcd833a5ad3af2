package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

const unknownID = "00000000-0000-4000-8000-00000000dead"

// unavailable makes every reading of a flow fail.
var unavailable = []connectsim.FaultRule{{Op: "DescribeContactFlow", Every: 1, Do: connectsim.DoError, Code: "InternalServiceException", Status: 500}}

func TestAChoiceThatCannotBePlannedIsKept(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	f := j.flowWith(audit.NotWired)
	send := func(guide string, status int, want string) {
		t.Helper()
		doc := j.page(j.send(j.path("changes"), url.Values{"flow": {string(f.Flow.ID)}, "guide": {guide}, "replace": {"on"}}), status)
		wantsMain(t, doc, want)
		if form := typed(doc, "form#choose"); form.Get("flow") != string(f.Flow.ID) || form.Get("replace") != "on" {
			t.Errorf("%.40q: the choice is lost: %v", guide, form)
		}
	}
	for _, guide := range []string{choiceAsIs + unknownID, choiceDraft + unknownID} { // deleted in the meantime
		send(guide, http.StatusUnprocessableEntity, "not")
	}
	for _, guide := range []string{"", "new", choiceDraft + "../../x", choiceDraft + "\xff", choiceAsIs + "\x00", strings.Repeat("x", 10_000)} {
		send(guide, http.StatusUnprocessableEntity, "guide")
	}
	j.sim.Faults(unavailable)
	send(choiceAsIs+string(j.guideFlow().Flow.ID), http.StatusServiceUnavailable, "InternalServiceException")
	if _, n, err := j.publish.Changes(t.Context(), publish.Filter{}); n != 0 || err != nil {
		t.Errorf("%d changes, %v", n, err)
	}
}

func TestFlowsThatAreGoneAreTold(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	f := j.flowWith(audit.NotWired)
	form := url.Values{"flow": {string(f.Flow.ID), unknownID, string(f.Flow.ID), "no id", "\xff"}}
	doc := j.page(j.send(j.path("changes", "new"), form), http.StatusOK)
	wantsMain(t, doc, "1 flow that was chosen is not in the last reading any more.")
	if got := boxes(doc); len(got) != 1 || got[0] != string(f.Flow.ID) {
		t.Errorf("ticked are %v", got)
	}
}

func TestWritesAreNamedOnceAndByTheirChange(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.meets(func() { j.edited(f[0], settled(f[0])) }, f[0], f[1])
	key := j.change(path).Steps[0].Key
	many := url.Values{"at": {"1"}, "step": make([]string, 5000)}
	doc := j.page(j.send(path+"/again", many), http.StatusUnprocessableEntity)
	wantsMain(t, doc, "The change has no such write.")
	next := j.follow(path+"/again", url.Values{"step": {key, key}})
	if c := j.change(next); len(c.Steps) != 1 {
		t.Errorf("%d steps", len(c.Steps))
	}
}

func TestAWordThatTheServiceCannotHearIsKept(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	path := j.plan(j.bare(0, 1)...)
	doc := j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	j.acts("p2", people.Publisher)
	doc = j.get(path)
	v := fields(doc, publishing, ticked(doc))
	v.Set("reason", "Looked at it")
	j.sim.Faults(unavailable)
	doc = j.page(j.send(path+"/approve", v), http.StatusServiceUnavailable)
	wantsMain(t, doc, "InternalServiceException")
	if doc.Find("#reason").Text() != "Looked at it" || doc.Find("#form-errors").Length() != 1 || j.change(path).State != publish.Proposed {
		t.Errorf("%s: %s", j.change(path).State, text(doc.Find("main")))
	}
	j.sim.Faults(nil)
	j.follow(path+"/approve", v)
	if c := j.ends(path); c.State != publish.Published {
		t.Errorf("it is %s", c.State)
	}
}

func TestAZoneThatIsNoneIsSaidBesideIt(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.acts("p1", people.Admin)
	form := fields(j.get(j.path("rules")), `main form[action$="/rules"]`, nil)
	for _, zone := range []string{strings.Repeat("x", 10_000), "../../etc/passwd", "Local", "\xff", "Mars/Olympus", "<b>"} {
		form.Set("zone", zone)
		doc := j.page(j.send(j.path("rules"), form), http.StatusUnprocessableEntity)
		if got := text(doc.Find("#zone-error")); got == "" || len(got) > 300 {
			t.Errorf("beside %.20q stands %.200q", zone, got)
		}
	}
	if r, err := j.publish.Rules(t.Context(), instance.ID(j.in.ID)); err != nil || r.Rev != 0 {
		t.Errorf("set all the same: %+v, %v", r, err)
	}
}

func TestAGroupOfTheCoverageKeepsWhatIsTicked(t *testing.T) {
	t.Parallel()
	p := newReadingPages(&surveyorInMemory{last: manyRows(20)}, people.Publisher)
	doc := p.page(t, flowsAt+"?q=flow+01&show=opens", http.StatusOK)
	group := doc.Find(`#coverage button[value="does-not"]`)
	if group.AttrOr("form", "") != addFormID || group.AttrOr("formaction", "") != flowsAt {
		t.Fatalf("%d such buttons", group.Length())
	}
	v := sends(doc, addFormID, group)
	v.Add("flow", string(flowID(5)))
	doc = p.page(t, flowsAt+"?"+v.Encode(), http.StatusOK)
	if got := boxes(doc); len(got) != 1 || got[0] != string(flowID(5)) {
		t.Errorf("ticked are %v", got)
	}
	if doc.Find(`#coverage button[aria-current]`).Length() != 1 || doc.Find("#filter-show option[selected]").AttrOr("value", "") != "does-not" ||
		doc.Find(".filter input[name=q]").AttrOr("value", "") != "" {
		t.Error("another filter than the group holds")
	}
	if viewer := newReadingPages(&surveyorInMemory{last: manyRows(20)}, people.Viewer).page(t, flowsAt, http.StatusOK); viewer.Find("#coverage .legend a").Length() == 0 {
		t.Error("who can't choose has no links")
	}
}
