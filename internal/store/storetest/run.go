package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
)

// tester is a test, or one of rapid's.
type tester interface {
	Helper()
	Context() context.Context
	Fatal(...any)
}

// fence is a run of an operation of its own, on a lease until then.
func fence(t tester, h harness, until time.Time) operation.Fence {
	t.Helper()
	kind := fmt.Sprintf("publish-%d", numbered.Add(1))
	_, _, err := h.Operations.Ask(t.Context(), work(h, kind, kind), nil)
	must(t, err)
	return reclaimed(t, h, kind, h.clock.Now(), until)
}

// reclaimed is the next run of the operation of that kind.
func reclaimed(t tester, h harness, kind string, now, until time.Time) operation.Fence {
	t.Helper()
	o, found, err := h.Operations.Claim(t.Context(), operation.Claim{Owner: "one", Kinds: []string{kind}, Now: now, Until: until})
	must(t, err)
	if !found {
		t.Fatal("there is nothing to claim")
	}
	return o.Fence()
}

// take takes the change, which must be the one that is due, on a lease of an hour.
func take(t testing.TB, h harness, c publish.Change) operation.Fence {
	t.Helper()
	f := fence(t, h, h.clock.Now().Add(time.Hour))
	got, found, err := h.Take(t.Context(), c.Instance.ID, f, h.clock.Now())
	must(t, err)
	if !found || got.ID != c.ID {
		t.Fatalf("took %q, want %q", got.ID, c.ID)
	}
	return f
}

// announce and close say what a run says, now.
func (h harness) announce(ctx context.Context, id, step string, f operation.Fence) error {
	return h.Intent(ctx, id, step, f, publish.Intent{At: h.clock.Now(), Until: h.clock.Now().Add(time.Minute)})
}

func (h harness) close(ctx context.Context, id, step string, f operation.Fence, o publish.Outcome) error {
	o.At = h.clock.Now()
	return h.Outcome(ctx, id, step, f, o)
}

// outcomes runs one step per state: "" leaves it planned, StepIntent leaves it open.
func outcomes(t testing.TB, h harness, in instance.ID, states ...publish.StepState) (id string, f operation.Fence) {
	t.Helper()
	var keys []string
	for i := range states {
		keys = append(keys, fmt.Sprintf("f%d", i))
	}
	c := change(in, keys...)
	id = approved(t, h, c)
	f = take(t, h, c)
	for i, state := range states {
		if state == "" {
			continue
		}
		must(t, h.announce(t.Context(), id, keys[i], f))
		if state != publish.StepIntent {
			must(t, h.close(t.Context(), id, keys[i], f, publish.Outcome{State: state}))
		}
	}
	return id, f
}

func wantSteps(t testing.TB, h harness, id string, want ...publish.StepState) {
	t.Helper()
	var got []publish.StepState
	for _, st := range read(t, h, id).Steps {
		got = append(got, st.State)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the steps of %s (-want +got):\n%s", id, diff)
	}
}

func wantDue(t testing.TB, h harness, at time.Time, want ...instance.ID) {
	t.Helper()
	got, err := h.Due(t.Context(), at)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("due are %v, want %v", got, want)
	}
}

