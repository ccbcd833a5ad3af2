package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/survey"
)

func TestAFirstVisitReadsInTheBackground(t *testing.T) {
	t.Parallel()
	t.Run("one that is done soon is shown at once", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		doc := b.get(b.path("flows"))
		if doc.Find("#flows tbody tr").Length() == 0 || doc.Find("#reading").Length() != 0 {
			t.Error(text(doc.Find("main")))
		}
		if o := b.last(); o.State != operation.Done || o.By != "p1" {
			t.Errorf("it is %s, asked for by %q", o.State, o.By)
		}
	})
	t.Run("one that takes longer is told of, with what to do", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		b.get(b.path("flows"))
		b.waits()
		doc := b.get(b.path("flows") + "?q=a&sort=-name")
		strip := doc.Find("#reading")
		if doc.Find("#flows").Length() != 0 || strip.Find("progress").Length() != 1 || strip.Find("label[for=reading-bar]").Length() != 1 {
			t.Fatal(text(doc.Find("main")))
		}
		for _, want := range []string{"Reading the instance", "Asked for by mei, ", "You can leave this page; the reading goes on."} {
			if !strings.Contains(text(strip), want) {
				t.Errorf("it does not say %q: %s", want, text(strip))
			}
		}
		if got := strip.Find("a.button").AttrOr("href", ""); got != b.path("flows")+"?q=a&sort=-name" {
			t.Errorf("Reload leads to %q", got)
		}
		if got := doc.Find("head noscript").Text(); !strings.Contains(got, `http-equiv="refresh"`) {
			t.Errorf("without script the page is not loaded anew: %q", got)
		}
		if got := strip.AttrOr("hx-sse:connect", ""); !strings.HasPrefix(got, b.path("readings", string(b.last().ID), "events")+"?") {
			t.Errorf("the events are at %q", got)
		}
		if n := b.asked(); n != 1 {
			t.Errorf("it was asked for %d times", n)
		}
		b.gate.letGo()
		b.ended()
		if doc := b.get(b.path("flows")); doc.Find("#flows tbody tr").Length() == 0 || doc.Find("#reading, head noscript").Length() != 0 {
			t.Error(text(doc.Find("main")))
		}
	})
	t.Run("every page that rests on a reading tells of it, and comes in its place", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		pages := []string{b.path("flows"), b.path("guides"), b.path("flows", string(salesID)), b.path("changes", "new")}
		for _, page := range pages {
			b.role = people.Editor
			if err := b.store.SavePerson(t.Context(), people.Person{ID: "p1", Name: "mei", Role: people.Editor, Created: time.Now()}); err != nil {
				t.Fatal(err)
			}
			if doc := b.get(page); doc.Find("#reading progress").Length() != 1 {
				t.Errorf("%s: %s", page, text(doc.Find("main")))
			}
		}
		if n := b.asked(); n != 1 {
			t.Errorf("it was asked for %d times", n)
		}
	})
	t.Run("what nobody looks at asks for nothing", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		for _, h := range [][2]string{{"", ""}, {"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}} {
			method := http.MethodGet
			if h[0] == "" {
				method = http.MethodHead
			}
			req := httptest.NewRequestWithContext(t.Context(), method, b.path("flows"), nil)
			req.Header.Set(h[0], h[1])
			w := httptest.NewRecorder()
			b.router.ServeHTTP(w, req)
			if n := b.asked(); n != 0 || method == http.MethodGet && w.Code != http.StatusServiceUnavailable {
				t.Errorf("%v: %d, asked for %d times", h, w.Code, n)
			}
		}
	})
	t.Run("an instance that does not exist is not found", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.page(b.send("/instances/"+string(salesID)+"/flows", nil), http.StatusNotFound)
		b.page(b.send("/instances/"+string(salesID)+"/refresh", url.Values{}), http.StatusNotFound)
		b.page(b.send("/instances/"+string(salesID)+"/confirm", url.Values{}), http.StatusNotFound)
	})
}

