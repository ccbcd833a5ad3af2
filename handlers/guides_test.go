package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/people"
)

func TestANewGuideGoesFromDraftToEveryChosenFlow(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow := j.flowWith(audit.NotWired)

	form := typed(j.get(j.path("guides", "new")), "form.guide-form")
	if got := form.Get("v.CustomerName"); got != "$.Attributes.CustomerName" {
		t.Errorf("a new guide begins with the customer name %q", got)
	}
	form.Set("name", "After call")
	form.Set("v.ContactWrapUp_Header_Title", "Wrap up")
	form.Set("v.Category_DefaultValue", "Sales")
	form.Set("then", "preview")
	preview := j.get(j.follow(j.path("guides", "new"), form))
	if agent := preview.Find(".agent").Text(); !strings.Contains(agent, "Wrap up") || !strings.Contains(agent, "Sales") {
		t.Errorf("the agent sees %q", agent)
	}

	form.Set("rev", typed(j.get(j.path("guides", "new")), "form.guide-form").Get("rev"))
	form.Set("then", "review")
	choose := j.follow(j.path("guides", "new"), form)
	choice := typed(j.get(choose+"&flow="+string(flow.Flow.ID)), "form#choose")
	choice.Set("flow", string(flow.Flow.ID))
	change := j.follow(j.path("changes"), choice)
	review := j.get(change)
	if n := review.Find("form.publish-form").Length(); n != 1 {
		t.Fatalf("the review offers nothing to publish: %s", text(review.Find("main")))
	}
	result := j.get(j.follow(change+"/publish", confirmAll(review, typed(review, "form.publish-form"))))
	if got := text(result.Find(".alert-title").First()); got != "Published" {
		t.Errorf("result %q: %s", got, text(result.Find("main")))
	}
	if row, ok := j.reading().Row(flow.Flow.ID); !ok || !row.Covered {
		t.Errorf("the audit says %s", row.Report.Verdict)
	}
	live, _, _ := j.sim.Contents(j.in.ID, string(flow.Flow.ID))
	if !strings.Contains(live, `"DisconnectAgentUI"`) || strings.Contains(live, "00000000-0000-0000-0000-000000000000") {
		t.Error("Amazon Connect does not hold the flow with the guide")
	}
	if d := j.get("/history").Find("tbody tr").First(); !strings.Contains(text(d), "Published") {
		t.Errorf("history: %s", text(d))
	}
	if rows := text(j.get(j.path("guides")).Find("tbody")); !strings.Contains(rows, "After call") {
		t.Errorf("the new guide is not listed: %s", rows)
	}
}

func TestAnExistingGuideIsChangedInPlace(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	guide := j.guideFlow()
	before, _, _ := j.sim.Contents(j.in.ID, string(guide.Flow.ID))
	path := j.path("guides", string(guide.Flow.ID))

	t.Run("saving the form untouched keeps no draft and changes nothing", func(t *testing.T) {
		form := typed(j.get(path), "form.guide-form")
		form.Set("then", "save")
		j.follow(path, form)
		if _, has, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), string(guide.Flow.ID)); err != nil || has {
			t.Errorf("a draft was kept: %v", err)
		}
	})
	form := typed(j.get(path), "form.guide-form")
	former := form.Get("v.Disposition_Header_Title")
	form.Set("v.Disposition_Header_Title", "How it ended <b>&\"'")
	form.Set("then", "save")
	j.follow(path, form)
	doc := j.get(path)
	if got := typed(doc, "form.guide-form").Get("v.Disposition_Header_Title"); got != "How it ended <b>&\"'" {
		t.Errorf("the draft holds %q", got)
	}
	if live := text(doc.Find("#v-Disposition_Header_Title-live")); !strings.Contains(live, former) {
		t.Errorf("the published value is not beside the edited one: %q", live)
	}
	if now, _, _ := j.sim.Contents(j.in.ID, string(guide.Flow.ID)); now != before {
		t.Fatal("saving a draft changed Amazon Connect")
	}

	change := j.follow(j.path("changes"), url.Values{"guide": {"draft:" + string(guide.Flow.ID)}})
	review := j.get(change)
	j.follow(change+"/publish", confirmAll(review, typed(review, "form.publish-form")))
	after, _, _ := j.sim.Contents(j.in.ID, string(guide.Flow.ID))
	if want := strings.Replace(before, `"`+former+`"`, `"How it ended <b>&\"'"`, 1); after != want {
		t.Errorf("more than the value changed:\n%s", after)
	}
	if _, has, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), string(guide.Flow.ID)); err != nil || has {
		t.Errorf("the published draft is still there: %v", err)
	}
}

func TestTheGuideFormRefusesWithAMessageBesideTheField(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	for _, c := range []struct{ name, field, value, at string }{
		{"a required value cleared", "v.CustomerName", "", "v-CustomerName"},
		{"no name", "name", "", "name"},
		{"a name too long", "name", strings.Repeat("x", 200), "name"},
		{"a time that is no number", "time", "soon", "time"},
		{"a time out of range", "time", "60000", "time"},
		{"a path that is none", "p.Category_DefaultValue", "Attributes.x", "p-Category_DefaultValue"},
		{"a value too long", "v.ContactSummary_DefaultValue", strings.Repeat("x", 40_000), "v-ContactSummary_DefaultValue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			form := typed(j.get(j.path("guides", "new")), "form.guide-form")
			form.Set("name", "Guide")
			form.Set("v.Disposition_Header_Title", "Kept as typed")
			form.Set(c.field, c.value)
			form.Set("then", "save")
			doc := j.page(j.send(j.path("guides", "new"), form), http.StatusUnprocessableEntity)
			if doc.Find("#"+c.at+"-error").Length() != 1 {
				t.Errorf("no message beside %s: %s", c.at, text(doc.Find("#form-errors")))
			}
			if doc.Find(`#form-errors a[href="#`+c.at+`"]`).Length() != 1 {
				t.Error("the summary does not lead to the field")
			}
			if got := typed(doc, "form.guide-form").Get("time"); c.field == "time" && got != c.value {
				t.Errorf("the typed time was lost: %q", got)
			}
			if got := typed(doc, "form.guide-form").Get("v.Disposition_Header_Title"); got != "Kept as typed" {
				t.Errorf("a typed value was lost: %q", got)
			}
			if _, has, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), "new"); err != nil || has {
				t.Errorf("a refused form was saved: %v", err)
			}
		})
	}
}