func takes(t *testing.T, h harness) {
	ctx := t.Context()
	lease := func() operation.Fence { return fence(t, h, h.clock.Now().Add(24*time.Hour)) }
	none := func(in instance.ID, f operation.Fence, at time.Time) {
		t.Helper()
		if c, found, err := h.Take(ctx, in, f, at); err != nil || found || c.ID != "" {
			t.Errorf("took %q of %s, %v", c.ID, in, err)
		}
	}
	wantDue(t, h, h.clock.Now())
	none("i1", lease(), h.clock.Now())
	planned := change("i1", "f0")
	must(t, h.CreateChange(ctx, planned))
	wantDue(t, h, h.clock.Now())
	none("i1", lease(), h.clock.Now())

	second, first, later := change("i1", "f0"), change("i1", "f0", "f1"), change("i2", "f0")
	approved(t, h, first) // stored after, approved before
	approved(t, h, second)
	must(t, h.CreateChange(ctx, later))
	w, at := h.word(), h.clock.Now().Add(time.Hour)
	w.NotBefore = at
	must(t, h.Approve(ctx, later.ID, later.Hash, later.Seen(), w))
	wantDue(t, h, h.clock.Now(), "i1")
	wantDue(t, h, at.Add(-time.Microsecond), "i1")
	wantDue(t, h, at, "i1", "i2")
	none("i2", lease(), at.Add(-time.Microsecond))
	none("' OR 1=1 --\x00", lease(), at)

	f := lease()
	now := h.clock.Now()
	got, found, err := h.Take(ctx, "i1", f, now)
	must(t, err)
	want := first
	want.State, want.Word, want.Runs, want.Started = publish.Running, got.Word, 1, micro(now)
	if diff := cmp.Diff(want, got); diff != "" || !found {
		t.Errorf("taken %t (-want +got):\n%s", found, diff)
	}
	if diff := cmp.Diff(got, read(t, h, first.ID)); diff != "" {
		t.Errorf("what was taken is not what is kept:\n%s", diff)
	}
	wantDue(t, h, h.clock.Now(), "i1") // it still goes on
	wantState(t, h, second.ID, publish.Approved)
	must(t, h.announce(ctx, first.ID, "f0", f))
	must(t, h.close(ctx, first.ID, "f0", f, publish.Outcome{State: publish.StepDone}))
	must(t, h.Finish(ctx, first.ID, f, publish.Paused, h.clock.Now()))
	must(t, h.Approve(ctx, first.ID, first.Hash, read(t, h, first.ID).Seen(), publish.Word{By: bo, At: h.clock.Now().Add(time.Second)})) // behind the other one now
	for i, id := range []string{second.ID, first.ID} {                                                                                   // one run, one change after the other
		if got, found, err = h.Take(ctx, "i1", f, now.Add(time.Minute)); err != nil || !found || got.ID != id || got.Runs != 1+i {
			t.Errorf("taken %t: %s, run %d, %v; want %s", found, got.ID, got.Runs, err, id)
		}
		if i == 1 {
			continue
		}
		must(t, h.close(ctx, id, "f0", f, publish.Outcome{State: publish.StepFailed}))
		must(t, h.Finish(ctx, id, f, publish.Failed, h.clock.Now()))
	}
	if !got.Started.Equal(micro(now)) || got.Word.By != bo {
		t.Errorf("the second run: started %s, approved by %v", got.Started, got.Word.By)
	}
	if got, found, err = h.Take(ctx, "i2", lease(), at); err != nil || !found || got.ID != later.ID {
		t.Errorf("its time has come: %t, %v", found, err)
	}
	wantState(t, h, planned.ID, publish.Planned)
}

