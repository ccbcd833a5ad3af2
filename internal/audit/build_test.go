package audit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

// A flow in the cases is written one block a line: "ID: type name=value … -> next ! error ? condition". The first line may be
// "start: ID"; else the first block starts. F1 to F9 stand for flow ids.

// shortTypes are the types under the names that the cases use; any other word is a type itself.
var shortTypes = map[string]string{
	"event": "UpdateContactEventHooks", "attr": "UpdateContactAttributes", "queue": "TransferContactToQueue",
	"dequeue": "DequeueContactAndTransferToQueue", "agent": "TransferContactToAgent", "interrupt": "RouteContactToAgent",
	"flow": "TransferToFlow", "module": "InvokeFlowModule", "say": "MessageParticipant", "menu": "Compare",
	"end": "DisconnectParticipant", "back": "EndFlowModuleExecution", "done": "EndFlowExecution", "view": "ShowView", "callback": "CreateCallbackContact",
}

// paths are the parameters under the names that the cases use.
var paths = map[string]string{
	"acw": "EventHooks.DisconnectAgentUI", "default": "EventHooks.DefaultAgentUI", "remaining": "EventHooks.CustomerRemaining",
	"whisper": "EventHooks.AgentWhisper", "customer": "EventHooks.CustomerWhisper", "waits": "EventHooks.CustomerQueue",
	"disable": "EventHooksConfiguration.DisconnectAgentUI.DisableExecution",
	"acwattr": "Attributes.DisconnectFlowForAgentUI", "contact": "TargetContact", "to": "ContactFlowId",
	"runs": "FlowModuleId", "shows": "ViewResource.Id",
}

func flowID(n int) string { return fmt.Sprintf("f%07d-0000-4000-8000-000000000000", n) }

// long and short replace F1 … by flow ids and back.
func long(s string) string {
	return replaceIDs(s, func(n int) (string, string) { return fmt.Sprintf("F%d", n), flowID(n) })
}
func short(s string) string {
	return replaceIDs(s, func(n int) (string, string) { return flowID(n), fmt.Sprintf("F%d", n) })
}

func replaceIDs(s string, pair func(int) (string, string)) string {
	for n := 1; n <= 9; n++ {
		from, to := pair(n)
		s = strings.ReplaceAll(s, from, to)
	}
	return s
}

type object = map[string]any

// build makes the document of a case.
func build(t testing.TB, text string) []byte {
	t.Helper()
	doc := object{"Version": "2019-10-30"}
	actions := []object{}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		id, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			t.Fatalf("no block: %q", line)
		}
		if id == "start" {
			doc["StartAction"] = strings.TrimSpace(rest)
			continue
		}
		if id != "options" {
			actions = append(actions, buildBlock(t, id, strings.Fields(rest)))
		}
	}
	if _, ok := doc["StartAction"]; !ok {
		doc["StartAction"] = actions[0]["Identifier"]
	}
	doc["Actions"] = actions
	content, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func buildBlock(t testing.TB, id string, words []string) object {
	t.Helper()
	kind, ok := shortTypes[words[0]]
	if !ok {
		kind = words[0]
	}
	params, transitions := object{}, object{}
	errs, conds := []object{}, []object{}
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "->":
			transitions["NextAction"] = words[i+1]
			i++
		case "!":
			errs = append(errs, object{"NextAction": words[i+1], "ErrorType": "NoMatchingError"})
			i++
		case "?":
			c := object{"Operator": "Equals", "Operands": []string{fmt.Sprint(len(conds) + 1)}}
			conds = append(conds, object{"NextAction": words[i+1], "Condition": c})
			i++
		default:
			setParam(t, params, words[i])
		}
	}
	if len(errs) > 0 {
		transitions["Errors"] = errs
	}
	if len(conds) > 0 {
		transitions["Conditions"] = conds
	}
	b := object{"Type": kind, "Parameters": params, "Transitions": transitions}
	if id != "" {
		b["Identifier"] = id
	}
	return b
}

// setParam sets "name=value"; a value that begins with a quote, brace, digit or n is raw JSON.
func setParam(t testing.TB, params object, word string) {
	t.Helper()
	name, text, ok := strings.Cut(word, "=")
	if !ok {
		t.Fatalf("no parameter: %q", word)
	}
	if p, ok := paths[name]; ok {
		name = p
	}
	steps := strings.Split(name, ".")
	for _, s := range steps[:len(steps)-1] {
		if params[s] == nil {
			params[s] = object{}
		}
		params = params[s].(object)
	}
	var v any = long(text)
	if raw, ok := strings.CutPrefix(text, "json:"); ok {
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatalf("%q: %v", word, err)
		}
	}
	params[steps[len(steps)-1]] = v
}

// options reads the line "options: F1=healthy F2=not-usable home event=…" of a case.
func options(t testing.TB, text string) audit.Options {
	t.Helper()
	var o audit.Options
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "options:")
		if !ok {
			continue
		}
		health := map[instance.FlowID]audit.HealthState{}
		for _, word := range strings.Fields(rest) {
			name, value, _ := strings.Cut(word, "=")
			switch name {
			case "home":
				o.Home = instance.Ref{Region: "us-east-1", Account: "111122223333", Instance: "aaaaaaaa-0000-4000-8000-000000000000"}
			case "event":
				o.Event = value
			case "self":
				o.Self = audit.Identity{ID: long(value)}
			case "defaults":
				o.Defaults = map[string]instance.FlowID{}
				for _, pair := range strings.Split(value, ",") {
					hook, id, _ := strings.Cut(pair, ":")
					o.Defaults[hook] = instance.FlowID(long(id))
				}
			default:
				health[instance.FlowID(long(name))] = audit.HealthState(value)
			}
		}
		if len(health) > 0 {
			o.Guides = func(id instance.FlowID) audit.Health { return audit.Health{State: health[id]} }
		}
	}
	return o
}
