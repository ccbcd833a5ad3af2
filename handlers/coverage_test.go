package handlers

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

// newCoveragePages is the router of the pages that count, on a surveyor in memory.
func newCoveragePages(s *surveyorInMemory, more ...feature) readingPages {
	shell := &Shell{Deps{Log: slog.New(slog.DiscardHandler), Session: &readingSession{}, Now: func() time.Time { return pageTime }, Version: "1.2.3"}}
	r := chi.NewRouter()
	for _, f := range append(more, &Coverage{Shell: shell, surveyor: s}) {
		f.Mount(r)
	}
	return readingPages{Handler: r, surveyor: s}
}

// number is a telephone number that leads to the nth row of a reading; below 0 no flow is known.
func number(r *survey.Reading, text string, row int, version string) survey.NumberRow {
	n := survey.NumberRow{Number: instance.Number{ID: "id-" + text, Number: text, Type: "DID", Country: "DE"}, Version: version}
	if row >= 0 {
		f := &r.Flows[row]
		n.Known, n.Row, n.Flow, n.Name = true, row, f.Flow.ID, f.Flow.Name
		f.Leads = append(f.Leads, survey.Lead{Kind: survey.LeadNumber, ID: strings.ToLower(n.ID), Text: text, Version: version})
	}
	return n
}

// covered is a reading with a flow of each group, and numbers that lead to them.
func covered() *survey.Reading {
	wired := verdictRow(1, "Sales", audit.Wired)
	wired.Report.Guides = []audit.GuideUse{{Ref: string(guideID), ID: guideID, Health: healthyGuide(guideID)}}
	wired.Report.Set, wired.Report.Of = 1, 1
	other := verdictRow(2, "Support", audit.WiredMixed)
	other.Report.Guides = append([]audit.GuideUse{{Ref: "$.x", Health: audit.Health{State: audit.NotKnown, Reason: fault.Msg("survey.health.not-listed")}}}, wired.Report.Guides...)
	pinned := verdictRow(3, "Trade", audit.Wired)
	pinned.Covered = false
	old := verdictRow(4, "Old", audit.NotWired)
	old.Flow.State, old.Counted, old.Report.Guides = instance.StateArchived, false, other.Report.Guides
	r := readingOf(other, wired, pinned, old, verdictRow(5, "Billing", audit.Partial), verdictRow(6, "Night", audit.NotWired),
		verdictRow(7, "Locator", audit.NoAgent), verdictRow(8, "Front door", audit.Unknown))
	r.Numbers = []survey.NumberRow{
		number(r, "+491", 1, ""), number(r, "+492", 2, "3"), number(r, "+493", 2, ""), number(r, "+494", 3, ""), number(r, "+495", 4, ""),
		number(r, "+496", 6, ""), number(r, "+497", -1, ""),
	}
	r.Beside = survey.Beside{
		Transfers: survey.Coverage{Counted: 3, Covered: 1, Open: 1, CantTell: 1}, Outbound: survey.Coverage{Counted: 1, Covered: 1}, Callbacks: 2, Unseen: 3,
	}
	return r
}

