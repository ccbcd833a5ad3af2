package handlers

import (
	"cmp"
	"slices"
	"strings"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
	"wrapup/views/coverage"
	"wrapup/views/ui"
)

// numbersShown is how many telephone numbers a page shows at first.
const numbersShown = 50

// numbersCount counts telephone numbers as the head line counts flows. The counted ones are those of which it is not known that
// their flow reaches no agent; NoFlow are those of CantTell of which no flow is known.
type numbersCount struct {
	survey.Coverage
	NoAgent, NoFlow int
}

// numberGroup says what the calls of a number get. A number that plays the version that was read is not held back by another
// resource that plays an older one.
func numberGroup(reading *survey.Reading, n survey.NumberRow) flowGroup {
	if !n.Known || n.Version != "" {
		return cannotTell
	}
	row := &reading.Flows[n.Row]
	switch {
	case row.Flow.State == instance.StateArchived || row.Flow.Status == instance.StatusSaved:
		return cannotTell
	case !row.Counted:
		return notCounted
	case isWired(row.Report.Verdict):
		return opensGuide
	}
	return uncovered(row.Report.Verdict)
}

func countNumbers(reading *survey.Reading) (c numbersCount) {
	for _, n := range reading.Numbers {
		if !n.Known {
			c.NoFlow++
		}
		switch numberGroup(reading, n) {
		case opensGuide:
			c.Covered++
		case opensInPart, doesNotOpen:
			c.Open++
		case cannotTell:
			c.CantTell++
		case notCounted:
			c.NoAgent++
		}
	}
	c.Counted = c.Covered + c.Open + c.CantTell
	return c
}

// linksUnknown says that what leads to the flows could not be read.
func linksUnknown(reading *survey.Reading) bool {
	return slices.ContainsFunc(reading.Flows, func(r survey.FlowRow) bool { return r.LeadsUnknown })
}

// numbers is the table by telephone number; all shows every one.
func (v coverPage) numbers(all bool) ui.TableProps {
	list := v.reading.Numbers
	t := ui.TableProps{ID: "numbers", Title: v.t("coverage.numbers"), Count: countIn(len(list)), Stack: true, Description: v.numbersLine(), Columns: []ui.Column{
		{Text: v.t("coverage.numbers.number")}, {Text: v.t("flows.column.verdict")}, {Text: v.t("flows.column.name"), Wide: true},
	}}
	t.Empty = &ui.EmptyProps{Title: v.t("coverage.numbers.none"), Text: v.t("coverage.numbers.none.text")}
	if v.reading.NoNumbers {
		t.Count, t.Empty = "", &ui.EmptyProps{Title: v.t("coverage.numbers.unlisted"), Text: v.t("coverage.numbers.unlisted.text")}
	}
	id := v.reading.Instance.ID
	shown := list
	if !all && len(list) > numbersShown+1 {
		shown = list[:numbersShown]
	}
	for _, n := range shown {
		t.Rows = append(t.Rows, v.numberRow(n))
	}
	var buttons []ui.LinkButtonProps
	if len(shown) < len(list) {
		buttons = append(buttons, ui.LinkButtonProps{Text: v.t("coverage.numbers.all", "Count", len(list)), Href: coveragePath(id) + "?numbers=all#numbers"})
	}
	if len(list) > 0 {
		csv := ui.LinkButtonProps{Text: v.t("flows.download.csv"), Href: "/instances/" + string(id) + "/numbers.csv", Icon: ui.IconDownload, Download: true}
		t.Actions = links(append(buttons, csv)...)
	}
	return t
}

// links sets link buttons in a row.
func links(list ...ui.LinkButtonProps) page { return coverage.Buttons(list) }

func (v coverPage) numberRow(n survey.NumberRow) ui.Row {
	f := v.numberFigure(n)
	flow := ui.Cell{Text: v.t("flows.nothing")}
	if n.Known {
		flow = ui.Cell{Text: cmp.Or(n.Name, string(n.Flow)), Href: flowPath(v.reading.Instance.ID, n.Flow)}
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: cmp.Or(n.Number.Number, n.ID), Small: n.Description}, {Content: coverage.FigureOf(f)}, flow,
	}}
}

// numberFigure is what is known of a number's calls.
func (v coverPage) numberFigure(n survey.NumberRow) coverage.Figure {
	if !n.Known {
		id := "coverage.numbers.no-flow"
		if linksUnknown(v.reading) {
			id = "coverage.numbers.unseen"
		}
		return coverage.Figure{Status: ui.StatusProps{Kind: ui.Pending, Text: v.t(id)}}
	}
	row := v.reading.Flows[n.Row]
	row.Leads = slices.DeleteFunc(slices.Clone(row.Leads), func(l survey.Lead) bool { return l.Kind != survey.LeadNumber || l.ID != strings.ToLower(n.ID) })
	f := coverage.Figure{Status: verdictStatus(v.ctx, &row)}
	switch g := numberGroup(v.reading, n); {
	case g == opensGuide:
		f.Status.Kind = ui.Success
	case g == cannotTell && f.Status.Kind == ui.Success:
		f.Status.Kind = ui.Warning
	}
	for _, flag := range FlowFlags(v.ctx, &row) {
		f.Badges = append(f.Badges, ui.BadgeProps{Text: flag})
	}
	return f
}

