package main

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/store"
	"wrapup/internal/store/migrations"
)

// databaseLimit bounds the check of the database: reading a large file whole takes a while.
const databaseLimit = 5 * time.Minute

// database checks that the database can be opened, is whole, of a known version, and can be written. It changes nothing in it, and creates
// none.
func (d *doctor) database() {
	ctx, cancel := context.WithTimeout(d.ctx, databaseLimit)
	defer cancel()
	c := check{Area: "database", Subject: "WRAPUP_DATABASE"}
	c.State, c.Text = d.databaseState(ctx)
	d.add(c)
}

func (d *doctor) databaseState(ctx context.Context) (state, string) {
	name := masked(d.Database)
	if strings.TrimSpace(d.Database) == "" {
		return wrong, d.t("cli.doctor.database.none")
	}
	if store.Shared(d.Database) {
		return d.opened(ctx, name, "postgres", d.Database, d.Database)
	}
	address, err := existing(d.Database)
	if err != nil {
		return wrong, err.Error()
	}
	if scheme, _, ok := strings.Cut(address, "://"); ok && scheme != "file" && scheme != "sqlite" {
		_, err := store.Open(ctx, address) // of another engine, which the store refuses in its words
		return wrong, d.t("cli.doctor.database.bad", "Database", name, "Reason", i18n.Text(d.ctx, fault.From(err).Message))
	}
	path, _, _ := strings.Cut(address[strings.Index(address, ":")+1:], "?")
	if path, err = url.PathUnescape(strings.TrimPrefix(path, "//")); err != nil {
		path = d.Database
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return d.folder(name, path)
	}
	return d.opened(ctx, name, "sqlite", address, asked(address, "mode", "ro"))
}

// asked is an address with one more parameter.
func asked(address, name, value string) string {
	where, query, _ := strings.Cut(address, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return address // the store refuses it in its words
	}
	q.Set(name, value)
	return where + "?" + q.Encode()
}

// folder says whether a database that is not there yet can be made: the nearest folder that is there is written to.
func (d *doctor) folder(name, path string) (state, string) {
	dir := filepath.Dir(path)
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return wrong, d.t("cli.doctor.database.no-folder", "Database", name, "Folder", dir)
		}
		if err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.CreateTemp(dir, ".wrapup-doctor-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		return wrong, d.t("cli.doctor.database.no-folder", "Database", name, "Folder", dir)
	}
	return advice, d.t("cli.doctor.database.new", "Database", name)
}

// opened looks at a database that is there. One of an older version is not opened as wrapup does: that would bring it up to date.
func (d *doctor) opened(ctx context.Context, name, driver, address, readOnly string) (state, string) {
	step, made, err := d.version(ctx, driver, address)
	newest, ours := newestStep()
	switch {
	case ours != nil:
		return wrong, ours.Error()
	case err != nil && driver == "postgres":
		return wrong, d.t("cli.doctor.database.unreachable", "Database", name, "Reason", safely(err, d.Database))
	case err == nil && !made:
		return advice, d.t("cli.doctor.database.empty", "Database", name)
	}
	older := err == nil && step < newest
	if !older || driver == "sqlite" { // which is opened for reading, so that bringing it up to date is refused
		s, err := store.Open(ctx, readOnly)
		if err == nil {
			err = s.Close()
		}
		if f := fault.From(err); f != nil && !(older && messageOf(f) == "store.read-only") {
			return wrong, d.t("cli.doctor.database.bad", "Database", name, "Reason", i18n.Text(d.ctx, f.Message))
		}
	}
	switch err := writable(ctx, driver, address); {
	case err != nil:
		return wrong, d.t("cli.doctor.database.read-only", "Database", name)
	case older:
		return advice, d.t("cli.doctor.database.older", "Database", name, "Step", step, "Newest", newest)
	}
	return fine, d.t("cli.doctor.database.fine", "Database", name, "Step", step)
}

// newestStep is the last migration that this wrapup knows.
func newestStep() (newest int64, err error) {
	own, err := migrations.Go(goose.DialectSQLite3, nil)
	if err != nil {
		return 0, err
	}
	for _, m := range own {
		newest = max(newest, m.Version)
	}
	files, err := migrations.Files.ReadDir(".")
	for _, f := range files {
		if step, err := goose.NumericComponent(f.Name()); err == nil {
			newest = max(newest, step)
		}
	}
	return newest, err
}

// safely is an error without the database's password.
func safely(err error, dsn string) string {
	if u, bad := url.Parse(dsn); bad == nil && u.User != nil {
		if secret, ok := u.User.Password(); ok && secret != "" && strings.Contains(err.Error(), secret) {
			return "…"
		}
	}
	return err.Error()
}

// version is the last migration that was made; made is false where none ever was.
func (d *doctor) version(ctx context.Context, driver, address string) (step int64, made bool, err error) {
	err = with(driver, address, func(db *sql.DB) error {
		ask := "SELECT to_regclass('goose_db_version') IS NOT NULL"
		if driver == "sqlite" {
			ask = "SELECT COUNT(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
		}
		if err := db.QueryRowContext(ctx, ask).Scan(&made); err != nil || !made {
			return err
		}
		return db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&step)
	})
	return step, made, err
}

// writable begins a writing transaction, and takes it back.
func writable(ctx context.Context, driver, address string) error {
	return with(driver, address, func(db *sql.DB) error {
		if driver == "sqlite" {
			conn, err := db.Conn(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE; DELETE FROM goose_db_version WHERE FALSE") // to begin alone fails of nothing
			_, undone := conn.ExecContext(ctx, "ROLLBACK")
			return errors.Join(err, undone)
		}
		var may bool
		err := db.QueryRowContext(ctx, "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"+
			" AND has_table_privilege('step', 'INSERT') AND has_table_privilege('step', 'UPDATE')").Scan(&may)
		if err == nil && !may {
			err = errors.New("it is read-only")
		}
		return err
	})
}

// with opens a database for a moment. The drivers are the store's.
func with(driver, address string, f func(*sql.DB) error) error {
	if driver == "sqlite" {
		address = asked(strings.Replace(address, "sqlite:", "file:", 1), "_pragma", "busy_timeout(5000)")
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}
