package flow

import (
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
	nme := "NoMatchingError"
	nmc := "NoMatchingCondition"
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
		"targets that do not exist":          {"", around(strings.ReplaceAll(act("Loop", "{}", cond("Equals", "1"), nme), `"end"`, `"gone"`)), []string{value + "Transitions.NextAction", value + "Transitions.Errors[0].NextAction", value + "Transitions.Conditions[0].NextAction"}},
		"empty targets":                      {"", around(strings.ReplaceAll(act("Loop", "{}", "", nme), `"end"`, `""`)), []string{value + "Transitions.NextAction", value + "Transitions.Errors[0].NextAction"}},
		"branches without members":           {"", around(`{"Identifier":"x","Type":"New","Transitions":{"Errors":[{}],"Conditions":[{}]}}`), []string{missing + "Transitions.Errors[0].ErrorType", missing + "Transitions.Errors[0].NextAction", missing + "Transitions.Conditions[0].NextAction", missing + "Transitions.Conditions[0].Condition.Operator", value + "Transitions.Conditions[0].Condition.Operands"}},
		"a terminal type goes on":            {"", around(act("EndFlowModuleExecution", "{}", "")), []string{named + "Transitions.NextAction"}},
		"a known type does not go on":        {"", around(`{"Identifier":"x","Type":"UpdateFlowLoggingBehavior"}`), []string{missing + "Transitions.NextAction"}},
		"one may wait and not go on":         {"", around(`{"Identifier":"x","Type":"MessageParticipantIteratively"}`), nil},
		"required errors":                    {"", around(act("ShowView", `{"ViewResource":{},"InvocationTimeLimitSeconds":"1"}`, "", nme)), []string{missing + "Transitions.Errors[NoMatchingCondition]", missing + "Transitions.Errors[TimeLimitExceeded]"}},
		"a forbidden error":                  {"", around(act("Compare", `{"ComparisonValue":"$.Attributes.x"}`, "", nmc, nme)), []string{value + "Transitions.Errors[1].ErrorType"}},
		"conditions where there are none":    {"", around(act("MessageParticipant", `{"Text":"Hi"}`, cond("Equals", "1"))), []string{named + "Transitions.Conditions"}},
		"an operator that does not exist":    {"", around(act("Compare", `{"ComparisonValue":"$.Channel"}`, cond("Is", "1"), nmc)), []string{value + "Transitions.Conditions[0].Condition.Operator"}},
		"an empty operand":                   {"", around(act("Compare", `{"ComparisonValue":"$.Channel"}`, cond("Equals", ""), nmc)), []string{value + "Transitions.Conditions[0].Condition.Operands[0]"}},
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
		"a menu":                             {"", around(act("GetParticipantInput", `{"StoreInput":"False","Text":"a","InputValidation":{"a":"b"}}`, cond("Equals", "1"), nme, nmc)), []string{missing + "Parameters.InputTimeLimitSeconds", missing + "Transitions.Errors[InputTimeLimitExceeded]", named + "Parameters.InputValidation"}},
		"stored input":                       {"", around(act("GetParticipantInput", `{"StoreInput":"True","Text":"a","InputTimeLimitSeconds":"5"}`, cond("Equals", "1"), nmc)), []string{missing + "Transitions.Errors[NoMatchingError]", missing + "Parameters.InputValidation", named + "Transitions.Conditions", value + "Transitions.Errors[0].ErrorType"}},
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
	many := bend(fullFlow(251), `{"S`, `{"Version":"2019-10-30","S`)
	long := bend(minified, "Hi", strings.Repeat("x", MaxContent))
	for _, text := range []string{many, long} {
		if got := Validate([]byte(text), ""); len(got) != 1 || got[0].Index != -1 {
			t.Errorf("%v", got)
		}
	}
}

func TestMessagesHaveAtMost256Characters(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("再", 400)
	text := around(act("TransferContactToQueue", `{"`+long+`":""}`, "", "NoMatchingError", "QueueAtCapacity"))
	for _, p := range Validate([]byte(text), "") {
		if n := utf8.RuneCountInString(p.Message); n < 1 || n > 256 || !utf8.ValidString(p.Message) {
			t.Errorf("%d characters: %s", n, p.Message)
		}
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
