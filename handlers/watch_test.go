package handlers

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
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

func TestAFirstVisitReadsInTheBackground(t *testing.T) {
	t.Parallel()
	t.Run("one that is done soon is shown at once", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		doc := b.get(b.path("flows"))
		if doc.Find("#flows tbody tr").Length() == 0 || doc.Find("#reading").Length() != 0 {
			t.Error(text(doc.Find("main")))
		}
		if o := b.last(); o.State != operation.Done || o.By != "p1" {
			t.Errorf("it is %s, asked for by %q", o.State, o.By)
		}
	})
	t.Run("one that takes longer is told of, with what to do", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		b.get(b.path("flows"))
		b.waits()
		doc := b.get(b.path("flows") + "?q=a&sort=-name")
		strip := doc.Find("#reading")
		if doc.Find("#flows").Length() != 0 || strip.Find("progress").Length() != 1 || strip.Find("label[for=reading-bar]").Length() != 1 {
			t.Fatal(text(doc.Find("main")))
		}
		for _, want := range []string{"Reading the instance", "Asked for by mei, ", "You can leave this page; the reading goes on."} {
			if !strings.Contains(text(strip), want) {
				t.Errorf("it does not say %q: %s", want, text(strip))
			}
		}
		if got := strip.Find("a.button").AttrOr("href", ""); got != b.path("flows")+"?q=a&sort=-name" {
			t.Errorf("Reload leads to %q", got)
		}
		if got := doc.Find("head noscript").Text(); !strings.Contains(got, `http-equiv="refresh"`) {
			t.Errorf("without script the page is not loaded anew: %q", got)
		}
		if got := strip.AttrOr("hx-sse:connect", ""); !strings.HasPrefix(got, b.path("readings", string(b.last().ID), "events")+"?") {
			t.Errorf("the events are at %q", got)
		}
		if n := b.asked(); n != 1 {
			t.Errorf("it was asked for %d times", n)
		}
		b.gate.letGo()
		b.ended()
		if doc := b.get(b.path("flows")); doc.Find("#flows tbody tr").Length() == 0 || doc.Find("#reading, head noscript").Length() != 0 {
			t.Error(text(doc.Find("main")))
		}
	})
	t.Run("every page that rests on a reading tells of it, and comes in its place", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		pages := []string{b.path("flows"), b.path("guides"), b.path("flows", string(salesID)), b.path("changes", "new")}
		for _, page := range pages {
			b.role = people.Editor
			if err := b.store.SavePerson(t.Context(), people.Person{ID: "p1", Name: "mei", Role: people.Editor, Created: time.Now()}); err != nil {
				t.Fatal(err)
			}
			if doc := b.get(page); doc.Find("#reading progress").Length() != 1 {
				t.Errorf("%s: %s", page, text(doc.Find("main")))
			}
		}
		if n := b.asked(); n != 1 {
			t.Errorf("it was asked for %d times", n)
		}
	})
	t.Run("what nobody looks at asks for nothing", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		for _, h := range [][2]string{{"", ""}, {"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}} {
			method := http.MethodGet
			if h[0] == "" {
				method = http.MethodHead
			}
			req := httptest.NewRequestWithContext(t.Context(), method, b.path("flows"), nil)
			req.Header.Set(h[0], h[1])
			w := httptest.NewRecorder()
			b.router.ServeHTTP(w, req)
			if n := b.asked(); n != 0 || method == http.MethodGet && w.Code != http.StatusServiceUnavailable {
				t.Errorf("%v: %d, asked for %d times", h, w.Code, n)
			}
		}
	})
	t.Run("an instance that does not exist is not found", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.page(b.send("/instances/"+string(salesID)+"/flows", nil), http.StatusNotFound)
		b.page(b.send("/instances/"+string(salesID)+"/refresh", url.Values{}), http.StatusNotFound)
		b.page(b.send("/instances/"+string(salesID)+"/confirm", url.Values{}), http.StatusNotFound)
	})
}

