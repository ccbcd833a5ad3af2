package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/survey"
	"wrapup/web"
)

// A stream lasts longer than a request may, is not compressed, and its events come as they happen.
func TestAStreamStandsOutsideTheTimeout(t *testing.T) {
	t.Parallel()
	var o web.Options
	s := newSite(t, func(set *web.Options) { o = *set })
	begun, goOn := make(chan bool), make(chan bool)
	work := operation.New(s.store.Operations(), operation.Options{Owner: "test"})
	work.Handle(survey.Work, operation.Kind{Do: func(ctx context.Context, r *operation.Run) (json.RawMessage, error) {
		r.Progress(operation.Progress{Done: 1, Total: 2, Message: fault.Msg("survey.progress.drafts", "Done", 1, "Total", 2)})
		close(begun)
		<-goOn
		return nil, nil
	}})
	running(t, work)
	o.Timeout = 1 // any page's time is over at once
	o.Deps.Operations, o.Deps.Survey = work, survey.New(nil, survey.ServiceOptions{Operations: work})
	h, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	hasty := httptest.NewServer(h)
	t.Cleanup(hasty.Close)

	const subject = "00000000-0000-4000-8000-000000000000"
	op, _, err := work.Ask(t.Context(), operation.Request{Kind: survey.Work, Subject: subject})
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	b := s.signedIn(people.Viewer)
	ask := func(method, path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, hasty.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	if res := ask(http.MethodGet, "/history"); res.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("a page in no time: %d", res.StatusCode)
	}
	path := "/instances/" + subject + "/readings/" + string(op.ID) + "/events"
	res := ask(http.MethodGet, path)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "" || res.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	if res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers are missing: %v", res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	until := func(what string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), what) {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", what, lines.Err())
	}
	until("Looking for unpublished drafts: 1 of 2")
	close(goOn)
	until("event: over")
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
	if res := ask(http.MethodHead, path); res.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %d", res.StatusCode)
	}
	if res := s.get(s.browser(), path); res.Header.Get("Location") != "/sign-in" {
		t.Errorf("who signs in would come to %q", res.Header.Get("Location"))
	}
}

func running(t *testing.T, work *operation.Service) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- work.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(2 * time.Minute):
			t.Error("what runs operations does not stop")
		}
	})
}
