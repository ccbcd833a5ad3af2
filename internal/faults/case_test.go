package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"wrapup/internal/connect"
	"wrapup/internal/fault"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// oneCase is one run with one fault.
type oneCase struct {
	engine *engine
	at     point
	do     string
	number int // which of all: it chooses the mode, and whether what is paused is gone on with

	dsn      string // the child's besides; SQLite only
	patience int    // the child is killed when so many writes were refused; 0: never
}

func (c oneCase) String() string {
	return fmt.Sprintf("%s %d %s, %s", c.at.stream, c.at.n, c.at.what, c.do)
}

// world is one case at work.
type world struct {
	oneCase
	t     *testing.T
	db    database
	aws   *service
	child *exec.Cmd
	dead  chan struct{} // closed when the child has ended
	now   chan struct{} // closed when the fault comes about, or the child has ended without one
	begin func()        // closes now
	said  report

	ails    bool          // the database
	state   publish.State // the change's, at its end
	decided int           // steps that a person decided on
	over    int           // edits that were written over in the moment in which that can't be seen
}

// run publishes with the fault, brings the change to its end, and judges.
func (c oneCase) run(t *testing.T) *world {
	w := c.world(t, c.engine.copy(t))
	w.aws.control = w.controlled
	w.aws.kill = func() { _ = w.child.Process.Kill(); <-w.dead }
	if c.at.stream == calls {
		w.aws.at, w.aws.do = c.at.n, c.do
	}
	var p *process
	if c.engine.replicas { // both at once, but the first one is to come to its fault
		p = w.process(w.now)
	}
	killed := w.publish()
	if c.at.n > 0 && !w.cameAbout() {
		t.Fatal("the fault did not come about")
	}
	w.begin()
	if want := killing(c.do); killed != want && c.patience == 0 {
		t.Fatalf("the process was killed: %t, want %t", killed, want)
	}
	if w.ails {
		if err := w.ail(false); err != nil {
			t.Fatal(err)
		}
	}
	if killed && c.engine.replicas { // the time passes that its lease had left
		if err := leaseOver(w.db); err != nil {
			t.Fatal(err)
		}
	}
	if p == nil {
		p = w.process(w.now)
	}
	got := w.settle(p, c.engine.plan)
	w.aws.arrive() // what is under way is carried out at its call's end, whether somebody has waited for it or not
	w.state = got.State
	w.judge(p, got)
	w.putBack(p, got)
	w.complain()
	return w
}

// world is where a case takes place.
func (c oneCase) world(t *testing.T, db database) *world {
	w := &world{oneCase: c, t: t, db: db, aws: newService(c.engine.set), dead: make(chan struct{})}
	t.Cleanup(w.aws.close)
	w.now = make(chan struct{})
	w.begin = sync.OnceFunc(func() { close(w.now) })
	w.aws.begin = w.begin
	w.announce(c.engine.plan.ID)
	return w
}

func (w *world) cameAbout() bool {
	select {
	case <-w.now:
		return true
	default:
		return false
	}
}

// announce holds the writes that arrive from now on against a change in the journal.
func (w *world) announce(change string) {
	w.aws.mu.Lock()
	defer w.aws.mu.Unlock()
	w.aws.announced = func(c call) error { return announced(w.db, change, keyOf(c), c.Content) }
}

// keyOf is the step that a write belongs to.
func keyOf(c call) string {
	switch {
	case c.Op == opCreate, c.Op == opMetadata:
		return "guide"
	case c.Saved:
		return "draft:" + c.Flow
	}
	return "flow:" + c.Flow
}

// mode is how far the change goes by itself.
func (c oneCase) mode() publish.Mode {
	if c.number%2 == 1 {
		return publish.GoOn
	}
	return publish.StopAtFailure
}

// publish runs the child to its end, which it may not reach.
func (w *world) publish() (killed bool) {
	w.t.Helper()
	o := orders{
		DSN: w.db.dsn() + w.dsn, ReadOnly: w.db.readOnly(), Endpoint: w.aws.url(), Region: w.aws.home.Region, Owner: "host",
		Change: w.engine.plan.ID, Approval: approval(w.engine.plan, w.mode()), Do: w.do,
	}
	if w.engine.replicas {
		o.Owner = "one"
	}
	if w.at.stream != calls {
		o.Stream, o.At = w.at.stream, w.at.n
	}
	if o.Patience = w.patience; w.patience > 0 {
		o.Lease = 3 * time.Second // how long the end of the work is tried to be written
	}
	doc, err := json.Marshal(o)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	var out, log bytes.Buffer
	w.child = exec.CommandContext(ctx, os.Args[0])
	w.child.Env = append(os.Environ(), childEnv+"="+string(doc), "GOMAXPROCS=1", "GOGC=400")
	w.child.Stdout, w.child.Stderr = &out, &log
	if _, err := w.child.StdinPipe(); err != nil { // open as long as we live
		w.t.Fatal(err)
	}
	started := make(chan error) // a call must not find that there is no child yet
	go func() {
		started <- w.child.Start()
		_ = w.child.Wait() // ProcessState says it all
		close(w.dead)
	}()
	if err := <-started; err != nil {
		w.t.Fatal(err)
	}
	<-w.dead
	if w.child.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && ctx.Err() == nil {
		return true
	}
	if err := json.Unmarshal(out.Bytes(), &w.said); err != nil || !w.child.ProcessState.Success() {
		w.t.Fatalf("the process failed: %v, %s\n%s", err, w.child.ProcessState, log.Bytes())
	}
	return false
}

