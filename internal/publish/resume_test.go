package publish_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
)

func isUpdate(call string) bool { return strings.HasPrefix(call, "update ") }

// states are those of the change's steps.
func states(c publish.Change) (out []publish.StepState) {
	for _, st := range c.Steps {
		out = append(out, st.State)
	}
	return out
}

// ends waits until the change is in the state.
func (w *world) ends(c publish.Change, want publish.State) publish.Change {
	w.t.Helper()
	tick, late := time.NewTicker(5*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for {
		got, err := w.Change(w.t.Context(), c.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if got.State == want {
			return got
		}
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("the change is %s, want %s: %v", got.State, want, states(got))
		}
	}
}

// A process that is killed in a write says nothing more. The next of its name takes the change up, reads what became of the write, and
// goes on; what the first one still tries is refused.
func TestTheNextProcessGoesOnWhereOneWasKilled(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"before the service has written": false, "after the service has written": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.plan(t, asIs(inboundID, secondID))
			inside, leave := make(chan struct{}), make(chan struct{})
			var frozen atomic.Bool
			freeze := func(call string) error {
				if !isUpdate(call) || frozen.Swap(true) {
					return nil
				}
				close(inside)
				<-leave
				return errLost
			}
			if w.aws.before = freeze; applied {
				w.aws.before, w.aws.after = nil, freeze
			}
			first := w.process(w.store)
			first.start(operation.Options{Owner: "one"})
			if _, err := first.Begin(t.Context(), c.ID, approve(c)); err != nil {
				t.Fatal(err)
			}
			<-inside
			next := w.process(w.store)
			next.start(operation.Options{Owner: "one"})
			got := w.ends(c, publish.Published)
			close(leave)
			if w.aws.count("update") != 2 {
				t.Errorf("%d updates: %v", w.aws.count("update"), w.aws.calls)
			}
			want := "publish.outcome.done"
			if applied {
				want = "publish.settled.done"
			}
			if id := got.Steps[0].Outcome.Message.ID; id != want || got.Runs != 2 {
				t.Errorf("%s in run %d", id, got.Runs)
			}
		})
	}
}

func TestAProcessThatStopsHandsTheRestOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.before = loses("update", 1, errLost)
	var stop func()
	stopped := make(chan struct{})
	p := w.process(w.store, func(o *publish.Options) {
		o.Wait = func(ctx context.Context, _ time.Duration) error { // for the end of the call without an answer
			go func() { defer close(stopped); stop() }()
			<-ctx.Done()
			return ctx.Err()
		}
	})
	stop = p.start(operation.Options{Owner: "one"})
	if _, err := p.Begin(t.Context(), c.ID, approve(c)); err != nil {
		t.Fatal(err)
	}
	<-stopped
	got, err := w.Change(t.Context(), c.ID)
	if err != nil || got.State != publish.Running || !slices.Equal(states(got), []publish.StepState{publish.StepIntent, publish.StepPlanned}) {
		t.Fatalf("%v: %s %v", err, got.State, states(got))
	}
	w.process(w.store).start(operation.Options{})
	if got := w.ends(c, publish.Published); w.aws.count("update") != 2 || got.Runs != 2 {
		t.Errorf("%d updates in %d runs", w.aws.count("update"), got.Runs)
	}
}

// at runs do right before or after the nth update.
func at(n int, do func()) func(call string) error {
	seen := 0
	return func(call string) error {
		if isUpdate(call) {
			if seen++; seen == n {
				do()
			}
		}
		return nil
	}
}

