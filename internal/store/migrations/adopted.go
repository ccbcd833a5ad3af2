package migrations

import (
	"context"
	"database/sql"
	"slices"

	"github.com/pressly/goose/v3"
)

// adoptedGuard keeps what was adopted as it was written.
var adoptedGuard = guarded{"adopted", ""}

// adopted is the eighth migration: what people accepted that was published outside wrapup. Only ever added to.
func adopted(d goose.Dialect) (up, down func(context.Context, *sql.Tx) error) {
	table := []string{`CREATE TABLE adopted (
		instance  TEXT        NOT NULL,
		flow      TEXT        NOT NULL,
		n         BIGINT      NOT NULL, -- from 1, of each flow
		name      TEXT        NOT NULL,
		change_id TEXT        NOT NULL, -- the change and the step that wrote the flow last
		step      TEXT        NOT NULL,
		former    TEXT        NOT NULL, -- hash of what the flow was known to hold
		hash      TEXT        NOT NULL, -- of what was adopted
		person    TEXT        NOT NULL, -- JSON
		at        TIMESTAMPTZ NOT NULL,
		reason    TEXT        NOT NULL,
		PRIMARY KEY (instance, flow, n)
	)`}
	up = func(ctx context.Context, tx *sql.Tx) error {
		return run(ctx, tx, slices.Concat(table, adoptedGuard.guard(d)))
	}
	down = func(ctx context.Context, tx *sql.Tx) error {
		return run(ctx, tx, append(adoptedGuard.unguard(d), "DROP TABLE adopted"))
	}
	return up, down
}
