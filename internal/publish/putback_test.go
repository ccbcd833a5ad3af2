package publish_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
)

func (w *world) putBack(t *testing.T, q publish.PutBackRequest) publish.Change {
	t.Helper()
	q.By = ana
	c, err := w.PutBack(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func whole(c publish.Change) publish.PutBackRequest {
	return publish.PutBackRequest{Former: publish.Former{Change: c.ID}}
}

// apply approves a plan and expects it to be carried out.
func (w *world) apply(t *testing.T, c publish.Change) publish.Change {
	t.Helper()
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Published {
		t.Fatalf("%v: %s %+v", err, got.State, got.Steps)
	}
	return got
}

// left is why a flow is left out of a plan; empty where it is not.
func left(c publish.Change, id instance.FlowID) string {
	for _, l := range c.LeftOut {
		if l.Flow == id {
			return l.Reason.ID
		}
	}
	return ""
}

func keys(c publish.Change) (out []string) {
	for _, st := range c.Steps {
		out = append(out, string(st.Kind)+" "+st.Key)
	}
	return out
}

func TestAChangeIsPutBackInReverse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	former := map[instance.FlowID]string{inboundID: w.aws.live(inboundID), secondID: w.aws.live(secondID), wrapID: w.aws.live(wrapID)}
	m := w.lifted(t, wrapID).With("Disposition_Header_Title", "Outcome")
	c := w.publish(t, publish.Request{Guide: publish.GuideChoice{Flow: wrapID, Model: &m}, Add: []instance.FlowID{inboundID, secondID}})
	written := map[instance.FlowID]string{inboundID: w.aws.live(inboundID), secondID: w.aws.live(secondID), wrapID: w.aws.live(wrapID)}

	back := w.putBack(t, whole(c))
	want := []string{"restore-flow flow:" + string(secondID), "restore-flow flow:" + string(inboundID), "restore-flow guide"}
	if !slices.Equal(keys(back), want) || len(back.LeftOut) != 0 || back.Blocked() {
		t.Fatalf("%v, left out %v", keys(back), back.LeftOut)
	}
	if w.aws.count("update") != 3 {
		t.Fatal("planning wrote")
	}
	back = w.apply(t, back)
	for id, content := range former {
		if w.aws.live(id) != content {
			t.Errorf("%s is not what it was", id)
		}
	}
	again := w.putBack(t, whole(back))
	if !slices.Equal(keys(again), []string{"restore-flow guide", want[1], want[0]}) {
		t.Errorf("put back once more: %v", keys(again))
	}
	w.apply(t, again)
	for id, content := range written {
		if w.aws.live(id) != content {
			t.Errorf("%s does not hold the reviewed bytes again", id)
		}
	}
}

func TestOneStepIsPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.publish(t, asIs(inboundID, secondID))
	q := whole(c)
	q.Former.Steps = []string{"flow:" + string(secondID)}
	w.apply(t, w.putBack(t, q))
	if w.aws.live(inboundID) == inbound || w.aws.live(secondID) != strings.Replace(inbound, "Hello", "Billing", 1) {
		t.Error("another step was put back")
	}
}

