package publish_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

var bob = publish.Actor{ID: "p2", Name: "Bob"}

// clock stands still until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
}

// ruled is a world whose time is a clock's, under these rules.
func ruled(t *testing.T, now string, r publish.Rules, set ...func(*publish.Options)) (*world, *clock) {
	t.Helper()
	w, c := newWorld(t), &clock{now: utc(t, now)}
	w.Service = w.service(append(set, func(o *publish.Options) { o.Now = c.Now })...)
	if _, err := w.SetRules(t.Context(), home.ID, r, ana); err != nil {
		t.Fatal(err)
	}
	return w, c
}

func isRefused(t *testing.T, err error, kind fault.Kind, id string) {
	t.Helper()
	if f := fault.From(err); f == nil || f.Kind != kind || f.Message.ID != id {
		t.Errorf("error is %v, want %s %q", err, kind, id)
	}
}

// untouched checks that nothing was written.
func (w *world) untouched() {
	w.t.Helper()
	if n := w.aws.count("update") + w.aws.count("create"); n > 0 {
		w.t.Errorf("%d writes", n)
	}
}

// says checks why an approval fell, and which flows it names.
func says(t *testing.T, c publish.Change, id string, flows string) {
	t.Helper()
	if c.Fell == nil || c.Fell.Why.ID != id || c.Fell.Why.Args["Flows"] != flows {
		t.Errorf("fallen because of %+v, want %s of %s", c.Fell, id, flows)
	}
}

const morning = "2026-03-05T08:00:00Z"

func (w *world) proposed(c publish.Change, edit ...func(*publish.Approval)) publish.Change {
	w.t.Helper()
	a := approve(c)
	for _, f := range edit {
		f(&a)
	}
	if err := w.Propose(w.t.Context(), c.ID, a); err != nil {
		w.t.Fatal(err)
	}
	got, err := w.Change(w.t.Context(), c.ID)
	if err != nil || got.State != publish.Proposed {
		w.t.Fatalf("proposed, it is %s, %v", got.State, err)
	}
	return got
}

// second is the other publisher's word.
func second(c publish.Change) publish.Approval {
	a := approve(c)
	a.By, a.Reason = bob, "Looks right"
	return a
}

func TestTwoPeoplePublish(t *testing.T) {
	t.Parallel()
	w, _ := ruled(t, morning, publish.Rules{TwoPersons: true})
	c := w.plan(t, asIs(inboundID, secondID))
	_, err := w.Publish(t.Context(), c.ID, approve(c))
	isRefused(t, err, fault.Conflict, "publish.needs-two")
	c = w.proposed(c, func(a *publish.Approval) { a.Mode = publish.GoOn })
	w.untouched()
	_, err = w.Publish(t.Context(), c.ID, approve(c))
	isRefused(t, err, fault.Conflict, "publish.own-proposal")
	own := approve(c)
	own.BreakGlass = true
	_, err = w.Publish(t.Context(), c.ID, own)
	isRefused(t, err, fault.Conflict, "publish.own-proposal")
	w.untouched()
	got, err := w.Publish(t.Context(), c.ID, second(c))
	if err != nil || got.State != publish.Published {
		t.Fatalf("%v: %s", err, got.State)
	}
	if got.Word.By != bob || got.Word.Mode != publish.GoOn || got.Proposal == nil || got.Proposal.By != ana || got.Proposal.Reason != "Because" || got.Word.BreakGlass {
		t.Errorf("published on the word %+v, proposed %+v", got.Word, got.Proposal)
	}
}

