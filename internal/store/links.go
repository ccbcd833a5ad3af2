package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/people"
)

type linkRow struct {
	bun.BaseModel `bun:"table:link,alias:l"`

	Hash    string    `bun:"hash,pk"`
	Purpose string    `bun:"purpose"`
	Person  string    `bun:"person"`
	Role    string    `bun:"role"`
	Expires time.Time `bun:"expires"`
	Used    time.Time `bun:"used,nullzero"`
}

func (r linkRow) link() people.Link {
	return people.Link{Purpose: r.Purpose, Person: r.Person, Role: people.Role(r.Role), Expires: r.Expires.UTC()}
}

// CreateLink implements people.Store.
func (s *Store) CreateLink(ctx context.Context, hash string, l people.Link) error {
	row := linkRow{Hash: hash, Purpose: l.Purpose, Person: l.Person, Role: string(l.Role), Expires: micro(l.Expires)}
	return s.write(ctx, "keep the link", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
}

// Link implements people.Store.
func (s *Store) Link(ctx context.Context, hash string, now time.Time) (people.Link, error) {
	row, err := usable(ctx, s.db, hash, now)
	return row.link(), failed("read the link", err)
}

func usable(ctx context.Context, db bun.IDB, hash string, now time.Time) (linkRow, error) {
	var row linkRow
	err := db.NewSelect().Model(&row).Where("hash = ? AND used IS NULL AND expires > ?", text(hash), micro(now)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return linkRow{}, fault.New(fault.NotFound, "signin.link-used")
	}
	return row, err
}

// TakeLink implements people.Store.
func (s *Store) TakeLink(ctx context.Context, hash string, now time.Time) (people.Link, error) {
	var row linkRow
	err := s.write(ctx, "use the link", func(ctx context.Context, tx bun.Tx) (err error) {
		row, err = takeLink(ctx, tx, hash, now)
		return err
	})
	if err != nil {
		return people.Link{}, err
	}
	return row.link(), nil
}

func takeLink(ctx context.Context, tx bun.Tx, hash string, now time.Time) (linkRow, error) {
	row, err := usable(ctx, tx, hash, now)
	if err != nil {
		return row, err
	}
	row.Used = micro(now)
	res, err := tx.NewUpdate().Model(&row).Column("used").WherePK().Where("used IS NULL").Exec(ctx)
	if err == nil && changed(res) == 0 {
		err = fault.New(fault.NotFound, "signin.link-used")
	}
	return row, err
}

// Join implements people.Store. The accounts are counted under the lock of the link, and there is only one link that makes
// the first.
func (s *Store) Join(ctx context.Context, hash string, now time.Time, p people.Person) error {
	return s.write(ctx, "make the account", func(ctx context.Context, tx bun.Tx) error {
		l, err := takeLink(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*personRow)(nil)).Count(ctx)
		if err == nil && l.Purpose == people.FirstAdmin && n > 0 {
			err = fault.New(fault.Conflict, "signin.not-first")
		}
		if err != nil {
			return err
		}
		return savePerson(ctx, tx, p)
	})
}

// DropLinks implements people.Store.
func (s *Store) DropLinks(ctx context.Context, purpose string) error {
	return s.write(ctx, "drop links", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*linkRow)(nil)).Where("purpose = ? AND used IS NULL", purpose).Exec(ctx)
		return err
	})
}
