package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
)

// work is an operation as it is asked for.
func work(h harness, kind, key string) operation.Operation {
	return operation.Operation{
		ID: operation.ID(fmt.Sprintf("work-%06d", numbered.Add(1))), Kind: kind, Subject: "i1", Key: key, Asked: micro(h.clock.Now()),
		State: operation.Queued,
	}
}

func ask(t testing.TB, h harness, o operation.Operation) operation.Operation {
	t.Helper()
	got, asked, err := h.Operations.Ask(t.Context(), o, nil)
	must(t, err)
	if !asked {
		t.Fatalf("%s was not asked for: there is %s", o.ID, got.ID)
	}
	return got
}

// claimed claims the next of a kind for owner, on a lease of a minute.
func claimed(t testing.TB, h harness, owner string, kinds ...string) (operation.Operation, bool) {
	t.Helper()
	now := h.clock.Now()
	o, found, err := h.Operations.Claim(t.Context(), operation.Claim{Owner: owner, Kinds: kinds, Now: now, Until: now.Add(time.Minute)})
	must(t, err)
	return o, found
}

func mustClaim(t testing.TB, h harness, owner string, kinds ...string) operation.Operation {
	t.Helper()
	o, found := claimed(t, h, owner, kinds...)
	if !found {
		t.Fatal("there is nothing to claim")
	}
	return o
}

func operationAsked(t *testing.T, h harness) {
	ctx := t.Context()
	first := ask(t, h, work(h, "read", "read i1"))
	again, asked, err := h.Operations.Ask(ctx, work(h, "read", "read i1"), nil)
	must(t, err)
	if diff := cmp.Diff(first, again); diff != "" || asked {
		t.Errorf("asked again: %t\n%s", asked, diff)
	}
	ask(t, h, work(h, "read", "read i2"))
	run := mustClaim(t, h, "one", "read")
	if again, asked, err = h.Operations.Ask(ctx, work(h, "read", "read i1"), nil); err != nil || asked || again.State != operation.Running {
		t.Errorf("asked while it runs: %t, %s, %v", asked, again.State, err)
	}
	_, err = h.Operations.Write(ctx, run.Fence(), operation.Word{Now: h.clock.Now(), State: operation.Done})
	must(t, err)

	var all sync.WaitGroup
	var stored atomic.Int64
	ids := make([]operation.ID, 8)
	for i := range ids {
		o := work(h, "read", "read i1")
		all.Go(func() {
			got, asked, err := h.Operations.Ask(ctx, o, nil)
			if err != nil {
				t.Error(err)
			}
			if ids[i] = got.ID; asked {
				stored.Add(1)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] || id == first.ID {
			t.Errorf("eight people asked at once and got %v", ids)
			break
		}
	}
	if stored.Load() != 1 {
		t.Errorf("%d of them were stored", stored.Load())
	}
	if _, _, err := h.Operations.Ask(ctx, operation.Operation{ID: first.ID, Key: "another", Asked: h.clock.Now()}, nil); err == nil {
		t.Error("two operations have one id")
	}
	for _, id := range []operation.ID{"", "nothing", "' OR 1=1 --\x00"} {
		_, err := h.Operations.Get(ctx, id)
		refusedKind(t, err, fault.NotFound)
		_, err = h.Operations.Cancel(ctx, id, "p1", h.clock.Now())
		refusedKind(t, err, fault.NotFound)
	}
}

func refusedKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("error is %v, want %s", err, kind)
	}
}

