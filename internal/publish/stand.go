package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Stand says what a flow holds now, against what a step wrote.
type Stand string

// The stands; "" where the flow was not read.
const (
	AsWritten    Stand = "written" // what wrapup wrote, byte for byte as it was read back
	AsFormer     Stand = "former"  // what was live before: there is nothing to put back
	MovedSince   Stand = "moved"   // only the layout differs from what wrapup wrote
	WrittenSince Stand = "later"   // a later change of wrapup wrote it
	ChangedSince Stand = "changed" // somebody else published
	ArchivedNow  Stand = "archived"
	DeletedNow   Stand = "deleted"
)

// Standing is the sentence of a flow that is left out for how it stands.
func Standing(s Stand) fault.Message { return fault.Msg("publish.left.stand." + string(s)) }

// stand compares what is live with what a step wrote and with what was there before.
func (s *Service) stand(ctx context.Context, in instance.ID, st Step, live []byte) (Stand, error) {
	hash, wrote := flow.Hash(live), cmp.Or(st.Outcome.ReadBack, st.Intent.Final)
	if st.State == StepUnclear { // what was read back was not what was sent: it may be somebody else's
		wrote = st.Intent.Final
	}
	switch hash {
	case st.Before:
		return AsFormer, nil
	case wrote:
		return AsWritten, nil
	}
	layout := func(h string, same func(a, b []byte) bool) (bool, error) {
		was, err := s.journal.Content(ctx, h)
		if f := fault.From(err); err != nil && (f.Kind == fault.NotFound || f.Message.ID == "store.content-damaged") {
			return false, nil // what can't be compared counts as changed
		}
		return err == nil && same(was, live), err
	}
	if same, err := layout(wrote, sameButMetadata); err != nil || same {
		return MovedSince, err
	}
	if same, err := layout(st.Before, keptAs); err != nil || same {
		return AsFormer, err
	}
	traces, _, err := s.journal.Traces(ctx, PastFilter{Instance: in, Flow: st.Flow, Hash: hash, Limit: allTraces})
	if err != nil {
		return "", fmt.Errorf("the flow's history: %w", err)
	}
	for _, t := range traces {
		if of := t.Step; of.State == StepDone && of.Kind != RestoreDraft && of.Outcome.ReadBack == hash && !of.Intent.At.Before(st.Intent.At) {
			return WrittenSince, nil
		}
	}
	return ChangedSince, nil
}

// Offer is a step that can be put back, and how its flow stands.
type Offer struct {
	Step  Step
	Stand Stand          // "" where the flow was not read
	Now   audit.Verdict  // of what is live; "" where the flow was not read
	Draft bool           // the step replaced a draft, which can be saved again
	Why   *fault.Message // why the flow could not be read
}

// offersRead is how many flows are read for a page that offers to put them back; the plan reads all that are chosen.
const offersRead = 10

// Offers lists the steps of a change that can be put back, in the order in which they would be, with what their flows hold now. It writes nothing.
func (s *Service) Offers(ctx context.Context, c Change, o audit.Options) ([]Offer, error) {
	var out []Offer
	for _, st := range slices.Backward(c.Steps) {
		if !st.CanPutBack() {
			continue
		}
		f := Offer{Step: st, Draft: st.Kind != RestoreDraft && st.Kind != ArchiveGuide && st.Saved != st.Before}
		if len(out) < offersRead {
			if err := s.standsNow(ctx, c, o, &f); err != nil {
				return nil, err
			}
		}
		out = append(out, f)
	}
	return out, nil
}

// standsNow reads the flow of an offer.
func (s *Service) standsNow(ctx context.Context, c Change, o audit.Options, f *Offer) error {
	live, err := s.target.DescribeFlow(ctx, c.Instance, string(f.Step.Flow))
	switch {
	case fault.Is(err, fault.NotFound):
		f.Stand = DeletedNow
		return nil
	case err != nil && ctx.Err() == nil:
		f.Why = &fault.From(err).Message
		return nil
	case err != nil:
		return err
	}
	o.Self = audit.Identity{ID: string(live.ID), Name: live.Name}
	f.Now = audit.Analyze([]byte(live.Content), o).Verdict
	switch {
	case f.Step.Kind == ArchiveGuide && live.State == instance.StateArchived, f.Step.Kind == RestoreDraft:
		f.Stand = AsWritten
		return nil
	case f.Step.Kind == ArchiveGuide:
		f.Stand = AsFormer
		return nil
	case live.State == instance.StateArchived:
		f.Stand = ArchivedNow
		return nil
	}
	f.Stand, err = s.stand(ctx, c.Instance.ID, f.Step, []byte(live.Content))
	return err
}
