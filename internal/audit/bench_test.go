package audit_test

import (
	"encoding/json"
	"testing"
	"time"

	"wrapup/internal/audit"
)

// BenchmarkAgainstJSON reports the time of parsing and analysing all real flows, and its ratio to encoding/json decoding
// the same bytes, both in this run.
func BenchmarkAgainstJSON(b *testing.B) {
	var flows [][]byte
	size := 0
	for _, content := range realFlows(b) {
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
