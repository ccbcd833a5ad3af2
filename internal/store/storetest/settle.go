package storetest

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// decided is a person's decision on a step.
func decided(h harness, s publish.StepState) publish.Outcome {
	return publish.Outcome{State: s, At: h.clock.Now(), By: &publish.Actor{ID: "p2", Name: "Bo"}, Message: fault.Msg("x", "Flow", "Main")}
}

func settle(t *testing.T, h harness) {
	ctx := t.Context()
	id, f := outcomes(t, h, "i1", publish.StepDone, publish.StepIntent, publish.StepIntent, publish.StepSkipped)
	refused(t, h.Settle(ctx, id, "f1", decided(h, publish.StepDone)), fault.Conflict, "store.not-interrupted")
	must(t, h.Finish(ctx, id, f, publish.Interrupted, h.clock.Now()))
	refused(t, h.Settle(ctx, "nothing", "f1", decided(h, publish.StepDone)), fault.NotFound, "store.no-such-change")
	refused(t, h.Settle(ctx, id, "nothing", decided(h, publish.StepDone)), fault.NotFound, "store.no-such-step")
	for _, closed := range []string{"f0", "f3"} {
		refused(t, h.Settle(ctx, id, closed, decided(h, publish.StepDone)), fault.Conflict, "store.step-closed")
	}
	for _, none := range []publish.StepState{"", publish.StepPlanned, publish.StepIntent, publish.StepSkipped} {
		if err := h.Settle(ctx, id, "f1", decided(h, none)); err == nil {
			t.Errorf("%q was taken for a decision", none)
		}
	}
	must(t, h.Settle(ctx, id, "f1", decided(h, publish.StepFailed)))
	c := read(t, h, id)
	if diff := cmp.Diff(decided(h, publish.StepFailed), c.Steps[1].Outcome); diff != "" || c.State != publish.Interrupted || !c.Finished.IsZero() {
		t.Errorf("one of two open steps settled: %s, finished %s\n%s", c.State, c.Finished, diff)
	}
	refused(t, h.Settle(ctx, id, "f1", decided(h, publish.StepDone)), fault.Conflict, "store.step-closed")
	must(t, h.Settle(ctx, id, "f2", decided(h, publish.StepUnclear)))
	wantState(t, h, id, publish.Partly)
	refused(t, h.Settle(ctx, id, "f2", decided(h, publish.StepDone)), fault.Conflict, "store.not-interrupted")

	id, f = outcomes(t, h, "i2", publish.StepIntent, "")
	must(t, h.Finish(ctx, id, f, publish.Interrupted, h.clock.Now()))
	must(t, h.Settle(ctx, id, "f0", decided(h, publish.StepDone)))
	wantState(t, h, id, publish.Paused) // the rest can be published still
	wantSteps(t, h, id, publish.StepDone, publish.StepPlanned)

	settledAtOnce(t, h)
}

// settledAtOnce: two people settle different steps, and then both the same one.
func settledAtOnce(t *testing.T, h harness) {
	id, f := outcomes(t, h, "i3", publish.StepIntent, publish.StepIntent, publish.StepIntent)
	must(t, h.Finish(t.Context(), id, f, publish.Interrupted, h.clock.Now()))
	var all sync.WaitGroup
	var settled, told atomic.Int64
	for _, step := range []string{"f0", "f1", "f2", "f2"} {
		all.Go(func() {
			switch err := h.Settle(t.Context(), id, step, decided(h, publish.StepDone)); {
			case err == nil:
				settled.Add(1)
			case step == "f2" && fault.Is(err, fault.Conflict):
				told.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if settled.Load() != 3 || told.Load() != 1 {
		t.Errorf("%d steps were settled, and %d people told that they came late", settled.Load(), told.Load())
	}
	wantState(t, h, id, publish.Published)
}
