package migrations

import (
	"context"
	"database/sql"
	"slices"

	"github.com/pressly/goose/v3"
)

// What the sixth migration guards, before and after.
var (
	guardedBefore = kept[2:]
	guardedAfter  = []guarded{
		{"change_set", "id, instance, region, account, person, hash, plan, created"},
		{"step", "change_id, key, position, kind, plan"},
		{"entry", ""},
	}
)

// changeSets is the sixth migration: changes are applied by long work (table work), whose lease is the only one; and all that is done
// has its entry in a chain that is only ever added to.
func changeSets(d goose.Dialect, begin Begin) (up, down func(context.Context, *sql.Tx) error) {
	up = func(ctx context.Context, tx *sql.Tx) error {
		if err := run(ctx, tx, slices.Concat(unguarded(d, guardedBefore), changeSetsUp, entryTable(d), onPostgres(d, renamesUp), protected(d, guardedAfter))); err != nil {
			return err
		}
		return begin(ctx, tx)
	}
	down = func(ctx context.Context, tx *sql.Tx) error {
		return run(ctx, tx, slices.Concat(unguarded(d, guardedAfter), changeSetsDown, onPostgres(d, renamesDown), protected(d, guardedBefore)))
	}
	return up, down
}

func unguarded(d goose.Dialect, all []guarded) (stmts []string) {
	for _, k := range all {
		stmts = append(stmts, k.unguard(d)...)
	}
	return stmts
}

func protected(d goose.Dialect, all []guarded) (stmts []string) {
	for _, k := range all {
		stmts = append(stmts, k.guard(d)...)
	}
	return stmts
}

func onPostgres(d goose.Dialect, stmts []string) []string {
	if d != goose.DialectPostgres {
		return nil
	}
	return stmts
}

var changeSetsUp = []string{
	"DROP INDEX operation_one_running",
	"DROP INDEX operation_newest",
	"DROP INDEX operation_of_instance",
	"ALTER TABLE operation RENAME TO change_set",
	"ALTER TABLE step RENAME COLUMN operation_id TO change_id",
	"ALTER TABLE change_set DROP COLUMN kind",
	"ALTER TABLE change_set DROP COLUMN owner",
	"ALTER TABLE change_set DROP COLUMN attempt",
	"ALTER TABLE change_set DROP COLUMN lease_until",
	"ALTER TABLE step DROP COLUMN intent_at", // the documents have them
	"ALTER TABLE step DROP COLUMN outcome_at",
	"ALTER TABLE change_set ADD COLUMN approved_at TIMESTAMPTZ",
	"ALTER TABLE change_set ADD COLUMN mode TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE change_set ADD COLUMN not_before TIMESTAMPTZ",                                       // of the approval; NULL: at once
	"ALTER TABLE change_set ADD COLUMN stopped TEXT",                                                 // JSON: who asked a running one to stop
	"ALTER TABLE change_set ADD COLUMN runs BIGINT NOT NULL DEFAULT 0",                               // how often it was taken
	"ALTER TABLE change_set ADD COLUMN run TEXT NOT NULL DEFAULT ''",                                 // the row of work that has a running one
	"ALTER TABLE change_set ADD COLUMN run_attempt BIGINT NOT NULL DEFAULT 0",                        // and its fencing number
	"UPDATE change_set SET approved_at = started, mode = 'stop', runs = 1 WHERE started IS NOT NULL", // as they were run

	// One change at a time per instance, whatever the code does.
	"CREATE UNIQUE INDEX change_set_one_running ON change_set (instance) WHERE state = 'running'",
	"CREATE INDEX change_set_due ON change_set (instance, approved_at) WHERE state IN ('approved', 'running')",
	"CREATE INDEX change_set_newest ON change_set (created, id)",
	"CREATE INDEX change_set_of_instance ON change_set (instance, created)",

	// The stop of all publishing; no row where none holds.
	`CREATE TABLE halt (
		id     INTEGER     NOT NULL PRIMARY KEY CHECK (id = 1),
		person TEXT        NOT NULL, -- JSON
		at     TIMESTAMPTZ NOT NULL,
		reason TEXT        NOT NULL
	)`,
}

