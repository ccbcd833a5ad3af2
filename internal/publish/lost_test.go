package publish_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

func newGuide() publish.Request {
	model := acw.New("aws", "us-east-1", nil)
	return publish.Request{Guide: publish.GuideChoice{Name: "After call", Model: &model}, Add: []instance.FlowID{inboundID}}
}

// loses loses the answer of the first n calls of op, before the service sees them.
func loses(op string, n int, answer error) func(string) error {
	return func(call string) error {
		if strings.HasPrefix(call, op+" ") && n > 0 {
			n--
			return answer
		}
		return nil
	}
}

// A write that was not carried out is made once more, when that is certain; what the gateway knows not to have been sent fails.
func TestAWriteWithoutAnAnswerIsMadeOnceMore(t *testing.T) {
	t.Parallel()
	unsent := fault.New(fault.Unavailable, "aws.unreachable")
	for _, c := range []struct {
		name    string
		request publish.Request
		op      string
		answer  error
		times   int
		want    publish.State
		message string
	}{
		{"an update", asIs(inboundID), "update", errLost, 1, publish.Published, "publish.outcome.done"},
		{"a create", newGuide(), "create", errLost, 1, publish.Published, "publish.outcome.created"},
		{"an update that failed as nobody foresaw", asIs(inboundID), "update", context.Canceled, 1, publish.Published, "publish.outcome.done"},
		{"an update, twice", asIs(inboundID), "update", errLost, 2, publish.Failed, "publish.outcome.no-answer"},
		{"a create, twice", newGuide(), "create", errLost, 2, publish.Failed, "publish.outcome.no-answer"},
		{"an update that was never sent", asIs(inboundID), "update", unsent, 1, publish.Failed, "aws.unreachable"},
		{"a create that was never sent", newGuide(), "create", unsent, 1, publish.Failed, "aws.unreachable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := w.plan(t, c.request)
			var waited time.Duration
			w.aws.before = loses(c.op, c.times, c.answer)
			s := w.service(func(o *publish.Options) {
				o.CallLimit = 40 * time.Second
				o.Wait = func(_ context.Context, d time.Duration) error { waited += d; return nil }
			})
			got, err := s.Publish(t.Context(), change.ID, approve(change))
			if err != nil || got.State != c.want || got.Steps[0].Outcome.Message.ID != c.message {
				t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
			}
			if want := time.Duration(c.times) * 40 * time.Second; c.answer != unsent && waited != want {
				t.Errorf("waited %s for the call to be over, want %s", waited, want)
			}
		})
	}
}

// Bytes that differ in the layout alone are other bytes: what was not carried out is not taken for done because what is there is like it.
func TestAWayBackToAnotherLayoutIsNotTakenForDone(t *testing.T) {
	t.Parallel()
	const more = `"Metadata":{"snapToGrid":true,`
	w := newWorld(t)
	former := w.plan(t, asIs(inboundID)).Steps[0].Before
	w.outside(inboundID, `"Metadata":{`, more)
	c, err := w.Restore(t.Context(), publish.RestoreRequest{Instance: home, Flow: inboundID, Hash: former, By: ana})
	if err != nil {
		t.Fatal(err)
	}
	w.aws.before = loses("update", 1, errLost)
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published || w.aws.live(inboundID) != inbound {
		t.Errorf("%v: %s, and the flow holds\n%s", err, got.State, w.aws.live(inboundID))
	}

	w.aws.before = nil
	draft := strings.Replace(inbound, `"Metadata":{`, more, 1)
	w.aws.flows[inboundID].saved = draft
	over := asIs(inboundID)
	over.OverDraft = map[instance.FlowID]bool{inboundID: true}
	back := w.draftAloneBack(t, w.publish(t, over))
	w.aws.flows[inboundID].saved = strings.Replace(draft, more, more+`"zoom":1,`, 1)
	q := publish.PutBackRequest{Former: back.Asked.Former, OverDraft: []instance.FlowID{inboundID}}
	back = w.putBack(t, q)
	w.aws.before = loses("save", 1, errLost)
	if got, err = w.Publish(t.Context(), back.ID, approve(back)); err != nil || got.State != publish.Published || w.aws.flows[inboundID].saved != draft {
		t.Errorf("%v: %s %v, and the draft is\n%s", err, got.State, keys(got), w.aws.flows[inboundID].saved)
	}
}

// A request that lands while its end is waited for is seen.
func TestAWriteThatLandsLateIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, newGuide())
	content, err := w.Content(t.Context(), c.Steps[0].After)
	if err != nil {
		t.Fatal(err)
	}
	w.aws.before = loses("create", 1, errLost)
	s := w.service(func(o *publish.Options) {
		o.Wait = func(context.Context, time.Duration) error {
			w.aws.mu.Lock()
			defer w.aws.mu.Unlock()
			w.aws.put("cccccccc-0000-4000-8000-000000000001", "After call", string(content))
			return nil
		}
	})
	got, err := s.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published || w.aws.count("create") != 0 {
		t.Fatalf("%v, %s, %d creates", err, got.State, w.aws.count("create"))
	}
	if !strings.Contains(w.aws.live(inboundID), "cccccccc-0000-4000-8000-000000000001") {
		t.Error("the flow does not open the guide that was found")
	}
}

