package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/instance"
	"wrapup/internal/webhook"
)

const (
	secret  = "a secret of some length"
	private = "path-token?key=query-token" // of the endpoint's address
)

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// clock stands still until somebody waits.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
	fail  func(wait int) error
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(_ context.Context, until time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, until.Sub(c.now))
	if c.fail != nil {
		if err := c.fail(len(c.waits)); err != nil {
			return err
		}
	}
	c.now = until
	return nil
}

// notes remember in memory what a run saves.
type notes struct {
	mu    sync.Mutex
	state json.RawMessage
	saved int
	fail  error
}

func (n *notes) Saved() json.RawMessage { return n.state }

func (n *notes) Save(_ context.Context, state json.RawMessage) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return n.fail
	}
	n.state = state
	n.saved++
	return nil
}

// endpoint receives. answer decides on the nth request, counted from 1.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	requests []received
}

type received struct {
	header http.Header
	method string
	body   string
}

func listen(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewServer(e.handler(answer))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) handler(answer func(n int, w http.ResponseWriter, r *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.requests = append(e.requests, received{r.Header.Clone(), r.Method, string(body)})
		n := len(e.requests)
		e.mu.Unlock()
		answer(n, w, r)
	}
}

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.requests)
}

func status(codes ...int) func(int, http.ResponseWriter, *http.Request) {
	return func(n int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(codes[min(n, len(codes))-1]) }
}

// sender makes one with a clock of its own, and gives what it logs.
func sender(t *testing.T, address string, change ...func(*webhook.Options)) (*webhook.Sender, *clock, *bytes.Buffer) {
	t.Helper()
	c, log := &clock{now: began}, &bytes.Buffer{}
	o := webhook.Options{
		URL: address + "/" + private, Secret: secret, Now: c.Now, Wait: c.Wait, Jitter: func() float64 { return 0.5 },
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}
	for _, f := range change {
		f(&o)
	}
	s, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, c, log
}

func event() webhook.Event {
	in := instance.Instance{ID: "aaaaaaaa-1111-4111-8111-111111111111", Alias: "main", Region: "us-east-1", Account: "111122223333", ARN: "arn"}
	return webhook.Changes("op-1", began, in, "https://wrapup.example.com/", []webhook.Change{
		{Kind: "broken", Flow: "bbbbbbbb-1111-4111-8111-000000000001", Name: `Main "line" <b>`, From: "wired", To: "broken"},
		{Kind: "new", Flow: "bbbbbbbb-1111-4111-8111-000000000002", Name: "主線", To: "not-wired"},
	})
}

// verify says whether a request is wrapup's and not older than five minutes. It stands in docs/webhooks.md.
func verify(secret, header string, body []byte, now time.Time) bool {
	var at, signature string
	for part := range strings.SplitSeq(header, ",") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "t":
			at = value
		case "v1":
			signature = value
		}
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	given, err := hex.DecodeString(signature)
	return err == nil && hmac.Equal(given, mac.Sum(nil))
}

