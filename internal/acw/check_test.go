package acw

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/view"
)

// line is a finding as a test states it: "-" for no mend.
func line(f Finding) string {
	mend := "-"
	if f.Mend != nil {
		mend = `"` + *f.Mend + `"`
	}
	return string(f.Severity) + " " + f.Key + " " + strings.TrimPrefix(f.Message.ID, "acw.check.") + " " + mend
}

// sentence holds a message against the catalogue.
func sentence(t *testing.T, m fault.Message) {
	t.Helper()
	if s := i18n.Text(t.Context(), m); strings.Contains(s, "<no value>") || strings.HasPrefix(s, "[") {
		t.Errorf("sentence %q", s)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := New("aws", "us-east-1", nil)
	limit := func(n int) Guide { g := good; g.TimeLimit = n; return g }
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name string
		g    Guide
		want []string
	}{
		{"a new guide is fine", good, nil},
		{"the sample left as it is", sampleGuide(), []string{
			`must-fix CustomerName demo "$.Attributes.CustomerName"`,
			`must-fix PhoneNumber demo "$.Attributes.CustomerPhoneNumber"`,
			`should-fix Example_Label demo "-"`,
			`should-fix Example_Url demo ""`,
			`should-fix Satisfaction_DefaultValue pre-answered ""`,
			`should-fix Resolved_DefaultValue pre-answered ""`,
			`must-fix ContactSummary_DefaultValue filler ""`,
			`must-fix AdditionalNotes_DefaultValue filler ""`,
		}},
		{"demo data in another place", good.With("Disposition_Header_Title", "Jane Doe"), []string{`must-fix Disposition_Header_Title demo ""`}},
		{"the printers' filler text", good.With("ContactSummary_DefaultValue", "Lorem Ipsum dolor sit amet"), []string{`must-fix ContactSummary_DefaultValue filler ""`}},
		{"an answer that is no option", good.With("Category_DefaultValue", "Suport"), []string{`must-fix Category_DefaultValue not-an-option ""`}},
		{"an outcome that is no option", good.With("Resolved_DefaultValue", "yes"), []string{`must-fix Resolved_DefaultValue not-an-option ""`}},
		{"an answer from the contact", good.With("Satisfaction_DefaultValue", "$.Attributes.s"), []string{`note Satisfaction_DefaultValue answer-dynamic -`}},
		{"text that only begins as a path", good.With("Category_DefaultValue", "$.Attributes.s or so"), []string{`must-fix Category_DefaultValue not-an-option ""`}},
		{"the number from the guide's own contact", good.With("PhoneNumber", "$.CustomerEndpoint.Address"), []string{`should-fix PhoneNumber endpoint "$.Attributes.CustomerPhoneNumber"`}},
		{"such a path within text", good.With("Disposition_Header_Title", "Call of $.CustomerEndpoint.Address"), []string{`should-fix Disposition_Header_Title endpoint -`}},
		{"a required value missing", good.With("CustomerName", ""), []string{`must-fix CustomerName required "$.Attributes.CustomerName"`}},
		{"a required label missing", good.With("Example_Label", ""), []string{`must-fix Example_Label required "-"`}},
		{"an empty value", func() Guide {
			g := good.With("a", "b")
			delete(g.Values, "a")
			g.Values["Driver_DefaultValue"] = ""
			return g
		}(), []string{`must-fix Driver_DefaultValue empty ""`}},
		{"a value the view does not show", good.With("Nobody", "x"), []string{`note Nobody unused ""`}},
		{"a value too long", good.With("ContactSummary_DefaultValue", long(MaxValue+1)), []string{`must-fix ContactSummary_DefaultValue too-long -`, `should-fix  view-data-over -`, `must-fix  attributes-over -`}},
		{"values near what a view takes", good.With("ContactSummary_DefaultValue", long(15_000)), []string{`note  view-data-near -`}},
		{"attributes near their limit", good.With("ContactSummary_DefaultValue", long(30_000)), []string{`should-fix  view-data-over -`, `note  attributes-near -`}},
		{"no time limit", limit(0), []string{`must-fix TimeLimit time-limit "480"`}},
		{"too long a time limit", limit(MaxTime + 1), []string{`must-fix TimeLimit time-limit "480"`}},
		{"a short time limit", limit(29), []string{`note TimeLimit short-time -`}},
		{"the shortest ordinary time limit", limit(30), nil},
		{"the longest time limit", limit(MaxTime), nil},
		{"no view", Guide{TimeLimit: 480}, []string{`must-fix  no-view -`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range Check(tt.g, nil, Compile(tt.g)) {
				got = append(got, line(f))
				sentence(t, f.Message)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestEveryMendSettlesItsFinding(t *testing.T) {
	t.Parallel()
	g := sampleGuide()
	for range 20 {
		found := Check(g, nil, Compile(g))
		if len(found) == 0 {
			return
		}
		g = g.With(found[0].Key, *found[0].Mend)
	}
	t.Errorf("still found: %+v", Check(g, nil, nil))
}

func TestCheckReadsWhatTheFlowRecords(t *testing.T) {
	t.Parallel()
	g := New("aws", "us-east-1", nil)
	content := strings.Replace(string(Compile(g)), `"TargetContact": "Related"`, `"TargetContact": "Current"`, 1)
	found := Check(g, nil, []byte(content))
	if len(found) != 1 || line(found[0]) != "should-fix  not-related -" || found[0].Message.Args["Count"] != "7" {
		t.Errorf("nothing written to the customer's contact: %+v", found)
	}
	sentence(t, found[0].Message)
	content = strings.ReplaceAll(string(Compile(g)), "ViewResultData.Driver.0", "ViewResultData.Driver")
	if found = Check(g, nil, []byte(content)); len(found) != 1 || found[0].Message.Args["Fields"] != "Driver" {
		t.Errorf("a list written as a whole: %+v", found)
	}
}

func TestCheckMeasuresTheContent(t *testing.T) {
	t.Parallel()
	g := New("aws", "us-east-1", nil)
	for pad, want := range map[int]string{200_000: "", 230_400: "note  content-near -", 256_000: "must-fix  content-over -"} {
		found := Check(g, nil, append(Compile(g), strings.Repeat(" ", pad)...))
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || line(found[0]) != want) {
			t.Errorf("%d more characters: %+v", pad, found)
		}
		for _, f := range found {
			sentence(t, f.Message)
		}
	}
}

func TestAListThatFillsARequiredInputIsAValue(t *testing.T) {
	t.Parallel()
	v := &view.View{Inputs: []view.Input{{Name: "Rows", Required: true}, {Name: "Cells", Required: true}}}
	content := hand(`"ViewResource":{"Id":"x"},"InvocationTimeLimitSeconds":"60","ViewData":{"Rows":[1]}`, "")
	found := Check(lift(t, []byte(content)).Guide, v, []byte(content))
	if len(found) != 1 || line(found[0]) != "must-fix Cells required -" {
		t.Errorf("got %+v", found)
	}
}

// The service wants a time limit: none, or one that is neither a number nor a JSONPath, has to be mended.
func TestATimeLimitThatIsAJSONPathStaysAsItIs(t *testing.T) {
	t.Parallel()
	for limit, want := range map[string]string{
		`"InvocationTimeLimitSeconds":"$.Attributes.limit",`: `note TimeLimit time-limit-dynamic -`,
		``:                                     `must-fix TimeLimit time-limit "480"`,
		`"InvocationTimeLimitSeconds":"",`:     `must-fix TimeLimit time-limit "480"`,
		`"InvocationTimeLimitSeconds":"soon",`: `must-fix TimeLimit time-limit "480"`,
		`"InvocationTimeLimitSeconds":"$.Attributes.limit or so",`:  `must-fix TimeLimit time-limit "480"`,
		`"InvocationTimeLimitSeconds":"0",`:                         `must-fix TimeLimit time-limit "480"`,
		`"InvocationTimeLimitSeconds":{"$.Attributes.limit":"60"},`: `must-fix TimeLimit time-limit "480"`,
	} {
		content := []byte(hand(limit+`"ViewResource":{"Id":"x"}`, ""))
		g := lift(t, content).Guide
		found := Check(g, nil, content)
		if len(found) != 1 || line(found[0]) != want {
			t.Errorf("%s: %+v", limit, found)
			continue
		}
		sentence(t, found[0].Message)
		if found := Check(g, nil, nil); len(found) != 1 || found[0].Severity != MustFix {
			t.Errorf("%s, without the flow: %+v", limit, found)
		}
		g.TimeLimit = 60
		if found := Check(g, nil, content); len(found) != 0 {
			t.Errorf("%s, a number in its place: %+v", limit, found)
		}
		g.TimeLimit = -1
		if found := Check(g, nil, content); len(found) != 1 || found[0].Severity != MustFix {
			t.Errorf("%s, no good number in its place: %+v", limit, found)
		}
	}
}

func TestAFlowThatHasATimeLimitDoesNotExcuseNone(t *testing.T) {
	t.Parallel()
	g := New("aws", "us-east-1", nil)
	content := Compile(g)
	g.TimeLimit = 0
	if found := Check(g, nil, content); len(found) != 1 || found[0].Severity != MustFix {
		t.Errorf("got %+v", found)
	}
}
