package faults

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

const guideID = "bbbbbbbb-0000-4000-8000-000000000001"

// editEvery is how many calls come between two edits from outside.
const editEvery = 9

// Two people in two browsers, each on a replica of its own, and a colleague in the console work on the same flows at once: rounds of it in the
// suite, a minute under make faults.
func TestTwoBrowsersTwoReplicasAndAnEditor(t *testing.T) {
	t.Parallel()
	s := set{home: newSet(1).home}
	for i := 1; i <= 6; i++ {
		live := written(i, fmt.Sprintf("Welcome to line %d.", i))
		s.flows = append(s.flows, seeded{id: fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i), name: fmt.Sprintf("Line %02d", i), live: live, draft: live})
	}
	aws := newService(s)
	t.Cleanup(aws.close)
	aws.sim.PutFlow(s.home, connectsim.SeedFlow{ID: guideID, Name: guideName, Published: string(acw.Compile(acw.New("aws", s.home.Region, nil)))})
	outside, calls := rand.New(rand.NewPCG(1, 2)), 0
	aws.during = func(call) {
		if calls++; calls%editEvery == 0 {
			i := outside.IntN(len(s.flows)) // who edits it publishes a flow of their own that opens no guide
			aws.editAs(s.flows[i].id, written(i, fmt.Sprintf("Edit %d.", calls)))
		}
	}
	db := emptyServer(t)
	over := time.Now().Add(time.Minute)
	going := func(round int) bool {
		if everything() {
			return time.Now().Before(over)
		}
		return round < 15
	}
	people := []*browser{newBrowser(t, db, aws, "browser1", ana), newBrowser(t, db, aws, "browser2", bob)}
	var work sync.WaitGroup
	for i, b := range people {
		work.Go(func() {
			dice := rand.New(rand.NewPCG(7, uint64(i)))
			for round := 0; going(round); round++ {
				if err := b.change(t.Context(), s, dice); err != nil {
					t.Errorf("%s: %v", b.who.Name, err)
					return
				}
			}
		})
	}
	work.Wait()
	if t.Failed() {
		return
	}
	n := nothingLost(t, people[0], aws)
	t.Logf("%+v", n)
	if n.Written == 0 || n.Edits == 0 || n.Refused == 0 {
		t.Errorf("they did not come into one another's way: %+v", n)
	}
}

// browser is a person, and the process that serves them.
type browser struct {
	*publish.Service
	store *store.Store
	who   publish.Actor
}

func newBrowser(t *testing.T, db *server, aws *service, name string, who publish.Actor) *browser {
	t.Helper()
	b := &browser{store: open(t, db), who: who}
	g, err := gateway(t.Context(), aws.home.Region, aws.url(), name)
	if err != nil {
		t.Fatal(err)
	}
	own, err := gateway(t.Context(), aws.home.Region, aws.url(), name+"-at-work") // planning the next change is no look at a flow before a write
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	work := operation.New(b.store.Operations(), operation.Options{Owner: name, Notifier: b.store.Notifier(), Lease: time.Minute, Log: log})
	o := publish.Options{Work: work, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	b.Service = publish.New(g, b.store, o)
	work.Handle(publish.Work, operation.Kind{Do: publish.New(own, b.store, o).Do})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var over sync.WaitGroup
	over.Go(func() { _ = work.Run(ctx) }) // it ends when it is told to
	t.Cleanup(func() { cancel(); over.Wait() })
	return b
}

// change has the guide opened by some flows and not by others, as the dice fall, and sees that to its end.
func (b *browser) change(ctx context.Context, s set, dice *rand.Rand) error {
	r := publish.Request{Instance: s.instance(), By: b.who, Guide: publish.GuideChoice{Flow: guideID}}
	for _, f := range s.flows {
		switch dice.IntN(3) {
		case 0:
			r.Add = append(r.Add, instance.FlowID(f.id))
		case 1:
			r.Remove = append(r.Remove, instance.FlowID(f.id))
		}
	}
	c, err := b.Plan(ctx, r)
	if fault.Is(err, fault.Invalid) || err == nil && c.Blocked() {
		return nil // there is nothing to do
	}
	if err != nil {
		return err
	}
	a := approval(c, publish.GoOn)
	a.By = b.who
	if c, err = b.Publish(ctx, c.ID, a); err != nil {
		return err
	}
	for _, st := range c.Steps {
		if st.State == publish.StepIntent {
			now, err := b.Observe(ctx, c.ID, st.Key)
			if err != nil {
				return err
			}
			if _, err := b.Settle(ctx, c.ID, st.Key, now.Hash, b.who); err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
		}
	}
	if c, err = b.Change(ctx, c.ID); err == nil && !c.State.Ended() {
		err = fmt.Errorf("the change is %s", c.State)
	}
	return err
}

// together counts what came of it.
type together struct {
	Changes, Written, Refused int // steps that were written, and that were not because of somebody else
	Edits, Over               int // edits from outside, and those that fell into the moment before a write
}

// nothingLost holds every write that the service has seen against the journal: it is the one write of one step, over the very bytes that were
// reviewed, unless a colleague's edit came in the moment between the last look at the flow and the write.
func nothingLost(t *testing.T, b *browser, aws *service) (n together) {
	t.Helper()
	aws.mu.Lock()
	defer aws.mu.Unlock()
	steps, err := stepsByRequest(t.Context(), b, &n)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range aws.log {
		switch {
		case c.Op == opEdit:
			n.Edits++
		case c.Applied:
			st, known := steps[c.Request]
			delete(steps, c.Request)
			if !known || st.Intent.Final != c.Content {
				t.Errorf("the write %s of %s is of no step", c.Request, c.Flow)
			} else if c.Before != st.Before && !editedSinceLooked(aws.log[:i], c) {
				t.Errorf("step %s has written over what nobody reviewed", st.Key)
			} else if c.Before != st.Before {
				n.Over++
			}
			n.Written++
		}
	}
	for request, st := range steps {
		t.Errorf("step %s is %s, and its write %s did not arrive", st.Key, st.State, request)
	}
	if _, _, err := b.store.VerifyHistory(t.Context()); err != nil {
		t.Error(err)
	}
	return n
}

// stepsByRequest are all steps that say they were written.
func stepsByRequest(ctx context.Context, b *browser, n *together) (map[string]publish.Step, error) {
	all, total, err := b.Changes(ctx, publish.Filter{Limit: 1 << 20})
	if err == nil && len(all) != total {
		err = errors.New("not all changes are listed")
	}
	if err != nil {
		return nil, err
	}
	steps := map[string]publish.Step{}
	for _, listed := range all {
		c, err := b.Change(ctx, listed.ID)
		if err != nil {
			return nil, err
		}
		n.Changes++
		for _, st := range c.Steps {
			switch st.State {
			case publish.StepDone, publish.StepUnclear:
				if _, twice := steps[st.Outcome.RequestID]; twice {
					return nil, fmt.Errorf("two steps name the request %q", st.Outcome.RequestID)
				}
				steps[st.Outcome.RequestID] = st
			case publish.StepFailed:
				n.Refused++
			}
		}
	}
	return steps, nil
}

// editedSinceLooked says whether the flow was edited from outside after the writer's last look at it.
func editedSinceLooked(log []call, w call) bool {
	for i := len(log) - 1; i >= 0; i-- {
		c := log[i]
		switch {
		case c.Flow != w.Flow:
		case c.Op == opEdit:
			return true
		case c.Who == w.Who && c.Op == opDescribe && c.Saved, c.Applied:
			return false
		}
	}
	return false
}
