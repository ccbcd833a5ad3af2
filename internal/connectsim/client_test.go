package connectsim_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/connectsim"
)

const (
	first  = "aaaaaaaa-bbbb-cccc-dddd-111111111111"
	second = "aaaaaaaa-bbbb-cccc-dddd-222222222222"
	third  = "aaaaaaaa-bbbb-cccc-dddd-333333333333"
	east   = "us-east-1"

	// valid is content that the service would publish.
	valid = `{"Version":"2019-10-30","StartAction":"a","Metadata":{},"Actions":[{"Parameters":{},"Identifier":"a","Type":"DisconnectParticipant","Transitions":{}}]}`
	// dangling is content that it would not.
	dangling = `{"Version":"2019-10-30","StartAction":"a","Actions":[{"Parameters":{"Text":"Hello"},"Identifier":"a","Type":"MessageParticipant","Transitions":{"NextAction":"gone","Errors":[{"NextAction":"gone","ErrorType":"NoMatchingError"}]}}]}`
)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a simulator on a loopback port.
type world struct {
	*connectsim.Sim
	url   string
	clock *clock
}

func serve(t testing.TB, seed string, o connectsim.Options) *world {
	t.Helper()
	w := &world{clock: newClock()}
	o.Now = w.clock.Now
	w.Sim = connectsim.New(o)
	if err := w.Seed(seed); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(w.Sim)
	srv.Config.ErrorLog = nil
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

// client is the real SDK client, one attempt per call. Its answers are held against the service model.
func (w *world) client(t testing.TB, region string, opts ...func(*connect.Options)) *connect.Client {
	o := connect.Options{Region: region, BaseEndpoint: aws.String(w.url), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAANYKEY", "secret", ""),
		HTTPClient:  &http.Client{Transport: inOnePiece{conforming(t)}}}
	return connect.New(o, opts...)
}

// lenient is a client whose answers may be outside the model.
func (w *world) lenient(region string) *connect.Client {
	return connect.New(connect.Options{Region: region, BaseEndpoint: aws.String(w.url), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAANYKEY", "secret", ""),
		HTTPClient:  &http.Client{Transport: inOnePiece{http.DefaultTransport}}})
}

// inOnePiece sends each request's body from memory. The SDK closes a body of its own as soon as the answer's headers are
// there; an answer quicker than net/http's look for the body's end then loses its connection while it is read.
type inOnePiece struct{ http.RoundTripper }

func (p inOnePiece) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return p.RoundTripper.RoundTrip(r)
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return p.RoundTripper.RoundTrip(r)
}

// named finds a flow's id by its name.
func named(t testing.TB, c *connect.Client, instance, name string) string {
	t.Helper()
	p := connect.NewListContactFlowsPaginator(c, &connect.ListContactFlowsInput{InstanceId: &instance})
	for p.HasMorePages() {
		out, err := p.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.ContactFlowSummaryList {
			if *f.Name == name {
				return *f.Id
			}
		}
	}
	t.Fatalf("no flow %q", name)
	return ""
}

func create(t testing.TB, c *connect.Client, name, content string, status types.ContactFlowStatus) string {
	t.Helper()
	out, err := c.CreateContactFlow(t.Context(), &connect.CreateContactFlowInput{InstanceId: aws.String(first), Name: &name,
		Type: types.ContactFlowTypeContactFlow, Content: &content, Status: status})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ContactFlowId
}

// raw sends a request as a program without an SDK would, signed for the first account; header sets or replaces headers.
func (w *world) raw(t testing.TB, method, path, body string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", scope("AKIAANYKEY", east, "connect"))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func scope(key, region, service string) string {
	return "AWS4-HMAC-SHA256 Credential=" + key + "/20261122/" + region + "/" + service + "/aws4_request, SignedHeaders=host, Signature=00"
}
