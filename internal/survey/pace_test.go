package survey_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

var noSearch = []connectsim.FaultRule{{Op: "SearchContactFlows", Every: 1, Do: connectsim.DoError, Code: "AccessDeniedException"}}

// direct answers requests without a network, so that time is the bubble's, and counts those that were throttled.
type direct struct {
	handler   http.Handler
	throttled *atomic.Int64
}

func (d direct) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.RequestURI, r.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:9"
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code == http.StatusTooManyRequests {
		d.throttled.Add(1)
	}
	return w.Result(), nil
}

// The quota's best time for n calls of one operation is (n - 4) / 2 s (product.md section 8). We stay within 3 %, and are never throttled: the simulator
// holds us to the service's quota.
func TestReadingTakesTheQuotasBestTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mend      func(*connectsim.Sim)
		unhurried bool
		calls     func(map[string]int) []int // of the operations that are called one after the other
		rate      float64
	}{
		"by search": {
			calls: func(n map[string]int) []int { return []int{n["SearchContactFlows"], n["DescribeContactFlow"]} }, rate: 2,
		},
		"one by one": {
			mend:  func(s *connectsim.Sim) { s.Faults(noSearch) },
			calls: func(n map[string]int) []int { return []int{n["DescribeContactFlow"]} }, rate: 2,
		},
		"one by one, while nobody waits": {
			mend:      func(s *connectsim.Sim) { s.Faults(noSearch) },
			unhurried: true,
			calls:     func(n map[string]int) []int { return []int{n["DescribeContactFlow"]} }, rate: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := connectsim.New(connectsim.Options{Rate: 2, Burst: 5})
				if err := sim.Seed("empty"); err != nil {
					t.Fatal(err)
				}
				sim.Generate(1000)
				if tt.mend != nil {
					tt.mend(sim)
				}
				var throttled atomic.Int64
				g, err := connect.New(t.Context(), connect.Options{
					Regions: []string{sim.Instances()[0].Region}, Endpoint: "http://connect.test", STSEndpoint: "http://connect.test", HTTP: direct{sim, &throttled},
					Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"},
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx := t.Context()
				if tt.unhurried {
					ctx = instance.Unhurried(ctx)
				}
				id := instance.ID(sim.Instances()[0].ID)
				s, before := survey.New(g, survey.ServiceOptions{}), sim.Calls()
				start := time.Now()
				r, err := s.Read(ctx, id, true)
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				calls := sim.Calls()
				for op, n := range before {
					calls[op] -= n
				}
				var best time.Duration
				for _, n := range tt.calls(calls) {
					best += time.Duration(float64(max(0, n-4)) / tt.rate * float64(time.Second))
				}
				t.Logf("%d flows, %d calls: %s, best %s", len(r.Flows), r.Calls, took, best)
				if float64(took) > 1.03*float64(best) {
					t.Errorf("took %s, best is %s", took, best)
				}
				if n := throttled.Load(); n != 0 {
					t.Errorf("%d calls were throttled", n)
				}
			})
		})
	}
}
