package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestParseHistoryQuery(t *testing.T) {
	t.Parallel()
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	id := "aaaaaaaa-bbbb-cccc-dddd-111111111111"
	for name, c := range map[string]struct {
		in   string
		want historyQuery
	}{
		"nothing is everything":  {"", historyQuery{Page: 1}},
		"everything is read":     {"instance=" + id + "&person=p1&state=paused&flow=+Sales+&from=2026-11-01&to=2026-11-22&page=3", historyQuery{Instance: instance.ID(id), Person: "p1", State: publish.Paused, Flow: "Sales", From: date(2026, 11, 1), To: date(2026, 11, 22), Page: 3}},
		"an id in upper case":    {"instance=" + strings.ToUpper(id), historyQuery{Instance: instance.ID(id), Page: 1}},
		"what is not understood": {"instance=x'--&state=done&from=yesterday&to=2026-02-30&page=-4", historyQuery{Page: 1}},
		"no such year":           {"from=0000-01-01&to=9999-12-31&page=99999999999999999999", historyQuery{Page: 1}},
		"no page so far":         {"page=1000001", historyQuery{Page: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := url.ParseQuery(c.in)
			if err != nil {
				t.Fatal(err)
			}
			got := parseHistoryQuery(v)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			u, err := url.Parse(got.href())
			if err != nil || cmp.Diff(got, parseHistoryQuery(u.Query())) != "" {
				t.Errorf("the address %s reads otherwise (%v)", got.href(), err)
			}
		})
	}
	long := parseHistoryQuery(url.Values{"flow": {strings.Repeat("客", 5000)}, "person": {strings.Repeat("客", 5000)}})
	if len(long.Flow) > maxFilterText || !utf8.ValidString(long.Flow) || long.Flow == "" || long.Person != "" {
		t.Errorf("got %d bytes of a flow, %d of a person", len(long.Flow), len(long.Person))
	}
	bad := parseHistoryQuery(url.Values{"flow": {"a\xffb"}, "person": {"\xff"}})
	if bad.Flow != "ab" || bad.Person != "" {
		t.Errorf("what is no UTF-8: %q, %q", bad.Flow, bad.Person)
	}
	if f := (historyQuery{To: date(2026, 11, 22), Page: 2}).filter("f"); !f.To.Equal(date(2026, 11, 23)) || f.Offset != historyPage || !slices.Equal(f.Flows, []instance.FlowID{"f"}) {
		t.Errorf("the last day is not in: %+v", f)
	}
}

// shown are the changes that an address of the history lists, by their titles.
func (j *journey) shown(query url.Values) []string {
	j.t.Helper()
	return texts(j.get("/history?" + query.Encode()).Find("#changes tbody th"))
}

