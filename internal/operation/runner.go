package operation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// forgetEvery is how often ended operations that are old enough are deleted.
const forgetEvery = time.Hour

// Run claims operations of the kinds that are handled and runs them, and hears of other processes' writes, until ctx ends.
// Then what runs is told to stop and handed back to the queue, so that another process or the next start goes on
// with it. It is an error if handlers do not come back in time: what they ran is taken up when its lease is over.
func (s *Service) Run(ctx context.Context) error {
	listening := make(chan struct{})
	go func() { defer close(listening); s.listen(ctx) }()
	poll, forget, sure := time.NewTicker(s.o.Poll), time.NewTicker(forgetEvery), time.NewTicker(s.o.Lease)
	defer poll.Stop()
	defer sure.Stop()
	defer forget.Stop()
	s.forget(ctx)
	for ctx.Err() == nil {
		s.claim(ctx)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-poll.C:
			if s.o.Notifier == nil {
				s.changed(ctx, Change{})
			}
		case <-sure.C: // a pooler between us and the database may swallow notifications
			s.changed(ctx, Change{})
		case <-forget.C:
			s.forget(ctx)
		}
	}
	err := s.stop() // first, for the listener may be in the middle of connecting
	<-listening
	return err
}

// claim takes what there is room for.
func (s *Service) claim(ctx context.Context) {
	for ctx.Err() == nil {
		kinds, except := s.room()
		if len(kinds) == 0 {
			return
		}
		now, until := s.now(), time.Now().Add(s.o.Lease)
		c := Claim{Owner: s.o.Owner, Kinds: kinds, Now: now, Until: now.Add(s.o.Lease), Except: except}
		// Not ctx: a claim that is cut off may have been made, and its operation would wait for the end of the lease.
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Lease/3)
		o, found, err := s.store.Claim(own, c)
		cancel()
		if err != nil {
			s.o.Log.WarnContext(ctx, "look for operations to run", slog.String("error", err.Error()))
			return
		}
		if !found {
			return
		}
		s.begin(ctx, o, until)
	}
}

// room gives the kinds that may run one more, and the ids of what this process runs.
func (s *Service) room() (kinds []string, runs []ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := map[string]int{}
	for id, r := range s.runs {
		runs = append(runs, id)
		busy[r.op.Kind]++
	}
	for name, k := range s.kinds {
		if busy[name] < k.Most {
			kinds = append(kinds, name)
		}
	}
	slices.Sort(kinds)
	return kinds, runs
}

func (s *Service) begin(ctx context.Context, o Operation, until time.Time) {
	r := newRun(ctx, s, o, until)
	s.mu.Lock()
	s.runs[o.ID] = r
	s.mu.Unlock()
	s.saw(o)
	do := s.kinds[o.Kind].Do
	if o.Lost >= s.o.MostLost {
		do = func(context.Context, *Run) (json.RawMessage, error) {
			return nil, fmt.Errorf("%d runs ended without a word", o.Lost)
		}
	}
	s.running.Go(func() {
		defer s.look() // there is room again
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.runs, o.ID)
		}()
		r.all(do)
	})
}

// stop tells all runs to end and waits for them.
func (s *Service) stop() error {
	s.mu.Lock()
	for _, r := range s.runs {
		r.end(ErrStopped)
	}
	s.mu.Unlock()
	over := make(chan struct{})
	go func() { s.running.Wait(); close(over) }()
	grace := time.NewTimer(s.o.Grace)
	defer grace.Stop()
	select {
	case <-over:
		return nil
	case <-grace.C:
		return errors.New("operations did not stop in time; they are taken up when their leases are over")
	}
}

func (s *Service) forget(ctx context.Context) {
	n, err := s.store.Forget(ctx, s.now().Add(-s.o.Keep))
	switch {
	case err != nil && ctx.Err() == nil:
		s.o.Log.WarnContext(ctx, "delete old operations", slog.String("error", err.Error()))
	case n > 0:
		s.o.Log.InfoContext(ctx, "old operations deleted", slog.Int("count", n))
	}
}
