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
	keep := map[goose.Dialect]func(context.Context, *sql.Tx) error{goose.DialectSQLite3: keepSQLite, goose.DialectPostgres: keepPostgres}[d]
	if keep == nil {
		return nil, fmt.Errorf("no migrations for %s", d)
	}
	return []*goose.Migration{goose.NewGoMigration(2, &goose.GoFunc{RunTx: keep}, nil)}, nil
}

// Tables are all that the migrations make.
var Tables = []string{
	"attempt", "content", "guide_draft", "link", "operation", "person", "record", "session", "step", "turn", "work",
}

// Guards gives the triggers that refuse changes, by table.
func Guards() map[string][]string {
	all := map[string][]string{}
	for _, k := range kept {
		all[k.table] = []string{k.table + "_no_delete", k.table + "_no_update"}
	}
	return all
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

// keepPostgres does the same on PostgreSQL, against TRUNCATE as well, and has the record's entries numbered by the database,
// as SQLite does of itself.
func keepPostgres(ctx context.Context, tx *sql.Tx) error {
	stmts := []string{
		"ALTER TABLE record ALTER COLUMN id TYPE BIGINT",
		"ALTER TABLE record ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
		`CREATE FUNCTION kept_as_written() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION '% is kept as written', TG_TABLE_NAME; END $$`,
	}
	for _, k := range kept {
		of := ""
		if k.columns != "" {
			of = " OF " + k.columns
		}
		stmts = append(stmts,
			fmt.Sprintf("CREATE TRIGGER %[1]s_no_update BEFORE UPDATE%[2]s ON %[1]s FOR EACH ROW EXECUTE FUNCTION kept_as_written()", k.table, of),
			fmt.Sprintf("CREATE TRIGGER %[1]s_no_delete BEFORE DELETE ON %[1]s FOR EACH ROW EXECUTE FUNCTION kept_as_written()", k.table),
			fmt.Sprintf("CREATE TRIGGER %[1]s_no_truncate BEFORE TRUNCATE ON %[1]s FOR EACH STATEMENT EXECUTE FUNCTION kept_as_written()", k.table))
	}
	for _, q := range stmts {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("protect the record: %w", err)
		}
	}
	return nil
}
