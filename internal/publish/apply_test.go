package publish_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

func TestAChangeAddsAGuideAndReadsItBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	if len(c.Steps) != 2 || len(c.LeftOut) != 0 || c.Blocked() {
		t.Fatalf("plan: %+v", c)
	}
	if n := w.aws.count("update") + w.aws.count("create"); n != 0 {
		t.Fatalf("planning wrote %d times", n)
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil {
		t.Fatal(err)
	}
	if got.State != publish.Published || got.Word.Reason != "Because" || got.Word.By != ana {
		t.Errorf("change: %s, %q, %+v", got.State, got.Word.Reason, got.Word.By)
	}
	for _, id := range []instance.FlowID{inboundID, secondID} {
		if v := audit.Analyze([]byte(w.aws.live(id)), audit.Options{}).Verdict; v != audit.Wired {
			t.Errorf("%s is %s", id, v)
		}
	}
	for _, st := range got.Steps {
		want, err := w.Content(t.Context(), st.After)
		if err != nil || string(want) != w.aws.live(st.Flow) {
			t.Errorf("step %s: AWS holds other bytes than those reviewed (%v)", st.Key, err)
		}
		before, err := w.Content(t.Context(), st.Before)
		if err != nil || audit.Analyze(before, audit.Options{}).Verdict != audit.NotWired {
			t.Errorf("step %s: the content before the write is not kept (%v)", st.Key, err)
		}
		if st.Outcome.RequestID != "r-update" || st.Intent.Final != st.After || st.Intent.Live != st.Before {
			t.Errorf("step %s: intent %+v, outcome %+v", st.Key, st.Intent, st.Outcome)
		}
	}
}

func TestANewGuideIsCreatedFirstAndFilledIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	model := acw.New("aws", "us-east-1", nil)
	c := w.plan(t, publish.Request{Guide: publish.GuideChoice{Name: "After call", Model: &model}, Add: []instance.FlowID{inboundID}})
	if c.Steps[0].Kind != publish.CreateGuide || len(c.Steps[1].Fill) != 1 {
		t.Fatalf("steps: %+v", c.Steps)
	}
	reviewed, err := w.Content(t.Context(), c.Steps[1].After)
	if err != nil || !strings.Contains(string(reviewed), "00000000-0000-0000-0000-000000000000") {
		t.Fatalf("the reviewed bytes carry no placeholder (%v)", err)
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published {
		t.Fatalf("%v, %+v", err, got)
	}
	arn := got.Steps[0].Outcome.ARN
	want := strings.Replace(string(reviewed), home.ARN+"/contact-flow/00000000-0000-0000-0000-000000000000", arn, 1)
	if diff := cmp.Diff(want, w.aws.live(inboundID)); arn == "" || diff != "" {
		t.Errorf("arn %q, content (-want +got):\n%s", arn, diff)
	}
}

func TestWhatChangedSinceTheReviewIsNotOverwritten(t *testing.T) {
	t.Parallel()
	moved := strings.Replace(inbound, `"x":400`, `"x":800`, 1)
	for _, c := range []struct {
		name string
		edit func(*stored)
		want string
	}{
		{"a colleague published", func(s *stored) { s.live = strings.Replace(s.live, "Hello", "Hi", 1); s.saved = s.live }, "publish.outcome.changed"},
		{"a colleague moved a block", func(s *stored) { s.live, s.saved = moved, moved }, "publish.outcome.layout-changed"},
		{"a colleague saved a draft", func(s *stored) { s.saved = moved }, "publish.outcome.draft-changed"},
		{"the flow was archived", func(s *stored) { s.meta.State = instance.StateArchived }, "publish.outcome.archived"},
		{"the flow was renamed", func(s *stored) { s.meta.Name = "Billing" }, "publish.outcome.renamed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := w.plan(t, asIs(inboundID, secondID))
			c.edit(w.aws.flows[inboundID])
			before := *w.aws.flows[inboundID]
			got, err := w.Publish(t.Context(), change.ID, approve(change))
			if err != nil {
				t.Fatal(err)
			}
			if got.State != publish.Failed || got.Steps[0].Outcome.Message.ID != c.want || got.Steps[1].State != publish.StepSkipped {
				t.Errorf("%s: %+v", got.State, got.Steps)
			}
			if after := w.aws.flows[inboundID]; after.live != before.live || after.saved != before.saved || w.aws.count("update") != 0 {
				t.Error("the flow was written")
			}
		})
	}
}

