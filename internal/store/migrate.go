package store

import (
	"context"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"wrapup/internal/fault"
	"wrapup/internal/store/migrations"
)

// migrate brings the tables up to date. A database that a newer wrapup has changed is refused: this one would not
// know what it writes over.
func (s *Store) migrate(ctx context.Context, d goose.Dialect) error {
	own, err := migrations.Go(d, s.begin)
	if err != nil {
		return err
	}
	o := []goose.ProviderOption{
		goose.WithGoMigrations(own...), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
	}
	if d == goose.DialectPostgres { // replicas that start together wait for the first one
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 30))
		if err != nil {
			return err
		}
		o = append(o, goose.WithSessionLocker(l))
	}
	p, err := goose.NewProvider(d, s.db.DB, migrations.Files, o...)
	if err != nil {
		return err
	}
	have, know, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	switch {
	case have > know:
		return fault.New(fault.Unavailable, "store.newer", "Have", have, "Know", know)
	case have == know:
		return nil // also where the database can only be read
	}
	_, err = p.Up(ctx)
	return err
}
