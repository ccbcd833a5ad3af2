package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

const (
	moduleID = "55555555-5555-4555-8555-555555555555"
	madeUp   = "66666666-6666-4666-8666-666666666666" // an identifier as the designer makes it up
)

// elsewhere is a flow whose contacts reach agents in a module, and go on from there and from a transfer flow.
func elsewhere() survey.FlowRow {
	row := rowOf(1, "Front door", menuFlow)
	unset, denied := []audit.Setting{{Kind: audit.Unset}}, fault.Msg("aws.denied", "Action", "connect:DescribeContactFlowModule")
	row.Report = audit.Report{
		Verdict:  audit.Partial,
		Handoffs: []audit.Handoff{{Flow: moduleID, Block: madeUp, Type: "TransferContactToQueue", Settings: unset}},
		Exits: []audit.Exit{
			{Flow: string(flowID(7)), Block: "Onward", Type: "InvokeFlowModule", Target: flowAt(8), Settings: unset, Why: denied},
			{Block: "Billing queue", Type: "TransferToFlow", Target: "$.Attributes.next", Settings: unset, Why: fault.Msg("audit.exit.path")},
		},
		Gaps: []audit.Gap{
			{Flow: moduleID, Block: madeUp, Kind: audit.Unset, Route: []string{"Welcome", madeUp}, Steps: []audit.RouteStep{
				{Block: "Welcome", Title: "Welcome", Type: "MessageParticipant"}, {Flow: moduleID, FlowName: "Account services", Block: madeUp, Type: "TransferContactToQueue"},
			}},
			{Flow: string(flowID(7)), Block: "Onward", Kind: audit.UnknownRoute},
			{Block: "Billing queue", Kind: audit.UnknownRoute},
		},
		Notes: []audit.Note{
			{Message: fault.Msg("audit.note.while-waiting", "Block", madeUp, "In", "Account services"), Flow: moduleID, Block: madeUp},
			{Message: fault.Msg("audit.note.too-many-states", "Block", madeUp, "In", "Night shift"), Flow: string(flowID(9)), Block: madeUp},
			{Message: fault.Msg("audit.note.unknown-route", "Block", "Onward", "Type", "InvokeFlowModule", "Target", madeUp, "In", "Transfer to sales"), Flow: string(flowID(7)), Block: "Onward"},
		},
	}
	return row
}

// Blocks of other flows and modules are called by names on every page, and what could not be followed has its reason.
func TestWhatLiesInOtherFlowsHasNames(t *testing.T) {
	t.Parallel()
	row := elsewhere()
	reading := readingOf(row)
	transfer := verdictRow(7, "Transfer to sales", audit.NotWired)
	transfer.Flow.Type = instance.TypeQueueTransfer
	reading.Others = []survey.FlowRow{transfer}
	s := &surveyorInMemory{last: reading, details: map[instance.FlowID]*survey.FlowDetail{row.Flow.ID: detailOf(row)}}
	one := newReadingPages(s, people.Publisher).page(t, flowPath(salesID, row.Flow.ID), http.StatusOK)
	report := newCoveragePages(s).page(t, reportPath(salesID), http.StatusOK)
	gaps := []string{
		"Transfer to queue in Account services is reached without a guide. Example: Welcome > Transfer to queue in Account services",
		"Onward in Transfer to sales goes on to " + flowAt(8) + ", not checked. wrapup's role has no permission for connect:DescribeContactFlowModule.",
		"Billing queue goes on to a place decided during the contact ($.Attributes.next), not checked.",
	}
	notes := []string{
		`The queue flow after "Transfer to queue in Account services" sets a guide.`, `So many settings meet at "a block without a name in Night shift"`,
		`"Onward in Transfer to sales" (Invoke module) goes on to "` + madeUp + `", not checked.`,
	}
	for _, ext := range []string{".csv", ".json"} {
		body := newReadingPages(s, people.Viewer).send(t, http.MethodGet, flowsAt+ext).Body.String()
		got := strings.NewReplacer(`""`, `"`, `\"`, `"`).Replace(body)
		for _, want := range notes {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is missing in %s", ext, want, got)
			}
		}
	}
	for page, doc := range map[string]*goquery.Selection{"the flow's page": one.Find("#status"), "the report": report.Find(".report-flow")} {
		got := text(doc)
		for _, want := range append(gaps, notes...) {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is missing in %s", page, want, got)
			}
		}
		if strings.Contains(got, moduleID) || strings.Contains(got, string(flowID(7))) || strings.Contains(got, "It is decided during the contact") {
			t.Errorf("%s: an identifier stands for a name, or a reason is said twice: %s", page, got)
		}
	}
	if got := text(one.Find("#points tbody tr")); got != "Transfer to queue Account services No guide Transfer to queue" {
		t.Errorf("point %q", got)
	}
	want := "Onward Transfer to sales No guide " + flowAt(8) + " wrapup's role has no permission for connect:DescribeContactFlowModule. Add it to the role's policy. "
	if got := text(one.Find("#exits tbody tr").First()); !strings.HasPrefix(got, want) {
		t.Errorf("exit %q", got)
	}
}

// A module in which all is well has no gap or note that would tell its name: the designer keeps it in the flow that runs it.
func TestAModuleIsCalledAsTheDesignerCallsIt(t *testing.T) {
	t.Parallel()
	const runs = `{"StartAction":"Run","Metadata":{"ActionMetadata":{"Run":{"contactFlowModuleName":"Account services"}}},"Actions":[
{"Identifier":"Run","Type":"InvokeFlowModule","Parameters":{"FlowModuleId":"` + moduleID + `"},"Transitions":{"NextAction":"End"}},
{"Identifier":"End","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
	for content, want := range map[string]string{runs: "Account services", strings.Replace(runs, "contactFlowModuleName", "x", 1): "another flow or module"} {
		row := rowOf(1, "Front door", content)
		row.Report = audit.Report{Verdict: audit.Wired, Handoffs: []audit.Handoff{{Flow: moduleID, Block: madeUp, Type: "TransferContactToQueue"}}}
		if got := text(onePage(t, detailOf(row)).Find("#points tbody tr")); got != "Transfer to queue "+want+" Transfer to queue" {
			t.Errorf("point %q, want %q", got, want)
		}
	}
}

// Each reason stands once, with the number of flows that it makes untold.
func TestWhatCouldNotBeFollowedIsToldOfTheInstance(t *testing.T) {
	t.Parallel()
	twice := elsewhere()
	twice.Report.Exits = append(twice.Report.Exits, twice.Report.Exits[0])
	other := elsewhere()
	other.Flow.ID, other.Flow.Name = flowID(2), "Side door"
	reading := readingOf(twice, other)
	const says = "What 2 flows lead to could not be read, so not all of their routes can be told. wrapup's role has no permission for connect:DescribeContactFlowModule."
	notices := func() string {
		return text(newReadingPages(&surveyorInMemory{last: reading}, people.Viewer).page(t, flowsPath(salesID), http.StatusOK).Find("main .alert"))
	}
	if got := notices(); !strings.Contains(got, says) || strings.Count(got, "could not be read") != 1 {
		t.Error(got)
	}
	reading.Warnings = []fault.Message{fault.Msg("survey.warning.list", "Code", "AccessDeniedException")}
	if got := notices(); !strings.Contains(got, "2 things could not be read") || !strings.Contains(got, "The list of flows could not be read") || !strings.Contains(got, says) {
		t.Error(got)
	}
}