// controlled does what the child asks for.
func (w *world) controlled(what string) error {
	switch what {
	case "begin":
		w.begin()
		return nil
	case "edit":
		w.aws.mu.Lock()
		defer w.aws.mu.Unlock()
		w.aws.edit("")
		return nil
	case "well":
		return w.ail(false)
	}
	return w.ail(true)
}

// ail begins what ails the database, or ends it.
func (w *world) ail(on bool) error {
	w.ails = on
	switch what, _ := strings.CutSuffix(w.do, " for good"); what {
	case "full":
		return w.db.full(on)
	case "locked":
		return w.db.locked(on)
	case "gone":
		return w.db.gone(on)
	}
	return errors.New("unknown: " + w.do)
}

// process is another process that publishes, here in the test's own.
type process struct {
	*publish.Service
	store   *store.Store
	gateway *connect.Gateway
	ahead   atomic.Int64 // of the machine's clock
	stop    func()
}

// gated claims nothing before it may.
type gated struct {
	operation.Store
	from <-chan struct{}
}

func (g gated) Claim(ctx context.Context, c operation.Claim) (operation.Operation, bool, error) {
	select {
	case <-g.from:
		return g.Store.Claim(ctx, c)
	default:
		return operation.Operation{}, false, nil
	}
}

// process works from a moment on until the test ends. It waits for nothing: what it would wait for is over then.
func (w *world) process(from <-chan struct{}) *process {
	w.t.Helper()
	p := &process{store: open(w.t, w.db)}
	var err error
	if p.gateway, err = gateway(w.t.Context(), w.aws.home.Region, w.aws.url(), "next"); err != nil {
		w.t.Fatal(err)
	}
	owner := "host" // where one process serves the database, the next one has the same name
	if w.engine.replicas {
		owner = "two"
	}
	work := operation.New(gated{p.store.Operations(), from}, operation.Options{
		Owner: owner, Notifier: p.store.Notifier(), Lease: time.Hour, Poll: 100 * time.Millisecond,
	})
	p.Service = publish.New(p.gateway, p.store, publish.Options{
		Work: work, Drafts: p.store, Now: func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) },
		Wait: func(ctx context.Context, _ time.Duration) error { w.aws.arrive(); return ctx.Err() },
	})
	work.Handle(publish.Work, operation.Kind{Do: p.Do})
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	var over sync.WaitGroup
	over.Go(func() { _ = work.Run(ctx) }) // it ends when it is told to
	p.stop = sync.OnceFunc(func() { cancel(); over.Wait() })
	w.t.Cleanup(p.stop)
	return p
}

// settle is what a person does until the change has ended.
func (w *world) settle(p *process, plan publish.Change) publish.Change {
	w.t.Helper()
	ctx, id := w.t.Context(), plan.ID
	must := func(err error) {
		w.t.Helper()
		if err != nil && !fault.Is(err, fault.Unavailable) { // of a connection that was cut; who is told so tries again
			w.t.Fatal(err)
		}
	}
	begin := func() {
		done, err := p.Begin(ctx, id, approval(plan, w.mode()))
		if must(err); err == nil {
			<-done
		}
	}
	late := time.Now().Add(time.Minute)
	for paused := 0; time.Now().Before(late); {
		c, err := p.Change(ctx, id)
		must(err)
		switch {
		case err != nil:
		case c.State.Ended():
			return c
		case c.State == publish.Planned:
			begin()
		case c.State == publish.Paused && paused < 3 && w.number%3 > 0:
			paused++
			begin()
		case c.State == publish.Paused:
			_, err := p.GiveUp(ctx, id, c.Seen(), bob)
			must(err)
		case c.State == publish.Interrupted:
			for _, st := range c.Steps {
				if st.State == publish.StepIntent {
					now, err := p.Observe(ctx, id, st.Key)
					must(err)
					if p.ahead.Add(int64(now.Wait)); now.Wait > 0 { // this person waits as long as the page asks for
						w.aws.arrive()
						continue
					}
					_, err = p.Settle(ctx, id, st.Key, now.Hash, bob)
					must(err)
					w.decided++
				}
			}
		default: // a process takes it up
			must(p.TakeUp(ctx))
			time.Sleep(20 * time.Millisecond)
		}
	}
	c, err := p.Change(ctx, id)
	w.t.Fatalf("the change does not come to its end: it is %s (%v)", c.State, err)
	return c
}
