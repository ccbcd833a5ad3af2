package publish_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// lifted is the guide as it stands in a flow's live content.
func (w *world) lifted(t *testing.T, id instance.FlowID) acw.Guide {
	t.Helper()
	d, err := flow.Parse([]byte(w.aws.live(id)))
	if err != nil {
		t.Fatal(err)
	}
	l, ok := acw.Lift(d)
	if !ok {
		t.Fatal("no guide")
	}
	return l.Guide
}

// failedCheck says whether the plan has this check, not passed and blocking.
func failedCheck(c publish.Change, id string) bool {
	return slices.ContainsFunc(c.Checks, func(k publish.Check) bool { return !k.OK && k.Block && k.Message.ID == id })
}

// reachesAgent makes the guide flow a valid one that is known not to be usable: it ends in a queue.
func reachesAgent(s *stored) {
	var m map[string]any
	if err := json.Unmarshal([]byte(s.live), &m); err != nil {
		panic(err)
	}
	actions := m["Actions"].([]any)
	for _, a := range actions {
		if b := a.(map[string]any); b["Type"] == "DisconnectParticipant" {
			b["Type"] = "TransferContactToQueue"
			errors := []any{map[string]any{"NextAction": "bye", "ErrorType": "QueueAtCapacity"}, map[string]any{"NextAction": "bye", "ErrorType": "NoMatchingError"}}
			b["Transitions"] = map[string]any{"NextAction": "bye", "Errors": errors}
		}
	}
	bye := map[string]any{"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": map[string]any{}, "Transitions": map[string]any{}}
	m["Actions"] = append(actions, bye)
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	s.live, s.saved = string(b), string(b)
}

func TestAGuideThatCannotBeOpenedIsNotWiredTo(t *testing.T) {
	t.Parallel()
	asItIs := func(*testing.T, *world) publish.GuideChoice { return publish.GuideChoice{Flow: wrapID} }
	unchanged := func(t *testing.T, w *world) publish.GuideChoice {
		m := w.lifted(t, wrapID)
		return publish.GuideChoice{Flow: wrapID, Model: &m}
	}
	changed := func(t *testing.T, w *world) publish.GuideChoice {
		m := w.lifted(t, wrapID).With("Disposition_Header_Title", "Outcome")
		return publish.GuideChoice{Flow: wrapID, Model: &m}
	}
	archived := func(s *stored) { s.meta.State = instance.StateArchived }
	neverPublished := func(s *stored) { s.meta.Status = instance.StatusSaved }
	queueFlow := func(s *stored) { s.meta.Type = instance.TypeCustomerQueue }
	for _, c := range []struct {
		name   string
		edit   func(*stored)
		choice func(*testing.T, *world) publish.GuideChoice
		check  string
	}{
		{"as it is, archived", archived, asItIs, "publish.check.guide-not-usable"},
		{"as it is, never published", neverPublished, asItIs, "publish.check.guide-not-usable"},
		{"as it is, of another type", queueFlow, asItIs, "publish.check.guide-not-usable"},
		{"as it is, reaching an agent", reachesAgent, asItIs, "publish.check.guide-not-usable"},
		{"a draft without a change, reaching an agent", reachesAgent, unchanged, "publish.check.guide-not-usable"},
		{"a draft without a change, never published", neverPublished, unchanged, "publish.check.guide-not-usable"},
		{"a changed draft, reaching an agent", reachesAgent, changed, "publish.check.guide-not-usable"},
		{"a changed draft, of another type", queueFlow, changed, "publish.check.guide-left-out"},
		{"a changed draft, archived", archived, changed, "publish.check.guide-left-out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.edit(w.aws.flows[wrapID])
			got := w.plan(t, publish.Request{Guide: c.choice(t, w), Add: []instance.FlowID{inboundID}})
			if !got.Blocked() || !failedCheck(got, c.check) {
				t.Errorf("blocked %t, checks %+v", got.Blocked(), got.Checks)
			}
			if _, err := w.Publish(t.Context(), got.ID, approve(got)); !fault.Is(err, fault.Invalid) || w.aws.count("update") != 0 {
				t.Errorf("published all the same: %v", err)
			}
		})
	}
	t.Run("without a flow to wire, such a guide can be mended", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		reachesAgent(w.aws.flows[wrapID])
		if got := w.plan(t, publish.Request{Guide: changed(t, w)}); got.Blocked() || len(got.Steps) != 1 {
			t.Errorf("blocked %t: %+v", got.Blocked(), got.Checks)
		}
	})
}

