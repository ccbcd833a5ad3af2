package handlers

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

func flowAt(n int) string { return flowPath(salesID, flowID(n)) }

// detailOf is a flow as described just now.
func detailOf(row survey.FlowRow) *survey.FlowDetail {
	d := &survey.FlowDetail{Row: row}
	if doc, err := flow.Parse([]byte(row.Flow.Content)); err == nil {
		d.Document = doc
	}
	return d
}

// onePage shows one flow to a publisher.
func onePage(t *testing.T, d *survey.FlowDetail) *goquery.Document {
	t.Helper()
	s := &surveyorInMemory{details: map[instance.FlowID]*survey.FlowDetail{d.Row.Flow.ID: d}}
	return newReadingPages(s, people.Publisher).page(t, flowPath(salesID, d.Row.Flow.ID), http.StatusOK)
}

func TestFlowPage(t *testing.T) {
	t.Parallel()
	row := rowOf(1, "Main menu", menuFlow)
	row.Leads = []survey.Lead{{Kind: "flow", Text: "Night", Flow: flowID(2)}, {Kind: "number", Text: "+49 30 1234", Version: "3"}}
	row.Flow.Tags = map[string]string{"team": "sales", "aws:cloudformation:stack-name": "contact"}
	row.Managed = "CloudFormation"
	doc := onePage(t, detailOf(row))
	t.Run("the verdict has its reason and the route in people's words", func(t *testing.T) {
		t.Parallel()
		got := text(doc.Find("#status"))
		for _, want := range []string{
			"In part Some contacts reach an agent without the guide. 1 of 2 points where an agent is reached open a guide.",
			"Where the guide is missing Billing queue is reached without a guide. Example: Welcome > Main menu > press 2 > Billing queue",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %q", want, got)
			}
		}
		if href := doc.Find("#status .route a").Last().AttrOr("href", ""); doc.Find(href).Length() != 1 {
			t.Errorf("the route leads to %q", href)
		}
	})
	t.Run("each point has what contacts carry there", func(t *testing.T) {
		t.Parallel()
		want := []string{"Sales queue Opens ACW guide Transfer to queue", "Billing queue No guide Transfer to queue"}
		if diff := cmp.Diff(want, texts(doc.Find("#points tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("blocks come as contacts meet them, marked and linked", func(t *testing.T) {
		t.Parallel()
		want := []string{
			"Welcome Play prompt Start Example 1, step 1 In the picture Text Welcome to <b>Example</b> then → Main menu on an error → End",
			"Main menu Get customer input Example 1, step 2 In the picture Text Press 1 or 2 StoreInput False InputTimeLimitSeconds 5 press 1 → Set guide press 2 → Billing queue no answer in time → End otherwise → End on an error → End",
			"End Disconnect In the picture",
			"Set guide Set event flow In the picture Disconnect flow for agent UI ACW guide then → Sales queue on an error → Sales queue",
			"Billing queue Transfer to queue Reaches an agent Example 1, step 3 In the picture queue is full → End on an error → End",
			"Sales queue Transfer to queue Reaches an agent In the picture queue is full → End on an error → End",
			"Left over Some Future Type Never reached In the picture then → Gone (no such block)",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#blocks tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, a := range doc.Find("#blocks a, #points a").EachIter() {
			if doc.Find(a.AttrOr("href", "none")).Length() != 1 {
				t.Errorf("%q leads to %q", text(a), a.AttrOr("href", ""))
			}
		}
	})
	t.Run("details tell what leads here and what can't be seen", func(t *testing.T) {
		t.Parallel()
		got := text(doc.Find("#details"))
		for _, want := range []string{
			"What leads here +49 30 1234 (uses version 3) Night Quick connects, chat widgets, tasks and API starts can't be seen.",
			"Guides it opens ACW guide", "Unpublished draft No", "Managed by CloudFormation", "aws:cloudformation:stack-name = contact team = sales",
			"Last modified 20 Nov 2026, 07:47 UTC (2 days ago)", "Read 22 Nov 2026, 07:47 UTC (4 minutes ago)", row.Hash, row.Flow.ARN,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %q", want, got)
			}
		}
	})
	t.Run("the JSON is indented, highlighted and numbered by line", func(t *testing.T) {
		t.Parallel()
		lines := doc.Find("#json .line")
		if got := lines.First().Text() + lines.Eq(1).Text(); got != "{\n  \"Version\": \"2019-10-30\",\n" {
			t.Errorf("it begins with %q", got)
		}
		if got := text(doc.Find("#json summary")); got != fmt.Sprintf("JSON (%d lines)", lines.Length()) {
			t.Errorf("summary %q", got)
		}
		if doc.Find("#json .k").Length() == 0 || doc.Find("#json b").Length() != 0 {
			t.Error("names are not highlighted, or a text became markup")
		}
	})
	t.Run("the guide can be added from here", func(t *testing.T) {
		t.Parallel()
		if got := doc.Find(".heading a.button-primary").AttrOr("href", ""); got != "/instances/"+string(salesID)+"/changes/new?flow="+string(flowID(1)) {
			t.Errorf("it leads to %q", got)
		}
	})
}

func TestFlowPageStates(t *testing.T) {
	t.Parallel()
	t.Run("an unpublished draft is shown with its own difference", func(t *testing.T) {
		t.Parallel()
		d := detailOf(rowOf(1, "Main menu", menuFlow))
		d.Row.Draft = survey.DraftYes
		saved := d.Row.Flow
		saved.Content = strings.Replace(menuFlow, "Press 1 or 2", "Press 1, 2 or 3", 1)
		d.Saved = &saved
		doc := onePage(t, d)
		if got := texts(doc.Find("#draft-blocks tbody tr")); cmp.Diff([]string{"Main menu Changed Text Press 1 or 2 Press 1, 2 or 3"}, got) != "" {
			t.Errorf("by block: %q", got)
		}
		if got := text(doc.Find("#draft-lines summary")); got != "By line (1 added, 1 removed)" || doc.Find("#draft-lines .diff-added").Length() != 1 {
			t.Errorf("by line: %q", got)
		}
		if got := doc.Find(`#json a[download]`).Last().AttrOr("href", ""); got != flowAt(1)+"/content.json?copy=saved" {
			t.Errorf("the draft is downloaded from %q", got)
		}
	})
	t.Run("a draft that is no flow is compared by line only", func(t *testing.T) {
		t.Parallel()
		d := detailOf(rowOf(1, "Main menu", menuFlow))
		d.Saved = &instance.Flow{Content: "{oops"}
		doc := onePage(t, d)
		if doc.Find("#draft-blocks").Length() != 0 || doc.Find("#draft-lines[open] .diff-removed").Length() == 0 {
			t.Error(text(doc.Find("#draft")))
		}
	})
	t.Run("a flow that could not be read says why, with code and Retry", func(t *testing.T) {
		t.Parallel()
		row := verdictRow(1, "Secret", audit.Unreadable)
		row.Error = &fault.Error{Kind: fault.Denied, Message: fault.Msg("fault.internal"), Code: "AccessDeniedException", RequestID: "req-3"}
		doc := onePage(t, detailOf(row))
		alert := doc.Find("main > .alert-error")
		if got := text(alert); !strings.Contains(got, "Code AccessDeniedException Request req-3 Retry") || alert.Find("a").AttrOr("href", "") != flowAt(1) {
			t.Errorf("got %q", got)
		}
		if doc.Find("#blocks, #json, #points").Length() != 0 {
			t.Error("there are tables of nothing")
		}
		if doc.Find(".heading .button-primary[aria-disabled]").Length() != 1 {
			t.Error("the guide can be added")
		}
	})
	for _, c := range []struct{ name, content, want string }{
		{"content that is no JSON", "{oops", "Couldn't be read"},
		{"a flow that does not start", strings.Replace(menuFlow, `"StartAction":"Welcome"`, `"StartAction":""`, 1), "The flow does not start"},
		{"a flow without actions", `{"Version":"2019-10-30","StartAction":"x","Actions":[]}`, "Couldn't be read"},
		{"an empty object", `{}`, "Couldn't be read"},
	} {
		t.Run(c.name+" is unreadable with its reason, and its JSON is shown", func(t *testing.T) {
			t.Parallel()
			doc := onePage(t, detailOf(rowOf(1, "Odd", c.content)))
			if got := text(doc.Find("#status")); !strings.Contains(got, c.want) {
				t.Errorf("got %q", got)
			}
			if doc.Find("#json .line").Length() == 0 {
				t.Error("the content is not shown")
			}
		})
	}
	t.Run("a guide leads to its own page", func(t *testing.T) {
		t.Parallel()
		doc := onePage(t, detailOf(verdictRow(1, "Wrap-up", audit.Guide)))
		if got := doc.Find("main > .alert-info a").AttrOr("href", ""); got != guidePath(salesID, flowID(1)) {
			t.Errorf("it leads to %q", got)
		}
	})
	t.Run("a viewer sees why the guide can't be added", func(t *testing.T) {
		t.Parallel()
		s := &surveyorInMemory{details: map[instance.FlowID]*survey.FlowDetail{flowID(1): detailOf(rowOf(1, "Main", menuFlow))}}
		doc := newReadingPages(s, people.Viewer).page(t, flowAt(1), http.StatusOK)
		if got := text(doc.Find(".heading .action")); !strings.Contains(got, "Your role is Viewer.") || doc.Find(".heading a.button").Length() != 0 {
			t.Errorf("got %q", got)
		}
	})
	t.Run("an exit names where the contact goes on to", func(t *testing.T) {
		t.Parallel()
		content := strings.NewReplacer(`"Type":"TransferContactToQueue","Parameters":{}`, `"Type":"TransferToFlow","Parameters":{"ContactFlowId":"$.Attributes.next"}`).Replace(menuFlow)
		doc := onePage(t, detailOf(rowOf(1, "Main", content)))
		want := []string{
			"Sales queue Opens ACW guide a place decided during the contact ($.Attributes.next) Transfer to flow",
			"Billing queue No guide a place decided during the contact ($.Attributes.next) Transfer to flow",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#exits tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("every verdict has its sentence", func(t *testing.T) {
		t.Parallel()
		for i, v := range verdictsByNeed {
			if got := text(onePage(t, detailOf(verdictRow(i, "x", v))).Find("#status")); len(got) < 60 {
				t.Errorf("%s: %q", v, got)
			}
		}
	})
	t.Run("names stay text, whatever they are", func(t *testing.T) {
		t.Parallel()
		for i, n := range hostileNames {
			row := rowOf(i, n, menuFlow)
			row.Flow.Description, row.Leads = n, []survey.Lead{{Kind: "flow", Text: n, Flow: flowID(2)}}
			row.Flow.Tags = map[string]string{n: n}
			doc := onePage(t, detailOf(row))
			if doc.Find("main b, main script, a[href^=javascript]").Length() != 0 {
				t.Errorf("%q became markup", n)
			}
			if got := doc.Find("h1").Text(); !strings.Contains(got, strings.TrimSpace(n)) {
				t.Errorf("%q is not the heading: %q", n, got)
			}
		}
	})
	t.Run("a big flow is cut on the page and says so", func(t *testing.T) {
		t.Parallel()
		var b strings.Builder
		b.WriteString(`{"StartAction":"b0","Actions":[`)
		for i := range 249 {
			fmt.Fprintf(&b, `{"Identifier":"b%d","Type":"MessageParticipant","Parameters":{"Text":%q},"Transitions":{"NextAction":"b%d"}},`, i, strings.Repeat("x", 900), i+1)
		}
		b.WriteString(`{"Identifier":"b249","Type":"TransferContactToQueue"}]}`)
		doc := onePage(t, detailOf(rowOf(1, "Big", b.String())))
		if n := doc.Find("#json .line").Length(); n != maxCodeLines {
			t.Errorf("%d lines are shown", n)
		}
		if got := text(doc.Find("#json .expandable-content > p").Last()); !strings.HasPrefix(got, fmt.Sprintf("The first %d of ", maxCodeLines)) {
			t.Errorf("got %q", got)
		}
		if n := doc.Find("#blocks tbody tr").Length(); n != 250 {
			t.Errorf("%d blocks", n)
		}
	})
	t.Run("an unknown flow or instance is not found", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{}, people.Viewer)
		for _, path := range []string{flowAt(1), flowAt(1) + "/content.json", "/instances/nope/flows/x", flowsAt + "/%3Cb%3E"} {
			p.page(t, path, http.StatusNotFound)
		}
	})
	t.Run("where the service does not answer the page offers Retry", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{flowErr: fault.New(fault.Unavailable, "fault.internal")}, people.Viewer)
		if got := p.page(t, flowAt(1), http.StatusServiceUnavailable).Find(".alert a").AttrOr("href", ""); got != flowAt(1) {
			t.Errorf("Retry leads to %q", got)
		}
	})
}

