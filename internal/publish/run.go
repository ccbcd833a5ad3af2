package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
)

// run is one run of one change.
type run struct {
	s       *Service
	c       Change
	op      *operation.Run
	fence   operation.Fence
	ctx     context.Context // ends when the run is to stop: between two steps
	calls   context.Context // ends when the lease is lost: at once
	created Outcome         // of the guide that this change created
	stands  bool            // the approval was found to hold in this run
	checked bool            // the guide that flows are wired to was found usable in this run
	seen    *instance.Flow  // what the last write was read back as, until the reading side is told
}

// mostRuns is how many runs, one after the other, may end without a word on what became of the change.
const mostRuns = 10

var (
	// errUnsettled ends a run whose step may or may not have been written: the intent stays open for a person.
	errUnsettled = errors.New("nobody knows what came of a write")
	// errPaused ends a run that somebody stopped: the step was not written.
	errPaused = errors.New("somebody stopped the change, or all")
)

// apply runs a change to its end, to a step that needs a person, or until somebody stops it. An error says that it is still Running: the
// process stops, the lease is lost, or the journal fails. Nothing is written without its intent on disk.
func (s *Service) apply(ctx context.Context, op *operation.Run, c Change) (err error) {
	r := &run{s: s, c: c, op: op, fence: op.Operation().Fence(), ctx: ctx, calls: op.Held()}
	switch {
	case planHash(c) != c.Hash:
		err = r.refuseAll(fault.Msg("publish.outcome.altered"))
	case c.Lost < mostRuns: // else it is paused; who continues it has as many runs again
		err = r.guarded()
	}
	var waits waiting
	var fell fallen
	switch {
	case err == nil || errors.Is(err, errUnsettled) || errors.Is(err, errPaused):
		return r.finish()
	case errors.As(err, &waits):
		return r.await(waits.until)
	case errors.As(err, &fell):
		return r.fall(fell.why)
	case errors.Is(err, errPanicked): // what is known here may not be what the journal says
		return errors.Join(err, r.reread(), r.finish())
	}
	return err
}

// refuseAll fails every step that is still planned: what is in the database is not what was approved.
func (r *run) refuseAll(why fault.Message) error {
	for i := range r.c.Steps {
		if st := &r.c.Steps[i]; st.State == StepPlanned {
			if err := r.outcome(st, Outcome{State: StepFailed, Message: why}); err != nil {
				return err
			}
		}
	}
	return nil
}

var errPanicked = errors.New("panic in apply")

// guarded makes an error of a panic: the intent, if any, stays open.
func (r *run) guarded() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanicked, p, debug.Stack())
		}
	}()
	return r.all()
}

// all settles what a former run left open and applies the steps in order.
func (r *run) all() error {
	for i := range r.c.Steps {
		st := &r.c.Steps[i]
		if st.State == StepIntent {
			if err := r.resume(st); err != nil {
				return fmt.Errorf("step %s: %w", st.Key, err)
			}
		}
		r.noteCreated(st)
	}
	for i := range r.c.Steps {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		st := &r.c.Steps[i]
		r.progress(i)
		if st.State != StepPlanned {
			continue
		}
		if r.firstIsDone(i) {
			return errPaused
		}
		if r.hindered(i) {
			if err := r.outcome(st, Outcome{State: StepSkipped, Message: fault.Msg("publish.outcome.skipped")}); err != nil {
				return err
			}
			continue
		}
		if err := r.step(st); err != nil {
			return fmt.Errorf("step %s: %w", st.Key, err)
		}
	}
	r.progress(len(r.c.Steps))
	r.dropDraft()
	return nil
}

// firstIsDone says whether one flow was to be published first, and was, in this run or one before it.
func (r *run) firstIsDone(i int) bool {
	return r.c.Word.Mode == OneFirst && slices.ContainsFunc(r.c.Steps[:i], func(st Step) bool {
		return st.WritesFlow() && st.State == StepDone && !st.Outcome.At.Before(r.c.Word.At)
	})
}

// hindered says whether a step is not to be tried: it depends on a guide, or an earlier write to its own flow, that was not written, or an earlier step failed since
// the approval and nobody chose to go on. Of a way back the guide depends on the flows before it, and flows on the guide before them.
func (r *run) hindered(i int) bool {
	of := r.c.Steps[i]
	for _, st := range r.c.Steps[:i] {
		switch {
		case st.State == StepDone || st.State == StepPlanned:
		case st.Kind != UpdateFlow && of.Adds(), st.Flow != "" && st.Flow == of.Flow:
			return true
		case st.Kind == RestoreFlow && of.Kind == RestoreFlow && (st.Key == guideKey || of.Key == guideKey):
			return true
		case r.c.Word.Mode != GoOn && !st.Outcome.At.Before(r.c.Word.At):
			return true
		}
	}
	return false
}

// progress tells whoever watches.
func (r *run) progress(done int) {
	p := operation.Progress{Done: done, Total: len(r.c.Steps), Message: fault.Msg("publish.progress")}
	if done < len(r.c.Steps) {
		p.Message = r.c.Steps[done].Message
	}
	r.op.Progress(p)
}

// noteCreated remembers the guide that the change created.
func (r *run) noteCreated(st *Step) {
	if st.Kind == CreateGuide && st.State == StepDone {
		r.created = st.Outcome
	}
}

