package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// Sweep implements publish.Journal. It takes up changes that nobody runs any more: those whose lease has expired at now
// and, where owner is not empty, those of that owner; those in except are left alone. Each gets the state its steps speak for; steps never tried become
// skipped; the fencing number moves on, so that whoever still believes to run the change is refused. The ids
// come oldest first.
func (s *Store) Sweep(ctx context.Context, owner string, now time.Time, except ...string) ([]string, error) {
	var swept []string
	err := s.write(ctx, "take up changes left running", func(ctx context.Context, tx bun.Tx) error {
		swept = nil
		var left []operationRow
		q := tx.NewSelect().Model(&left).Where("kind = ? AND state = ?", kindChange, publish.Running).
			Where("(lease_until <= ? OR (owner = ? AND owner <> ''))", micro(now), text(owner)).Order("started", "id")
		// A change whose row somebody else holds is being renewed, written or swept: it is not left.
		if err := s.rowLock(q, "UPDATE SKIP LOCKED").Scan(ctx); err != nil {
			return err
		}
		for _, row := range left {
			if slices.Contains(except, row.ID) {
				continue
			}
			if err := s.takeUp(ctx, tx, row); err != nil {
				return fmt.Errorf("change %q: %w", row.ID, err)
			}
			swept = append(swept, row.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return swept, nil
}

// takeUp judges a change whose row the transaction holds.
func (s *Store) takeUp(ctx context.Context, tx bun.Tx, row operationRow) error {
	if _, err := tx.NewUpdate().Model(&row).Set("attempt = attempt + 1").WherePK().Exec(ctx); err != nil {
		return err
	}
	if err := skipUntried(ctx, tx, row.ID, s.now()); err != nil {
		return err
	}
	steps, err := stepsOf(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	return s.end(ctx, tx, row.ID, stateOf(steps))
}

// Settle implements publish.Journal: fault.Conflict "store.not-interrupted" or "store.step-closed", so that of two
// people who decide at once one is told. The state that the change gets is the one that all its steps speak for:
// the caller's was worked out before it could know of a step that somebody else settled meanwhile.
func (s *Store) Settle(ctx context.Context, id, step string, o publish.Outcome, _ publish.State) error {
	switch o.State {
	case publish.StepDone, publish.StepFailed, publish.StepUnclear:
	default:
		return failed("settle the step", fmt.Errorf("%q settles nothing", o.State))
	}
	return s.write(ctx, fmt.Sprintf("settle step %q", step), func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model((*operationRow)(nil)).Set("attempt = attempt").
			Where("id = ? AND state = ?", text(id), publish.Interrupted).Exec(ctx)
		if err != nil {
			return err
		}
		if changed(res) == 0 {
			return notInterrupted(ctx, tx, id)
		}
		if err := closeStep(ctx, tx, id, step, o, publish.StepIntent); err != nil {
			return err
		}
		steps, err := stepsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.end(ctx, tx, id, stateOf(steps))
	})
}

func notInterrupted(ctx context.Context, tx bun.Tx, id string) error {
	there, err := tx.NewSelect().Model((*operationRow)(nil)).Where("id = ?", text(id)).Exists(ctx)
	switch {
	case err != nil:
		return err
	case !there:
		return noSuchChange(id)
	}
	return fault.New(fault.Conflict, "store.not-interrupted", "Change", id)
}
