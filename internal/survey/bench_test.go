package survey_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/store"
	"wrapup/internal/store/storetest"
	"wrapup/internal/survey"
)

// memory is a cache in memory. What is lost can be lost in it on purpose.
type memory struct {
	mu       sync.Mutex
	kept     map[instance.ID]survey.Kept
	contents map[string]string
	since    map[string]time.Time // when the content was kept
	asked    map[string]int       // calls by method; "content" counts the contents given

	beforeSave func()
	beforePut  func() // once
	afterStamp func() // between the answer and its reader
}

func newMemory() *memory {
	return &memory{kept: map[instance.ID]survey.Kept{}, contents: map[string]string{}, since: map[string]time.Time{}, asked: map[string]int{}}
}

func (m *memory) called(method string) func() {
	m.mu.Lock()
	m.asked[method]++
	return m.mu.Unlock
}

func (m *memory) count(method string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked[method]
}

func (m *memory) Stamp(_ context.Context, id instance.ID) (int64, error) {
	unlock := m.called("Stamp")
	stamp := m.kept[id].Stamp
	unlock()
	if after := m.afterStamp; after != nil {
		m.afterStamp = nil
		after()
	}
	return stamp, nil
}

func (m *memory) Load(_ context.Context, id instance.ID) (survey.Kept, error) {
	defer m.called("Load")()
	k := m.kept[id]
	k.Parts = slices.Clone(k.Parts)
	return k, nil
}

func (m *memory) Save(_ context.Context, id instance.ID, k survey.Kept, missed func(survey.Kept) []survey.Part) (int64, error) {
	if m.beforeSave != nil {
		m.beforeSave()
	}
	defer m.called("Save")()
	if now := m.kept[id]; missed != nil && now.Stamp != k.Stamp {
		k.Parts = united(k.Parts, missed(now))
	}
	k.Stamp = m.kept[id].Stamp + 1
	k.Parts = slices.SortedFunc(slices.Values(k.Parts), byKey)
	m.kept[id] = k
	named := map[string]bool{}
	for _, k := range m.kept {
		for _, p := range k.Parts {
			for _, h := range p.Hashes {
				named[h] = true
			}
		}
	}
	maps.DeleteFunc(m.contents, func(hash, _ string) bool { return !named[hash] && time.Since(m.since[hash]) >= time.Hour })
	return k.Stamp, nil
}

func byKey(a, b survey.Part) int { return strings.Compare(a.Key, b.Key) }

func (m *memory) Put(_ context.Context, id instance.ID, since int64, parts []survey.Part) (int64, error) {
	if before := m.beforePut; before != nil && !strings.HasSuffix(string(id), " under way") {
		m.beforePut = nil
		before()
	}
	defer m.called("Put")()
	k := m.kept[id]
	if since != survey.Whatever && since != k.Stamp {
		return 0, nil
	}
	k.Stamp++
	k.Parts = united(k.Parts, parts)
	m.kept[id] = k
	return k.Stamp, nil
}

// united are both, of one key the later.
func united(a, b []survey.Part) []survey.Part {
	by := map[string]survey.Part{}
	for _, p := range slices.Concat(a, b) {
		by[p.Key] = p
	}
	return slices.SortedFunc(maps.Values(by), byKey)
}

func (m *memory) KeepContents(_ context.Context, _ instance.ID, contents map[string]string) error {
	defer m.called("KeepContents")()
	maps.Copy(m.contents, contents)
	for hash := range contents {
		m.since[hash] = time.Now()
	}
	return nil
}

func (m *memory) Contents(_ context.Context, _ instance.ID, hashes []string, yield func(hash, content string) bool) error {
	m.called("Contents")()
	for _, h := range hashes {
		m.mu.Lock()
		c, ok := m.contents[h]
		m.mu.Unlock()
		if !ok {
			continue
		}
		m.called("content")()
		if !yield(h, c) {
			return nil
		}
	}
	return nil
}

// bench is an instance, a database of operations and a cache, and the processes on them, in time of its own.
type bench struct {
	*testing.T
	f     *fake
	cache survey.Cache
	ops   operation.Store
	alive []*process
	told  [][]survey.Change // what processes passed on, by operation
	poll  time.Duration     // how often processes look for work of others
}

// inTime runs do in a bubble of time: a sleep takes none. The instance has its flows.
func inTime(t *testing.T, do func(b *bench)) {
	t.Helper()
	t.Parallel()
	dsn := storetest.Database(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, f: newFake(), cache: newMemory(), ops: s.Operations(), poll: time.Minute}
		defer func() {
			b.end()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		do(b)
	})
}

// end stops all processes.
func (b *bench) end() {
	for _, p := range b.alive {
		p.stop()
	}
}

func (b *bench) memory() *memory { return b.cache.(*memory) }

// process is one that serves and reads. Once it is dead it writes nothing and hears nothing.
type process struct {
	*survey.Service
	b    *bench
	work *operation.Service
	dead *atomic.Bool
	stop func() // once
}

var errDead = errors.New("this process is dead")

// mortal is what a process has to do with the world.
type mortal struct {
	survey.Reader
	survey.Cache
	operation.Store
	dead *atomic.Bool
}

