package operation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Run is one run of an operation, as its handler sees it. Its methods are safe for concurrent use.
type Run struct {
	s     *Service
	op    Operation       // as it was claimed
	held  context.Context // ends when the lease is lost
	lose  context.CancelCauseFunc
	ctx   context.Context // the handler's: ends with held, and when the run is to end
	end   context.CancelCauseFunc
	lapse *time.Timer // loses shortly before the lease's end

	mu       sync.Mutex
	saved    json.RawMessage
	progress *Progress // not written yet
	until    time.Time // end of the lease, as far as it is known, by a clock that nobody sets
	rev      int64     // of the latest state that was seen
	dirty    chan struct{}
}

func newRun(ctx context.Context, s *Service, o Operation, until time.Time) *Run {
	r := &Run{s: s, op: o, saved: o.Saved, until: until, dirty: make(chan struct{}, 1)}
	r.held, r.lose = context.WithCancelCause(context.WithoutCancel(ctx))
	r.ctx, r.end = context.WithCancelCause(r.held)
	r.lapse = time.AfterFunc(r.left(), func() { r.lose(fmt.Errorf("%w: it could not be renewed in time", ErrLost)) })
	r.heed(o)
	return r
}

// Operation gives the operation as it was when this run began.
func (r *Run) Operation() Operation { return r.op }

// Held gives a context that ends, by ErrLost, when the lease is lost, and when the handler has returned. The handler's own also ends
// where the run is cancelled or the process stops, and then no longer tells of a lease that is lost after that. What must not be cut off
// half-way, such as a call that changes something elsewhere, goes on under this one.
func (r *Run) Held() context.Context { return r.held }

// Saved gives what was saved last, by this run or one before; nil where nothing was.
func (r *Run) Saved() json.RawMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.saved
}

// Save keeps what a next run goes on from. It is in the database when Save returns nil; ErrLost.
func (r *Run) Save(ctx context.Context, state json.RawMessage) error {
	if !json.Valid(state) {
		return errors.New("save the operation's state: it is not JSON")
	}
	if err := r.write(ctx, Word{Saved: state}); err != nil {
		return fmt.Errorf("save the operation's state: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved = state
	return nil
}

// Progress says how far the run has come. It returns at once: not every word is written, but the last always is. A detail that is no
// JSON is left out: nothing could be written with it, nor the lease renewed.
func (r *Run) Progress(p Progress) {
	if !json.Valid(p.Detail) {
		p.Detail = nil
	}
	r.mu.Lock()
	r.progress = &p
	r.mu.Unlock()
	r.touch()
}

func (r *Run) touch() {
	select {
	case r.dirty <- struct{}{}:
	default:
	}
}

// left is how long the run may go on without another word from the database: to a sixth before its lease's end, so that it is
// over when somebody else begins.
func (r *Run) left() time.Duration { return time.Until(r.until) - r.s.o.Lease/6 }

// write says w and extends the lease.
func (r *Run) write(ctx context.Context, w Word) error {
	w.Now = r.s.now()
	w.Until = w.Now.Add(r.s.o.Lease)
	until := time.Now().Add(r.s.o.Lease)
	o, err := r.s.store.Write(ctx, r.op.Fence(), w)
	if errors.Is(err, ErrLost) {
		r.lose(err)
	}
	if err != nil {
		return err
	}
	if w.State == "" {
		r.extend(until)
	}
	r.s.saw(o)
	return nil
}

func (r *Run) extend(until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until.After(r.until) {
		r.until = until
		r.lapse.Reset(r.left())
	}
}

// heed hears of the operation's state, whoever wrote it.
func (r *Run) heed(o Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.Rev < r.rev {
		return
	}
	r.rev = o.Rev
	switch {
	case o.Fence() != r.op.Fence():
		r.lose(ErrLost)
	case !o.CancelAsked.IsZero():
		r.end(ErrCancelled)
	}
}

// lacks says whether this run has not heard of the state rev.
func (r *Run) lacks(rev int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rev < rev
}

// all runs the handler from start to end.
func (r *Run) all(do Handler) {
	defer r.lose(nil)
	defer r.lapse.Stop()
	over := make(chan struct{})
	var kept sync.WaitGroup
	kept.Go(func() { r.keep(over) })
	result, err := r.call(do)
	close(over)
	kept.Wait()
	w, said := r.ending(result, err)
	if !said {
		r.s.o.Log.WarnContext(r.ctx, "an operation was lost to another process or to time", r.attrs(err)...)
		return
	}
	r.say(w)
}

// call makes an error of a panic: the operation fails, and the process goes on.
func (r *Run) call(do Handler) (result json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			r.s.o.Log.ErrorContext(r.ctx, "an operation's handler panicked", append(r.attrs(err), slog.String("stack", string(debug.Stack())))...)
		}
	}()
	result, err = do(r.ctx, r)
	if err == nil && result != nil && !json.Valid(result) {
		err = errors.New("the operation's result is not JSON")
	}
	return result, err
}