func TestAFirstReadingThatFails(t *testing.T) {
	t.Parallel()
	b := newBackground(t, time.Minute)
	b.sim.Faults([]connectsim.FaultRule{
		{Op: "SearchContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
		{Op: "ListContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
	})
	doc := b.page(b.send(b.path("flows"), nil), http.StatusForbidden)
	alert := doc.Find("#reading .alert-error")
	for _, want := range []string{"The instance could not be read", "Code AccessDeniedException", "Request ", "There is no former reading to show.", "Allow wrapup's role"} {
		if !strings.Contains(text(alert), want) {
			t.Errorf("it does not say %q: %s", want, text(alert))
		}
	}
	b.page(b.send(b.path("flows"), nil), http.StatusForbidden)
	if n := b.asked(); n != 1 {
		t.Errorf("looking again asked the service again: %d times", n)
	}
	b.sim.Faults(nil)
	form := alert.Find("form")
	if form.AttrOr("method", "") != "post" || text(form.Find("button")) != "Retry" {
		t.Fatal(text(alert))
	}
	b.follow(form.AttrOr("action", ""), url.Values{})
	if doc := b.get(b.path("flows")); doc.Find("#flows tbody tr").Length() == 0 || doc.Find("#reading").Length() != 0 {
		t.Error(text(doc.Find("main")))
	}
}

func TestRefreshingInTheBackground(t *testing.T) {
	t.Parallel()
	t.Run("it returns at once; the former reading stays, and two share one", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.gate.hold(searchPath)
		for range 2 {
			if to := b.follow(b.path("refresh"), url.Values{}); to != b.path("flows") {
				t.Errorf("it leads to %q", to)
			}
		}
		b.waits()
		doc := b.get(b.path("flows"))
		if n := b.asked(); n != 2 {
			t.Errorf("%d readings instead of 2", n)
		}
		if doc.Find("#flows tbody tr").Length() == 0 || !strings.Contains(text(doc.Find("#reading")), "Meanwhile this page shows the reading of ") {
			t.Error(text(doc.Find("main")))
		}
		if doc.Find("head noscript").Length() != 0 {
			t.Error("the page is loaded anew under a person who selects rows")
		}
		if got := text(doc.Find("form.confirm")); !strings.Contains(got, "A reading is under way.") || doc.Find("form.confirm button[disabled]").Length() != 1 {
			t.Errorf("confirming says %q", got)
		}
		b.gate.letGo()
		b.ended()
		doc = b.get(b.path("flows"))
		if got := text(doc.Find("#news")); !strings.Contains(got, "Nothing changed since the reading of ") || doc.Find("#reading").Length() != 0 {
			t.Errorf("news: %q, strip: %q", got, text(doc.Find("#reading")))
		}
	})
	t.Run("a failure keeps the former reading, and says why", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.sim.Faults([]connectsim.FaultRule{
			{Op: "SearchContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
			{Op: "ListContactFlows", Do: "error", Code: "AccessDeniedException", Status: 403},
		})
		b.follow(b.path("refresh"), url.Values{})
		b.ended()
		doc := b.get(b.path("flows"))
		alert := text(doc.Find("#reading .alert-error"))
		for _, want := range []string{"The instance could not be read", "Code AccessDeniedException", "The reading of ", " stays.", "Retry"} {
			if !strings.Contains(alert, want) {
				t.Errorf("it does not say %q: %s", want, alert)
			}
		}
		if doc.Find("#flows tbody tr").Length() == 0 {
			t.Error("the former reading is gone")
		}
		if got := text(b.get("/instances").Find("#instance-" + b.in.ID)); !strings.Contains(got, "The last reading failed.") || !strings.Contains(got, "just now") {
			t.Errorf("the list of instances says %q", got)
		}
	})
}

func TestCancellingAReading(t *testing.T) {
	t.Parallel()
	t.Run("the first one: nothing to show, and nobody asks again but a person", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(searchPath)
		form := b.get(b.path("flows")).Find("#reading form")
		b.waits()
		if to := b.follow(form.AttrOr("action", ""), url.Values{}); to != b.path("flows") {
			t.Errorf("it leads to %q", to)
		}
		if o := b.ended(); o.State != operation.Cancelled || o.CancelBy != "p1" {
			t.Errorf("it is %s, cancelled by %q", o.State, o.CancelBy)
		}
		for range 2 {
			alert := b.get(b.path("flows")).Find("#reading .alert")
			if got := text(alert); !strings.Contains(got, "The reading was cancelled") || !strings.Contains(got, "mei cancelled it, ") || !strings.Contains(got, "Read the instance") {
				t.Errorf("it says %q", got)
			}
		}
		if n := b.asked(); n != 1 {
			t.Errorf("looking asked for it again: %d", n)
		}
		b.gate.letGo()
		b.follow(b.path("refresh"), url.Values{})
		b.ended()
		if doc := b.get(b.path("flows")); doc.Find("#flows tbody tr").Length() == 0 {
			t.Error(text(doc.Find("main")))
		}
	})
	t.Run("while drafts are looked at: the flows are there, and it says what is not", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, -1)
		b.gate.hold(string(newJourney(t, people.Viewer).flowWith(audit.NotWired).Flow.ID) + draftPath)
		b.send(b.path("flows"), nil)
		b.waits()
		b.until(func(o operation.Operation) bool {
			return o.Progress.Message.ID == "survey.progress.drafts" && o.Progress.Done == 22
		})
		doc := b.get(b.path("flows"))
		if got := text(doc.Find("#reading")); !strings.Contains(got, "Looking for unpublished drafts: 22 of 23") || !strings.Contains(got, "Show what was found so far") {
			t.Errorf("it says %q", got)
		}
		if doc.Find("#flows tbody tr").Length() == 0 {
			t.Error("the flows that were read are not shown")
		}
		b.follow(doc.Find("#reading form").AttrOr("action", ""), url.Values{})
		b.gate.letGo()
		b.ended()
		if got := text(b.get(b.path("flows")).Find("#reading")); !strings.Contains(got, "All flows were read before that and are shown; not every unpublished draft was looked at.") {
			t.Errorf("it says %q", got)
		}
	})
	t.Run("of another instance, of no instance, and one that has ended", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		id := string(b.last().ID)
		b.page(b.send("/instances/"+string(salesID)+"/readings/"+id+"/cancel", url.Values{}), http.StatusNotFound)
		b.page(b.send(b.path("readings", "nothing", "cancel"), url.Values{}), http.StatusNotFound)
		b.follow(b.path("readings", id, "cancel"), url.Values{})
		if o := b.last(); o.State != operation.Done {
			t.Errorf("it is %s", o.State)
		}
		if _, _, err := b.work.Ask(t.Context(), operation.Request{Kind: "other", Subject: b.in.ID}); err != nil {
			t.Fatal(err)
		}
		list, err := b.work.List(t.Context(), operation.Filter{Kind: "other"})
		if err != nil || len(list) != 1 {
			t.Fatal(err)
		}
		b.page(b.send(b.path("readings", string(list[0].ID), "cancel"), url.Values{}), http.StatusNotFound)
		b.page(b.send(b.path("readings", string(list[0].ID), "events"), nil), http.StatusNotFound)
	})
}

