package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// auditDoc is the JSON of "wrapup audit --json": one object, its form stable, lists never null. Its members are those of the dashboard's
// download of inbound flows, and more.
type auditDoc struct {
	Instance     auditInstance `json:"instance"`
	ReadAt       time.Time     `json:"readAt"`
	Method       survey.Method `json:"method"`
	MethodReason string        `json:"methodReason,omitempty"` // why not by search
	Confirmed    bool          `json:"confirmed"`              // every counted flow was described
	Coverage     auditCoverage `json:"coverage"`
	Beside       auditBeside   `json:"beside"`
	Warnings     []string      `json:"warnings"`
	Result       auditResult   `json:"result"`
	Rows         []auditRow    `json:"rows"`
}

type auditInstance struct {
	ID      instance.ID `json:"id"`
	Alias   string      `json:"alias"`
	ARN     string      `json:"arn"`
	Region  string      `json:"region"`
	Account string      `json:"account"`
}

// auditCoverage: counted = covered + open + cantTell.
type auditCoverage struct {
	Covered  int `json:"covered"`
	Open     int `json:"open"`
	CantTell int `json:"cantTell"`
	Counted  int `json:"counted"`
}

// auditBeside is what the coverage does not count.
type auditBeside struct {
	Transfers auditCoverage `json:"transfers"`
	Outbound  auditCoverage `json:"outbound"`
	Callbacks int           `json:"callbacks"`
	Tasks     int           `json:"tasks"`
	Unseen    int           `json:"unseen"`
}

// auditResult is the answer to --fail-on. Found and CantTell are ids of flows.
type auditResult struct {
	Exit     int               `json:"exit"`
	FailOn   []string          `json:"failOn"`
	Found    []instance.FlowID `json:"found"`
	CantTell []instance.FlowID `json:"cantTell"`
	Reasons  []string          `json:"reasons"` // why flows may be missing, or stand for others
}

type auditRow struct {
	Flow       instance.FlowID `json:"flow"`
	ARN        string          `json:"arn"`
	Name       string          `json:"name"`
	State      string          `json:"state"`
	Status     string          `json:"status"`
	Modified   *time.Time      `json:"modified"`
	Hash       string          `json:"hash"` // SHA-256 of the content; empty where it could not be read
	Verdict    audit.Verdict   `json:"verdict"`
	Label      string          `json:"label"`
	Handoffs   []audit.Handoff `json:"handoffs"`
	Exits      []audit.Exit    `json:"exits"`
	Gaps       []audit.Gap     `json:"gaps"`
	Notes      []auditNote     `json:"notes"`
	Error      string          `json:"error,omitempty"`
	Set        int             `json:"set"`
	Of         int             `json:"of"`
	Guides     []auditGuide    `json:"guides"`
	Leads      []auditLead     `json:"leads"`
	LeadsKnown bool            `json:"leadsKnown"`
	Draft      survey.Draft    `json:"draft"`
	Managed    string          `json:"managed"`
	Counted    bool            `json:"counted"`
	Covered    bool            `json:"covered"`
	ReadAt     time.Time       `json:"readAt"`
}

type auditGuide struct {
	Ref    string            `json:"ref"`
	Flow   instance.FlowID   `json:"flow"`
	Name   string            `json:"name"`
	Health audit.HealthState `json:"health"`
	ACW    bool              `json:"acw"`
}

