package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// coverageExport is the JSON download of one instance's coverage: one object, its form stable, lists never null. Its members are those
// of the instances in allExport. What flows are counted is that of product.md section 2; a count is of flows unless it says otherwise.
type coverageExport struct {
	Instance ExportInstance   `json:"instance"`
	ReadAt   time.Time        `json:"readAt"`
	Method   survey.Method    `json:"method"`
	Coverage ExportCoverage   `json:"coverage"`
	Verdicts []exportVerdict  `json:"verdicts"` // of all inbound flows: those of one kind and group together
	Numbers  exportNumbers    `json:"numbers"`
	Beside   exportBeside     `json:"beside"`
	Guides   []exportSetGuide `json:"guides"` // that counted flows set, those of most flows first
	Warnings []string         `json:"warnings"`
}

// exportVerdict: Group is "opens", "in-part", "does-not", "cant-tell" or "not-counted". A verdict of another group in "cant-tell"
// is of flows whose calls use another version, or may.
type exportVerdict struct {
	Group   flowGroup     `json:"group"`
	Verdict audit.Verdict `json:"verdict"`
	Label   string        `json:"label"`
	Count   int           `json:"count"`
}

// exportNumbers: of the telephone numbers, and not of flows. NoFlow is a part of CantTell. Where they could not be listed nothing is counted.
type exportNumbers struct {
	ExportCoverage
	Listed  bool           `json:"listed"`
	NoAgent int            `json:"noAgent"`
	NoFlow  int            `json:"noFlow"`
	Rows    []exportNumber `json:"rows"`
}

// exportNumber: without a known flow Flow, Name, Verdict and Label are empty. Version is set where the number uses another version than the one
// that was read.
type exportNumber struct {
	ID      string          `json:"id"`
	Number  string          `json:"number"`
	Country string          `json:"country"`
	Type    string          `json:"type"`
	Flow    instance.FlowID `json:"flow"`
	Name    string          `json:"name"`
	Version string          `json:"version"`
	Verdict audit.Verdict   `json:"verdict"`
	Label   string          `json:"label"`
	Group   flowGroup       `json:"group"`
}

// exportBeside is what the coverage does not count. Callbacks and Tasks are of Published flows, Unseen of the counted ones.
type exportBeside struct {
	Transfers  ExportCoverage `json:"transfers"`
	Outbound   ExportCoverage `json:"outbound"`
	Callbacks  int            `json:"callbacks"`
	Tasks      int            `json:"tasks"`
	Published  int            `json:"published"`
	Unseen     int            `json:"unseen"`
	LeadsKnown bool           `json:"leadsKnown"` // false: what leads to the flows could not be read
}

type exportSetGuide struct {
	exportGuide
	Flows int `json:"flows"`
}

// allExport is the JSON download over all instances. Coverage is of those in Instances; NotRead and NotListed are not in it.
type allExport struct {
	MadeAt    time.Time         `json:"madeAt"`
	Coverage  ExportCoverage    `json:"coverage"`
	Instances []coverageExport  `json:"instances"`
	NotRead   []ExportInstance  `json:"notRead"`
	NotListed []exportNotListed `json:"notListed"`
}

// exportNotListed is an account and Region whose instances could not be listed.
type exportNotListed struct {
	Region  string `json:"region"`
	Account string `json:"account"`
	Error   string `json:"error"`
	Code    string `json:"code"`
}

// ExportCoverageOf is a coverage as downloads have it.
func ExportCoverageOf(c survey.Coverage) ExportCoverage {
	return ExportCoverage{c.Covered, c.Open, c.CantTell, c.Counted}
}

// ExportInstanceOf is an instance as downloads have it.
func ExportInstanceOf(in instance.Instance) ExportInstance {
	return ExportInstance{in.ID, in.Alias, in.ARN, in.Region, in.Account}
}

