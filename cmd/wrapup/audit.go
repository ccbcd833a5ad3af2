package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/store"
	"wrapup/internal/survey"
)

const auditUsage = `usage: wrapup audit --instance ID [--json | --csv] [--confirm] [--fail-on LIST] [--region LIST] [--endpoint URL]

Reads an instance of Amazon Connect, with the settings and credentials of "wrapup serve" but without a database, and says which of
its inbound flows open the guide. Nothing is written, here or there.

  --instance ID   the instance's id, ARN or alias
  --json, --csv   the same for programs and for spreadsheets, as the dashboard downloads it
  --confirm       describe every counted flow, and look for unpublished drafts: two calls a flow
  --fail-on LIST  end with 1 where an active, published flow has one of these verdicts, with commas between:
                  %s;
                  open and cant-tell stand for the head line's "do not" and "can't be told"
  --region LIST   Regions to look in, with commas between (WRAPUP_REGIONS)
  --endpoint URL  a simulator on this computer, such as http://127.0.0.1:9911

Exit 0: nothing of --fail-on was found; 1: something was; 2: wrong usage; 3: it could not be told. See docs/cli.md.
`

// exitUntold is the exit code where an answer could not be had.
const exitUntold = 3

// auditLimit bounds one reading: describing 5,000 flows twice takes an hour and a half.
const auditLimit = 6 * time.Hour

// auditRun is one run of "wrapup audit".
type auditRun struct {
	remote
	process
	ctx           context.Context
	instance      string
	asJSON, asCSV bool
	confirm       bool
	failOn        failOn
	progress      *progress
}

// auditCommand runs "wrapup audit <args>" and gives the exit code.
func auditCommand(ctx context.Context, args []string, p process) int {
	a := &auditRun{ctx: ctx, process: p, remote: fromEnvironment(p), progress: newProgress(p.stderr)}
	switch err := a.parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return p.exit(p.help(a.usage()))
	case err != nil:
		fmt.Fprintf(p.stderr, "wrapup audit: %s\n\n%s", err, a.usage())
		return exitUsage
	}
	defer a.progress.end()
	reading, code := a.read()
	if reading == nil {
		return code
	}
	found := a.failOn.look(ctx, reading, a.confirm)
	a.progress.end()
	if err := a.print(reading, found); err != nil {
		fmt.Fprintln(p.stderr, "wrapup audit:", err)
		return exitUntold
	}
	return found.exit()
}

func (a *auditRun) usage() string { return fmt.Sprintf(auditUsage, wrapped(verdictIDs(), 18)) }

// wrapped sets words with commas between into lines of a usage text.
func wrapped(words []string, indent int) string {
	var b strings.Builder
	width := 0
	for i, w := range words {
		if i > 0 {
			b.WriteString(",")
			if width++; width+len(w) > 100 {
				b.WriteString("\n" + strings.Repeat(" ", indent))
				width = 0
			}
		}
		b.WriteString(w)
		width += len(w)
	}
	return b.String()
}

// parse reads the flags; the error is a sentence about wrong usage.
func (a *auditRun) parse(args []string) error {
	f := flag.NewFlagSet("audit", flag.ContinueOnError)
	a.flags(f)
	f.StringVar(&a.instance, "instance", "", "")
	f.BoolVar(&a.asJSON, "json", false, "")
	f.BoolVar(&a.asCSV, "csv", false, "")
	f.BoolVar(&a.confirm, "confirm", false, "")
	f.Func("fail-on", "", a.failOn.add)
	if err := readFlags(f, args); err != nil {
		return err
	}
	a.instance = strings.TrimSpace(a.instance)
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	case a.instance == "":
		return errors.New("--instance is missing")
	case a.asJSON && a.asCSV:
		return errors.New("--json and --csv exclude each other")
	}
	if err := a.checkFlags(); err != nil {
		return err
	}
	if ref := toInstance(a.instance); len(a.Regions) == 0 && ref.Region != "" {
		a.Regions = []string{ref.Region}
	}
	return cmp.Or(a.badEnv, a.check())
}

// read finds the instance and reads it. Without a reading the code says why.
func (a *auditRun) read() (*survey.Reading, int) {
	o := a.options(a.process)
	calls := 0
	o.Observe = func(string, string, string, time.Duration) {
		a.progress.count(func() string {
			calls++
			return i18n.T(a.ctx, "cli.audit.progress", "Instance", a.instance, "Count", calls)
		})
	}
	gateway, err := connect.New(a.ctx, o)
	if err != nil {
		a.fail(err)
		return nil, exitUsage // no Region, or settings of the SDK's that cannot be used
	}
	service := survey.New(gateway, survey.ServiceOptions{Event: a.EventHook, Now: time.Now, Limit: auditLimit, ManagedTags: a.ManagedTags})
	in, code := a.find(service)
	if code != exitDone {
		return nil, code
	}
	read := service.Read
	if a.confirm {
		read = a.confirming(service)
	}
	reading, err := read(a.ctx, in.ID, true)
	if err != nil {
		a.fail(err)
		return nil, exitUntold
	}
	return reading, exitDone
}

