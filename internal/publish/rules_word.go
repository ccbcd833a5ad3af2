package publish

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"wrapup/internal/fault"
)

// comparing is how long a person waits for all flows to be compared. What was not compared by then is compared before the first write.
const comparing = 20 * time.Second

// Propose gives the first of two words: the change waits for another publisher to approve it. Errors as of Begin.
func (s *Service) Propose(ctx context.Context, id string, a Approval) error {
	c, err := s.journal.Change(ctx, id)
	if err != nil {
		return err
	}
	if a.Seen == (Seen{}) {
		a.Seen = c.Seen()
	}
	if c.State == Proposed {
		return fault.New(fault.Conflict, "publish.started")
	}
	if err := approve(c, a); err != nil {
		return err
	}
	rules, err := s.Rules(ctx, c.Instance.ID)
	if err != nil {
		return err
	}
	if a.BreakGlass = false; !a.NotBefore.IsZero() {
		if err := s.inTime(rules, a); err != nil {
			return err
		}
	}
	if m := rules.forbidden(c); m != nil {
		return &fault.Error{Kind: fault.Conflict, Message: *m}
	}
	w := Word{By: a.By, At: s.now(), Reason: a.Reason, Mode: cmp.Or(a.Mode, StopAtFailure), NotBefore: a.NotBefore}
	return s.journal.Propose(ctx, id, a.Hash, a.Seen, w)
}

// after is now, or right after what was done to the steps last where the clock was set back since: what came after the approval is told by its time.
func (c Change) after(now time.Time) time.Time {
	for _, st := range c.Steps {
		if !st.Outcome.At.Before(now) {
			now = st.Outcome.At.Add(time.Microsecond)
		}
	}
	return now
}

// word is what a person's approval amounts to under the rules of the instance.
func (s *Service) word(ctx context.Context, c Change, a Approval) (Word, error) {
	rules, err := s.Rules(ctx, c.Instance.ID)
	if err != nil {
		return Word{}, err
	}
	w := Word{By: a.By, At: c.after(s.now()), Reason: a.Reason, Mode: cmp.Or(a.Mode, StopAtFailure), NotBefore: a.NotBefore}
	if tried(c) && strings.TrimSpace(w.Reason) == "" { // who lets the rest go on without a word leaves the former one
		w.Reason = c.Word.Reason
	}
	if c.State == Proposed {
		return s.second(ctx, c, rules, w)
	}
	if m := rules.forbidden(c); m != nil {
		return Word{}, &fault.Error{Kind: fault.Conflict, Message: *m}
	}
	alone := rules.Two() && (c.State == Planned || c.Proposal == nil)
	late := s.inTime(rules, Approval{NotBefore: a.NotBefore})
	switch {
	case !alone && late == nil:
		return w, nil // there is no glass to break
	case !a.BreakGlass && alone:
		return w, fault.New(fault.Conflict, "publish.needs-two")
	case !a.BreakGlass:
		return w, late
	case strings.TrimSpace(a.Reason) == "":
		return w, fault.New(fault.Invalid, "publish.glass-reason")
	}
	w.BreakGlass = true
	return w, s.inTime(rules, a)
}

// second approves what another publisher proposed, as it was proposed; where the windows are closed by now, it waits for the next one.
func (s *Service) second(ctx context.Context, c Change, rules Rules, w Word) (Word, error) {
	if c.Proposal == nil || c.Proposal.By.ID == w.By.ID {
		return w, fault.New(fault.Conflict, "publish.own-proposal")
	}
	w.Mode, w.NotBefore = c.Proposal.Mode, c.Proposal.NotBefore
	now := s.now()
	earliest := now
	if w.NotBefore.After(earliest) {
		earliest = w.NotBefore
	}
	next, err := rules.Next(earliest)
	if err != nil {
		return w, err
	}
	if next.After(now) {
		w.NotBefore = next
	}
	within, cancel := context.WithTimeout(ctx, comparing)
	defer cancel()
	why := rules.forbidden(c)
	if why == nil {
		why, err = s.stale(within, c)
	}
	switch {
	case ctx.Err() != nil:
		return w, ctx.Err()
	case why != nil: // the proposal falls
		err := s.journal.Refuse(ctx, c.ID, c.Seen(), *why, w.By, w.At)
		return w, cmp.Or[error](err, &fault.Error{Kind: fault.Conflict, Message: *why})
	case err != nil && !outOfTime(within, err): // else the run compares
		return w, err
	}
	return w, nil
}

// outOfTime says whether err is that there was no time left, or that a call could not have been paced within it.
func outOfTime(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || fault.Is(err, fault.Throttled)
}

// inTime refuses a time that is too far ahead, and one outside the windows, unless a breaks the glass. No time is now.
func (s *Service) inTime(rules Rules, a Approval) error {
	now := s.now()
	if a.NotBefore.After(now.Add(Ahead)) {
		return fault.New(fault.Invalid, "rules.at-far", "Days", int(Ahead/(24*time.Hour)))
	}
	if a.BreakGlass {
		return nil
	}
	at, id := now, "publish.window-closed"
	if a.NotBefore.After(now) {
		at, id = a.NotBefore, "publish.at-closed"
	}
	next, err := rules.Next(at)
	if err != nil || next.Equal(at) {
		return err
	}
	return fault.New(fault.Invalid, id, "Next", rules.Local(next))
}

// forbidden says that a change writes flows on the do-not-touch list. One that was begun goes on without them.
func (r Rules) forbidden(c Change) *fault.Message {
	if tried(c) {
		return nil
	}
	var names []string
	for _, st := range c.Steps {
		if r.Forbids(st.Flow) {
			names = append(names, st.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	m := naming(fellUntouched, names)
	return &m
}

// mostNamed is how many flows a sentence names; that of more has an id which ends in manyNamed.
const (
	mostNamed = 10
	manyNamed = "-many"
)

// naming is a message about flows: "Flows" names them. "Count" is how many they are; in a long list, how many it leaves out.
func naming(id string, names []string) fault.Message {
	if n := len(names) - mostNamed; n > 0 {
		return fault.Msg(id+manyNamed, "Flows", strings.Join(names[:mostNamed], ", "), "Count", n)
	}
	return fault.Msg(id, "Flows", strings.Join(names, ", "), "Count", len(names))
}
