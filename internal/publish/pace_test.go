package publish_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

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

// The quota's best time for n calls of one operation is (n - 4) / 2 s (product.md section 8). A flow costs three describes and one update, and the two
// have quotas of their own: the describes are what takes time. We stay within 3 %, and are never throttled: the simulator holds us to the
// service's quota.
func TestPublishingTakesTheQuotasBestTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const flows = 100
		sim := connectsim.New(connectsim.Options{Rate: 2, Burst: 5})
		here := connectsim.InstanceInfo{Alias: home.Alias, ID: string(home.ID), Region: home.Region, Account: home.Account}
		guide := newAWS().live(wrapID)
		r := asIs()
		r.Instance, r.By = home, ana
		sim.PutFlow(here, connectsim.SeedFlow{ID: string(wrapID), Name: "Wrap-up", Published: guide})
		for i := range flows {
			id := fmt.Sprintf("aaaaaaaa-0000-4000-9000-%012d", i)
			sim.PutFlow(here, connectsim.SeedFlow{ID: id, Name: "Line " + id, Published: inbound})
			r.Add = append(r.Add, instance.FlowID(id))
		}
		var throttled atomic.Int64
		g, err := connect.New(t.Context(), connect.Options{
			Regions: []string{home.Region}, Endpoint: "http://connect.test", STSEndpoint: "http://connect.test", HTTP: direct{sim, &throttled},
			Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"},
		})
		if err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		work := operation.New(db.Operations(), operation.Options{Owner: "one"})
		s := publish.New(g, db, publish.Options{Work: work})
		work.Handle(publish.Work, operation.Kind{Do: s.Do})
		ctx, stop := context.WithCancel(t.Context())
		var over sync.WaitGroup
		defer over.Wait()
		defer stop()
		over.Go(func() { _ = work.Run(ctx) }) // it ends when it is told to

		c, err := s.Plan(t.Context(), r)
		if err != nil || len(c.Steps) != flows {
			t.Fatal(len(c.Steps), c.LeftOut, err)
		}
		time.Sleep(time.Minute) // a person reviews it, and the quota's burst is there again
		before, start := sim.Calls(), time.Now()
		if c, err = s.Publish(t.Context(), c.ID, approve(c)); err != nil || c.State != publish.Published {
			t.Fatal(c.State, err)
		}
		took, calls := time.Since(start), sim.Calls()["DescribeContactFlow"]-before["DescribeContactFlow"]
		best := time.Duration(float64(calls-4) / 2 * float64(time.Second))
		t.Logf("%d flows, %d describes: %s, best %s", flows, calls, took, best)
		if float64(took) > 1.03*float64(best) || calls > 3*flows+1 {
			t.Errorf("took %s for %d describes, best is %s", took, calls, best)
		}
		if n := throttled.Load(); n != 0 {
			t.Errorf("%d calls were throttled", n)
		}
	})
}
