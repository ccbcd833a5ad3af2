package handlers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// flowsExport is the JSON download of an instance's inbound flows: one object, its form stable, lists never null.
// The fields of a row that "wrapup flow audit --json" also has are named as there.
type flowsExport struct {
	Instance ExportInstance `json:"instance"`
	ReadAt   time.Time      `json:"readAt"`
	Method   survey.Method  `json:"method"`
	Coverage ExportCoverage `json:"coverage"`
	Rows     []ExportRow    `json:"rows"`
}

// ExportInstance is an instance in downloads and in what the command line prints, as ExportCoverage and ExportRow are.
type ExportInstance struct {
	ID      instance.ID `json:"id"`
	Alias   string      `json:"alias"`
	ARN     string      `json:"arn"`
	Region  string      `json:"region"`
	Account string      `json:"account"`
}

// ExportCoverage is of the whole instance, also where the rows are filtered. Counted = covered + open + cantTell.
type ExportCoverage struct {
	Covered  int `json:"covered"`
	Open     int `json:"open"`
	CantTell int `json:"cantTell"`
	Counted  int `json:"counted"`
}

// ExportRow is one inbound flow with all that is known of it. Lists are never null.
type ExportRow struct {
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
	Notes      []exportNote    `json:"notes"`
	Error      string          `json:"error,omitempty"`
	Set        int             `json:"set"`
	Of         int             `json:"of"`
	Guides     []exportGuide   `json:"guides"`
	Leads      []exportLead    `json:"leads"`
	LeadsKnown bool            `json:"leadsKnown"`
	Draft      survey.Draft    `json:"draft"`
	Managed    string          `json:"managed"`
	Counted    bool            `json:"counted"`
	Covered    bool            `json:"covered"`
	ReadAt     time.Time       `json:"readAt"`
}

type exportNote struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// exportGuide is a guide that contacts of the flow open. Ref is the value as the flow writes it.
type exportGuide struct {
	Ref    string            `json:"ref"`
	Flow   instance.FlowID   `json:"flow"`
	Name   string            `json:"name"`
	Health audit.HealthState `json:"health"`
	ACW    bool              `json:"acw"`
}

type exportLead struct {
	Kind    string          `json:"kind"`
	Text    string          `json:"text"`
	Flow    instance.FlowID `json:"flow,omitempty"`
	Type    string          `json:"type,omitempty"`
	Version string          `json:"version,omitempty"`
}

// json downloads what the address's filter selects, in its order, all pages.
func (h *Flows) json(w http.ResponseWriter, r *http.Request) error {
	reading, err := h.surveyor.Read(r.Context(), instanceParam(r), false)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(exportReading(r.Context(), h.index(reading), parseFlowsQuery(r.URL.Query())), "", "  ")
	if err != nil {
		return err
	}
	return download(w, "application/json", exportName(reading, "json"), append(body, '\n'))
}

func exportReading(ctx context.Context, x *flowIndex, q flowsQuery) flowsExport {
	reading := x.reading
	e := flowsExport{
		Instance: ExportInstanceOf(reading.Instance),
		ReadAt:   reading.ReadAt.UTC(),
		Method:   reading.Method,
		Coverage: ExportCoverageOf(reading.Coverage),
		Rows:     []ExportRow{},
	}
	for _, row := range x.selectFlows(q).Rows {
		e.Rows = append(e.Rows, ExportFlow(ctx, reading, row))
	}
	return e
}

// ExportFlow is the row of a flow of a reading.
func ExportFlow(ctx context.Context, reading *survey.Reading, row *survey.FlowRow) ExportRow {
	f, rep := row.Flow, row.Report
	e := ExportRow{
		Flow: f.ID, ARN: f.ARN, Name: f.Name, State: f.State, Status: f.Status, Hash: row.Hash,
		Verdict: rep.Verdict, Label: i18n.T(ctx, "verdict."+string(rep.Verdict)),
		Handoffs: orEmpty(rep.Handoffs), Exits: orEmpty(rep.Exits), Gaps: orEmpty(rep.Gaps),
		Notes: []exportNote{}, Guides: []exportGuide{}, Leads: []exportLead{},
		Error: UnreadableReason(ctx, row), Set: rep.Set, Of: rep.Of,
		LeadsKnown: !row.LeadsUnknown, Draft: cmp.Or(row.Draft, survey.DraftNotChecked),
		Managed: row.Managed, Counted: row.Counted, Covered: row.Covered, ReadAt: row.ReadAt.UTC(),
	}
	if !f.Modified.IsZero() {
		t := f.Modified.UTC()
		e.Modified = &t
	}
	for i, text := range noteTexts(ctx, reading, row) {
		e.Notes = append(e.Notes, exportNote{strings.TrimPrefix(rep.Notes[i].ID, audit.NotePrefix), text})
	}
	for _, g := range rep.Guides {
		e.Guides = append(e.Guides, exportGuide{g.Ref, g.ID, g.Health.Name, g.Health.State, g.Health.ACW})
	}
	for _, l := range SortedLeads(row.Leads) {
		e.Leads = append(e.Leads, exportLead{l.Kind, l.Text, l.Flow, l.Type, l.Version})
	}
	return e
}

