package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reference reads a page of facts. They lie beside the repository and are not part of it.
func reference(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "reference", name))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("validation is not held against its facts: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return text
}

// action is a block of a test. Its branches lead to the block "end", of a type that is not known.
type action struct {
	kind, params string
	next         bool
	errors       []string
	conditions   []string // operands of Equals
}

// parametersOf are such as a type is accepted with.
var parametersOf = map[string]string{
	"Compare":                         `{"ComparisonValue":"$.Attributes.x"}`,
	"ConnectParticipantWithLexBot":    `{"Text":"a"}`,
	"GetParticipantInput":             `{"InputTimeLimitSeconds":"5"}`,
	"InvokeFlowModule":                `{"FlowModuleId":"m"}`,
	"InvokeLambdaFunction":            `{"LambdaFunctionARN":"f"}`,
	"MessageParticipant":              `{"Text":"a"}`,
	"ShowView":                        `{"ViewResource":{"Id":"v"},"InvocationTimeLimitSeconds":"480"}`,
	"StartOutboundChatContact":        `{"ContactFlowArn":"f"}`,
	"TransferParticipantToThirdParty": `{"ContinueFlowExecution":"true","ThirdPartyConnectionTimeLimitSeconds":"30"}`,
	"TransferToFlow":                  `{"ContactFlowId":"f"}`,
	"UntagContact":                    `{"TagKeys":["a"]}`,
	"UpdateContactCallbackNumber":     `{"CallbackNumber":"$.StoredCustomerInput"}`,
	"UpdateContactData":               `{"Name":"a"}`,
	"UpdateContactEventHooks":         `{"EventHooks":{"DisconnectAgentUI":"f"}}`,
	"UpdateContactTargetQueue":        `{"QueueId":"q"}`,
	"Wait":                            `{"TimeLimitSeconds":"5"}`,
}

// sound is an action that is accepted in the flow types that its type may stand in.
func sound(name string) action {
	k := kinds[name]
	a := action{kind: name, params: "{}", next: k.next != ends, errors: slices.Clone(k.need)}
	if p := parametersOf[name]; p != "" {
		a.params = p
	}
	if k.conditions != nil && k.conditions.all {
		a.conditions = k.conditions.operands
	}
	return a
}

func (a action) with(params string) action { a.params = params; return a }

func (a action) failing(errors ...string) action { a.errors = errors; return a }

func (a action) when(operands ...string) action { a.conditions = operands; return a }

func (a action) going(on bool) action { a.next = on; return a }

func (a action) text() string {
	var parts []string
	if a.next {
		parts = append(parts, `"NextAction":"end"`)
	}
	for _, list := range []struct {
		name, form string
		values     []string
	}{
		{"Errors", `{"NextAction":"end","ErrorType":%q}`, a.errors},
		{"Conditions", `{"NextAction":"end","Condition":{"Operator":"Equals","Operands":[%q]}}`, a.conditions},
	} {
		var branches []string
		for _, v := range list.values {
			branches = append(branches, fmt.Sprintf(list.form, v))
		}
		parts = append(parts, fmt.Sprintf(`%q:[%s]`, list.name, strings.Join(branches, ",")))
	}
	return fmt.Sprintf(`{"Identifier":"x","Type":%q,"Parameters":%s,"Transitions":{%s}}`, a.kind, a.params, strings.Join(parts, ","))
}

func (a action) validate(flowType string) []string {
	settings := ""
	if flowType == moduleType {
		settings = `"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]},`
	}
	return messages(Validate([]byte(`{`+settings+`"Version":"2019-10-30","StartAction":"x","Actions":[{"Identifier":"end","Type":"End"},`+a.text()+`]}`), flowType))
}

// has says that the action has these problems and no others; none of them: it is accepted.
func (a action) has(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), a.validate("")); diff != "" {
		t.Errorf("%s\n%s", a.text(), diff)
	}
}

func allFlowTypes() []string { return slices.Sorted(maps.Keys(flowTypeOf)) }

