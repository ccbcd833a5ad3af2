package faults

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// childEnv tells the test binary that it is the process that publishes.
const childEnv = "WRAPUP_FAULTS_CHILD"

// orders are what the child is to do.
type orders struct {
	DSN, ReadOnly, Endpoint, Region, Owner string
	Change                                 string
	Approval                               publish.Approval
	Stream                                 string        // whose write is spoiled: "journal" or "operations"; "" is none
	At                                     int           // which, from 1
	Do                                     string        // what ails the database does so for good where it ends in " for good"
	Patience                               int           // the process is killed when so many writes were refused; 0: never
	Lease                                  time.Duration // 0: a minute
}

// report is what it says at its end.
type report struct {
	Journal    []string // every write, "method step"
	Operations []string
	Begin      string // why it could not begin
	Refused    string // what the spoiled write came to
}

// child publishes as wrapup does, from the approval to the end, and counts every write of the database.
func child(doc string) error {
	var o orders
	if err := json.Unmarshal([]byte(doc), &o); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ) // a file that may not grow is an error, not the process's end
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		die() // nobody is there any more to report to
	}()
	ctx := context.Background()
	k := &counter{o: o, asked: make(chan struct{})}
	var err error
	if k.store, err = store.Open(ctx, o.DSN); err != nil {
		return err
	}
	k.ailment, k.forGood = strings.CutSuffix(o.Do, " for good")
	if k.ailment == "read-only" {
		if k.readOnly, err = store.Open(ctx, o.ReadOnly); err != nil {
			return err
		}
	}
	g, err := gateway(ctx, o.Region, o.Endpoint, "child")
	if err != nil {
		return err
	}
	work := operation.New(ops{k.store.Operations(), k}, operation.Options{
		Owner: o.Owner, Notifier: k.store.Notifier(), Lease: cmp.Or(o.Lease, time.Minute), Coalesce: time.Hour, Poll: 50 * time.Millisecond,
	})
	s := publish.New(g, journal{k.store, k}, publish.Options{
		Work: work, Drafts: drafts{k.store, k}, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	work.Handle(publish.Work, operation.Kind{Do: s.Do})
	err = publishAll(ctx, o, s, work, k)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.r.Begin = said(err); k.ails {
		k.end()
	}
	return json.NewEncoder(os.Stdout).Encode(k.r)
}

func publishAll(ctx context.Context, o orders, s *publish.Service, work *operation.Service, k *counter) error {
	done, err := s.Begin(ctx, o.Change, o.Approval)
	if err != nil {
		return err
	}
	select { // so that the first look for work finds it
	case <-k.asked:
	case <-done:
	}
	running, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() { over <- work.Run(running) }()
	<-done
	stop()
	return <-over
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Message.ID + ": " + err.Error()
}

// counter counts the writes and spoils one.
type counter struct {
	o        orders
	store    *store.Store
	readOnly *store.Store
	asked    chan struct{} // closed when the work is asked for

	ailment string
	forGood bool

	alone sync.RWMutex // held by the write that is spoiled

	mu      sync.Mutex
	r       report
	ails    bool // what ails the database has begun and not ended
	refused int  // writes
}

// write does one write of a stream. What is to ail the database does so until the next write begins.
func (k *counter) write(stream, what string, do func(*store.Store) error) error {
	if !k.count(stream, what) {
		k.alone.RLock()
		defer k.alone.RUnlock()
		return k.patiently(do(k.able()))
	}
	k.alone.Lock()
	defer k.alone.Unlock()
	err := k.spoil(do)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.r.Refused = said(err)
	return err
}

// able is the database as it can be written now.
func (k *counter) able() *store.Store {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ails && k.ailment == "read-only" {
		return k.readOnly
	}
	return k.store
}

// patiently counts what is refused: whoever runs the process ends it when that does not end.
func (k *counter) patiently(err error) error {
	if err == nil || k.o.Patience == 0 {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refused++; k.refused == k.o.Patience {
		die()
	}
	return err
}

// count notes a write and says whether it is the one to be spoiled.
func (k *counter) count(stream, what string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := &k.r.Journal
	if stream == operations {
		list = &k.r.Operations
	}
	*list = append(*list, what)
	if k.ails && !k.forGood {
		k.end()
	}
	return stream == k.o.Stream && len(*list) == k.o.At
}

// well ends what ails the database: a process that can't even look does not come to its next write.
func (k *counter) well() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ails && !k.forGood {
		k.end()
	}
}

func (k *counter) spoil(do func(*store.Store) error) error {
	k.ask("begin")
	switch k.ailment {
	case "killed before":
		die()
	case "killed after":
		if err := do(k.store); err != nil {
			panic(err)
		}
		die()
	case "answer lost":
		if err := do(k.store); err != nil {
			return err
		}
		return fault.New(fault.Unavailable, "store.unreachable").Because(errors.New("the connection broke behind the commit"))
	case "edited from outside":
		k.ask("edit")
	default:
		k.begin()
	}
	return k.patiently(do(k.able()))
}

// begin lets the database be full, locked, read-only or gone.
func (k *counter) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ails = true
	switch {
	case k.ailment == "read-only":
	case k.ailment == "full" && !store.Shared(k.o.DSN):
		room(0)
	default:
		k.ask(k.ailment)
	}
}

