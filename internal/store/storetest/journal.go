package storetest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// roundTrip plans, starts, announces and closes random changes, and holds what comes back against what was given.
func roundTrip(t *testing.T, h harness) {
	ctx := t.Context()
	_, err := h.KeepContent(ctx, []byte(theContent))
	must(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		want := anyChange(rt)
		same := func(when string) {
			rt.Helper()
			got, err := h.Change(ctx, want.ID)
			if err != nil {
				rt.Fatalf("%s: %v", when, err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("%s (-want +got):\n%s", when, diff)
			}
		}
		must(rt, h.CreateChange(ctx, want))
		same("planned")

		w := &want.Word
		fill(rt, reflect.ValueOf(w).Elem())
		must(rt, h.Approve(ctx, want.ID, want.Hash, want.Seen(), *w))
		want.State, w.At, w.NotBefore = publish.Approved, micro(w.At), micro(w.NotBefore)
		w.Reason, w.Mode = kept(w.Reason), publish.Mode(kept(string(w.Mode)))
		same("approved")

		now := h.clock.Now()
		if now.Before(w.NotBefore) {
			now = w.NotBefore
		}
		f := fence(rt, h, now.Add(time.Hour))
		_, found, err := h.Take(ctx, want.Instance.ID, f, now)
		must(rt, err)
		if !found {
			rt.Fatal("it is not due")
		}
		want.State, want.Runs, want.Started = publish.Running, 1, micro(now)
		same("running")

		for i := range want.Steps {
			st := &want.Steps[i]
			fill(rt, reflect.ValueOf(&st.Intent).Elem())
			named(rt, &st.Intent.Final, &st.Intent.Live, &st.Intent.Draft)
			st.Intent.At = now
			must(rt, h.Intent(ctx, want.ID, st.Key, f, st.Intent))
			st.State = publish.StepIntent
			same("announced")
			fill(rt, reflect.ValueOf(&st.Outcome).Elem())
			named(rt, &st.Outcome.ReadBack, &st.Outcome.Found.Live, &st.Outcome.Found.Saved)
			st.State, st.Outcome.State, st.Outcome.At = publish.StepDone, publish.StepDone, now
			must(rt, h.Outcome(ctx, want.ID, st.Key, f, st.Outcome))
			same("done")
		}
		var by publish.Actor
		fill(rt, reflect.ValueOf(&by).Elem())
		must(rt, h.Stop(ctx, want.ID, by, now))
		want.Stopped = &by
		same("asked to stop")

		want.State, want.Stopped = publish.Published, nil
		if len(want.Steps) == 0 {
			want.State = publish.Failed
		}
		must(rt, h.Finish(ctx, want.ID, f, want.State, now))
		want.Finished = micro(now)
		same("finished")
	})
}