// operationRoundTrip asks for, claims, writes and ends random operations, and holds what comes back against what was given.
func operationRoundTrip(t *testing.T, h harness) {
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		var want operation.Operation
		fill(rt, reflect.ValueOf(&want.Input).Elem())
		kind := fmt.Sprintf("kind-%d", numbered.Add(1))
		want.ID, want.Kind, want.Key, want.Asked = operation.ID("id of "+kind), kind, kind, micro(h.clock.Now())
		want.Subject, want.By = rapid.SampledFrom(clean).Draw(rt, "subject"), rapid.SampledFrom(clean).Draw(rt, "by")
		want.State, want.Rev = operation.Queued, 1
		same := func(when string, got operation.Operation, err error) {
			rt.Helper()
			must(rt, err)
			read, err := h.Operations.Get(ctx, want.ID)
			must(rt, err)
			for _, g := range []operation.Operation{got, read} {
				if diff := cmp.Diff(want, g); diff != "" {
					rt.Fatalf("%s (-want +got):\n%s", when, diff)
				}
			}
		}
		got, _, err := h.Operations.Ask(ctx, want, nil)
		same("asked", got, err)

		now := h.clock.Now()
		got, _, err = h.Operations.Claim(ctx, operation.Claim{Owner: "one", Kinds: []string{kind}, Now: now, Until: now.Add(time.Minute)})
		want.State, want.Attempt, want.Owner, want.Rev = operation.Running, 1, "one", 2
		want.Started, want.LeaseUntil = micro(now), micro(now.Add(time.Minute))
		same("claimed", got, err)

		fill(rt, reflect.ValueOf(&want.Progress).Elem())
		fill(rt, reflect.ValueOf(&want.Saved).Elem())
		got, err = h.Operations.Write(ctx, want.Fence(), operation.Word{Now: now, Until: now.Add(time.Hour), Progress: &want.Progress, Saved: want.Saved})
		want.LeaseUntil, want.Rev = micro(now.Add(time.Hour)), 3
		same("written", got, err)

		fill(rt, reflect.ValueOf(&want.Result).Elem())
		fill(rt, reflect.ValueOf(&want.Failure).Elem())
		if len(want.Failure.Problems) == 0 {
			want.Failure.Problems = nil
		}
		got, err = h.Operations.Write(ctx, want.Fence(), operation.Word{
			Now: now, Until: now.Add(time.Hour), State: operation.Failed, Result: want.Result, Failure: &want.Failure, Progress: &want.Progress, Saved: want.Saved,
		})
		want.State, want.Ended, want.LeaseUntil, want.Rev = operation.Failed, micro(now), time.Time{}, 4
		same("ended", got, err)
	})
}

