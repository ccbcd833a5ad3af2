package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// ruled sets the rules of the journey's instance.
func (j *applying) ruled(r publish.Rules) {
	j.t.Helper()
	now, err := j.publish.Rules(j.t.Context(), instance.ID(j.in.ID))
	if err == nil {
		r.Rev = now.Rev
		_, err = j.publish.SetRules(j.t.Context(), instance.ID(j.in.ID), r, publish.Actor{ID: "p9", Name: "kim"})
	}
	if err != nil {
		j.t.Fatal(err)
	}
}

// closed are windows that are not open now, nor tomorrow.
func closed() []publish.Window {
	return []publish.Window{{Days: []time.Weekday{(time.Now().UTC().Weekday() + 3) % 7}, From: 60, To: 120}}
}

// fields are what the page's form sends as it stands, without script; more is typed over it.
func fields(doc *goquery.Document, form string, more url.Values) url.Values {
	v := url.Values{}
	doc.Find(form).Find("input, textarea").Each(func(_ int, s *goquery.Selection) {
		name, kind := s.AttrOr("name", ""), s.AttrOr("type", "")
		if _, on := s.Attr("checked"); (kind == "checkbox" || kind == "radio") && !on || name == "" {
			return
		}
		value := s.AttrOr("value", "")
		if goquery.NodeName(s) == "textarea" {
			value = s.Text()
		}
		v.Add(name, value)
	})
	for k, values := range more {
		v[k] = values
	}
	return v
}

func ticked(doc *goquery.Document) url.Values {
	v := url.Values{}
	doc.Find(`input[name="confirm"]`).Each(func(_ int, s *goquery.Selection) { v.Add("confirm", s.AttrOr("value", "")) })
	return v
}

const publishing = "form.publish-form"

func TestAChangeIsProposedAndApprovedByAnother(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	path := j.plan(j.bare(0, 2)...)
	doc := j.get(path)
	wantsMain(t, doc, "Two people publish to this instance", "Propose to another publisher", "Break the glass")
	if got := doc.Find(publishing).AttrOr("action", ""); got != path+"/propose" {
		t.Errorf("the form goes to %q", got)
	}
	v := fields(doc, publishing, ticked(doc))
	v.Set("reason", "The new guide")
	if res := j.send(path+"/publish", v); res.StatusCode != http.StatusConflict {
		t.Errorf("published alone: %d", res.StatusCode)
	}
	if to := j.follow(path+"/propose", v); to != path {
		t.Errorf("it leads to %q", to)
	}
	if to := j.follow(path+"/propose", v); to != path { // pressed twice
		t.Errorf("it leads to %q", to)
	}
	doc = j.get(path)
	wantsMain(t, doc, "mei proposed this change on", "You can't approve your own proposal.", "The new guide", "Withdraw the proposal")
	if doc.Find(publishing).Length() != 0 || stateOf(doc) != "Proposed" {
		t.Errorf("who proposed it is offered to approve, state %q", stateOf(doc))
	}
	own := url.Values{"hash": {j.change(path).Hash}, "runs": {"0"}, "proposed": {strconv.FormatInt(j.change(path).Seen().Proposed, 10)}}
	own["confirm"] = v["confirm"]
	if res := j.send(path+"/approve", own); res.StatusCode != http.StatusConflict {
		t.Errorf("approved by who proposed it: %d", res.StatusCode)
	}

	j.acts("p2", people.Editor)
	if doc := j.get(path); doc.Find(`button[disabled]`).Length() == 0 {
		t.Error("an editor is offered to approve")
	}
	j.acts("p2", people.Publisher)
	doc = j.get(path)
	wantsMain(t, doc, "mei proposed this change on", "Approve and publish")
	v = fields(doc, publishing, ticked(doc))
	stale := fields(doc, publishing, ticked(doc))
	stale.Set("proposed", "1")
	if to := j.follow(path+"/approve", stale); to != path || j.change(path).State != publish.Proposed {
		t.Errorf("another proposal was approved: %s", j.change(path).State)
	}
	if to := j.follow(path+"/approve", v); to != path {
		t.Errorf("it leads to %q", to)
	}
	if c := j.ends(path); c.State != publish.Published || c.Word.By.ID != "p2" || c.Proposal == nil || c.Proposal.By.ID != "p1" {
		t.Errorf("%s, approved by %+v, proposed %+v", c.State, c.Word.By, c.Proposal)
	}
	wantsMain(t, j.get(path), "Proposed by", "mei", "ann")
}