func TestTheDocumentShowsTheVerifierThatIsTested(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("sender_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(own), "\nfunc verify(")
	body, _, ok := strings.Cut(rest, "\n}\n")
	if !ok || !strings.Contains(string(doc), "func verify("+body+"\n}\n") {
		t.Error("docs/webhooks.md shows another verify")
	}
}

func TestAnEventIsSentSigned(t *testing.T) {
	t.Parallel()
	e := listen(t, status(http.StatusNoContent))
	s, c, log := sender(t, e.URL, func(o *webhook.Options) { o.Agent = "wrapup/1.2" })
	d, err := s.Send(t.Context(), event(), &notes{})
	if err != nil || d != (webhook.Delivery{Attempts: 1, Status: 204}) {
		t.Errorf("%+v, %v", d, err)
	}
	got := e.requests[0]
	const want = `{"id":"op-1","type":"reading.changes","at":"2026-11-22T10:00:00Z",` +
		`"instance":{"id":"aaaaaaaa-1111-4111-8111-111111111111","alias":"main","region":"us-east-1","account":"111122223333"},` +
		`"url":"https://wrapup.example.com/instances/aaaaaaaa-1111-4111-8111-111111111111",` +
		`"changes":[{"kind":"broken","flow":"bbbbbbbb-1111-4111-8111-000000000001","name":"Main \"line\" \u003cb\u003e","from":"wired","to":"broken"},` +
		`{"kind":"new","flow":"bbbbbbbb-1111-4111-8111-000000000002","name":"主線","to":"not-wired"}]}`
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("the body (-want +got):\n%s", diff)
	}
	if got.method != http.MethodPost || got.header.Get("Content-Type") != "application/json" || got.header.Get("User-Agent") != "wrapup/1.2" {
		t.Errorf("%s with %v", got.method, got.header)
	}
	signature := got.header.Get(webhook.SignatureHeader)
	if !strings.HasPrefix(signature, fmt.Sprintf("t=%d,v1=", began.Unix())) {
		t.Errorf("the signature is %q", signature)
	}
	for name, v := range map[string]bool{
		"as it came":              verify(secret, signature, []byte(got.body), began) != true,
		"another body":            verify(secret, signature, []byte(got.body+" "), began),
		"another secret":          verify(secret+"x", signature, []byte(got.body), began),
		"another time":            verify(secret, strings.Replace(signature, "t=1", "t=2", 1), []byte(got.body), began),
		"later than five minutes": verify(secret, signature, []byte(got.body), began.Add(6*time.Minute)),
		"no signature":            verify(secret, "", []byte(got.body), began),
	} {
		if v {
			t.Errorf("the verifier is wrong about %s", name)
		}
	}
	if log.Len() > 0 || len(c.waits) > 0 {
		t.Errorf("waited %v, logged %s", c.waits, log)
	}
}

func TestAnEventOfNothing(t *testing.T) {
	t.Parallel()
	doc, err := json.Marshal(webhook.Changes("x", began, instance.Instance{}, "", nil))
	if err != nil || !strings.Contains(string(doc), `"changes":[]`) || strings.Contains(string(doc), `"url"`) {
		t.Errorf("%s, %v", doc, err)
	}
}

func TestEightAttemptsInSixHours(t *testing.T) {
	t.Parallel()
	for name, jitter := range map[string]float64{"least": 0, "middle": 0.5, "most": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := listen(t, status(http.StatusServiceUnavailable))
			s, c, log := sender(t, e.URL, func(o *webhook.Options) { o.Jitter = func() float64 { return jitter } })
			d, err := s.Send(t.Context(), event(), &notes{})
			if !errors.Is(err, webhook.ErrUnanswered) || d.Attempts != 8 || d.Status != 503 || e.count() != 8 {
				t.Errorf("%d requests, %+v, %v", e.count(), d, err)
			}
			var all time.Duration
			for i, w := range c.waits {
				all += w
				if want := 20 * time.Second * time.Duration([]int{1, 3, 9, 27, 81, 243, 729}[i]); w < want*8/10-1 || w > want*12/10+1 {
					t.Errorf("the wait %d is %s", i+1, w)
				}
			}
			if want := 6 * time.Hour; all < want*8/10 || all > want*125/100 || len(c.waits) != 7 {
				t.Errorf("%d waits, %s together", len(c.waits), all)
			}
			signatures := map[string]bool{}
			for _, r := range e.requests {
				signatures[r.header.Get(webhook.SignatureHeader)] = true
				if r.body != e.requests[0].body {
					t.Error("the attempts differ")
				}
			}
			if len(signatures) != 8 {
				t.Errorf("%d signatures of 8 attempts", len(signatures))
			}
			if n := strings.Count(log.String(), "a webhook was not taken"); n != 8 {
				t.Errorf("logged %d times", n)
			}
		})
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]struct {
		err      error
		requests int
	}{
		200: {nil, 1}, 202: {nil, 1}, 204: {nil, 1},
		301: {webhook.ErrRefused, 1}, 302: {webhook.ErrRefused, 1}, 304: {webhook.ErrRefused, 1}, 307: {webhook.ErrRefused, 1}, 308: {webhook.ErrRefused, 1},
		400: {webhook.ErrRefused, 1}, 401: {webhook.ErrRefused, 1}, 403: {webhook.ErrRefused, 1}, 404: {webhook.ErrRefused, 1}, 410: {webhook.ErrRefused, 1}, 422: {webhook.ErrRefused, 1},
		408: {nil, 3}, 429: {nil, 3}, 500: {nil, 3}, 502: {nil, 3}, 503: {nil, 3}, 599: {nil, 3},
	} {
		e := listen(t, func(n int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			if n == 3 {
				code = http.StatusOK
			}
			w.WriteHeader(code)
		})
		s, _, _ := sender(t, e.URL)
		if _, err := s.Send(t.Context(), event(), &notes{}); !errors.Is(err, want.err) || e.count() != want.requests {
			t.Errorf("%d: %d requests, %v", code, e.count(), err)
		}
	}
}

