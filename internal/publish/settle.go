package publish

import (
	"context"
	"fmt"
	"slices"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Is says what the service holds, against what a step knew.
type Is string

// The three answers, and a flow that is not there.
const (
	IsReviewed Is = "reviewed" // the bytes that were to be written
	IsFormer   Is = "former"   // the bytes before the write
	IsOther    Is = "other"
	IsMissing  Is = "missing"
)

// Observed is what AWS holds now for an interrupted step.
type Observed struct {
	Flow    instance.FlowID
	ARN     string
	Content string
	Hash    string
	Is      Is
	read    *instance.Flow // nil where there is none
}

// Observe reads what AWS holds for a step whose outcome is not known. It writes nothing to AWS.
func (s *Service) Observe(ctx context.Context, id, key string) (Observed, error) {
	c, st, err := s.open(ctx, id, key)
	if err != nil {
		return Observed{}, err
	}
	return s.observe(ctx, c, st)
}

func (s *Service) observe(ctx context.Context, c Change, st Step) (Observed, error) {
	flowID := st.Flow
	if st.Kind == CreateGuide {
		f, found, err := s.find(ctx, c.Instance, st.Name)
		if err != nil {
			return Observed{}, err
		}
		if !found {
			return Observed{Is: IsMissing}, nil
		}
		flowID = f.ID
	}
	got, err := s.target.DescribeFlow(ctx, c.Instance, string(flowID))
	if fault.Is(err, fault.NotFound) {
		return Observed{Flow: flowID, Is: IsMissing}, nil
	}
	if err != nil {
		return Observed{}, err
	}
	final, err := s.journal.Content(ctx, st.Intent.Final)
	if err != nil {
		return Observed{}, err
	}
	o := Observed{Flow: flowID, ARN: got.ARN, Content: got.Content, Hash: flow.Hash([]byte(got.Content)), Is: IsOther, read: &got}
	switch {
	case st.Kind == CreateGuide && createdAs(st, final, got), st.Kind != CreateGuide && keptAs(final, []byte(got.Content)):
		o.Is = IsReviewed
	case o.Hash == st.Before:
		o.Is = IsFormer
	}
	return o, nil
}

// open loads an interrupted step.
func (s *Service) open(ctx context.Context, id, key string) (Change, Step, error) {
	c, err := s.journal.Change(ctx, id)
	if err != nil {
		return Change{}, Step{}, err
	}
	i := slices.IndexFunc(c.Steps, func(st Step) bool { return st.Key == key })
	if i < 0 || c.Steps[i].State != StepIntent || c.State != Interrupted {
		return Change{}, Step{}, fault.New(fault.Conflict, "publish.not-open")
	}
	return c, c.Steps[i], nil
}

// Settle records a publisher's decision on an interrupted step, by what AWS holds now: the reviewed bytes are done, the former
// ones not written, anything else unclear. seen is the hash (or "") that the person looked at: when AWS holds something
// else by now, fault.Conflict, and the person looks again. Nothing is written to AWS and nothing repeated.
func (s *Service) Settle(ctx context.Context, id, key, seen string, by Actor) (Change, error) {
	c, st, err := s.open(ctx, id, key)
	if err != nil {
		return Change{}, err
	}
	now, err := s.observe(ctx, c, st)
	if err != nil {
		return Change{}, fmt.Errorf("read what AWS holds: %w", err)
	}
	if now.Hash != seen {
		return Change{}, fault.New(fault.Conflict, "publish.settle-changed")
	}
	o := settled(st, now)
	o.At, o.By = s.o.Now().UTC(), &by
	if now.Hash != "" {
		if o.ReadBack, err = s.journal.KeepContent(ctx, []byte(now.Content)); err != nil {
			return Change{}, err
		}
	}
	i := slices.IndexFunc(c.Steps, func(x Step) bool { return x.Key == key })
	c.Steps[i].State = o.State
	if err := s.journal.Settle(ctx, id, key, o, StateOf(c.Steps)); err != nil {
		return Change{}, err
	}
	if now.read != nil {
		s.o.Wrote(c.Instance.ID, *now.read)
	}
	return s.journal.Change(ctx, id)
}

func settled(st Step, now Observed) Outcome {
	switch {
	case now.Is == IsReviewed:
		return Outcome{State: StepDone, Flow: now.Flow, ARN: now.ARN, Message: fault.Msg("publish.settled.done", "Flow", st.Name)}
	case now.Is == IsFormer, now.Is == IsMissing && st.Kind == CreateGuide:
		return Outcome{State: StepFailed, Message: fault.Msg("publish.settled.not-written", "Flow", st.Name)}
	default:
		return Outcome{State: StepUnclear, Message: fault.Msg("publish.settled.other", "Flow", st.Name)}
	}
}
