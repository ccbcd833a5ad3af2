package survey_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

var inst = instance.Instance{
	ID: "aaaaaaaa-1111-4111-8111-111111111111", Alias: "main", Region: "us-east-1", Account: "111122223333", Status: "ACTIVE",
	ARN: "arn:aws:connect:us-east-1:111122223333:instance/aaaaaaaa-1111-4111-8111-111111111111",
}

// fid is the id of the nth flow.
func fid(n int) instance.FlowID {
	return instance.FlowID(fmt.Sprintf("bbbbbbbb-1111-4111-8111-%012d", n))
}

// Contents. Each names what its contacts meet.
func doc(start string, actions ...string) string {
	return `{"Version":"2019-10-30","StartAction":"` + start + `","Metadata":{},"Actions":[` + strings.Join(actions, ",") + `]}`
}

const (
	queue = `{"Identifier":"queue","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"end","Errors":[{"ErrorType":"NoMatchingError","NextAction":"end"}],"Conditions":[]}}`
	end   = `{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}`
)

func block(id, kind, parameters, next string) string {
	return `{"Identifier":"` + id + `","Type":"` + kind + `","Parameters":` + parameters + `,"Transitions":{"NextAction":"` + next +
		`","Errors":[{"ErrorType":"NoMatchingError","NextAction":"` + next + `"}],"Conditions":[]}}`
}

func hooks(event string, to instance.FlowID, next string) string {
	return block("set", "UpdateContactEventHooks", `{"EventHooks":{"`+event+`":"`+string(to)+`"}}`, next)
}

func unwired() string { return doc("queue", queue, end) }
func wired(guide instance.FlowID) string {
	return doc("set", hooks("DisconnectAgentUI", guide, "queue"), queue, end)
}
func noAgent() string { return doc("end", end) }
func showing(view string) string {
	return doc("show", block("show", "ShowView", `{"ViewResource":{"Id":"arn:aws:connect:us-east-1:aws:view/`+view+`:1"},"InvocationTimeLimitSeconds":"60"}`, "end"), end)
}
func acwGuide() string { return showing("after-contact-work") }
func leaving(to instance.FlowID) string {
	return doc("go", block("go", "TransferToFlow", `{"ContactFlowId":"`+string(to)+`"}`, "end"), end)
}
func intoModule() string {
	return doc("mod", block("mod", "InvokeFlowModule", `{"FlowModuleId":"cccccccc-1111-4111-8111-111111111111"}`, "end"), end)
}

// fake is an instance in memory.
type fake struct {
	mu       sync.Mutex
	flows    map[instance.FlowID]*fakeFlow
	modules  map[string]instance.Module
	links    []instance.Association
	numbers  []instance.Number
	instance []instance.Instance
	view     instance.View
	fail     map[string]error               // by method, "DescribeFlow <id>" for one flow
	index    map[instance.FlowID]string     // what the search gives instead of the published copy
	hidden   map[instance.FlowID]bool       // not in the search's index yet
	before   func(method string, id string) // called before each answer, without the lock
	calls    map[string]int
	sources  []survey.Source
}

type fakeFlow struct {
	instance.Flow
	published, saved string // published "" is never
}

func newFake() *fake {
	return &fake{flows: map[instance.FlowID]*fakeFlow{}, modules: map[string]instance.Module{}, instance: []instance.Instance{inst}, fail: map[string]error{}, calls: map[string]int{},
		index: map[instance.FlowID]string{}, hidden: map[instance.FlowID]bool{}, sources: []survey.Source{{Region: "us-east-1"}}}
}

// put adds an active inbound flow named after its number, published with its content.
func (f *fake) put(n int, content string, mend ...func(*fakeFlow)) instance.FlowID {
	x := &fakeFlow{Flow: instance.Flow{ID: fid(n), ARN: inst.ARN + "/contact-flow/" + string(fid(n)), Name: fmt.Sprintf("Flow %02d", n), Type: instance.TypeInbound, State: instance.StateActive}, published: content, saved: content}
	for _, m := range mend {
		m(x)
	}
	f.flows[x.ID] = x
	return x.ID
}

func named(name string) func(*fakeFlow)          { return func(x *fakeFlow) { x.Name = name } }
func archived(x *fakeFlow)                       { x.State = instance.StateArchived }
func neverPublished(x *fakeFlow)                 { x.published = "" }
func drafted(content string) func(*fakeFlow)     { return func(x *fakeFlow) { x.saved = content } }
func ofType(t instance.FlowType) func(*fakeFlow) { return func(x *fakeFlow) { x.Type = t } }
func tagged(k, v string) func(*fakeFlow) {
	return func(x *fakeFlow) { x.Tags = map[string]string{k: v} }
}

func (x *fakeFlow) summary() instance.Flow {
	s := x.Flow
	s.Status, s.Tags = instance.StatusPublished, nil
	if x.published == "" {
		s.Status = instance.StatusSaved
	}
	return s
}

