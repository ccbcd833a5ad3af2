package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

func TestIDsArePackedIntoAnAddress(t *testing.T) {
	t.Parallel()
	ids := []string{string(flowID(1)), string(guideID), string(salesID)}
	if got := unpackIDs(packIDs(ids)); !slices.Equal(got, ids) {
		t.Errorf("got %q", got)
	}
	for text, want := range map[string]int{"": 0, "x": 0, strings.Repeat("?", 22): 0, packIDs(ids)[:50]: 2, packIDs(ids) + "!": 3} {
		if got := unpackIDs(text); len(got) != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
	if got := packIDs([]string{"new", "../..", ""}); got != "" {
		t.Errorf("what is no id became %q", got)
	}
}

// manyRows are flows without the guide, and one that can't be part of a change.
func manyRows(n int) *survey.Reading {
	rows := []survey.FlowRow{verdictRow(n, "Flow that reaches nobody", audit.NoAgent)}
	for i := range n {
		rows = append(rows, verdictRow(i, fmt.Sprintf("Flow %03d", i), audit.NotWired))
	}
	return readingOf(rows...)
}

func TestChoosingOverPages(t *testing.T) {
	t.Parallel()
	p := newReadingPages(&surveyorInMemory{last: manyRows(120)}, people.Publisher)
	first := p.page(t, flowsAt+"?q=flow&sort=-name", http.StatusOK)
	sent := typed(first, "form#"+addFormID)
	next := first.Find(".pages button.page-step").Last()
	if next.AttrOr("form", "") != addFormID || next.AttrOr("formaction", "") != flowsAt || next.AttrOr("value", "") != "2" || next.AttrOr("name", "") != "page" {
		t.Fatalf("the way to the next page is %v", next.Nodes[0].Attr)
	}
	sent.Set("page", "2")
	sent["flow"] = []string{string(flowID(118)), string(flowID(119))}
	second := p.page(t, flowsAt+"?"+sent.Encode(), http.StatusOK)
	if got := text(second.Find("#flows tbody th").First()); got != "Flow 070" {
		t.Errorf("the second page begins with %q: the filter or the order is lost", got)
	}
	if got := text(second.Find("#flows-title")); got != "Inbound flows (2/121)" {
		t.Errorf("the title is %q", got)
	}
	sent = typed(second, "form#"+addFormID)
	sent["flow"] = []string{string(flowID(60))}
	sent.Set("page", "1")
	back := p.page(t, flowsAt+"?"+sent.Encode(), http.StatusOK)
	var ticked []string
	for _, box := range back.Find("#flows tbody input[checked]").EachIter() {
		ticked = append(ticked, box.AttrOr("value", ""))
	}
	if diff := cmp.Diff([]string{string(flowID(119)), string(flowID(118))}, ticked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Unticked where it is shown, a flow is not chosen any more; one of another page stays.
	sent = typed(back, "form#"+addFormID)
	sent["flow"] = []string{string(flowID(119))}
	if got := picked(sent); !slices.Equal(got, []string{string(flowID(60)), string(flowID(119))}) {
		t.Errorf("chosen are %q", got)
	}
	if doc := p.page(t, flowsAt+"?picked="+packIDs([]string{string(flowID(120)), string(flowID(999))}), http.StatusOK); doc.Find("input[checked], input[name=picked]").Length() != 0 {
		t.Error("flows that can't be chosen, or are not there, are chosen")
	}
}

func TestChoosingAllThatMatch(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, query string
		flows       int
		want        string // of the button
		href        string
	}{
		{"one page, no filter: there is no more than is shown", "", 20, "", ""},
		{"more than one page", "", 120, "Choose all 120 that match…", "all=1"},
		{"a filter goes along, the order and the page do not", "?q=flow+00&sort=-name&page=2&show=does-not", 120, "Choose all 10 that match…", "all=1&q=flow+00&show=does-not"},
		{"nothing that matches can be changed", "?q=nobody", 120, "", ""},
		{"more than a change holds", "", 501, "Choose all 501 that match… 501 flows match, and one change holds at most 500. Narrow the filter.", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			doc := newReadingPages(&surveyorInMemory{last: manyRows(c.flows)}, people.Publisher).page(t, flowsAt+c.query, http.StatusOK)
			var got, href string
			for _, b := range doc.Find("#flows .container-header .action").EachIter() {
				if strings.HasPrefix(text(b), "Choose all") {
					got, href = text(b), b.Find("a").AttrOr("href", "")
				}
			}
			want := c.href
			if want != "" {
				want = "/instances/" + string(salesID) + "/changes/new?" + want
			}
			if got != c.want || href != want {
				t.Errorf("got %q, to %q", got, href)
			}
		})
	}
}

