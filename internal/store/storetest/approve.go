package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

var (
	ann = publish.Actor{ID: "p1", Name: "Ann", Address: "192.0.2.1"}
	bo  = publish.Actor{ID: "p2", Name: "Bo", Address: "192.0.2.2"}
)

func (h harness) word() publish.Word {
	return publish.Word{By: ann, At: micro(h.clock.Now()), Reason: "because", Mode: publish.StopAtFailure}
}

// approved stores a change and approves it; each is approved a second later than the one before.
func approved(t testing.TB, h harness, c publish.Change) string {
	t.Helper()
	h.clock.advance(time.Second)
	must(t, h.CreateChange(t.Context(), c))
	must(t, h.Approve(t.Context(), c.ID, c.Hash, c.Seen(), h.word()))
	return c.ID
}

func read(t testing.TB, h harness, id string) publish.Change {
	t.Helper()
	c, err := h.Change(t.Context(), id)
	must(t, err)
	return c
}

func wantState(t testing.TB, h harness, id string, want publish.State) {
	t.Helper()
	c := read(t, h, id)
	if c.State != want || c.Finished.IsZero() == want.Ended() {
		t.Errorf("%s is %s, finished %s; want %s", id, c.State, c.Finished, want)
	}
	if c.Stopped != nil && want != publish.Running && want != publish.Paused {
		t.Errorf("%s is %s, and asked to stop still", id, c.State)
	}
}

// wantStopped holds who stopped a paused change.
func wantStopped(t testing.TB, h harness, id string, want *publish.Actor) {
	t.Helper()
	if diff := cmp.Diff(want, read(t, h, id).Stopped); diff != "" {
		t.Errorf("who stopped %s (-want +got):\n%s", id, diff)
	}
}

// inEveryState is a change in each state, in an instance of its own.
func inEveryState(t *testing.T, h harness) map[publish.State]string {
	t.Helper()
	planned, discarded := change("planned", "f0"), change("discarded", "f0")
	must(t, h.CreateChange(t.Context(), planned))
	must(t, h.CreateChange(t.Context(), discarded))
	_, err := h.GiveUp(t.Context(), discarded.ID, discarded.Seen(), ann, h.clock.Now())
	must(t, err)
	all := map[publish.State]string{
		publish.Planned: planned.ID, publish.Discarded: discarded.ID, publish.Approved: approved(t, h, change("approved", "f0")),
	}
	all[publish.Proposed] = proposed(t, h, change("proposed", "f0")).ID
	all[publish.Running], _ = outcomes(t, h, "running", publish.StepDone, publish.StepIntent, "")
	for state, steps := range map[publish.State][]publish.StepState{
		publish.Paused: {publish.StepDone, "", ""}, publish.Interrupted: {publish.StepIntent, ""}, publish.Published: {publish.StepDone},
		publish.Partly: {publish.StepDone, publish.StepFailed}, publish.Failed: {publish.StepFailed},
	} {
		id, f := outcomes(t, h, instance.ID(state), steps...)
		must(t, h.Finish(t.Context(), id, f, state, h.clock.Now()))
		all[state] = id
	}
	for state, id := range all {
		wantState(t, h, id, state)
	}
	return all
}

// onlyIn checks that do is refused in every state but those, and changes nothing then.
func onlyIn(t *testing.T, h harness, refusal string, do func(c publish.Change) error, states ...publish.State) {
	t.Helper()
	all := inEveryState(t, h)
	for _, s := range states {
		delete(all, s)
	}
	for state, id := range all {
		before := read(t, h, id)
		err := do(before)
		if f := fault.From(err); f == nil || f.Kind != fault.Conflict || f.Message.ID != refusal {
			t.Errorf("%s: %v, want %q", state, err, refusal)
		}
		if diff := cmp.Diff(before, read(t, h, id)); diff != "" {
			t.Errorf("%s: the refusal changed it (-before +after):\n%s", state, diff)
		}
	}
}

