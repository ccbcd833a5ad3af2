package handlers

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"wrapup/internal/people"
)

// event is one server-sent event.
type event struct{ id, name, data string }

// stream is an open stream of events.
type stream struct {
	*http.Response
	t      *testing.T
	events chan event // closed at the end
}

func (b *background) listen(address string) *stream {
	b.t.Helper()
	server := httptest.NewServer(b.router)
	ctx, leave := context.WithCancel(b.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { leave(); _ = res.Body.Close(); server.Close() })
	s := &stream{res, b.t, make(chan event, 1000)}
	go s.read()
	return s
}

func (s *stream) read() {
	defer close(s.events)
	var e event
	for sc := bufio.NewScanner(s.Body); sc.Scan(); {
		name, value, _ := strings.Cut(sc.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case sc.Text() == "":
			s.events <- e
			e = event{}
		case name == "id":
			e.id = value
		case name == "event":
			e.name = value
		case name == "data":
			e.data += value + "\n"
		case name == "":
			e.name = "comment"
		}
	}
}

// until gives the first event that says text, or has the name.
func (s *stream) until(what string) event {
	s.t.Helper()
	for e := range s.events {
		if e.name == what || strings.Contains(e.text(), what) {
			return e
		}
	}
	s.t.Fatalf("the stream ended before %q", what)
	return event{}
}

func (e event) text() string {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(e.data))
	if err != nil {
		return err.Error()
	}
	return text(doc.Selection)
}

func (b *background) streamOf(doc *goquery.Document) *stream {
	b.t.Helper()
	return b.listen(doc.Find("#reading").AttrOr("hx-sse:connect", ""))
}

func TestEvents(t *testing.T) {
	t.Parallel()
	t.Run("a page that shows nothing yet is replaced once there is something", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		b.get(b.path("guides"))
		b.waits()
		s := b.streamOf(b.get(b.path("guides")))
		if got := s.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
			t.Errorf("it is %q", got)
		}
		first := s.until("Reading the instance")
		if first.id == "" || strings.Contains(first.data, "hx-get") {
			t.Errorf("the first event is %+v", first)
		}
		b.gate.letGo()
		for e := range s.events {
			if strings.Contains(e.data, `hx-get="`+b.path("guides")+`"`) {
				s.until("over")
				return
			}
		}
		t.Error("the page was not replaced")
	})
	t.Run("a page that shows a reading learns of the new one, and stays", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		before := b.reading().ReadAt
		b.gate.hold(searchPath)
		b.follow(b.path("refresh"), url.Values{})
		b.waits()
		s := b.streamOf(b.get(b.path("flows") + "?q=a"))
		s.until("Meanwhile this page shows the reading of ")
		b.gate.letGo()
		done := s.until("The instance was read anew")
		if !strings.Contains(done.data, `href="`+b.path("flows")+`?q=a"`) || strings.Contains(done.data, "hx-get") {
			t.Error(done.data)
		}
		s.until("over")
		if _, more := <-s.events; more || !b.reading().ReadAt.After(before) {
			t.Error("more comes after the end")
		}
	})
	t.Run("states are told once each, and the last to who comes late", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		s := b.listen(b.path("readings", string(b.last().ID), "events"))
		var names []string
		for e := range s.events {
			names = append(names, e.name)
		}
		if !slices.Equal(names, []string{"", "over"}) {
			t.Errorf("it gave %q", names)
		}
	})
	t.Run("silence is broken, and a session that is over ends it", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		b.get(b.path("flows"))
		b.waits()
		s := b.streamOf(b.get(b.path("flows")))
		b.beats <- time.Now()
		s.until("comment")
		b.session.ends()
		b.beats <- time.Now()
		s.until("You are signed out")
		s.until("over")
		for range s.events {
			t.Error("more comes after the end")
		}
	})
	t.Run("a person whose account is closed is told nothing more", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		b.get(b.path("flows"))
		b.waits()
		s := b.streamOf(b.get(b.path("flows")))
		if err := b.store.SavePerson(t.Context(), people.Person{ID: "p1", Name: "mei", Role: people.Viewer, Created: time.Now(), Disabled: true}); err != nil {
			t.Fatal(err)
		}
		b.beats <- time.Now()
		s.until("You are signed out")
	})
	t.Run("a process that stops ends it, without a word, so that the page comes back", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		b.get(b.path("flows"))
		b.waits()
		s := b.streamOf(b.get(b.path("flows")))
		s.until("Reading the instance")
		close(b.stopping)
		for e := range s.events {
			if e.name == "over" {
				t.Error("the page is told not to come back")
			}
		}
	})
	t.Run("an address to lead back to is one of this instance", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		for _, page := range []string{"https://evil.example/", "//evil.example", "/people", "/instances/" + string(salesID) + "/flows", "/instances/" + b.in.ID + "/\r\nx"} {
			s := b.listen(b.path("readings", string(b.last().ID), "events") + "?shown=1&page=" + url.QueryEscape(page))
			if e := s.until("The instance was read anew"); !strings.Contains(e.data, `href="`+b.path("flows")+`"`) {
				t.Errorf("%q: %s", page, e.data)
			}
		}
	})
	t.Run("HEAD gets no stream", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		b.get(b.path("flows"))
		b.waits()
		w := httptest.NewRecorder()
		h := &Readings{Shell: &Shell{Deps{Operations: b.work}}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/", nil)
		c := chi.NewRouteContext()
		c.URLParams.Add("instance", b.in.ID)
		c.URLParams.Add("operation", string(b.last().ID))
		if err := h.events(w, r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, c))); err != nil || w.Body.Len() > 0 {
			t.Errorf("%v, %q", err, w.Body)
		}
	})
}

// A name with a line's end in it must not end the line of an event.
func TestNamesAreAskedForOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	name := once(func(id string) string { asked++; return strings.ToUpper(id) })
	for _, id := range []string{"mei", "tom", "mei", "tom", ""} {
		if got := name(id); got != strings.ToUpper(id) {
			t.Errorf("%q is called %q", id, got)
		}
	}
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}

func TestEventsKeepToTheirLines(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	e := newEvents(w)
	e.send(t.Context(), "7", rawHTML("a\rb\r\nevent: over\nc"))
	e.comment()
	e.over()
	want := "id: 7\ndata: a\ndata: b\ndata: event: over\ndata: c\n\n:\n\nevent: over\ndata:\n\n"
	if got := w.Body.String(); got != want || e.err != nil {
		t.Errorf("got %q (%v)", got, e.err)
	}
}

type rawHTML string

func (h rawHTML) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(h))
	return err
}

// deadlines notes what is set.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error { d.read = append(d.read, t); return nil }

func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }

func TestEventsOutliveTheServersTimes(t *testing.T) {
	t.Parallel()
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	newEvents(d).comment()
	if len(d.read) != 1 || !d.read[0].IsZero() || len(d.write) != 1 || !d.write[0].After(time.Now()) || !d.Flushed {
		t.Errorf("read %v, write %v, flushed %v", d.read, d.write, d.Flushed)
	}
}
