package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
)

// reviewed refuses a word for a change that is not as the person saw it, in one of the states from.
func (r *changeRow) reviewed(hash string, seen publish.Seen, from ...publish.State) error {
	switch {
	case !slices.Contains(from, publish.State(r.State)) || r.seen() != seen:
		return fault.New(fault.Conflict, "publish.started", "Change", r.ID)
	case r.Hash != hash:
		return fault.New(fault.Conflict, "publish.stale-hash", "Change", r.ID)
	}
	return nil
}

// Propose implements publish.Journal. Its times are kept at the microsecond.
func (s *Store) Propose(ctx context.Context, id, hash string, seen publish.Seen, w publish.Word) error {
	w.At, w.NotBefore = micro(w.At), micro(w.NotBefore)
	doc, err := json.Marshal(w)
	if err != nil {
		return failed("propose the change", err)
	}
	return s.onChange(ctx, "propose the change", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		if err := row.reviewed(hash, seen, publish.Planned, publish.Paused); err != nil {
			return nil, err
		}
		row.State, row.Proposal, row.Fell, row.Stopped = string(publish.Proposed), string(doc), "", ""
		return row.act(publish.EntryProposed, w.At, w.By), move(ctx, tx, row)
	})
}

// Refuse implements publish.Journal.
func (s *Store) Refuse(ctx context.Context, id string, seen publish.Seen, why fault.Message, by publish.Actor, at time.Time) error {
	doc, err := json.Marshal(publish.Fall{At: micro(at), Why: why})
	if err != nil {
		return failed("refuse the change", err)
	}
	return s.onChange(ctx, "refuse the change", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		if row.State != string(publish.Proposed) || row.seen() != seen {
			return nil, fault.New(fault.Conflict, "publish.not-open", "Change", id)
		}
		first, err := row.proposal()
		if err != nil {
			return nil, err
		}
		if first.By.ID == by.ID {
			return nil, fault.New(fault.Conflict, "publish.refuse-own")
		}
		if row.State = string(publish.Paused); row.Started.IsZero() {
			row.State = string(publish.Planned)
		}
		row.Proposal, row.Fell = "", string(doc)
		kind := publish.EntryFallen
		if why.ID == publish.FellRefused {
			kind = publish.EntryRefused
		}
		a := row.act(kind, at, by)
		a.said.Why = &why
		return a, move(ctx, tx, row)
	})
}

// mayApprove says whether one more word is enough: it is the second of two, or the rules ask for one only, or who gives it answers for
// that. The rest of a change that two people wanted needs no more than one.
func (r *changeRow) mayApprove(ctx context.Context, tx bun.Tx, w publish.Word) error {
	first, err := r.proposal()
	if err != nil {
		return err
	}
	if r.State == string(publish.Proposed) {
		if first.By.ID == w.By.ID {
			return fault.New(fault.Conflict, "publish.own-proposal")
		}
		return nil
	}
	if w.BreakGlass || r.State == string(publish.Paused) && first != nil {
		return nil
	}
	rules, err := rulesOf(ctx, tx, r.Instance)
	if err != nil {
		return err
	}
	if said, err := rules.rules(); err != nil || said.Two() {
		return orElse(err, fault.New(fault.Conflict, "publish.needs-two"))
	}
	return nil
}

func orElse(err error, or *fault.Error) error {
	if err != nil {
		return err
	}
	return or
}

// proposal is the first of two words; nil where there is none.
func (r *changeRow) proposal() (*publish.Word, error) {
	if r.Proposal == "" {
		return nil, nil
	}
	w := new(publish.Word)
	if err := json.Unmarshal([]byte(r.Proposal), w); err != nil {
		return nil, unreadable(r.ID, err)
	}
	return w, nil
}

// Await implements publish.Journal.
func (s *Store) Await(ctx context.Context, id string, f operation.Fence, until, at time.Time) error {
	return s.onChange(ctx, "have the change wait", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		tried, err := s.letGo(ctx, tx, row, f, at)
		if err != nil {
			return nil, err
		}
		if row.Stopped != "" {
			return nil, fault.New(fault.Conflict, "publish.stopped", "Change", id)
		}
		w, err := row.word()
		if err != nil {
			return nil, err
		}
		row.end(publish.Approved, at)
		if row.NotBefore = micro(until); !tried {
			row.Started = time.Time{}
		}
		return row.act(publish.EntryWaits, at, w.By), move(ctx, tx, row)
	})
}

// Fall implements publish.Journal.
func (s *Store) Fall(ctx context.Context, id string, f operation.Fence, why fault.Message, at time.Time) (publish.State, error) {
	doc, err := json.Marshal(publish.Fall{At: micro(at), Why: why})
	if err != nil {
		return "", failed("take the approval back", err)
	}
	var state publish.State
	err = s.onChange(ctx, "take the approval back", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		tried, err := s.letGo(ctx, tx, row, f, at)
		if err != nil {
			return nil, err
		}
		w, err := row.word()
		if err != nil {
			return nil, err
		}
		if state = publish.Paused; !tried {
			state, row.Started = publish.Planned, time.Time{}
			if err := row.approve(publish.Word{}); err != nil {
				return nil, err
			}
		}
		row.end(state, at)
		row.Proposal, row.Fell, row.Stopped = "", string(doc), ""
		a := row.act(publish.EntryFallen, at, w.By)
		a.said.Why = &why
		return a, move(ctx, tx, row)
	})
	if err != nil {
		return "", err
	}
	return state, nil
}

// letGo makes sure that f's run may leave the change with its steps as they are, some not tried and none open, and says whether any was tried.
func (s *Store) letGo(ctx context.Context, tx bun.Tx, row *changeRow, f operation.Fence, at time.Time) (tried bool, err error) {
	if err := s.holds(ctx, tx, gate{state: row.State, run: row.Run, attempt: row.RunAttempt}, f, at); err != nil {
		return false, err
	}
	steps, err := stepsOf(ctx, tx, row.ID)
	if err != nil {
		return false, err
	}
	if now := stateOf(steps); now != publish.Paused {
		return false, fmt.Errorf("the change cannot be left: its steps say %s", now)
	}
	return slices.ContainsFunc(steps, func(st stepRow) bool { return st.State != string(publish.StepPlanned) }), nil
}