func TestAStoppedChangePausesAndGoesOn(t *testing.T) {
	t.Parallel()
	bob := publish.Actor{ID: "p2", Name: "Bob"}
	for name, tt := range map[string]struct {
		stop func(*testing.T, *world, publish.Change)
		on   func(*testing.T, *world, publish.Change) (publish.Change, error)
		want publish.State
	}{
		"and goes on": {
			func(t *testing.T, w *world, c publish.Change) { must(t, w.Stop(t.Context(), c.ID, bob)) },
			func(t *testing.T, w *world, c publish.Change) (publish.Change, error) {
				return w.Publish(t.Context(), c.ID, publish.Approval{Hash: c.Hash, By: bob})
			},
			publish.Published,
		},
		"and is given up": {
			func(t *testing.T, w *world, c publish.Change) { must(t, w.Stop(t.Context(), c.ID, bob)) },
			func(t *testing.T, w *world, c publish.Change) (publish.Change, error) {
				if _, err := w.GiveUp(t.Context(), c.ID, publish.Seen{State: publish.Paused, Runs: 1}, bob); err != nil {
					return c, err
				}
				return w.Change(t.Context(), c.ID)
			},
			publish.Partly,
		},
		"when all are stopped": {
			func(t *testing.T, w *world, _ publish.Change) { must(t, w.Halt(t.Context(), "Stand still", bob)) },
			func(t *testing.T, w *world, c publish.Change) (publish.Change, error) {
				must(t, w.LetOn(t.Context(), w.halt().At, bob))
				return w.Publish(t.Context(), c.ID, publish.Approval{Hash: c.Hash, By: bob})
			},
			publish.Published,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.plan(t, asIs(inboundID, secondID))
			w.aws.after = at(1, func() { tt.stop(t, w, c) })
			got, err := w.Publish(t.Context(), c.ID, approve(c))
			if err != nil || got.State != publish.Paused || !slices.Equal(states(got), []publish.StepState{publish.StepDone, publish.StepPlanned}) {
				t.Fatalf("%v: %s %v", err, got.State, states(got))
			}
			if stopped := name != "when all are stopped"; stopped != (got.Stopped != nil) || stopped && *got.Stopped != bob {
				t.Errorf("stopped by %v", got.Stopped)
			}
			if got, err = tt.on(t, w, c); err != nil || got.State != tt.want || got.Stopped != nil {
				t.Errorf("%v: %s %v, stopped by %v", err, got.State, states(got), got.Stopped)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestWhatIsApprovedUnderAHaltWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	must(t, w.Halt(t.Context(), "Stand still", ana))
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Approved || w.aws.count("update") != 0 {
		t.Fatalf("%v: %s", err, got.State)
	}
	if h, err := w.Halted(t.Context()); err != nil || h == nil || h.By.Name != ana.Name || h.Reason != "Stand still" {
		t.Errorf("%v: %+v", err, h)
	}
	must(t, w.LetOn(t.Context(), w.halt().At, ana))
	w.ends(c, publish.Published)
}

func TestAChangeWaitsForItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	a := approve(c)
	a.NotBefore = w.now.Add(time.Hour)
	got, err := w.Publish(t.Context(), c.ID, a)
	if err != nil || got.State != publish.Approved || w.aws.count("update") != 0 {
		t.Fatalf("%v: %s", err, got.State)
	}
	must(t, w.TakeUp(t.Context()))
	later := w.service(func(o *publish.Options) { o.Now = func() time.Time { return w.now.Add(time.Hour) } })
	must(t, later.TakeUp(t.Context()))
	w.ends(c, publish.Published)
}

func TestHowFarAChangeGoes(t *testing.T) {
	t.Parallel()
	const done, failed, skipped, planned = publish.StepDone, publish.StepFailed, publish.StepSkipped, publish.StepPlanned
	for name, tt := range map[string]struct {
		mode  publish.Mode
		fail  string
		want  publish.State
		steps []publish.StepState
	}{
		"stops at a failure": {publish.StopAtFailure, "update " + string(inboundID), publish.Failed, []publish.StepState{failed, skipped}},
		"goes on":            {publish.GoOn, "update " + string(inboundID), publish.Partly, []publish.StepState{failed, done}},
		"one first":          {publish.OneFirst, "", publish.Paused, []publish.StepState{done, planned}},
		"one first, refused": {publish.OneFirst, "update " + string(inboundID), publish.Failed, []publish.StepState{failed, skipped}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.plan(t, asIs(inboundID, secondID))
			w.aws.before = func(call string) error {
				if call == tt.fail {
					return fault.New(fault.Denied, "aws.denied")
				}
				return nil
			}
			a := approve(c)
			a.Mode = tt.mode
			got, err := w.Publish(t.Context(), c.ID, a)
			if err != nil || got.State != tt.want || !slices.Equal(states(got), tt.steps) {
				t.Fatalf("%v: %s %v", err, got.State, states(got))
			}
			if tt.want != publish.Paused {
				return
			}
			if got, err = w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Published {
				t.Errorf("the rest: %v: %s %v", err, got.State, states(got))
			}
		})
	}
}

func TestWithoutItsGuideNoFlowIsWired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, newGuide())
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "create") {
			return fault.New(fault.Denied, "aws.denied")
		}
		return nil
	}
	a := approve(c)
	a.Mode = publish.GoOn
	got, err := w.Publish(t.Context(), c.ID, a)
	if err != nil || got.State != publish.Failed || got.Steps[1].State != publish.StepSkipped {
		t.Errorf("%v: %s %v", err, got.State, states(got))
	}
}

