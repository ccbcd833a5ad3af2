package connectsim

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"sync"
	"time"
)

type message struct {
	Message string `json:"message"`
}

// fill encodes the outcome in the protocol of the operation.
func (a *answer) fill(out any, fault *apiError) {
	if fault != nil {
		a.fail(fault)
		return
	}
	a.status = http.StatusOK
	if a.query {
		a.header, a.body = xmlType(), encodeXML(a.op, a.id, out)
		return
	}
	a.header = jsonHeader()
	a.encode(out)
}

// bodies are buffers of answers that have been written: making one for each answer was half of all memory allocated.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled is the longest body whose buffer is used again, in bytes.
const maxPooled = 1 << 20

// encode writes v as the body, in a buffer that release gives back.
func (a *answer) encode(v any) {
	if v == nil {
		a.body = []byte("{}")
		return
	}
	a.buffer = bodies.Get().(*bytes.Buffer)
	a.buffer.Reset()
	if w, ok := v.(interface{ writeJSON(*bytes.Buffer) }); ok {
		w.writeJSON(a.buffer)
	} else {
		writeJSON(a.buffer, v)
	}
	a.body = bytes.TrimSuffix(a.buffer.Bytes(), []byte("\n"))
}

// release ends the use of the body.
func (a *answer) release() {
	if a.buffer != nil && a.buffer.Cap() <= maxPooled {
		bodies.Put(a.buffer)
	}
	a.buffer, a.body = nil, nil
}

// fail encodes an error: its name in a header and a message (or the problem list) in the body, as restJson1 has it.
func (a *answer) fail(e *apiError) *answer {
	a.status, a.code = e.httpStatus(), e.code
	if a.query {
		a.header, a.body = xmlType(), encodeFault(a.id, e)
		return a
	}
	a.header = jsonHeader()
	a.header.Set("X-Amzn-ErrorType", e.code)
	a.body = encodeJSON(e.members())
	return a
}

// members of an error on the wire. Of a module's problems the name has a capital letter, of a flow's it has none.
func (e *apiError) members() any {
	list := make([]message, len(e.problems))
	for i, p := range e.problems {
		list[i].Message = p
	}
	switch e.code {
	case "InvalidContactFlowException":
		return map[string]any{"problems": list}
	case "InvalidContactFlowModuleException":
		return map[string]any{"Problems": list}
	}
	return struct {
		Message      string
		ResourceType string `json:",omitempty"`
		ResourceID   string `json:"ResourceId,omitempty"`
	}{e.message, e.user.kind, e.user.arn}
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }
func xmlType() http.Header    { return http.Header{"Content-Type": {"text/xml"}} }

// encodeJSON keeps <, > and & as they are: content comes back in the characters it was sent in.
func encodeJSON(v any) []byte {
	if v == nil {
		return []byte("{}")
	}
	var b bytes.Buffer
	writeJSON(&b, v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func writeJSON(w io.Writer, v any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // all answers are plain structs of ours
	}
}

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

func encodeXML(op, id string, out any) []byte {
	type metadata struct {
		RequestID string `xml:"RequestId"`
	}
	return mustXML(struct {
		XMLName  xml.Name
		Result   any
		Metadata metadata `xml:"ResponseMetadata"`
	}{xml.Name{Space: stsNamespace, Local: op + "Response"}, out, metadata{id}})
}

func encodeFault(id string, e *apiError) []byte {
	type detail struct{ Type, Code, Message string }
	side := "Sender"
	if e.httpStatus() >= 500 {
		side = "Receiver"
	}
	return mustXML(struct {
		XMLName   xml.Name
		Error     detail
		RequestID string `xml:"RequestId"`
	}{xml.Name{Space: stsNamespace, Local: "ErrorResponse"}, detail{side, e.code, e.message}, id})
}

func mustXML(v any) []byte {
	b, err := xml.Marshal(v)
	if err != nil {
		panic(err) // all answers are plain structs of ours
	}
	return b
}

// epoch is a timestamp as restJson1 wants it: seconds with a fraction.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// pause waits, or gives the error of a caller who is gone.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
