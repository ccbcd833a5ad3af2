package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"wrapup/internal/fault"
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
	case strings.HasSuffix(f.Arg(0), string(filepath.Separator)):
		fmt.Fprintf(p.stderr, "wrapup backup: %q names a folder; COPY is a file\n", f.Arg(0))
		return errUsage
	case unread != nil:
		return unread
	}
	if _, err := existing(c.Database); err != nil {
		return err
	}
	file := f.Arg(0)
	var path *fs.PathError
	switch err := store.Backup(ctx, c.Database, file); {
	case errors.Is(err, store.ErrOtherTool):
		fmt.Fprintf(p.stderr, "wrapup backup: the database is a PostgreSQL, which its own tools back up, also while wrapup serves:\n"+
			"  pg_dump --format=custom --file=%s \"$WRAPUP_DATABASE\"\n", shellWord(file))
		return errUsage
	case errors.Is(err, fs.ErrExist):
		fmt.Fprintf(p.stderr, "wrapup backup: %q is there already; it is not written over\n", file)
		return errUsage
	case fault.Is(err, fault.Internal) && errors.As(err, &path): // what is wrong with the database has a kind
		return fmt.Errorf("no backup was made of %q: the copy can't be written to %s: %w", masked(c.Database), filepath.Dir(file), path.Err)
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
