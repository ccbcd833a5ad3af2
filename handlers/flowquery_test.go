package handlers

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

func TestParseFlowsQuery(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in string
		want     flowsQuery
	}{
		{"nothing is all flows by name", "", flowsQuery{Sort: "name", Page: 1}},
		{"everything is read", "q=+Main+&show=not-wired&leads=number&sort=-modified&page=3",
			flowsQuery{Text: "Main", Show: "not-wired", Leads: "number", Sort: "modified", Desc: true, Page: 3}},
		{"a group is a filter too", "show=cant-tell", flowsQuery{Show: "cant-tell", Sort: "name", Page: 1}},
		{"what is not understood is left out", "show=all&leads=x&sort=;drop&page=-4", flowsQuery{Sort: "name", Page: 1}},
		{"a page that is no number is the first", "page=abc", flowsQuery{Sort: "name", Page: 1}},
		{"descending by name is kept", "sort=-name", flowsQuery{Sort: "name", Desc: true, Page: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := url.ParseQuery(c.in)
			if c.in != "sort=;drop" && err != nil && !strings.Contains(c.in, ";") {
				t.Fatal(err)
			}
			got := parseFlowsQuery(v)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			u, err := url.Parse(got.href("/x"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, parseFlowsQuery(u.Query())); diff != "" {
				t.Errorf("the address %s reads otherwise:\n%s", u, diff)
			}
		})
	}
	t.Run("a very long text is cut at a character", func(t *testing.T) {
		t.Parallel()
		got := parseFlowsQuery(url.Values{"q": {strings.Repeat("客", 5000)}})
		if len(got.Text) > maxFilterText || strings.Trim(got.Text, "客") != "" {
			t.Errorf("got %d bytes %q", len(got.Text), got.Text)
		}
	})
}

func TestGroupsAgreeWithTheCoverageLine(t *testing.T) {
	t.Parallel()
	pinned := verdictRow(1, "pinned", audit.Wired)
	pinned.Covered = false
	archived := verdictRow(1, "archived", audit.NotWired)
	archived.Counted = false
	cases := []struct {
		name string
		row  survey.FlowRow
		want flowGroup
	}{
		{"a covered flow opens the guide", verdictRow(1, "a", audit.WiredMixed), opensGuide},
		{"a pinned one can't be told", pinned, cannotTell},
		{"nor can a pinned one without the guide", used(verdictRow(1, "a", audit.NotWired), "3"), cannotTell},
		{"nor one in part", used(verdictRow(1, "a", audit.Partial), "live"), cannotTell},
		{"one that is used as it was read does not open", used(verdictRow(1, "a", audit.NotWired), ""), doesNotOpen},
		{"an archived one is not counted", archived, notCounted},
		{"a guide is not counted", verdictRow(1, "a", audit.Guide), notCounted},
		{"in part", verdictRow(1, "a", audit.Partial), opensInPart},
		{"broken does not open", verdictRow(1, "a", audit.Broken), doesNotOpen},
		{"the wrong event does not open", verdictRow(1, "a", audit.WrongEvent), doesNotOpen},
		{"a draft does not open", verdictRow(1, "a", audit.Draft), doesNotOpen},
	}
	for _, v := range []audit.Verdict{audit.Unreadable, audit.Unknown, audit.Dynamic, audit.Conflict, audit.ViaCallers} {
		cases = append(cases, struct {
			name string
			row  survey.FlowRow
			want flowGroup
		}{string(v) + " can't be told", verdictRow(1, "a", v), cannotTell})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := groupOf(&c.row); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// used is a flow that a telephone number uses in a version.
func used(row survey.FlowRow, version string) survey.FlowRow {
	row.Leads = []survey.Lead{{Kind: survey.LeadNumber, ID: "n", Text: "+491", Version: version}}
	return row
}

func TestNoVerdictIsCalledLikeAGroup(t *testing.T) {
	t.Parallel()
	for _, v := range verdictsByNeed {
		if slices.Contains(flowGroups, flowGroup(v)) {
			t.Errorf("%s is both: the filter would mix them", v)
		}
	}
	if len(verdictsByNeed) != 17 {
		t.Errorf("%d verdicts are sorted; product.md has 17", len(verdictsByNeed))
	}
}

func names(rows []*survey.FlowRow) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Flow.Name)
	}
	return strings.Join(out, " ")
}

