package handlers

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

func TestAReviewSaysOfAFlowWhatTheListSays(t *testing.T) {
	t.Parallel()
	for v, want := range map[audit.Verdict]string{
		audit.ViaCallers: "Set by the flows that lead here; by itself: No guide → Opens the guide",
		audit.Draft:      "Waiting in an unpublished draft; as published: No guide → Opens the guide",
	} {
		t.Run(string(v), func(t *testing.T) {
			t.Parallel()
			j := newJourney(t, people.Publisher)
			for _, row := range j.reading().Flows {
				if live, saved, _ := j.sim.Contents(j.in.ID, string(row.Flow.ID)); live != saved {
					j.get(j.path("flows", string(row.Flow.ID))) // reads its draft
				}
			}
			var ids []string
			for _, row := range j.reading().Flows {
				if row.Report.Verdict == v {
					ids = append(ids, string(row.Flow.ID))
				}
			}
			form := url.Values{"guide": {choiceAsIs + string(j.guideFlow().Flow.ID)}, "flow": ids, "callers": ids, "draft": ids}
			if len(ids) == 0 {
				t.Fatal("the demo data has no such flow")
			}
			fact := func(doc *goquery.Document) string { return text(doc.Find(`#step-1 dt:contains("Audit") + dd`)) }
			change := j.follow(j.path("changes"), form)
			if got := fact(j.get(change)); got != want {
				t.Errorf("the review says %q", got)
			}
			ask := map[audit.Verdict]string{audit.ViaCallers: ":callers", audit.Draft: ":draft"}[v]
			if n := j.get(change).Find(`input[name="confirm"]`).Filter(`[value$="` + ask + `"]`).Length(); n != len(ids) || strings.Contains(ask, "draft") && len(j.change(change).Asked.OverCalls) > 0 {
				t.Errorf("%d of %d flows ask for the tick", n, len(ids))
			}
			for _, row := range j.reading().Flows {
				if _, no := notChoosable(&row, publish.Rules{}); !no {
					form.Add("flow", string(row.Flow.ID))
				}
			}
			many := j.get(j.follow(j.path("changes"), form))
			if got := text(many.Find(`#overview tr:contains("` + j.change(change).Steps[0].Name + `")`)); !strings.Contains(got, want) {
				t.Errorf("of many, its line says %q", got)
			}
			theirs, _, _ := j.sim.Contents(j.in.ID, ids[0])
			if err := j.sim.EditOutside(j.in.ID, ids[0], strings.Replace(theirs, `"Version"`, `"Settled":1,"Version"`, 1)); err != nil {
				t.Fatal(err)
			}
			j.get(j.path("flows", ids[0])) // reads it
			if got := fact(j.get(change)); got != "No guide → Opens the guide" {
				t.Errorf("of other bytes than those of the list, the review says %q", got)
			}
		})
	}
}

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
