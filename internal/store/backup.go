package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"wrapup/internal/fault"
)

// ErrOtherTool says that a database is not copied to a file by wrapup: PostgreSQL has its own tools for that.
var ErrOtherTool = errors.New("PostgreSQL is backed up by its own tools")

// Backup writes the database that dsn names to a new file, as it is at one moment; a process that serves it goes on, and needs
// not let go of its lock. The copy is whole, checked and on the disk when Backup returns nil: before that there is no file of
// that name. Errors: fs.ErrExist where there is one, ErrOtherTool, else as Open's.
func Backup(ctx context.Context, dsn, file string) error {
	if Shared(dsn) {
		return ErrOtherTool
	}
	name, _, err := parseDSN(dsn)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) && name != memory {
		return fault.New(fault.Unavailable, "store.not-there", "Path", name).Because(err)
	} else if err != nil || name == memory {
		return fault.New(fault.Unavailable, "store.cannot-open", "Path", name).Because(err)
	}
	if file, err = filepath.Abs(file); err != nil { // in an address, what comes first of a relative name would be a host
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s: %w", file, fs.ErrExist)
	}
	part, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*.part") // for its owner only
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone already, where all went well
	if err := errors.Join(copyTo(ctx, name, part.Name()), part.Sync(), part.Close()); err != nil {
		return failed("back the database up", err)
	}
	if err := checkCopy(ctx, part.Name()); err != nil {
		return failed("check the copy", err)
	}
	return place(part.Name(), file)
}

// copyTo fills an empty file with the database. VACUUM INTO reads in one transaction: what is committed meanwhile is not in the copy.
func copyTo(ctx context.Context, name, file string) error {
	db, err := sql.Open("sqlite", fileAddress(name, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)"}}))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return errors.Join(err, db.Close())
}

func fileAddress(name string, query url.Values) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(name), RawQuery: query.Encode()}).String()
}

// checkCopy opens the copy, reads all of it and looks whether it is wrapup's.
func checkCopy(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", fileAddress(file, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return err
	}
	err = wholeSQLite(ctx, db)
	if err == nil {
		err = hasTables(ctx, db, "SELECT COUNT(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1", "step", "content", "record") // of a former version, too
	}
	return errors.Join(err, db.Close())
}

// place gives the copy its name if that is free still, and sees to it that the folder keeps it over a power cut.
func place(part, file string) error {
	err := os.Link(part, file)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", file, fs.ErrExist)
	}
	if err != nil { // a file system without links: the name is taken first, so that nobody else's file is written over
		name, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if err := errors.Join(name.Close(), os.Rename(part, file)); err != nil {
			return err
		}
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
