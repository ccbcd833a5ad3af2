package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"wrapup/internal/i18n"
	"wrapup/internal/operation"
	"wrapup/internal/reqctx"
	"wrapup/views/flows"
	"wrapup/views/ui"
)

const (
	beatEvery = 20 * time.Second // proxies cut what is silent for long
	sendLimit = 30 * time.Second // of one event: who reads nothing any more is let go
)

// MountStreams registers what lasts longer than a request, for a router without a timeout and without compression. The table of
// roles guards it as it guards the pages.
func MountStreams(r chi.Router, d Deps) {
	s := &Shell{d}
	r.Group(func(r chi.Router) {
		r.Use(s.Guard)
		h := &Readings{Shell: s, surveyor: s.Survey}
		r.Get("/instances/{instance}/readings/{operation}/events", h.Adapt(h.events))
		c := &Applying{Shell: s}
		r.Get("/changes/{change}/events", c.Adapt(c.events))
	})
}

// events tells how a reading comes on, until it has ended.
func (h *Readings) events(w http.ResponseWriter, r *http.Request) error {
	op, err := h.operation(r)
	if err != nil {
		return err
	}
	told := h.telling(r, op)
	return h.stream(w, r, h.beat, telling{
		states: func(ctx context.Context) (<-chan operation.Operation, error) { return h.Operations.Watch(ctx, op.ID) },
		of: func(ctx context.Context, op operation.Operation) (templ.Component, bool) {
			return flows.ReadingNow(told(ctx, op)), op.Active()
		},
		out: func(ctx context.Context) templ.Component { return flows.ReadingNow(signedOut(ctx)) },
	})
}

// telling is what a stream tells.
type telling struct {
	states func(ctx context.Context) (<-chan operation.Operation, error)
	// of is what there is to say of a state, nil where there is nothing, and whether more will come.
	of func(ctx context.Context, op operation.Operation) (c templ.Component, more bool)
	// idle is what there is to say at the beginning and at each beat; nil: nothing.
	idle func(ctx context.Context) (c templ.Component, more bool)
	out  func(ctx context.Context) templ.Component // what is said once the session is over
}

// beats are when a stream that has nothing to tell says that it is there; nil: every 20 s.
type beats func() (ticks <-chan time.Time, stop func())

func (b beats) begin() (<-chan time.Time, func()) {
	if b != nil {
		return b()
	}
	t := time.NewTicker(beatEvery)
	return t.C, t.Stop
}

// stream sends a component for each state of an operation, until it is told that no more come, the process stops, or the session is over.
// Each event is the whole present state, so that none is missed by who comes late or comes back.
func (s *Shell) stream(w http.ResponseWriter, r *http.Request, beat beats, t telling) error {
	ctx, end := context.WithCancel(r.Context())
	defer end()
	states, err := t.states(ctx)
	if err != nil {
		return err
	}
	ticks, stop := beat.begin()
	defer stop()
	e := newEvents(w)
	if r.Method == http.MethodHead {
		return nil
	}
	for more := t.idle == nil || e.news(ctx, t.idle); more; {
		select {
		case <-ctx.Done():
			return nil
		case <-s.Stopping: // the browser comes back, to the process that is there then
			return nil
		case <-ticks:
			switch {
			case !s.stays(ctx):
				e.send(ctx, "", t.out(ctx))
				more = false
			case t.idle != nil:
				more = e.news(ctx, t.idle)
			default:
				e.comment()
			}
		case op, open := <-states:
			if !open {
				return nil
			}
			var c templ.Component
			if c, more = t.of(ctx, op); c != nil {
				e.send(ctx, strconv.FormatInt(op.Rev, 10), c)
			}
		}
		if e.err != nil { // the browser went away; there is nobody to tell
			return nil
		}
	}
	e.over()
	return nil
}

