package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

// applying is a journey of publishers whose writes can be held up.
type applying struct{ *background }

func newApplying(t *testing.T) *applying {
	t.Helper()
	j := &applying{newBackground(t, time.Minute)}
	j.acts("p1", people.Publisher)
	j.read()
	return j
}

// acts makes the session that of a person with a role.
func (j *applying) acts(id string, role people.Role) {
	j.t.Helper()
	name := map[string]string{"p1": "mei", "p2": "ann"}[id]
	if err := j.store.SavePerson(j.t.Context(), people.Person{ID: id, Name: name, Role: role, Created: time.Now()}); err != nil {
		j.t.Fatal(err)
	}
	j.session.mu.Lock()
	defer j.session.mu.Unlock()
	j.session.who = id
}

// bare are n flows without the guide, fit for wiring, after the first few.
func (j *applying) bare(after, n int) (out []survey.FlowRow) {
	j.t.Helper()
	for _, r := range j.reading().Flows {
		if _, unfit := notSelectable(&r); !unfit && r.Managed == "" && r.Draft != survey.DraftYes &&
			(r.Report.Verdict == audit.NotWired || r.Report.Verdict == audit.Partial) {
			out = append(out, r)
		}
	}
	if len(out) < after+n {
		j.t.Fatalf("the demo has %d such flows", len(out))
	}
	return out[after : after+n]
}

// begin approves a change without waiting for anything.
func (j *applying) begin(path string, m publish.Mode) {
	j.t.Helper()
	c := j.change(path)
	var ticks []string
	for _, k := range c.Confirmations() {
		ticks = append(ticks, k.ID)
	}
	if _, err := j.publish.Begin(j.t.Context(), c.ID, publish.Approval{Hash: c.Hash, Confirmed: ticks, Mode: m, By: publish.Actor{ID: "p1", Name: "mei"}}); err != nil {
		j.t.Fatal(err)
	}
}

const writePath = "/content"

// held begins a change whose first write is held up.
func (j *applying) held(path string, m publish.Mode) {
	j.t.Helper()
	j.gate.hold(writePath)
	j.begin(path, m)
	j.waits()
}

// paused is a change of n writes that was stopped after the first.
func (j *applying) paused(n int) string {
	j.t.Helper()
	path := j.plan(j.bare(0, n)...)
	j.held(path, publish.StopAtFailure)
	j.follow(path+"/stop", url.Values{})
	j.gate.letGo()
	if c := j.ends(path); c.State != publish.Paused {
		j.t.Fatalf("it is %s", c.State)
	}
	return path
}

func stateOf(doc *goquery.Document) string { return text(doc.Find("h1 ~ .status")) }

// wantsMain fails unless the page's content says each of the texts.
func wantsMain(t *testing.T, doc *goquery.Document, texts ...string) {
	t.Helper()
	got := text(doc.Find("main"))
	for _, want := range texts {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q: %.1200s", want, got)
		}
	}
}

