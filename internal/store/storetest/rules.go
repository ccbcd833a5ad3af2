package storetest

import (
	"context"
	"strings"
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

func wantRules(t testing.TB, h harness, in instance.ID, want publish.Rules) {
	t.Helper()
	got, err := h.Rules(t.Context(), in)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the rules of %s (-want +got):\n%s", in, diff)
	}
}

// two has two people publish to an instance.
func two(t testing.TB, h harness, in instance.ID) {
	t.Helper()
	_, err := h.SetRules(t.Context(), in, publish.Rules{TwoPersons: true}, ann, h.clock.Now())
	must(t, err)
}

func rules(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	wantRules(t, h, "i1", publish.Rules{})
	first := publish.Rules{
		Production: true, TwoPersons: true, Zone: "Europe/Berlin", DoNotTouch: []instance.FlowID{"f1", "f2"},
		Windows: []publish.Window{{Days: []time.Weekday{time.Saturday, time.Sunday}, From: 22 * 60, To: 4 * 60}},
	}
	got, err := h.SetRules(ctx, "i1", first, ann, now)
	must(t, err)
	first.Rev = 1
	if diff := cmp.Diff(first, got); diff != "" {
		t.Errorf("set (-want +got):\n%s", diff)
	}
	wantRules(t, h, "i1", first)
	wantRules(t, h, "i2", publish.Rules{})
	for _, rev := range []int64{0, 2, -1} {
		_, err := h.SetRules(ctx, "i1", publish.Rules{Rev: rev}, bo, now)
		refused(t, err, fault.Conflict, "rules.changed")
	}
	_, err = h.SetRules(ctx, "i2", publish.Rules{Rev: 1}, bo, now)
	refused(t, err, fault.Conflict, "rules.changed")
	wantRules(t, h, "i1", first)
	wantRules(t, h, "i2", publish.Rules{})
	_, err = h.SetRules(ctx, "i1", publish.Rules{Rev: 1}, bo, now)
	must(t, err)
	wantRules(t, h, "i1", publish.Rules{Rev: 2})
	var told []publish.Entry
	for _, e := range entries(t, h, 1) {
		told = append(told, publish.Entry{Kind: e.Kind, By: e.By})
	}
	if diff := cmp.Diff([]publish.Entry{{Kind: publish.EntryRuled, By: ann}, {Kind: publish.EntryRuled, By: bo}}, told); diff != "" {
		t.Errorf("the history (-want +got):\n%s", diff)
	}

	var all sync.WaitGroup
	var set atomic.Int64
	for range 4 { // of those who read the same rules one sets them
		all.Go(func() {
			switch _, err := h.SetRules(ctx, "i1", publish.Rules{Rev: 2}, bo, now); {
			case err == nil:
				set.Add(1)
			case !fault.Is(err, fault.Conflict):
				t.Error(err)
			}
		})
	}
	if all.Wait(); set.Load() != 1 {
		t.Errorf("%d set the rules at once", set.Load())
	}
}

// proposed stores a change that ann proposes.
func proposed(t testing.TB, h harness, c publish.Change) publish.Change {
	t.Helper()
	must(t, h.CreateChange(t.Context(), c))
	must(t, h.Propose(t.Context(), c.ID, c.Hash, c.Seen(), h.word()))
	return read(t, h, c.ID)
}

func (h harness) wordOf(by publish.Actor) publish.Word {
	w := h.word()
	w.By = by
	return w
}

