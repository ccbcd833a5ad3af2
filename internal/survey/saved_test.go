package survey_test

import (
	"context"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// listed gives flows the status that a list has of them, where that is not what is so.
type listed struct {
	*fake
	status string
}

func (l *listed) of(flows []instance.Flow) []instance.Flow {
	for i := range flows {
		if flows[i].ID == fid(1) {
			flows[i].Status = l.status
		}
	}
	return flows
}

func (l *listed) ListFlows(ctx context.Context, in instance.Instance, types ...instance.FlowType) ([]instance.Flow, error) {
	flows, err := l.fake.ListFlows(ctx, in, types...)
	return l.of(flows), err
}

func (l *listed) SearchFlows(ctx context.Context, in instance.Instance, types []instance.FlowType, yield func([]instance.Flow) bool) error {
	return l.fake.SearchFlows(ctx, in, types, func(page []instance.Flow) bool { return yield(l.of(page)) })
}

// Of a flow that is listed as saved only its description tells whether it was ever published.
func TestAFlowListedAsSavedThatCannotBeRead(t *testing.T) {
	t.Parallel()
	broken := refuse(fault.Unavailable, "aws.service", "InternalServiceException")
	setUp := func() (*listed, *survey.Service) {
		l := &listed{fake: newFake(), status: instance.StatusPublished}
		l.put(0, acwGuide())
		l.put(1, wired(fid(0)))
		l.put(2, unwired())
		return l, survey.New(l, survey.ServiceOptions{})
	}
	fails := func(l *listed) {
		l.status = instance.StatusSaved
		l.fail["DescribeFlow "+string(fid(1))] = broken
		l.fail["DescribeFlow "+savedOf(fid(1))] = broken
	}
	warned := func(r *survey.Reading) (n int) {
		for _, w := range r.Warnings {
			if w.ID == "survey.warning.maybe-published" {
				n++
				if w.Args["Names"] != "Flow 01" || w.Args["Count"] != "1" {
					t.Errorf("it says %v", w.Args)
				}
			}
		}
		return n
	}
	t.Run("was published in a former reading: it counts, as one that can't be told", func(t *testing.T) {
		t.Parallel()
		l, s := setUp()
		if c := read(t, s).Coverage; c != (survey.Coverage{Covered: 1, Open: 1, Counted: 2}) {
			t.Errorf("before: %+v", c)
		}
		fails(l)
		for range 2 {
			r := read(t, s)
			if x := row(t, r, fid(1)); x.MaybePublished() || !x.Counted || x.Report.Verdict != audit.Unreadable || r.Coverage != (survey.Coverage{Open: 1, CantTell: 1, Counted: 2}) || warned(r) != 0 {
				t.Errorf("%+v, counted %t, warnings %v", r.Coverage, x.Counted, r.Warnings)
			}
		}
	})
	t.Run("was never seen: it does not count, and is named", func(t *testing.T) {
		t.Parallel()
		l, s := setUp()
		fails(l)
		r := read(t, s)
		if x := row(t, r, fid(1)); !x.MaybePublished() || x.Counted || r.Coverage != (survey.Coverage{Open: 1, Counted: 1}) || warned(r) != 1 {
			t.Errorf("%+v, counted %t, warnings %v", r.Coverage, x.Counted, r.Warnings)
		}
		delete(l.fail, "DescribeFlow "+string(fid(1)))
		if r := read(t, s); !row(t, r, fid(1)).Counted || warned(r) != 0 {
			t.Errorf("once it is read: %+v, warnings %v", r.Coverage, r.Warnings)
		}
	})
	t.Run("is known never to have been published, and its draft cannot be read", func(t *testing.T) {
		t.Parallel()
		l, s := setUp()
		fails(l)
		l.flows[fid(1)].published = ""
		delete(l.fail, "DescribeFlow "+string(fid(1)))
		if r := read(t, s); row(t, r, fid(1)).Counted || warned(r) != 0 {
			t.Errorf("%+v, warnings %v", r.Coverage, r.Warnings)
		}
	})
}