func TestAProposalIsWithdrawn(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{Production: true})
	path := j.plan(j.bare(0, 1)...)
	doc := j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	doc = j.get(path)
	if doc.Find("#change-refuse").Length() != 0 {
		t.Error("who proposed it is offered to refuse it")
	}
	withdraw, form := path+"/withdraw", fields(doc, `form[action$="/withdraw"]`, nil)
	stale := fields(doc, `form[action$="/withdraw"]`, nil)
	stale.Set("proposed", "1")
	for _, other := range []url.Values{{}, stale} {
		j.follow(withdraw, other)
		if c := j.change(path); c.State != publish.Proposed {
			t.Fatalf("another proposal is withdrawn: %s", c.State)
		}
	}
	if to := j.follow(withdraw, form); to != path {
		t.Errorf("it leads to %q", to)
	}
	wantsMain(t, j.get(path), "Propose to another publisher")
	if c := j.change(path); c.State != publish.Planned || c.Proposal != nil {
		t.Errorf("%s, %+v", c.State, c.Proposal)
	}
}

// What was approved meanwhile, and is under way, is not stopped by who takes back a proposal.
func TestAProposalThatIsApprovedIsNotWithdrawn(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	path := j.plan(j.bare(0, 2)...)
	doc := j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	withdraw := fields(j.get(path), `form[action$="/withdraw"]`, nil)
	j.acts("p2", people.Publisher)
	doc = j.get(path)
	j.follow(path+"/approve", fields(doc, publishing, ticked(doc)))
	j.acts("p1", people.Publisher)
	j.follow(path+"/withdraw", withdraw)
	if c := j.ends(path); c.State != publish.Published || c.Stopped != nil {
		t.Errorf("%s, stopped by %+v", c.State, c.Stopped)
	}
	wantsMain(t, j.get(path), "it has moved on in the meantime")
}

func TestAProposalIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	path := j.plan(j.bare(0, 1)...)
	doc := j.get(path)
	j.follow(path+"/propose", fields(doc, publishing, ticked(doc)))
	own := url.Values{"runs": {"0"}, "proposed": {strconv.FormatInt(j.change(path).Seen().Proposed, 10)}, "reason": {"No"}}
	wantsMain(t, j.page(j.send(path+"/refuse", own), http.StatusConflict), "You proposed this change yourself.")
	j.acts("p2", people.Editor)
	j.page(j.send(path+"/refuse", own), http.StatusForbidden)
	j.acts("p2", people.Publisher)
	doc = j.get(path)
	if doc.Find("#change-withdraw").Length() != 0 {
		t.Error("another one's proposal is withdrawn without a reason")
	}
	form := fields(doc, "form.refuse-form", nil)
	long := strings.Repeat("客", publish.MaxReason+1)
	for reason, want := range map[string]string{"": "Give a reason", " \t\r\n": "Give a reason", long: "longer than", "\xff": ""} {
		if want == "" {
			continue
		}
		form.Set("reason", reason)
		doc := j.page(j.send(path+"/refuse", form), http.StatusUnprocessableEntity)
		if got := text(doc.Find("#refuse-reason-error")); !strings.Contains(got, want) || doc.Find(`#form-errors a[href="#refuse-reason"]`).Length() != 1 {
			t.Errorf("beside %.20q stands %q", reason, got)
		}
		if _, open := doc.Find("#refuse").Attr("open"); !open || doc.Find("#refuse-reason").Text() != strings.TrimSpace(reason) || doc.Find("#reason").Text() != "" {
			t.Errorf("what was typed is lost: %.20q", doc.Find("#refuse-reason").Text())
		}
	}
	form.Set("reason", "Not on a <b>Friday</b>")
	stale := url.Values{}
	for name, values := range form {
		stale[name] = values
	}
	stale.Set("proposed", "1")
	doc = j.page(j.send(path+"/refuse", stale), http.StatusConflict)
	if doc.Find("#refuse-reason").Text() != "Not on a <b>Friday</b>" || j.change(path).State != publish.Proposed {
		t.Errorf("another proposal: %s", text(doc.Find("#form-errors")))
	}
	if to := j.follow(path+"/refuse", form); to != path {
		t.Errorf("it leads to %q", to)
	}
	if to := j.follow(path+"/refuse", form); to != path { // pressed twice
		t.Errorf("it leads to %q", to)
	}
	j.acts("p1", people.Publisher)
	wantsMain(t, j.get(path), "Refused on", "ann refused this change.", "Not on a <b>Friday</b>", "Propose to another publisher")
	if c := j.change(path); c.State != publish.Planned || c.Proposal != nil {
		t.Errorf("%s, %+v", c.State, c.Proposal)
	}
}