// What is not there any more when its turn comes is said, and nothing is written: neither to it nor to what depends on it.
func TestWhatIsGoneSinceTheReviewIsNotWritten(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		r    func() publish.Request
		edit func(*aws)
		want string
	}{
		"the flow": {func() publish.Request { return asIs(inboundID, secondID) }, func(a *aws) { delete(a.flows, inboundID) }, "aws.not-found"},
		"the guide's name": {newGuide, func(a *aws) {
			a.put("aaaaaaaa-0000-4000-8000-0000000000fe", "After call", inbound)
		}, "publish.outcome.name-taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.plan(t, tt.r())
			tt.edit(w.aws)
			got, err := w.Publish(t.Context(), c.ID, approve(c))
			if err != nil || got.State != publish.Failed || got.Steps[0].Outcome.Message.ID != tt.want || got.Steps[1].State != publish.StepSkipped {
				t.Errorf("%v: %s %+v", err, got.State, got.Steps)
			}
			w.untouched()
		})
	}
}

func TestAnUnpublishedDraftLeavesTheFlowOutUnlessChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	draft := strings.Replace(inbound, "Hello", "Draft", 1)
	w.aws.flows[inboundID].saved = draft
	c := w.plan(t, asIs(inboundID))
	if len(c.Steps) != 0 || !c.LeftOut[0].Draft {
		t.Fatalf("plan: %+v", c)
	}
	r := asIs(inboundID)
	r.OverDraft = map[instance.FlowID]bool{inboundID: true}
	c = w.plan(t, r)
	if _, err := w.Publish(t.Context(), c.ID, publish.Approval{Hash: c.Hash, By: ana}); !fault.Is(err, fault.Invalid) {
		t.Fatalf("published over a draft without the tick: %v", err)
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published {
		t.Fatalf("%v, %+v", err, got)
	}
	kept, err := w.Content(t.Context(), got.Steps[0].Saved)
	if err != nil || string(kept) != draft {
		t.Errorf("the draft is not kept: %v", err)
	}
	if strings.Contains(w.aws.live(inboundID), "Draft") {
		t.Error("someone's draft was published")
	}
}

func TestApprovalIsForOnePlanOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	for name, a := range map[string]publish.Approval{
		"another hash":      {Hash: strings.Repeat("0", 64), By: ana},
		"a reason too long": {Hash: c.Hash, By: ana, Reason: strings.Repeat("x", publish.MaxReason+1)},
	} {
		if _, err := w.Publish(t.Context(), c.ID, a); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := w.Publish(t.Context(), "no-such-change", approve(c)); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown change: %v", err)
	}
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.Publish(t.Context(), c.ID, approve(c)) })
	}
	wg.Wait()
	ok := 0
	for _, err := range errs {
		if err == nil {
			ok++
		} else if !fault.Is(err, fault.Conflict) {
			t.Errorf("second press: %v", err)
		}
	}
	if ok != 1 || w.aws.count("update") != 1 {
		t.Errorf("%d publishes, %d updates", ok, w.aws.count("update"))
	}
}

var errLost = fault.New(fault.Unavailable, "aws.answer-lost")

