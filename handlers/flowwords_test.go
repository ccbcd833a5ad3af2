package handlers

import (
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

func TestCoverageLine(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		c    survey.Coverage
		want string
	}{
		{"all three kinds", survey.Coverage{Covered: 17, Open: 4, CantTell: 2, Counted: 23},
			"17 of the 23 inbound flows that reach agents open the guide. 4 do not, 2 can't be told."},
		{"one of each", survey.Coverage{Covered: 1, Open: 1, CantTell: 1, Counted: 3},
			"1 of the 3 inbound flows that reach agents opens the guide. 1 does not, 1 can't be told."},
		{"none opens", survey.Coverage{Open: 2, Counted: 2}, "0 of the 2 inbound flows that reach agents open the guide. 2 do not."},
		{"the rest can't be told", survey.Coverage{Covered: 2, CantTell: 1, Counted: 3},
			"2 of the 3 inbound flows that reach agents open the guide. 1 can't be told."},
		{"all open", survey.Coverage{Covered: 3, Counted: 3}, "3 of the 3 inbound flows that reach agents open the guide."},
		{"only one, open", survey.Coverage{Covered: 1, Counted: 1}, "The only inbound flow that reaches agents opens the guide."},
		{"only one, not", survey.Coverage{Open: 1, Counted: 1}, "The only inbound flow that reaches agents does not open the guide."},
		{"only one, not known", survey.Coverage{CantTell: 1, Counted: 1}, "Whether the only inbound flow that reaches agents opens the guide can't be told."},
		{"none counted", survey.Coverage{}, "No active, published inbound flow of this instance reaches agents."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := CoverageLine(t.Context(), c.c); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLeadsText(t *testing.T) {
	t.Parallel()
	number := func(s string) survey.Lead { return survey.Lead{Kind: "number", Text: s} }
	cases := []struct {
		name        string
		row         survey.FlowRow
		want, small string
	}{
		{"numbers come first, the rest is counted", survey.FlowRow{Leads: []survey.Lead{{Kind: "flow", Text: "Main"}, number("+2"), number("+1"), number("+3")}}, "+1, +2 +2 more", ""},
		{"a resource has its kind", survey.FlowRow{Leads: []survey.Lead{{Kind: "resource", Text: "x", Type: "INBOUND_EMAIL"}}}, "Email address x", ""},
		{"an unknown kind is shown as it is", survey.FlowRow{Leads: []survey.Lead{{Kind: "resource", Text: "x", Type: "NEW"}}}, "NEW x", ""},
		{"denied", survey.FlowRow{LeadsUnknown: true}, "Can't see what leads here", ""},
		{"denied, yet a flow names it", survey.FlowRow{LeadsUnknown: true, Leads: []survey.Lead{{Kind: "flow", Text: "Main"}}}, "Main", "Can't see the rest"},
		{"nothing known", survey.FlowRow{}, "Nothing that can be seen", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, small := leadsText(t.Context(), &c.row); got != c.want || small != c.small {
				t.Errorf("got %q, %q; want %q, %q", got, small, c.want, c.small)
			}
		})
	}
}

func TestNotSelectable(t *testing.T) {
	t.Parallel()
	change := func(r survey.FlowRow, fn func(*survey.FlowRow)) survey.FlowRow { fn(&r); return r }
	guide := func(acw bool) func(*survey.FlowRow) {
		return func(r *survey.FlowRow) {
			r.Report.Guides = []audit.GuideUse{{ID: guideID, Health: audit.Health{State: audit.Healthy, Name: "g", ACW: acw}}}
		}
	}
	noStart := rowOf(1, "x", strings.Replace(menuFlow, `"StartAction":"Welcome"`, `"StartAction":""`, 1))
	cases := []struct {
		name string
		row  survey.FlowRow
		want string // message id; empty: can be selected
	}{
		{"no guide", verdictRow(1, "a", audit.NotWired), ""},
		{"in part", verdictRow(1, "a", audit.Partial), ""},
		{"can't tell: the review says what it can", verdictRow(1, "a", audit.Unknown), ""},
		{"opens different guides: one may replace them", verdictRow(1, "a", audit.WiredMixed), ""},
		{"opens another guide than an after-contact-work guide", change(verdictRow(1, "a", audit.Wired), guide(false)), ""},
		{"opens the guide", change(verdictRow(1, "a", audit.Wired), guide(true)), "flows.not-selectable.open"},
		{"opens the guide by the older setting", verdictRow(1, "a", audit.WiredAttr), "flows.not-selectable.open"},
		{"is a guide", verdictRow(1, "a", audit.Guide), "flows.not-selectable.guide"},
		{"reaches no agent", verdictRow(1, "a", audit.NoAgent), "flows.not-selectable.no-agent"},
		{"only by callback", verdictRow(1, "a", audit.CallbackOnly), "flows.not-selectable.callback-only"},
		{"archived", change(verdictRow(1, "a", audit.NotWired), func(r *survey.FlowRow) { r.Flow.State = instance.StateArchived }), "flows.not-selectable.archived"},
		{"never published", change(verdictRow(1, "a", audit.NotWired), func(r *survey.FlowRow) { r.Flow.Status = instance.StatusSaved }), "flows.not-selectable.never-published"},
		{"does not start: the reason itself", noStart, "audit.unreadable.no-start"},
		{"denied: the reason itself", change(verdictRow(1, "a", audit.Unreadable), func(r *survey.FlowRow) { r.Error = fault.New(fault.Denied, "aws.denied") }), "aws.denied"},
		{"unreadable for no known reason", verdictRow(1, "a", audit.Unreadable), "flows.not-selectable.unreadable"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, no := notSelectable(&c.row)
			if m.ID != c.want || no != (c.want != "") {
				t.Errorf("got %q, %v; want %q", m.ID, no, c.want)
			}
		})
	}
}

func TestVerdictStatus(t *testing.T) {
	t.Parallel()
	pinned := verdictRow(1, "a", audit.Wired)
	pinned.Covered = false
	pinned.Leads = []survey.Lead{{Kind: "number", Text: "+1", Version: "3"}, {Kind: "number", Text: "+2", Version: "3"}}
	if got := verdictStatus(t.Context(), &pinned); got.Kind != ui.Warning {
		t.Errorf("calls use another version, yet the status is %s", got.Kind)
	}
	if got := FlowFlags(t.Context(), &pinned); len(got) != 1 || got[0] != "Calls still use version 3" {
		t.Errorf("got %q", got)
	}
	for _, v := range verdictsByNeed {
		row := verdictRow(1, "a", v)
		got := verdictStatus(t.Context(), &row)
		if green := got.Kind == ui.Success; green != isWired(v) {
			t.Errorf("%s is %s", v, got.Kind)
		}
		if got.Text == "" || strings.HasPrefix(got.Text, "[") {
			t.Errorf("%s has no label: %q", v, got.Text)
		}
	}
}

func TestAFlowThatMayBePublishedIsNotSaidToBeNeverPublished(t *testing.T) {
	t.Parallel()
	row := verdictRow(1, "a", audit.Unreadable)
	row.Flow.Status, row.Error, row.Draft = instance.StatusSaved, fault.New(fault.Unavailable, "aws.service"), survey.DraftNotChecked
	unclear := FlowFlags(t.Context(), &row)
	row.Draft = survey.DraftYes // it was asked, and has a draft only
	never := FlowFlags(t.Context(), &row)
	if len(unclear) != 1 || len(never) != 1 || !strings.Contains(unclear[0], "can't be told") || !strings.HasPrefix(never[0], "Never published") {
		t.Errorf("%v, %v", unclear, never)
	}
}