func TestAGlassIsBrokenOnThePage(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	path := j.plan(j.bare(0, 1)...)
	doc := j.get(path)
	if got := doc.Find("#glass-publish").AttrOr("formaction", ""); got != path+"/publish" {
		t.Fatalf("the button posts to %q", got)
	}
	v := fields(doc, publishing, ticked(doc))
	without := j.page(j.send(path+"/publish", v), http.StatusConflict)
	if _, open := without.Find("#glass").Attr("open"); !open || !strings.Contains(text(without.Find("#glass-tick-error")), "Tick this") {
		t.Errorf("without the tick the box says %q, open: %t", text(without.Find("#glass")), open)
	}
	wantsMain(t, without, "Tick this and write the reason above")
	v.Set("glass", "on")
	doc = j.page(j.send(path+"/publish", v), http.StatusUnprocessableEntity)
	if got := text(doc.Find("#reason-error")); !strings.Contains(got, "Give a reason") {
		t.Errorf("beside the reason stands %q", got)
	}
	if _, open := doc.Find("#glass").Attr("open"); !open || doc.Find(`#glass-tick[checked]`).Length() != 1 {
		t.Error("the tick is lost")
	}
	v.Set("reason", "Calls are lost")
	if to := j.follow(path+"/publish", v); to != path {
		t.Errorf("it leads to %q", to)
	}
	if c := j.ends(path); c.State != publish.Published || !c.Word.BreakGlass {
		t.Errorf("%s, %+v", c.State, c.Word)
	}
	wantsMain(t, j.get(path), "mei published against the rules of the instance")
	wantsMain(t, j.get("/history"), "Against the rules")
}

