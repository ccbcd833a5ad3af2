package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// entries are those after one.
func entries(t testing.TB, h harness, after int64) (all []publish.Entry) {
	t.Helper()
	must(t, h.History(t.Context(), after, func(e publish.Entry) bool { all = append(all, e); return true }))
	return all
}

// told is what an entry tells, without what differs from run to run.
type told struct {
	Kind   publish.EntryKind
	Change string
	Step   string
	By     publish.Actor
}

func history(t *testing.T, h harness) {
	ctx := t.Context()
	first := entries(t, h, 0)
	if len(first) != 1 || first[0].Seq != 1 || first[0].Kind != publish.EntryBegan || first[0].Prev != "" || !first[0].At.Equal(micro(h.clock.Now())) {
		t.Fatalf("a new history is %+v", first)
	}
	c, never := change("i1", "f0", "f1", "f2"), change("i1", "f0")
	now := h.clock.Now()
	never.By, c.Created, never.Created = bo, now, now
	must(t, h.CreateChange(ctx, c))
	must(t, h.CreateChange(ctx, never))
	must(t, h.Record(ctx, people.Entry{At: now, Person: "p2", Name: "Bo", Address: "192.0.2.2", Action: "sign-in", Result: people.OK}))
	must(t, h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()))
	f := take(t, h, c)
	must(t, h.announce(ctx, c.ID, "f0", f))
	must(t, h.Reopen(ctx, c.ID, "f0", f, fault.Msg("publish.settled.not-written"), now))
	must(t, h.announce(ctx, c.ID, "f0", f))
	must(t, h.close(ctx, c.ID, "f0", f, publish.Outcome{State: publish.StepDone, RequestID: "r-1"}))
	must(t, h.announce(ctx, c.ID, "f1", f))
	must(t, h.Stop(ctx, c.ID, bo, now))
	must(t, h.Stop(ctx, c.ID, ann, now)) // changes nothing
	must(t, h.Finish(ctx, c.ID, f, publish.Interrupted, now))
	must(t, h.Settle(ctx, c.ID, "f1", decided(h, publish.StepUnclear)))
	must(t, h.Halt(ctx, publish.Halt{By: bo, At: now, Reason: "wait"}, bo, now))
	must(t, h.LetOn(ctx, now, ann, now))
	must(t, h.LetOn(ctx, now, ann, now)) // changes nothing
	_, err := h.GiveUp(ctx, c.ID, read(t, h, c.ID).Seen(), bo, now)
	must(t, err)
	_, err = h.GiveUp(ctx, never.ID, never.Seen(), bo, now)
	must(t, err)
	for _, err := range []error{ // refusals change nothing
		h.CreateChange(ctx, c), h.Approve(ctx, c.ID, c.Hash, c.Seen(), h.word()), h.Stop(ctx, c.ID, bo, now), h.announce(ctx, c.ID, "f2", f),
		h.close(ctx, c.ID, "f2", f, publish.Outcome{State: publish.StepFailed}), h.Settle(ctx, c.ID, "f1", decided(h, publish.StepDone)),
	} {
		if err == nil {
			t.Error("nothing was refused")
		}
	}
	want := []told{
		{publish.EntryPlanned, c.ID, "", publish.Actor{ID: "p1", Name: "Ann"}}, {publish.EntryPlanned, never.ID, "", bo}, {publish.EntryRecorded, "", "", bo},
		{publish.EntryApproved, c.ID, "", ann}, {publish.EntryTaken, c.ID, "", ann}, {publish.EntryIntent, c.ID, "f0", ann}, {publish.EntryReopened, c.ID, "f0", ann},
		{publish.EntryIntent, c.ID, "f0", ann}, {publish.EntryOutcome, c.ID, "f0", ann}, {publish.EntryIntent, c.ID, "f1", ann}, {publish.EntryStopped, c.ID, "", bo},
		{publish.EntryFinished, c.ID, "", ann}, {publish.EntrySettled, c.ID, "f1", publish.Actor{ID: "p2", Name: "Bo"}}, {publish.EntryHalted, "", "", bo},
		{publish.EntryLetOn, "", "", ann}, {publish.EntryGivenUp, c.ID, "", bo}, {publish.EntryGivenUp, never.ID, "", bo},
	}
	all := entries(t, h, 1)
	var got []told
	prev := first[0]
	for _, e := range all {
		got = append(got, told{e.Kind, e.Change, e.Step, e.By})
		if e.Seq != prev.Seq+1 || e.Prev != prev.Hash || e.Hash != e.Sum() || e.At.Location() != time.UTC || !e.At.Equal(micro(now)) && !e.At.Equal(micro(h.clock.Now())) {
			t.Errorf("entry %d, %s of %s, does not follow: %s, %s\n%s", e.Seq, e.Kind, e.At, e.Prev, e.Hash, e.Body)
		}
		line, err := json.Marshal(e)
		must(t, err)
		var again publish.Entry
		must(t, json.Unmarshal(line, &again))
		if again.Sum() != e.Hash {
			t.Errorf("exported as JSON, it is another entry: %s", line)
		}
		prev = e
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	must(t, h.Record(ctx, people.Entry{At: now}))
	_, _, err = h.VerifyHistory(ctx, "", prev.Hash, first[0].Hash)
	refused(t, err, fault.Internal, "store.history-cut")
	if n, head, err := h.VerifyHistory(ctx, prev.Hash, first[0].Hash); err != nil || n != prev.Seq+1 || head == prev.Hash {
		t.Errorf("%d entries, head %s, %v", n, head, err)
	}
	paged(t, h)
}

// paged: a history of many pages comes in order, from wherever it is asked for, and ends when nobody wants more.
func paged(t *testing.T, h harness) {
	pages := 2 // of 500
	if underRace {
		pages = 1
	}
	for range pages*500 + 10 {
		must(t, h.Record(t.Context(), people.Entry{At: h.clock.Now(), Action: "x"}))
	}
	all := entries(t, h, 0)
	for i, e := range all {
		if e.Seq != int64(i+1) {
			t.Fatalf("entry %d comes as number %d", e.Seq, i+1)
		}
	}
	last := all[len(all)-1].Seq
	if rest := entries(t, h, last-501); len(rest) != 501 || rest[0].Seq != last-500 {
		t.Errorf("%d entries come after %d", len(rest), last-501)
	}
	if rest := entries(t, h, last); len(rest) > 0 {
		t.Errorf("%d entries come after the last", len(rest))
	}
	seen := 0
	must(t, h.History(t.Context(), 0, func(publish.Entry) bool { seen++; return seen < 3 }))
	if seen != 3 {
		t.Errorf("%d entries came to somebody who wanted 3", seen)
	}
}