// someFlows differ in every column.
func someFlows() *survey.Reading {
	a, b, c, d := verdictRow(1, "Alpha", audit.Wired), verdictRow(2, "beta", audit.NotWired), verdictRow(3, "Gamma", audit.Partial), verdictRow(4, "Ärzte", audit.NoAgent)
	a.Report.Set, a.Report.Of = 2, 2
	a.Report.Guides = []audit.GuideUse{{Ref: string(guideID), ID: guideID, Health: audit.Health{Name: "Zeta guide"}}}
	b.Report.Set, b.Report.Of = 0, 3
	c.Report.Set, c.Report.Of = 1, 3
	c.Report.Guides = []audit.GuideUse{{Ref: string(guideID), ID: guideID, Health: audit.Health{Name: "ACW guide"}}}
	a.Leads = []survey.Lead{{Kind: "number", Text: "+1"}, {Kind: "flow", Text: "beta"}}
	b.LeadsUnknown = true
	c.Leads = []survey.Lead{{Kind: "resource", Text: "chat", Type: "WHATSAPP_MESSAGING_PHONE_NUMBER"}}
	a.Draft, b.Draft, c.Draft = survey.DraftNone, survey.DraftYes, survey.DraftNotChecked
	a.Flow.Modified, b.Flow.Modified = readingTime.Add(-time.Hour), readingTime.Add(-3*time.Hour)
	c.Flow.Modified, d.Flow.Modified = readingTime.Add(-2*time.Hour), readingTime
	return readingOf(a, b, c, d)
}

func TestSelectFlows(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, query, want string }{
		{"by name without regard to case", "", "Alpha beta Gamma Ärzte"},
		{"by name turned round", "sort=-name", "Ärzte Gamma beta Alpha"},
		{"by verdict, what needs a person first", "sort=verdict", "beta Gamma Alpha Ärzte"},
		{"by points, flows that reach no agent last", "sort=points", "beta Gamma Alpha Ärzte"},
		{"by guide, flows without one last", "sort=guide", "Gamma Alpha beta Ärzte"},
		{"by how much leads here, the unknown first", "sort=leads", "beta Ärzte Gamma Alpha"},
		{"by draft", "sort=draft", "beta Gamma Alpha Ärzte"},
		{"by last change, newest first", "sort=-modified", "Ärzte Alpha Gamma beta"},
		{"text is found without regard to case", "q=ärz", "Ärzte"},
		{"an id finds its flow", "q=" + string(flowID(2)), "beta"},
		{"by group", "show=does-not", "beta"},
		{"by verdict alone", "show=partial", "Gamma"},
		{"led to by a number", "leads=number", "Alpha"},
		{"led to by another resource", "leads=resource", "Gamma"},
		{"led to by a flow", "leads=flow", "Alpha"},
		{"nothing known leads here", "leads=none", "Ärzte"},
		{"what leads here can't be seen", "leads=unknown", "beta"},
		{"filters are joined", "q=a&show=opens", "Alpha"},
		{"no match", "q=nothing", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			m := newFlowIndex(someFlows()).selectFlows(parseFlowsQuery(v))
			if got := names(m.Rows); got != c.want || m.Total != 4 {
				t.Errorf("got %q of %d, want %q", got, m.Total, c.want)
			}
		})
	}
}

func TestPagesOfFlows(t *testing.T) {
	t.Parallel()
	rows := make([]survey.FlowRow, 120)
	for i := range rows {
		rows[i] = survey.FlowRow{Flow: instance.Flow{ID: flowID(i), Name: "same"}}
	}
	for _, c := range []struct{ asked, page, first, shown int }{{1, 1, 1, 50}, {3, 3, 101, 20}, {9, 3, 101, 20}} {
		m := newFlowIndex(readingOf(rows...)).selectFlows(flowsQuery{Sort: "name", Page: c.asked})
		shown, first := m.page()
		if m.Page != c.page || m.Pages != 3 || first != c.first || len(shown) != c.shown {
			t.Errorf("page %d: got %d of %d from %d, %d rows", c.asked, m.Page, m.Pages, first, len(shown))
		}
	}
	if m := newFlowIndex(readingOf()).selectFlows(flowsQuery{Sort: "name", Page: 4}); m.Page != 1 || m.Pages != 1 {
		t.Errorf("no flows: page %d of %d", m.Page, m.Pages)
	}
}
