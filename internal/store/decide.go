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
	"wrapup/internal/publish"
)

// onChange runs f on the change in a transaction of the history, which nobody else can write it beside.
func (s *Store) onChange(ctx context.Context, doing, id string, f func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error)) error {
	return s.recorded(ctx, doing, func(ctx context.Context, tx bun.Tx) (*act, error) {
		row, err := changeByID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		return f(ctx, tx, &row)
	})
}

func changeByID(ctx context.Context, tx bun.Tx, id string) (changeRow, error) {
	var row changeRow
	err := tx.NewSelect().Model(&row).Where("id = ?", text(id)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = noSuchChange(id)
	}
	return row, err
}

// seen is the change as somebody sees it now.
func (r *changeRow) seen() publish.Seen {
	s := publish.Seen{State: publish.State(r.State), Runs: int(r.Runs)}
	if w, err := r.proposal(); err == nil && w != nil && s.State == publish.Proposed {
		s.Proposed = w.At.UnixMicro()
	}
	return s
}

// move writes what moves of a change.
func move(ctx context.Context, tx bun.Tx, row *changeRow) error {
	_, err := tx.NewUpdate().Model(row).Column(moving...).WherePK().Exec(ctx)
	return err
}

// Approve implements publish.Journal. Its times are kept at the microsecond.
func (s *Store) Approve(ctx context.Context, id, hash string, seen publish.Seen, w publish.Word) error {
	return s.onChange(ctx, "approve the change", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		if err := row.reviewed(hash, seen, publish.Planned, publish.Paused, publish.Proposed); err != nil {
			return nil, err
		}
		if err := row.mayApprove(ctx, tx, w); err != nil {
			return nil, err
		}
		if w.BreakGlass {
			row.Proposal = ""
		}
		row.State, row.Stopped, row.Fell = string(publish.Approved), "", ""
		if err := row.approve(w); err != nil {
			return nil, err
		}
		return row.act(publish.EntryApproved, w.At, w.By), move(ctx, tx, row)
	})
}

// Stop implements publish.Journal. Whoever asks a running change to stop first is noted; who asks again changes nothing. An approval
// that nothing was done on is taken back.
func (s *Store) Stop(ctx context.Context, id string, by publish.Actor, at time.Time) error {
	who, err := json.Marshal(by)
	if err != nil {
		return failed("stop the change", err)
	}
	return s.onChange(ctx, "stop the change", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		switch {
		case row.State == string(publish.Running) && row.Stopped != "":
			return nil, nil
		case row.State == string(publish.Running):
			row.Stopped = string(who)
		case row.State == string(publish.Approved) && !row.Started.IsZero():
			row.State, row.Stopped = string(publish.Paused), string(who)
		case row.State == string(publish.Approved):
			row.State, row.Proposal = string(publish.Planned), ""
			if err := row.approve(publish.Word{}); err != nil {
				return nil, err
			}
		default:
			return nil, fault.New(fault.Conflict, "publish.not-running", "Change", id)
		}
		return row.act(publish.EntryStopped, at, by), move(ctx, tx, row)
	})
}

// Withdraw implements publish.Journal.
func (s *Store) Withdraw(ctx context.Context, id string, seen publish.Seen, by publish.Actor, at time.Time) error {
	who, err := json.Marshal(by)
	if err != nil {
		return failed("withdraw the proposal", err)
	}
	return s.onChange(ctx, "withdraw the proposal", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		if row.State != string(publish.Proposed) || row.seen() != seen {
			return nil, fault.New(fault.Conflict, "publish.not-open", "Change", id)
		}
		row.State, row.Proposal = string(publish.Planned), ""
		if !row.Started.IsZero() {
			row.State, row.Stopped = string(publish.Paused), string(who)
		}
		return row.act(publish.EntryWithdrawn, at, by), move(ctx, tx, row)
	})
}

// GiveUp implements publish.Journal.
func (s *Store) GiveUp(ctx context.Context, id string, seen publish.Seen, by publish.Actor, at time.Time) (publish.State, error) {
	var state publish.State
	err := s.onChange(ctx, "give the change up", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		var skipped []stepRow
		switch {
		case row.seen() != seen:
			return nil, fault.New(fault.Conflict, "publish.not-open", "Change", id)
		case row.State == string(publish.Planned):
			state = publish.Discarded
		case row.State == string(publish.Paused):
			steps, err := stepsOf(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			if skipped, err = skipUntried(ctx, tx, steps, at); err != nil {
				return nil, err
			}
			state = stateOf(steps)
		default:
			return nil, fault.New(fault.Conflict, "publish.not-open", "Change", id)
		}
		row.State, row.Stopped, row.Finished = string(state), "", micro(at)
		return row.act(publish.EntryGivenUp, at, by, skipped...), move(ctx, tx, row)
	})
	if err != nil {
		return "", err
	}
	return state, nil
}

