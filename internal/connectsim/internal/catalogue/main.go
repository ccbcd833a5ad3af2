// Command catalogue writes data/others.tsv: the operations of the service that the simulator has no handler for, read from
// the source of the SDK's module that go.mod names. `go generate ./internal/connectsim` runs it.
//
// The file has three kinds of lines, their columns parted by tabs:
//
//	errors  the names of a set of modelled errors, counted from 0
//	name  method  path  instance  answer  number of its errors   of an operation that reads
//	name  method  path                                           of one that writes; its labels are left empty
//
// instance is where the instance is named if not in the path: a member of the body, or with a ? of the query; with a !
// it is required. answer is the output where there is nothing to list, empty where the request names a resource.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "github.com/aws/aws-sdk-go-v2/service/connect"

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "catalogue:", err)
		os.Exit(1)
	}
}

func write() error {
	text, err := fresh(".")
	if err != nil {
		return err
	}
	return os.WriteFile(file("."), []byte(text), 0o644)
}

// file is where the catalogue lies below the simulator's package.
func file(sim string) string { return filepath.Join(sim, "data", "others.tsv") }

// errNoSource is a module whose source is not on this machine.
var errNoSource = errors.New("the source of " + module + " is not there")

// fresh gives the file's text, without the operations that the package in the folder sim declares.
func fresh(sim string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}\t{{.Version}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w", err)
	}
	dir, version, _ := strings.Cut(strings.TrimSpace(string(out)), "\t")
	if dir == "" {
		return "", errNoSource
	}
	own, err := declared(sim)
	if err != nil {
		return "", err
	}
	sdk, err := readSource(dir)
	if err != nil {
		return "", err
	}
	ops, err := sdk.operations(own)
	if err != nil {
		return "", err
	}
	return "# Written by internal/catalogue from " + module + " " + version + ".\n" + lines(ops), nil
}

// lines writes the sets of errors, what reads and what writes.
func lines(ops []operation) string {
	var sets, reads, writes strings.Builder
	number := map[string]int{}
	for _, op := range ops {
		if !op.reads() {
			fmt.Fprintf(&writes, "%s\t%s\t%s\n", op.name, op.method, label.ReplaceAllString(op.path, "{}"))
			continue
		}
		set := strings.Join(op.errors, " ")
		if _, ok := number[set]; !ok {
			number[set] = len(number)
			fmt.Fprintf(&sets, "errors\t%s\n", set)
		}
		fmt.Fprintf(&reads, "%s\t%s\t%s\t%s\t%s\t%d\n", op.name, op.method, op.path, op.instance, op.answer, number[set])
	}
	return sets.String() + reads.String() + writes.String()
}
