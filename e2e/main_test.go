package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The programs under test, built once as a person builds them.
var wrapup, connectsim string

func TestMain(m *testing.M) {
	flag.Parse()
	// Most of these tests wait: for Connect's pace of two calls a second, or for their turn at the browser.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(built(m))
}

func built(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wrapup-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./cmd/wrapup", "./cmd/connectsim")
	build.Dir, build.Stderr = "..", os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the programs:", err)
		return 1
	}
	wrapup, connectsim = filepath.Join(dir, "wrapup"), filepath.Join(dir, "connectsim")
	code := m.Run()
	fmt.Print(&report) // go test shows it with -v, and where a test has failed
	if len(report.Faults()) > 0 {
		return 1
	}
	return code
}