// telling says what the page that asked is told of a state: it names itself, and when what it shows was read.
func (h *Readings) telling(r *http.Request, op operation.Operation) func(context.Context, operation.Operation) flows.ReadingNowProps {
	id, q := instanceParam(r), r.URL.Query()
	page := q.Get("page")
	if !localPath(page) || !strings.HasPrefix(page, "/instances/"+string(id)+"/") {
		page = flowsPath(id)
	}
	var shown time.Time
	if n, err := strconv.ParseInt(q.Get("shown"), 10, 64); err == nil {
		shown = time.UnixMicro(n)
	}
	names := once(func(id string) string { return h.called(r.Context(), id) })
	return func(ctx context.Context, op operation.Operation) flows.ReadingNowProps {
		v := h.strip(ctx, op, nil, page)
		v.part, v.table = h.partOf(id, page) != nil, q.Get("part") != ""
		v.kept, v.shown, v.live, v.person = h.surveyor.Kept(ctx, id), shown, true, names
		return v.tell()
	}
}

// once asks for each name one time: a stream has several events a second, all of them of the same few people.
func once(name func(id string) string) func(id string) string {
	known := map[string]string{}
	return func(id string) string {
		if _, ok := known[id]; !ok {
			known[id] = name(id)
		}
		return known[id]
	}
}

// stays says whether the person is still signed in.
func (s *Shell) stays(ctx context.Context) bool {
	if !s.Session.Alive(ctx) {
		return false
	}
	_, err := s.People.Person(ctx, reqctx.PersonOf(ctx).ID)
	return err == nil
}

// signedOut is all that is said once the session is over.
func signedOut(ctx context.Context) flows.ReadingNowProps {
	return flows.ReadingNowProps{Ended: []flows.EndedProps{{Alert: ui.AlertProps{
		Kind: ui.Info, ID: "reading-signed-out", Text: i18n.T(ctx, "flows.reading.signed-out"), Live: true,
		Action: &ui.Link{Text: i18n.T(ctx, "flows.reading.sign-in"), Href: "/sign-in"},
	}}}}
}

// events writes server-sent events. After a failure it writes nothing more.
type events struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	last string // what was said last
	err  error
}

// newEvents begins the answer. Its connection is read to the end: the server's time for reading a request is over by then.
func newEvents(w http.ResponseWriter) *events {
	e := &events{w: w, rc: http.NewResponseController(w)}
	e.unless(e.rc.SetReadDeadline(time.Time{}))
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy passes each event on at once
	w.WriteHeader(http.StatusOK)
	return e
}

// lines are what ends a line for whoever reads the stream.
var lines = strings.NewReplacer("\r\n", "\ndata: ", "\n", "\ndata: ", "\r", "\ndata: ")

// send writes a component as an event without a name: it takes the place of what the page shows.
func (e *events) send(ctx context.Context, id string, c templ.Component) {
	if e.last = e.said(ctx, c); id != "" {
		id = "id: " + id + "\n"
	}
	e.write(id + e.last)
}

func (e *events) said(ctx context.Context, c templ.Component) string {
	var b bytes.Buffer
	if e.err == nil {
		e.err = c.Render(ctx, &b)
	}
	return "data: " + lines.Replace(b.String()) + "\n\n"
}

// news sends what there is to say if it is not what was said last, and says whether more will come.
func (e *events) news(ctx context.Context, idle func(context.Context) (templ.Component, bool)) bool {
	c, more := idle(ctx)
	if c == nil || e.said(ctx, c) == e.last {
		e.comment()
	} else {
		e.send(ctx, "", c)
	}
	return more
}

// comment is read by nobody: it keeps the connection, and finds out whether there still is one.
func (e *events) comment() { e.write(":\n\n") }

// over tells the page not to come back.
func (e *events) over() { e.write("event: " + flows.EventOver + "\ndata:\n\n") }

func (e *events) write(text string) {
	if e.err != nil {
		return
	}
	e.unless(e.rc.SetWriteDeadline(time.Now().Add(sendLimit)))
	_, err := e.w.Write([]byte(text))
	e.unless(err)
	e.unless(e.rc.Flush())
}

// unless notes a failure; that a writer has no deadlines is none.
func (e *events) unless(err error) {
	if e.err == nil && !errors.Is(err, http.ErrNotSupported) {
		e.err = err
	}
}
