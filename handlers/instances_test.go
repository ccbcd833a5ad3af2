package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

func TestInstancesPage(t *testing.T) {
	t.Parallel()
	frankfurt := survey.Source{Region: "eu-central-1"}
	failing := survey.Listing{
		Source: survey.Source{Name: "arn:aws:iam::444455556666:role/wrapup", Region: "us-east-1"},
		Err:    &fault.Error{Kind: fault.Denied, Message: fault.Msg("fault.internal"), Code: "AccessDeniedException", RequestID: "req-9"},
	}
	t.Run("each instance has its place, status and coverage", func(t *testing.T) {
		t.Parallel()
		created := instance.Instance{ID: "44444444-4444-4444-8444-444444444444", Region: "eu-central-1", Status: "CREATION_FAILED", Reason: "Name taken"}
		s := &surveyorInMemory{
			listings: []survey.Listing{{Source: frankfurt, Instances: []instance.Instance{sales, created}}},
			last:     readingOf(rowOf(1, "Main", menuFlow)),
		}
		doc := newReadingPages(s, people.Viewer).page(t, "/instances", http.StatusOK)
		want := []string{
			"44444444-4444-4444-8444-444444444444 Creation failed Name taken eu-central-1 Not known Not read yet – – –",
			"sales-eu Active eu-central-1 111122223333 0 of 1 – 0 22 Nov 2026, 07:47 UTC (4 minutes ago)",
		}
		if diff := cmp.Diff(want, texts(doc.Find("#instances tbody tr"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := text(doc.Find("#instances h2")); got != "Instances (2)" {
			t.Errorf("the table is called %q", got)
		}
		if href := doc.Find("#instances tbody tr:nth-child(2) th a").AttrOr("href", ""); href != "/instances/"+string(salesID)+"/flows" {
			t.Errorf("the name leads to %q", href)
		}
		if s.reads != 0 {
			t.Errorf("listing read %d instances", s.reads)
		}
	})
	t.Run("a source that fails is a message; the others stay usable", func(t *testing.T) {
		t.Parallel()
		s := &surveyorInMemory{listings: []survey.Listing{failing, {Source: frankfurt, Instances: []instance.Instance{sales}}}}
		doc := newReadingPages(s, people.Viewer).page(t, "/instances", http.StatusOK)
		alert := doc.Find("main .alert-error")
		want := "Error: us-east-1 can't be read (arn:aws:iam::444455556666:role/wrapup) " +
			"Something went wrong in wrapup. Nothing was changed. Allow wrapup's role to list instances (connect:ListInstances), then retry. " +
			"Instances of other sources stay usable. Code AccessDeniedException Request req-9 Retry"
		if got := text(alert); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if href := alert.Find("a").AttrOr("href", ""); href != "/instances" {
			t.Errorf("Retry leads to %q", href)
		}
		if n := doc.Find("#instances tbody tr").Length(); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
	t.Run("advice is about what failed, and others are named only where some answered", func(t *testing.T) {
		t.Parallel()
		own := survey.Source{Region: "us-east-1"}
		for _, c := range []struct {
			name string
			err  *fault.Error
			rest []survey.Listing
			want string
		}{
			{"expired credentials, nothing else answers", fault.New(fault.Unavailable, "aws.expired"), []survey.Listing{failing},
				"Error: us-east-1 can't be read (own credentials) wrapup's AWS credentials have expired. Renew them and retry. Retry"},
			{"no credentials, another source has no instance", fault.New(fault.Unavailable, "aws.no-credentials"), []survey.Listing{{Source: frankfurt}},
				"Error: us-east-1 can't be read (own credentials) wrapup has no AWS credentials. Give it a role, or keys in its environment, and retry. Retry"},
			{"a network, another source answers", fault.New(fault.Unavailable, "aws.timeout"), []survey.Listing{{Source: frankfurt, Instances: []instance.Instance{sales}}},
				"Error: us-east-1 can't be read (own credentials) Amazon Connect did not answer in time. Retry in a moment. " +
					"Check the network and the service's status, then retry. Instances of other sources stay usable. Retry"},
		} {
			s := &surveyorInMemory{listings: append([]survey.Listing{{Source: own, Err: c.err}}, c.rest...)}
			doc := newReadingPages(s, people.Viewer).page(t, "/instances", http.StatusOK)
			if got := text(doc.Find("main .alert-error").First()); got != c.want {
				t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
			}
		}
	})
	t.Run("where every source fails there is no empty table", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{listings: []survey.Listing{failing}}, people.Viewer).page(t, "/instances", http.StatusOK)
		if doc.Find("#instances").Length() != 0 || doc.Find("main .alert-error").Length() != 1 {
			t.Error(text(doc.Find("main")))
		}
	})
	t.Run("no instance names the next step", func(t *testing.T) {
		t.Parallel()
		doc := newReadingPages(&surveyorInMemory{listings: []survey.Listing{{Source: frankfurt}}}, people.Viewer).page(t, "/instances", http.StatusOK)
		if got := text(doc.Find("#instances .empty-title")); got != "No instances" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("the root leads here, an instance's address to its flows", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{}, people.Viewer)
		for from, to := range map[string]string{"/": "/instances", "/instances/" + string(salesID): "/instances/" + string(salesID) + "/flows"} {
			if w := p.send(t, http.MethodGet, from); w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
				t.Errorf("%s gives %d to %s", from, w.Code, w.Header().Get("Location"))
			}
		}
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	path := "/instances/" + string(salesID) + "/refresh"
	t.Run("it reads anew and leads back", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{last: readingOf()}, people.Viewer)
		w := p.send(t, http.MethodPost, path)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != flowsPath(salesID) || p.surveyor.refreshs != 1 {
			t.Errorf("%d to %s, %d refreshed", w.Code, w.Header().Get("Location"), p.surveyor.refreshs)
		}
		if len(p.session.flashes) != 1 || p.session.flashes[0].Kind != "success" {
			t.Errorf("flashes %+v", p.session.flashes)
		}
	})
	t.Run("where reading fails the last reading stays, and the next page says why", func(t *testing.T) {
		t.Parallel()
		throttled := &fault.Error{Kind: fault.Throttled, Message: fault.Msg("fault.internal"), Code: "ThrottlingException", RequestID: "req-1"}
		p := newReadingPages(&surveyorInMemory{last: readingOf(), readErr: throttled}, people.Viewer)
		if w := p.send(t, http.MethodPost, path); w.Code != http.StatusSeeOther {
			t.Fatalf("status %d", w.Code)
		}
		p.surveyor.readErr = nil
		got := text(p.page(t, flowsPath(salesID), http.StatusOK).Find(".flashes"))
		want := "Error: The instance could not be read anew, so the last reading is shown. Something went wrong in wrapup. Nothing was changed. (code ThrottlingException, request req-1)"
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("a code and a request are named only where there are any", func(t *testing.T) {
		t.Parallel()
		for want, f := range map[string]*fault.Error{
			"Nothing was changed.":                 {},
			"Nothing was changed. (code Some)":     {Code: "Some"},
			"Nothing was changed. (request req-1)": {RequestID: "req-1"},
		} {
			f.Kind, f.Message = fault.Unavailable, fault.Msg("fault.internal")
			p := newReadingPages(&surveyorInMemory{last: readingOf(), readErr: f}, people.Viewer)
			p.send(t, http.MethodPost, path)
			p.surveyor.readErr = nil
			if got := text(p.page(t, flowsPath(salesID), http.StatusOK).Find(".flashes")); !strings.HasSuffix(got, want) {
				t.Errorf("got %s, want it to end in %s", got, want)
			}
		}
	})
	t.Run("where nothing was read before the page says why", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{readErr: fault.New(fault.Unavailable, "fault.internal")}, people.Viewer)
		if w := p.send(t, http.MethodPost, path); w.Code != http.StatusServiceUnavailable {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("an unknown instance is not found", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{last: readingOf()}, people.Viewer)
		if w := p.send(t, http.MethodPost, "/instances/nope/refresh"); w.Code != http.StatusNotFound {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("it can't be done by following a link", func(t *testing.T) {
		t.Parallel()
		p := newReadingPages(&surveyorInMemory{last: readingOf()}, people.Viewer)
		if w := p.send(t, http.MethodGet, path); w.Code != http.StatusMethodNotAllowed || p.surveyor.refreshs != 0 {
			t.Errorf("status %d, %d refreshed", w.Code, p.surveyor.refreshs)
		}
	})
}
