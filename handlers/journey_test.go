package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/store/storetest"
	"wrapup/internal/survey"
)

// journey is the writing pages on the real services: simulator, gateway, survey, store, publish.
type journey struct {
	t       *testing.T
	router  http.Handler
	sim     *connectsim.Sim
	store   *store.Store
	survey  *survey.Service
	publish *publish.Service
	gateway gateway
	work    *operation.Service
	idle    func() // ends the work on what is approved
	in      connectsim.InstanceInfo
	role    people.Role
	ahead   atomic.Int64 // of the machine's clock, for what is published
}

// gateway is what the services need of one.
type gateway interface {
	survey.Reader
	publish.Target
}

// oneSession is a session whose person can be changed.
type oneSession struct{ readingSession }

func newJourney(t *testing.T, role people.Role) *journey {
	t.Helper()
	sim := connectsim.New(connectsim.Options{})
	if err := sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	in := sim.Instances()[0]
	gateway, err := connect.New(t.Context(), connect.Options{
		Regions: []string{in.Region}, Endpoint: server.URL, STSEndpoint: server.URL, Rate: -1,
		Credentials: &connect.Credentials{AccessKey: "test", SecretKey: "test"},
		Backoff:     func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), storetest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	j := &journey{t: t, sim: sim, store: db, in: in, role: role}
	j.reads(gateway)
	return j
}

// reads makes wrapup read and write by a gateway, in the place of a former one.
func (j *journey) reads(g gateway) {
	j.t.Helper()
	j.gateway = g
	j.survey = survey.New(g, survey.ServiceOptions{Now: time.Now})
	j.begins()
}

// begins is a process that begins, in the place of the one before.
func (j *journey) begins() {
	j.t.Helper()
	if j.idle != nil {
		j.idle()
	}
	work := operation.New(j.store.Operations(), operation.Options{Owner: "test", Coalesce: time.Millisecond})
	j.worksBy(work)
	ctx, stop := context.WithCancel(context.WithoutCancel(j.t.Context()))
	done := make(chan error, 1)
	go func() { done <- work.Run(ctx) }()
	j.idle = sync.OnceFunc(func() {
		stop()
		if err := <-done; err != nil {
			j.t.Error(err)
		}
	})
	j.t.Cleanup(j.idle)
	j.mount()
}

// worksBy makes the service that publishes, as operations of work.
func (j *journey) worksBy(work *operation.Service) {
	j.work = work
	j.publish = publish.New(j.gateway, j.store, publish.Options{
		Work: work, Wrote: j.survey.Wrote, Drafts: j.store, Wait: func(context.Context, time.Duration) error { return nil },
		Now: func() time.Time { return time.Now().Add(time.Duration(j.ahead.Load())) },
	})
	work.Handle(publish.Work, operation.Kind{Do: j.publish.Do, Most: 4})
	work.Handle(PlanWork, operation.Kind{Do: PlanDo(j.deps())})
}

func (j *journey) mount() {
	if err := j.store.SavePerson(j.t.Context(), people.Person{ID: "p1", Name: "mei", Role: j.role, Created: time.Now()}); err != nil {
		j.t.Fatal(err)
	}
	r := chi.NewRouter()
	Mount(r, j.deps())
	j.router = r
}

func (j *journey) deps() Deps {
	return Deps{
		Log: slog.New(slog.DiscardHandler), Session: &oneSession{}, Now: time.Now,
		People: people.New(j.store, time.Now), Survey: j.survey, Publish: j.publish, Drafts: j.store,
	}
}

// dies approves a change and leaves it as a process does that dies before its first write; the lease is over a minute after then.
func (j *journey) dies(c publish.Change, then time.Time) {
	j.t.Helper()
	ctx, ops, st := j.t.Context(), j.store.Operations(), c.Steps[0]
	err := j.store.Approve(ctx, c.ID, c.Hash, c.Seen(), publish.Word{By: c.By, At: then, Mode: publish.StopAtFailure})
	if err == nil {
		_, _, err = ops.Ask(ctx, operation.Operation{
			ID: "dead", Kind: publish.Work, Subject: string(c.Instance.ID), Key: publish.Work + " " + string(c.Instance.ID), Asked: then, State: operation.Queued,
		}, nil)
	}
	var op operation.Operation
	if err == nil {
		op, _, err = ops.Claim(ctx, operation.Claim{Owner: "dead", Kinds: []string{publish.Work}, Now: then, Until: then.Add(time.Minute)})
	}
	if err == nil {
		_, _, err = j.store.Take(ctx, c.Instance.ID, op.Fence(), then)
	}
	if err == nil {
		err = j.store.Intent(ctx, c.ID, st.Key, op.Fence(), publish.Intent{At: then, Until: then.Add(time.Minute), Final: st.After, Live: st.Before, Draft: st.Saved})
	}
	if err != nil {
		j.t.Fatal(err)
	}
}

func (j *journey) change(path string) publish.Change {
	j.t.Helper()
	c, err := j.publish.Change(j.t.Context(), strings.TrimPrefix(path, "/changes/"))
	if err != nil {
		j.t.Fatal(err)
	}
	return c
}

// ends waits until a change does not move on by itself any more.
func (j *journey) ends(path string) publish.Change {
	j.t.Helper()
	return j.becomes(path, func(c publish.Change) bool { return !waitsOrRuns(c.State) })
}

// becomes waits until a change is so.
func (j *journey) becomes(path string, is func(publish.Change) bool) publish.Change {
	j.t.Helper()
	ctx, end := context.WithCancel(j.t.Context())
	defer end()
	states, err := j.work.WatchSubject(ctx, j.in.ID)
	if err != nil {
		j.t.Fatal(err)
	}
	for range states {
		if c := j.change(path); is(c) {
			return c
		}
	}
	j.t.Fatal("the change does not come so far")
	return publish.Change{}
}

func (j *journey) path(parts ...string) string {
	return "/instances/" + j.in.ID + "/" + strings.Join(parts, "/")
}

// send makes one request; form nil is a GET.
func (j *journey) send(path string, form url.Values) *http.Response {
	j.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req := httptest.NewRequestWithContext(j.t.Context(), method, path, body)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	j.router.ServeHTTP(w, req)
	return w.Result()
}

// page reads an answer that must have the status, and holds what is true of every page against it.
func (j *journey) page(res *http.Response, status int) *goquery.Document {
	j.t.Helper()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		j.t.Fatal(err)
	}
	if res.StatusCode != status {
		j.t.Fatalf("status %d, want %d: %s", res.StatusCode, status, strings.Join(strings.Fields(doc.Find("main").Text()), " "))
	}
	html, err := doc.Html()
	if err != nil {
		j.t.Fatal(err)
	}
	if bad := unknownText.FindString(html); bad != "" {
		j.t.Errorf("the page shows %s", bad)
	}
	if n := doc.Find("h1").Length(); n != 1 {
		j.t.Errorf("%d headings of level 1", n)
	}
	return doc
}

