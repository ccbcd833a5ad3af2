package conform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Exchange is a request and its whole answer.
type Exchange struct {
	Method string
	Path   string // escaped, as sent
	Query  string // raw
	Sent   []byte // the request's body

	Status int
	Header http.Header
	Body   []byte
}

// Verdict is what the model says of an exchange.
type Verdict struct {
	Operation string   // "" where the model has none for the request
	Code      string   // the error's name; "" for a success
	Common    bool     // the error is one that every operation may answer with, and that this one does not model
	Faults    []string // where the answer is not as the model has it; none for a request without an operation
}

// common are errors of the layers around every operation, with their status (AWS's pages of common errors; the last, of an
// expired page token, by the best practices for the Connect APIs). No operation models them, save the first.
var common = map[string]int{
	"AccessDeniedException":       http.StatusForbidden,
	"ExpiredTokenException":       http.StatusForbidden,
	"IncompleteSignature":         http.StatusForbidden,
	"UnrecognizedClientException": http.StatusForbidden,
	"RequestExpired":              http.StatusBadRequest,
	"ServiceUnavailable":          http.StatusServiceUnavailable,
	"InvalidToken":                http.StatusBadRequest,
}

// Judge holds an exchange against the model: a success by the operation's output, and by its input too, since what is
// accepted must have been valid; an error by the operation's errors.
func (m *Model) Judge(x Exchange) Verdict {
	op, labels := m.Find(x.Method, x.Path)
	if op == nil {
		return Verdict{}
	}
	h := &holder{m: m, answer: true}
	v := Verdict{Operation: op.Name}
	if x.Header.Get("x-amzn-RequestId") == "" {
		h.say("x-amzn-RequestId", "the header is missing")
	}
	if t := x.Header.Get("Content-Type"); t != "application/json" && len(x.Body) > 0 {
		h.say("Content-Type", "%q is not application/json", t)
	}
	switch {
	case x.Status == http.StatusOK:
		h.success(op, x)
		if r := m.request(op, labels, x); len(r) > 0 {
			h.say("accepted", "a request outside the model: %s", strings.Join(r, "; "))
		}
	case x.Status >= 400:
		v.Code, v.Common = h.refusal(op, x)
	default:
		h.say("status", "%d is neither 200 nor an error", x.Status)
	}
	v.Faults = h.faults
	return v
}

// success holds a body against the output. One without members may be empty as well as {}.
func (h *holder) success(op *Operation, x Exchange) {
	void := op.Output == nil || len(h.m.Shapes[op.Output.Shape].Members) == 0
	body := bytes.TrimSpace(x.Body)
	if void && (len(body) == 0 || string(body) == "{}") {
		return
	}
	v, err := decode(body)
	switch {
	case err != nil:
		h.say("$", "the body cannot be read: %v", err)
	case void:
		h.say("$", "an operation without output answered %s", short(v))
	default:
		h.hold(v, op.Output.Shape, "$")
		h.page(op, x, v)
	}
}

// page holds the number of results against the size of page that was asked for.
func (h *holder) page(op *Operation, x Exchange, v any) {
	p, paged := h.m.Pagination[op.Name]
	o, _ := v.(map[string]any)
	results, _ := o[p.ResultKey].([]any)
	if !paged || p.LimitKey == "" {
		return
	}
	d := h.m.Shapes[op.Input.Shape].Members[p.LimitKey]
	var size json.Number
	if q, err := url.ParseQuery(x.Query); d.Location == "querystring" && err == nil {
		size = json.Number(q.Get(d.wire(p.LimitKey)))
	} else if sent, err := decode(x.Sent); err == nil {
		body, _ := sent.(map[string]any)
		size, _ = body[d.wire(p.LimitKey)].(json.Number)
	}
	if n, err := size.Int64(); err == nil && int64(len(results)) > n {
		h.say("$."+p.ResultKey, "%d results on a page of %d", len(results), n)
	}
}

// refusal holds an error against those that the operation models. Its name is in a header, or else in the body.
func (h *holder) refusal(op *Operation, x Exchange) (code string, unmodelled bool) {
	v, err := decode(x.Body)
	body, ok := v.(map[string]any)
	if err != nil || !ok {
		h.say("$", "the body of an error is no JSON object: %.60q", x.Body)
	}
	code = errorName(cmp.Or(x.Header.Get("X-Amzn-ErrorType"), textOf(body, "__type"), textOf(body, "code")))
	delete(body, "__type")
	delete(body, "code")
	want, shared := common[code]
	switch {
	case code == "":
		h.say("status", "%d without the error's name in X-Amzn-ErrorType, __type or code", x.Status)
		return "", false
	case op.models(code):
		want = h.m.Shapes[code].Error.HTTPStatusCode
		if ok {
			h.hold(v, code, "$")
		}
	case !shared:
		h.say("status", "%d %s, which %s does not model", x.Status, code, op.Name)
		return code, false
	}
	if x.Status != want {
		h.say("status", "%s is %d, not %d", code, want, x.Status)
	}
	return code, !op.models(code)
}

// errorName takes off a namespace in front (ns#Name) and a link behind (Name:http://…), as the SDKs do.
func errorName(s string) string {
	s, _, _ = strings.Cut(s, ":")
	if i := strings.LastIndex(s, "#"); i >= 0 {
		s = s[i+1:]
	}
	return s
}

// request says what is wrong with a request. Members that the model does not know are passed over, as services do.
func (m *Model) request(op *Operation, labels map[string]string, x Exchange) []string {
	h := &holder{m: m}
	if op.Input == nil {
		return nil
	}
	s := m.Shapes[op.Input.Shape]
	query, err := url.ParseQuery(x.Query)
	if err != nil {
		h.say("query", "%v", err)
	}
	if body, err := sentBody(x.Sent); err != nil {
		h.say("body", "%v", err)
	} else {
		h.hold(body, op.Input.Shape, "body")
	}
	for name, d := range s.Members {
		switch d.Location {
		case "uri":
			if t, err := url.PathUnescape(labels[d.wire(name)]); err != nil || t == "" {
				h.say(name, "the path has none, or none that can be read")
			} else {
				h.hold(m.fromText(d.Shape, t), d.Shape, name)
			}
		case "querystring":
			all, given := query[d.wire(name)]
			if given {
				h.hold(m.fromTexts(d.Shape, all), d.Shape, name)
			} else if slices.Contains(s.Required, name) {
				h.say(name, "it is required")
			}
		}
	}
	slices.Sort(h.faults)
	return h.faults
}

// sentBody reads a request's body; none is an empty object.
func sentBody(b []byte) (any, error) {
	if len(bytes.TrimSpace(b)) == 0 {
		return map[string]any{}, nil
	}
	return decode(b)
}

// fromText is a member of a path or a query as the JSON value it stands for.
func (m *Model) fromText(shape, t string) any {
	switch m.Shapes[shape].Type {
	case "integer", "long", "timestamp":
		return json.Number(t)
	case "boolean":
		if t == "true" || t == "false" {
			return t == "true"
		}
	}
	return t
}

func (m *Model) fromTexts(shape string, all []string) any {
	s := m.Shapes[shape]
	if s.Type != "list" {
		return m.fromText(shape, all[0])
	}
	list := make([]any, len(all))
	for i, t := range all {
		list[i] = m.fromText(s.Member.Shape, t)
	}
	return list
}
