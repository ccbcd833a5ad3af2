package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// BenchmarkReviewOf100Flows serves the review of a change of 100 flows of about 20 kB through the whole program, session and compression
// included, and reports the time of the slowest request in a hundred.
func BenchmarkReviewOf100Flows(b *testing.B) {
	sim, o := inbound(b, 120)
	a, err := compose(b.Context(), config{Database: filepath.Join(b.TempDir(), "wrapup.db"), Rate: 1}, o, true, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(a.close)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.work.Run(ctx) }()
	b.Cleanup(func() { stop(); <-ended })
	change := "/changes/" + a.planOf(b, sim, 100)
	cookie := a.demoCookie(b)
	if body := unzipped(b, a.ask(b, http.MethodGet, change, cookie)); strings.Count(body, "<details") < 100 || !strings.Contains(body, "publish-form") {
		b.Fatal("the review does not show 100 flows")
	}
	var took []time.Duration
	wire := 0
	for b.Loop() {
		begin := time.Now()
		w := a.ask(b, http.MethodGet, change, cookie)
		took = append(took, time.Since(begin))
		wire = w.Body.Len()
		if w.Code != http.StatusOK {
			b.Fatalf("the review answers %d", w.Code)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(wire)/1e3, "wire-kB")
}

// planOf plans a new guide and n flows that get it, each grown to about 20 kB.
func (a *app) planOf(b *testing.B, sim *connectsim.Sim, n int) string {
	b.Helper()
	in := sim.Instances()[0]
	r, err := a.survey.Read(b.Context(), instance.ID(in.ID), true)
	if err != nil {
		b.Fatal(err)
	}
	model := acw.New("aws", in.Region, acw.KnownView())
	req := publish.Request{Instance: r.Instance, By: publish.Actor{ID: "p1", Name: "mei"}, Audit: r.Options(), Replace: true, Asked: publish.Asked{Guide: "draft:new"}}
	req.Guide = publish.GuideChoice{Name: "Wrap-up", Model: &model}
	for i := range r.Flows {
		f := r.Flows[i].Flow
		if len(req.Add) == n || !strings.HasPrefix(f.Name, "Line ") {
			continue
		}
		live, _, _ := sim.Contents(in.ID, string(f.ID))
		if err := sim.EditOutside(in.ID, string(f.ID), grown(live, 20_000)); err != nil {
			b.Fatal(err)
		}
		req.Add = append(req.Add, f.ID)
	}
	c, err := a.publish.Plan(b.Context(), req)
	if err != nil {
		b.Fatal(err)
	}
	if len(c.Steps) != n+1 {
		b.Fatalf("%d steps, %d left out, the first of them: %v", len(c.Steps), len(c.LeftOut), c.LeftOut[:1])
	}
	return c.ID
}

// grown adds blocks to a flow's JSON until it has that many bytes: messages that nothing leads to.
func grown(content string, size int) string {
	head, rest, ok := strings.Cut(content, `"Actions":`)
	if !ok {
		return content
	}
	open := strings.IndexByte(rest, '[') + 1
	var more strings.Builder
	for i := 0; len(content)+more.Len() < size; i++ {
		fmt.Fprintf(&more, `{"Identifier":"Spare %d","Type":"MessageParticipant","Parameters":{"Text":"All of our colleagues are busy at the moment, stay with us %d"},`+
			`"Transitions":{"NextAction":"Spare %d","Errors":[{"NextAction":"Spare %d","ErrorType":"NoMatchingError"}],"Conditions":[]}},`, i, i, i, i)
	}
	return head + `"Actions":` + rest[:open] + more.String() + rest[open:]
}