// A flow of the name that is not the one to be created is not adopted, however alike: a person decides, and no flow is wired to it.
func TestALostCreateIsAdoptedOnlyIfAllAgrees(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*stored){
		"another type":    func(s *stored) { s.meta.Type = instance.TypeCustomerQueue },
		"another content": func(s *stored) { s.live = inbound },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.plan(t, newGuide())
			w.aws.after = func(call string) error {
				if op, id, _ := strings.Cut(call, " "); op == "create" {
					edit(w.aws.flows[instance.FlowID(id)])
					return errLost
				}
				return nil
			}
			got, err := w.Publish(t.Context(), c.ID, approve(c))
			if err != nil || got.State != publish.Interrupted || got.Steps[0].State != publish.StepIntent || got.Steps[1].State != publish.StepPlanned {
				t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
			}
			w.aws.after, w.now = nil, w.now.Add(30*time.Second) // which the run has waited
			settleAs(t, w, got, publish.IsOther, publish.Paused)
			if got, err = w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Partly || w.aws.count("update") != 0 {
				t.Errorf("%v, %s: a flow was wired to it", err, got.State)
			}
		})
	}
	t.Run("answered, and renamed before it is read back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.plan(t, newGuide())
		w.aws.after = func(call string) error {
			if op, id, _ := strings.Cut(call, " "); op == "create" {
				w.aws.flows[instance.FlowID(id)].meta.Name = "Renamed"
			}
			return nil
		}
		got, err := w.Publish(t.Context(), c.ID, approve(c))
		if err != nil || got.State != publish.Partly || got.Steps[0].Outcome.Message.ID != "publish.outcome.created-different" || w.aws.count("update") != 0 {
			t.Errorf("%v, %s: %+v", err, got.State, got.Steps[0].Outcome)
		}
	})
}

// What somebody changed while the answer was lost is not called written, nor written over.
func TestALostUpdateThatAnotherChangedNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	w.aws.after = func(call string) error {
		if isUpdate(call) {
			w.aws.put(inboundID, "Sales", strings.Replace(inbound, "Hello", "Good morning", 1))
			return errLost
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Interrupted {
		t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
	}
	w.now = w.now.Add(30 * time.Second) // which the run has waited
	settleAs(t, w, got, publish.IsOther, publish.Partly)
	if w.aws.count("update") != 1 {
		t.Error("written again")
	}
}

// An answered write that reads back as the former content was answered: something happened to it, and it is not open.
func TestAnAnsweredWriteThatReadsBackAsFormerIsUnclear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	w.aws.after = func(call string) error {
		if isUpdate(call) {
			w.aws.put(inboundID, "Sales", inbound)
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Partly || got.Steps[0].State != publish.StepUnclear {
		t.Fatalf("%v, %s: %+v", err, got.State, got.Steps[0])
	}
	if o := got.Steps[0].Outcome; o.Message.ID != "publish.outcome.different" || o.RequestID != "r-update" {
		t.Errorf("%+v", o)
	}
}

func TestAReadBackIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		throttle int
		want     publish.State
	}{
		{"throttled a few times", 4, publish.Published},
		{"throttled throughout", 1000, publish.Interrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := w.plan(t, asIs(inboundID))
			tries, waited := 0, time.Duration(0)
			w.aws.before = func(call string) error {
				if w.aws.count("update") == 0 {
					return nil
				}
				if tries++; tries > c.throttle {
					return nil
				}
				return fault.New(fault.Throttled, "aws.throttled")
			}
			var log bytes.Buffer
			s := w.service(func(o *publish.Options) {
				o.Log = slog.New(slog.NewTextHandler(&log, nil))
				o.Wait = func(_ context.Context, d time.Duration) error { waited += d; return nil }
			})
			got, err := s.Publish(t.Context(), change.ID, approve(change))
			if err != nil || got.State != c.want || w.aws.count("update") != 1 {
				t.Fatalf("%v, %s: %+v", err, got.State, got.Steps[0])
			}
			if tries != 5 || waited < 10*time.Second || waited > time.Minute {
				t.Errorf("%d tries in %s", tries, waited)
			}
			if c.want == publish.Published && got.Steps[0].Outcome.RequestID != "r-update" {
				t.Error("the request id is lost")
			}
			if c.want == publish.Interrupted && !strings.Contains(log.String(), "aws_request_id=r-update") {
				t.Errorf("the log does not name the request: %s", &log)
			}
		})
	}
}
