package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHistogramsAreCumulative(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Call("List\"Flows", "eu-west-1", "ok", 60*time.Millisecond)
	m.Call("List\"Flows", "eu-west-1", "ok", time.Minute)
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`wrapup_aws_call_seconds_bucket{operation="List\"Flows",region="eu-west-1",result="ok",le="0.05"} 0`,
		`wrapup_aws_call_seconds_bucket{operation="List\"Flows",region="eu-west-1",result="ok",le="0.1"} 1`,
		`wrapup_aws_call_seconds_bucket{operation="List\"Flows",region="eu-west-1",result="ok",le="30"} 1`,
		`wrapup_aws_call_seconds_bucket{operation="List\"Flows",region="eu-west-1",result="ok",le="+Inf"} 2`,
		`wrapup_aws_call_seconds_sum{operation="List\"Flows",region="eu-west-1",result="ok"} 60.06`,
		`wrapup_aws_call_seconds_count{operation="List\"Flows",region="eu-west-1",result="ok"} 2`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("%s is missing in\n%.2000s", line, w.Body)
		}
	}
	if !strings.Contains(w.Body.String(), "process_resident_memory_bytes ") || !strings.Contains(w.Body.String(), "go_goroutines ") {
		t.Error("what the process takes is missing")
	}
}
