package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

func TestReport(t *testing.T) {
	t.Parallel()
	main := rowOf(11, "Main menu", menuFlow)
	main.Leads = []survey.Lead{{Kind: "flow", Text: "Night", Flow: flowID(2)}, {Kind: "number", Text: "+49 30 1234", Version: "3"}}
	main.Draft, main.DraftVerdict = survey.DraftYes, audit.NotWired
	broken := verdictRow(12, "Switchboard", audit.Unreadable)
	broken.Error, broken.LeadsUnknown = fault.New(fault.Denied, "aws.denied", "Action", "connect:DescribeContactFlow"), true
	r := readingOf(verdictRow(13, "Sales", audit.Wired), main, broken, verdictRow(14, "Guide", audit.Guide), verdictRow(15, "Night", audit.NotWired))
	p := newCoveragePages(&surveyorInMemory{last: r})
	doc := p.page(t, reportPath(salesID), http.StatusOK)
	t.Run("it is as of a reading, on every page of paper", func(t *testing.T) {
		t.Parallel()
		if got := text(doc.Find(".heading")); got != "Guide coverage of sales-eu As of the reading of 22 Nov 2026, 07:47 UTC" {
			t.Error(got)
		}
		if got := text(doc.Find(".running")); got != "Guide coverage of sales-eu, eu-central-1. As of the reading of 22 Nov 2026, 07:47 UTC." {
			t.Error(got)
		}
		want := "Instance sales-eu Region and account eu-central-1, account 111122223333 ARN " + sales.ARN +
			" As of the reading of 22 Nov 2026, 07:47 UTC Report made 22 Nov 2026, 07:51 UTC Made by wrapup 1.2.3"
		if got := text(doc.Find(".report > .key-values")); got != want {
			t.Error(got)
		}
	})
	t.Run("every flow is in it, what needs a person first", func(t *testing.T) {
		t.Parallel()
		want := []string{"Night", "Main menu", "Switchboard", "Sales", "Guide"}
		if diff := cmp.Diff(want, texts(doc.Find(".report-flow h4"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		groups := []string{"Does not open the guide (1)", "Can't tell (2)", "Opens the guide (1)", "Not counted (1)"}
		if diff := cmp.Diff(groups, texts(doc.Find(".report-group > h3"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("a flow has its verdict, points, guide, leads, draft, gaps and notes in words", func(t *testing.T) {
		t.Parallel()
		got := text(doc.Find("#group-cant-tell .report-flow").First())
		for _, want := range []string{
			"Main menu In part Calls still use version 3 Some contacts reach an agent without the guide.",
			"Points with the guide 1 of 2 Guide ACW guide What leads here +49 30 1234 (uses version 3), Night Unpublished draft Yes (No guide)",
			"Where the guide is missing Billing queue is reached without a guide. Example: Welcome > Main menu > press 2 > Billing queue",
			`Notes If "Set guide" fails, its error branch counts as if it had worked.`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %s", want, got)
			}
		}
	})
	t.Run("why a flow could not be read, and what can't be seen of it", func(t *testing.T) {
		t.Parallel()
		got := text(doc.Find("#group-cant-tell .report-flow").Last())
		if !strings.Contains(got, "connect:DescribeContactFlow") || !strings.Contains(got, "What leads here Can't see what leads here") {
			t.Error(got)
		}
	})
	t.Run("the method, and what it can't tell", func(t *testing.T) {
		t.Parallel()
		got := text(doc.Find("section[aria-labelledby=method-title]"))
		for _, want := range []string{"The flows were read by a search", "followed every route", "What it can't tell", "quick connects", "agent application of your own"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %s", want, got)
			}
		}
	})
	t.Run("nothing on it changes anything", func(t *testing.T) {
		t.Parallel()
		if doc.Find("main form").Length() != 0 {
			t.Error("it has a form")
		}
	})
	t.Run("blocks are called by the names that routes tell, also where their identifiers are no words", func(t *testing.T) {
		t.Parallel()
		row := verdictRow(1, "Sales", audit.NotWired)
		row.Report.Handoffs = []audit.Handoff{{Block: "b1", Type: "TransferContactToQueue"}}
		row.Report.Gaps = []audit.Gap{{Block: "b1", Kind: audit.Unset, Route: []string{"b0", "b1"}, Steps: []audit.RouteStep{
			{Block: "b0", Title: "Greet", Type: "MessageParticipant"}, {Block: "b1", Type: "TransferContactToQueue"},
		}}}
		row.Report.Notes = []audit.Note{{Message: fault.Msg("audit.note.set-on-error", "Block", "b0")}, {Message: fault.Msg("audit.note.set-on-error", "Block", "b9")}}
		got := text(newCoveragePages(&surveyorInMemory{last: readingOf(row)}).page(t, reportPath(salesID), http.StatusOK).Find(".report-flow"))
		for _, want := range []string{
			"Where the guide is missing Transfer to queue is reached without a guide. Example: Greet > Transfer to queue", `If "Greet" fails`, `If "b9" fails`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %s", want, got)
			}
		}
		if row.Report.Notes[0].Args["Block"] != "b0" {
			t.Error("the reading was changed")
		}
	})
	t.Run("no flow at all", func(t *testing.T) {
		t.Parallel()
		doc := newCoveragePages(&surveyorInMemory{last: readingOf()}).page(t, reportPath(salesID), http.StatusOK)
		if doc.Find(".report-group").Length() != 0 || !strings.Contains(text(doc.Find(".report-part").First()), "No inbound flows") {
			t.Error(text(doc.Find(".report")))
		}
	})
}

// Of the practice instances nothing is called by an identifier that stands for a name.
func TestReportOfThePracticeInstances(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	doc := j.get(j.path("report"))
	if got, want := doc.Find(".report-flow").Length(), len(j.reading().Flows); got != want {
		t.Errorf("%d flows, want %d", got, want)
	}
	billing := text(doc.Find("#group-in-part .report-flow"))
	if !strings.Contains(billing, "Transfer to Gift cards is reached without a guide. Example: Log > Which bill > press 4 > Transfer to Gift cards") {
		t.Error(billing)
	}
}