func TestAChangeIsPublishedAtItsTime(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.plan(j.bare(0, 1)...)
	doc := j.get(path)
	for at, want := range map[string]string{
		"yesterday": "not a day and a time", "2020-01-01T10:00": "This time is over", "2999-01-01T10:00": "up to 90 days from now",
	} {
		v := fields(doc, publishing, ticked(doc))
		v.Set("when", "at")
		v.Set("at", at)
		res := j.page(j.send(path+"/publish", v), http.StatusUnprocessableEntity)
		if got := text(res.Find("#at-error")); !strings.Contains(got, want) {
			t.Errorf("beside %q stands %q", at, got)
		}
		if got := res.Find("#at").AttrOr("value", ""); got != at {
			t.Errorf("typed was %q, kept is %q", at, got)
		}
	}
	v := fields(doc, publishing, ticked(doc))
	v.Set("at", "2999-01-01T10:00") // typed, and not chosen
	wantsMain(t, j.page(j.send(path+"/publish", v), http.StatusUnprocessableEntity), "did not choose to publish at it")
	v.Set("when", "tomorrow")
	v.Del("at")
	wantsMain(t, j.page(j.send(path+"/publish", v), http.StatusUnprocessableEntity), "Choose when to publish.")

	at := time.Now().UTC().Add(26 * time.Hour).Truncate(time.Minute)
	v.Set("when", "at")
	v.Set("at", at.Format(publish.TimeFormat))
	j.follow(path+"/publish", v)
	doc = j.get(path)
	wantsMain(t, doc, "Waits until "+at.Format("2 Jan 2006, 15:04")+" UTC")
	if c := j.change(path); c.State != publish.Approved || !c.Word.NotBefore.Equal(at) {
		t.Errorf("%s, %+v", c.State, c.Word)
	}
	wantsMain(t, j.get("/history"), "Waits until "+at.Format("2 Jan 2006, 15:04")+" UTC")
	j.follow(doc.Find("#change-stop").Closest("form").AttrOr("action", ""), url.Values{})
	if c := j.change(path); c.State != publish.Planned || c.Word != (publish.Word{}) {
		t.Errorf("stopped, it is %s, %+v", c.State, c.Word)
	}
}

func TestWhileTheWindowsAreClosedTheNextOpeningIsOffered(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	r := publish.Rules{Zone: "Asia/Tokyo", Windows: closed()}
	j.ruled(r)
	next, err := r.Next(time.Now().UTC())
	if err != nil {
		t.Fatal(err)
	}
	path := j.plan(j.bare(0, 1)...)
	doc := j.get(path)
	wantsMain(t, doc, "The change windows of this instance are closed now.", r.Local(next), "By the clock of Asia/Tokyo")
	v := fields(doc, publishing, ticked(doc))
	if v.Get("when") != "opening" {
		t.Errorf("chosen is %q", v.Get("when"))
	}
	v.Set("when", "now")
	res := j.page(j.send(path+"/publish", v), http.StatusUnprocessableEntity)
	if got := text(res.Find("#when-error")); !strings.Contains(got, "are closed now") {
		t.Errorf("beside the choice stands %q", got)
	}
	v.Set("when", "opening")
	j.follow(path+"/publish", v)
	if c := j.change(path); c.State != publish.Approved || !c.Word.NotBefore.Equal(next) || c.Word.BreakGlass {
		t.Errorf("%s, %+v; want until %s", c.State, c.Word, next)
	}
	wantsMain(t, j.get(path), "Waits until "+r.Local(next))
	wantsMain(t, j.get("/history"), "Waits until "+r.Local(next))
}

func TestTheRulesSayWhenAChangeCanBePublished(t *testing.T) {
	t.Parallel()
	const always, approved = "No change windows: changes can be published at any time.",
		"No change windows: changes can be published at any time, once a second publisher has approved them."
	open := []publish.Window{{Days: weekdays, From: 0, To: 24 * 60}}
	for name, tt := range map[string]struct {
		rules publish.Rules
		want  string
	}{
		"none":                   {publish.Rules{}, always},
		"two people":             {publish.Rules{TwoPersons: true}, approved},
		"production":             {publish.Rules{Production: true}, approved},
		"a window that is open":  {publish.Rules{Production: true, Windows: open}, "A change window is open now."},
		"one that is not":        {publish.Rules{TwoPersons: true, Windows: closed()}, "The change windows of this instance are closed now."},
		"the list is no matter":  {publish.Rules{DoNotTouch: []instance.FlowID{flowID(1)}}, always},
		"a time zone by itself":  {publish.Rules{Zone: "Europe/Berlin"}, always},
		"both, and no windows":   {publish.Rules{Production: true, TwoPersons: true}, approved},
		"a window, and no other": {publish.Rules{Windows: open}, "A change window is open now."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &Rules{Shell: &Shell{Deps{Now: time.Now}}}
			if got := h.openNow(t.Context(), tt.rules).Text; !strings.HasPrefix(got, tt.want) || tt.want == always && got != always {
				t.Errorf("it says %q", got)
			}
		})
	}
}