func TestTheGuideIsLookedAtOnceMoreBeforeFlowsAreWired(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*aws)
	}{
		{"archived", func(a *aws) { a.flows[wrapID].meta.State = instance.StateArchived }},
		{"deleted", func(a *aws) { delete(a.flows, wrapID) }},
		{"changed", func(a *aws) { reachesAgent(a.flows[wrapID]) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := w.plan(t, asIs(inboundID, secondID))
			c.edit(w.aws)
			got, err := w.Publish(t.Context(), change.ID, approve(change))
			if err != nil || got.State != publish.Failed || w.aws.count("update") != 0 {
				t.Fatalf("%v: %s, %d updates", err, got.State, w.aws.count("update"))
			}
			if o := got.Steps[0].Outcome; o.Message.ID != "publish.outcome.guide-not-usable" || got.Steps[1].State != publish.StepSkipped {
				t.Errorf("%+v", got.Steps)
			}
		})
	}
	t.Run("not to take the guide out", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.publish(t, asIs(inboundID))
		delete(w.aws.flows, wrapID)
		w.publish(t, publish.Request{Remove: []instance.FlowID{inboundID}})
		if w.aws.live(inboundID) != inbound {
			t.Error("the block is still there")
		}
	})
}

// publish plans and publishes, and expects success.
func (w *world) publish(t *testing.T, r publish.Request) publish.Change {
	t.Helper()
	c := w.plan(t, r)
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published {
		t.Fatalf("%v, %s: %+v", err, got.State, got.Steps)
	}
	return got
}

// What is sent is proved anew: bytes that are not the stated edit of what is live are never sent.
func TestBytesThatAreNotTheStatedEditAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	j := journal{Journal: w.store, content: func(hash string, b []byte) []byte {
		if hash == c.Steps[0].After {
			return []byte(strings.Replace(string(b), "Hello", "Hullo", 1))
		}
		return b
	}}
	notProved(t, w, w.over(j), c)
}

// An edit that does what it says and yet opens no guide is not sent: here the event has got another name since the plan.
func TestAnEditWithoutItsEffectIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID))
	notProved(t, w, w.service(func(o *publish.Options) { o.Event = "AnotherEvent" }), c)
}

func notProved(t *testing.T, w *world, s *publish.Service, c publish.Change) {
	t.Helper()
	got, err := s.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Failed || got.Steps[0].Outcome.Message.ID != "publish.proof-failed" {
		t.Errorf("%v, %s: %+v", err, got.State, got.Steps[0].Outcome)
	}
	if w.aws.count("update") != 0 {
		t.Error("sent all the same")
	}
}

// The hash is made anew from what is about to be applied: a plan altered in the database is not the one approved.
func TestAPlanAlteredAfterTheReviewIsNotApplied(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*publish.Change){
		"another edit":      func(c *publish.Change) { c.Steps[0].Edits[0].Name = "Another" },
		"another order":     func(c *publish.Change) { slices.Reverse(c.Steps) },
		"a check made good": func(c *publish.Change) { c.Checks[0].OK = !c.Checks[0].OK },
		"a check less":      func(c *publish.Change) { c.Checks = c.Checks[1:] },
		"nothing left out":  func(c *publish.Change) { c.LeftOut = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.aws.flows[wrapID].meta.State = instance.StateActive
			c := w.plan(t, asIs(inboundID, secondID, wrapID))
			if len(c.LeftOut) != 1 || len(c.Checks) == 0 {
				t.Fatalf("plan: %+v", c)
			}
			j := journal{Journal: w.store, change: func(c publish.Change) publish.Change { alter(&c); return c }}
			_, err := w.over(j).Begin(t.Context(), c.ID, approve(c))
			if fault.From(err) == nil || fault.From(err).Message.ID != "publish.stale-hash" || w.aws.count("update") != 0 {
				t.Errorf("started: %v", err)
			}
		})
	}
}

