package flow

import (
	"fmt"
	"strings"
)

// ProofError says what Prove found besides the stated edits.
type ProofError struct {
	What   string // catalogue id "flow.proof.<What>"
	Offset int    // in after, in bytes; 0 where it has none
	Detail string
}

// Error is for logs; people read the catalogue sentence of What.
func (e *ProofError) Error() string {
	s := fmt.Sprintf("proof: %s at byte %d", e.What, e.Offset)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Prove shows, with another decoder than Edit's and from these arguments alone, that after is before with
// exactly the stated edits made: as JSON, as bytes outside the edits' own spans, within the limits,
// and with no validation problem that was not there before. nil is proof; the error is always a *ProofError.
//
// It reads before into a tree of values and the gaps between them, makes the stated edits on that tree by
// rules of its own, and compares the result with the tree of after: old values by their characters, old
// gaps by theirs, new values by what they say. Gaps inside a new value may be any white space.
func Prove(before, after []byte, edits []Edit) error {
	want, err := plant(before)
	if err != nil {
		return &ProofError{What: "before-unreadable", Detail: err.Error()}
	}
	got, err := plant(after)
	if err != nil {
		return &ProofError{What: "after-unreadable", Detail: err.Error()}
	}
	actions := len(want.actions())
	for i, e := range edits {
		if err := want.expect(e); err != nil {
			return &ProofError{What: "not-possible", Detail: fmt.Sprintf("edit %d (%s %q): %v", i+1, e.Kind, e.Block, err)}
		}
	}
	if diff := want.compare(got); diff != nil {
		return diff
	}
	if n := len(got.actions()); n > max(MaxActions, actions) {
		return &ProofError{What: "too-many-actions", Detail: fmt.Sprint(n)}
	}
	if n := UTF16Len(after); n > MaxContent {
		return &ProofError{What: "too-long", Detail: fmt.Sprint(n)}
	}
	return proveProblems(before, after)
}

// proveProblems shows that the service would find no more to complain of than before. Problems are
// compared by block: an action's index may move.
func proveProblems(before, after []byte) error {
	known := map[string]int{}
	for _, p := range Validate(before, "") {
		known[problemKey(p)]++
	}
	for _, p := range Validate(after, "") {
		k := problemKey(p)
		if known[k]--; known[k] < 0 {
			return &ProofError{What: "new-problem", Detail: p.Message}
		}
	}
	return nil
}

func problemKey(p Problem) string {
	at := fmt.Sprintf("Actions[%d]", p.Index)
	return p.Block + "\x00" + strings.ReplaceAll(p.Message, at, "Actions[]")
}