type auditLead struct {
	Kind    string          `json:"kind"`
	Text    string          `json:"text"`
	Flow    instance.FlowID `json:"flow,omitempty"`
	Type    string          `json:"type,omitempty"`
	Version string          `json:"version,omitempty"`
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
		err = writeCSV(a.ctx, &b, r)
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
	in := r.Instance
	d := auditDoc{
		Instance: auditInstance{in.ID, in.Alias, in.ARN, in.Region, in.Account},
		ReadAt:   r.ReadAt.UTC(), Method: r.Method, Confirmed: a.confirm && confirmed(r), Coverage: counts(r.Coverage),
		Beside:   auditBeside{counts(r.Beside.Transfers), counts(r.Beside.Outbound), r.Beside.Callbacks, r.Beside.Tasks, r.Beside.Unseen},
		Warnings: []string{}, Rows: []auditRow{},
		Result: auditResult{f.exit(), orNone(f.asked), flowIDs(f.found), flowIDs(f.hiding), orNone(f.untold)},
	}
	if r.MethodReason != nil {
		d.MethodReason = i18n.Text(a.ctx, *r.MethodReason)
	}
	for _, w := range r.Warnings {
		d.Warnings = append(d.Warnings, i18n.Text(a.ctx, w))
	}
	for _, row := range byName(r) {
		d.Rows = append(d.Rows, auditRowOf(a.ctx, row))
	}
	return d
}

func counts(c survey.Coverage) auditCoverage {
	return auditCoverage{c.Covered, c.Open, c.CantTell, c.Counted}
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

// byName are the rows in the order of the dashboard's table.
func byName(r *survey.Reading) []*survey.FlowRow {
	out := make([]*survey.FlowRow, len(r.Flows))
	for i := range r.Flows {
		out[i] = &r.Flows[i]
	}
	slices.SortFunc(out, func(a, b *survey.FlowRow) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Flow.Name), strings.ToLower(b.Flow.Name)), cmp.Compare(a.Flow.ID, b.Flow.ID))
	})
	return out
}

func auditRowOf(ctx context.Context, row *survey.FlowRow) auditRow {
	f, rep := row.Flow, row.Report
	e := auditRow{
		Flow: f.ID, ARN: f.ARN, Name: f.Name, State: f.State, Status: f.Status, Hash: row.Hash,
		Verdict: rep.Verdict, Label: verdictLabel(ctx, row), Handoffs: orNone(rep.Handoffs), Exits: orNone(rep.Exits), Gaps: orNone(rep.Gaps),
		Notes: []auditNote{}, Guides: []auditGuide{}, Leads: []auditLead{}, Error: whyUnreadable(ctx, row), Set: rep.Set, Of: rep.Of,
		LeadsKnown: !row.LeadsUnknown, Draft: cmp.Or(row.Draft, survey.DraftNotChecked), Managed: row.Managed,
		Counted: row.Counted, Covered: row.Covered, ReadAt: row.ReadAt.UTC(),
	}
	if !f.Modified.IsZero() {
		t := f.Modified.UTC()
		e.Modified = &t
	}
	for _, n := range rep.Notes {
		e.Notes = append(e.Notes, auditNote{strings.TrimPrefix(n.ID, audit.NotePrefix), i18n.Text(ctx, n.Message)})
	}
	for _, g := range rep.Guides {
		e.Guides = append(e.Guides, auditGuide{g.Ref, g.ID, g.Health.Name, g.Health.State, g.Health.ACW})
	}
	for _, l := range leadsInOrder(row.Leads) {
		e.Leads = append(e.Leads, auditLead{l.Kind, l.Text, l.Flow, l.Type, l.Version})
	}
	return e
}

func verdictLabel(ctx context.Context, row *survey.FlowRow) string {
	return i18n.T(ctx, "verdict."+string(row.Report.Verdict))
}

// whyUnreadable is why a flow could not be read or judged; empty where it could.
func whyUnreadable(ctx context.Context, row *survey.FlowRow) string {
	switch {
	case row.Error != nil:
		return i18n.Text(ctx, row.Error.Message)
	case row.Report.Reason != nil:
		return i18n.Text(ctx, *row.Report.Reason)
	}
	return ""
}

// leadsInOrder puts telephone numbers first, then other resources, then flows; each by text.
func leadsInOrder(leads []survey.Lead) []survey.Lead {
	kinds := []string{survey.LeadNumber, survey.LeadResource, survey.LeadFlow}
	out := slices.Clone(leads)
	slices.SortStableFunc(out, func(a, b survey.Lead) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Text, b.Text))
	})
	return out
}