func propose(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	c := change("i1", "f1")
	must(t, h.CreateChange(ctx, c))
	refused(t, h.Propose(ctx, "nothing", c.Hash, c.Seen(), h.word()), fault.NotFound, "store.no-such-change")
	refused(t, h.Propose(ctx, c.ID, "another plan", c.Seen(), h.word()), fault.Conflict, "publish.stale-hash")
	refused(t, h.Propose(ctx, c.ID, c.Hash, publish.Seen{State: publish.Planned, Runs: 1}, h.word()), fault.Conflict, "publish.started")
	w := h.word()
	w.Mode, w.NotBefore, w.Reason = publish.OneFirst, w.At.Add(time.Hour), "'\"?"
	must(t, h.Propose(ctx, c.ID, c.Hash, c.Seen(), w))
	c.State, c.Proposal = publish.Proposed, &w
	if diff := cmp.Diff(c, read(t, h, c.ID)); diff != "" {
		t.Errorf("proposed (-want +got):\n%s", diff)
	}
	wantDue(t, h, now.Add(24*time.Hour))

	second := h.wordOf(bo)
	refused(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()), fault.Conflict, "publish.own-proposal")
	own := h.word()
	own.BreakGlass = true
	refused(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), own), fault.Conflict, "publish.own-proposal")
	other := c.Seen()
	other.Proposed++
	for _, seen := range []publish.Seen{{State: publish.Planned}, {State: publish.Proposed}, other} {
		refused(t, h.Approve(ctx, c.ID, c.Hash, seen, second), fault.Conflict, "publish.started")
	}
	refused(t, h.Approve(ctx, c.ID, "another plan", c.Seen(), second), fault.Conflict, "publish.stale-hash")
	if diff := cmp.Diff(c, read(t, h, c.ID)); diff != "" {
		t.Errorf("a refused approval changed it (-want +got):\n%s", diff)
	}
	must(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), second))
	c.State, c.Word = publish.Approved, second
	if diff := cmp.Diff(c, read(t, h, c.ID)); diff != "" {
		t.Errorf("approved (-want +got):\n%s", diff)
	}
	must(t, h.Stop(ctx, c.ID, bo, now))
	c.State, c.Word, c.Proposal = publish.Planned, publish.Word{}, nil
	if diff := cmp.Diff(c, read(t, h, c.ID)); diff != "" {
		t.Errorf("stopped before it ran (-want +got):\n%s", diff)
	}

	c = change("i9", "f1")
	must(t, h.CreateChange(ctx, c))
	must(t, h.Propose(ctx, c.ID, c.Hash, c.Seen(), h.wordOf(bo)))
	for person, want := range map[string]int{c.By.ID: 1, bo.ID: 1, "p3": 0, "%": 0, "p": 0} {
		if list, n, err := h.Changes(ctx, publish.Filter{Instance: "i9", Person: person}); err != nil || n != want || len(list) != want {
			t.Errorf("%d changes of %q, want %d, %v", n, person, want, err)
		}
	}

	c = proposed(t, h, change("i1", "f1"))
	must(t, h.Withdraw(ctx, c.ID, read(t, h, c.ID).Seen(), bo, now))
	wantState(t, h, c.ID, publish.Planned)
	if got := read(t, h, c.ID).Proposal; got != nil {
		t.Errorf("withdrawn, and proposed still: %+v", got)
	}
	refused(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), second), fault.Conflict, "publish.started")
	onlyIn(t, h, "publish.started", func(c publish.Change) error { return h.Propose(ctx, c.ID, c.Hash, c.Seen(), h.word()) }, publish.Planned, publish.Paused)
}

func refuses(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	why := fault.Msg("publish.fallen.refused", "Name", "Bo", "Reason", "'\"?")
	c := proposed(t, h, change("i1", "f1"))
	refused(t, h.Refuse(ctx, "nothing", c.Seen(), why, bo, now), fault.NotFound, "store.no-such-change")
	refused(t, h.Refuse(ctx, c.ID, c.Seen(), why, ann, now), fault.Conflict, "publish.refuse-own")
	other := c.Seen()
	other.Proposed++
	refused(t, h.Refuse(ctx, c.ID, other, why, bo, now), fault.Conflict, "publish.not-open")
	must(t, h.Refuse(ctx, c.ID, c.Seen(), why, bo, now))
	want := c
	want.State, want.Proposal, want.Fell = publish.Planned, nil, &publish.Fall{At: micro(now), Why: why}
	if diff := cmp.Diff(want, read(t, h, c.ID)); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	all := entries(t, h, 0)
	if e := all[len(all)-1]; e.Kind != publish.EntryRefused || e.By != bo || e.Change != c.ID || !strings.Contains(string(e.Body), `"why":{"id":"publish.fallen.refused"`) {
		t.Errorf("the history says %+v: %s", e, e.Body)
	}
	refused(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.wordOf(bo)), fault.Conflict, "publish.started")
	must(t, h.Propose(ctx, c.ID, c.Hash, want.Seen(), h.word()))
	if got := read(t, h, c.ID); got.State != publish.Proposed || got.Fell != nil {
		t.Errorf("proposed anew: %s, %+v", got.State, got.Fell)
	}

	id, f := outcomes(t, h, "i2", publish.StepDone, "")
	must(t, h.Finish(ctx, id, f, publish.Paused, now))
	begun := read(t, h, id)
	must(t, h.Propose(ctx, id, begun.Hash, begun.Seen(), h.word()))
	must(t, h.Refuse(ctx, id, read(t, h, id).Seen(), why, bo, now))
	wantState(t, h, id, publish.Paused)
	wantSteps(t, h, id, publish.StepDone, publish.StepPlanned)
	onlyIn(t, h, "publish.not-open", func(c publish.Change) error { return h.Refuse(ctx, c.ID, c.Seen(), why, bo, now) }, publish.Proposed)
}

