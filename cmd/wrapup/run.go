package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

const usage = `wrapup: the after-contact-work guide in Amazon Connect, for contact-centre managers.

usage:
  wrapup demo     practice mode: the whole product on a simulator, on this computer only
  wrapup serve    the dashboard on real Amazon Connect instances
  wrapup admin    on the server: a link that lets somebody back in
  wrapup backup   on the server: a copy of the database, also while wrapup serves
  wrapup history  on the server: everything that was done, verified or as JSON lines
  wrapup audit    which inbound flows of an instance open the guide, for scripts and CI
  wrapup doctor   credentials, permissions, database: what is missing, and what is lost without it
  wrapup flow     audit, wire, unwire or check flows in files
  wrapup guide    make, show or change a guide in a file
  wrapup version  print the version

"wrapup <command> --help" tells more.
`

// process is what the operating system gives a program.
type process struct {
	env    []string // as os.Environ
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// errUsage is wrong usage of the command line: exit 2. What was wrong has been printed.
var errUsage = errors.New("wrong usage")

// run is the program: it gives the exit code. It ends when ctx ends.
func run(ctx context.Context, args []string, p process) int {
	name, rest := "help", []string(nil)
	if len(args) > 0 {
		name, rest = args[0], args[1:]
	}
	switch name {
	case "serve":
		return p.exit(serve(ctx, rest, p))
	case "demo":
		return p.exit(demo(ctx, rest, p))
	case "admin":
		return p.exit(admin(ctx, rest, p))
	case "backup":
		return p.exit(backup(ctx, rest, p))
	case "history":
		return historyCommand(ctx, rest, p)
	case "audit":
		return auditCommand(ctx, rest, p)
	case "doctor":
		return doctorCommand(ctx, rest, p)
	case "flow":
		return flowCommand(ctx, rest, p.stdin, p.stdout, p.stderr)
	case "guide":
		return guideCommand(ctx, rest, p.stdin, p.stdout, p.stderr)
	case "version", "--version":
		if len(rest) > 0 {
			fmt.Fprintf(p.stderr, "wrapup version: unexpected argument %q\n", rest[0])
			return exitUsage
		}
		fmt.Fprintln(p.stdout, "wrapup", version())
		return exitDone
	case "help", "--help", "-h":
		if len(rest) > 0 {
			return run(ctx, []string{rest[0], "--help"}, p)
		}
		fmt.Fprint(p.stdout, usage)
		if len(args) == 0 {
			return exitUsage
		}
		return exitDone
	}
	fmt.Fprintf(p.stderr, "wrapup: there is no command %q\n\n%s", name, usage)
	return exitUsage
}

func (p process) exit(err error) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.Is(err, errUsage):
		return exitUsage
	}
	fmt.Fprintln(p.stderr, "wrapup:", err)
	return exitRefused
}

// parse reads flags that take no further arguments.
func parse(f *flag.FlagSet, args []string, stderr io.Writer) error {
	switch err := parseAll(f, args, stderr); {
	case err != nil:
		return err
	case f.NArg() > 0:
		fmt.Fprintf(stderr, "wrapup %s: unexpected argument %q\n", f.Name(), f.Arg(0))
		return errUsage
	}
	return nil
}

// parseAll reads flags and leaves arguments.
func parseAll(f *flag.FlagSet, args []string, stderr io.Writer) error {
	var said strings.Builder // the usage follows it: f prints what was wrong before
	f.SetOutput(&said)
	usage := f.Usage
	f.Usage = func() {
		if said.Len() > 0 {
			fmt.Fprintf(stderr, "wrapup %s: %s", f.Name(), said.String())
		}
		usage()
	}
	err := f.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return errUsage
	}
	return err
}

// version is what the build says of itself: a module version, else the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	i := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" })
	if i < 0 {
		return "development"
	}
	return info.Settings[i].Value[:min(12, len(info.Settings[i].Value))]
}