func TestALostAnswerIsSettledByReading(t *testing.T) {
	t.Parallel()
	failOnce := func(op string) func(string) error {
		done := false
		return func(call string) error {
			if strings.HasPrefix(call, op+" ") && !done {
				done = true
				return errLost
			}
			return nil
		}
	}
	model := acw.New("aws", "us-east-1", nil)
	create := publish.Request{Guide: publish.GuideChoice{Name: "After call", Model: &model}, Add: []instance.FlowID{inboundID}}
	for _, c := range []struct {
		name          string
		request       publish.Request
		before, after string
		want          publish.State
		message       string
	}{
		{"an update that was applied counts", asIs(inboundID), "", "update", publish.Published, "publish.settled.done"},
		{"a create that was applied is adopted", create, "", "create", publish.Published, "publish.settled.done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := w.plan(t, c.request)
			if c.before != "" {
				w.aws.before = failOnce(c.before)
			}
			if c.after != "" {
				w.aws.after = failOnce(c.after)
			}
			got, err := w.Publish(t.Context(), change.ID, approve(change))
			if err != nil {
				t.Fatal(err)
			}
			if got.State != c.want || got.Steps[0].Outcome.Message.ID != c.message {
				t.Errorf("%s: %+v", got.State, got.Steps[0].Outcome)
			}
			if n := w.aws.count("update") + w.aws.count("create"); n > len(change.Steps) {
				t.Errorf("%d writes for %d steps: one was repeated", n, len(change.Steps))
			}
		})
	}
}

func TestWhatCannotBeReadBackNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	written := false
	w.aws.after = func(call string) error {
		if strings.HasPrefix(call, "update") {
			written = true
			return errLost
		}
		if written {
			return fault.New(fault.Unavailable, "aws.unreachable")
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Interrupted || got.Steps[0].State != publish.StepIntent || got.Steps[1].State != publish.StepPlanned {
		t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
	}
	if _, err := w.Observe(t.Context(), c.ID, c.Steps[0].Key); !fault.Is(err, fault.Unavailable) {
		t.Errorf("observe while AWS is away: %v", err)
	}
	w.aws.after = nil
	settleAs(t, w, got, publish.IsReviewed, publish.Paused)
	if w.aws.count("update") != 1 {
		t.Error("the write was repeated")
	}
	if got, err = w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Published || w.aws.count("update") != 2 {
		t.Errorf("the rest: %v, %s, %d updates", err, got.State, w.aws.count("update"))
	}
}

// settleAs looks at the first step and settles it by what is seen.
func settleAs(t *testing.T, w *world, c publish.Change, want publish.Is, state publish.State) {
	t.Helper()
	o, err := w.Observe(t.Context(), c.ID, c.Steps[0].Key)
	if err != nil || o.Is != want {
		t.Fatalf("observed %q: %v", o.Is, err)
	}
	if _, err := w.Settle(t.Context(), c.ID, c.Steps[0].Key, "something else", ana); !fault.Is(err, fault.Conflict) {
		t.Errorf("settled what nobody saw: %v", err)
	}
	got, err := w.Settle(t.Context(), c.ID, c.Steps[0].Key, o.Hash, ana)
	if err != nil || got.State != state || got.Steps[0].Outcome.By == nil {
		t.Fatalf("settled %s: %v: %+v", got.State, err, got.Steps)
	}
	if _, err := w.Settle(t.Context(), c.ID, c.Steps[0].Key, o.Hash, ana); !fault.Is(err, fault.Conflict) {
		t.Errorf("settled twice: %v", err)
	}
}

func TestOneChangeAtATimePerInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.plan(t, asIs(inboundID)), w.plan(t, asIs(secondID))
	inside, leave := make(chan struct{}), make(chan struct{})
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "update "+string(inboundID)) {
			close(inside)
			<-leave
		}
		return nil
	}
	done, err := w.Begin(t.Context(), first.ID, approve(first))
	if err != nil {
		t.Fatal(err)
	}
	<-inside
	other, err := w.service().Begin(t.Context(), second.ID, approve(second))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.Change(t.Context(), second.ID); err != nil || got.State != publish.Approved || w.aws.count("update") != 0 {
		t.Errorf("%v: the second is %s", err, got.State)
	}
	close(leave)
	<-done
	<-other
	for _, c := range []publish.Change{first, second} {
		if got, err := w.Change(t.Context(), c.ID); err != nil || got.State != publish.Published {
			t.Errorf("%v: %s", err, got.State)
		}
	}
}

