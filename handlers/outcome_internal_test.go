package handlers

import (
	"strings"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// A person may count a step as not published while its call is still under way: that nothing was written is then not known.
func TestWhatAPersonDecidedIsNotStatedAsAFact(t *testing.T) {
	t.Parallel()
	st := publish.Step{State: publish.StepFailed}
	if got := outcome(t.Context(), publish.Change{State: publish.Failed, Steps: []publish.Step{st}}).Text; !strings.Contains(got, "Nothing was written") {
		t.Error(got)
	}
	st.Outcome.By = &publish.Actor{Name: "Ana"}
	if got := outcome(t.Context(), publish.Change{State: publish.Failed, Steps: []publish.Step{st}}).Text; strings.Contains(got, "Nothing was written") || !strings.Contains(got, "A person counted it") {
		t.Error(got)
	}
}

// A manager looks at the head first: what did not work, why, and where to compare. What a colleague changed is not "as it was".
func TestTheHeadOfAChangeSaysWhatFailedAndWhy(t *testing.T) {
	t.Parallel()
	changed := publish.Step{Name: "Sales", Flow: "f2", Kind: publish.UpdateFlow, Before: "b", State: publish.StepFailed}
	changed.Outcome = publish.Outcome{State: publish.StepFailed, Message: fault.Msg("publish.outcome.changed", "Flow", "Sales"), Found: publish.Found{Live: "h"}}
	denied := publish.Step{Name: "Billing", Flow: "f3", Kind: publish.UpdateFlow, State: publish.StepFailed}
	denied.Outcome = publish.Outcome{State: publish.StepFailed, Message: fault.Msg("publish.outcome.archived", "Flow", "Billing")}
	done, skipped := publish.Step{Name: "Main", State: publish.StepDone}, publish.Step{Name: "Late", State: publish.StepSkipped}
	for name, c := range map[string]struct {
		steps []publish.Step
		list  int
		href  string
		was   bool // every flow is said to be as it was
	}{
		"changed meanwhile":     {[]publish.Step{done, changed, skipped}, 1, "/changes/c/steps/2/conflict", false},
		"refused":               {[]publish.Step{denied, skipped}, 1, "/changes/c/steps/1", true},
		"changed, all of it":    {[]publish.Step{changed}, 1, "/changes/c/steps/1/conflict", false},
		"several":               {[]publish.Step{done, denied, changed}, 2, "/changes/c/steps/2", false},
		"more than can be read": {[]publish.Step{denied, denied, denied, denied, denied}, 4, "/changes/c/steps/1", true},
		"all went well":         {[]publish.Step{done}, 0, "", true},
	} {
		state := publish.Failed
		if c.steps[0].State == publish.StepDone {
			state = publish.Partly
		}
		got := outcome(t.Context(), publish.Change{ID: "c", State: state, Steps: c.steps})
		href := ""
		if got.Action != nil {
			href = got.Action.Href
		}
		if len(got.List) != c.list || href != c.href || strings.Contains(got.Text, "is as it was") != c.was {
			t.Errorf("%s: %+v, leads to %q", name, got, href)
		}
		for _, line := range got.List {
			if unknownText.MatchString(line) {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}
