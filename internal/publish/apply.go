package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
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
	if err := s.Sweep(ctx); err != nil { // leases that ran out hold no instance
		return nil, fmt.Errorf("sweep: %w", err)
	}
	attempt, err := s.journal.Start(ctx, id, a.Hash, a.By, a.Reason, s.lease())
	if err != nil {
		return nil, err
	}
	s.runsChange(id, true)
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Deadline)
	over := make(chan struct{})
	s.running.Go(func() {
		defer close(over)
		defer cancel()
		defer s.runsChange(id, false)
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
	created Outcome        // of the guide that this change created
	checked bool           // the guide that flows are wired to was found usable in this run
	seen    *instance.Flow // what the last write was read back as, until the reading side is told
}

// errUnsettled stops a run whose step may or may not have been written: the intent stays open for a person.
var errUnsettled = errors.New("nobody knows what came of a write")

// all applies the steps in order and stops at the first that is not done: those that follow depend on it, or were reviewed
// together with it. A journal error stops the run at once: nothing is written without its intent on disk.
func (r *run) all() (err error) {
	defer func() {
		if p := recover(); p != nil { // the intent, if any, stays open
			err = fmt.Errorf("panic in apply: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			err = errors.Join(err, r.giveUp(err))
		}
	}()
	stopped := false
	for i := range r.c.Steps {
		st := &r.c.Steps[i]
		if stopped {
			if err := r.outcome(st, Outcome{State: StepSkipped, Message: fault.Msg("publish.outcome.skipped")}); err != nil {
				return err
			}
			continue
		}
		if err := r.step(st); err != nil {
			return fmt.Errorf("step %s: %w", st.Key, err)
		}
		stopped = st.State != StepDone
	}
	r.dropDraft()
	return r.finish(StateOf(r.c.Steps))
}

// giveUp ends a run that something else than a step's failure stopped: the change gets the state that its steps in the journal
// speak for, and frees its instance. A run whose lease is lost says nothing any more: whoever has it judges. Where
// the journal cannot be written either, the change stays running until a sweep.
func (r *run) giveUp(cause error) error {
	if fault.From(cause).Message.ID == "publish.lease-lost" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
	defer cancel()
	c, err := r.s.journal.Change(ctx, r.c.ID)
	if err != nil {
		return fmt.Errorf("end the run: %w", err)
	}
	return r.finish(StateOf(c.Steps))
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

func (r *run) finish(st State) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
	defer cancel()
	return r.s.journal.Finish(ctx, r.c.ID, r.attempt, st)
}

// step compares, writes intent, calls, reads back, writes outcome. All that happens before the intent has the time of one
// lease, and so has the call: what may still be written is written while nobody else can have the change.
func (r *run) step(st *Step) error {
	if err := r.renew(r.ctx); err != nil {
		return err
	}
	write, in, err := r.prepareInTime(st)
	if err != nil {
		if !refusal(err) {
			return err
		}
		return r.outcome(st, failed(err))
	}
	lease := r.s.lease()
	in.At = r.s.o.Now().UTC()
	if err := r.s.journal.Intent(r.ctx, r.c.ID, st.Key, r.attempt, in, in.At, lease.Until); err != nil {
		return fmt.Errorf("write the intent: %w", err)
	}
	st.State, st.Intent = StepIntent, in
	ctx, cancel := context.WithTimeout(r.ctx, lease.Until.Sub(r.s.o.Now())-r.s.margin())
	defer cancel()
	o, err := write(ctx)
	if err != nil {
		return err
	}
	if err := r.outcome(st, o); err != nil {
		return err
	}
	r.tell()
	return nil
}

func (r *run) prepareInTime(st *Step) (func(context.Context) (Outcome, error), Intent, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.s.o.Lease-r.s.margin())
	defer cancel()
	return r.prepare(ctx, st)
}

// renew extends the lease, even when the run's own time is over, if ctx says so.
func (r *run) renew(ctx context.Context) error {
	if err := r.s.journal.Renew(ctx, r.c.ID, r.attempt, r.s.lease().Until); err != nil {
		return fmt.Errorf("renew the lease: %w", err)
	}
	return nil
}

// margin is how long before the end of its lease a call is cut off: a request that left just before is carried out, or
// lost, while the lease still holds.
func (s *Service) margin() time.Duration { return s.o.Lease / 5 }

// outcome journals what came of a step. It is written even when the run's own time is over.
func (r *run) outcome(st *Step, o Outcome) error {
	o.At = r.s.o.Now().UTC()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
	defer cancel()
	if err := r.s.journal.Outcome(ctx, r.c.ID, st.Key, r.attempt, o); err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	st.State, st.Outcome = o.State, o
	if st.Kind == CreateGuide { // if it is not done, no later step is tried
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

// tell tells the reading side of a read-back, once the journal knows of it.
func (r *run) tell() {
	if f := r.seen; f != nil {
		r.seen = nil
		r.s.o.Wrote(r.c.Instance.ID, *f)
	}
}
