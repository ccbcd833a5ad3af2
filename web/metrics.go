package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// Metrics counts requests and calls to AWS, in Prometheus's text format. It has a set of its own: nothing is global.
type Metrics struct{ set *metrics.Set }

// NewMetrics makes the counters.
func NewMetrics() *Metrics { return &Metrics{metrics.NewSet()} }

// Upper bounds of the histograms, in seconds.
var (
	requestBuckets = []float64{.001, .0025, .005, .01, .02, .05, .1, .25, 1, 5, 30}
	callBuckets    = []float64{.02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30} // waiting for the pace included
)

// Call observes one call to AWS; result is "ok" or the service's error code.
func (m *Metrics) Call(operation, region, result string, took time.Duration) {
	m.observe("wrapup_aws_call_seconds", fmt.Sprintf("operation=%q,region=%q,result=%q", operation, region, result), callBuckets, took)
}

// request observes one answered request. Unknown routes and methods share a label: addresses are the client's to choose.
func (m *Metrics) request(method, route string, status int, took time.Duration) {
	if route == "" || status == http.StatusMethodNotAllowed {
		method, route = "other", "other"
	}
	m.observe("wrapup_http_request_seconds", fmt.Sprintf(`method=%q,route=%q,status="%d"`, method, route, status), requestBuckets, took)
}

// observe counts into a histogram of Prometheus's kind; the library's own kind has buckets that only its makers' database
// reads.
func (m *Metrics) observe(name, labels string, buckets []float64, took time.Duration) {
	bucket := func(le string) *metrics.Counter {
		return m.set.GetOrCreateCounter(fmt.Sprintf("%s_bucket{%s,le=%q}", name, labels, le))
	}
	for _, b := range buckets {
		c := bucket(strconv.FormatFloat(b, 'g', -1, 64))
		if took.Seconds() <= b {
			c.Inc()
		}
	}
	bucket("+Inf").Inc()
	m.set.GetOrCreateFloatCounter(name + "_sum{" + labels + "}").Add(took.Seconds())
	m.set.GetOrCreateCounter(name + "_count{" + labels + "}").Inc()
}

func (m *Metrics) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.set.WritePrometheus(w)
		metrics.WriteProcessMetrics(w)
	})
}