func exportCovered(ctx context.Context, reading *survey.Reading) coverageExport {
	b, n := reading.Beside, countNumbers(reading)
	e := coverageExport{
		Instance: ExportInstanceOf(reading.Instance), ReadAt: reading.ReadAt.UTC(), Method: reading.Method, Coverage: ExportCoverageOf(reading.Coverage),
		Verdicts: exportVerdicts(ctx, reading), Guides: []exportSetGuide{}, Warnings: []string{},
		Numbers: exportNumbers{ExportCoverage: ExportCoverageOf(n.Coverage), Listed: !reading.NoNumbers, NoAgent: n.NoAgent, NoFlow: n.NoFlow, Rows: []exportNumber{}},
		Beside: exportBeside{
			Transfers: ExportCoverageOf(b.Transfers), Outbound: ExportCoverageOf(b.Outbound), Callbacks: b.Callbacks, Tasks: b.Tasks,
			Published: published(reading), Unseen: b.Unseen, LeadsKnown: !linksUnknown(reading),
		},
	}
	for _, n := range reading.Numbers {
		row := exportNumber{
			ID: n.ID, Number: n.Number.Number, Country: n.Country, Type: n.Type, Flow: n.Flow, Name: n.Name, Version: n.Version, Group: numberGroup(reading, n),
		}
		if n.Known {
			row.Verdict = reading.Flows[n.Row].Report.Verdict
			row.Label = i18n.T(ctx, "verdict."+string(row.Verdict))
		}
		e.Numbers.Rows = append(e.Numbers.Rows, row)
	}
	for _, g := range guidesSet(reading) {
		u := g.use
		e.Guides = append(e.Guides, exportSetGuide{exportGuide{u.Ref, u.ID, u.Health.Name, u.Health.State, u.Health.ACW}, g.flows})
	}
	for _, m := range reading.Warnings {
		e.Warnings = append(e.Warnings, i18n.Text(ctx, m))
	}
	return e
}

func exportVerdicts(ctx context.Context, reading *survey.Reading) []exportVerdict {
	type key struct {
		group   flowGroup
		verdict audit.Verdict
	}
	counts := map[key]int{}
	for i := range reading.Flows {
		counts[key{groupOf(&reading.Flows[i]), reading.Flows[i].Report.Verdict}]++
	}
	list := []exportVerdict{}
	for _, g := range flowGroups {
		for _, verdict := range verdictsByNeed {
			if n := counts[key{g, verdict}]; n > 0 {
				list = append(list, exportVerdict{g, verdict, i18n.T(ctx, "verdict."+string(verdict)), n})
			}
		}
	}
	return list
}

func (h *Coverage) json(w http.ResponseWriter, r *http.Request) error {
	reading, err := h.surveyor.Read(r.Context(), instanceParam(r), false)
	if err != nil {
		return err
	}
	return downloadJSON(w, coverageName("coverage", reading.Instance.Title(), reading.ReadAt, "json"), exportCovered(r.Context(), reading))
}

func (h *Coverage) allJSON(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s := h.survey(ctx)
	e := allExport{
		MadeAt: h.Now().UTC(), Coverage: ExportCoverageOf(s.total), Instances: []coverageExport{}, NotRead: []ExportInstance{}, NotListed: []exportNotListed{},
	}
	for _, in := range s.instances {
		if reading := s.readings[in.ID]; reading != nil {
			e.Instances = append(e.Instances, exportCovered(ctx, reading))
		} else {
			e.NotRead = append(e.NotRead, ExportInstanceOf(in))
		}
	}
	for _, l := range s.listings {
		if l.Err != nil {
			e.NotListed = append(e.NotListed, exportNotListed{l.Source.Region, l.Source.Account, i18n.Text(ctx, l.Err.Message), l.Err.Code})
		}
	}
	return downloadJSON(w, coverageName("coverage", i18n.T(ctx, "coverage.all.file"), h.Now(), "json"), e)
}

func downloadJSON(w http.ResponseWriter, name string, v any) error {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return download(w, "application/json", name, append(body, '\n'))
}

// coverageName is a file's name: what it holds, of what, and the day that it tells of.
func coverageName(what, title string, day time.Time, ext string) string {
	return what + " " + title + " " + day.UTC().Format("2006-01-02") + "." + ext
}

func (h *Coverage) csv(w http.ResponseWriter, r *http.Request) error {
	reading, err := h.surveyor.Read(r.Context(), instanceParam(r), false)
	if err != nil {
		return err
	}
	rows := append([][]string{coverageColumns(r.Context())}, h.coverageRows(r.Context(), reading)...)
	return downloadCSV(w, coverageName("coverage", reading.Instance.Title(), reading.ReadAt, "csv"), rows)
}