func TestAFirstReadingThatFails(t *testing.T) {
	t.Parallel()
	b := newBackground(t, time.Minute)
	b.sim.Faults([]connectsim.FaultRule{
		{Op: "SearchContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
		{Op: "ListContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
	})
	doc := b.page(b.send(b.path("flows"), nil), http.StatusForbidden)
	alert := doc.Find("#reading .alert-error")
	for _, want := range []string{"The instance could not be read", "Code AccessDeniedException", "Request ", "There is no former reading to show.", "Allow wrapup's role"} {
		if !strings.Contains(text(alert), want) {
			t.Errorf("it does not say %q: %s", want, text(alert))
		}
	}
	b.page(b.send(b.path("flows"), nil), http.StatusForbidden)
	if n := b.asked(); n != 1 {
		t.Errorf("looking again asked the service again: %d times", n)
	}
	b.sim.Faults(nil)
	form := alert.Find("form")
	if form.AttrOr("method", "") != "post" || text(form.Find("button")) != "Retry" {
		t.Fatal(text(alert))
	}
	b.follow(form.AttrOr("action", ""), url.Values{})
	if doc := b.get(b.path("flows")); doc.Find("#flows tbody tr").Length() == 0 || doc.Find("#reading").Length() != 0 {
		t.Error(text(doc.Find("main")))
	}
}

func TestRefreshingInTheBackground(t *testing.T) {
	t.Parallel()
	t.Run("it returns at once; the former reading stays, and two share one", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.gate.hold(searchPath)
		for range 2 {
			if to := b.follow(b.path("refresh"), url.Values{}); to != b.path("flows") {
				t.Errorf("it leads to %q", to)
			}
		}
		b.waits()
		doc := b.get(b.path("flows"))
		if n := b.asked(); n != 2 {
			t.Errorf("%d readings instead of 2", n)
		}
		if doc.Find("#flows tbody tr").Length() == 0 || !strings.Contains(text(doc.Find("#reading")), "Meanwhile this page shows the reading of ") {
			t.Error(text(doc.Find("main")))
		}
		if doc.Find("head noscript").Length() != 0 {
			t.Error("the page is loaded anew under a person who selects rows")
		}
		if got := text(doc.Find("form.confirm")); !strings.Contains(got, "A reading is under way.") || doc.Find("form.confirm button[disabled]").Length() != 1 {
			t.Errorf("confirming says %q", got)
		}
		b.gate.letGo()
		b.ended()
		doc = b.get(b.path("flows"))
		if got := text(doc.Find("#news")); !strings.Contains(got, "Nothing changed since the reading of ") || doc.Find("#reading").Length() != 0 {
			t.Errorf("news: %q, strip: %q", got, text(doc.Find("#reading")))
		}
	})
	t.Run("a failure keeps the former reading, and says why", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.sim.Faults([]connectsim.FaultRule{
			{Op: "SearchContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
			{Op: "ListContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
		})
		b.follow(b.path("refresh"), url.Values{})
		b.ended()
		doc := b.get(b.path("flows"))
		alert := text(doc.Find("#reading .alert-error"))
		for _, want := range []string{"The instance could not be read", "Code AccessDeniedException", "The reading of ", " stays.", "Retry"} {
			if !strings.Contains(alert, want) {
				t.Errorf("it does not say %q: %s", want, alert)
			}
		}
		if doc.Find("#flows tbody tr").Length() == 0 {
			t.Error("the former reading is gone")
		}
		if got := text(b.get("/instances").Find("#instance-" + b.in.ID)); !strings.Contains(got, "The last reading failed.") || !strings.Contains(got, "just now") {
			t.Errorf("the list of instances says %q", got)
		}
	})
}

func TestCancellingAReading(t *testing.T) {
	t.Parallel()
	t.Run("the first one: nothing to show, and nobody asks again but a person", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		form := b.get(b.path("flows")).Find("#reading form")
		b.waits()
		if to := b.follow(form.AttrOr("action", ""), url.Values{}); to != b.path("flows") {
			t.Errorf("it leads to %q", to)
		}
		if o := b.ended(); o.State != operation.Cancelled || o.CancelBy != "p1" {
			t.Errorf("it is %s, cancelled by %q", o.State, o.CancelBy)
		}
		for range 2 {
			alert := b.get(b.path("flows")).Find("#reading .alert")
			if got := text(alert); !strings.Contains(got, "The reading was cancelled") || !strings.Contains(got, "mei cancelled it, ") || !strings.Contains(got, "Read the instance") {
				t.Errorf("it says %q", got)
			}
		}
		if n := b.asked(); n != 1 {
			t.Errorf("looking asked for it again: %d", n)
		}
		b.gate.letGo()
		b.follow(b.path("refresh"), url.Values{})
		b.ended()
		if doc := b.get(b.path("flows")); doc.Find("#flows tbody tr").Length() == 0 {
			t.Error(text(doc.Find("main")))
		}
	})
	t.Run("while drafts are looked at: the flows are there, and it says what is not", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(string(newJourney(t, people.Viewer).flowWith(audit.NotWired).Flow.ID) + draftPath)
		b.send(b.path("flows"), nil)
		b.waits()
		b.until(func(o operation.Operation) bool {
			return o.Progress.Message.ID == "survey.progress.drafts" && o.Progress.Done == 22
		})
		doc := b.get(b.path("flows"))
		if got := text(doc.Find("#reading")); !strings.Contains(got, "Looking for unpublished drafts: 22 of 23") || !strings.Contains(got, "Show what was found so far") {
			t.Errorf("it says %q", got)
		}
		if doc.Find("#flows tbody tr").Length() == 0 {
			t.Error("the flows that were read are not shown")
		}
		b.follow(doc.Find("#reading form").AttrOr("action", ""), url.Values{})
		b.gate.letGo()
		b.ended()
		if got := text(b.get(b.path("flows")).Find("#reading")); !strings.Contains(got, "All flows were read before that and are shown; not every unpublished draft was looked at.") {
			t.Errorf("it says %q", got)
		}
	})
	t.Run("of another instance, of no instance, and one that has ended", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		id := string(b.last().ID)
		b.page(b.send("/instances/"+string(salesID)+"/readings/"+id+"/cancel", url.Values{}), http.StatusNotFound)
		b.page(b.send(b.path("readings", "nothing", "cancel"), url.Values{}), http.StatusNotFound)
		b.follow(b.path("readings", id, "cancel"), url.Values{})
		if o := b.last(); o.State != operation.Done {
			t.Errorf("it is %s", o.State)
		}
		if _, _, err := b.work.Ask(t.Context(), operation.Request{Kind: "other", Subject: b.in.ID}); err != nil {
			t.Fatal(err)
		}
		list, err := b.work.List(t.Context(), operation.Filter{Kind: "other"})
		if err != nil || len(list) != 1 {
			t.Fatal(err)
		}
		b.page(b.send(b.path("readings", string(list[0].ID), "cancel"), url.Values{}), http.StatusNotFound)
		b.page(b.send(b.path("readings", string(list[0].ID), "events"), nil), http.StatusNotFound)
	})
}