// numbersLine is the numbers' head line, with its denominator.
func (v coverPage) numbersLine() string {
	c := countNumbers(v.reading)
	if c.Counted+c.NoAgent == 0 {
		return ""
	}
	line := v.t("coverage.numbers.line.none")
	if c.Counted > 0 {
		line = v.t("coverage.numbers.line", "Count", c.Covered, "Counted", c.Counted)
	}
	if rest := coverageRest(v.ctx, c.Coverage); rest != "" {
		line = sentences(v.ctx, line, rest)
	}
	if c.NoFlow > 0 && !linksUnknown(v.reading) {
		line = sentences(v.ctx, line, v.t("coverage.numbers.line.no-flow", "Count", c.NoFlow))
	}
	if c.NoAgent > 0 {
		line = sentences(v.ctx, line, v.t("coverage.numbers.line.no-agent", "Count", c.NoAgent))
	}
	return line
}

// besideLines are the lines of their own, in order. Their ids are part of the JSON's form.
var besideLines = []string{"transfers", "outbound", "callbacks", "tasks", "unseen", "custom"}

// beside is what the head line does not count, each with its denominator and what can't be seen.
func (v coverPage) beside() ui.TableProps {
	t := ui.TableProps{ID: "beside", Title: v.t("coverage.beside"), Stack: true, Description: v.t("coverage.beside.text"), Columns: []ui.Column{
		{Text: v.t("coverage.beside.what")}, {Text: v.t("coverage.beside.status"), Wide: true}, {Text: v.t("coverage.beside.means"), Wide: true},
	}}
	for _, line := range besideLines {
		name := ui.Cell{Text: v.t("coverage.beside." + line)}
		if line == "transfers" || line == "outbound" {
			name.Href = otherFlowsPath(v.reading.Instance.ID)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			name,
			{Content: coverage.FigureOf(coverage.Figure{Status: v.besideStatus(line)})},
			{Text: v.t("coverage.beside." + line + ".means")},
		}})
	}
	return t
}

func (v coverPage) besideStatus(line string) ui.StatusProps {
	b := v.reading.Beside
	switch line {
	case "transfers":
		return v.figure("coverage.beside.transfers", b.Transfers)
	case "outbound":
		return v.figure("coverage.beside.outbound", b.Outbound)
	case "callbacks":
		return v.makes(line, b.Callbacks)
	case "tasks":
		return v.makes(line, b.Tasks)
	case "unseen":
		return v.unseen()
	}
	return ui.StatusProps{Kind: ui.Pending, Text: v.t("coverage.beside.custom.line")}
}

// figure is a count of flows with its denominator; id names the sentences.
func (v coverPage) figure(id string, c survey.Coverage) ui.StatusProps {
	s := ui.StatusProps{Kind: ui.Info, Text: v.t(id + ".none")}
	if c.Counted > 0 {
		s = ui.StatusProps{Kind: coverageStatus(c), Text: v.t(id+".line", "Count", c.Covered, "Counted", c.Counted)}
		if rest := coverageRest(v.ctx, c); rest != "" {
			s.Text = sentences(v.ctx, s.Text, rest)
		}
	}
	if v.reading.Method == survey.ByDescribe {
		s.Text = sentences(v.ctx, s.Text, v.t("coverage.beside.followed"))
		if s.Kind != ui.Warning {
			s.Kind = ui.Pending
		}
	}
	return s
}

// makes says how many of the active, published inbound flows make contacts of another kind.
func (v coverPage) makes(line string, n int) ui.StatusProps {
	of := published(v.reading)
	switch {
	case of == 0:
		return ui.StatusProps{Kind: ui.Info, Text: v.t("coverage.beside.nothing-published")}
	case n == 0:
		return ui.StatusProps{Kind: ui.Info, Text: v.t("coverage.beside."+line+".none", "Count", of)}
	}
	return ui.StatusProps{Kind: ui.Pending, Text: v.t("coverage.beside."+line+".line", "Count", n, "Of", of)}
}

func (v coverPage) unseen() ui.StatusProps {
	n, of := v.reading.Beside.Unseen, v.reading.Coverage.Counted
	switch {
	case linksUnknown(v.reading):
		return ui.StatusProps{Kind: ui.Pending, Text: v.t("coverage.beside.unseen.unknown")}
	case of == 0:
		return ui.StatusProps{Kind: ui.Info, Text: v.t("coverage.beside.nothing-counted")}
	case n == 0:
		return ui.StatusProps{Kind: ui.Info, Text: v.t("coverage.beside.unseen.none", "Count", of)}
	}
	return ui.StatusProps{Kind: ui.Pending, Text: v.t("coverage.beside.unseen.line", "Count", n, "Of", of)}
}

// published counts the active, published inbound flows.
func published(reading *survey.Reading) (n int) {
	for i := range reading.Flows {
		if f := &reading.Flows[i].Flow; f.State != instance.StateArchived && f.Status != instance.StatusSaved {
			n++
		}
	}
	return n
}

// tookFrom says how an instance was read, in words.
func (v coverPage) tookFrom() []string {
	out := []string{v.t("coverage.method." + string(v.reading.Method))}
	if v.reading.MethodReason != nil {
		out = append(out, i18n.Text(v.ctx, *v.reading.MethodReason))
	}
	if text := v.confirmed(); text != "" {
		out = append(out, text)
	}
	return out
}
