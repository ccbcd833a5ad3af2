package handlers

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/audit"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
	"wrapup/views/ui"
)

// wires publishes the guide to a flow, and gives the flow as it was and what it holds now.
func (j *journey) wires() (was survey.FlowRow, now string) {
	j.t.Helper()
	was = j.flowWith(audit.NotWired)
	path := j.plan(was)
	j.get(j.follow(path+"/publish", j.approval(path)))
	if c := j.change(path); c.State != publish.Published {
		j.t.Fatalf("the change is %s", c.State)
	}
	now, _, _ = j.sim.Contents(j.in.ID, string(was.Flow.ID))
	return was, now
}

func hashOf(content string) string { return flow.Hash([]byte(content)) }

// body is an answer's bytes.
func (j *journey) body(path string) (*http.Response, string) {
	j.t.Helper()
	res := j.send(path, nil)
	b, err := io.ReadAll(res.Body)
	if err != nil {
		j.t.Fatal(err)
	}
	return res, string(b)
}

func hrefs(s *goquery.Selection) map[string]string {
	out := map[string]string{}
	s.Find("a[href]").Each(func(_ int, a *goquery.Selection) { out[text(a)] = a.AttrOr("href", "") })
	return out
}

func TestTheHistoryOfAFlow(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, wired := j.wires()
	id := string(f.Flow.ID)
	at := j.path("flows", id, "history")
	if got := hrefs(j.get(j.path("flows", id)).Find("#details"))["History of this flow"]; got != at {
		t.Errorf("the flow's page leads to %q", got)
	}
	doc := j.get(at)
	wantsMain(t, doc, "Changes of this flow (1)", "Published", "mei", "Compare two versions")
	row := doc.Find("#changes tbody tr")
	change := row.Find("th a").AttrOr("href", "")
	if got := hrefs(j.get(change).Find("#step-1"))["History of this flow"]; got != at {
		t.Errorf("the change leads to %q", got)
	}
	request := j.change(change).Steps[0].Outcome.RequestID
	if request == "" || !strings.Contains(text(row), request) {
		t.Errorf("the row does not name the AWS request %q: %s", request, text(row))
	}
	kept := hrefs(row)
	for words, content := range map[string]string{"Before the change": f.Flow.Content, "After the change": wired} {
		if want := at + "/compare?from=" + hashOf(content) + "&to=live"; kept[words] != want {
			t.Errorf("%s leads to %q, want %q", words, kept[words], want)
		}
		res, got := j.body(at + "/" + hashOf(content) + ".json")
		if res.StatusCode != http.StatusOK || got != content {
			t.Errorf("%s: status %d, %d bytes, want %d", words, res.StatusCode, len(got), len(content))
		}
		if h := res.Header; h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("Content-Type") != "application/json" {
			t.Errorf("%s: header %v", words, h)
		}
	}
	if !strings.Contains(hrefs(doc.Find("main"))["Find it in the whole history"], "flow="+id) {
		t.Error("nothing leads to the filtered history")
	}
}

func TestTwoVersionsOfAFlowAreCompared(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, wired := j.wires()
	at, before := j.path("flows", string(f.Flow.ID), "history"), hashOf(f.Flow.Content)
	doc := j.get(at + "/compare?from=" + before + "&to=live")
	wantsMain(t, doc, "Before the change", "Now in Connect", "Set after-contact work guide", "Difference by line")
	if doc.Find("#blocks tbody tr").Length() == 0 || doc.Find("#lines .diff-added").Length() == 0 {
		t.Error("no difference is shown")
	}
	if got := typed(doc, "form.filter"); got.Get("from") != before || got.Get("to") != "live" {
		t.Errorf("chosen are %v", got)
	}
	form := doc.Find("#from form[method=post]")
	if form.AttrOr("action", "") != j.path("flows", string(f.Flow.ID), "restore") || typed(doc, "#from form[method=post]").Get("hash") != before || form.Find("button[disabled]").Length() != 0 {
		t.Errorf("the former version is not offered: %s", text(doc.Find("#from")))
	}
	if doc.Find("#to form[method=post]").Length() != 0 {
		t.Error("what is live can be put back")
	}
	turned := j.get(at + "/compare?from=live&to=" + before)
	if turned.Find("#lines .diff-removed").Length() == 0 {
		t.Error("turned round, nothing is taken out")
	}
	same := j.get(at + "/compare?from=" + hashOf(wired) + "&to=live")
	wantsMain(t, same, "Both are the same, byte for byte.", "This is what Amazon Connect holds now.")
	if same.Find("#from form button:not([disabled])").Length() != 0 {
		t.Error("what is live already can be put back")
	}
	wantsMain(t, j.get(at+"/compare?from="+before+"&to="+before), "Both are the same, byte for byte.")
}

