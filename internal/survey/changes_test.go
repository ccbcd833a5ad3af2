package survey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// saying gives changes as "kind flow: from -> to".
func saying(list []survey.Change) (out []string) {
	for _, c := range list {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s: %s -> %s", c.Kind, c.Name, c.From, c.To)))
	}
	return out
}

// saveDraft saves a draft of a flow.
func (f *fake) saveDraft(id instance.FlowID, content string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flows[id].saved = content
}

func TestWhatChangedSinceTheReadingBefore(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*bench, *process)
		want   []string
	}{
		"nothing": {func(*bench, *process) {}, nil},
		"a flow lost its guide": {func(b *bench, _ *process) { b.f.publish(fid(1), unwired()) },
			[]string{"uncovered Flow 01: wired -> not-wired", "outside Flow 01: wired -> not-wired"}},
		"a flow names a guide that is none": {func(b *bench, _ *process) { b.f.publish(fid(1), wired(fid(77))) },
			[]string{"broken Flow 01: wired -> broken", "outside Flow 01: wired -> broken"}},
		"the guide was archived": {func(b *bench, _ *process) { archived(b.f.flows[fid(0)]) },
			[]string{"broken Flow 01: wired -> broken", "broken Flow 03: wired -> broken"}},
		"a flow gained the guide": {func(b *bench, _ *process) { b.f.publish(fid(2), wired(fid(0))) },
			[]string{"covered Flow 02: not-wired -> wired", "outside Flow 02: not-wired -> wired"}},
		"the module that sets the guide no longer does": {func(b *bench, _ *process) {
			b.f.modules[moduleID] = moduleThat(block("set", "MessageParticipant", "{}", "back"), back)
		}, []string{"uncovered Flow 03: wired -> not-wired"}},
		"a draft would take the guide out": {func(b *bench, _ *process) { b.f.saveDraft(fid(1), unwired()) },
			[]string{"draft-undoes Flow 01: wired -> wired"}},
		"a draft that does no harm": {func(b *bench, _ *process) { b.f.saveDraft(fid(2), noAgent()) }, nil},
		"a flow was made, without the guide": {func(b *bench, _ *process) { b.f.put(5, unwired()) },
			[]string{"new Flow 05:  -> not-wired"}},
		"a flow is gone": {func(b *bench, _ *process) { delete(b.f.flows, fid(2)) },
			[]string{"gone Flow 02: not-wired ->"}},
		"only the name": {func(b *bench, _ *process) { b.f.flows[fid(2)].Name = "Other" }, nil},
		"the content, and nothing of the guide": {func(b *bench, _ *process) {
			b.f.publish(fid(2), doc("queue", end, queue))
		}, []string{"outside Flow 02: not-wired -> not-wired"}},
		"wrapup wired a flow": {func(b *bench, p *process) { wrote(b.T, p.Service, b.f, fid(2), wired(fid(0))) }, nil},
		"another process of wrapup's did": {func(b *bench, _ *process) {
			two := b.process("two", nil)
			two.kept()
			two.stop()
			wrote(b.T, two.Service, b.f, fid(2), wired(fid(0)))
		}, nil},
		"another did, and the index lags": {func(b *bench, _ *process) {
			b.f.index[fid(2)] = unwired()
			two := b.process("two", nil)
			two.kept()
			two.stop()
			wrote(b.T, two.Service, b.f, fid(2), wired(fid(0)))
		}, nil},
		"somebody changed what wrapup wrote": {func(b *bench, p *process) {
			wrote(b.T, p.Service, b.f, fid(2), wired(fid(0)))
			b.f.publish(fid(2), noAgent())
		}, []string{"outside Flow 02: wired -> no-agent"}},
		"a flow could not be read": {func(b *bench, _ *process) {
			b.f.index[fid(1)] = ""
			b.f.fail["DescribeFlow "+string(fid(1))] = refuse(fault.Unavailable, "aws.service", "InternalServiceException")
		}, nil},
		"the module could not be read":          {func(b *bench, _ *process) { b.f.fail["DescribeModule"] = denied }, nil},
		"what leads to flows could not be read": {func(b *bench, _ *process) { b.f.fail["Associations"] = denied }, nil},
		"the list could not be read":            {func(b *bench, _ *process) { b.f.fail["ListFlows"] = denied }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(0, acwGuide())
				b.f.put(1, wired(fid(0)))
				b.f.put(2, unwired())
				b.f.put(3, afterModule())
				b.f.modules[moduleID] = moduleThat(hooks("DisconnectAgentUI", fid(0), "back"), back)
				p := b.process("one", nil)
				if out := p.done(survey.Order{}); len(out.News) > 0 || len(p.kept().Changes) > 0 || !p.kept().Since.IsZero() {
					b.Errorf("the first reading has the news %v", saying(out.News))
				}
				before := p.kept()
				time.Sleep(time.Hour)
				tt.change(b, p)
				time.Sleep(time.Hour)
				began := time.Now()
				out := p.done(survey.Order{})
				if diff := cmp.Diff(tt.want, saying(out.News)); diff != "" {
					b.Errorf("(-want +got):\n%s", diff)
				}
				r := p.kept()
				if diff := cmp.Diff(out.News, r.Changes); diff != "" || !r.Since.Equal(before.ReadAt) {
					b.Errorf("since %s the reading shows other changes:\n%s", r.Since, diff)
				}
				for _, c := range r.Changes {
					if !c.At.Equal(began) {
						b.Errorf("%s was found at %s, want %s", c.Kind, c.At, began)
					}
				}
				if len(before.Changes) > 0 {
					b.Error("the reading before was changed")
				}
			})
		})
	}
}