func takenOver(t *testing.T, h harness) {
	ctx := t.Context()
	id, f := outcomes(t, h, "i1", publish.StepDone, publish.StepIntent, "")
	other := change("i1", "f0")
	approved(t, h, other)
	now := h.clock.Now()
	late := now.Add(2 * time.Hour) // the lease is over
	alive, rival := func() time.Time { return now.Add(time.Minute) }, fence(t, h, late.Add(time.Hour))
	if c, found, err := h.Take(ctx, "i1", rival, alive()); err != nil || found {
		t.Errorf("%s was taken from a run that goes on, or beside it: %v", c.ID, err)
	}
	if got, found, err := h.Take(ctx, "i1", f, alive()); err != nil || !found || got.ID != id || got.Runs != 2 || got.Lost != 1 {
		t.Errorf("a run that asks again is given %s, run %d, %v", got.ID, got.Runs, err)
	}
	got, found, err := h.Take(ctx, "i1", rival, late)
	must(t, err)
	if !found || got.ID != id || got.State != publish.Running || got.Runs != 3 || got.Lost != 2 || got.Steps[1].State != publish.StepIntent {
		t.Errorf("of a run that is over came %s, %s, run %d", got.ID, got.State, got.Runs)
	}
	wantSteps(t, h, id, publish.StepDone, publish.StepIntent, publish.StepPlanned)
	// The former run is renewed after all: the change is not its own any more.
	_, err = h.Operations.Write(ctx, f, operation.Word{Now: late, Until: late.Add(time.Hour)})
	must(t, err)
	for name, err := range saidOf(ctx, h, id, "f1", f, late) {
		lost(t, name, err)
	}
	must(t, h.Outcome(ctx, id, "f1", rival, publish.Outcome{State: publish.StepDone, At: late}))

	// An operation that was handed back, ended or deleted holds nothing either.
	for name, end := range map[string]func(operation.Fence){
		"handed back": func(f operation.Fence) {
			_, err := h.Operations.Write(ctx, f, operation.Word{Now: now, State: operation.Queued})
			must(t, err)
		},
		"ended": func(f operation.Fence) {
			_, err := h.Operations.Write(ctx, f, operation.Word{Now: now, State: operation.Failed})
			must(t, err)
		},
		"deleted": func(f operation.Fence) {
			_, err := h.Operations.Write(ctx, f, operation.Word{Now: now, State: operation.Failed})
			must(t, err)
			_, err = h.Operations.Forget(ctx, now)
			must(t, err)
		},
	} {
		id, f := outcomes(t, h, instance.ID(name), publish.StepIntent)
		end(f)
		if got, found, err := h.Take(ctx, instance.ID(name), fence(t, h, h.clock.Now().Add(time.Hour)), h.clock.Now()); err != nil || !found || got.ID != id {
			t.Errorf("%s: taken %t, %v", name, found, err)
		}
	}
}

// saidOf is what each method says of what a run under f writes, at a time.
func saidOf(ctx context.Context, h harness, id, step string, f operation.Fence, at time.Time) map[string]error {
	_, found, err := h.Take(ctx, "of nobody", f, at)
	if found {
		err = errors.New("a change was taken")
	}
	said := map[string]error{
		"intent":  h.Intent(ctx, id, step, f, publish.Intent{At: at}),
		"outcome": h.Outcome(ctx, id, step, f, publish.Outcome{State: publish.StepFailed, At: at}),
		"reopen":  h.Reopen(ctx, id, step, f, fault.Msg("x"), at),
		"finish":  h.Finish(ctx, id, f, publish.Paused, at),
	}
	if err != nil {
		said["take"] = err
	}
	return said
}

func lost(t testing.TB, what string, err error) {
	t.Helper()
	if !errors.Is(err, operation.ErrLost) {
		t.Errorf("%s: %v, want operation.ErrLost", what, err)
	}
}

