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
		"# TYPE wrapup_aws_call_seconds histogram", "# TYPE wrapup_http_request_seconds histogram",
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

func TestLabelsMayHoldAnything(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	for _, odd := range []string{"", `\`, `a\`, `"`, `\"`, "{}", `x="y",z="`, "line\nend", "\x01\u200b", "\xff", "Übung", strings.Repeat("long", 1000)} {
		m.Call("Op", "eu-west-1", odd, time.Second)
		m.request("GET", odd, 200, time.Second)
	}
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(w.Body.String(), `result="line\nend"} 1`) || !strings.Contains(w.Body.String(), `result="a\\"} 1`) {
		t.Error("labels are not escaped as the format asks")
	}
}
