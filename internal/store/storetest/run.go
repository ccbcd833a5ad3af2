package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// started stores a change and starts it.
func started(t testing.TB, h harness, c publish.Change) (id string, attempt int64) {
	t.Helper()
	must(t, h.CreateChange(t.Context(), c))
	attempt, err := h.Start(t.Context(), c.ID, c.Hash, publish.Actor{ID: "p1"}, "", lease(h, "one"))
	must(t, err)
	return c.ID, attempt
}

func start(t *testing.T, h harness) {
	ctx := t.Context()
	first, rival, elsewhere := change("i1", "f1"), change("i1", "f2"), change("i2", "f1")
	for _, c := range []publish.Change{first, rival, elsewhere} {
		must(t, h.CreateChange(ctx, c))
	}
	begin := func(id, hash string) (int64, error) {
		return h.Start(ctx, id, hash, publish.Actor{ID: "p1"}, "because", lease(h, "one"))
	}
	_, err := begin("nothing", "x")
	refused(t, err, fault.NotFound, "store.no-such-change")
	_, err = begin(first.ID, "another plan")
	refused(t, err, fault.Conflict, "publish.stale-hash")
	attempt, err := begin(first.ID, first.Hash)
	must(t, err)
	if attempt < 1 {
		t.Errorf("the fencing number is %d", attempt)
	}
	_, err = begin(first.ID, first.Hash)
	refused(t, err, fault.Conflict, "publish.started")
	_, err = begin(rival.ID, rival.Hash)
	refused(t, err, fault.Conflict, "publish.instance-busy")
	if got := fault.From(err).Message.Args["Change"]; got != first.ID {
		t.Errorf("busy with change %q, want %q", got, first.ID)
	}
	if _, err = begin(elsewhere.ID, elsewhere.Hash); err != nil {
		t.Errorf("another instance is kept from starting: %v", err)
	}
	must(t, h.Finish(ctx, first.ID, attempt, publish.Failed))
	_, err = begin(first.ID, first.Hash)
	refused(t, err, fault.Conflict, "publish.started")
	if _, err = begin(rival.ID, rival.Hash); err != nil {
		t.Errorf("the instance is not free again: %v", err)
	}
	startedAtOnce(t, h)
}

// startedAtOnce: eight changes of one instance are started at once; those refused are told which one runs.
func startedAtOnce(t *testing.T, h harness) {
	var mu sync.Mutex
	var started string
	holders := map[string]bool{}
	var all sync.WaitGroup
	for range 8 {
		c := change("at once", "f1")
		must(t, h.CreateChange(t.Context(), c))
		all.Go(func() {
			_, err := h.Start(t.Context(), c.ID, c.Hash, publish.Actor{}, "", lease(h, "one"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				started += c.ID
				return
			}
			refused(t, err, fault.Conflict, "publish.instance-busy")
			holders[fault.From(err).Message.Args["Change"]] = true
		})
	}
	all.Wait()
	if len(holders) != 1 || !holders[started] {
		t.Errorf("%s was started; the others were told of %v", started, holders)
	}
}

func fencing(t *testing.T, h harness) {
	ctx := t.Context()
	id, attempt := started(t, h, change("i1", "f1", "f2"))
	must(t, h.Renew(ctx, id, attempt, h.clock.Now().Add(time.Hour)))
	h.clock.advance(30 * time.Minute)
	if ids, err := h.Sweep(ctx, "", h.clock.Now()); err != nil || len(ids) > 0 {
		t.Fatalf("a renewed lease was swept: %v, %v", ids, err)
	}
	stale := func(attempt int64) {
		t.Helper()
		for _, err := range []error{
			h.Renew(ctx, id, attempt, h.clock.Now().Add(time.Hour)),
			h.announce(ctx, id, "f1", attempt, publish.Intent{}),
			h.Outcome(ctx, id, "f1", attempt, publish.Outcome{State: publish.StepFailed}),
			h.Finish(ctx, id, attempt, publish.Failed),
		} {
			refused(t, err, fault.Conflict, "publish.lease-lost")
		}
	}
	before, err := h.Change(ctx, id)
	must(t, err)
	stale(attempt + 1)
	stale(attempt - 1)
	after, err := h.Change(ctx, id)
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("a stale attempt changed something:\n%s", diff)
	}
	h.clock.advance(time.Hour)
	if ids, err := h.Sweep(ctx, "", h.clock.Now()); err != nil || !slices.Equal(ids, []string{id}) {
		t.Fatalf("the expired lease was not swept: %v, %v", ids, err)
	}
	stale(attempt)
	stale(attempt + 1)
}

