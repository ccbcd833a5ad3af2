package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/reqctx"
)

func TestWhoIsAsking(t *testing.T) {
	t.Parallel()
	behind := []string{"10.0.0.0/8", "2001:db8::/32"}
	for name, c := range map[string]struct {
		proxies   []string
		remote    string
		forwarded []string
		want      string
	}{
		"no proxy, the connection":              {nil, "203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9"},
		"IPv4 in IPv6":                          {nil, "[::ffff:203.0.113.9]:1234", nil, "203.0.113.9"},
		"no address":                            {nil, "@", nil, ""},
		"past the proxies, nobody is believed":  {behind, "203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9"},
		"one proxy":                             {behind, "10.1.2.3:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		"a proxy of IPv6 with a zone":           {behind, "[2001:db8::1%eth0]:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		"what the client said itself":           {behind, "10.1.2.3:1234", []string{"192.0.2.66, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		"several headers are one":               {behind, "10.1.2.3:1234", []string{"192.0.2.66", "198.51.100.1", "10.9.9.9,"}, "198.51.100.1"},
		"garbage before which nothing is known": {behind, "10.1.2.3:1234", []string{"198.51.100.1, unknown, 10.9.9.9"}, ""},
		"proxies alone":                         {behind, "10.1.2.3:1234", []string{"10.4.4.4"}, ""},
		"a proxy that says nothing":             {behind, "10.1.2.3:1234", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			find, err := clientAddress(c.proxies)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.RemoteAddr, r.Header["X-Forwarded-For"] = c.remote, c.forwarded
			got := "not asked"
			find(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = reqctx.Address(r.Context()) })).ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
	if _, err := clientAddress([]string{"10.0.0.1"}); err == nil {
		t.Error("an address is taken for a range")
	}
}

func TestAnAnswerRemembersWhatWasWritten(t *testing.T) {
	t.Parallel()
	early := &answer{ResponseWriter: httptest.NewRecorder()}
	early.WriteHeader(http.StatusEarlyHints)
	if early.status != 0 {
		t.Errorf("announced, it counts as begun: %d", early.status)
	}
	w := httptest.NewRecorder()
	a := &answer{ResponseWriter: w}
	a.WriteHeader(http.StatusTeapot)
	if _, err := a.Write([]byte("tea")); err != nil || a.status != http.StatusTeapot || a.bytes != 3 {
		t.Errorf("%d, %d bytes, %v", a.status, a.bytes, err)
	}
	if err := http.NewResponseController(a).Flush(); err != nil || !w.Flushed {
		t.Errorf("it does not flush: %v", err)
	}
}

func TestHeadIsAnsweredAsGet(t *testing.T) {
	t.Parallel()
	r := chi.NewRouter()
	r.Use(getHead)
	r.Get("/get", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Method", r.Method) })
	r.Head("/head", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	r.Get("/head", func(http.ResponseWriter, *http.Request) {})
	r.Post("/post", func(http.ResponseWriter, *http.Request) {})
	for path, want := range map[string]int{"/get": 200, "/head": 204, "/post": 405, "/none": 404} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodHead, path, nil))
		if w.Code != want || path == "/get" && w.Header().Get("Method") != http.MethodHead {
			t.Errorf("%s: %d, not %d; %v", path, w.Code, want, w.Header())
		}
	}
}
