package publish

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

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
	Live    bool           // of a draft: what is live has changed
	Wait    time.Duration  // for so long the call may still be under way: that the reviewed bytes are not there says nothing yet
	read    *instance.Flow // as published; nil where there is none
}

// Observe reads what AWS holds for a step whose outcome is not known. It writes nothing to AWS.
func (s *Service) Observe(ctx context.Context, id, key string) (Observed, error) {
	c, st, err := s.open(ctx, id, key)
	if err != nil {
		return Observed{}, err
	}
	o, err := s.observe(ctx, c, st)
	if err == nil && settled(st, o).State != StepDone {
		o.Wait = st.Intent.left(s.now())
	}
	return o, err
}

// left is how long the announced call may still be under way, by a clock that was not set since; 0 where it is over.
func (in Intent) left(now time.Time) time.Duration {
	if now.Before(in.At) {
		return 0
	}
	return max(0, in.Until.Sub(now))
}

func (s *Service) observe(ctx context.Context, c Change, st Step) (Observed, error) {
	switch st.Kind {
	case ArchiveGuide, ActivateGuide:
		return s.observeState(ctx, c, st)
	case RestoreDraft:
		return s.observeDraft(ctx, c, st)
	}
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
	if _, err := s.journal.KeepContent(ctx, []byte(got.Content)); err != nil { // the call may still come, and replace it
		return Observed{}, fmt.Errorf("keep what is live: %w", err)
	}
	final, err := s.journal.Content(ctx, st.Intent.Final)
	if err != nil {
		return Observed{}, err
	}
	o := Observed{Flow: flowID, ARN: got.ARN, Content: got.Content, Hash: flow.Hash([]byte(got.Content)), Is: IsOther, read: &got}
	if st.Kind != CreateGuide {
		o.Is = held(got.Content, final, st.Before)
	} else if createdAs(st, final, got) {
		o.Is = IsReviewed
	}
	return o, nil
}

// held says what a copy is, of which final was to be written over the content with the hash former. The former bytes come first: where the layout alone
// differs they may pass for what the service makes of the new ones.
func held(content string, final []byte, former string) Is {
	switch {
	case content == string(final):
		return IsReviewed
	case flow.Hash([]byte(content)) == former:
		return IsFormer
	case keptAs(final, []byte(content)):
		return IsReviewed
	}
	return IsOther
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
// else by now, fault.Conflict, and the person looks again, as where the reviewed bytes are not there and the call may still be under way. Nothing is written to AWS and nothing repeated.
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
	if o.State != StepDone && st.Intent.left(s.now()) > 0 {
		return Change{}, &fault.Error{Kind: fault.Conflict, Message: Early(st)}
	}
	o.At, o.By = s.o.Now().UTC(), &by
	if now.Hash != "" {
		if o.ReadBack, err = s.journal.KeepContent(ctx, []byte(now.Content)); err != nil {
			return Change{}, err
		}
	}
	if err := s.journal.Settle(ctx, id, key, o); err != nil {
		return Change{}, err
	}
	if now.read != nil {
		s.o.Wrote(c.Instance.ID, *now.read)
	}
	return s.journal.Change(ctx, id)
}

// Early says until when a step that was not carried out, as it looks, may be yet.
func Early(st Step) fault.Message {
	return fault.Msg("publish.settle-early", "Flow", st.Name, "Time", st.Intent.Until.Add(time.Second-1).UTC().Format("15:04:05 UTC"))
}

func settled(st Step, now Observed) Outcome {
	switch {
	case now.Is == IsReviewed:
		return Outcome{State: StepDone, Flow: now.Flow, ARN: now.ARN, Message: fault.Msg("publish.settled.done", "Flow", st.Name)}
	case now.Is == IsFormer, now.Is == IsMissing && st.Kind == CreateGuide:
		return Outcome{State: StepFailed, Message: fault.Msg("publish.settled.not-written", "Flow", st.Name)}
	case now.Is == IsMissing:
		return Outcome{State: StepUnclear, Message: fault.Msg("publish.settled.gone", "Flow", st.Name)}
	case now.Live:
		return Outcome{State: StepUnclear, Message: fault.Msg("publish.outcome.draft-live", "Flow", st.Name)}
	default:
		return Outcome{State: StepUnclear, Message: fault.Msg("publish.settled.other", "Flow", st.Name)}
	}
}

// resume settles by reading what became of a write of which nobody knows: it is done, or not carried out and planned again, or a person
// decides (errUnsettled). That a write is not carried out is known only once its call is over. No clock tells when: it may have been set since the
// intent, or be another machine's. So as long as a call may take is waited here, and then read again.
func (r *run) resume(st *Step) error {
	now, err := r.look(st)
	if err != nil {
		return err
	}
	met := now
	if call := st.Intent.Until.Sub(st.Intent.At); call > 0 && now.Is != IsReviewed {
		if err := r.s.o.Wait(r.ctx, call); err != nil {
			return cmp.Or(context.Cause(r.ctx), err)
		}
		if now, err = r.look(st); err != nil {
			return err
		}
	}
	switch {
	case now.Is == IsReviewed:
		o := settled(*st, now)
		if met.Is == IsOther && st.Kind.WritesContent() && st.Kind != RestoreDraft { // it came late, over what somebody had published meanwhile
			o.Found.Live, o.Message = flow.Hash([]byte(met.Content)), fault.Msg("publish.settled.over", "Flow", st.Name)
		}
		if o.ReadBack, err = r.s.journal.KeepContent(r.calls, []byte(now.Content)); err != nil {
			return fmt.Errorf("keep the content read back: %w", err)
		}
		r.seen = now.read
		return r.outcome(st, o)
	case now.Is == IsFormer, now.Is == IsMissing && st.Kind == CreateGuide:
		return r.reopen(st)
	}
	r.s.o.Log.WarnContext(r.ctx, "nobody knows what came of a write; a person decides", slog.String("change", r.c.ID), slog.String("step", st.Key))
	return errUnsettled
}

// look reads what the service holds for an open step.
func (r *run) look(st *Step) (now Observed, err error) {
	err = r.afterwards(st, "", func(ctx context.Context) (err error) {
		now, err = r.s.observe(ctx, r.c, *st)
		return err
	})
	return now, err
}

func (r *run) reopen(st *Step) error {
	ctx, cancel := context.WithTimeout(r.calls, keeping)
	defer cancel()
	why := fault.Msg("publish.settled.not-written", "Flow", st.Name)
	if err := r.s.journal.Reopen(ctx, r.c.ID, st.Key, r.fence, why, r.s.now()); err != nil {
		return fmt.Errorf("plan the step again: %w", err)
	}
	st.State, st.Intent = StepPlanned, Intent{}
	return nil
}