func leadWords(ctx context.Context, l survey.Lead) string {
	if l.Kind != survey.LeadResource {
		return l.Text
	}
	kind := l.Type
	if id := "flows.resource." + l.Type; i18n.Has(id) {
		kind = i18n.T(ctx, id)
	}
	return i18n.T(ctx, "flows.leads.resource", "Type", kind, "Name", l.Text)
}

// flags say what else a person must know to read the verdict.
func flags(ctx context.Context, row *survey.FlowRow) []string {
	var out []string
	if row.Flow.State == instance.StateArchived {
		out = append(out, i18n.T(ctx, "flows.flag.archived"))
	}
	if row.Flow.Status == instance.StatusSaved {
		out = append(out, i18n.T(ctx, "flows.flag.never-published"))
	}
	var versions []string
	for _, l := range row.Leads {
		if l.Version == "" || slices.Contains(versions, l.Version) {
			continue
		}
		versions = append(versions, l.Version)
		id := "flows.flag.pinned"
		if _, err := strconv.Atoi(l.Version); err != nil {
			id = "flows.flag.pinned-alias"
		}
		out = append(out, i18n.T(ctx, id, "Version", l.Version))
	}
	return out
}

// writeCSV writes the rows as the dashboard's download has them: with a byte-order mark, without which Excel spoils names that are not
// English, and lines as in RFC 4180.
func writeCSV(ctx context.Context, b *bytes.Buffer, r *survey.Reading) error {
	b.WriteString("\ufeff")
	w := csv.NewWriter(b)
	w.UseCRLF = true
	var head []string
	for _, c := range []string{
		"column.name", "column.verdict", "csv.set", "csv.of", "column.guide", "column.leads", "column.draft",
		"column.modified", "csv.state", "csv.counted", "csv.managed", "csv.remarks", "csv.id", "csv.read-at",
	} {
		head = append(head, cell(i18n.T(ctx, "flows."+c)))
	}
	if err := w.Write(head); err != nil {
		return err
	}
	for _, row := range byName(r) {
		if err := w.Write(csvCells(ctx, row)); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func csvCells(ctx context.Context, row *survey.FlowRow) []string {
	var guides, leads []string
	for _, g := range row.Report.Guides {
		guides = append(guides, cmp.Or(g.Health.Name, string(g.ID), g.Ref))
	}
	for _, l := range leadsInOrder(row.Leads) {
		leads = append(leads, leadWords(ctx, l))
	}
	if row.LeadsUnknown {
		leads = append(leads, i18n.T(ctx, "flows.leads.unknown"))
	}
	remarks := flags(ctx, row)
	if why := whyUnreadable(ctx, row); why != "" {
		remarks = append(remarks, why)
	}
	for _, n := range row.Report.Notes {
		remarks = append(remarks, i18n.Text(ctx, n.Message))
	}
	counted, modified := i18n.T(ctx, "flows.csv.no"), ""
	if row.Counted {
		counted = i18n.T(ctx, "flows.csv.yes")
	}
	if !row.Flow.Modified.IsZero() {
		modified = row.Flow.Modified.UTC().Format(time.RFC3339)
	}
	cells := []string{
		row.Flow.Name, verdictLabel(ctx, row), strconv.Itoa(row.Report.Set), strconv.Itoa(row.Report.Of),
		strings.Join(guides, "; "), strings.Join(leads, "; "), i18n.T(ctx, "flows.draft."+string(cmp.Or(row.Draft, survey.DraftNotChecked))),
		modified, row.Flow.State, counted, row.Managed, strings.Join(remarks, "; "), string(row.Flow.ID), row.ReadAt.UTC().Format(time.RFC3339),
	}
	for i := range cells {
		cells[i] = cell(cells[i])
	}
	return cells
}

// cell makes a cell harmless to spreadsheets: one that begins like a formula gets an apostrophe (OWASP, CSV injection). The full-width signs
// are read as the plain ones in East Asian locales.
func cell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}

// table writes the reading for people.
func (a *auditRun) table(b *bytes.Buffer, r *survey.Reading, f found) {
	in := r.Instance
	fmt.Fprintln(b, a.t("cli.audit.head", "Instance", plain(in.Title()), "Region", in.Region, "Account", in.Account, "At", r.ReadAt.UTC().Format("2006-01-02 15:04 MST")))
	fmt.Fprintln(b, coverageWords(a.ctx, r.Coverage))
	fmt.Fprintf(b, "%s\n\n", a.t("flows.coverage.workspace"))
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.t("flows.column.name"), a.t("flows.column.verdict"), a.t("flows.column.points"), a.t("flows.column.leads"), a.t("cli.audit.why"))
	for _, row := range byName(r) {
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
	leads := leadsInOrder(row.Leads)
	var words []string
	for _, l := range leads[:min(len(leads), shown)] {
		words = append(words, leadWords(a.ctx, l))
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
	words := flags(a.ctx, row)
	switch why := whyUnreadable(a.ctx, row); {
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
	return out
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

// coverageWords is the head line with its denominator.
func coverageWords(ctx context.Context, c survey.Coverage) string {
	t := func(id string, args ...any) string { return i18n.T(ctx, "flows.coverage"+id, args...) }
	switch {
	case c.Counted == 0:
		return t(".none")
	case c.Counted == 1 && c.Covered == 1:
		return t(".only.opens")
	case c.Counted == 1 && c.Open == 1:
		return t(".only.does-not")
	case c.Counted == 1:
		return t(".only.cant-tell")
	}
	line := t("", "Count", c.Covered, "Counted", c.Counted)
	switch {
	case c.Open > 0 && c.CantTell > 0:
		line += " " + t(".rest", "Count", c.Open, "CantTell", c.CantTell)
	case c.Open > 0:
		line += " " + t(".rest-open", "Count", c.Open)
	case c.CantTell > 0:
		line += " " + t(".rest-cant-tell", "CantTell", c.CantTell)
	}
	return line
}

// routeInWords is an example route as people tell it: where it starts, each choice on the way, and where it ends. Blocks with one way on are
// left out, unless another flow begins there.
func routeInWords(ctx context.Context, steps []audit.RouteStep) string {
	var out []string
	in := ""
	for i, s := range steps {
		entered := s.Flow != in
		in = s.Flow
		if i > 0 && i < len(steps)-1 && s.Branch == "" && !entered {
			continue
		}
		word := cmp.Or(s.Title, typeInWords(ctx, s.Type))
		if entered && s.Flow != "" {
			word = cmp.Or(s.FlowName, s.Flow) + ": " + word
		}
		if out = append(out, word); s.Branch != "" {
			out = append(out, branchInWords(ctx, s.Type, s.Branch))
		}
	}
	return strings.Join(out, " > ")
}

// typeInWords is a block type as the flow designer names it; an unknown one as the flow writes it.
func typeInWords(ctx context.Context, t string) string {
	if id := "flows.block." + t; i18n.Has(id) {
		return i18n.T(ctx, id)
	}
	return cmp.Or(t, i18n.T(ctx, "flows.block.no-type"))
}

// branchInWords says which way out of a block of type t a branch is: "press 2", "queue is full".
func branchInWords(ctx context.Context, t, branch string) string {
	for _, id := range []string{"flows.branch." + branch, "flows.branch." + t + "." + branch} {
		if i18n.Has(id) {
			return i18n.T(ctx, id)
		}
	}
	operator, operand, _ := strings.Cut(branch, " ")
	for _, id := range []string{"flows.branch." + t + "." + operator, "flows.branch." + operator} {
		if i18n.Has(id) {
			return i18n.T(ctx, id, "Value", operand)
		}
	}
	return branch
}
