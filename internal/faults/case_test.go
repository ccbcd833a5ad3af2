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
	"syscall"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
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
	said  report

	ails    bool          // the database
	state   publish.State // the change's, at its end
	decided int           // steps that a person decided on
	over    int           // edits that were written over in the moment in which that can't be seen
}

// run publishes with the fault, brings the change to its end, and judges.
func (c oneCase) run(t *testing.T) *world {
	w := &world{oneCase: c, t: t, db: c.engine.copy(t), aws: newService(c.engine.set), dead: make(chan struct{})}
	t.Cleanup(w.aws.close)
	w.announce(c.engine.plan.ID)
	w.aws.control = w.controlled
	w.aws.kill = func() { _ = w.child.Process.Kill(); <-w.dead }
	if c.at.stream == calls {
		w.aws.at, w.aws.do = c.at.n, c.do
	}
	var p *process
	if c.engine.replicas { // both at once: the other one works as soon as the fault is there, or the first is over
		p = w.process(w.dead)
	}
	killed := w.publish()
	if want := killing(c.do); killed != want && c.patience == 0 {
		t.Fatalf("the process was killed: %t, want %t", killed, want)
	}
	if c.at.stream == calls && !w.aws.fired {
		t.Fatal("the fault did not come about")
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
		p = w.process(w.dead)
	}
	got := w.settle(p, c.engine.plan)
	w.state = got.State
	w.judge(p, got)
	w.putBack(p, got)
	w.complain()
	return w
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
	case c.Op == opCreate:
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
	store *store.Store
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
	g, err := gateway(w.t.Context(), w.aws.home.Region, w.aws.url(), "next")
	if err != nil {
		w.t.Fatal(err)
	}
	owner := "host" // where one process serves the database, the next one has the same name
	if w.engine.replicas {
		owner = "two"
	}
	work := operation.New(gated{p.store.Operations(), from}, operation.Options{
		Owner: owner, Notifier: p.store.Notifier(), Lease: time.Minute, Poll: 20 * time.Millisecond,
	})
	p.Service = publish.New(g, p.store, publish.Options{
		Work: work, Drafts: p.store,
		Wait: func(ctx context.Context, _ time.Duration) error { w.aws.arrive(); return ctx.Err() },
	})
	work.Handle(publish.Work, operation.Kind{Do: p.Do})
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	var over sync.WaitGroup
	over.Go(func() { _ = work.Run(ctx) }) // it ends when it is told to
	w.t.Cleanup(func() { cancel(); over.Wait() })
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
					_, err = p.Settle(ctx, id, st.Key, now.Hash, bob)
					must(err)
					w.decided++
				}
			}
		default: // a process takes it up
			must(p.TakeUp(ctx))
			time.Sleep(2 * time.Millisecond)
		}
	}
	c, err := p.Change(ctx, id)
	w.t.Fatalf("the change does not come to its end: it is %s (%v)", c.State, err)
	return c
}

// judge holds the simulator against the journal.
func (w *world) judge(p *process, c publish.Change) {
	w.t.Helper()
	ctx := w.t.Context()
	w.aws.mu.Lock()
	log := w.aws.log
	w.aws.mu.Unlock()
	if _, _, err := p.store.VerifyHistory(ctx); err != nil {
		w.t.Errorf("the history does not verify: %v", err)
	}
	for _, st := range c.Steps {
		for _, complaint := range w.judgeStep(p, c, st, log) {
			w.t.Errorf("step %s is %s: %s", st.Key, st.State, complaint)
		}
	}
	for _, l := range c.LeftOut {
		f := w.engine.set.flow(string(l.Flow))
		if live, saved, _ := w.aws.sim.Contents(w.aws.home.ID, f.id); live != f.live || saved != f.draft {
			w.t.Errorf("%s, which is left out, was changed", l.Name)
		}
	}
	if w.do == "" && c.State != publish.Published {
		w.t.Errorf("without a fault the change is %s", c.State)
	}
}

// complain tells what was seen that must never happen.
func (w *world) complain() {
	w.t.Helper()
	w.aws.mu.Lock()
	defer w.aws.mu.Unlock()
	for _, b := range w.aws.broken {
		w.t.Error(b)
	}
}

