package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// outside publishes the guide with one text changed, as a colleague in the console does.
func (j *journey) outside(guide instance.FlowID, from, to string) string {
	j.t.Helper()
	live, _, _ := j.sim.Contents(j.in.ID, string(guide))
	if !strings.Contains(live, from) {
		j.t.Fatalf("the guide holds no %q", from)
	}
	live = strings.Replace(live, from, to, 1)
	if err := j.sim.EditOutside(j.in.ID, string(guide), live); err != nil {
		j.t.Fatal(err)
	}
	return live
}

func TestAColleaguesPublishedGuideIsNotReverted(t *testing.T) {
	t.Parallel()
	t.Run("published while the form was open", func(t *testing.T) {
		t.Parallel()
		j := newJourney(t, people.Publisher)
		guide := j.guideFlow()
		path := j.path("guides", string(guide.Flow.ID))
		form := typed(j.get(path), "form.guide-form")
		j.outside(guide.Flow.ID, `"`+form.Get("v.ContactSummary_Header_Title")+`"`, `"Their title"`)
		form.Set("v.Disposition_Header_Title", "My title")
		form.Set("then", "save")
		doc := j.page(j.send(path, form), http.StatusConflict)
		if !strings.Contains(text(doc.Find("#form-errors")), "published anew") {
			t.Errorf("the page says %s", text(doc.Find("#form-errors")))
		}
		if got := typed(doc, "form.guide-form").Get("v.Disposition_Header_Title"); got != "My title" {
			t.Errorf("what was typed is lost: %q", got)
		}
		if _, has, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), string(guide.Flow.ID)); err != nil || has {
			t.Errorf("a draft over a guide that nobody saw was kept: %v", err)
		}
	})
	t.Run("published after the draft was saved", func(t *testing.T) {
		t.Parallel()
		j := newJourney(t, people.Publisher)
		guide := j.guideFlow()
		id := string(guide.Flow.ID)
		path := j.path("guides", id)
		form := typed(j.get(path), "form.guide-form")
		form.Set("v.Disposition_Header_Title", "My title")
		form.Set("then", "save")
		j.follow(path, form)
		theirs := j.outside(guide.Flow.ID, `"`+form.Get("v.ContactSummary_Header_Title")+`"`, `"Their title"`)
		if got := typed(j.get(path), "form.guide-form"); got.Get("v.ContactSummary_Header_Title") != "Their title" || got.Get("v.Disposition_Header_Title") != "My title" {
			t.Errorf("the form holds %q and %q", got.Get("v.ContactSummary_Header_Title"), got.Get("v.Disposition_Header_Title"))
		}
		change := j.follow(j.path("changes"), url.Values{"guide": {"draft:" + id}})
		j.follow(change+"/publish", j.approval(change))
		former := form.Get("v.Disposition_Header_Title")
		live, _, _ := j.sim.Contents(j.in.ID, id)
		if !strings.Contains(live, "Their title") || !strings.Contains(live, "My title") || live == theirs {
			t.Errorf("published %q over %q", live, former)
		}
	})
	t.Run("the same field needs a tick", func(t *testing.T) {
		t.Parallel()
		j := newJourney(t, people.Publisher)
		guide := j.guideFlow()
		id := string(guide.Flow.ID)
		path := j.path("guides", id)
		form := typed(j.get(path), "form.guide-form")
		former := form.Get("v.Disposition_Header_Title")
		form.Set("v.Disposition_Header_Title", "My title")
		form.Set("then", "save")
		j.follow(path, form)
		j.outside(guide.Flow.ID, `"`+former+`"`, `"Their title"`)
		change := j.follow(j.path("changes"), url.Values{"guide": {"draft:" + id}})
		approval := j.approval(change)
		if got := approval["confirm"]; len(got) != 1 || got[0] != "guide:override" {
			t.Fatalf("ticks: %q", got)
		}
		approval.Del("confirm")
		j.page(j.send(change+"/publish", approval), http.StatusUnprocessableEntity)
	})
}

func TestDiscardingDeletesOnlyTheDraftThatWasSeen(t *testing.T) {
	t.Parallel()
	for _, rev := range []string{"1", "", "junk", "0"} {
		t.Run("revision "+rev, func(t *testing.T) {
			t.Parallel()
			j := newJourney(t, people.Editor)
			id := string(j.guideFlow().Flow.ID)
			path := j.path("guides", id)
			mine := typed(j.get(path), "form.guide-form")
			for _, title := range []string{"First", "Second"} {
				form := typed(j.get(path), "form.guide-form")
				form.Set("v.Disposition_Header_Title", title)
				form.Set("then", "save")
				j.follow(path, form)
			}
			mine.Set("rev", rev)
			mine.Set("then", "discard")
			doc := j.page(j.send(path, mine), http.StatusConflict)
			if doc.Find(`button[value="discard"]`).Length() != 0 {
				t.Error("the conflict page offers to discard the other's draft")
			}
			if d, has, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), id); err != nil || !has || d.Model.Values["Disposition_Header_Title"] != "Second" {
				t.Errorf("the draft is gone: %t, %v", has, err)
			}
		})
	}
}