// stands says that the type is accepted in these types of flow and refused in all others.
func stands(t *testing.T, name string, in ...string) {
	t.Helper()
	for _, flowType := range allFlowTypes() {
		want := []string{}
		if !slices.Contains(in, flowType) {
			want = append(want, value+"Type")
		}
		if diff := cmp.Diff(want, sound(name).validate(flowType)); diff != "" {
			t.Errorf("%s in %s\n%s", name, flowType, diff)
		}
	}
}

func without(list []string, i int) []string { return slices.Delete(slices.Clone(list), i, i+1) }

func sameSet(t *testing.T, what string, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// decode reads a fact; a member that is not expected is a fact that nothing here holds.
func decode[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// eachOf holds a table of facts in words against the tests that know them, word for word.
func eachOf[T any](t *testing.T, facts map[string]string, tests map[string]T, says func(T) string, check func(t *testing.T, name string, c T)) {
	t.Helper()
	sameSet(t, "facts", slices.Collect(maps.Keys(facts)), slices.Collect(maps.Keys(tests)))
	for name, c := range tests {
		if facts[name] != says(c) {
			t.Errorf("%s: the facts say %q", name, facts[name])
		}
		check(t, name, c)
	}
}

// TestValidateHoldsEveryFact walks all of the validation facts, and fails at one that it does not know.
func TestValidateHoldsEveryFact(t *testing.T) {
	t.Parallel()
	var facts map[string]json.RawMessage
	if err := json.Unmarshal(reference(t, "flow-validation-facts.json"), &facts); err != nil {
		t.Fatal(err)
	}
	walk := map[string]func(*testing.T, json.RawMessage){
		"_about":                func(*testing.T, json.RawMessage) {},
		"required_errors":       requiredErrors,
		"get_participant_input": participantInput,
		"forbidden_errors":      forbiddenErrors,
		"next_action":           nextAction,
		"no_conditions":         withoutConditions,
		"optional_error_branch": optionalErrors,
		"parameters":            parameterRules,
		"invalid_types_probed":  invalidTypes,
		"flow_type":             flowTypeRules,
		"module":                moduleRules,
		"view":                  viewRules,
		"conflicts":             conflicts,
	}
	sameSet(t, "keys", slices.Collect(maps.Keys(facts)), slices.Collect(maps.Keys(walk)))
	for key, raw := range facts {
		if f := walk[key]; f != nil {
			t.Run(key, func(t *testing.T) { t.Parallel(); f(t, raw) })
		}
	}
}

func requiredErrors(t *testing.T, raw json.RawMessage) {
	facts := decode[map[string][]string](t, raw)
	for name, list := range facts {
		sound(name).failing(list...).has(t)
		for i, e := range list {
			sound(name).failing(without(list, i)...).has(t, missing+"Transitions.Errors["+e+"]")
		}
	}
	for name, k := range kinds {
		if name != "GetParticipantInput" { // which has facts of its own
			sameSet(t, name, facts[name], k.need)
		}
	}
}

func participantInput(t *testing.T, raw json.RawMessage) {
	type form struct {
		When, Note          string
		Errors, Forbidden   []string
		ForbiddenParameters []string `json:"forbidden_parameters"`
		RequiredParameters  []string `json:"required_parameters"`
	}
	facts := decode[struct {
		Menu, Store form
		BothRequire []string `json:"both_require"`
	}](t, raw)
	if facts.Menu.When != "StoreInput False or absent" || facts.Store.When != "StoreInput True" {
		t.Errorf("forms are told apart by other things: %q, %q", facts.Menu.When, facts.Store.When)
	}
	a := sound("GetParticipantInput")
	for _, stored := range []string{"", `"StoreInput":"False",`, `"StoreInput":false,`} {
		checkInput(t, a.failing(facts.Menu.Errors...), stored, facts.BothRequire)
		for _, p := range facts.Menu.ForbiddenParameters {
			p = strings.TrimSuffix(p, "(A)") // who says so
			menu := a.failing(facts.Menu.Errors...).with(`{` + stored + `"InputTimeLimitSeconds":"5","` + p + `":{"a":"b"}}`)
			menu.has(t, named+"Parameters."+p)
		}
		a.with(`{`+stored+`"InputTimeLimitSeconds":"5"}`).when("1", "*").has(t)
	}
	for _, stored := range []string{`"StoreInput":"True",`, `"StoreInput":true,`, `"StoreInput":"\u0054rue",`} {
		checkInput(t, a.failing(facts.Store.Errors...), stored, append(facts.BothRequire, facts.Store.RequiredParameters...))
		for _, f := range facts.Store.Forbidden {
			b, want := a.failing(append(facts.Store.Errors, f)...), value+"Transitions.Errors[1].ErrorType"
			if f == "Conditions" {
				b, want = a.failing(facts.Store.Errors...).when("1"), named+"Transitions.Conditions"
			}
			b.with(`{`+stored+`"InputTimeLimitSeconds":"5","InputValidation":{"a":"b"}}`).has(t, want)
		}
	}
}

// checkInput takes away each required error branch and parameter of one form.
func checkInput(t *testing.T, a action, stored string, params []string) {
	t.Helper()
	all := func(list []string) string {
		text := ""
		for _, p := range list {
			text += fmt.Sprintf(`,%q:"5"`, p)
		}
		return `{` + stored + `"Text":"a"` + text + `}`
	}
	a.with(all(params)).has(t)
	for i, e := range a.errors {
		a.with(all(params)).failing(without(a.errors, i)...).has(t, missing+"Transitions.Errors["+e+"]")
	}
	for i, p := range params {
		a.with(all(without(params, i))).has(t, missing+"Parameters."+p)
	}
}

func forbiddenErrors(t *testing.T, raw json.RawMessage) {
	for name, list := range decode[map[string][]string](t, raw) {
		for _, e := range list {
			a := sound(name)
			a.failing(append(a.errors, e)...).has(t, fmt.Sprintf("%sTransitions.Errors[%d].ErrorType", value, len(a.errors)))
		}
	}
}

func nextAction(t *testing.T, raw json.RawMessage) {
	facts := decode[struct {
		Required  string
		RefusedOn []string `json:"refused_on"`
	}](t, raw)
	if facts.Required != "every non-terminal action (F: 29 of 30 probed types; exception MessageParticipantIteratively)" {
		t.Errorf("the facts say %q", facts.Required)
	}
	for name := range kinds {
		a := sound(name)
		switch {
		case slices.Contains(facts.RefusedOn, name):
			a.going(false).has(t)
			a.going(true).has(t, named+"Transitions.NextAction")
		case name == "MessageParticipantIteratively":
			a.going(false).has(t)
			a.going(true).has(t)
		default:
			a.going(false).has(t, missing+"Transitions.NextAction")
			a.going(true).has(t)
		}
	}
	for _, name := range facts.RefusedOn {
		if kinds[name].next != ends {
			t.Errorf("%s does not end the flow", name)
		}
	}
}

func withoutConditions(t *testing.T, raw json.RawMessage) {
	for _, name := range decode[[]string](t, raw) {
		sound(name).has(t)
		sound(name).when("1").has(t, named+"Transitions.Conditions")
	}
}

func optionalErrors(t *testing.T, raw json.RawMessage) {
	for _, name := range decode[[]string](t, raw) {
		sound(name).failing().has(t)
		sound(name).failing(nme).has(t)
	}
}

// rule is a fact in words, and parameters that are accepted or have one problem under it.
type rule struct {
	says     string
	kind     string // where it is not the fact's name
	accepted []string
	refused  map[string]string
}

func parameterRules(t *testing.T, raw json.RawMessage) {
	tags := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"%d":"a"`, i))
		}
		return `{"Tags":{` + strings.Join(list, ",") + `}}`
	}
	oneOf := func(names ...string) (list []string) {
		for _, n := range names {
			list = append(list, fmt.Sprintf(`{%q:"a"}`, n))
		}
		return list
	}
	speech := []string{"Text", "SSML", "PromptId", "Media"}
	limit, going := "ThirdPartyConnectionTimeLimitSeconds", "ContinueFlowExecution"
	eachOf(t, decode[map[string]string](t, raw), map[string]rule{
		"TransferContactToQueue": {says: "must be {}", accepted: []string{"{}", "null"},
			refused: map[string]string{`{"QueueId":"q"}`: named + "Parameters.QueueId", `{"a":null}`: named + "Parameters.a"}},
		"Wait": {says: "TimeLimitSeconds (TimeoutSeconds refused)", accepted: []string{`{"TimeLimitSeconds":"1"}`}, refused: map[string]string{
			`{}`:                        missing + "Parameters.TimeLimitSeconds",
			`{"TimeLimitSeconds":null}`: missing + "Parameters.TimeLimitSeconds",
			`{"TimeLimitSeconds":"1","TimeoutSeconds":"1"}`: named + "Parameters.TimeoutSeconds"}},
		"UpdateFlowAttributes": {says: "each value is an object with Value; flat strings refused",
			accepted: []string{`{"FlowAttributes":{"a":{"Value":"b"},"c":{"Type":"String","Value":"d"}}}`}, refused: map[string]string{
				`{"FlowAttributes":{"a":{"Value":"b"},"c":"d"}}`: value + "Parameters.FlowAttributes.c",
				`{"FlowAttributes":{"a":{"Type":"String"}}}`:     value + "Parameters.FlowAttributes.a",
				`{"FlowAttributes":{"a":{"Value":null}}}`:        value + "Parameters.FlowAttributes.a",
				`{"FlowAttributes":{"a":["Value"]}}`:             value + "Parameters.FlowAttributes.a",
				`{"FlowAttributes":"a"}`:                         value + "Parameters.FlowAttributes",
				`{"FlowAttributes":{"a":""}}`:                    "Empty value in Parameters.FlowAttributes"}},
		"TagContact": {says: "at most 6 tags", accepted: []string{tags(0), tags(1), tags(6)},
			refused: map[string]string{tags(7): value + "Parameters.Tags", `{"Tags":"a"}`: value + "Parameters.Tags"}},
		"UntagContact": {says: "TagKeys not empty", accepted: []string{`{"TagKeys":["a"]}`, `{"TagKeys":{"a":"b"}}`}, refused: map[string]string{
			`{}`: missing + "Parameters.TagKeys", `{"TagKeys":[]}`: value + "Parameters.TagKeys",
			`{"TagKeys":{}}`: value + "Parameters.TagKeys", `{"TagKeys":null}`: missing + "Parameters.TagKeys"}},
		"Compare.ComparisonValue": {says: "JSONPath with a leaf", kind: "Compare", accepted: []string{
			`{"ComparisonValue":"$.Channel"}`, `{"ComparisonValue":"$.External.a.b"}`, `{"ComparisonValue":"$.Attributes.['my key']"}`,
			`{"ComparisonValue":"$.SegmentAttributes['connect:Subtype']"}`, `{"ComparisonValue":"$.MediaStreams.Customer.Audio.StartTimestamp"}`}, refused: map[string]string{
			`{}`:                                         missing + "Parameters.ComparisonValue",
			`{"ComparisonValue":""}`:                     "Empty value in Parameters.ComparisonValue",
			`{"ComparisonValue":"gold"}`:                 value + "Parameters.ComparisonValue",
			`{"ComparisonValue":5}`:                      value + "Parameters.ComparisonValue",
			`{"ComparisonValue":"$"}`:                    value + "Parameters.ComparisonValue",
			`{"ComparisonValue":"$.External"}`:           value + "Parameters.ComparisonValue",
			`{"ComparisonValue":"$.['External']"}`:       value + "Parameters.ComparisonValue",
			`{"ComparisonValue":"$.External."}`:          value + "Parameters.ComparisonValue",
			`{"ComparisonValue":"$.External.a is here"}`: value + "Parameters.ComparisonValue"}},
		"LexBot message": {says: "at least one of Text, SSML, PromptId, Media, LexInitializationData", kind: "ConnectParticipantWithLexBot",
			accepted: append(oneOf(append(speech, "LexInitializationData")...), `{"Text":"a","SSML":"b"}`),
			refused:  map[string]string{`{}`: missing + "Parameters.Text", `{"LexV2Bot":{"AliasArn":"a"}}`: missing + "Parameters.Text"}},
		"MessageParticipant": {says: "exactly one of Text, SSML, PromptId, Media", accepted: append(oneOf(speech...), `{"Text":"a","SSML":null}`),
			refused: map[string]string{`{}`: missing + "Parameters.Text", `{"Text":"a","Media":"b"}`: missing + "Parameters.Text", `{"Text":null}`: missing + "Parameters.Text"}},
		"empty string": {says: "refused as a parameter value and as a condition operand; one space is accepted", kind: "New",
			accepted: []string{`{"a":" ","b":{"":"c"},"d":[" "]}`}, refused: map[string]string{`{"a":""}`: "Empty value in Parameters.a"}},
		"UpdateContactData": {says: "at least one field", accepted: []string{`{"Name":"a"}`, `{"WisdomSessionArn":"$.Wisdom.SessionArn"}`},
			refused: map[string]string{`{}`: value + "Parameters", `null`: value + "Parameters"}},
		"TransferParticipantToThirdParty": {says: "ContinueFlowExecution and ThirdPartyConnectionTimeLimitSeconds required",
			accepted: []string{`{"` + going + `":"true","` + limit + `":"1"}`},
			refused:  map[string]string{`{"` + going + `":"true"}`: missing + "Parameters." + limit, `{"` + limit + `":"1"}`: missing + "Parameters." + going}},
	}, func(r rule) string { return r.says }, checkRule)
}

func checkRule(t *testing.T, name string, r rule) {
	t.Helper()
	if r.kind == "" {
		r.kind = name
	}
	for _, p := range r.accepted {
		sound(r.kind).with(p).has(t)
	}
	for p, want := range r.refused {
		sound(r.kind).with(p).has(t, want)
	}
}

// seenRefused are names of types that the flow language's page adds to the probed ones.
var seenRefused = []string{"TransferToQueue", "TransferParticipantToQueue", "CheckAttribute", "SetVoice", "CheckStaffing"}

func invalidTypes(t *testing.T, raw json.RawMessage) {
	facts := decode[[]string](t, raw)
	for _, name := range append(facts, seenRefused...) {
		sound(name).has(t, value+"Type")
		stands(t, name)
	}
	for name := range notTypes {
		if !slices.Contains(facts, name) && !slices.Contains(seenRefused, name) {
			t.Errorf("%s is refused, and no fact says so", name)
		}
	}
	for _, name := range []string{"UntagContact", "UpdateContactRoutingCriteria", "New", "untagContact"} {
		sound(name).has(t)
	}
}

func flowTypeRules(t *testing.T, raw json.RawMessage) {
	type place struct {
		says string
		in   []string
	}
	eachOf(t, decode[map[string]string](t, raw), map[string]place{
		"DisconnectParticipant": {"refused in whisper and hold flows",
			[]string{"CONTACT_FLOW", "CUSTOMER_QUEUE", "AGENT_TRANSFER", "QUEUE_TRANSFER", "CAMPAIGN", "MODULE"}},
		"EndFlowExecution": {"whisper and customer queue flows only",
			[]string{"CUSTOMER_WHISPER", "AGENT_WHISPER", "OUTBOUND_WHISPER", "CUSTOMER_QUEUE"}},
		"CompleteOutboundCall": {"outbound whisper only", []string{"OUTBOUND_WHISPER"}},
		// Modules too, by the tables of the flow language.
		"DequeueContactAndTransferToQueue": {"customer queue flow only (docs)", []string{"CUSTOMER_QUEUE", "MODULE"}},
	}, func(p place) string { return p.says }, func(t *testing.T, name string, p place) { stands(t, name, p.in...) })
}

// moduleRules: that another exception carries them is the simulator's business.
func moduleRules(t *testing.T, raw json.RawMessage) {
	facts := decode[map[string]string](t, raw)
	want := map[string]string{
		"content_needs":    "top-level Settings {InputParameters,OutputParameters,Transitions}; a flow must not have it",
		"error_without":    "InvalidRequestException: JSON field is missing or null for field name: settings",
		"exception_member": "InvalidContactFlowModuleException.Problems (capital P); InvalidContactFlowException.problems (small p)",
	}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Error(diff)
	}
	_, without, _ := strings.Cut(facts["error_without"], ": ")
	const refused = "Invalid property name. Path: Settings"
	for settings, problems := range map[string][]string{
		``:                {without},
		`"Settings":null`: {without},
		`"Settings":[]`:   {"Invalid property value. Path: Settings"},
		`"Settings":{}`:   {without + ".InputParameters", without + ".OutputParameters", without + ".Transitions"},
		`"Settings":{"InputParameters":[],"OutputParameters":null,"Transitions":[]}`: {without + ".OutputParameters"},
		`"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}`:   {},
	} {
		text := []byte("{" + settings + "," + minified[1:])
		if settings == "" {
			text = []byte(minified)
		}
		if diff := cmp.Diff(problems, messages(Validate(text, moduleType))); diff != "" {
			t.Errorf("a module with %q\n%s", settings, diff)
		}
		problems = []string{}
		if settings != "" && settings != `"Settings":null` {
			problems = append(problems, refused)
		}
		if diff := cmp.Diff(problems, messages(Validate(text, "CONTACT_FLOW"))); diff != "" {
			t.Errorf("a flow with %q\n%s", settings, diff)
		}
	}
}

// viewRules are no business of flows: it is only made sure that there are no others.
func viewRules(t *testing.T, raw json.RawMessage) {
	sameSet(t, "keys", []string{"validated_only_when", "Head.Configuration", "InputSchema", "duplicate_name"},
		slices.Collect(maps.Keys(decode[map[string]string](t, raw))))
}

// conflicts are not enforced, but for the empty strings.
func conflicts(t *testing.T, raw json.RawMessage) {
	checks := map[string]func(*testing.T){
		"CreateCallbackContact: A lists it as not importable, P's e2e fixture and the AWS guide use it": func(t *testing.T) {
			sound("CreateCallbackContact").failing(nme).has(t)
			if got := sound("CreateCallbackContact").validate("CONTACT_FLOW"); len(got) > 0 {
				t.Error(got)
			}
		},
		"EndFlowModuleExecution and TransferContactToAgent are not in A's list of 51, F and P use them": func(t *testing.T) {
			sound("EndFlowModuleExecution").has(t)
			sound("TransferContactToAgent").has(t)
			stands(t, "EndFlowModuleExecution", "MODULE")
			stands(t, "TransferContactToAgent", "AGENT_TRANSFER", "QUEUE_TRANSFER", "CAMPAIGN", "MODULE")
		},
		"smartcx-demo says Identifier must be a UUID and unreferenced actions are refused; F's probes use 'probe'/'disconnect', A treats orphans as a warning": func(t *testing.T) {
			accepted(t, `"StartAction":"probe","Actions":[{"Identifier":"probe","Type":"DisconnectParticipant"},{"Identifier":"orphan","Type":"DisconnectParticipant"}]`)
		},
		"smartcx-demo: the validator stops at the first problem; a CloudTrail record shows five problems at once": func(t *testing.T) {
			sound("ShowView").with(`{"a":""}`).failing().has(t,
				missing+"Transitions.Errors[NoMatchingCondition]", missing+"Transitions.Errors[NoMatchingError]", missing+"Transitions.Errors[TimeLimitExceeded]",
				"Invalid Action property value. Path: 1.Parameter", missing+"Parameters.ViewResource", missing+"Parameters.InvocationTimeLimitSeconds")
		},
		"aws-samples step-by-step guides (2023) carry empty strings in ViewData; P says the service refuses them": func(t *testing.T) {
			for data, empty := range map[string]bool{`{"a":""}`: true, `{"a":{"b":[{"c":""}]}}`: true, `{"a":[[""]]}`: true,
				`{"a":" "}`: false, `{"":"a"}`: false, `{"a":{"b":[]}}`: false, `{"a":"\"\""}`: false} {
				var want []string
				if empty {
					want = append(want, "Invalid Action property value. Path: 1.Parameter")
				}
				sound("ShowView").with(`{"ViewResource":{"Id":"v"},"InvocationTimeLimitSeconds":"1","ViewData":`+data+`}`).has(t, want...)
			}
		},
	}
	facts := decode[[]string](t, raw)
	sameSet(t, "conflicts", facts, slices.Collect(maps.Keys(checks)))
	for _, f := range facts {
		if check := checks[f]; check != nil {
			check(t)
		}
	}
}

func accepted(t *testing.T, members string) {
	t.Helper()
	if got := Validate([]byte(`{"Version":"2019-10-30",`+members+`}`), "CONTACT_FLOW"); len(got) > 0 {
		t.Errorf("%s: %v", members, got)
	}
}
