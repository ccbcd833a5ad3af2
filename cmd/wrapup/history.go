package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

const historyUsage = `usage: wrapup history verify [--head HASH]... [--database FILE|ADDRESS]
       wrapup history export [--after SEQ] [--database FILE|ADDRESS]

The history is everything that people and wrapup did: changes, each step's intent and outcome, approvals, refusals, sign-ins. Each entry
carries the hash of the one before.

verify reads all of it and holds it against what the database keeps: that no entry was changed, taken out or put in, that every change
and step stands where its last entry says, and that every kept content still has its hash. It prints the number of entries and the hash of
the last one, the head. Keep heads elsewhere and name them with --head: only so is it seen that the newest entries were cut off.

export writes the entries as JSON lines to standard output, in order: all, or those after the number SEQ.

Both read while wrapup serves. Exit codes: 0 all fits, 1 the history does not fit, 2 wrong usage, 3 it could not be read.
`

// historyCommand runs "wrapup history" and gives the exit code.
func historyCommand(ctx context.Context, args []string, p process) int {
	if len(args) == 0 {
		fmt.Fprint(p.stderr, historyUsage)
		return exitUsage
	}
	switch {
	case args[0] == "verify", args[0] == "export":
		return historyOf(ctx, args[0], args[1:], p)
	case helps(args[0]):
		return p.exit(p.help(historyUsage))
	}
	fmt.Fprintf(p.stderr, "wrapup history: there is no command %q\n\n%s", args[0], historyUsage)
	return exitUsage
}

func historyOf(ctx context.Context, what string, args []string, p process) int {
	c, unread := readSettings(p)
	f := flag.NewFlagSet("history "+what, flag.ContinueOnError)
	f.StringVar(&c.Database, "database", c.Database, "")
	var heads []string
	var after int64
	if what == "verify" {
		f.Func("head", "", func(s string) error {
			s = strings.ToLower(strings.TrimSpace(s))
			if b, err := hex.DecodeString(s); err != nil || len(b) != sha256.Size {
				return fmt.Errorf("%q is no head: that has 64 digits and letters from a to f", s)
			}
			heads = append(heads, s)
			return nil
		})
	} else {
		f.Func("after", "", func(s string) (err error) {
			if after, err = strconv.ParseInt(s, 10, 64); err != nil || after < 0 {
				return fmt.Errorf("%q is no number of an entry, 0 or more", s)
			}
			return nil
		})
	}
	switch err := p.parse(f, historyUsage, args); {
	case err != nil:
		return p.exit(err)
	case unread != nil:
		return p.unread(unread)
	}
	dsn, err := existing(c.Database)
	if err != nil {
		return p.unread(err)
	}
	s, err := store.Open(ctx, dsn) // without the lock: that is the serving process's
	if err != nil {
		return p.unread(fmt.Errorf("cannot open the database %q: %w", masked(c.Database), inWords(ctx, err)))
	}
	defer func() { _ = s.Close() }() // nothing was written
	if what == "verify" {
		return verifyHistory(ctx, s, heads, p)
	}
	return exportHistory(ctx, s, after, p)
}

func (p process) unread(err error) int {
	fmt.Fprintln(p.stderr, "wrapup:", err)
	return exitUntold
}

func verifyHistory(ctx context.Context, s *store.Store, heads []string, p process) int {
	n, head, err := s.VerifyHistory(ctx, heads...)
	switch f := fault.From(err); {
	case err == nil:
		if _, err := fmt.Fprintf(p.stdout, "The history fits: %d entries. Head: %s\n", n, head); err != nil {
			return p.unread(err)
		}
		return exitDone
	case strings.HasPrefix(f.Message.ID, "store.history-"):
		fmt.Fprintln(p.stderr, "wrapup:", i18n.Text(ctx, f.Message))
		if f.Err != nil {
			fmt.Fprintln(p.stderr, "  "+f.Err.Error())
		}
		return exitRefused
	default:
		return p.unread(inWords(ctx, err))
	}
}

func exportHistory(ctx context.Context, s *store.Store, after int64, p process) int {
	out := bufio.NewWriter(p.stdout)
	lines := json.NewEncoder(out)
	var wrote error
	err := s.History(ctx, after, func(e publish.Entry) bool {
		wrote = lines.Encode(e)
		return wrote == nil
	})
	if err != nil {
		err = inWords(ctx, err)
	}
	if err = errors.Join(err, wrote, out.Flush()); err != nil {
		return p.unread(fmt.Errorf("the history was not written to its end: %w", err))
	}
	return exitDone
}