// What somebody published since is left alone, unless it is chosen; then what they published is kept and told.
func TestWhatChangedSinceIsLeftAloneUnlessChosen(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		edit func(*testing.T, *world)
		want string
		over bool // can be chosen
	}{
		"a colleague published":     {func(_ *testing.T, w *world) { w.outside(inboundID, "Hello", "Hi") }, "publish.left.stand.changed", true},
		"a colleague moved a block": {func(_ *testing.T, w *world) { w.outside(inboundID, `"x":400`, `"x":800`) }, "publish.left.stand.moved", true},
		"a later change": {func(t *testing.T, w *world) {
			w.aws.put("aaaaaaaa-0000-4000-8000-0000000000fe", "Another", w.aws.live(wrapID))
			w.publish(t, publish.Request{Guide: publish.GuideChoice{Flow: "aaaaaaaa-0000-4000-8000-0000000000fe"}, Replace: true, Add: []instance.FlowID{inboundID}})
		}, "publish.left.stand.later", true},
		"put back by hand": {func(_ *testing.T, w *world) { w.aws.put(inboundID, "Sales", inbound) }, "publish.left.stand.former", false},
		"put back by hand, another layout": {func(_ *testing.T, w *world) {
			w.aws.put(inboundID, "Sales", strings.Replace(inbound, `"Metadata":{`, `"Metadata":{"snapToGrid":true,`, 1))
		}, "publish.left.stand.former", false},
		"archived": {func(_ *testing.T, w *world) { w.aws.flows[inboundID].meta.State = instance.StateArchived }, "publish.left.archived", false},
		"deleted":  {func(_ *testing.T, w *world) { delete(w.aws.flows, inboundID) }, "publish.left.deleted", false},
		"not to be read": {func(_ *testing.T, w *world) {
			w.aws.before = func(call string) error {
				if call == "describe "+string(inboundID) {
					return fault.New(fault.Denied, "aws.denied")
				}
				return nil
			}
		}, "aws.denied", false},
		"a draft": {func(_ *testing.T, w *world) { w.aws.flows[inboundID].saved = inbound }, "publish.left.draft", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.publish(t, asIs(inboundID, secondID))
			tt.edit(t, w)
			got := w.putBack(t, whole(c))
			if len(got.Steps) != 1 || left(got, inboundID) != tt.want || got.LeftOut[0].Over != tt.over {
				t.Fatalf("%v, left out %+v", keys(got), got.LeftOut)
			}
			q := whole(c)
			q.Former.Over = []instance.FlowID{inboundID}
			if got = w.putBack(t, q); !tt.over {
				if len(got.Steps) != 1 {
					t.Errorf("chosen all the same: %v", keys(got))
				}
				return
			}
			theirs := w.aws.live(inboundID)
			if len(got.Steps) != 2 || !got.Steps[1].Over || !slices.ContainsFunc(got.Confirmations(), func(k publish.Confirmation) bool { return k.Message.ID == "publish.confirm.over" }) {
				t.Fatalf("%+v", got.Steps)
			}
			w.apply(t, got)
			kept, err := w.Content(t.Context(), got.Steps[1].Before)
			if err != nil || string(kept) != theirs || w.aws.live(inboundID) != inbound {
				t.Errorf("%v: what they published is not kept, or the flow is not put back", err)
			}
		})
	}
}

// outside is a colleague who publishes in the console.
func (w *world) outside(id instance.FlowID, old, with string) {
	f := w.aws.flows[id]
	f.live = strings.Replace(f.live, old, with, 1)
	f.saved = f.live
}

// A guide goes back after the flows that open it: where one of those stays, so does the guide, however far the rest goes.
func TestAGuideStaysWithAFlowThatCannotBePutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.lifted(t, wrapID)
	g.TimeLimit = 600
	c := w.publish(t, publish.Request{Guide: publish.GuideChoice{Flow: wrapID, Model: &g}, Add: []instance.FlowID{inboundID, secondID}})
	published := w.aws.live(wrapID)
	back := w.putBack(t, whole(c))
	w.aws.before = func(call string) error {
		if call == "update "+string(secondID) {
			return fault.New(fault.Denied, "aws.denied")
		}
		return nil
	}
	a := approve(back)
	a.Mode = publish.GoOn
	got, err := w.Publish(t.Context(), back.ID, a)
	if err != nil || !slices.Equal(states(got), []publish.StepState{publish.StepFailed, publish.StepDone, publish.StepSkipped}) || w.aws.live(wrapID) != published {
		t.Errorf("%v: %v", err, states(got))
	}
}

func TestACreatedGuideStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.publish(t, newGuide())
	guide := c.Steps[0].Outcome.Flow
	got := w.putBack(t, whole(c))
	if len(got.Steps) != 1 || left(got, guide) != "publish.left.guide-stays" {
		t.Fatalf("%v, left out %+v", keys(got), got.LeftOut)
	}
	w.apply(t, got)
	if w.aws.live(inboundID) != inbound || w.aws.flows[guide].meta.State != instance.StateActive {
		t.Error("the flow is not as it was, or the guide is gone")
	}
}

func TestOnlyWhatIsOverIsPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	planned := w.plan(t, asIs(inboundID))
	if _, err := w.PutBack(t.Context(), whole(planned)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a plan: %v", err)
	}
	if _, err := w.PutBack(t.Context(), whole(publish.Change{ID: "nothing"})); !fault.Is(err, fault.NotFound) {
		t.Errorf("no change: %v", err)
	}
	c := w.publish(t, asIs(secondID))
	q := whole(c)
	q.Former.Steps = []string{"flow:" + string(inboundID)}
	if _, err := w.PutBack(t.Context(), q); !fault.Is(err, fault.Invalid) {
		t.Errorf("a step of another change: %v", err)
	}
	w.aws.before = func(call string) error {
		if isUpdate(call) {
			return fault.New(fault.Denied, "aws.denied")
		}
		return nil
	}
	failed, err := w.Publish(t.Context(), planned.ID, approve(planned))
	if err != nil || failed.State != publish.Failed {
		t.Fatal(err, failed.State)
	}
	if _, err := w.PutBack(t.Context(), whole(failed)); !fault.Is(err, fault.Conflict) {
		t.Errorf("nothing was written: %v", err)
	}
}

// A change that stopped in the middle is put back as far as it went; a step of which nobody knows only by choice.
func TestAPartlyPublishedChangeIsPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.plan(t, asIs(inboundID, secondID))
	w.aws.after = func(call string) error {
		if call == "update "+string(secondID) {
			w.aws.put(secondID, "Billing", strings.Replace(inbound, "Hello", "Both", 1))
		}
		return nil
	}
	got, err := w.Publish(t.Context(), c.ID, approve(c))
	if err != nil || got.State != publish.Partly || got.Steps[1].State != publish.StepUnclear {
		t.Fatal(err, states(got))
	}
	w.aws.after = nil
	back := w.putBack(t, whole(got))
	if !slices.Equal(keys(back), []string{"restore-flow flow:" + string(inboundID)}) {
		t.Errorf("%v", keys(back))
	}
	q := whole(got)
	q.Former.Steps = []string{"flow:" + string(inboundID), "flow:" + string(secondID)}
	back = w.putBack(t, q)
	if len(back.Steps) != 1 || left(back, secondID) != "publish.left.stand.changed" || !back.LeftOut[0].Over {
		t.Fatalf("what was read back was not what was sent, and may be a colleague's: %v, left out %+v", keys(back), back.LeftOut)
	}
	q.Former.Over = []instance.FlowID{secondID}
	back = w.putBack(t, q)
	if len(back.Steps) != 2 || !back.Steps[0].Over {
		t.Fatalf("chosen all the same: %+v", back.Steps)
	}
	w.apply(t, back)
	if w.aws.live(inboundID) != inbound || w.aws.live(secondID) != strings.Replace(inbound, "Hello", "Billing", 1) {
		t.Error("not as it was")
	}
}

// Kept bytes that are damaged or gone are never sent: a sentence, and nothing written.
func TestDamagedBytesAreNotPutBack(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"damaged": fault.New(fault.Internal, "store.content-damaged"), "gone": fault.New(fault.NotFound, "store.content-missing")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.publish(t, asIs(inboundID))
			back := w.putBack(t, whole(c))
			ill := w.over(damagedContents{w.store, c.Steps[0].Before, err})
			got, perr := ill.PutBack(t.Context(), publish.PutBackRequest{Former: publish.Former{Change: c.ID}, By: ana})
			if perr != nil || len(got.Steps) != 0 || left(got, inboundID) != "publish.left.damaged" {
				t.Errorf("planned: %v %+v", perr, got)
			}
			got, perr = ill.Publish(t.Context(), back.ID, approve(back))
			if name == "damaged" && (perr != nil || got.State != publish.Failed) || w.aws.count("update") != 1 {
				t.Errorf("published: %v %s", perr, got.State)
			}
		})
	}
	t.Run("other bytes than the hash says", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.publish(t, asIs(inboundID))
		back := w.putBack(t, whole(c))
		j := journal{Journal: w.store, content: func(hash string, b []byte) []byte {
			if hash == c.Steps[0].Before {
				return []byte(strings.Replace(string(b), "Hello", "Gotcha", 1))
			}
			return b
		}}
		got, err := w.over(j).Publish(t.Context(), back.ID, approve(back))
		if err != nil || got.State != publish.Failed || got.Steps[0].Outcome.Message.ID != "store.content-damaged" || w.aws.count("update") != 1 {
			t.Errorf("%v: %s %+v", err, got.State, got.Steps)
		}
	})
}