func TestAChangeIsStoppedBetweenTwoWrites(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.plan(j.bare(0, 3)...)
	j.held(path, publish.StopAtFailure)
	doc := j.get(path)
	wantsMain(t, doc, "Being published", "0 of 3 writes are done", "publishing goes on", "Being written", "Waiting")
	if got := doc.Find("#active").AttrOr("hx-sse:connect", ""); got != path+"/events?shown=running" {
		t.Errorf("events are at %q", got)
	}
	if !strings.Contains(doc.Find("head noscript").Text(), `http-equiv="refresh"`) || doc.Find(`#active a[href="`+path+`"]`).Length() != 1 {
		t.Error("without script there is no way to see how it comes on")
	}
	if got := doc.Find("#active-now .steps > li[aria-current]").Length(); got != 1 {
		t.Errorf("%d steps are being written", got)
	}
	stop := doc.Find(`#active form`).AttrOr("action", "")
	for range 2 { // as two people do
		if to := j.follow(stop, url.Values{}); to != path {
			t.Errorf("it leads to %q", to)
		}
	}
	doc = j.get(path)
	wantsMain(t, doc, "mei stopped it. The write under way is finished first.")
	if doc.Find("#active form, .flash").Length() != 0 {
		t.Error("it is offered to be stopped again")
	}
	j.gate.letGo()
	j.ends(path)
	doc = j.get(path)
	wantsMain(t, doc, "Paused after 1 of 3", "What was published stays. The rest waits.", "Continue with 2 writes", "Give up the rest")
	if got := stateOf(doc); got != "Paused" || doc.Find("#active").Length() != 0 {
		t.Errorf("it is %q", got)
	}
	if got := texts(doc.Find(".container-header .status")); !slices.Equal(got, []string{"Published", "Waiting", "Waiting"}) {
		t.Errorf("the steps are %q", got)
	}
	j.follow(stop, url.Values{})
	if got := text(j.get(path).Find(".flash")); !strings.Contains(got, "The change is not being published any more.") {
		t.Errorf("a stop that comes too late says %q", got)
	}
	if n := j.updates(); n != 1 {
		t.Errorf("%d writes", n)
	}
	j.acts("p1", people.Viewer)
	doc = j.get(path)
	if doc.Find("main button:not([disabled])").Length() != 0 {
		t.Error("a viewer is offered to go on")
	}
	for _, to := range []string{"stop", "continue", "give-up", "publish"} {
		j.page(j.send(path+"/"+to, url.Values{}), http.StatusForbidden)
	}
}

func TestTheRestIsPublishedOnce(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.paused(3)
	form := typed(j.get(path), "form.continue-form")
	if form.Get("mode") != string(publish.StopAtFailure) || form.Get("runs") != "1" {
		t.Fatalf("the form is %v", form)
	}
	for field, bad := range map[string]string{"mode": "never", "reason": strings.Repeat("x", publish.MaxReason+1)} {
		v := url.Values{"hash": form["hash"], "runs": form["runs"], field: {bad}}
		doc := j.page(j.send(path+"/continue", v), http.StatusUnprocessableEntity)
		if doc.Find(`#form-errors a[href="#`+field+`"]`).Length() != 1 || doc.Find("#"+field+"-error").Length() != 1 {
			t.Errorf("%s: %s", field, text(doc.Find("#publish")))
		}
	}
	doc := j.page(j.send(path+"/continue", url.Values{"hash": {"0"}, "runs": form["runs"]}), http.StatusConflict)
	wantsMain(t, doc, "The plan is not the one you reviewed.")
	j.follow(path+"/continue", url.Values{"hash": form["hash"], "runs": {"0"}})
	j.follow(path+"/publish", url.Values{"hash": form["hash"]}) // the review's form, sent once more
	if c := j.change(path); c.State != publish.Paused || j.updates() != 1 {
		t.Fatalf("another page's word let it go on: %s", c.State)
	}
	form.Set("reason", "The call was fine")
	for range 2 {
		j.follow(path+"/continue", form)
	}
	doc = j.get(path)
	wantsMain(t, doc, "The call was fine")
	if c := j.ends(path); c.State != publish.Published || c.Word.Reason != "The call was fine" || j.updates() != 3 {
		t.Errorf("%s after %d writes", c.State, j.updates())
	}
}

func TestTheRestIsGivenUp(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.paused(2)
	doc := j.get(path)
	form, giveUp := typed(doc, "form.continue-form"), typed(doc, `form[action="`+path+`/give-up"]`)
	j.acts("p2", people.Editor)
	j.page(j.send(path+"/give-up", giveUp), http.StatusForbidden)
	j.acts("p2", people.Publisher)
	for _, older := range []url.Values{{}, {"state": {"planned"}, "runs": {"0"}}, {"state": {"paused"}, "runs": {"0"}}} { // pages of former states
		j.follow(path+"/give-up", older)
		if c := j.change(path); c.State != publish.Paused {
			t.Fatalf("a page of a former state ended it: %s", c.State)
		}
	}
	for range 2 {
		j.follow(path+"/give-up", giveUp)
	}
	doc = j.get(path)
	wantsMain(t, doc, "Partly published (1 of 2)", "Not tried", "There is nothing to decide here any more")
	j.follow(path+"/continue", form)
	if c := j.change(path); c.State != publish.Partly || j.updates() != 1 {
		t.Errorf("%s after %d writes", c.State, j.updates())
	}
}

