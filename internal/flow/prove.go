package flow

import (
	"fmt"
	"strings"

	"wrapup/internal/fault"
)

// ProofError says what Prove found besides the stated edits.
type ProofError struct {
	What   string // catalogue id "flow.proof.<What>"
	Offset int    // in after, in bytes; 0 where it has none
	Detail string
}

// Message is what a person reads.
func (e *ProofError) Message() fault.Message {
	return fault.Msg("flow.proof."+e.What, "Offset", e.Offset, "Detail", e.Detail)
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
// rules of its own, and compares the result with after twice: as bytes, all that no edit states; then as
// trees, old values and gaps by their characters, new values by what they say. Gaps inside a new value may
// be any white space.
func Prove(before, after []byte, edits []Edit) error {
	p, err := prepare(before, edits)
	if err != nil {
		return err
	}
	return p.check(after)
}

// proof is what the stated edits make of before.
type proof struct {
	before  []byte
	want    *tree
	pieces  []string // of want: the bytes that after must hold, in order
	actions int      // in before
}

func prepare(before []byte, edits []Edit) (*proof, error) {
	want, err := plant(before)
	if err != nil {
		return nil, &ProofError{What: "before-unreadable", Detail: err.Error()}
	}
	p := &proof{before: before, want: want, actions: len(want.actions())}
	for i, e := range edits {
		if err := want.expect(e); err != nil {
			return nil, &ProofError{What: "not-possible", Detail: fmt.Sprintf("edit %d (%s %q): %v", i+1, e.Kind, e.Block, err)}
		}
	}
	p.pieces = want.pieces()
	return p, nil
}

func (p *proof) check(after []byte) error {
	if e := sameBytes(p.pieces, string(after)); e != nil {
		return e
	}
	got, err := plant(after)
	if err != nil {
		return &ProofError{What: "after-unreadable", Detail: err.Error()}
	}
	if e := p.want.compare(got); e != nil {
		return e
	}
	if n := len(got.actions()); n > max(MaxActions, p.actions) {
		return &ProofError{What: "too-many-actions", Detail: fmt.Sprint(n)}
	}
	if n := UTF16Len(after); n > MaxContent {
		return &ProofError{What: "too-long", Detail: fmt.Sprint(n)}
	}
	return proveProblems(p.before, after)
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
