package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
)

// Due implements publish.Journal; the order is that of the ids.
func (s *Store) Due(ctx context.Context, now time.Time) ([]instance.ID, error) {
	if h, err := s.Halted(ctx); err != nil || h != nil {
		return nil, err
	}
	var ids []instance.ID
	err := due(s.db.NewSelect().Model((*changeRow)(nil)), now).ColumnExpr("DISTINCT c.instance").Scan(ctx, &ids)
	if err != nil {
		return nil, failed("look for changes that are due", err)
	}
	slices.Sort(ids) // databases differ in how they compare text
	return ids, nil
}

// due picks the changes that are to be applied.
func due(q *bun.SelectQuery, now time.Time) *bun.SelectQuery {
	return q.Where("(c.state = ? OR c.state = ? AND (c.not_before IS NULL OR c.not_before <= ?))", publish.Running, publish.Approved, micro(now))
}

// Take implements publish.Journal. A running change is taken from a run that is over only: where the operation that has it holds
// its lease still, none is due.
func (s *Store) Take(ctx context.Context, in instance.ID, f operation.Fence, now time.Time) (c publish.Change, found bool, err error) {
	err = s.recorded(ctx, "take up a change", func(ctx context.Context, tx bun.Tx) (*act, error) {
		c, found = publish.Change{}, false
		if err := s.fenced(ctx, tx, f, now); err != nil {
			return nil, err
		}
		if h, err := halted(ctx, tx); err != nil || h != nil {
			return nil, err
		}
		row, err := s.next(ctx, tx, in, f, now)
		if err != nil || row == nil {
			return nil, err
		}
		if row.Started.IsZero() {
			row.Started = micro(now)
		}
		row.State, row.Run, row.RunAttempt = string(publish.Running), text(string(f.ID)), f.Attempt
		row.Runs++
		if err := move(ctx, tx, row); err != nil {
			return nil, err
		}
		steps, err := stepsOf(ctx, tx, row.ID)
		if err != nil {
			return nil, err
		}
		if c, err = row.change(steps); err != nil {
			return nil, err
		}
		found = true
		return row.act(publish.EntryTaken, now, c.Word.By), nil
	})
	if err != nil {
		return publish.Change{}, false, err
	}
	return c, found, nil
}

// next is the change that f may take in the instance; nil where there is none.
func (s *Store) next(ctx context.Context, tx bun.Tx, in instance.ID, f operation.Fence, now time.Time) (*changeRow, error) {
	var row changeRow
	err := due(tx.NewSelect().Model(&row), now).Where("c.instance = ?", text(string(in))).
		OrderExpr("CASE WHEN c.state = ? THEN 0 ELSE 1 END, c.approved_at, c.created, c.id", publish.Running).Limit(1).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case row.State != string(publish.Running) || row.Run == "" || row.Run == text(string(f.ID)):
		return &row, nil // f being the operation's newest run, a former one of the same is over
	}
	alive, err := tx.NewSelect().Model((*workRow)(nil)).Where("id = ? AND state = ? AND attempt = ? AND lease_until > ?",
		row.Run, operation.Running, row.RunAttempt, micro(now)).Exists(ctx)
	if err != nil || alive {
		return nil, err
	}
	return &row, nil
}

// fenced is operation.ErrLost unless f's operation runs under f on a lease that is not over at that time. The operation stays so
// until the transaction's end.
func (s *Store) fenced(ctx context.Context, tx bun.Tx, f operation.Fence, at time.Time) error {
	var attempt int64
	q := tx.NewSelect().Model((*workRow)(nil)).Column("attempt").Where("id = ? AND state = ? AND owner = ? AND attempt = ? AND lease_until > ?",
		text(string(f.ID)), operation.Running, text(f.Owner), f.Attempt, micro(at))
	err := s.rowLock(q, "SHARE").Scan(ctx, &attempt)
	if errors.Is(err, sql.ErrNoRows) {
		return operation.ErrLost
	}
	return err
}

// held runs f on a change that the fence's run has taken.
func (s *Store) held(ctx context.Context, doing, id string, f operation.Fence, at time.Time, do func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error)) error {
	return s.onChange(ctx, doing, id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		if err := s.fenced(ctx, tx, f, at); err != nil {
			return nil, err
		}
		if row.State != string(publish.Running) || row.Run != text(string(f.ID)) || row.RunAttempt != f.Attempt {
			return nil, fmt.Errorf("the change is %s, and not this run's: %w", row.State, operation.ErrLost)
		}
		return do(ctx, tx, row)
	})
}

// Intent implements publish.Journal. A step is announced once: what came of the first call is not known.
func (s *Store) Intent(ctx context.Context, id, step string, f operation.Fence, in publish.Intent) error {
	in.At, in.Until = in.At.UTC(), in.Until.UTC()
	doc, err := json.Marshal(in)
	if err != nil {
		return failed("record the intent", err)
	}
	return s.held(ctx, fmt.Sprintf("record the intent of step %q", step), id, f, in.At, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		if row.Stopped != "" {
			return nil, fault.New(fault.Conflict, "publish.stopped", "Change", id)
		}
		switch h, err := halted(ctx, tx); {
		case err != nil:
			return nil, err
		case h != nil:
			return nil, fault.New(fault.Conflict, "publish.halted", "Change", id)
		}
		st, err := stepIn(ctx, tx, id, step, publish.StepPlanned)
		if err != nil {
			return nil, err
		}
		st.State, st.Intent = string(publish.StepIntent), string(doc)
		return row.runAct(publish.EntryIntent, in.At, st), moveStep(ctx, tx, &st)
	})
}

