package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"wrapup/handlers"
	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// auditDoc is the JSON of "wrapup audit --json": one object, its form stable, lists never null. Its members are those of the dashboard's
// download of inbound flows, and more.
type auditDoc struct {
	Instance     handlers.ExportInstance `json:"instance"`
	ReadAt       time.Time               `json:"readAt"`
	Method       survey.Method           `json:"method"`
	MethodReason string                  `json:"methodReason,omitempty"` // why not by search
	Confirmed    bool                    `json:"confirmed"`              // every counted flow was described
	Coverage     handlers.ExportCoverage `json:"coverage"`
	Beside       auditBeside             `json:"beside"`
	Warnings     []string                `json:"warnings"`
	Result       auditResult             `json:"result"`
	Rows         []handlers.ExportRow    `json:"rows"`
}

// auditBeside is what the coverage does not count.
type auditBeside struct {
	Transfers handlers.ExportCoverage `json:"transfers"`
	Outbound  handlers.ExportCoverage `json:"outbound"`
	Callbacks int                     `json:"callbacks"`
	Tasks     int                     `json:"tasks"`
	Unseen    int                     `json:"unseen"`
}

// auditResult is the answer to --fail-on. Found and CantTell are ids of flows.
type auditResult struct {
	Exit     int               `json:"exit"`
	FailOn   []string          `json:"failOn"`
	Found    []instance.FlowID `json:"found"`
	CantTell []instance.FlowID `json:"cantTell"`
	Reasons  []string          `json:"reasons"` // why flows may be missing, or stand for others
}

// print writes the reading in the form that was asked for, in one piece.
func (a *auditRun) print(r *survey.Reading, f found) error {
	var b bytes.Buffer
	var err error
	switch {
	case a.asJSON:
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(a.document(r, f))
	case a.asCSV:
		err = handlers.WriteFlowsCSV(a.ctx, &b, r, handlers.FlowsByName(r))
	default:
		a.table(&b, r, f)
		b = *bytes.NewBuffer(endTrimmed(b.Bytes()))
	}
	if err == nil {
		_, err = b.WriteTo(a.stdout)
	}
	if err == nil && (a.asJSON || a.asCSV) {
		a.answer(a.stderr, f)
	}
	return err
}