// A publisher who won't approve says so, and why; what was refused can be planned anew, proposed anew or given up.
func TestAProposalIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	w, _ := ruled(t, morning, publish.Rules{TwoPersons: true})
	c := w.proposed(w.plan(t, asIs(inboundID)))
	isRefused(t, w.Refuse(t.Context(), c.ID, c.Seen(), " \n", bob), fault.Invalid, "publish.refuse-reason")
	isRefused(t, w.Refuse(t.Context(), c.ID, c.Seen(), strings.Repeat("é", publish.MaxReason+1), bob), fault.Invalid, "publish.reason-too-long")
	isRefused(t, w.Refuse(t.Context(), c.ID, c.Seen(), "Mine", ana), fault.Conflict, "publish.refuse-own")
	if got, err := w.Change(t.Context(), c.ID); err != nil || got.State != publish.Proposed || got.Fell != nil {
		t.Fatalf("%v: %s", err, got.State)
	}
	if err := w.Refuse(t.Context(), c.ID, c.Seen(), strings.Repeat("é", publish.MaxReason), bob); err != nil {
		t.Fatal(err)
	}
	got, err := w.Change(t.Context(), c.ID)
	if err != nil || got.State != publish.Planned || got.Proposal != nil {
		t.Fatalf("%v: %s", err, got.State)
	}
	says(t, got, "publish.fallen.refused", "")
	if a := got.Fell.Why.Args; a["Name"] != "Bob" || a["Reason"] != strings.Repeat("é", publish.MaxReason) {
		t.Errorf("it says %v", a)
	}
	a := second(c)
	a.Seen = c.Seen()
	_, err = w.Publish(t.Context(), c.ID, a)
	isRefused(t, err, fault.Conflict, "publish.started")
	isRefused(t, w.Refuse(t.Context(), c.ID, c.Seen(), "Once more", bob), fault.Conflict, "publish.not-open")
	if again, err := w.Again(t.Context(), c.ID, publish.AgainRequest{By: ana}); err != nil || again.Continues != c.ID || len(again.Steps) != 1 {
		t.Errorf("planned anew: %v, %v", err, keys(again))
	}
	w.proposed(got)
	w.untouched()
}

func TestAnApprovalNeedsWhatAWordNeeds(t *testing.T) {
	t.Parallel()
	w, _ := ruled(t, morning, publish.Rules{TwoPersons: true})
	w.aws.flows[inboundID].saved = strings.Replace(inbound, "Hello", "A draft", 1)
	r := asIs(inboundID)
	r.OverDraft = map[instance.FlowID]bool{inboundID: true}
	c := w.plan(t, r)
	for name, tt := range map[string]struct {
		edit func(*publish.Approval)
		kind fault.Kind
		want string
	}{
		"another plan":         {func(a *publish.Approval) { a.Hash = "x" }, fault.Conflict, "publish.stale-hash"},
		"no tick":              {func(a *publish.Approval) { a.Confirmed = nil }, fault.Invalid, "publish.unconfirmed"},
		"too long a reason":    {func(a *publish.Approval) { a.Reason = strings.Repeat("x", publish.MaxReason+1) }, fault.Invalid, "publish.reason-too-long"},
		"a mode nobody offers": {func(a *publish.Approval) { a.Mode = "x" }, fault.Invalid, "publish.no-such-mode"},
		"another state":        {func(a *publish.Approval) { a.Seen = publish.Seen{State: publish.Paused} }, fault.Conflict, "publish.started"},
	} {
		a := approve(c)
		tt.edit(&a)
		isRefused(t, w.Propose(t.Context(), c.ID, a), tt.kind, tt.want)
		p := w.proposed(c)
		a = second(p)
		tt.edit(&a)
		_, err := w.Publish(t.Context(), c.ID, a)
		t.Run(name, func(t *testing.T) { isRefused(t, err, tt.kind, tt.want) })
		must(t, w.Withdraw(t.Context(), c.ID, p.Seen(), bob))
	}
	w.untouched()
}

