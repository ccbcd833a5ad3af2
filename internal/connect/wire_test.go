package connect_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connect"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	home    = instance.ID("aaaaaaaa-1111-4111-8111-111111111111")
	flowA   = instance.FlowID("bbbbbbbb-1111-4111-8111-111111111111")
)

var inst = instance.Instance{ID: home, Region: region, Account: account, ARN: "arn:aws:connect:us-east-1:111122223333:instance/" + string(home)}

// wire answers requests with a handler and keeps what was asked.
type wire struct {
	mu      sync.Mutex
	asked   []string
	handler http.HandlerFunc
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.Method+" "+r.URL.EscapedPath())
	w.mu.Unlock()
	rw.Header().Set("x-amzn-RequestId", "req-1")
	rw.Header().Set("Content-Type", "application/json")
	w.handler(rw, r)
}

func (w *wire) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

// dial makes a gateway on a server that answers with h; STS answers nothing.
func dial(t *testing.T, h http.HandlerFunc, mend ...func(*connect.Options)) (*connect.Gateway, *wire) {
	t.Helper()
	w := &wire{handler: h}
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	o := connect.Options{
		Regions: []string{region}, Rate: -1, Endpoint: srv.URL, STSEndpoint: srv.URL + "/sts",
		Credentials: &connect.Credentials{AccessKey: "AKIDEXAMPLE", SecretKey: "x"},
		Backoff:     func(int) time.Duration { return 0 }, HTTPTimeout: 10 * time.Second,
	}
	for _, m := range mend {
		m(&o)
	}
	g, err := connect.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return g, w
}

// answer is a handler of one fixed answer.
func answer(status int, code, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if code != "" {
			w.Header().Set("X-Amzn-ErrorType", code)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func drop(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

// wantFault checks the fault's kind and sentence, and that the catalogue has the sentence.
func wantFault(t *testing.T, err error, kind fault.Kind, id string) *fault.Error {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a fault", err)
	}
	if f.Kind != kind || f.Message.ID != id {
		t.Fatalf("got %v %q (%v), want %v %q", f.Kind, f.Message.ID, f.Err, kind, id)
	}
	if s := i18n.Text(context.Background(), f.Message); strings.Contains(s, "<no value>") || strings.HasPrefix(s, "[") {
		t.Errorf("sentence of %s: %s", id, s)
	}
	return f
}

func TestErrorsOfTheServiceBecomeFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		status   int
		code     string
		body     string
		kind     fault.Kind
		id       string
		calls    int // requests sent; repeats included
		problems []string
	}{
		{"a denial that the model does not list", 403, "AccessDeniedException", `{"Message":"no"}`, fault.Denied, "aws.denied", 1, nil},
		{"a denial with a namespace and a link in its code", 403, "aws#AccessDeniedException:http://x", `{}`, fault.Denied, "aws.denied", 1, nil},
		{"403 with a code nobody knows", 403, "SomethingNew", `{}`, fault.Denied, "aws.denied", 1, nil},
		{"an expired token", 403, "ExpiredTokenException", `{}`, fault.Unavailable, "aws.expired", 1, nil},
		{"keys that AWS does not know", 403, "UnrecognizedClientException", `{}`, fault.Unavailable, "aws.bad-credentials", 1, nil},
		{"a wrong clock", 400, "RequestExpired", `{}`, fault.Unavailable, "aws.clock", 1, nil},
		{"a throttle is tried again", 429, "ThrottlingException", `{"Message":"slow"}`, fault.Throttled, "aws.throttled", 8, nil},
		{"the throttle of the view operations", 429, "TooManyRequestsException", `{}`, fault.Throttled, "aws.throttled", 8, nil},
		{"429 without a code is a throttle", 429, "", `{}`, fault.Throttled, "aws.throttled", 8, nil},
		{"a full quota of flows is not tried again", 429, "LimitExceededException", `{}`, fault.Conflict, "aws.quota", 1, nil},
		{"a full quota of views", 402, "ServiceQuotaExceededException", `{}`, fault.Conflict, "aws.quota", 1, nil},
		{"a missing flow", 404, "ResourceNotFoundException", `{}`, fault.NotFound, "aws.not-found", 1, nil},
		{"a flow never published", 404, "ContactFlowNotPublishedException", `{}`, fault.NotFound, "aws.not-published", 1, nil},
		{"a fault of the service is tried three times", 500, "InternalServiceException", `{}`, fault.Unavailable, "aws.service", 3, nil},
		{"a fault without a JSON body", 502, "", `<html>`, fault.Unavailable, "aws.service", 3, nil},
		{"a refusal keeps the service's words", 400, "InvalidParameterException", `{"Message":"bad id"}`, fault.Invalid, "aws.refused", 1, []string{"bad id"}},
		{"an answer that is not JSON", 200, "", `<html>`, fault.Unavailable, "aws.undecodable", 1, nil},
		{"a time that is not a number", 200, "", `{"ContactFlow":{"LastModifiedTime":"2026-01-01T00:00:00Z"}}`, fault.Unavailable, "aws.undecodable", 1, nil},
		{"an empty 200", 200, "", ``, fault.Unavailable, "aws.empty", 1, nil},
		{"a flow without content", 200, "", `{"ContactFlow":{"Id":"` + string(flowA) + `"}}`, fault.Unavailable, "aws.empty", 1, nil},
		{"another flow than the one asked for", 200, "", `{"ContactFlow":{"Id":"` + string(home) + `","Content":"{}"}}`, fault.Unavailable, "aws.other-flow", 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, w := dial(t, answer(tt.status, tt.code, tt.body))
			_, err := g.DescribeFlow(t.Context(), inst, string(flowA))
			f := wantFault(t, err, tt.kind, tt.id)
			if w.calls() != tt.calls {
				t.Errorf("%d requests, want %d", w.calls(), tt.calls)
			}
			if diff := cmp.Diff(tt.problems, f.Problems); diff != "" {
				t.Error(diff)
			}
			if tt.status != 200 && f.RequestID != "req-1" {
				t.Errorf("request id %q", f.RequestID)
			}
			if tt.id == "aws.denied" && f.Message.Args["Action"] != "connect:DescribeContactFlow" {
				t.Errorf("the action is %q", f.Message.Args["Action"])
			}
		})
	}
}