func TestTwoPeopleOnOneDraft(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	path := j.path("guides", string(j.guideFlow().Flow.ID))
	mine, theirs := typed(j.get(path), "form.guide-form"), typed(j.get(path), "form.guide-form")
	theirs.Set("v.Disposition_Header_Title", "Theirs")
	theirs.Set("then", "save")
	j.follow(path, theirs)
	mine.Set("v.Disposition_Header_Title", "Mine")
	mine.Set("then", "save")
	doc := j.page(j.send(path, mine), http.StatusConflict)
	again := typed(doc, "form.guide-form")
	if again.Get("v.Disposition_Header_Title") != "Mine" {
		t.Error("what was typed is lost")
	}
	if got := typed(j.get(path), "form.guide-form").Get("v.Disposition_Header_Title"); got != "Theirs" {
		t.Errorf("the other's draft was overwritten: %q", got)
	}
	again.Set("then", "save")
	j.follow(path, again)
	if got := typed(j.get(path), "form.guide-form").Get("v.Disposition_Header_Title"); got != "Mine" {
		t.Errorf("saving again knowingly: %q", got)
	}
}

func TestADraftThatIsGoneIsBegunAnew(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	id := string(j.guideFlow().Flow.ID)
	path := j.path("guides", id)
	form := typed(j.get(path), "form.guide-form")
	form.Set("v.Disposition_Header_Title", "First")
	form.Set("then", "save")
	j.follow(path, form)
	form = typed(j.get(path), "form.guide-form")
	if err := j.store.DeleteDraft(t.Context(), instance.ID(j.in.ID), id, 0); err != nil {
		t.Fatal(err)
	}
	form.Set("v.Disposition_Header_Title", "Second")
	form.Set("then", "save")
	again := typed(j.page(j.send(path, form), http.StatusConflict), "form.guide-form")
	again.Set("then", "save")
	j.follow(path, again)
	if got := typed(j.get(path), "form.guide-form").Get("v.Disposition_Header_Title"); got != "Second" {
		t.Errorf("the draft holds %q", got)
	}
}

func TestMendsAndDiscard(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	path := j.path("guides", "new")
	form := typed(j.get(path), "form.guide-form")
	form.Set("name", "Guide")
	form.Set("v.CustomerName", "Jane Doe")
	form.Set("v.Satisfaction_DefaultValue", "Very Satisfied")
	form.Set("then", "save")
	j.follow(path, form)
	doc := j.get(path)
	if doc.Find(`#checks button[value="Satisfaction_DefaultValue"]`).Length() != 1 {
		t.Fatalf("no mend is offered: %s", text(doc.Find("#checks")))
	}
	form = typed(doc, "form.guide-form")
	form.Set("mend", "Satisfaction_DefaultValue")
	j.follow(path, form)
	doc = j.get(path)
	if got := typed(doc, "form.guide-form").Get("v.Satisfaction_DefaultValue"); got != "" {
		t.Errorf("after the mend: %q", got)
	}
	change := j.follow(j.path("changes"), url.Values{"guide": {"draft:new"}})
	review := j.get(change)
	if review.Find("form.publish-form button:not([disabled])").Length() != 0 {
		t.Error("a guide with a made-up customer can be published")
	}
	form = typed(doc, "form.guide-form")
	form.Set("then", "discard")
	j.follow(path, form)
	if got := typed(j.get(path), "form.guide-form").Get("v.CustomerName"); got == "Jane Doe" {
		t.Error("the discarded draft is still there")
	}
}

func TestViewersSeeAGuideButCannotChangeIt(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	path := j.path("guides", string(j.guideFlow().Flow.ID))
	doc := j.get(path)
	if doc.Find("form.guide-form fieldset[disabled]").Length() == 0 {
		t.Error("a viewer's form is open")
	}
	if res := j.send(path, url.Values{"then": {"save"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer saved: %d", res.StatusCode)
	}
	if res := j.send(j.path("changes"), url.Values{"guide": {"as:x"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer planned: %d", res.StatusCode)
	}
}

func TestAGuideThatIsNone(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	for _, id := range []string{string(j.flowWith(audit.NotWired).Flow.ID), "ffffffff-ffff-4fff-8fff-ffffffffffff", "nonsense", "..%2f"} {
		j.page(j.send(j.path("guides", id), nil), http.StatusNotFound)
	}
}

func TestTheExportIsTheFlowThatWouldBePublished(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	guide := j.guideFlow()
	res := j.send(j.path("guides", string(guide.Flow.ID), "export.json"), nil)
	body := new(strings.Builder)
	if _, err := copyBody(body, res); err != nil {
		t.Fatal(err)
	}
	live, _, _ := j.sim.Contents(j.in.ID, string(guide.Flow.ID))
	if body.String() != live || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%s: %d bytes, want %d", res.Header.Get("Content-Disposition"), body.Len(), len(live))
	}
}