// keep renews the lease and writes progress until the handler is over, also while a handler that was told to end does so.
func (r *Run) keep(over <-chan struct{}) {
	renew := time.NewTicker(r.s.o.Lease / 3)
	defer renew.Stop()
	var rest <-chan time.Time // while it is set, nothing is written but to renew
	for ok := true; ; {
		dirty := r.dirty
		if rest != nil {
			dirty = nil
		}
		select {
		case <-over:
			return
		case <-rest:
			rest = nil
			continue
		case <-renew.C:
		case <-dirty:
		}
		err := r.flush()
		switch {
		case errors.Is(err, ErrLost):
			return
		case err == nil:
			ok, rest = true, time.After(r.s.o.Coalesce)
			continue
		case ok: // said once, not at each try
			r.s.o.Log.WarnContext(r.ctx, "an operation's lease was not renewed", r.attrs(err)...)
		}
		ok, rest = false, time.After(max(r.s.o.Coalesce, r.s.o.Lease/15))
		r.touch()
	}
}

// flush writes the progress that was not written yet, and renews the lease.
func (r *Run) flush() error {
	r.mu.Lock()
	p, left := r.progress, r.left()
	r.progress = nil
	r.mu.Unlock()
	// No longer than the lease, and never without any time: the database may hold it still.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), max(left, time.Second))
	defer cancel()
	err := r.write(ctx, Word{Progress: p})
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.progress == nil {
			r.progress = p
		}
	}
	return err
}

// ending is what the run says last; false where it may say nothing more.
func (r *Run) ending(result json.RawMessage, err error) (Word, bool) {
	r.mu.Lock()
	w := Word{Progress: r.progress}
	r.mu.Unlock()
	cause := context.Cause(r.ctx)
	switch {
	case err == nil:
		w.State, w.Result = Done, result
	case errors.Is(context.Cause(r.held), ErrLost):
		return w, false
	case errors.Is(cause, ErrStopped):
		w.State = Queued
	case errors.Is(cause, ErrCancelled):
		w.State = Cancelled
	default:
		f := failureOf(err)
		w.State, w.Failure = Failed, &f
		r.s.o.Log.WarnContext(r.ctx, "an operation failed", r.attrs(err)...)
	}
	return w, true
}

// say writes the last word, again and again while the lease may still hold: work that is done shall not be done anew because
// the database was away for a second.
func (r *Run) say(w Word) {
	for first := true; ; first = false {
		r.mu.Lock()
		left := time.Until(r.until)
		r.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), max(left, time.Second))
		err := r.write(ctx, w)
		cancel()
		switch {
		case err == nil:
			return
		case errors.Is(err, ErrLost) || left <= 0:
			r.s.o.Log.WarnContext(r.ctx, "the end of an operation was not written", r.attrs(err)...)
			return
		case first: // said once, not at each try
			r.s.o.Log.WarnContext(r.ctx, "the end of an operation is not written yet", r.attrs(err)...)
		}
		<-time.After(min(time.Second, left))
	}
}

func (r *Run) attrs(err error) []any {
	a := []any{
		slog.String("operation", string(r.op.ID)), slog.String("kind", r.op.Kind), slog.String("subject", r.op.Subject),
		slog.Int64("attempt", r.op.Attempt),
	}
	if err != nil {
		a = append(a, slog.String("error", err.Error()))
	}
	return a
}
