package handlers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// A change of hundreds of writes that all failed is one page, whose work is bounded.
func TestOfManyFailedStepsTheFirstHaveABox(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		state       publish.State
		failed      int
		open        bool // one write nobody knows of comes last
		boxes, more int
	}{
		"few":                      {publish.Partly, looksBoxed, false, looksBoxed, 0},
		"one more":                 {publish.Partly, looksBoxed + 1, false, looksBoxed, 1},
		"many":                     {publish.Failed, 500, false, looksBoxed, 480},
		"one waits for a decision": {publish.Interrupted, 500, true, looksBoxed + 1, 480},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := publish.Change{State: x.state}
			for range x.failed {
				c.Steps = append(c.Steps, publish.Step{State: publish.StepFailed}, publish.Step{State: publish.StepDone})
			}
			if x.open {
				c.Steps = append(c.Steps, publish.Step{State: publish.StepIntent})
			}
			boxes, more := failedBoxes(c)
			if len(boxes) != x.boxes || more != x.more || x.open && !boxes[len(c.Steps)-1] || boxes[1] {
				t.Errorf("%d boxes, %d more", len(boxes), more)
			}
		})
	}
}

func TestAPageOfManyFailedStepsIsBounded(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	content, err := j.store.KeepContent(t.Context(), []byte(`{"Version":"2019-10-30"}`))
	if err != nil {
		t.Fatal(err)
	}
	c := publish.Change{ID: strings.Repeat("a", 26), Hash: "h", Title: fault.Msg("publish.title.nothing"), Instance: j.reading().Instance, Created: time.Now(), State: publish.Failed}
	for i := range 3 * looksBoxed {
		st := publish.Step{Key: fmt.Sprint("update:", i), Flow: instance.FlowID(flowID(i)), Name: "Sales", Kind: publish.UpdateFlow, Before: content, After: content, State: publish.StepFailed}
		st.Outcome.Message, st.Outcome.Found.Live = fault.Msg("publish.outcome.changed", "Flow", "Sales"), content
		c.Steps = append(c.Steps, st)
	}
	a := j.counts()
	h := &Changes{Shell: &Shell{Deps{Log: j.log(), Publish: publish.New(j.gateway, a, publish.Options{Now: time.Now}), Survey: j.survey}}}
	steps, err := h.steps(request(t.Context()), c)
	if err != nil || len(steps) != looksBoxed || a.traces.Load() > looksBoxed {
		t.Errorf("%d boxes, %d queries: %v", len(steps), a.traces.Load(), err)
	}
	over := overview(t.Context(), c, nil)
	if moreFailed(t.Context(), c, over); !strings.Contains(over.Description, "40 more stand in this table") {
		t.Errorf("above the table stands %q", over.Description)
	}
}
