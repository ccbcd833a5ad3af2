package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests and calls to AWS. It has a registry of its own: nothing is global.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	calls    *prometheus.HistogramVec
}

// NewMetrics makes the counters.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wrapup_http_request_seconds", Help: "Duration of requests by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .02, .05, .1, .25, 1, 5, 30},
		}, []string{"method", "route", "status"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wrapup_aws_call_seconds", Help: "Duration of calls to AWS, waiting for the pace included.",
			Buckets: []float64{.02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"operation", "region", "result"}),
	}
	m.registry.MustRegister(m.requests, m.calls, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Call observes one call to AWS; result is "ok" or the service's error code.
func (m *Metrics) Call(operation, region, result string, took time.Duration) {
	m.calls.WithLabelValues(operation, region, result).Observe(took.Seconds())
}

// request observes one answered request. Unknown routes and methods share a label: addresses are the client's to choose.
func (m *Metrics) request(method, route string, status int, took time.Duration) {
	if route == "" || status == http.StatusMethodNotAllowed {
		method, route = "other", "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