func TestAnEndpointThatAsksToBeLeftAloneIs(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 20 * time.Second, "5": 20 * time.Second, "100": 100 * time.Second, "0": 20 * time.Second, "-7": 20 * time.Second, "soon": 20 * time.Second,
		"99999999999999999999": 20 * time.Second, "2000000000": 6 * time.Hour,
		began.Add(time.Hour).Format(http.TimeFormat): time.Hour, began.Add(-time.Hour).Format(http.TimeFormat): 20 * time.Second,
		began.AddDate(50, 0, 0).Format(http.TimeFormat): 6 * time.Hour,
	} {
		e := listen(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(map[bool]int{true: 429, false: 200}[n == 1])
		})
		s, c, _ := sender(t, e.URL)
		if _, err := s.Send(t.Context(), event(), &notes{}); err != nil || len(c.waits) != 1 || c.waits[0] != want {
			t.Errorf("%q: waited %v, %v", value, c.waits, err)
		}
	}
}

func TestARestartGoesOnWhereTheDeliveryWas(t *testing.T) {
	t.Parallel()
	e := listen(t, status(500, 500, 500, 200))
	stopped := errors.New("the process stops")
	n := &notes{}
	for run, want := range []struct {
		err      error
		requests int
		waits    []time.Duration
	}{
		{stopped, 2, []time.Duration{20 * time.Second, time.Minute}},
		{stopped, 2, []time.Duration{50 * time.Second}}, // ten seconds later, and again it stops
		{nil, 4, []time.Duration{40 * time.Second, 3 * time.Minute}},
	} {
		s, c, _ := sender(t, e.URL)
		c.now = began.Add([]time.Duration{0, 30 * time.Second, 40 * time.Second}[run])
		c.fail = func(wait int) error {
			if want.err != nil && wait == len(want.waits) {
				return want.err
			}
			return nil
		}
		d, err := s.Send(t.Context(), event(), n)
		if !errors.Is(err, want.err) || e.count() != want.requests || !cmp.Equal(c.waits, want.waits) {
			t.Errorf("run %d: %d requests, waits %v, %+v, %v", run, e.count(), c.waits, d, err)
		}
	}
	t.Run("days later, at once", func(t *testing.T) {
		s, c, _ := sender(t, e.URL)
		c.now = began.Add(72 * time.Hour)
		n := &notes{state: json.RawMessage(`{"attempts":3,"next":"2026-11-22T11:00:00Z"}`)}
		if d, err := s.Send(t.Context(), event(), n); err != nil || d.Attempts != 4 || len(c.waits) > 0 {
			t.Errorf("%+v, %v", d, err)
		}
	})
	t.Run("a process that dies of every attempt makes eight", func(t *testing.T) {
		n, attempts := &notes{}, 0
		for range 20 {
			ctx, die := context.WithCancel(t.Context())
			killer := listen(t, func(int, http.ResponseWriter, *http.Request) { attempts++; die(); panic(http.ErrAbortHandler) })
			s, c, _ := sender(t, killer.URL)
			c.now = began.Add(time.Hour * 1000)
			if _, err := s.Send(ctx, event(), n); err == nil {
				t.Fatal("it was delivered")
			}
			die()
			killer.Close()
			var d webhook.Delivery
			if err := json.Unmarshal(n.state, &d); err != nil {
				t.Fatal(err)
			}
			d.Next = time.Time{}
			n.state, _ = json.Marshal(d)
		}
		if attempts != 8 {
			t.Errorf("%d attempts", attempts)
		}
	})
	t.Run("nothing is sent that cannot be noted", func(t *testing.T) {
		before, away := e.count(), errors.New("the database is away")
		s, _, _ := sender(t, e.URL)
		if _, err := s.Send(t.Context(), event(), &notes{fail: away}); !errors.Is(err, away) || e.count() != before {
			t.Errorf("%d requests, %v", e.count()-before, err)
		}
		if _, err := s.Send(t.Context(), event(), &notes{state: json.RawMessage(`[]`)}); err == nil || e.count() != before {
			t.Errorf("%d requests, %v", e.count()-before, err)
		}
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := listen(t, status(200))
	e := listen(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	s, _, _ := sender(t, e.URL)
	if _, err := s.Send(t.Context(), event(), &notes{}); !errors.Is(err, webhook.ErrRefused) || elsewhere.count() > 0 {
		t.Errorf("%d requests elsewhere, %v", elsewhere.count(), err)
	}
}
