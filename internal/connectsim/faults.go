package connectsim

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// FaultRule is one line of a fault script. A rule counts the requests that match Op and the resource, every attempt of
// them, and fires at the nth, or at every so many, or at each where neither is given. Of several that fire the first acts.
// A resource is given by its id or its name, at most one; a request is for it that names it by id or ARN, whatever the
// qualifier, or that gives that name. A view of AWS has its name for an id.
type FaultRule struct {
	Op       string   `json:"op"`                 // an operation's name; "*" is any
	Nth      int      `json:"nth,omitempty"`      // fires once, at the nth match
	Every    int      `json:"every,omitempty"`    // fires at each match whose number it divides
	Flow     string   `json:"flow,omitempty"`     // only requests for this flow
	Module   string   `json:"module,omitempty"`   // only requests for this flow module
	View     string   `json:"view,omitempty"`     // only requests for this view
	Do       FaultDo  `json:"do"`                 // what happens
	Code     string   `json:"code,omitempty"`     // error: the service's code; "" is InternalServiceException
	Status   int      `json:"status,omitempty"`   // error: the HTTP status; 0 is the code's own
	Message  string   `json:"message,omitempty"`  // error
	Problems []string `json:"problems,omitempty"` // error: of InvalidContactFlowException and InvalidContactFlowModuleException
	For      string   `json:"for,omitempty"`      // wait: "1.5s"; "" is until the caller gives up
	Content  string   `json:"content,omitempty"`  // edit: the new content or template; "" is the present one, changed a little
	Copy     string   `json:"copy,omitempty"`     // edit: "saved" leaves a draft; "" publishes
}

// FaultDo is the closed set of what a rule does.
type FaultDo string

// The faults.
const (
	DoError          FaultDo = "error"           // answers an error; nothing is changed
	DoThrottle       FaultDo = "throttle"        // answers the operation's own throttling error
	DoThrottleNoCode FaultDo = "throttle-nocode" // answers 429 without a code: the SDK does not retry it
	DoEmpty          FaultDo = "empty"           // does it, and answers 200 without a body
	DoUndecodable    FaultDo = "undecodable"     // does it, and answers members of the wrong type; broken JSON where there are none
	DoWait           FaultDo = "wait"            // waits before it does it
	DoDropBefore     FaultDo = "drop-before"     // cuts the connection; nothing is changed
	DoDropAfter      FaultDo = "drop-after"      // does it, and cuts the connection without an answer
	DoCutOff         FaultDo = "cut-off"         // does it, and cuts the connection in the middle of the answer
	DoEdit           FaultDo = "edit"            // a colleague edits the flow, module or view just before
)

var faultDos = []FaultDo{DoError, DoThrottle, DoThrottleNoCode, DoEmpty, DoUndecodable, DoWait, DoDropBefore, DoDropAfter, DoCutOff, DoEdit}

// ReadFaults reads a fault script: one JSON object per line; empty lines, lines that begin with # and the counts that
// Control writes are passed over. An error names the line.
func ReadFaults(r io.Reader) ([]FaultRule, error) {
	var rules []FaultRule
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxBody)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		var rule armed
		err := readObject(strings.NewReader(line), &rule)
		if err == nil {
			err = rule.check()
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		rules = append(rules, rule.FaultRule)
	}
	return rules, lines.Err()
}

// readObject reads one JSON object of known members, behind which nothing stands.
func readObject(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more behind the object")
	}
	return nil
}

func (r FaultRule) check() error {
	switch {
	case r.Op != "*" && operations().named[r.Op] == nil:
		return fmt.Errorf("op: no operation %q", r.Op)
	case !slices.Contains(faultDos, r.Do):
		return fmt.Errorf("do: %q is none of %v", r.Do, faultDos)
	case r.Nth < 0 || r.Every < 0 || r.Nth > 0 && r.Every > 0:
		return errors.New("nth and every: one of them, and not below 0")
	case r.Status != 0 && (r.Status < 400 || r.Status > 599):
		return fmt.Errorf("status: %d is no error", r.Status)
	case r.resources() > 1:
		return errors.New("flow, module and view: one of them")
	case r.Copy != "" && r.Copy != "saved":
		return fmt.Errorf("copy: %q is not saved", r.Copy)
	}
	if r.For != "" {
		if d, err := time.ParseDuration(r.For); err != nil || d < 0 {
			return fmt.Errorf("for: %q is no duration", r.For)
		}
	}
	return nil
}

