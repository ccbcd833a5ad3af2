package handlers

import (
	"net/http"
	"strings"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

func TestAFlowThatWasNotDescribedInTimeSaysFromWhenItIs(t *testing.T) {
	t.Parallel()
	d := detailOf(rowOf(1, "Main menu", menuFlow))
	d.Late = fault.New(fault.Unavailable, "aws.timeout")
	d.Late.RequestID = "request-1"
	doc := onePage(t, d)
	got := text(doc.Find(".alert-warning"))
	for _, want := range []string{"Amazon Connect did not answer in time", "as it was read", absoluteTime(d.Row.ReadAt), "request-1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	if href := doc.Find(".alert-warning a").AttrOr("href", ""); href != flowAt(1) {
		t.Errorf("it is tried again at %q", href)
	}
	if doc.Find("#status .route").Length() == 0 || doc.Find("#blocks tbody tr").Length() == 0 {
		t.Error("what was read is not shown")
	}
	if n := onePage(t, detailOf(rowOf(1, "Main menu", menuFlow))).Find(".alert-warning").Length(); n != 0 {
		t.Errorf("%d notices about a flow described just now", n)
	}
	s := &surveyorInMemory{details: map[instance.FlowID]*survey.FlowDetail{flowID(1): d}}
	newReadingPages(s, people.Publisher).page(t, flowAt(1)+"/content.json", http.StatusServiceUnavailable)
}