func TestFlowContent(t *testing.T) {
	t.Parallel()
	exact := " {\"StartAction\" : \"\\u0041\",\r\n\t\"Actions\":[ ],\"n\":1.0} \r\n"
	d := detailOf(rowOf(1, `a/b "c".客服`, exact))
	d.Saved = &instance.Flow{Name: "draft", Content: exact + " "}
	p := newReadingPages(&surveyorInMemory{details: map[instance.FlowID]*survey.FlowDetail{flowID(1): d, flowID(2): detailOf(verdictRow(2, "x", audit.Unreadable))}}, people.Viewer)
	t.Run("the file holds the exact bytes and its name is safe", func(t *testing.T) {
		t.Parallel()
		w := p.send(t, http.MethodGet, flowAt(1)+"/content.json")
		if w.Body.String() != exact {
			t.Errorf("got %q", w.Body)
		}
		if _, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition")); err != nil || params["filename"] != "a-b -c-.客服.json" {
			t.Errorf("file name %q, %v", params["filename"], err)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", w.Header())
		}
	})
	t.Run("the draft has a file of its own", func(t *testing.T) {
		t.Parallel()
		if w := p.send(t, http.MethodGet, flowAt(1)+"/content.json?copy=saved"); w.Body.String() != exact+" " {
			t.Errorf("got %q", w.Body)
		}
	})
	t.Run("without content there is no file", func(t *testing.T) {
		t.Parallel()
		p.page(t, flowAt(2)+"/content.json", http.StatusNotFound)
	})
}
