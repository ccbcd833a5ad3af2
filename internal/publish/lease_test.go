package publish_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

func isUpdate(call string) bool { return strings.HasPrefix(call, "update ") }

// A write that hangs beyond its lease would land after another process was told that nobody runs the change any more.
func TestAWriteNeverOutlivesItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		by := func(owner string) *publish.Service {
			return w.service(func(o *publish.Options) { o.Owner, o.Now, o.Wait, o.Lease = owner, time.Now, nil, 5*time.Minute })
		}
		one, other := by("one"), by("other")
		first, second := w.plan(t, asIs(inboundID)), w.plan(t, asIs(inboundID, secondID))
		var hung atomic.Bool
		w.aws.during = func(ctx context.Context, call string) error {
			if !isUpdate(call) || hung.Swap(true) {
				return nil
			}
			select { // the service takes longer than the lease; a cut connection is noticed before it writes
			case <-time.After(7 * time.Minute):
				return nil
			case <-ctx.Done():
				return errLost
			}
		}
		done, err := one.Begin(t.Context(), first.ID, approve(first))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5*time.Minute + time.Second)
		if got, err := other.Publish(t.Context(), second.ID, approve(second)); err != nil || got.State != publish.Published {
			t.Fatalf("%v: %s", err, got.State)
		}
		third, err := other.Plan(t.Context(), publish.Request{Instance: home, By: ana, Remove: []instance.FlowID{inboundID}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := other.Publish(t.Context(), third.ID, approve(third)); err != nil || got.State != publish.Published {
			t.Fatalf("%v: %s", err, got.State)
		}
		settleAs(t, &world{Service: other, aws: w.aws, store: w.store}, first, publish.IsFormer, publish.Failed)
		<-done
		time.Sleep(time.Hour)
		if strings.Contains(w.aws.live(inboundID), "DisconnectAgentUI") {
			t.Error("the write took place after it was settled as not written")
		}
	})
}

func TestNothingIsWrittenOnALeaseThatRanOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	w.aws.after = func(call string) error {
		if strings.HasPrefix(call, "describe "+string(inboundID)) {
			w.now = w.now.Add(3 * time.Minute)
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || w.aws.count("update") != 0 || got.Steps[0].State != publish.StepPlanned {
		t.Fatalf("%v, %d updates: %+v", err, w.aws.count("update"), got.Steps)
	}
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err = w.Change(t.Context(), c.ID); err != nil || got.State != publish.Failed {
		t.Errorf("%v: %s", err, got.State)
	}
}

func TestTheReadBackRunsOnALeaseOfItsOwn(t *testing.T) {
	t.Parallel()
	t.Run("a slow write leaves time to read back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.plan(t, asIs(inboundID))
		w.aws.after = func(call string) error {
			if isUpdate(call) {
				w.now = w.now.Add(4 * time.Minute)
				return nil
			}
			if w.aws.count("update") == 1 { // reading back takes two minutes more: another process sweeps meanwhile
				w.now = w.now.Add(2 * time.Minute)
				_, err := w.store.Sweep(t.Context(), "", w.now)
				return err
			}
			return nil
		}
		if got, err := w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Published {
			t.Errorf("%v: %s %+v", err, got.State, got.Steps[0].Outcome)
		}
	})
	t.Run("a slow comparison leaves time to write", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.plan(t, asIs(inboundID))
		w.aws.after = func(call string) error {
			switch {
			case strings.HasPrefix(call, "describe "+string(inboundID)) && w.aws.count("update") == 0:
				w.now = w.now.Add(2 * time.Minute) // twice
			case isUpdate(call):
				w.now = w.now.Add(3 * time.Minute)
				_, err := w.store.Sweep(t.Context(), "", w.now)
				return err
			}
			return nil
		}
		if got, err := w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Published {
			t.Errorf("%v: %s %+v", err, got.State, got.Steps[0].Outcome)
		}
	})
	t.Run("a lease that is lost leaves the step open", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.plan(t, asIs(inboundID))
		w.aws.after = func(call string) error {
			if isUpdate(call) {
				_, err := w.store.Sweep(t.Context(), "", w.now.Add(time.Hour))
				return err
			}
			if w.aws.count("update") == 1 {
				t.Error("read back on a lost lease")
			}
			return nil
		}
		got, err := w.Publish(t.Context(), c.ID, approve(c))
		if err != nil || got.State != publish.Interrupted || got.Steps[0].State != publish.StepIntent {
			t.Errorf("%v: %s %+v", err, got.State, got.Steps)
		}
	})
}