func TestOneFlowFirst(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.plan(j.bare(0, 3)...)
	doc := j.get(path)
	var modes []string
	doc.Find("#mode input[type=radio]").Each(func(_ int, s *goquery.Selection) { modes = append(modes, s.AttrOr("value", "")) })
	approval := j.approval(path)
	if !slices.Equal(modes, []string{"stop", "go-on", "first"}) || approval.Get("mode") != "stop" {
		t.Fatalf("%q are offered, %q is chosen", modes, approval.Get("mode"))
	}
	approval.Set("mode", "sideways")
	doc = j.page(j.send(path+"/publish", approval), http.StatusUnprocessableEntity)
	if doc.Find("#mode-error").Length() != 1 || j.updates() != 0 {
		t.Errorf("an unknown mode: %s", text(doc.Find("#publish")))
	}
	approval.Set("mode", "first")
	j.follow(path+"/publish", approval)
	j.ends(path)
	doc = j.get(path)
	wantsMain(t, doc, "Paused after 1 of 3", "It paused after the first flow, as chosen.", "How far it goes Publish one flow first")
	j.follow(path+"/publish", approval)
	if c := j.change(path); c.State != publish.Paused || j.updates() != 1 {
		t.Errorf("the approval that arrived twice wrote more: %s, %d", c.State, j.updates())
	}
	form := typed(doc, "form.continue-form")
	form.Set("mode", "go-on")
	j.follow(path+"/continue", form)
	if c := j.ends(path); c.State != publish.Published || c.Word.Mode != publish.GoOn {
		t.Errorf("%s, %s", c.State, c.Word.Mode)
	}
}

func TestOneWriteHasNoModes(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	if doc := j.get(j.plan(j.bare(0, 1)...)); doc.Find("#mode").Length() != 0 {
		t.Error(text(doc.Find("#mode")))
	}
	steps := []publish.Step{{Kind: publish.CreateGuide}, {Kind: publish.UpdateFlow}}
	if p := modes(t.Context(), publish.Change{Steps: steps}, ""); len(p.Options) != 2 {
		t.Errorf("with one flow %+v are offered", p.Options)
	}
}

