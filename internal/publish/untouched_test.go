package publish_test

import (
	"context"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// listed puts a flow on the do-not-touch list.
func (w *world) listed(id instance.FlowID) {
	w.t.Helper()
	if err := w.SetUntouched(context.WithoutCancel(w.t.Context()), home.ID, id, true, ana); err != nil {
		w.t.Error(err)
	}
}

func leftOutAs(t *testing.T, c publish.Change, id instance.FlowID, why string) {
	t.Helper()
	for _, l := range c.LeftOut {
		if l.Flow == id && l.Reason.ID == why {
			return
		}
	}
	t.Errorf("%s is not left out as %s: %+v", id, why, c.LeftOut)
}

func TestAFlowThatIsNotToBeTouchedIsInNoPlan(t *testing.T) {
	t.Parallel()
	t.Run("to add the guide, or take it out", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		done := w.apply(t, w.plan(t, asIs(inboundID, secondID)))
		w.listed(inboundID)
		r := asIs(inboundID)
		r.Names = map[instance.FlowID]string{inboundID: "Sales"}
		c := w.plan(t, r)
		leftOutAs(t, c, inboundID, "publish.left.untouched")
		if len(c.Steps) != 0 || c.LeftOut[0].Name != "Sales" {
			t.Errorf("the plan is %+v", c)
		}
		leftOutAs(t, w.plan(t, publish.Request{Instance: home, By: ana, Remove: []instance.FlowID{inboundID}}), inboundID, "publish.left.untouched")
		back := w.putBack(t, publish.PutBackRequest{By: ana, Former: publish.Former{Change: done.ID}})
		leftOutAs(t, back, inboundID, "publish.left.untouched")
		if len(back.Steps) != 1 || back.Steps[0].Flow != secondID {
			t.Errorf("the way back is %+v", back.Steps)
		}
		restored, err := w.Restore(t.Context(), publish.RestoreRequest{Instance: home, Flow: inboundID, Hash: flow.Hash([]byte(inbound)), By: ana})
		if err != nil {
			t.Fatal(err)
		}
		leftOutAs(t, restored, inboundID, "publish.left.untouched")
	})
	t.Run("to change the guide itself", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.listed(wrapID)
		model := w.lifted(t, wrapID)
		model.TimeLimit++
		c := w.plan(t, publish.Request{Instance: home, By: ana, Guide: publish.GuideChoice{Flow: wrapID, Model: &model}})
		leftOutAs(t, c, wrapID, "publish.left.untouched")
		if !c.Blocked() {
			t.Error("the plan can be published")
		}
	})
}

func TestAnArchivedGuideOnTheListIsNotMadeActive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unusedGuide(t)
	w.apply(t, w.archive(t, id))
	w.listed(id)
	c := w.plan(t, newGuide())
	leftOutAs(t, c, id, "publish.left.untouched")
	if !c.Blocked() {
		t.Error("the plan can be published")
	}
}

func TestAFlowPutOnTheListWhileAChangeRunsIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.after = func(call string) error {
		if call == "update "+string(inboundID) {
			w.listed(secondID)
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Partly || got.Steps[0].State != publish.StepDone || got.Steps[1].State != publish.StepFailed {
		t.Fatalf("%v: %s, %s, %s", err, got.State, got.Steps[0].State, got.Steps[1].State)
	}
	if why := got.Steps[1].Outcome.Message.ID; why != "publish.outcome.untouched" || w.aws.count("update") != 1 {
		t.Errorf("%s, %d writes", why, w.aws.count("update"))
	}
}

func TestTheDoNotTouchListIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listed(inboundID)
	w.listed(secondID)
	w.listed(secondID)
	if err := w.SetUntouched(t.Context(), home.ID, inboundID, false, ana); err != nil {
		t.Fatal(err)
	}
	r, err := w.Rules(t.Context(), home.ID)
	if err != nil || len(r.DoNotTouch) != 1 || !r.Forbids(secondID) || r.Forbids(inboundID) || r.Rev != 3 {
		t.Errorf("%v: %+v", err, r)
	}
	if _, err := w.SetRules(t.Context(), home.ID, publish.Rules{Rev: 1}, ana); !fault.Is(err, fault.Conflict) {
		t.Errorf("rules of before were set: %v", err)
	}
}