func TestAProposalOfAFlowThatChangedIsNotApproved(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*stored){
		"the live content": func(f *stored) { f.live = strings.Replace(f.live, "Hello", "Good day", 1); f.saved = f.live },
		"only the layout":  func(f *stored) { f.live = strings.Replace(f.live, `"x":400`, `"x":480`, 1); f.saved = f.live },
		"a draft":          func(f *stored) { f.saved = strings.Replace(f.live, "Hello", "Good day", 1) },
		"the name":         func(f *stored) { f.meta.Name = "Billing" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := ruled(t, morning, publish.Rules{TwoPersons: true})
			c := w.proposed(w.plan(t, asIs(inboundID, secondID)))
			edit(w.aws.flows[inboundID])
			_, err := w.Publish(t.Context(), c.ID, second(c))
			isRefused(t, err, fault.Conflict, "publish.fallen.changed")
			if flows := fault.From(err).Message.Args["Flows"]; flows != "Sales" {
				t.Errorf("it names %q", flows)
			}
			w.untouched()
			got, err := w.Change(t.Context(), c.ID)
			if err != nil || got.State != publish.Planned || got.Proposal != nil || got.Word.By.ID != "" {
				t.Fatalf("%v: %s, proposed %+v", err, got.State, got.Proposal)
			}
			says(t, got, "publish.fallen.changed", "Sales")
			if !got.OutOfDate() {
				t.Error("it is not out of date")
			}
			a := second(c)
			a.Seen = c.Seen()
			_, err = w.Publish(t.Context(), c.ID, a)
			isRefused(t, err, fault.Conflict, "publish.started")
		})
	}
}

// A flow that was put on the do-not-touch list meanwhile: the rules come before the word of the second publisher.
func TestAProposalOfAFlowThatNobodyIsToTouchAnyMoreFalls(t *testing.T) {
	t.Parallel()
	w, _ := ruled(t, morning, publish.Rules{TwoPersons: true})
	c := w.proposed(w.plan(t, asIs(inboundID, secondID)))
	if err := w.SetUntouched(t.Context(), home.ID, secondID, true, ana); err != nil {
		t.Fatal(err)
	}
	_, err := w.Publish(t.Context(), c.ID, approve(c))
	isRefused(t, err, fault.Conflict, "publish.own-proposal") // who proposed it has no second word, and fells nothing
	_, err = w.Publish(t.Context(), c.ID, second(c))
	isRefused(t, err, fault.Conflict, "publish.untouched")
	w.untouched()
	got, err := w.Change(t.Context(), c.ID)
	if err != nil || got.State != publish.Planned || got.Proposal != nil || !got.OutOfDate() {
		t.Fatalf("%v: %s, proposed %+v", err, got.State, got.Proposal)
	}
	says(t, got, "publish.untouched", "Billing")
}

func TestAGlassIsBrokenWithAReason(t *testing.T) {
	t.Parallel()
	closed := []publish.Window{daily(22*hour, 23*hour)}
	for name, tt := range map[string]struct {
		r      publish.Rules
		edit   func(*publish.Approval)
		want   string // "": published
		broken bool
	}{
		"alone":                          {publish.Rules{TwoPersons: true}, func(a *publish.Approval) { a.BreakGlass = true }, "", true},
		"outside the windows":            {publish.Rules{Windows: closed}, func(a *publish.Approval) { a.BreakGlass = true }, "", true},
		"both":                           {publish.Rules{Production: true, Windows: closed}, func(a *publish.Approval) { a.BreakGlass = true }, "", true},
		"where there is none":            {publish.Rules{}, func(a *publish.Approval) { a.BreakGlass = true }, "", false},
		"alone, without a reason":        {publish.Rules{TwoPersons: true}, func(a *publish.Approval) { a.BreakGlass, a.Reason = true, " \t" }, "publish.glass-reason", false},
		"alone, without a tick":          {publish.Rules{TwoPersons: true}, func(*publish.Approval) {}, "publish.needs-two", false},
		"outside, without a reason":      {publish.Rules{Windows: closed}, func(a *publish.Approval) { a.BreakGlass, a.Reason = true, "" }, "publish.glass-reason", false},
		"outside, without a tick":        {publish.Rules{Windows: closed}, func(*publish.Approval) {}, "publish.window-closed", false},
		"in production, without a tick":  {publish.Rules{Production: true}, func(*publish.Approval) {}, "publish.needs-two", false},
		"a flow that nobody is to touch": {publish.Rules{DoNotTouch: []instance.FlowID{inboundID}}, func(a *publish.Approval) { a.BreakGlass = true }, "publish.untouched", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := ruled(t, morning, publish.Rules{})
			c := w.plan(t, asIs(inboundID))
			tt.r.Rev = 1
			if _, err := w.SetRules(t.Context(), home.ID, tt.r, ana); err != nil {
				t.Fatal(err)
			}
			a := approve(c)
			tt.edit(&a)
			got, err := w.Publish(t.Context(), c.ID, a)
			if tt.want != "" {
				if f := fault.From(err); f == nil || f.Message.ID != tt.want {
					t.Fatalf("%v, want %s", err, tt.want)
				}
				w.untouched()
				return
			}
			if err != nil || got.State != publish.Published || got.Word.BreakGlass != tt.broken {
				t.Errorf("%v: %s, %+v", err, got.State, got.Word)
			}
		})
	}
}

