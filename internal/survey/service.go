package survey

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
)

// Defaults of ServiceOptions.
const (
	DefaultFresh    = time.Minute
	DefaultWorkers  = 8
	DefaultLimit    = 30 * time.Minute
	DefaultPatience = 8 * time.Second
)

// ServiceOptions of the service.
type ServiceOptions struct {
	Event      string // "" is flow.EventACW
	Now        func() time.Time
	Fresh      time.Duration      // how long a listing of instances is served without asking again; 0 is DefaultFresh
	Workers    int                // flows described at once; 0 is DefaultWorkers
	Limit      time.Duration      // of one reading that a call waits for; 0 is DefaultLimit
	Patience   time.Duration      // how long a page waits for a flow; 0 is DefaultPatience
	Cache      Cache              // nil: a restart reads anew
	Operations *operation.Service // nil: readings are made where they are asked for
	Log        *slog.Logger       // nil discards
	// News is told what happened, at the end of every operation by which anything did: what it found, and what was seen since the one
	// before. It is to return at once. nil: nobody is told.
	News func(ctx context.Context, id operation.ID, r *Reading, news []Change) error
	// Left gives the hashes that flows are known to hold since wrapup wrote them: of what it wrote, or of what was adopted since. To find
	// these is no news. It is asked whenever readings are compared, and is to answer at once. nil: what is passed to Wrote is all.
	Left        func(ctx context.Context, id instance.ID) (map[instance.FlowID]string, error)
	ManagedTags map[string]string // tag key prefix -> name
}

// Service reads instances and keeps the last reading of each in memory.
type Service struct {
	reader Reader
	o      ServiceOptions
	flight singleflight.Group

	mu       sync.Mutex
	states   map[instance.ID]*state
	listings map[Source]listed // the source without its account
	views    map[viewKey]viewRead
	answers  map[string]answer // see unread
}

// New makes the service.
func New(r Reader, o ServiceOptions) *Service {
	o.Event = cmp.Or(o.Event, flow.EventACW)
	o.Fresh = cmp.Or(o.Fresh, DefaultFresh)
	o.Workers = cmp.Or(o.Workers, DefaultWorkers)
	o.Limit = cmp.Or(o.Limit, DefaultLimit)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{reader: r, o: o, states: map[instance.ID]*state{}, listings: map[Source]listed{}, views: map[viewKey]viewRead{}, answers: map[string]answer{}}
}

// state is what is kept of one instance.
type state struct {
	last    atomic.Pointer[Reading]
	partial atomic.Pointer[Reading] // while the first is under way

	mu       sync.Mutex
	how      calibration
	material *material
	library  *library
	observed map[instance.FlowID]observation
	count    int   // of observations so far
	stamp    int64 // of what the cache keeps, as far as it is known here
}

// observation is a flow that was described by itself, by us, after or besides a reading.
type observation struct {
	held
	number int
}

func (s *Service) state(id instance.ID) *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.states[id]
	if st == nil {
		st = &state{observed: map[instance.FlowID]observation{}}
		s.states[id] = st
	}
	return st
}

// Last is the last reading in memory, without any call; nil where there is none.
func (s *Service) Last(id instance.ID) *Reading {
	s.mu.Lock()
	st := s.states[id]
	s.mu.Unlock()
	if st == nil {
		return nil
	}
	return st.last.Load()
}

// Read gives the last reading, or reads when there is none or refresh is set. Concurrent reads of one instance share
// one, and it goes on if those who wait for it leave. The error is a *fault.Error.
func (s *Service) Read(ctx context.Context, id instance.ID, refresh bool) (*Reading, error) {
	if !refresh {
		if last := s.Kept(ctx, id); last != nil {
			return last, nil
		}
	}
	in, from, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.o.Operations != nil {
		return s.await(ctx, id)
	}
	v, err := s.share(ctx, "read "+string(id), "survey.still-reading", func(ctx context.Context) (any, error) { return s.read(ctx, in, from, &reader{}) })
	if err != nil {
		return nil, err
	}
	return v.(*Reading), nil
}

