package acw

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"wrapup/internal/flow"
	"wrapup/internal/flow/flowtest"
)

// hostile draws text that breaks what is not escaped.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"$.Attributes.CustomerName", "$.Attributes.['my key']", "$.", "\"quoted\"", `\`, "\x00\x01\x1f\x7f", "a\r\nb\tc", "<script>&amp;</script>",
			"\u2028\u2029", "👩‍👩‍👧‍👦🇹🇼", "備註", "e\u0301", "\ufeff", "{\"a\":1}", "null", " ", "\ufffd", "${x}", "'", "-0", strings.Repeat("long ", 200),
		}),
	)
}

// guides draws guides that a form could hold: the service refuses "" as a value and as the view.
func guides() *rapid.Generator[Guide] {
	return rapid.Custom(func(t *rapid.T) Guide {
		nonEmpty := hostile().Filter(func(s string) bool { return s != "" })
		keys := rapid.OneOf(rapid.SampledFrom(inputNames(KnownView())), nonEmpty)
		return Guide{
			ViewARN:   rapid.OneOf(rapid.Just(ViewARN("aws", "us-east-1")), nonEmpty).Draw(t, "view"),
			ViewName:  hostile().Draw(t, "view name"),
			Values:    rapid.MapOfN(keys, nonEmpty, 0, 25).Draw(t, "values"),
			TimeLimit: rapid.IntRange(MinTime, MaxTime).Draw(t, "time limit"),
			Silent:    rapid.Bool().Draw(t, "silent"),
		}
	})
}

func TestWhatIsCompiledIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := guides().Draw(t, "guide")
		content := Compile(g)
		if again := Compile(g); string(again) != string(content) {
			t.Fatal("two compilations differ")
		}
		d, err := flow.Parse(content)
		if err != nil {
			t.Fatalf("%v\n%s", err, content)
		}
		l, ok := Lift(d)
		if diff := cmp.Diff(g, l.Guide, cmpopts.EquateEmpty()); !ok || diff != "" {
			t.Fatalf("%v %s", ok, diff)
		}
		if len(l.Unread) > 0 || len(l.Nested) > 0 {
			t.Fatalf("unread %v, nested %v", l.Unread, l.Nested)
		}
		if p := flow.Validate(content, "CONTACT_FLOW"); len(p) > 0 {
			t.Fatalf("the service would refuse it: %v", p)
		}
		if edits, err := Edits(d, l.Guide, nil); err != nil || len(edits) > 0 {
			t.Fatalf("edits for no difference: %v, %v", edits, err)
		}
	})
}

func TestCompileLeavesOutWhatTheServiceRefuses(t *testing.T) {
	t.Parallel()
	content := Compile(Guide{ViewARN: ViewARN("aws", "us-east-1"), Values: map[string]string{"CustomerName": "", "PhoneNumber": "1"}})
	l := lift(t, content)
	if d := cmp.Diff(map[string]string{"PhoneNumber": "1"}, l.Guide.Values); d != "" {
		t.Error(d)
	}
	if l.Guide.TimeLimit != 480 {
		t.Errorf("time limit %d", l.Guide.TimeLimit)
	}
	if p := flow.Validate(content, "CONTACT_FLOW"); len(p) > 0 {
		t.Error(p)
	}
}

