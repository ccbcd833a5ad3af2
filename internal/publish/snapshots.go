package publish

import (
	"context"
	"slices"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Past is what the journal knows of single flows: what changes did to them, and what they held before and after.
type Past interface {
	// Traces lists what changes did, or were to do, to a flow, that of the newest change first, with the number of all that match.
	Traces(ctx context.Context, f PastFilter) ([]Trace, int, error)
	// Left gives, for each flow of an instance that a change wrote, what it is known to hold since then: what was read back, or what was
	// adopted later. It reads no content. Nobody changes the map.
	Left(ctx context.Context, in instance.ID) (map[instance.FlowID]Left, error)
	// Adopt records that what a flow holds is accepted as it is. fault.Conflict "publish.adopt.changed" unless the flow was last written by
	// the step a.Change and a.Step, and is known to hold a.Over.
	Adopt(ctx context.Context, a Adoption) error
	// Log lists entries of the history, the newest first.
	Log(ctx context.Context, f LogFilter) ([]Entry, error)
	// Adoptions lists what was adopted of a flow, the newest first.
	Adoptions(ctx context.Context, in instance.ID, flow instance.FlowID) ([]Adoption, error)
}

// PastFilter picks traces. Limit 0 is 50.
type PastFilter struct {
	Instance      instance.ID
	Flow          instance.FlowID
	Hash          string // of one of the trace's snapshots; empty: any
	Limit, Offset int
}

// Trace is a change, without its steps, and its step that is about the flow.
type Trace struct {
	Change Change
	Step   Step
}

// SnapshotKind says what a content was to a step.
type SnapshotKind string

// The kinds, as they follow each other.
const (
	SnapshotBefore   SnapshotKind = "before"   // the published content when the change was planned
	SnapshotDraft    SnapshotKind = "draft"    // the unpublished draft beside it
	SnapshotReviewed SnapshotKind = "reviewed" // to be written, and not sent
	SnapshotSent     SnapshotKind = "sent"     // sent, and read back as other bytes, or not at all
	SnapshotMet      SnapshotKind = "met"      // published by somebody meanwhile: it stood in the way, or was written over by a call that came late
	SnapshotAfter    SnapshotKind = "after"    // read back
)

// Snapshot is one content of a flow that the journal holds.
type Snapshot struct {
	Kind SnapshotKind
	Hash string
	At   time.Time // when it was planned, sent or read back
}

// Snapshots are the contents that the journal holds of a trace, the newest first; each hash once. What was reviewed counts until it is sent:
// it may hold placeholders.
func (t Trace) Snapshots() []Snapshot {
	st := t.Step
	out := []Snapshot{
		{SnapshotAfter, st.Outcome.ReadBack, st.Outcome.At}, {SnapshotMet, st.Outcome.Found.Live, st.Outcome.At}, {SnapshotSent, st.Intent.Final, st.Intent.At},
	}
	if st.Intent.Final == "" {
		out = append(out, Snapshot{SnapshotReviewed, st.After, t.Change.Created})
	}
	out = append(out, Snapshot{SnapshotBefore, st.Before, t.Change.Created}, Snapshot{SnapshotDraft, st.Saved, t.Change.Created})
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(out, func(s Snapshot) bool {
		known := seen[s.Hash]
		seen[s.Hash] = true
		return known
	})
}

// Traces implements Past's of the same name.
func (s *Service) Traces(ctx context.Context, f PastFilter) ([]Trace, int, error) {
	return s.journal.Traces(ctx, f)
}

// Log implements Past's of the same name.
func (s *Service) Log(ctx context.Context, f LogFilter) ([]Entry, error) {
	return s.journal.Log(ctx, f)
}

// Snapshot gives the bytes of a snapshot, or of an adopted content, of this very flow, with its name then: fault.NotFound "publish.no-snapshot"
// for any other hash, fault.Internal "store.content-damaged" where the bytes no longer match.
func (s *Service) Snapshot(ctx context.Context, in instance.ID, flow instance.FlowID, hash string) (content []byte, name string, err error) {
	traces, _, err := s.journal.Traces(ctx, PastFilter{Instance: in, Flow: flow, Hash: hash, Limit: 1})
	if err != nil {
		return nil, "", err
	}
	if len(traces) > 0 && hash != "" {
		name = traces[0].Step.Name
	} else if name, err = s.adoptedName(ctx, in, flow, hash); err != nil {
		return nil, "", err
	}
	content, err = s.journal.Content(ctx, hash)
	return content, name, err
}

func (s *Service) adoptedName(ctx context.Context, in instance.ID, flow instance.FlowID, hash string) (string, error) {
	adopted, err := s.journal.Adoptions(ctx, in, flow)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(adopted, func(a Adoption) bool { return a.Hash == hash })
	if i < 0 {
		return "", fault.New(fault.NotFound, "publish.no-snapshot")
	}
	return adopted[i].Name, nil
}
