package publish_test

import (
	"slices"
	"strings"
	"testing"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// theirs is the flow as a colleague published it meanwhile: another greeting.
var theirs = strings.Replace(inbound, `"Hello"`, `"Good morning"`, 1)

// moved is the flow with one block somewhere else.
var moved = strings.Replace(inbound, `"x":400`, `"x":480`, 1)

// edits publishes content in a flow from outside.
func (a *aws) edits(id instance.FlowID, content string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.flows[id].live, a.flows[id].saved = content, content
}

func (a *aws) saves(id instance.FlowID, content string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.flows[id].saved = content
}

// stopped is a change whose first step met what edit did, after the plan was made.
func (w *world) stopped(t *testing.T, r publish.Request, edit func(*aws)) publish.Change {
	t.Helper()
	c := w.plan(t, r)
	edit(w.aws)
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State.Ended() && got.State != publish.Failed && got.State != publish.Partly {
		t.Fatalf("%v: %s", err, got.State)
	}
	return got
}

func (w *world) again(t *testing.T, c publish.Change, keys ...string) publish.Change {
	t.Helper()
	n, err := w.Again(t.Context(), c.ID, publish.AgainRequest{Steps: keys, By: ana})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func key(id instance.FlowID) string { return "flow:" + string(id) }

func TestWhatStoodInTheWayIsKept(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		edit        func(*aws)
		message     string
		live, saved string
		layout      bool
	}{
		"another content": {func(a *aws) { a.edits(inboundID, theirs) }, "publish.outcome.changed", theirs, theirs, false},
		"another layout":  {func(a *aws) { a.edits(inboundID, moved) }, "publish.outcome.layout-changed", moved, moved, true},
		"a draft":         {func(a *aws) { a.saves(inboundID, theirs) }, "publish.outcome.draft-changed", inbound, theirs, false},
		"a layout, and a draft": {func(a *aws) { a.edits(inboundID, moved); a.saves(inboundID, theirs) },
			"publish.outcome.layout-changed", moved, theirs, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got := w.stopped(t, asIs(inboundID, secondID), tt.edit)
			o := got.Steps[0].Outcome
			if want := (publish.Found{Live: flow.Hash([]byte(tt.live)), Saved: flow.Hash([]byte(tt.saved)), Layout: tt.layout}); o.Found != want || o.Message.ID != tt.message {
				t.Errorf("found %+v, want %+v: %s", o.Found, want, o.Message.ID)
			}
			for _, h := range []string{o.Found.Live, o.Found.Saved} {
				if b, err := w.Content(t.Context(), h); err != nil || string(b) != tt.live && string(b) != tt.saved {
					t.Errorf("what was found is not kept: %v", err)
				}
			}
			if w.aws.count("update") != 0 || got.Steps[1].State != publish.StepSkipped || got.Steps[1].Outcome.Found != (publish.Found{}) {
				t.Errorf("%d updates; %+v", w.aws.count("update"), got.Steps[1].Outcome)
			}
		})
	}
	t.Run("an archived flow is as it was reviewed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		got := w.stopped(t, asIs(inboundID), func(a *aws) { a.flows[inboundID].meta.State = instance.StateArchived })
		if o := got.Steps[0].Outcome; o.Found != (publish.Found{}) || o.Message.ID != "publish.outcome.archived" {
			t.Errorf("%+v", o)
		}
	})
}