// putBack has a person put everything back, replaced drafts too: what nobody has edited since has its former bytes then, and what somebody
// has is left alone.
func (w *world) putBack(p *process, c publish.Change) {
	w.t.Helper()
	if !c.CanPutBack() {
		return
	}
	ctx := w.t.Context()
	r := publish.PutBackRequest{Former: publish.Former{Change: c.ID}, By: bob}
	before := map[instance.FlowID]string{}
	for _, st := range c.Steps {
		before[st.Flow] = w.aws.live(string(st.Flow))
		if st.ReplacesDraft {
			r.Former.Drafts = append(r.Former.Drafts, st.Flow)
		}
	}
	back, err := p.PutBack(ctx, r)
	if err != nil {
		w.t.Errorf("put back: %v", err)
		return
	}
	w.announce(back.ID)
	if len(back.Steps) > 0 {
		if back = w.settle(p, back); back.State != publish.Published {
			w.t.Errorf("what was put back is %s", back.State)
		}
	}
	for _, st := range c.Steps {
		if st.Kind != publish.UpdateFlow || st.State != publish.StepDone {
			continue
		}
		f := w.engine.set.flow(string(st.Flow))
		live, saved, _ := w.aws.sim.Contents(w.aws.home.ID, f.id)
		edited := before[st.Flow] != st.Intent.Final
		if !edited && (live != f.live || saved != f.draft) {
			w.t.Errorf("%s was not put back to its former bytes", st.Name)
		}
		if edited && w.aws.live(f.id) != before[st.Flow] {
			w.t.Errorf("%s was put back over a colleague's edit", st.Name)
		}
	}
	if _, _, err := p.store.VerifyHistory(ctx); err != nil {
		w.t.Errorf("the history does not verify: %v", err)
	}
}

// carriedOut are the places in the log where a step was carried out.
func carriedOut(log []call, st publish.Step) (at []int) {
	for i, c := range log {
		if c.Applied && (st.Kind == publish.CreateGuide && c.Op == opCreate || st.Flow != "" && c.Op == opUpdate && c.Flow == string(st.Flow)) {
			at = append(at, i)
		}
	}
	return at
}

// lastEdit is where the flow was last edited from outside; -1 where it was not.
func lastEdit(log []call, id string) int {
	last := -1
	for i, c := range log {
		if c.Op == opEdit && c.Flow == id {
			last = i
		}
	}
	return last
}

func (w *world) judgeStep(p *process, c publish.Change, st publish.Step, log []call) (complaints []string) {
	say := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	at := carriedOut(log, st)
	if len(at) > 1 {
		say("it was carried out %d times", len(at))
	}
	id := string(st.Flow)
	if st.Kind == publish.CreateGuide && len(at) > 0 {
		id = log[at[0]].Flow
	}
	edited := lastEdit(log, id)
	switch {
	case st.State == publish.StepDone && len(at) == 0:
		say("it was not carried out")
	case (st.State == publish.StepFailed || st.State == publish.StepSkipped || st.State == publish.StepPlanned) && len(at) > 0:
		say("it was carried out")
	case st.State == publish.StepUnclear && edited < 0:
		say("nobody edited the flow")
	case st.State == publish.StepIntent:
		say("it is open still")
	}
	if id == "" {
		return complaints
	}
	live, saved, _ := w.aws.sim.Contents(w.aws.home.ID, id)
	if st.Kind == publish.UpdateFlow {
		before, err := p.Content(context.Background(), st.Before)
		if f := w.engine.set.flow(id); err != nil || string(before) != f.live {
			say("the former content is not kept: %v", err)
		} else if draft, err := p.Content(context.Background(), st.Saved); err != nil || string(draft) != f.draft {
			say("the draft is not kept: %v", err)
		} else if len(at) == 0 && edited < 0 && (live != f.live || saved != f.draft) {
			say("the flow is not as it was")
		}
	}
	if len(at) > 0 && edited < at[0] { // nobody edited it since
		final, err := p.Content(context.Background(), st.Intent.Final)
		if err != nil || live != string(final) || saved != live {
			say("the flow is not as reviewed: %v", err)
		}
	}
	if edited >= 0 {
		for _, complaint := range w.judgeEdit(log, at, edited, id) {
			say("%s", complaint)
		}
	}
	return complaints
}

// judgeEdit says whether a colleague's edit was lost. The service knows no conditional update: what is published in the moment between the
// last look at a flow and the write is written over. Nothing else is.
func (w *world) judgeEdit(log []call, at []int, edited int, id string) (complaints []string) {
	if len(at) == 0 || edited > at[0] {
		if w.aws.live(id) != log[edited].Content {
			complaints = append(complaints, "the colleague's edit is gone")
		}
		return complaints
	}
	looked := -1
	for i, c := range log[:at[0]] {
		if c.Op == opDescribe && c.Flow == id && c.Saved {
			looked = i
		}
	}
	if edited < looked {
		complaints = append(complaints, "the flow was seen to be edited, and written over")
	}
	w.over++
	return complaints
}

// arrive lets a call that is under way arrive, and waits until it is carried out.
func (a *service) arrive() {
	a.release()
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.underway > 0 {
		a.arrived.Wait()
	}
}
