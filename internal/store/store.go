// Package store is wrapup's database: what Amazon Connect cannot hold. It keeps the journal of changes, contents by
// hash, guide drafts, people, sessions and the record. The engine is SQLite; the tables and queries are written
// so that PostgreSQL serves them too. All that is particular to SQLite stands in sqlite.go.
//
// Times come back in UTC, at the microsecond where the store sets them. Free text comes back as it was given, but a NUL
// or a byte that is no UTF-8 becomes U+FFFD, which PostgreSQL could not keep otherwise.
package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
)

// Store is an open database. It implements publish.Journal, publish.Drafts and people.Store, and is safe for
// concurrent use.
type Store struct {
	db    *bun.DB
	clock func() time.Time
	turn  chan struct{} // one writer at a time: SQLite's own waiting is not fair
}

// Option changes how a store is opened.
type Option func(*Store)

// WithClock replaces the wall clock.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.clock = now } }

// Open opens the database that dsn names, creates it where there is none, and brings its tables up to date. dsn is a
// file path, a "file:" or "sqlite:" address, or ":memory:" (kept until Close, for tests). A new folder
// is for its owner only (0700), as is the file (0600). Errors are *fault.Error: Invalid for a dsn that cannot be used,
// Unavailable with a sentence "store.*" for a database that cannot be.
func Open(ctx context.Context, dsn string, opts ...Option) (*Store, error) {
	db, err := openSQLite(dsn)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, clock: time.Now, turn: make(chan struct{}, 1)}
	for _, o := range opts {
		o(s)
	}
	if err := migrate(ctx, db.DB); err != nil {
		return nil, errors.Join(failed("open the database", err), db.Close())
	}
	return s, nil
}

// Close ends the store. What was committed is on the disk.
func (s *Store) Close() error { return s.db.Close() }

// Ping says whether the database answers and can be read.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.db.NewRaw("SELECT 1 FROM operation LIMIT 1").Exec(ctx)
	return failed("reach the database", err)
}

// now is the store's own time, at the precision that both engines keep.
func (s *Store) now() time.Time { return micro(s.clock()) }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// write runs f in a transaction. f must use tx alone: waiting for s.db inside would wait for itself.
func (s *Store) write(ctx context.Context, doing string, f func(ctx context.Context, tx bun.Tx) error) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return failed(doing, ctx.Err())
	}
	defer func() { <-s.turn }()
	return failed(doing, s.db.RunInTx(ctx, nil, f))
}

// failed says what was being done when err came, and classifies err; nil for nil.
func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, classify(err))
}

// classify makes a *fault.Error of a database error that has a sentence of its own. A classified error stays as it is,
// and what is left is an internal fault.
func classify(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	if id := sqliteSentence(err); id != "" {
		return fault.New(fault.Unavailable, id).Because(err)
	}
	return err
}

// changed is the number of rows a statement changed.
func changed(res interface{ RowsAffected() (int64, error) }) int64 {
	n, err := res.RowsAffected()
	if err != nil {
		return 0 // both drivers count rows; were one not to, nothing would count as written
	}
	return n
}

// text is free text as both engines can keep it.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