func (f *fake) enter(ctx context.Context, method, id string) error {
	if f.before != nil {
		f.before(method, id)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	instance.Called(ctx)
	f.calls[method]++
	if err := f.fail[method+" "+id]; err != nil {
		return err
	}
	if err := f.fail[method]; err != nil {
		return err
	}
	return ctx.Err()
}

func (f *fake) Sources() []survey.Source { return f.sources }

func (f *fake) Instances(ctx context.Context, s survey.Source) ([]instance.Instance, error) {
	if err := f.enter(ctx, "Instances", s.Name); err != nil {
		return nil, err
	}
	return f.instance, nil
}

func (f *fake) ids() []instance.FlowID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.flows))
}

func (f *fake) SearchFlows(ctx context.Context, _ instance.Instance, types []instance.FlowType, yield func([]instance.Flow) bool) error {
	var page []instance.Flow
	for _, id := range f.ids() {
		f.mu.Lock()
		x := f.flows[id]
		if x != nil && slices.Contains(types, x.Type) && !f.hidden[id] {
			r := x.summary()
			r.Tags, r.Content = x.Tags, x.published
			if r.Content == "" {
				r.Content = x.saved
			}
			if s, ok := f.index[id]; ok {
				r.Content = s
			}
			page = append(page, r)
		}
		f.mu.Unlock()
	}
	for {
		if err := f.enter(ctx, "SearchFlows", ""); err != nil {
			return err
		}
		n := min(100, len(page))
		if !yield(page[:n]) || n == len(page) {
			return nil
		}
		page = page[n:]
	}
}

func (f *fake) ListFlows(ctx context.Context, _ instance.Instance, types ...instance.FlowType) ([]instance.Flow, error) {
	if err := f.enter(ctx, "ListFlows", ""); err != nil {
		return nil, err
	}
	var out []instance.Flow
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(f.flows)) {
		if x := f.flows[id]; len(types) == 0 || slices.Contains(types, x.Type) {
			out = append(out, x.summary())
		}
	}
	return out, nil
}

func (f *fake) DescribeFlow(ctx context.Context, _ instance.Instance, id string) (instance.Flow, error) {
	if err := f.enter(ctx, "DescribeFlow", id); err != nil {
		return instance.Flow{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	bare, qualifier, _ := strings.Cut(id, ":")
	x := f.flows[instance.FlowID(bare)]
	if x == nil {
		return instance.Flow{}, refuse(fault.NotFound, "aws.not-found", "ResourceNotFoundException")
	}
	out := x.summary()
	out.Tags, out.Content = x.Tags, x.published
	if qualifier == "$SAVED" {
		out.Content = x.saved
	} else if x.published == "" {
		return instance.Flow{}, refuse(fault.NotFound, "aws.not-published", "ContactFlowNotPublishedException")
	}
	return out, nil
}

func (f *fake) Associations(ctx context.Context, _ instance.Instance) ([]instance.Association, error) {
	return f.links, f.enter(ctx, "Associations", "")
}
func (f *fake) Numbers(ctx context.Context, _ instance.Instance) ([]instance.Number, error) {
	return f.numbers, f.enter(ctx, "Numbers", "")
}
func (f *fake) DescribeModule(ctx context.Context, _ instance.Instance, id string) (instance.Module, error) {
	if err := f.enter(ctx, "DescribeModule", id); err != nil {
		return instance.Module{}, err
	}
	if m, ok := f.modules[id]; ok {
		return m, nil
	}
	return instance.Module{}, refuse(fault.NotFound, "aws.not-found", "ResourceNotFoundException")
}
func (f *fake) DescribeView(ctx context.Context, _ instance.Instance, id string) (instance.View, error) {
	return f.view, f.enter(ctx, "DescribeView", id)
}

func (f *fake) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

func (f *fake) publish(id instance.FlowID, content string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flows[id].published, f.flows[id].saved = content, content
}

// refuse is a fault as the gateway gives it.
func refuse(k fault.Kind, id, code string) *fault.Error {
	e := fault.New(k, id)
	e.Code = code
	return e
}

var denied = refuse(fault.Denied, "aws.denied", "AccessDeniedException")

func serve(f *fake) *survey.Service {
	return survey.New(f, survey.ServiceOptions{Now: func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }})
}

func read(t *testing.T, s *survey.Service) *survey.Reading {
	t.Helper()
	r, err := s.Read(t.Context(), inst.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range r.Warnings {
		sentence(t, w)
	}
	if r.MethodReason != nil {
		sentence(t, *r.MethodReason)
	}
	return r
}

func row(t *testing.T, r *survey.Reading, id instance.FlowID) survey.FlowRow {
	t.Helper()
	row, ok := r.Row(id)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	return row
}

// sentence checks that the catalogue has the message and that no argument is missing.
func sentence(t *testing.T, m fault.Message) {
	t.Helper()
	if s := i18n.Text(context.Background(), m); strings.Contains(s, "<no value>") || strings.HasPrefix(s, "[") {
		t.Errorf("%s: %s", m.ID, s)
	}
}
