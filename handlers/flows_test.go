package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

var flowsAt = flowsPath(salesID)

// hostileNames are names that a person may have given a flow.
var hostileNames = []string{
	`<b>bold</b><script>alert(1)</script>`, `"quotes" & 'apostrophes'`, "客服主流程 😀", strings.Repeat("W", 300), "شارع \u202egnp.exe",
	`=HYPERLINK("http://example.com")`, "   ", "javascript:alert(1)",
}

func TestFlowsPage(t *testing.T) {
	t.Parallel()
	main := rowOf(1, "Main menu", menuFlow)
	main.Leads = []survey.Lead{{Kind: "flow", Text: "Night", Flow: flowID(2)}, {Kind: "number", Text: "+49 30 1234"}, {Kind: "number", Text: "+49 30 5678", Version: "3"}}
	main.Managed = "CloudFormation"
	main.Draft = survey.DraftYes
	quiet := verdictRow(2, "Night", audit.NoAgent)
	quiet.LeadsUnknown, quiet.Draft = true, survey.DraftNotChecked
	reading := readingOf(main, quiet)
	t.Run("a flow has its verdict, points, guide, leads and draft", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{last: reading}, people.Publisher).page(t, flowsAt, http.StatusOK)
		want := []string{
			"Main menu In part Calls still use version 3 Managed by CloudFormation 1 of 2 ACW guide +49 30 1234, +49 30 5678 +1 more Yes 20 Nov 2026, 07:47 UTC",
			"Night Does not reach an agent Does not reach an agent – – Can't see what leads here Not checked 20 Nov 2026, 07:47 UTC",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#flows tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := text(doc.Find("#flows-title")); got != "Inbound flows (2)" {
			t.Errorf("the table is called %q", got)
		}
		if got := doc.Find("#flows tbody th a").First().AttrOr("href", ""); got != flowsAt+"/"+string(flowID(1)) {
			t.Errorf("the name leads to %q", got)
		}
		if got := text(doc.Find("#flows .container-header p")); got != "Read 4 minutes ago (22 Nov 2026, 07:47 UTC)" {
			t.Errorf("read at: %q", got)
		}
		if got := texts(doc.Find(".tabs a")); cmp.Diff([]string{"Inbound flows (2)", "Guides (0)", "Other flows (0)", "Coverage", "Agents", "Rules"}, got) != "" {
			t.Errorf("tabs %q", got)
		}
	})
	t.Run("the head line has its denominator and what agents also need", func(t *testing.T) {
		t.Parallel()
		got := text(newReadingPages(&surveyorInMemory{last: reading}, people.Viewer).page(t, flowsAt, http.StatusOK).Find("#coverage"))
		for _, want := range []string{
			"Whether the only inbound flow that reaches agents opens the guide can't be told.",
			"Agents also need the agent workspace and the Custom views permission.",
			"1 other flow is not counted",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %q", want, got)
			}
		}
	})
	t.Run("a publisher can select what can be changed", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{last: reading}, people.Publisher).page(t, flowsAt, http.StatusOK)
		boxes := doc.Find("#flows tbody input[type=checkbox]")
		if boxes.Length() != 2 || boxes.Filter("[disabled]").Length() != 1 {
			t.Fatalf("%d boxes", boxes.Length())
		}
		box := boxes.First()
		if box.AttrOr("name", "") != "flow" || box.AttrOr("value", "") != string(flowID(1)) || box.AttrOr("aria-label", "") != "Select Main menu" {
			t.Errorf("the box is %v", box.Nodes[0].Attr)
		}
		form := doc.Find("form#" + box.AttrOr("form", "none"))
		if form.AttrOr("method", "") != "get" || form.AttrOr("action", "") != "/instances/"+string(salesID)+"/changes/new" || form.Find("button[disabled]").Length() != 0 {
			t.Errorf("the form is %s", text(form))
		}
	})
	t.Run("a viewer sees why not", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{last: reading}, people.Viewer).page(t, flowsAt, http.StatusOK)
		if doc.Find("#flows tbody input").Length() != 0 {
			t.Error("there are boxes")
		}
		form := doc.Find("form#" + addFormID)
		if form.Find("button[disabled]").Length() != 1 || !strings.Contains(text(form), "Your role is Viewer. Adding the guide needs the role") {
			t.Errorf("got %q", text(form))
		}
	})
	t.Run("downloads carry the filter, not the page", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{last: reading}, people.Viewer).page(t, flowsAt+"?q=main&page=7&sort=-modified", http.StatusOK)
		var got []string
		for _, a := range doc.Find("#flows .container-header a[download]").EachIter() {
			got = append(got, a.AttrOr("href", ""))
		}
		want := []string{flowsAt + ".csv?q=main&sort=-modified", flowsAt + ".json?q=main&sort=-modified"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("no match offers to clear the filter and keeps the sort", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{last: reading}, people.Viewer).page(t, flowsAt+"?q=zzz&sort=points", http.StatusOK)
		if got := text(doc.Find("#flows .empty")); !strings.HasPrefix(got, "No matches") {
			t.Errorf("got %q", got)
		}
		if got := doc.Find("#flows .empty a").AttrOr("href", ""); got != flowsAt+"?sort=points" {
			t.Errorf("it leads to %q", got)
		}
		if got := doc.Find(".filter input[name=q]").AttrOr("value", ""); got != "zzz" {
			t.Errorf("the box holds %q", got)
		}
		if got := doc.Find(".filter input[type=hidden][name=sort]").AttrOr("value", ""); got != "points" {
			t.Errorf("the form would lose the sort: %q", got)
		}
	})
	t.Run("no flows names the next step", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{last: readingOf()}, people.Publisher).page(t, flowsAt, http.StatusOK)
		if got := text(doc.Find("#flows .empty-title")); got != "No inbound flows" || doc.Find(".filter").Length() != 0 || doc.Find("#"+addFormID).Length() != 0 {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a failed load is an alert with Retry, never an empty table", func(t *testing.T) {
		t.Parallel()
		for kind, status := range map[fault.Kind]int{fault.Denied: 403, fault.Throttled: 429, fault.Unavailable: 503, fault.Internal: 500} {
			s := &surveyorInMemory{readErr: &fault.Error{Kind: kind, Message: fault.Msg("fault.internal"), Code: "SomeException", RequestID: "req-7"}}
			doc := newReadingPages(s, people.Viewer).page(t, flowsAt+"?q=x", status)
			alert := doc.Find("#flows .alert-error")
			if doc.Find("#flows table, #flows .empty").Length() != 0 || alert.Length() != 1 {
				t.Fatalf("%v: %s", kind, text(doc.Find("main")))
			}
			if got := text(alert); !strings.Contains(got, "Code SomeException") || !strings.Contains(got, "Request req-7") {
				t.Errorf("%v: %q", kind, got)
			}
			if got := alert.Find("a").AttrOr("href", ""); got != flowsAt+"?q=x" {
				t.Errorf("%v: Retry leads to %q", kind, got)
			}
		}
	})
	t.Run("an unknown instance is not found", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{last: reading}, people.Viewer)
		for _, path := range []string{"/instances/nope/flows", "/instances/nope/flows.csv", "/instances/nope/flows.json"} {
			p.page(t, path, http.StatusNotFound)
		}
	})
	t.Run("how it was read, and what could not be read, is said", func(t *testing.T) {
		t.Parallel()
		r := readingOf(main)
		r.Method = survey.ByDescribe
		reason := fault.Msg("flows.leads.unknown")
		r.MethodReason = &reason
		r.Warnings = []fault.Message{fault.Msg("flows.flag.archived"), fault.Msg("flows.leads.unknown")}
		doc := newReadingPages(&surveyorInMemory{last: r}, people.Viewer).page(t, flowsAt, http.StatusOK)
		want := []string{"Information: Read flow by flow Can't see what leads here", "Warning: 2 things could not be read Archived Can't see what leads here"}
		if diff := cmp.Diff(want, texts(doc.Find("main > .alert"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("a query that makes no sense shows the first page", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{last: reading}, people.Viewer).page(t, flowsAt+"?page=-1&sort=%00&show=%3Cb%3E&leads=%F0%28", http.StatusOK)
		if doc.Find("#flows tbody tr").Length() != 2 {
			t.Error("rows are missing")
		}
	})
	t.Run("names stay text, whatever they are", func(t *testing.T) {
		t.Parallel()
		var rows []survey.FlowRow
		for i, n := range hostileNames {
			rows = append(rows, rowOf(i, n, menuFlow))
		}
		doc := newReadingPages(&surveyorInMemory{last: readingOf(rows...)}, people.Publisher).page(t, flowsAt, http.StatusOK)
		if doc.Find("main b, main script, a[href^=javascript]").Length() != 0 {
			t.Error("a name became markup")
		}
		got := map[string]bool{}
		for _, n := range doc.Find("#flows tbody th a").EachIter() {
			got[n.Text()] = true
		}
		for _, n := range hostileNames {
			if !got[n] {
				t.Errorf("%q is not shown", n)
			}
		}
	})
}

func TestFlowsPagination(t *testing.T) {
	t.Parallel()
	var rows []survey.FlowRow
	for i := range 230 {
		rows = append(rows, verdictRow(i, fmt.Sprintf("Flow %03d", i), audit.NotWired))
	}
	p := newReadingPages(&surveyorInMemory{last: readingOf(rows...)}, people.Viewer)
	doc := p.page(t, flowsAt+"?page=3&sort=-name", http.StatusOK)
	if got := text(doc.Find(".pages > span")); got != "101 to 150 of 230" {
		t.Errorf("got %q", got)
	}
	if got := doc.Find(".pages a[rel=next]").AttrOr("href", ""); got != flowsAt+"?page=4&sort=-name" {
		t.Errorf("next leads to %q", got)
	}
	if got := text(doc.Find("#flows tbody th").First()); got != "Flow 129" {
		t.Errorf("the first row is %q", got)
	}
	if got := doc.Find("th[aria-sort=descending] a").AttrOr("href", ""); got != flowsAt {
		t.Errorf("a click on the sorted column leads to %q", got)
	}
	if doc := p.page(t, flowsAt+"?page=99", http.StatusOK); text(doc.Find(".pages [aria-current]")) != "5" || doc.Find(".pages a[rel=next]").Length() != 0 {
		t.Error("a page past the end is not the last one")
	}
}

// fiveThousand is a reading of 5,000 judged flows.
func fiveThousand() *survey.Reading {
	rows := make([]survey.FlowRow, 5000)
	for i := range rows {
		rows[i] = rowOf(i, fmt.Sprintf("Kundendienst Hauptmenü %d", (i*7919)%5000), menuFlow)
		rows[i].Leads = []survey.Lead{{Kind: "number", Text: fmt.Sprint("+49 30 ", i)}, {Kind: "flow", Text: "Other", Flow: flowID(i)}, {Kind: "flow", Text: "Third"}}
	}
	return readingOf(rows...)
}

// BenchmarkFlowsPage5000 serves the page that costs most: filtered, sorted by a text column, a middle page.
func BenchmarkFlowsPage5000(b *testing.B) {
	p := newReadingPages(&surveyorInMemory{last: fiveThousand()}, people.Publisher)
	for _, c := range []struct{ name, query string }{{"all", ""}, {"filtered", "?q=menü&sort=-guide&page=20&show=in-part"}} {
		b.Run(c.name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				w := httptest.NewRecorder()
				p.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, flowsAt+c.query, nil))
				if w.Code != http.StatusOK {
					b.Fatalf("status %d", w.Code)
				}
				size = w.Body.Len()
			}
			b.ReportMetric(float64(size)/1000, "kB/page")
		})
	}
}