func TestAChangedGuideIsCheckedLikeANewOne(t *testing.T) {
	t.Parallel()
	change := func(t *testing.T, w *world, key, value string) publish.Change {
		t.Helper()
		m := w.lifted(t, wrapID).With(key, value)
		return w.plan(t, publish.Request{Guide: publish.GuideChoice{Flow: wrapID, Model: &m}})
	}
	t.Run("an answer that is no option is a must fix", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := change(t, w, "Category_DefaultValue", "Suport")
		if !failedCheck(c, "acw.check.not-an-option") || !c.Blocked() {
			t.Errorf("%+v", c.Checks)
		}
	})
	t.Run("its view must be there", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.aws.view = fault.New(fault.NotFound, "aws.not-found")
		c := change(t, w, "Disposition_Header_Title", "Outcome")
		if !failedCheck(c, "publish.check.view-missing") || !c.Blocked() {
			t.Errorf("%+v", c.Checks)
		}
	})
	t.Run("its view must be of the Region", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := acw.New("aws", "eu-west-2", nil)
		c := w.plan(t, publish.Request{Guide: publish.GuideChoice{Name: "After call", Model: &m}})
		if !failedCheck(c, "publish.check.view-region") || !c.Blocked() {
			t.Errorf("%+v", c.Checks)
		}
	})
}

func TestOnlyInboundFlowsThatAreActiveAreWired(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string]func(*stored){
		"publish.left.not-inbound": func(s *stored) { s.meta.Type = instance.TypeCustomerQueue },
		"publish.left.archived":    func(s *stored) { s.meta.State = instance.StateArchived },
	} {
		w := newWorld(t)
		edit(w.aws.flows[inboundID])
		if c := w.plan(t, asIs(inboundID)); len(c.Steps) != 0 || c.LeftOut[0].Reason.ID != want {
			t.Errorf("%s: %+v, %+v", want, c.Steps, c.LeftOut)
		}
	}
}

func TestAFlowWithNothingToAddIsLeftOutWithWhatIsKnown(t *testing.T) {
	t.Parallel()
	for want, lines := range map[string][]string{
		"publish.left.already":        {"A event " + string(wrapID) + " Q", "Q queue E", "E end"},
		"publish.left.nothing-to-add": {"A event " + string(wrapID) + " M", "M module ${m} Q", "Q queue E", "E end"},
		"publish.left.no-agent":       {"A event " + string(wrapID) + " E", "E end"},
	} {
		w := newWorld(t)
		w.aws.put(inboundID, "Sales", string(wireFlow(t, lines...)))
		c := w.plan(t, asIs(inboundID))
		if len(c.Steps) != 0 || len(c.LeftOut) != 1 || c.LeftOut[0].Reason.ID != want || !i18n.Has(want) {
			t.Errorf("%s: %+v, %+v", want, c.Steps, c.LeftOut)
		}
	}
}

// A tool that manages a flow is read from the tags of the description that the plan is made from.
func TestWhatManagesAFlowIsReadWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.aws.flows[inboundID].meta.Tags = map[string]string{"stack": "prod"}
	s := w.service(func(o *publish.Options) { o.Managed = func(tags map[string]string) string { return tags["stack"] } })
	r := asIs(inboundID, secondID)
	r.Instance, r.By = home, ana
	c, err := s.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if c.Steps[0].Managed != "prod" || c.Steps[1].Managed != "" {
		t.Errorf("managed by %q and %q", c.Steps[0].Managed, c.Steps[1].Managed)
	}
	ticks := c.Confirmations()
	if len(ticks) != 1 || ticks[0].ID != "flow:"+string(inboundID)+":managed" {
		t.Errorf("ticks: %+v", ticks)
	}
}

// exits is a flow that goes on to somewhere that is not followed.
var exits = strings.Replace(inbound, `"Type":"DisconnectParticipant"`, `"Type":"TransferToFlow"`, 1)