// allCSV has the rows of every instance that was read, one row for each that was not, and one for each account and Region that could not be listed.
func (h *Coverage) allCSV(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s := h.survey(ctx)
	rows := [][]string{coverageColumns(ctx)}
	for _, in := range s.instances {
		if reading := s.readings[in.ID]; reading != nil {
			rows = append(rows, h.coverageRows(ctx, reading)...)
		} else {
			rows = append(rows, []string{in.Title(), in.Region, in.Account, i18n.T(ctx, "coverage.all.not-read"), "", "", "", "", ""})
		}
	}
	for _, l := range s.listings {
		if l.Err != nil {
			rows = append(rows, []string{"", l.Source.Region, l.Source.Account, i18n.Text(ctx, l.Err.Message), "", "", "", "", ""})
		}
	}
	return downloadCSV(w, coverageName("coverage", i18n.T(ctx, "coverage.all.file"), h.Now(), "csv"), rows)
}

func coverageColumns(ctx context.Context) []string {
	var out []string
	for _, c := range []string{"all.name", "all.region", "csv.account", "beside.what", "csv.of", "all.covered", "all.open", "all.cant-tell", "csv.read-at"} {
		out = append(out, i18n.T(ctx, "coverage."+c))
	}
	return out
}

// coverageRows are the head line and the lines of their own, each with its denominator. What a line does not tell stays empty.
func (h *Coverage) coverageRows(ctx context.Context, reading *survey.Reading) [][]string {
	in, b, of := reading.Instance, reading.Beside, strconv.Itoa(published(reading))
	row := func(id string, cells ...string) []string {
		return append(append([]string{in.Title(), in.Region, in.Account, i18n.T(ctx, id)}, cells...), reading.ReadAt.UTC().Format(time.RFC3339))
	}
	counts := func(c survey.Coverage) []string {
		return []string{strconv.Itoa(c.Counted), strconv.Itoa(c.Covered), strconv.Itoa(c.Open), strconv.Itoa(c.CantTell)}
	}
	whole := func(c survey.Coverage) []string {
		if reading.Method == survey.ByDescribe { // only those that an inbound flow leads to were read
			return []string{"", "", "", ""}
		}
		return counts(c)
	}
	numbers := row("coverage.csv.numbers", counts(countNumbers(reading).Coverage)...)
	if reading.NoNumbers {
		numbers = row("coverage.csv.numbers.unlisted", "", "", "", "")
	}
	unseen := strconv.Itoa(b.Unseen)
	if linksUnknown(reading) {
		unseen = strconv.Itoa(reading.Coverage.Counted)
	}
	return [][]string{
		row("coverage.csv.inbound", counts(reading.Coverage)...),
		numbers,
		row("coverage.csv.transfers", whole(b.Transfers)...),
		row("coverage.csv.outbound", whole(b.Outbound)...),
		row("coverage.csv.callbacks", of, "", "", strconv.Itoa(b.Callbacks)),
		row("coverage.csv.tasks", of, "", "", strconv.Itoa(b.Tasks)),
		row("coverage.csv.unseen", strconv.Itoa(reading.Coverage.Counted), "", "", unseen),
	}
}

// numbersCSV has a row for each telephone number.
func (h *Coverage) numbersCSV(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	reading, err := h.surveyor.Read(ctx, instanceParam(r), false)
	if err != nil {
		return err
	}
	v := coverPage{ctx, reading, h.Now()}
	rows := [][]string{{
		v.t("coverage.numbers.number"), v.t("flows.column.verdict"), v.t("flows.column.name"), v.t("coverage.csv.version"), v.t("coverage.csv.type"),
		v.t("coverage.csv.country"), v.t("coverage.csv.description"), v.t("flows.csv.id"), v.t("flows.csv.read-at"),
	}}
	for _, n := range reading.Numbers {
		rows = append(rows, []string{
			n.Number.Number, v.numberFigure(n).Status.Text, n.Name, n.Version, n.Type, n.Country, n.Description, string(n.Flow),
			reading.ReadAt.UTC().Format(time.RFC3339),
		})
	}
	return downloadCSV(w, coverageName("telephone numbers", reading.Instance.Title(), reading.ReadAt, "csv"), rows)
}

// downloadCSV answers with a table as spreadsheets read it.
func downloadCSV(w http.ResponseWriter, name string, rows [][]string) error {
	var b bytes.Buffer
	if err := writeCSV(&b, rows); err != nil {
		return err
	}
	return download(w, "text/csv; charset=utf-8", name, b.Bytes())
}