func twoPeople(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	two(t, h, "i1")
	glass := h.word()
	glass.BreakGlass = true
	c := change("i1", "f0", "f1")
	must(t, h.CreateChange(ctx, c))
	refused(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()), fault.Conflict, "publish.needs-two")
	wantState(t, h, c.ID, publish.Planned)
	must(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), glass))
	if got := read(t, h, c.ID); got.Word != glass || got.Proposal != nil {
		t.Errorf("approved alone: %+v, proposed %+v", got.Word, got.Proposal)
	}
	f := take(t, h, c)
	must(t, h.announce(ctx, c.ID, "f0", f))
	must(t, h.close(ctx, c.ID, "f0", f, publish.Outcome{State: publish.StepDone}))
	must(t, h.Finish(ctx, c.ID, f, publish.Paused, now))
	c = read(t, h, c.ID)
	refused(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()), fault.Conflict, "publish.needs-two") // nobody but one wanted the rest
	must(t, h.Propose(ctx, c.ID, c.Hash, c.Seen(), h.word()))
	must(t, h.Withdraw(ctx, c.ID, read(t, h, c.ID).Seen(), bo, now))
	wantState(t, h, c.ID, publish.Paused)
	wantStopped(t, h, c.ID, &bo)
	must(t, h.Propose(ctx, c.ID, c.Hash, c.Seen(), h.word()))
	must(t, h.Approve(ctx, c.ID, c.Hash, read(t, h, c.ID).Seen(), h.wordOf(bo)))
	must(t, h.Stop(ctx, c.ID, bo, now))
	c = read(t, h, c.ID)
	if c.State != publish.Paused || c.Proposal == nil {
		t.Fatalf("stopped in the middle, it is %s, proposed %+v", c.State, c.Proposal)
	}
	must(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word())) // two wanted it: one goes on

	production := change("i2", "f0")
	_, err := h.SetRules(ctx, "i2", publish.Rules{Production: true}, ann, now)
	must(t, err)
	must(t, h.CreateChange(ctx, production))
	refused(t, h.Approve(ctx, production.ID, production.Hash, production.Seen(), h.word()), fault.Conflict, "publish.needs-two")
}

func awaits(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	until := micro(now.Add(3 * time.Hour))
	id, f := outcomes(t, h, "i1", publish.StepDone, "")
	_, _, err := h.Take(ctx, "i1", f, now) // once more: the first run has said nothing
	must(t, err)
	before := read(t, h, id)
	must(t, h.Await(ctx, id, f, until, h.clock.Now()))
	want := before
	want.State, want.Word.NotBefore = publish.Approved, until
	if diff := cmp.Diff(want, read(t, h, id)); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	wantDue(t, h, until.Add(-time.Microsecond))
	wantDue(t, h, until, "i1")
	h.clock.advance(3 * time.Hour)
	take(t, h, want)
	if c := read(t, h, id); c.Runs != 3 || c.Lost != 0 || before.Lost != 1 || !c.Started.Equal(before.Started) {
		t.Errorf("taken again: %d runs, %d lost, begun %s", c.Runs, c.Lost, c.Started)
	}

	id, f = outcomes(t, h, "i2", "")
	must(t, h.Await(ctx, id, f, until, h.clock.Now()))
	if c := read(t, h, id); c.State != publish.Approved || !c.Started.IsZero() {
		t.Errorf("without any step tried, it is %s, begun %s", c.State, c.Started)
	}
	must(t, h.Stop(ctx, id, bo, now))
	wantState(t, h, id, publish.Planned)

	id, f = outcomes(t, h, "i3", publish.StepDone, "")
	must(t, h.Stop(ctx, id, bo, now))
	refused(t, h.Await(ctx, id, f, until, h.clock.Now()), fault.Conflict, "publish.stopped")
	wantState(t, h, id, publish.Running)
	leftOnly(t, h, func(id string, f operation.Fence) error { return h.Await(ctx, id, f, until, h.clock.Now()) })
}

