package conform

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Probe breaks each constraint that the model documents for a request once, and expects a refusal for that reason. Every
// other part of the request is valid and names what is there: the probe makes flows, modules and views of its own first,
// and shows by a valid request beside each violation that the place it breaks is otherwise in order. It needs an endpoint
// without throttling, and leaves behind what it has made.
type Probe struct {
	Model    *Model
	Endpoint string       // "http://127.0.0.1:9911"
	Instance string       // ARN of an instance of the account that any access key is of
	Client   *http.Client // nil is http.DefaultClient

	// Good has valid values by the name of their shape, such as "ViewId", where the probe's own will not do.
	Good map[string]any
}

// Result is what a probe found. All is well where Other, Accepted, Invalid and Missing are empty.
type Result struct {
	Refused  int       // violations refused as invalid
	Valid    int       // valid requests that were answered with success
	Other    []Finding // violations refused for another modelled reason, which shows nothing
	Accepted []Finding // violations accepted, or answered with an error that is not modelled, or with a broken answer
	Invalid  []Finding // valid requests that were refused or answered with a broken answer: what is beside them shows nothing
	Missing  []string  // operations answered 501
	Left     []string  // constraints that were not broken, with the reason
}

// Finding is one request of a probe and its answer.
type Finding struct {
	Operation string
	At        string // the member: "Content.Actions[0]"
	Broken    string // the constraint: "max"; "" for a valid request
	Status    int
	Code      string   // the error's name
	Faults    []string // of the answer
	Body      string   // its beginning
}

func (f Finding) String() string {
	broken := cmp.Or(f.Broken, "valid")
	return fmt.Sprintf("%s %s, %s: %d %s %.300s %s", f.Operation, f.At, broken, f.Status, f.Code, strings.Join(f.Faults, "; "), f.Body)
}

// invalid are the errors that say that a request breaks a constraint.
var invalid = []string{"InvalidParameterException", "InvalidRequestException", "InvalidContactFlowException", "InvalidContactFlowModuleException"}

// Run probes all operations of the model. The error is that of a request that got no answer.
func (p *Probe) Run(ctx context.Context) (*Result, error) {
	r := &run{Probe: p, ctx: ctx, result: &Result{}}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(p.Model.Operations)) {
		if err := r.operation(p.Model.Operations[name]); err != nil {
			return nil, fmt.Errorf("probe %s: %w", name, err)
		}
	}
	for _, b := range bugs {
		r.left("pattern of "+b.Shape, b.Reason)
	}
	r.result.Left = slices.Compact(slices.Sorted(slices.Values(r.result.Left)))
	return r.result, nil
}

// run is a probe under way.
type run struct {
	*Probe
	ctx    context.Context
	result *Result
	things things
	serial int
}

func (r *run) left(what, why string) { r.result.Left = append(r.result.Left, what+": "+why) }

func (r *run) operation(op *Operation) error {
	if missing, err := r.missing(op); err != nil || missing {
		return err
	}
	if err := r.try(op, variant{at: "required members only"}, nil); err != nil || op.Input == nil {
		return err
	}
	s := r.Model.Shapes[op.Input.Shape]
	k := &maker{r.Model, func(shape string) any { return r.good(op, shape) }, func(what, why string) { r.left(op.Name+"."+what, why) }}
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		d := s.Members[name]
		required := slices.Contains(s.Required, name)
		for _, v := range k.member(name, d, r.bounded(op, name), required) {
			if v.wrong == "" && required && v.at == name {
				continue // the first request had it
			}
			if err := r.try(op, v, map[string]any{name: v.value}); err != nil {
				return err
			}
		}
	}
	for _, x := range documentation[op.Name] {
		if err := r.try(op, x.variant, x.members); err != nil {
			return err
		}
	}
	return r.bodies(op)
}

// documented is what only the documentation says of a request's members (connect-api.md, the operations' notes).
type documented struct {
	variant
	members map[string]any
}

var documentation = map[string][]documented{
	"CreateContactFlow":              {{variant{at: "Content", wrong: "not JSON"}, map[string]any{"Content": "{"}}},
	"UpdateContactFlowContent":       {{variant{at: "Content", wrong: "not JSON"}, map[string]any{"Content": "{"}}},
	"CreateContactFlowModule":        {{variant{at: "Content", wrong: "not JSON"}, map[string]any{"Content": "{"}}},
	"UpdateContactFlowModuleContent": {{variant{at: "Content", wrong: "not JSON"}, map[string]any{"Content": "{"}}},
	"CreateView":                     templates,
	"UpdateViewContent":              templates,
	"UpdateViewMetadata":             {{variant{at: "Name and Description", wrong: "neither"}, map[string]any{"Description": absent}}},
}

// templates are for view content, of which the documentation says: at most 400 kB. Whether that is 400,000 bytes or 1,024
// times 400 it does not say: the former are accepted, more than the latter refused.
var templates = []documented{
	{variant{at: "Content.Template", wrong: "not JSON"}, template("{")},
	{variant{at: "Content.Template", wrong: "400 kB"}, template(validView + strings.Repeat(" ", 400<<10-len(validView)+1))},
	{variant{at: "Content.Template, just below 400 kB"}, template(validView + strings.Repeat(" ", 399_900-len(validView)))},
}