func TestConfirmingAll(t *testing.T) {
	t.Parallel()
	t.Run("it says what it costs, and then that all are", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		form := b.get(b.path("flows")).Find("form.confirm")
		if got := text(form); got != "Confirm all 23 counted flows Reads each of them by itself, whatever the search gave: about 73 calls, 46 seconds." {
			t.Errorf("the button says %q", got)
		}
		b.follow(form.AttrOr("action", ""), url.Values{})
		if o := b.ended(); o.State != operation.Done || !orderOf(o).Confirm {
			t.Fatalf("it is %s of %s", o.State, o.Input)
		}
		if got := text(b.get(b.path("flows")).Find("#confirmed")); !strings.Contains(got, "All 23 counted flows are confirmed Each was read by itself; none differs") {
			t.Errorf("it says %q", got)
		}
	})
	t.Run("where the role may not, it does not say so", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.sim.Faults([]connectsim.FaultRule{{Op: "DescribeContactFlow", Nth: 25, Do: "error", Code: "AccessDeniedException", Status: 403}})
		b.follow(b.path("confirm"), url.Values{})
		b.ended()
		got := text(b.get(b.path("flows")).Find("#confirmed"))
		if strings.Contains(got, "All 23") || !strings.Contains(got, "of the 23 counted flows are confirmed") || !strings.Contains(got, "Retry") {
			t.Errorf("it says %q", got)
		}
	})
	t.Run("while another reading is under way it says that nothing is confirmed", func(t *testing.T) {
		t.Parallel()
		b := newBackground(t, time.Minute)
		b.read()
		b.gate.hold(searchPath)
		b.follow(b.path("refresh"), url.Values{})
		b.waits()
		b.follow(b.path("confirm"), url.Values{})
		if got := text(b.get(b.path("flows")).Find(".flashes")); !strings.Contains(got, "so flows are not confirmed") {
			t.Errorf("it says %q", got)
		}
	})
}

