//go:build !unix

package connectsim

import "os"

// lockFile does nothing: elsewhere whoever starts simulators sees to it that each has a directory of its own.
func lockFile(*os.File) error { return nil }
