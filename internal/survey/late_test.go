package survey_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// silent is a service that, once it hangs, answers no description: all of them, or those of saved copies.
type silent struct {
	survey.Reader
	all, drafts atomic.Bool
}

func (s *silent) DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error) {
	if s.all.Load() || s.drafts.Load() && strings.HasSuffix(id, ":$SAVED") {
		<-ctx.Done()
		return instance.Flow{}, refuse(fault.Unavailable, "aws.timeout", "")
	}
	return s.Reader.DescribeFlow(ctx, in, id)
}

func (s *silent) DescribeView(ctx context.Context, in instance.Instance, id string) (instance.View, error) {
	if s.all.Load() {
		<-ctx.Done()
		return instance.View{}, refuse(fault.Unavailable, "aws.timeout", "")
	}
	return s.Reader.DescribeView(ctx, in, id)
}

// open opens a flow as a page does, which has a minute.
func (p *process) open(n int) (*survey.FlowDetail, time.Duration, error) {
	ctx, cancel := context.WithTimeout(p.b.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	d, err := p.Flow(ctx, inst.ID, fid(n))
	return d, time.Since(began), err
}

func TestAFlowThatIsNotDescribedInTimeIsShownAsItWasRead(t *testing.T) {
	inTime(t, func(b *bench) {
		manyKinds(b.f)
		s := &silent{Reader: b.f}
		p := b.process("one", s)
		p.done(survey.Order{})
		want := p.kept()
		time.Sleep(time.Hour)
		s.all.Store(true)
		for _, c := range []struct {
			name         string
			n            int
			verdict      audit.Verdict
			content, own bool
		}{
			{"a flow", 1, audit.Wired, true, false},
			{"one with a draft", 3, audit.Wired, true, true},
			{"one never published", 4, audit.NotWired, true, false},
			{"a guide", 0, audit.Guide, true, false},
			{"one that could not be read then either", 9, audit.Unreadable, false, false},
		} {
			d, took, err := p.open(c.n)
			if err != nil {
				b.Errorf("%s: %v", c.name, err)
				continue
			}
			if took > 8*time.Second {
				b.Errorf("%s: it took %s", c.name, took)
			}
			if d.Late == nil || d.Late.Kind != fault.Unavailable || !d.Row.ReadAt.Equal(row(b.T, want, fid(c.n)).ReadAt) {
				b.Errorf("%s: late %v, read at %s", c.name, d.Late, d.Row.ReadAt)
			}
			if d.Row.Report.Verdict != c.verdict || (d.Document != nil) != c.content || (d.Row.Flow.Content != "") != c.content || (d.Saved != nil) != c.own {
				b.Errorf("%s: %s, document %v, saved %v", c.name, d.Row.Report.Verdict, d.Document, d.Saved)
			}
			if c.own && d.Saved.Content != unwired() {
				b.Errorf("%s: the draft is %q", c.name, d.Saved.Content)
			}
			if c.n == 0 && (d.Guide == nil || d.View == nil || d.ViewErr == nil) {
				b.Errorf("%s: guide %v, view %v, %v", c.name, d.Guide, d.View, d.ViewErr)
			}
		}
		if diff := same(want, p.kept()); diff != "" {
			b.Errorf("the reading changed:\n%s", diff)
		}
		s.all.Store(false)
		if d, took, err := p.open(1); err != nil || d.Late != nil || took != 0 {
			b.Errorf("once it answers again: %+v %v after %s", d, err, took)
		}
	})
}

func TestADraftThatIsNotDescribedInTimeIsNotChecked(t *testing.T) {
	inTime(t, func(b *bench) {
		manyKinds(b.f)
		s := &silent{Reader: b.f}
		p := b.process("one", s)
		p.done(survey.Order{})
		b.f.publish(fid(1), unwired())
		s.drafts.Store(true)
		b.f.fail["DescribeFlow "+string(fid(3))] = denied
		if d, _, err := p.open(3); err != nil || d.Late != nil || d.Row.Error == nil || d.Row.Report.Verdict != audit.Unreadable {
			b.Errorf("what is denied is shown as it was: %+v %v", d, err)
		}
		d, took, err := p.open(1)
		if err != nil || took > 8*time.Second || d.Late != nil || d.Row.Draft != survey.DraftNotChecked || d.Row.Report.Verdict != audit.NotWired {
			b.Errorf("%+v %v after %s", d, err, took)
		}
	})
}

// Without a database there is no content, and the verdict is what there is.
func TestAFlowThatIsNotDescribedInTimeHasItsVerdictWhereNoContentIsKept(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(0, acwGuide())
	f.put(1, wired(fid(0)))
	s := &silent{Reader: f}
	service := survey.New(s, survey.ServiceOptions{Patience: time.Nanosecond})
	if _, err := service.Read(t.Context(), inst.ID, true); err != nil {
		t.Fatal(err)
	}
	s.all.Store(true)
	d, err := service.Flow(t.Context(), inst.ID, fid(1))
	if err != nil || d.Late == nil || d.Row.Report.Verdict != audit.Wired || d.Document != nil || d.Row.Flow.Content != "" {
		t.Errorf("%+v %v", d, err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if d, err := service.Flow(ctx, inst.ID, fid(1)); err == nil && d.Late == nil {
		t.Errorf("who left is shown %+v", d)
	}
}

// slowly is a service that takes its time to describe a flow, and cannot be hurried.
type slowly struct {
	survey.Reader
	id    instance.FlowID
	takes time.Duration
}

func (s *slowly) DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error) {
	if strings.HasPrefix(id, string(s.id)) {
		select {
		case <-time.After(s.takes):
		case <-ctx.Done():
			return instance.Flow{}, refuse(fault.Unavailable, "aws.timeout", "")
		}
	}
	return s.Reader.DescribeFlow(ctx, in, id)
}

// A flow that no reading has: there is nothing to show until it is described, and the description goes on while nobody waits for it.
func TestWhoOpensAFlowThatNoReadingHasIsToldInTime(t *testing.T) {
	for name, c := range map[string]struct {
		takes, back time.Duration // the answer takes; the person comes back after the first answer
		took        time.Duration // and waits then
		described   int           // copies
	}{
		"who comes back later has the answer at once":       {20 * time.Second, 30 * time.Second, 0, 2},
		"who comes back earlier waits for the same":         {14 * time.Second, time.Second, 5 * time.Second, 2},
		"who comes back too late has a description of then": {10 * time.Second, 5 * time.Minute, 0, 4},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(b *bench) {
				b.f.put(0, acwGuide())
				s := &slowly{Reader: b.f}
				p := b.process("one", s)
				p.done(survey.Order{})
				b.f.put(7, wired(fid(0)))
				b.f.put(8, noAgent(), ofType(instance.TypeCustomerHold))
				for _, n := range []int{7, 8} {
					s.id, s.takes = fid(n), c.takes
					asked := b.f.asked()
					_, took, err := p.open(n)
					if f := fault.From(err); f == nil || f.Kind != fault.Unavailable || f.Message.ID != "survey.still-asking" || took != 8*time.Second {
						b.Errorf("flow %d: %v after %s", n, err, took)
					} else {
						sentence(b.T, f.Message)
					}
					time.Sleep(c.back)
					if c.described == 4 {
						s.takes = 0
					}
					d, took, err := p.open(n)
					if err != nil || took != c.took || d.Late != nil || d.Document == nil || d.Row.Flow.Name != b.f.flows[fid(n)].Name {
						b.Fatalf("flow %d: %+v %v after %s", n, d, err, took)
					}
					copies := 0
					for _, n := range asked() {
						copies += n
					}
					if copies != c.described {
						b.Errorf("flow %d: %d copies are described, want %d", n, copies, c.described)
					}
				}
				s.takes = 0
				b.f.publish(fid(8), unwired())
				if d, _, err := p.open(8); err != nil || d.Row.Flow.Content != unwired() {
					b.Errorf("what came late is shown again: %+v %v", d, err)
				}
			})
		})
	}
}

