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
	"wrapup/internal/operation"
)

// Operations keeps long work.
type Operations struct{ s *Store }

var _ operation.Store = (*Operations)(nil)

// Operations gives the store of long work.
func (s *Store) Operations() *Operations { return &Operations{s} }

type workRow struct {
	bun.BaseModel `bun:"table:work,alias:w"`

	ID          string    `bun:"id,pk"`
	Kind        string    `bun:"kind"`
	Subject     string    `bun:"subject"`
	Key         string    `bun:"key"`
	Input       string    `bun:"input,nullzero"`
	Person      string    `bun:"person"`
	Asked       time.Time `bun:"asked"`
	State       string    `bun:"state"`
	Attempt     int64     `bun:"attempt"`
	Lost        int64     `bun:"lost"`
	Owner       string    `bun:"owner"`
	LeaseUntil  time.Time `bun:"lease_until,nullzero"`
	Started     time.Time `bun:"started,nullzero"`
	Ended       time.Time `bun:"ended,nullzero"`
	Progress    string    `bun:"progress,nullzero"`
	Saved       string    `bun:"saved,nullzero"`
	Result      string    `bun:"result,nullzero"`
	Failure     string    `bun:"failure,nullzero"`
	CancelBy    string    `bun:"cancel_by"`
	CancelAsked time.Time `bun:"cancel_asked,nullzero"`
	Rev         int64     `bun:"rev"`
}

type turnRow struct {
	bun.BaseModel `bun:"table:turn"`

	Key  string    `bun:"key,pk"`
	Next time.Time `bun:"next"`
}

func (r workRow) operation() (operation.Operation, error) {
	o := operation.Operation{
		ID: operation.ID(r.ID), Kind: r.Kind, Subject: r.Subject, Key: r.Key, Input: rawJSON(r.Input), By: r.Person, Asked: r.Asked.UTC(),
		State: operation.State(r.State), Attempt: r.Attempt, Lost: int(r.Lost), Owner: r.Owner, LeaseUntil: r.LeaseUntil.UTC(),
		Started: r.Started.UTC(), Ended: r.Ended.UTC(), Saved: rawJSON(r.Saved), Result: rawJSON(r.Result),
		CancelBy: r.CancelBy, CancelAsked: r.CancelAsked.UTC(), Rev: r.Rev,
	}
	var err error
	if r.Progress != "" {
		err = json.Unmarshal([]byte(r.Progress), &o.Progress)
	}
	if r.Failure != "" {
		err = errors.Join(err, json.Unmarshal([]byte(r.Failure), &o.Failure))
	}
	if err != nil {
		err = fault.New(fault.Internal, "store.damaged").Because(fmt.Errorf("operation %q: %w", r.ID, err))
	}
	return o, err
}

func rawJSON(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// active is the condition of the unique index, which ON CONFLICT must repeat.
const active = "state IN ('queued', 'running')"

// Ask implements operation.Store.
func (x *Operations) Ask(ctx context.Context, o operation.Operation, turn *operation.Turn) (got operation.Operation, asked bool, err error) {
	row := workRow{
		ID: string(o.ID), Kind: text(o.Kind), Subject: text(o.Subject), Key: text(o.Key), Input: text(string(o.Input)), Person: text(o.By),
		Asked: micro(o.Asked), State: string(operation.Queued), Rev: 1,
	}
	err = x.s.write(ctx, "ask for an operation", func(ctx context.Context, tx bun.Tx) error {
		got, asked = operation.Operation{}, false
		if due, err := takeTurn(ctx, tx, turn); err != nil || !due {
			return err
		}
		var there workRow
		if asked, err = askOnce(ctx, tx, &row, &there); err != nil {
			return err
		}
		if got, err = there.operation(); err != nil || !asked {
			return err
		}
		return x.s.notify(ctx, tx, there)
	})
	if err != nil {
		return operation.Operation{}, false, err
	}
	return got, asked, nil
}

// takeTurn is true where the turn is due, or there is none.
func takeTurn(ctx context.Context, tx bun.Tx, turn *operation.Turn) (bool, error) {
	if turn == nil {
		return true, nil
	}
	row := turnRow{Key: text(turn.Key), Next: micro(turn.Next)}
	res, err := tx.NewInsert().Model(&row).On("CONFLICT (key) DO UPDATE").Set("next = EXCLUDED.next").
		Where("turn_row.next <= ?", micro(turn.Now)).Exec(ctx)
	return err == nil && changed(res) == 1, err
}

// askOnce stores row, or loads the active operation of its key into there. One that ends in between makes room for another try.
func askOnce(ctx context.Context, tx bun.Tx, row, there *workRow) (asked bool, err error) {
	for range 10 {
		res, err := tx.NewInsert().Model(row).On("CONFLICT (key) WHERE " + active + " DO NOTHING").Exec(ctx)
		if err != nil {
			return false, err
		}
		if changed(res) == 1 {
			*there = *row
			return true, nil
		}
		err = tx.NewSelect().Model(there).Where("key = ?", row.Key).Where(active).Scan(ctx)
		if !errors.Is(err, sql.ErrNoRows) {
			return false, err
		}
	}
	return false, fmt.Errorf("the operations with the key %q begin and end too fast", row.Key)
}

// Get implements operation.Store.
func (x *Operations) Get(ctx context.Context, id operation.ID) (operation.Operation, error) {
	row, err := workByID(ctx, x.s.db, id)
	if err == nil {
		var o operation.Operation
		if o, err = row.operation(); err == nil {
			return o, nil
		}
	}
	return operation.Operation{}, failed("read the operation", err)
}

func workByID(ctx context.Context, db bun.IDB, id operation.ID) (workRow, error) {
	var row workRow
	err := db.NewSelect().Model(&row).Where("id = ?", text(string(id))).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.New(fault.NotFound, "error.page-not-found").Because(fmt.Errorf("there is no operation %q", id))
	}
	return row, err
}