func TestTheRulesAreSetByAdministratorsAndSeenByAll(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	page := j.path("rules")
	doc := j.get(page)
	wantsMain(t, doc, "No change windows: changes can be published at any time.", "No flow is on this list.")
	if doc.Find("main form").Length() != 0 {
		t.Error("a publisher is offered to change the rules")
	}
	if res := j.send(page, url.Values{"two": {"on"}, "rev": {"0"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a publisher set the rules: %d", res.StatusCode)
	}

	j.acts("p1", people.Admin)
	doc = j.get(page)
	v := fields(doc, "main form", url.Values{
		"production": {"on"}, "zone": {"Europe/Berlin"},
		"window-0-day": {"6", "0"}, "window-0-from": {"22:00"}, "window-0-to": {"04:30"},
	})
	bad := url.Values{}
	for k, vs := range v {
		bad[k] = vs
	}
	bad.Set("zone", "Mars/Olympus")
	res := j.page(j.send(page, bad), http.StatusUnprocessableEntity)
	if got := text(res.Find("#zone-error")); !strings.Contains(got, "Mars/Olympus") {
		t.Errorf("beside the zone stands %q", got)
	}
	if res.Find(`#production[checked]`).Length() != 1 || res.Find(`#window-0-from`).AttrOr("value", "") != "22:00" || res.Find(`input[name="window-0-day"][checked]`).Length() != 2 {
		t.Error("what was typed is lost")
	}
	for name, edit := range map[string]func(url.Values){
		"no day":   func(v url.Values) { v.Del("window-0-day") },
		"no end":   func(v url.Values) { v.Set("window-0-to", "") },
		"garbage":  func(v url.Values) { v.Set("window-0-from", "25:00") },
		"a day 9":  func(v url.Values) { v["window-0-day"] = []string{"9"} },
		"the same": func(v url.Values) { v.Set("window-0-to", "22:00") },
	} {
		bad := url.Values{}
		for k, vs := range v {
			bad[k] = append([]string(nil), vs...)
		}
		edit(bad)
		res := j.page(j.send(page, bad), http.StatusUnprocessableEntity)
		if got := text(res.Find("#window-0")); !strings.Contains(got, "change window") {
			t.Errorf("%s: at the window stands %q", name, got)
		}
	}
	if to := j.follow(page, v); to != page {
		t.Errorf("it leads to %q", to)
	}
	want := publish.Rules{Production: true, TwoPersons: false, Zone: "Europe/Berlin", Rev: 1,
		Windows: []publish.Window{{Days: []time.Weekday{time.Saturday, time.Sunday}, From: 22 * 60, To: 4*60 + 30}}}
	got, err := j.publish.Rules(t.Context(), instance.ID(j.in.ID))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	v.Set("zone", "Asia/Taipei")
	late := j.page(j.send(page, v), http.StatusConflict) // somebody else's, by the former revision
	wantsMain(t, late, "Somebody else changed these rules since you opened them.", "Sat, Sun, 22:00 to 04:30", "Europe/Berlin")
	if again := fields(late, `main form[action="`+page+`"]`, nil); again.Get("zone") != "Asia/Taipei" || again.Get("rev") != "1" || late.Find("#window-0-from").AttrOr("value", "") != "22:00" {
		t.Errorf("what was typed is lost: %v", again)
	}
	if got, err := j.publish.Rules(t.Context(), instance.ID(j.in.ID)); err != nil || got.Rev != 1 {
		t.Errorf("overwritten: %+v, %v", got, err)
	}
	doc = j.get(page)
	if doc.Find("#window-2").Length() != 0 || doc.Find("#window-1").Length() != 1 {
		t.Error("there is not one empty window more")
	}
	j.acts("p2", people.Viewer)
	wantsMain(t, j.get(page), "Sat, Sun, 22:00 to 04:30", "Europe/Berlin", "Used in production")
}