func TestConfirmingAll(t *testing.T) {
	t.Parallel()
	t.Run("it says what it costs, and then that all are", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		form := b.get(b.path("flows")).Find("form.confirm")
		if got := text(form); got != "Confirm all 23 counted flows Reads each of them by itself, whatever the search gave: about 73 calls, 46 seconds." {
			t.Errorf("the button says %q", got)
		}
		b.follow(form.AttrOr("action", ""), url.Values{})
		if o := b.ended(); o.State != operation.Done || !orderOf(o).Confirm {
			t.Fatalf("it is %s of %s", o.State, o.Input)
		}
		if got := text(b.get(b.path("flows")).Find("#confirmed")); !strings.Contains(got, "All 23 counted flows are confirmed Each was read by itself; none differs") {
			t.Errorf("it says %q", got)
		}
	})
	t.Run("where the role may not, it does not say so", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.sim.Faults([]connectsim.FaultRule{{Op: "DescribeContactFlow", Nth: 25, Do: "error", Code: "AccessDeniedException", Status: 403}})
		b.follow(b.path("confirm"), url.Values{})
		b.ended()
		got := text(b.get(b.path("flows")).Find("#confirmed"))
		if strings.Contains(got, "All 23") || !strings.Contains(got, "of the 23 counted flows are confirmed") || !strings.Contains(got, "Retry") {
			t.Errorf("it says %q", got)
		}
	})
	t.Run("while another reading is under way it says that nothing is confirmed", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.gate.hold(searchPath)
		b.follow(b.path("refresh"), url.Values{})
		b.waits()
		b.follow(b.path("confirm"), url.Values{})
		if got := text(b.get(b.path("flows")).Find(".flashes")); !strings.Contains(got, "so flows are not confirmed") {
			t.Errorf("it says %q", got)
		}
	})
}