// List implements operation.Store.
func (x *Operations) List(ctx context.Context, f operation.Filter) ([]operation.Operation, error) {
	var rows []workRow
	q := x.s.db.NewSelect().Model(&rows)
	if f.Kind != "" {
		q.Where("kind = ?", text(f.Kind))
	}
	if f.Subject != "" {
		q.Where("subject = ?", text(f.Subject))
	}
	if len(f.States) > 0 {
		q.Where("state IN (?)", bun.List(f.States))
	}
	if f.Limit <= 0 {
		f.Limit = listed
	}
	if err := q.Order("asked DESC", "id DESC").Limit(int64(f.Limit)).Scan(ctx); err != nil {
		return nil, failed("list the operations", err)
	}
	var out []operation.Operation
	for _, r := range rows {
		o, err := r.operation()
		if err != nil {
			return nil, failed("list the operations", err)
		}
		out = append(out, o)
	}
	return out, nil
}

// Claim implements operation.Store. Where there is nothing to claim, nothing is locked: every process asks again and again.
func (x *Operations) Claim(ctx context.Context, c operation.Claim) (operation.Operation, bool, error) {
	const doing = "claim an operation"
	if len(c.Kinds) == 0 {
		return operation.Operation{}, false, nil
	}
	there, err := x.claimable(x.s.db.NewSelect().Model((*workRow)(nil)), c).Exists(ctx)
	if err != nil || !there {
		return operation.Operation{}, false, failed(doing, err)
	}
	var row workRow
	err = x.s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		row = workRow{}
		q := x.claimable(tx.NewSelect().Model(&row), c).Order("asked", "id").Limit(1)
		if err := x.s.rowLock(q, "UPDATE SKIP LOCKED").Scan(ctx); err != nil {
			return err
		}
		row.claim(c)
		_, err := tx.NewUpdate().Model(&row).Column("state", "attempt", "lost", "owner", "lease_until", "started", "rev").WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		return x.s.notify(ctx, tx, row)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return operation.Operation{}, false, nil
	}
	if err != nil {
		return operation.Operation{}, false, err
	}
	o, err := row.operation()
	return o, err == nil, failed(doing, err)
}

// claimable picks what waits and what its owner runs no more: the lease is over, or the owner is the one who asks and
// does not count it among its own.
func (x *Operations) claimable(q *bun.SelectQuery, c operation.Claim) *bun.SelectQuery {
	var kinds, except []string
	for _, k := range c.Kinds {
		kinds = append(kinds, text(k))
	}
	for _, id := range c.Except {
		except = append(except, text(string(id)))
	}
	q.Where("kind IN (?)", bun.List(kinds)).Where(active).
		Where("(state = 'queued' OR lease_until <= "+x.s.over()+" OR (owner = ? AND owner <> ''))", micro(c.Now), text(c.Owner))
	if len(except) > 0 {
		q.Where("id NOT IN (?)", bun.List(except))
	}
	return q
}

