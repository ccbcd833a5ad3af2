package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// answer is a ResponseWriter that remembers what was written (decision 12).
type answer struct {
	http.ResponseWriter
	status int // 0: nothing was written yet
	bytes  int
}

// Unwrap lets http.ResponseController reach what writes.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) { // else it only announces the answer
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += n
	return n, err
}

// getHead answers HEAD as GET where nothing else answers it; the server leaves the body out.
func getHead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := chi.RouteContext(r.Context()); r.Method == http.MethodHead && !c.Routes.Match(chi.NewRouteContext(), http.MethodHead, r.URL.EscapedPath()) {
			c.RouteMethod = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}
