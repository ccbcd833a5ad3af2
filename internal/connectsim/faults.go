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

	"wrapup/internal/instance"
)

// FaultRule is one line of a fault script. A rule counts the requests that match Op and Flow, every attempt of them, and
// fires at the nth, or at every so many, or at each where neither is given. Of several that fire the first acts.
type FaultRule struct {
	Op       string   `json:"op"`                 // an operation's name; "*" is any
	Nth      int      `json:"nth,omitempty"`      // fires once, at the nth match
	Every    int      `json:"every,omitempty"`    // fires at each match whose number it divides
	Flow     string   `json:"flow,omitempty"`     // only requests for this flow: its id or its name
	Do       FaultDo  `json:"do"`                 // what happens
	Code     string   `json:"code,omitempty"`     // error: the service's code; "" is InternalServiceException
	Status   int      `json:"status,omitempty"`   // error: the HTTP status; 0 is the code's own
	Message  string   `json:"message,omitempty"`  // error
	Problems []string `json:"problems,omitempty"` // error: of InvalidContactFlowException
	For      string   `json:"for,omitempty"`      // wait: "1.5s"; "" is until the caller gives up
	Content  string   `json:"content,omitempty"`  // edit: the new content; "" is the present one with a block put in front
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
	DoUndecodable    FaultDo = "undecodable"     // does it, and answers members of the wrong type
	DoWait           FaultDo = "wait"            // waits before it does it
	DoDropBefore     FaultDo = "drop-before"     // cuts the connection; nothing is changed
	DoDropAfter      FaultDo = "drop-after"      // does it, and cuts the connection without an answer
	DoCutOff         FaultDo = "cut-off"         // does it, and cuts the connection in the middle of the answer
	DoEdit           FaultDo = "edit"            // a colleague edits the flow just before
)

var faultDos = []FaultDo{DoError, DoThrottle, DoThrottleNoCode, DoEmpty, DoUndecodable, DoWait, DoDropBefore, DoDropAfter, DoCutOff, DoEdit}

// ReadFaults reads a fault script: one JSON object per line; empty lines and lines that begin with # are passed over. An
// error names the line.
func ReadFaults(r io.Reader) ([]FaultRule, error) {
	var rules []FaultRule
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxBody)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		var rule FaultRule
		err := d.Decode(&rule)
		if err == nil && d.More() {
			err = errors.New("more than one object")
		}
		if err == nil {
			err = rule.check()
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		rules = append(rules, rule)
	}
	return rules, lines.Err()
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

// armed is a rule with its count.
type armed struct {
	FaultRule
	seen int
}

// Faults replaces the fault script; counting starts anew. Rules that ReadFaults would refuse never fire.
func (s *Sim) Faults(rules []FaultRule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	for _, r := range rules {
		if r.check() == nil {
			s.faults = append(s.faults, &armed{FaultRule: r})
		}
	}
}

// pick counts the request with every rule and gives the first that fires, or nil.
func (s *Sim) pick(op *operation, in values) *FaultRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first *FaultRule
	for _, a := range s.faults {
		if a.Op != "*" && a.Op != op.name || a.Flow != "" && !s.names(in, a.Flow) {
			continue
		}
		a.seen++
		fires := a.Nth == 0 && a.Every == 0 || a.seen == a.Nth || a.Every > 0 && a.seen%a.Every == 0
		if fires && first == nil {
			first = &a.FaultRule
		}
	}
	return first
}

// names says whether a request is for the flow, given by id or name; a create is for the name it gives.
func (s *Sim) names(in values, flow string) bool {
	if in.text("Name") == flow {
		return true
	}
	_, f := s.target(in)
	return f != nil && (f.ID == flow || f.Name == flow)
}

// target is the flow that a request's members name, whoever asks.
func (s *Sim) target(in values) (*inst, *flowRecord) {
	home, _ := instance.ParseInstance(in.text("InstanceId"))
	ref, ok := instance.ParseRef(in.text("ContactFlowId"), instance.KindFlow)
	if i := s.find(string(home.Instance)); ok && i != nil {
		return i, i.flows.get(ref.ID)
	}
	return nil, nil
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
		s.editBy(r, in)
		return false
	default:
		return false
	}
	return true
}

// wait waits as long as the rule says, or until the caller is gone.
func (r *FaultRule) wait(ctx context.Context) error {
	if r.For == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	d, _ := time.ParseDuration(r.For) // check has parsed it
	return pause(ctx, d)
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

// undecodable gives every member of the answer a type it cannot have.
func (a *answer) undecodable() []byte {
	if a.query {
		return []byte("<" + a.op + "Response>")
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(a.body, &members) != nil {
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

// editBy plays the colleague of an edit rule.
func (s *Sim) editBy(r *FaultRule, in values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	home, f := s.target(in)
	if f == nil {
		return
	}
	n := *f
	content := r.Content
	if content == "" {
		content = edited(f.Saved.text())
	}
	n.Saved, n.Modified = copyOf(content), s.o.Now()
	if r.Copy == "" {
		n.Published = n.Saved
	}
	s.mustCommit(change{home, &n, false})
}
