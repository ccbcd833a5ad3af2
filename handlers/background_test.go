package handlers

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/connect"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

// background is a journey whose readings are operations on SQLite. What the service is asked for can be held up.
type background struct {
	*journey
	gate     *gate
	beats    chan time.Time
	stopping chan struct{}
	session  *mortal
}

// mortal is a session that can be over, and become another person's.
type mortal struct {
	oneSession
	mu   sync.Mutex
	over bool
	who  string
}

func (s *mortal) Person(context.Context) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.who, "p1")
}

// ends is the end of the session.
func (s *mortal) ends() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

func (s *mortal) Alive(context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.over
}

// gate stands before the service. Requests whose path contains what is held wait until they are let go.
type gate struct {
	http.Handler
	mu      sync.Mutex
	held    string
	open    chan struct{}
	waiting chan string // the path of each that waits
}

func (g *gate) hold(part string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held, g.open = part, make(chan struct{})
}

func (g *gate) letGo() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held != "" {
		close(g.open)
		g.held = ""
	}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	g.mu.Lock()
	held, open := g.held, g.open
	path := r.URL.EscapedPath()
	g.mu.Unlock()
	if held != "" && strings.Contains(path, held) {
		select {
		case g.waiting <- path:
		default:
		}
		select {
		case <-open:
		case <-r.Context().Done():
			return
		}
	}
	g.Handler.ServeHTTP(w, r)
}

// How the service's operations begin in the path.
const (
	searchPath = "/search-contact-flows"
	draftPath  = "%3A%24SAVED"
)

// newBackground makes one. wait is how long a page waits for a first reading.
func newBackground(t *testing.T, wait time.Duration) *background {
	t.Helper()
	b := &background{journey: newJourney(t, people.Viewer), beats: make(chan time.Time), stopping: make(chan struct{}), session: &mortal{}}
	b.gate = &gate{Handler: b.sim, waiting: make(chan string, 100)}
	server := httptest.NewServer(b.gate)
	t.Cleanup(server.Close)
	t.Cleanup(b.gate.letGo)
	gateway, err := connect.New(t.Context(), connect.Options{
		Regions: []string{b.in.Region}, Endpoint: server.URL, STSEndpoint: server.URL, Rate: -1,
		Credentials: &connect.Credentials{AccessKey: "test", SecretKey: "test"},
		Backoff:     func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.idle()
	work := operation.New(b.store.Operations(), operation.Options{Owner: "test", Coalesce: time.Millisecond})
	b.gateway, b.survey = gateway, survey.New(gateway, survey.ServiceOptions{Now: time.Now, Cache: b.store.Readings(), Operations: work})
	b.worksBy(work)
	b.work.Handle(survey.Work, operation.Kind{Do: b.survey.Do, Most: 2})
	b.running()
	if err := b.store.SavePerson(t.Context(), people.Person{ID: "p1", Name: "mei", Role: people.Viewer, Created: time.Now()}); err != nil {
		t.Fatal(err)
	}
	d := Deps{
		Log: b.log(), Session: b.session, Now: time.Now, People: people.New(b.store, time.Now), Survey: b.survey, Operations: b.work,
		Publish: b.publish, Drafts: b.store, ReadingWait: wait, Stopping: b.stopping, Rate: 2,
	}
	r := chi.NewRouter()
	s := &Shell{d}
	r.With(s.Guard).Get("/instances/{instance}/readings/{operation}/events", s.Adapt((&Readings{
		Shell: s, surveyor: b.survey, beat: func() (<-chan time.Time, func()) { return b.beats, func() {} },
	}).events))
	r.With(s.Guard).Get("/changes/{change}/events", s.Adapt((&Applying{
		Shell: s, beat: func() (<-chan time.Time, func()) { return b.beats, func() {} },
	}).events))
	pages := chi.NewRouter()
	Mount(pages, d)
	r.Mount("/", pages)
	b.router = r
	return b
}

// running runs operations until the test ends.
func (b *background) running() {
	ctx, stop := context.WithCancel(context.WithoutCancel(b.t.Context()))
	done := make(chan error, 1)
	go func() { done <- b.work.Run(ctx) }()
	b.t.Cleanup(func() {
		stop()
		b.gate.letGo()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	})
}

// last is the reading that was asked for last.
func (b *background) last() operation.Operation {
	b.t.Helper()
	list, err := b.work.List(b.t.Context(), operation.Filter{Kind: survey.Work, Subject: b.in.ID, Limit: 1})
	if err != nil || len(list) != 1 {
		b.t.Fatalf("%d readings were asked for (%v)", len(list), err)
	}
	return list[0]
}

// ended waits until the last reading has.
func (b *background) ended() operation.Operation {
	b.t.Helper()
	return b.until(func(o operation.Operation) bool { return !o.Active() })
}

func (b *background) until(is func(operation.Operation) bool) operation.Operation {
	b.t.Helper()
	states, err := b.work.Watch(b.t.Context(), b.last().ID)
	if err != nil {
		b.t.Fatal(err)
	}
	for o := range states {
		if is(o) {
			return o
		}
	}
	b.t.Fatal("it ended before it came so far")
	return operation.Operation{}
}

// waits waits until a held request is there.
func (b *background) waits() { <-b.gate.waiting }

// read has the instance read to the end.
func (b *background) read() {
	b.t.Helper()
	b.get(b.path("flows"))
	if o := b.ended(); o.State != operation.Done {
		b.t.Fatalf("it is %s: %+v", o.State, o.Failure)
	}
}

func (b *background) asked() int {
	b.t.Helper()
	list, err := b.work.List(b.t.Context(), operation.Filter{Kind: survey.Work, Subject: b.in.ID})
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list)
}
