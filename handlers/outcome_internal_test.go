package handlers

import (
	"strings"
	"testing"

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