func TestAMendDoesNotSaveWhatTheFormRefuses(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	form := typed(j.get(j.path("guides", "new")), "form.guide-form")
	form.Set("name", "Guide")
	form.Set("v.Satisfaction_DefaultValue", "Neutral")
	form.Set("time", "banana")
	form.Set("mend", "Satisfaction_DefaultValue")
	doc := j.page(j.send(j.path("guides", "new"), form), http.StatusUnprocessableEntity)
	again := typed(doc, "form.guide-form")
	if again.Get("time") != "banana" || again.Get("v.Satisfaction_DefaultValue") != "" {
		t.Errorf("the form holds %q and %q", again.Get("time"), again.Get("v.Satisfaction_DefaultValue"))
	}
	if _, has, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), "new"); err != nil || has {
		t.Errorf("saved: %v", err)
	}
}

func TestAnAnswerOrAnAttribute(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	path, key := j.path("guides", "new"), "Category_DefaultValue"
	save := func(answer, attribute string) (int, string) {
		form := typed(j.get(path), "form.guide-form")
		form.Set("name", "Guide")
		form.Set("v."+key, answer)
		form.Set("p."+key, attribute)
		form.Set("then", "save")
		status := j.send(path, form).StatusCode
		d, _, err := j.store.Draft(t.Context(), instance.ID(j.in.ID), "new")
		if err != nil {
			t.Fatal(err)
		}
		return status, d.Model.Values[key]
	}
	for _, c := range []struct {
		answer, attribute string
		status            int
		want              string
	}{
		{"", "$.Attributes.cat", http.StatusSeeOther, "$.Attributes.cat"},
		{"Sales", "$.Attributes.cat", http.StatusSeeOther, "Sales"},            // the answer was changed
		{"Sales", "$.Attributes.dog", http.StatusSeeOther, "$.Attributes.dog"}, // the attribute was
		{"Support", "$.Attributes.cow", http.StatusUnprocessableEntity, "$.Attributes.dog"},
	} {
		if status, got := save(c.answer, c.attribute); status != c.status || got != c.want {
			t.Errorf("%q and %q: %d, %q; want %d, %q", c.answer, c.attribute, status, got, c.status, c.want)
		}
	}
}

func TestOneFlowHasOneDraftHoweverItsIDIsWritten(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	id := string(j.guideFlow().Flow.ID)
	form := typed(j.get(j.path("guides", strings.ToUpper(id))), "form.guide-form")
	form.Set("v.Disposition_Header_Title", "Mine")
	form.Set("then", "save")
	j.follow(j.path("guides", strings.ToUpper(id)), form)
	all, err := j.store.DraftsOf(t.Context(), instance.ID(j.in.ID))
	if err != nil || len(all) != 1 || all[0].Flow != id {
		t.Errorf("drafts: %+v, %v", all, err)
	}
	flow := string(j.flowWith(audit.NotWired).Flow.ID)
	change := j.follow(j.path("changes"), url.Values{"guide": {"as:" + strings.ToUpper(id)}, "flow": {flow, strings.ToUpper(flow)}})
	c, err := j.publish.Change(t.Context(), strings.TrimPrefix(change, "/changes/"))
	if err != nil || len(c.Steps) != 1 {
		t.Errorf("steps: %+v, %v", c.Steps, err)
	}
}

func TestWhatWasDoneIsRecordedThoughTheClientIsGone(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &Shell{Deps{Log: j.log(), People: people.New(j.store, time.Now), Now: time.Now}}
	s.record(request(ctx), "test", "subject", "", "ok")
	entries, err := j.store.Entries(t.Context(), 0, 10)
	if err != nil || len(entries) != 1 || entries[0].Action != "test" {
		t.Errorf("record: %+v, %v", entries, err)
	}
}

func TestARefusedReasonIsRecordedInPart(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	change := j.plan(j.flowWith(audit.NotWired))
	approval := j.approval(change)
	approval.Set("reason", strings.Repeat("é", 100_000))
	j.page(j.send(change+"/publish", approval), http.StatusUnprocessableEntity)
	entries, err := j.store.Entries(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if n := len([]rune(e.Reason)); n > publish.MaxReason {
			t.Errorf("%d characters in the record", n)
		}
	}
}

func TestTheReviewClaimsOnlyWhatIsProved(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, c := range []struct {
		name string
		step publish.Step
		want int
	}{
		{"a removal proves the edit only", publish.Step{Kind: publish.UpdateFlow, Points: 1, Edits: edits("remove")}, 1},
		{"points behind an exit are named apart", publish.Step{Kind: publish.UpdateFlow, Behind: 1, Edits: edits("insert")}, 2},
		{"points that open the guide", publish.Step{Kind: publish.UpdateFlow, Points: 2, Edits: edits("retarget")}, 2},
		{"a new guide", publish.Step{Kind: publish.CreateGuide}, 1},
	} {
		got := proofs(ctx, c.step)
		if len(got) != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.step.Points == 0 || !c.step.Adds() {
			for _, p := range got {
				if strings.Contains(p.Text, "agent is reached open") {
					t.Errorf("%s: claims %q", c.name, p.Text)
				}
			}
		}
	}
}
