package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"wrapup/internal/connect"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
)

const doctorUsage = `usage: wrapup doctor [--json] [--instance ID] [--database FILE|ADDRESS] [--region LIST] [--endpoint URL]

Checks what "wrapup serve" needs, with its settings and credentials: credentials, each Region, the clock, each permission of the
policies in README.md, the database, and the address that people use. It reads only, so permissions to write cannot be checked.

  --instance ID   only this instance: its id, ARN or alias (all that are found)
  --json          for programs
  --database      WRAPUP_DATABASE
  --region LIST   Regions, with commas between (WRAPUP_REGIONS)
  --endpoint URL  a simulator on this computer, such as http://127.0.0.1:9911

Exit 0: nothing is missing, optional permissions aside; 1: something is; 2: wrong usage; 3: something could not be checked. See docs/cli.md.
`

// state is what came of a check.
type state string

// The states. Only wrong, missing and notChecked count for the exit code.
const (
	fine       state = "ok"
	advice     state = "advice"      // it works; there is something to know
	wrong      state = "wrong"       // of what is no permission
	missing    state = "missing"     // of a permission
	notChecked state = "not-checked" // it could not be told
	notNeeded  state = "not-needed"  // nothing that was found needs it
	writes     state = "writes"      // it could only be tried by writing
)

// Policies that a permission belongs to.
const (
	toAssume = "assume"
	toRead   = "read"
	optional = "optional"
	toWrite  = "publish"
)

// check is one line of the result, and one object of its JSON.
type check struct {
	Area      string `json:"area"` // settings, address, database, clock, credentials, region or permission
	Subject   string `json:"subject"`
	Role      string `json:"role,omitempty"` // of what is checked in AWS; empty for the own credentials
	Region    string `json:"region,omitempty"`
	Account   string `json:"account,omitempty"`
	Instance  string `json:"instance,omitempty"`
	Policy    string `json:"policy,omitempty"`   // of a permission: assume, read, optional or publish
	Resource  string `json:"resource,omitempty"` // where one action has several
	State     state  `json:"state"`
	Text      string `json:"text"`           // what was found
	Lost      string `json:"lost,omitempty"` // of what is missing: what is lost without it
	Code      string `json:"code,omitempty"`
	RequestID string `json:"requestId,omitempty"`

	group string // the heading that it stands under
}

type doctorDoc struct {
	Exit   int     `json:"exit"`
	Checks []check `json:"checks"`
}

// doctor is one run of "wrapup doctor".
type doctor struct {
	remote
	process
	ctx      context.Context
	asJSON   bool
	instance string
	checks   []check
}

// doctorCommand runs "wrapup doctor <args>" and gives the exit code.
func doctorCommand(ctx context.Context, args []string, p process) int {
	d := &doctor{ctx: ctx, process: p, remote: fromEnvironment(p)}
	switch err := d.parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return p.exit(p.help(doctorUsage))
	case err != nil:
		fmt.Fprintf(p.stderr, "wrapup doctor: %s\n\n%s", err, doctorUsage)
		return exitUsage
	}
	settled := d.settings()
	d.database()
	if settled {
		d.aws()
	} else {
		d.add(check{Area: "region", Subject: d.t("cli.doctor.aws"), State: notChecked, Text: d.t("cli.doctor.unsettled")})
	}
	if err := d.print(); err != nil {
		fmt.Fprintln(p.stderr, "wrapup doctor:", err)
		return exitUntold
	}
	return d.exit()
}

