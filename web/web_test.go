package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"

	"wrapup/handlers"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/web"
)

// site is the whole shell over a store in memory, and a browser's worth of client.
type site struct {
	*httptest.Server
	t      *testing.T
	store  *store.Store
	people *people.Service
	routes chi.Routes
}

func newSite(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	s, err := store.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p := people.New(s, time.Now, people.WithHashCost(64, 1))
	o := web.Options{
		Log: slog.New(slog.DiscardHandler), Sessions: s.Sessions(), Ready: s.Ping, Metrics: web.NewMetrics(),
		Deps: handlers.Deps{People: p, Publish: publish.New(nil, s, publish.Options{}), Drafts: s, Now: time.Now, Version: "test"},
	}
	for _, c := range change {
		c(&o)
	}
	h, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &site{srv, t, s, p, h.(chi.Routes)}
}

// browser keeps cookies and does not follow redirects.
func (s *site) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// signedIn is a browser of somebody with the role.
func (s *site) signedIn(role people.Role) *http.Client {
	s.t.Helper()
	token, err := s.people.NewLink(s.t.Context(), people.Link{Purpose: people.Invite, Role: role})
	if err != nil {
		s.t.Fatal(err)
	}
	b := s.browser()
	res := s.post(b, "/link/"+token, url.Values{"name": {"mina " + string(role)}, "password": {"a long enough phrase"}, "repeat": {"a long enough phrase"}})
	if res.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("using the link: %d", res.StatusCode)
	}
	return b
}

func (s *site) do(b *http.Client, method, path string, body io.Reader, header ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func (s *site) get(b *http.Client, path string, header ...string) *http.Response {
	return s.do(b, http.MethodGet, path, nil, header...)
}

func (s *site) post(b *http.Client, path string, v url.Values, header ...string) *http.Response {
	header = append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)
	return s.do(b, http.MethodPost, path, strings.NewReader(v.Encode()), header...)
}

