package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// BenchmarkStep is what the journal adds to one step on SQLite: its intent and its outcome, each on the disk.
func BenchmarkStep(b *testing.B) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "wrapup.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	const steps = 5000
	c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Created: time.Now()}
	for i := range steps {
		c.Steps = append(c.Steps, publish.Step{Key: fmt.Sprintf("flow:%d", i), Before: sent, Saved: sent, After: sent})
	}
	if err := s.CreateChange(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	f, err := running(b.Context(), s, "c1")
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		if i == steps {
			b.Fatal("more steps than there are")
		}
		key, now := c.Steps[i].Key, time.Now()
		i++
		if err := s.Intent(b.Context(), "c1", key, f, publish.Intent{At: now, Until: now.Add(time.Minute), Final: sent, Live: sent, Draft: sent}); err != nil {
			b.Fatal(err)
		}
		o := publish.Outcome{At: now, State: publish.StepDone, RequestID: "11111111-2222-4333-8444-555555555555", ReadBack: sent}
		if err := s.Outcome(b.Context(), "c1", key, f, o); err != nil {
			b.Fatal(err)
		}
	}
}
