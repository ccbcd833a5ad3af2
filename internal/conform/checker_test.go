package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// endpoint answers as its handler says, with the headers of the protocol.
func endpoint(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-amzn-RequestId", "1")
		w.Header().Set("Content-Type", "application/json")
		h(w, r)
	})
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func cut(half string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if half != "" {
			w.Header().Set("Content-Length", fmt.Sprint(2*len(half)))
			_, _ = io.WriteString(w, half)
			_ = http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	}
}

// way is one of the three places where a checker stands.
type way func(t *testing.T, c *Checker, h http.Handler) (base string, client *http.Client)

var ways = map[string]way{
	"a proxy": func(t *testing.T, c *Checker, h http.Handler) (string, *http.Client) {
		behind := server(t, h)
		u, err := url.Parse(behind)
		if err != nil {
			t.Fatal(err)
		}
		return server(t, c.Proxy(u)), &http.Client{Transport: new(http.Transport)}
	},
	"a handler": func(t *testing.T, c *Checker, h http.Handler) (string, *http.Client) {
		return server(t, c.Handler(h)), &http.Client{Transport: new(http.Transport)}
	},
	"a transport": func(t *testing.T, c *Checker, h http.Handler) (string, *http.Client) {
		return server(t, h), &http.Client{Transport: c.Transport(new(http.Transport))}
	},
}

func server(t *testing.T, h http.Handler) string {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = nil
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// everyWay runs a test with a checker in each place.
func everyWay(t *testing.T, h http.HandlerFunc, test func(t *testing.T, c *Checker, get func(method, path, body string) (string, error))) {
	t.Helper()
	for name, place := range ways {
		t.Run("as "+name, func(t *testing.T) {
			t.Parallel()
			c := &Checker{Model: thingsModel(t), Report: new(Report)}
			base, client := place(t, c, endpoint(h))
			t.Cleanup(client.CloseIdleConnections)
			test(t, c, func(method, path, body string) (string, error) {
				r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := client.Do(r)
				if err != nil {
					return "", err
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				return string(b), err
			})
		})
	}
}

func TestWhatPassesIsUnchangedAndCounted(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusNotImplemented)
		fmt.Fprintf(w, "%s %s %d %s", r.Method, r.RequestURI, r.ContentLength, sent)
	}
	everyWay(t, echo, func(t *testing.T, c *Checker, get func(method, path, body string) (string, error)) {
		for _, path := range []string{"/other/arn%3Aaws%3Aview%2Fx%3A1", "/other/F%3A%24SAVED", "/other/%2e%2E/a/../b//c", "/other/a:b$c", "/other/%E5%90%8D%20x",
			"/other?a=b%20c&a=+;d&e=%zz", "/other/?", "/"} {
			got, err := get("PUT", path, "some text")
			if want := "PUT " + path + " 9 some text"; err != nil || got != want {
				t.Errorf("%q, want %q: %v", got, want, err)
			}
		}
		if s := c.Report.String(); !strings.Contains(s, "outside the model: 8\n") || !strings.Contains(s, "7 PUT /other 501\n") {
			t.Error(s)
		}
	})
}

func TestFaultsAreReportedWithTheirRequest(t *testing.T) {
	t.Parallel()
	everyWay(t, says(`{"Thing":{"Name":"NO"}}`), func(t *testing.T, c *Checker, get func(method, path, body string) (string, error)) {
		var mu sync.Mutex
		var told []Fault
		c.OnFault = func(f Fault) { mu.Lock(); defer mu.Unlock(); told = append(told, f) }
		got, err := get("GET", "/things/a%2Fb?kinds=FLAT", "")
		if err != nil || got != `{"Thing":{"Name":"NO"}}` {
			t.Errorf("%q, %v", got, err)
		}
		f := c.Report.Faults()
		mu.Lock()
		defer mu.Unlock()
		if len(f) != 1 || len(told) != 1 || told[0] != f[0] || f[0].Request != "GET /things/a%2Fb" || f[0].Operation != "GetThing" || f[0].Status != 200 {
			t.Fatalf("%v, told %v", f, told)
		}
		if s := c.Report.String(); !strings.Contains(s, "1 answers of 1 operations held against the service model: 1 faults") ||
			!strings.Contains(s, "1 GetThing: 1 faults\n") || !strings.Contains(s, "fault: "+f[0].String()) {
			t.Error(s)
		}
	})
}

