package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

var _ publish.Journal = (*Store)(nil)

// listed is the length of a page of changes where the filter names none.
const listed = 50

// CreateChange implements publish.Journal. The change and its steps must be planned and nothing more. What Change gives
// back is equal to c, save that empty Steps are nil, as are the empty Args of a message, and empty lists that are left out of the JSON.
func (s *Store) CreateChange(ctx context.Context, c publish.Change) error {
	if err := onlyPlanned(c); err != nil {
		return failed("store the change", err)
	}
	row, err := rowOf(c)
	if err != nil {
		return failed("store the change", err)
	}
	steps := make([]stepRow, 0, len(c.Steps))
	for i, st := range c.Steps {
		r, err := stepOf(c.ID, i, st)
		if err != nil {
			return failed(fmt.Sprintf("store step %q of the change", st.Key), err)
		}
		steps = append(steps, r)
	}
	return s.recorded(ctx, "store the change", func(ctx context.Context, tx bun.Tx) (*act, error) {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return nil, err
		}
		if len(steps) > 0 {
			if _, err := tx.NewInsert().Model(&steps).Exec(ctx); err != nil {
				return nil, err
			}
		}
		a := row.act(publish.EntryPlanned, c.Created, c.By, steps...)
		a.said.Title = &c.Title
		return a, nil
	})
}

func onlyPlanned(c publish.Change) error {
	switch {
	case c.ID == "" || c.Instance.ID == "" || c.Hash == "":
		return errors.New("a change needs an id, an instance and a hash")
	case c.State != "" && c.State != publish.Planned:
		return fmt.Errorf("the change is %s already", c.State)
	}
	for _, st := range c.Steps {
		if st.Key == "" || st.State != "" && st.State != publish.StepPlanned {
			return fmt.Errorf("step %q is %s already, or has no key", st.Key, st.State)
		}
	}
	return nil
}

// Change implements publish.Journal: fault.NotFound "store.no-such-change".
func (s *Store) Change(ctx context.Context, id string) (publish.Change, error) {
	var row changeRow
	err := s.db.NewSelect().Model(&row).Where("id = ?", text(id)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return publish.Change{}, noSuchChange(id)
	}
	if err != nil {
		return publish.Change{}, failed("read the change", err)
	}
	cs, err := s.withSteps(ctx, []changeRow{row})
	if err != nil {
		return publish.Change{}, failed("read the change", err)
	}
	return cs[0], nil
}

func noSuchChange(id string) error {
	return fault.New(fault.NotFound, "store.no-such-change").Because(fmt.Errorf("change %q", id))
}

// Changes implements publish.Journal. The number is that of all that match. Person matches who planned a change,
// who proposed it and who approved it; Flow matches flows that are written, a created one included. Limit 0 is 50.
func (s *Store) Changes(ctx context.Context, f publish.Filter) ([]publish.Change, int, error) {
	var rows []changeRow
	q := s.db.NewSelect().Model(&rows)
	if f.Instance != "" {
		q.Where("c.instance = ?", text(string(f.Instance)))
	}
	if len(f.Flows) > 0 {
		q.Where("EXISTS (SELECT 1 FROM step AS s WHERE s.change_id = c.id AND s.flow IN (?))", bun.List(f.Flows))
	}
	if f.Person != "" {
		q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			q.Where("c.person = ?", text(f.Person)).WhereOr("c.approved_by = ?", text(f.Person))
			if searchable(f.Person) {
				q.WhereOr("c.proposal LIKE ?", `{"By":{"id":"`+f.Person+`"%`)
			}
			return q
		})
	}
	if f.State != "" {
		q.Where("c.state = ?", string(f.State))
	}
	if f.Writing {
		q.Where("EXISTS (SELECT 1 FROM step AS s WHERE s.change_id = c.id)")
	}
	if !f.From.IsZero() {
		q.Where("c.created >= ?", micro(f.From))
	}
	if !f.To.IsZero() {
		q.Where("c.created < ?", micro(f.To))
	}
	for _, m := range [...]struct{ member, id string }{{`"Continues":"`, f.Continues}, {`"Former":{"Change":"`, f.PutsBack}} {
		switch { // in JSON a quotation mark inside a text is escaped: this is a member, and no part of a title
		case searchable(m.id):
			q.Where("c.plan LIKE ?", "%"+m.member+m.id+`"%`)
		case m.id != "":
			return nil, 0, nil
		}
	}
	if f.Limit <= 0 {
		f.Limit = listed
	}
	total, err := q.Order("c.created DESC", "c.id DESC").Limit(int64(f.Limit)).Offset(int64(max(f.Offset, 0))).ScanAndCount(ctx)
	if err != nil {
		return nil, 0, failed("list the changes", err)
	}
	cs, err := s.withSteps(ctx, rows)
	return cs, int(total), failed("list the changes", err)
}

// withSteps loads the steps of all rows in one query.
func (s *Store) withSteps(ctx context.Context, rows []changeRow) ([]publish.Change, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	var steps []stepRow
	err := s.db.NewSelect().Model(&steps).Where("change_id IN (?)", bun.List(ids)).
		Order("change_id", "position").Scan(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string][]stepRow{}
	for _, st := range steps {
		of[st.ChangeID] = append(of[st.ChangeID], st)
	}
	out := make([]publish.Change, 0, len(rows))
	for _, r := range rows {
		c, err := r.change(of[r.ID])
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