// dropDraft deletes the guide draft that was just published, unless someone saved it anew since the plan was made. A draft
// that stays is shown again as a draft: nothing is lost, so a failure is only logged.
func (r *run) dropDraft() {
	d := r.c.Draft
	written := func(st Step) bool { return st.Key == guideKey && st.State == StepDone }
	if d == nil || r.s.o.Drafts == nil || !slices.ContainsFunc(r.c.Steps, written) {
		return
	}
	if err := r.s.o.Drafts.DeleteDraft(r.calls, r.c.Instance.ID, d.Flow, d.Rev); err != nil {
		r.s.o.Log.WarnContext(r.ctx, "the published draft stays", slog.String("change", r.c.ID), slog.String("error", err.Error()))
	}
}

// keeping is how long a word to the journal may take.
const keeping = 10 * time.Second

func (r *run) reread() error {
	ctx, cancel := context.WithTimeout(r.calls, keeping)
	defer cancel()
	c, err := r.s.journal.Change(ctx, r.c.ID)
	if err == nil {
		r.c = c
	}
	return err
}

func (r *run) finish() error {
	ctx, cancel := context.WithTimeout(r.calls, keeping)
	defer cancel()
	return r.s.journal.Finish(ctx, r.c.ID, r.fence, StateOf(r.c.Steps), r.s.now())
}

// step compares, writes intent, calls, reads back, writes outcome. A write of which nobody knows, and that turns out not to have
// been carried out, is made once more, after comparing again. Whether it may be written is asked before the comparing, and once more after
// it: that takes minutes where the service has much to do.
func (r *run) step(st *Step) error {
	for range 2 {
		if err := r.mayNow(); err != nil {
			return err
		}
		write, in, err := r.prepareInTime(st)
		if err != nil {
			if lost := context.Cause(r.calls); lost != nil {
				return lost
			}
			if !refusal(err) {
				return err
			}
			return r.outcome(st, failed(err))
		}
		if err := r.mayNow(); err != nil {
			return err
		}
		if err := r.intent(st, in); err != nil {
			return err
		}
		o, err := r.write(st, write)
		if err != nil {
			return err
		}
		if o.State == "" { // the answer is lost
			if err := r.resume(st); err != nil || st.State != StepPlanned {
				return err
			}
			continue
		}
		return r.outcome(st, o)
	}
	return r.outcome(st, Outcome{State: StepFailed, Message: fault.Msg("publish.outcome.no-answer", "Flow", st.Name)})
}

// mayNow is allowed, or why the run is to end.
func (r *run) mayNow() error {
	err := r.allowed()
	if over := context.Cause(r.ctx); err != nil && over != nil {
		return over
	}
	return err
}

// intent announces a step. Announced for the second time, its first call was not carried out.
func (r *run) intent(st *Step, in Intent) error {
	in.At = r.s.now()
	in.Until = in.At.Add(r.s.o.CallLimit)
	ctx, cancel := context.WithTimeout(r.calls, keeping)
	defer cancel()
	err := r.s.journal.Intent(ctx, r.c.ID, st.Key, r.fence, in)
	if err != nil {
		if id := fault.From(err).Message.ID; id == "publish.stopped" || id == "publish.halted" {
			return errPaused
		}
		return fmt.Errorf("write the intent: %w", err)
	}
	st.State, st.Intent = StepIntent, in
	return nil
}

// write makes the call, in what is left of the time announced: whoever takes the step over, or decides on it, goes by that. Where the process
// or the machine stood still meanwhile it may be over, and the step another's. The clock on the wall tells, for timers stood still, too.
func (r *run) write(st *Step, do func(context.Context) (Outcome, error)) (Outcome, error) {
	left := min(st.Intent.Until.Round(0).Sub(r.s.now().Round(0)), r.s.o.CallLimit) // a clock that was set back gives no more
	if left <= 0 {
		return Outcome{State: StepFailed, Message: fault.Msg("publish.outcome.not-sent", "Flow", st.Name)}, nil
	}
	ctx, cancel := context.WithTimeout(r.calls, left)
	defer cancel()
	return do(ctx)
}

// preparing is how long reading and proving before a write may take; readingAll, where that is every flow of the instance.
const (
	preparing  = 4 * time.Minute
	readingAll = 2 * time.Hour
)

func (r *run) prepareInTime(st *Step) (func(context.Context) (Outcome, error), Intent, error) {
	limit := preparing
	if st.Kind == ArchiveGuide {
		limit = readingAll
	}
	ctx, cancel := context.WithTimeout(r.calls, limit)
	defer cancel()
	return r.prepare(ctx, st)
}

// outcome journals what came of a step, and then tells the reading side.
func (r *run) outcome(st *Step, o Outcome) error {
	o.At = r.s.now()
	if o.At.Before(r.c.Word.At) { // the clock was set back, or is behind that of the process that took the approval: it came after that all the same
		o.At = r.c.Word.At
	}
	ctx, cancel := context.WithTimeout(r.calls, keeping)
	defer cancel()
	if err := r.s.journal.Outcome(ctx, r.c.ID, st.Key, r.fence, o); err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	st.State, st.Outcome = o.State, o
	r.noteCreated(st)
	if f := r.seen; f != nil {
		r.seen = nil
		r.s.o.Wrote(r.c.Instance.ID, *f)
	}
	return nil
}

// refusal says whether an error before the call is about the world (the step fails) and not about our own journal. Kept bytes that
// no longer match their hash are about the step: no other try finds them whole.
func refusal(err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) {
		return false
	}
	return f.Message.ID == "store.content-damaged" || f.Kind != fault.Internal && !strings.HasPrefix(f.Message.ID, "store.")
}

// failed is the outcome of a step that was certainly not written.
func failed(err error) Outcome {
	f := fault.From(err)
	o := Outcome{State: StepFailed, Message: f.Message, Code: f.Code, RequestID: f.RequestID, Problems: f.Problems}
	var b *blockedError
	if errors.As(err, &b) {
		o.Found = b.found
	}
	return o
}
