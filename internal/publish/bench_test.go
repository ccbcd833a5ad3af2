package publish_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// BenchmarkThousandSteps is a change of a thousand flows, applied on SQLite: its time without the service's, and what is in memory after a
// hundred steps and after all.
func BenchmarkThousandSteps(b *testing.B) {
	const steps = 1000
	var heap [2]float64
	for b.Loop() {
		b.StopTimer()
		heap = thousandSteps(b, steps)
		b.StartTimer()
	}
	b.ReportMetric(heap[1]/1e6, "heap-MB")
	b.ReportMetric(heap[1]/heap[0], "of-100")
}

func thousandSteps(b *testing.B, steps int) (heap [2]float64) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "wrapup.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	a, r := newAWS(), asIs()
	r.Instance, r.By = home, ana
	for i := range steps {
		id := instance.FlowID(fmt.Sprintf("aaaaaaaa-0000-4000-9000-%012d", i))
		a.put(id, "Line "+string(id), inbound)
		r.Add = append(r.Add, id)
	}
	a.calls = make([]string, 0, 10*steps) // what the fake notes is not ours
	work := operation.New(s.Operations(), operation.Options{Owner: "one"})
	written := 0
	p := publish.New(a, s, publish.Options{Work: work, Wrote: func(_ instance.ID, f instance.Flow) {
		a.mu.Lock()
		a.flows[f.ID].live, a.flows[f.ID].saved = inbound, inbound // nor is what it holds
		a.mu.Unlock()
		if written++; written == 100 || written == steps {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heap[written/steps] = float64(m.HeapAlloc)
		}
	}})
	work.Handle(publish.Work, operation.Kind{Do: p.Do})
	ctx, stop := context.WithCancel(b.Context())
	over := make(chan error, 1)
	go func() { over <- work.Run(ctx) }()
	c, err := p.Plan(b.Context(), r)
	if err != nil || len(c.Steps) != steps {
		b.Fatal(len(c.Steps), err)
	}
	b.StartTimer()
	c, err = p.Publish(b.Context(), c.ID, approve(c))
	b.StopTimer()
	if err != nil || c.State != publish.Published {
		b.Fatal(c.State, err)
	}
	stop()
	if err := <-over; err != nil {
		b.Error(err)
	}
	return heap
}