func TestARefusalStopsTheRestAndKeepsTheServicesWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "update") {
			e := fault.New(fault.Invalid, "aws.invalid-flow")
			e.Code, e.RequestID, e.Problems = "InvalidContactFlowException", "r-9", []string{"Invalid Action property value. Path: Actions[0].Parameters"}
			return e
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Failed || got.Steps[1].State != publish.StepSkipped {
		t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
	}
	if o := got.Steps[0].Outcome; o.Code != "InvalidContactFlowException" || o.RequestID != "r-9" || len(o.Problems) != 1 {
		t.Errorf("outcome: %+v", o)
	}
}

func TestAPublishedDraftIsGoneAndALaterOneStays(t *testing.T) {
	t.Parallel()
	for _, later := range []bool{false, true} {
		w := newWorld(t)
		model := acw.New("aws", "us-east-1", nil)
		d, err := w.store.SaveDraft(t.Context(), publish.GuideDraft{Instance: home.ID, Flow: "new", Name: "After call", Model: model, By: ana, At: w.now})
		if err != nil {
			t.Fatal(err)
		}
		c := w.plan(t, publish.Request{Guide: publish.GuideChoice{Name: d.Name, Model: &d.Model, Draft: &publish.DraftRef{Flow: "new", Rev: d.Rev}}})
		if later {
			if _, err := w.store.SaveDraft(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Published {
			t.Fatalf("%v, %s", err, got.State)
		}
		if _, there, err := w.store.Draft(t.Context(), home.ID, "new"); err != nil || there != later {
			t.Errorf("saved anew %t: draft there %t (%v)", later, there, err)
		}
	}
}

func TestTheReadBackAllowsWhatTheServiceMayRewrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		rewrite func(string) string
		want    publish.State
	}{
		{"white space", func(s string) string { return strings.ReplaceAll(s, `":`, `": `) }, publish.Published},
		{"more metadata", func(s string) string {
			return strings.Replace(s, `"Metadata":{`, `"Metadata":{"snapToGrid":false,`, 1)
		}, publish.Published},
		{"lost metadata", func(s string) string { return strings.Replace(s, `"x":400`, `"x":401`, 1) }, publish.Partly},
		{"a number written otherwise", func(s string) string { return strings.Replace(s, `"x":400`, `"x":4.0e2`, 1) }, publish.Published},
		{"a longer number", func(s string) string { return strings.Replace(s, `"x":400`, `"x":400.00000000000000000001`, 1) }, publish.Partly},
		{"another text", func(s string) string { return strings.Replace(s, "Hello", "Bye", 1) }, publish.Partly},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := w.plan(t, asIs(inboundID))
			w.aws.after = func(call string) error {
				if strings.HasPrefix(call, "update") {
					w.aws.mu.Lock()
					defer w.aws.mu.Unlock()
					w.aws.flows[inboundID].live = c.rewrite(w.aws.flows[inboundID].live)
				}
				return nil
			}
			got, err := w.Publish(t.Context(), change.ID, approve(change))
			if err != nil || got.State != c.want {
				t.Errorf("%v, %s: %+v", err, got.State, got.Steps[0].Outcome)
			}
		})
	}
}

func TestAnApplyOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	ctx, cancel := contextWithCancel(t)
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "update") {
			cancel() // the browser goes away in the middle
		}
		return nil
	}
	done, err := w.Begin(ctx, c.ID, approve(c))
	if err != nil {
		t.Fatal(err)
	}
	<-done
	w.ends(c, publish.Published)
}
