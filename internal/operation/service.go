package operation

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Options of the service. Durations that are 0 have the value that stands beside them.
type Options struct {
	// Owner names this process in leases. No two that run at once may share it: a process that starts takes up at once
	// what runs under its own name.
	Owner    string
	Now      func() time.Time // nil is time.Now
	NewID    func() ID        // nil is random, 26 characters
	Notifier Notifier         // nil: other processes' writes are seen by polling alone
	Lease    time.Duration    // 30 s; renewed at a third
	Poll     time.Duration    // 5 s; between two looks for work that nobody told of
	Coalesce time.Duration    // 250 ms; the least time between two writes of progress
	Grace    time.Duration    // 20 s; how long stopping handlers are waited for
	Keep     time.Duration    // 30 days; how long ended operations are kept
	MostLost int              // 5; an operation that took down so many processes is failed
	Log      *slog.Logger     // nil discards
}

func (o Options) withDefaults() Options {
	or := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	or(&o.Lease, 30*time.Second)
	or(&o.Poll, 5*time.Second)
	or(&o.Coalesce, 250*time.Millisecond)
	or(&o.Grace, 20*time.Second)
	or(&o.Keep, 30*24*time.Hour)
	if o.MostLost == 0 {
		o.MostLost = 5
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() ID { return ID(strings.ToLower(rand.Text())) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Handler does the work of one kind. It gives the operation's result, which may be nil, or an error; context.Cause says
// why ctx ended. A run may be cut off anywhere, and the next goes on from what was saved.
type Handler func(ctx context.Context, r *Run) (result json.RawMessage, err error)

// Kind is how operations of one kind are done.
type Kind struct {
	Do   Handler
	Most int // at once in this process; 0 is 1
}

// Service asks for operations, runs them and shows how they come on. It is safe for concurrent use.
type Service struct {
	store Store
	o     Options
	kinds map[string]Kind

	running sync.WaitGroup
	wake    chan struct{} // something may be there to be claimed

	mu       sync.Mutex
	runs     map[ID]*Run
	watchers map[*watcher]bool
}

// New makes the service.
func New(st Store, o Options) *Service {
	return &Service{
		store: st, o: o.withDefaults(), kinds: map[string]Kind{}, wake: make(chan struct{}, 1),
		runs: map[ID]*Run{}, watchers: map[*watcher]bool{},
	}
}

// Handle says how operations of a kind are done; called before Run. A process claims only kinds that it handles.
func (s *Service) Handle(kind string, k Kind) {
	if k.Most == 0 {
		k.Most = 1
	}
	s.kinds[kind] = k
}

// Request asks for an operation.
type Request struct {
	Kind    string
	Subject string
	Key     string // "" is the kind and the subject
	Input   any    // anything that encoding/json writes; nil is none
	By      string // id of the person who asks; "" is wrapup itself
}

// Ask queues an operation. Where an active one has its key that one is given: asking again does no harm.
func (s *Service) Ask(ctx context.Context, q Request) (o Operation, asked bool, err error) {
	return s.ask(ctx, q, nil)
}

// Every names work that comes round. Processes that ask for the same key share its turns.
type Every struct {
	Key    string
	Every  time.Duration
	Spread time.Duration // turns of different keys lie up to so far apart, so that not all work comes at once
}

// AskWhenDue is Ask when the turn has come round, and nothing else. Of all processes one asks, once a turn. The first time,
// the turn has come.
func (s *Service) AskWhenDue(ctx context.Context, e Every, q Request) (o Operation, asked bool, err error) {
	now := s.now()
	return s.ask(ctx, q, &Turn{Key: e.Key, Now: now, Next: e.after(now)})
}

func (s *Service) ask(ctx context.Context, q Request, turn *Turn) (Operation, bool, error) {
	var input json.RawMessage
	if q.Input != nil {
		var err error
		if input, err = json.Marshal(q.Input); err != nil {
			return Operation{}, false, fmt.Errorf("ask for %s: %w", q.Kind, err)
		}
	}
	if q.Key == "" {
		q.Key = q.Kind + " " + q.Subject
	}
	o := Operation{ID: s.o.NewID(), Kind: q.Kind, Subject: q.Subject, Key: q.Key, Input: input, By: q.By, Asked: s.now(), State: Queued}
	got, asked, err := s.store.Ask(ctx, o, turn)
	if err != nil {
		return Operation{}, false, fmt.Errorf("ask for %s: %w", q.Kind, err)
	}
	if asked {
		s.saw(got)
		s.look()
	}
	return got, asked, nil
}

// Get gives an operation as it is; fault.NotFound.
func (s *Service) Get(ctx context.Context, id ID) (Operation, error) { return s.store.Get(ctx, id) }

// List gives the newest first.
func (s *Service) List(ctx context.Context, f Filter) ([]Operation, error) {
	return s.store.List(ctx, f)
}

// Cancel asks that an operation end. One that waits for its first run has ended then; one that was started ends as its handler
// sees fit, wherever it runs. Cancelling what has ended does nothing. fault.NotFound.
func (s *Service) Cancel(ctx context.Context, id ID, by string) (Operation, error) {
	o, err := s.store.Cancel(ctx, id, by, s.now())
	if err != nil {
		return Operation{}, err
	}
	s.saw(o)
	return o, nil
}

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

// look wakes the loop that claims.
func (s *Service) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