func fencing(t *testing.T, h harness) {
	ctx := t.Context()
	id, f := outcomes(t, h, "i1", publish.StepIntent, "")
	approved(t, h, change("of nobody", "f0"))
	before, now, until := read(t, h, id), h.clock.Now(), h.clock.Now().Add(2*time.Hour)
	ended, handed := fence(t, h, until), fence(t, h, until)
	_, err := h.Operations.Write(ctx, ended, operation.Word{Now: now, State: operation.Done})
	must(t, err)
	_, err = h.Operations.Write(ctx, handed, operation.Word{Now: now, State: operation.Queued})
	must(t, err)
	for name, c := range map[string]struct {
		f  operation.Fence
		at time.Time
	}{
		"another attempt": {operation.Fence{ID: f.ID, Owner: f.Owner, Attempt: f.Attempt + 1}, now}, "an earlier one": {operation.Fence{ID: f.ID, Owner: f.Owner}, now},
		"another owner": {operation.Fence{ID: f.ID, Owner: "two", Attempt: f.Attempt}, now}, "no operation": {operation.Fence{ID: "nothing", Owner: f.Owner, Attempt: f.Attempt}, now},
		"the zero fence": {operation.Fence{}, now}, "an operation that ended": {ended, now}, "one that was handed back": {handed, now},
		"a lease that is over": {f, now.Add(time.Hour)}, "a hostile fence": {operation.Fence{ID: "' OR 1=1 --\x00", Owner: "' OR 1=1 --", Attempt: 1}, now},
	} {
		said := saidOf(ctx, h, id, "f0", c.f, c.at)
		if len(said) != 5 {
			t.Errorf("%s: take was not refused", name)
		}
		for what, err := range said {
			lost(t, name+", "+what, err)
		}
	}
	stranger := fence(t, h, until) // runs, but has not taken the change
	for what, err := range saidOf(ctx, h, id, "f0", stranger, now) {
		if what == "take" {
			continue
		}
		lost(t, "another operation, "+what, err)
	}
	if diff := cmp.Diff(before, read(t, h, id)); diff != "" {
		t.Errorf("what was refused was written:\n%s", diff)
	}
	for what, err := range saidOf(ctx, h, "nothing", "f0", f, now) {
		if what != "take" {
			refused(t, err, fault.NotFound, "store.no-such-change")
		}
	}

	// The operation is claimed anew: the former run is over, the next one goes on.
	id, f = outcomes(t, h, "i2", publish.StepIntent, "")
	o, err := h.Operations.Get(ctx, f.ID)
	must(t, err)
	late := o.LeaseUntil
	next := reclaimed(t, h, o.Kind, late, late.Add(time.Hour))
	for what, err := range saidOf(ctx, h, id, "f0", f, late.Add(-time.Minute)) {
		lost(t, "a former run, "+what, err)
	}
	for what, err := range saidOf(ctx, h, id, "f0", next, late) { // not before it took the change
		if what != "take" {
			lost(t, "the next run, "+what, err)
		}
	}
	if c, found, err := h.Take(ctx, "i2", next, late); err != nil || !found || c.ID != id {
		t.Fatalf("the next run is not given it: %v", err)
	}
	must(t, h.Outcome(ctx, id, "f0", next, publish.Outcome{State: publish.StepDone, At: late}))
	must(t, h.Finish(ctx, id, next, publish.Paused, late))
	lost(t, "a run that has finished", h.Intent(ctx, id, "f1", next, publish.Intent{At: late}))
	lost(t, "a run that has finished", h.Finish(ctx, id, next, publish.Paused, late))
}

func steps(t *testing.T, h harness) {
	ctx := t.Context()
	c := change("i1", "planned", "announced", "done", "skipped")
	id := approved(t, h, c)
	f := take(t, h, c)
	must(t, h.announce(ctx, id, "announced", f))
	must(t, h.announce(ctx, id, "done", f))
	must(t, h.close(ctx, id, "done", f, publish.Outcome{State: publish.StepDone}))
	must(t, h.close(ctx, id, "skipped", f, publish.Outcome{State: publish.StepSkipped}))

	for _, step := range []string{"announced", "done", "skipped"} {
		refused(t, h.announce(ctx, id, step, f), fault.Conflict, "store.step-closed")
	}
	for _, state := range []publish.StepState{publish.StepDone, publish.StepUnclear} {
		refused(t, h.close(ctx, id, "planned", f, publish.Outcome{State: state}), fault.Conflict, "store.step-closed")
	}
	for _, state := range []publish.StepState{publish.StepFailed, publish.StepDone, publish.StepSkipped} {
		refused(t, h.close(ctx, id, "done", f, publish.Outcome{State: state}), fault.Conflict, "store.step-closed")
	}
	for _, state := range []publish.StepState{"", publish.StepPlanned, publish.StepIntent, "nonsense"} {
		if err := h.close(ctx, id, "announced", f, publish.Outcome{State: state}); err == nil {
			t.Errorf("%q was taken for an outcome", state)
		}
	}
	refused(t, h.announce(ctx, id, "nothing", f), fault.NotFound, "store.no-such-step")
	refused(t, h.close(ctx, id, "nothing", f, publish.Outcome{State: publish.StepFailed}), fault.NotFound, "store.no-such-step")
	must(t, h.close(ctx, id, "planned", f, publish.Outcome{State: publish.StepFailed}))
	wantSteps(t, h, id, publish.StepFailed, publish.StepIntent, publish.StepDone, publish.StepSkipped)
}

