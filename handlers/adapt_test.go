package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"wrapup/internal/fault"
	"wrapup/internal/reqctx"
)

// noSession is a request without one: error pages are rendered outside of it too.
type noSession struct{ flashes []Flash }

func (*noSession) Person(context.Context) string         { return "" }
func (*noSession) SignIn(context.Context, string) error  { return nil }
func (*noSession) SignOut(context.Context) error         { return nil }
func (*noSession) Alive(context.Context) bool            { return false }
func (s *noSession) PutFlash(_ context.Context, f Flash) { s.flashes = append(s.flashes, f) }
func (s *noSession) TakeFlashes(context.Context) []Flash { f := s.flashes; s.flashes = nil; return f }
func bareShell(log io.Writer) *Shell {
	return &Shell{Deps{Log: slog.New(slog.NewTextHandler(log, nil)), Session: &noSession{}, Now: time.Now}}
}

// failing answers a request with err.
func failing(t *testing.T, method string, err error) (*httptest.ResponseRecorder, *goquery.Document, string) {
	t.Helper()
	var log bytes.Buffer
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "/instances?q=a", nil)
	r = r.WithContext(reqctx.WithID(r.Context(), "REQ1"))
	bareShell(&log).Adapt(func(http.ResponseWriter, *http.Request) error { return err })(w, r)
	d, perr := goquery.NewDocumentFromReader(bytes.NewReader(w.Body.Bytes()))
	if perr != nil {
		t.Fatal(perr)
	}
	return w, d, log.String()
}

func TestAdapt(t *testing.T) {
	t.Parallel()
	secret := errors.New("dial tcp 10.1.2.3: secret detail")
	for kind, status := range map[fault.Kind]int{
		fault.NotFound: 404, fault.Invalid: 422, fault.Conflict: 409, fault.Denied: 403, fault.Throttled: 429, fault.Unavailable: 503, fault.Internal: 500,
	} {
		t.Run(kind.String()+" has its status, sentence, code and request ids, never the error's text", func(t *testing.T) {
			t.Parallel()
			err := fault.New(kind, "error.form").Because(secret)
			err.Code, err.RequestID, err.Problems = "SomeException", "aws-request-7", []string{"Block <x> has no branch"}
			w, d, log := failing(t, http.MethodGet, err)
			text := d.Text()
			if w.Code != status {
				t.Errorf("status %d, want %d", w.Code, status)
			}
			for _, want := range []string{"The form could not be read", "SomeException", "aws-request-7", "REQ1", "Block <x> has no branch"} {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			if strings.Contains(text, "secret detail") {
				t.Error("the page shows the error's text")
			}
			if strings.Count(log, "secret detail") != 1 {
				t.Errorf("logged not once: %s", log)
			}
			if d.Find("h1").Length() != 1 {
				t.Error("no h1")
			}
		})
	}
	t.Run("an error nobody classified is internal", func(t *testing.T) {
		t.Parallel()
		w, d, _ := failing(t, http.MethodGet, secret)
		if w.Code != 500 || strings.Contains(d.Text(), "secret") {
			t.Error(w.Code, d.Text())
		}
	})
	t.Run("Retry is offered where trying again can help, and only for GET", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			method string
			kind   fault.Kind
			want   int
		}{{"GET", fault.Unavailable, 1}, {"GET", fault.Throttled, 1}, {"GET", fault.Denied, 0}, {"POST", fault.Unavailable, 0}} {
			_, d, _ := failing(t, c.method, fault.New(c.kind, "error.form"))
			if got := d.Find(".alert a[href='/instances?q=a']").Length(); got != c.want {
				t.Errorf("%s %s: %d links", c.method, c.kind, got)
			}
		}
	})
	t.Run("a denial by the service is told apart from one by the person's role", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			method, code, title string
			retry               int
		}{
			{"GET", "AccessDeniedException", "Amazon Connect denies this", 1},
			{"POST", "AccessDeniedException", "Amazon Connect denies this", 0},
			{"GET", "", "Not allowed", 0},
		} {
			err := fault.New(fault.Denied, "error.form")
			err.Code = c.code
			w, d, _ := failing(t, c.method, err)
			if h, n := strings.TrimSpace(d.Find("h1").Text()), d.Find(".alert a[href='/instances?q=a']").Length(); w.Code != 403 || h != c.title || n != c.retry {
				t.Errorf("%s %q: %d %q with %d links", c.method, c.code, w.Code, h, n)
			}
		}
	})
	t.Run("a request whose time is over says so", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		w := httptest.NewRecorder()
		bareShell(io.Discard).Adapt(func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() })(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		if w.Code != 503 || !strings.Contains(w.Body.String(), "took too long") {
			t.Error(w.Code, w.Body)
		}
	})
	t.Run("a request whose time a throttle used up names the throttle and its code", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		throttled := fault.New(fault.Throttled, "aws.throttled").Because(ctx.Err())
		throttled.Code = "ThrottlingException"
		w := httptest.NewRecorder()
		bareShell(io.Discard).Adapt(func(http.ResponseWriter, *http.Request) error { return throttled })(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		if body := w.Body.String(); w.Code != 429 || !strings.Contains(body, "ThrottlingException") || strings.Contains(body, "took too long") {
			t.Error(w.Code, body)
		}
	})
	t.Run("nothing is written to a client that went away", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w := httptest.NewRecorder()
		bareShell(io.Discard).Adapt(func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() })(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		if w.Body.Len() != 0 {
			t.Error(w.Body)
		}
	})
	t.Run("a page that cannot be rendered is answered from what needs no rendering", func(t *testing.T) {
		t.Parallel()
		w := httptest.NewRecorder()
		fallback(w, 500)
		if w.Code != 500 || !strings.Contains(w.Body.String(), "<h1>") {
			t.Error(w.Code, w.Body)
		}
	})
}

func TestRenderWritesAllOrNothing(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	half := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half a page")
		return errors.New("no more")
	})
	if err := render(w, httptest.NewRequest("GET", "/", nil), 200, half); err == nil || w.Body.Len() != 0 {
		t.Errorf("%v, wrote %q", err, w.Body)
	}
}

func TestPageTakesFlashesOnce(t *testing.T) {
	t.Parallel()
	s := bareShell(io.Discard)
	r := httptest.NewRequest("GET", "/", nil)
	s.success(r, fault.Msg("people.done.closed"), &FlashLink{fault.Msg("shell.people"), "/people"})
	p := s.Page(r, layoutProps())
	if len(p.Frame.Flashes) != 1 || p.Frame.Flashes[0].Action.Href != "/people" || !strings.HasPrefix(p.Frame.Flashes[0].Text, "The account is closed") {
		t.Errorf("%+v", p.Frame.Flashes)
	}
	if p := s.Page(r, layoutProps()); len(p.Frame.Flashes) != 0 {
		t.Error("shown twice")
	}
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"/": true, "/instances?q=a%2Fb#x": true, "": false, "instances": false, "//evil": false, "/\\evil": false, "https://evil": false,
		"/a\nb": false, "/\t/evil": false, "javascript:alert(1)": false, "///evil": false,
	} {
		if got := localPath(s); got != want {
			t.Errorf("localPath(%q) = %v", s, got)
		}
	}
}