func TestWhatDiffersFromTheSearchIsTold(t *testing.T) {
	t.Parallel()
	of := &survey.Reading{ReadAt: readingTime, Flows: []survey.FlowRow{rowOf(1, "A", menuFlow), rowOf(2, "B", menuFlow)}}
	result := func(o survey.Outcome) json.RawMessage {
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	v := strip{ctx: t.Context(), now: pageTime, kept: of, shown: of.ReadAt, order: survey.Order{Confirm: true},
		op: operation.Operation{State: operation.Done, Asked: readingTime.Add(-time.Second), Ended: readingTime, Result: result(survey.Outcome{Counted: 2, Confirmed: 2, Differed: 2})}}
	got := v.done()
	if len(got) != 1 || got[0].Alert.Title != "All 2 counted flows are confirmed" || !strings.HasPrefix(got[0].Alert.Text, "2 differed from what the search gave and were replaced.") {
		t.Errorf("it says %+v", got)
	}
	why := fault.Msg("aws.throttled")
	v.op.Result = result(survey.Outcome{Counted: 2, Confirmed: 1, Unconfirmed: &why})
	if got = v.done(); got[0].Alert.Title != "1 of the 2 counted flows are confirmed" || got[0].Button == nil || !strings.Contains(got[0].Alert.Text, i18n.Text(t.Context(), why)) {
		t.Errorf("it says %+v", got)
	}
	v.op.Asked = readingTime.Add(time.Second) // another process read, and it is not kept here
	if got = v.done(); got != nil {
		t.Errorf("it says %+v of a reading that is not there", got)
	}
}

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

func (d *deadlines) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }

func TestEventsOutliveTheServersTimes(t *testing.T) {
	t.Parallel()
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	newEvents(d).comment()
	if len(d.read) != 1 || !d.read[0].IsZero() || len(d.write) != 1 || !d.write[0].After(time.Now()) || !d.Flushed {
		t.Errorf("read %v, write %v, flushed %v", d.read, d.write, d.Flushed)
	}
}

func TestWhatChangedIsTold(t *testing.T) {
	t.Parallel()
	reading := readingOf(rowOf(1, "Main", menuFlow))
	pages := newReadingPages(&surveyorInMemory{last: reading}, people.Viewer)
	if doc := pages.page(t, flowsAt, http.StatusOK); doc.Find("#news").Length() != 0 {
		t.Error("the first reading has news")
	}
	reading.Since = readingTime.Add(-24 * time.Hour)
	if got := text(pages.page(t, flowsAt, http.StatusOK).Find("#news")); got != "What changed Nothing changed since the reading of 21 Nov 2026, 07:47 UTC." {
		t.Errorf("it says %q", got)
	}
	for n, kind := range survey.ChangeKinds() {
		reading.Changes = append(reading.Changes, survey.Change{Kind: kind, Flow: flowID(n), Name: "Sales", At: readingTime, From: "wired", To: "partial"})
	}
	reading.Changes[1].At = readingTime.Add(-2 * time.Hour)
	doc := pages.page(t, flowsAt, http.StatusOK)
	want := []string{
		"Sales points to a guide that is not usable Opens the guide → In part",
		"Sales no longer opens the guide Opens the guide → In part (found 2 hours ago)",
		"Publishing the draft of Sales would remove the guide Opens the guide → In part",
		"Sales opens the guide now Opens the guide → In part",
		"Sales was changed outside wrapup Opens the guide → In part",
		"Sales is new Opens the guide → In part",
		"Sales is gone It was: Opens the guide",
	}
	if got := texts(doc.Find("#news li")); !slices.Equal(got, want) {
		t.Errorf("it says\n%s", strings.Join(got, "\n"))
	}
	if got := doc.Find("#news li a").First().AttrOr("href", ""); got != flowAt(0) || doc.Find("#news li").Last().Find("a").Length() != 0 {
		t.Errorf("it leads to %q", got)
	}
	if got := doc.Find("#news h2 .count").Text(); got != "(7)" {
		t.Errorf("the count is %q", got)
	}
	for _, also := range []survey.ChangeKind{survey.NewlyUndone, survey.Outside, survey.Appeared} {
		reading.Changes = append(reading.Changes, survey.Change{Kind: also, Flow: flowID(1), Name: "Sales", At: readingTime, From: "wired", To: "partial"})
	}
	reading.Changes = append(reading.Changes,
		survey.Change{Kind: survey.NewlyUncovered, Flow: flowID(0), Name: "Sales", At: readingTime},
		survey.Change{Kind: survey.NewlyCovered, Flow: flowID(2), Name: "Sales", At: readingTime})
	want[0] = "Sales points to a guide that is not usable It no longer opens the guide. Opens the guide → In part"
	want[1] = "Sales no longer opens the guide Publishing its draft would remove the guide. It was changed outside wrapup. It is new. " +
		"Opens the guide → In part (found 2 hours ago)"
	want[2] = "Publishing the draft of Sales would remove the guide It opens the guide now. Opens the guide → In part"
	doc = pages.page(t, flowsAt, http.StatusOK)
	if got := texts(doc.Find("#news li")); !slices.Equal(got, want) {
		t.Errorf("of several changes of one flow it says\n%s", strings.Join(got, "\n"))
	}
	for n := range 20 {
		reading.Changes = append(reading.Changes, survey.Change{Kind: survey.Gone, Flow: flowID(n + 10), Name: "<b>", At: readingTime, From: "wired"})
	}
	doc = pages.page(t, flowsAt, http.StatusOK)
	all := doc.Find("#news p a")
	if doc.Find("#news li").Length() != newsShown || text(all) != "Show all 27" {
		t.Errorf("%d, then %q", doc.Find("#news li").Length(), text(all))
	}
	path, _, _ := strings.Cut(all.AttrOr("href", ""), "#")
	if n := pages.page(t, path, http.StatusOK).Find("#news li").Length(); n != 27 {
		t.Errorf("%d of 27", n)
	}
	pages.surveyor.listings = []survey.Listing{{Instances: []instance.Instance{sales}}}
	if a := pages.page(t, "/instances", http.StatusOK).Find("#instances tbody tr a[href$='#news']"); text(a) != "27 changes" {
		t.Errorf("the list says %q", text(a))
	}
}

