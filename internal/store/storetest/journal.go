package storetest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// roundTrip plans, starts, announces and closes random changes, and holds what comes back against what was given.
func roundTrip(t *testing.T, h harness) {
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		want := anyChange(rt)
		same := func(when string) {
			rt.Helper()
			got, err := h.Change(ctx, want.ID)
			if err != nil {
				rt.Fatalf("%s: %v", when, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("%s (-want +got):\n%s", when, diff)
			}
		}
		must(rt, h.CreateChange(ctx, want))
		same("planned")

		fill(rt, reflect.ValueOf(&want.Approved).Elem())
		reason := rapid.SampledFrom(hostile).Draw(rt, "reason")
		attempt, err := h.Start(ctx, want.ID, want.Hash, want.Approved, reason, lease(h, "one"))
		must(rt, err)
		want.State, want.Started = publish.Running, micro(h.clock.Now())
		want.Reason = strings.ReplaceAll(reason, "\x00", "\uFFFD")
		same("running")

		for i := range want.Steps {
			st := &want.Steps[i]
			fill(rt, reflect.ValueOf(&st.Intent).Elem())
			must(rt, h.announce(ctx, want.ID, st.Key, attempt, st.Intent))
			st.State = publish.StepIntent
			same("announced")
			fill(rt, reflect.ValueOf(&st.Outcome).Elem())
			st.State, st.Outcome.State = publish.StepDone, publish.StepDone
			must(rt, h.Outcome(ctx, want.ID, st.Key, attempt, st.Outcome))
			same("done")
		}
		want.State = publish.Published
		if len(want.Steps) == 0 {
			want.State = publish.Failed
		}
		must(rt, h.Finish(ctx, want.ID, attempt, want.State))
		want.Finished = micro(h.clock.Now())
		same("finished")
	})
}

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func lease(h harness, owner string) publish.Lease {
	return publish.Lease{Owner: owner, Until: h.clock.Now().Add(time.Minute)}
}

func list(t *testing.T, h harness) {
	ctx := t.Context()
	create := change("i1", "guide")
	create.Steps[0].Kind, create.Steps[0].Flow = publish.CreateGuide, ""
	second, third := change("i2", "f1", "f2"), change("i1", "f2")
	third.By.ID = "p2"
	for _, c := range []publish.Change{create, second, third} {
		must(t, h.CreateChange(ctx, c))
	}
	attempt, err := h.Start(ctx, create.ID, create.Hash, publish.Actor{ID: "p3"}, "", lease(h, "one"))
	must(t, err)
	must(t, h.announce(ctx, create.ID, "guide", attempt, publish.Intent{}))
	must(t, h.Outcome(ctx, create.ID, "guide", attempt, publish.Outcome{State: publish.StepDone, Flow: "made"}))

	for name, c := range map[string]struct {
		filter publish.Filter
		want   []string
		total  int
	}{
		"all of them":                     {publish.Filter{}, []string{third.ID, second.ID, create.ID}, 3},
		"those of an instance":            {publish.Filter{Instance: "i1"}, []string{third.ID, create.ID}, 2},
		"those that write a flow":         {publish.Filter{Flow: "f2"}, []string{third.ID, second.ID}, 2},
		"the one that made a flow":        {publish.Filter{Flow: "made"}, []string{create.ID}, 1},
		"those a person planned":          {publish.Filter{Person: "p2"}, []string{third.ID}, 1},
		"those a person published":        {publish.Filter{Person: "p3"}, []string{create.ID}, 1},
		"those in a state":                {publish.Filter{State: publish.Planned}, []string{third.ID, second.ID}, 2},
		"all conditions together":         {publish.Filter{Instance: "i1", Flow: "f2", Person: "p1"}, nil, 0},
		"a page, with the number of all":  {publish.Filter{Limit: 1, Offset: 1}, []string{second.ID}, 3},
		"a page after the last":           {publish.Filter{Limit: 5, Offset: 9}, nil, 3},
		"nothing for a hostile condition": {publish.Filter{Person: "' OR 1=1 --\x00"}, nil, 0},
	} {
		got, total, err := h.Changes(ctx, c.filter)
		must(t, err)
		var ids []string
		for _, g := range got {
			ids = append(ids, g.ID)
			if len(g.Steps) == 0 {
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
