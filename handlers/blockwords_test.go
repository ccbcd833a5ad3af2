package handlers

import (
	"strings"
	"testing"

	"wrapup/internal/audit"
)

func TestBranchWords(t *testing.T) {
	t.Parallel()
	cases := []struct{ blockType, branch, want string }{
		{"GetParticipantInput", "Equals 2", "press 2"},
		{"CheckHoursOfOperation", "Equals True", "open"},
		{"CheckHoursOfOperation", "Equals False", "closed"},
		{"Compare", "Equals Gold member", "is Gold member"},
		{"Compare", "NumberLessThan 5", "less than 5"},
		{"TransferContactToQueue", "QueueAtCapacity", "queue is full"},
		{"MessageParticipant", "NoMatchingError", "on an error"},
		{"MessageParticipant", "", ""},
		{"Compare", "FutureOperator x", "FutureOperator x"},
		{"Compare", "FutureError", "FutureError"},
		{"Compare", "Equals {{.Value}} <b>", "is {{.Value}} <b>"},
	}
	for _, c := range cases {
		t.Run(c.blockType+" "+c.branch, func(t *testing.T) {
			t.Parallel()
			if got := branchWords(t.Context(), c.blockType, c.branch); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRouteWordsTellTheChoices(t *testing.T) {
	t.Parallel()
	rep := audit.Analyze([]byte(menuFlow), audit.Options{Guides: healthyGuide})
	if len(rep.Gaps) != 1 {
		t.Fatalf("%d gaps: %+v", len(rep.Gaps), rep.Gaps)
	}
	var got []string
	for _, w := range routeWords(t.Context(), rep.Gaps[0].Steps) {
		got = append(got, w.Text)
	}
	if s := strings.Join(got, " > "); s != "Welcome > Main menu > press 2 > Billing queue" {
		t.Errorf("got %s", s)
	}
}