// share runs do once for all who ask for the key at the same time, apart from any one's context. Who leaves before its end is told what goes on.
func (s *Service) share(ctx context.Context, key, on string, do func(context.Context) (any, error)) (any, error) {
	done := s.flight.DoChan(key, func() (v any, err error) {
		defer func() { // nobody else would catch it: this is no request's goroutine
			if p := recover(); p != nil {
				err = fault.New(fault.Internal, "fault.internal").Because(fmt.Errorf("%s: panic: %v\n%s", key, p, debug.Stack()))
			}
		}()
		detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Limit)
		defer cancel()
		return do(detached)
	})
	select {
	case r := <-done:
		return r.Val, r.Err
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, on).Because(ctx.Err())
	}
}

// reader is what a reading is made for.
type reader struct {
	since time.Time // flows described from then on need not be described again; zero: all
	tell  func(step, int, int)
	news  []Change // what happened since the reading before
}

// read makes a reading. What is described on the way is kept at once, for the next run of a reading that is cut off.
func (s *Service) read(ctx context.Context, in instance.Instance, from Source, r *reader) (*Reading, error) {
	st := s.state(in.ID)
	g := &gatherer{reader: s.reader, now: s.o.Now, workers: s.o.Workers, event: s.o.Event, instance: in, tell: r.tell}
	before := st.start(ctx, s, g, r.since)
	g.came = func(some []held) { st.keepParts(ctx, s, in.ID, g.library, some) }
	if g.former == nil && s.o.Operations != nil {
		g.part = func(m *material) {
			m.source = from
			st.partial.Store(compose(m, s.o.Event, s.o.ManagedTags))
		}
		defer st.partial.Store(nil)
	}
	m, f := g.gather(ctx)
	if f != nil {
		return nil, fmt.Errorf("read instance %s: %w", in.ID, f)
	}
	m.source = from
	return st.finish(ctx, s, g, m, before, r), nil
}

// start hands the gatherer what is known, and gives the number of observations so far.
func (st *state) start(ctx context.Context, s *Service, g *gatherer, since time.Time) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.library == nil {
		st.library = newLibrary(g.event, home(g.instance), s.o.Cache != nil)
	}
	g.library = st.library
	st.adopt(ctx, s, g.instance.ID)
	if !since.IsZero() {
		g.done = st.resume(ctx, s, g.instance, since)
	}
	g.state, g.former = st.how, st.material
	g.observed = make(map[instance.FlowID]held, len(st.observed))
	for id, o := range st.observed {
		g.observed[id] = o.held
	}
	return st.count
}

// finish takes the material in. What was observed while it was being gathered is newer than it.
func (st *state) finish(ctx context.Context, s *Service, g *gatherer, m *material, before int, r *reader) *Reading {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.how = calibration{}
	if g.state.lasting {
		st.how = g.state
	}
	newer := map[instance.FlowID]held{}
	for id, o := range st.observed {
		described, ok := g.describe[id]
		switch {
		case o.number > before:
			newer[id] = o.held
		case ok && described.err != nil: // the index may lag behind still
		case g.state.method == ByDescribe || !ok:
			delete(st.observed, id) // the index has caught up, or the flow is gone
		default:
			st.observed[id] = observation{described, o.number}
		}
	}
	theirs, overtaken := st.elsewhere(ctx, s, g.instance, m.readAt)
	for id, h := range theirs {
		if _, ok := newer[id]; !ok {
			newer[id] = h
			st.count++
			st.observed[id] = observation{h, st.count}
		}
	}
	if st.material != nil {
		m.told = st.material.told
	}
	st.material = m.with(newer)
	former := st.last.Load()
	reading := compose(st.material, s.o.Event, s.o.ManagedTags)
	if former != nil {
		reading.Since, st.material.since = former.ReadAt, former.ReadAt
		left := s.left(ctx, g.instance.ID)
		r.news = compare(former, reading, left)
		for i := range r.news {
			r.news[i].At = reading.ReadAt
		}
		reading.Changes = stillSo(former.Changes, reading, r.news, left)
		st.material.changes = reading.Changes
	}
	st.hold(reading)
	if !overtaken { // else the newer one is loaded at the next look
		st.save(ctx, s, g.instance.ID)
	}
	return st.last.Load()
}