// A put back compares as every write does.
func TestAPutBackOverwritesNothingUnseen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	back := w.putBack(t, whole(w.publish(t, asIs(inboundID))))
	w.outside(inboundID, "Hello", "Hi")
	theirs := w.aws.live(inboundID)
	got, err := w.Publish(t.Context(), back.ID, approve(back))
	if err != nil || got.State != publish.Failed || got.Steps[0].Outcome.Message.ID != "publish.outcome.changed" || w.aws.live(inboundID) != theirs {
		t.Errorf("%v: %s %+v", err, got.State, got.Steps)
	}
}

// A process that is killed in any write of a way back is followed by one that settles it by reading.
func TestAWayBackGoesOnWhereAProcessWasKilled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, op string
		plan     func(*testing.T, *world) publish.Change
	}{
		{"restore-flow", "update", func(t *testing.T, w *world) publish.Change { return w.putBack(t, whole(w.publish(t, asIs(inboundID)))) }},
		{"restore-draft", "save", func(t *testing.T, w *world) publish.Change { return w.draftBack(t, w.overDraft(t)) }},
		{"archive-guide", "state", func(t *testing.T, w *world) publish.Change { return w.archive(t, w.unusedGuide(t)) }},
		{"activate-guide", "state", func(t *testing.T, w *world) publish.Change {
			return w.putBack(t, whole(w.apply(t, w.archive(t, w.unusedGuide(t)))))
		}},
	} {
		for _, applied := range []bool{false, true} {
			t.Run(tt.name+map[bool]string{false: ", before the service has written", true: ", after it"}[applied], func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := tt.plan(t, w)
				before := w.aws.count(tt.op)
				inside, leave := make(chan struct{}), make(chan struct{})
				frozen := make(chan struct{}, 1)
				frozen <- struct{}{}
				freeze := func(call string) error {
					if !strings.HasPrefix(call, tt.op+" ") {
						return nil
					}
					select {
					case <-frozen:
						close(inside)
						<-leave
						return errLost
					default:
						return nil
					}
				}
				if w.aws.before = freeze; applied {
					w.aws.before, w.aws.after = nil, freeze
				}
				first := w.process(w.store)
				first.start(ownedBy("one"))
				if _, err := first.Begin(t.Context(), c.ID, approve(c)); err != nil {
					t.Fatal(err)
				}
				<-inside
				w.process(w.store).start(ownedBy("one"))
				got := w.ends(c, publish.Published)
				close(leave)
				if n := w.aws.count(tt.op) - before; n != 1 {
					t.Errorf("%d writes: %v", n, w.aws.calls)
				}
				if last := got.Steps[len(got.Steps)-1]; applied && last.Outcome.Message.ID != "publish.settled.done" && len(got.Steps) == 1 {
					t.Errorf("%+v", last.Outcome)
				}
			})
		}
	}
}

// unusedGuide creates a guide and takes it out of its flow again.
func (w *world) unusedGuide(t *testing.T) instance.FlowID {
	t.Helper()
	c := w.publish(t, newGuide())
	w.apply(t, w.putBack(t, whole(c)))
	return c.Steps[0].Outcome.Flow
}

