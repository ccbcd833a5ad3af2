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
		if row.Lost++; row.State != string(publish.Running) {
			row.Lost = 0
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
	alive, err := tx.NewSelect().Model((*workRow)(nil)).Where("id = ? AND state = ? AND attempt = ? AND lease_until > "+s.over(),
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

// gate is what a run must know to write one step, in one query. The change's plan is left where it is: it may be long.
type gate struct {
	state, run string
	attempt    int64
	stopped    bool
	halts      int64
	by         publish.Actor // who approved the change: on whose word the run writes
	step       *stepRow      // nil where there is none
}

const gateColumns = `c.state, c.run, c.run_attempt, COALESCE(c.stopped, '') <> '', COALESCE(c.approved, 'null'), (SELECT COUNT(*) FROM halt),
	s.position, s.kind, s.flow, s.plan, s.state, s.intent, s.outcome`

func gateOf(ctx context.Context, tx bun.Tx, id, step string) (gate, error) {
	var g gate
	var approved string
	var position sql.NullInt64
	var kind, flow, plan, state, intent, outcome sql.NullString
	err := tx.NewSelect().TableExpr("change_set AS c").Join("LEFT JOIN step AS s ON s.change_id = c.id AND s.key = ?", text(step)).
		ColumnExpr(gateColumns).Where("c.id = ?", text(id)).
		Scan(ctx, &g.state, &g.run, &g.attempt, &g.stopped, &approved, &g.halts, &position, &kind, &flow, &plan, &state, &intent, &outcome)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return g, noSuchChange(id)
	case err != nil:
		return g, err
	}
	if position.Valid {
		g.step = &stepRow{
			ChangeID: text(id), Key: text(step), Position: int(position.Int64), Kind: kind.String, Flow: flow.String, Plan: plan.String,
			State: state.String, Intent: intent.String, Outcome: outcome.String,
		}
	}
	if err := json.Unmarshal([]byte(approved), &g.by); err != nil {
		return g, unreadable(id, err)
	}
	return g, nil
}

// holds is operation.ErrLost unless the change is running, f's run has taken it, and f holds.
func (s *Store) holds(ctx context.Context, tx bun.Tx, g gate, f operation.Fence, at time.Time) error {
	if g.state != string(publish.Running) || g.run != text(string(f.ID)) || g.attempt != f.Attempt {
		return fmt.Errorf("the change is %s, and not this run's: %w", g.state, operation.ErrLost)
	}
	return s.fenced(ctx, tx, f, at)
}

// saidStep is a step to be written, and what more its entry says.
type saidStep struct {
	row    stepRow
	why    *fault.Message
	former string
}

// writeStep has a run write one step: find gives it as it is to be.
func (s *Store) writeStep(ctx context.Context, kind publish.EntryKind, id, step string, f operation.Fence, at time.Time,
	find func(g gate) (saidStep, error)) error {
	return s.recorded(ctx, fmt.Sprintf("record the %s of step %q", kind, step), func(ctx context.Context, tx bun.Tx) (*act, error) {
		g, err := gateOf(ctx, tx, id, step)
		if err != nil {
			return nil, err
		}
		if err := s.holds(ctx, tx, g, f, at); err != nil {
			return nil, err
		}
		st, err := find(g)
		if err != nil {
			return nil, err
		}
		return &act{
			kind: kind, at: at, by: g.by, change: id, step: step, said: said{Steps: []stepSaid{st.row.said()}, Why: st.why, Former: rawJSON(st.former)},
		}, moveStep(ctx, tx, &st.row)
	})
}

// Intent implements publish.Journal. A step is announced once: what came of the first call is not known.
func (s *Store) Intent(ctx context.Context, id, step string, f operation.Fence, in publish.Intent) error {
	in.At, in.Until = in.At.UTC(), in.Until.UTC()
	doc, err := json.Marshal(in)
	if err != nil {
		return failed("record the intent", err)
	}
	return s.writeStep(ctx, publish.EntryIntent, id, step, f, in.At, func(g gate) (saidStep, error) {
		switch {
		case g.stopped:
			return saidStep{}, fault.New(fault.Conflict, "publish.stopped", "Change", id)
		case g.halts > 0:
			return saidStep{}, fault.New(fault.Conflict, "publish.halted", "Change", id)
		}
		st, err := stepIn(g.step, id, step, publish.StepPlanned)
		st.State, st.Intent = string(publish.StepIntent), string(doc)
		return saidStep{row: st}, err
	})
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
	return s.writeStep(ctx, publish.EntryOutcome, id, step, f, o.At, func(g gate) (saidStep, error) {
		st, err := closed(g.step, id, step, o, from...)
		return saidStep{row: st}, err
	})
}

// Reopen implements publish.Journal: fault.Conflict "store.step-closed" where no intent is open.
func (s *Store) Reopen(ctx context.Context, id, step string, f operation.Fence, why fault.Message, at time.Time) error {
	return s.writeStep(ctx, publish.EntryReopened, id, step, f, at, func(g gate) (saidStep, error) {
		st, err := stepIn(g.step, id, step, publish.StepIntent)
		former := st.Intent
		st.State, st.Intent = string(publish.StepPlanned), ""
		return saidStep{st, &why, former}, err
	})
}

// Finish implements publish.Journal. A state that the steps do not speak for is refused: the journal cannot be made to say more than
// it knows. The change then stays running until it is taken again.
func (s *Store) Finish(ctx context.Context, id string, f operation.Fence, state publish.State, now time.Time) error {
	return s.onChange(ctx, "finish the change", id, func(ctx context.Context, tx bun.Tx, row *changeRow) (*act, error) {
		g := gate{state: row.State, run: row.Run, attempt: row.RunAttempt}
		if err := s.holds(ctx, tx, g, f, now); err != nil {
			return nil, err
		}
		steps, err := stepsOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if known := stateOf(steps); state != known {
			return nil, fmt.Errorf("the change cannot be %s: its steps say %s", state, known)
		}
		row.end(state, now)
		w, err := row.word()
		if err != nil {
			return nil, err
		}
		return row.act(publish.EntryFinished, now, w.By), move(ctx, tx, row)
	})
}

// end gives the change the state that it has when nobody runs it, and frees the instance.
func (r *changeRow) end(state publish.State, at time.Time) {
	r.State, r.Run, r.RunAttempt = string(state), "", 0
	if state != publish.Paused { // its page says who stopped it
		r.Stopped = ""
	}
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

// stepIn is the step, which must be there and in one of the states from.
func stepIn(row *stepRow, id, step string, from ...publish.StepState) (stepRow, error) {
	switch {
	case row == nil:
		return stepRow{}, fault.New(fault.NotFound, "store.no-such-step").Because(fmt.Errorf("step %q of change %q", step, id))
	case !slices.Contains(from, publish.StepState(row.State)):
		return stepRow{}, fault.New(fault.Conflict, "store.step-closed", "Change", id, "Step", step)
	}
	return *row, nil
}

// closed is a step, which must be in one of the states from, with its outcome.
func closed(row *stepRow, id, step string, o publish.Outcome, from ...publish.StepState) (stepRow, error) {
	st, err := stepIn(row, id, step, from...)
	if err != nil {
		return st, err
	}
	o.At = o.At.UTC()
	doc, err := json.Marshal(o)
	st.State, st.Outcome, st.Flow = string(o.State), string(doc), text(string(st.written(o)))
	return st, err
}

// moveStep writes what moves of a step. The flow, which is looked for and so costs more, is written where a create brought it.
func moveStep(ctx context.Context, tx bun.Tx, st *stepRow) error {
	columns := []string{"state", "intent", "outcome"}
	if st.Kind == string(publish.CreateGuide) {
		columns = append(columns, "flow")
	}
	_, err := tx.NewUpdate().Model(st).Column(columns...).WherePK().Exec(ctx)
	return err
}