func TestADenialNamesTheActionThatIsMissing(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"User: arn:aws:iam::111122223333:user/x is not authorized to perform: ds:DescribeDirectories on resource: * because no identity-based policy allows the ds:DescribeDirectories action": "ds:DescribeDirectories",
		"not authorized to perform: <script>": "connect:DescribeContactFlow",
		"no":                                  "connect:DescribeContactFlow",
	} {
		body, err := json.Marshal(map[string]string{"Message": message})
		if err != nil {
			t.Fatal(err)
		}
		g, _ := dial(t, answer(403, "AccessDeniedException", string(body)))
		_, err = g.DescribeFlow(t.Context(), inst, string(flowA))
		if f := fault.From(err); f.Message.ID != "aws.denied" || f.Message.Args["Action"] != want {
			t.Errorf("%s: %v", message, f.Message)
		}
	}
}

func TestProblemsOfAFlowAreKept(t *testing.T) {
	t.Parallel()
	g, _ := dial(t, answer(400, "InvalidContactFlowException", `{"problems":[{"message":"Invalid branch. Path: 2.Evaluate"},{"message":"b"}]}`))
	_, err := g.UpdateFlowContent(t.Context(), inst, flowA, "{}")
	f := wantFault(t, err, fault.Invalid, "aws.invalid-flow")
	if diff := cmp.Diff([]string{"Invalid branch. Path: 2.Evaluate", "b"}, f.Problems); diff != "" {
		t.Error(diff)
	}
	if f.Code != "InvalidContactFlowException" || f.RequestID != "req-1" {
		t.Errorf("code %q, request id %q", f.Code, f.RequestID)
	}
}

