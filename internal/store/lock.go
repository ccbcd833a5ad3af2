package store

import (
	"errors"
	"os"
	"strings"

	"wrapup/internal/fault"
)

// Lock keeps a database file for one serving process: a second one would take the first one's running changes for
// those of a process that died. PostgreSQL needs none: there, leases alone say who runs
// what. It is an empty file beside the database, locked by the operating system, which lets go of it when the process ends,
// however it ends.
type Lock struct{ f *os.File }

// Shared says whether any number of processes may serve the database that dsn names.
func Shared(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// TakeLock locks the database that dsn names; one in memory needs none, nor does one that is shared. fault.Unavailable "store.in-use"
// when another process holds it.
func TakeLock(dsn string) (*Lock, error) {
	if Shared(dsn) {
		return &Lock{}, nil
	}
	name, _, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	if name == memory {
		return &Lock{}, nil
	}
	name += ".lock"
	if err := makeFile(name, ""); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "store.cannot-open", "Path", name).Because(err)
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fault.New(fault.Unavailable, "store.in-use").Because(err), f.Close())
	}
	return &Lock{f}, nil
}

// Release lets go of the database; the file stays, for removing it could take another process's lock away.
func (l *Lock) Release() error {
	if l.f == nil {
		return nil
	}
	return errors.Join(unlockFile(l.f), l.f.Close())
}
