package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/people"
)

// attemptRow is what one attempt counts under one key.
type attemptRow struct {
	bun.BaseModel `bun:"table:attempt"`

	ID  string    `bun:"id"`
	Key string    `bun:"key"`
	At  time.Time `bun:"at"`
}

// Attempt implements people.Store. It counts and adds while nobody else does.
func (s *Store) Attempt(ctx context.Context, a people.Attempt, since time.Time) (bool, error) {
	within := false
	err := s.write(ctx, "count the sign-in attempt", func(ctx context.Context, tx bun.Tx) error {
		within = false
		if err := s.alone(ctx, tx, ofAttempts); err != nil {
			return err
		}
		var rows []attemptRow
		for _, l := range a.Limits {
			key := text(l.Key)
			n, err := tx.NewSelect().Model((*attemptRow)(nil)).Where("key = ? AND at > ?", key, micro(since)).Count(ctx)
			if err != nil {
				return err
			}
			if int(n) >= l.Most {
				return nil
			}
			rows = append(rows, attemptRow{ID: a.ID, Key: key, At: micro(a.At)})
		}
		_, err := tx.NewInsert().Model(&rows).Exec(ctx)
		within = err == nil
		return err
	})
	return within && err == nil, err
}

// ForgetAttempt implements people.Store.
func (s *Store) ForgetAttempt(ctx context.Context, id string) error {
	return s.forget(ctx, "id = ?", id)
}

// ClearAttempts implements people.Store.
func (s *Store) ClearAttempts(ctx context.Context, keys ...string) error {
	list := make([]string, 0, len(keys))
	for _, k := range keys {
		list = append(list, text(k))
	}
	return s.forget(ctx, "key IN (?)", bun.List(list))
}

func (s *Store) forget(ctx context.Context, where string, arg any) error {
	return s.write(ctx, "forget sign-in attempts", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*attemptRow)(nil)).Where(where, arg).Exec(ctx)
		return err
	})
}
