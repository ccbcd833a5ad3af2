package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"wrapup/internal/fault"
	"wrapup/internal/store/migrations"
)

// wholeSQLite reads the whole file and says what is wrong with its structure (sqlite.org/pragma.html#pragma_quick_check).
func wholeSQLite(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "PRAGMA quick_check(3)")
	if err != nil {
		return err
	}
	defer rows.Close()
	var wrong []error
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		if line != "ok" {
			wrong = append(wrong, errors.New(line))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fault.New(fault.Unavailable, "store.damaged").Because(errors.Join(wrong...))
	}
	return nil
}

// hasTables asks, by a query that takes a name, for each of the tables.
func hasTables(ctx context.Context, db *sql.DB, q string, tables ...string) error {
	for _, table := range tables {
		if err := has(ctx, db, q, table); err != nil {
			return err
		}
	}
	return nil
}

// has asks for what the last of args names.
func has(ctx context.Context, db *sql.DB, q string, args ...any) error {
	var there bool
	if err := db.QueryRowContext(ctx, q, args...).Scan(&there); err != nil {
		return err
	}
	if !there {
		return fault.New(fault.Unavailable, "store.damaged").Because(fmt.Errorf("%v is missing", args[len(args)-1]))
	}
	return nil
}

// wholePostgres looks whether all tables are there, and what keeps some from being changed.
func wholePostgres(ctx context.Context, db *sql.DB) error {
	if err := hasTables(ctx, db, "SELECT to_regclass($1) IS NOT NULL", migrations.Tables...); err != nil {
		return err
	}
	const guard = "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass($1) AND tgname = $2 AND tgenabled <> 'D')"
	for table, guards := range migrations.Guards() {
		for _, g := range guards {
			if err := has(ctx, db, guard, table, g); err != nil {
				return err
			}
		}
	}
	return nil
}
