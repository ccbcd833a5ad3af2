package publish

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
)

// Work is the kind of operation that applies changes. Its subject is an instance, where at most one is active.
const Work = "publish"

// Approval is a person's word for exactly one plan.
type Approval struct {
	Hash      string   // of the plan that was reviewed
	Confirmed []string // ids of Change.Confirmations that were ticked
	Reason    string   // at most MaxReason characters
	Mode      Mode     // "" is StopAtFailure
	Seen      Seen     // the state in which the person looked at it; zero: as it is
	NotBefore time.Time
	By        Actor

	BreakGlass bool // publish although the rules of the instance ask for another person, or another time
}

// MaxReason is the longest reason, in characters.
const MaxReason = 500

// Begin approves the plan, or lets a paused one go on, and has it applied in the background, whatever becomes of ctx. done is closed when
// the change is applied as far as it goes now, or ctx ends. Errors: fault.Conflict when it was approved already (a double click), or
// when the plan is another one; fault.Invalid when a tick is missing.
func (s *Service) Begin(ctx context.Context, id string, a Approval) (done <-chan struct{}, err error) {
	c, err := s.journal.Change(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.Seen == (Seen{}) {
		a.Seen = c.Seen()
	}
	if err := approve(c, a); err != nil {
		return nil, err
	}
	w, err := s.word(ctx, c, a)
	if err != nil {
		return nil, err
	}
	if err := s.journal.Approve(ctx, id, a.Hash, a.Seen, w); err != nil {
		return nil, err
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := s.follow(ctx, id, c.Instance.ID); err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "an approved change is not seen to its end; it is taken up later",
				slog.String("change", id), slog.String("error", err.Error()))
		}
	}()
	return over, nil
}

// follow asks for the work and waits until the change is not due any more.
func (s *Service) follow(ctx context.Context, id string, in instance.ID) error {
	for {
		op, err := s.ask(ctx, in)
		if err != nil {
			return err
		}
		states, err := s.o.Work.Watch(ctx, op.ID)
		if err != nil {
			return err
		}
		for op = range states {
		}
		c, err := s.journal.Change(ctx, id)
		switch {
		case err != nil:
			return err
		case c.State != Running && (c.State != Approved || c.Word.NotBefore.After(s.now())):
			return nil
		}
		if halt, err := s.journal.Halted(ctx); err != nil || halt != nil {
			return err
		}
		if op.State == operation.Failed { // its cause may take a moment to pass
			if err := s.o.Wait(ctx, time.Second); err != nil {
				return err
			}
		}
	}
}

func (s *Service) ask(ctx context.Context, in instance.ID) (operation.Operation, error) {
	op, _, err := s.o.Work.Ask(ctx, operation.Request{Kind: Work, Subject: string(in)})
	return op, err
}

// TakeUp asks for the work of every instance where a change is due: one whose time has come, or that was approved or left running by
// a process that is no more. Asking for what is under way does no harm.
func (s *Service) TakeUp(ctx context.Context) error {
	due, err := s.journal.Due(ctx, s.now())
	if err != nil {
		return err
	}
	for _, in := range due {
		if _, err := s.ask(ctx, in); err != nil {
			return err
		}
	}
	return nil
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
	case c.State != Planned && c.State != Paused && c.State != Proposed, c.Seen() != a.Seen:
		return fault.New(fault.Conflict, "publish.started")
	case c.Hash != a.Hash || planHash(c) != a.Hash:
		return fault.New(fault.Conflict, "publish.stale-hash")
	case c.Blocked():
		return fault.New(fault.Invalid, "publish.blocked")
	case len([]rune(a.Reason)) > MaxReason:
		return fault.New(fault.Invalid, "publish.reason-too-long", "Max", MaxReason)
	case a.Mode != "" && a.Mode != StopAtFailure && a.Mode != GoOn && a.Mode != OneFirst:
		return fault.New(fault.Invalid, "publish.no-such-mode")
	case c.State == Paused:
		return nil // its ticks were given for the same bytes
	}
	for _, k := range c.Confirmations() {
		if !slices.Contains(a.Confirmed, k.ID) {
			return fault.New(fault.Invalid, "publish.unconfirmed")
		}
	}
	return nil
}

// Stop has a change stop before its next write.
func (s *Service) Stop(ctx context.Context, id string, by Actor) error {
	return s.journal.Stop(ctx, id, by, s.now())
}

// Withdraw takes back a proposal, as by saw it: what was approved meanwhile is stopped by Stop, and not by this.
func (s *Service) Withdraw(ctx context.Context, id string, seen Seen, by Actor) error {
	return s.journal.Withdraw(ctx, id, seen, by, s.now())
}

// Refuse takes back what another publisher proposed, as by saw it, with a reason: the change is planned again, or paused where it was begun, and says who
// refused it and why until it is approved anew. It can be proposed or planned again, or given up. fault.Invalid "publish.refuse-reason" without a reason,
// "publish.reason-too-long"; fault.Conflict "publish.not-open" where it is not proposed, or not as seen, "publish.refuse-own" for who proposed it.
func (s *Service) Refuse(ctx context.Context, id string, seen Seen, reason string, by Actor) error {
	switch reason = strings.TrimSpace(reason); {
	case reason == "":
		return fault.New(fault.Invalid, "publish.refuse-reason")
	case utf8.RuneCountInString(reason) > MaxReason:
		return fault.New(fault.Invalid, "publish.reason-too-long", "Max", MaxReason)
	}
	return s.journal.Refuse(ctx, id, seen, fault.Msg(FellRefused, "Name", by.Name, "Reason", reason), by, s.now())
}

// GiveUp ends a change that is planned or paused, as the person saw it, and gives the state it then has.
func (s *Service) GiveUp(ctx context.Context, id string, seen Seen, by Actor) (State, error) {
	return s.journal.GiveUp(ctx, id, seen, by, s.now())
}

// Halt stops all publishing of all processes, before the next write.
func (s *Service) Halt(ctx context.Context, reason string, by Actor) error {
	if len([]rune(reason)) > MaxReason {
		return fault.New(fault.Invalid, "publish.reason-too-long", "Max", MaxReason)
	}
	return s.journal.Halt(ctx, Halt{By: by, At: s.now(), Reason: reason}, by, s.now())
}

// LetOn ends the halt that began at since, which by saw; what was approved goes on.
func (s *Service) LetOn(ctx context.Context, since time.Time, by Actor) error {
	if err := s.journal.LetOn(ctx, since, by, s.now()); err != nil {
		return err
	}
	return s.TakeUp(ctx)
}

// Halted gives the halt that holds; nil where none does.
func (s *Service) Halted(ctx context.Context) (*Halt, error) { return s.journal.Halted(ctx) }

// Do applies the changes of an instance that are due, one after the other (operation.Handler). What a former run left open is
// settled by reading first.
func (s *Service) Do(ctx context.Context, op *operation.Run) (json.RawMessage, error) {
	in := instance.ID(op.Operation().Subject)
	for ctx.Err() == nil {
		c, found, err := s.journal.Take(ctx, in, op.Operation().Fence(), s.now())
		if err != nil || !found {
			return nil, err
		}
		if err := s.apply(ctx, op, c); err != nil {
			return nil, err
		}
	}
	return nil, context.Cause(ctx)
}

func (s *Service) now() time.Time { return s.o.Now().UTC() }
