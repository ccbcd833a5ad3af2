package publish_test

import (
	"strings"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

func TestASnapshotIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.publish(t, asIs(inboundID))
	written := w.aws.live(inboundID)
	w.outside(inboundID, "Hello", "Theirs")
	r := publish.RestoreRequest{Instance: home, Flow: inboundID, Hash: c.Steps[0].Before, By: ana}
	got, err := w.Restore(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	w.apply(t, got)
	if w.aws.live(inboundID) != inbound {
		t.Error("not restored")
	}
	if _, err := w.Restore(t.Context(), r); !fault.Is(err, fault.Conflict) {
		t.Errorf("restored twice: %v", err)
	}
	r.Hash = c.Steps[0].Outcome.ReadBack
	w.aws.flows[inboundID].saved = "a draft"
	if got, err = w.Restore(t.Context(), r); err != nil || len(got.Steps) != 0 || !got.LeftOut[0].Draft {
		t.Fatalf("over a draft: %v: %+v", err, got)
	}
	r.OverDraft = true
	if got, err = w.Restore(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if w.apply(t, got); w.aws.live(inboundID) != written {
		t.Error("not restored over the draft")
	}
}

// The flow's history says the same time.
func TestASnapshotIsNamedByTheTimeItWasReadAndNotByTheWriteThatReplacedIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	planned := w.now
	w.now = w.now.Add(4 * time.Minute)
	c = w.apply(t, c)
	written := w.now
	w.now = w.now.Add(time.Hour)
	for hash, want := range map[string]time.Time{c.Steps[0].Before: planned, c.Steps[0].Outcome.ReadBack: written} {
		w.outside(inboundID, "Hello", "Theirs")
		got, err := w.Restore(t.Context(), publish.RestoreRequest{Instance: home, Flow: inboundID, Hash: hash, By: ana})
		if err != nil {
			t.Fatal(err)
		}
		if at := got.Steps[0].Message.Args["Time"]; at != want.UTC().Format("2 Jan 2006, 15:04 UTC") {
			t.Errorf("it was live on %s, want %s", at, want)
		}
	}
}

func TestOnlyASnapshotOfTheVeryFlowIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	draft := strings.Replace(inbound, "Hello", "Draft", 1)
	w.aws.flows[inboundID].saved = draft
	r := asIs(inboundID, secondID)
	r.OverDraft = map[instance.FlowID]bool{inboundID: true}
	c := w.publish(t, r)
	planned := w.plan(t, publish.Request{Remove: []instance.FlowID{secondID}})
	for name, hash := range map[string]string{
		"another flow's": c.Steps[1].Before, "a draft": c.Steps[0].Saved, "what was never kept": strings.Repeat("0", 64), "nothing": "", "only planned": planned.Steps[0].After,
	} {
		if _, err := w.Restore(t.Context(), publish.RestoreRequest{Instance: home, Flow: inboundID, Hash: hash, By: ana}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := home
	other.ID = "22222222-2222-4333-8444-555555555555"
	if _, err := w.Restore(t.Context(), publish.RestoreRequest{Instance: other, Flow: inboundID, Hash: c.Steps[0].Before, By: ana}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another instance's flow: %v", err)
	}
}