// A journal that fails once, at any word, changes nothing of the end: what was written is found written.
func TestAJournalThatFailsOnceDelaysTheEnd(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"intent", "outcome", "finish"} {
		for n := range 2 {
			t.Run(op+" "+string(rune('1'+n)), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := w.plan(t, asIs(inboundID, secondID))
				var mu sync.Mutex
				seen := 0
				j := journal{Journal: w.store, fail: func(got string) error {
					mu.Lock()
					defer mu.Unlock()
					if got == op {
						if seen++; seen == n+1 {
							return errors.New("disk full")
						}
					}
					return nil
				}}
				got, err := w.over(j).Publish(t.Context(), c.ID, approve(c))
				if err != nil || got.State != publish.Published || w.aws.count("update") != 2 {
					t.Fatalf("%v: %s %v, %d updates", err, got.State, states(got), w.aws.count("update"))
				}
			})
		}
	}
}

func TestAReadingSideThatPanicsCostsNoFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	s := w.service(func(o *publish.Options) { o.Wrote = func(instance.ID, instance.Flow) { panic("boom") } })
	got, err := s.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Paused || !slices.Equal(states(got), []publish.StepState{publish.StepDone, publish.StepPlanned}) {
		t.Errorf("%v: %s %v", err, got.State, states(got))
	}
}

// A change that takes down every process that runs it is not run for ever.
func TestAChangeThatNeverEndsIsPaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	j := journal{Journal: w.store, fail: func(op string) error {
		if op == "intent" {
			return errors.New("disk full")
		}
		return nil
	}}
	got, err := w.over(j).Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Paused || w.aws.count("update") != 0 {
		t.Errorf("%v: %s after %d runs", err, got.State, got.Runs)
	}
	if got, err = w.service().Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Published {
		t.Errorf("continued: %v: %s after %d runs", err, got.State, got.Runs)
	}
}

// Who chose one flow first gets one, also where the run is cut off right after it.
func TestOneFirstIsOneAlsoAfterAResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	failed := false
	j := journal{Journal: w.store, fail: func(op string) error {
		if op == "finish" && !failed {
			failed = true
			return errors.New("disk full")
		}
		return nil
	}}
	a := approve(c)
	a.Mode = publish.OneFirst
	got, err := w.over(j).Publish(t.Context(), c.ID, a)
	if err != nil || got.State != publish.Paused || w.aws.count("update") != 1 {
		t.Errorf("%v: %s %v, %d updates", err, got.State, states(got), w.aws.count("update"))
	}
}

func TestKeptBytesThatNoLongerMatchAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	damaged := fault.New(fault.Internal, "store.content-damaged")
	got, err := w.over(damagedContents{w.store, c.Steps[0].After, damaged}).Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Failed || got.Steps[0].Outcome.Message.ID != "store.content-damaged" || w.aws.count("update") != 0 {
		t.Errorf("%v: %s %+v", err, got.State, got.Steps[0].Outcome)
	}
}

type damagedContents struct {
	publish.Journal
	hash string
	err  error
}

func (d damagedContents) Content(ctx context.Context, hash string) ([]byte, error) {
	if hash == d.hash {
		return nil, d.err
	}
	return d.Journal.Content(ctx, hash)
}

func TestWhatIsAlteredAfterTheApprovalIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	j := taken{w.store, func(c *publish.Change) { c.Steps[0].Name = "Another" }}
	got, err := w.over(j).Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Failed || got.Steps[0].Outcome.Message.ID != "publish.outcome.altered" || w.aws.count("update") != 0 {
		t.Errorf("%v: %s %+v", err, got.State, got.Steps[0].Outcome)
	}
}

// taken alters what a run takes.
type taken struct {
	publish.Journal
	alter func(*publish.Change)
}

func (j taken) Take(ctx context.Context, in instance.ID, f operation.Fence, now time.Time) (publish.Change, bool, error) {
	c, found, err := j.Journal.Take(ctx, in, f, now)
	if found {
		j.alter(&c)
	}
	return c, found, err
}

