package handlers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/picture"
	"wrapup/internal/survey"
)

// twoGaps is menuFlow without its Set event flow block's guide: both queues are gaps.
var twoGaps = strings.Replace(menuFlow, `"NextAction":"Set guide","Condition"`, `"NextAction":"Sales queue","Condition"`, 1)

// pictureOf shows the page of a flow with this content, at an address with this query.
func pictureOf(t *testing.T, content, query string) *goquery.Document {
	t.Helper()
	d := detailOf(rowOf(1, "Main menu", content))
	s := &surveyorInMemory{details: map[instance.FlowID]*survey.FlowDetail{d.Row.Flow.ID: d}}
	return newReadingPages(s, people.Viewer).page(t, flowAt(1)+query, http.StatusOK)
}

// boxNames are the names of a picture's boxes, in their order.
func boxNames(doc *goquery.Document) []string {
	var out []string
	for _, n := range doc.Find("#picture a.node").EachIter() {
		out = append(out, n.Find("title").Text())
	}
	return out
}

func TestFlowPicture(t *testing.T) {
	t.Parallel()
	doc := pictureOf(t, menuFlow, "")
	t.Run("each block is a box that says what it is, in the order of reading", func(t *testing.T) {
		t.Parallel()
		want := []string{
			"Welcome, Play prompt, step 1 of the example",
			"Main menu, Get customer input, step 2 of the example",
			"Set guide, Set event flow, Sets the guide",
			"Billing queue, Transfer to queue, Reaches an agent, No guide, step 3 of the example",
			"Sales queue, Transfer to queue, Reaches an agent, Opens ACW guide",
			"End, Disconnect",
			"Left over, Some Future Type, Never reached",
		}
		if diff := cmp.Diff(want, boxNames(doc)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("boxes and rows of the list lead to one another", func(t *testing.T) {
		t.Parallel()
		boxes := doc.Find("#picture a.node")
		for _, n := range boxes.EachIter() {
			row := doc.Find(n.AttrOr("href", "none"))
			name := n.Find("title").Text()
			if row.Length() != 1 || row.Find(`a[href="#`+n.AttrOr("id", "none")+`"]`).Length() != 1 {
				t.Errorf("%q leads to %q", name, n.AttrOr("href", ""))
			}
			if !strings.HasPrefix(name, text(row.Find("span").First())) {
				t.Errorf("%q leads to the row of another block", name)
			}
		}
		if boxes.Length() != doc.Find("#blocks tbody tr").Length() {
			t.Errorf("%d boxes", boxes.Length())
		}
	})
	t.Run("branches have names, and one that leads to no block a mark", func(t *testing.T) {
		t.Parallel()
		want := []string{"on an error", "press 1", "press 2", "no answer in time +2", "queue is full, on an error", "queue is full, on an error"}
		var got []string
		for _, r := range doc.Find("#picture .row").EachIter() {
			got = append(got, r.Text())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := text(doc.Find("#picture .node-missing")); got != "No such block Gone" {
			t.Errorf("mark %q", got)
		}
	})
	t.Run("marks are explained, and only those that there are", func(t *testing.T) {
		t.Parallel()
		want := []string{
			"Example route, its steps numbered", "Sets the guide, or takes it away", "Reaches an agent", "Branch for errors only", "A branch leads to no block",
			"No branch leads here",
		}
		if got := doc.Find("#picture .picture-legend").AttrOr("aria-label", ""); got != "What the marks mean" {
			t.Errorf("the legend is called %q", got)
		}
		if diff := cmp.Diff(want, texts(doc.Find("#picture .picture-legend li"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("it has a name and a description, and can be skipped", func(t *testing.T) {
		t.Parallel()
		svg := doc.Find("#picture svg.drawing")
		if svg.AttrOr("role", "") != "group" || doc.Find("#"+svg.AttrOr("aria-labelledby", "")).Text() != "Picture of the flow Main menu" {
			t.Error("no name")
		}
		if got := doc.Find("#" + svg.AttrOr("aria-describedby", "")).Text(); !strings.HasPrefix(got, "7 blocks") {
			t.Errorf("description %q", got)
		}
		if doc.Find("#picture .picture-skip[href='#blocks']").Length() != 1 || doc.Find("#picture [role=region][tabindex='0'][aria-label]").Length() != 1 {
			t.Error("it can't be skipped, or its frame takes no focus")
		}
		if n := doc.Find("[style]").Length() + doc.Find("main script, main style").Length(); n > 0 {
			t.Error("the content security policy would refuse it")
		}
		if doc.Find(`head script[src*="picture"]`).Length() != 1 {
			t.Error("the script is missing")
		}
	})
}

func TestFlowPictureOfAGap(t *testing.T) {
	t.Parallel()
	steps := func(doc *goquery.Document) (out []string) {
		for _, n := range doc.Find("#picture a.node-route").EachIter() {
			name, _, _ := strings.Cut(n.Find("title").Text(), ",")
			out = append(out, name)
		}
		return out
	}
	for query, want := range map[string][]string{
		"": {"Welcome", "Main menu", "Sales queue"}, "?gap=1": {"Welcome", "Main menu", "Sales queue"}, "?gap=2": {"Welcome", "Main menu", "Billing queue"},
		"?gap=0": {"Welcome", "Main menu", "Sales queue"}, "?gap=3": {"Welcome", "Main menu", "Sales queue"}, "?gap=x": {"Welcome", "Main menu", "Sales queue"},
		"?gap=2&zoom=%22%3E": {"Welcome", "Main menu", "Billing queue"},
	} {
		t.Run("at "+query, func(t *testing.T) {
			t.Parallel()
			doc := pictureOf(t, twoGaps, query)
			if diff := cmp.Diff(want, steps(doc)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := doc.Find("#picture .drawing .line-route").Length(); n != 3 { // from the entry on
				t.Errorf("%d lines of the route", n)
			}
			if n := doc.Find("#picture a.node-route .step").Length(); n != 3 {
				t.Errorf("%d numbers", n)
			}
		})
	}
	t.Run("each gap leads to its route, and says which is shown", func(t *testing.T) {
		t.Parallel()
		doc := pictureOf(t, twoGaps, "?gap=2&zoom=50")
		links := doc.Find("#status .picture-link")
		if diff := cmp.Diff([]string{"Show in the picture", "Shown in the picture"}, texts(links)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := links.First().AttrOr("href", ""); got != flowAt(1)+"?zoom=50#picture" || links.Last().AttrOr("aria-current", "") != "true" {
			t.Errorf("the first leads to %q", got)
		}
		example := doc.Find("#picture .picture-example")
		if got := text(example); got != "Example 2 of 2 Billing queue is reached without a guide. Previous example" {
			t.Errorf("example %q", got)
		}
	})
	t.Run("a flow without gaps has no example", func(t *testing.T) {
		t.Parallel()
		doc := pictureOf(t, strings.Replace(menuFlow, `"NextAction":"Billing queue","Condition"`, `"NextAction":"Set guide","Condition"`, 1), "?gap=1")
		if doc.Find("#picture .picture-example, #picture .line-route, #picture .step").Length() != 0 || doc.Find("#picture a.node").Length() != 7 {
			t.Error(text(doc.Find("#picture")))
		}
	})
}

func TestFlowPictureSizes(t *testing.T) {
	t.Parallel()
	size := func(query string) (width, view string) {
		svg := pictureOf(t, twoGaps, query).Find("#picture svg.drawing")
		return svg.AttrOr("width", ""), svg.AttrOr("viewbox", svg.AttrOr("viewBox", ""))
	}
	whole, view := size("")
	var w, h int
	if _, err := fmt.Sscanf(view, "0 0 %d %d", &w, &h); err != nil || whole != fmt.Sprint(w) {
		t.Fatalf("%s wide, shows %q: %v", whole, view, err)
	}
	for query, percent := range map[string]int{"?zoom=50": 50, "?zoom=150": 150, "?zoom=fit": 100, "?zoom=1000": 100, "?zoom=-5": 100} {
		if got, same := size(query); got != fmt.Sprint(w*percent/100) || same != view {
			t.Errorf("%s is %s wide and shows %s", query, got, same)
		}
	}
	doc := pictureOf(t, twoGaps, "?gap=2&zoom=fit")
	if doc.Find("#picture .picture-fit").Length() != 1 {
		t.Error("it does not fit")
	}
	var got []string
	for _, a := range doc.Find("#picture .picture-zoom a").EachIter() {
		got = append(got, strings.TrimPrefix(a.AttrOr("href", ""), flowAt(1))+" "+text(a)+a.AttrOr("aria-current", ""))
	}
	want := []string{
		"?gap=2&zoom=50#picture 50 %", "?gap=2&zoom=75#picture 75 %", "?gap=2&zoom=100#picture 100 %", "?gap=2&zoom=150#picture 150 %", "?gap=2&zoom=fit#picture Wholetrue",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFlowPictureStates(t *testing.T) {
	t.Parallel()
	t.Run("the designer's positions are used where all blocks have them", func(t *testing.T) {
		t.Parallel()
		if got := text(pictureOf(t, menuFlow, "").Find("#picture")); !strings.Contains(got, "Laid out from left to right") {
			t.Error(got)
		}
		one := `{"StartAction":"a","Metadata":{"ActionMetadata":{"a":{"position":{"x":5,"y":5}}}},"Actions":[{"Identifier":"a","Type":"TransferContactToQueue"}]}`
		if got := text(pictureOf(t, one, "").Find("#picture")); !strings.Contains(got, "Laid out as in the flow designer") {
			t.Error(got)
		}
	})
	t.Run("what takes the guide away or is not known is marked as that", func(t *testing.T) {
		t.Parallel()
		for value, want := range map[string]string{
			`{"EventHooks":{"DisconnectAgentUI":"$.Attributes.x"}}`: "Set guide, Set event flow, Guide decided later",
			`{"EventHooks":{"DisconnectAgentUI":""}}`:               "Set guide, Set event flow, Guide can't be used",
			`{"EventHooks":{"DisconnectAgentUI":"22222222-2222-4222-8222-222222222222"},"EventHooksConfiguration":{"DisconnectAgentUI":{"DisableExecution":"true"}}}`: "Set guide, Set event flow, Takes the guide away",
		} {
			content := strings.Replace(menuFlow, `{"EventHooks":{"DisconnectAgentUI":"22222222-2222-4222-8222-222222222222"}}`, value, 1)
			if got := boxNames(pictureOf(t, content, ""))[2]; got != want+", step 3 of the example" {
				t.Errorf("%s: %q", value, got)
			}
		}
	})
	t.Run("an exit is marked", func(t *testing.T) {
		t.Parallel()
		content := strings.Replace(menuFlow, `"Sales queue","Type":"TransferContactToQueue","Parameters":{}`, `"Sales queue","Type":"TransferToFlow","Parameters":{"ContactFlowId":"$.Attributes.next"}`, 1)
		doc := pictureOf(t, content, "")
		if got := doc.Find("#picture .node-exit").First().Find("title").Text(); !strings.HasPrefix(got, "Sales queue, Transfer to flow, Goes on, not checked, Opens ACW guide") {
			t.Error(got)
		}
	})
	t.Run("where the route goes on in another flow, it ends where it leaves this one", func(t *testing.T) {
		t.Parallel()
		d := detailOf(rowOf(1, "Main menu", menuFlow))
		other := string(flowID(2))
		d.Row.Report.Handoffs = append(d.Row.Report.Handoffs, audit.Handoff{Flow: other, Block: "End", Type: "TransferContactToQueue", Settings: []audit.Setting{{Kind: audit.Unset}}})
		d.Row.Report.Exits = []audit.Exit{{Flow: other, Block: "Set guide", Type: "TransferToFlow", Settings: []audit.Setting{{Kind: audit.Unset}}}}
		d.Row.Report.Gaps = []audit.Gap{{Flow: other, Block: "End", Kind: audit.Unset, Route: []string{"Welcome", "Main menu", "Set guide", "End"}, Steps: []audit.RouteStep{
			{Block: "Welcome", Title: "Welcome", Type: "MessageParticipant"}, {Block: "Main menu", Title: "Main menu", Type: "GetParticipantInput", Branch: "Equals 1"},
			{Flow: other, FlowName: "Billing", Block: "Set guide", Title: "Set guide", Type: "Wait"}, {Flow: other, FlowName: "Billing", Block: "End", Title: "End", Type: "TransferContactToQueue"},
		}}}
		doc := onePage(t, d)
		want := []string{
			"Welcome, Play prompt, step 1 of the example", "Main menu, Get customer input, step 2 of the example", "Set guide, Set event flow, Sets the guide",
			"Billing queue, Transfer to queue, Reaches an agent, No guide", "Sales queue, Transfer to queue, Reaches an agent, Opens ACW guide", "End, Disconnect",
			"Left over, Some Future Type, Never reached",
		}
		if diff := cmp.Diff(want, boxNames(doc)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := text(doc.Find("#status .gaps li")); !strings.HasPrefix(got, "End in Billing is reached without a guide. Example: Welcome > Main menu > press 1 > End in Billing") {
			t.Errorf("gap %q", got)
		}
		if n := doc.Find("#status .route a").Length(); n != 2 {
			t.Errorf("%d blocks of the route have a link", n)
		}
		if got := text(doc.Find("#exits tbody tr")); !strings.HasPrefix(got, "Set guide Billing ") {
			t.Errorf("exit %q", got)
		}
		if got := text(doc.Find("#blocks")); strings.Contains(got, "step 3") || strings.Contains(got, "Goes on") {
			t.Errorf("blocks of another flow are marked here: %s", got)
		}
	})
	t.Run("what the caller did is no error", func(t *testing.T) {
		t.Parallel()
		content := `{"StartAction":"a","Actions":[{"Identifier":"a","Type":"Compare","Transitions":{"NextAction":"b","Errors":[{"ErrorType":"NoMatchingCondition","NextAction":"b"}]}},{"Identifier":"b","Type":"TransferContactToQueue"}]}`
		if d, ok := pictureOf(t, content, "").Find("#picture .drawing .line-error").Attr("d"); d != "" || !ok {
			t.Errorf("lines of errors %q", d)
		}
		content = strings.Replace(content, "NoMatchingCondition", "NoMatchingError", 1)
		content = strings.Replace(content, `"NextAction":"b","Errors"`, `"Errors"`, 1)
		if d := pictureOf(t, content, "").Find("#picture .drawing .line-error").AttrOr("d", ""); d == "" {
			t.Error("an error has no line of its own")
		}
	})
	t.Run("a flow with too many blocks says so", func(t *testing.T) {
		t.Parallel()
		content := `{"StartAction":"b0","Actions":[` + strings.Repeat(`{"Type":"Wait"},`, picture.MaxBlocks) + `{"Identifier":"b0","Type":"TransferContactToQueue"}]}`
		doc := pictureOf(t, content, "")
		if got := text(doc.Find("#picture")); !strings.Contains(got, "501 blocks, too many") || doc.Find("#picture svg").Length() != 0 {
			t.Error(got)
		}
		if doc.Find(".picture-link").Length() != 0 {
			t.Error("links lead to a picture that there is not")
		}
	})
	t.Run("where the flow can't be read there is none", func(t *testing.T) {
		t.Parallel()
		doc := onePage(t, detailOf(verdictRow(1, "Secret", audit.Unreadable)))
		if doc.Find("#picture").Length() != 0 || doc.Find(`head script[src*="picture"]`).Length() != 0 {
			t.Error("there is a picture of nothing")
		}
	})
	t.Run("names stay text", func(t *testing.T) {
		t.Parallel()
		for _, n := range hostileNames {
			content := fmt.Sprintf(`{"StartAction":%q,"Actions":[{"Identifier":%q,"Type":%q,"Transitions":{"NextAction":%q,"Errors":[{"ErrorType":%q,"NextAction":"x"}]}},{"Identifier":"x"}]}`, n, n, n, n+"!", n)
			if _, err := flow.Parse([]byte(content)); err != nil {
				content = strings.ReplaceAll(content, `\x`, "")
			}
			doc := pictureOf(t, content, "")
			if doc.Find("#picture b, #picture script, #picture a[href^=javascript]").Length() != 0 {
				t.Errorf("%q became markup", n)
			}
		}
	})
}

// A page of the largest flow is no weight for a browser.
func TestTheLargestPictureIsSmallOnTheWire(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"StartAction":"Ask the caller for choice 0","Actions":[`)
	for i := range flow.MaxActions {
		if i > 0 {
			b.WriteByte(',')
		}
		next := func(n int) string { return fmt.Sprintf("Ask the caller for choice %d", min(n, flow.MaxActions-1)) }
		fmt.Fprintf(&b, `{"Identifier":%q,"Type":"GetParticipantInput","Transitions":{"NextAction":%q,"Errors":[{"ErrorType":"NoMatchingError","NextAction":%q},{"ErrorType":"InputTimeLimitExceeded","NextAction":%q}],"Conditions":[`,
			next(i), next(3*i+1), next(250), next(max(0, i-9)))
		for k := 1; k <= 3; k++ {
			fmt.Fprintf(&b, `{"NextAction":%q,"Condition":{"Operator":"Equals","Operands":["%d"]}},`, next(3*i+k), k)
		}
		fmt.Fprintf(&b, `{"NextAction":%q,"Condition":{"Operator":"Equals","Operands":["9"]}}]}}`, next(i+20))
	}
	b.WriteString("]}")
	html, err := goquery.OuterHtml(pictureOf(t, b.String(), "").Find("#picture"))
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(html)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d as sent", len(html), zipped.Len())
	if zipped.Len() > 100_000 {
		t.Errorf("%d bytes", zipped.Len())
	}
}

func TestFlowPictureOnTheRealServices(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	row := j.flowWith(audit.Partial)
	doc := j.get(j.path("flows", string(row.Flow.ID)) + "?gap=2&zoom=75")
	if got := text(doc.Find("#picture .picture-example strong")); got != fmt.Sprintf("Example 2 of %d", len(row.Report.Gaps)) {
		t.Error(got)
	}
	if n := doc.Find("#picture a.node-point").Length(); n != len(row.Report.Handoffs) {
		t.Errorf("%d points of %d", n, len(row.Report.Handoffs))
	}
	last := row.Report.Gaps[1].Route[len(row.Report.Gaps[1].Route)-1]
	if got := doc.Find("#picture a.node-route.node-point title").Text(); !strings.HasPrefix(got, last+",") {
		t.Errorf("the route ends at %q", got)
	}
}