func TestTakingTheGuideOutClaimsNothingThatIsNotSo(t *testing.T) {
	t.Parallel()
	out := publish.Request{Remove: []instance.FlowID{inboundID}}
	t.Run("no tick says that the guide is set", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.aws.put(inboundID, "Sales", exits)
		if c := w.plan(t, asIs(inboundID)); len(c.Confirmations()) != 1 {
			t.Fatalf("adding asks for %+v", c.Confirmations())
		}
		w.publish(t, asIs(inboundID))
		if c := w.plan(t, out); len(c.Confirmations()) != 0 || c.Steps[0].Message.ID != "publish.step.remove-former" {
			t.Errorf("%s asks for %+v", c.Steps[0].Message.ID, c.Confirmations())
		}
		w.publish(t, out)
		if w.aws.live(inboundID) != exits {
			t.Error("the content is not what it was before")
		}
	})
	t.Run("a block that was retargeted stays so", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.aws.put(inboundID, "Sales", string(wireFlow(t, "A say B Q", "B event "+otherGuide+" Q", "Q queue E", "E end")))
		r := asIs(inboundID)
		r.Replace = true
		w.publish(t, r)
		if c := w.plan(t, out); c.Steps[0].Message.ID != "publish.step.remove" {
			t.Errorf("the plan says %s", c.Steps[0].Message.ID)
		}
	})
	t.Run("a block that wrapup's journal does not know", func(t *testing.T) {
		t.Parallel()
		w, elsewhere := newWorld(t), newWorld(t)
		elsewhere.publish(t, asIs(inboundID))
		w.aws.put(inboundID, "Sales", elsewhere.aws.live(inboundID))
		if c := w.plan(t, out); c.Steps[0].Message.ID != "publish.step.remove" {
			t.Errorf("the plan says %s", c.Steps[0].Message.ID)
		}
	})
}

func TestAReplacedGuideIsNamedAndReadOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.aws.put(otherGuide, "Old wrap-up", w.aws.live(wrapID))
	const gone = "33333333-0000-4000-8000-000000000000"
	for _, id := range []instance.FlowID{inboundID, secondID} {
		w.aws.put(id, "Flow "+string(id[len(id)-1:]), string(wireFlow(t, "A event "+otherGuide+" B", "B event "+gone+" Q", "Q queue E", "E end")))
	}
	r := asIs(inboundID, secondID)
	r.Replace = true
	c := w.plan(t, r)
	var told []string
	for _, k := range c.Confirmations() {
		if strings.HasSuffix(k.ID, ":replace") {
			told = append(told, k.Message.Args["Guide"])
		}
	}
	if !slices.Equal(told, []string{"Old wrap-up, " + gone, "Old wrap-up, " + gone}) {
		t.Errorf("told %q", told)
	}
	if strings.Count(strings.Join(w.aws.calls, "\n"), "describe "+otherGuide) != 1 {
		t.Errorf("calls: %q", w.aws.calls)
	}
}

// When the plan's time runs out, our own pace refuses a turn: no flow is at fault, and none is left out for it.
func TestAPlanWhoseTimeIsOverBlamesNoFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.aws.before = func(call string) error {
		if strings.HasPrefix(call, "describe "+string(inboundID)) {
			return fault.New(fault.Throttled, "aws.throttled")
		}
		return nil
	}
	r := asIs(inboundID, secondID)
	r.Names = map[instance.FlowID]string{inboundID: "Sales"}
	c := w.plan(t, r)
	if len(c.Steps) != 1 || len(c.LeftOut) != 1 || c.LeftOut[0].Name != "Sales" {
		t.Fatalf("a throttled flow, in good time: %+v", c.LeftOut)
	}
	r.Instance, r.By = home, ana
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
	defer cancel()
	if c, err := w.Plan(ctx, r); !fault.Is(err, fault.Throttled) {
		t.Errorf("near the end: %v, %+v", err, c.LeftOut)
	}
}

// A plan that a former version made, when an intent had no end, is approved under the hash it has.
func TestAPlanOfAFormerVersionHasItsHashStill(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(publish.Step{})
	if err != nil || strings.Contains(string(b), "Until") {
		t.Errorf("%v: %s", err, b)
	}
}

// A flow that is named twice is written once, and one that is to get the guide and to lose it is no plan.
func TestAFlowIsInAPlanOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID, inboundID))
	if len(c.Steps) != 2 {
		t.Errorf("%d steps", len(c.Steps))
	}
	r := asIs(inboundID)
	r.Remove, r.Instance, r.By = []instance.FlowID{secondID, inboundID}, home, ana
	if _, err := w.Plan(t.Context(), r); !fault.Is(err, fault.Invalid) || fault.From(err).Message.ID != "publish.add-and-remove" {
		t.Errorf("both: %v", err)
	}
}
