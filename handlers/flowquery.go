package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/publish"
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
	case r.CannotTell():
		return cannotTell
	}
	return uncovered(r.Report.Verdict)
}

// uncovered is how a counted flow is counted whose published version is the one that calls use, and that is not covered.
func uncovered(v audit.Verdict) flowGroup {
	switch v {
	case audit.Partial:
		return opensInPart
	case audit.Broken, audit.Draft, audit.WrongEvent, audit.NotWired:
		return doesNotOpen
	}
	return cannotTell // also a flow that opens the guide, where what leads to it could not be read
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

	// What follows is no part of an address.
	Picked []string // flows ticked, on this page and others
	Guide  string   // chosen for them, and whether it takes the place of others, where that was before
	Over   bool
	Rules  publish.Rules // which flows are not to be touched
}

// maxFilterText bounds the text filter, in bytes: names are 127 characters at most.
const maxFilterText = 600

func parseFlowsQuery(v url.Values) flowsQuery {
	q := flowsQuery{Text: strings.TrimSpace(v.Get("q")), Sort: "name", Page: 1, Picked: picked(v), Guide: short(v.Get("guide")), Over: v.Get("replace") != ""}
	if len(q.Text) > maxFilterText {
		q.Text = strings.ToValidUTF8(q.Text[:maxFilterText], "")
	}
	if s := v.Get("show"); slices.Contains(flowGroups, flowGroup(s)) || slices.Contains(verdictsByNeed, audit.Verdict(s)) {
		q.Show = s
	}
	if s := v.Get("leads"); slices.Contains(leadFilters, s) {
		q.Leads = s
	}
	column, desc := strings.CutPrefix(cmp.Or(v.Get("by"), v.Get("sort")), "-") // a column that was clicked, in the place of the former order
	if slices.Contains(flowSorts, column) {
		q.Sort, q.Desc = column, desc
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 {
		q.Page = n
	}
	group := v.Get("group") // one that was clicked, in the place of the former filter
	if known := slices.Contains(flowGroups, flowGroup(group)); known || v.Get("clear") != "" {
		q.Text, q.Show, q.Leads = "", "", ""
		if known {
			q.Show = group
		}
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

// filter is what is filtered by, as an address writes it, with what is not set: of a form with other words typed into its fields since, this one
// holds (filteredBy).
func (q flowsQuery) filter() string {
	return url.Values{"q": {q.Text}, "show": {q.Show}, "leads": {q.Leads}}.Encode()
}

// filteredBy reads what filter wrote; anything else, such as "1", stands for the address's own filter.
func filteredBy(filter string, v url.Values) *flowsQuery {
	if own, err := url.ParseQuery(filter); err == nil && own.Has("q") {
		v = own
	}
	q := parseFlowsQuery(v)
	return &q
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

// by is the order as a column's button sends it.
func (q flowsQuery) by() string { return cmp.Or(q.sortParam(), "name") }

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
	Fit   int               // of Rows, how many can be part of a change
}

// page are the rows that the page shows; first is the number of the first one, from 1.
func (m flowsMatch) page() (rows []*survey.FlowRow, first int) {
	from := (m.Page - 1) * flowsPerPage
	return m.Rows[from:min(from+flowsPerPage, len(m.Rows))], from + 1
}

// flowIndex is what every page of a reading needs of its flows, worked out once: their names in lower case, their
// numbers sorted by name, how many are in each group and of each verdict (no two of these share a name), and which can be part of a change
// where no rule says otherwise.
type flowIndex struct {
	reading *survey.Reading
	names   []string
	byName  []int
	counts  map[string]int
	fit     []bool
}

func newFlowIndex(r *survey.Reading) *flowIndex {
	n := len(r.Flows)
	x := &flowIndex{reading: r, names: make([]string, n), byName: make([]int, n), counts: map[string]int{}, fit: make([]bool, n)}
	for i := range r.Flows {
		x.names[i], x.byName[i] = strings.ToLower(r.Flows[i].Flow.Name), i
		x.counts[string(groupOf(&r.Flows[i]))]++
		_, unfit := notChoosable(&r.Flows[i], publish.Rules{})
		x.fit[i] = !unfit
		if !r.Flows[i].Awaited() {
			x.counts[string(r.Flows[i].Report.Verdict)]++
		}
	}
	slices.SortFunc(x.byName, func(a, b int) int {
		return cmp.Or(cmp.Compare(x.names[a], x.names[b]), cmp.Compare(r.Flows[a].Flow.ID, r.Flows[b].Flow.ID))
	})
	return x
}

// selectFlows filters and sorts. A page past the end becomes the last one.
func (x *flowIndex) selectFlows(q flowsQuery) flowsMatch {
	m := flowsMatch{Total: len(x.reading.Flows)}
	text := strings.ToLower(q.Text)
	var keys []sortKey
	for place, i := range x.byName {
		if row := &x.reading.Flows[i]; q.matches(row, x.names[i], text) {
			keys = append(keys, flowSortKey(row, q.Sort, place))
			if x.fit[i] && !q.Rules.Forbids(row.Flow.ID) {
				m.Fit++
			}
		}
	}
	if q.Sort != "name" || q.Desc {
		sortFlows(keys, q.Desc)
	}
	m.Rows = make([]*survey.FlowRow, len(keys))
	for i, k := range keys {
		m.Rows[i] = k.row
	}
	m.Pages = max(1, (len(m.Rows)+flowsPerPage-1)/flowsPerPage)
	m.Page = min(q.Page, m.Pages)
	return m
}

// matches says whether a row is selected; name and text are in lower case.
func (q flowsQuery) matches(row *survey.FlowRow, name, text string) bool {
	if q.Show != "" && q.Show != string(groupOf(row)) && (q.Show != string(row.Report.Verdict) || row.Awaited()) {
		return false
	}
	if q.Leads != "" && !ledBy(row, q.Leads) {
		return false
	}
	return text == "" || strings.Contains(name, text) || strings.EqualFold(string(row.Flow.ID), text)
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

// sortKey is one row's key, computed once per row. Equal keys sort by place.
type sortKey struct {
	row    *survey.FlowRow
	number int64
	text   string
	place  int
}

func sortFlows(keys []sortKey, desc bool) {
	slices.SortFunc(keys, func(a, b sortKey) int {
		c := cmp.Compare(a.number, b.number)
		if c == 0 && a.text != b.text {
			c = cmp.Compare(a.text, b.text)
		}
		if desc {
			c = -c
		}
		if c == 0 {
			c = cmp.Compare(a.place, b.place)
		}
		return c
	})
}

func flowSortKey(r *survey.FlowRow, column string, place int) sortKey {
	k := sortKey{row: r, place: place}
	switch column {
	case "name":
		k.number = int64(place)
	case "verdict":
		if k.number = int64(slices.Index(verdictsByNeed, r.Report.Verdict)); r.Awaited() {
			k.number = int64(len(verdictsByNeed))
		}
	case "points":
		k.number = 2000 // flows that reach no agent come last
		if r.Report.Of > 0 {
			k.number = int64(1000 * r.Report.Set / r.Report.Of)
		}
	case "guide":
		k.text = "\uffff" // no guide: after every name
		if len(r.Report.Guides) > 0 {
			k.text = strings.ToLower(guideTitle(r.Report.Guides[0]))
		}
	case "leads":
		k.number = int64(len(r.Leads))
		if r.LeadsUnknown {
			k.number = -1
		}
	case "draft":
		k.number = int64(slices.Index(draftsByNeed, r.Draft))
	case "modified":
		k.number = r.Flow.Modified.Unix()
	}
	return k
}

// draftsByNeed are the draft states, what needs a person first.
var draftsByNeed = []survey.Draft{survey.DraftYes, survey.DraftNotChecked, survey.DraftNone}

// guideTitle is what people call a guide: its name, else what the flow wrote.
func guideTitle(g audit.GuideUse) string {
	return cmp.Or(g.Health.Name, string(g.ID), g.Ref)
}
