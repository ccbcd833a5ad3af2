package publish_test

import (
	"slices"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// overDraft publishes over a colleague's draft.
func (w *world) overDraft(t *testing.T) publish.Change {
	t.Helper()
	w.aws.flows[inboundID].saved = strings.Replace(inbound, "Hello", "Draft", 1)
	r := asIs(inboundID)
	r.OverDraft = map[instance.FlowID]bool{inboundID: true}
	return w.publish(t, r)
}

// draftBack plans putting back a change with the draft that it replaced.
func (w *world) draftBack(t *testing.T, c publish.Change) publish.Change {
	t.Helper()
	q := whole(c)
	q.Former.Drafts = []instance.FlowID{inboundID}
	return w.putBack(t, q)
}

// Of a write of which nobody knows what came of it, the draft that it replaced is offered and saved again like that of any other.
func TestTheDraftThatAnUnclearWriteReplacedIsSavedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	draft := strings.Replace(inbound, "Hello", "Draft", 1)
	w.aws.saves(inboundID, draft)
	w.aws.after = func(call string) error {
		if isUpdate(call) {
			w.aws.edits(inboundID, theirs)
		}
		return nil
	}
	r := asIs(inboundID)
	r.OverDraft = map[instance.FlowID]bool{inboundID: true}
	c := w.plan(t, r)
	c, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || c.Steps[0].State != publish.StepUnclear {
		t.Fatal(err, states(c))
	}
	offers, err := w.Offers(t.Context(), c, audit.Options{})
	if err != nil || len(offers) != 1 || !offers[0].Draft {
		t.Fatalf("%v: %+v", err, offers)
	}
	q := whole(c)
	q.Former.Drafts, q.Former.Steps = []instance.FlowID{inboundID}, []string{"draft:" + string(inboundID)}
	back := w.putBack(t, q)
	if !slices.Equal(keys(back), []string{"restore-draft draft:" + string(inboundID)}) {
		t.Fatalf("%v, left out %+v", keys(back), back.LeftOut)
	}
	w.apply(t, back)
	if f := w.aws.flows[inboundID]; f.saved != draft || f.live != theirs {
		t.Errorf("live %s\nsaved %s", f.live, f.saved)
	}
}

func TestAReplacedDraftIsSavedAgain(t *testing.T) {
	t.Parallel()
	draft := strings.Replace(inbound, "Hello", "Draft", 1)
	for name, tt := range map[string]struct {
		set   func(*aws)
		state publish.StepState
		want  string
	}{
		"and what is live stays":   {func(*aws) {}, publish.StepDone, "publish.outcome.draft-saved"},
		"and rewritten":            {func(a *aws) { a.rewrites = true }, publish.StepDone, "publish.outcome.draft-saved"},
		"and is published with it": {func(a *aws) { a.savedIsLive = true }, publish.StepUnclear, "publish.outcome.draft-live"},
		"where updates keep it":    {func(a *aws) { a.keepsDraft = true }, publish.StepDone, "publish.outcome.draft-saved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.set(w.aws)
			c := w.overDraft(t)
			q := whole(c)
			q.Former.Drafts = []instance.FlowID{inboundID}
			if w.aws.keepsDraft {
				if got := w.putBack(t, q); left(got, inboundID) != "publish.left.draft" {
					t.Errorf("left out %+v", got.LeftOut)
				}
				q.OverDraft = q.Former.Drafts
			}
			back := w.putBack(t, q)
			if !slices.Equal(keys(back), []string{"restore-flow flow:" + string(inboundID), "restore-draft draft:" + string(inboundID)}) {
				t.Fatalf("%v, left out %+v", keys(back), back.LeftOut)
			}
			a := approve(back)
			a.Confirmed = slices.DeleteFunc(a.Confirmed, func(id string) bool { return strings.HasSuffix(id, ":save-draft") })
			if _, err := w.Publish(t.Context(), back.ID, a); !fault.Is(err, fault.Invalid) {
				t.Fatalf("without its own tick: %v", err)
			}
			got, err := w.Publish(t.Context(), back.ID, approve(back))
			if err != nil || got.Steps[1].State != tt.state || got.Steps[1].Outcome.Message.ID != tt.want {
				t.Fatalf("%v: %+v", err, got.Steps)
			}
			switch f := w.aws.flows[inboundID]; {
			case w.aws.savedIsLive: // what was live is put back by choice
				q := whole(got)
				q.Former.Steps = []string{got.Steps[1].Key}
				if w.apply(t, w.putBack(t, q)); f.live != inbound {
					t.Error("what was live is not put back")
				}
			case f.live != w.aws.stored(inbound) || f.saved != w.aws.stored(draft):
				t.Errorf("live %s\nsaved %s", f.live, f.saved)
			default: // the whole way forward again: the draft saved by wrapup is in nobody's way
				again := w.apply(t, w.putBack(t, whole(got)))
				want, err := w.Content(t.Context(), c.Steps[0].Outcome.ReadBack)
				if err != nil || f.live != string(want) || len(again.Steps) != 1 {
					t.Errorf("put back once more: %v %v", err, keys(again))
				}
			}
		})
	}
}

