package publish

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// waiting ends a run that goes on by itself, at until.
type waiting struct{ until time.Time }

func (w waiting) Error() string { return "the change waits until " + w.until.Format(time.RFC3339) }

// Why an approval fell.
const (
	FellRefused   = "publish.fallen.refused" // by another publisher
	fellChanged   = "publish.fallen.changed"
	fellUntouched = "publish.untouched" // also why a first word is refused
)

// fallen ends a run whose approval does not hold any more.
type fallen struct{ why fault.Message }

func (f fallen) Error() string { return "the approval does not hold any more: " + f.why.ID }

// allowed asks before each step whether it may be tried now: waiting where the windows are closed, fallen where the approval does not
// hold any more. A step that was begun is seen to its end.
func (r *run) allowed() error {
	rules, err := r.s.Rules(r.calls, r.c.Instance.ID)
	if err != nil {
		return err
	}
	w, now := r.c.Word, r.s.now()
	if !w.BreakGlass {
		next, err := rules.Next(now)
		if err != nil {
			return fallen{fault.From(err).Message}
		}
		if next.After(now) {
			return waiting{next}
		}
	}
	if err := r.mayStill(); err != nil || r.stands {
		return err
	}
	if w.NotBefore.After(now) { // the clock was set back since the change was taken
		return waiting{w.NotBefore}
	}
	if err := r.holdsStill(rules); err != nil {
		return err
	}
	r.stands = true
	return nil
}

// mayStill asks whether the people on whose word the change is published may publish: a run of many flows takes a while.
func (r *run) mayStill() error {
	for _, by := range r.words() {
		may, err := r.s.o.MayPublish(r.calls, by.ID)
		if err != nil {
			return fmt.Errorf("look whether %s may publish: %w", by.ID, err)
		}
		if !may {
			return fallen{fault.Msg("publish.fallen.role", "Name", by.Name)}
		}
	}
	return nil
}

// holdsStill looks at the start of a run whether what was approved may still be published. A change that waited for its
// time, or for a second person, is compared whole before its first write.
func (r *run) holdsStill(rules Rules) error {
	c := r.c
	if tried(c) {
		return nil
	}
	if why := rules.forbidden(c); why != nil { // all of it waits, so that somebody looks at it again
		return fallen{*why}
	}
	if rules.Two() && c.Proposal == nil && !c.Word.BreakGlass {
		return fallen{fault.Msg("publish.fallen.needs-two")}
	}
	if c.Proposal == nil && c.Word.NotBefore.IsZero() {
		return nil // reviewed a moment ago; each step compares
	}
	why, err := r.s.stale(r.ctx, c)
	if why != nil {
		return fallen{*why}
	}
	return err
}

// words are the people on whose word the change is published.
func (r *run) words() []Actor {
	if r.c.Proposal != nil {
		return []Actor{r.c.Word.By, r.c.Proposal.By}
	}
	return []Actor{r.c.Word.By}
}

func tried(c Change) bool {
	return slices.ContainsFunc(c.Steps, func(st Step) bool { return st.State != StepPlanned })
}

// await ends the run until a window opens.
func (r *run) await(until time.Time) error {
	ctx, cancel := context.WithTimeout(r.calls, keeping)
	defer cancel()
	err := r.s.journal.Await(ctx, r.c.ID, r.fence, until, r.s.now())
	if err != nil && fault.From(err).Message.ID == "publish.stopped" {
		return r.finish()
	}
	return err
}

// fall ends the run with the approval.
func (r *run) fall(why fault.Message) error {
	ctx, cancel := context.WithTimeout(r.calls, keeping)
	defer cancel()
	state, err := r.s.journal.Fall(ctx, r.c.ID, r.fence, why, r.s.now())
	if err == nil {
		r.s.o.Log.InfoContext(r.ctx, "an approval does not hold any more", slog.String("change", r.c.ID), slog.String("why", why.ID), slog.String("state", string(state)))
	}
	return err
}

// stale compares all flows of a change with what was reviewed, and makes the checks of the review anew. why says what is not so any more, and
// names the flows; an error, that it could not be found out.
func (s *Service) stale(ctx context.Context, c Change) (why *fault.Message, err error) {
	seen := map[instance.FlowID]bool{}
	var changed []string
	for _, st := range c.Steps {
		if st.State != StepPlanned {
			seen[st.Flow] = seen[st.Flow] || st.Kind.WritesContent()
			continue
		}
		why, err := s.staleGuide(ctx, c, st)
		if why != nil || err != nil {
			return why, err
		}
		if st.Before == "" || seen[st.Flow] { // a later step of a flow was reviewed over what the first one writes
			continue
		}
		seen[st.Flow] = true
		same, err := s.asReviewed(ctx, c.Instance, st)
		if err != nil {
			return nil, err
		}
		if !same {
			changed = append(changed, st.Name)
		}
	}
	if len(changed) > 0 {
		m := naming(fellChanged, changed)
		return &m, nil
	}
	return nil, nil
}

// asReviewed says whether a flow and both its copies are what was reviewed. A layout that was moved counts as changed: who approved did not see it.
func (s *Service) asReviewed(ctx context.Context, in instance.Instance, st Step) (bool, error) {
	one, cancel := context.WithTimeout(ctx, preparing)
	defer cancel()
	now, err := s.read(one, in, st.Flow)
	if err != nil {
		if aboutOneFlow(ctx, err) && fault.From(err).Kind != fault.Throttled {
			return false, nil
		}
		return false, err
	}
	archived := now.live.State == instance.StateArchived
	return now.liveHash == st.Before && (st.Saved == "" || now.savedHash == st.Saved) && now.live.Name == st.Name && archived == (st.Kind == ActivateGuide), nil
}

// staleGuide repeats what the review checked of a guide: the name is free, its view is there, and flows can open it.
func (s *Service) staleGuide(ctx context.Context, c Change, st Step) (*fault.Message, error) {
	say := func(id string, args ...any) (*fault.Message, error) { m := fault.Msg(id, args...); return &m, nil }
	switch {
	case st.Kind == CreateGuide:
		_, taken, err := s.find(ctx, c.Instance, st.Name)
		if err != nil {
			return nil, err
		}
		if taken {
			return say("publish.outcome.name-taken", "Name", st.Name)
		}
	case st.Kind != UpdateGuide:
		return nil, nil
	}
	after, err := s.journal.Content(ctx, st.After)
	if err != nil {
		return nil, err
	}
	d, err := flow.Parse(after)
	if err != nil {
		return nil, nil // apply refuses it, and says why
	}
	shown, ok := acw.Lift(d)
	if !ok {
		return nil, nil
	}
	if _, err := s.target.DescribeView(ctx, c.Instance, shown.Guide.ViewARN); fault.Is(err, fault.NotFound) {
		return say("publish.check.view-missing", "Region", c.Instance.Region)
	}
	return nil, nil
}
