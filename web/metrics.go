package web

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// Metrics counts requests and calls to AWS, in Prometheus's text format. It has sets of its own: nothing is global.
type Metrics struct{ requests, calls histogram }

// NewMetrics makes the counters.
func NewMetrics() *Metrics {
	return &Metrics{
		requests: histogram{name: "wrapup_http_request_seconds", help: "Duration of requests by route pattern.", set: metrics.NewSet(),
			upper: []float64{.001, .0025, .005, .01, .02, .05, .1, .25, 1, 5, 30}},
		calls: histogram{name: "wrapup_aws_call_seconds", help: "Duration of calls to AWS, waiting for the pace included.", set: metrics.NewSet(),
			upper: []float64{.02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}},
	}
}

// Call observes one call to AWS; result is "ok" or the service's error code.
func (m *Metrics) Call(operation, region, result string, took time.Duration) {
	m.calls.observe(took, "operation", operation, "region", region, "result", result)
}

// request observes one answered request. Unknown routes and methods share a label: addresses are the client's to choose.
func (m *Metrics) request(method, route string, status int, took time.Duration) {
	if route == "" || status == http.StatusMethodNotAllowed {
		method, route = "other", "other"
	}
	m.requests.observe(took, "method", method, "route", route, "status", strconv.Itoa(status))
}

func (m *Metrics) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.requests.write(w)
		m.calls.write(w)
		metrics.WriteProcessMetrics(w)
	})
}

// histogram is one of Prometheus's kind, made of the library's counters: its own kind has buckets that only its makers'
// database reads.
type histogram struct {
	name, help string
	upper      []float64 // bounds, in seconds
	set        *metrics.Set
	mu         sync.Mutex // an observation is written whole or not at all
}

func (h *histogram) observe(took time.Duration, labels ...string) {
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+labelText.Replace(strings.ToValidUTF8(labels[i+1], "�"))+`"`)
	}
	of := strings.Join(pairs, ",")
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.upper {
		c := h.bucket(of, strconv.FormatFloat(b, 'g', -1, 64))
		if took.Seconds() <= b {
			c.Inc()
		}
	}
	h.bucket(of, "+Inf").Inc()
	h.set.GetOrCreateFloatCounter(h.name + "_sum{" + of + "}").Add(took.Seconds())
	h.set.GetOrCreateCounter(h.name + "_count{" + of + "}").Inc()
}

func (h *histogram) bucket(labels, le string) *metrics.Counter {
	return h.set.GetOrCreateCounter(h.name + "_bucket{" + labels + `,le="` + le + `"}`)
}

// labelText escapes what the format escapes, and nothing else.
var labelText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (h *histogram) write(w io.Writer) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s histogram\n", h.name, h.help, h.name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set.WritePrometheus(w)
}