func TestTheHistoryIsFiltered(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	flows := j.bare(0, 2)
	wired, planned := j.plan(flows[0]), j.plan(flows[1])
	j.begin(wired, publish.StopAtFailure)
	j.ends(wired)
	j.acts("p2", people.Publisher)
	name := func(path string) string { return text(j.get(path).Find("h1")) }
	all := []string{name(planned), name(wired)}
	elsewhere := "aaaaaaaa-bbbb-cccc-dddd-999999999999"
	today := time.Now().UTC()
	dayOf := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	for what, c := range map[string]struct {
		query url.Values
		want  []string
	}{
		"nothing":               {nil, all},
		"garbage":               {url.Values{"state": {"<b>"}, "instance": {"\xff"}, "person": {"nobody"}, "from": {"x"}, "page": {"-1"}, "y": {"z"}}, all},
		"a state":               {url.Values{"state": {"published"}}, all[1:]},
		"another state":         {url.Values{"state": {"interrupted"}}, nil},
		"a person":              {url.Values{"person": {"p1"}}, all},
		"a person without any":  {url.Values{"person": {"p2"}}, nil},
		"the instance":          {url.Values{"instance": {j.in.ID}}, all},
		"another instance":      {url.Values{"instance": {elsewhere}}, nil},
		"a flow by name":        {url.Values{"flow": {strings.ToUpper(flows[0].Flow.Name)}}, all[1:]},
		"a flow by id":          {url.Values{"flow": {string(flows[1].Flow.ID)}}, all[:1]},
		"a flow nobody knows":   {url.Values{"flow": {"No such flow"}}, nil},
		"from today":            {url.Values{"from": {dayOf(-1)}, "to": {dayOf(1)}}, all},
		"until long ago":        {url.Values{"to": {"2020-01-01"}}, nil},
		"a range turned round":  {url.Values{"from": {dayOf(1)}, "to": {dayOf(-1)}}, all},
		"part of a flow's name": {url.Values{"flow": {strings.ToLower(flows[0].Flow.Name[1:])}}, all[1:]},
		"a page that is beyond": {url.Values{"page": {"9"}}, all},
	} {
		t.Run(what, func(t *testing.T) {
			if got := j.shown(c.query); !slices.Equal(got, c.want) {
				t.Errorf("it lists %q", got)
			}
		})
	}
	doc := j.get("/history?state=published&from=2026-01-01&flow=%22%3E%3Cscript%3E&person=p1&instance=" + elsewhere)
	form := typed(doc, "#filter")
	want := url.Values{"state": {"published"}, "from": {"2026-01-01"}, "to": {""}, "flow": {`"><script>`}, "person": {"p1"}, "instance": {elsewhere}}
	if diff := cmp.Diff(want, form); diff != "" {
		t.Errorf("the filter does not show what is set (-want +got):\n%s", diff)
	}
	wantsMain(t, doc, "0 matches", "No match", "No flow with this in its name was read.")
	if got := text(doc.Find("main")); strings.Count(got, "No flow with this in its name") != 1 || strings.Contains(got, "No change fits the filter.") {
		t.Errorf("it is said twice that nothing is found: %s", got)
	}
	if doc.Find(`#changes .empty a[href="/history"]`).Length() != 1 || doc.Find(`#filter a[href="/history"]`).Length() != 1 {
		t.Error("the filter cannot be cleared")
	}
	if doc.Find("#filter input:not([id]), #filter select:not([id])").Length() != 0 {
		t.Error("a field has no label")
	}
	doc.Find("#filter input, #filter select").Each(func(_ int, s *goquery.Selection) {
		if doc.Find(`label[for="`+s.AttrOr("id", "")+`"]`).Length() != 1 {
			t.Errorf("%s has no label", s.AttrOr("id", ""))
		}
	})
}