func TestAVersionIsPutBackFromTheHistory(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, _ := j.wires()
	id := string(f.Flow.ID)
	compare := j.path("flows", id, "history", "compare") + "?from=" + hashOf(f.Flow.Content) + "&to=live"
	form := j.get(compare).Find("#from form[method=post]")
	put := form.AttrOr("action", "")
	change := j.follow(put, url.Values{"hash": {typed(j.get(compare), "#from form[method=post]").Get("hash")}})
	// The plan holds the same content as one that is only reviewed: it stays what it was, and can be put back.
	doc := j.get(compare)
	wantsMain(t, doc, "Before the change")
	if doc.Find("#from form button:not([disabled])").Length() != 1 {
		t.Error("what was planned to be put back can't be put back any more")
	}
	j.get(j.follow(change+"/publish", j.approval(change)))
	if now, _, _ := j.sim.Contents(j.in.ID, id); now != f.Flow.Content {
		t.Error("the flow does not hold the former bytes")
	}
	if got := j.marks(); len(got) != 0 {
		t.Errorf("what was put back is marked: %v", got)
	}
	wantsMain(t, j.get(j.path("flows", id, "history")), "Changes of this flow (2)")
}

func TestOnlyContentsOfThisFlowAreGiven(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, wired := j.wires()
	other := j.flowWhere(func(r survey.FlowRow) bool { return r.Flow.ID != f.Flow.ID })
	strange, err := j.store.KeepContent(t.Context(), []byte("of no flow"))
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := j.path("flows", string(f.Flow.ID), "history"), j.path("flows", string(other.Flow.ID), "history")
	elsewhere := strings.Replace(mine, j.in.ID, "aaaaaaaa-bbbb-cccc-dddd-999999999999", 1)
	for what, path := range map[string]string{
		"another flow's":       theirs + "/" + hashOf(wired) + ".json",
		"another instance's":   elsewhere + "/" + hashOf(wired) + ".json",
		"a content of no flow": mine + "/" + strange + ".json",
		"no hash":              mine + "/x.json",
		"a wildcard":           mine + "/" + strings.Repeat("_", 64) + ".json",
		"a hash in capitals":   mine + "/" + strings.ToUpper(hashOf(wired)) + ".json",
		"compared":             theirs + "/compare?from=" + hashOf(wired) + "&to=live",
		"compared with":        mine + "/compare?from=live&to=" + strange,
		"compared with none":   mine + "/compare",
		"a flow nobody knows":  j.path("flows", "aaaaaaaa-bbbb-cccc-dddd-111111111111", "history"),
		"no flow":              j.path("flows", "x'--", "history"),
	} {
		res, got := j.body(path)
		if res.StatusCode != http.StatusNotFound || strings.Contains(got, "of no flow") {
			t.Errorf("%s: status %d", what, res.StatusCode)
		}
	}
	doc := j.get(theirs)
	wantsMain(t, doc, "wrapup has not changed this flow")
	if doc.Find("#compare").Length() != 0 {
		t.Error("there is nothing to compare")
	}
}

