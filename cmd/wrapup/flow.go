package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

const flowUsage = `usage:
  wrapup flow audit [--json] [--context DIR] FILE…
  wrapup flow wire --guide ARN [--guide-name NAME] [--replace] FILE
  wrapup flow unwire [--all] FILE
  wrapup flow check FILE…
FILE is a flow's content; - is standard input. Documents go to standard output, messages to standard error. In DIR the flows and
modules are found that FILE leads to, by id or by name; its file wrapup-context.json may say which is which (docs/cli.md).
Exit 0: done; 1: refused, or something was found, with the reason; 2: wrong usage.
`

// Exit codes of the command line.
const (
	exitDone    = 0
	exitRefused = 1
	exitUsage   = 2
)

// flowCommand runs "wrapup flow <args>" and gives the exit code.
func flowCommand(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &flowCLI{ctx: ctx, name: "flow", stdin: stdin, stdout: stdout, stderr: stderr}
	commands := map[string]func([]string) int{"audit": c.audit, "wire": c.wire, "unwire": c.unwire, "check": c.check}
	if len(args) == 0 {
		return c.usage(nil)
	}
	if helps(args[0]) {
		return c.usage(flag.ErrHelp)
	}
	run, ok := commands[args[0]]
	if !ok {
		return c.usage(fmt.Errorf("there is no command %q", args[0]))
	}
	c.name = "flow " + args[0]
	return run(args[1:])
}

// flowCLI is one run of a flow command.
type flowCLI struct {
	ctx            context.Context
	name           string // as it was called
	stdin          io.Reader
	stdout, stderr io.Writer
}

// parse reads flags and at least min and at most max files; max 0 is any number. Standard input can be read only once.
func (c *flowCLI) parse(set *flag.FlagSet, args []string, max int) ([]string, int, bool) {
	if err := readFlags(set, args); err != nil {
		return nil, c.usage(err), false
	}
	files := set.Args()
	inputs := 0
	for _, f := range files {
		if f == "-" {
			inputs++
		}
	}
	switch {
	case len(files) == 0:
		return nil, c.usage(errors.New("FILE is missing")), false
	case max > 0 && len(files) > max:
		return nil, c.usage(fmt.Errorf("unexpected argument %q", files[max])), false
	case inputs > 1:
		return nil, c.usage(errors.New("standard input can be read only once")), false
	}
	return files, exitDone, true
}

func (c *flowCLI) usage(err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return c.write([]byte(flowUsage))
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "wrapup %s: %s\n\n", c.name, err)
	}
	fmt.Fprint(c.stderr, flowUsage)
	return exitUsage
}

func (c *flowCLI) read(file string) ([]byte, error) { return readInput(file, c.stdin) }

// say writes a message to standard error.
func (c *flowCLI) say(id string, args ...any) {
	fmt.Fprintln(c.stderr, plain(i18n.T(c.ctx, id, args...)))
}

// refuse reports why a file's document is not written.
func (c *flowCLI) refuse(file string, err error) int {
	var f *fault.Error
	if !errors.As(err, &f) {
		c.say("cli.file.unreadable", "File", file, "Reason", ioReason(err))
		return exitRefused
	}
	c.say("cli.file.refused", "File", file, "Reason", i18n.Text(c.ctx, f.Message))
	return exitRefused
}

// ioReason is the operating system's words without the operation and the path, which the message names already.
func ioReason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func (c *flowCLI) wire(args []string) int {
	set := flag.NewFlagSet("wire", flag.ContinueOnError)
	var o publish.WireOptions
	set.StringVar(&o.Guide, "guide", "", "")
	set.StringVar(&o.Name, "guide-name", "", "")
	set.BoolVar(&o.Replace, "replace", false, "")
	files, code, ok := c.parse(set, args, 1)
	if !ok {
		return code
	}
	if o.Guide == "" {
		return c.usage(errors.New("--guide is missing"))
	}
	if _, ok := audit.UsableGuide(o.Guide, instance.Ref{}); !ok {
		return c.usage(errors.New(i18n.T(c.ctx, "wire.refused.guide", "Guide", o.Guide)))
	}
	before, err := c.read(files[0])
	if err != nil {
		return c.refuse(files[0], err)
	}
	w, err := publish.Wire(before, o)
	if err != nil {
		return c.refuse(files[0], err)
	}
	c.sayWired(w)
	return c.write(w.After)
}