func reopen(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	id, f := outcomes(t, h, "i1", publish.StepIntent, "", publish.StepDone)
	must(t, h.Reopen(ctx, id, "f0", f, fault.Msg("publish.settled.not-written", "Flow", "Main"), now))
	wantSteps(t, h, id, publish.StepPlanned, publish.StepPlanned, publish.StepDone)
	if in := read(t, h, id).Steps[0].Intent; in != (publish.Intent{}) {
		t.Errorf("a planned step has the intent %+v", in)
	}
	for _, closed := range []string{"f0", "f1", "f2"} {
		refused(t, h.Reopen(ctx, id, closed, f, fault.Msg("x"), now), fault.Conflict, "store.step-closed")
	}
	refused(t, h.Reopen(ctx, id, "nothing", f, fault.Msg("x"), now), fault.NotFound, "store.no-such-step")
	must(t, h.announce(ctx, id, "f0", f)) // as if for the first time
	must(t, h.close(ctx, id, "f0", f, publish.Outcome{State: publish.StepDone}))
	wantSteps(t, h, id, publish.StepDone, publish.StepPlanned, publish.StepDone)
}

// endings are the states that a change gets by its steps.
var endings = []struct {
	name  string
	steps []publish.StepState
	want  publish.State
}{
	{"all done", []publish.StepState{publish.StepDone, publish.StepDone}, publish.Published},
	{"one done, one not tried", []publish.StepState{publish.StepDone, ""}, publish.Paused},
	{"one done, one skipped", []publish.StepState{publish.StepDone, publish.StepSkipped}, publish.Partly},
	{"one done, one failed", []publish.StepState{publish.StepDone, publish.StepFailed}, publish.Partly},
	{"one unclear", []publish.StepState{publish.StepUnclear, publish.StepSkipped}, publish.Partly},
	{"none done", []publish.StepState{publish.StepFailed, publish.StepSkipped}, publish.Failed},
	{"no steps", nil, publish.Failed},
	{"none tried", []publish.StepState{"", ""}, publish.Paused},
	{"one open", []publish.StepState{publish.StepDone, publish.StepIntent, ""}, publish.Interrupted},
	{"only one open", []publish.StepState{publish.StepIntent}, publish.Interrupted},
}

func finish(t *testing.T, h harness) {
	for i, e := range endings {
		in := instance.ID(fmt.Sprintf("i%d", i))
		id, f := outcomes(t, h, in, e.steps...)
		for _, wrong := range []publish.State{
			publish.Planned, publish.Approved, publish.Running, publish.Paused, publish.Published, publish.Partly, publish.Failed, publish.Interrupted,
			publish.Discarded, "",
		} {
			if wrong == e.want {
				continue
			}
			if err := h.Finish(t.Context(), id, f, wrong, h.clock.Now()); err == nil {
				t.Fatalf("%s: finished as %q", e.name, wrong)
			}
		}
		must(t, h.Finish(t.Context(), id, f, e.want, h.clock.Now()))
		wantState(t, h, id, e.want)
		want := slices.Clone(e.steps)
		for i := range want {
			if want[i] == "" {
				want[i] = publish.StepPlanned // never tried: it stays so
			}
		}
		wantSteps(t, h, id, want...)
		wantDue(t, h, h.clock.Now())
		next := change(in, "f0") // the instance is free
		approved(t, h, next)
		f = take(t, h, next)
		must(t, h.close(t.Context(), next.ID, "f0", f, publish.Outcome{State: publish.StepFailed}))
		must(t, h.Finish(t.Context(), next.ID, f, publish.Failed, h.clock.Now()))
	}
}