func TestAPlanIsDiscarded(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.acts("p1", people.Editor)
	path := j.plan(j.bare(0, 1)...)
	approval := j.approval(path)
	for who, may := range map[[2]string]bool{{"p1", "editor"}: true, {"p1", "viewer"}: false, {"p2", "editor"}: false, {"p2", "publisher"}: true} {
		j.acts(who[0], people.Role(who[1]))
		if n := j.get(path).Find(`form[action="` + path + `/give-up"] button`).Length(); (n == 1) != may {
			t.Errorf("%s is offered %d buttons", who, n)
		}
		if !may {
			j.page(j.send(path+"/give-up", url.Values{}), http.StatusForbidden)
		}
	}
	j.acts("p1", people.Editor)
	j.page(j.send("/changes/none/give-up", url.Values{}), http.StatusNotFound)
	j.follow(path+"/give-up", typed(j.get(path), `form[action="`+path+`/give-up"]`))
	doc := j.get(path)
	wantsMain(t, doc, "Discarded", "It was given up before anything was written.", "Not tried")
	if got := stateOf(doc); got != "Discarded" || doc.Find("main form").Length() != 0 {
		t.Errorf("it is %q", got)
	}
	j.page(j.send(path+"/give-up", url.Values{}), http.StatusForbidden) // it is no plan any more
	j.acts("p1", people.Publisher)
	j.follow(path+"/publish", approval)
	j.follow(path+"/give-up", url.Values{})
	if c := j.change(path); c.State != publish.Discarded || j.updates() != 0 {
		t.Errorf("%s, %d writes", c.State, j.updates())
	}
	entries, err := j.store.Entries(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, e := range entries {
		if e.Action == "change.give-up" {
			did = append(did, e.Person+" "+e.Result)
		}
	}
	for _, want := range []string{"p1 ok", "p2 error.role", "p1 publish.not-open"} {
		if !slices.Contains(did, want) {
			t.Errorf("%q is not recorded: %q", want, did)
		}
	}
}

func TestWhatAnApprovedChangeWaitsFor(t *testing.T) {
	t.Parallel()
	t.Run("another change of the instance", func(t *testing.T) {
		t.Parallel()
		j := newApplying(t)
		first, second := j.plan(j.bare(0, 1)...), j.plan(j.bare(1, 2)...)
		j.held(first, publish.StopAtFailure)
		j.begin(second, publish.StopAtFailure)
		doc := j.get(second)
		wantsMain(t, doc, "Waits for its turn", "Another change of this instance is being published:", "The change goes back to its review.")
		if got := stateOf(doc); got != "Waiting" || doc.Find(`#active a[href="`+first+`"]`).Length() != 1 || doc.Find("#active progress").Length() != 0 {
			t.Errorf("it is %q", got)
		}
		j.gate.letGo()
		if c := j.ends(second); c.State != publish.Published {
			t.Errorf("it is %s", c.State)
		}
	})
	t.Run("its time", func(t *testing.T) {
		t.Parallel()
		j := newApplying(t)
		path := j.plan(j.bare(0, 1)...)
		c := j.change(path)
		at := time.Date(2999, 12, 31, 23, 59, 0, 0, time.UTC)
		if err := j.store.Approve(t.Context(), c.ID, c.Hash, c.Seen(), publish.Word{By: c.By, At: time.Now(), NotBefore: at}); err != nil {
			t.Fatal(err)
		}
		doc := j.get(path)
		wantsMain(t, doc, "Waits until 31 Dec 2999, 23:59 UTC", "Not before")
		s := j.listen(doc.Find("#active").AttrOr("hx-sse:connect", ""))
		s.until("Waits until 31 Dec 2999")
		j.follow(path+"/stop", url.Values{})
		j.beats <- time.Now() // no operation tells of it
		for e := range s.events {
			if strings.Contains(e.data, `hx-get="`+path+`"`) {
				s.until("over")
				break
			}
		}
		if doc := j.get(path); doc.Find("form.publish-form").Length() != 1 || stateOf(doc) != "Not published yet" {
			t.Errorf("it is %q", stateOf(doc))
		}
	})
}

func TestAChangeWhoseWorkFailed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		word *operation.Word
		says string
	}{
		"its process is gone": {nil, "The process that was publishing is gone. wrapup takes the change up again."},
		"the database failed": {&operation.Word{State: operation.Failed, Failure: &operation.Failure{Message: fault.Msg("store.failed"), Code: "53100"}}, "wrapup tries again. Code 53100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJourney(t, people.Viewer)
			j.role = people.Publisher
			j.mount()
			path := j.plan(j.flowWith(audit.NotWired))
			j.idle()
			then := time.Now().Add(-time.Hour)
			j.dies(j.change(path), then)
			if c.word != nil {
				c.word.Now = then.Add(time.Second)
				if _, err := j.store.Operations().Write(t.Context(), operation.Fence{ID: "dead", Owner: "dead", Attempt: 1}, *c.word); err != nil {
					t.Fatal(err)
				}
			}
			s := &Shell{Deps{Operations: j.work, Publish: j.publish, Now: time.Now, Log: j.log()}}
			got, err := s.trouble(t.Context(), j.change(path))
			if err != nil || len(got) != 1 || !strings.HasSuffix(got[0].Text, c.says) {
				t.Errorf("%v: it says %+v", err, got)
			}
			wantsMain(t, j.get(path), "Being published", "Being written")
		})
	}
}

// Every state has its words and its look.
func TestEveryStateHasItsWords(t *testing.T) {
	t.Parallel()
	for _, s := range allStates {
		c := publish.Change{State: s, Steps: []publish.Step{{State: publish.StepDone}, {State: publish.StepPlanned}}}
		for _, id := range []string{"changes.state." + string(s), "changes.outcome." + string(s)} {
			if !i18n.Has(id) {
				t.Errorf("%s is not in the catalogue", id)
			}
		}
		if k := stateStatus(t.Context(), s).Kind; k == "" {
			t.Errorf("%s has no look", s)
		}
		if underReview(c) || waitsOrRuns(s) {
			continue
		}
		if a := outcome(t.Context(), c); a.Kind == "" || unknownText.MatchString(a.Title+a.Text) {
			t.Errorf("%s: %+v", s, a)
		}
	}
	for _, m := range allModes {
		for _, id := range []string{modeID(m), modeID(m) + ".text"} {
			if !i18n.Has(id) {
				t.Errorf("%s is not in the catalogue", id)
			}
		}
	}
}

