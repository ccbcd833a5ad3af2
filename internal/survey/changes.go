package survey

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
)

// ChangeKind is what happened to a flow between two readings.
type ChangeKind string

// The kinds, the most urgent first.
const (
	NewlyBroken    ChangeKind = "broken"
	NewlyUncovered ChangeKind = "uncovered"
	NewlyUndone    ChangeKind = "draft-undoes" // an unpublished draft would take the guide out
	NewlyCovered   ChangeKind = "covered"
	Outside        ChangeKind = "outside" // changed by others than wrapup
	Appeared       ChangeKind = "new"
	Gone           ChangeKind = "gone"
)

// ChangeKinds lists the closed set, the most urgent first.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{NewlyBroken, NewlyUncovered, NewlyUndone, NewlyCovered, Outside, Appeared, Gone}
}

// Change is what happened to one inbound flow since the reading before.
type Change struct {
	Kind ChangeKind      `json:"kind"`
	Flow instance.FlowID `json:"flow"`
	Name string          `json:"name"`
	From audit.Verdict   `json:"from,omitempty"`
	To   audit.Verdict   `json:"to,omitempty"`
	At   time.Time       `json:"at"` // of the reading that found it
}

// newsFor is how long a change is news.
const newsFor = 24 * time.Hour

// stillSo gives the news of a reading, and of those before it what is still so: who asks for a reading twice a day does not miss what the
// first found.
func stillSo(former []Change, now *Reading, news []Change, left map[instance.FlowID]string) []Change {
	list := slices.Clone(news)
	for _, c := range former {
		if now.ReadAt.Sub(c.At) >= newsFor || slices.ContainsFunc(list, func(n Change) bool { return n.Flow == c.Flow && n.Kind == c.Kind }) {
			continue
		}
		if row, ok := now.Row(c.Flow); c.holds(row, ok, left) {
			list = append(list, c)
		}
	}
	sortChanges(list)
	return list
}

func (c Change) holds(row FlowRow, there bool, left map[instance.FlowID]string) bool {
	switch c.Kind {
	case Outside:
		return there && (left[c.Flow] == "" || row.Hash != left[c.Flow])
	case Gone:
		return !there
	case NewlyBroken:
		return there && row.Report.Verdict == audit.Broken
	case NewlyUncovered:
		return there && !row.Covered
	case NewlyUndone:
		return there && row.DraftUndoes()
	case NewlyCovered:
		return there && row.Covered
	}
	return there
}

func sortChanges(list []Change) {
	order := ChangeKinds()
	ordered.By(list, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), strings.Compare(a.Name, b.Name), cmp.Compare(a.Flow, b.Flow))
	})
}

// compare lists what happened between two readings, the most urgent first, then by name. A flow of which it cannot be told now
// is not said to have changed: a reading that failed in part is no news. left is what flows are known to hold (ServiceOptions.Left).
func compare(before, now *Reading, left map[instance.FlowID]string) []Change {
	var list []Change
	was := make(map[instance.FlowID]*FlowRow, len(before.Flows))
	for i := range before.Flows {
		was[before.Flows[i].Flow.ID] = &before.Flows[i]
	}
	for i := range now.Flows {
		row := &now.Flows[i]
		old := was[row.Flow.ID]
		delete(was, row.Flow.ID)
		for _, kind := range happened(old, row, left[row.Flow.ID]) {
			c := Change{Kind: kind, Flow: row.Flow.ID, Name: row.Flow.Name, To: row.Report.Verdict}
			if old != nil {
				c.From = old.Report.Verdict
			}
			list = append(list, c)
		}
	}
	for _, old := range was {
		list = append(list, Change{Kind: Gone, Flow: old.Flow.ID, Name: old.Flow.Name, From: old.Report.Verdict})
	}
	sortChanges(list)
	return list
}

func happened(old, row *FlowRow, left string) []ChangeKind {
	if old == nil {
		return []ChangeKind{Appeared}
	}
	if row.Error != nil || row.Report.Verdict == audit.Unreadable || old.Error != nil {
		return nil
	}
	var list []ChangeKind
	changed := row.Hash != old.Hash
	broken := func(r *FlowRow) bool { return r.Counted && r.Report.Verdict == audit.Broken }
	told := func(r *FlowRow) bool { return changed || !r.CannotTell() } // else what it leads to could not be read
	switch {
	case broken(row) && !broken(old):
		list = append(list, NewlyBroken)
	case old.Covered && !row.Covered && row.Counted && !row.LeadsUnknown && told(row):
		list = append(list, NewlyUncovered)
	case row.Covered && !old.Covered && !old.LeadsUnknown && told(old):
		list = append(list, NewlyCovered)
	}
	if row.DraftUndoes() && !old.DraftUndoes() {
		list = append(list, NewlyUndone)
	}
	if changed && row.Hash != row.held.wrote && row.Hash != left {
		list = append(list, Outside)
	}
	return list
}

// left is what the flows of an instance are known to hold. Where that can't be told, what somebody accepted may be news once more.
func (s *Service) left(ctx context.Context, id instance.ID) map[instance.FlowID]string {
	if s.o.Left == nil {
		return nil
	}
	left, err := s.o.Left(ctx, id)
	if err != nil {
		s.o.Log.ErrorContext(ctx, "what wrapup left the flows with is not known", "instance", id, "err", err)
	}
	return left
}