func TestWhatDiffersFromTheSearchIsTold(t *testing.T) {
	t.Parallel()
	of := &survey.Reading{ReadAt: readingTime, Flows: []survey.FlowRow{rowOf(1, "A", menuFlow), rowOf(2, "B", menuFlow)}}
	result := func(o survey.Outcome) json.RawMessage {
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	v := strip{ctx: t.Context(), now: pageTime, kept: of, shown: of.ReadAt, order: survey.Order{Confirm: true},
		op: operation.Operation{State: operation.Done, Asked: readingTime.Add(-time.Second), Ended: readingTime, Result: result(survey.Outcome{Counted: 2, Confirmed: 2, Differed: 2})}}
	got := v.done()
	if len(got) != 1 || got[0].Alert.Title != "All 2 counted flows are confirmed" || !strings.HasPrefix(got[0].Alert.Text, "2 differed from what the search gave and were replaced.") {
		t.Errorf("it says %+v", got)
	}
	why := fault.Msg("aws.throttled")
	v.op.Result = result(survey.Outcome{Counted: 2, Confirmed: 1, Unconfirmed: &why})
	if got = v.done(); got[0].Alert.Title != "1 of the 2 counted flows are confirmed" || got[0].Button == nil || !strings.Contains(got[0].Alert.Text, i18n.Text(t.Context(), why)) {
		t.Errorf("it says %+v", got)
	}
	v.op.Asked = readingTime.Add(time.Second) // another process read, and it is not kept here
	if got = v.done(); got != nil {
		t.Errorf("it says %+v of a reading that is not there", got)
	}
}

func TestWhatChangedIsTold(t *testing.T) {
	t.Parallel()
	reading := readingOf(rowOf(1, "Main", menuFlow))
	pages := newReadingPages(&surveyorInMemory{last: reading}, people.Viewer)
	if doc := pages.page(t, flowsAt, http.StatusOK); doc.Find("#news").Length() != 0 {
		t.Error("the first reading has news")
	}
	reading.Since = readingTime.Add(-24 * time.Hour)
	if got := text(pages.page(t, flowsAt, http.StatusOK).Find("#news")); got != "What changed Nothing changed since the reading of 21 Nov 2026, 07:47 UTC." {
		t.Errorf("it says %q", got)
	}
	for n, kind := range survey.ChangeKinds() {
		reading.Changes = append(reading.Changes, survey.Change{Kind: kind, Flow: flowID(n), Name: "Sales", At: readingTime, From: "wired", To: "partial"})
	}
	reading.Changes[1].At = readingTime.Add(-2 * time.Hour)
	doc := pages.page(t, flowsAt, http.StatusOK)
	want := []string{
		"Sales points to a guide that is not usable Opens the guide → In part",
		"Sales no longer opens the guide Opens the guide → In part (found 2 hours ago)",
		"Publishing the draft of Sales would remove the guide Opens the guide → In part",
		"Sales opens the guide now Opens the guide → In part",
		"Sales was changed outside wrapup Opens the guide → In part",
		"Sales is new Opens the guide → In part",
		"Sales is gone It was: Opens the guide",
	}
	if got := texts(doc.Find("#news li")); !slices.Equal(got, want) {
		t.Errorf("it says\n%s", strings.Join(got, "\n"))
	}
	if got := doc.Find("#news li a").First().AttrOr("href", ""); got != flowAt(0) || doc.Find("#news li").Last().Find("a").Length() != 0 {
		t.Errorf("it leads to %q", got)
	}
	if got := doc.Find("#news h2 .count").Text(); got != "(7)" {
		t.Errorf("the count is %q", got)
	}
	for _, also := range []survey.ChangeKind{survey.NewlyUndone, survey.Outside, survey.Appeared} {
		reading.Changes = append(reading.Changes, survey.Change{Kind: also, Flow: flowID(1), Name: "Sales", At: readingTime, From: "wired", To: "partial"})
	}
	reading.Changes = append(reading.Changes,
		survey.Change{Kind: survey.NewlyUncovered, Flow: flowID(0), Name: "Sales", At: readingTime},
		survey.Change{Kind: survey.NewlyCovered, Flow: flowID(2), Name: "Sales", At: readingTime})
	want[0] = "Sales points to a guide that is not usable It no longer opens the guide. Opens the guide → In part"
	want[1] = "Sales no longer opens the guide Publishing its draft would remove the guide. It was changed outside wrapup. It is new. " +
		"Opens the guide → In part (found 2 hours ago)"
	want[2] = "Publishing the draft of Sales would remove the guide It opens the guide now. Opens the guide → In part"
	doc = pages.page(t, flowsAt, http.StatusOK)
	if got := texts(doc.Find("#news li")); !slices.Equal(got, want) {
		t.Errorf("of several changes of one flow it says\n%s", strings.Join(got, "\n"))
	}
	for n := range 20 {
		reading.Changes = append(reading.Changes, survey.Change{Kind: survey.Gone, Flow: flowID(n + 10), Name: "<b>", At: readingTime, From: "wired"})
	}
	doc = pages.page(t, flowsAt, http.StatusOK)
	all := doc.Find("#news p a")
	if doc.Find("#news li").Length() != newsShown || text(all) != "Show all 27" {
		t.Errorf("%d, then %q", doc.Find("#news li").Length(), text(all))
	}
	path, _, _ := strings.Cut(all.AttrOr("href", ""), "#")
	if n := pages.page(t, path, http.StatusOK).Find("#news li").Length(); n != 27 {
		t.Errorf("%d of 27", n)
	}
	pages.surveyor.listings = []survey.Listing{{Instances: []instance.Instance{sales}}}
	if a := pages.page(t, "/instances", http.StatusOK).Find("#instances tbody tr a[href$='#news']"); text(a) != "27 changes" {
		t.Errorf("the list says %q", text(a))
	}
}

// What is said of a reading that does not simply go on, and what is announced.
func TestAReadingInEveryState(t *testing.T) {
	t.Parallel()
	progress := func(step string, done, total int) operation.Progress {
		return operation.Progress{Done: done, Total: total, Message: fault.Msg("survey.progress."+step, "Done", done, "Total", total)}
	}
	for name, c := range map[string]struct {
		op                         operation.Operation
		title, step, said, trouble string
		cannotCancel               bool
	}{
		"waiting":           {operation.Operation{State: operation.Queued}, "Reading the instance", "Waits for its turn", "Waits for its turn", "", false},
		"handed back":       {operation.Operation{State: operation.Queued, Attempt: 1}, "Reading the instance", "Waits for its turn", "Waits for its turn", "It was interrupted. It goes on by itself, from what was read already.", false},
		"just begun":        {operation.Operation{State: operation.Running, Attempt: 1}, "Reading the instance", "Begins", "Begins", "", false},
		"resumed":           {operation.Operation{State: operation.Running, Attempt: 2, Progress: progress("search", 300, 0)}, "Reading the instance", "Reading flows: 300", "Reading flows", "It was interrupted and goes on from what was read already.", false},
		"nobody runs it":    {operation.Operation{State: operation.Running, Attempt: 1, LeaseUntil: pageTime.Add(-time.Second), Progress: progress("search", 300, 0)}, "Reading the instance", "Reading flows: 300", "Reading flows", "It was interrupted. It goes on by itself, from what was read already.", false},
		"to be cancelled":   {operation.Operation{State: operation.Running, Attempt: 1, CancelAsked: pageTime, Progress: progress("drafts", 1, 9)}, "Reading the instance", "Looking for unpublished drafts: 1 of 9", "Looking for unpublished drafts", "wrapup itself asked to cancel it. It ends as soon as what is under way has come back.", true},
		"a quarter":         {operation.Operation{State: operation.Running, Attempt: 1, Progress: progress("describe", 30, 100)}, "Reading the instance", "Looking at flows: 30 of 100", "Looking at flows: 25 %", "", false},
		"nearly half":       {operation.Operation{State: operation.Running, Attempt: 1, Progress: progress("describe", 49, 100)}, "Reading the instance", "Looking at flows: 49 of 100", "Looking at flows: 25 %", "", false},
		"confirming":        {operation.Operation{State: operation.Running, Attempt: 1, Input: json.RawMessage(`{"confirm":true}`), Progress: progress("confirm", 2, 4)}, "Reading the instance and confirming every counted flow", "Confirming flows: 2 of 4", "Confirming flows: 50 %", "", false},
		"the daily reading": {operation.Operation{State: operation.Running, Attempt: 1, Input: json.RawMessage(`{"scheduled":true}`), Progress: progress("lists", 0, 0)}, "Daily reading of the instance", "Reading the lists of the instance", "Reading the lists of the instance", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.op.State == operation.Running && c.op.LeaseUntil.IsZero() {
				c.op.LeaseUntil = pageTime.Add(time.Minute)
			}
			s := &Shell{Deps{Now: func() time.Time { return pageTime }}}
			p := s.strip(t.Context(), c.op, nil, "/").props().Now.Run
			if p.Title != c.title || p.Step != c.step || p.Said != c.said || p.Trouble != c.trouble || (p.Cancel == nil) != c.cannotCancel {
				t.Errorf("it says %+v", p)
			}
			if !strings.HasPrefix(p.Asked, "Asked for by wrapup itself, ") {
				t.Errorf("who asked: %q", p.Asked)
			}
		})
	}
}