func (r *workRow) claim(c operation.Claim) {
	if r.State == string(operation.Running) {
		r.Lost++
	}
	if r.Started.IsZero() {
		r.Started = micro(c.Now)
	}
	r.State, r.Owner, r.LeaseUntil = string(operation.Running), text(c.Owner), micro(c.Until)
	r.Attempt++
	r.Rev++
}

// Write implements operation.Store.
func (x *Operations) Write(ctx context.Context, f operation.Fence, w operation.Word) (operation.Operation, error) {
	var row workRow
	err := x.s.write(ctx, "write down an operation's state", func(ctx context.Context, tx bun.Tx) error {
		row = workRow{}
		q := tx.NewSelect().Model(&row).Where("id = ? AND state = ? AND owner = ? AND attempt = ?",
			text(string(f.ID)), operation.Running, text(f.Owner), f.Attempt)
		err := x.s.rowLock(q, "UPDATE").Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return operation.ErrLost
		}
		if err != nil {
			return err
		}
		columns, err := row.say(w)
		if err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(&row).Column(columns...).WherePK().Exec(ctx); err != nil {
			return err
		}
		return x.s.notify(ctx, tx, row)
	})
	if err != nil {
		return operation.Operation{}, err
	}
	o, err := row.operation()
	return o, failed("write down an operation's state", err)
}

// say puts w into the row and gives the columns that it changes.
func (r *workRow) say(w operation.Word) (columns []string, err error) {
	r.Rev++
	columns = []string{"rev"}
	set := func(name string, column *string, value string) {
		*column = text(value)
		columns = append(columns, name)
	}
	switch {
	case w.State != "": // nobody runs it any more
		r.LeaseUntil = time.Time{}
		columns = append(columns, "lease_until")
		set("state", &r.State, string(w.State))
	case !w.Until.IsZero():
		r.LeaseUntil = micro(w.Until)
		columns = append(columns, "lease_until")
	}
	if w.State.Ended() {
		r.Ended = micro(w.Now)
		columns = append(columns, "ended")
	}
	if w.Progress != nil {
		doc, e := json.Marshal(w.Progress)
		err = errors.Join(err, e)
		set("progress", &r.Progress, string(doc))
	}
	if w.Failure != nil {
		doc, e := json.Marshal(w.Failure)
		err = errors.Join(err, e)
		set("failure", &r.Failure, string(doc))
	}
	if w.Saved != nil {
		set("saved", &r.Saved, string(w.Saved))
	}
	if w.Result != nil {
		set("result", &r.Result, string(w.Result))
	}
	return columns, err
}

// Cancel implements operation.Store.
func (x *Operations) Cancel(ctx context.Context, id operation.ID, by string, now time.Time) (operation.Operation, error) {
	var row workRow
	err := x.s.write(ctx, "cancel the operation", func(ctx context.Context, tx bun.Tx) error {
		// The update comes first: on every engine it holds the row, so that what is read next is what is left.
		res, err := tx.NewUpdate().Model((*workRow)(nil)).Set("cancel_by = ?", text(by)).Set("cancel_asked = ?", micro(now)).
			Set("ended = CASE WHEN "+neverStarted+" THEN ? ELSE ended END", micro(now)).
			Set("state = CASE WHEN "+neverStarted+" THEN 'cancelled' ELSE state END").Set("rev = rev + 1").
			Where("id = ?", text(string(id))).Where(active).Where("cancel_asked IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if row, err = workByID(ctx, tx, id); err != nil || changed(res) == 0 {
			return err
		}
		return x.s.notify(ctx, tx, row)
	})
	if err != nil {
		return operation.Operation{}, err
	}
	o, err := row.operation()
	return o, failed("cancel the operation", err)
}

// neverStarted: what was started and handed back is ended by its handler, which knows what is left of it.
const neverStarted = "state = 'queued' AND attempt = 0"

// Forget implements operation.Store.
func (x *Operations) Forget(ctx context.Context, before time.Time) (n int, err error) {
	err = x.s.write(ctx, "delete old operations", func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewDelete().Model((*workRow)(nil)).Where("ended <= ?", micro(before)).Exec(ctx)
		if err == nil {
			n = int(changed(res))
		}
		return err
	})
	return n, err
}
