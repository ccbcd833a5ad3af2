package store

import (
	"errors"
	"fmt"
	"os"

	"wrapup/internal/fault"
)

// fileAt is the file that a database was opened from.
type fileAt struct {
	path string
	file os.FileInfo // nil where there is none: in memory, or on a server
}

func fileOf(dsn string) fileAt {
	path, _, err := parseDSN(dsn)
	if err != nil || path == memory {
		return fileAt{}
	}
	file, err := os.Stat(path)
	if err != nil {
		return fileAt{} // it cannot be opened either
	}
	return fileAt{path, file}
}

// still is fault.Unavailable "store.gone" where the file is not there any more, or another one is. SQLite goes on writing to a file that was
// deleted or moved, and says nothing; an intent in it would be lost with the process.
func (f fileAt) still() error {
	if f.file == nil {
		return nil
	}
	now, err := os.Stat(f.path)
	if err == nil && !os.SameFile(now, f.file) {
		err = errors.New("it is another file")
	}
	if err != nil {
		return fault.New(fault.Unavailable, "store.gone", "Path", f.path).Because(fmt.Errorf("the database's file: %w", err))
	}
	return nil
}