// The reading side hears of a write only once the journal knows what came of it.
func TestTheOutcomeIsJournalledBeforeAnybodyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	told := make(chan publish.StepState, 1)
	s := w.service(func(o *publish.Options) {
		o.Wrote = func(instance.ID, instance.Flow) {
			got, err := w.store.Change(t.Context(), c.ID)
			if err != nil {
				t.Error(err)
				return
			}
			told <- got.Steps[0].State
		}
	})
	if _, err := s.Publish(t.Context(), c.ID, approve(c)); err != nil || <-told != publish.StepDone {
		t.Errorf("%v: told too early", err)
	}
}

// What a person settles was read for it: the reading side hears of that too, and not of a refused attempt.
func TestTheReadingSideHearsOfWhatIsSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	w.aws.after = func(call string) error {
		if isUpdate(call) {
			w.aws.after = func(string) error { return fault.New(fault.Unavailable, "aws.unreachable") }
			return errLost
		}
		return nil
	}
	var told []instance.Flow
	s := w.service(func(o *publish.Options) { o.Wrote = func(_ instance.ID, f instance.Flow) { told = append(told, f) } })
	got, err := s.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Interrupted {
		t.Fatal(err, got.State)
	}
	w.aws.after = nil
	o, err := s.Observe(t.Context(), c.ID, c.Steps[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Settle(t.Context(), c.ID, c.Steps[0].Key, "something else", ana); err == nil || len(told) != 0 {
		t.Errorf("%v: told of %d flows", err, len(told))
	}
	if _, err := s.Settle(t.Context(), c.ID, c.Steps[0].Key, o.Hash, ana); err != nil || len(told) != 1 || told[0].Content != o.Content {
		t.Errorf("%v: told of %d flows", err, len(told))
	}
}

// Until its call is over nobody can know that a write is not carried out: it may come a moment after the look.
func TestNotWrittenIsSettledOnceTheCallIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.before = func(call string) error {
		if isUpdate(call) {
			w.aws.before = func(string) error { return fault.New(fault.Unavailable, "aws.unreachable") }
			return errLost
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Interrupted {
		t.Fatal(err, got.State)
	}
	w.aws.before = nil
	announced := w.now
	for after, wait := range map[time.Duration]time.Duration{0: 30 * time.Second, 29 * time.Second: time.Second} {
		w.now = announced.Add(after)
		o, err := w.Observe(t.Context(), c.ID, c.Steps[0].Key)
		if err != nil || o.Is != publish.IsFormer || o.Wait != wait {
			t.Fatalf("%v: %s, %s to wait", err, o.Is, o.Wait)
		}
		_, err = w.Settle(t.Context(), c.ID, c.Steps[0].Key, o.Hash, ana)
		isRefused(t, err, fault.Conflict, "publish.settle-early")
		if now, err := w.Change(t.Context(), c.ID); err != nil || now.State != publish.Interrupted || now.Steps[0].State != publish.StepIntent {
			t.Fatalf("%v: the refused decision made it %s", err, now.State)
		}
	}
	w.now = announced.Add(30 * time.Second)
	settleAs(t, w, got, publish.IsFormer, publish.Paused)
}

// What was carried out is seen, and a clock that was set back keeps nobody from deciding.
func TestADecisionWaitsForNothingElse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		applied bool
		now     time.Duration
		want    publish.Is
	}{
		"a write that was carried out":  {true, 0, publish.IsReviewed},
		"a clock that was set back":     {false, -time.Hour, publish.IsFormer},
		"a call that was over long ago": {false, time.Hour, publish.IsFormer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.plan(t, asIs(inboundID, secondID))
			lost := func(call string) error {
				if isUpdate(call) {
					w.aws.before = func(string) error { return fault.New(fault.Unavailable, "aws.unreachable") }
					return errLost
				}
				return nil
			}
			if w.aws.before = lost; tt.applied {
				w.aws.before, w.aws.after = nil, lost
			}
			got, err := w.Publish(t.Context(), c.ID, approve(c))
			if err != nil || got.State != publish.Interrupted {
				t.Fatal(err, got.State)
			}
			w.aws.before, w.now = nil, w.now.Add(tt.now)
			settleAs(t, w, got, tt.want, publish.Paused)
		})
	}
}

// halt is the one that holds.
func (w *world) halt() publish.Halt {
	w.t.Helper()
	h, err := w.Halted(w.t.Context())
	if err != nil || h == nil {
		w.t.Fatalf("no halt holds: %v", err)
	}
	return *h
}
