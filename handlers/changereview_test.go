package handlers

import (
	"fmt"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/views/changes"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

func TestAPlanThatWritesNothingSaysWhyAndIsNotListed(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.withDraft()
	change := j.plan(f)
	doc := j.get(change)
	said := text(doc.Find("#empty"))
	if !strings.Contains(said, "Nothing is written: the flow was left out") || doc.Find(`#empty a[href="#left-out"]`).Length() != 1 || doc.Find("#left-out").Length() != 1 {
		t.Errorf("it says %q", said)
	}
	if strings.Contains(text(doc.Find("main")), "can't be published") || strings.Contains(text(doc.Find("main")), "Not published yet") {
		t.Errorf("it is shown as if it waited: %s", text(doc.Find("main")))
	}
	if doc.Find(`details[open] input[name="draft"]`).Length() != 1 || doc.Find(`main a[href*="/changes/new?again="]`).Length() != 1 || doc.Find("form.publish-form").Length() != 0 {
		t.Error("the flow can't be included, the choice can't be changed, or nothing is to be published")
	}
	listed := func(path string) bool { return j.get(path).Find(`main table a[href="`+change+`"]`).Length() > 0 }
	if listed("/history") || listed(j.path("flows")) {
		t.Error("it is listed among the changes")
	}
	if !listed("/history?state=" + string(publish.Planned)) {
		t.Error("it is not found by its state")
	}
	wrote := j.plan(j.flowWith(audit.NotWired))
	if doc := j.get("/history"); doc.Find(`main table a[href="`+wrote+`"]`).Length() == 0 {
		t.Error("a plan that writes something is not listed")
	}
}

func TestWhatIsWrittenStandsBeforeWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		steps, left  int
		fold, boxed  bool
		asksForWrite bool
	}{
		"a few":               {1, leftOutShown, false, true, true},
		"many left out":       {1, leftOutShown + 1, true, true, true},
		"many writes":         {stepsBoxed + 1, 1, false, false, true},
		"as many as have one": {stepsBoxed, 0, false, true, true},
		"all left out":        {0, 40, false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := publish.Change{ID: "c", State: publish.Planned}
			for i := range tt.steps {
				c.Steps = append(c.Steps, publish.Step{Key: "flow:x", Kind: publish.UpdateFlow, Name: "Billing", Flow: flowID(i), Message: fault.Msg("publish.step.add", "Flow", "Billing", "Guide", "g", "Count", 1)})
			}
			for i := range tt.left {
				c.LeftOut = append(c.LeftOut, publish.LeftOut{Flow: flowID(100 + i), Name: fmt.Sprintf("Left %d", i), Reason: fault.Msg("publish.left.archived")})
			}
			p := changes.ReviewProps{LeftOut: leftOutTable(t.Context(), c), Overview: overview(t.Context(), c, nil),
				Page: layout.PageProps{Status: &ui.StatusProps{Text: "Not published yet"}}}
			arrange(t.Context(), c, &p)
			if boxed(c) != tt.boxed || p.FoldLeft != tt.fold || (p.Page.Status != nil) != tt.asksForWrite || (p.Blocked == nil) != tt.asksForWrite || p.Writes != tt.steps {
				t.Errorf("got %v, %+v", boxed(c), p)
			}
			var b strings.Builder
			if err := changes.Review(p).Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			html := b.String()
			if tt.left > 0 && tt.steps > stepsUnfolded && strings.Index(html, `id="overview"`) > strings.Index(html, `id="left-out"`) {
				t.Error("what is left out stands first")
			}
			if got := strings.Contains(html, `id="left-out-all"`); got != tt.fold {
				t.Errorf("folded: %v", got)
			}
		})
	}
}

func TestOfManyStepsThoseThatWantALookHaveABox(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change publish.State
		step   publish.StepState
		want   bool
	}{
		"not written yet": {publish.Planned, publish.StepPlanned, false},
		"written":         {publish.Published, publish.StepDone, false},
		"failed":          {publish.Partly, publish.StepFailed, true},
		"unclear":         {publish.Partly, publish.StepUnclear, true},
		"nobody knows":    {publish.Interrupted, publish.StepIntent, true},
		"being written":   {publish.Running, publish.StepIntent, false},
		"left as it is":   {publish.Partly, publish.StepSkipped, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := wantsLook(publish.Change{State: tt.change}, publish.Step{State: tt.step}); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAStepSaysHonestlyWhatIsNotSeen(t *testing.T) {
	t.Parallel()
	step := func(id, count string, from, to audit.Verdict) publish.Step {
		return publish.Step{Kind: publish.UpdateFlow, Verdict: [2]audit.Verdict{from, to}, Message: fault.Msg(id, "Flow", "Front door", "Guide", "g", "Count", count)}
	}
	for name, tt := range map[string]struct {
		st          publish.Step
		text, audit string
	}{
		"seen": {step("publish.step.add", "2", audit.NotWired, audit.Wired), "Add the guide g to Front door. It reaches an agent at 2 points.", "No guide → Opens the guide"},
		"not seen": {step("publish.step.add", "0", audit.Unknown, audit.Unknown), "Add the guide g to Front door. Where it reaches an agent is not seen: contacts go on to places that are not checked.",
			"Can't be told, before and after: contacts go on to places that are not checked"},
		"replaced, not seen": {step("publish.step.retarget", "0", audit.Wired, audit.Wired),
			"Point Front door to the guide g instead of what it opens now. Where it reaches an agent is not seen: contacts go on to places that are not checked.", "Opens the guide, as before"},
		"taken out": {step("publish.step.remove", "0", audit.Wired, audit.NotWired), "Take the block that wrapup added out of Front door.", "Opens the guide → No guide"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := stepText(t.Context(), tt.st); got != tt.text {
				t.Errorf("it says %q", got)
			}
			if got := verdictChange(t.Context(), tt.st); got != tt.audit {
				t.Errorf("of the audit it says %q", got)
			}
		})
	}
}
