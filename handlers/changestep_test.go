package handlers

import (
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

func TestCallersWhoseContactsChangeGuideAreNamed(t *testing.T) {
	t.Parallel()
	opens := func(n int, name string, v audit.Verdict, guides ...int) survey.FlowRow {
		row := verdictRow(n, name, v)
		for _, g := range guides {
			row.Report.Guides = append(row.Report.Guides, audit.GuideUse{ID: flowID(g)})
		}
		return row
	}
	led := verdictRow(1, "Queue", audit.NotWired)
	reading := readingOf(led, opens(2, "Same", audit.Wired, 90), opens(3, "Other", audit.Wired, 91), opens(4, "Both", audit.WiredMixed, 90, 91),
		opens(5, "None", audit.NotWired), opens(6, "In part", audit.Partial, 90))
	for n, row := range reading.Flows {
		led.Leads = append(led.Leads, survey.Lead{Kind: survey.LeadFlow, Text: row.Flow.Name, Flow: row.Flow.ID})
		if n == 0 {
			led.Leads = []survey.Lead{{Kind: survey.LeadNumber, Text: "+49 30 1"}}
		}
	}
	led.Leads = append(led.Leads, survey.Lead{Kind: survey.LeadFlow, Text: "Gone", Flow: flowID(77)})
	adds := publish.Step{Kind: publish.UpdateFlow, Edits: []flow.Edit{{Kind: flow.Insert, Guide: sales.ARN + "/contact-flow/" + string(flowID(90))}}}
	if got := changedCallers(t.Context(), adds, &led, reading); got != "Other, Both, None, In part, Gone" {
		t.Errorf("named are %q", got)
	}
	removes := publish.Step{Kind: publish.UpdateFlow, Edits: []flow.Edit{{Kind: flow.Remove, Block: "b"}}}
	if got := changedCallers(t.Context(), removes, &led, reading); got != "" {
		t.Errorf("where the guide is taken out, %q are named", got)
	}
}