// What came late may also be that there is no such flow.
func TestWhatALateAnswerSaysIsSaid(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		s := &slowly{Reader: b.f, id: fid(7), takes: 10 * time.Second}
		p := b.process("one", s)
		p.done(survey.Order{})
		if _, _, err := p.open(7); !fault.Is(err, fault.Unavailable) {
			b.Errorf("%v", err)
		}
		time.Sleep(10 * time.Second)
		if _, took, err := p.open(7); !fault.Is(err, fault.NotFound) || took != 0 {
			b.Errorf("%v after %s", err, took)
		}
	})
}

// Before the first reading a flow's verdict has nothing to rest on.
func TestWhoOpensAFlowBeforeTheFirstReadingIsToldInTime(t *testing.T) {
	inTime(t, func(b *bench) {
		b.f.put(0, acwGuide())
		b.f.put(1, wired(fid(0)))
		p := b.process("one", &slowly{Reader: b.f, id: fid(1), takes: 20 * time.Second})
		_, took, err := p.open(1)
		if f := fault.From(err); f == nil || f.Message.ID != "survey.still-reading" || took != 8*time.Second {
			b.Errorf("%v after %s", err, took)
		}
		time.Sleep(20 * time.Second)
		if d, took, err := p.open(1); err != nil || d.Row.Report.Verdict != audit.Wired || took > 8*time.Second {
			b.Errorf("once it is read: %+v %v after %s", d, err, took)
		}
	})
}
