package e2e

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// wire stands between wrapup and Amazon Connect: it counts the writes that pass, and can keep an answer back.
type wire struct {
	endpoint string
	mu       sync.Mutex
	writes   []string      // method and path, in order
	withhold bool          // the answer to the next write is kept back until wrapup is gone
	cut      func()        // ends the server: from then on nobody answers
	withheld chan struct{} // closed once an answer is kept back: Amazon Connect has done the write by then
}

var errWithheld = errors.New("the answer is kept back")

func newWire(t *testing.T, s simulator) *wire {
	t.Helper()
	target, err := url.Parse(s.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{withheld: make(chan struct{})}
	p := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target); w.count(r.In) },
		ModifyResponse: w.answer,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	w.endpoint, w.cut = server.URL, server.Close
	return w
}

// isWrite knows the two calls that change what callers hear. Search is a POST too, and no write.
func isWrite(r *http.Request) bool {
	update := r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/contact-flows/") && strings.HasSuffix(r.URL.Path, "/content")
	create := r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/contact-flows/")
	return update || create
}

func (w *wire) count(r *http.Request) {
	if isWrite(r) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.writes = append(w.writes, r.Method+" "+r.URL.Path)
	}
}

func (w *wire) answer(a *http.Response) error {
	w.mu.Lock()
	keep := w.withhold && isWrite(a.Request)
	if keep {
		w.withhold = false
	}
	w.mu.Unlock()
	if !keep {
		return nil
	}
	close(w.withheld)
	<-a.Request.Context().Done()
	return errWithheld
}

func (w *wire) written() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.writes...)
}