// skipUntried closes the steps that were never announced, in steps, too, and gives those.
func skipUntried(ctx context.Context, tx bun.Tx, steps []stepRow, at time.Time) (skipped []stepRow, err error) {
	doc, err := json.Marshal(publish.Outcome{At: at.UTC(), State: publish.StepSkipped, Message: fault.Msg("publish.outcome.skipped")})
	if err != nil {
		return nil, err
	}
	for i := range steps {
		st := &steps[i]
		if st.State != string(publish.StepPlanned) {
			continue
		}
		st.State, st.Outcome = string(publish.StepSkipped), string(doc)
		if err := moveStep(ctx, tx, st); err != nil {
			return nil, err
		}
		skipped = append(skipped, *st)
	}
	return skipped, nil
}

type haltRow struct {
	bun.BaseModel `bun:"table:halt,alias:h"`

	ID     int       `bun:"id,pk"`
	Person string    `bun:"person"`
	At     time.Time `bun:"at"`
	Reason string    `bun:"reason"`
}

func (r haltRow) said() *haltSaid {
	return &haltSaid{Holds: true, By: r.Person, At: r.At.UTC(), Reason: r.Reason}
}

// LetOn implements publish.Journal.
func (s *Store) LetOn(ctx context.Context, since time.Time, by publish.Actor, at time.Time) error {
	return s.recorded(ctx, "let publishing go on", func(ctx context.Context, tx bun.Tx) (*act, error) {
		h, err := halted(ctx, tx)
		switch {
		case err != nil || h == nil:
			return nil, err
		case !h.At.Equal(micro(since)):
			return nil, fault.New(fault.Conflict, "publish.halted-anew")
		}
		_, err = tx.NewDelete().Model((*haltRow)(nil)).Where("id = 1").Exec(ctx)
		return &act{kind: publish.EntryLetOn, at: at, by: by, said: said{Halt: &haltSaid{}}}, err
	})
}

// Halt implements publish.Journal.
func (s *Store) Halt(ctx context.Context, h publish.Halt, by publish.Actor, at time.Time) error {
	who, err := json.Marshal(h.By)
	if err != nil {
		return failed("stop all publishing", err)
	}
	row := haltRow{ID: 1, Person: string(who), At: micro(h.At), Reason: text(h.Reason)}
	return s.recorded(ctx, "stop all publishing", func(ctx context.Context, tx bun.Tx) (*act, error) {
		res, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(ctx)
		if err == nil && changed(res) == 0 {
			err = fault.New(fault.Conflict, "publish.halted-already")
		}
		return &act{kind: publish.EntryHalted, at: at, by: by, said: said{Halt: row.said()}}, err
	})
}

// Halted implements publish.Journal.
func (s *Store) Halted(ctx context.Context) (*publish.Halt, error) {
	h, err := halted(ctx, s.db)
	return h, failed("look whether publishing is stopped", err)
}

func halted(ctx context.Context, db bun.IDB) (*publish.Halt, error) {
	var row haltRow
	err := db.NewSelect().Model(&row).Where("id = 1").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h := &publish.Halt{At: row.At.UTC(), Reason: row.Reason}
	if err := json.Unmarshal([]byte(row.Person), &h.By); err != nil {
		return nil, fault.New(fault.Internal, "store.damaged").Because(fmt.Errorf("the halt: %w", err))
	}
	return h, nil
}

// Settle implements publish.Journal. Of two people who decide at once one is told.
func (s *Store) Settle(ctx context.Context, id, step string, o publish.Outcome) error {
	switch o.State {
	case publish.StepDone, publish.StepFailed, publish.StepUnclear:
	default:
		return failed("settle the step", fmt.Errorf("%q settles nothing", o.State))
	}
	return s.onChange(ctx, fmt.Sprintf("settle step %q", step), id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		if row.State != string(publish.Interrupted) {
			return nil, fault.New(fault.Conflict, "store.not-interrupted", "Change", id)
		}
		steps, err := stepsOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		var open *stepRow
		if i := slices.IndexFunc(steps, func(st stepRow) bool { return st.Key == text(step) }); i >= 0 {
			open = &steps[i]
		}
		st, err := closed(open, id, step, o, publish.StepIntent)
		if err == nil {
			*open = st
			err = moveStep(ctx, tx, &st)
		}
		if err != nil {
			return nil, err
		}
		row.end(stateOf(steps), o.At)
		var by publish.Actor
		if o.By != nil {
			by = *o.By
		}
		a := row.act(publish.EntrySettled, o.At, by, st)
		a.step = st.Key
		return a, move(ctx, tx, row)
	})
}
