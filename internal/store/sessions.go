package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/people"
)

// Sessions keeps sessions as scs wants them kept (its IterableCtxStore), with SessionManager.HashTokenInStore set and its
// default codec: the token given here is a hash, and the session's data tell whose it is.
type Sessions struct{ s *Store }

// Sessions gives the session store.
func (s *Store) Sessions() *Sessions { return &Sessions{s} }

type sessionRow struct {
	bun.BaseModel `bun:"table:session"`

	Token   string    `bun:"token,pk"`
	Data    []byte    `bun:"data"`
	Person  string    `bun:"person"`
	Expires time.Time `bun:"expires"`
}

// FindCtx gives a session's data; false where there is none or it has expired.
func (x *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var row sessionRow
	err := x.s.db.NewSelect().Model(&row).Where("token = ? AND expires > ?", text(token), x.s.now()).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return row.Data, err == nil, failed("read the session", err)
}

// CommitCtx keeps a session's data until expiry, in place of what there was.
func (x *Sessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	person, err := personIn(b)
	if err != nil {
		return failed("keep the session", err)
	}
	row := sessionRow{Token: text(token), Data: b, Person: text(person), Expires: micro(expiry)}
	return x.s.write(ctx, "keep the session", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (token) DO UPDATE").
			Set("data = EXCLUDED.data").Set("person = EXCLUDED.person").Set("expires = EXCLUDED.expires").Exec(ctx)
		return err
	})
}

// personIn reads who is signed in from data that scs's GobCodec wrote: a struct with the field Values. A session that
// cannot be read is not kept, for nobody could end it.
func personIn(b []byte) (string, error) {
	var session struct{ Values map[string]any }
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&session); err != nil {
		return "", fmt.Errorf("read whose session it is: %w", err)
	}
	person, _ := session.Values[people.SessionKey].(string)
	return person, nil
}

// DeleteCtx ends a session; no error where there is none.
func (x *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return x.s.endSessions(ctx, "token = ?", text(token))
}

// AllCtx gives the data of every session that has not expired, by token.
func (x *Sessions) AllCtx(ctx context.Context) (map[string][]byte, error) {
	var rows []sessionRow
	if err := x.s.db.NewSelect().Model(&rows).Where("expires > ?", x.s.now()).Scan(ctx); err != nil {
		return nil, failed("read the sessions", err)
	}
	all := make(map[string][]byte, len(rows))
	for _, r := range rows {
		all[r.Token] = r.Data
	}
	return all, nil
}

// Find, Commit, Delete and All are the same for callers without a context; scs itself uses the others.
func (x *Sessions) Find(token string) ([]byte, bool, error) {
	return x.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (x *Sessions) Commit(token string, b []byte, expiry time.Time) error {
	return x.CommitCtx(context.Background(), token, b, expiry)
}

// Delete implements scs.Store.
func (x *Sessions) Delete(token string) error { return x.DeleteCtx(context.Background(), token) }

// All implements scs.IterableStore.
func (x *Sessions) All() (map[string][]byte, error) { return x.AllCtx(context.Background()) }

// EndSessions implements people.Store. It is a statement of our own: scs would hash the hashed token again and end nothing.
func (s *Store) EndSessions(ctx context.Context, person string) error {
	if person == "" {
		return nil // sessions of nobody yet
	}
	return s.endSessions(ctx, "person = ?", text(person))
}

func (s *Store) endSessions(ctx context.Context, where string, value any) error {
	return s.write(ctx, "end sessions", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where(where, value).Exec(ctx)
		return err
	})
}
