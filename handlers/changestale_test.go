package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// reread has the instance read anew, as a schedule or a person does.
func (j *journey) reread() {
	j.t.Helper()
	if _, err := j.survey.Read(j.t.Context(), instance.ID(j.in.ID), true); err != nil {
		j.t.Fatal(err)
	}
}

// wantsAnew fails unless a review says that it is out of date and asks for a new plan, and for nothing else.
func wantsAnew(t *testing.T, doc *goquery.Document) {
	t.Helper()
	if got := texts(doc.Find("main .button-primary:not([disabled])")); len(got) != 1 || got[0] != "Plan anew on what is in Connect" {
		t.Errorf("the primary actions are %q", got)
	}
	if stateOf(doc) != "Out of date" || doc.Find(publishing+`, form[action$="/publish"], [formaction]`).Length() != 0 {
		t.Errorf("%s: it can be published all the same: %.600s", stateOf(doc), text(doc.Find("main")))
	}
	if doc.Find("#change-discard").Length() != 1 {
		t.Error("it can't be discarded")
	}
}

func TestAReviewThatIsOutOfDateIsNotPublished(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.plan(f[0], f[1])
	approval := j.approval(path)
	j.edited(f[0], settled(f[0]))
	j.reread()
	wantsAnew(t, j.get(path))
	for _, to := range []string{"/publish", "/propose"} { // a page from before
		doc := j.page(j.send(path+to, approval), http.StatusConflict)
		wantsAnew(t, doc)
		wantsMain(t, doc, "Not published: "+f[0].Flow.Name+" was published anew, or deleted, since this was planned.")
		if doc.Find(`#form-errors a[href="#moved"]`).Length() != 1 || doc.Find("#moved").Length() != 1 {
			t.Error("the message leads nowhere")
		}
	}
	if c := j.change(path); c.State != publish.Planned || j.updates() != 0 {
		t.Errorf("%s after %d writes", c.State, j.updates())
	}
	doc := j.get(j.follow(path+"/again", url.Values{}))
	if doc.Find(publishing).Length() != 1 || doc.Find("#moved").Length() != 0 {
		t.Errorf("planned anew: %s", text(doc.Find("main")))
	}
}

// What wrapup itself wrote by a sister plan is nobody's doing else, and it is one click to look at it.
func TestWhatWrapupPublishedSinceIsNotSomeoneElses(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 3)
	first, second := j.plan(f[0], f[1]), j.plan(f[0], f[1], f[2])
	older := j.approval(second)
	j.applies(first)
	doc := j.get(second)
	wantsAnew(t, doc)
	moved := doc.Find("#moved")
	if got := text(moved); !strings.Contains(got, "wrapup published "+f[0].Flow.Name+", "+f[1].Flow.Name+" since") || strings.Contains(got, "changed in Connect") {
		t.Errorf("it says %s", got)
	}
	if moved.Find(`a[href="`+first+`"]`).Length() != 1 {
		t.Error("it does not lead to the sister")
	}
	j.page(j.send(second+"/publish", older), http.StatusConflict)

	f[2].Flow.Content, _, _ = j.sim.Contents(j.in.ID, string(f[2].Flow.ID))
	j.edited(f[2], settled(f[2]))
	j.reread()
	wantsMain(t, j.get(second), f[2].Flow.Name+" was changed in Connect, or deleted, since this was planned.", "wrapup published "+f[0].Flow.Name)
}

// The same where nobody knew before the write was tried.
func TestAStepThatMetWrapupsOwnWriteSaysSo(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 1)[0]
	first, second, third := j.plan(f), j.plan(f), j.plan(f)
	j.applies(first)
	j.begin(second, publish.StopAtFailure)
	j.ends(second)
	doc := j.get(second)
	title := text(j.get(first).Find("h1"))
	want := "wrapup published " + f.Flow.Name + " since you reviewed it, in " + title
	for _, at := range []string{"main > .alert", "#step-1 .alert"} {
		if got := text(doc.Find(at)); !strings.Contains(got, want) || strings.Contains(got, "Someone changed") {
			t.Errorf("%s says %q", at, got)
		}
	}
	if doc.Find(`#step-1 .alert a[href="`+first+`"]`).Length() != 1 {
		t.Error("the step does not lead to the sister")
	}
	if doc = j.get(second + "/steps/1/conflict"); doc.Find(`#since a[href="`+first+`"]`).Length() != 1 {
		t.Errorf("the comparison does not lead there: %s", text(doc.Find("main .alert")))
	}
	f.Flow.Content = j.live(f.Flow.ID)
	j.edited(f, settled(f))
	j.begin(third, publish.StopAtFailure)
	j.ends(third)
	doc = j.get(third)
	wantsMain(t, doc, "Someone changed "+f.Flow.Name+" since you reviewed it.")
	if doc.Find(`main .alert a[href="`+first+`"]`).Length() != 0 {
		t.Error("what somebody else published is said to be wrapup's")
	}
}

// A proposal that is out of date is taken back before it is planned anew: nobody is asked to approve it.
func TestAProposalThatIsOutOfDateIsTakenBack(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	f := j.bare(0, 1)
	path, sister := j.plan(f...), j.plan(f...)
	doc := j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	j.ruled(publish.Rules{})
	j.applies(sister)
	j.ruled(publish.Rules{TwoPersons: true})
	for who, want := range map[string]string{"p1": "Withdraw it, then plan it anew.", "p2": "Refuse it, so that it can be planned anew."} {
		j.acts(who, people.Publisher)
		doc = j.get(path)
		wantsMain(t, doc, want)
		if doc.Find(publishing).Length() != 0 || stateOf(doc) != "Out of date" || doc.Find("#change-withdraw, #change-refuse").Length() != 1 {
			t.Errorf("%s: %s", who, text(doc.Find("main")))
		}
	}
	j.acts("p1", people.Publisher)
	j.follow(path+"/withdraw", fields(j.get(path), `form[action$="/withdraw"]`, nil))
	wantsAnew(t, j.get(path))
}

// Archiving begins with a reading of its own, so it is asked for on the guide's page and not planned anew.
func TestArchivingThatIsOutOfDateIsAskedForOnTheGuidesPage(t *testing.T) {
	t.Parallel()
	c := publish.Change{ID: "c", State: publish.Planned, Instance: instance.Instance{ID: "i"}, Steps: []publish.Step{{Kind: publish.ArchiveGuide, Flow: "g", State: publish.StepPlanned}}}
	if to := againLink(t.Context(), c); to == nil || to.Href != guidePath("i", "g") {
		t.Errorf("it leads to %+v", to)
	}
	c.Steps[0].Kind = publish.UpdateFlow
	if to := againLink(t.Context(), c); to != nil {
		t.Errorf("what was chosen nowhere leads to %+v", to)
	}
}
