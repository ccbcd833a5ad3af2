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
			if got := BranchWords(t.Context(), c.blockType, c.branch); got != c.want {
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

func TestARouteNamesTheBlockThatIsWhy(t *testing.T) {
	t.Parallel()
	steps := []audit.RouteStep{{Title: "Welcome"}, {Title: "Music"}, {Type: "InvokeFlowModule", Why: true}, {Title: "More music"}, {Title: "Queue"}}
	var got []string
	for _, w := range routeWords(t.Context(), steps) {
		got = append(got, w.Text)
	}
	if s := strings.Join(got, " > "); s != "Welcome > Invoke module > Queue" {
		t.Errorf("got %s", s)
	}
}

func TestNamedBranches(t *testing.T) {
	t.Parallel()
	// Both leave by NextAction, which repeats a condition of one and an error of the other.
	d := document(t, `{"StartAction":"A","Actions":[
		{"Identifier":"A","Type":"Compare","Transitions":{"NextAction":"B","Conditions":[{"NextAction":"B","Condition":{"Operator":"Equals","Operands":["x"]}}],"Errors":[{"ErrorType":"NoMatchingCondition","NextAction":"B"}]}},
		{"Identifier":"B","Type":"TransferToFlow","Transitions":{"NextAction":"C","Errors":[{"ErrorType":"NoMatchingError","NextAction":"C"}]}},
		{"Identifier":"C","Type":"MessageParticipant","Transitions":{"NextAction":"D","Errors":[{"ErrorType":"NoMatchingError","NextAction":"D"}]}},
		{"Identifier":"D","Type":"TransferContactToQueue"}]}`)
	steps := []audit.RouteStep{{Block: "A"}, {Block: "B"}, {Block: "C"}, {Block: "D"}}
	var got []string
	for _, s := range namedBranches(d, steps) {
		got = append(got, s.Branch)
	}
	if s := strings.Join(got, "|"); s != "Equals x|NoMatchingError||" {
		t.Errorf("got %q", s)
	}
	if steps[0].Branch != "" {
		t.Error("the report's own steps were changed")
	}
}
