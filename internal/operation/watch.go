package operation

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"wrapup/internal/ordered"
)

// Watch gives the operation's state now and whenever it has changed, to its end or ctx's; then the channel is closed. Who reads
// slowly misses states in between, never the latest. Run must be running for changes to come. fault.NotFound.
func (s *Service) Watch(ctx context.Context, id ID) (<-chan Operation, error) {
	w := s.watch(id, "")
	o, err := s.store.Get(ctx, id)
	if err != nil {
		s.unwatch(w)
		return nil, err
	}
	w.offer(o)
	return s.deliver(ctx, w), nil
}

// WatchSubject gives the states of a subject's operations: of those that are active now, of the one that was asked last, and of
// all that are asked from now on, until ctx ends. It is slow and fast as Watch is, for each operation.
func (s *Service) WatchSubject(ctx context.Context, subject string) (<-chan Operation, error) {
	w := s.watch("", subject)
	now, err := s.current(ctx, subject)
	if err != nil {
		s.unwatch(w)
		return nil, err
	}
	for _, o := range now {
		w.offer(o)
	}
	return s.deliver(ctx, w), nil
}

// current gives the active operations of a subject and the one asked last, the oldest first.
func (s *Service) current(ctx context.Context, subject string) ([]Operation, error) {
	active, err := s.store.List(ctx, Filter{Subject: subject, States: []State{Queued, Running}})
	if err != nil {
		return nil, err
	}
	last, err := s.store.List(ctx, Filter{Subject: subject, Limit: 1})
	if err != nil {
		return nil, err
	}
	for _, o := range last {
		if !o.Active() {
			active = append(active, o)
		}
	}
	ordered.By(active, func(a, b Operation) int { return a.Asked.Compare(b.Asked) })
	return active, nil
}

// seen is the latest state that was offered.
type seen struct {
	rev   int64
	ended bool
}

// watcher is one who watches: an operation, or a subject where id is "".
type watcher struct {
	id      ID
	subject string
	news    chan struct{}

	mu      sync.Mutex
	seen    map[ID]seen
	waiting []Operation // one state per operation
}

func (s *Service) watch(id ID, subject string) *watcher {
	w := &watcher{id: id, subject: subject, news: make(chan struct{}, 1), seen: map[ID]seen{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[w] = true
	return w
}

func (s *Service) unwatch(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers, w)
}

func (w *watcher) wants(id ID, subject string) bool {
	if w.id != "" {
		return w.id == id
	}
	return w.subject == subject
}

// lacks says whether the watcher wants the change and has not seen it.
func (w *watcher) lacks(c Change) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wants(c.ID, c.Subject) && w.seen[c.ID].rev < c.Rev
}

// unended gives the operations whose end was not offered yet.
func (w *watcher) unended() (ids []ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, last := range w.seen {
		if !last.ended {
			ids = append(ids, id)
		}
	}
	return ids
}

// offer puts a state in the place of an earlier one that was not taken yet.
func (w *watcher) offer(o Operation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.wants(o.ID, o.Subject) || w.seen[o.ID].rev >= o.Rev {
		return
	}
	w.seen[o.ID] = seen{o.Rev, o.State.Ended()}
	if i := slices.IndexFunc(w.waiting, func(x Operation) bool { return x.ID == o.ID }); i >= 0 {
		w.waiting[i] = o
	} else {
		w.waiting = append(w.waiting, o)
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// first is the state to be delivered next; it stays until it is taken.
func (w *watcher) first() (o Operation, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return Operation{}, false
	}
	return w.waiting[0], true
}

// taken removes what was delivered, unless there is a later state in its place.
func (w *watcher) taken(o Operation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 && w.waiting[0].ID == o.ID && w.waiting[0].Rev == o.Rev {
		w.waiting = w.waiting[1:]
	}
}

func (s *Service) deliver(ctx context.Context, w *watcher) <-chan Operation {
	out := make(chan Operation)
	go func() {
		defer close(out)
		defer s.unwatch(w)
		for {
			o, ok := w.first()
			to := out
			if !ok {
				to = nil
			}
			select {
			case <-ctx.Done():
				return
			case <-w.news: // perhaps a later state of what waits
			case to <- o:
				w.taken(o)
				if w.id != "" && o.State.Ended() {
					return
				}
			}
		}
	}()
	return out
}

// saw passes on a state that this process wrote or read.
func (s *Service) saw(o Operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.watchers {
		w.offer(o)
	}
	if r := s.runs[o.ID]; r != nil {
		r.heed(o)
	}
}

// listen hears of what other processes write until ctx ends, and begins anew where it could hear no more.
func (s *Service) listen(ctx context.Context) {
	const first, longest = 100 * time.Millisecond, 5 * time.Second
	for wait := first; s.o.Notifier != nil; wait = min(2*wait, longest) {
		err := s.o.Notifier.Changes(ctx, func(c Change) {
			wait = first
			s.changed(ctx, c)
		})
		if ctx.Err() != nil {
			return
		}
		if wait == first { // said once, not at each try
			s.o.Log.WarnContext(ctx, "other processes' operations are not heard of", slog.String("error", fmt.Sprint(err)))
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// changed reads what changed, if anybody here wants to know.
func (s *Service) changed(ctx context.Context, c Change) {
	if c.State == Queued || c.ID == "" {
		s.look()
	}
	ids, subjects := s.wanted(c)
	for _, id := range ids {
		if o, err := s.store.Get(ctx, id); err == nil {
			s.saw(o)
		} else {
			s.unread(ctx, err)
		}
	}
	for _, subject := range subjects {
		now, err := s.current(ctx, subject)
		if err != nil {
			s.unread(ctx, err)
		}
		for _, o := range now {
			s.saw(o)
		}
	}
}

func (s *Service) unread(ctx context.Context, err error) {
	if ctx.Err() == nil {
		s.o.Log.WarnContext(ctx, "read an operation that changed", slog.String("error", err.Error()))
	}
}

// wanted gives what must be read to know what c says.
func (s *Service) wanted(c Change) (ids []ID, subjects []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add := func(id ID) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for id, r := range s.runs {
		if c.ID == "" || id == c.ID && r.lacks(c.Rev) {
			add(id)
		}
	}
	for w := range s.watchers {
		switch {
		case c.ID != "":
			if w.lacks(c) {
				add(c.ID)
			}
		case w.id != "":
			add(w.id)
		default:
			for _, id := range w.unended() {
				add(id)
			}
			if !slices.Contains(subjects, w.subject) {
				subjects = append(subjects, w.subject)
			}
		}
	}
	return ids, subjects
}
