package pgtest

import (
	"os/user"
	"strconv"
	"syscall"
)

// immediate makes PostgreSQL end without a checkpoint.
const immediate = syscall.SIGQUIT

// as lets a program run as who, and not longer than the tests.
func as(who *user.User) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: immediate}
	if who != nil {
		uid, _ := strconv.ParseUint(who.Uid, 10, 32) // numbers, as unprivileged has seen
		gid, _ := strconv.ParseUint(who.Gid, 10, 32)
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}