func (w *world) archive(t *testing.T, id instance.FlowID) publish.Change {
	t.Helper()
	c, err := w.Archive(t.Context(), publish.ArchiveRequest{Instance: home, Flow: id, By: ana})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAGuideIsArchivedAndMadeActiveAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unusedGuide(t)
	content := w.aws.live(id)
	archived := w.apply(t, w.archive(t, id))
	if f := w.aws.flows[id]; f.meta.State != instance.StateArchived || f.live != content {
		t.Fatalf("%+v", f.meta)
	}
	if _, err := w.Archive(t.Context(), publish.ArchiveRequest{Instance: home, Flow: id, By: ana}); !fault.Is(err, fault.Invalid) {
		t.Errorf("archived twice: %v", err)
	}
	w.apply(t, w.putBack(t, whole(archived)))
	if f := w.aws.flows[id]; f.meta.State != instance.StateActive || f.live != content {
		t.Errorf("%+v", f.meta)
	}
	if got := w.putBack(t, whole(archived)); left(got, id) != "publish.left.active" {
		t.Errorf("%+v", got.LeftOut)
	}
}

// runs is a flow or a module that runs a module.
func runs(module string) string {
	return `{"Version":"2019-10-30","StartAction":"run","Actions":[` +
		`{"Identifier":"run","Type":"InvokeFlowModule","Parameters":{"FlowModuleId":"` + module + `"},"Transitions":{"NextAction":"end","Errors":[{"NextAction":"end","ErrorType":"NoMatchingError"}]}},` +
		`{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
}

func TestAGuideThatIsNamedIsNotArchived(t *testing.T) {
	t.Parallel()
	const named = "publish.archive.named"
	for name, tt := range map[string]struct {
		edit func(*aws, instance.FlowID)
		want string // "": it is archived
	}{
		"by a flow": {func(a *aws, id instance.FlowID) {
			a.put(secondID, "Billing", strings.Replace(inbound, "Hello", string(id), 1))
		}, named},
		"by an unpublished draft": {func(a *aws, id instance.FlowID) {
			a.flows[secondID].saved = strings.Replace(inbound, "Hello", string(id), 1)
		}, "publish.archive.named-draft"},
		"by a draft that runs a module": {func(a *aws, id instance.FlowID) {
			const module = "cccccccc-0000-4000-8000-000000000001"
			a.flows[secondID].saved = runs(module)
			a.modules = []instance.Module{{ID: module, Name: "Billing", Content: string(id)}}
		}, named},
		"by a telephone number": {func(a *aws, id instance.FlowID) {
			a.leads = []instance.Association{{Resource: "n1", Flow: string(inboundID), Type: "VOICE_PHONE_NUMBER"}, {Resource: "n2", Flow: string(id), Type: "VOICE_PHONE_NUMBER"}}
		}, "publish.archive.led"},
		"by a telephone number, at a version": {func(a *aws, id instance.FlowID) {
			a.leads = []instance.Association{{Resource: "n2", Flow: home.ARN + "/contact-flow/" + string(id) + ":3", Type: "VOICE_PHONE_NUMBER"}}
		}, "publish.archive.led"},
		"by a module in a module": {func(a *aws, id instance.FlowID) {
			const first, inner = "cccccccc-0000-4000-8000-000000000001", "cccccccc-0000-4000-8000-000000000002"
			a.put(secondID, "Runs a module", runs(first))
			a.modules = []instance.Module{{ID: first, Name: "First", Content: runs(inner)}, {ID: inner, Name: "Billing", Content: runs(first) + string(id)}}
		}, named},
		"by an archived flow": {func(a *aws, id instance.FlowID) {
			a.put(secondID, "Billing", strings.Replace(inbound, "Hello", string(id), 1))
			a.flows[secondID].meta.State = instance.StateArchived
		}, ""},
		"by a module that nothing runs": {func(a *aws, id instance.FlowID) {
			a.modules = []instance.Module{{ID: "cccccccc-0000-4000-8000-000000000001", Name: "Billing", Content: string(id)}}
		}, ""},
		"by nothing, where a module is gone": {func(a *aws, _ instance.FlowID) {
			a.put(secondID, "Runs a module", runs("cccccccc-0000-4000-8000-000000000001"))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.unusedGuide(t)
			c := w.archive(t, id)
			tt.edit(w.aws, id)
			got, err := w.Publish(t.Context(), c.ID, approve(c))
			ok := tt.want == ""
			if err != nil || (got.State == publish.Published) != ok || w.aws.count("state") > 0 != ok {
				t.Fatalf("%v: %s %+v", err, got.State, got.Steps)
			}
			if m := got.Steps[0].Outcome.Message; !ok && (m.ID != tt.want || tt.want == "publish.archive.led" && m.Args["Count"] != "1" ||
				tt.want != "publish.archive.led" && m.Args["Flows"] != "Billing") {
				t.Errorf("%+v", m)
			}
		})
	}
	w := newWorld(t)
	if _, err := w.Archive(t.Context(), publish.ArchiveRequest{Instance: home, Flow: wrapID, By: ana}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a guide that wrapup did not create: %v", err)
	}
	id := w.unusedGuide(t)
	if _, err := w.Archive(t.Context(), publish.ArchiveRequest{Instance: home, Flow: id, UsedBy: []string{"Sales"}, By: ana}); !fault.Is(err, fault.Invalid) {
		t.Errorf("named at the last reading: %v", err)
	}
	c := w.archive(t, id)
	w.aws.flows[id].meta.State = instance.StateArchived
	if got, err := w.Publish(t.Context(), c.ID, approve(c)); err != nil || got.State != publish.Failed || w.aws.count("state") != 0 {
		t.Errorf("archived by somebody else: %v: %s", err, got.State)
	}
}

// A guide of the name of one that wrapup archived is that one, with the new content.
func TestAnArchivedGuideIsMadeActiveInsteadOfCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unusedGuide(t)
	w.apply(t, w.archive(t, id))
	same := w.plan(t, newGuide())
	if want := []string{"activate-guide guide", "update-flow flow:" + string(inboundID)}; !slices.Equal(keys(same), want) {
		t.Errorf("the same content: %v", keys(same))
	}
	r := newGuide()
	m := acw.New("aws", "us-east-1", nil).With("Disposition_Header_Title", "Outcome")
	r.Guide.Model, r.Instance, r.By = &m, home, ana
	later := w.service(func(o *publish.Options) { o.Now = func() time.Time { return w.now.Add(time.Hour) } })
	c, err := later.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"activate-guide activate", "restore-flow guide", "update-flow flow:" + string(inboundID)}; !slices.Equal(keys(c), want) {
		t.Fatalf("%v, left out %+v", keys(c), c.LeftOut)
	}
	if c, err = later.Publish(t.Context(), c.ID, approve(c)); err != nil || c.State != publish.Published {
		t.Fatalf("%v: %s %+v", err, c.State, c.Steps)
	}
	if f := w.aws.flows[id]; f.meta.State != instance.StateActive || f.live != string(acw.Compile(m)) || w.aws.count("create") != 1 || !strings.Contains(w.aws.live(inboundID), string(id)) {
		t.Errorf("%+v, %d created", f.meta, w.aws.count("create"))
	}
	w.aws.flows[id].meta.State = instance.StateArchived // by somebody else
	if got := w.plan(t, newGuide()); !failedCheck(got, "publish.check.name-taken") {
		t.Errorf("%v %+v", keys(got), got.Checks)
	}
}

func TestOffersTellHowFlowsStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.publish(t, asIs(inboundID, secondID))
	w.outside(inboundID, "Hello", "Hi")
	got, err := w.Offers(t.Context(), c, asIs().Audit)
	if err != nil || len(got) != 2 || got[0].Stand != publish.AsWritten || got[1].Stand != publish.ChangedSince || got[0].Now != c.Steps[1].Verdict[1] {
		t.Errorf("%v: %+v", err, got)
	}
	delete(w.aws.flows, secondID)
	w.aws.flows[inboundID].meta.State = instance.StateArchived
	if got, err = w.Offers(t.Context(), c, asIs().Audit); err != nil || got[0].Stand != publish.DeletedNow || got[1].Stand != publish.ArchivedNow {
		t.Errorf("%v: %+v", err, got)
	}
}

func ownedBy(name string) operation.Options { return operation.Options{Owner: name} }
