package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"wrapup/internal/fault"
)

// memory is the DSN of a database that lives as long as its only connection.
const memory = ":memory:"

// openConns is the number of connections to a file: readers do not wait for one another.
const openConns = 8

// pragmas of every connection. synchronous is FULL, for an intent must outlive a power cut before the call to AWS
// is made. recursive_triggers makes INSERT OR REPLACE run the triggers that refuse deletion.
var pragmas = []string{
	"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "recursive_triggers(1)",
}

// busyTimeout is how long a write waits for another program's, in milliseconds, unless the DSN says otherwise. Writers that come one right after
// the other can keep a third one out for longer: SQLite's waiting is asking again, not a queue.
const busyTimeout = "busy_timeout(5000)"

func openSQLite(dsn string) (*bun.DB, error) {
	name, query, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	conns := openConns
	if name == memory {
		conns = 1
	} else if err := makeFile(name, query.Get("mode")); err != nil {
		return nil, err
	} else {
		name = (&url.URL{Scheme: "file", Path: filepath.ToSlash(name)}).String()
	}
	query.Set("_txlock", "immediate")
	if !strings.Contains(strings.Join(query["_pragma"], " "), "busy_timeout") {
		query.Add("_pragma", busyTimeout)
	}
	for _, p := range pragmas {
		query.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", name+"?"+query.Encode())
	if err != nil {
		return nil, failed("open the database", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return bun.NewDB(db, sqlitedialect.New()), nil
}

// modes are SQLite's access modes (sqlite.org/uri.html); "" is rwc.
var modes = []string{"", "ro", "rw", "rwc", "memory"}

// parseDSN reads dsn as an absolute path (or memory) and SQLite's own parameters.
func parseDSN(dsn string) (name string, query url.Values, err error) {
	refuse := func(id string) (string, url.Values, error) { return "", nil, fault.New(fault.Invalid, id) }
	name = dsn
	if scheme, rest, ok := strings.Cut(dsn, ":"); ok && dsn != memory && !filepath.IsAbs(dsn) {
		switch {
		case scheme == "file" || scheme == "sqlite":
			var q string
			name, q, _ = strings.Cut(rest, "?")
			if query, err = url.ParseQuery(q); err != nil {
				return refuse("store.address")
			}
			if name, err = url.PathUnescape(strings.TrimPrefix(name, "//")); err != nil {
				return refuse("store.address")
			}
		case strings.HasPrefix(rest, "//"):
			return refuse("store.engine")
		}
	}
	if query == nil {
		query = url.Values{}
	}
	switch {
	case name == "" || strings.HasSuffix(name, "/") || strings.ContainsRune(name, 0) || !slices.Contains(modes, query.Get("mode")):
		return refuse("store.address")
	case name == memory || query.Get("mode") == "memory":
		query.Del("mode")
		return memory, query, nil
	}
	if name, err = filepath.Abs(name); err != nil {
		return refuse("store.address")
	}
	return name, query, nil
}

// makeFile creates the file and its folder where they are missing, for their owner only: SQLite would take the
// umask, and gives its -wal and -shm files the rights of this one.
func makeFile(name, mode string) error {
	if mode == "ro" || mode == "rw" { // asked not to create anything
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Unavailable, "store.not-there", "Path", name).Because(err)
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fault.New(fault.Unavailable, "store.folder", "Path", filepath.Dir(name)).Because(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Unavailable, "store.no-access", "Path", name).Because(err)
	case err != nil:
		return fault.New(fault.Unavailable, "store.cannot-open", "Path", name).Because(err)
	}
	return f.Close()
}

// sqliteSentence is the catalogue id for an error of SQLite's that its operator can do something about, else empty.
// The low byte of a result code is its class (sqlite.org/rescode.html).
func sqliteSentence(err error) string {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_READONLY:
		return "store.read-only"
	case sqlite3.SQLITE_FULL:
		return "store.full"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "store.busy"
	case sqlite3.SQLITE_NOTADB:
		return "store.not-a-database"
	case sqlite3.SQLITE_CORRUPT:
		return "store.damaged"
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "store.disk"
	}
	return ""
}

// notUniqueSQLite says whether err is a unique index's or a primary key's refusal.
func notUniqueSQLite(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