func TestAnAcceptedRequestIsJudgedByItsBody(t *testing.T) {
	t.Parallel()
	everyWay(t, says("{}"), func(t *testing.T, c *Checker, get func(method, path, body string) (string, error)) {
		_, _ = get("PUT", "/things/a", `{"Name":"abc"}`)
		_, _ = get("PUT", "/things/a", `{"Name":"ABC"}`)
		if f := c.Report.Faults(); len(f) != 1 || !strings.Contains(f[0].What, `"ABC" breaks the pattern`) || c.Report.Answers()["PutThing"] != 2 {
			t.Error(f, c.Report.Answers())
		}
	})
}

func TestErrorsOfTheLayersAroundAreCountedApart(t *testing.T) {
	t.Parallel()
	denied := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "{}")
	}
	everyWay(t, denied, func(t *testing.T, c *Checker, get func(method, path, body string) (string, error)) {
		_, _ = get("GET", "/things/a", "")
		if s := c.Report.String(); !strings.Contains(s, "around the service: 1\n       1 GetThing AccessDeniedException\n") || len(c.Report.Faults()) != 0 {
			t.Error(s)
		}
	})
}

func TestACutConnectionIsPassedOnAsCut(t *testing.T) {
	t.Parallel()
	const half = `{"Thing":{"Name":"NO","Cou`
	for name, h := range map[string]http.HandlerFunc{"without an answer": cut(""), "in the middle": cut(half)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			var mu sync.Mutex
			counting := func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				n++
				first := n == 1
				mu.Unlock()
				if first {
					says(`{"Thing":{"Name":"ok"}}`)(w, r) // the next request finds a connection that was used
					return
				}
				h(w, r)
			}
			everyWay(t, counting, func(t *testing.T, c *Checker, get func(method, path, body string) (string, error)) {
				got, err := get("PUT", "/things/a", `{"Name":"abc"}`)
				for err == nil {
					got, err = get("PUT", "/things/a", `{"Name":"abc"}`)
				}
				if want := map[bool]string{true: half}[name == "in the middle"]; got != want {
					t.Errorf("%q came, want %q: %v", got, want, err)
				}
				if s := c.Report.String(); !strings.Contains(s, "1 requests without a whole answer") {
					t.Error(s)
				}
			})
		})
	}
}

func TestAReadThatIsCutIsNotRepeatedByTheProxy(t *testing.T) {
	t.Parallel()
	asked := 0
	var mu sync.Mutex
	behind := server(t, endpoint(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked > 1 {
			panic(http.ErrAbortHandler)
		}
		says("{}")(w, r)
	}))
	u, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	c := &Checker{Model: thingsModel(t), Report: new(Report)}
	front := server(t, c.Proxy(u))
	for range 2 { // each on a connection of its own: net/http's client would repeat the read, too
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, front+"/ping", nil)
		resp, err := client.Do(r)
		if err == nil {
			resp.Body.Close()
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if asked != 2 {
		t.Errorf("%d requests came for two", asked)
	}
}

func TestAnswersSpoiledOnPurposeAreNotJudged(t *testing.T) {
	t.Parallel()
	everyWay(t, says(""), func(t *testing.T, c *Checker, get func(method, path, body string) (string, error)) {
		c.Spoiled = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/spoiled") }
		_, _ = get("GET", "/things/spoiled", "")
		if f, s := c.Report.Faults(), c.Report.String(); len(f) != 0 || !strings.Contains(s, "1 answers spoiled on purpose") {
			t.Error(f, s)
		}
		_, _ = get("GET", "/things/empty?kinds=FLAT", "")
		if f := c.Report.Faults(); len(f) != 1 {
			t.Error(f)
		}
	})
}

func TestARequestThatBreaksOffArrivesBroken(t *testing.T) {
	t.Parallel()
	got := make(chan error, 1)
	read := func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		got <- err
	}
	c := &Checker{Model: thingsModel(t), Report: new(Report)}
	front := server(t, c.Handler(http.HandlerFunc(read)))
	conn, err := net.Dial("tcp", strings.TrimPrefix(front, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PUT /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestACallerWhoLeavesIsSeenToLeave(t *testing.T) {
	t.Parallel()
	for name, place := range ways {
		t.Run("as "+name, func(t *testing.T) {
			t.Parallel()
			arrived, left := make(chan bool), make(chan bool)
			c := &Checker{Model: thingsModel(t), Report: new(Report)}
			base, client := place(t, c, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				close(arrived)
				<-r.Context().Done()
				close(left)
				panic(http.ErrAbortHandler)
			}))
			ctx, leave := context.WithCancel(t.Context())
			go func() { <-arrived; leave() }()
			r, _ := http.NewRequestWithContext(ctx, http.MethodPut, base+"/things/a", strings.NewReader("{}"))
			if resp, err := client.Do(r); err == nil {
				resp.Body.Close()
				t.Error("an answer came")
			}
			<-left
		})
	}
}