// end is called with the mutex held.
func (k *counter) end() {
	k.ails = false
	switch {
	case k.ailment == "read-only":
	case k.ailment == "full" && !store.Shared(k.o.DSN):
		room(1 << 62)
	default:
		k.ask("well")
	}
}

// room is how large this process may make a file.
func room(bytes uint64) {
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: 1<<64 - 1}); err != nil {
		panic(err)
	}
}

// ask has the parent do something.
func (k *counter) ask(what string) {
	resp, err := http.Post(k.o.Endpoint+"/_faults/"+what, "text/plain", nil)
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		panic(fmt.Sprintf("%s: %s", what, strings.TrimSpace(string(text))))
	}
}

// die is the end of a process that gets no time to say anything.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // it is our own
	select {}
}

// journal counts what is written into the journal.
type journal struct {
	*store.Store
	k *counter
}

func (j journal) say(what string, do func(*store.Store) error) error {
	return j.k.write(journals, what, do)
}

func (j journal) Approve(ctx context.Context, id, hash string, seen publish.Seen, w publish.Word) error {
	return j.say("Approve", func(s *store.Store) error { return s.Approve(ctx, id, hash, seen, w) })
}

func (j journal) Take(ctx context.Context, in instance.ID, f operation.Fence, now time.Time) (c publish.Change, found bool, err error) {
	due, err := j.Store.Due(ctx, now)
	if err != nil || len(due) == 0 { // it finds nothing to write
		return publish.Change{}, false, err
	}
	err = j.say("Take", func(s *store.Store) error { c, found, err = s.Take(ctx, in, f, now); return err })
	return c, found, err
}

func (j journal) Intent(ctx context.Context, id, step string, f operation.Fence, in publish.Intent) error {
	return j.say("Intent "+step, func(s *store.Store) error { return s.Intent(ctx, id, step, f, in) })
}

func (j journal) Outcome(ctx context.Context, id, step string, f operation.Fence, o publish.Outcome) error {
	return j.say("Outcome "+step, func(s *store.Store) error { return s.Outcome(ctx, id, step, f, o) })
}

func (j journal) Reopen(ctx context.Context, id, step string, f operation.Fence, why fault.Message, at time.Time) error {
	return j.say("Reopen "+step, func(s *store.Store) error { return s.Reopen(ctx, id, step, f, why, at) })
}

func (j journal) Finish(ctx context.Context, id string, f operation.Fence, state publish.State, now time.Time) error {
	return j.say("Finish", func(s *store.Store) error { return s.Finish(ctx, id, f, state, now) })
}

func (j journal) KeepContent(ctx context.Context, content []byte) (hash string, err error) {
	err = j.say("KeepContent", func(s *store.Store) error { hash, err = s.KeepContent(ctx, content); return err })
	return hash, err
}

// drafts counts the end of the guide's draft.
type drafts struct {
	*store.Store
	k *counter
}

func (d drafts) DeleteDraft(ctx context.Context, in instance.ID, flow string, rev int64) error {
	return d.k.write(journals, "DeleteDraft", func(s *store.Store) error { return s.DeleteDraft(ctx, in, flow, rev) })
}

// ops counts what is written of the work. A look for work that finds none writes nothing.
type ops struct {
	*store.Operations
	k *counter
}

func (x ops) say(what string, do func(*store.Operations) error) error {
	return x.k.write(operations, what, func(s *store.Store) error { return do(s.Operations()) })
}

func (x ops) Ask(ctx context.Context, o operation.Operation, turn *operation.Turn) (got operation.Operation, asked bool, err error) {
	err = x.say("Ask", func(s *store.Operations) error { got, asked, err = s.Ask(ctx, o, turn); return err })
	if err == nil {
		x.k.mu.Lock()
		defer x.k.mu.Unlock()
		select {
		case <-x.k.asked:
		default:
			close(x.k.asked)
		}
	}
	return got, asked, err
}

func (x ops) Claim(ctx context.Context, c operation.Claim) (got operation.Operation, found bool, err error) {
	x.k.well()
	active, err := x.List(ctx, operation.Filter{States: []operation.State{operation.Queued, operation.Running}})
	mine := func(o operation.Operation) bool { return slices.Contains(c.Except, o.ID) }
	if err != nil || len(slices.DeleteFunc(active, mine)) == 0 {
		return operation.Operation{}, false, err
	}
	err = x.say("Claim", func(s *store.Operations) error { got, found, err = s.Claim(ctx, c); return err })
	return got, found, err
}

func (x ops) Write(ctx context.Context, f operation.Fence, w operation.Word) (got operation.Operation, err error) {
	what := "Write"
	if w.State != "" {
		what += " " + string(w.State)
	}
	err = x.say(what, func(s *store.Operations) error { got, err = s.Write(ctx, f, w); return err })
	return got, err
}

func (x ops) Forget(ctx context.Context, before time.Time) (n int, err error) {
	err = x.say("Forget", func(s *store.Operations) error { n, err = s.Forget(ctx, before); return err })
	return n, err
}
