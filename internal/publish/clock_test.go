package publish_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// What came first is not told by the clock: one that is set back after the approval, or runs behind in the replica that does the work, makes nobody
// publish more than was chosen.
func TestAClockThatIsSetBackPublishesNoMoreThanWasChosen(t *testing.T) {
	t.Parallel()
	const done, failed, skipped, planned = publish.StepDone, publish.StepFailed, publish.StepSkipped, publish.StepPlanned
	for name, tt := range map[string]struct {
		mode  publish.Mode
		fail  bool
		want  publish.State
		steps []publish.StepState
	}{
		"one first":          {publish.OneFirst, false, publish.Paused, []publish.StepState{done, planned}},
		"stops at a failure": {publish.StopAtFailure, true, publish.Failed, []publish.StepState{failed, skipped}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clk := ruled(t, morning, publish.Rules{})
			c := w.plan(t, asIs(inboundID, secondID))
			w.aws.before = func(call string) error {
				clk.set(utc(t, "2026-03-05T07:00:00Z"))
				if tt.fail && call == "update "+string(inboundID) {
					return fault.New(fault.Denied, "aws.denied")
				}
				return nil
			}
			a := approve(c)
			a.Mode = tt.mode
			got, err := w.Publish(t.Context(), c.ID, a)
			if err != nil || got.State != tt.want || !slices.Equal(states(got), tt.steps) {
				t.Errorf("%v: %s %v, want %s %v", err, got.State, states(got), tt.want, tt.steps)
			}
		})
	}
}

// Nor does it keep what was chosen anew from being published.
func TestAClockThatIsSetBackKeepsTheRestFromNobody(t *testing.T) {
	t.Parallel()
	w, clk := ruled(t, morning, publish.Rules{})
	c := w.plan(t, asIs(inboundID, secondID))
	a := approve(c)
	a.Mode = publish.OneFirst
	if got, err := w.Publish(t.Context(), c.ID, a); err != nil || got.State != publish.Paused {
		t.Fatalf("%v: %s", err, got.State)
	}
	clk.set(utc(t, "2026-03-05T07:00:00Z"))
	got, err := w.Publish(t.Context(), c.ID, a)
	if err != nil || got.State != publish.Published {
		t.Errorf("the rest: %v: %s %v", err, got.State, states(got))
	}
}

// Whether a call is over is not told by a clock: one that was set ahead after the intent would have the write repeated while the first one is
// still on its way, and one that was set back would have everybody wait for hours.
func TestACallIsWaitedForByNoClock(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"ahead": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clk := ruled(t, morning, publish.Rules{})
			c := w.plan(t, asIs(inboundID))
			content, err := w.Content(t.Context(), c.Steps[0].After)
			if err != nil {
				t.Fatal(err)
			}
			var waited []time.Duration
			lose := loses("update", 1, errLost)
			w.aws.before = func(call string) error {
				if isUpdate(call) {
					clk.set(clk.Now().Add(jump))
				}
				return lose(call)
			}
			s := w.service(func(o *publish.Options) {
				o.Now, o.CallLimit = clk.Now, 40*time.Second
				o.Wait = func(_ context.Context, d time.Duration) error {
					waited = append(waited, d)
					w.aws.mu.Lock()
					defer w.aws.mu.Unlock()
					w.aws.flows[inboundID].live, w.aws.flows[inboundID].saved = string(content), string(content) // the first call lands
					return nil
				}
			})
			got, err := s.Publish(t.Context(), c.ID, approve(c))
			if err != nil || got.State != publish.Published || w.aws.count("update") != 0 {
				t.Errorf("%v: %s, written %d times more", err, got.State, w.aws.count("update"))
			}
			if !slices.Equal(waited, []time.Duration{40 * time.Second}) {
				t.Errorf("waited %v, want the 40 s that a call may take", waited)
			}
		})
	}
}

// Reading before a write takes its time, and so does waiting for a call to be over: a window that closes meanwhile is closed.
func TestNothingIsWrittenAfterAWindowClosedWhileAStepWasPrepared(t *testing.T) {
	t.Parallel()
	const closed = "2026-03-05T23:00:00Z"
	for name, calls := range map[string]struct {
		close string
		lose  bool
	}{
		"while both copies are read":      {"describe " + string(inboundID), false},
		"while a lost call is waited for": {"update " + string(inboundID), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clk := ruled(t, "2026-03-05T22:59:00Z", publish.Rules{Windows: []publish.Window{daily(22*hour, 23*hour)}})
			c := w.plan(t, asIs(inboundID))
			w.aws.before = func(call string) error {
				if call != calls.close {
					return nil
				}
				clk.set(utc(t, closed))
				if calls.lose {
					return errLost
				}
				return nil
			}
			got, err := w.Publish(t.Context(), c.ID, approve(c))
			if err != nil || got.State != publish.Approved || got.Steps[0].State != publish.StepPlanned {
				t.Fatalf("%v: %s %v", err, got.State, states(got))
			}
			w.untouched()
			if !got.Word.NotBefore.Equal(utc(t, "2026-03-06T22:00:00Z")) {
				t.Errorf("goes on at %s", got.Word.NotBefore)
			}
		})
	}
}

// A change over many windows is one that works as it should: it is not taken for one that brings every process down.
func TestAChangeOverManyWindowsGoesOnByItself(t *testing.T) {
	t.Parallel()
	w, clk := ruled(t, morning, publish.Rules{Windows: []publish.Window{daily(8*hour, 9*hour)}})
	c := w.plan(t, asIs(inboundID, secondID))
	day, open := utc(t, morning), true
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "describe "+string(inboundID)) && open {
			clk.set(day.Add(2 * time.Hour)) // there is never time enough
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	for n := 1; n < 25; n++ {
		if err != nil || got.State != publish.Approved || got.Runs != n {
			t.Fatalf("after window %d: %v: %s, %d runs", n, err, got.State, got.Runs)
		}
		day = got.Word.NotBefore
		clk.set(day)
		for tick := time.Tick(2 * time.Millisecond); got.Runs == n || got.State == publish.Running; <-tick {
			w.takeUp() // again: who is about to end may have looked before the clock was set
			if got, err = w.Change(t.Context(), c.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	open = false
	clk.set(got.Word.NotBefore)
	for tick := time.Tick(2 * time.Millisecond); got.State != publish.Published; <-tick {
		w.takeUp()
		if got, err = w.Change(t.Context(), c.ID); err != nil || got.State == publish.Paused {
			t.Fatalf("%v: %s", err, got.State)
		}
	}
}
