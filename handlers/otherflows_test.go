package handlers

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

// other finds a flow of a type that wrapup can give the guide.
func (j *journey) other(t instance.FlowType) survey.FlowRow {
	j.t.Helper()
	for _, row := range otherRows(j.reading()) {
		if _, no := notChoosable(row, publish.Rules{}); !no && row.Flow.Type == t {
			return *row
		}
	}
	j.t.Fatalf("the demo data has no %s that can be chosen", t)
	return survey.FlowRow{}
}

func TestOtherFlowsAreListedWithVerdictsOfTheirOwn(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	doc := j.get(j.path("other-flows"))
	rows := otherRows(j.reading())
	if doc.Find("#flows tbody tr").Length() != len(rows) || len(rows) == 0 || doc.Find("#coverage").Length() != 0 {
		t.Fatalf("%d of %d flows", doc.Find("#flows tbody tr").Length(), len(rows))
	}
	types := map[string]bool{}
	for _, tr := range doc.Find("#flows tbody tr").EachIter() {
		types[text(tr.Find("td").Eq(2))] = true
		if strings.Contains(text(tr), "reach an agent") && strings.Contains(text(tr), "Outbound whisper") {
			t.Errorf("a whisper is judged by points that it has not: %s", text(tr))
		}
	}
	for _, want := range []string{"Transfer to queue", "Outbound whisper"} {
		if !types[want] {
			t.Errorf("no flow of the type %q: %v", want, types)
		}
	}
	if got := j.reading().Coverage.Counted; got >= len(j.reading().Flows)+len(rows) {
		t.Errorf("%d are counted", got)
	}
}

func TestAWhisperGetsTheGuideByChoiceAndLosesItAgain(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	i := slices.IndexFunc(otherRows(j.reading()), func(r *survey.FlowRow) bool {
		return r.Flow.Type == instance.TypeOutboundWhisper && !hasGuide(r) && r.Managed == ""
	})
	if i < 0 {
		t.Fatal("every whisper sets a guide")
	}
	f := *otherRows(j.reading())[i]
	before, _, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID))
	counted := j.reading().Coverage
	ticked, _, form := j.chooses("?flow=" + string(f.Flow.ID))
	if !slices.Equal(ticked, []string{string(f.Flow.ID)}) {
		t.Fatalf("chosen are %q", ticked)
	}
	change := j.follow(j.path("changes"), form)
	if got := text(j.get(change).Find("#step-1")); !strings.Contains(got, "Calls leave this whisper with the guide set (checked)") || !strings.Contains(got, "after calls that agents make") {
		t.Errorf("the review says %q", got)
	}
	j.follow(change+"/publish", j.approval(change))
	if c := j.ends(change); c.State != publish.Published {
		t.Fatalf("%s: %+v", c.State, c.Steps)
	}
	row := `#flow-` + string(f.Flow.ID)
	if got := text(j.get(j.path("other-flows")).Find(row)); !strings.Contains(got, "Leaves the guide set") {
		t.Errorf("the list says %q", got)
	}
	if got := j.reading().Coverage; got != counted {
		t.Errorf("the inbound flows' line moved from %+v to %+v", counted, got)
	}
	own := j.get(j.path("flows", string(f.Flow.ID)))
	if got := text(own.Find("main")); !strings.Contains(got, "Leaves the guide set") || strings.Contains(got, "Does not reach an agent") {
		t.Error("the flow's page judges it as an inbound flow")
	}
	remove, err := url.Parse(own.Find(`a[href*="do=remove"]`).First().AttrOr("href", ""))
	if err != nil || remove.Path == "" {
		t.Fatal("no way to take the guide out")
	}
	change = j.follow(j.path("changes"), typed(j.get(remove.String()), "form#choose"))
	j.follow(change+"/publish", j.approval(change))
	if live, _, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID)); live != before || j.ends(change).State != publish.Published {
		t.Error("the whisper is not as it was")
	}
}

func TestATransferFlowGetsTheGuideByChoice(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.other(instance.TypeQueueTransfer)
	change := j.plan(f)
	c := j.change(change)
	if len(c.Steps)+len(c.LeftOut) != 1 {
		t.Fatalf("the plan is %+v", c)
	}
	if len(c.Steps) == 1 && c.Steps[0].Type != instance.TypeQueueTransfer {
		t.Errorf("the step is of type %q", c.Steps[0].Type)
	}
	if len(c.LeftOut) == 1 && c.LeftOut[0].Reason.ID == "publish.left.not-inbound" {
		t.Error("transfer flows are refused")
	}
	j.get(change)
}