// later approves a change for that time, and has it due then.
func (w *world) later(c publish.Change, at string) publish.Change {
	w.t.Helper()
	a := approve(c)
	a.NotBefore = utc(w.t, at)
	got, err := w.Publish(w.t.Context(), c.ID, a)
	if err != nil || got.State != publish.Approved || !got.Word.NotBefore.Equal(a.NotBefore) {
		w.t.Fatalf("%v: %s, %+v", err, got.State, got.Word)
	}
	return got
}

func (w *world) takeUp() {
	w.t.Helper()
	if err := w.TakeUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestAtItsTimeAChangeIsCheckedWhole(t *testing.T) {
	t.Parallel()
	all := publish.Rules{}
	fresh := func(t *testing.T, w *world) publish.Request {
		g := w.lifted(t, wrapID)
		return publish.Request{Guide: publish.GuideChoice{Name: "New guide", Model: &g}, Add: []instance.FlowID{inboundID}}
	}
	for name, tt := range map[string]struct {
		request   func(*testing.T, *world) publish.Request
		meanwhile func(*testing.T, *world)
		why       string // "": published
		flows     string
	}{
		"nothing happened": {nil, func(*testing.T, *world) {}, "", ""},
		"the last flow changed": {nil, func(_ *testing.T, w *world) {
			w.outside(secondID, "Billing", "Bills")
		}, "publish.fallen.changed", "Billing"},
		"both changed": {nil, func(_ *testing.T, w *world) {
			w.outside(inboundID, "Hello", "Hi")
			w.outside(secondID, "Billing", "Bills")
		}, "publish.fallen.changed", "Sales, Billing"},
		"a flow was deleted":  {nil, func(_ *testing.T, w *world) { delete(w.aws.flows, secondID) }, "publish.fallen.changed", "Billing"},
		"a flow was archived": {nil, func(_ *testing.T, w *world) { w.aws.flows[secondID].meta.State = instance.StateArchived }, "publish.fallen.changed", "Billing"},
		"a flow was renamed":  {nil, func(_ *testing.T, w *world) { w.aws.flows[secondID].meta.Name = "Sales" }, "publish.fallen.changed", "Billing"},
		"the name was taken": {fresh, func(_ *testing.T, w *world) {
			w.aws.put("aaaaaaaa-0000-4000-8000-0000000000fe", "New guide", inbound)
		}, "publish.outcome.name-taken", ""},
		"the view is gone": {fresh, func(_ *testing.T, w *world) { w.aws.view = fault.New(fault.NotFound, "aws.not-found") }, "publish.check.view-missing", ""},
		"a flow is not to be touched any more": {nil, func(t *testing.T, w *world) {
			_, err := w.SetRules(t.Context(), home.ID, publish.Rules{Rev: 1, DoNotTouch: []instance.FlowID{secondID}}, ana)
			must(t, err)
		}, "publish.untouched", "Billing"},
		"two people publish by now": {nil, func(t *testing.T, w *world) {
			_, err := w.SetRules(t.Context(), home.ID, publish.Rules{Rev: 1, TwoPersons: true}, ana)
			must(t, err)
		}, "publish.fallen.needs-two", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clk := ruled(t, morning, all)
			r := asIs(inboundID, secondID)
			if tt.request != nil {
				r = tt.request(t, w)
			}
			c := w.later(w.plan(t, r), "2026-03-05T22:00:00Z")
			clk.set(utc(t, "2026-03-05T21:59:59Z"))
			w.takeUp()
			w.untouched()
			tt.meanwhile(t, w)
			clk.set(utc(t, "2026-03-05T22:00:00Z"))
			w.takeUp()
			if tt.why == "" {
				w.ends(c, publish.Published)
				return
			}
			got := w.ends(c, publish.Planned)
			says(t, got, tt.why, tt.flows)
			if got.Word != (publish.Word{}) {
				t.Errorf("approved still: %+v", got.Word)
			}
			w.untouched()
		})
	}
}

