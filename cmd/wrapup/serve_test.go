package main

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

func TestWhatNobodyRunsIsTakenUpWhileTheProgramRuns(t *testing.T) {
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
		lease := publish.Lease{Owner: "another process", Until: time.Now().Add(90 * time.Second)}
		if _, err := s.Start(t.Context(), c.ID, c.Hash, publish.Actor{}, "", lease); err != nil {
			t.Fatal(err)
		}
		a := &app{log: slog.New(slog.DiscardHandler), store: s, publish: publish.New(nil, s, publish.Options{Owner: "this one"})}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { defer close(over); a.keepSwept(ctx, time.Minute) }()
		for _, want := range []publish.State{publish.Running, publish.Failed} {
			time.Sleep(61 * time.Second) // the bubble's own time
			synctest.Wait()
			if got, err := s.Change(t.Context(), c.ID); err != nil || got.State != want {
				t.Errorf("%v: %s, want %s", err, got.State, want)
			}
		}
		cancel()
		<-over
	})
}