func (c *flowCLI) sayWired(w publish.Wiring) {
	switch {
	case w.Unchanged && len(w.Before.Handoffs)+len(w.Before.Exits) == 0:
		c.say("cli.wire.no-points")
	case w.Unchanged:
		c.say("cli.wire.unchanged")
	}
	for _, e := range w.Edits {
		id := "cli.wire.retargeted"
		if e.Kind == flow.Insert {
			id = "cli.wire.inserted"
		}
		c.say(id, "Block", e.Block, "Guide", e.Guide)
	}
	for _, ref := range w.Replaced {
		c.say("cli.wire.replaced", "Flow", ref)
	}
	for _, e := range w.Exits {
		id := "cli.wire.exit"
		if e.Target == "" {
			id = "cli.wire.exit-unnamed"
		}
		c.say(id, "Block", e.Block, "Type", e.Type, "Target", e.Target)
	}
}

func (c *flowCLI) unwire(args []string) int {
	set := flag.NewFlagSet("unwire", flag.ContinueOnError)
	all := set.Bool("all", false, "")
	files, code, ok := c.parse(set, args, 1)
	if !ok {
		return code
	}
	before, err := c.read(files[0])
	if err != nil {
		return c.refuse(files[0], err)
	}
	w, err := publish.Unwire(before, *all, publish.WireOptions{})
	if err != nil {
		return c.refuse(files[0], err)
	}
	c.sayUnwired(w)
	return c.write(w.After)
}

func (c *flowCLI) sayUnwired(w publish.Wiring) {
	if w.Unchanged {
		c.say("cli.unwire.unchanged")
	}
	for _, e := range w.Edits {
		switch {
		case e.Kind == flow.ClearEvent:
			c.say("cli.unwire.cleared", "Block", e.Block)
		case w.Former:
			c.say("cli.unwire.removed", "Block", e.Block)
		default:
			c.say("cli.unwire.taken-out", "Block", e.Block)
		}
	}
	if !w.Unchanged && !w.Former {
		c.say("cli.unwire.not-former")
	}
	for _, id := range w.Still {
		c.say("cli.unwire.still", "Block", id)
	}
	for _, id := range w.Attributes {
		c.say("cli.unwire.attribute", "Block", id)
	}
}

// write puts a document on standard output, byte for byte.
func (c *flowCLI) write(content []byte) int {
	if _, err := c.stdout.Write(content); err != nil {
		return c.unwritten(err)
	}
	return exitDone
}

// unwritten says that standard output does not take the result.
func (c *flowCLI) unwritten(err error) int {
	c.say("cli.unwritten", "Reason", ioReason(err))
	return exitRefused
}

// check prints what the service would refuse: "FILE: block: problem".
func (c *flowCLI) check(args []string) int {
	files, code, ok := c.parse(flag.NewFlagSet("check", flag.ContinueOnError), args, 0)
	if !ok {
		return code
	}
	for _, file := range files {
		content, err := c.read(file)
		if err != nil {
			code = c.refuse(file, err)
			continue
		}
		for _, line := range c.problems(content) {
			code = exitRefused
			if _, err := fmt.Fprintln(c.stdout, plain(file+": "+line)); err != nil {
				return c.unwritten(err)
			}
		}
	}
	return code
}

// problems are lines "block: problem". A file does not say which type its flow is: only what holds for every type is
// checked, and for a module where the document is one.
func (c *flowCLI) problems(content []byte) []string {
	document := i18n.T(c.ctx, "cli.check.document")
	d, err := flow.Parse(content)
	if err != nil {
		return []string{document + ": " + i18n.Text(c.ctx, *audit.Analyze(content, audit.Options{}).Reason)}
	}
	flowType := ""
	if slices.ContainsFunc(d.Root().Members(), func(m flow.Member) bool { return m.Name == "Settings" }) {
		flowType = string(instance.TypeModule)
	}
	var lines []string
	for _, p := range flow.Validate(content, flowType) {
		block := p.Block
		switch {
		case block == "" && p.Index < 0:
			block = document
		case block == "":
			block = fmt.Sprintf("Actions[%d]", p.Index)
		}
		lines = append(lines, block+": "+p.Message)
	}
	return lines
}