func TestWritesAreNeverRepeatedBlindly(t *testing.T) {
	t.Parallel()
	create := func(g *connect.Gateway, ctx context.Context) error {
		_, err := g.CreateFlow(ctx, inst, instance.NewFlow{Name: "Guide", Type: instance.TypeInbound, Content: "{}"})
		return err
	}
	update := func(g *connect.Gateway, ctx context.Context) error {
		_, err := g.UpdateFlowContent(ctx, inst, flowA, "{}")
		return err
	}
	writes := map[string]func(*connect.Gateway, context.Context) error{"create": create, "update": update}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		kind    fault.Kind
		id      string
		calls   int
	}{
		{"a connection that drops after the request was sent", drop, fault.Unavailable, "aws.answer-lost", 1},
		{"a fault of the service", answer(500, "InternalServiceException", `{}`), fault.Unavailable, "aws.answer-lost", 1},
		{"a gateway's time-out", answer(504, "", `<html>`), fault.Unavailable, "aws.answer-lost", 1},
		{"a request time-out", answer(408, "RequestTimeout", `{}`), fault.Unavailable, "aws.answer-lost", 1},
		{"a throttle is a refusal, and tried again", answer(429, "ThrottlingException", `{}`), fault.Throttled, "aws.throttled", 8},
		{"a full quota", answer(429, "LimitExceededException", `{}`), fault.Conflict, "aws.quota", 1},
		{"a name in use", answer(409, "DuplicateResourceException", `{}`), fault.Conflict, "aws.name-taken", 1},
		{"a denial", answer(403, "AccessDeniedException", `{}`), fault.Denied, "aws.denied", 1},
	}
	for _, tt := range tests {
		for kind, do := range writes {
			t.Run(kind+": "+tt.name, func(t *testing.T) {
				t.Parallel()
				g, w := dial(t, tt.handler)
				wantFault(t, do(g, t.Context()), tt.kind, tt.id)
				if w.calls() != tt.calls {
					t.Errorf("%d requests, want %d", w.calls(), tt.calls)
				}
			})
		}
	}
	t.Run("a create whose answer is cut off is lost, not failed", func(t *testing.T) {
		t.Parallel()
		g, w := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"ContactFlowId":`)
		})
		wantFault(t, create(g, t.Context()), fault.Unavailable, "aws.answer-lost")
		if w.calls() != 1 {
			t.Errorf("%d requests", w.calls())
		}
	})
	t.Run("a create with an empty 200 is lost", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, answer(200, "", ""))
		f := wantFault(t, create(g, t.Context()), fault.Unavailable, "aws.answer-lost")
		if f.RequestID != "req-1" {
			t.Errorf("request id %q", f.RequestID)
		}
	})
	t.Run("an update with an empty 200 is done", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, answer(200, "", ""))
		if err := update(g, t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a write that its caller gives up after it was sent is lost", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		g, _ := dial(t, func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			cancel()
			<-r.Context().Done()
		})
		wantFault(t, update(g, ctx), fault.Unavailable, "aws.answer-lost")
	})
	t.Run("a throttle and then a dropped connection is lost", func(t *testing.T) {
		t.Parallel()
		n := 0
		g, w := dial(t, func(w http.ResponseWriter, r *http.Request) {
			if n++; n == 1 {
				answer(429, "ThrottlingException", `{}`)(w, r)
				return
			}
			drop(w, r)
		})
		wantFault(t, create(g, t.Context()), fault.Unavailable, "aws.answer-lost")
		if w.calls() != 2 {
			t.Errorf("%d requests", w.calls())
		}
	})
}

func TestAWriteThatNeverLeftIsNotLost(t *testing.T) {
	t.Parallel()
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		srv := httptest.NewServer(http.NotFoundHandler())
		srv.Close()
		g, _ := dial(t, drop, func(o *connect.Options) { o.Endpoint = srv.URL })
		_, err := g.UpdateFlowContent(t.Context(), inst, flowA, "{}")
		wantFault(t, err, fault.Unavailable, "aws.unreachable")
	})
	t.Run("it was cancelled before its turn", func(t *testing.T) {
		t.Parallel()
		g, w := dial(t, drop)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := g.UpdateFlowContent(ctx, inst, flowA, "{}")
		wantFault(t, err, fault.Unavailable, "aws.cancelled")
		if w.calls() != 0 {
			t.Errorf("%d requests", w.calls())
		}
	})
	t.Run("the role could not be assumed, even by a fault of STS", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, answer(500, "", "<x/>"), func(o *connect.Options) {
			o.RoleARNs = []string{"arn:aws:iam::111122223333:role/reader"}
		})
		_, err := g.UpdateFlowContent(t.Context(), inst, flowA, "{}")
		if f := fault.From(err); f.Message.ID == "aws.answer-lost" || f.Kind != fault.Unavailable {
			t.Errorf("got %v", err)
		}
	})
}

func TestReadsThatGoWrongOnTheWay(t *testing.T) {
	t.Parallel()
	t.Run("a dropped connection is tried three times", func(t *testing.T) {
		t.Parallel()
		g, w := dial(t, drop)
		_, err := g.DescribeFlow(t.Context(), inst, string(flowA))
		wantFault(t, err, fault.Unavailable, "aws.unreachable")
		if w.calls() < 3 {
			t.Errorf("%d requests", w.calls())
		}
	})
	t.Run("a hanging answer ends by the attempt's time limit", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, func(o *connect.Options) { o.HTTPTimeout = 20 * time.Millisecond })
		_, err := g.DescribeFlow(t.Context(), inst, string(flowA))
		wantFault(t, err, fault.Unavailable, "aws.timeout")
	})
	t.Run("a list whose token repeats is not passed off as whole", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, answer(200, "", `{"ContactFlowSummaryList":[],"NextToken":"same"}`))
		_, err := g.ListFlows(t.Context(), inst)
		wantFault(t, err, fault.Unavailable, "aws.pages")
	})
	t.Run("throttled until the caller's time is up says throttled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		g, _ := dial(t, answer(429, "ThrottlingException", `{}`), func(o *connect.Options) {
			o.Backoff = func(int) time.Duration { cancel(); return time.Minute }
		})
		_, err := g.DescribeFlow(ctx, inst, string(flowA))
		wantFault(t, err, fault.Throttled, "aws.throttled")
	})
}

func TestWhatIsAskedOnTheWire(t *testing.T) {
	t.Parallel()
	g, w := dial(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/views/"):
			io.WriteString(w, `{"View":{"Id":"v","Version":1,"Content":{"Template":"{}","Actions":["Submit"]}}}`)
		default:
			io.WriteString(w, `{"ContactFlow":{"Id":"`+string(flowA)+`","Arn":"`+inst.ARN+`/contact-flow/`+string(flowA)+`:$SAVED","Content":"{}","State":"ACTIVE","Status":"SAVED","LastModifiedTime":1750000000.5}}`)
		}
	})
	t.Run("the saved copy, by a qualified id, is the same flow", func(t *testing.T) {
		f, err := g.DescribeFlow(t.Context(), inst, string(flowA)+":$SAVED")
		if err != nil {
			t.Fatal(err)
		}
		want := instance.Flow{ID: flowA, ARN: inst.ARN + "/contact-flow/" + string(flowA), Content: "{}", State: "ACTIVE", Status: "SAVED", Modified: time.UnixMilli(1750000000500).UTC()}
		if diff := cmp.Diff(want, f); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a view of AWS is asked for by ARN", func(t *testing.T) {
		v, err := g.DescribeView(t.Context(), inst, "after-contact-work")
		if err != nil || v.Version != 1 {
			t.Fatal(v, err)
		}
	})
	want := []string{
		"GET /contact-flows/" + string(home) + "/" + string(flowA) + "%3A%24SAVED",
		"GET /views/" + string(home) + "/arn%3Aaws%3Aconnect%3Aus-east-1%3Aaws%3Aview%2Fafter-contact-work%3A1",
	}
	if diff := cmp.Diff(want, w.asked); diff != "" {
		t.Error(diff)
	}
}
