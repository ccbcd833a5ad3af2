package flow

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// around puts one action in a flow in which all branches lead to "end".
func around(action string) string {
	return `{"Version":"2019-10-30","StartAction":"x","Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Transitions":{}},` + action + `]}`
}

// act is an action with parameters, error types and conditions.
func act(kind, params, conditions string, errors ...string) string {
	list := make([]string, len(errors))
	for i, e := range errors {
		list[i] = `{"NextAction":"end","ErrorType":"` + e + `"}`
	}
	return `{"Identifier":"x","Type":"` + kind + `","Parameters":` + params + `,"Transitions":{"NextAction":"end","Errors":[` +
		strings.Join(list, ",") + `],"Conditions":[` + conditions + `]}}`
}

func cond(operator, operand string) string {
	return `{"NextAction":"end","Condition":{"Operator":"` + operator + `","Operands":["` + operand + `"]}}`
}

func messages(list []Problem) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.Message)
	}
	return out
}

const (
	value   = "Invalid Action property value. Path: Actions[1]."
	named   = "Invalid Action property name. Path: Actions[1]."
	missing = "Action is missing required property. Path: Actions[1]."
)

func TestValidateFindsWhatTheServiceRefuses(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		flowType, text string
		want           []string
	}{
		"nothing":                            {"CONTACT_FLOW", around(act("MessageParticipant", `{"Text":"Hi"}`, "", nme)), nil},
		"a type that is not known":           {"CONTACT_FLOW", around(`{"Identifier":"x","Type":"New","Parameters":{"a":1}}`), nil},
		"no version, no start":               {"", `{"Actions":[{"Identifier":"x","Type":"DisconnectParticipant"}]}`, []string{"Missing required property. Path: Version", "Missing required property. Path: StartAction"}},
		"another version, a dangling start":  {"", `{"Version":"1","StartAction":"y","Actions":[{"Identifier":"x","Type":"DisconnectParticipant"}]}`, []string{"Invalid property value. Path: Version", "Invalid property value. Path: StartAction"}},
		"no identifier, no type":             {"", around(`{},{"Identifier":"x","Type":"New"}`), []string{missing + "Identifier", missing + "Type"}},
		"a second identifier":                {"", around(`{"Identifier":"x","Type":"New"},{"Identifier":"x","Type":"New"}`), []string{"Invalid Action property value. Path: Actions[2].Identifier"}},
		"a forbidden character":              {"", strings.ReplaceAll(around(`{"Identifier":"x","Type":"New"}`), `"x"`, `"a:b"`), []string{value + "Identifier"}},
		"a forbidden name":                   {"", strings.ReplaceAll(around(`{"Identifier":"x","Type":"New"}`), `"x"`, `"toString"`), []string{value + "Identifier"}},
		"51 characters":                      {"", strings.ReplaceAll(around(`{"Identifier":"x","Type":"New"}`), `"x"`, `"`+strings.Repeat("é", 51)+`"`), []string{value + "Identifier"}},
		"50 characters":                      {"", strings.ReplaceAll(around(`{"Identifier":"x","Type":"New"}`), `"x"`, `"`+strings.Repeat("é", 50)+`"`), nil},
		"a type that does not exist":         {"", around(act("CheckStaffing", "{}", "")), []string{value + "Type"}},
		"targets that do not exist":          {"", around(strings.ReplaceAll(act("Loop", "{}", cond("Equals", "DoneLooping"), nme), `"end"`, `"gone"`)), []string{value + "Transitions.NextAction", value + "Transitions.Errors[0].NextAction", value + "Transitions.Conditions[0].NextAction"}},
		"empty targets":                      {"", around(strings.ReplaceAll(act("Loop", "{}", "", nme), `"end"`, `""`)), []string{value + "Transitions.NextAction", value + "Transitions.Errors[0].NextAction"}},
		"branches without members":           {"", around(`{"Identifier":"x","Type":"New","Transitions":{"Errors":[{}],"Conditions":[{}]}}`), []string{missing + "Transitions.Errors[0].ErrorType", missing + "Transitions.Errors[0].NextAction", missing + "Transitions.Conditions[0].NextAction", missing + "Transitions.Conditions[0].Condition"}},
		"a terminal type goes on":            {"", around(act("EndFlowModuleExecution", "{}", "")), []string{named + "Transitions.NextAction"}},
		"a known type does not go on":        {"", around(`{"Identifier":"x","Type":"UpdateFlowLoggingBehavior"}`), []string{missing + "Transitions.NextAction"}},
		"one may wait and not go on":         {"", around(`{"Identifier":"x","Type":"MessageParticipantIteratively"}`), nil},
		"required errors":                    {"", around(act("ShowView", `{"ViewResource":{"Id":"v"},"InvocationTimeLimitSeconds":"1"}`, "", nme)), []string{missing + "Transitions.Errors[NoMatchingCondition]", missing + "Transitions.Errors[TimeLimitExceeded]"}},
		"a forbidden error":                  {"", around(act("Compare", `{"ComparisonValue":"$.Attributes.x"}`, "", nmc, nme)), []string{value + "Transitions.Errors[1].ErrorType"}},
		"conditions where there are none":    {"", around(act("MessageParticipant", `{"Text":"Hi"}`, cond("Equals", "1"))), []string{named + "Transitions.Conditions"}},
		"an operator that does not exist":    {"", around(act("Compare", `{"ComparisonValue":"$.Channel"}`, cond("Is", "1"), nmc)), []string{value + "Transitions.Conditions[0].Condition.Operator"}},
		"an empty operand":                   {"", around(act("Compare", `{"ComparisonValue":"$.Channel"}`, cond("Equals", ""), nmc)), []string{"Invalid branch. Path: 1.Evaluate"}},
		"nested conditions":                  {"", around(act("Compare", `{"ComparisonValue":"$.Channel"}`, `{"NextAction":"end","Condition":{"Operator":"And","Operands":[{"Operator":"Equals","Operands":["1"]},{"Operator":"KeyExists","Operands":["a"]}]}}`, nmc)), nil},
		"empty texts":                        {"", around(act("New", `{"Text":"","Attributes":{"a":"","b":{"c":[" ",""]},"d":" "},"Other":"\"\"","Named":{"":"x"}}`, "")), []string{"Empty value in Parameters.Text", "Empty value in Parameters.Attributes"}},
		"a root as a comparison value":       {"", around(act("Compare", `{"ComparisonValue":"$.External"}`, "", nmc)), []string{value + "Parameters.ComparisonValue"}},
		"no comparison value":                {"", around(act("Compare", `{}`, "", nmc)), []string{missing + "Parameters.ComparisonValue"}},
		"a message without text":             {"", around(act("MessageParticipant", `{"SkipWhenDTMFBufferEnabled":"true"}`, "")), []string{missing + "Parameters.Text"}},
		"a message with two":                 {"", around(act("MessageParticipant", `{"Text":"a","SSML":"b"}`, "")), []string{missing + "Parameters.Text"}},
		"a bot without words":                {"", around(act("ConnectParticipantWithLexBot", `{}`, "", nme, nmc)), []string{missing + "Parameters.Text"}},
		"a view without its parameters":      {"", around(act("ShowView", `{}`, "", nme, nmc, "TimeLimitExceeded")), []string{missing + "Parameters.ViewResource", missing + "Parameters.InvocationTimeLimitSeconds"}},
		"seven tags":                         {"", around(act("TagContact", `{"Tags":{"1":"1","2":"1","3":"1","4":"1","5":"1","6":"1","7":"1"}}`, "", nme)), []string{value + "Parameters.Tags"}},
		"no tag keys":                        {"", around(act("UntagContact", `{"TagKeys":[]}`, "")), []string{value + "Parameters.TagKeys"}},
		"a queue in the transfer to a queue": {"", around(act("TransferContactToQueue", `{"QueueId":"q"}`, "", nme, "QueueAtCapacity")), []string{named + "Parameters.QueueId"}},
		"a third party without limits":       {"", around(act("TransferParticipantToThirdParty", `{"ContinueFlowExecution":"true"}`, "")), []string{missing + "Parameters.ThirdPartyConnectionTimeLimitSeconds"}},
		"contact data without a field":       {"", around(act("UpdateContactData", `{}`, "", nme)), []string{value + "Parameters"}},
		"flat flow attributes":               {"", around(act("UpdateFlowAttributes", `{"FlowAttributes":{"a":"b","c":{"Value":"d"}}}`, "", nme)), []string{value + "Parameters.FlowAttributes.a"}},
		"the documented name in Wait":        {"", around(act("Wait", `{"TimeoutSeconds":"1"}`, "")), []string{missing + "Parameters.TimeLimitSeconds", named + "Parameters.TimeoutSeconds"}},
		"a menu":                             {"", around(act("GetParticipantInput", `{"StoreInput":"False","Text":"a","InputValidation":{"a":"b"}}`, cond("Equals", "1"), nme, nmc)), []string{missing + "Transitions.Errors[InputTimeLimitExceeded]", missing + "Parameters.InputTimeLimitSeconds", named + "Parameters.InputValidation"}},
		"stored input":                       {"", around(act("GetParticipantInput", `{"StoreInput":"True","Text":"a","InputTimeLimitSeconds":"5"}`, cond("Equals", "1"), nmc)), []string{value + "Transitions.Errors[0].ErrorType", missing + "Transitions.Errors[NoMatchingError]", named + "Transitions.Conditions", missing + "Parameters.InputValidation"}},
		"a flow with settings":               {"CONTACT_FLOW", `{"Settings":{},` + around(act("New", "{}", ""))[1:], []string{"Invalid property name. Path: Settings"}},
		"a module without settings":          {"MODULE", around(act("New", "{}", "")), []string{"JSON field is missing or null for field name: settings"}},
		"a module with half its settings":    {"MODULE", `{"Settings":{"InputParameters":[],"Transitions":null},` + around(act("New", "{}", ""))[1:], []string{"JSON field is missing or null for field name: settings.OutputParameters", "JSON field is missing or null for field name: settings.Transitions"}},
		"settings where the type is unknown": {"", `{"Settings":{},` + around(act("New", "{}", ""))[1:], nil},
		"the end of a flow in an inbound":    {"CONTACT_FLOW", around(`{"Identifier":"x","Type":"EndFlowExecution"}`), []string{value + "Type"}},
		"the end of a flow in a queue flow":  {"CUSTOMER_QUEUE", around(`{"Identifier":"x","Type":"EndFlowExecution"}`), nil},
		"a hang-up in a whisper":             {"AGENT_WHISPER", around(`{"Identifier":"x","Type":"EndFlowExecution"}`), []string{"Invalid Action property value. Path: Actions[0].Type"}},
		"a dequeue in an inbound":            {"CONTACT_FLOW", around(act("DequeueContactAndTransferToQueue", "{}", "", nme, "QueueAtCapacity")), []string{value + "Type"}},
		"an outbound call in an inbound":     {"CONTACT_FLOW", around(act("CompleteOutboundCall", "{}", "")), []string{value + "Type"}},
		"the end of a module in an inbound":  {"CONTACT_FLOW", around(`{"Identifier":"x","Type":"EndFlowModuleExecution"}`), []string{value + "Type"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			if c.want == nil {
				c.want = []string{}
			}
			if diff := cmp.Diff(c.want, messages(Validate([]byte(c.text), c.flowType))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Conditions of the action tables: which operators and operands a type takes.
func TestConditionsAreThoseOfTheType(t *testing.T) {
	t.Parallel()
	const operator, operand = value + "Transitions.Conditions[0].Condition.Operator", value + "Transitions.Conditions[0].Condition.Operands[0]"
	agents, contacts := `{"MetricType":"NumberOfAgentsAvailable"}`, `{"MetricType":"NumberOfContactsInQueue"}`
	for _, c := range []struct {
		kind, params, operator, operand string
		want                            []string
	}{
		{"Loop", "{}", "Equals", "ContinueLooping", nil},
		{"Loop", "{}", "Equals", "DoneLooping", nil},
		{"Loop", "{}", "Equals", "Done", []string{operand}},
		{"Loop", "{}", "TextContains", "DoneLooping", []string{operator}},
		{"Wait", "", "Equals", "WaitCompleted", nil},
		{"Wait", "", "Equals", "Continue", nil},
		{"Wait", "", "Equals", "LambdaReturned", []string{operand}},
		{"Wait", "", "Equals", "", []string{operand}},
		{"GetParticipantInput", "", "Equals", "#", nil},
		{"GetParticipantInput", "", "Equals", "12", []string{operand}},
		{"GetParticipantInput", "", "NumberLessThan", "5", []string{operator}},
		{"CheckMetricData", agents, "NumberGreaterThan", "0", nil},
		{"CheckMetricData", agents, "NumberGreaterThan", "1", []string{operand}},
		{"CheckMetricData", agents, "Equals", "0", []string{operator}},
		{"CheckMetricData", contacts, "NumberGreaterThan", "300000", nil},
		{"CheckMetricData", contacts, "Equals", "0", nil},
		{"CheckMetricData", contacts, "TextContains", "0", []string{operator}},
		{"CheckOutboundCallStatus", "{}", "Equals", "VoicemailBeep", nil},
		{"CheckOutboundCallStatus", "{}", "Equals", "Busy", []string{operand}},
		{"DistributeByPercentage", "{}", "NumberLessThan", "51", nil},
		{"DistributeByPercentage", "{}", "Equals", "51", []string{operator}},
		{"MessageParticipantIteratively", "{}", "Equals", "MessagesInterrupted", nil},
		{"MessageParticipantIteratively", "{}", "Equals", "1", []string{operand}},
		{"ShowView", "", "Equals", "Submit", nil},
		{"ShowView", "", "TextStartsWith", "Submit", []string{operator}},
		{"ShowView", "", "Equals", "", []string{operand}},
		{"ConnectParticipantWithLexBot", "", "Equals", "Intent", nil},
		{"ConnectParticipantWithLexBot", "", "KeyExists", "Intent", []string{operator}},
		{"InvokeFlowModule", "", "Equals", "branch_1", nil},
		{"InvokeFlowModule", "", "NumberLessThan", "1", []string{operator}},
		{"Compare", "", "KeyExists", "a", nil},
		{"Compare", "", "Equals", " ", nil},
		{"Compare", "", "Equals", "", []string{"Invalid branch. Path: 1.Evaluate"}},
		{"CheckVoiceId", "{}", "Equals", "Enrolled", nil},
		{"New", "{}", "TextContains", "a", nil},
		{"New", "{}", "TextContains", "", []string{operand}},
		{"New", "{}", "Is", "a", []string{operator}},
	} {
		a := sound(c.kind).when(c.operand)
		if c.params != "" {
			a.params = c.params
		}
		text := strings.Replace(a.text(), `"Equals"`, `"`+c.operator+`"`, 1)
		if diff := cmp.Diff(append([]string{}, c.want...), messages(Validate([]byte(around(text)), ""))); diff != "" {
			t.Errorf("%s %s %q: %s", c.kind, c.operator, c.operand, diff)
		}
	}
	hours := sound("CheckHoursOfOperation")
	hours.when("True").has(t, missing+"Transitions.Conditions[False]")
	hours.when().has(t, missing+"Transitions.Conditions[True]", missing+"Transitions.Conditions[False]")
	hours.when("False", "True", "Holiday").has(t, value+"Transitions.Conditions[2].Condition.Operands[0]")
}

func TestConditionsHaveTheirForm(t *testing.T) {
	t.Parallel()
	const at = "Transitions.Conditions[0].Condition"
	leaf := `{"Operator":"Equals","Operands":["a"]}`
	nest := func(depth int) string {
		return strings.Repeat(`{"Operator":"And","Operands":[`, depth) + leaf + strings.Repeat("]}", depth)
	}
	for text, want := range map[string][]string{
		leaf:                                  nil,
		`"a"`:                                 {value + at},
		`null`:                                {missing + at},
		`[]`:                                  {value + at},
		`{}`:                                  {missing + at + ".Operator", missing + at + ".Operands"},
		`{"Operator":1}`:                      {value + at + ".Operator", missing + at + ".Operands"},
		`{"Operator":"Equals"}`:               {missing + at + ".Operands"},
		bend(leaf, `["a"]`, `{}`):             {value + at + ".Operands"},
		bend(leaf, `["a"]`, `"a"`):            {value + at + ".Operands"},
		bend(leaf, `["a"]`, `[]`):             {value + at + ".Operands"},
		bend(leaf, `["a"]`, `["a","b"]`):      {value + at + ".Operands"},
		bend(leaf, `["a"]`, `[1]`):            {value + at + ".Operands[0]"},
		bend(leaf, `["a"]`, `[null]`):         {value + at + ".Operands[0]"},
		bend(leaf, `["a"]`, `[`+leaf+`]`):     {value + at + ".Operands[0]"},
		`{"Operator":"And","Operands":["a"]}`: {value + at + ".Operator"},
		`{"Operator":"Xor","Operands":[` + leaf + `]}`:                                {value + at + ".Operator", value + at + ".Operands[0]"},
		`{"Operator":"Or","Operands":[` + leaf + `,"a"]}`:                             {value + at + ".Operands[1]"},
		`{"Operator":"Or","Operands":[{"Condition":` + leaf + `}]}`:                   nil,
		`{"Operator":"Or","Conditions":[` + leaf + `]}`:                               nil,
		`{"Operator":"Or","Operands":[{"Operator":"Equals","Operands":[""]}]}`:        {"Invalid branch. Path: 1.Evaluate"},
		`{"Operator":"Or","Operands":[{"Operator":"Is","Operands":["a"]}]}`:           {value + at + ".Operands[0].Operator"},
		`{"Operator":"And","Operands":[` + strings.Repeat(leaf+",", 49) + leaf + `]}`: nil,
		`{"Operator":"And","Operands":[` + strings.Repeat(leaf+",", 50) + leaf + `]}`: {value + at + ".Operands"},
		nest(5):    nil,
		nest(6):    {value + at + strings.Repeat(".Operands[0]", 5) + ".Operands"},
		nest(4000): {value + at + strings.Repeat(".Operands[0]", 5) + ".Operands"},
	} {
		action := strings.Replace(sound("Compare").when("a").text(), leaf, text, 1)
		if diff := cmp.Diff(append([]string{}, want...), messages(Validate([]byte(around(action)), ""))); diff != "" {
			t.Errorf("%.200s: %s", text, diff)
		}
	}
	restricted := strings.Replace(sound("Loop").when("a").text(), leaf, nest(1), 1)
	want := []string{value + at + ".Operator", value + at + ".Operands[0]"}
	if diff := cmp.Diff(want, messages(Validate([]byte(around(restricted)), ""))); diff != "" {
		t.Error(diff)
	}
}

// Parameters of the action tables that no probe speaks of.
func TestParametersAreThoseOfTheTables(t *testing.T) {
	t.Parallel()
	for kind, r := range map[string]rule{
		"UpdateContactTargetQueue": {accepted: []string{`{"QueueId":"q"}`, `{"AgentId":"a"}`}, refused: map[string]string{
			`{}`: missing + "Parameters.QueueId", `{"QueueId":"q","AgentId":"a"}`: named + "Parameters.AgentId"}},
		"TransferToFlow":           oneReference("ContactFlowId"),
		"InvokeFlowModule":         oneReference("FlowModuleId"),
		"InvokeLambdaFunction":     oneReference("LambdaFunctionARN"),
		"StartOutboundChatContact": oneReference("ContactFlowArn"),
		// Any names of events, and any number of them.
		"UpdateContactEventHooks": {
			accepted: []string{`{"EventHooks":{}}`, `{"EventHooks":{"DisconnectAgentUI":"f"}}`, `{"EventHooks":{"New":"f","CustomerQueue":"$.External.q"}}`,
				`{"EventHooksConfiguration":{"CustomerWhisper":{"DisableExecution":"true"}}}`, `{"EventHooks":null,"EventHooksConfiguration":{}}`},
			refused: map[string]string{`{}`: missing + "Parameters.EventHooks", `null`: missing + "Parameters.EventHooks",
				`{"EventHooks":null}`:                     missing + "Parameters.EventHooks",
				`{"DisconnectAgentUI":"f"}`:               missing + "Parameters.EventHooks",
				`{"EventHooks":{"DisconnectAgentUI":""}}`: "Empty value in Parameters.EventHooks"}},
		"ShowView": {
			accepted: []string{`{"ViewResource":{"Id":"v"},"InvocationTimeLimitSeconds":"1"}`,
				`{"ViewResource":{"Id":"form","Version":"Latest"},"InvocationTimeLimitSeconds":"1","ViewData":{}}`},
			refused: map[string]string{
				`{"InvocationTimeLimitSeconds":"1"}`:                                     missing + "Parameters.ViewResource",
				`{"ViewResource":null,"InvocationTimeLimitSeconds":"1"}`:                 missing + "Parameters.ViewResource",
				`{"ViewResource":{},"InvocationTimeLimitSeconds":"1"}`:                   missing + "Parameters.ViewResource.Id",
				`{"ViewResource":{"Id":null},"InvocationTimeLimitSeconds":"1"}`:          missing + "Parameters.ViewResource.Id",
				`{"ViewResource":{"Version":"Latest"},"InvocationTimeLimitSeconds":"1"}`: missing + "Parameters.ViewResource.Id",
				`{"ViewResource":"v","InvocationTimeLimitSeconds":"1"}`:                  missing + "Parameters.ViewResource.Id",
				`{"ViewResource":{"Id":"v"}}`:                                            missing + "Parameters.InvocationTimeLimitSeconds",
				`{"ViewResource":{"Id":""},"InvocationTimeLimitSeconds":"1"}`:            "Invalid Action property value. Path: 1.Parameter"}},
		// The tables list their references, and none of them is said to be needed.
		"CreateTask":            {accepted: []string{`{}`, `{"TaskTemplateId":"t"}`, `{"ContactFlowId":"f"}`}},
		"CreateCallbackContact": {accepted: []string{`{}`, `{"QueueId":"q"}`}},
		"CheckMetricData":       {accepted: []string{`{}`, `{"AgentId":"a"}`}},
		"GetMetricData":         {accepted: []string{`{}`, `{"QueueId":"q"}`}},
		"CheckHoursOfOperation": {accepted: []string{`{}`, `{"HoursOfOperationId":"h"}`}},
		"DequeueContactAndTransferToQueue": {accepted: []string{`{}`, `{"QueueId":"q"}`, `{"AgentId":"a"}`},
			refused: map[string]string{`{"QueueId":"q","AgentId":"a"}`: named + "Parameters.AgentId"}},
		"UpdateContactCallbackNumber": {accepted: []string{`{"CallbackNumber":"$.CustomerEndpoint.Address"}`}, refused: map[string]string{
			`{}`: missing + "Parameters.CallbackNumber", `{"CallbackNumber":"+15550100"}`: value + "Parameters.CallbackNumber"}},
		"UpdateContactAttributes": {accepted: []string{`{"TargetContact":"Current"}`, `{"TargetContact":"Related"}`, `{"Attributes":{"a":"b"}}`},
			refused: map[string]string{
				`{"TargetContact":"current"}`:        value + "Parameters.TargetContact",
				`{"TargetContact":"$.Attributes.a"}`: value + "Parameters.TargetContact",
				`{"TargetContact":""}`:               "Empty value in Parameters.TargetContact",
				`{"Attributes":{"a":""}}`:            "Empty value in Parameters.Attributes"}},
	} {
		checkRule(t, kind, r)
	}
}

// oneReference is a type that is nothing without its one reference: to whatever, an identifier, an ARN or a path.
func oneReference(name string) rule {
	return rule{
		accepted: []string{fmt.Sprintf(`{%q:"a"}`, name), fmt.Sprintf(`{%q:"$.Attributes.a","New":"b"}`, name)},
		refused: map[string]string{`{}`: missing + "Parameters." + name, `null`: missing + "Parameters." + name,
			fmt.Sprintf(`{%q:null}`, name):    missing + "Parameters." + name,
			fmt.Sprintf(`{%q:"a"}`, name+"s"): missing + "Parameters." + name,
			fmt.Sprintf(`{%q:""}`, name):      "Empty value in Parameters." + name},
	}
}

func TestMessagesAreOfTheObservedForms(t *testing.T) {
	t.Parallel()
	filler := ""
	for i := range 13 {
		filler += fmt.Sprintf(`{"Identifier":"f%d","Type":"End"},`, i)
	}
	at := func(i int, a action) string {
		from := strings.Index(filler, fmt.Sprintf(`{"Identifier":"f%d"`, i))
		if i == 13 {
			from = len(filler)
		}
		return `{"Version":"2019-10-30","StartAction":"x","Actions":[` + filler[:from] + a.text() + `,{"Identifier":"end","Type":"End"}]}`
	}
	wait := sound("Wait").with(`{"TimeoutSeconds":"1"}`)
	for text, want := range map[string][]string{
		bend(at(5, sound("UpdateContactAttributes")), `[{"NextAction":"end"`, `[{"NextAction":"gone"`): {
			"Invalid Action property value. Path: Actions[5].Transitions.Errors[0].NextAction"},
		at(13, wait): {"Action is missing required property. Path: Actions[13].Parameters.TimeLimitSeconds",
			"Invalid Action property name. Path: Actions[13].Parameters.TimeoutSeconds"},
		at(2, sound("Compare").when("")):                                                     {"Invalid branch. Path: 2.Evaluate"},
		at(0, sound("UpdateContactAttributes").with(`{"Attributes":{"a":"","b":""}}`)):       {"Empty value in Parameters.Attributes"},
		at(0, sound("ShowView").with(bend(parametersOf["ShowView"], `"Id":"v"`, `"Id":""`))): {"Invalid Action property value. Path: 0.Parameter"},
	} {
		if diff := cmp.Diff(want, messages(Validate([]byte(text), "CONTACT_FLOW"))); diff != "" {
			t.Error(diff)
		}
	}
}

// Members of the wrong kind come all at once, with their places.
func TestMembersOfTheWrongKindAreProblems(t *testing.T) {
	t.Parallel()
	at := func(i int, path string) string {
		return fmt.Sprintf("Invalid Action property value. Path: Actions[%d]%s", i, path)
	}
	for text, want := range map[string][]string{
		`[]`: {"Invalid JSON. The content is no object"}, `5`: {"Invalid JSON. The content is no object"},
		`"flow"`: {"Invalid JSON. The content is no object"}, `null`: {"Invalid JSON. The content is no object"},
		`{"Actions":{}}`: {"Invalid property value. Path: Actions"}, `{"Actions":"a"}`: {"Invalid property value. Path: Actions"},
		`{"Actions":null}`: {"Missing required property. Path: Actions"}, `{"Actions":[]}`: {"Missing required property. Path: Actions"},
		`{}`: {"Missing required property. Path: Actions"}, `{"modules":[]}`: {"Invalid property name. Path: modules"},
		`{"Actions":[5,[],null,{"Identifier":[],"Type":{},"Parameters":"a","Transitions":[]}]}`: {at(0, ""), at(1, ""), at(2, ""),
			at(3, ".Identifier"), at(3, ".Type"), at(3, ".Parameters"), at(3, ".Transitions")},
		`{"Actions":[{"Transitions":{"NextAction":5,"Errors":{},"Conditions":"a"}}]}`: {at(0, ".Transitions.NextAction"),
			at(0, ".Transitions.Errors"), at(0, ".Transitions.Conditions")},
		`{"Actions":[{"Transitions":{"Errors":[{},"a",{"ErrorType":1,"NextAction":{}}],"Conditions":[null,{"NextAction":false}]}}]}`: {
			at(0, ".Transitions.Errors[1]"), at(0, ".Transitions.Errors[2].ErrorType"), at(0, ".Transitions.Errors[2].NextAction"),
			at(0, ".Transitions.Conditions[0]"), at(0, ".Transitions.Conditions[1].NextAction")},
		// The first of two members is no action, and the parser speaks of the second.
		`{"Actions":[{}],"Actions":{}}`: {"Invalid Action property value. Path: Actions"},
		`{"Actions":[{"Identifier":null,"Type":null,"Parameters":null,"Transitions":null}],"Version":null,"StartAction":null}`: {
			"Missing required property. Path: Version", "Missing required property. Path: StartAction",
			"Action is missing required property. Path: Actions[0].Identifier", "Action is missing required property. Path: Actions[0].Type"},
		bend(minified, `"StartAction":"a"`, `"StartAction":["a"]`):     {"Invalid property value. Path: StartAction"},
		bend(minified, `"Version":"2019-10-30"`, `"Version":20191030`): {"Invalid property value. Path: Version"},
		bend(minified, `"Text":"Hi"`, `"Text":"Hi","Text":"Ho"`):       {fmt.Sprintf(`Invalid JSON. Duplicate field "Text" at byte %d`, strings.Index(minified, `"Text"`)+12)},
		minified[:len(minified)/2]:                                     {fmt.Sprintf("Invalid JSON. Byte %d: not-json", len(minified)/2)},
		minified + "}":                                                 {fmt.Sprintf("Invalid JSON. Byte %d: not-json", len(minified))},
		"\ufeff" + minified:                                            {"Invalid JSON. Byte 0: byte-order-mark"},
		"{\"a\":\"\xff\"}":                                             {"Invalid JSON. Byte 6: bad-utf8"},
		"":                                                             {"Invalid JSON. Byte 0: not-json"},
		strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000): {"Invalid JSON. Byte 10000: not-json"},
	} {
		if diff := cmp.Diff(want, messages(Validate([]byte(text), "CONTACT_FLOW"))); diff != "" {
			t.Errorf("%.200s: %s", text, diff)
		}
	}
}

func TestProblemsNameTheBlock(t *testing.T) {
	t.Parallel()
	got := Validate([]byte(bend(minified, `"NextAction":"b"`, `"NextAction":"c"`)), "")
	want := []Problem{{Index: 0, Block: "a", Message: "Invalid Action property value. Path: Actions[0].Transitions.NextAction"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLimitsOfTheServiceAreProblems(t *testing.T) {
	t.Parallel()
	blocks := func(n int) string { return bend(fullFlow(n), `{"S`, `{"Version":"2019-10-30","S`) }
	characters := func(n int) string { return bend(minified, "Hi", strings.Repeat("x", n-len(minified)+2)) }
	for text, want := range map[string][]string{
		blocks(250):                          {},
		blocks(251):                          {"Invalid property value. Path: Actions. More than 250 actions"},
		characters(256_000):                  {},
		characters(256_001):                  {"Invalid property value. More than 256000 characters"},
		characters(255_999) + "\n":           {},
		characters(256_000) + "\n":           {"Invalid property value. More than 256000 characters"},
		bend(characters(256_000), "xx", "😀"): {}, // which has two units
		bend(characters(256_001), "xx", "😀"): {"Invalid property value. More than 256000 characters"},
	} {
		list := Validate([]byte(text), "")
		if diff := cmp.Diff(want, messages(list)); diff != "" {
			t.Errorf("%d bytes: %s", len(text), diff)
		}
		for _, p := range list {
			if p.Index != -1 || p.Block != "" {
				t.Errorf("%+v is of a block", p)
			}
		}
	}
}

func TestMessagesHaveAtMost256Characters(t *testing.T) {
	t.Parallel()
	for _, character := range []string{"再", "😀", "a", `\ud83d`} {
		long := strings.Repeat(character, 400)
		text := around(act("TransferContactToQueue", `{"`+long+`":"","`+long+`b":""}`, "", nme, capacity))
		list := Validate([]byte(text), "")
		if len(list) != 2 { // one form for each: the names differ only in what is cut off
			t.Errorf("%d problems", len(list))
		}
		for _, p := range list {
			if n := UTF16Len([]byte(p.Message)); n < 250 || n > 256 || !utf8.ValidString(p.Message) || !strings.HasSuffix(p.Message, "…") {
				t.Errorf("%d characters: %s", n, p.Message)
			}
		}
	}
}

// manyBlocks is a flow with n blocks, each with several problems, of which every second one has the identifier of the one before.
func manyBlocks(n int) []byte {
	var list []string
	for i := range n {
		a := sound("ShowView").with(`{"ViewData":{"a":{"b":["",""]}}}`).failing("Unknown").when("", "a")
		list = append(list, bend(a.text(), `"Identifier":"x"`, fmt.Sprintf(`"Identifier":"%d"`, i/2)))
	}
	return []byte(`{"Version":"2019-10-30","StartAction":"0","Actions":[` + strings.Join(list, ",") + `]}`)
}

func TestAllProblemsOfManyBlocksComeInOrder(t *testing.T) {
	t.Parallel()
	const n = 5000
	list := Validate(manyBlocks(n), "CONTACT_FLOW")
	each := map[int]int{}
	for i, p := range list {
		if i > 0 && p.Index < list[i-1].Index {
			t.Fatalf("%v after %v", p, list[i-1])
		}
		each[p.Index]++
	}
	if each[-1] != 2 { // too many actions, too many characters
		t.Errorf("%d problems of the document: %v", each[-1], list[:3])
	}
	for i := range n {
		// Not its own: targets (4), errors (4), an operand, an empty text, two parameters; and every second identifier.
		if want := 12 + i%2; each[i] != want {
			t.Fatalf("%d problems of block %d, want %d", each[i], i, want)
		}
	}
}

func BenchmarkValidateManyBlocks(b *testing.B) {
	for _, n := range []int{1250, 2500, 5000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			text := manyBlocks(n)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Validate(text, "CONTACT_FLOW")
			}
		})
	}
}

// Whatever the content is: each problem once, in order, of an action that is there, with a message the exception can carry.
func FuzzProblemsCanBeAnswered(f *testing.F) {
	for _, text := range fixtures() {
		f.Add(text, "CONTACT_FLOW")
	}
	for name := range kinds {
		f.Add(around(sound(name).text()), "MODULE")
		f.Add(around(sound(name).with(`{"":{"a":[""]}}`).failing().when("", "1").text()), "AGENT_WHISPER")
	}
	f.Add(`{"Actions":[{"Transitions":{"Errors":[1,{"NextAction":[]}]}},2],"Actions":3}`, "")
	f.Fuzz(func(t *testing.T, text, flowType string) {
		list := Validate([]byte(text), flowType)
		said := map[Problem]bool{}
		last := -1
		d, err := Parse([]byte(text))
		if err != nil && len(list) == 0 {
			t.Fatalf("%v, and no problem", err)
		}
		for _, p := range list {
			if n := UTF16Len([]byte(p.Message)); n < 1 || n > 256 || said[p] || p.Index < last {
				t.Fatalf("%d characters: %+v", n, p)
			}
			if err == nil && p.Index >= 0 && d.Blocks()[p.Index].ID != p.Block {
				t.Fatalf("another block: %+v", p)
			}
			said[p], last = true, p.Index
		}
	})
}

// Flows whose type is known from their export stand in it.
func TestRealFlowsStandInTheirType(t *testing.T) {
	t.Parallel()
	enum := map[string]string{"contactFlow": "CONTACT_FLOW", "customerQueue": "CUSTOMER_QUEUE", "agentWhisper": "AGENT_WHISPER",
		"outboundWhisper": "OUTBOUND_WHISPER", "queueTransfer": "QUEUE_TRANSFER"}
	count := 0
	for _, s := range samples(t, "valid") {
		d, err := Parse(s.text)
		if err != nil {
			continue
		}
		exported, _ := d.Root().Get("Metadata", "type")
		name, _ := exported.Text()
		flowType := enum[name]
		if _, ok := d.Root().Get("Settings"); ok {
			flowType = moduleType
		}
		if flowType == "" {
			continue
		}
		count++
		for _, p := range Validate(s.text, flowType) {
			if strings.HasSuffix(p.Message, ".Type") || strings.Contains(strings.ToLower(p.Message), "settings") {
				t.Errorf("%s: %v", s.name, p)
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d flows have a type", count)
	}
}

// Real flows hold what scrubbing left empty, and a few were written by hand; nothing else is found in them.
func TestRealFlowsHaveOnlyKnownProblems(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, s := range samples(t, "valid") {
		for _, p := range Validate(s.text, "") {
			form, _, _ := strings.Cut(p.Message, ".")
			count[form]++
		}
	}
	want := map[string]int{
		"Missing required property":           1, // no actions
		"Empty value in Parameters":           35,
		"Action is missing required property": 6, // by hand, with Terraform
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Error(diff)
	}
}
