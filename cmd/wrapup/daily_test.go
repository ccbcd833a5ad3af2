package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"
)

// Every instance is asked for once a day, at the pace of what nobody waits for; and not at all where that is set.
func TestEveryInstanceIsReadOnceADay(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	sim, err := startSimulator("", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.close)
	a, err := compose(t.Context(), config{Database: filepath.Join(t.TempDir(), "wrapup.db"), Rate: 1, Daily: true}, sim.gateway(), true, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	if len(sim.instances) < 2 {
		t.Fatalf("%d instances", len(sim.instances))
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan bool)
	go func() { a.keepRead(ctx, time.Millisecond); close(over) }()
	for _, in := range sim.instances {
		states, err := a.work.WatchSubject(ctx, in.ID)
		if err != nil {
			t.Fatal(err)
		}
		if o := <-states; string(o.Input) != `{"scheduled":true}` || o.By != "" || o.Kind != "read" {
			t.Errorf("%s: %+v", in.Alias, o)
		}
	}
	stop()
	<-over
}

func TestDailyReadingIsASetting(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]bool{"": true, "WRAPUP_DAILY_READING=false": false, "WRAPUP_DAILY_READING=true": true} {
		c, err := loadConfig(nil, process{env: []string{env}})
		if err != nil || c.Daily != want || c.Scheduled != .5 {
			t.Errorf("%q: %v at %v (%v)", env, c.Daily, c.Scheduled, err)
		}
	}
	if d, err := parseDemo(nil, process{}); err != nil || d.Daily {
		t.Errorf("practice mode reads by itself (%v)", err)
	}
}
