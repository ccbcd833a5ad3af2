package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// Start implements publish.Journal. Conflicts carry the change's id as Change: the one that was started, or the one
// that holds the instance.
func (s *Store) Start(ctx context.Context, id, hash string, by publish.Actor, reason string, lease publish.Lease) (int64, error) {
	approved, err := json.Marshal(by)
	if err != nil {
		return 0, failed("start the change", err)
	}
	var row operationRow
	err = s.write(ctx, "start the change", func(ctx context.Context, tx bun.Tx) error {
		row = operationRow{}
		if err := startable(ctx, tx, id, hash, &row); err != nil {
			return err
		}
		row.State, row.Reason, row.Approved, row.ApprovedBy = string(publish.Running), text(reason), string(approved), text(by.ID)
		row.Owner, row.LeaseUntil, row.Started = text(lease.Owner), micro(lease.Until), s.now()
		row.Attempt++
		res, err := tx.NewUpdate().Model(&row).
			Column("state", "reason", "approved", "approved_by", "owner", "lease_until", "started", "attempt").
			WherePK().Where("state = ?", publish.Planned).Exec(ctx)
		switch {
		case notUnique(err):
			return fault.New(fault.Conflict, "publish.instance-busy", "Change", "").Because(err)
		case err == nil && changed(res) == 0:
			return fault.New(fault.Conflict, "publish.started", "Change", id)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return row.Attempt, nil
}

// startable loads the change into row and says why it cannot be started.
func startable(ctx context.Context, tx bun.Tx, id, hash string, row *operationRow) error {
	err := tx.NewSelect().Model(row).Where("id = ?", text(id)).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return noSuchChange(id)
	case err != nil:
		return err
	case row.State != string(publish.Planned):
		return fault.New(fault.Conflict, "publish.started", "Change", id)
	case row.Hash != hash:
		return fault.New(fault.Conflict, "publish.stale-hash", "Change", id)
	}
	var holder string
	err = tx.NewSelect().Model((*operationRow)(nil)).Column("id").
		Where("kind = ? AND instance = ? AND state = ?", kindChange, row.Instance, publish.Running).Limit(1).Scan(ctx, &holder)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return fault.New(fault.Conflict, "publish.instance-busy", "Change", holder)
}

// held runs f in a transaction that holds the change for attempt. It writes the row, so that on every engine nobody
// takes the change between the question and f.
func (s *Store) held(ctx context.Context, doing, id string, attempt int64, f func(ctx context.Context, tx bun.Tx) error) error {
	return s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model((*operationRow)(nil)).Set("attempt = attempt").
			Where("id = ? AND state = ? AND attempt = ?", text(id), publish.Running, attempt).Exec(ctx)
		if err != nil {
			return err
		}
		if changed(res) == 0 {
			return fault.New(fault.Conflict, "publish.lease-lost", "Change", id)
		}
		return f(ctx, tx)
	})
}

// Renew implements publish.Journal.
func (s *Store) Renew(ctx context.Context, id string, attempt int64, until time.Time) error {
	return s.held(ctx, "renew the lease", id, attempt, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*operationRow)(nil)).Set("lease_until = ?", micro(until)).Where("id = ?", id).Exec(ctx)
		return err
	})
}

// Intent implements publish.Journal. A step is announced once: a second intent is Conflict "store.step-closed", for
// what came of the first is not known. The lease is asked for and extended in the same transaction, so that nobody
// can sweep the change between the announcement and the end of the call.
func (s *Store) Intent(ctx context.Context, id, step string, attempt int64, in publish.Intent, now, until time.Time) error {
	in.At = in.At.UTC()
	doc, err := json.Marshal(in)
	if err != nil {
		return failed("record the intent", err)
	}
	return s.held(ctx, fmt.Sprintf("record the intent of step %q", step), id, attempt, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model((*operationRow)(nil)).Set("lease_until = ?", micro(until)).
			Where("id = ? AND lease_until > ?", id, micro(now)).Exec(ctx)
		if err != nil {
			return err
		}
		if changed(res) == 0 {
			return fault.New(fault.Conflict, "publish.lease-lost", "Change", id)
		}
		row := stepRow{OperationID: id, Key: step, State: string(publish.StepIntent), Intent: string(doc), IntentAt: micro(in.At)}
		return moveStep(ctx, tx, row, []string{"state", "intent", "intent_at"}, publish.StepPlanned)
	})
}

