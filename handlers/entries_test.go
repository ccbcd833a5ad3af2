package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestParseEntriesQuery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want entriesQuery
	}{
		"nothing is everything": {"", entriesQuery{}},
		"everything is read": {"show=refused&person=p1&text=+r-1+&from=2026-11-01&to=2026-11-22&before=9",
			entriesQuery{Show: "refused", Person: "p1", Text: "r-1", From: day("2026-11-01"), To: day("2026-11-22"), Before: 9}},
		"what is not understood": {"show=x&from=yesterday&to=2026-02-30&before=-4", entriesQuery{}},
		"what is no UTF-8":       {"text=a%ffb&person=%ff", entriesQuery{Text: "ab"}},
	} {
		v, err := url.ParseQuery(c.in)
		if err != nil {
			t.Fatal(err)
		}
		got := parseEntriesQuery(v)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		u, err := url.Parse(got.href())
		if err != nil || cmp.Diff(got, parseEntriesQuery(u.Query())) != "" {
			t.Errorf("%s: the address %s reads otherwise (%v)", name, got.href(), err)
		}
	}
	if got := parseEntriesQuery(url.Values{"text": {strings.Repeat("客", 5000)}}); len(got.Text) > maxFilterText {
		t.Errorf("%d bytes of a text", len(got.Text))
	}
	if f := (entriesQuery{To: day("2026-11-22"), Show: "written"}).filter(false); !f.To.Equal(day("2026-11-23")) || f.Accounts || !slices.Contains(f.Kinds, publish.EntryOutcome) {
		t.Errorf("asked for: %+v", f)
	}
}

// said are what the entries of an address say, the newest first.
func (j *journey) said(query url.Values) []string {
	j.t.Helper()
	return texts(j.get("/history/entries?" + query.Encode()).Find("#entries tbody th"))
}

func TestEverythingThatHappenedIsLookedFor(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith("not-wired")
	path := j.plan(f)
	approval := j.approval(path)
	stale := url.Values{"hash": {strings.Repeat("0", 64)}, "reason": {"in a hurry"}}
	for name, values := range approval {
		if name != "hash" && name != "reason" {
			stale[name] = values
		}
	}
	j.page(j.send(path+"/publish", stale), http.StatusConflict)
	j.get(j.follow(path+"/publish", approval))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(j.store.Record(t.Context(), people.Entry{Person: "p1", Name: "mei", Address: "192.0.2.7", Action: "sign-in", Result: "people.wrong"}))
	request := j.change(path).Steps[0].Outcome.RequestID

	if got := j.said(url.Values{"show": {"refused"}}); !slices.Equal(got, []string{"Publish a change"}) {
		t.Errorf("refused were %q", got)
	}
	doc := j.get("/history/entries?show=refused")
	wantsMain(t, doc, "Refused", "in a hurry", "mei")
	if doc.Find("#entries tbody th a").AttrOr("href", "") != path {
		t.Error("the refusal does not lead to its change")
	}
	if got := j.said(url.Values{"text": {request}}); request == "" || !slices.Equal(got, []string{"Write ended"}) {
		t.Errorf("of the AWS request %q there are %q", request, got)
	}
	wantsMain(t, j.get("/history/entries?text="+request), request, "Published")
	of := j.said(url.Values{"text": {strings.TrimPrefix(path, "/changes/")}})
	for _, want := range []string{"Change approved", "Write announced", "Write ended", "Publishing ended", "Publish a change"} {
		if !slices.Contains(of, want) {
			t.Errorf("of the change there is no %q: %q", want, of)
		}
	}
	for _, nothing := range []url.Values{{"text": {"%"}}, {"text": {`"><script>`}}, {"to": {"2020-01-01"}}} {
		if got := j.said(nothing); len(got) > 0 {
			t.Errorf("%v finds %q", nothing, got)
		}
	}
	if all := j.said(nil); slices.Contains(all, "Sign in") || strings.Contains(text(j.get("/history/entries").Find("main")), "192.0.2") {
		t.Errorf("a publisher sees who signs in: %q", all)
	}
	j.role = people.Admin
	j.mount()
	if all := j.said(nil); all[0] != "Sign in" {
		t.Errorf("who manages people sees %q", all)
	}
	wantsMain(t, j.get("/history/entries"), "192.0.2.7")
	if links := hrefs(j.get("/history").Find("main")); links["Show everything that happened"] != "/history/entries" {
		t.Errorf("the history leads to %v", links)
	}
}

func TestPagesOfEntriesKeepTheFilter(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Admin)
	for range historyPage + 3 {
		if err := j.store.Record(t.Context(), people.Entry{Person: "p1", Name: "mei", Action: "sign-in", Result: people.OK}); err != nil {
			t.Fatal(err)
		}
	}
	doc := j.get("/history/entries?person=p1")
	if n := doc.Find("#entries tbody tr").Length(); n != historyPage {
		t.Errorf("%d entries on the first page", n)
	}
	next := doc.Find(".pages a[rel=next]").AttrOr("href", "")
	doc = j.get(next)
	if n := doc.Find("#entries tbody tr").Length(); n != 3 || !strings.Contains(next, "person=p1") || doc.Find(".pages").Length() != 0 {
		t.Errorf("%d entries on %q", n, next)
	}
}