// leases: an announcement needs a lease that has not run out, and extends it.
func leases(t *testing.T, h harness) {
	ctx := t.Context()
	id, attempt := started(t, h, change("i1", "f1", "f2"))
	now := h.clock.Now()
	until := now.Add(time.Minute) // as it was started
	for _, late := range []time.Time{until, until.Add(time.Second)} {
		refused(t, h.Intent(ctx, id, "f1", attempt, publish.Intent{}, late, late.Add(time.Hour)), fault.Conflict, "publish.lease-lost")
	}
	wantSteps(t, h, id, publish.StepPlanned, publish.StepPlanned)
	if ids, err := h.Sweep(ctx, "", until, id); err != nil || len(ids) > 0 {
		t.Errorf("swept what its caller runs: %v, %v", ids, err)
	}
	must(t, h.Intent(ctx, id, "f1", attempt, publish.Intent{}, until.Add(-time.Millisecond), until.Add(time.Hour)))
	if ids, err := h.Sweep(ctx, "", until.Add(59*time.Minute)); err != nil || len(ids) > 0 {
		t.Errorf("swept under an announced write: %v, %v", ids, err)
	}
	refused(t, h.Intent(ctx, id, "f1", attempt, publish.Intent{}, until, until.Add(2*time.Hour)), fault.Conflict, "store.step-closed")
	if ids, err := h.Sweep(ctx, "", until.Add(time.Hour), "another"); err != nil || !slices.Equal(ids, []string{id}) {
		t.Errorf("a refused announcement extended the lease, or it never ends: %v, %v", ids, err)
	}
}

func steps(t *testing.T, h harness) {
	ctx := t.Context()
	id, attempt := started(t, h, change("i1", "planned", "announced", "done"))
	must(t, h.announce(ctx, id, "announced", attempt, publish.Intent{}))
	must(t, h.announce(ctx, id, "done", attempt, publish.Intent{}))
	must(t, h.Outcome(ctx, id, "done", attempt, publish.Outcome{State: publish.StepDone}))

	for _, step := range []string{"announced", "done"} {
		refused(t, h.announce(ctx, id, step, attempt, publish.Intent{}), fault.Conflict, "store.step-closed")
	}
	for _, state := range []publish.StepState{publish.StepDone, publish.StepUnclear} {
		err := h.Outcome(ctx, id, "planned", attempt, publish.Outcome{State: state})
		refused(t, err, fault.Conflict, "store.step-closed")
	}
	for _, state := range []publish.StepState{publish.StepFailed, publish.StepDone, publish.StepSkipped} {
		err := h.Outcome(ctx, id, "done", attempt, publish.Outcome{State: state})
		refused(t, err, fault.Conflict, "store.step-closed")
	}
	for _, state := range []publish.StepState{"", publish.StepPlanned, publish.StepIntent, "nonsense"} {
		if err := h.Outcome(ctx, id, "announced", attempt, publish.Outcome{State: state}); err == nil {
			t.Errorf("%q was taken for an outcome", state)
		}
	}
	refused(t, h.announce(ctx, id, "nothing", attempt, publish.Intent{}), fault.NotFound, "store.no-such-step")
	err := h.Outcome(ctx, id, "nothing", attempt, publish.Outcome{State: publish.StepFailed})
	refused(t, err, fault.NotFound, "store.no-such-step")
	must(t, h.Outcome(ctx, id, "planned", attempt, publish.Outcome{State: publish.StepFailed}))
	wantSteps(t, h, id, publish.StepFailed, publish.StepIntent, publish.StepDone)
}

func wantSteps(t testing.TB, h harness, id string, want ...publish.StepState) {
	t.Helper()
	c, err := h.Change(t.Context(), id)
	must(t, err)
	var got []publish.StepState
	for _, st := range c.Steps {
		got = append(got, st.State)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the steps of %s (-want +got):\n%s", id, diff)
	}
}

// outcomes runs one step per state: "" leaves it planned, StepIntent leaves it open.
func outcomes(t testing.TB, h harness, in instance.ID, states ...publish.StepState) (id string, attempt int64) {
	t.Helper()
	var keys []string
	for i := range states {
		keys = append(keys, fmt.Sprintf("f%d", i))
	}
	id, attempt = started(t, h, change(in, keys...))
	for i, state := range states {
		if state == "" {
			continue
		}
		must(t, h.announce(t.Context(), id, keys[i], attempt, publish.Intent{}))
		if state != publish.StepIntent {
			must(t, h.Outcome(t.Context(), id, keys[i], attempt, publish.Outcome{State: state}))
		}
	}
	return id, attempt
}

