package publish

import (
	"context"
	"fmt"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
)

// restored proves the bytes of a step that publishes kept content: they are those whose hash was reviewed. There are no edits to prove.
func restored(st *Step, kept []byte) ([]byte, error) {
	if flow.Hash(kept) != st.After {
		return nil, fault.New(fault.Internal, "store.content-damaged")
	}
	return kept, nil
}

// restoredBefore is the step of this change that published kept content to the flow whose draft st saves; nil where none does.
func (r *run) restoredBefore(st *Step) *Step {
	for i := range r.c.Steps {
		if was := &r.c.Steps[i]; was.Kind == RestoreFlow && was.Flow == st.Flow {
			return was
		}
	}
	return nil
}

// prepareDraft compares both copies with what was reviewed. Where the same change put back what is live first, that is what was read
// back then, and the saved copy may have gone with it.
func (r *run) prepareDraft(ctx context.Context, st *Step) (func(context.Context) (Outcome, error), Intent, error) {
	kept, err := r.s.journal.Content(ctx, st.After)
	if err == nil {
		kept, err = restored(st, kept)
	}
	if err != nil {
		return nil, Intent{}, fmt.Errorf("the kept draft: %w", err)
	}
	now, err := r.s.read(ctx, r.c.Instance, st.Flow)
	if err != nil {
		return nil, Intent{}, err
	}
	want := *st
	if was := r.restoredBefore(st); was != nil && was.State == StepDone {
		if want.Before = was.Outcome.ReadBack; now.savedHash == want.Before {
			want.Saved = now.savedHash
		}
	}
	if err := r.unchanged(ctx, &want, now); err != nil {
		return nil, Intent{}, err
	}
	in := Intent{Live: now.liveHash, Draft: now.savedHash, Final: st.After}
	return func(ctx context.Context) (Outcome, error) { return r.saveDraft(ctx, st, in, kept) }, in, nil
}

// saveDraft saves the draft and reads both copies back. The zero Outcome says that the answer is lost.
func (r *run) saveDraft(ctx context.Context, st *Step, in Intent, kept []byte) (Outcome, error) {
	w, sent := r.s.target.SaveFlowDraft(ctx, r.c.Instance, st.Flow, string(kept))
	switch {
	case sent != nil && lost(sent):
		r.lostAnswer(st, sent)
		return Outcome{}, nil
	case sent != nil:
		return failed(sent), nil
	}
	o := Outcome{RequestID: w.RequestID, State: StepUnclear}
	var now copies
	err := r.afterwards(st, w.RequestID, func(ctx context.Context) (err error) {
		now, err = r.s.read(ctx, r.c.Instance, st.Flow)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	r.seen, o.ReadBack = &now.live, now.savedHash
	switch {
	case now.liveHash != in.Live:
		o.Message = fault.Msg("publish.outcome.draft-live", "Flow", st.Name)
	case !keptAs(kept, []byte(now.saved.Content)):
		o.Message = fault.Msg("publish.outcome.different", "Flow", st.Name)
	default:
		o.State, o.Message = StepDone, fault.Msg("publish.outcome.draft-saved", "Flow", st.Name)
	}
	return o, nil
}

// observeDraft reads both copies of a flow whose draft was to be saved. Content is that of the saved copy.
func (s *Service) observeDraft(ctx context.Context, c Change, st Step) (Observed, error) {
	now, err := s.read(ctx, c.Instance, st.Flow)
	if fault.Is(err, fault.NotFound) {
		return Observed{Flow: st.Flow, Is: IsMissing}, nil
	}
	if err != nil {
		return Observed{}, err
	}
	final, err := s.journal.Content(ctx, st.Intent.Final)
	if err != nil {
		return Observed{}, err
	}
	o := Observed{
		Flow: st.Flow, ARN: now.live.ARN, Content: now.saved.Content, Hash: now.savedHash + now.liveHash, Is: IsOther,
		Live: now.liveHash != st.Intent.Live, read: &now.live,
	}
	if !o.Live {
		o.Is = held(now.saved.Content, final, st.Intent.Draft)
	}
	return o, nil
}
