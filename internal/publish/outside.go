package publish

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Left is what a flow is known to hold since a change wrote it.
type Left struct {
	Change, Step string    // what wrote it last
	Hash         string    // of the content read back then, or adopted since
	At           time.Time // when
	Adopted      bool
	Open         bool // a write is under way, or nobody knows what came of it: nothing is said
}

// ChangedOutside is the one rule of what counts as an outside change (product.md 5): a content with another hash than the flow is known to
// hold, and that was read after that was known. hash is of the published content; empty where it could not be read.
func (l Left) ChangedOutside(hash string, read time.Time) bool {
	return l.differs(hash) && read.After(l.At)
}

func (l Left) differs(hash string) bool {
	return l.Hash != "" && !l.Open && hash != "" && hash != l.Hash
}

// WritesContent says whether such a step publishes a content of the flow.
func (k StepKind) WritesContent() bool { return !slices.Contains(contentStays, k) }

var contentStays = []StepKind{RestoreDraft, ArchiveGuide, ActivateGuide}

// Adoption is a person's word that what somebody published outside wrapup is accepted as it is.
type Adoption struct {
	Instance     instance.ID
	Flow         instance.FlowID
	Name         string // the flow's
	Change, Step string // what wrote it last
	Over         string // hash of what it was known to hold until then
	Hash         string // of what is adopted
	By           Actor
	At           time.Time
	Reason       string
}

// Left implements Past's of the same name.
func (s *Service) Left(ctx context.Context, in instance.ID) (map[instance.FlowID]Left, error) {
	return s.journal.Left(ctx, in)
}

// Adoptions implements Past's of the same name.
func (s *Service) Adoptions(ctx context.Context, in instance.ID, flow instance.FlowID) ([]Adoption, error) {
	return s.journal.Adoptions(ctx, in, flow)
}

// OnlyLayout says whether two contents are equal as JSON in all but the designer's Metadata.
func OnlyLayout(a, b []byte) bool { return sameButMetadata(a, b) }

// Adopt records that what the flow holds now is accepted as it is; nothing is written to AWS. seen is the hash of the content that the
// person looked at: fault.Conflict "publish.adopt.changed" where Amazon Connect holds something else by now, "publish.adopt.nothing" where
// the flow was not changed since wrapup wrote it. fault.Invalid "publish.reason-too-long".
func (s *Service) Adopt(ctx context.Context, in instance.Instance, id instance.FlowID, seen, reason string, by Actor) (Adoption, error) {
	if utf8.RuneCountInString(reason) > MaxReason {
		return Adoption{}, fault.New(fault.Invalid, "publish.reason-too-long", "Max", MaxReason)
	}
	left, err := s.journal.Left(ctx, in.ID)
	if err != nil {
		return Adoption{}, err
	}
	got, err := s.target.DescribeFlow(ctx, in, string(id))
	if err != nil {
		return Adoption{}, fmt.Errorf("read what AWS holds: %w", err)
	}
	now, l, hash := s.now(), left[id], flow.Hash([]byte(got.Content))
	switch {
	case !l.differs(hash):
		return Adoption{}, fault.New(fault.Conflict, "publish.adopt.nothing", "Flow", got.Name)
	case hash != seen:
		return Adoption{}, fault.New(fault.Conflict, "publish.adopt.changed", "Flow", got.Name)
	}
	if _, err := s.journal.KeepContent(ctx, []byte(got.Content)); err != nil {
		return Adoption{}, err
	}
	a := Adoption{Instance: in.ID, Flow: id, Name: got.Name, Change: l.Change, Step: l.Step, Over: l.Hash, Hash: hash, By: by, At: now, Reason: reason}
	return a, s.journal.Adopt(ctx, a)
}