func template(t string) map[string]any {
	return map[string]any{"Content": map[string]any{"Template": t, "Actions": []any{"Submit"}}}
}

// bounded is a member's shape with what only the documentation says of its length.
func (r *run) bounded(op *Operation, name string) *Shape {
	s := *r.Model.Shapes[r.Model.Shapes[op.Input.Shape].Members[name].Shape]
	if b, ok := r.Model.prose[op.Input.Shape+"."+name]; ok {
		s.Min, s.Max = b.Min, b.Max
	}
	return &s
}

// missing asks with ids that nothing has: 501 is the answer to an operation that is not there.
func (r *run) missing(op *Operation) (bool, error) {
	members := map[string]any{}
	if op.Input != nil {
		for name, d := range r.Model.Shapes[op.Input.Shape].Members {
			if d.Location == "uri" {
				members[name] = "x"
			}
		}
	}
	x, err := r.send(op, members, nil)
	if err == nil && x.Status == http.StatusNotImplemented {
		r.result.Missing = append(r.result.Missing, op.Name)
		return true, nil
	}
	return false, err
}

// try sends one request: the operation's required members, with some set anew.
func (r *run) try(op *Operation, v variant, anew map[string]any) error {
	members := r.base(op)
	if v.wrong == "" {
		own, err := r.sacrifice(op.Name)
		if err != nil {
			return err
		}
		over(members, own)
	}
	maps.Copy(members, anew)
	x, err := r.send(op, members, nil)
	if err == nil {
		r.note(op, v, x)
	}
	return err
}

// bodies sends what is no JSON object where one is expected.
func (r *run) bodies(op *Operation) error {
	if !r.hasBody(op) {
		return nil
	}
	for wrong, body := range map[string]string{"not JSON": "{", "no object": "[]", "more than one object": "{}{}"} {
		x, err := r.send(op, r.base(op), []byte(body))
		if err != nil {
			return err
		}
		r.note(op, variant{at: "the body", wrong: wrong}, x)
	}
	return nil
}

func (r *run) note(op *Operation, v variant, x Exchange) {
	verdict := r.Model.Judge(x)
	f := Finding{op.Name, v.at, v.wrong, x.Status, verdict.Code, verdict.Faults, fmt.Sprintf("%.300s", x.Body)}
	refused := x.Status >= 400 && x.Status < 500 && op.models(f.Code) && len(f.Faults) == 0
	switch {
	case v.wrong == "" && x.Status == http.StatusOK && len(f.Faults) == 0:
		r.result.Valid++
	case v.wrong == "":
		r.result.Invalid = append(r.result.Invalid, f)
	case refused && slices.Contains(invalid, f.Code):
		r.result.Refused++
	case refused:
		r.result.Other = append(r.result.Other, f)
	default:
		r.result.Accepted = append(r.result.Accepted, f)
	}
}

func (r *run) hasBody(op *Operation) bool {
	if op.Input == nil {
		return false
	}
	for _, d := range r.Model.Shapes[op.Input.Shape].Members {
		if d.Location == "" {
			return true
		}
	}
	return false
}

// send makes a request of members, by the model's names, and reads its answer. body, where given, is sent in place of
// the members'.
func (r *run) send(op *Operation, members map[string]any, body []byte) (Exchange, error) {
	path, query, object := op.HTTP.RequestURI, url.Values{}, map[string]any{}
	for name, v := range members {
		if v == absent {
			continue
		}
		d := r.Model.Shapes[op.Input.Shape].Members[name]
		switch d.Location {
		case "uri":
			path = strings.ReplaceAll(path, "{"+d.wire(name)+"}", escape(fmt.Sprint(v)))
		case "querystring":
			query[d.wire(name)] = texts(v)
		default:
			object[d.wire(name)] = v
		}
	}
	if body == nil && r.hasBody(op) {
		body, _ = json.Marshal(object) // plain values
	}
	x := Exchange{Method: op.HTTP.Method, Path: path, Query: strings.ReplaceAll(query.Encode(), "+", "%20"), Sent: body}
	return x, r.exchange(&x)
}

// escape writes a member of a path as the SDKs do, which leave only letters, digits and -_.~ as they are.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{fmt.Sprint(v)}
	}
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = fmt.Sprint(x)
	}
	return out
}

func (r *run) exchange(x *Exchange) error {
	address := r.Endpoint + x.Path
	if x.Query != "" {
		address += "?" + x.Query
	}
	req, err := http.NewRequestWithContext(r.ctx, x.Method, address, bytes.NewReader(x.Sent))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAPROBE/20261122/"+r.region()+"/connect/aws4_request, SignedHeaders=host, Signature=00")
	if x.Sent != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := cmp.Or(r.Client, http.DefaultClient)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	x.Status, x.Header = resp.StatusCode, resp.Header
	x.Body, err = io.ReadAll(resp.Body)
	return err
}

// region is that of the instance; the signature names it, and is no real one.
func (r *run) region() string {
	f := strings.Split(r.Instance, ":")
	return f[min(3, len(f)-1)]
}