func TestADamagedContentIsSaidAndTheRestStays(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, _ := j.wires()
	at, before := j.path("flows", string(f.Flow.ID), "history"), hashOf(f.Flow.Content)
	h := &FlowHistory{&Shell{Deps{Log: j.log(), Publish: publish.New(j.gateway, damaged{j.store, before}, publish.Options{}), Survey: j.survey, Session: &oneSession{}, Now: time.Now}}, j.survey}
	p := past{in: instance.Instance{ID: instance.ID(j.in.ID)}, flow: f.Flow.ID}
	s, err := h.side(t.Context(), p, before)
	if err != nil || s.problem == nil || s.problem.Message.ID != "store.content-damaged" || s.version.Change == "" {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = h.side(t.Context(), p, live); err != nil || s.problem != nil {
		t.Errorf("the other side: %+v, %v", s.problem, err)
	}
	wantsMain(t, j.get(at), "Changes of this flow (1)")
}

func TestTheHistoryOfAFlowNeedsNoService(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f, _ := j.wires()
	j.role = people.Viewer
	j.mount()
	j.sim.Faults([]connectsim.FaultRule{{Op: "*", Every: 1, Do: connectsim.DoError, Code: "AccessDeniedException", Status: http.StatusForbidden}})
	wantsMain(t, j.get(j.path("flows", string(f.Flow.ID), "history")), "Changes of this flow (1)")
	doc := j.get(j.path("flows", string(f.Flow.ID), "history", "compare") + "?from=" + hashOf(f.Flow.Content) + "&to=live")
	wantsMain(t, doc, "This version can't be shown", "AccessDeniedException", "Before the change")
	if doc.Find("#from form button").Length() != 1 || doc.Find("#from form button:not([disabled])").Length() != 0 {
		t.Error("a viewer can put a version back")
	}
}

// damaged is a journal in which one content no longer has its hash.
type damaged struct {
	publish.Journal
	hash string
}

func (d damaged) Content(ctx context.Context, hash string) ([]byte, error) {
	if hash == d.hash {
		return nil, fault.New(fault.Internal, "store.content-damaged")
	}
	return d.Journal.Content(ctx, hash)
}

func TestTheHistoryOfAFlowShowsWhenItWasWritten(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith(audit.NotWired)
	in := instance.Instance{ID: instance.ID(j.in.ID), Region: j.in.Region}
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC) }
	c := publish.Change{ID: strings.Repeat("a", 26), Instance: in, Title: fault.Msg("publish.title.nothing"), Hash: "h", State: publish.Planned, Created: at(0),
		By: publish.Actor{ID: "p1", Name: "mei"}, Steps: []publish.Step{{Key: "1", Kind: publish.UpdateFlow, Flow: f.Flow.ID, Name: f.Flow.Name}}}
	trace := publish.Trace{Change: c, Step: c.Steps[0]}
	trace.Change.Word = publish.Word{By: c.By, At: at(30)}
	h := &FlowHistory{&Shell{Deps{Now: time.Now}}, nil}
	for what, x := range map[string]struct {
		change    publish.State
		step      publish.StepState
		written   time.Time
		when, say string
	}{
		"written":       {publish.Published, publish.StepDone, at(20), "09:20 UTC", "Published"},
		"planned":       {publish.Planned, publish.StepPlanned, time.Time{}, "09:30 UTC", "Not published yet"},
		"proposed":      {publish.Proposed, publish.StepPlanned, time.Time{}, "09:30 UTC", "Proposed"},
		"approved":      {publish.Approved, publish.StepPlanned, time.Time{}, "09:30 UTC", "Waiting"},
		"paused":        {publish.Paused, publish.StepPlanned, time.Time{}, "09:30 UTC", "Paused"},
		"being written": {publish.Running, publish.StepPlanned, time.Time{}, "09:30 UTC", "Waiting"},
		"was not tried": {publish.Partly, publish.StepPlanned, time.Time{}, "09:30 UTC", "Not tried"},
	} {
		trace.Change.State, trace.Step.State, trace.Step.Outcome.At = x.change, x.step, x.written
		table := h.changesTable(t.Context(), past{in: in, flow: f.Flow.ID, traces: []publish.Trace{trace}, total: 1}, 1)
		var b strings.Builder
		if err := ui.Table(table).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.Contains(got, x.when) || !strings.Contains(got, ">"+x.say+"<") {
			t.Errorf("%s: no %q at %q in %s", what, x.say, x.when, got)
		}
	}
}