func (a *auditRun) document(r *survey.Reading, f found) auditDoc {
	counts := handlers.ExportCoverageOf
	d := auditDoc{
		Instance: handlers.ExportInstanceOf(r.Instance),
		ReadAt:   r.ReadAt.UTC(), Method: r.Method, Confirmed: a.confirm && confirmed(r), Coverage: counts(r.Coverage),
		Beside:   auditBeside{counts(r.Beside.Transfers), counts(r.Beside.Outbound), r.Beside.Callbacks, r.Beside.Tasks, r.Beside.Unseen},
		Warnings: []string{}, Rows: []handlers.ExportRow{},
		Result: auditResult{f.exit(), orNone(f.asked), flowIDs(f.found), flowIDs(f.hiding), orNone(f.untold)},
	}
	if r.MethodReason != nil {
		d.MethodReason = i18n.Text(a.ctx, *r.MethodReason)
	}
	for _, w := range r.Warnings {
		d.Warnings = append(d.Warnings, i18n.Text(a.ctx, w))
	}
	for _, row := range handlers.FlowsByName(r) {
		d.Rows = append(d.Rows, handlers.ExportFlow(a.ctx, r, row))
	}
	return d
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func flowIDs(rows []*survey.FlowRow) []instance.FlowID {
	out := make([]instance.FlowID, len(rows))
	for i, row := range rows {
		out[i] = row.Flow.ID
	}
	return out
}

func verdictLabel(ctx context.Context, row *survey.FlowRow) string {
	return i18n.T(ctx, "verdict."+string(row.Report.Verdict))
}

// table writes the reading for people.
func (a *auditRun) table(b *bytes.Buffer, r *survey.Reading, f found) {
	in := r.Instance
	fmt.Fprintln(b, a.t("cli.audit.head", "Instance", plain(in.Title()), "Region", in.Region, "Account", in.Account, "At", r.ReadAt.UTC().Format("2006-01-02 15:04 MST")))
	fmt.Fprintln(b, handlers.CoverageLine(a.ctx, r.Coverage))
	fmt.Fprintf(b, "%s\n\n", a.t("flows.coverage.workspace"))
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.t("flows.column.name"), a.t("flows.column.verdict"), a.t("flows.column.points"), a.t("flows.column.leads"), a.t("cli.audit.why"))
	for _, row := range handlers.FlowsByName(r) {
		points := a.t("flows.nothing")
		if row.Report.Of > 0 {
			points = a.t("flows.points", "Set", row.Report.Set, "Of", row.Report.Of)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", short(row.Flow.Name), verdictLabel(a.ctx, row), points, plain(a.leads(row)), plain(a.details(row)))
	}
	w.Flush() // to memory: it cannot fail
	fmt.Fprintln(b)
	for _, line := range a.below(r) {
		fmt.Fprintln(b, plain(line))
	}
	a.answer(b, f)
}

func (a *auditRun) t(id string, args ...any) string { return i18n.T(a.ctx, id, args...) }

// leads names what leads to a flow, as far as it can be seen, in a few words.
func (a *auditRun) leads(row *survey.FlowRow) string {
	const shown = 2
	leads := handlers.SortedLeads(row.Leads)
	var words []string
	for _, l := range leads[:min(len(leads), shown)] {
		words = append(words, handlers.LeadText(a.ctx, l))
	}
	text := strings.Join(words, a.t("flows.list-separator"))
	if more := len(leads) - shown; more > 0 {
		text = a.t("flows.leads.more", "Shown", text, "More", more)
	}
	switch {
	case text == "" && row.LeadsUnknown:
		return a.t("flows.leads.unknown")
	case text == "":
		return a.t("flows.leads.none")
	}
	return text
}

// details are the first gap's example route, or why the flow could not be read, after what else is to be known.
func (a *auditRun) details(row *survey.FlowRow) string {
	words := handlers.FlowFlags(a.ctx, row)
	switch why := handlers.UnreadableReason(a.ctx, row); {
	case why != "":
		words = append(words, why)
	case len(row.Report.Gaps) > 0:
		g := row.Report.Gaps[0]
		text := a.t("cli.audit.gap-route", "Kind", a.t("audit.kind."+string(g.Kind)), "Route", routeInWords(a.ctx, g.Steps))
		if more := len(row.Report.Gaps) - 1; more > 0 {
			text = a.t("cli.audit.gap-more", "Gap", text, "Count", more)
		}
		words = append(words, text)
	}
	return strings.Join(words, ". ")
}

// below are the lines beside the coverage, and what the reading could not do.
func (a *auditRun) below(r *survey.Reading) []string {
	var out []string
	line := func(id string, c survey.Coverage) {
		if c.Counted > 0 {
			out = append(out, a.t(id, "Count", c.Counted, "Covered", c.Covered, "Open", c.Open, "CantTell", c.CantTell))
		}
	}
	line("cli.audit.beside.transfers", r.Beside.Transfers)
	line("cli.audit.beside.outbound", r.Beside.Outbound)
	count := func(id string, n int) {
		if n > 0 {
			out = append(out, a.t(id, "Count", n))
		}
	}
	count("cli.audit.beside.callbacks", r.Beside.Callbacks)
	count("cli.audit.beside.tasks", r.Beside.Tasks)
	count("cli.audit.beside.unseen", r.Beside.Unseen)
	if r.MethodReason != nil {
		out = append(out, i18n.Text(a.ctx, *r.MethodReason))
	}
	for _, m := range r.Warnings {
		out = append(out, i18n.Text(a.ctx, m))
	}
	return append(out, handlers.NotFollowed(a.ctx, r)...)
}

// answer says what came of --fail-on.
func (a *auditRun) answer(w io.Writer, f found) {
	if f.notAsked {
		return
	}
	list := func(id string, rows []*survey.FlowRow) {
		if len(rows) == 0 {
			return
		}
		names := make([]string, len(rows))
		for i, row := range rows {
			names[i] = short(row.Flow.Name) + " (" + string(row.Report.Verdict) + ")"
		}
		slices.Sort(names)
		fmt.Fprintln(w, a.t(id, "Count", len(rows), "Flows", strings.Join(names, a.t("flows.list-separator"))))
	}
	list("cli.audit.found", f.found)
	list("cli.audit.hiding", f.hiding)
	for _, why := range f.untold {
		fmt.Fprintln(w, why)
	}
	if f.exit() == exitDone {
		fmt.Fprintln(w, a.t("cli.audit.fine", "List", strings.Join(f.asked, ", ")))
	}
}

// confirmed says whether every counted flow was described.
func confirmed(r *survey.Reading) bool {
	return !slices.ContainsFunc(r.Flows, func(row survey.FlowRow) bool { return row.Counted && (row.Error != nil || !row.ReadAt.After(r.ReadAt)) })
}

// plain is a text as a terminal may show it: what people typed cannot move the cursor, or turn the line round.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// short is a name that leaves room for the rest of a line.
func short(name string) string {
	const most = 40
	if runes := []rune(plain(name)); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return plain(name)
}

// routeInWords is an example route as people tell it: where it starts, each choice on the way, and where it ends. Blocks with one way on are
// left out, unless another flow begins there.
func routeInWords(ctx context.Context, steps []audit.RouteStep) string {
	var out []string
	in := ""
	for i, s := range steps {
		entered := s.Flow != in
		in = s.Flow
		if i > 0 && i < len(steps)-1 && s.Branch == "" && !entered && !s.Why {
			continue
		}
		word := cmp.Or(s.Title, handlers.TypeWords(ctx, s.Type))
		if entered && s.Flow != "" {
			word = cmp.Or(s.FlowName, s.Flow) + ": " + word
		}
		if out = append(out, word); s.Branch != "" {
			out = append(out, handlers.BranchWords(ctx, s.Type, s.Branch))
		}
	}
	return strings.Join(out, " > ")
}