// chooses gives the flows that the choosing page ticks, and those that it leaves out.
func (j *journey) chooses(query string) (ticked []string, leftOut int, form url.Values) {
	j.t.Helper()
	doc := j.get(j.path("changes", "new") + query)
	form = typed(doc, "form#choose")
	for _, box := range doc.Find("#flows tbody input[checked]").EachIter() {
		ticked = append(ticked, box.AttrOr("value", ""))
	}
	return ticked, doc.Find("#left-out tbody tr").Length(), form
}

func TestAllThatMatchGoOnToTheReview(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	can, not := choosable(newFlowIndex(j.reading()).selectFlows(flowsQuery{Sort: "name", Page: 1}).Rows, publish.Rules{})
	ticked, leftOut, form := j.chooses("?all=1")
	if len(ticked) != len(can) || leftOut != len(not) || len(not) == 0 {
		t.Fatalf("%d ticked, %d left out; want %d and %d", len(ticked), leftOut, len(can), len(not))
	}
	form["flow"] = ticked
	c := j.change(j.follow(j.path("changes"), form))
	if got := len(c.Steps) + len(c.LeftOut); got != len(ticked) {
		t.Errorf("%d of %d flows are in the plan or left out of it", got, len(ticked))
	}
	reasons := map[string]bool{}
	for _, l := range c.LeftOut {
		reasons[l.Reason.ID] = true
	}
	for _, want := range []string{"publish.left.draft", "publish.left.already", "wire.refused.other-guide"} {
		if !reasons[want] {
			t.Errorf("nothing is left out for %s: %v", want, reasons)
		}
	}
	none, _, _ := j.chooses("?all=1&q=no+such+flow")
	if len(none) != 0 {
		t.Errorf("without a match %d are chosen", len(none))
	}
}

func TestAGuideIsTakenOutFromThePages(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith(audit.NotWired)
	added := j.plan(f)
	j.follow(added+"/publish", j.approval(added))
	if c := j.ends(added); c.State != publish.Published {
		t.Fatalf("not published: %s", c.State)
	}
	page := j.get(j.path("flows", string(f.Flow.ID)))
	remove := page.Find(`main a[href*="do=remove"], header a[href*="do=remove"], a.button[href*="do=remove"]`).First().AttrOr("href", "")
	if remove == "" {
		t.Fatalf("the flow's page has no way to take the guide out: %s", text(page.Find("main")))
	}
	form := typed(j.get(remove), "form#choose")
	if form.Get("do") != doRemove || form.Get("flow") != string(f.Flow.ID) {
		t.Fatalf("the form is %v", form)
	}
	change := j.follow(j.path("changes"), form)
	if c := j.change(change); len(c.Steps) != 1 || c.Steps[0].Edits[0].Kind != flow.Remove || c.Asked.Guide != "" {
		t.Fatalf("the plan is %+v", c.Steps)
	}
	back := j.get(change).Find(`main a[href*="/changes/new?"]`).First().AttrOr("href", "")
	if again := typed(j.get(back), "form#choose"); again.Get("do") != doRemove || again.Get("flow") != string(f.Flow.ID) {
		t.Errorf("changing the choice begins anew: %v", again)
	}
	j.follow(change+"/publish", j.approval(change))
	if live, _, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID)); live != f.Flow.Content || j.ends(change).State != publish.Published {
		t.Error("the flow is not as it was")
	}
}

func TestFlowsThatCallersSetAreLeftOutUnlessChosen(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	i := slices.IndexFunc(j.reading().Flows, func(r survey.FlowRow) bool { return r.Report.Verdict == audit.ViaCallers })
	if i < 0 {
		t.Fatal("the demo data has no such flow")
	}
	change := j.plan(j.reading().Flows[i])
	if c := j.change(change); len(c.Steps) != 0 || len(c.LeftOut) != 1 || c.LeftOut[0].Reason.ID != "publish.left.callers" {
		t.Fatalf("the plan is %+v", c)
	}
	form := typed(j.get(change), `form[action$="/changes"]`)
	form.Set("callers", form.Get("flow"))
	if c := j.change(j.follow(j.path("changes"), form)); len(c.Steps) != 1 || !slices.Equal(c.Asked.OverCalls, []instance.FlowID{c.Steps[0].Flow}) {
		t.Errorf("chosen all the same, it is left out: %+v", c.LeftOut)
	}
}