func TestWhoMayNotPublishAnyMoreTakesTheApprovalAlong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ who, want string }{
		"nobody": {"", ""}, "who approved": {bob.ID, bob.Name}, "who proposed": {ana.ID, ana.Name},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var gone string
			var mu sync.Mutex
			w, clk := ruled(t, morning, publish.Rules{TwoPersons: true}, func(o *publish.Options) {
				o.MayPublish = func(_ context.Context, id string) (bool, error) {
					mu.Lock()
					defer mu.Unlock()
					return id != gone, nil
				}
			})
			at := utc(t, "2026-03-05T22:00:00Z")
			c := w.proposed(w.plan(t, asIs(inboundID)), func(a *publish.Approval) { a.NotBefore = at })
			got, err := w.Publish(t.Context(), c.ID, second(c))
			if err != nil || got.State != publish.Approved || !got.Word.NotBefore.Equal(at) {
				t.Fatalf("%v: %s, %+v", err, got.State, got.Word)
			}
			mu.Lock()
			gone = tt.who
			mu.Unlock()
			clk.set(at)
			w.takeUp()
			if tt.who == "" {
				w.ends(c, publish.Published)
				return
			}
			got = w.ends(c, publish.Planned)
			if got.Fell == nil || got.Fell.Why.ID != "publish.fallen.role" || got.Fell.Why.Args["Name"] != tt.want {
				t.Errorf("fallen because of %+v", got.Fell)
			}
			w.untouched()
		})
	}
}

// A change of many flows takes a while: who loses the role meanwhile publishes none of the rest.
func TestWhoLosesTheRoleWhileAChangeRunsPublishesNoMore(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	w, _ := ruled(t, morning, publish.Rules{}, func(o *publish.Options) {
		o.MayPublish = func(context.Context, string) (bool, error) { return !gone.Load(), nil }
	})
	w.aws.after = func(call string) error { gone.Store(gone.Load() || isUpdate(call)); return nil }
	c := w.plan(t, asIs(inboundID, secondID))
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Paused || w.aws.count("update") != 1 {
		t.Fatalf("%v: %s %v", err, got.State, states(got))
	}
	if got.Fell == nil || got.Fell.Why.ID != "publish.fallen.role" {
		t.Errorf("fallen because of %+v", got.Fell)
	}
}

func TestWhereItCannotBeToldWhoMayPublishNothingIsWritten(t *testing.T) {
	t.Parallel()
	w, _ := ruled(t, morning, publish.Rules{}, func(o *publish.Options) {
		o.MayPublish = func(context.Context, string) (bool, error) { return false, errors.New("the database is gone") }
	})
	c := w.plan(t, asIs(inboundID))
	ctx, cancel := contextWithCancel(t)
	done, err := w.Begin(ctx, c.ID, approve(c))
	if err != nil {
		t.Fatal(err)
	}
	w.ends(c, publish.Running)
	cancel()
	<-done
	w.untouched()
}

