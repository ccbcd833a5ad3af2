//go:build !linux

package pgtest

import (
	"os"
	"os/user"
	"syscall"
)

// immediate ends the server; PostgreSQL elsewhere is found in no folder of Debian's.
var immediate = os.Kill

func as(*user.User) *syscall.SysProcAttr { return nil }