func TestAConflictIsReadInThreeContents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.stopped(t, asIs(inboundID, secondID), func(a *aws) { a.edits(inboundID, theirs) })
	get := func(id instance.FlowID) publish.Conflict {
		t.Helper()
		f, err := w.Conflict(t.Context(), c.ID, key(id))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := get(inboundID)
	yours, err := w.Content(t.Context(), c.Steps[0].After)
	if err != nil || string(f.Reviewed) != inbound || string(f.Now) != theirs || string(f.Yours) != string(yours) || f.Saved != nil || f.Layout || f.Same || f.Why != nil {
		t.Errorf("%v: %+v", err, f)
	}
	w.aws.edits(inboundID, moved)
	w.aws.saves(inboundID, theirs)
	w.aws.flows[inboundID].meta.Name = "Sales (new)"
	if f := get(inboundID); string(f.Now) != moved || string(f.Saved) != theirs || !f.Layout || f.Name != "Sales (new)" {
		t.Errorf("%+v", f)
	}
	if f := get(secondID); !f.Same || f.Layout || f.Written {
		t.Errorf("a flow that was only skipped: %+v", f)
	}
	w.aws.edits(inboundID, string(yours))
	if f := get(inboundID); !f.Written || f.Same {
		t.Errorf("written by somebody: %+v", f)
	}
	w.aws.before = func(string) error { return fault.New(fault.Unavailable, "aws.unavailable") }
	if f := get(inboundID); f.Why == nil || string(f.Now) != theirs || f.Saved != nil {
		t.Errorf("without an answer: %+v", f)
	}
	if f := get(secondID); f.Why == nil || !f.Same {
		t.Errorf("without an answer, of a flow never tried: %+v", f)
	}
	w.aws.before = nil
	delete(w.aws.flows, inboundID)
	if f := get(inboundID); !f.Gone || f.Now != nil || f.Same || f.Layout || f.Written {
		t.Errorf("deleted: %+v", f)
	}
	for key, want := range map[string]fault.Kind{"flow:other": fault.NotFound, "": fault.NotFound} {
		if _, err := w.Conflict(t.Context(), c.ID, key); !fault.Is(err, want) {
			t.Errorf("%q: %v", key, err)
		}
	}
	done := w.publish(t, asIs(secondID))
	if _, err := w.Conflict(t.Context(), done.ID, key(secondID)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a step that is done: %v", err)
	}
}

func TestAFlowIsPlannedAnewOnWhatIsThereNow(t *testing.T) {
	t.Parallel()
	for name, edited := range map[string]string{"another content": theirs, "another layout": moved} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.stopped(t, asIs(inboundID, secondID), func(a *aws) { a.edits(inboundID, edited) })
			n := w.again(t, c, key(inboundID))
			if n.Continues != c.ID || n.Hash == c.Hash || len(n.Steps) != 1 || n.Steps[0].Before != flow.Hash([]byte(edited)) || n.Asked.Guide != "as:"+string(wrapID) {
				t.Fatalf("%+v", n)
			}
			if kept, err := w.Change(t.Context(), n.ID); err != nil || kept.Continues != c.ID {
				t.Errorf("it is kept as one that continues %q: %v", kept.Continues, err)
			}
			found, total, err := w.Changes(t.Context(), publish.Filter{Instance: home.ID, Continues: c.ID})
			if err != nil || total != 1 || found[0].ID != n.ID {
				t.Errorf("%d changes continue it: %v", total, err)
			}
			if was, err := w.Change(t.Context(), c.ID); err != nil || was.State != publish.Failed || was.Continues != "" {
				t.Errorf("the former change is %s: %v", was.State, err)
			}
			got, err := w.Publish(t.Context(), n.ID, approve(n))
			if err != nil || got.State != publish.Published || !strings.Contains(w.aws.live(inboundID), string(wrapID)) {
				t.Fatalf("%v: %s", err, got.State)
			}
			if edited == theirs && !strings.Contains(w.aws.live(inboundID), "Good morning") {
				t.Error("the colleague's change is lost")
			}
			rest := w.again(t, c, key(secondID)) // without the one that was in the way
			if got, err := w.Publish(t.Context(), rest.ID, approve(rest)); err != nil || got.State != publish.Published || w.aws.count("update") != 2 {
				t.Errorf("%v: %s after %d updates", err, got.State, w.aws.count("update"))
			}
		})
	}
	t.Run("all that were not written", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.aws.put(thirdID, "Support", inbound)
		c := w.stopped(t, asIs(inboundID, secondID, thirdID), func(a *aws) { a.edits(secondID, theirs) })
		if c.State != publish.Partly {
			t.Fatal(c.State)
		}
		n := w.again(t, c)
		if got := []string{n.Steps[0].Key, n.Steps[1].Key}; !slices.Equal(got, []string{key(secondID), key(thirdID)}) || len(n.Steps) != 2 {
			t.Errorf("%q", got)
		}
	})
	t.Run("taking the guide out", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.publish(t, asIs(inboundID))
		wired := w.aws.live(inboundID)
		c := w.stopped(t, publish.Request{Remove: []instance.FlowID{inboundID}}, func(a *aws) { a.edits(inboundID, strings.Replace(wired, `"Hello"`, `"Good morning"`, 1)) })
		n := w.again(t, c)
		if got, err := w.Publish(t.Context(), n.ID, approve(n)); err != nil || got.State != publish.Published || w.aws.live(inboundID) != theirs {
			t.Errorf("%v: %s, %s", err, got.State, w.aws.live(inboundID))
		}
	})
}

