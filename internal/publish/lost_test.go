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

// What cannot be seen after a lost answer may be under way: it is left open, and a person decides by looking. What
// the gateway knows not to have been sent is not written.
func TestOnlyALostAnswerLeavesTheStepOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		request publish.Request
		op      string
		answer  error
		want    publish.State
		is      publish.Is
	}{
		{"an update without its answer", asIs(inboundID), "update", errLost, publish.Interrupted, publish.IsFormer},
		{"a create without its answer", newGuide(), "create", errLost, publish.Interrupted, publish.IsMissing},
		{"an update that failed as nobody foresaw", asIs(inboundID), "update", context.Canceled, publish.Interrupted, publish.IsFormer},
		{"an update that was never sent", asIs(inboundID), "update", fault.New(fault.Unavailable, "aws.unreachable"), publish.Failed, ""},
		{"a create that was never sent", newGuide(), "create", fault.New(fault.Unavailable, "aws.unreachable"), publish.Failed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := w.plan(t, c.request)
			w.aws.before = func(call string) error {
				if strings.HasPrefix(call, c.op+" ") {
					return c.answer
				}
				return nil
			}
			got, err := w.Publish(t.Context(), change.ID, approve(change))
			if err != nil || got.State != c.want {
				t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
			}
			if c.want == publish.Failed {
				if id := got.Steps[0].Outcome.Message.ID; id != "aws.unreachable" {
					t.Errorf("the step says %s", id)
				}
				return
			}
			settleAs(t, w, got, c.is, publish.Failed)
		})
	}
}

// A request that lands after the answer was given up is seen when a person looks.
func TestAWriteThatLandsLateIsNotDenied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, newGuide())
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "create") {
			return errLost
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Interrupted {
		t.Fatalf("%v, %s", err, got.State)
	}
	content, err := w.Content(t.Context(), c.Steps[0].After)
	if err != nil {
		t.Fatal(err)
	}
	w.aws.put("cccccccc-0000-4000-8000-000000000001", "After call", string(content))
	settleAs(t, w, got, publish.IsReviewed, publish.Partly)
}

// A flow of the name that is not the one to be created is not adopted, however alike.
func TestALostCreateIsAdoptedOnlyIfAllAgrees(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*stored){
		"another type":    func(s *stored) { s.meta.Type = instance.TypeCustomerQueue },
		"another content": func(s *stored) { s.live = inbound },
		"another name":    func(s *stored) { s.meta.Name = "Renamed" },
	} {
		for _, answered := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := w.plan(t, newGuide())
				var made instance.FlowID
				w.aws.after = func(call string) error {
					op, id, _ := strings.Cut(call, " ")
					switch {
					case op == "create" && answered:
						edit(w.aws.flows[instance.FlowID(id)])
					case op == "create":
						made = instance.FlowID(id)
						return errLost
					case op == "list" && made != "": // found by its name, then described
						edit(w.aws.flows[made])
					}
					return nil
				}
				if name == "another type" && !answered {
					w.aws.after = func(call string) error {
						if op, id, _ := strings.Cut(call, " "); op == "create" {
							edit(w.aws.flows[instance.FlowID(id)])
							return errLost
						}
						return nil
					}
				}
				got, err := w.Publish(t.Context(), c.ID, approve(c))
				if err != nil || got.State != publish.Partly || got.Steps[0].Outcome.Message.ID != "publish.outcome.created-different" {
					t.Errorf("%v, %s: %+v", err, got.State, got.Steps[0].Outcome)
				}
				if got.Steps[1].State != publish.StepSkipped || w.aws.count("update") != 0 {
					t.Error("a flow was wired to it")
				}
			})
		}
	}
}

// Settling looks as closely as adopting does.
func TestAnotherFlowOfTheNameDoesNotSettleACreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, newGuide())
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "create") {
			return errLost
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil {
		t.Fatal(err)
	}
	content, err := w.Content(t.Context(), c.Steps[0].After)
	if err != nil {
		t.Fatal(err)
	}
	const id = "cccccccc-0000-4000-8000-000000000001"
	w.aws.put(id, "After call", string(content))
	w.aws.flows[id].meta.Type = instance.TypeCustomerQueue
	settleAs(t, w, got, publish.IsOther, publish.Partly)
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