// kept is free text as both engines keep it.
func kept(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func list(t *testing.T, h harness) {
	ctx := t.Context()
	create := change("i1", "guide")
	create.Steps[0].Kind, create.Steps[0].Flow = publish.CreateGuide, ""
	second, third := change("i2", "f1", "f2"), change("i1", "f2")
	third.By.ID, third.Continues = "p2", second.ID
	third.Asked.Former = publish.Former{Change: create.ID, Steps: []string{"guide"}}
	second.Title = fault.Msg("x", "Y", `"Continues":"`+create.ID+`","Former":{"Change":"`+create.ID+`"`)
	none := change("i3") // whose flows were all left out
	none.Created = create.Created.Add(-time.Hour)
	for _, c := range []publish.Change{none, create, second, third} {
		must(t, h.CreateChange(ctx, c))
	}
	must(t, h.Approve(ctx, create.ID, create.Hash, create.Seen(), publish.Word{By: publish.Actor{ID: "p3"}}))
	f := take(t, h, create)
	must(t, h.announce(ctx, create.ID, "guide", f))
	must(t, h.close(ctx, create.ID, "guide", f, publish.Outcome{State: publish.StepDone, Flow: "made"}))

	for name, c := range map[string]struct {
		filter publish.Filter
		want   []string
		total  int
	}{
		"all of them":                     {publish.Filter{}, []string{third.ID, second.ID, create.ID, none.ID}, 4},
		"those that write something":      {publish.Filter{Writing: true}, []string{third.ID, second.ID, create.ID}, 3},
		"none that writes something":      {publish.Filter{Writing: true, Instance: none.Instance.ID}, nil, 0},
		"those of an instance":            {publish.Filter{Instance: "i1"}, []string{third.ID, create.ID}, 2},
		"those that write a flow":         {publish.Filter{Flows: []instance.FlowID{"f2"}}, []string{third.ID, second.ID}, 2},
		"those that write one of two":     {publish.Filter{Flows: []instance.FlowID{"made", "f2"}}, []string{third.ID, second.ID, create.ID}, 3},
		"those of a flow nobody wrote":    {publish.Filter{Flows: []instance.FlowID{"none", "' OR 1=1 --"}}, nil, 0},
		"the one that made a flow":        {publish.Filter{Flows: []instance.FlowID{"made"}}, []string{create.ID}, 1},
		"those a person planned":          {publish.Filter{Person: "p2"}, []string{third.ID}, 1},
		"those a person approved":         {publish.Filter{Person: "p3"}, []string{create.ID}, 1},
		"those in a state":                {publish.Filter{State: publish.Planned}, []string{third.ID, second.ID, none.ID}, 3},
		"all conditions together":         {publish.Filter{Instance: "i1", Flows: []instance.FlowID{"f2"}, Person: "p1"}, nil, 0},
		"a page, with the number of all":  {publish.Filter{Limit: 1, Offset: 1}, []string{second.ID}, 4},
		"a page after the last":           {publish.Filter{Limit: 5, Offset: 9}, nil, 4},
		"those created from a time on":    {publish.Filter{From: second.Created}, []string{third.ID, second.ID}, 2},
		"those created before a time":     {publish.Filter{To: second.Created}, []string{create.ID, none.ID}, 2},
		"those created between":           {publish.Filter{From: second.Created, To: third.Created}, []string{second.ID}, 1},
		"those that continue a change":    {publish.Filter{Continues: second.ID}, []string{third.ID}, 1},
		"none that only speaks of it":     {publish.Filter{Continues: create.ID}, nil, 0},
		"those that put a change back":    {publish.Filter{PutsBack: create.ID}, []string{third.ID}, 1},
		"none that puts back any":         {publish.Filter{PutsBack: "%"}, nil, 0},
		"nothing for a hostile condition": {publish.Filter{Person: "' OR 1=1 --\x00"}, nil, 0},
	} {
		got, total, err := h.Changes(ctx, c.filter)
		must(t, err)
		var ids []string
		for _, g := range got {
			ids = append(ids, g.ID)
			if len(g.Steps) == 0 && g.ID != none.ID {
				t.Errorf("%s: %s comes without its steps", name, g.ID)
			}
		}
		if diff := cmp.Diff(c.want, ids); diff != "" || total != c.total {
			t.Errorf("%s: %d of %d (-want +got):\n%s", name, total, c.total, diff)
		}
	}
}

func createRefusals(t *testing.T, h harness) {
	ctx := t.Context()
	stored := change("i1", "f1")
	must(t, h.CreateChange(ctx, stored))
	running, done, twice, nameless := change("i1", "f1"), change("i1", "f1"), change("i1", "f1", "f1"), change("i1", "f1")
	running.State = publish.Running
	done.Steps[0].State = publish.StepDone
	nameless.ID = ""
	for name, c := range map[string]publish.Change{
		"a change that is stored": stored, "a change that runs": running, "a step that is done": done,
		"two steps of one key": twice, "a change without an id": nameless,
	} {
		if err := h.CreateChange(ctx, c); err == nil {
			t.Errorf("%s was stored", name)
		}
		if c.ID == stored.ID || c.ID == "" {
			continue
		}
		_, err := h.Change(ctx, c.ID)
		refused(t, err, fault.NotFound, "store.no-such-change")
	}
	_, err := h.Change(ctx, "' OR 1=1 --\x00")
	refused(t, err, fault.NotFound, "store.no-such-change")
}