// What is said of a reading that does not simply go on, and what is announced.
func TestAReadingInEveryState(t *testing.T) {
	t.Parallel()
	progress := func(step string, done, total int) operation.Progress {
		return operation.Progress{Done: done, Total: total, Message: fault.Msg("survey.progress."+step, "Done", done, "Total", total)}
	}
	for name, c := range map[string]struct {
		op                         operation.Operation
		title, step, said, trouble string
		cannotCancel               bool
	}{
		"waiting":           {operation.Operation{State: operation.Queued}, "Reading the instance", "Waits for its turn", "Waits for its turn", "", false},
		"handed back":       {operation.Operation{State: operation.Queued, Attempt: 1}, "Reading the instance", "Waits for its turn", "Waits for its turn", "It was interrupted. It goes on by itself, from what was read already.", false},
		"just begun":        {operation.Operation{State: operation.Running, Attempt: 1}, "Reading the instance", "Begins", "Begins", "", false},
		"resumed":           {operation.Operation{State: operation.Running, Attempt: 2, Progress: progress("search", 300, 0)}, "Reading the instance", "Reading flows: 300", "Reading flows", "It was interrupted and goes on from what was read already.", false},
		"nobody runs it":    {operation.Operation{State: operation.Running, Attempt: 1, LeaseUntil: pageTime.Add(-time.Second), Progress: progress("search", 300, 0)}, "Reading the instance", "Reading flows: 300", "Reading flows", "It was interrupted. It goes on by itself, from what was read already.", false},
		"to be cancelled":   {operation.Operation{State: operation.Running, Attempt: 1, CancelAsked: pageTime, Progress: progress("drafts", 1, 9)}, "Reading the instance", "Looking for unpublished drafts: 1 of 9", "Looking for unpublished drafts", "wrapup itself asked to cancel it. It ends as soon as what is under way has come back.", true},
		"a quarter":         {operation.Operation{State: operation.Running, Attempt: 1, Progress: progress("describe", 30, 100)}, "Reading the instance", "Looking at flows: 30 of 100", "Looking at flows: 25 %", "", false},
		"nearly half":       {operation.Operation{State: operation.Running, Attempt: 1, Progress: progress("describe", 49, 100)}, "Reading the instance", "Looking at flows: 49 of 100", "Looking at flows: 25 %", "", false},
		"confirming":        {operation.Operation{State: operation.Running, Attempt: 1, Input: json.RawMessage(`{"confirm":true}`), Progress: progress("confirm", 2, 4)}, "Reading the instance and confirming every counted flow", "Confirming flows: 2 of 4", "Confirming flows: 50 %", "", false},
		"the daily reading": {operation.Operation{State: operation.Running, Attempt: 1, Input: json.RawMessage(`{"scheduled":true}`), Progress: progress("lists", 0, 0)}, "Daily reading of the instance", "Reading the lists of the instance", "Reading the lists of the instance", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.op.State == operation.Running && c.op.LeaseUntil.IsZero() {
				c.op.LeaseUntil = pageTime.Add(time.Minute)
			}
			s := &Shell{Deps{Now: func() time.Time { return pageTime }}}
			p := s.strip(t.Context(), c.op, nil, "/").props().Now.Run
			if p.Title != c.title || p.Step != c.step || p.Said != c.said || p.Trouble != c.trouble || (p.Cancel == nil) != c.cannotCancel {
				t.Errorf("it says %+v", p)
			}
			if !strings.HasPrefix(p.Asked, "Asked for by wrapup itself, ") {
				t.Errorf("who asked: %q", p.Asked)
			}
		})
	}
}