func (r FaultRule) resources() (n int) {
	for _, x := range []string{r.Flow, r.Module, r.View} {
		if x != "" {
			n++
		}
	}
	return n
}

// armed is a rule with its counts.
type armed struct {
	FaultRule
	Seen  int `json:"seen"`
	Fired int `json:"fired"`
}

// Faults replaces the fault script; counting starts anew. It panics where ReadFaults would refuse a rule: one that never
// fired would let a test pass that tests nothing.
func (s *Sim) Faults(rules []FaultRule) {
	script := make([]*armed, len(rules))
	for i, r := range rules {
		if err := r.check(); err != nil {
			panic(fmt.Errorf("rule %d: %w", i+1, err))
		}
		script[i] = &armed{FaultRule: r}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = script
}

// pick counts the request with every rule and gives the first that fires, or nil.
func (s *Sim) pick(op *operation, in values) *FaultRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) == 0 {
		return nil
	}
	at := s.aim(op, in)
	var first *armed
	for _, a := range s.faults {
		if a.Op != "*" && a.Op != op.name || a.resources() > 0 && !at.is(a.FaultRule) {
			continue
		}
		a.Seen++
		fires := a.Nth == 0 && a.Every == 0 || a.Seen == a.Nth || a.Every > 0 && a.Seen%a.Every == 0
		if fires && first == nil {
			first = a
		}
	}
	if first == nil {
		return nil
	}
	first.Fired++
	return &first.FaultRule
}

// aimed is the flow, module or view that a request is about, whoever asks.
type aimed struct {
	kind string // "" is none
	id   string // as the request has it, without a qualifier
	name string // that the request gives
	in   *inst
	rec  record // nil where there is none
}

// aims says by which member requests name a flow, module or view, and what those act on that make one.
var aims = []struct {
	kind, member string
	made         resource
}{
	{instance.KindFlow, "ContactFlowId", onFlows},
	{instance.KindModule, "ContactFlowModuleId", onModules},
	{instance.KindView, "ViewId", onViews},
}

func (s *Sim) aim(op *operation, in values) aimed {
	if op.on == onTagged {
		for _, kind := range []string{instance.KindFlow, instance.KindModule, instance.KindView} {
			if r, ok := instance.ParseRef(in.text("resourceArn"), kind); ok {
				return s.aimAt(kind, string(r.Instance), r.ID)
			}
		}
		return aimed{}
	}
	for _, x := range aims {
		if !in.has(x.member) && op.on != x.made {
			continue
		}
		home, _ := instance.ParseInstance(in.text("InstanceId"))
		ref, _ := instance.ParseRef(in.text(x.member), x.kind)
		a := s.aimAt(x.kind, string(home.Instance), ref.ID)
		a.name = in.text("Name")
		return a
	}
	return aimed{}
}

// aimAt finds the record that has an id, where there is one.
func (s *Sim) aimAt(kind, home, id string) aimed {
	a := aimed{kind: kind, id: id, in: s.find(home)}
	if a.in == nil {
		return a
	}
	switch f, m, v := a.in.flows.get(id), a.in.modules.get(id), a.in.views.get(id); {
	case kind == instance.KindFlow && f != nil:
		a.rec = f
	case kind == instance.KindModule && m != nil:
		a.rec = m
	case kind == instance.KindView && v != nil:
		a.rec = v
	}
	return a
}

