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
	Maker   string    `bun:"maker"`
	Expires time.Time `bun:"expires"`
	Used    time.Time `bun:"used,nullzero"`
}

func (r linkRow) link() people.Link {
	return people.Link{Purpose: r.Purpose, Person: r.Person, Role: people.Role(r.Role), Maker: r.Maker, Expires: r.Expires.UTC()}
}

// CreateLink implements people.Store.
func (s *Store) CreateLink(ctx context.Context, hash string, l people.Link) error {
	row := linkRow{Hash: hash, Purpose: l.Purpose, Person: l.Person, Role: string(l.Role), Maker: l.Maker, Expires: micro(l.Expires)}
	return s.writePeople(ctx, "keep the link", func(ctx context.Context, tx bun.Tx) error {
		if l.Purpose == people.Invite && l.Person != "" {
			if err := dropLinks(ctx, tx, "purpose = ? AND person = ?", l.Purpose, l.Person); err != nil {
				return err
			}
		}
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
	if err == nil && row.Maker != "" {
		err = mayMake(ctx, db, row.Maker)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return linkRow{}, fault.New(fault.NotFound, "signin.link-used")
	}
	return row, err
}

// mayMake is sql.ErrNoRows for somebody who may not manage people any more: what they made does not outlive that.
func mayMake(ctx context.Context, db bun.IDB, id string) error {
	var maker personRow
	err := db.NewSelect().Model(&maker).Where("id = ?", id).Scan(ctx)
	if err == nil && !maker.person().May(people.ManagePeople) {
		err = sql.ErrNoRows
	}
	return err
}

// TakeLink implements people.Store.
func (s *Store) TakeLink(ctx context.Context, hash string, now time.Time) (people.Link, error) {
	var row linkRow
	err := s.writePeople(ctx, "use the link", func(ctx context.Context, tx bun.Tx) (err error) {
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

// Join implements people.Store. The accounts are counted while nobody else makes one: of two links for the first
// administrator one makes it.
func (s *Store) Join(ctx context.Context, hash string, now time.Time, p people.Person) error {
	return s.writePeople(ctx, "make the account", func(ctx context.Context, tx bun.Tx) error {
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

// SetPassword implements people.Store.
func (s *Store) SetPassword(ctx context.Context, hash string, now time.Time, password string) (people.Person, error) {
	var row personRow
	err := s.writePeople(ctx, "set the password", func(ctx context.Context, tx bun.Tx) error {
		row = personRow{}
		l, err := takeLink(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		switch err := tx.NewSelect().Model(&row).Where("id = ?", l.Person).Scan(ctx); {
		case errors.Is(err, sql.ErrNoRows):
			return fault.New(fault.NotFound, "people.unknown")
		case err != nil:
			return err
		case row.Disabled:
			return fault.New(fault.Denied, "signin.disabled")
		}
		row.Hash = password
		if _, err := tx.NewUpdate().Model(&row).Column("hash").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := dropLinks(ctx, tx, "purpose = ? AND person = ?", people.Invite, row.ID); err != nil {
			return err
		}
		_, err = tx.NewDelete().Model((*sessionRow)(nil)).Where("person = ?", row.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return people.Person{}, err
	}
	return row.person(), nil
}

// Links implements people.Store.
func (s *Store) Links(ctx context.Context, now time.Time) ([]people.OpenLink, error) {
	var rows []linkRow
	err := s.db.NewSelect().Model(&rows).Where(isOpen, people.Invite, micro(now)).Order("expires", "hash").Scan(ctx)
	if err != nil {
		return nil, failed("list the links", err)
	}
	var out []people.OpenLink
	for _, r := range rows {
		out = append(out, people.OpenLink{Hash: r.Hash, Link: r.link()})
	}
	return out, nil
}

// isOpen takes the purpose and the time.
const isOpen = "purpose = ? AND used IS NULL AND expires > ?"

// DropLink implements people.Store.
func (s *Store) DropLink(ctx context.Context, hash string, now time.Time) (people.Link, error) {
	var row linkRow
	err := s.writePeople(ctx, "drop the link", func(ctx context.Context, tx bun.Tx) error {
		row = linkRow{}
		err := tx.NewSelect().Model(&row).Where("hash = ?", text(hash)).Where(isOpen, people.Invite, micro(now)).Scan(ctx)
		if err != nil {
			return err
		}
		res, err := tx.NewDelete().Model(&row).WherePK().Where("used IS NULL").Exec(ctx)
		if err == nil && changed(res) == 0 {
			err = sql.ErrNoRows
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.New(fault.NotFound, "people.link.gone")
	}
	if err != nil {
		return people.Link{}, err
	}
	return row.link(), nil
}

// DropLinks implements people.Store.
func (s *Store) DropLinks(ctx context.Context, purpose string) error {
	return s.writePeople(ctx, "drop links", func(ctx context.Context, tx bun.Tx) error {
		return dropLinks(ctx, tx, "purpose = ?", purpose)
	})
}

// dropLinks deletes the unused links that where picks; used ones stay, as do the accounts that they made.
func dropLinks(ctx context.Context, tx bun.Tx, where string, args ...any) error {
	_, err := tx.NewDelete().Model((*linkRow)(nil)).Where("used IS NULL").Where(where, args...).Exec(ctx)
	return err
}

// dropLinksOf deletes what a person may not have made any more, and what would set a closed account's password.
func dropLinksOf(ctx context.Context, tx bun.Tx, p people.Person) error {
	if p.Disabled {
		if err := dropLinks(ctx, tx, "person = ?", p.ID); err != nil {
			return err
		}
	}
	if p.May(people.ManagePeople) {
		return nil
	}
	return dropLinks(ctx, tx, "maker = ?", p.ID)
}