// takers: eight runs ask for the changes of one instance at once.
func takers(t *testing.T, h harness) {
	for range 5 {
		first, second := change("i1", "f0"), change("i1", "f0")
		approved(t, h, first)
		approved(t, h, second)
		var mu sync.Mutex
		var took []string
		var all sync.WaitGroup
		var winner operation.Fence
		for range 8 {
			f := fence(t, h, h.clock.Now().Add(time.Hour))
			all.Go(func() {
				c, found, err := h.Take(t.Context(), "i1", f, h.clock.Now())
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if found {
					took, winner = append(took, c.ID), f
				}
			})
		}
		all.Wait()
		if !slices.Equal(took, []string{first.ID}) {
			t.Fatalf("took %v, want %s alone", took, first.ID)
		}
		for _, id := range []string{first.ID, second.ID} {
			if id == second.ID {
				winner = take(t, h, second)
			}
			must(t, h.announce(t.Context(), id, "f0", winner))
			must(t, h.close(t.Context(), id, "f0", winner, publish.Outcome{State: publish.StepDone}))
			must(t, h.Finish(t.Context(), id, winner, publish.Published, h.clock.Now()))
		}
	}
}

// atOnce: a change is approved, stopped, taken, given up, announced and all is halted at once, in whatever order the engine takes it.
// Whatever came of it, each that was told yes is in the state, and nothing was announced under a halt.
func atOnce(t *testing.T, h harness) {
	ctx := t.Context()
	for round := range Rounds(20) {
		c := change(instance.ID(fmt.Sprintf("i%d", round)), "f0", "f1")
		must(t, h.CreateChange(ctx, c))
		f, g := fence(t, h, h.clock.Now().Add(time.Hour)), fence(t, h, h.clock.Now().Add(time.Hour))
		var all sync.WaitGroup
		var approvals, took, announced atomic.Int64
		yes := func(err error, n *atomic.Int64) {
			if err == nil {
				n.Add(1)
			} else if !fault.Is(err, fault.Conflict) && !errors.Is(err, operation.ErrLost) {
				t.Error(err)
			}
		}
		var others atomic.Int64
		for range 2 {
			all.Go(func() { yes(h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()), &approvals) })
			all.Go(func() { yes(h.Stop(ctx, c.ID, bo, h.clock.Now()), &others) })
		}
		for _, f := range []operation.Fence{f, g} {
			all.Go(func() {
				_, found, err := h.Take(ctx, c.Instance.ID, f, h.clock.Now())
				yes(err, &others)
				if found {
					took.Add(1)
					yes(h.announce(ctx, c.ID, "f0", f), &announced)
				}
			})
		}
		all.Go(func() {
			yes(h.Halt(ctx, publish.Halt{By: bo, At: h.clock.Now()}, bo, h.clock.Now()), &others)
			yes(h.LetOn(ctx, h.clock.Now(), bo, h.clock.Now()), &others)
		})
		all.Wait()
		got := read(t, h, c.ID)
		open := got.Steps[0].State == publish.StepIntent
		if took.Load() > 1 || took.Load() != int64(got.Runs) || (got.State == publish.Running) != (got.Runs == 1) || open != (announced.Load() == 1) {
			t.Fatalf("%s, %d runs, %d took it, %d announced f0, which is %s", got.State, got.Runs, took.Load(), announced.Load(), got.Steps[0].State)
		}
		if approvals.Load() == 0 || got.State == publish.Planned && got.Word != (publish.Word{}) {
			t.Fatalf("%s with %d approvals: %+v", got.State, approvals.Load(), got.Word)
		}
	}
	stopped := map[string]bool{} // by the history: a halt, or a stop, between which and the next word nothing may be announced
	halted := false
	must(t, h.History(ctx, 0, func(e publish.Entry) bool {
		switch e.Kind {
		case publish.EntryHalted, publish.EntryLetOn:
			halted = e.Kind == publish.EntryHalted
		case publish.EntryStopped:
			stopped[e.Change] = true
		case publish.EntryApproved:
			delete(stopped, e.Change)
		case publish.EntryTaken, publish.EntryIntent:
			if halted || stopped[e.Change] {
				t.Errorf("entry %d: %s under a halt (%t) or a stop", e.Seq, e.Kind, halted)
			}
		}
		return true
	}))
}

