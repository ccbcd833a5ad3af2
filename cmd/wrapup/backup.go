package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"strings"

	"wrapup/internal/store"
)

const backupUsage = `usage: wrapup backup [--database FILE] COPY

Writes a copy of the SQLite database to the new file COPY, for its owner only, also while wrapup serves: all that was committed
when it began, and nothing by halves. The copy has been checked when the command ends with 0; it is used by naming it in
WRAPUP_DATABASE. Without --database, WRAPUP_DATABASE names the database (wrapup.db).

A PostgreSQL is backed up by its own tools:
  pg_dump --format=custom --file=COPY "$WRAPUP_DATABASE"
`

// backup runs "wrapup backup".
func backup(ctx context.Context, args []string, p process) error {
	c, unread := readSettings(p)
	f := flag.NewFlagSet("backup", flag.ContinueOnError)
	f.StringVar(&c.Database, "database", c.Database, "")
	switch err := p.parseAll(f, backupUsage, args); {
	case err != nil:
		return err
	case f.NArg() > 1:
		fmt.Fprintf(p.stderr, "wrapup backup: unexpected argument %q\n", f.Arg(1))
		return errUsage
	case strings.TrimSpace(f.Arg(0)) == "":
		fmt.Fprint(p.stderr, backupUsage)
		return errUsage
	case unread != nil:
		return unread
	}
	file := f.Arg(0)
	switch err := store.Backup(ctx, c.Database, file); {
	case errors.Is(err, store.ErrOtherTool):
		fmt.Fprintf(p.stderr, "wrapup backup: the database is a PostgreSQL, which its own tools back up, also while wrapup serves:\n"+
			"  pg_dump --format=custom --file=%s \"$WRAPUP_DATABASE\"\n", shellWord(file))
		return errUsage
	case errors.Is(err, fs.ErrExist):
		fmt.Fprintf(p.stderr, "wrapup backup: %q is there already; it is not written over\n", file)
		return errUsage
	case err != nil:
		return fmt.Errorf("no backup was made of %q: %w", masked(c.Database), inWords(ctx, err))
	}
	_, err := fmt.Fprintf(p.stdout, "The database is backed up to %s, and the copy was checked.\n", file)
	return err
}

// shellWord is s as one word of a shell.
func shellWord(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
