package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/i18n"
	"wrapup/internal/instance"
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
	if doc.Find("#entries tbody td a").AttrOr("href", "") != path {
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

// told is the newest entry that says what was done: its cells.
func (j *journey) told(what string) []string {
	j.t.Helper()
	row := j.get("/history/entries").Find("#entries tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return text(s.Find("th")) == what }).First()
	if row.Length() == 0 {
		j.t.Fatalf("nothing says %q", what)
	}
	return texts(row.Find("td"))
}

func TestAnEntrySaysToWhatItWasDone(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Admin)
	f := j.flowWith("not-wired")
	path := j.plan(f)
	title := text(j.get(path).Find("h1"))
	j.get(j.follow(path+"/publish", j.approval(path)))
	in, alias := instance.ID(j.in.ID), j.in.Alias
	for _, what := range []string{"Write announced", "Write ended"} {
		if got := j.told(what)[0]; !strings.Contains(got, title) || !strings.Contains(got, f.Flow.Name+", "+alias) {
			t.Errorf("%s: %q", what, got)
		}
	}
	for _, what := range []string{"Change planned", "Change approved", "Publishing began", "Publishing ended", "Publish a change"} {
		if got := j.told(what)[0]; !strings.Contains(got, title) || !strings.Contains(got, alias) {
			t.Errorf("%s: %q", what, got)
		}
	}
	set := func(r publish.Rules) {
		t.Helper()
		now, err := j.store.Rules(t.Context(), in)
		if err == nil {
			r.Rev = now.Rev
			_, err = j.store.SetRules(t.Context(), in, r, publish.Actor{ID: "p1", Name: "mei"}, time.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	window := publish.Window{Days: []time.Weekday{time.Saturday}, From: 60, To: 120}
	for _, c := range []struct {
		rules   publish.Rules
		want    string
		without string
	}{
		{publish.Rules{Production: true, Windows: []publish.Window{window}}, "Used in production: Yes. Two people publish: Yes. Change window 1: Sat, 01:00 to 02:00.", "Time zone"},
		{publish.Rules{Zone: "Europe/Berlin"}, "Used in production: No. Two people publish: No. Time zone: Europe/Berlin. Change window 1: taken away.", "touch"},
		{publish.Rules{Zone: "Europe/Berlin", DoNotTouch: []instance.FlowID{f.Flow.ID}}, "Put on the do-not-touch list: " + f.Flow.Name + ".", "Time zone"},
		{publish.Rules{Zone: "Europe/Berlin"}, "Taken off the do-not-touch list: " + f.Flow.Name + ".", "Put on"},
		{publish.Rules{Zone: "Europe/Berlin"}, "Nothing was set otherwise", "Time zone"},
	} {
		set(c.rules)
		if got := j.told("Rules of an instance set")[0]; !strings.Contains(got, alias) || !strings.Contains(got, c.want) || strings.Contains(got, c.without) {
			t.Errorf("%+v: %q", c.rules, got)
		}
	}
	for action, c := range map[string]struct{ subject, what, want string }{
		"rules.set":          {j.in.ID, "Set the rules of an instance", alias},
		"flow.untouched.on":  {j.in.ID + "/" + string(f.Flow.ID), "Put a flow on the do-not-touch list", f.Flow.Name},
		"flow.untouched.off": {string(f.Flow.ID), "Take a flow off the do-not-touch list", f.Flow.Name},
		"draft.save":         {j.in.ID + "/" + string(j.guideFlow().Flow.ID), "Save a guide draft", j.guideFlow().Flow.Name},
		"draft.discard":      {j.in.ID + "/new", "Discard a guide draft", "A new guide"},
		"change.settle":      {strings.TrimPrefix(path, "/changes/") + "/" + j.change(path).Steps[0].Key, "Decide on a write", f.Flow.Name},
		"publishing.halt":    {"", "Stop all publishing", "All instances"},
		"change.stop":        {"aaaaaaaaaaaaaaaaaaaaaaaaaa", "Stop a change", "–"},
	} {
		if err := j.store.Record(t.Context(), people.Entry{At: time.Now(), Person: "p1", Name: "mei", Action: action, Subject: c.subject, Result: people.OK}); err != nil {
			t.Fatal(err)
		}
		if got := j.told(c.what)[0]; !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", action, got)
		}
	}
	if doc := j.get("/history/entries"); doc.Find(`#entries a[href="/changes/aaaaaaaaaaaaaaaaaaaaaaaaaa"]`).Length() > 0 {
		t.Error("an entry leads to a change that is not there")
	}
}

func TestARefusalIsShownWithItsWholeSentence(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Admin)
	path := j.plan(j.flowWith("not-wired"))
	form := j.approval(path)
	form.Set("when", whenAt)
	form.Set("at", "2020-01-01T00:00")
	j.page(j.send(path+"/publish", form), http.StatusUnprocessableEntity)
	if got := j.told("Publish a change"); !strings.Contains(got[1], "This time is over. It is ") || strings.Contains(got[1], "no value") {
		t.Errorf("it says %q", got)
	}
	for _, e := range []people.Entry{
		{Action: "change.publish", Result: "rules.at-past"}, // as it was recorded before
		{Action: "people.role", Result: people.Refused, Reason: "people.last-admin"},
	} {
		e.At, e.Person = time.Now(), "p1"
		if err := j.store.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if got := j.told("Publish a change"); got[1] != "Refused" {
		t.Errorf("of an old one it says %q", got[1])
	}
	if got := j.told("Change a role"); strings.Contains(strings.Join(got, " "), "people.last-admin") || !strings.Contains(got[1], i18n.T(t.Context(), "people.last-admin")) {
		t.Errorf("of a person's role it says %q", got)
	}
	if _, _, err := j.store.VerifyHistory(t.Context()); err != nil {
		t.Error(err)
	}
}