func (st *state) compose(s *Service) *Reading {
	r := compose(st.material, s.o.Event, s.o.ManagedTags)
	st.hold(r)
	return r
}

// hold hands a reading of the material out: from then on it never changes.
func (st *state) hold(r *Reading) {
	st.library.retain(st.material.used())
	st.last.Store(r)
}

// observe takes a flow that was just described into the last reading, if there is one, and remembers it for the next.
func (s *Service) observe(ctx context.Context, id instance.ID, h held) *Reading {
	st := s.state(id)
	st.mu.Lock()
	defer st.mu.Unlock()
	if h.flow.Type != instance.TypeInbound {
		return st.observeOther(ctx, s, id, h)
	}
	var r *Reading
	st.amend(ctx, s, id, func() (parts []Part) {
		r, parts = st.take(ctx, s, id, h)
		return parts
	})
	return r
}

// take takes in an inbound flow, and gives the reading with it, where there is one, and the parts to keep. The state is locked.
func (st *state) take(ctx context.Context, s *Service, id instance.ID, h held) (*Reading, []Part) {
	if st.material != nil {
		h = h.after(st.material.inbound[h.flow.ID])
	}
	st.count++
	st.observed[h.flow.ID] = observation{h, st.count}
	part := h.part(true, true)
	if st.material == nil {
		return nil, []Part{part}
	}
	st.material = st.material.with(map[instance.FlowID]held{h.flow.ID: h})
	if l, ok := st.material.all[h.flow.ID]; !ok || l.Name != h.flow.Name {
		m := *st.material
		m.all = maps.Clone(m.all)
		m.all[h.flow.ID] = summary(h.flow)
		st.material = &m
	}
	if h.wrote == h.hash { // what wrapup did is no news
		return st.compose(s), []Part{part}
	}
	r, news := st.news(ctx, s, id)
	return r, append(news, part)
}

// observeOther takes in a flow of another type, if the reading has it: what it does may be news of the flows that name it. The state is locked.
func (st *state) observeOther(ctx context.Context, s *Service, id instance.ID, h held) *Reading {
	if !st.differs(h) {
		return st.last.Load()
	}
	var r *Reading
	st.amend(ctx, s, id, func() []Part {
		if r = st.last.Load(); !st.differs(h) {
			return nil
		}
		m := *st.material
		m.others = maps.Clone(m.others)
		m.others[h.flow.ID] = h
		st.material = &m
		var news []Part
		r, news = st.news(ctx, s, id)
		return append(news, h.part(false, false))
	})
	return r
}

// differs says whether the reading has another content of a flow that is not inbound.
func (st *state) differs(h held) bool {
	if st.material == nil {
		return false
	}
	old, ok := st.material.others[h.flow.ID]
	return ok && old.hash != h.hash
}

// Wrote takes a flow just written and read back into the last reading, and judges anew: the read-back is the truth,
// whatever the search's index still says. f is the published copy as described. Where there is no reading, the next one heeds it.
func (s *Service) Wrote(id instance.ID, f instance.Flow) {
	ctx := context.Background()
	s.Kept(ctx, id) // this process may never have looked
	l := s.libraryOf(id)
	if l == nil {
		l = s.libraryAt(id, f.ARN)
	}
	if l != nil {
		h := l.live(f, s.o.Now())
		h.wrote = h.hash
		s.observe(ctx, id, h)
	}
}

// libraryOf is the library of an instance that was read, or is known; nil else.
func (s *Service) libraryOf(id instance.ID) *library {
	in, _, ok := s.known(id)
	st := s.state(id)
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.library == nil && ok {
		st.library = newLibrary(s.o.Event, home(in), s.o.Cache != nil)
	}
	return st.library
}

// libraryAt is the library of an instance of which no more is known than the ARN of one of its flows; nil where that is none.
func (s *Service) libraryAt(id instance.ID, arn string) *library {
	at, ok := instance.ParseRef(arn, instance.KindFlow)
	if !ok || at.Instance != id {
		return nil
	}
	st := s.state(id)
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.library == nil {
		st.library = newLibrary(s.o.Event, instance.Ref{Partition: at.Partition, Region: at.Region, Account: at.Account, Instance: id}, s.o.Cache != nil)
	}
	return st.library
}
