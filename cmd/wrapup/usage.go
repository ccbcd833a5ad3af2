package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// errUsage is wrong usage of the command line: exit 2. What was wrong has been printed.
var errUsage = errors.New("wrong usage")

// parse reads a command's flags, which take no further arguments. Errors: flag.ErrHelp, errUsage; the text has been printed.
func (p process) parse(f *flag.FlagSet, usage string, args []string) error {
	switch err := p.parseAll(f, usage, args); {
	case err != nil:
		return err
	case f.NArg() > 0:
		fmt.Fprintf(p.stderr, "wrapup %s: unexpected argument %q\n", f.Name(), f.Arg(0))
		return errUsage
	}
	return nil
}

// parseAll reads a command's flags and leaves its arguments. Help that was asked for goes to standard output.
func (p process) parseAll(f *flag.FlagSet, usage string, args []string) error {
	switch err := readFlags(f, args); {
	case errors.Is(err, flag.ErrHelp):
		return p.help(usage)
	case err != nil:
		fmt.Fprintf(p.stderr, "wrapup %s: %s\n\n%s", f.Name(), err, usage)
		return errUsage
	}
	return nil
}

// help prints what was asked for: flag.ErrHelp, or why it could not be printed.
func (p process) help(usage string) error {
	if _, err := io.WriteString(p.stdout, usage); err != nil {
		return err
	}
	return flag.ErrHelp
}

// readFlags reads flags and prints nothing; what is wrong is said as a person writes it.
func readFlags(f *flag.FlagSet, args []string) error {
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	text := err.Error()
	for _, w := range flagWords {
		text = w.said.ReplaceAllString(text, w.say)
	}
	return errors.New(plain(text))
}

// flagWords are what the flag package says, and what is said instead. Flags with a type of their own say themselves what they take.
var flagWords = []struct {
	said *regexp.Regexp
	say  string
}{
	{regexp.MustCompile(`(?s)^flag provided but not defined: -(.*)$`), "there is no flag --$1"},
	{regexp.MustCompile(`(?s)^flag needs an argument: -(.*)$`), "--$1 needs a value"},
	{regexp.MustCompile(`(?s)^bad flag syntax: (.*)$`), "$1 is no flag"},
	{regexp.MustCompile(`(?s)^invalid boolean value (".*") for -([^:]*): parse error$`), "--$2 is true or false, not $1"},
	{regexp.MustCompile(`(?s)^invalid value ".*" for flag -([a-z-]+): (.*)$`), "--$1: $2"},
}

// helps says whether somebody asks for help, as a command or as a flag.
func helps(arg string) bool { return slices.Contains([]string{"help", "-h", "-help", "--help"}, arg) }
