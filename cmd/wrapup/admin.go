package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wrapup/internal/people"
	"wrapup/internal/store"
)

const adminUsage = `usage: wrapup admin link --name NAME [--database FILE|ADDRESS] [--base-url URL]

Lets somebody back in: prints a one-time link with which the account NAME sets a new password, also while sign-in is
locked for it. Where there is no account yet, the link makes the first administrator. Run it on the server, as the user that
runs wrapup: it needs the database alone, and a wrapup that serves goes on.

Settings come from the environment as for "wrapup serve": WRAPUP_DATABASE, WRAPUP_BASE_URL, WRAPUP_LISTEN.
`

// admin runs "wrapup admin": what the operator of the server can do without an account.
func admin(ctx context.Context, args []string, p process) error {
	if len(args) == 0 {
		fmt.Fprint(p.stderr, adminUsage)
		return errUsage
	}
	switch {
	case args[0] == "link":
		return adminLink(ctx, args[1:], p)
	case helps(args[0]):
		return p.help(adminUsage)
	}
	fmt.Fprintf(p.stderr, "wrapup admin: there is no command %q\n\n%s", args[0], adminUsage)
	return errUsage
}

func adminLink(ctx context.Context, args []string, p process) error {
	c, name, err := parseAdminLink(args, p)
	if err != nil {
		return err
	}
	base, err := baseFromSettings(c)
	if err != nil {
		return err
	}
	dsn, err := existing(c.Database)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, dsn) // without the lock: that is the serving process's
	if err != nil {
		return fmt.Errorf("cannot open the database %q, which \"wrapup serve\" makes: %w", masked(c.Database), inWords(ctx, err))
	}
	token, who, err := people.New(s, time.Now).LetIn(ctx, name)
	if err = errors.Join(err, s.Close()); err != nil {
		return inWords(ctx, err)
	}
	text := "There is no account yet. This link makes the first administrator; it works once, for a day:"
	if who.ID != "" {
		text = fmt.Sprintf("This link sets a new password for the account %q; it works once, for a day:", who.Name)
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n  %s/link/%s\n", text, base, token)
	return err
}

func parseAdminLink(args []string, p process) (c config, name string, err error) {
	c, unread := readSettings(p)
	f := flag.NewFlagSet("admin link", flag.ContinueOnError)
	f.StringVar(&name, "name", "", "")
	f.StringVar(&c.Database, "database", c.Database, "")
	f.StringVar(&c.BaseURL, "base-url", c.BaseURL, "")
	if err := p.parse(f, adminUsage, args); err != nil {
		return c, "", err
	}
	if strings.TrimSpace(name) == "" {
		fmt.Fprint(p.stderr, "wrapup admin link: --name says whose account it is\n")
		return c, "", errUsage
	}
	return c, name, cmp.Or(unread, c.check())
}

// baseFromSettings is the address that serve prints with the same settings. A port that the system chooses is not in them.
func baseFromSettings(c config) (string, error) {
	if c.BaseURL != "" {
		return c.BaseURL, nil
	}
	addr, err := net.ResolveTCPAddr("tcp", c.Listen)
	if err != nil {
		return "", fmt.Errorf("WRAPUP_LISTEN %q cannot be read as an address: %w", c.Listen, err)
	}
	if addr.Port == 0 {
		return "", fmt.Errorf("WRAPUP_LISTEN %q does not name the port: give --base-url or WRAPUP_BASE_URL, as serve printed it", c.Listen)
	}
	if addr.IP == nil {
		addr.IP = net.IPv6unspecified // as a listener without a host says of itself
	}
	return baseOf("", addr), nil
}

// existing is the address of a database that must be there: a mistyped one shall not become a new, empty database with a
// link that opens nothing.
func existing(dsn string) (string, error) {
	scheme, rest, _ := strings.Cut(dsn, ":")
	if info, err := os.Stat(dsn); err == nil && !info.Mode().IsRegular() {
		kind := "device"
		if info.IsDir() {
			kind = "folder"
		}
		return "", fmt.Errorf("the database %q is a %s: name the file", dsn, kind)
	}
	switch {
	case strings.TrimSpace(dsn) == "":
		return "", errNoDatabase
	case dsn == ":memory:":
		return "", fmt.Errorf("the database %q is no file: nothing is kept in it", dsn)
	case scheme != "file" && scheme != "sqlite" && strings.HasPrefix(rest, "//"):
		return dsn, nil // nothing is created in PostgreSQL; of another engine the store says that it has none
	case scheme != "file" && scheme != "sqlite":
		return "file:" + (&url.URL{Path: filepath.ToSlash(filepath.Clean(dsn))}).EscapedPath() + "?mode=rw", nil
	}
	path, query, _ := strings.Cut(rest, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return dsn, nil // the store refuses it in its words
	}
	switch q.Get("mode") {
	case "memory":
		return "", fmt.Errorf("the database %q is no file: nothing is kept in it", dsn)
	case "", "rwc":
		q.Set("mode", "rw")
	}
	return scheme + ":" + path + "?" + q.Encode(), nil
}