// auditLine is the final JSON form of "flow audit --json": one object per file and line.
type auditLine struct {
	File     string          `json:"file"`
	Verdict  audit.Verdict   `json:"verdict"`
	Handoffs []audit.Handoff `json:"handoffs"`
	Exits    []auditExit     `json:"exits"`
	Gaps     []auditGap      `json:"gaps"`
	Notes    []auditNote     `json:"notes"`
	Error    string          `json:"error"` // why the verdict is unreadable, else empty
	// With --context: the flows and modules that were met. Where a "flow" stands elsewhere, it is the id of one of them.
	Followed []auditFlow `json:"followed,omitempty"`
}

type auditExit struct {
	audit.Exit
	Why string `json:"why,omitempty"` // with --context: why it was not followed
}

type auditGap struct {
	audit.Gap
	Steps []auditStep `json:"steps,omitempty"` // the route, where it leads through other flows
}

// auditStep is a block of a route. Flow is empty in the file's own flow.
type auditStep struct {
	Flow   string `json:"flow,omitempty"`
	Block  string `json:"block"`
	Branch string `json:"branch,omitempty"`
}

// auditFlow is a flow or module of the context. ID is its path, where no id is known.
type auditFlow struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	File   string `json:"file"`
	Module bool   `json:"module"`
}

type auditNote struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

func (c *flowCLI) audit(args []string) int {
	set := flag.NewFlagSet("audit", flag.ContinueOnError)
	asJSON := set.Bool("json", false, "")
	dir := set.String("context", "", "")
	files, code, ok := c.parse(set, args, 0)
	if !ok {
		return code
	}
	var around *flowContext
	given := false
	set.Visit(func(f *flag.Flag) { given = given || f.Name == "context" })
	if given {
		var err error
		if *dir == "" {
			return c.usage(errors.New("--context names no folder"))
		}
		if around, err = loadContext(*dir); err != nil {
			return c.refuse(failedPath(err, *dir), err)
		}
		if len(around.files) == 0 {
			c.say("cli.context.empty", "Folder", *dir)
		}
	}
	for _, file := range files {
		j := c.judge(file, around)
		if j.reason != "" {
			code = exitRefused
		}
		if err := c.print(j, *asJSON); err != nil {
			return c.unwritten(err)
		}
	}
	return code
}

// failedPath is the path that an error names, else the one given.
func failedPath(err error, path string) string {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Path
	}
	return path
}

// judged is one file with its report; the reason is why it could not be judged.
type judged struct {
	file, reason string
	report       audit.Report
	view         *view // nil without a context
}

// judge reads and analyses one file, in its context if there is one.
func (c *flowCLI) judge(file string, around *flowContext) judged {
	j := judged{file: file}
	content, err := c.read(file)
	if err != nil {
		j.report = audit.Analyze(nil, audit.Options{})
		j.reason = i18n.T(c.ctx, "cli.file.unreadable", "File", file, "Reason", ioReason(err))
		return j
	}
	if around == nil {
		j.report = audit.Analyze(content, audit.Options{})
	} else {
		j.view = around.see(file, content, func(m fault.Message) string { return i18n.Text(c.ctx, m) })
		j.report = j.view.judge()
	}
	if j.report.Reason != nil {
		j.reason = i18n.Text(c.ctx, *j.report.Reason)
	}
	return j
}