func TestPagesOfTheHistoryKeepTheFilter(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	if doc := j.get("/history"); doc.Find("#filter").Length() != 0 || !strings.Contains(text(doc.Find("#changes")), "No change yet") {
		t.Errorf("an empty history: %s", text(doc.Find("main")))
	}
	for i := range 2*historyPage + 1 {
		c := publish.Change{ID: fmt.Sprintf("c%03d", i), Instance: instance.Instance{ID: instance.ID(j.in.ID), Region: j.in.Region}, Title: fault.Msg("publish.title.nothing"),
			Hash: "h", State: publish.Planned, Created: time.Date(2026, 11, 22, 0, 0, i, 0, time.UTC), By: publish.Actor{ID: "p1", Name: "mei"}}
		if err := j.store.CreateChange(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	at := "/history?from=2026-11-22&person=p1&state=planned&to=2026-11-22"
	for n := 1; n <= 3; n++ {
		doc := j.get(at)
		rows := doc.Find("#changes tbody tr").Length()
		if want := map[int]int{1: historyPage, 2: historyPage, 3: 1}[n]; rows != want {
			t.Errorf("page %d has %d rows", n, rows)
		}
		wantsMain(t, doc, "101 matches", fmt.Sprintf("Page %d of 3", n))
		next := doc.Find(".pages a[rel=next]").AttrOr("href", "")
		if n == 3 {
			if next != "" {
				t.Errorf("the last page leads to %q", next)
			}
			break
		}
		if u, err := url.Parse(next); err != nil || u.Query().Get("person") != "p1" || u.Query().Get("state") != "planned" || u.Query().Get("from") != "2026-11-22" {
			t.Errorf("the next page loses the filter: %q", next)
		}
		at = next
	}
}

func TestAFlowIsFoundByPartOfItsName(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.flowWith(audit.NotWired)
	h := &Changes{Shell: &Shell{Deps{Survey: j.survey}}}
	all := known{instances: []instance.Instance{{ID: instance.ID(j.in.ID)}}}
	guide := j.guideFlow().Flow
	for what, c := range map[string]struct {
		query historyQuery
		known known
		want  instance.FlowID // one of those found; empty: none is, and it is said why
	}{
		"the name":            {historyQuery{Flow: f.Flow.Name}, all, f.Flow.ID},
		"its end":             {historyQuery{Flow: strings.ToUpper(f.Flow.Name[2:])}, all, f.Flow.ID},
		"a guide's":           {historyQuery{Flow: guide.Name[:len(guide.Name)-1]}, all, guide.ID},
		"an id":               {historyQuery{Flow: strings.ToUpper(string(f.Flow.ID))}, known{}, f.Flow.ID},
		"in another instance": {historyQuery{Flow: f.Flow.Name, Instance: "another"}, all, ""},
		"in no instance":      {historyQuery{Flow: f.Flow.Name}, known{}, ""},
		"no part of a name":   {historyQuery{Flow: f.Flow.Name + "?"}, all, ""},
	} {
		ids, problem := h.flowsNamed(t.Context(), c.query, c.known)
		if (c.want == "") != (problem != "") || c.want == "" && ids != nil || c.want != "" && !slices.Contains(ids, c.want) {
			t.Errorf("%s: %v, %q", what, ids, problem)
		}
	}
}

func TestWhatAFilterCannotMeanIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Admin)
	path := j.plan(j.flowWith(audit.NotWired))
	j.get(j.follow(path+"/publish", j.approval(path)))
	c := j.change(path)
	for _, at := range []string{"/history", entriesPath} {
		rows := j.get(at).Find("main table tbody tr").Length()
		for query, field := range map[string]string{
			"from=2026-13-45": "from", "to=tomorrow": "to", "from=0001-01-01": "from", "from=2026-11-23&to=2026-11-22": "to",
			"state=foo": "state", "instance=foo": "instance", "person=foo": "person", "show=foo": "show",
		} {
			if (field == "show") != (at == entriesPath) && field != "from" && field != "to" && field != "person" {
				continue // the other page has no such field
			}
			doc := j.get(at + "?" + query)
			said := doc.Find("#filter-" + field + "-error")
			if text(said) == "" || doc.Find("#filter-"+field).AttrOr("aria-describedby", "") != said.AttrOr("id", "") || doc.Find("#filter .field-error").Length() != 1 {
				t.Errorf("%s?%s: %q is said", at, query, text(doc.Find("#filter .field-error")))
			}
			if got := doc.Find("main table tbody tr").Length(); got != rows || rows == 0 {
				t.Errorf("%s?%s: %d rows of %d", at, query, got, rows)
			}
		}
		if doc := j.get(at + "?from=2026-11-01&person=p1"); doc.Find("#filter .field-error").Length() != 0 {
			t.Errorf("%s: of what is right it says %q", at, text(doc.Find("#filter .field-error")))
		}
	}
	wantsMain(t, j.get(entriesPath+"?to=2020-01-01"), "Nothing that happened fits the filter.")
	if row := texts(j.get("/history").Find("#changes tbody tr td")); !strings.Contains(row[3], absoluteTime(c.Created)) || !strings.Contains(row[3], "Approved "+absoluteTime(c.Word.At)) {
		t.Errorf("the list, in the order of planning, shows %q", row)
	}
}