func TestNewsStayForADayWhileTheyAreSo(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		for n := 1; n <= 6; n++ {
			b.f.put(n, wired(fid(0)))
		}
		b.f.put(7, unwired())
		p := b.process("one", nil)
		p.done(survey.Order{})
		time.Sleep(time.Hour)
		b.f.publish(fid(1), unwired())
		b.f.publish(fid(2), wired(fid(77)))
		b.f.saveDraft(fid(3), unwired())
		delete(b.f.flows, fid(4))
		b.f.put(8, unwired())
		b.f.publish(fid(7), wired(fid(0)))
		first := []string{
			"broken Flow 02", "uncovered Flow 01", "draft-undoes Flow 03", "covered Flow 07",
			"outside Flow 01", "outside Flow 02", "outside Flow 07", "new Flow 08", "gone Flow 04",
		}
		short := func(list []survey.Change) (out []string) {
			for _, c := range list {
				out = append(out, string(c.Kind)+" "+c.Name)
			}
			return out
		}
		if diff := cmp.Diff(first, short(p.done(survey.Order{}).News)); diff != "" {
			b.Fatalf("(-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		if out := p.done(survey.Order{}); len(out.News) > 0 {
			b.Errorf("told twice: %v", short(out.News))
		}
		if diff := cmp.Diff(first, short(p.kept().Changes)); diff != "" {
			b.Errorf("a second reading (-want +got):\n%s", diff)
		}
		b.f.publish(fid(1), wired(fid(0)))
		b.f.publish(fid(2), wired(fid(0)))
		b.f.saveDraft(fid(3), wired(fid(0)))
		b.f.put(4, wired(fid(0)))
		b.f.publish(fid(7), unwired())
		delete(b.f.flows, fid(8))
		time.Sleep(time.Hour)
		p.done(survey.Order{})
		mended := []string{
			"uncovered Flow 07", "covered Flow 01", "covered Flow 02",
			"outside Flow 01", "outside Flow 02", "outside Flow 07", "new Flow 04", "gone Flow 08",
		}
		if diff := cmp.Diff(mended, short(p.kept().Changes)); diff != "" {
			b.Errorf("once they are mended (-want +got):\n%s", diff)
		}
		time.Sleep(24*time.Hour - time.Minute)
		p.done(survey.Order{})
		if diff := cmp.Diff(mended, short(p.kept().Changes)); diff != "" {
			b.Errorf("within a day (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		p.done(survey.Order{})
		if got := short(p.kept().Changes); len(got) > 0 {
			b.Errorf("after a day: %v", got)
		}
	})
}

// The index lags behind, and may catch up later than wrapup's next reading: neither is a change by others.
func TestWhatWrapupWroteIsNeverOutside(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		b.f.put(1, unwired())
		p := b.process("one", nil)
		p.done(survey.Order{})
		time.Sleep(time.Hour)
		wrote(b.T, p.Service, b.f, fid(1), wired(fid(0)))
		for _, index := range []string{unwired(), "", wired(fid(0))} {
			b.f.index[fid(1)] = index
			for _, who := range []*process{p, b.process("restarted", nil)} {
				time.Sleep(time.Hour)
				who.done(survey.Order{})
				for _, c := range who.kept().Changes {
					if c.Kind == survey.Outside {
						b.Errorf("with the index at %.20q: %s", index, saying([]survey.Change{c}))
					}
				}
				who.stop()
				p = b.process("next", nil)
				if got := row(b.T, p.kept(), fid(1)).Report.Verdict; got != audit.Wired {
					b.Errorf("%s", got)
				}
				p.stop()
			}
			p = b.process("another", nil)
		}
	})
}