// clean are hostile strings that a column keeps as they are.
var clean = []string{"", "'", `"`, `\`, `\x41`, "?", "$1", "null", "客戶", "🙂", "\r\n"}

func operationClaims(t *testing.T, h harness) {
	ctx := t.Context()
	var asked []operation.ID
	for i, kind := range []string{"read", "apply", "read"} {
		asked = append(asked, ask(t, h, work(h, kind, fmt.Sprint(i))).ID)
		h.clock.advance(time.Second)
	}
	if o, found := claimed(t, h, "one"); found {
		t.Errorf("claimed %s of no kind", o.ID)
	}
	if o, found := claimed(t, h, "one", "another\x00", "' OR 1=1 --"); found {
		t.Errorf("claimed %s of another kind", o.ID)
	}
	want := func(o operation.Operation, id operation.ID, attempt int64, lost int) {
		t.Helper()
		if o.ID != id || o.Attempt != attempt || o.Lost != lost || o.State != operation.Running {
			t.Errorf("claimed %+v, want %s, attempt %d, lost %d", o, id, attempt, lost)
		}
	}
	want(mustClaim(t, h, "one", "read", "apply"), asked[0], 1, 0)
	want(mustClaim(t, h, "four", "read"), asked[2], 1, 0)
	want(mustClaim(t, h, "two", "read", "apply"), asked[1], 1, 0)
	for _, owner := range []string{"", "three"} {
		if o, found := claimed(t, h, owner, "read", "apply"); found {
			t.Errorf("%q claimed %s, which runs", owner, o.ID)
		}
	}
	now := h.clock.Now()
	own := operation.Claim{Owner: "one", Kinds: []string{"read"}, Now: now, Until: now.Add(time.Minute), Except: []operation.ID{asked[0], asked[2]}}
	if o, found, err := h.Operations.Claim(ctx, own); err != nil || found {
		t.Errorf("claimed %s, which the claimer runs itself: %v", o.ID, err)
	}
	own.Except = own.Except[1:]
	o, _, err := h.Operations.Claim(ctx, own)
	must(t, err)
	want(o, asked[0], 2, 1) // left by a former process of this name
	h.clock.advance(time.Minute)
	want(mustClaim(t, h, "three", "read", "apply"), asked[0], 3, 2)
	want(mustClaim(t, h, "three", "apply"), asked[1], 2, 1)
}

func operationFencing(t *testing.T, h harness) {
	ctx := t.Context()
	ask(t, h, work(h, "read", "k"))
	first := mustClaim(t, h, "one", "read")
	stale := func(f operation.Fence) {
		t.Helper()
		before, err := h.Operations.Get(ctx, first.ID)
		must(t, err)
		for _, w := range []operation.Word{
			{Now: h.clock.Now(), Until: h.clock.Now().Add(time.Hour)}, {Progress: &operation.Progress{Done: 9}}, {Saved: json.RawMessage("9")},
			{State: operation.Done, Result: json.RawMessage("9")}, {State: operation.Queued},
		} {
			if _, err := h.Operations.Write(ctx, f, w); !errors.Is(err, operation.ErrLost) {
				t.Errorf("%+v wrote %+v: %v", f, w, err)
			}
		}
		after, err := h.Operations.Get(ctx, first.ID)
		must(t, err)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("a stale run changed something:\n%s", diff)
		}
	}
	for _, f := range []operation.Fence{
		{ID: first.ID, Owner: "two", Attempt: 1}, {ID: first.ID, Owner: "one", Attempt: 2}, {ID: first.ID, Owner: "one"},
		{ID: "nothing", Owner: "one", Attempt: 1}, {ID: "' OR 1=1 --\x00", Owner: "one", Attempt: 1},
	} {
		stale(f)
	}
	h.clock.advance(time.Hour) // over, but nobody else has it
	renewed, err := h.Operations.Write(ctx, first.Fence(), operation.Word{Now: h.clock.Now(), Until: h.clock.Now().Add(time.Minute)})
	must(t, err)
	if o, found := claimed(t, h, "two", "read"); found {
		t.Errorf("claimed on a renewed lease: %+v", o)
	}
	h.clock.advance(time.Minute)
	second := mustClaim(t, h, "two", "read")
	stale(renewed.Fence())
	_, err = h.Operations.Write(ctx, second.Fence(), operation.Word{Now: h.clock.Now(), State: operation.Done})
	must(t, err)
	stale(second.Fence())
}

func operationHandedBack(t *testing.T, h harness) {
	ctx := t.Context()
	ask(t, h, work(h, "read", "k"))
	h.clock.advance(time.Second)
	ask(t, h, work(h, "read", "later"))
	first := mustClaim(t, h, "one", "read")
	back, err := h.Operations.Write(ctx, first.Fence(), operation.Word{
		Now: h.clock.Now(), Until: h.clock.Now().Add(time.Hour), State: operation.Queued, Saved: json.RawMessage(`{"at":3}`), Progress: &operation.Progress{Done: 3, Total: 5},
	})
	must(t, err)
	if back.State != operation.Queued || back.Attempt != 1 || !back.LeaseUntil.IsZero() || !back.Ended.IsZero() {
		t.Errorf("handed back as %+v", back)
	}
	if _, asked, err := h.Operations.Ask(ctx, work(h, "read", "k"), nil); err != nil || asked {
		t.Errorf("another was asked for beside what was handed back: %v", err)
	}
	again := mustClaim(t, h, "two", "read")
	if again.ID != first.ID || string(again.Saved) != `{"at":3}` || again.Progress.Done != 3 || again.Attempt != 2 || again.Lost != 0 || again.Started != first.Started {
		t.Errorf("gone on with as %+v", again)
	}
}

func operationCancelled(t *testing.T, h harness) {
	ctx := t.Context()
	cancel := func(id operation.ID, by string) operation.Operation {
		t.Helper()
		o, err := h.Operations.Cancel(ctx, id, by, h.clock.Now())
		must(t, err)
		return o
	}
	now := micro(h.clock.Now())
	waiting := cancel(ask(t, h, work(h, "read", "waiting")).ID, "p1")
	if waiting.State != operation.Cancelled || waiting.CancelBy != "p1" || !waiting.CancelAsked.Equal(now) || !waiting.Ended.Equal(now) {
		t.Errorf("what waits became %+v", waiting)
	}
	if o, found := claimed(t, h, "one", "read"); found {
		t.Errorf("claimed %+v", o)
	}
	ask(t, h, work(h, "read", "waiting"))
	run := mustClaim(t, h, "one", "read")
	asked := cancel(run.ID, "p1")
	if asked.State != operation.Running || asked.CancelBy != "p1" || asked.Rev != run.Rev+1 {
		t.Errorf("what runs became %+v", asked)
	}
	h.clock.advance(time.Second)
	if again := cancel(run.ID, "p2"); !cmp.Equal(again, asked) {
		t.Errorf("cancelled again: %s", cmp.Diff(asked, again))
	}
	seen, err := h.Operations.Write(ctx, run.Fence(), operation.Word{Now: h.clock.Now(), State: operation.Queued})
	must(t, err)
	if seen.CancelBy != "p1" || seen.State != operation.Queued {
		t.Errorf("handed back as %+v", seen)
	}
	if o := cancel(run.ID, "p2"); o.State != operation.Queued {
		t.Errorf("what was started ended without its handler: %+v", o)
	}
	last := mustClaim(t, h, "two", "read")
	if last.CancelBy != "p1" {
		t.Errorf("the next run is not told of the cancel: %+v", last)
	}
	done, err := h.Operations.Write(ctx, last.Fence(), operation.Word{Now: h.clock.Now(), State: operation.Cancelled})
	must(t, err)
	if o := cancel(run.ID, "p2"); !cmp.Equal(o, done) {
		t.Errorf("what has ended was changed: %s", cmp.Diff(done, o))
	}
}

// operationCancelRaces cancels operations while they are claimed, written and ended: whoever is first, a cancel is told of to all that come
// after it, and what never started ends with it.
func operationCancelRaces(t *testing.T, h harness) {
	ctx := t.Context()
	for range Rounds(50) {
		o := ask(t, h, work(h, "raced", "raced"))
		now := h.clock.Now()
		var cancelled operation.Operation
		var both sync.WaitGroup
		both.Go(func() {
			var err error
			if cancelled, err = h.Operations.Cancel(ctx, o.ID, "p1", now); err != nil {
				t.Error(err)
			}
		})
		var ended operation.Operation
		both.Go(func() {
			run, found, err := h.Operations.Claim(ctx, operation.Claim{Owner: "one", Kinds: []string{"raced"}, Now: now, Until: now.Add(time.Minute)})
			if err == nil && found {
				if _, err = h.Operations.Write(ctx, run.Fence(), operation.Word{Now: now, Progress: &operation.Progress{Done: 1}}); err == nil {
					ended, err = h.Operations.Write(ctx, run.Fence(), operation.Word{Now: now, State: operation.Done})
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		last, err := h.Operations.Get(ctx, o.ID)
		must(t, err)
		rev := int64(4) // asked, claimed, written, ended
		switch {
		case cancelled.State == operation.Cancelled:
			rev = 2
		case cancelled.State != operation.Done: // it was asked for on the way
			rev = 5
		}
		if ran := ended.ID != ""; ran == (cancelled.State == operation.Cancelled) || last.Rev != rev || (last.CancelBy == "p1") == (cancelled.State == operation.Done) {
			t.Fatalf("the cancel gave %+v, the run %+v, and it is %+v", cancelled, ended, last)
		}
	}
}

func operationLists(t *testing.T, h harness) {
	ctx := t.Context()
	var ids []operation.ID
	for i, kind := range []string{"read", "apply", "read", "read"} {
		o := work(h, kind, fmt.Sprint(i))
		if i == 3 {
			o.Subject = "i2"
		}
		ids = append(ids, ask(t, h, o).ID)
		h.clock.advance(time.Minute)
	}
	for range 2 {
		run := mustClaim(t, h, "one", "read", "apply")
		_, err := h.Operations.Write(ctx, run.Fence(), operation.Word{Now: h.clock.Now(), State: operation.Done})
		must(t, err)
		h.clock.advance(time.Minute)
	}
	list := func(f operation.Filter) (got []operation.ID) {
		t.Helper()
		all, err := h.Operations.List(ctx, f)
		must(t, err)
		for _, o := range all {
			got = append(got, o.ID)
		}
		return got
	}
	for name, c := range map[string]struct {
		filter operation.Filter
		want   []operation.ID
	}{
		"all of them":      {operation.Filter{}, []operation.ID{ids[3], ids[2], ids[1], ids[0]}},
		"of a kind":        {operation.Filter{Kind: "read"}, []operation.ID{ids[3], ids[2], ids[0]}},
		"of a subject":     {operation.Filter{Subject: "i2"}, []operation.ID{ids[3]}},
		"in states":        {operation.Filter{States: []operation.State{operation.Done, operation.Failed}}, []operation.ID{ids[1], ids[0]}},
		"so many":          {operation.Filter{Limit: 2}, []operation.ID{ids[3], ids[2]}},
		"hostile":          {operation.Filter{Subject: "' OR 1=1 --\x00"}, nil},
		"all conditions":   {operation.Filter{Kind: "read", Subject: "i1", States: []operation.State{operation.Queued}}, []operation.ID{ids[2]}},
		"none in a state":  {operation.Filter{States: []operation.State{operation.Cancelled}}, nil},
		"of no known kind": {operation.Filter{Kind: "none"}, nil},
	} {
		if diff := cmp.Diff(c.want, list(c.filter)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	n, err := h.Operations.Forget(ctx, h.clock.Now().Add(-2*time.Minute))
	must(t, err)
	if diff := cmp.Diff([]operation.ID{ids[3], ids[2], ids[1]}, list(operation.Filter{})); diff != "" || n != 1 {
		t.Errorf("%d forgotten (-want +got):\n%s", n, diff)
	}
	if n, err = h.Operations.Forget(ctx, h.clock.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("%d forgotten, %v: what is active stays", n, err)
	}
}

func turns(t *testing.T, h harness) {
	ctx := t.Context()
	take := func(turn operation.Turn) (operation.Operation, bool) {
		t.Helper()
		o, asked, err := h.Operations.Ask(ctx, work(h, "read", "k"), &turn)
		must(t, err)
		return o, asked
	}
	now := h.clock.Now()
	due := operation.Turn{Key: "daily' --\x00", Now: now, Next: now.Add(24 * time.Hour)}
	var all sync.WaitGroup
	var taken atomic.Int64
	for range 8 {
		all.Go(func() {
			if _, asked := take(due); asked {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	if taken.Load() != 1 {
		t.Errorf("of eight processes %d took the first turn", taken.Load())
	}
	run := mustClaim(t, h, "one", "read")
	_, err := h.Operations.Write(ctx, run.Fence(), operation.Word{Now: now, State: operation.Done})
	must(t, err)
	early := operation.Turn{Key: due.Key, Now: due.Next.Add(-time.Millisecond), Next: due.Next.Add(time.Hour)}
	if o, asked := take(early); asked || o.ID != "" {
		t.Errorf("before its time the turn gave %+v", o)
	}
	if _, asked := take(operation.Turn{Key: "another", Now: now, Next: now.Add(time.Hour)}); !asked {
		t.Error("another key's first turn was not due")
	}
	// The key has an active operation now: the turn is taken, and the work that is under way is given.
	if o, asked := take(operation.Turn{Key: due.Key, Now: due.Next, Next: due.Next.Add(time.Hour)}); asked || o.State != operation.Queued {
		t.Errorf("a turn with work under way gave %+v", o)
	}
	if o, _ := take(operation.Turn{Key: due.Key, Now: due.Next, Next: due.Next.Add(time.Hour)}); o.ID != "" {
		t.Errorf("one turn was taken twice: %+v", o)
	}
}

func operationClaimers(t *testing.T, h harness) { ClaimOperations(t, Rounds(200), h.Operations) }

// ClaimOperations lets eight claimers, spread over the stores (handles of one database), run n operations. None may run twice,
// and none may be left.
func ClaimOperations(t *testing.T, n int, stores ...operation.Store) {
	ctx := t.Context()
	now := time.Now()
	for i := range n {
		o := operation.Operation{ID: operation.ID(fmt.Sprintf("claimed-%d", i)), Kind: "read", Key: fmt.Sprint(i), Asked: now.Add(time.Duration(i) * time.Millisecond)}
		_, _, err := stores[0].Ask(ctx, o, nil)
		must(t, err)
	}
	var mu sync.Mutex
	runs := map[operation.ID]int{}
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			st, owner := stores[k%len(stores)], fmt.Sprintf("claimer %d", k)
			for {
				o, found, err := st.Claim(ctx, operation.Claim{Owner: owner, Kinds: []string{"read"}, Now: now, Until: now.Add(time.Hour)})
				if err != nil {
					t.Error(err)
					return
				}
				if !found {
					if left, err := st.List(ctx, operation.Filter{States: []operation.State{operation.Queued}}); err != nil || len(left) > 0 {
						continue // what was about to be claimed by another
					}
					return
				}
				mu.Lock()
				runs[o.ID]++
				mu.Unlock()
				if _, err := st.Write(ctx, o.Fence(), operation.Word{Now: now, State: operation.Done}); err != nil {
					t.Errorf("%s: %v", o.ID, err)
				}
			}
		})
	}
	all.Wait()
	if len(runs) != n {
		t.Errorf("%d of %d operations ran", len(runs), n)
	}
	for id, times := range runs {
		if times != 1 {
			t.Errorf("%s ran %d times", id, times)
		}
	}
}