func approve(t *testing.T, h harness) {
	ctx := t.Context()
	c := change("i1", "f1", "f2")
	must(t, h.CreateChange(ctx, c))
	refused(t, h.Approve(ctx, "nothing", c.Hash, c.Seen(), h.word()), fault.NotFound, "store.no-such-change")
	refused(t, h.Approve(ctx, c.ID, "another plan", c.Seen(), h.word()), fault.Conflict, "publish.stale-hash")
	if diff := cmp.Diff(c, read(t, h, c.ID)); diff != "" {
		t.Errorf("a refused approval changed it (-want +got):\n%s", diff)
	}
	w := h.word()
	w.Mode, w.NotBefore = publish.OneFirst, w.At.Add(time.Hour)
	must(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), w))
	c.State, c.Word = publish.Approved, w
	if diff := cmp.Diff(c, read(t, h, c.ID)); diff != "" {
		t.Errorf("approved (-want +got):\n%s", diff)
	}
	refused(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()), fault.Conflict, "publish.started")

	id, f := outcomes(t, h, "i2", publish.StepDone, "")
	must(t, h.Finish(ctx, id, f, publish.Paused, h.clock.Now()))
	again := publish.Word{By: bo, At: micro(h.clock.Now()), Mode: publish.GoOn}
	paused := read(t, h, id)
	refused(t, h.Approve(ctx, id, "another plan", paused.Seen(), again), fault.Conflict, "publish.stale-hash")
	for _, seen := range []publish.Seen{{}, {State: publish.Planned}, {State: publish.Planned, Runs: 1}, {State: publish.Paused}, {State: publish.Paused, Runs: 2}} {
		refused(t, h.Approve(ctx, id, paused.Hash, seen, again), fault.Conflict, "publish.started")
	}
	if diff := cmp.Diff(paused, read(t, h, id)); diff != "" {
		t.Errorf("a refused approval changed it (-want +got):\n%s", diff)
	}
	must(t, h.Approve(ctx, id, paused.Hash, paused.Seen(), again))
	if got := read(t, h, id); got.State != publish.Approved || got.Word != again || got.Runs != 1 || got.Started.IsZero() {
		t.Errorf("a paused change approved anew: %s, %+v, %d runs, started %s", got.State, got.Word, got.Runs, got.Started)
	}
	onlyIn(t, h, "publish.started", func(c publish.Change) error { return h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()) },
		publish.Planned, publish.Paused, publish.Proposed)
}

func stop(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	refused(t, h.Stop(ctx, "nothing", bo, now), fault.NotFound, "store.no-such-change")
	id := approved(t, h, change("i1", "f0"))
	must(t, h.Stop(ctx, id, bo, now))
	wantState(t, h, id, publish.Planned)
	if w := read(t, h, id).Word; w != (publish.Word{}) {
		t.Errorf("the approval of a change that is planned again is %+v", w)
	}
	must(t, h.Approve(ctx, id, read(t, h, id).Hash, read(t, h, id).Seen(), h.word()))

	f := take(t, h, read(t, h, id))
	must(t, h.announce(ctx, id, "f0", f))
	must(t, h.Stop(ctx, id, bo, now))
	must(t, h.Stop(ctx, id, ann, now)) // again: who asked first is noted
	if c := read(t, h, id); c.State != publish.Running || c.Stopped == nil || *c.Stopped != bo {
		t.Errorf("a running change is %s, stopped by %v", c.State, c.Stopped)
	}
	must(t, h.close(ctx, id, "f0", f, publish.Outcome{State: publish.StepDone}))
	must(t, h.Finish(ctx, id, f, publish.Published, now))
	wantState(t, h, id, publish.Published)

	id, f = outcomes(t, h, "i2", publish.StepDone, "", publish.StepIntent)
	must(t, h.Stop(ctx, id, bo, now))
	refused(t, h.announce(ctx, id, "f1", f), fault.Conflict, "publish.stopped")
	must(t, h.Reopen(ctx, id, "f2", f, fault.Msg("x"), now)) // what is open is settled all the same
	wantSteps(t, h, id, publish.StepDone, publish.StepPlanned, publish.StepPlanned)
	must(t, h.Finish(ctx, id, f, publish.Paused, now))
	wantState(t, h, id, publish.Paused)
	wantStopped(t, h, id, &bo)
	must(t, h.Approve(ctx, id, read(t, h, id).Hash, read(t, h, id).Seen(), h.word()))
	wantStopped(t, h, id, nil)
	must(t, h.Stop(ctx, id, ann, now))
	wantState(t, h, id, publish.Paused)
	wantStopped(t, h, id, &ann)
	if w := read(t, h, id).Word; w != h.word() {
		t.Errorf("the latest approval of a change that ran is %+v", w)
	}
	onlyIn(t, h, "publish.not-running", func(c publish.Change) error { return h.Stop(ctx, c.ID, bo, now) }, publish.Approved, publish.Running)
}

func withdraw(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	refused(t, h.Withdraw(ctx, "nothing", publish.Seen{State: publish.Proposed}, bo, now), fault.NotFound, "store.no-such-change")
	c := change("i1", "f0")
	must(t, h.CreateChange(ctx, c))
	must(t, h.Propose(ctx, c.ID, c.Hash, c.Seen(), h.word()))
	first := read(t, h, c.ID).Seen()
	must(t, h.Withdraw(ctx, c.ID, first, bo, now))
	if got := read(t, h, c.ID); got.State != publish.Planned || got.Proposal != nil {
		t.Errorf("withdrawn, it is %s, proposed %+v", got.State, got.Proposal)
	}
	h.clock.advance(time.Second)
	must(t, h.Propose(ctx, c.ID, c.Hash, c.Seen(), h.word()))                             // a second later
	refused(t, h.Withdraw(ctx, c.ID, first, bo, now), fault.Conflict, "publish.not-open") // who saw the former proposal
	second := read(t, h, c.ID).Seen()
	must(t, h.Approve(ctx, c.ID, c.Hash, second, publish.Word{By: bo, At: now}))
	refused(t, h.Withdraw(ctx, c.ID, second, ann, now), fault.Conflict, "publish.not-open") // approved meanwhile: that is stopped, and not withdrawn
	wantState(t, h, c.ID, publish.Approved)
	onlyIn(t, h, "publish.not-open", func(c publish.Change) error { return h.Withdraw(ctx, c.ID, c.Seen(), bo, now) }, publish.Proposed)
}

