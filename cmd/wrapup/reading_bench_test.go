package main

import (
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

// inbound is a simulator whose one instance has that many inbound flows, and a gateway to it without a pace of its own.
func inbound(b *testing.B, flows int) (*connectsim.Sim, connect.Options) {
	b.Helper()
	sim := connectsim.New(connectsim.Options{})
	if err := sim.Seed("empty"); err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(sim)
	b.Cleanup(srv.Close)
	o := connect.Options{
		Regions: []string{sim.Instances()[0].Region}, Rate: -1, Endpoint: srv.URL, STSEndpoint: srv.URL,
		Credentials: &connect.Credentials{AccessKey: "practice", SecretKey: "practice"},
	}
	stock := len(readWith(b, o, instance.ID(sim.Instances()[0].ID)).Flows)
	sim.Generate(flows - stock)
	return sim, o
}

// readWith is a first reading: nothing is known from before.
func readWith(b *testing.B, o connect.Options, id instance.ID) *survey.Reading {
	b.Helper()
	g, err := connect.New(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	r, err := survey.New(g, survey.ServiceOptions{}).Read(b.Context(), id, false)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// BenchmarkReading reads 1,000 inbound flows for the first time and reports the calls it took.
func BenchmarkReading(b *testing.B) {
	sim, o := inbound(b, 1000)
	id := instance.ID(sim.Instances()[0].ID)
	for b.Loop() {
		b.StopTimer()
		before := sim.Calls()
		b.StartTimer()
		r := readWith(b, o, id)
		b.StopTimer()
		if len(r.Flows) != 1000 || r.Method != survey.BySearch {
			b.Fatalf("read %d flows by %s", len(r.Flows), r.Method)
		}
		after := sim.Calls()
		b.ReportMetric(float64(after["SearchContactFlows"]-before["SearchContactFlows"]), "searches")
		b.ReportMetric(float64(after["DescribeContactFlow"]-before["DescribeContactFlow"]), "describes")
		b.ReportMetric(float64(r.Calls), "calls")
		b.StartTimer()
	}
}

// pages are requests for 5,000 inbound flows: the first page, and those that filter and sort all of them by text.
var pages = []string{"", "?q=line&sort=-name&page=40", "?q=9&sort=guide&page=5", "?sort=-verdict&page=100"}

// BenchmarkInboundFlowsPage serves pages of 5,000 inbound flows through the whole program, session and compression
// included, and reports the time of the slowest request in a hundred and the largest answer as it goes over the wire.
func BenchmarkInboundFlowsPage(b *testing.B) {
	sim, o := inbound(b, 5000)
	c := config{Database: filepath.Join(b.TempDir(), "wrapup.db"), Rate: 1}
	a, err := compose(b.Context(), c, o, true, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(a.close)
	flows := "/instances/" + sim.Instances()[0].ID + "/flows"
	cookie := a.demoCookie(b)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.work.Run(ctx) }()
	b.Cleanup(func() { stop(); <-ended })
	id := instance.ID(sim.Instances()[0].ID)
	if r, err := a.survey.Read(b.Context(), id, true); err != nil || len(r.Flows) != 5000 {
		b.Fatal(err)
	}
	states, err := a.work.WatchSubject(ctx, string(id))
	if err != nil {
		b.Fatal(err)
	}
	for o := range states { // after the reading itself it looks for drafts
		if !o.Active() {
			break
		}
	}
	if body := unzipped(b, a.ask(b, http.MethodGet, flows, cookie)); strings.Count(body, "<tr") < 50 {
		b.Fatalf("the page shows %d rows of 5,000 flows", strings.Count(body, "<tr"))
	}
	runtime.GC() // what the reading left is not the pages' to clear away
	var took []time.Duration
	wire := 0
	for i := 0; b.Loop(); i++ {
		begin := time.Now()
		w := a.ask(b, http.MethodGet, flows+pages[i%len(pages)], cookie)
		took = append(took, time.Since(begin))
		wire = max(wire, w.Body.Len())
		if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != "gzip" {
			b.Fatalf("%d, encoding %q", w.Code, w.Header().Get("Content-Encoding"))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(wire)/1e3, "wire-kB")
}

func unzipped(b *testing.B, w *httptest.ResponseRecorder) string {
	b.Helper()
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}

// demoCookie signs in by a one-time link.
func (a *app) demoCookie(b *testing.B) *http.Cookie {
	b.Helper()
	token, err := a.people.NewLink(b.Context(), people.Link{Purpose: people.Demo, Role: people.Admin})
	if err != nil {
		b.Fatal(err)
	}
	w := a.ask(b, http.MethodPost, "/link/"+token, nil)
	cookies := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookies) == 0 {
		b.Fatalf("the link answers %d, %d cookies", w.Code, len(cookies))
	}
	return cookies[0]
}

func (a *app) ask(b *testing.B, method, path string, cookie *http.Cookie) *httptest.ResponseRecorder {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), method, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	if cookie != nil {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	return w
}