// Face is one process's handle of a database.
type Face struct {
	Store
	Operations operation.Store
}

// Claim lets eight runs, spread over the processes (handles of one database), apply n changes of a few instances, which are halted and let
// on meanwhile. No change may be published twice, and no instance may have two running.
func Claim(t *testing.T, n int, processes ...Face) {
	const instances = 8
	ctx, start := t.Context(), time.Now()
	var left atomic.Int64
	for i := range n {
		c := change(instance.ID(fmt.Sprintf("claimed-%d", i%instances)), "f1")
		must(t, processes[0].CreateChange(ctx, c))
		must(t, processes[0].Approve(ctx, c.ID, c.Hash, c.Seen(), publish.Word{By: ann, At: start}))
	}
	left.Store(int64(n))
	var runs sync.Map // by change
	busy := make([]atomic.Int64, instances)
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			p := processes[k%len(processes)]
			o := operation.Operation{ID: operation.ID(fmt.Sprintf("run-%d", k)), Kind: fmt.Sprintf("claim-%d", k), Key: fmt.Sprintf("claim-%d", k), Asked: start}
			_, _, err := p.Operations.Ask(ctx, o, nil)
			if err == nil {
				o, _, err = p.Operations.Claim(ctx, operation.Claim{Owner: "o", Kinds: []string{o.Kind}, Now: start, Until: start.Add(time.Hour)})
			}
			for i := k; err == nil && left.Load() > 0 && !t.Failed(); i++ {
				var done bool
				if done, err = claim(ctx, p, i%instances, o.Fence(), &busy[i%instances], &runs); done {
					left.Add(-1)
				}
				if i%16 == 0 && err == nil {
					if err = p.Halt(ctx, publish.Halt{By: bo, At: start}, bo, start); err == nil || fault.Is(err, fault.Conflict) {
						err = p.LetOn(ctx, start, bo, start)
					}
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, _, err := processes[0].VerifyHistory(ctx); err != nil {
		t.Error(err)
	}
}

// claim applies the next change of an instance from start to end if it can have one.
func claim(ctx context.Context, p Face, in int, f operation.Fence, busy *atomic.Int64, runs *sync.Map) (done bool, err error) {
	now := time.Now()
	c, found, err := p.Take(ctx, instance.ID(fmt.Sprintf("claimed-%d", in)), f, now)
	if err != nil || !found {
		return false, err
	}
	if _, twice := runs.LoadOrStore(c.ID, true); twice || busy.Add(1) != 1 {
		return false, fmt.Errorf("%s: run twice (%t), or two changes run in %s", c.ID, twice, c.Instance.ID)
	}
	for err = fault.New(fault.Conflict, "publish.halted"); fault.Is(err, fault.Conflict); { // until it is let on
		err = p.Intent(ctx, c.ID, "f1", f, publish.Intent{At: now})
	}
	if err == nil {
		err = p.Outcome(ctx, c.ID, "f1", f, publish.Outcome{State: publish.StepDone, At: now})
	}
	busy.Add(-1)
	if err == nil {
		err = p.Finish(ctx, c.ID, f, publish.Published, now)
	}
	return err == nil, err
}
