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

const versionUsage = "usage: wrapup version\n"

// process is what the operating system gives a program.
type process struct {
	env    []string // as os.Environ
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// run is the program: it gives the exit code. It ends when ctx ends.
func run(ctx context.Context, args []string, p process) int {
	if len(args) == 0 {
		fmt.Fprint(p.stderr, usage)
		return exitUsage
	}
	name, rest := args[0], args[1:]
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
		return p.exit(printVersion(rest, p))
	case "help", "-h", "-help", "--help":
		if len(rest) > 0 && !helps(rest[0]) {
			return run(ctx, []string{rest[0], "--help"}, p)
		}
		return p.exit(p.help(usage))
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

// printVersion runs "wrapup version".
func printVersion(args []string, p process) error {
	f := flag.NewFlagSet("version", flag.ContinueOnError)
	if err := p.parse(f, versionUsage, args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, "wrapup", version())
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