func (w *world) draftAloneBack(t *testing.T, c publish.Change) publish.Change {
	t.Helper()
	q := whole(c)
	q.Former.Drafts, q.Former.Steps = []instance.FlowID{inboundID}, []string{"draft:" + string(inboundID)}
	return w.putBack(t, q)
}

// The draft alone comes back; what wrapup published stays.
func TestADraftAloneIsSavedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.overDraft(t)
	live := w.aws.live(inboundID)
	back := w.draftAloneBack(t, c)
	if !slices.Equal(keys(back), []string{"restore-draft draft:" + string(inboundID)}) {
		t.Fatalf("%v, left out %+v", keys(back), back.LeftOut)
	}
	back = w.apply(t, back)
	if f := w.aws.flows[inboundID]; f.live != live || f.saved != strings.Replace(inbound, "Hello", "Draft", 1) {
		t.Errorf("live %s\nsaved %s", f.live, f.saved)
	}
	w.apply(t, w.putBack(t, whole(back)))
	if f := w.aws.flows[inboundID]; f.live != live || f.saved != live {
		t.Errorf("put back: live %s\nsaved %s", f.live, f.saved)
	}
}

// A draft that is left of a way back is held against what was written before it, not against the review: the service has rewritten that, and two
// people may want the rest.
func TestTwoPeopleSaveADraftThatIsLeft(t *testing.T) {
	t.Parallel()
	w, _ := ruled(t, morning, publish.Rules{})
	w.aws.rewrites = true
	back := w.draftBack(t, w.overDraft(t))
	a := approve(back)
	a.Mode = publish.OneFirst
	if got, err := w.Publish(t.Context(), back.ID, a); err != nil || got.State != publish.Paused {
		t.Fatalf("%v: %s %v", err, got.State, states(got))
	}
	if _, err := w.SetRules(t.Context(), home.ID, publish.Rules{Rev: 1, TwoPersons: true}, ana); err != nil {
		t.Fatal(err)
	}
	c := w.proposed(back)
	got, err := w.Publish(t.Context(), c.ID, second(c))
	if err != nil || got.State != publish.Published {
		t.Errorf("%v: %s %v", err, got.State, states(got))
	}
}

// Who publishes the draft that wrapup saved again has published since: that is not put back with the draft unless it is chosen.
func TestADraftThatSomebodyPublishedSinceStaysPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	back := w.apply(t, w.draftAloneBack(t, w.overDraft(t)))
	f := w.aws.flows[inboundID]
	formerly := f.live
	f.live = f.saved
	got := w.putBack(t, whole(back))
	if len(got.Steps) != 0 || left(got, inboundID) != "publish.left.stand.changed" || !got.LeftOut[0].Over {
		t.Fatalf("%v, left out %+v", keys(got), got.LeftOut)
	}
	q := whole(back)
	q.Former.Over = []instance.FlowID{inboundID}
	got = w.putBack(t, q)
	if len(got.Steps) != 1 || !got.Steps[0].Over {
		t.Fatalf("chosen: %+v", got.Steps)
	}
	if w.apply(t, got); f.live != formerly {
		t.Error("what was live is not put back")
	}
}

func TestANewerDraftIsNotReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.overDraft(t)
	w.aws.put(inboundID, "Sales", inbound) // put back by hand
	w.aws.flows[inboundID].saved = "newer"
	got := w.draftBack(t, c)
	if len(got.Steps) != 0 || left(got, inboundID) != "publish.left.stand.former" || !slices.ContainsFunc(got.LeftOut, func(l publish.LeftOut) bool {
		return l.Draft && l.Reason.ID == "publish.left.newer-draft"
	}) {
		t.Errorf("%v, left out %+v", keys(got), got.LeftOut)
	}
	w.aws.flows[inboundID].saved = inbound
	got = w.draftBack(t, c)
	if !slices.Equal(keys(got), []string{"restore-draft draft:" + string(inboundID)}) {
		t.Fatalf("%v, left out %+v", keys(got), got.LeftOut)
	}
	w.aws.flows[inboundID].saved = "newer still"
	end, err := w.Publish(t.Context(), got.ID, approve(got))
	if err != nil || end.State != publish.Failed || w.aws.flows[inboundID].saved != "newer still" {
		t.Errorf("%v: %s %+v", err, end.State, end.Steps)
	}
}
