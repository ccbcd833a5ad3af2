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

// Begin writes the first entry of the history, in the transaction that makes its table.
type Begin func(ctx context.Context, tx *sql.Tx) error

// Go gives the migrations that are written for one engine; it fails for an engine that has none.
func Go(d goose.Dialect, begin Begin) ([]*goose.Migration, error) {
	keep := map[goose.Dialect]func(context.Context, *sql.Tx) error{goose.DialectSQLite3: keepSQLite, goose.DialectPostgres: keepPostgres}[d]
	if keep == nil {
		return nil, fmt.Errorf("no migrations for %s", d)
	}
	up, down := changeSets(d, begin)
	adopt, unadopt := adopted(d)
	return []*goose.Migration{
		goose.NewGoMigration(2, &goose.GoFunc{RunTx: keep}, nil),
		goose.NewGoMigration(6, &goose.GoFunc{RunTx: up}, &goose.GoFunc{RunTx: down}),
		goose.NewGoMigration(8, &goose.GoFunc{RunTx: adopt}, &goose.GoFunc{RunTx: unadopt}),
	}, nil
}

// Tables are all that the migrations make.
var Tables = []string{
	"adopted", "attempt", "change_set", "content", "entry", "guide_draft", "halt", "link", "person", "reading", "reading_content", "reading_part", "record", "rules", "session",
	"step", "turn", "work",
}

// Guards gives the triggers that refuse changes, by table.
func Guards() map[string][]string {
	all := map[string][]string{}
	for _, table := range []string{"adopted", "change_set", "content", "entry", "record", "step"} {
		all[table] = []string{table + "_no_delete", table + "_no_update"}
	}
	return all
}

// guarded are the columns of a table that never change once written: all of them where none is named. Its rows are never deleted.
type guarded struct{ table, columns string }

func (k guarded) of() string {
	if k.columns == "" {
		return ""
	}
	return " OF " + k.columns
}

// kept is what the second migration guards.
var kept = []guarded{
	{"record", ""},
	{"content", ""},
	{"operation", "id, kind, instance, region, account, person, hash, plan, created"},
	{"step", "operation_id, key, position, kind, plan"},
}

// guard gives the statements that make the database itself refuse to change what was recorded, so that no later mistake of ours can.
func (k guarded) guard(d goose.Dialect) []string {
	if d == goose.DialectSQLite3 {
		var out []string
		for _, on := range [][2]string{{"update", "UPDATE" + k.of()}, {"delete", "DELETE"}} {
			out = append(out, fmt.Sprintf("CREATE TRIGGER %[1]s_no_%[2]s BEFORE %[3]s ON %[1]s BEGIN SELECT RAISE(ABORT, '%[1]s is kept as written'); END",
				k.table, on[0], on[1]))
		}
		return out
	}
	return []string{
		fmt.Sprintf("CREATE TRIGGER %[1]s_no_update BEFORE UPDATE%[2]s ON %[1]s FOR EACH ROW EXECUTE FUNCTION kept_as_written()", k.table, k.of()),
		fmt.Sprintf("CREATE TRIGGER %[1]s_no_delete BEFORE DELETE ON %[1]s FOR EACH ROW EXECUTE FUNCTION kept_as_written()", k.table),
		fmt.Sprintf("CREATE TRIGGER %[1]s_no_truncate BEFORE TRUNCATE ON %[1]s FOR EACH STATEMENT EXECUTE FUNCTION kept_as_written()", k.table),
	}
}

// unguard takes the triggers of guard away.
func (k guarded) unguard(d goose.Dialect) []string {
	if d == goose.DialectSQLite3 {
		return []string{"DROP TRIGGER " + k.table + "_no_update", "DROP TRIGGER " + k.table + "_no_delete"}
	}
	var out []string
	for _, verb := range []string{"update", "delete", "truncate"} {
		out = append(out, fmt.Sprintf("DROP TRIGGER %[1]s_no_%[2]s ON %[1]s", k.table, verb))
	}
	return out
}

// keepSQLite guards the tables.
func keepSQLite(ctx context.Context, tx *sql.Tx) error {
	var stmts []string
	for _, k := range kept {
		stmts = append(stmts, k.guard(goose.DialectSQLite3)...)
	}
	return run(ctx, tx, stmts)
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
		stmts = append(stmts, k.guard(goose.DialectPostgres)...)
	}
	return run(ctx, tx, stmts)
}

func run(ctx context.Context, tx *sql.Tx, stmts []string) error {
	for _, q := range stmts {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("%.60s: %w", q, err)
		}
	}
	return nil
}
