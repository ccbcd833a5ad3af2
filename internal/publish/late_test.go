package publish_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
)

// A call that comes late, over what somebody published after the comparing: their bytes were seen, are kept, and can be put back.
func TestACallThatComesLateLosesNobodysBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	reviewed, err := w.store.Content(t.Context(), c.Steps[0].After)
	if err != nil {
		t.Fatal(err)
	}
	w.aws.before = func(call string) error {
		if isUpdate(call) {
			w.aws.edits(inboundID, theirs)
			w.aws.before = nil
			return errLost
		}
		return nil
	}
	s := w.service(func(o *publish.Options) {
		o.Wait = func(context.Context, time.Duration) error { // while it waits, the call is carried out
			w.aws.edits(inboundID, string(reviewed))
			return nil
		}
	})
	got, err := s.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published {
		t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
	}
	o := got.Steps[0].Outcome
	if o.Message.ID != "publish.settled.over" || o.Found.Live != flow.Hash([]byte(theirs)) {
		t.Errorf("nothing tells of what was replaced: %+v", o)
	}
	kinds := map[publish.SnapshotKind]string{}
	for _, snap := range (publish.Trace{Change: got, Step: got.Steps[0]}).Snapshots() {
		kinds[snap.Kind] = snap.Hash
	}
	if kinds[publish.SnapshotMet] != flow.Hash([]byte(theirs)) {
		t.Errorf("the flow's history has %v", kinds)
	}
	back, err := w.Restore(t.Context(), publish.RestoreRequest{Instance: home, Flow: inboundID, Hash: o.Found.Live, By: ana})
	if err != nil || len(back.Steps) != 1 {
		t.Fatalf("%v: %+v", err, back)
	}
	if back, err = w.Publish(t.Context(), back.ID, approve(back)); err != nil || w.aws.live(inboundID) != theirs {
		t.Errorf("put back: %v, %s", err, back.State)
	}
}

// What a person looks at before they decide is kept, whatever becomes of it.
func TestWhatIsSeenOfAnOpenStepIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.after = func(call string) error {
		if isUpdate(call) {
			w.aws.edits(inboundID, theirs)
			return errLost
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Interrupted {
		t.Fatal(err, got.State)
	}
	if kept, err := w.store.Content(t.Context(), flow.Hash([]byte(theirs))); err != nil || string(kept) != theirs {
		t.Errorf("what the run met is not kept: %v", err)
	}
	o, err := w.Observe(t.Context(), c.ID, c.Steps[0].Key)
	if err != nil || o.Is != publish.IsOther || o.Wait != 30*time.Second {
		t.Fatalf("%v: %s, %s to wait", err, o.Is, o.Wait)
	}
	_, err = w.Settle(t.Context(), c.ID, c.Steps[0].Key, o.Hash, ana) // the call may come, and then it is not as it is
	isRefused(t, err, fault.Conflict, "publish.settle-early")
}

// Between the word in the journal and the call the process stood still, longer than the call may take: somebody else may have the step by now.
func TestNothingIsSentAfterTheTimeThatWasAnnounced(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		still time.Duration
		sent  bool
	}{
		"a moment":                     {time.Second, true},
		"almost as long":               {29 * time.Second, true},
		"as long as the call may take": {30 * time.Second, false},
		"an hour":                      {time.Hour, false},
		"a clock that was set back":    {-time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.plan(t, asIs(inboundID))
			var left time.Duration
			w.aws.during = func(ctx context.Context, call string) error {
				if end, ends := ctx.Deadline(); ends && isUpdate(call) {
					left = time.Until(end)
				}
				return nil
			}
			s := w.over(stalled{w.store, func() { w.now = w.now.Add(tt.still) }})
			got, err := s.Publish(t.Context(), c.ID, approve(c))
			if err != nil {
				t.Fatal(err)
			}
			o := got.Steps[0].Outcome
			if tt.sent {
				if got.State != publish.Published || left <= 0 || left > min(30*time.Second, 30*time.Second-tt.still) {
					t.Errorf("%s, sent with %s left: %+v", got.State, left, o)
				}
				return
			}
			if got.State != publish.Failed || o.Message.ID != "publish.outcome.not-sent" || w.aws.count("update") != 0 {
				t.Errorf("%s: %+v", got.State, o)
			}
		})
	}
}