// find is the instance that the person names.
func (a *auditRun) find(s *survey.Service) (found instance.Instance, code int) {
	ref := toInstance(a.instance)
	var all, fits []instance.Instance
	var failed *fault.Error
	for _, l := range s.Instances(a.ctx) {
		if failed == nil {
			failed = l.Err
		}
		all = append(all, l.Instances...)
	}
	for _, in := range all {
		if names(a.instance, ref, in) {
			fits = append(fits, in)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], exitDone
	case len(fits) > 1:
		a.say("cli.audit.several", "Instance", a.instance, "Instances", listed(fits))
		return found, exitUsage
	case failed != nil:
		a.fail(failed)
		return found, exitUntold
	case len(all) == 0:
		a.say("cli.audit.no-instances")
		return found, exitUntold
	}
	a.say("cli.audit.no-instance", "Instance", a.instance, "Instances", listed(all))
	return found, exitUsage
}

// listed names instances so that a person can pick one.
func listed(list []instance.Instance) string {
	out := make([]string, len(list))
	for i, in := range list {
		out[i] = plain(in.Title()) + " (" + string(in.ID) + ", " + in.Region + ")"
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// confirming reads as a reading in the background does, with every counted flow described: an operation on a database that lives as long
// as the command.
func (a *auditRun) confirming(s *survey.Service) func(context.Context, instance.ID, bool) (*survey.Reading, error) {
	return func(ctx context.Context, id instance.ID, _ bool) (*survey.Reading, error) {
		db, err := store.Open(ctx, ":memory:")
		if err != nil {
			return nil, err
		}
		defer db.Close()
		work := operation.New(db.Operations(), operation.Options{Owner: "audit"})
		work.Handle(survey.Work, operation.Kind{Do: s.Do})
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- work.Run(running) }()
		defer func() { stop(); <-ended }()
		o, _, err := work.Ask(ctx, operation.Request{Kind: survey.Work, Subject: string(id), Input: survey.Order{Confirm: true}})
		if err != nil {
			return nil, err
		}
		if o, err = a.follow(work, o.ID); err != nil {
			return nil, err
		}
		return a.confirmed(s, id, o)
	}
}

// follow shows how an operation comes on, and gives it as it ended.
func (a *auditRun) follow(work *operation.Service, id operation.ID) (last operation.Operation, err error) {
	states, err := work.Watch(a.ctx, id)
	if err != nil {
		return last, err
	}
	for last = range states {
		if last.Progress.Message.ID != "" {
			a.progress.say(i18n.Text(a.ctx, last.Progress.Message))
		}
	}
	if err := a.ctx.Err(); err != nil {
		return last, fault.New(fault.Unavailable, "survey.cancelled").Because(err)
	}
	if f := last.Failure; last.State == operation.Failed {
		return last, &fault.Error{Kind: fault.Unavailable, Message: f.Message, Code: f.Code, RequestID: f.RequestID, Problems: f.Problems}
	}
	return last, nil
}

func (a *auditRun) confirmed(s *survey.Service, id instance.ID, o operation.Operation) (*survey.Reading, error) {
	var out survey.Outcome
	if err := json.Unmarshal(o.Result, &out); err != nil {
		return nil, err
	}
	if out.Differed > 0 {
		a.say("cli.audit.differed", "Count", out.Differed)
	}
	if out.Undrafted != nil {
		a.say("cli.audit.undrafted", "Reason", i18n.Text(a.ctx, *out.Undrafted))
	}
	return s.Last(id), nil
}

// say writes a message to standard error.
func (a *auditRun) say(id string, args ...any) {
	a.progress.end()
	fmt.Fprintln(a.stderr, "wrapup audit:", i18n.T(a.ctx, id, args...))
}

// fail says why there is no reading, with the service's own code and request id.
func (a *auditRun) fail(err error) {
	a.progress.end()
	if a.ctx.Err() != nil {
		a.say("cli.audit.stopped")
		return
	}
	fmt.Fprintln(a.stderr, "wrapup audit:", told(a.ctx, fault.From(err)))
}

// told is what a person reads of a fault on a terminal.
func told(ctx context.Context, f *fault.Error) string {
	text := i18n.Text(ctx, f.Message)
	switch {
	case f.Code != "" && f.RequestID != "":
		return i18n.T(ctx, "cli.fault.code-request", "Text", text, "Code", f.Code, "ID", f.RequestID)
	case f.Code != "":
		return i18n.T(ctx, "cli.fault.code", "Text", text, "Code", f.Code)
	case f.Err != nil && f.Kind == fault.Internal:
		return fmt.Sprintf("%s (%v)", text, f.Err)
	}
	return text
}

// verdictIDs are the closed set, in the order in which verdicts are decided.
func verdictIDs() []string {
	var out []string
	for _, v := range audit.Verdicts() {
		out = append(out, string(v))
	}
	return out
}