// leftOnly: a run leaves a change with steps that are not tried, and none that is open, and only its own.
func leftOnly(t *testing.T, h harness, leave func(id string, f operation.Fence) error) {
	t.Helper()
	for name, steps := range map[string][]publish.StepState{
		"open": {publish.StepIntent, ""}, "all done": {publish.StepDone}, "failed": {publish.StepFailed},
	} {
		id, f := outcomes(t, h, instance.ID("left "+name), steps...)
		before := read(t, h, id)
		if err := leave(id, f); err == nil {
			t.Errorf("%s: it was left", name)
		}
		if diff := cmp.Diff(before, read(t, h, id)); diff != "" {
			t.Errorf("%s: the refusal changed it (-before +after):\n%s", name, diff)
		}
	}
	id, f := outcomes(t, h, "left by another", publish.StepDone, "")
	f.Attempt++
	lost(t, "left by another run", leave(id, f))
	for state, id := range inEveryState(t, h) {
		if state != publish.Running {
			lost(t, string(state), leave(id, f))
		}
	}
}

func falls(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	why := fault.Msg("publish.fallen.changed", "Flows", "Main")
	fall := func(id string, f operation.Fence) (publish.State, error) {
		return h.Fall(ctx, id, f, why, h.clock.Now())
	}

	c := proposed(t, h, change("i1", "f0", "f1"))
	must(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.wordOf(bo)))
	f := take(t, h, c)
	state, err := fall(c.ID, f)
	must(t, err)
	got := read(t, h, c.ID)
	if state != publish.Planned || got.State != state || got.Word != (publish.Word{}) || got.Proposal != nil || !got.Started.IsZero() || got.Runs != 1 {
		t.Errorf("fallen before any step: %s, %+v", state, got)
	}
	if diff := cmp.Diff(&publish.Fall{At: micro(h.clock.Now()), Why: why}, got.Fell); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
	refused(t, h.Approve(ctx, c.ID, c.Hash, publish.Seen{State: publish.Planned}, h.word()), fault.Conflict, "publish.started") // of before
	wantDue(t, h, now.Add(time.Hour))
	all := entries(t, h, 0)
	if e := all[len(all)-1]; e.Kind != publish.EntryFallen || e.Change != c.ID || e.By != bo {
		t.Errorf("the history says %s of %s, by %+v", e.Kind, e.Change, e.By)
	}
	must(t, h.Approve(ctx, c.ID, c.Hash, got.Seen(), h.word()))
	if got := read(t, h, c.ID); got.Fell != nil {
		t.Errorf("approved anew, and fallen still: %+v", got.Fell)
	}
	must(t, h.Stop(ctx, c.ID, bo, now)) // never written
	wantState(t, h, c.ID, publish.Planned)

	c = proposed(t, h, change("i2", "f0", "f1"))
	must(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.wordOf(bo)))
	f = take(t, h, c)
	must(t, h.announce(ctx, c.ID, "f0", f))
	must(t, h.close(ctx, c.ID, "f0", f, publish.Outcome{State: publish.StepDone}))
	state, err = fall(c.ID, f)
	must(t, err)
	if got := read(t, h, c.ID); state != publish.Paused || got.State != state || got.Word.By != bo || got.Proposal != nil || got.Fell == nil {
		t.Errorf("fallen in the middle: %s, %+v", state, got)
	}
	wantSteps(t, h, c.ID, publish.StepDone, publish.StepPlanned)
	leftOnly(t, h, func(id string, f operation.Fence) error { _, err := fall(id, f); return err })
}

// twoAtOnce: of two publishers who approve a proposal, and one who withdraws it, at once, one has their way.
func twoAtOnce(t *testing.T, h harness) {
	for range 10 {
		c := proposed(t, h, change(instance.ID("at-once"), "f0"))
		var all sync.WaitGroup
		var won atomic.Int64
		try := func(do func(ctx context.Context) error) {
			all.Go(func() {
				switch err := do(t.Context()); {
				case err == nil:
					won.Add(1)
				case !fault.Is(err, fault.Conflict):
					t.Error(err)
				}
			})
		}
		cy := publish.Actor{ID: "p3", Name: "Cy"}
		try(func(ctx context.Context) error { return h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.wordOf(bo)) })
		try(func(ctx context.Context) error { return h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.wordOf(cy)) })
		try(func(ctx context.Context) error { return h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.wordOf(ann)) })
		try(func(ctx context.Context) error { return h.Withdraw(ctx, c.ID, c.Seen(), ann, h.clock.Now()) })
		if all.Wait(); won.Load() != 1 {
			t.Fatalf("%d had their way", won.Load())
		}
		if got := read(t, h, c.ID); got.State == publish.Approved && got.Word.By.ID == ann.ID || got.State != publish.Approved && got.State != publish.Planned {
			t.Fatalf("%s, by %+v", got.State, got.Word.By)
		}
	}
}
