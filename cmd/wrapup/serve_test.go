package main

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// noted notes for which instances work is asked.
type noted struct {
	publish.Worker
	mu       sync.Mutex
	subjects []string
}

func (a *noted) Ask(_ context.Context, q operation.Request) (operation.Operation, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.subjects = append(a.subjects, q.Kind+" "+q.Subject)
	return operation.Operation{}, true, nil
}

func (a *noted) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.subjects)
}

func TestWhatIsApprovedIsTakenUpWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Created: time.Now(), Steps: []publish.Step{{Key: "flow:f1"}}}
		if err := s.CreateChange(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		w := publish.Word{At: time.Now(), Mode: publish.StopAtFailure, NotBefore: time.Now().Add(20 * time.Second)}
		if err := s.Approve(t.Context(), c.ID, c.Hash, publish.Seen{State: publish.Planned}, w); err != nil {
			t.Fatal(err)
		}
		work := &noted{}
		a := &app{log: slog.New(slog.DiscardHandler), store: s, publish: publish.New(nil, s, publish.Options{Work: work})}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { defer close(over); a.keepApplied(ctx, 15*time.Second) }()
		time.Sleep(16 * time.Second) // the bubble's own time
		synctest.Wait()
		early := work.count()
		time.Sleep(15 * time.Second)
		synctest.Wait()
		cancel()
		<-over
		if early != 0 || len(work.subjects) != 1 || work.subjects[0] != "publish i1" {
			t.Errorf("noted for %v, %d of them too early", work.subjects, early)
		}
	})
}
