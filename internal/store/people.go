package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/people"
)

var _ people.Store = (*Store)(nil)

type personRow struct {
	bun.BaseModel `bun:"table:person,alias:p"`

	ID       string    `bun:"id,pk"`
	Name     string    `bun:"name"`
	NameKey  string    `bun:"name_key"`
	Role     string    `bun:"role"`
	Hash     string    `bun:"hash"`
	Created  time.Time `bun:"created"`
	Disabled bool      `bun:"disabled"`
}

func personOf(p people.Person) personRow {
	return personRow{
		ID: p.ID, Name: text(p.Name), NameKey: text(people.Key(p.Name)), Role: string(p.Role),
		Hash: p.Hash, Created: micro(p.Created), Disabled: p.Disabled,
	}
}

func (r personRow) person() people.Person {
	return people.Person{
		ID: r.ID, Name: r.Name, Role: people.Role(r.Role), Hash: r.Hash, Created: r.Created.UTC(), Disabled: r.Disabled,
	}
}

// PersonByName implements people.Store.
func (s *Store) PersonByName(ctx context.Context, name string) (people.Person, error) {
	return s.personBy(ctx, "name_key = ?", text(people.Key(name)))
}

// PersonByID implements people.Store.
func (s *Store) PersonByID(ctx context.Context, id string) (people.Person, error) {
	return s.personBy(ctx, "id = ?", text(id))
}

func (s *Store) personBy(ctx context.Context, where, value string) (people.Person, error) {
	var row personRow
	err := s.db.NewSelect().Model(&row).Where(where, value).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return people.Person{}, fault.New(fault.NotFound, "people.unknown")
	}
	if err != nil {
		return people.Person{}, failed("read the account", err)
	}
	return row.person(), nil
}

// People implements people.Store.
func (s *Store) People(ctx context.Context) ([]people.Person, error) {
	ps, err := allPeople(ctx, s.db)
	return ps, failed("list the accounts", err)
}

func allPeople(ctx context.Context, db bun.IDB) ([]people.Person, error) {
	var rows []personRow
	if err := db.NewSelect().Model(&rows).Order("name_key").Scan(ctx); err != nil {
		return nil, err
	}
	var out []people.Person
	for _, r := range rows {
		out = append(out, r.person())
	}
	return out, nil
}

// writePeople is write while nobody else changes accounts or links.
func (s *Store) writePeople(ctx context.Context, doing string, f func(ctx context.Context, tx bun.Tx) error) error {
	return s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		if err := s.alone(ctx, tx, ofPeople); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}

// SavePerson implements people.Store.
func (s *Store) SavePerson(ctx context.Context, p people.Person) error {
	return s.writePeople(ctx, "save the account", func(ctx context.Context, tx bun.Tx) error { return savePerson(ctx, tx, p) })
}

func savePerson(ctx context.Context, tx bun.Tx, p people.Person) error {
	row := personOf(p)
	_, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").
		Set("name = EXCLUDED.name").Set("name_key = EXCLUDED.name_key").Set("role = EXCLUDED.role").
		Set("hash = EXCLUDED.hash").Set("disabled = EXCLUDED.disabled").Exec(ctx)
	if notUnique(err) {
		return fault.New(fault.Conflict, "people.name-taken", "Name", p.Name).Because(err)
	}
	return err
}

// UpdatePerson implements people.Store.
func (s *Store) UpdatePerson(ctx context.Context, id string, change func(people.Person, []people.Person) (people.Person, error)) (people.Person, error) {
	var p people.Person
	err := s.writePeople(ctx, "change the account", func(ctx context.Context, tx bun.Tx) error {
		all, err := allPeople(ctx, tx)
		if err != nil {
			return err
		}
		found := false
		var others []people.Person
		for _, q := range all {
			if q.ID == id {
				p, found = q, true
			} else {
				others = append(others, q)
			}
		}
		if !found {
			return fault.New(fault.NotFound, "people.unknown")
		}
		if p, err = change(p, others); err != nil {
			return err
		}
		if p.ID != id {
			return fmt.Errorf("account %q became %q", id, p.ID)
		}
		if err := savePerson(ctx, tx, p); err != nil {
			return err
		}
		return dropLinksOf(ctx, tx, p)
	})
	if err != nil {
		return people.Person{}, err
	}
	return p, nil
}