// noteTexts are a flow's notes with blocks and flows called as its page calls them, as far as that is known without its content.
func noteTexts(ctx context.Context, reading *survey.Reading, row *survey.FlowRow) (out []string) {
	page := newFlowPage(ctx, reading.Instance, reading, &survey.FlowDetail{Row: *row}, reading.ReadAt)
	for _, n := range row.Report.Notes {
		out = append(out, page.note(n).Text)
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// UnreadableReason is why a flow could not be read or judged; empty where it could.
func UnreadableReason(ctx context.Context, row *survey.FlowRow) string {
	switch {
	case row.Error != nil:
		return i18n.Text(ctx, row.Error.Message)
	case row.Report.Reason != nil:
		return i18n.Text(ctx, *row.Report.Reason)
	}
	return ""
}

// csv downloads what the address's filter selects, in its order, all pages.
func (h *Flows) csv(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reading, err := h.surveyor.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := WriteFlowsCSV(ctx, &b, reading, h.index(reading).selectFlows(parseFlowsQuery(r.URL.Query())).Rows); err != nil {
		return err
	}
	return download(w, "text/csv; charset=utf-8", exportName(reading, "csv"), b.Bytes())
}

// FlowsByName are a reading's inbound flows in the order of their table.
func FlowsByName(reading *survey.Reading) []*survey.FlowRow {
	return newFlowIndex(reading).selectFlows(flowsQuery{Sort: "name"}).Rows
}

// WriteFlowsCSV writes inbound flows of a reading as a table for spreadsheets.
func WriteFlowsCSV(ctx context.Context, w io.Writer, reading *survey.Reading, rows []*survey.FlowRow) error {
	table := [][]string{csvHeader(ctx)}
	for _, row := range rows {
		table = append(table, csvRow(ctx, reading, row))
	}
	return writeCSV(w, table)
}

// writeCSV writes a table as RFC 4180 says, its cells made harmless. It begins with a byte-order mark: without it Excel reads UTF-8 as the
// machine's own code page and spoils every name that is not English.
func writeCSV(w io.Writer, table [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range table {
		for i := range row {
			row[i] = csvCell(row[i])
		}
	}
	return out.WriteAll(table)
}

func csvHeader(ctx context.Context) []string {
	var out []string
	for _, c := range []string{
		"column.name", "column.verdict", "csv.set", "csv.of", "column.guide", "column.leads", "column.draft",
		"column.modified", "csv.state", "csv.counted", "csv.managed", "csv.remarks", "csv.id", "csv.read-at",
	} {
		out = append(out, i18n.T(ctx, "flows."+c))
	}
	return out
}

func csvRow(ctx context.Context, reading *survey.Reading, row *survey.FlowRow) []string {
	var guides, leads []string
	for _, g := range row.Report.Guides {
		guides = append(guides, guideTitle(g))
	}
	for _, l := range SortedLeads(row.Leads) {
		leads = append(leads, LeadText(ctx, l))
	}
	if row.LeadsUnknown {
		leads = append(leads, i18n.T(ctx, "flows.leads.unknown"))
	}
	remarks := FlowFlags(ctx, row)
	if reason := UnreadableReason(ctx, row); reason != "" {
		remarks = append(remarks, reason)
	}
	remarks = append(remarks, noteTexts(ctx, reading, row)...)
	counted := i18n.T(ctx, "flows.csv.no")
	if row.Counted {
		counted = i18n.T(ctx, "flows.csv.yes")
	}
	modified := ""
	if !row.Flow.Modified.IsZero() {
		modified = row.Flow.Modified.UTC().Format(time.RFC3339)
	}
	return []string{
		row.Flow.Name, i18n.T(ctx, "verdict."+string(row.Report.Verdict)), strconv.Itoa(row.Report.Set), strconv.Itoa(row.Report.Of),
		strings.Join(guides, "; "), strings.Join(leads, "; "), draftText(ctx, row.Draft), modified, row.Flow.State, counted,
		row.Managed, strings.Join(remarks, "; "), string(row.Flow.ID), row.ReadAt.UTC().Format(time.RFC3339),
	}
}

// csvCell makes a cell harmless to spreadsheets: one that begins like a formula gets an apostrophe, which they take
// for "this is text". Tab, carriage return and line feed are skipped before a formula; the full-width signs are read
// as the plain ones in East Asian locales. Rule: OWASP, CSV injection.
func csvCell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}

// exportName is the file's name: the instance's and the day of the reading.
func exportName(reading *survey.Reading, ext string) string {
	return "inbound flows " + reading.Instance.Title() + " " + reading.ReadAt.UTC().Format("2006-01-02") + "." + ext
}

// download answers with a file of exactly these bytes. The name may be anything a person typed.
func download(w http.ResponseWriter, contentType, name string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": safeFileName(name)}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // the client went away; there is nobody to tell
	return nil
}

// maxFileName bounds a file's name in characters; file systems take 255 bytes.
const maxFileName = 60

// safeFileName takes out what file systems and shells trip over; an extension stays at the end.
func safeFileName(name string) string {
	clean := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || strings.ContainsRune(`/\:*?"<>|%`, c) || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return '-'
		}
		return c
	}, strings.ToValidUTF8(name, "-"))
	dot := strings.LastIndexByte(clean, '.')
	stem, ext := clean[:max(dot, 0)], clean[max(dot, 0):]
	if runes := []rune(stem); len(runes) > maxFileName {
		stem = string(runes[:maxFileName])
	}
	return cmp.Or(strings.Trim(stem, " ."), "flow") + ext
}