// runAct is what a run did to one step: on the word of who approved the change.
func (r changeRow) runAct(kind publish.EntryKind, at time.Time, st stepRow) *act {
	w, _ := r.word() // an approval that cannot be read is nobody's
	return r.stepAct(kind, at, w.By, st)
}

// Outcome implements publish.Journal. A step without an intent was not written: it can only have failed or been skipped.
func (s *Store) Outcome(ctx context.Context, id, step string, f operation.Fence, o publish.Outcome) error {
	from := []publish.StepState{publish.StepIntent}
	switch o.State {
	case publish.StepFailed, publish.StepSkipped:
		from = append(from, publish.StepPlanned)
	case publish.StepDone, publish.StepUnclear:
	default:
		return failed("record the outcome", fmt.Errorf("%q is not an outcome", o.State))
	}
	return s.held(ctx, fmt.Sprintf("record the outcome of step %q", step), id, f, o.At, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		st, err := closeStep(ctx, tx, id, step, o, from...)
		if err != nil {
			return nil, err
		}
		return row.runAct(publish.EntryOutcome, o.At, st), nil
	})
}

// Reopen implements publish.Journal: fault.Conflict "store.step-closed" where no intent is open.
func (s *Store) Reopen(ctx context.Context, id, step string, f operation.Fence, why fault.Message, at time.Time) error {
	return s.held(ctx, fmt.Sprintf("reopen step %q", step), id, f, at, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		st, err := stepIn(ctx, tx, id, step, publish.StepIntent)
		if err != nil {
			return nil, err
		}
		former := st.Intent
		st.State, st.Intent = string(publish.StepPlanned), ""
		a := row.runAct(publish.EntryReopened, at, st)
		a.said.Why, a.said.Former = &why, rawJSON(former)
		return a, moveStep(ctx, tx, &st)
	})
}

// Finish implements publish.Journal. A state that the steps do not speak for is refused: the journal cannot be made to say more than
// it knows. The change then stays running until it is taken again.
func (s *Store) Finish(ctx context.Context, id string, f operation.Fence, state publish.State, now time.Time) error {
	return s.held(ctx, "finish the change", id, f, now, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		steps, err := stepsOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if known := stateOf(steps); state != known {
			return nil, fmt.Errorf("the change cannot be %s: its steps say %s", state, known)
		}
		row.end(state, now)
		w, _ := row.word()
		return row.act(publish.EntryFinished, now, w.By), move(ctx, tx, row)
	})
}

// end gives the change the state that it has when nobody runs it, and frees the instance.
func (r *changeRow) end(state publish.State, at time.Time) {
	r.State, r.Run, r.RunAttempt, r.Stopped = string(state), "", 0, ""
	if state.Ended() {
		r.Finished = micro(at)
	}
}

// stateOf is the state that the steps speak for.
func stateOf(rows []stepRow) publish.State {
	steps := make([]publish.Step, 0, len(rows))
	for _, r := range rows {
		steps = append(steps, publish.Step{State: publish.StepState(r.State)})
	}
	return publish.StateOf(steps)
}

func stepsOf(ctx context.Context, tx bun.Tx, id string) ([]stepRow, error) {
	var steps []stepRow
	err := tx.NewSelect().Model(&steps).Where("change_id = ?", text(id)).Order("position").Scan(ctx)
	return steps, err
}

// stepIn loads a step that is in one of the states from.
func stepIn(ctx context.Context, tx bun.Tx, id, step string, from ...publish.StepState) (stepRow, error) {
	row := stepRow{ChangeID: text(id), Key: text(step)}
	err := tx.NewSelect().Model(&row).WherePK().Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = fault.New(fault.NotFound, "store.no-such-step").Because(fmt.Errorf("step %q of change %q", step, id))
	case err == nil && !slices.Contains(from, publish.StepState(row.State)):
		err = fault.New(fault.Conflict, "store.step-closed", "Change", id, "Step", step)
	}
	return row, err
}

// closeStep writes the outcome of a step that is in one of the states from.
func closeStep(ctx context.Context, tx bun.Tx, id, step string, o publish.Outcome, from ...publish.StepState) (stepRow, error) {
	st, err := stepIn(ctx, tx, id, step, from...)
	if err != nil {
		return st, err
	}
	o.At = o.At.UTC()
	doc, err := json.Marshal(o)
	if err != nil {
		return st, err
	}
	st.State, st.Outcome, st.Flow = string(o.State), string(doc), text(string(st.written(o)))
	return st, moveStep(ctx, tx, &st)
}

// moveStep writes what moves of a step.
func moveStep(ctx context.Context, tx bun.Tx, st *stepRow) error {
	_, err := tx.NewUpdate().Model(st).Column("state", "flow", "intent", "outcome").WherePK().Exec(ctx)
	return err
}
