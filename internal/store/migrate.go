package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"wrapup/internal/fault"
	"wrapup/internal/store/migrations"
)

// migrate brings the tables up to date. A database that a newer wrapup has changed is refused: this one would not
// know what it writes over.
func migrate(ctx context.Context, db *sql.DB) error {
	own, err := migrations.Go(goose.DialectSQLite3)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.Files, goose.WithGoMigrations(own...),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
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