// A plan that became stale is planned anew whole, with what it left out.
func TestAStalePlanIsMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const led instance.FlowID = "aaaaaaaa-0000-4000-8000-000000000004"
	w.aws.put(led, "Led", inbound)
	w.aws.saves(secondID, theirs)
	r := asIs(inboundID, secondID, led)
	r.Asked, r.Led = publish.Asked{Guide: "as:" + string(wrapID), Add: r.Add}, map[instance.FlowID]bool{led: true}
	c := w.plan(t, r)
	if len(c.Steps) != 1 || len(c.LeftOut) != 2 {
		t.Fatalf("%+v", c)
	}
	w.aws.edits(inboundID, theirs)
	w.aws.saves(secondID, w.aws.live(secondID))
	n := w.again(t, c)
	if len(n.Steps) != 2 || n.Continues != c.ID || !slices.Equal(n.Asked.Add, r.Add) {
		t.Errorf("%+v", n)
	}
	if len(n.LeftOut) != 1 || !n.LeftOut[0].Led { // nobody chose it in spite of those that lead there
		t.Errorf("left out: %+v", n.LeftOut)
	}
	if _, err := w.Publish(t.Context(), c.ID, approve(c)); err != nil || w.aws.live(inboundID) != theirs {
		t.Errorf("the stale plan was written: %v", err)
	}
}

// Who leads to a flow is what the last reading says, and not what the former plan knew.
func TestAPlanMadeAnewGoesByWhatLeadsThereNow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		was, now bool // every known caller brings a guide
		chosen   bool // in spite of that
		out      bool
	}{
		"callers that bring one since":               {now: true, out: true},
		"callers that bring none any more":           {was: true},
		"callers that bring one still":               {was: true, now: true, out: true},
		"chosen in spite of them, it is so still":    {now: true, chosen: true},
		"chosen in spite of them, which are no more": {chosen: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := asIs(inboundID, secondID)
			r.Asked, r.Led = publish.Asked{Guide: "as:" + string(wrapID), Add: r.Add}, map[instance.FlowID]bool{inboundID: tt.was && !tt.chosen}
			if tt.chosen {
				r.Asked.OverCalls = []instance.FlowID{inboundID}
			}
			c := w.plan(t, r)
			n, err := w.Again(t.Context(), c.ID, publish.AgainRequest{By: ana, Led: map[instance.FlowID]bool{inboundID: tt.now, secondID: false}})
			if err != nil {
				t.Fatal(err)
			}
			if out := left(n, inboundID) == "publish.left.callers"; out != tt.out || len(n.Steps)+len(n.LeftOut) != 2 {
				t.Fatalf("%v, left out %+v", keys(n), n.LeftOut)
			}
			ticked := slices.ContainsFunc(n.Confirmations(), func(k publish.Confirmation) bool { return k.Message.ID == "publish.confirm.callers" })
			if ticked != (tt.chosen && tt.now) {
				t.Errorf("the ticks are %+v", n.Confirmations())
			}
		})
	}
}

