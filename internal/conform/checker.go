package conform

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
)

// Checker holds what passes between a client and an endpoint against the model, unchanged: as a proxy, around a handler, or
// around a client's transport.
//
// What has no whole answer is counted and not judged: a connection that was cut before or in the middle of it. An answer
// that is whole and was spoiled on purpose (empty, of wrong types, an error without a name) looks like a fault: who orders
// one says so by Spoiled.
type Checker struct {
	Model  *Model
	Report *Report

	// Spoiled is asked once per request, before it is sent: true is not to judge its answer. nil is false. It is called
	// concurrently and must not read the body.
	Spoiled func(*http.Request) bool
	// OnFault is told of each fault at once; nil: the report has them all the same. It is called concurrently.
	OnFault func(Fault)
}

// Proxy is a reverse proxy in front of an address. Paths and queries are passed on as they were sent, escaped slashes and
// colons included; a connection that the endpoint cuts is cut, after the part of the answer that came.
func (c *Checker) Proxy(target *url.URL) http.Handler {
	// A connection of its own for each request: net/http repeats a read that is cut on a used one, and would hide the cut.
	direct := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	return c.Handler(&httputil.ReverseProxy{
		Transport:     direct,
		FlushInterval: -1, // the part of an answer that is cut off passes, too
		ErrorLog:      log.New(io.Discard, "", 0),
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host, p.Out.URL.RawQuery = p.In.Host, p.In.URL.RawQuery
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	})
}

// Handler passes each request to next. An answer is held back until next has returned and it was judged, so that whoever
// has an answer finds it in the report.
func (c *Checker) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x, spoiled, r := c.begin(r)
		rec, returned := &recorder{w: w}, false
		defer func() { // also where next panics to cut the connection
			x.Status, x.Header, x.Body = rec.status, w.Header(), rec.body.Bytes()
			c.end(x, returned && rec.whole(), spoiled)
			rec.release(returned)
		}()
		next.ServeHTTP(rec, r)
		returned = true
	})
}

// Transport sends each request by next; nil is http.DefaultTransport. The whole answer is read before it is handed on.
func (c *Checker) Transport(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return transport(func(r *http.Request) (*http.Response, error) {
		x, spoiled, r := c.begin(r)
		resp, err := next.RoundTrip(r)
		if err != nil {
			c.end(x, false, spoiled)
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(resume(body, err))
		x.Status, x.Header, x.Body = resp.StatusCode, resp.Header, body
		c.end(x, err == nil, spoiled)
		return resp, nil
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// begin reads a request and gives one like it with the same body, which breaks off where the first one's did.
func (c *Checker) begin(r *http.Request) (x Exchange, spoiled bool, same *http.Request) {
	spoiled = c.Spoiled != nil && c.Spoiled(r)
	same = r.WithContext(r.Context())
	if r.Body != nil && r.Body != http.NoBody {
		sent, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		x.Sent, same.Body = sent, io.NopCloser(resume(sent, err))
		if err == nil {
			same.ContentLength = int64(len(sent))
		}
	}
	x.Method, x.Path, x.Query = r.Method, r.URL.EscapedPath(), r.URL.RawQuery
	return x, spoiled, same
}

// resume reads b and then fails as its first reading did.
func resume(b []byte, err error) io.Reader {
	if err == nil {
		return bytes.NewReader(b)
	}
	return io.MultiReader(bytes.NewReader(b), broken{err})
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

func (c *Checker) end(x Exchange, whole, spoiled bool) {
	switch {
	case !whole:
		c.Report.addCut()
	case spoiled:
		c.Report.addSpoiled()
	default:
		for _, f := range c.Report.add(x, c.Model.Judge(x)) {
			if c.OnFault != nil {
				c.OnFault(f)
			}
		}
	}
}

// recorder keeps an answer back.
type recorder struct {
	w       http.ResponseWriter
	status  int
	body    bytes.Buffer
	flushed int // bytes of the body that the handler wanted gone at once
	started bool
}

func (r *recorder) Header() http.Header { return r.w.Header() }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// Flush is for http.ResponseController.
func (r *recorder) Flush() {
	r.WriteHeader(http.StatusOK)
	r.flushed, r.started = r.body.Len(), true
}

// whole says whether all was written that the header announced.
func (r *recorder) whole() bool {
	r.WriteHeader(http.StatusOK) // as net/http does for a handler that wrote nothing
	n, err := strconv.Atoi(r.Header().Get("Content-Length"))
	return err != nil || n == r.body.Len()
}

// release sends the answer; where the handler gave up, only what it had flushed, which is then gone before the
// connection is cut.
func (r *recorder) release(returned bool) {
	if returned {
		r.w.WriteHeader(r.status)
		_, _ = r.w.Write(r.body.Bytes())
	} else if r.started {
		r.w.WriteHeader(r.status)
		_, _ = r.w.Write(r.body.Bytes()[:r.flushed])
		_ = http.NewResponseController(r.w).Flush()
	}
}