func (j *journey) get(path string) *goquery.Document {
	j.t.Helper()
	return j.page(j.send(path, nil), http.StatusOK)
}

// follow posts and gives the address that the answer leads to.
func (j *journey) follow(path string, form url.Values) string {
	j.t.Helper()
	res := j.send(path, form)
	if res.StatusCode != http.StatusSeeOther {
		j.page(res, http.StatusSeeOther)
	}
	return res.Header.Get("Location")
}

// typed are a page's form fields as a browser sends them.
func typed(doc *goquery.Document, selector string) url.Values {
	v := url.Values{}
	doc.Find(selector).Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		kind, _ := s.Attr("type")
		_, checked := s.Attr("checked")
		switch {
		case name == "" || kind == "submit" || (kind == "checkbox" || kind == "radio") && !checked:
		case s.Is("textarea"):
			v.Add(name, s.Text())
		case s.Is("select"):
			value, _ := s.Find("option[selected]").Attr("value")
			v.Add(name, value)
		default:
			value, _ := s.Attr("value")
			v.Add(name, value)
		}
	})
	return v
}

func (j *journey) reading() *survey.Reading {
	j.t.Helper()
	r, err := j.survey.Read(j.t.Context(), instance.ID(j.in.ID), false)
	if err != nil {
		j.t.Fatal(err)
	}
	return r
}

// flowWith finds an inbound flow with the verdict, fit for wiring.
func (j *journey) flowWith(v audit.Verdict) survey.FlowRow {
	j.t.Helper()
	return j.flowWhere(func(r survey.FlowRow) bool { return r.Report.Verdict == v })
}

// flowWhere finds an inbound flow, fit for wiring and managed by nobody else.
func (j *journey) flowWhere(is func(survey.FlowRow) bool) survey.FlowRow {
	j.t.Helper()
	rows := j.reading().Flows
	i := slices.IndexFunc(rows, func(r survey.FlowRow) bool {
		_, unfit := notSelectable(&r)
		return !unfit && r.Managed == "" && is(r)
	})
	if i < 0 {
		j.t.Fatal("the demo data has no such flow")
	}
	row := rows[i]
	row.Flow.Content, _, _ = j.sim.Contents(j.in.ID, string(row.Flow.ID))
	return row
}

func (j *journey) guideFlow() survey.GuideRow {
	j.t.Helper()
	gs := j.reading().Guides
	i := slices.IndexFunc(gs, func(g survey.GuideRow) bool { return g.Health.State == audit.Healthy && g.Info.ACW })
	if i < 0 {
		j.t.Fatal("the demo data has no healthy guide")
	}
	return gs[i]
}

// confirmAll ticks every box of a review.
func confirmAll(doc *goquery.Document, v url.Values) url.Values {
	doc.Find("input[name=confirm]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("value")
		v.Add("confirm", id)
	})
	return v
}

func copyBody(w io.Writer, res *http.Response) (int64, error) {
	defer res.Body.Close()
	return io.Copy(w, res.Body)
}

func (j *journey) log() *slog.Logger { return slog.New(slog.DiscardHandler) }

func request(ctx context.Context) *http.Request {
	return httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
}

func edits(kinds ...flow.EditKind) []flow.Edit {
	var out []flow.Edit
	for _, k := range kinds {
		out = append(out, flow.Edit{Kind: k})
	}
	return out
}
