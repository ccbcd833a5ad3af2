package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
)

const guideUsage = `usage:
  wrapup guide new --region R [--sample] [--set Key=Value]...
  wrapup guide show FILE
  wrapup guide set [--set Key=Value]... FILE

new prints a guide as a flow document; --sample takes the texts of the AWS documentation's own guide.
show prints Key=Value, one to a line, and the time limit in seconds as TimeLimit=480.
set prints FILE with the values changed and every other byte as it was. "Key=" deletes the value.
A Value that begins with a quote is read as a JSON string. FILE "-" is standard input.
`

// guideRun is one run of a guide command: documents go to out, messages to err.
type guideRun struct {
	ctx      context.Context
	name     string // as it was called
	in       io.Reader
	out, err io.Writer
}

// guideCommand runs "wrapup guide". It gives 0 when done, 1 when refused with the reason, 2 for wrong usage; when it
// refuses, nothing is written to stdout.
func guideCommand(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	r := guideRun{ctx, "guide", stdin, stdout, stderr}
	if len(args) == 0 {
		return r.usage("")
	}
	if helps(args[0]) {
		return r.print([]byte(guideUsage))
	}
	commands := map[string]func(guideRun, []string) int{"new": guideRun.create, "show": guideRun.show, "set": guideRun.set}
	if run, ok := commands[args[0]]; ok {
		r.name = "guide " + args[0]
		return run(r, args[1:])
	}
	return r.usage(fmt.Sprintf("there is no command %q", args[0]))
}

func (r guideRun) create(args []string) int {
	var sets settings
	f := r.flags("new", &sets)
	region := f.String("region", "", "")
	sample := f.Bool("sample", false, "")
	if code, ok := r.parse(f, args, 0); !ok {
		return code
	}
	if *region == "" {
		return r.usage("--region is missing")
	}
	partition := partitionOf(*region)
	if _, ok := instance.ParseRef(acw.ViewARN(partition, *region), instance.KindView); !ok || strings.Contains(*region, ":") {
		return r.refuse(fault.New(fault.Invalid, "acw.cli.region", "Region", *region))
	}
	g, compile := acw.New(partition, *region, nil), acw.Compile
	if *sample {
		g = acw.Sample(partition, *region)
		compile = func(g acw.Guide) []byte { return acw.CompileFor(g, acw.SampleName(), acw.SampleDescription()) }
	}
	g, err := acw.Lifted{Guide: g}.Assign(nil, sets...)
	if err == nil {
		err = acw.Validate(g, nil)
	}
	if err != nil {
		return r.refuse(err)
	}
	content := compile(g)
	r.findings(acw.Check(g, nil, content))
	return r.print(append(content, '\n'))
}

// partitionOf is the partition that AWS keeps a Region in.
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func (r guideRun) show(args []string) int {
	f := r.flags("show", nil)
	if code, ok := r.parse(f, args, 1); !ok {
		return code
	}
	_, l, err := r.lift(f.Arg(0))
	if err != nil {
		return r.refuse(err)
	}
	var out strings.Builder
	for _, key := range l.Guide.Keys(nil) {
		if !plainKey(key) {
			l.Unread = append(l.Unread, fault.Msg("acw.unread.key", "Key", strconv.Quote(key)))
			continue
		}
		fmt.Fprintf(&out, "%s=%s\n", key, writeValue(l.Guide.Values[key]))
	}
	if l.Guide.TimeLimit != 0 {
		fmt.Fprintf(&out, "%s=%d\n", acw.KeyTimeLimit, l.Guide.TimeLimit)
	}
	for _, key := range (acw.Guide{Values: l.Nested}).Keys(nil) {
		l.Unread = append(l.Unread, fault.Msg("acw.unread.nested", "Key", key, "Value", l.Nested[key]))
	}
	for _, m := range l.Unread {
		r.say(m)
	}
	return r.print([]byte(out.String()))
}

func (r guideRun) set(args []string) int {
	var sets settings
	f := r.flags("set", &sets)
	if code, ok := r.parse(f, args, 1); !ok {
		return code
	}
	d, l, err := r.lift(f.Arg(0))
	if err != nil {
		return r.refuse(err)
	}
	g, err := l.Assign(nil, sets...)
	if err != nil {
		return r.refuse(err)
	}
	edits, err := acw.Edits(d, g, nil)
	if err != nil {
		return r.refuse(err)
	}
	if len(edits) == 0 {
		r.say(fault.Msg("acw.cli.same"))
		r.findings(acw.Check(g, nil, d.Bytes()))
		return r.print(d.Bytes())
	}
	after, err := d.Edit(edits...)
	if err == nil {
		err = flow.Prove(d.Bytes(), after.Bytes(), edits)
	}
	if err != nil {
		return r.refuse(err)
	}
	r.findings(acw.Check(g, nil, after.Bytes()))
	return r.print(after.Bytes())
}