// A change that takes longer than the window is open stops between two steps, and goes on by itself.
func TestARunGoesOnInTheNextWindow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		zone           string
		w              publish.Window
		now, closed    string // the first update goes on until closed
		until, reopens string
	}{
		"the next night": {"", daily(22*hour, 23*hour), "2026-03-05T22:59:00Z", "2026-03-05T23:00:00Z", "2026-03-06T22:00:00Z", "2026-03-06T22:10:00Z"},
		"over the spring in Berlin": {berlin, on(22*hour, 2*hour, time.Saturday), "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z",
			"2026-04-04T20:00:00Z", "2026-04-04T20:00:00Z"},
		"between the two hours in Berlin": {berlin, daily(hour, 2*hour+30), "2025-10-26T00:20:00Z", "2025-10-26T00:30:00Z",
			"2025-10-26T01:00:00Z", "2025-10-26T01:15:00Z"},
		"over the spring in New York": {newYork, daily(hour, 3*hour), "2026-03-08T06:59:00Z", "2026-03-08T07:00:00Z",
			"2026-03-09T05:00:00Z", "2026-03-09T05:00:00Z"},
		"over the autumn in New York": {newYork, daily(hour, 2*hour), "2025-11-02T06:59:00Z", "2025-11-02T07:00:00Z",
			"2025-11-03T06:00:00Z", "2025-11-03T06:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clk := ruled(t, tt.now, publish.Rules{Zone: tt.zone, Windows: []publish.Window{tt.w}})
			c := w.plan(t, asIs(inboundID, secondID))
			w.aws.before = at(1, func() { clk.set(utc(t, tt.closed)) })
			got, err := w.Publish(t.Context(), c.ID, approve(c))
			if err != nil || got.State != publish.Approved || !got.Word.NotBefore.Equal(utc(t, tt.until)) || got.Stopped != nil {
				t.Fatalf("%v: %s until %s", err, got.State, got.Word.NotBefore)
			}
			if s := states(got); s[0] != publish.StepDone || s[1] != publish.StepPlanned {
				t.Fatalf("the steps are %v", s)
			}
			clk.set(utc(t, tt.until).Add(-time.Second))
			w.takeUp()
			if n := w.aws.count("update"); n != 1 {
				t.Fatalf("%d updates while the windows are closed", n)
			}
			clk.set(utc(t, tt.reopens))
			w.takeUp()
			if got := w.ends(c, publish.Published); got.Runs != 2 || w.aws.count("update") != 2 {
				t.Errorf("%d runs, %d updates", got.Runs, w.aws.count("update"))
			}
		})
	}
}

func TestWhatWaitsForItsWindowCanBeStopped(t *testing.T) {
	t.Parallel()
	w, clk := ruled(t, "2026-03-05T22:59:00Z", publish.Rules{Windows: []publish.Window{daily(22*hour, 23*hour)}})
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.before = at(1, func() { clk.set(utc(t, "2026-03-05T23:00:00Z")) })
	if got, err := w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Approved {
		t.Fatalf("%v: %s", err, got.State)
	}
	must(t, w.Stop(t.Context(), c.ID, bob))
	clk.set(utc(t, "2026-03-06T22:30:00Z"))
	w.takeUp()
	got := w.ends(c, publish.Paused)
	if w.aws.count("update") != 1 || got.Stopped == nil || *got.Stopped != bob {
		t.Errorf("%d updates, stopped by %v", w.aws.count("update"), got.Stopped)
	}
}

// A window that was shut after the approval holds back what comes due inside it.
func TestAChangeThatComesDueWhileTheWindowsAreClosedWaits(t *testing.T) {
	t.Parallel()
	w, clk := ruled(t, morning, publish.Rules{})
	c := w.later(w.plan(t, asIs(inboundID)), "2026-03-05T22:00:00Z")
	if _, err := w.SetRules(t.Context(), home.ID, publish.Rules{Rev: 1, Windows: []publish.Window{daily(hour, 2*hour)}}, ana); err != nil {
		t.Fatal(err)
	}
	clk.set(utc(t, "2026-03-05T22:00:00Z"))
	w.takeUp()
	for got := c; !got.Word.NotBefore.Equal(utc(t, "2026-03-06T01:00:00Z")); {
		var err error
		if got, err = w.Change(t.Context(), c.ID); err != nil || got.State != publish.Approved && got.State != publish.Running {
			t.Fatalf("%v: %s", err, got.State)
		}
	}
	got := w.ends(c, publish.Approved)
	w.untouched()
	must(t, w.Stop(t.Context(), c.ID, bob))
	if got = w.ends(c, publish.Planned); got.Word != (publish.Word{}) {
		t.Errorf("%+v", got.Word)
	}
}

