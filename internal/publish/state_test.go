package publish_test

import (
	"testing"

	"wrapup/internal/publish"
)

func TestAChangeIsWhatItsStepsSay(t *testing.T) {
	t.Parallel()
	const (
		planned, open, done = publish.StepPlanned, publish.StepIntent, publish.StepDone
		failed, skipped     = publish.StepFailed, publish.StepSkipped
		unclear             = publish.StepUnclear
	)
	for _, c := range []struct {
		name  string
		steps []publish.StepState
		want  publish.State
	}{
		{"no step wrote nothing", nil, publish.Failed},
		{"all done", []publish.StepState{done, done}, publish.Published},
		{"some done", []publish.StepState{done, failed, skipped}, publish.Partly},
		{"some done, others not tried yet", []publish.StepState{done, planned}, publish.Paused},
		{"one failed, others not tried yet", []publish.StepState{failed, planned}, publish.Paused},
		{"perhaps written", []publish.StepState{unclear, skipped}, publish.Partly},
		{"refused", []publish.StepState{failed, skipped}, publish.Failed},
		{"not tried yet", []publish.StepState{planned}, publish.Paused},
		{"an open step outweighs all", []publish.StepState{done, unclear, open}, publish.Interrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var steps []publish.Step
			for _, s := range c.steps {
				steps = append(steps, publish.Step{State: s})
			}
			if got := publish.StateOf(steps); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