// is says whether the request is for the resource of a rule.
func (a aimed) is(r FaultRule) bool {
	want := map[string]string{instance.KindFlow: r.Flow, instance.KindModule: r.Module, instance.KindView: r.View}[a.kind]
	return want != "" && (a.id == want || a.name == want || a.rec != nil && a.rec.label() == want)
}

// before acts before the operation is done; true means that the answer stands.
func (r *FaultRule) before(ctx context.Context, s *Sim, q *request, in values, a *answer) bool {
	if r == nil {
		return false
	}
	switch r.Do {
	case DoError:
		e := q.op.internal(r.Message)
		if r.Code != "" {
			e.code = r.Code
		}
		e.status, e.problems = r.Status, r.Problems
		a.fail(e)
	case DoThrottle:
		a.fail(q.op.throttled())
	case DoThrottleNoCode:
		a.fail(q.op.throttled())
		a.status, a.body = http.StatusTooManyRequests, encodeJSON(map[string]string{"Message": "Too many requests"})
		a.header = jsonHeader()
	case DoDropBefore:
		a.drop = true
	case DoWait:
		a.drop = r.wait(ctx) != nil
		return a.drop
	case DoEdit:
		s.editBy(r, q.op, in)
		return false
	default:
		return false
	}
	return true
}

// wait waits as long as the rule says, whether the caller is still there or not: what arrives late is done late. Without an
// end it waits until the caller is gone.
func (r *FaultRule) wait(ctx context.Context) error {
	if r.For == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	d, _ := time.ParseDuration(r.For) // check has parsed it
	return pause(context.WithoutCancel(ctx), d)
}

// after spoils the answer of an operation that has been done.
func (r *FaultRule) after(a *answer) {
	if r == nil {
		return
	}
	switch r.Do {
	case DoEmpty:
		if a.status == http.StatusOK {
			a.body = nil
		}
	case DoUndecodable:
		if a.status == http.StatusOK {
			a.body = a.undecodable()
		}
	case DoDropAfter:
		a.drop = true
	case DoCutOff:
		a.cut = true
	}
}

// undecodable gives every member of the answer a type it cannot have. An answer without members is broken off instead.
func (a *answer) undecodable() []byte {
	if a.query {
		return []byte("<" + a.op + "Response>")
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(a.body, &members) != nil || len(members) == 0 {
		return []byte("{")
	}
	for k, v := range members {
		members[k] = json.RawMessage(`"not what the model says"`)
		if v[0] == '"' {
			members[k] = json.RawMessage(`[]`)
		}
	}
	return encodeJSON(members)
}

// editBy plays the colleague of an edit rule; one whose edit cannot be kept has made none.
func (s *Sim) editBy(r *FaultRule, op *operation, in values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.aim(op, in); at.rec != nil {
		if err := s.play(at, *r); err != nil {
			s.o.Log.Error("edit", "op", op.name, "error", err)
		}
	}
}

// play edits as a rule says. Without content it adds to what is there, and leaves as it is what would then be more than the
// service takes: else a rule that fires at each request had no end.
func (s *Sim) play(at aimed, r FaultRule) error {
	if r.Content == "" && full(at.rec) {
		return nil
	}
	return s.edit(at, r.Content, r.Copy)
}

// full says whether a flow, module or view has no room for an edit without content.
func full(rec record) bool {
	switch r := rec.(type) {
	case *flowRecord:
		return tooMuch(edited(r.Saved.text()))
	case *moduleRecord:
		return tooMuch(edited(r.Saved.text()))
	case *viewRecord:
		return len(retitled(r.Saved.Template))+len(strings.Join(r.Saved.Actions, "")) > maxViewContent
	}
	return true
}

// tooMuch says whether content has more blocks or characters than the service takes. What is no flow has no blocks.
func tooMuch(content string) bool {
	var doc map[string]json.RawMessage
	var blocks []json.RawMessage
	if json.Unmarshal([]byte(content), &doc) == nil {
		_ = json.Unmarshal(doc["Actions"], &blocks)
	}
	return len(blocks) > flow.MaxActions || flow.UTF16Len([]byte(content)) > flow.MaxContent
}
