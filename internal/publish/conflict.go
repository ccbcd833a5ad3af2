package publish

import (
	"context"
	"fmt"
	"slices"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Found is what stood in the way of a step: the flow, or its saved copy, was not as reviewed. Both copies are kept.
type Found struct {
	Live   string // hash of the live content; empty: nothing stood in the way, or it was not a content
	Saved  string // hash of the saved copy
	Layout bool   `json:",omitempty"` // of what is live only Metadata differs from what was reviewed
}

// blockedError refuses a step for what was found.
type blockedError struct {
	why   *fault.Error
	found Found
}

func (e *blockedError) Error() string { return e.why.Error() }
func (e *blockedError) Unwrap() error { return e.why }

func blocked(found Found, id string, st *Step) error {
	return &blockedError{why: fault.New(fault.Conflict, id, "Flow", st.Name), found: found}
}

// Conflict is a step that was not written, and what its flow held and holds.
type Conflict struct {
	Change   Change
	Step     Step
	Reviewed []byte // what was live when the plan was made
	Now      []byte // what is live; nil where the flow is gone
	Yours    []byte // what the step is to make of it
	Saved    []byte // the saved copy, where it is an unpublished draft; nil where there is none
	Layout   bool   // of what is live only the layout differs from what was reviewed
	Same     bool   // what is live is what was reviewed, byte for byte
	Written  bool   // what is live is what the step is to make of it
	Gone     bool
	Archived bool
	Name     string       // of the flow, as it is called now
	Why      *fault.Error // why it could not be read now: Now and Saved are what was found when the step was tried
}

// Conflicts says whether the step is to replace a content, was not written, and can be held against what is live.
func (st Step) Conflicts() bool {
	return st.Kind.WritesContent() && st.Before != "" && (st.State == StepPlanned || st.State == StepFailed || st.State == StepSkipped)
}

// Conflict reads what the flow of a step holds, beside what it held in the review and what the step is to make of it. It writes nothing,
// and keeps nothing. Errors: fault.NotFound where there is no such step; fault.Conflict where it is not one to decide on.
func (s *Service) Conflict(ctx context.Context, id, key string) (Conflict, error) {
	c, err := s.journal.Change(ctx, id)
	if err != nil {
		return Conflict{}, err
	}
	i := slices.IndexFunc(c.Steps, func(st Step) bool { return st.Key == key })
	if i < 0 {
		return Conflict{}, fault.New(fault.NotFound, "publish.again.no-step")
	}
	st := c.Steps[i]
	if !st.Conflicts() {
		return Conflict{}, fault.New(fault.Conflict, "publish.again.not-open", "Flow", st.Name)
	}
	f := Conflict{Change: c, Step: st, Name: st.Name}
	if f.Reviewed, err = s.journal.Content(ctx, st.Before); err != nil {
		return Conflict{}, fmt.Errorf("the reviewed live content: %w", err)
	}
	if f.Yours, err = s.journal.Content(ctx, st.After); err != nil {
		return Conflict{}, fmt.Errorf("the reviewed bytes: %w", err)
	}
	if err := s.readNow(ctx, &f); err != nil {
		return Conflict{}, err
	}
	f.Same, f.Written = string(f.Now) == string(f.Reviewed), keptAs(f.Yours, f.Now)
	f.Layout = !f.Same && f.Now != nil && sameButMetadata(f.Reviewed, f.Now)
	return f, nil
}

// readNow reads both copies, and falls back to those that were found when the step was tried.
func (s *Service) readNow(ctx context.Context, f *Conflict) error {
	live, err := s.target.DescribeFlow(ctx, f.Change.Instance, string(f.Step.Flow))
	var saved instance.Flow
	if err == nil {
		saved, err = s.target.DescribeFlow(ctx, f.Change.Instance, string(f.Step.Flow)+":$SAVED")
	}
	switch {
	case fault.Is(err, fault.NotFound):
		f.Gone = true
		return nil
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		f.Why = fault.From(err)
		return s.foundThen(ctx, f)
	}
	f.Name, f.Archived, f.Now = live.Name, live.State == instance.StateArchived, []byte(live.Content)
	if saved.Content != live.Content {
		f.Saved = []byte(saved.Content)
	}
	return nil
}

// foundThen is what was kept; of a step that was never tried, what was reviewed.
func (s *Service) foundThen(ctx context.Context, f *Conflict) (err error) {
	then := f.Step.Outcome.Found
	if then.Live == "" {
		then = Found{Live: f.Step.Before, Saved: f.Step.Saved}
	}
	if f.Now, err = s.journal.Content(ctx, then.Live); err == nil && then.Saved != then.Live {
		f.Saved, err = s.journal.Content(ctx, then.Saved)
	}
	if err != nil {
		return fmt.Errorf("the content that was found: %w", err)
	}
	return nil
}