// Outcome implements publish.Journal. A step without an intent was not written: it can only have failed or been skipped.
func (s *Store) Outcome(ctx context.Context, id, step string, attempt int64, o publish.Outcome) error {
	return s.held(ctx, fmt.Sprintf("record the outcome of step %q", step), id, attempt, func(ctx context.Context, tx bun.Tx) error {
		switch o.State {
		case publish.StepFailed, publish.StepSkipped:
			return closeStep(ctx, tx, id, step, o, publish.StepPlanned, publish.StepIntent)
		case publish.StepDone, publish.StepUnclear:
			return closeStep(ctx, tx, id, step, o, publish.StepIntent)
		}
		return fmt.Errorf("%q is not an outcome", o.State)
	})
}

// closeStep writes the outcome of a step that is in one of the states from.
func closeStep(ctx context.Context, tx bun.Tx, id, step string, o publish.Outcome, from ...publish.StepState) error {
	row := stepRow{OperationID: id, Key: step}
	err := tx.NewSelect().Model(&row).WherePK().Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return noSuchStep(id, step)
	}
	if err != nil {
		return err
	}
	o.At = o.At.UTC()
	doc, err := json.Marshal(o)
	if err != nil {
		return err
	}
	row.State, row.Outcome, row.OutcomeAt, row.Flow = string(o.State), string(doc), micro(o.At), text(string(row.written(o)))
	return moveStep(ctx, tx, row, []string{"state", "outcome", "outcome_at", "flow"}, from...)
}

// moveStep writes the columns of row if its step is in one of the states from.
func moveStep(ctx context.Context, tx bun.Tx, row stepRow, columns []string, from ...publish.StepState) error {
	res, err := tx.NewUpdate().Model(&row).Column(columns...).WherePK().Where("state IN (?)", bun.List(from)).Exec(ctx)
	if err != nil || changed(res) == 1 {
		return err
	}
	there, err := tx.NewSelect().Model(&row).WherePK().Exists(ctx)
	if err == nil && !there {
		return noSuchStep(row.OperationID, row.Key)
	}
	if err == nil {
		err = fault.New(fault.Conflict, "store.step-closed", "Change", row.OperationID, "Step", row.Key)
	}
	return err
}

func noSuchStep(id, step string) error {
	return fault.New(fault.NotFound, "store.no-such-step").Because(fmt.Errorf("step %q of change %q", step, id))
}

// Finish implements publish.Journal. Steps never tried become skipped. A state that the steps do not speak for is refused:
// the journal cannot be made to say more than it knows. The change then stays running until a Sweep.
func (s *Store) Finish(ctx context.Context, id string, attempt int64, state publish.State) error {
	return s.held(ctx, "finish the change", id, attempt, func(ctx context.Context, tx bun.Tx) error {
		if err := skipUntried(ctx, tx, id, s.now()); err != nil {
			return err
		}
		steps, err := stepsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if known := stateOf(steps); state != known {
			return fmt.Errorf("the change cannot be %s: its steps say %s", state, known)
		}
		return s.end(ctx, tx, id, state)
	})
}

// stateOf is the state that the steps speak for.
func stateOf(rows []stepRow) publish.State {
	steps := make([]publish.Step, 0, len(rows))
	for _, r := range rows {
		steps = append(steps, publish.Step{State: publish.StepState(r.State)})
	}
	return publish.StateOf(steps)
}

// end writes the last state and frees the instance. An interrupted change ends when its last open step is settled.
func (s *Store) end(ctx context.Context, tx bun.Tx, id string, state publish.State) error {
	row := operationRow{ID: id, State: string(state)}
	if state != publish.Interrupted {
		row.Finished = s.now()
	}
	_, err := tx.NewUpdate().Model(&row).Column("state", "lease_until", "finished").WherePK().Exec(ctx)
	return err
}

func stepsOf(ctx context.Context, tx bun.Tx, id string) ([]stepRow, error) {
	var steps []stepRow
	err := tx.NewSelect().Model(&steps).Where("operation_id = ?", id).Order("position").Scan(ctx)
	return steps, err
}

// skipUntried closes the steps that were never announced: they were not written.
func skipUntried(ctx context.Context, tx bun.Tx, id string, now time.Time) error {
	doc, err := json.Marshal(publish.Outcome{At: now, State: publish.StepSkipped, Message: fault.Msg("publish.outcome.skipped")})
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model((*stepRow)(nil)).Set("state = ?", publish.StepSkipped).Set("outcome = ?", string(doc)).
		Set("outcome_at = ?", now).Where("operation_id = ? AND state = ?", id, publish.StepPlanned).Exec(ctx)
	return err
}