// stop is a way in which a run ends early, and what it leaves.
type stop struct {
	name  string
	with  journal
	set   func(*publish.Options)
	prep  func(*world)
	want  publish.State
	steps []publish.StepState
}

func TestARunThatStopsFreesTheInstance(t *testing.T) {
	t.Parallel()
	lose := func(op string) journal {
		failed := false
		return journal{fail: func(got string) error {
			if got != op || failed {
				return nil
			}
			failed = true
			return errors.New("disk full")
		}}
	}
	for _, c := range []stop{
		{
			name: "its own time is over after the first write",
			set:  func(o *publish.Options) { o.Deadline = time.Minute },
			prep: func(w *world) {
				w.aws.during = func(ctx context.Context, call string) error {
					if isUpdate(call) {
						<-ctx.Done()
					}
					return nil
				}
			},
			want: publish.Partly, steps: []publish.StepState{publish.StepDone, publish.StepSkipped},
		},
		{
			name: "the intent cannot be written", with: lose("intent"),
			want: publish.Failed, steps: []publish.StepState{publish.StepSkipped, publish.StepSkipped},
		},
		{
			name: "the outcome cannot be written", with: lose("outcome"),
			want: publish.Interrupted, steps: []publish.StepState{publish.StepIntent, publish.StepSkipped},
		},
		{
			name: "the reading side panics",
			set:  func(o *publish.Options) { o.Wrote = func(instance.ID, instance.Flow) { panic("boom") } },
			want: publish.Partly, steps: []publish.StepState{publish.StepDone, publish.StepSkipped},
		},
		{
			name: "the end cannot be written at once", with: lose("finish"),
			want: publish.Published, steps: []publish.StepState{publish.StepDone, publish.StepDone},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { stopped(t, c) })
		})
	}
}

func stopped(t *testing.T, c stop) {
	w := newWorld(t)
	change := w.plan(t, asIs(inboundID, secondID))
	if c.prep != nil {
		c.prep(w)
	}
	c.with.Journal = w.store
	set := c.set
	if set == nil {
		set = func(*publish.Options) {}
	}
	got, err := w.over(c.with, set).Publish(t.Context(), change.ID, approve(change))
	if err != nil || got.State != c.want {
		t.Fatalf("%v: %s", err, got.State)
	}
	for i, want := range c.steps {
		if got.Steps[i].State != want {
			t.Errorf("step %d is %s, want %s", i, got.Steps[i].State, want)
		}
	}
	w.aws.during = nil
	w.aws.put(inboundID, "Sales", inbound)
	again := w.plan(t, asIs(inboundID))
	if got, err := w.Publish(t.Context(), again.ID, approve(again)); err != nil || got.State != publish.Published {
		t.Errorf("the instance is not free: %v, %s", err, got.State)
	}
}

// The reading side hears of a write only once the journal knows what came of it.
func TestTheOutcomeIsJournalledBeforeAnybodyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	var told publish.StepState
	s := w.service(func(o *publish.Options) {
		o.Wrote = func(instance.ID, instance.Flow) {
			got, err := w.store.Change(t.Context(), c.ID)
			if err != nil {
				t.Error(err)
				return
			}
			told = got.Steps[0].State
		}
	})
	if _, err := s.Publish(t.Context(), c.ID, approve(c)); err != nil || told != publish.StepDone {
		t.Errorf("%v: told while the step was %q", err, told)
	}
}

// What a person settles was read for it: the reading side hears of that too, and not of a refused attempt.
func TestTheReadingSideHearsOfWhatIsSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	w.aws.after = func(call string) error {
		if strings.HasPrefix(call, "update") {
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

func TestASweepLeavesAloneWhatThisProcessRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	rival := w.plan(t, asIs(secondID))
	once := false
	w.aws.after = func(call string) error {
		if !isUpdate(call) || once {
			return nil
		}
		once = true
		w.now = w.now.Add(6 * time.Minute) // the machine slept
		if err := w.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := w.Begin(t.Context(), rival.ID, approve(rival)); !fault.Is(err, fault.Conflict) {
			t.Errorf("a rival change started: %v", err)
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published {
		t.Errorf("%v: %s %+v", err, got.State, got.Steps)
	}
}

func TestASweepTakesUpWhatAnotherProcessLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	if _, err := w.store.Start(t.Context(), c.ID, c.Hash, ana, "", publish.Lease{Owner: "dead", Until: w.now.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []publish.State{publish.Running, publish.Failed} {
		if err := w.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Change(t.Context(), c.ID); err != nil || got.State != want {
			t.Errorf("%v: %s, want %s", err, got.State, want)
		}
		w.now = w.now.Add(2 * time.Minute)
	}
}