func page(t *testing.T, res *http.Response) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	t.Run("opening a link changes nothing; its button makes the account once", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		token, err := s.people.NewLink(t.Context(), people.Link{Purpose: people.FirstAdmin})
		if err != nil {
			t.Fatal(err)
		}
		b := s.browser()
		for range 2 {
			if d := page(t, s.get(b, "/link/"+token)); d.Find("form[method=post] input[name=password]").Length() != 1 {
				t.Fatal(d.Html())
			}
		}
		v := url.Values{"name": {"Mina"}, "password": {"a long enough phrase"}, "repeat": {"a long enough phrase"}}
		if res := s.post(b, "/link/"+token, v); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/instances" {
			t.Fatal(res.StatusCode)
		}
		if d := page(t, s.get(b, "/people")); !strings.Contains(d.Find(".menu-name").Text(), "Mina") {
			t.Error("not signed in")
		}
		if res := s.post(s.browser(), "/link/"+token, v); res.StatusCode != http.StatusNotFound {
			t.Errorf("the second use: %d", res.StatusCode)
		}
	})
	t.Run("a bad password is refused beside the field, the link stays good", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		token, _ := s.people.NewLink(t.Context(), people.Link{Purpose: people.FirstAdmin})
		res := s.post(s.browser(), "/link/"+token, url.Values{"name": {"Mina"}, "password": {"short"}, "repeat": {"other"}})
		d := page(t, res)
		if res.StatusCode != http.StatusUnprocessableEntity || d.Find("#password-error, #repeat-error").Length() != 2 || d.Find("#name").AttrOr("value", "") != "Mina" {
			t.Error(res.StatusCode, d.Find(".field-error").Text())
		}
		if d.Find("input[type=password][value]:not([value=''])").Length() != 0 {
			t.Error("the page repeats the password")
		}
		if res := s.get(s.browser(), "/link/"+token); res.StatusCode != http.StatusOK {
			t.Errorf("the link is gone: %d", res.StatusCode)
		}
	})
	t.Run("name and password lead back to the page that was asked for, on this site only", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.signedIn(people.Viewer)
		for next, want := range map[string]string{"/history?page=2": "/history?page=2", "//evil.example": "/instances", "/\\evil.example": "/instances", "https://evil.example": "/instances", "": "/instances"} {
			res := s.post(s.browser(), "/sign-in", url.Values{"name": {"mina viewer"}, "password": {"a long enough phrase"}, "next": {next}})
			if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != want {
				t.Errorf("next %q leads to %d %q, want %q", next, res.StatusCode, got, want)
			}
		}
	})
	t.Run("a wrong password is 422 and says no more than that", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.signedIn(people.Viewer)
		for _, name := range []string{"mina viewer", "nobody"} {
			res := s.post(s.browser(), "/sign-in", url.Values{"name": {name}, "password": {"wrong"}})
			d := page(t, res)
			if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(d.Find(".alert").Text(), "do not match") {
				t.Error(name, res.StatusCode, d.Find(".alert").Text())
			}
		}
	})
	t.Run("signing in renews the session, so that a planted one is worth nothing", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		b := s.signedIn(people.Viewer)
		u, _ := url.Parse(s.URL)
		before := b.Jar.Cookies(u)[0].Value
		res := s.post(b, "/sign-in", url.Values{"name": {"mina viewer"}, "password": {"a long enough phrase"}})
		if res.StatusCode != http.StatusSeeOther {
			t.Fatal(res.StatusCode)
		}
		if after := b.Jar.Cookies(u)[0].Value; after == before {
			t.Error("the token stayed")
		}
		old := s.browser()
		old.Jar.SetCookies(u, []*http.Cookie{{Name: "wrapup", Value: before}})
		if res := s.get(old, "/history"); res.StatusCode != http.StatusSeeOther {
			t.Errorf("the old token still works: %d", res.StatusCode)
		}
	})
	t.Run("signing out ends the session on the server", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		b := s.signedIn(people.Viewer)
		u, _ := url.Parse(s.URL)
		kept := b.Jar.Cookies(u)
		s.post(b, "/sign-out", nil)
		b.Jar.SetCookies(u, kept)
		if res := s.get(b, "/history"); res.Header.Get("Location") != "/sign-in?next=%2Fhistory" {
			t.Error(res.StatusCode, res.Header.Get("Location"))
		}
	})
	t.Run("a closed account is out at its next request", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		b := s.signedIn(people.Viewer)
		if res := s.get(b, "/history"); res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
		all, _ := s.people.People(t.Context())
		all[0].Disabled = true
		if err := s.store.SavePerson(t.Context(), all[0]); err != nil {
			t.Fatal(err)
		}
		if res := s.get(b, "/history"); res.StatusCode != http.StatusSeeOther {
			t.Error(res.StatusCode)
		}
	})
	t.Run("who signs out of practice mode learns where the next link comes from", func(t *testing.T) {
		t.Parallel()
		const want = "start “wrapup demo” again for a new link"
		s := newSite(t, func(o *web.Options) { o.Deps.Practice = true })
		token, err := s.people.NewLink(t.Context(), people.Link{Purpose: people.Demo, Role: people.Admin})
		if err != nil {
			t.Fatal(err)
		}
		b := s.browser()
		s.post(b, "/link/"+token, nil)
		s.post(b, "/sign-out", nil)
		if d := page(t, s.get(b, "/sign-in")); strings.Count(d.Find(".alert").Text(), want) != 1 {
			t.Errorf("sign-in: %s", d.Text())
		}
		res := s.post(b, "/sign-in", url.Values{"name": {"demo"}, "password": {"wrong"}})
		if text := page(t, res).Find(".alert").Text(); !strings.Contains(text, "do not match") || !strings.Contains(text, want) {
			t.Errorf("refused: %s", text)
		}
		for _, res := range []*http.Response{s.get(b, "/link/"+token), s.post(b, "/link/"+token, nil)} {
			if text := page(t, res).Text(); res.StatusCode != http.StatusNotFound || !strings.Contains(text, want) {
				t.Errorf("the used link: %d %s", res.StatusCode, text)
			}
		}
		for _, path := range []string{"/sign-in", "/link/" + token} {
			if d := page(t, newSite(t).get(s.browser(), path)); strings.Contains(d.Text(), want) {
				t.Errorf("%s says so outside of practice mode", path)
			}
		}
	})
	t.Run("a flood of sign-ins is stopped at the edge", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		var last int
		for range 25 {
			last = s.post(s.browser(), "/sign-in", url.Values{}).StatusCode
		}
		if last != http.StatusTooManyRequests {
			t.Error(last)
		}
	})
	t.Run("cookies of an https site are Secure and bound to the host", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, func(o *web.Options) { o.BaseURL = "https://wrapup.example.com" })
		token, _ := s.people.NewLink(t.Context(), people.Link{Purpose: people.Demo, Role: people.Admin})
		res := s.post(s.browser(), "/link/"+token, nil)
		c := res.Cookies()
		if len(c) != 1 || c[0].Name != "__Host-wrapup" || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode || c[0].Path != "/" {
			t.Errorf("%+v", c)
		}
	})
}

func TestErrorsAreAnsweredAsPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.Deps.Practice = true })
	b := s.signedIn(people.Viewer)
	t.Run("an unknown address is 404 in the frame of who is signed in", func(t *testing.T) {
		res := s.get(b, "/nowhere")
		d := page(t, res)
		if res.StatusCode != http.StatusNotFound || d.Find("h1").Length() != 1 || d.Find(".menu-name").Length() != 1 || d.Find(".practice").Length() != 1 {
			t.Error(res.StatusCode, d.Text())
		}
		if id := res.Header.Get("X-Request-Id"); id == "" || !strings.Contains(d.Find("footer").Text(), id) {
			t.Error("the page does not name the request")
		}
	})
	t.Run("a wrong method is 405", func(t *testing.T) {
		if res := s.post(b, "/history", nil); res.StatusCode != http.StatusMethodNotAllowed {
			t.Error(res.StatusCode)
		}
	})
	t.Run("a body over the limit is refused and says the limit", func(t *testing.T) {
		res := s.post(s.browser(), "/sign-in", url.Values{"name": {strings.Repeat("x", handlers.MaxBody)}})
		if d := page(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(d.Text(), "2 MB") {
			t.Error(res.StatusCode, d.Text())
		}
	})
	t.Run("a panic is a page that tells nothing of it", func(t *testing.T) {
		res := s.get(b, "/instances") // no survey in this site
		d := page(t, res)
		if res.StatusCode != http.StatusInternalServerError || strings.Contains(d.Text(), "nil pointer") || d.Find("h1").Length() != 1 {
			t.Error(res.StatusCode, d.Text())
		}
	})
}

func TestProbesAndMetrics(t *testing.T) {
	t.Parallel()
	t.Run("ready follows the store, healthy does not", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		if res := s.get(s.browser(), "/readyz"); res.StatusCode != http.StatusOK {
			t.Error(res.StatusCode)
		}
		if err := s.store.Close(); err != nil {
			t.Fatal(err)
		}
		if res := s.get(s.browser(), "/readyz"); res.StatusCode != http.StatusServiceUnavailable {
			t.Error(res.StatusCode)
		}
		if res := s.get(s.browser(), "/healthz"); res.StatusCode != http.StatusOK {
			t.Error(res.StatusCode)
		}
	})
	t.Run("metrics are for this computer and not for a proxy's clients", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.get(s.browser(), "/sign-in")
		body, _ := io.ReadAll(s.get(s.browser(), "/metrics").Body)
		if !strings.Contains(string(body), `wrapup_http_request_seconds_count{method="GET",route="/sign-in",status="200"} 1`) {
			t.Errorf("%.300s", body)
		}
		if res := s.get(s.browser(), "/metrics", "X-Forwarded-For", "203.0.113.9"); res.StatusCode != http.StatusNotFound {
			t.Error(res.StatusCode)
		}
	})
	t.Run("with a token, only the token opens them", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, func(o *web.Options) { o.MetricsToken = "secret" })
		for header, want := range map[string]int{"": 404, "Bearer wrong": 404, "Bearer secret": 200} {
			if res := s.get(s.browser(), "/metrics", "Authorization", header); res.StatusCode != want {
				t.Errorf("%q: %d, want %d", header, res.StatusCode, want)
			}
		}
	})
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	res := s.get(s.browser(), "/sign-in")
	want := "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if got := res.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("CSP %q", got)
	}
	if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error(res.Header)
	}
	page(t, res).Find("link[rel=stylesheet], script[src]").Each(func(_ int, e *goquery.Selection) {
		path := e.AttrOr("href", e.AttrOr("src", ""))
		if res := s.get(s.browser(), path); res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	})
}

func TestServeFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-release
		_, _ = io.WriteString(w, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	ln := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, ln, h, slog.New(slog.DiscardHandler)) }()
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + ln.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		b, _ := io.ReadAll(res.Body)
		answer <- string(b)
	}()
	<-begun
	stop()
	close(release)
	if got := <-answer; got != "done" {
		t.Error(got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// outlasting finds the session, and lets the request's time run out.
type outlasting struct {
	scs.CtxStore
	on *atomic.Bool
}

func (o outlasting) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, ok, err := o.CtxStore.FindCtx(ctx, token)
	if o.on.Load() {
		<-ctx.Done()
	}
	return b, ok, err
}

func TestARequestWhoseTimeIsOverIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	var on atomic.Bool
	s := newSite(t, func(o *web.Options) { o.Sessions, o.Timeout = outlasting{o.Sessions, &on}, 2*time.Second })
	b := s.signedIn(people.Viewer)
	on.Store(true)
	res := s.get(b, "/history")
	if d := page(t, res); res.StatusCode != http.StatusServiceUnavailable || d.Find("h1").Length() != 1 || !strings.Contains(d.Text(), "took too long") {
		t.Error(res.StatusCode, d.Text())
	}
}
