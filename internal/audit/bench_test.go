package audit_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/flow/flowtest"
)

// BenchmarkAgainstJSON reports the time of parsing and analysing all real flows, and its ratio to encoding/json decoding
// the same bytes, both in this run.
func BenchmarkAgainstJSON(b *testing.B) {
	var flows [][]byte
	size := 0
	for _, content := range flowtest.Real(b, flowtest.Valid) {
		flows, size = append(flows, content), size+len(content)
	}
	b.SetBytes(int64(size))
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		for _, content := range flows {
			audit.Analyze(content, audit.Options{})
		}
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		for _, content := range flows {
			var v any
			if err := json.Unmarshal(content, &v); err != nil {
				b.Fatal(err)
			}
		}
		theirs += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "of-json")
}

// manyStates is content of about 160 kB that meets as many states as are told apart: 16 events by 16 attributes, carried
// through 45 menus that each lead to all of them, with many branches to one target.
func manyStates() []byte {
	branches := func(n int, to func(int) string) (list []object) {
		for i := range n {
			c := object{"Operator": "Equals", "Operands": []string{fmt.Sprint(i)}}
			list = append(list, object{"NextAction": to(i), "Condition": c})
		}
		return list
	}
	block := func(id, kind string, params object, next string, conditions []object) object {
		return object{"Identifier": id, "Type": kind, "Parameters": params, "Transitions": object{"NextAction": next, "Conditions": conditions}}
	}
	named := func(prefix string) func(int) string { return func(i int) string { return fmt.Sprint(prefix, i) } }
	actions := []object{block("s", "Compare", object{}, "e0", branches(16, named("e"))), block("m", "Compare", object{}, "a0", branches(16, named("a")))}
	for i := range 16 {
		id := flowID(i)
		actions = append(actions,
			block(named("e")(i), "UpdateContactEventHooks", object{"EventHooks": object{"DisconnectAgentUI": id}}, "m", nil),
			block(named("a")(i), "UpdateContactAttributes", object{"Attributes": object{"DisconnectFlowForAgentUI": id}}, "c0", nil))
	}
	for i := range 45 {
		actions = append(actions, block(named("c")(i), "Compare", object{}, "q", branches(45, named("c"))))
	}
	actions = append(actions, block("q", "TransferContactToQueue", object{}, "", nil))
	content, err := json.Marshal(object{"Version": "2019-10-30", "StartAction": "s", "Actions": actions})
	if err != nil {
		panic(err) // maps and strings always encode
	}
	return content
}

// BenchmarkManyStates is the worst case: the most states that are told apart, at many blocks with many branches.
func BenchmarkManyStates(b *testing.B) {
	content := manyStates()
	b.SetBytes(int64(len(content)))
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		audit.Analyze(content, audit.Options{})
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		var v any
		if err := json.Unmarshal(content, &v); err != nil {
			b.Fatal(err)
		}
		theirs += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "of-json")
}