func TestWhatCannotBePlannedAnewIsRefused(t *testing.T) {
	t.Parallel()
	big := strings.Replace(inbound, `"Hello"`, `"`+strings.Repeat("x", 256_000-len(inbound)-100)+`"`, 1)
	for name, tt := range map[string]struct {
		edit func(*aws)
		kind fault.Kind
		id   string
	}{
		"deleted":           {func(a *aws) { delete(a.flows, inboundID) }, fault.Invalid, "aws.not-found"},
		"archived":          {func(a *aws) { a.flows[inboundID].meta.State = instance.StateArchived }, fault.Invalid, "publish.left.archived"},
		"a draft":           {func(a *aws) { a.saves(inboundID, moved) }, fault.Invalid, "publish.left.draft"},
		"grown past limits": {func(a *aws) { a.edits(inboundID, big) }, fault.Invalid, "flow.refused.too-long"},
		"another type":      {func(a *aws) { a.flows[inboundID].meta.Type = instance.TypeCustomerQueue }, fault.Invalid, "publish.left.not-inbound"},
		"no answer": {func(a *aws) { a.before = func(string) error { return fault.New(fault.Unavailable, "aws.unavailable") } },
			fault.Unavailable, "aws.unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.stopped(t, asIs(inboundID), func(a *aws) { a.edits(inboundID, theirs) })
			tt.edit(w.aws)
			_, err := w.Again(t.Context(), c.ID, publish.AgainRequest{Steps: []string{key(inboundID)}, By: ana})
			if f := fault.From(err); f == nil || f.Kind != tt.kind || f.Message.ID != tt.id {
				t.Errorf("%v, want %s", err, tt.id)
			}
			if _, n, err := w.Changes(t.Context(), publish.Filter{Continues: c.ID}); err != nil || n != 0 || w.aws.count("update") != 0 {
				t.Errorf("%d plans were stored, %d updates: %v", n, w.aws.count("update"), err)
			}
		})
	}
	t.Run("a renamed flow is called as it is now", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.stopped(t, asIs(inboundID), func(a *aws) { a.edits(inboundID, theirs) })
		w.aws.flows[inboundID].meta.Name = "Sales (new)"
		if n := w.again(t, c); n.Steps[0].Name != "Sales (new)" || n.Title.Args["Flow"] != "Sales (new)" {
			t.Errorf("%+v", n.Title)
		}
	})
	t.Run("a draft is published over where it is chosen", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.stopped(t, asIs(inboundID), func(a *aws) { a.saves(inboundID, theirs) })
		n, err := w.Again(t.Context(), c.ID, publish.AgainRequest{OverDraft: []instance.FlowID{inboundID}, By: ana})
		if err != nil || !n.Steps[0].ReplacesDraft || !slices.Equal(n.Asked.OverDraft, []instance.FlowID{inboundID}) {
			t.Fatalf("%v: %+v", err, n.Steps)
		}
		if _, err := w.Publish(t.Context(), n.ID, publish.Approval{Hash: n.Hash, By: ana}); !fault.Is(err, fault.Invalid) {
			t.Errorf("published without the tick: %v", err)
		}
	})
	t.Run("a draft that was published over, and that is another one now", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.aws.saves(inboundID, moved)
		r := asIs(inboundID)
		r.OverDraft = map[instance.FlowID]bool{inboundID: true}
		c := w.stopped(t, r, func(a *aws) { a.saves(inboundID, theirs) })
		if _, err := w.Again(t.Context(), c.ID, publish.AgainRequest{By: ana}); fault.From(err) == nil || fault.From(err).Message.ID != "publish.left.draft" {
			t.Errorf("the new draft was not asked about: %v", err)
		}
	})
}

func TestOnlyWhatNobodyGoesOnWithIsPlannedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := func(c publish.Change, kind fault.Kind, id string, keys ...string) {
		t.Helper()
		_, err := w.Again(t.Context(), c.ID, publish.AgainRequest{Steps: keys, By: ana})
		if f := fault.From(err); f == nil || f.Kind != kind || f.Message.ID != id {
			t.Errorf("%v, want %s", err, id)
		}
	}
	refused(publish.Change{ID: "none"}, fault.NotFound, "store.no-such-change")
	done := w.publish(t, asIs(inboundID))
	refused(done, fault.Conflict, "publish.again.not-open")
	refused(done, fault.Conflict, "publish.again.not-open", key(inboundID))
	refused(done, fault.NotFound, "publish.again.no-step", "flow:other")

	waiting := w.plan(t, asIs(secondID))
	must(t, w.store.Approve(t.Context(), waiting.ID, waiting.Hash, waiting.Seen(), publish.Word{By: ana, At: w.now, Mode: publish.StopAtFailure}))
	refused(waiting, fault.Conflict, "publish.again.goes-on")

	p := newWorld(t)
	p.aws.put(thirdID, "Support", inbound)
	first := p.plan(t, asIs(inboundID, secondID, thirdID))
	a := approve(first)
	a.Mode = publish.OneFirst
	paused, err := p.Publish(t.Context(), first.ID, a)
	if err != nil || paused.State != publish.Paused {
		t.Fatalf("%v: %s", err, paused.State)
	}
	w = p
	refused(paused, fault.Conflict, "publish.again.not-open") // its rest is continued
	refused(paused, fault.Conflict, "publish.again.not-open", key(secondID))
	p.aws.edits(secondID, theirs)
	p.aws.before = at(1, func() {
		if err := p.Stop(t.Context(), first.ID, ana); err != nil {
			t.Error(err)
		}
	})
	b := approve(paused)
	b.Mode = publish.GoOn
	if paused, err = p.Publish(t.Context(), first.ID, b); err != nil {
		t.Fatal(err)
	}
	p.aws.before = nil
	n := p.again(t, paused, key(secondID))
	if len(n.Steps) != 1 || n.Steps[0].Flow != secondID || paused.Steps[1].State != publish.StepFailed {
		t.Errorf("%+v", n.Steps)
	}
}

