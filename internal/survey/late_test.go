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
		if _, _, err := p.open(77); !fault.Is(err, fault.Unavailable) {
			b.Errorf("a flow that no reading has: %v", err)
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
