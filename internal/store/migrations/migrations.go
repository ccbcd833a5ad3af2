// Package migrations holds the database's schema as numbered steps. What both engines understand is SQL in a file;
// what they spell differently is a Go migration.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"

	"github.com/pressly/goose/v3"
)

// Files are the migrations that serve every engine.
//
//go:embed *.sql
var Files embed.FS

// Go gives the migrations that are written for one engine; it fails for an engine that has none.
func Go(d goose.Dialect) ([]*goose.Migration, error) {
	if d != goose.DialectSQLite3 {
		return nil, fmt.Errorf("no migrations for %s", d)
	}
	return []*goose.Migration{
		goose.NewGoMigration(2, &goose.GoFunc{RunTx: keepSQLite}, nil),
	}, nil
}

// kept are the columns that never change once written, by table. Rows of these tables are never deleted. An empty
// list means every column.
var kept = []struct{ table, columns string }{
	{"record", ""},
	{"content", ""},
	{"operation", "id, kind, instance, region, account, person, hash, plan, created"},
	{"step", "operation_id, key, position, kind, plan"},
}

// keepSQLite makes the database itself refuse to change what was recorded, so that no later mistake of ours can.
func keepSQLite(ctx context.Context, tx *sql.Tx) error {
	for _, k := range kept {
		of := ""
		if k.columns != "" {
			of = " OF " + k.columns
		}
		for verb, event := range map[string]string{"update": "UPDATE" + of, "delete": "DELETE"} {
			q := fmt.Sprintf("CREATE TRIGGER %[1]s_no_%[2]s BEFORE %[3]s ON %[1]s BEGIN SELECT RAISE(ABORT, '%[1]s is kept as written'); END",
				k.table, verb, event)
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("protect %s: %w", k.table, err)
			}
		}
	}
	return nil
}