func TestLiftReadsWhatTheSampleRecords(t *testing.T) {
	t.Parallel()
	l := lift(t, CompileFor(sampleGuide(), "n", "d"))
	if d := cmp.Diff(sampleGuide(), l.Guide); d != "" {
		t.Error(d)
	}
	var got []string
	for _, s := range l.Saves {
		got = append(got, s.Outcome+" "+s.Contact+" "+s.Attribute+"="+strings.TrimPrefix(s.Value, "$.Views.ViewResultData."))
	}
	var want []string
	for _, contact := range []string{"Current", "Related"} {
		for _, each := range []string{"Category=Category.0", "Driver=Driver.0", "Satisfaction=Satisfaction.0", "FollowUp=FollowUp.0", "Resolved=Resolved.0", "ModifiedSummary=ModifiedSummary", "ContactNotes=ContactNotes"} {
			want = append(want, "Submit "+contact+" "+each)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(l.Unread) > 0 || l.Block != loadSample().Show.ID {
		t.Errorf("unread %v, block %s", l.Unread, l.Block)
	}
}

func TestSilentOutcomesRecordTheirResult(t *testing.T) {
	t.Parallel()
	g := sampleGuide()
	g.Silent = true
	content := Compile(g)
	var got []string
	for _, s := range lift(t, content).Saves {
		if s.Outcome != OutcomeSubmit {
			got = append(got, s.Outcome+" "+s.Contact+" "+s.Attribute+"="+s.Value)
		}
	}
	want := []string{"Cancel Related ACW_Result=Cancelled", "TimeLimitExceeded Related ACW_Result=TimedOut", "error Related ACW_Result=Error"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	d := parse(t, content)
	for _, r := range silentResults(loadSample()) {
		b, ok := d.Find(r.at.ID)
		if !ok || b.Next.ID != r.next || b.Errors[0].Target.ID != r.next {
			t.Errorf("%s does not go on to %s: %+v", r.at.ID, r.next, b)
		}
	}
}

// hand writes a flow with a Show view block s and other actions.
func hand(parameters, transitions string, others ...string) string {
	show := `{"Identifier":"s","Type":"ShowView","Parameters":{` + parameters + `},"Transitions":{` + transitions + `}}`
	return `{"Version":"2019-10-30","StartAction":"s","Actions":[` + strings.Join(append([]string{show}, others...), ",") + `]}`
}

func attributesBlock(id, attributes, next string) string {
	return `{"Identifier":"` + id + `","Type":"UpdateContactAttributes","Parameters":{"Attributes":` + attributes + `},"Transitions":{"NextAction":"` + next + `"}}`
}

func TestLiftNamesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	form := `"ViewResource":{"Id":"form"},"InvocationTimeLimitSeconds":"60","ViewData":{}`
	tests := []struct {
		name, content string
		unread        []string
	}{
		{"a plain block", hand(form, ""), nil},
		{"no parameters", hand("", ""), []string{"acw.unread.view", "acw.unread.no-time-limit"}},
		{"a time limit that is a path", hand(`"ViewResource":{"Id":"form"},"InvocationTimeLimitSeconds":"$.Attributes.t"`, ""), []string{"acw.unread.time-limit"}},
		{"a time limit with a fraction", hand(`"ViewResource":{"Id":"form"},"InvocationTimeLimitSeconds":4.5`, ""), []string{"acw.unread.time-limit"}},
		{"all values at once", hand(`"ViewResource":{"Id":"form"},"InvocationTimeLimitSeconds":60,"ViewData":"$.External"`, ""), []string{"acw.unread.view-data"}},
		{"a condition of two", hand(form, `"Conditions":[{"NextAction":"s","Condition":{"Operator":"Equals","Operands":["a","b"]}}]`), []string{"acw.unread.condition"}},
		{"another kind of block", hand(form, `"NextAction":"l"`, `{"Identifier":"l","Type":"InvokeLambdaFunction"}`), []string{"acw.unread.block"}},
		{"a second view", hand(form, `"NextAction":"t"`, `{"Identifier":"t","Type":"ShowView"}`), []string{"acw.unread.other-view"}},
		{"attributes from a path", hand(form, `"NextAction":"u"`, attributesBlock("u", `"$.External"`, "s")), []string{"acw.unread.attributes"}},
		{"a result for one outcome only", hand(form, `"NextAction":"u"`, `{"Identifier":"u","Type":"UpdateContactAttributes","Parameters":{"TargetContact":"Related","Attributes":{"ACW_Result":"Error"}}}`), []string{"acw.unread.result"}},
		{"blocks out of reach", hand(form, "", `{"Identifier":"l","Type":"InvokeLambdaFunction"}`), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var ids []string
			for _, m := range lift(t, []byte(tt.content)).Unread {
				ids = append(ids, m.ID)
				sentence(t, m)
			}
			if d := cmp.Diff(tt.unread, ids); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestLiftKeepsNestedValuesApart(t *testing.T) {
	t.Parallel()
	l := lift(t, []byte(hand(`"ViewResource":{"Id":"x"},"InvocationTimeLimitSeconds":480,"ViewData":{"a":"1","b":{"c": [1,2]},"d":true,"e":null,"f":""}`, "")))
	if d := cmp.Diff(map[string]string{"b": `{"c": [1,2]}`, "d": "true", "e": "null"}, l.Nested); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Guide{ViewARN: "x", TimeLimit: 480, Values: map[string]string{"a": "1", "f": ""}}, l.Guide); d != "" {
		t.Error(d)
	}
}

func TestLiftFollowsEachOutcomeToItsBlocks(t *testing.T) {
	t.Parallel()
	content := hand(`"ViewResource":{"Id":"x"},"InvocationTimeLimitSeconds":"9"`,
		`"NextAction":"n","Conditions":[{"NextAction":"a","Condition":{"Operator":"Equals","Operands":["Done"]}},{"NextAction":"gone","Condition":{"Operator":"Equals","Operands":["Back"]}}],
		"Errors":[{"ErrorType":"NoMatchingError","NextAction":"b"},{"ErrorType":"TimeLimitExceeded","NextAction":"b"}]`,
		attributesBlock("a", `{"k":"$.x"}`, "b"), attributesBlock("b", `{"m":7}`, "s"), attributesBlock("n", `{}`, "n"))
	want := []Save{
		{"Done", "k", "$.x", "Current", "a"}, {"Done", "m", "7", "Current", "b"},
		{OutcomeTimeout, "m", "7", "Current", "b"}, {OutcomeError, "m", "7", "Current", "b"},
	}
	if d := cmp.Diff(want, lift(t, []byte(content)).Saves); d != "" {
		t.Error(d)
	}
}

func TestLiftPrefersTheAfterContactWorkView(t *testing.T) {
	t.Parallel()
	second := `{"Identifier":"t","Type":"ShowView","Parameters":{"ViewResource":{"Id":"` + ViewARN("aws", "us-east-1") + `"}}}`
	if l := lift(t, []byte(hand(`"ViewResource":{"Id":"form"}`, `"NextAction":"t"`, second))); l.Block != "t" {
		t.Errorf("read block %s", l.Block)
	}
}

func TestLiftIsFalseWithoutAReachableView(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"does not start": `{"Version":"2019-10-30","StartAction":"x","Actions":[{"Identifier":"s","Type":"ShowView"}]}`,
		"out of reach":   `{"Version":"2019-10-30","StartAction":"e","Actions":[{"Identifier":"e","Type":"DisconnectParticipant"},{"Identifier":"s","Type":"ShowView"}]}`,
		"taken twice":    `{"Version":"2019-10-30","StartAction":"s","Actions":[{"Identifier":"s","Type":"ShowView"},{"Identifier":"s","Type":"ShowView"}]}`,
	} {
		if l, ok := Lift(parse(t, []byte(content))); ok {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestLiftReadsRealFlows(t *testing.T) {
	t.Parallel()
	var lifted []string
	for file, content := range flowtest.Real(t, flowtest.Valid) {
		d, err := flow.Parse(content)
		if err != nil {
			continue // what cannot be parsed is counted by the flow package's own test
		}
		l, ok := Lift(d)
		if !ok {
			continue
		}
		lifted = append(lifted, file[:3])
		if edits, err := Edits(d, l.Guide, nil); err != nil || len(edits) > 0 {
			t.Errorf("%s: edits for no difference: %v, %v", file, edits, err)
		}
		if l.Guide.TimeLimit != 600 || len(l.Nested) != 4 {
			t.Errorf("%s: %+v", file, l)
		}
	}
	if d := cmp.Diff([]string{"034"}, lifted); d != "" {
		t.Error(d)
	}
}

func FuzzLift(f *testing.F) {
	f.Add(Compile(sampleGuide()))
	silent := sampleGuide()
	silent.Silent = true
	f.Add(Compile(silent))
	f.Add([]byte(hand(`"ViewData":{"a":{}}`, `"NextAction":"s","Conditions":[{"Condition":{"Operands":[]}}]`)))
	f.Fuzz(func(t *testing.T, content []byte) {
		d, err := flow.Parse(content)
		if err != nil {
			return
		}
		l, ok := Lift(d)
		if !ok {
			return
		}
		if edits, err := Edits(d, l.Guide, nil); err != nil || len(edits) > 0 {
			t.Fatalf("edits for no difference: %v, %v", edits, err)
		}
		Check(l.Guide, nil, content)
	})
}
