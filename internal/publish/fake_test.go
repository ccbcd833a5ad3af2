package publish_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/store/storetest"
)

var (
	home = instance.Instance{
		ID: "11111111-2222-4333-8444-555555555555", Alias: "sales", Region: "us-east-1", Account: "111122223333",
		ARN: "arn:aws:connect:us-east-1:111122223333:instance/11111111-2222-4333-8444-555555555555",
	}
	ana = publish.Actor{ID: "p1", Name: "Ana", Address: "192.0.2.1"}
)

const (
	inboundID instance.FlowID = "aaaaaaaa-0000-4000-8000-000000000001"
	secondID  instance.FlowID = "aaaaaaaa-0000-4000-8000-000000000002"
	wrapID    instance.FlowID = "aaaaaaaa-0000-4000-8000-0000000000ff"
)

// inbound reaches an agent at one point and opens no guide.
const inbound = `{"Version":"2019-10-30","StartAction":"hello","Metadata":{"entryPointPosition":{"x":40,"y":40},"ActionMetadata":{"hello":{"position":{"x":400,"y":40}}}},"Actions":[` +
	`{"Identifier":"hello","Type":"MessageParticipant","Parameters":{"Text":"Hello"},"Transitions":{"NextAction":"queue","Errors":[{"NextAction":"queue","ErrorType":"NoMatchingError"}]}},` +
	`{"Identifier":"queue","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"bye","Errors":[{"NextAction":"bye","ErrorType":"QueueAtCapacity"},{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},` +
	`{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

// aws is Amazon Connect as these tests need it: two copies of each flow, and a fault before or after any call.
type aws struct {
	mu    sync.Mutex
	flows map[instance.FlowID]*stored
	calls []string
	// before and after run around a call, named "op flow"; an error they give is the call's answer.
	before, after func(call string) error
	// during runs after before, and sees the call's context.
	during func(ctx context.Context, call string) error
	view   error // what DescribeView answers

	savedIsLive bool // a draft that is saved is published too
	keepsDraft  bool // an update leaves an unpublished draft alone
	rewrites    bool // what is written loses its white space and gains layout
	modules     []instance.Module
	leads       []instance.Association
}

type stored struct {
	meta        instance.Flow
	live, saved string
}

func newAWS() *aws {
	a := &aws{flows: map[instance.FlowID]*stored{}}
	a.put(inboundID, "Sales", inbound)
	a.put(secondID, "Billing", strings.Replace(inbound, "Hello", "Billing", 1))
	a.put(wrapID, "Wrap-up", string(acw.Compile(acw.New("aws", "us-east-1", nil))))
	return a
}

func (a *aws) put(id instance.FlowID, name, content string) {
	a.flows[id] = &stored{live: content, saved: content, meta: instance.Flow{
		ID: id, Name: name, ARN: home.ARN + "/contact-flow/" + string(id), Type: instance.TypeInbound,
		State: instance.StateActive, Status: instance.StatusPublished,
	}}
}

// do runs one call. f is applied between the hooks.
func (a *aws) do(ctx context.Context, op string, id instance.FlowID, f func() error) error {
	call := op + " " + string(id)
	if a.before != nil {
		if err := a.before(call); err != nil {
			return err
		}
	}
	if a.during != nil {
		if err := a.during(ctx, call); err != nil {
			return err
		}
	}
	a.mu.Lock()
	a.calls = append(a.calls, call)
	err := f()
	a.mu.Unlock()
	if err == nil && a.after != nil {
		err = a.after(call)
	}
	return err
}

func (a *aws) count(op string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, c := range a.calls {
		if strings.HasPrefix(c, op+" ") {
			n++
		}
	}
	return n
}

func (a *aws) live(id instance.FlowID) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.flows[id].live
}

func (a *aws) DescribeFlow(ctx context.Context, _ instance.Instance, ref string) (instance.Flow, error) {
	id, saved := strings.CutSuffix(ref, ":$SAVED")
	var out instance.Flow
	err := a.do(ctx, "describe", instance.FlowID(id), func() error {
		f, ok := a.flows[instance.FlowID(id)]
		if !ok {
			return fault.New(fault.NotFound, "aws.not-found")
		}
		out = f.meta
		if out.Content = f.live; saved {
			out.Content = f.saved
		}
		return nil
	})
	return out, err
}

func (a *aws) ListFlows(ctx context.Context, _ instance.Instance, _ ...instance.FlowType) ([]instance.Flow, error) {
	var out []instance.Flow
	err := a.do(ctx, "list", "", func() error {
		for _, f := range a.flows {
			out = append(out, f.meta)
		}
		return nil
	})
	slices.SortFunc(out, func(x, y instance.Flow) int { return strings.Compare(x.Name, y.Name) })
	return out, err
}

func (a *aws) CreateFlow(ctx context.Context, _ instance.Instance, f instance.NewFlow) (instance.Written, error) {
	id := instance.FlowID(fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", len(a.flows)))
	err := a.do(ctx, "create", id, func() error { a.put(id, f.Name, f.Content); return nil })
	if err != nil {
		return instance.Written{}, err
	}
	return instance.Written{ID: id, ARN: home.ARN + "/contact-flow/" + string(id), RequestID: "r-create"}, nil
}

func (a *aws) UpdateFlowContent(ctx context.Context, _ instance.Instance, id instance.FlowID, content string) (instance.Written, error) {
	err := a.do(ctx, "update", id, func() error {
		f := a.flows[id]
		content := a.stored(content)
		if !a.keepsDraft || f.saved == f.live {
			f.saved = content
		}
		f.live = content
		return nil
	})
	return instance.Written{RequestID: "r-update"}, err
}

func (a *aws) SaveFlowDraft(ctx context.Context, _ instance.Instance, id instance.FlowID, content string) (instance.Written, error) {
	err := a.do(ctx, "save", id, func() error {
		f := a.flows[id]
		if f.saved = a.stored(content); a.savedIsLive {
			f.live = f.saved
		}
		return nil
	})
	return instance.Written{RequestID: "r-save"}, err
}

func (a *aws) SetFlowState(ctx context.Context, _ instance.Instance, id instance.FlowID, state string) (instance.Written, error) {
	err := a.do(ctx, "state", id, func() error { a.flows[id].meta.State = state; return nil })
	return instance.Written{RequestID: "r-state"}, err
}

func (a *aws) Associations(context.Context, instance.Instance) ([]instance.Association, error) {
	return a.leads, nil
}

func (a *aws) DescribeModule(_ context.Context, _ instance.Instance, id string) (instance.Module, error) {
	i := slices.IndexFunc(a.modules, func(m instance.Module) bool { return m.ID == id })
	if i < 0 {
		return instance.Module{}, fault.New(fault.NotFound, "aws.not-found")
	}
	return a.modules[i], nil
}

// stored is content as the service keeps it.
func (a *aws) stored(content string) string {
	if !a.rewrites {
		return content
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(content), &m); err != nil {
		panic(err)
	}
	meta, _ := m["Metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["snapToGrid"], m["Metadata"] = true, meta
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (a *aws) DescribeView(context.Context, instance.Instance, string) (instance.View, error) {
	return instance.View{Name: "After Contact Work"}, a.view
}

// world is a service on a database of its own.
type world struct {
	*publish.Service
	t     *testing.T
	aws   *aws
	store *store.Store
	now   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the processes have ended
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, aws: newAWS(), store: s, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	w.Service = w.service()
	return w
}

// service is another process on the same database and the same AWS. It waits for nothing.
func (w *world) service(set ...func(*publish.Options)) *publish.Service {
	return w.over(w.store, set...)
}

// over is a process that sees the database through j.
func (w *world) over(j publish.Journal, set ...func(*publish.Options)) *publish.Service {
	return w.process(j, set...).Service
}

// process works from when it is started, or first asked.
type process struct {
	*publish.Service
	t    *testing.T
	ops  operation.Store
	work *worker
}

// worker is what the service asks.
type worker struct {
	*operation.Service
	start func()
}

func (w *worker) Ask(ctx context.Context, q operation.Request) (operation.Operation, bool, error) {
	if w.Service == nil {
		w.start()
	}
	return w.Service.Ask(ctx, q)
}

func (w *world) process(j publish.Journal, set ...func(*publish.Options)) *process {
	p := &process{t: w.t, ops: w.store.Operations(), work: &worker{}}
	p.work.start = sync.OnceFunc(func() { p.start(operation.Options{}) })
	o := publish.Options{
		Work: p.work, Now: func() time.Time { return w.now }, Drafts: w.store,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, f := range set {
		f(&o)
	}
	p.Service = publish.New(w.aws, j, o)
	return p
}

// start lets the process work until the test ends, or stop is called.
func (p *process) start(o operation.Options) (stop func()) {
	if o.Owner == "" {
		o.Owner = rand.Text()
	}
	o.Log = slog.New(slog.NewTextHandler(p.t.Output(), nil))
	p.work.Service = operation.New(p.ops, o)
	p.work.Handle(publish.Work, operation.Kind{Do: p.Do})
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.t.Context()))
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := p.work.Run(ctx); err != nil {
			p.t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-over })
	p.t.Cleanup(stop)
	return stop
}

// journal is the database with a fault in it.
type journal struct {
	publish.Journal
	fail    func(op string) error                    // before intent, outcome, finish and change
	content func(hash string, content []byte) []byte // what comes back for a hash
	change  func(c publish.Change) publish.Change    // how a change comes back
}

func (j journal) failing(op string) error {
	if j.fail == nil {
		return nil
	}
	return j.fail(op)
}

func (j journal) Content(ctx context.Context, hash string) ([]byte, error) {
	b, err := j.Journal.Content(ctx, hash)
	if j.content != nil && err == nil {
		b = j.content(hash, b)
	}
	return b, err
}

func (j journal) Change(ctx context.Context, id string) (publish.Change, error) {
	if err := j.failing("change"); err != nil {
		return publish.Change{}, err
	}
	c, err := j.Journal.Change(ctx, id)
	if j.change != nil && err == nil {
		c = j.change(c)
	}
	return c, err
}

func (j journal) Intent(ctx context.Context, id, step string, f operation.Fence, in publish.Intent) error {
	if err := j.failing("intent"); err != nil {
		return err
	}
	return j.Journal.Intent(ctx, id, step, f, in)
}

func (j journal) Outcome(ctx context.Context, id, step string, f operation.Fence, o publish.Outcome) error {
	if err := j.failing("outcome"); err != nil {
		return err
	}
	return j.Journal.Outcome(ctx, id, step, f, o)
}

func (j journal) Reopen(ctx context.Context, id, step string, f operation.Fence, why fault.Message, at time.Time) error {
	if err := j.failing("reopen"); err != nil {
		return err
	}
	return j.Journal.Reopen(ctx, id, step, f, why, at)
}

func (j journal) Finish(ctx context.Context, id string, f operation.Fence, s publish.State, now time.Time) error {
	if err := j.failing("finish"); err != nil {
		return err
	}
	return j.Journal.Finish(ctx, id, f, s, now)
}

func (w *world) plan(t *testing.T, r publish.Request) publish.Change {
	t.Helper()
	r.Instance, r.By = home, ana
	c, err := w.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// approve gives a person's whole word.
func approve(c publish.Change) publish.Approval {
	a := publish.Approval{Hash: c.Hash, Reason: "Because", By: ana}
	for _, k := range c.Confirmations() {
		a.Confirmed = append(a.Confirmed, k.ID)
	}
	return a
}

func asIs(add ...instance.FlowID) publish.Request {
	return publish.Request{Guide: publish.GuideChoice{Flow: wrapID}, Add: add}
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}
