package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

type recordRow struct {
	bun.BaseModel `bun:"table:record,alias:r"`

	ID      int64     `bun:"id,pk,autoincrement"`
	At      time.Time `bun:"at"`
	Person  string    `bun:"person"`
	Name    string    `bun:"name"`
	Address string    `bun:"address"`
	Action  string    `bun:"action"`
	Subject string    `bun:"subject"`
	Reason  string    `bun:"reason"`
	Result  string    `bun:"result"`
}

// Record implements people.Store. The database numbers the entries; e.ID is not looked at.
func (s *Store) Record(ctx context.Context, e people.Entry) error {
	row := recordRow{
		At: micro(e.At), Person: text(e.Person), Name: text(e.Name), Address: text(e.Address),
		Action: text(e.Action), Subject: text(e.Subject), Reason: text(e.Reason), Result: text(e.Result),
	}
	args := make(map[string]string, len(e.Args))
	for name, value := range e.Args {
		args[text(name)] = text(value)
	}
	return s.recorded(ctx, "add to the record", func(ctx context.Context, tx bun.Tx) (*act, error) {
		row.ID = 0
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return nil, err
		}
		told := row.said()
		told.Args = args
		return &act{
			kind: publish.EntryRecorded, at: row.At, by: publish.Actor{ID: row.Person, Name: row.Name, Address: row.Address},
			said: said{Record: told},
		}, nil
	})
}

// Entries implements people.Store; limit 0 is 50.
func (s *Store) Entries(ctx context.Context, before int64, limit int) ([]people.Entry, error) {
	var rows []recordRow
	if limit <= 0 {
		limit = listed
	}
	q := s.db.NewSelect().Model(&rows).Order("id DESC").Limit(int64(limit))
	if before > 0 {
		q.Where("id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, failed("read the record", err)
	}
	var out []people.Entry
	for _, r := range rows {
		out = append(out, people.Entry{
			ID: r.ID, At: r.At.UTC(), Person: r.Person, Name: r.Name, Address: r.Address,
			Action: r.Action, Subject: r.Subject, Reason: r.Reason, Result: r.Result,
		})
	}
	return out, nil
}