func TestHowAChangeComesOnIsTold(t *testing.T) {
	t.Parallel()
	t.Run("in place, until it has ended", func(t *testing.T) {
		t.Parallel()
		j := newApplying(t)
		path := j.plan(j.bare(0, 4)...)
		j.held(path, publish.StopAtFailure)
		s := j.listen(j.get(path).Find("#active").AttrOr("hx-sse:connect", ""))
		if first := s.until("0 of 4 writes are done"); strings.Contains(first.data, "hx-get") {
			t.Errorf("the first event replaces the page: %s", first.data)
		}
		j.gate.letGo()
		var said []string
		for e := range s.events {
			said = append(said, e.name+e.text())
			if strings.Contains(e.data, `hx-get="`+path+`"`) && !strings.Contains(e.text(), "Published") {
				t.Errorf("it is replaced by %s", e.text())
			}
		}
		if n := len(said); n < 2 || said[n-1] != "over" || !strings.HasPrefix(said[n-2], "Published") {
			t.Errorf("it said %q", said)
		}
	})
	t.Run("of one that has ended, once", func(t *testing.T) {
		t.Parallel()
		j := newApplying(t)
		path := j.plan(j.bare(0, 1)...)
		j.begin(path, publish.StopAtFailure)
		j.ends(path)
		for _, shown := range []string{"running", "", "%22%3E%3Cscript%3E"} {
			var names []string
			for e := range j.listen(path + "/events?shown=" + shown).events {
				names = append(names, e.name)
				if strings.Contains(e.data, "<script") {
					t.Error(e.data)
				}
			}
			if !slices.Equal(names, []string{"", "over"}) {
				t.Errorf("shown %q: it gave %q", shown, names)
			}
		}
	})
	t.Run("what is not new is not said again, and a session that is over ends it", func(t *testing.T) {
		t.Parallel()
		j := newApplying(t)
		path := j.plan(j.bare(0, 2)...)
		j.held(path, publish.StopAtFailure)
		s := j.listen(path + "/events?shown=running")
		s.until("0 of 2 writes are done")
		j.beats <- time.Now()
		s.until("comment")
		j.session.ends()
		j.beats <- time.Now()
		if e := s.until("You are signed out"); !strings.Contains(e.data, "/sign-in?next="+url.QueryEscape(path)) {
			t.Error(e.data)
		}
		s.until("over")
		for range s.events {
			t.Error("more comes after the end")
		}
	})
	t.Run("of none", func(t *testing.T) {
		t.Parallel()
		j := newApplying(t)
		j.page(j.send("/changes/none/events", nil), http.StatusNotFound)
		h := &Applying{Shell: &Shell{}}
		if err := h.events(nil, request(t.Context())); !fault.Is(err, fault.NotFound) {
			t.Errorf("without operations: %v", err)
		}
	})
}

// What is announced: quarters, not counts.
func TestQuartersAreAnnounced(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Viewer)
	for tried, want := range map[int]string{0: "Being published", 4: "Being published", 5: "At least 25 % of the writes are done", 19: "At least 75 % of the writes are done"} {
		c := publish.Change{State: publish.Running, Steps: make([]publish.Step, 20)}
		for i := range c.Steps {
			if c.Steps[i].State = publish.StepPlanned; i < tried {
				c.Steps[i].State = publish.StepDone
			}
		}
		s := &Shell{Deps{Publish: j.publish, Log: j.log(), Now: time.Now}}
		p, err := s.activeNow(request(t.Context()), c)
		if err != nil || p.Said != want || p.Done != tried || p.Total != 20 || p.Step != strconv.Itoa(tried)+" of 20 writes are done" {
			t.Errorf("%d: %q, %q (%v)", tried, p.Said, p.Step, err)
		}
	}
}
