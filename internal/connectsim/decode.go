package connectsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"
)

// maxBody is the most that is read of a request: content of 256,000 characters, each as a six-character escape, escaped
// once more, and room for the rest.
const maxBody = 4 << 20

// request is what was read of an HTTP request before anything was looked up.
type request struct {
	op     *operation
	labels map[string]string // path members
	query  url.Values
	form   url.Values // STS
	body   []byte
	auth   credentials
}

// read routes and reads a request. The operation is nil where there is none.
func (s *Sim) read(r *http.Request) (*request, *apiError) {
	q := &request{auth: parseAuthorization(r.Header.Get("Authorization"))}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	path := r.URL.EscapedPath()
	if path == "/" || path == "" {
		return q, q.readForm(s.ops.list, r, raw, err)
	}
	q.op, q.labels = s.ops.route(r.Method, path)
	if q.op == nil {
		return q, unknown(r.Method, path)
	}
	q.body = raw
	var bad error
	q.query, bad = url.ParseQuery(r.URL.RawQuery)
	return q, q.op.readable(r, raw, errors.Join(err, bad))
}

// readable refuses what cannot be a request of this operation, before a byte of it is looked at.
func (op *operation) readable(r *http.Request, raw []byte, err error) *apiError {
	switch {
	case err != nil:
		return op.malformed("the request cannot be read: %v", err)
	case len(raw) > maxBody:
		return op.malformed("the request is longer than %d bytes", maxBody)
	case !utf8.Valid(raw):
		return op.malformed("the request is not UTF-8")
	case len(raw) > 0 && !jsonType(r.Header.Get("Content-Type")):
		return fail("UnsupportedMediaTypeException", "the request's content type is not application/json")
	}
	return nil
}

func jsonType(header string) bool {
	t, _, err := mime.ParseMediaType(header)
	return err == nil && (t == "application/json" || t == "application/x-amz-json-1.1")
}

// decode checks the request against the operation's members.
func (q *request) decode() (values, *apiError) {
	doc, fault := q.document()
	if fault != nil {
		return nil, fault
	}
	in := values{}
	for _, m := range q.op.in {
		if err := m.take(in, q.raw(m, doc), m.name); err != nil {
			return nil, q.op.invalid("%s", err)
		}
	}
	return in, nil
}

// raw gives a member as a JSON value, nil where absent.
func (q *request) raw(m member, doc map[string]any) any {
	switch m.in {
	case inPath:
		if q.labels[m.wire] == "" {
			return nil
		}
		return fromText(m.shape, q.labels[m.wire])
	case inBody:
		return doc[m.wire]
	}
	from := q.query
	if m.in == inForm {
		from = q.form
	}
	all := from[m.wire]
	switch {
	case len(all) == 0:
		return nil
	case m.shape.kind == kindList:
		list := make([]any, len(all))
		for i, v := range all {
			list[i] = v
		}
		return list
	}
	return fromText(m.shape, all[0])
}

// fromText is a member of a path or a query string as a JSON value.
func fromText(s *shape, text string) any {
	if s.kind == kindNumber {
		return json.Number(text)
	}
	return text
}

// document reads the JSON body; none is an empty object.
func (q *request) document() (map[string]any, *apiError) {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return nil, q.op.malformed("the request's body is not a JSON object: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, q.op.malformed("the request's body goes on after its JSON object")
	}
	return doc, nil
}