type (
	mortalReader struct{ mortal }
	mortalCache  struct{ mortal }
	mortalStore  struct{ mortal }
)

func (m mortalReader) Numbers(ctx context.Context, in instance.Instance) ([]instance.Number, error) {
	return m.mortal.Reader.Numbers(ctx, in)
}

func (m mortalReader) DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error) {
	if m.dead.Load() {
		<-ctx.Done()
		return instance.Flow{}, ctx.Err()
	}
	return m.mortal.Reader.DescribeFlow(ctx, in, id)
}

func (m mortalCache) Put(ctx context.Context, id instance.ID, since int64, parts []survey.Part) (int64, error) {
	if m.dead.Load() {
		return 0, errDead
	}
	return m.mortal.Cache.Put(ctx, id, since, parts)
}

func (m mortalCache) Save(ctx context.Context, id instance.ID, k survey.Kept, missed func(survey.Kept) []survey.Part) (int64, error) {
	if m.dead.Load() {
		return 0, errDead
	}
	return m.mortal.Cache.Save(ctx, id, k, missed)
}

func (m mortalStore) Write(ctx context.Context, f operation.Fence, w operation.Word) (operation.Operation, error) {
	if m.dead.Load() {
		return operation.Operation{}, errDead
	}
	return m.mortal.Store.Write(ctx, f, w)
}

func (m mortalStore) Claim(ctx context.Context, c operation.Claim) (operation.Operation, bool, error) {
	if m.dead.Load() {
		return operation.Operation{}, false, errDead
	}
	return m.mortal.Store.Claim(ctx, c)
}

// process starts one. reader is the instance as it sees it; nil is as it is.
func (b *bench) process(owner string, reader survey.Reader) *process {
	b.Helper()
	if reader == nil {
		reader = b.f
	}
	m := mortal{Reader: reader, Cache: b.cache, Store: b.ops, dead: &atomic.Bool{}}
	p := &process{b: b, dead: m.dead, work: operation.New(mortalStore{m}, operation.Options{Owner: owner, Poll: b.poll, Lease: 10 * time.Minute})}
	p.Service = survey.New(mortalReader{m}, survey.ServiceOptions{Now: time.Now, Workers: 4, Cache: mortalCache{m}, Operations: p.work,
		News: func(_ context.Context, _ operation.ID, _ *survey.Reading, list []survey.Change) error {
			b.told = append(b.told, list)
			return nil
		}})
	p.work.Handle(survey.Work, operation.Kind{Do: p.Do})
	ctx, cancel := context.WithCancel(b.Context())
	over := make(chan error, 1)
	go func() { over <- p.work.Run(ctx) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-over; err != nil && !m.dead.Load() {
			b.Error(err)
		}
	})
	b.alive = append(b.alive, p)
	synctest.Wait()
	return p
}

// die is the end without a word.
func (p *process) die() { p.dead.Store(true) }

func (p *process) ask(o survey.Order) operation.Operation {
	p.b.Helper()
	op, err := p.Ask(p.b.Context(), inst.ID, o, "p1")
	if err != nil {
		p.b.Fatal(err)
	}
	return op
}

// ended waits for an operation's end.
func (p *process) ended(id operation.ID) (op operation.Operation) {
	p.b.Helper()
	states, err := p.work.Watch(p.b.Context(), id)
	if err != nil {
		p.b.Fatal(err)
	}
	for op = range states {
		if op.Progress.Message.ID != "" {
			sentence(p.b.T, op.Progress.Message)
		}
	}
	return op
}

// done asks for a reading and gives its outcome.
func (p *process) done(o survey.Order) survey.Outcome {
	p.b.Helper()
	return p.outcome(p.ask(o).ID)
}

func (p *process) outcome(id operation.ID) (out survey.Outcome) {
	p.b.Helper()
	op := p.ended(id)
	if op.State != operation.Done {
		p.b.Fatalf("the reading is %s: %+v", op.State, op.Failure)
	}
	if err := json.Unmarshal(op.Result, &out); err != nil {
		p.b.Fatal(err)
	}
	return out
}

// kept is the reading that a process has without asking the service.
func (p *process) kept() *survey.Reading {
	p.b.Helper()
	before := p.b.f.total()
	r := p.Kept(p.b.Context(), inst.ID)
	if n := p.b.f.total() - before; n > 0 {
		p.b.Errorf("%d calls for what is kept", n)
	}
	if r == nil {
		p.b.Fatal("no reading is kept")
	}
	return r
}

// total is the number of calls so far.
func (f *fake) total() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		n += c
	}
	return n
}

// asked notes which flows are described from now on, with the copy: how often by id.
func (f *fake) asked() func() map[string]int {
	var mu sync.Mutex
	ids, former := map[string]int{}, f.before
	f.before = func(method, id string) {
		if former != nil {
			former(method, id)
		}
		if method == "DescribeFlow" {
			mu.Lock()
			defer mu.Unlock()
			ids[id]++
		}
	}
	return func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(ids)
	}
}

// slow has every call take a while.
func (f *fake) slow(d time.Duration) {
	f.before = func(string, string) { time.Sleep(d) }
}

func savedOf(id instance.FlowID) string { return string(id) + ":$SAVED" }