// lift reads a guide from a file; "-" is standard input.
func (r guideRun) lift(name string) (*flow.Document, acw.Lifted, error) {
	content, err := readInput(name, r.in)
	if err != nil {
		return nil, acw.Lifted{}, fault.New(fault.NotFound, "acw.cli.file", "File", name).Because(err)
	}
	d, err := flow.Parse(content)
	if err != nil {
		return nil, acw.Lifted{}, err
	}
	l, ok := acw.Lift(d)
	if !ok {
		return nil, acw.Lifted{}, fault.New(fault.Invalid, "acw.no-view-block")
	}
	return d, l, nil
}

func (r guideRun) flags(name string, sets *settings) *flag.FlagSet {
	f := flag.NewFlagSet("guide "+name, flag.ContinueOnError)
	if sets != nil {
		f.Var(sets, "set", "")
	}
	return f
}

// parse is false when the command ends here, with its exit code.
func (r guideRun) parse(f *flag.FlagSet, args []string, files int) (int, bool) {
	switch err := readFlags(f, args); {
	case errors.Is(err, flag.ErrHelp):
		return r.print([]byte(guideUsage)), false
	case err != nil:
		return r.usage(err.Error()), false
	case f.NArg() < files:
		return r.usage("FILE is missing"), false
	case f.NArg() > files:
		return r.usage(fmt.Sprintf("unexpected argument %q", f.Arg(files))), false
	}
	return 0, true
}

func (r guideRun) usage(reason string) int {
	if reason != "" {
		fmt.Fprintf(r.err, "wrapup %s: %s\n\n", r.name, reason)
	}
	fmt.Fprint(r.err, guideUsage)
	return exitUsage
}

func (r guideRun) print(document []byte) int {
	if _, err := r.out.Write(document); err != nil {
		return r.refuse(fault.New(fault.Unavailable, "acw.cli.write").Because(err))
	}
	return 0
}

func (r guideRun) say(m fault.Message) { fmt.Fprintln(r.err, plain(i18n.Text(r.ctx, m))) }

// refuse says why, with the cause where the sentence has none of its own.
func (r guideRun) refuse(err error) int {
	m := guideMessage(err)
	text := i18n.Text(r.ctx, m)
	if e := fault.From(err); e.Err != nil && !strings.HasPrefix(m.ID, "flow.") {
		text += fmt.Sprintf(" (%v)", e.Err)
	}
	fmt.Fprintln(r.err, "wrapup guide:", plain(text))
	return exitRefused
}

// guideMessage gives the sentence of an error of the flow package, else what the error itself carries.
func guideMessage(err error) fault.Message {
	var parse *flow.ParseError
	var refused *flow.RefusedError
	var proof *flow.ProofError
	switch {
	case errors.As(err, &parse):
		return fault.Msg("flow.defect."+string(parse.Defect), "Offset", parse.Offset, "Detail", parse.Detail)
	case errors.As(err, &refused):
		return fault.Msg("flow.refused."+refused.Reason, "Block", refused.Block, "Detail", refused.Detail)
	case errors.As(err, &proof):
		return fault.Msg("flow.proof."+proof.What, "Offset", proof.Offset, "Detail", proof.Detail)
	}
	return fault.From(err).Message
}

// findings prints the checks, worst and notes alike, in their order.
func (r guideRun) findings(found []acw.Finding) {
	for _, f := range found {
		at := ""
		if f.Key != "" {
			at = " (" + f.Key + ")"
		}
		fmt.Fprintf(r.err, "%s%s: %s\n", i18n.T(r.ctx, "acw.severity."+string(f.Severity)), plain(at), plain(i18n.Text(r.ctx, f.Message)))
	}
}

// settings collects --set Key=Value.
type settings []acw.Setting

func (s *settings) String() string { return "" }

// Set reads Key=Value, or Key="JSON string".
func (s *settings) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return errors.New("want Key=Value")
	}
	if strings.HasPrefix(value, `"`) {
		var decoded string
		if err := json.Unmarshal([]byte(value), &decoded); err != nil {
			return errors.New("a value that begins with a quote is a JSON string")
		}
		value = decoded
	}
	if !utf8.ValidString(text) {
		return errors.New("the text is not UTF-8")
	}
	*s = append(*s, acw.Setting{Key: key, Value: value})
	return nil
}

// writeValue is the form of a value that --set reads back: as it is, or a JSON string where a line could not hold it or
// where it would be taken for one.
func writeValue(value string) string {
	if !strings.HasPrefix(value, `"`) && strings.IndexFunc(value, unicode.IsControl) < 0 {
		return value
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return strconv.Quote(value) // a string always encodes
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// plainKey says whether a name can stand before "=" in a line and mean itself.
func plainKey(key string) bool {
	return key != "" && key != acw.KeyTimeLimit && !strings.Contains(key, "=") && strings.IndexFunc(key, unicode.IsControl) < 0
}
