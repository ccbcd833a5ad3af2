package connect

import (
	"bytes"
	"io"
	"net/http"
)

// whole sends each request's body from memory, in one piece with its headers.
//
// The SDK's own body makes net/http send the headers ahead, and the SDK closes it as soon as the answer's headers are
// there. If the answer is quicker than net/http's look for the body's end, that look fails, and the connection is
// closed under the answer: a write that was carried out would count as one whose answer is lost.
type whole struct{ HTTPClient }

// Do sends the request.
func (w whole) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
		r.Body.Close()
		// With GetBody, net/http sends a request anew that found its idle connection closed before a byte was
		// written. It repeats no POST or PUT that left.
		r.Body, _ = body()
		r.GetBody, r.ContentLength = body, int64(len(data))
	}
	return w.HTTPClient.Do(r)
}