func giveUp(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	_, err := h.GiveUp(ctx, "nothing", publish.Seen{State: publish.Planned}, bo, now)
	refused(t, err, fault.NotFound, "store.no-such-change")
	planned := change("planned", "f0")
	must(t, h.CreateChange(ctx, planned))
	for name, c := range map[string]struct {
		id    func() string
		want  publish.State
		steps []publish.StepState
	}{
		"planned": {func() string { return planned.ID }, publish.Discarded, []publish.StepState{publish.StepPlanned}},
		"paused before anything was written": {func() string {
			id, f := outcomes(t, h, "i1", publish.StepFailed, "")
			must(t, h.Finish(ctx, id, f, publish.Paused, now))
			return id
		}, publish.Failed, []publish.StepState{publish.StepFailed, publish.StepSkipped}},
		"paused in the middle": {func() string {
			id, f := outcomes(t, h, "i2", publish.StepDone, "", "")
			must(t, h.Finish(ctx, id, f, publish.Paused, now))
			return id
		}, publish.Partly, []publish.StepState{publish.StepDone, publish.StepSkipped, publish.StepSkipped}},
	} {
		id := c.id()
		was := read(t, h, id)
		for _, seen := range []publish.Seen{{}, {State: publish.Approved, Runs: was.Runs}, {State: was.State, Runs: was.Runs + 1}} {
			_, err := h.GiveUp(ctx, id, seen, bo, now)
			refused(t, err, fault.Conflict, "publish.not-open")
		}
		got, err := h.GiveUp(ctx, id, was.Seen(), bo, now)
		must(t, err)
		if got != c.want {
			t.Errorf("%s: given up as %s, want %s", name, got, c.want)
		}
		wantState(t, h, id, c.want)
		wantSteps(t, h, id, c.steps...)
		for _, st := range read(t, h, id).Steps {
			if st.State == publish.StepSkipped && (st.Outcome.State != publish.StepSkipped || !st.Outcome.At.Equal(now)) {
				t.Errorf("%s: %s was skipped with the outcome %+v", name, st.Key, st.Outcome)
			}
		}
	}
	onlyIn(t, h, "publish.not-open", func(c publish.Change) error {
		state, err := h.GiveUp(ctx, c.ID, c.Seen(), bo, now)
		if state != "" {
			t.Errorf("refused, and given up as %s", state)
		}
		return err
	}, publish.Planned, publish.Paused)
}

func halt(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	holds := func(want *publish.Halt) {
		t.Helper()
		got, err := h.Halted(ctx)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the halt that holds (-want +got):\n%s", diff)
		}
	}
	holds(nil)
	must(t, h.LetOn(ctx, now, bo, now))
	holds(nil)
	id, f := outcomes(t, h, "i1", publish.StepIntent, "", publish.StepIntent)
	waiting := change("i2", "f0")
	approved(t, h, waiting)
	first := publish.Halt{By: bo, At: micro(now), Reason: "a mistake\x00 '\"?"}
	must(t, h.Halt(ctx, first, bo, now))
	first.Reason = kept(first.Reason)
	holds(&first)

	refused(t, h.announce(ctx, id, "f1", f), fault.Conflict, "publish.halted")
	wantSteps(t, h, id, publish.StepIntent, publish.StepPlanned, publish.StepIntent)
	must(t, h.close(ctx, id, "f0", f, publish.Outcome{State: publish.StepDone})) // what was announced is seen to its end
	must(t, h.Reopen(ctx, id, "f2", f, fault.Msg("x"), h.clock.Now()))
	if due, err := h.Due(ctx, h.clock.Now()); err != nil || len(due) > 0 {
		t.Errorf("%v are due under a halt, %v", due, err)
	}
	for _, in := range []instance.ID{"i1", "i2"} {
		if c, found, err := h.Take(ctx, in, fence(t, h, h.clock.Now().Add(time.Minute)), h.clock.Now()); err != nil || found {
			t.Errorf("%s was taken under a halt, %v", c.ID, err)
		}
	}
	must(t, h.Finish(ctx, id, f, publish.Paused, h.clock.Now()))
	wantState(t, h, waiting.ID, publish.Approved)

	refused(t, h.Halt(ctx, publish.Halt{By: ann, At: micro(now.Add(time.Hour))}, ann, now), fault.Conflict, "publish.halted-already")
	holds(&first)
	refused(t, h.LetOn(ctx, now.Add(-time.Microsecond), ann, now), fault.Conflict, "publish.halted-anew") // who saw another one
	holds(&first)
	must(t, h.LetOn(ctx, now, bo, now))
	holds(nil)
	take(t, h, waiting)
}
