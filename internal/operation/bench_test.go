package operation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"wrapup/internal/operation"
	"wrapup/internal/store"
)

// bench is one database and the processes on it, in time of its own: a sleep takes no time.
type bench struct {
	*testing.T
	store operation.Store
	stops []func() error
}

// inTime runs f with an empty database in a bubble of time.
func inTime(t *testing.T, f func(b *bench)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, store: s.Operations()}
		f(b)
		for _, stop := range b.stops {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// process starts one that handles kind "work" with do. stop ends it, once, and gives what its Run gave.
func (b *bench) process(owner string, do operation.Handler, change ...func(*operation.Options, *operation.Service)) (s *operation.Service, stop func() error) {
	b.Helper()
	o := operation.Options{Owner: owner}
	for _, c := range change {
		c(&o, nil)
	}
	s = operation.New(b.store, o)
	s.Handle("work", operation.Kind{Do: do})
	for _, c := range change {
		c(&operation.Options{}, s)
	}
	ctx, cancel := context.WithCancel(b.Context())
	over := make(chan error, 1)
	go func() { over <- s.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-over })
	b.stops = append(b.stops, stop)
	synctest.Wait()
	return s, stop
}

func (b *bench) ask(s *operation.Service, subject string) operation.Operation {
	b.Helper()
	o, asked, err := s.Ask(b.Context(), operation.Request{Kind: "work", Subject: subject, Input: map[string]string{"of": subject}, By: "p1"})
	if err != nil || !asked {
		b.Fatalf("asked %t: %v", asked, err)
	}
	synctest.Wait()
	return o
}

func (b *bench) get(id operation.ID) operation.Operation {
	b.Helper()
	synctest.Wait()
	o, err := b.store.Get(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	return o
}

func (b *bench) want(id operation.ID, s operation.State, attempt int64) operation.Operation {
	b.Helper()
	o := b.get(id)
	if o.State != s || o.Attempt != attempt {
		b.Errorf("the operation is %s in attempt %d, want %s in attempt %d: %+v", o.State, o.Attempt, s, attempt, o)
	}
	return o
}

// untilEnd waits for the end of its context and tells its cause.
func untilEnd(causes chan<- error) operation.Handler {
	return func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return nil, fmt.Errorf("cut off: %w", ctx.Err())
	}
}

func idle(context.Context, *operation.Run) (json.RawMessage, error) { return nil, nil }

// faulty is a store whose writes can be counted, and made to fail.
type faulty struct {
	operation.Store
	mu    sync.Mutex
	words []operation.Word
	fail  func(operation.Word) error
}

func (f *faulty) Write(ctx context.Context, fence operation.Fence, w operation.Word) (operation.Operation, error) {
	f.mu.Lock()
	f.words = append(f.words, w)
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		if err := fail(w); err != nil {
			return operation.Operation{}, err
		}
	}
	return f.Store.Write(ctx, fence, w)
}

func (f *faulty) failing(fail func(operation.Word) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

var errAway = errors.New("the database is away")
