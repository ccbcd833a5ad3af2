package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

func sweep(t *testing.T, h harness) {
	ctx := t.Context()
	var left []string
	for i, e := range endings {
		id, _ := outcomes(t, h, instance.ID(fmt.Sprintf("i%d", i)), e.steps...)
		left = append(left, id)
		h.clock.advance(time.Millisecond)
	}
	planned := change("i0", "f1")
	must(t, h.CreateChange(ctx, planned))
	for _, owner := range []string{"", "two", "one\x00"} {
		if ids, err := h.Sweep(ctx, owner, h.clock.Now()); err != nil || len(ids) > 0 {
			t.Fatalf("a sweep for owner %q took %v, %v", owner, ids, err)
		}
	}
	ids, err := h.Sweep(ctx, "one", h.clock.Now())
	must(t, err)
	if diff := cmp.Diff(left, ids); diff != "" {
		t.Errorf("the owner's changes, oldest first (-want +got):\n%s", diff)
	}
	for i, e := range endings {
		ended(t, h, left[i], e.name, e.want)
	}
	if ids, err := h.Sweep(ctx, "one", h.clock.Now().Add(time.Hour)); err != nil || len(ids) > 0 {
		t.Errorf("a second sweep took %v, %v", ids, err)
	}
	if c, err := h.Change(ctx, planned.ID); err != nil || c.State != publish.Planned {
		t.Errorf("a planned change became %s, %v", c.State, err)
	}

	id, _ := started(t, h, change("expired", "f1"))
	if ids, err := h.Sweep(ctx, "", h.clock.Now().Add(time.Minute-time.Second)); err != nil || len(ids) > 0 {
		t.Errorf("swept before the lease expired: %v, %v", ids, err)
	}
	if ids, err := h.Sweep(ctx, "", h.clock.Now().Add(time.Minute)); err != nil || !slices.Equal(ids, []string{id}) {
		t.Errorf("swept when the lease expired: %v, %v", ids, err)
	}
}

func settle(t *testing.T, h harness) {
	ctx := t.Context()
	decided := func(s publish.StepState) publish.Outcome {
		return publish.Outcome{State: s, At: h.clock.Now(), By: &publish.Actor{ID: "p1", Name: "Ann"}, Message: fault.Msg("x", "Flow", "Main")}
	}
	id, attempt := outcomes(t, h, "i1", publish.StepDone, publish.StepIntent, publish.StepIntent, "")
	refused(t, h.Settle(ctx, id, "f1", decided(publish.StepDone), publish.Published), fault.Conflict, "store.not-interrupted")
	must(t, h.Finish(ctx, id, attempt, publish.Interrupted))
	refused(t, h.Settle(ctx, "nothing", "f1", decided(publish.StepDone), publish.Partly), fault.NotFound, "store.no-such-change")
	refused(t, h.Settle(ctx, id, "nothing", decided(publish.StepDone), publish.Partly), fault.NotFound, "store.no-such-step")
	for _, closed := range []string{"f0", "f3"} {
		refused(t, h.Settle(ctx, id, closed, decided(publish.StepDone), publish.Partly), fault.Conflict, "store.step-closed")
	}
	for _, none := range []publish.StepState{"", publish.StepPlanned, publish.StepIntent, publish.StepSkipped} {
		if err := h.Settle(ctx, id, "f1", decided(none), publish.Partly); err == nil {
			t.Errorf("%q was taken for a decision", none)
		}
	}

	must(t, h.Settle(ctx, id, "f1", decided(publish.StepFailed), publish.Published))
	c, err := h.Change(ctx, id)
	must(t, err)
	if diff := cmp.Diff(decided(publish.StepFailed), c.Steps[1].Outcome); diff != "" || c.State != publish.Interrupted {
		t.Errorf("one of two open steps settled: %s\n%s", c.State, diff)
	}
	refused(t, h.Settle(ctx, id, "f1", decided(publish.StepDone), publish.Published), fault.Conflict, "store.step-closed")
	must(t, h.Settle(ctx, id, "f2", decided(publish.StepUnclear), publish.Partly))
	ended(t, h, id, "settled", publish.Partly)
	refused(t, h.Settle(ctx, id, "f2", decided(publish.StepDone), publish.Published), fault.Conflict, "store.not-interrupted")

	settledAtOnce(t, h, decided(publish.StepDone))
}

// settledAtOnce: two people settle different steps, each believing that the other's is open still.
func settledAtOnce(t *testing.T, h harness, o publish.Outcome) {
	id, attempt := outcomes(t, h, "i2", publish.StepIntent, publish.StepIntent)
	must(t, h.Finish(t.Context(), id, attempt, publish.Interrupted))
	var both sync.WaitGroup
	for _, step := range []string{"f0", "f1"} {
		both.Go(func() {
			if err := h.Settle(t.Context(), id, step, o, publish.Partly); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	ended(t, h, id, "settled at once", publish.Published)
}
