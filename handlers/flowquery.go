package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/survey"
)

// flowsPerPage is how many inbound flows one page shows.
const flowsPerPage = 50

// flowGroup gathers verdicts as the coverage line counts them, so that its numbers and the filter agree:
// "do not" is doesNotOpen and opensInPart.
type flowGroup string

const (
	opensGuide  flowGroup = "opens"
	opensInPart flowGroup = "in-part"
	doesNotOpen flowGroup = "does-not"
	cannotTell  flowGroup = "cant-tell"
	notCounted  flowGroup = "not-counted"
)

// flowGroups in the order in which the filter offers them.
var flowGroups = []flowGroup{opensGuide, opensInPart, doesNotOpen, cannotTell, notCounted}

// verdictsByNeed are all verdicts, what needs a person first; sorting by verdict uses it.
var verdictsByNeed = []audit.Verdict{
	audit.Broken, audit.Conflict, audit.WrongEvent, audit.NotWired, audit.Draft, audit.Partial, audit.Unreadable,
	audit.Unknown, audit.Dynamic, audit.ViaCallers, audit.WiredMixed, audit.WiredAttr, audit.WiredLater, audit.Wired,
	audit.CallbackOnly, audit.NoAgent, audit.Guide,
}

func groupOf(r *survey.FlowRow) flowGroup {
	switch {
	case !r.Counted:
		return notCounted
	case r.Covered:
		return opensGuide
	}
	switch r.Report.Verdict {
	case audit.Partial:
		return opensInPart
	case audit.Broken, audit.Draft, audit.WrongEvent, audit.NotWired:
		return doesNotOpen
	}
	return cannotTell // also a flow that opens the guide but is pinned: calls use another version
}

// leadFilters are the answers to "what leads here".
var leadFilters = []string{"number", "resource", "flow", "none", "unknown"}

// flowSorts are the columns a person can sort by, as the address names them.
var flowSorts = []string{"name", "verdict", "points", "guide", "leads", "draft", "modified"}

// flowsQuery is what the address of the inbound-flows page asks for. Whatever it does not understand is left out.
type flowsQuery struct {
	Text  string
	Show  string // a flowGroup or a verdict; empty: all
	Leads string // one of leadFilters; empty: all
	Sort  string // one of flowSorts
	Desc  bool
	Page  int // from 1
}

// maxFilterText bounds the text filter, in bytes: names are 127 characters at most.
const maxFilterText = 600