func (c *flowCLI) print(j judged, asJSON bool) error {
	if !asJSON {
		return c.printTable(j)
	}
	e := json.NewEncoder(c.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(c.line(j))
}

func (c *flowCLI) line(j judged) auditLine {
	r := j.report
	l := auditLine{File: j.file, Verdict: r.Verdict, Handoffs: r.Handoffs, Exits: []auditExit{}, Gaps: []auditGap{}, Notes: c.notes(j), Error: j.reason}
	for _, e := range r.Exits {
		l.Exits = append(l.Exits, auditExit{e, c.why(j, e)})
	}
	for _, g := range r.Gaps {
		out := auditGap{Gap: g}
		if slices.ContainsFunc(g.Steps, func(s audit.RouteStep) bool { return s.Flow != "" }) {
			for _, s := range g.Steps {
				out.Steps = append(out.Steps, auditStep{s.Flow, s.Block, s.Branch})
			}
		}
		l.Gaps = append(l.Gaps, out)
	}
	if j.view != nil {
		for _, id := range slices.Sorted(maps.Keys(j.view.met)) {
			f := j.view.met[id]
			l.Followed = append(l.Followed, auditFlow{id, f.name, f.path, f.module})
		}
	}
	return l
}

func (c *flowCLI) notes(j judged) []auditNote {
	out := []auditNote{}
	for _, n := range j.report.Notes {
		out = append(out, auditNote{strings.TrimPrefix(n.ID, audit.NotePrefix), i18n.Text(c.ctx, n.Message)})
	}
	if j.view != nil {
		out = append(out, j.view.ambiguities()...)
	}
	return out
}

// why says why an exit was not followed, where a context was given to follow it in.
func (c *flowCLI) why(j judged, e audit.Exit) string {
	if j.view == nil || e.Why.ID == "" {
		return ""
	}
	return i18n.Text(c.ctx, e.Why)
}

// printTable writes a file's verdict, its points as a table, example routes and notes.
func (c *flowCLI) printTable(j judged) error {
	r := j.report
	var b bytes.Buffer
	head := j.file + ": " + i18n.T(c.ctx, "verdict."+string(r.Verdict))
	switch {
	case j.reason != "":
		head += ". " + j.reason
	case r.Of > 0:
		head += " (" + i18n.T(c.ctx, "cli.audit.points", "Set", r.Set, "Count", r.Of) + ")"
	}
	fmt.Fprintln(&b, plain(head))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	if len(r.Handoffs)+len(r.Exits) > 0 {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", i18n.T(c.ctx, "cli.audit.block"), i18n.T(c.ctx, "cli.audit.type"), i18n.T(c.ctx, "cli.audit.setting"))
	}
	for _, h := range r.Handoffs {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", plain(j.place(h.Flow, h.Block)), plain(h.Type), plain(c.settings(h.Settings)))
	}
	for _, e := range r.Exits {
		text := i18n.T(c.ctx, "cli.audit.exit", "Setting", c.settings(e.Settings))
		if why := c.why(j, e); why != "" {
			text = i18n.T(c.ctx, "cli.audit.exit-why", "Setting", c.settings(e.Settings), "Why", why)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", plain(j.place(e.Flow, e.Block)), plain(e.Type), plain(text))
	}
	w.Flush() // to memory: it cannot fail
	for _, g := range r.Gaps {
		fmt.Fprintln(&b, "  "+plain(i18n.T(c.ctx, "cli.audit.gap", "Kind", c.kind(g.Kind), "Block", j.place(g.Flow, g.Block), "Route", routeText(g.Steps))))
	}
	for _, n := range c.notes(j) {
		fmt.Fprintln(&b, "  "+plain(i18n.T(c.ctx, "cli.audit.note", "Text", n.Text)))
	}
	_, err := b.WriteTo(c.stdout)
	return err
}

// place is a block, with the flow or module that it lies in where that is not the file's own.
func (j judged) place(in, block string) string {
	if in == "" {
		return block
	}
	if f := j.view.met[in]; f != nil && f.name != "" {
		in = f.name
	}
	return in + ": " + block
}

func (c *flowCLI) kind(k audit.Kind) string { return i18n.T(c.ctx, "audit.kind."+string(k)) }

func (c *flowCLI) settings(list []audit.Setting) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = strings.TrimSpace(c.kind(s.Kind) + " " + s.Flow)
	}
	return strings.Join(words, "; ")
}

// routeText is a route in one line: blocks by title, else type, with the branch taken, and where they lie in another flow.
func routeText(steps []audit.RouteStep) string {
	words := make([]string, len(steps))
	for i, s := range steps {
		if words[i] = s.Title; s.Title == "" {
			words[i] = s.Type
		}
		if s.Flow != "" {
			words[i] = cmp.Or(s.FlowName, s.Flow) + ": " + words[i]
		}
		if s.Branch != "" {
			words[i] += " [" + s.Branch + "]"
		}
	}
	return strings.Join(words, " > ")
}
