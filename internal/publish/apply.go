package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Approval is a person's word for exactly one plan.
type Approval struct {
	Hash      string   // of the plan that was reviewed
	Confirmed []string // ids of Change.Confirmations that were ticked
	Reason    string   // at most MaxReason characters
	By        Actor
}

// MaxReason is the longest reason, in characters.
const MaxReason = 500

// Begin approves the plan and starts applying it. The apply goes on to its end on a context of its own, whatever becomes
// of ctx; done is closed when it is over. Errors: fault.Conflict when it was started already (a double click), when the plan
// is another one, or when another change of the instance runs; fault.Invalid when a tick is missing.
func (s *Service) Begin(ctx context.Context, id string, a Approval) (done <-chan struct{}, err error) {
	c, err := s.journal.Change(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := approve(c, a); err != nil {
		return nil, err
	}
	if _, err := s.journal.Sweep(ctx, "", s.o.Now()); err != nil { // leases that ran out hold no instance
		return nil, fmt.Errorf("sweep: %w", err)
	}
	attempt, err := s.journal.Start(ctx, id, a.Hash, a.By, a.Reason, s.lease())
	if err != nil {
		return nil, err
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Deadline)
	over := make(chan struct{})
	s.running.Go(func() {
		defer close(over)
		defer cancel()
		r := run{s: s, c: c, attempt: attempt, ctx: own}
		if err := r.all(); err != nil {
			s.o.Log.ErrorContext(own, "apply stopped; the journal says how far it came",
				slog.String("change", id), slog.String("error", err.Error()))
		}
	})
	return over, nil
}

// Publish begins and waits for the end.
func (s *Service) Publish(ctx context.Context, id string, a Approval) (Change, error) {
	done, err := s.Begin(ctx, id, a)
	if err != nil {
		return Change{}, err
	}
	<-done
	return s.journal.Change(context.WithoutCancel(ctx), id)
}

func approve(c Change, a Approval) error {
	switch {
	case c.State != Planned:
		return fault.New(fault.Conflict, "publish.started")
	case c.Hash != a.Hash || planHash(c) != a.Hash:
		return fault.New(fault.Conflict, "publish.stale-hash")
	case c.Blocked():
		return fault.New(fault.Invalid, "publish.blocked")
	case len([]rune(a.Reason)) > MaxReason:
		return fault.New(fault.Invalid, "publish.reason-too-long", "Max", MaxReason)
	}
	for _, k := range c.Confirmations() {
		if !slices.Contains(a.Confirmed, k.ID) {
			return fault.New(fault.Invalid, "publish.unconfirmed")
		}
	}
	return nil
}

func (s *Service) lease() Lease {
	return Lease{Owner: s.o.Owner, Until: s.o.Now().Add(s.o.Lease)}
}

// run is one apply of one change.
type run struct {
	s       *Service
	c       Change
	attempt int64
	ctx     context.Context
	created Outcome // of the guide that this change created
}

// errUnsettled stops a run whose step may or may not have been written: the intent stays open for a person.
var errUnsettled = errors.New("the outcome of a write could not be read")

// all applies the steps in order and stops at the first that is not done: those that follow depend on it, or were reviewed
// together with it. A journal error stops the run at once: nothing is written without its intent on disk.
func (r *run) all() (err error) {
	defer func() {
		if p := recover(); p != nil { // the intent, if any, stays open; the sweep judges it
			err = fmt.Errorf("panic in apply: %v", p)
		}
	}()
	done, stopped := 0, false
	for i := range r.c.Steps {
		st := &r.c.Steps[i]
		if stopped {
			if err := r.outcome(st, Outcome{State: StepSkipped, Message: fault.Msg("publish.outcome.skipped")}); err != nil {
				return err
			}
			continue
		}
		o, err := r.step(st)
		if errors.Is(err, errUnsettled) {
			return errors.Join(err, r.finish(Interrupted))
		}
		if err != nil {
			return fmt.Errorf("step %s: %w", st.Key, err)
		}
		if o.State == StepDone {
			done++
		}
		stopped = o.State != StepDone
	}
	r.dropDraft()
	return r.finish(stateOf(r.c.Steps))
}

// dropDraft deletes the guide draft that was just published, unless someone saved it anew since the plan was made. A draft
// that stays is shown again as a draft: nothing is lost, so a failure is only logged.
func (r *run) dropDraft() {
	d := r.c.Draft
	if d == nil || r.s.o.Drafts == nil || len(r.c.Steps) == 0 || r.c.Steps[0].Key != "guide" || r.c.Steps[0].State != StepDone {
		return
	}
	if err := r.s.o.Drafts.DeleteDraft(context.WithoutCancel(r.ctx), r.c.Instance.ID, d.Flow, d.Rev); err != nil {
		r.s.o.Log.WarnContext(r.ctx, "the published draft stays", slog.String("change", r.c.ID), slog.String("error", err.Error()))
	}
}

// stateOf judges a change by its steps, none of which is open.
func stateOf(steps []Step) State {
	done, unclear := 0, 0
	for _, st := range steps {
		switch st.State {
		case StepDone:
			done++
		case StepUnclear:
			unclear++
		}
	}
	switch {
	case done == len(steps):
		return Published
	case done+unclear > 0:
		return Partly
	default:
		return Failed
	}
}

func (r *run) finish(st State) error {
	return r.s.journal.Finish(context.WithoutCancel(r.ctx), r.c.ID, r.attempt, st)
}

// step compares, writes intent, calls, reads back, writes outcome.
func (r *run) step(st *Step) (Outcome, error) {
	if err := r.s.journal.Renew(r.ctx, r.c.ID, r.attempt, r.s.lease().Until); err != nil {
		return Outcome{}, err
	}
	w, in, err := r.prepare(st)
	if err != nil {
		if !refusal(err) {
			return Outcome{}, err
		}
		o := failed(err)
		return o, r.outcome(st, o)
	}
	in.At = r.s.o.Now().UTC()
	if err := r.s.journal.Intent(r.ctx, r.c.ID, st.Key, r.attempt, in); err != nil {
		return Outcome{}, fmt.Errorf("write the intent: %w", err)
	}
	st.State, st.Intent = StepIntent, in
	o, err := w()
	if err != nil {
		return Outcome{}, err
	}
	return o, r.outcome(st, o)
}

// outcome journals what came of a step. It is written even when the run's own time is over.
func (r *run) outcome(st *Step, o Outcome) error {
	o.At = r.s.o.Now().UTC()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
	defer cancel()
	if err := r.s.journal.Outcome(ctx, r.c.ID, st.Key, r.attempt, o); err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	st.State, st.Outcome = o.State, o
	if st.Kind == CreateGuide && o.State == StepDone {
		r.created = o
	}
	return nil
}

// refusal says whether an error before the call is about the world (the step fails) and not about our own journal.
func refusal(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind != fault.Internal
}

// failed is the outcome of a step that was certainly not written.
func failed(err error) Outcome {
	f := fault.From(err)
	return Outcome{State: StepFailed, Message: f.Message, Code: f.Code, RequestID: f.RequestID, Problems: f.Problems}
}

// wrote tells the reading side of a read-back.
func (r *run) wrote(f instance.Flow) { r.s.o.Wrote(r.c.Instance.ID, f) }