// stalled stands still after each intent.
type stalled struct {
	publish.Journal
	stand func()
}

func (j stalled) Intent(ctx context.Context, id, step string, f operation.Fence, in publish.Intent) error {
	err := j.Journal.Intent(ctx, id, step, f, in)
	j.stand()
	return err
}

// A flow of which nobody knows whether it was written, and that is gone: the step is closed as that.
func TestAStepWhoseFlowIsGoneIsClosedAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.before = func(call string) error {
		if isUpdate(call) {
			delete(w.aws.flows, inboundID)
			return errLost
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Interrupted {
		t.Fatal(err, got.State)
	}
	w.aws.before, w.now = nil, w.now.Add(30*time.Second)
	got, err = w.Settle(t.Context(), c.ID, c.Steps[0].Key, "", ana)
	if err != nil || got.Steps[0].State != publish.StepUnclear || got.Steps[0].Outcome.Message.ID != "publish.settled.gone" {
		t.Errorf("%v: %+v", err, got.Steps[0].Outcome)
	}
}

// silentOf gives no answer about a flow.
func silentOf(id instance.FlowID) func(string) error {
	return func(call string) error {
		if call == "describe "+string(id) {
			return fault.New(fault.Unavailable, "aws.service")
		}
		return nil
	}
}

// Of a flow that is left out the guide is still the one it opens: it stays as well.
func TestAGuideStaysWithAFlowThatStays(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		hinder func(w *world)
		over   bool
		stays  bool
	}{
		"it can't be read": {hinder: func(w *world) {
			w.aws.before = silentOf(secondID)
		}, stays: true},
		"somebody published since": {hinder: func(w *world) {
			f := w.aws.flows[secondID]
			f.live = strings.Replace(f.live, "Billing", "Bills", 1)
			f.saved = f.live
		}, stays: true},
		"and is put back over that": {hinder: func(w *world) {
			f := w.aws.flows[secondID]
			f.live = strings.Replace(f.live, "Billing", "Bills", 1)
			f.saved = f.live
		}, over: true},
		"it is as it was before": {hinder: func(w *world) {
			f := w.aws.flows[secondID]
			f.live = strings.Replace(inbound, "Hello", "Billing", 1)
			f.saved = f.live
		}},
		"it was deleted":            {hinder: func(w *world) { delete(w.aws.flows, secondID) }},
		"nothing stands in its way": {hinder: func(*world) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m := w.lifted(t, wrapID).With("Disposition_Header_Title", "Outcome")
			c := w.plan(t, publish.Request{Guide: publish.GuideChoice{Flow: wrapID, Model: &m}, Add: []instance.FlowID{inboundID, secondID}})
			if done, err := w.Publish(t.Context(), c.ID, approve(c)); err != nil || done.State != publish.Published {
				t.Fatalf("%v: %s", err, done.State)
			}
			tt.hinder(w)
			q := publish.PutBackRequest{Former: publish.Former{Change: c.ID}, By: ana}
			if tt.over {
				q.Former.Over = append(q.Former.Over, secondID)
			}
			back, err := w.PutBack(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(back.LeftOut, func(l publish.LeftOut) bool { return l.Flow == wrapID })
			if goes := slices.ContainsFunc(back.Steps, func(st publish.Step) bool { return st.Flow == wrapID }); goes == tt.stays || tt.stays != (i >= 0) {
				t.Fatalf("the guide goes back (%t), left out %+v", goes, back.LeftOut)
			}
			if tt.stays && (back.LeftOut[i].Reason.ID != "publish.left.flows-stay" || back.LeftOut[i].Reason.Args["Flows"] != "Billing") {
				t.Errorf("it stays because of %+v", back.LeftOut[i].Reason)
			}
		})
	}
}