func TestAGuideIsPlannedAnew(t *testing.T) {
	t.Parallel()
	changed := func(t *testing.T, w *world, title string) publish.GuideChoice {
		m := w.lifted(t, wrapID).With("Disposition_Header_Title", title)
		return publish.GuideChoice{Flow: wrapID, Model: &m, Draft: &publish.DraftRef{Flow: string(wrapID), Rev: 3}}
	}
	// meanwhile publishes another value of one field.
	meanwhile := func(t *testing.T, w *world, field, value string) func(*aws) {
		d, err := flow.Parse([]byte(w.aws.live(wrapID)))
		must(t, err)
		edits, err := acw.Edits(d, w.lifted(t, wrapID).With(field, value), nil)
		must(t, err)
		after, err := d.Edit(edits...)
		must(t, err)
		return func(a *aws) { a.edits(wrapID, string(after.Bytes())) }
	}
	t.Run("somebody's other fields stay", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		r := publish.Request{Guide: changed(t, w, "Outcome"), Add: []instance.FlowID{inboundID}, Asked: publish.Asked{Guide: "draft:" + string(wrapID)}}
		c := w.stopped(t, r, meanwhile(t, w, "ContactSummary_Header_Title", "Theirs"))
		if c.Steps[0].Outcome.Found.Live == "" || c.Steps[1].State != publish.StepSkipped {
			t.Fatalf("%+v", c.Steps)
		}
		n := w.again(t, c)
		if len(n.Steps) != 2 || n.Steps[0].Kind != publish.UpdateGuide || len(n.Steps[0].Overrides) != 0 || n.Draft == nil || *n.Draft != *r.Guide.Draft || n.Asked.Guide != r.Asked.Guide {
			t.Fatalf("%+v", n)
		}
		if got, err := w.Publish(t.Context(), n.ID, approve(n)); err != nil || got.State != publish.Published {
			t.Fatalf("%v: %s", err, got.State)
		}
		g := w.lifted(t, wrapID)
		if g.Values["Disposition_Header_Title"] != "Outcome" || g.Values["ContactSummary_Header_Title"] != "Theirs" {
			t.Errorf("%v", g.Values)
		}
	})
	t.Run("the same field is named, and needs a tick", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.stopped(t, publish.Request{Guide: changed(t, w, "Outcome")}, meanwhile(t, w, "Disposition_Header_Title", "Theirs"))
		n := w.again(t, c)
		if !slices.Equal(n.Steps[0].Overrides, []string{"Disposition_Header_Title"}) || len(n.Confirmations()) != 1 {
			t.Errorf("%+v", n.Steps[0])
		}
	})
	t.Run("the flows alone open it as it is", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.stopped(t, publish.Request{Guide: changed(t, w, "Outcome"), Add: []instance.FlowID{inboundID}}, meanwhile(t, w, "Disposition_Header_Title", "Theirs"))
		n := w.again(t, c, key(inboundID))
		if len(n.Steps) != 1 || n.Steps[0].Key != key(inboundID) || n.Asked.Guide != "as:"+string(wrapID) {
			t.Errorf("%+v", n.Steps)
		}
	})
	t.Run("one that is no guide any more is refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.stopped(t, publish.Request{Guide: changed(t, w, "Outcome")}, func(a *aws) { a.edits(wrapID, inbound) })
		_, err := w.Again(t.Context(), c.ID, publish.AgainRequest{By: ana})
		if f := fault.From(err); f == nil || f.Message.ID != "publish.guide-unreadable" {
			t.Error(err)
		}
	})
	fresh := func() publish.Request {
		m := acw.New("aws", "us-east-1", nil)
		return publish.Request{Guide: publish.GuideChoice{Name: "Fresh", Description: "New", Model: &m}, Add: []instance.FlowID{inboundID, secondID}, Asked: publish.Asked{Guide: "draft:new"}}
	}
	t.Run("one that was not created", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.plan(t, fresh())
		w.aws.before = func(call string) error {
			if strings.HasPrefix(call, "create ") {
				return fault.New(fault.Denied, "aws.denied")
			}
			return nil
		}
		c, err := w.Publish(t.Context(), c.ID, approve(c))
		if err != nil || c.State != publish.Failed {
			t.Fatalf("%v: %s", err, c.State)
		}
		w.aws.before = nil
		if _, err := w.Again(t.Context(), c.ID, publish.AgainRequest{Steps: []string{key(inboundID)}, By: ana}); fault.From(err) == nil || fault.From(err).Message.ID != "publish.again.no-guide" {
			t.Errorf("a flow without its guide: %v", err)
		}
		n := w.again(t, c)
		if n.Steps[0].After != c.Steps[0].After || n.Steps[0].Description != "New" || n.Asked.Guide != "draft:new" {
			t.Errorf("%+v", n.Steps[0])
		}
		if got, err := w.Publish(t.Context(), n.ID, approve(n)); err != nil || got.State != publish.Published {
			t.Errorf("%v: %s", err, got.State)
		}
	})
	t.Run("one that was created is there", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.stopped(t, fresh(), func(a *aws) { a.edits(inboundID, theirs) })
		n := w.again(t, c)
		made := c.Steps[0].Outcome.Flow
		if len(n.Steps) != 2 || made == "" || n.Asked.Guide != "as:"+string(made) || len(n.Steps[0].Fill) != 0 {
			t.Fatalf("%+v", n)
		}
		if got, err := w.Publish(t.Context(), n.ID, approve(n)); err != nil || got.State != publish.Published || w.aws.count("create") != 1 {
			t.Errorf("%v: %s", err, got.State)
		}
	})
}

func TestAWayBackIsPlannedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	was := w.publish(t, asIs(inboundID, secondID))
	wired := w.aws.live(inboundID)
	back, err := w.PutBack(t.Context(), publish.PutBackRequest{Former: publish.Former{Change: was.ID}, By: ana})
	must(t, err)
	later := strings.Replace(wired, `"Hello"`, `"Good morning"`, 1)
	w.aws.edits(inboundID, later)
	a := approve(back)
	a.Mode = publish.GoOn
	back, err = w.Publish(t.Context(), back.ID, a)
	if err != nil || back.State != publish.Partly {
		t.Fatalf("%v: %s", err, back.State)
	}
	if f, err := w.Conflict(t.Context(), back.ID, key(inboundID)); err != nil || string(f.Now) != later || string(f.Yours) != inbound {
		t.Errorf("%v: %+v", err, f)
	}
	n := w.again(t, back)
	if len(n.Steps) != 0 || len(n.LeftOut) != 1 || !n.LeftOut[0].Over || n.Continues != back.ID {
		t.Errorf("what somebody published since is replaced unasked: %+v", n)
	}
	w.aws.edits(inboundID, wired)
	n = w.again(t, back)
	if got, err := w.Publish(t.Context(), n.ID, approve(n)); err != nil || got.State != publish.Published || w.aws.live(inboundID) != inbound {
		t.Errorf("%v: %s", err, got.State)
	}

	restored, err := w.Restore(t.Context(), publish.RestoreRequest{Instance: home, Flow: inboundID, Hash: flow.Hash([]byte(wired)), By: ana})
	must(t, err)
	if n := w.again(t, restored); n.Continues != restored.ID || len(n.Steps) != 1 || n.Asked.Former.Hash != restored.Asked.Former.Hash {
		t.Errorf("%+v", n)
	}
}

// Without the permission to read it back, a created guide ends in a state that says so, and no flow is made to open it.
func TestACreatedGuideThatCannotBeReadIsUnclear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := acw.New("aws", "us-east-1", nil)
	c := w.plan(t, publish.Request{Guide: publish.GuideChoice{Name: "Fresh", Model: &m}, Add: []instance.FlowID{inboundID}})
	var made bool
	w.aws.before = func(call string) error {
		made = made || strings.HasPrefix(call, "create ")
		if made && strings.HasPrefix(call, "describe ") {
			return &fault.Error{Kind: fault.Denied, Message: fault.Msg("aws.denied"), Code: "AccessDeniedException"}
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Partly || w.aws.count("update") != 0 {
		t.Fatalf("%v: %s after %d updates", err, got.State, w.aws.count("update"))
	}
	o := got.Steps[0].Outcome
	if o.State != publish.StepUnclear || o.Message.ID != "publish.outcome.created-unread" || o.Flow == "" || o.Code != "AccessDeniedException" || got.Steps[1].State != publish.StepSkipped {
		t.Errorf("%+v", got.Steps)
	}
}