// endings are the states that a change gets by its steps.
var endings = []struct {
	name  string
	steps []publish.StepState
	want  publish.State
}{
	{"all done", []publish.StepState{publish.StepDone, publish.StepDone}, publish.Published},
	{"one done, one not tried", []publish.StepState{publish.StepDone, ""}, publish.Partly},
	{"one done, one failed", []publish.StepState{publish.StepDone, publish.StepFailed}, publish.Partly},
	{"one unclear", []publish.StepState{publish.StepUnclear, ""}, publish.Partly},
	{"none done", []publish.StepState{publish.StepFailed, ""}, publish.Failed},
	{"no steps", nil, publish.Failed},
	{"none tried", []publish.StepState{"", ""}, publish.Failed},
	{"one open", []publish.StepState{publish.StepDone, publish.StepIntent, ""}, publish.Interrupted},
	{"only one open", []publish.StepState{publish.StepIntent}, publish.Interrupted},
}

func finish(t *testing.T, h harness) {
	for i, e := range endings {
		in := instance.ID(fmt.Sprintf("i%d", i))
		id, attempt := outcomes(t, h, in, e.steps...)
		for _, wrong := range []publish.State{publish.Planned, publish.Running, publish.Published, publish.Partly, publish.Failed, publish.Interrupted, ""} {
			if wrong == e.want {
				continue
			}
			if err := h.Finish(t.Context(), id, attempt, wrong); err == nil {
				t.Fatalf("%s: finished as %q", e.name, wrong)
			}
		}
		must(t, h.Finish(t.Context(), id, attempt, e.want))
		ended(t, h, id, e.name, e.want)
		if _, err := h.Start(t.Context(), id, "", publish.Actor{}, "", lease(h, "one")); err == nil {
			t.Errorf("%s: started again", e.name)
		}
	}
}

// ended checks the state of a change that nobody runs, and that its instance is free.
func ended(t testing.TB, h harness, id, name string, want publish.State) {
	t.Helper()
	c, err := h.Change(t.Context(), id)
	must(t, err)
	if c.State != want || c.Finished.IsZero() != (want == publish.Interrupted) {
		t.Errorf("%s: the change is %s, finished %s; want %s", name, c.State, c.Finished, want)
	}
	for _, st := range c.Steps {
		if st.State == publish.StepPlanned {
			t.Errorf("%s: step %s is still planned", name, st.Key)
		}
		if st.State == publish.StepSkipped && (st.Outcome.State != publish.StepSkipped || st.Outcome.At.IsZero()) {
			t.Errorf("%s: step %s was skipped without an outcome", name, st.Key)
		}
	}
	next := change(c.Instance.ID, "f1")
	must(t, h.CreateChange(t.Context(), next))
	attempt, err := h.Start(t.Context(), next.ID, next.Hash, publish.Actor{}, "", lease(h, "one"))
	if err != nil {
		t.Fatalf("%s: the instance is not free: %v", name, err)
	}
	must(t, h.Finish(t.Context(), next.ID, attempt, publish.Failed))
}

func claimers(t *testing.T, h harness) { Claim(t, 200, h.Store) }

// Claim lets eight claimers, spread over the stores (handles of one database), run n changes of a few instances. No change
// may run twice, and no instance may have two running.
func Claim(t *testing.T, n int, stores ...Store) {
	const instances = 16
	var changes []publish.Change
	for i := range n {
		c := change(instance.ID(fmt.Sprintf("claimed-%d", i%instances)), "f1")
		must(t, stores[0].CreateChange(t.Context(), c))
		changes = append(changes, c)
	}
	runs, busy := make([]atomic.Int64, n), make([]atomic.Int64, instances)
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			st := stores[k%len(stores)]
			for i := k; left.Load() > 0 && !t.Failed(); i++ {
				if runs[i%n].Load() > 0 || !claim(t, st, changes[i%n], &busy[i%n%instances]) {
					continue
				}
				runs[i%n].Add(1)
				left.Add(-1)
			}
		})
	}
	all.Wait()
	for i := range runs {
		if got := runs[i].Load(); got != 1 {
			t.Errorf("%s ran %d times", changes[i].ID, got)
		}
	}
}

// claim runs the change from start to end if it can have it.
func claim(t *testing.T, st Store, c publish.Change, busy *atomic.Int64) bool {
	ctx := t.Context()
	attempt, err := st.Start(ctx, c.ID, c.Hash, publish.Actor{}, "", publish.Lease{Owner: "o", Until: time.Now().Add(time.Hour)})
	if fault.Is(err, fault.Conflict) {
		return false
	}
	if err == nil && busy.Add(1) != 1 {
		err = fmt.Errorf("%s: two changes run in %s", c.ID, c.Instance.ID)
	}
	for _, step := range []func() error{
		func() error {
			return st.Intent(ctx, c.ID, "f1", attempt, publish.Intent{}, time.Now(), time.Now().Add(time.Hour))
		},
		func() error { return st.Outcome(ctx, c.ID, "f1", attempt, publish.Outcome{State: publish.StepDone}) },
		func() error { busy.Add(-1); return st.Finish(ctx, c.ID, attempt, publish.Published) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		t.Error(err)
	}
	return err == nil
}