// entryTable holds who did what, in one chain: each entry's hash covers all of it and the hash before (internal/publish: Entry). Only ever
// added to. The number's type is SQLite's own for a row's, elsewhere one that is as long.
func entryTable(d goose.Dialect) []string {
	number := "BIGINT"
	if d == goose.DialectSQLite3 {
		number = "INTEGER"
	}
	return []string{`CREATE TABLE entry (
		seq     ` + number + `      NOT NULL PRIMARY KEY, -- from 1, without a gap
		at      TIMESTAMPTZ NOT NULL,
		kind    TEXT        NOT NULL,
		change  TEXT        NOT NULL,
		step    TEXT        NOT NULL,
		person  TEXT        NOT NULL,
		name    TEXT        NOT NULL,
		address TEXT        NOT NULL,
		body    TEXT        NOT NULL, -- JSON
		prev    TEXT        NOT NULL,
		hash    TEXT        NOT NULL
	)`}
}

// changeSetsDown puts states that the former version does not know into its words.
var changeSetsDown = []string{
	"DROP TABLE entry",
	"DROP TABLE halt",
	"DROP INDEX change_set_one_running",
	"DROP INDEX change_set_due",
	"DROP INDEX change_set_newest",
	"DROP INDEX change_set_of_instance",
	"UPDATE step SET state = 'skipped' WHERE state = 'planned' AND change_id IN (SELECT id FROM change_set WHERE state IN ('paused', 'discarded') OR state = 'approved' AND runs > 0)",
	`UPDATE change_set SET state = CASE WHEN state = 'approved' AND runs = 0 THEN 'planned' WHEN EXISTS
		(SELECT 1 FROM step WHERE change_id = id AND state IN ('done', 'unclear')) THEN 'partly' ELSE 'failed' END,
		finished = CASE WHEN state = 'approved' AND runs = 0 THEN NULL ELSE COALESCE(started, created) END
		WHERE state IN ('approved', 'paused', 'discarded')`,
	"ALTER TABLE change_set DROP COLUMN approved_at",
	"ALTER TABLE change_set DROP COLUMN mode",
	"ALTER TABLE change_set DROP COLUMN not_before",
	"ALTER TABLE change_set DROP COLUMN stopped",
	"ALTER TABLE change_set DROP COLUMN run",
	"ALTER TABLE change_set DROP COLUMN run_attempt",
	"ALTER TABLE change_set ADD COLUMN kind TEXT NOT NULL DEFAULT 'change'",
	"ALTER TABLE change_set ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE change_set RENAME COLUMN runs TO attempt",
	"ALTER TABLE change_set ADD COLUMN lease_until TIMESTAMPTZ",
	"UPDATE change_set SET lease_until = started WHERE state = 'running'", // over: the former version takes it up
	"ALTER TABLE step ADD COLUMN intent_at TIMESTAMPTZ",
	"ALTER TABLE step ADD COLUMN outcome_at TIMESTAMPTZ",
	"ALTER TABLE step RENAME COLUMN change_id TO operation_id",
	"ALTER TABLE change_set RENAME TO operation",
	"CREATE UNIQUE INDEX operation_one_running ON operation (instance) WHERE state = 'running' AND kind = 'change'",
	"CREATE INDEX operation_newest ON operation (created, id)",
	"CREATE INDEX operation_of_instance ON operation (instance, created)",
}

// What PostgreSQL names after a table keeps the former name.
var (
	renamesUp = []string{
		"ALTER TABLE change_set RENAME CONSTRAINT operation_pkey TO change_set_pkey",
		"ALTER TABLE step RENAME CONSTRAINT step_operation_id_fkey TO step_change_id_fkey",
		"ALTER TABLE step RENAME CONSTRAINT step_operation_id_position_key TO step_change_id_position_key",
	}
	renamesDown = []string{
		"ALTER TABLE operation RENAME CONSTRAINT change_set_pkey TO operation_pkey",
		"ALTER TABLE step RENAME CONSTRAINT step_change_id_fkey TO step_operation_id_fkey",
		"ALTER TABLE step RENAME CONSTRAINT step_change_id_position_key TO step_operation_id_position_key",
	}
)