func (d *doctor) parse(args []string) error {
	f := flag.NewFlagSet("doctor", flag.ContinueOnError)
	d.flags(f)
	f.StringVar(&d.instance, "instance", "", "")
	f.StringVar(&d.Database, "database", d.Database, "")
	f.BoolVar(&d.asJSON, "json", false, "")
	if err := readFlags(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	d.instance = strings.TrimSpace(d.instance)
	if ref := toInstance(d.instance); len(d.Regions) == 0 && ref.Region != "" {
		d.Regions = []string{ref.Region}
	}
	return d.checkFlags()
}

func (d *doctor) t(id string, args ...any) string { return i18n.T(d.ctx, id, args...) }

func (d *doctor) add(c check) {
	if c.group == "" {
		c.group = d.t("cli.doctor.here")
	}
	d.checks = append(d.checks, c)
}

// exit: what is missing goes before what could not be told. Optional permissions do not count.
func (d *doctor) exit() int {
	code := exitDone
	for _, c := range d.checks {
		switch {
		case c.Policy == optional:
		case c.State == wrong, c.State == missing:
			return exitRefused
		case c.State == notChecked:
			code = exitUntold
		}
	}
	return code
}

// settings checks what the environment says, and says whether AWS can be asked with it.
func (d *doctor) settings() bool {
	rest := d.config
	rest.BaseURL = ""
	err := cmp.Or(d.badEnv, rest.check())
	if err != nil {
		d.add(check{Area: "settings", Subject: d.t("cli.doctor.settings"), State: wrong, Text: err.Error()})
	} else {
		d.add(check{Area: "settings", Subject: d.t("cli.doctor.settings"), State: fine, Text: d.t("cli.doctor.settings.fine")})
		rest.BaseURL = strings.TrimRight(d.BaseURL, "/")
		d.config = rest
	}
	d.address()
	return err == nil
}

// address looks at how people reach wrapup.
func (d *doctor) address() {
	c := check{Area: "address", Subject: "WRAPUP_BASE_URL", State: fine, Text: d.BaseURL}
	u, err := url.Parse(d.BaseURL)
	bad := d.checkBaseURL()
	switch {
	case bad != nil:
		c.State, c.Text = wrong, bad.Error()
	case d.BaseURL == "" && local(d.Listen):
		c.Text = d.t("cli.doctor.address.local")
	case d.BaseURL == "":
		c.State, c.Text = advice, d.t("cli.doctor.address.open", "Listen", d.Listen)
	case err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback():
		c.State, c.Text = advice, d.t("cli.doctor.address.http", "URL", d.BaseURL)
	}
	d.add(c)
}

// local says whether an address to listen on is this computer's alone.
func local(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// aws checks credentials, Regions, the clock and permissions.
func (d *doctor) aws() {
	o := d.options(d.process)
	o.HTTPTimeout = 10 * time.Second
	gateway, err := connect.New(d.ctx, o)
	if err != nil {
		d.add(check{Area: "region", Subject: d.t("cli.doctor.aws"), State: wrong, Text: told(d.ctx, fault.From(err))})
		return
	}
	ref, looked := toInstance(d.instance), 0
	for _, from := range gateway.Sources() {
		for _, in := range d.source(gateway, from) {
			if d.instance != "" && !names(d.instance, ref, in) {
				continue
			}
			looked++
			d.permissions(gateway, from, in)
		}
	}
	d.clock(gateway)
	if looked == 0 {
		d.add(check{Area: "permission", Subject: d.t("cli.doctor.permissions"), State: notChecked, Text: d.t("cli.doctor.no-instance")})
	}
}

// withoutCredentials are the messages of a source that nothing can be asked with.
var withoutCredentials = []string{"aws.no-credentials", "aws.expired", "aws.bad-credentials", roleDenied}

const roleDenied = "aws.role-denied"

// source checks one pair of credentials and Region, and gives its instances.
func (d *doctor) source(g *connect.Gateway, from instance.Source) []instance.Instance {
	list, err := g.Instances(d.ctx, from)
	f := fault.From(err)
	id, who := messageOf(f), ""
	if !slices.Contains(withoutCredentials, id) {
		who, _ = g.Caller(d.ctx, from) // nobody needs it: the account is told by the instances, too
	}
	base := check{Role: from.Name, Region: from.Region, group: d.t("cli.doctor.source", "Region", from.Region, "Who", orOwn(d, from.Name))}
	account := accountOf(who)
	if account == "" && len(list) > 0 {
		account = list[0].Account
	}
	base.Account = account
	add := func(area, subject string, s state, text string) {
		c := base
		c.Area, c.Subject, c.State, c.Text = area, subject, s, text
		d.add(c)
	}
	credentials, region := d.t("cli.doctor.credentials"), d.t("cli.doctor.region")
	switch {
	case id == roleDenied:
		c := base
		c.Area, c.Subject, c.Policy, c.State, c.Text = "permission", "sts:AssumeRole", toAssume, missing, told(d.ctx, f)
		c.Lost = d.t("cli.doctor.lost.AssumeRole")
		d.add(c)
		return nil
	case slices.Contains(withoutCredentials, id):
		add("credentials", credentials, wrong, told(d.ctx, f))
		return nil
	case who != "":
		add("credentials", credentials, fine, d.t("cli.doctor.identity", "ARN", who, "Account", account))
	case account != "":
		add("credentials", credentials, advice, d.t("cli.doctor.identity.account", "Account", account))
	default:
		add("credentials", credentials, notChecked, d.t("cli.doctor.identity.unknown"))
	}
	if from.Name != "" && (f == nil || messageOf(f) == "aws.denied") {
		c := base
		c.Area, c.Subject, c.Policy, c.State = "permission", "sts:AssumeRole", toAssume, fine
		d.add(c)
	}
	switch {
	case f == nil:
		add("region", region, fine, d.t("cli.doctor.instances", "Count", len(list)))
	case messageOf(f) == "aws.denied":
		add("region", region, fine, d.t("cli.doctor.answers"))
	default:
		add("region", region, notChecked, told(d.ctx, f))
	}
	d.listing(base, f)
	return list
}

func orOwn(d *doctor, role string) string {
	if role == "" {
		return d.t("cli.doctor.own")
	}
	return role
}

func messageOf(f *fault.Error) string {
	if f == nil {
		return ""
	}
	return f.Message.ID
}

// accountOf is the account of an ARN; empty where there is none.
func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// mostSkew is what AWS bears between a request's time and its own (Signature Version 4); noSkew is not worth a word.
const (
	mostSkew = 5 * time.Minute
	noSkew   = 30 * time.Second
)

func (d *doctor) clock(g *connect.Gateway) {
	c := check{Area: "clock", Subject: d.t("cli.doctor.clock"), State: notChecked, Text: d.t("cli.doctor.clock.unknown")}
	if off, ok := g.Ahead(); ok {
		unit := time.Second
		if off.Abs() > 90*time.Second { // a busy machine measures some seconds more or less
			unit = time.Minute
		}
		by := off.Abs().Round(unit).String()
		switch {
		case off.Abs() > mostSkew:
			c.State, c.Text = wrong, d.t("cli.doctor.clock.wrong", "By", by)
		case off.Abs() > noSkew:
			c.State, c.Text = advice, d.t("cli.doctor.clock.off", "By", by)
		default:
			c.State, c.Text = fine, d.t("cli.doctor.clock.fine")
		}
	}
	d.add(c)
}

// print writes all checks, in one piece.
func (d *doctor) print() error {
	var b bytes.Buffer
	if d.asJSON {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(doctorDoc{d.exit(), d.checks}); err != nil {
			return err
		}
	} else {
		d.table(&b)
	}
	_, err := d.stdout.Write(endTrimmed(b.Bytes()))
	return err
}

// endTrimmed takes away the blanks that a table leaves at the ends of lines.
func endTrimmed(text []byte) []byte { return lineEnds.ReplaceAll(text, nil) }

var lineEnds = regexp.MustCompile(`(?m) +$`)

// table writes the checks under their headings, and what they come to.
func (d *doctor) table(b *bytes.Buffer) {
	var groups []string
	for _, c := range d.checks {
		if !slices.Contains(groups, c.group) {
			groups = append(groups, c.group)
		}
	}
	for _, group := range groups {
		fmt.Fprintln(b, plain(group))
		w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, c := range d.checks {
			if c.group != group {
				continue
			}
			subject := c.Subject
			if c.Resource != "" {
				subject = d.t("cli.doctor.resource", "Action", subject, "Resource", c.Resource)
			}
			text := strings.TrimSpace(c.Text + " " + c.Lost)
			if c.State == writes {
				text = d.t("cli.doctor.writes")
			}
			if c.Policy == optional {
				subject = d.t("cli.doctor.optional", "Action", subject)
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", d.t("cli.doctor.state."+string(c.State)), plain(subject), plain(text))
		}
		w.Flush() // to memory: it cannot fail
		fmt.Fprintln(b)
	}
	lacking, untold := 0, 0
	for _, c := range d.checks {
		switch {
		case c.Policy == optional:
		case c.State == wrong, c.State == missing:
			lacking++
		case c.State == notChecked:
			untold++
		}
	}
	switch {
	case lacking > 0:
		fmt.Fprintln(b, d.t("cli.doctor.sum.missing", "Count", lacking))
	case untold > 0:
		fmt.Fprintln(b, d.t("cli.doctor.sum.untold", "Count", untold))
	default:
		fmt.Fprintln(b, d.t("cli.doctor.sum.fine"))
	}
}