func parseFlowsQuery(v url.Values) flowsQuery {
	q := flowsQuery{Text: strings.TrimSpace(v.Get("q")), Sort: "name", Page: 1}
	if len(q.Text) > maxFilterText {
		q.Text = strings.ToValidUTF8(q.Text[:maxFilterText], "")
	}
	if s := v.Get("show"); slices.Contains(flowGroups, flowGroup(s)) || slices.Contains(verdictsByNeed, audit.Verdict(s)) {
		q.Show = s
	}
	if s := v.Get("leads"); slices.Contains(leadFilters, s) {
		q.Leads = s
	}
	column, desc := strings.CutPrefix(v.Get("sort"), "-")
	if slices.Contains(flowSorts, column) {
		q.Sort, q.Desc = column, desc
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 {
		q.Page = n
	}
	return q
}

// filtered says whether any filter is set.
func (q flowsQuery) filtered() bool { return q.Text != "" || q.Show != "" || q.Leads != "" }

// href is an address with this query; what is at its default is left out.
func (q flowsQuery) href(path string) string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", q.Text)
	set("show", q.Show)
	set("leads", q.Leads)
	set("sort", q.sortParam())
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// sortParam is the sort as the address writes it; empty for the default.
func (q flowsQuery) sortParam() string {
	switch {
	case q.Desc:
		return "-" + q.Sort
	case q.Sort == "name":
		return ""
	}
	return q.Sort
}

// sortedBy is the query after a click on a column: that column, turned round if it was the one, from page 1.
func (q flowsQuery) sortedBy(column string) flowsQuery {
	q.Desc = q.Sort == column && !q.Desc
	q.Sort, q.Page = column, 1
	return q
}

func (q flowsQuery) onPage(n int) flowsQuery { q.Page = n; return q }

// flowsMatch is what a query selects of a reading.
type flowsMatch struct {
	Rows  []*survey.FlowRow // all that match, sorted
	Total int               // of the reading
	Page  int               // from 1, within Pages
	Pages int               // at least 1
}

// page are the rows that the page shows; first is the number of the first one, from 1.
func (m flowsMatch) page() (rows []*survey.FlowRow, first int) {
	from := (m.Page - 1) * flowsPerPage
	return m.Rows[from:min(from+flowsPerPage, len(m.Rows))], from + 1
}

// selectFlows filters and sorts. A page past the end becomes the last one.
func selectFlows(r *survey.Reading, q flowsQuery) flowsMatch {
	m := flowsMatch{Total: len(r.Flows)}
	text := strings.ToLower(q.Text)
	for i := range r.Flows {
		if row := &r.Flows[i]; q.matches(row, text) {
			m.Rows = append(m.Rows, row)
		}
	}
	sortFlows(m.Rows, q)
	m.Pages = max(1, (len(m.Rows)+flowsPerPage-1)/flowsPerPage)
	m.Page = min(q.Page, m.Pages)
	return m
}

func (q flowsQuery) matches(row *survey.FlowRow, text string) bool {
	if q.Show != "" && q.Show != string(groupOf(row)) && q.Show != string(row.Report.Verdict) {
		return false
	}
	if q.Leads != "" && !ledBy(row, q.Leads) {
		return false
	}
	return text == "" || strings.Contains(strings.ToLower(row.Flow.Name), text) || strings.EqualFold(string(row.Flow.ID), text)
}

func ledBy(row *survey.FlowRow, filter string) bool {
	switch filter {
	case "none":
		return len(row.Leads) == 0 && !row.LeadsUnknown
	case "unknown":
		return row.LeadsUnknown
	}
	return slices.ContainsFunc(row.Leads, func(l survey.Lead) bool { return l.Kind == filter })
}

// sortKey is one row's key, computed once per row.
type sortKey struct {
	row    *survey.FlowRow
	number float64
	text   string
	name   string
}

func sortFlows(rows []*survey.FlowRow, q flowsQuery) {
	keys := make([]sortKey, len(rows))
	for i, r := range rows {
		keys[i] = flowSortKey(r, q.Sort)
	}
	slices.SortStableFunc(keys, func(a, b sortKey) int {
		c := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
		if q.Sort == "name" {
			c = cmp.Compare(a.name, b.name)
		}
		if q.Desc {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a.name, b.name), cmp.Compare(a.row.Flow.ID, b.row.Flow.ID))
	})
	for i, k := range keys {
		rows[i] = k.row
	}
}

func flowSortKey(r *survey.FlowRow, column string) sortKey {
	k := sortKey{row: r, name: strings.ToLower(r.Flow.Name)}
	switch column {
	case "verdict":
		k.number = float64(slices.Index(verdictsByNeed, r.Report.Verdict))
	case "points":
		k.number = 2 // flows that reach no agent come last
		if r.Report.Of > 0 {
			k.number = float64(r.Report.Set) / float64(r.Report.Of)
		}
	case "guide":
		k.text = "\uffff" // no guide: after every name
		if len(r.Report.Guides) > 0 {
			k.text = strings.ToLower(guideTitle(r.Report.Guides[0]))
		}
	case "leads":
		k.number = float64(len(r.Leads))
		if r.LeadsUnknown {
			k.number = -1
		}
	case "draft":
		k.number = float64(slices.Index([]survey.Draft{survey.DraftYes, survey.DraftNotChecked, survey.DraftNone}, r.Draft))
	case "modified":
		k.number = float64(r.Flow.Modified.Unix())
	}
	return k
}

// guideTitle is what people call a guide: its name, else what the flow wrote.
func guideTitle(g audit.GuideUse) string {
	return cmp.Or(g.Health.Name, string(g.ID), g.Ref)
}