func TestWhatOthersChangedIsNewsWhenTheFlowIsOpened(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(0, acwGuide())
	f.put(1, wired(fid(0)))
	s := serve(f)
	read(t, s)
	f.publish(fid(1), unwired())
	if _, err := s.Flow(t.Context(), inst.ID, fid(1)); err != nil {
		t.Fatal(err)
	}
	var kinds []survey.ChangeKind
	for _, c := range s.Last(inst.ID).Changes {
		kinds = append(kinds, c.Kind)
	}
	if !slices.Equal(kinds, []survey.ChangeKind{survey.NewlyUncovered, survey.Outside}) {
		t.Errorf("%v", kinds)
	}
}

// Whatever becomes of an operation, and whoever sees first what happened: it is passed on once.
func TestNewsArePassedOnOnce(t *testing.T) {
	lost := []string{"uncovered Flow 01: wired -> not-wired", "outside Flow 01: wired -> not-wired"}
	for name, happens := range map[string]func(b *bench, p *process) *process{
		"found by a reading": func(b *bench, p *process) *process {
			p.done(survey.Order{})
			return p
		},
		"found by a reading that is cancelled while flows are confirmed": func(b *bench, p *process) *process {
			b.f.slow(time.Second)
			id := p.ask(survey.Order{Confirm: true}).ID
			time.Sleep(10 * time.Second)
			if op, err := p.work.Cancel(b.Context(), id, "p2"); err != nil || op.Progress.Message.ID != "survey.progress.confirm" {
				b.Errorf("%+v, %v", op.Progress, err)
			}
			p.ended(id)
			return p
		},
		"found by a run that is killed, and gone on with hours later": func(b *bench, p *process) *process {
			b.f.before = func(_, id string) {
				if strings.HasSuffix(id, "$SAVED") {
					time.Sleep(time.Second)
				}
			}
			id := p.ask(survey.Order{}).ID
			time.Sleep(10 * time.Second)
			p.die()
			time.Sleep(5 * time.Hour)
			next := b.process("next", nil)
			next.outcome(id)
			return next
		},
		"seen by a person before the next reading": func(b *bench, p *process) *process {
			if _, err := p.Flow(b.Context(), inst.ID, fid(1)); err != nil {
				b.Fatal(err)
			}
			p.stop()
			time.Sleep(time.Minute)
			next := b.process("next", nil)
			next.done(survey.Order{})
			return next
		},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(0, acwGuide())
				for n := 1; n < 60; n++ {
					b.f.put(n, wired(fid(0)))
				}
				p := b.process("one", nil)
				p.done(survey.Order{})
				time.Sleep(time.Hour)
				b.f.publish(fid(1), unwired())
				p = happens(b, p)
				b.f.before = nil
				time.Sleep(time.Hour)
				p.done(survey.Order{})
				var told []string
				for _, list := range b.told {
					told = append(told, saying(list)...)
				}
				if diff := cmp.Diff(lost, told); diff != "" {
					b.Error(diff)
				}
			})
		})
	}
}

// What a whisper sets is news of the flows that it runs for.
func TestAWhisperThatOthersChangedIsNewsWhenItIsOpened(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		b.f.put(1, doc("set", hooks("AgentWhisper", fid(10), "queue"), queue, end))
		b.f.put(10, whisper(fid(0)), ofType(instance.TypeAgentWhisper))
		p := b.process("one", nil)
		p.done(survey.Order{})
		if got := row(b.T, p.kept(), fid(1)).Report.Verdict; got != audit.WiredLater {
			b.Fatalf("%s", got)
		}
		time.Sleep(time.Hour)
		b.f.publish(fid(10), noAgent())
		if _, err := p.Flow(b.Context(), inst.ID, fid(10)); err != nil {
			b.Fatal(err)
		}
		want := []string{"uncovered Flow 01: wired-later -> not-wired"}
		for name, p := range map[string]*process{"here": p, "elsewhere": b.process("two", nil)} {
			if diff := cmp.Diff(want, saying(p.kept().Changes)); diff != "" {
				b.Errorf("%s: %s", name, diff)
			}
		}
		time.Sleep(time.Hour)
		p.done(survey.Order{})
		if diff := cmp.Diff(want, saying(p.kept().Changes)); diff != "" {
			b.Errorf("in the next reading: %s", diff)
		}
	})
}