func TestCoveragePage(t *testing.T) {
	t.Parallel()
	doc := newCoveragePages(&surveyorInMemory{last: covered()}).page(t, coveragePath(salesID), http.StatusOK)
	t.Run("the head line has its denominator and says what is not in it", func(t *testing.T) {
		t.Parallel()
		want := "Inbound flows Read 4 minutes ago (22 Nov 2026, 07:47 UTC) 2 of the 6 inbound flows that reach agents open the guide. 2 do not, 2 can't be told. " +
			"Agents also need the agent workspace and the Custom views permission. " +
			"2 other flows are not counted: guides, flows that reach no agent or only by callback, archived and never published ones. " +
			"The flows were found by a search; they were not confirmed one by one. Check whether agents are ready Confirm the counted flows"
		if got := text(doc.Find("#coverage")); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if doc.Find(`#coverage a[href="`+readinessPath(salesID)+`"], #coverage a[href="`+flowsAt+`#coverage"]`).Length() != 2 {
			t.Error("it does not lead to the agents, or to Confirm")
		}
	})
	t.Run("its numbers are made of verdicts, and add up", func(t *testing.T) {
		t.Parallel()
		want := []string{
			"Opens the guide 2 Opens different guides (1) Opens the guide (1)",
			"In part 1 In part (1)", "Does not open the guide 1 No guide (1)",
			"Can't tell 2 Opens the guide, but something uses another version (1) Can't tell (1)",
			"Not counted 2 Archived (1) Does not reach an agent (1)",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#made tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if doc.Find(`#made a[href$="show=not-wired"]`).Length() != 0 || doc.Find(`#made a[href$="show=partial"]`).Length() != 1 {
			t.Error("a number leads to a list of another length")
		}
	})
	t.Run("by telephone number", func(t *testing.T) {
		t.Parallel()
		want := []string{
			"+491 Opens the guide Sales", "+492 Opens the guide Calls still use version 3 Trade", "+493 Opens the guide Trade",
			"+494 No guide Archived Old", "+495 In part Billing", "+496 Does not reach an agent Locator", "+497 No flow known –",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#numbers tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		line := "2 of the 6 telephone numbers that reach agents, or may, open the guide. 1 does not, 3 can't be told. For 1 of them no flow is known. " +
			"1 other leads to a flow that reaches no agent itself."
		if got := text(doc.Find("#numbers .container-header p")); got != line {
			t.Errorf("got %s", got)
		}
		for n, kind := range []string{"success", "warning", "success"} {
			if doc.Find("#numbers tbody tr").Eq(n).Find(".status-"+kind).Length() != 1 {
				t.Errorf("row %d is not of kind %s", n+1, kind)
			}
		}
	})
	t.Run("lines of their own have denominators", func(t *testing.T) {
		t.Parallel()
		want := []string{
			"1 of the 3 transfer flows that reach agents opens the guide. 1 does not, 1 can't be told.",
			"1 of the 1 outbound whispers leaves the guide set.",
			"2 of the 7 active, published inbound flows make callbacks.",
			"None of the 7 active, published inbound flows makes tasks.",
			"For 3 of the 6 counted flows we can't see what leads there.",
			"Can't be seen from here.",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#beside tbody .status"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := doc.Find("#beside tbody .status-success").Length(); got != 1 {
			t.Errorf("%d lines are green", got)
		}
	})
	t.Run("which guides open, those of most flows first", func(t *testing.T) {
		t.Parallel()
		want := []string{"ACW guide Published After-contact-work guide 2 of 6 counted flows", "$.x Not checked Can't tell 1 of 6 counted flows"}
		if diff := cmp.Diff(want, texts(doc.Find("#guides tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("the tab is marked", func(t *testing.T) {
		t.Parallel()
		if got := text(doc.Find(".tabs [aria-current]")); got != "Coverage" {
			t.Error(got)
		}
	})
}

func TestCoveragePageOfUnusualReadings(t *testing.T) {
	t.Parallel()
	page := func(t *testing.T, r *survey.Reading, query string) string {
		t.Helper()
		return text(newCoveragePages(&surveyorInMemory{last: r}).page(t, coveragePath(salesID)+query, http.StatusOK).Find("main"))
	}
	t.Run("nothing at all", func(t *testing.T) {
		t.Parallel()
		got := page(t, readingOf(), "")
		for _, want := range []string{
			"No active, published inbound flow of this instance reaches agents.", "No telephone number is known", "No counted flow names a guide",
			"No transfer flow that reaches agents is known.", "No outbound whisper is known.",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %s", want, got)
			}
		}
	})
	t.Run("flows of other types, where inbound flows are read one by one", func(t *testing.T) {
		t.Parallel()
		r := covered()
		r.Method, r.Beside.Outbound = survey.ByDescribe, survey.Coverage{}
		doc := newCoveragePages(&surveyorInMemory{last: r}).page(t, coveragePath(salesID), http.StatusOK)
		want := []string{
			"1 of the 3 transfer flows that reach agents opens the guide. 1 does not, 1 can't be told. Only those that an inbound flow leads to were read.",
			"No outbound whisper is known. Only those that an inbound flow leads to were read.",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#beside tbody .status"))[:2]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if doc.Find("#beside tbody tr").Eq(1).Find(".status-pending").Length() != 1 {
			t.Error("what was not read looks as if it were known")
		}
	})
	t.Run("of an instance without flows nothing is counted", func(t *testing.T) {
		t.Parallel()
		doc := newCoveragePages(&surveyorInMemory{last: readingOf()}).page(t, coveragePath(salesID), http.StatusOK)
		got := text(doc.Find("main"))
		if strings.Contains(got, "the 0 ") || strings.Contains(got, " 0 of") || !strings.Contains(got, "The instance has no active, published inbound flow.") || !strings.Contains(got, "No flow is counted.") {
			t.Error(got)
		}
	})
	t.Run("numbers that can't be listed are not none", func(t *testing.T) {
		t.Parallel()
		r := readingOf(verdictRow(1, "Sales", audit.Wired))
		r.NoNumbers = true
		doc := newCoveragePages(&surveyorInMemory{last: r}).page(t, coveragePath(salesID), http.StatusOK)
		if got := text(doc.Find("#numbers")); !strings.Contains(got, "could not be listed") || strings.Contains(got, "has none") || strings.Contains(got, "(0)") {
			t.Error(got)
		}
	})
	t.Run("associations that can't be read are never fine", func(t *testing.T) {
		t.Parallel()
		row := verdictRow(1, "Sales", audit.Wired)
		row.Covered, row.LeadsUnknown = false, true
		r := readingOf(row)
		r.Numbers = []survey.NumberRow{number(r, "+491", -1, "")}
		r.Warnings = []fault.Message{fault.Msg("survey.warning.associations", "Code", "AccessDeniedException")}
		doc := newCoveragePages(&surveyorInMemory{last: r}).page(t, coveragePath(salesID), http.StatusOK)
		if n := doc.Find("main .status-success").Length(); n != 0 {
			t.Errorf("%d things are green", n)
		}
		got := text(doc.Find("main"))
		for _, want := range []string{
			"Can't see where it leads", "What leads to the flows could not be read", "Opens the guide, but which version is used can't be seen (1)",
			"The permission is connect:ListFlowAssociations.", "0 of the 1 telephone numbers that reach agents, or may, open the guide. 1 can't be told.",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %s", want, got)
			}
		}
		if strings.Contains(got, "No flow known") || strings.Contains(got, "no flow is known") {
			t.Error("it says that no flow is known")
		}
	})
	t.Run("of a flow that is used in another version nothing is told", func(t *testing.T) {
		t.Parallel()
		got := page(t, readingOf(used(verdictRow(1, "Night", audit.NotWired), "3"), used(verdictRow(2, "Desk", audit.Unknown), "3")), "")
		if !strings.Contains(got, "Can't tell 2 Something uses another version than the one that was read (1) Can't tell (1)") || strings.Contains(got, "Does not open the guide") {
			t.Error(got)
		}
	})
	t.Run("many numbers are cut, with a way to all", func(t *testing.T) {
		t.Parallel()
		r := readingOf(verdictRow(1, "Sales", audit.Wired))
		for i := range 60 {
			r.Numbers = append(r.Numbers, number(r, "+49"+strconv.Itoa(100+i), 0, ""))
		}
		p := newCoveragePages(&surveyorInMemory{last: r})
		few, all := p.page(t, coveragePath(salesID), http.StatusOK), p.page(t, coveragePath(salesID)+"?numbers=all", http.StatusOK)
		if few.Find("#numbers tbody tr").Length() != numbersShown || all.Find("#numbers tbody tr").Length() != 60 {
			t.Error("not cut, or not all")
		}
		if few.Find(`#numbers a[href$="/coverage?numbers=all#numbers"]`).Length() != 1 || all.Find(`#numbers a[href*="numbers=all"]`).Length() != 0 {
			t.Error("there is no way to all, or one too many")
		}
	})
	t.Run("how many were confirmed is said", func(t *testing.T) {
		t.Parallel()
		later := func(n int) *survey.Reading {
			r := readingOf(verdictRow(1, "Sales", audit.Wired), verdictRow(2, "Night", audit.NotWired))
			for i := range n {
				r.Flows[i].ReadAt = readingTime.Add(time.Minute)
			}
			return r
		}
		for n, want := range []string{"they were not confirmed one by one", "1 of the 2 counted flows was also read one by one", "All 2 counted flows were also read one by one"} {
			got := page(t, later(n), "")
			if !strings.Contains(got, want) || strings.Contains(got, "Confirm the counted flows") != (n < 2) {
				t.Errorf("with %d: %s", n, got)
			}
		}
		one := later(0)
		one.Method = survey.ByDescribe
		if got := page(t, one, ""); strings.Contains(got, "confirmed") || strings.Contains(got, "Confirm") {
			t.Errorf("each was read by itself: %s", got)
		}
	})
	t.Run("hostile names stay text", func(t *testing.T) {
		t.Parallel()
		for _, name := range hostileNames {
			row := verdictRow(1, name, audit.Wired)
			row.Report.Guides = []audit.GuideUse{{Ref: name, Health: audit.Health{State: audit.Healthy, Name: name}}}
			r := readingOf(row)
			r.Numbers = []survey.NumberRow{number(r, name, 0, name)}
			for _, path := range []string{coveragePath(salesID), reportPath(salesID)} {
				doc := newCoveragePages(&surveyorInMemory{last: r}).page(t, path, http.StatusOK)
				if doc.Find("main b, main script, main [href^='javascript']").Length() != 0 {
					t.Errorf("%s: %q became markup", path, name)
				}
			}
		}
	})
	t.Run("an instance that can't be read is an error", func(t *testing.T) {
		t.Parallel()
		p := newCoveragePages(&surveyorInMemory{readErr: fault.New(fault.Throttled, "fault.internal")})
		for _, path := range []string{"/coverage", "/coverage.csv", "/coverage.json", "/numbers.csv", "/report"} {
			if w := p.send(t, http.MethodGet, "/instances/"+string(salesID)+path); w.Code != http.StatusTooManyRequests || w.Header().Get("Content-Disposition") != "" {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
	})
}

func TestNumberGroup(t *testing.T) {
	t.Parallel()
	with := func(change func(*survey.FlowRow), v audit.Verdict) survey.FlowRow {
		row := verdictRow(1, "Sales", v)
		change(&row)
		return row
	}
	same := func(*survey.FlowRow) {}
	for name, x := range map[string]struct {
		row     survey.FlowRow
		version string
		want    flowGroup
	}{
		"opens":                      {with(same, audit.Wired), "", opensGuide},
		"opens an older version":     {with(same, audit.Wired), "3", cannotTell},
		"another resource is pinned": {with(func(r *survey.FlowRow) { r.Covered = false }, audit.Wired), "", opensGuide},
		"another plays an older version without the guide": {used(verdictRow(1, "Sales", audit.NotWired), "3"), "", doesNotOpen},
		"in part":                      {with(same, audit.Partial), "", opensInPart},
		"no guide":                     {with(same, audit.NotWired), "", doesNotOpen},
		"no guide in an older version": {with(same, audit.NotWired), "3", cannotTell},
		"broken":                       {with(same, audit.Broken), "", doesNotOpen},
		"two guides":                   {with(same, audit.Conflict), "", cannotTell},
		"unreadable":                   {with(same, audit.Unreadable), "", cannotTell},
		"reaches no agent":             {with(same, audit.NoAgent), "", notCounted},
		"a guide":                      {with(same, audit.Guide), "", notCounted},
		"archived":                     {with(func(r *survey.FlowRow) { r.Flow.State, r.Counted = instance.StateArchived, false }, audit.Wired), "", cannotTell},
		"never published":              {with(func(r *survey.FlowRow) { r.Flow.Status, r.Counted = instance.StatusSaved, false }, audit.Wired), "", cannotTell},
	} {
		r := readingOf(x.row)
		if got := numberGroup(r, number(r, "+491", 0, x.version)); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
	if got := numberGroup(readingOf(), survey.NumberRow{}); got != cannotTell {
		t.Errorf("no flow known: %s", got)
	}
}

const taipeiID = instance.ID("22222222-1111-4111-8111-111111111111")

func listings() []survey.Listing {
	taipei := instance.Instance{ID: taipeiID, Alias: "=Taipei", Region: "ap-northeast-1", Account: "444455556666"}
	return []survey.Listing{
		{Source: survey.Source{Region: "eu-central-1"}, Instances: []instance.Instance{sales, taipei}},
		{Source: survey.Source{Region: "us-east-1", Account: "111122223333"}, Err: fault.New(fault.Denied, "aws.denied", "Action", "connect:ListInstances")},
	}
}

func TestCoverageOverAll(t *testing.T) {
	t.Parallel()
	t.Run("a total says what is in it and what is not", func(t *testing.T) {
		t.Parallel()
		s := &surveyorInMemory{last: covered(), listings: listings()}
		doc := newCoveragePages(s).page(t, "/coverage", http.StatusOK)
		want := []string{
			"=Taipei Not read, not in the total ap-northeast-1 444455556666 – – – – –",
			"sales-eu 2 of 6 open the guide eu-central-1 111122223333 6 2 2 2 22 Nov 2026, 07:47 UTC (4 minutes ago)",
			"Total of 1 of 2 instances 2 of 6 open the guide – 6 2 2 2 –",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#instances tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		head := text(doc.Find("#coverage"))
		for _, want := range []string{
			"2 of the 6 inbound flows that reach agents open the guide. 2 do not, 2 can't be told.",
			"1 of the 2 instances has not been read and is not in this total.",
		} {
			if !strings.Contains(head, want) {
				t.Errorf("%q is missing in %s", want, head)
			}
		}
		if got := text(doc.Find(".alert-error")); !strings.Contains(got, "us-east-1") || !strings.Contains(got, "Its instances are not in the total.") {
			t.Errorf("the account that can't be listed: %s", got)
		}
		if s.reads != 0 {
			t.Errorf("%d readings were begun", s.reads)
		}
		if got := text(doc.Find(".top-nav [aria-current]")); got != "" && got != "Coverage" {
			t.Error(got)
		}
	})
	t.Run("of one instance there is no sum", func(t *testing.T) {
		t.Parallel()
		one := listings()[:1]
		one[0].Instances = one[0].Instances[:1]
		doc := newCoveragePages(&surveyorInMemory{last: covered(), listings: one}).page(t, "/coverage", http.StatusOK)
		if doc.Find("#total").Length() != 0 || doc.Find("#instances tbody tr").Length() != 1 {
			t.Error(text(doc.Find("#instances")))
		}
	})
	t.Run("nothing was read: no head line, nothing to download", func(t *testing.T) {
		t.Parallel()
		doc := newCoveragePages(&surveyorInMemory{listings: listings()}).page(t, "/coverage", http.StatusOK)
		if doc.Find("#coverage, #total, a[download]").Length() != 0 || doc.Find("#instances tbody tr").Length() != 2 {
			t.Error(text(doc.Find("main")))
		}
	})
	t.Run("no account could be listed: no table", func(t *testing.T) {
		t.Parallel()
		doc := newCoveragePages(&surveyorInMemory{listings: listings()[1:]}).page(t, "/coverage", http.StatusOK)
		if doc.Find("table").Length() != 0 || doc.Find(".alert-error").Length() != 1 {
			t.Error(text(doc.Find("main")))
		}
	})
}

// The pages of the practice instances: every sentence is there, and they tell the same as each other.
func TestCoverageOfThePracticeInstances(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	reading := j.reading()
	line := CoverageLine(t.Context(), reading.Coverage)
	for _, path := range []string{j.path("coverage"), j.path("report"), j.path("flows"), "/coverage"} {
		if got := text(j.get(path).Find("#coverage")); !strings.Contains(got, line) {
			t.Errorf("%s: %q is missing in %s", path, line, got)
		}
	}
	groups := map[flowGroup]int{}
	for i := range reading.Flows {
		groups[groupOf(&reading.Flows[i])]++
	}
	counted := survey.Coverage{Covered: groups[opensGuide], Open: groups[opensInPart] + groups[doesNotOpen], CantTell: groups[cannotTell]}
	if counted.Counted = len(reading.Flows) - groups[notCounted]; counted != reading.Coverage {
		t.Errorf("the groups have %+v, the head line %+v", counted, reading.Coverage)
	}
	rows := 0
	for _, row := range j.get(j.path("coverage")).Find("#made tbody td.numeric").EachIter() {
		n, err := strconv.Atoi(text(row))
		if err != nil {
			t.Fatal(err)
		}
		rows += n
	}
	if rows != len(reading.Flows) {
		t.Errorf("%d of %d flows are in the groups", rows, len(reading.Flows))
	}
}