// A clock that jumps does no harm: back, what was due waits again; forward, it is published once, and checked like any other.
func TestAClockThatJumpsDoesNoHarm(t *testing.T) {
	t.Parallel()
	w, clk := ruled(t, morning, publish.Rules{})
	c := w.later(w.plan(t, asIs(inboundID)), "2026-03-05T22:00:00Z")
	clk.set(utc(t, "2026-01-01T00:00:00Z"))
	w.takeUp()
	w.untouched()
	clk.set(utc(t, "2026-06-01T00:00:00Z"))
	w.takeUp()
	w.ends(c, publish.Published)
	clk.set(utc(t, "2026-03-05T22:00:00Z"))
	w.takeUp()
	if n := w.aws.count("update"); n != 1 {
		t.Errorf("%d updates", n)
	}

	other := w.later(w.plan(t, asIs(secondID)), "2026-03-07T22:00:00Z")
	w.aws.before = func(call string) error { // while its flows are compared
		if call == "describe "+string(secondID) {
			clk.set(utc(t, "2026-03-01T00:00:00Z"))
		}
		return nil
	}
	clk.set(other.Word.NotBefore)
	w.takeUp()
	if got := w.ends(other, publish.Published); !got.Finished.Before(got.Word.NotBefore) {
		t.Errorf("finished at %s", got.Finished)
	}
}

func TestATimeThatIsNotOpenIsRefused(t *testing.T) {
	t.Parallel()
	w, _ := ruled(t, morning, publish.Rules{Windows: []publish.Window{daily(22*hour, 23*hour)}})
	c := w.plan(t, asIs(inboundID))
	for at, want := range map[string]string{
		"2026-03-05T21:59:00Z": "publish.at-closed", "2026-03-05T23:00:00Z": "publish.at-closed", "2026-06-05T22:30:00Z": "rules.at-far",
	} {
		a := approve(c)
		a.NotBefore = utc(t, at)
		_, err := w.Publish(t.Context(), c.ID, a)
		isRefused(t, err, fault.Invalid, want)
		isRefused(t, w.Propose(t.Context(), c.ID, a), fault.Invalid, want)
	}
	a := approve(c)
	a.NotBefore, a.BreakGlass = utc(t, "2026-06-05T23:30:00Z"), true
	_, err := w.Publish(t.Context(), c.ID, a)
	isRefused(t, err, fault.Invalid, "rules.at-far")
	w.untouched()
	if got, err := w.Change(t.Context(), c.ID); err != nil || got.State != publish.Planned {
		t.Errorf("%v: %s", err, got.State)
	}
}

func TestAProposalIsApprovedForTheNextOpening(t *testing.T) {
	t.Parallel()
	w, clk := ruled(t, "2026-03-05T22:30:00Z", publish.Rules{TwoPersons: true, Windows: []publish.Window{daily(22*hour, 23*hour)}})
	c := w.proposed(w.plan(t, asIs(inboundID)))
	clk.set(utc(t, "2026-03-05T23:30:00Z"))
	got, err := w.Publish(t.Context(), c.ID, second(c))
	if err != nil || got.State != publish.Approved || !got.Word.NotBefore.Equal(utc(t, "2026-03-06T22:00:00Z")) {
		t.Fatalf("%v: %s, %+v", err, got.State, got.Word)
	}
	w.untouched()
	clk.set(utc(t, "2026-03-06T22:00:00Z"))
	w.takeUp()
	w.ends(c, publish.Published)
}
