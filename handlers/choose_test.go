package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

func TestIDsArePackedIntoAnAddress(t *testing.T) {
	t.Parallel()
	ids := []string{string(flowID(1)), string(guideID), string(salesID)}
	if got := unpackIDs(packIDs(ids)); !slices.Equal(got, ids) {
		t.Errorf("got %q", got)
	}
	for text, want := range map[string]int{"": 0, "x": 0, strings.Repeat("?", 22): 0, packIDs(ids)[:50]: 2, packIDs(ids) + "!": 3} {
		if got := unpackIDs(text); len(got) != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
	if got := packIDs([]string{"new", "../..", ""}); got != "" {
		t.Errorf("what is no id became %q", got)
	}
}

// manyRows are flows without the guide, and one that can't be part of a change.
func manyRows(n int) *survey.Reading {
	rows := []survey.FlowRow{verdictRow(n, "Flow that reaches nobody", audit.NoAgent)}
	for i := range n {
		rows = append(rows, verdictRow(i, fmt.Sprintf("Flow %03d", i), audit.NotWired))
	}
	return readingOf(rows...)
}

// sends is what a form sends that controls elsewhere on the page belong to, when a button is pressed.
func sends(doc *goquery.Document, form string, button *goquery.Selection) url.Values {
	v := typed(doc, "form#"+form)
	doc.Find(`[form="` + form + `"]`).Each(func(_ int, s *goquery.Selection) {
		_, checked := s.Attr("checked")
		switch name := s.AttrOr("name", ""); {
		case goquery.NodeName(s) == "button" || name == "" || s.AttrOr("type", "") == "checkbox" && !checked:
		case goquery.NodeName(s) == "select":
			v.Add(name, s.Find("option[selected]").AttrOr("value", ""))
		default:
			v.Add(name, s.AttrOr("value", ""))
		}
	})
	if name := button.AttrOr("name", ""); name != "" {
		v.Add(name, button.AttrOr("value", ""))
	}
	return v
}

// boxes are the flows that a page ticks.
func boxes(doc *goquery.Document) (ids []string) {
	for _, box := range doc.Find("#flows tbody input[checked]").EachIter() {
		ids = append(ids, box.AttrOr("value", ""))
	}
	return ids
}

func TestOrderAndFilterKeepWhatIsTicked(t *testing.T) {
	t.Parallel()
	p := newReadingPages(&surveyorInMemory{last: manyRows(120)}, people.Publisher)
	doc := p.page(t, flowsAt+"?q=flow&guide=as:"+string(guideID)+"&replace=on", http.StatusOK)
	press := func(button *goquery.Selection, tick ...instance.FlowID) {
		t.Helper()
		if button.Length() != 1 || button.AttrOr("form", "") != addFormID || button.AttrOr("formaction", "") != flowsAt {
			t.Fatalf("%d such buttons", button.Length())
		}
		v := sends(doc, addFormID, button)
		for _, id := range tick {
			v.Add("flow", string(id))
		}
		doc = p.page(t, flowsAt+"?"+v.Encode(), http.StatusOK)
	}
	byName := func() *goquery.Selection { return doc.Find("#flows thead button").First() }
	press(byName(), flowID(1), flowID(3)) // turned round: the last ones come first
	if got := doc.Find("th[aria-sort=descending]").Length(); got != 1 || len(boxes(doc)) != 0 {
		t.Fatalf("turned round: %d, ticked %v", got, boxes(doc))
	}
	press(byName(), flowID(119))
	if got := boxes(doc); !slices.Equal(got, []string{string(flowID(1)), string(flowID(3))}) {
		t.Errorf("ticked are %v", got)
	}
	filter := doc.Find(".filter button.button")
	doc.Find(".filter input[name=q]").SetAttr("value", "Flow 11")
	press(filter)
	if got := boxes(doc); !slices.Equal(got, []string{string(flowID(119))}) || text(doc.Find("#flows-title")) != "Inbound flows (3/121)" {
		t.Errorf("ticked are %v, the title is %q", got, text(doc.Find("#flows-title")))
	}
	doc.Find(".filter input[name=q]").SetAttr("value", "nothing is called so")
	press(doc.Find(".filter button.button"))
	if doc.Find("#flows .empty a").Length() != 0 {
		t.Error("a link loses what is ticked")
	}
	press(doc.Find(".filter button.filter-clear"))
	if got := boxes(doc); len(got) != 2 || doc.Find(".filter input[name=q]").AttrOr("value", "") != "" {
		t.Errorf("ticked are %v", got)
	}
	v := sends(doc, addFormID, doc.Find("form#"+addFormID+" button.button").First())
	if got := readChosen(v); len(got.Flows) != 3 || got.Guide != "as:"+string(guideID) || !got.Replace {
		t.Errorf("to the choosing page go %+v", got)
	}
	if first := doc.Find("form#" + addFormID + " button").First(); first.AttrOr("formaction", "") != flowsAt || first.AttrOr("tabindex", "") != "-1" {
		t.Error("Enter in the filter leads to the choosing page")
	}
	if doc := newReadingPages(&surveyorInMemory{last: manyRows(120)}, people.Viewer).page(t, flowsAt, http.StatusOK); doc.Find("#flows thead a").Length() != len(flowSorts) ||
		doc.Find("form.filter").Length() != 1 {
		t.Error("who can't choose has no links")
	}
}

func TestHundredsOfFlowsGoInNoAddress(t *testing.T) {
	t.Parallel()
	p := newReadingPages(&surveyorInMemory{last: manyRows(480)}, people.Publisher)
	doc := p.page(t, flowsAt, http.StatusOK)
	if got := doc.Find("form#"+addFormID).AttrOr("method", ""); got != "get" {
		t.Fatalf("a few go by %q", got)
	}
	all := 0
	for {
		v := sends(doc, addFormID, doc.Find(".pages button.page-step").Last())
		v["flow"] = nil
		for _, box := range doc.Find("#flows tbody input:not([disabled])").EachIter() {
			v.Add("flow", box.AttrOr("value", ""))
			all++
		}
		last := doc.Find(".pages button.page-step").Length() == 1 && all > 50
		path := flowsAt
		if last {
			path = "/instances/" + string(salesID) + "/changes/new"
		}
		if doc.Find("form#"+addFormID).AttrOr("method", "") == "post" {
			if last {
				if got := len(readChosen(v).Flows); got != 480 || got != all {
					t.Errorf("%d of %d flows are chosen", got, all)
				}
				break
			}
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(v.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			if p.ServeHTTP(w, req); w.Code != http.StatusOK {
				t.Fatalf("posted, it gives %d", w.Code)
			}
			var err error
			if doc, err = goquery.NewDocumentFromReader(w.Body); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if n := len(path + "?" + v.Encode()); n > 8000 || last {
			t.Fatalf("with %d flows the address is %d bytes long", all, n)
		}
		doc = p.page(t, path+"?"+v.Encode(), http.StatusOK)
	}
}

func TestMoreFlowsAreChosenWithTheGuideThatIsChosen(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	ids := idTexts([]instance.FlowID{j.flowWith(audit.NotWired).Flow.ID, j.flowWith(audit.Partial).Flow.ID})
	guide := choiceAsIs + string(j.guideFlow().Flow.ID)
	doc := j.page(j.send(j.path("changes", "new"), url.Values{"flow": ids, "guide": {guide}, "replace": {"on"}}), http.StatusOK)
	form := typed(doc, "form#choose")
	if !slices.Equal(slices.Sorted(slices.Values(form["flow"])), slices.Sorted(slices.Values(ids))) || form.Get("guide") != guide || form.Get("replace") != "on" {
		t.Fatalf("posted, the choosing page has %v", form)
	}
	more := doc.Find("form#choose button#choose-more")
	if more.AttrOr("formaction", "") != j.path("flows") || doc.Find("form#choose button").First().AttrOr("id", "") == "choose-more" {
		t.Fatalf("the way to more is %v", more.Nodes)
	}
	form["flow"] = ids[:1] // the other one is unticked
	list := j.page(j.send(j.path("flows"), form), http.StatusOK)
	if got := boxes(list); !slices.Equal(got, ids[:1]) {
		t.Errorf("ticked are %v", got)
	}
	if v := sends(list, addFormID, list.Find("#none")); v.Get("guide") != guide || v.Get("replace") != "on" {
		t.Errorf("the guide is lost: %v", v)
	}
}

func TestChoosingOverPages(t *testing.T) {
	t.Parallel()
	p := newReadingPages(&surveyorInMemory{last: manyRows(120)}, people.Publisher)
	first := p.page(t, flowsAt+"?q=flow&sort=-name", http.StatusOK)
	sent := sends(first, addFormID, first.Find("#none"))
	next := first.Find(".pages button.page-step").Last()
	if next.AttrOr("form", "") != addFormID || next.AttrOr("formaction", "") != flowsAt || next.AttrOr("value", "") != "2" || next.AttrOr("name", "") != "page" {
		t.Fatalf("the way to the next page is %v", next.Nodes[0].Attr)
	}
	sent.Set("page", "2")
	sent["flow"] = []string{string(flowID(118)), string(flowID(119))}
	second := p.page(t, flowsAt+"?"+sent.Encode(), http.StatusOK)
	if got := text(second.Find("#flows tbody th").First()); got != "Flow 070" {
		t.Errorf("the second page begins with %q: the filter or the order is lost", got)
	}
	if got := text(second.Find("#flows-title")); got != "Inbound flows (2/121)" {
		t.Errorf("the title is %q", got)
	}
	sent = sends(second, addFormID, second.Find("#none"))
	sent["flow"] = []string{string(flowID(60))}
	sent.Set("page", "1")
	back := p.page(t, flowsAt+"?"+sent.Encode(), http.StatusOK)
	if diff := cmp.Diff([]string{string(flowID(119)), string(flowID(118))}, boxes(back)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Unticked where it is shown, a flow is not chosen any more; one of another page stays.
	sent = sends(back, addFormID, back.Find("#none"))
	sent["flow"] = []string{string(flowID(119))}
	if got := picked(sent); !slices.Equal(got, []string{string(flowID(60)), string(flowID(119))}) {
		t.Errorf("chosen are %q", got)
	}
	if doc := p.page(t, flowsAt+"?picked="+packIDs([]string{string(flowID(120)), string(flowID(999))}), http.StatusOK); doc.Find("input[checked], input[name=picked]").Length() != 0 {
		t.Error("flows that can't be chosen, or are not there, are chosen")
	}
}

func TestChoosingAllThatMatch(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, query string
		flows       int
		want        string // of the button
		value       string
	}{
		{"one page, no filter: there is no more than is shown", "", 20, "", ""},
		{"more than one page", "", 120, "Choose all 120 that match…", "leads=&q=&show="},
		{"a filter goes along, the order and the page do not", "?q=flow+00&sort=-name&page=2&show=does-not", 120, "Choose all 10 that match…", "leads=&q=flow+00&show=does-not"},
		{"nothing that matches can be changed", "?q=nobody", 120, "", ""},
		{"more than a change holds", "", 501, "Choose all 501 that match… 501 flows match, and one change holds at most 500. Narrow the filter.", "disabled"},
		{"what is ticked matches", "?q=flow+00&flow=" + string(flowID(1)), 120, "Choose all 10 that match…", "leads=&q=flow+00&show="},
		{"one is ticked that does not match", "?q=flow+00&flow=" + string(flowID(1)) + "&flow=" + string(flowID(50)), 120,
			"Choose 11: those that match, and 1 that you ticked…", "leads=&q=flow+00&show="},
		{"two are ticked that do not match", "?q=flow+00&picked=" + packIDs([]string{string(flowID(50)), string(flowID(51))}), 120,
			"Choose 12: those that match, and 2 that you ticked…", "leads=&q=flow+00&show="},
		{"with what is ticked more than a change holds", "?q=flow+1&flow=" + string(flowID(50)), 1400,
			"Choose 501: those that match, and 1 that you ticked… 501 flows match or are ticked, and one change holds at most 500. Narrow the filter.", "disabled"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			doc := newReadingPages(&surveyorInMemory{last: manyRows(c.flows)}, people.Publisher).page(t, flowsAt+c.query, http.StatusOK)
			all := doc.Find("form#" + addFormID + " button[name=all]")
			value := all.AttrOr("value", "")
			if _, off := all.Attr("disabled"); off {
				value = "disabled"
			}
			if got := text(all.Closest(".action")); got != c.want || value != c.value {
				t.Errorf("got %q, with %q", got, value)
			}
		})
	}
}

func TestAllThatMatchAreChosenBesideWhatIsTicked(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	sales := j.flowWhere(func(r survey.FlowRow) bool { return r.Flow.Name == "Sales" }).Flow.ID
	ids := []string{string(sales), string(j.flowWith(audit.Partial).Flow.ID)}
	guide := choiceAsIs + string(j.guideFlow().Flow.ID)
	list := j.get(j.path("flows") + "?q=sales&replace=on&guide=" + guide + "&picked=" + packIDs(ids[1:]))
	all := list.Find("button[name=all]")
	if all.AttrOr("form", addFormID) != addFormID || all.AttrOr("formaction", j.path("changes", "new")) != j.path("changes", "new") {
		t.Fatalf("all that match go to %v", all.Nodes)
	}
	match := newFlowIndex(j.reading()).selectFlows(flowsQuery{Text: "sales", Sort: "name", Page: 1})
	var want []string
	for _, row := range match.Rows {
		if _, no := notChoosable(row, publish.Rules{}); !no {
			want = append(want, string(row.Flow.ID))
		}
	}
	if len(want) == 0 || slices.Contains(want, ids[1]) {
		t.Fatalf("the filter finds %v", want)
	}
	late := j.flowWhere(func(r survey.FlowRow) bool {
		_, no := notChoosable(&r, publish.Rules{})
		return !no && r.Flow.ID != sales && !slices.Contains(append(want, ids...), string(r.Flow.ID))
	})
	want = append(want, ids[1], string(late.Flow.ID))
	v := sends(list, addFormID, all)
	v.Add("flow", string(late.Flow.ID)) // ticked since
	v.Set("q", "typed, and not asked for")
	for name, doc := range map[string]*goquery.Document{
		"in the address": j.get(j.path("changes", "new") + "?" + v.Encode()), "posted": j.page(j.send(j.path("changes", "new"), v), http.StatusOK),
	} {
		got := boxes(doc)
		slices.Sort(got)
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if title, said := text(doc.Find("#flows-title")), fmt.Sprintf("(%d/%d)", len(want), len(want)); !strings.Contains(title, said) {
			t.Errorf("%s: the title is %q", name, title)
		}
		if form := typed(doc, "form#choose"); form.Get("guide") != guide || form.Get("replace") != "on" {
			t.Errorf("%s: the guide is lost: %v", name, form)
		}
	}
}

func TestWhatIsTickedStaysWhereTooManyMatch(t *testing.T) {
	t.Parallel()
	c := readChosen(url.Values{"all": {"q=flow"}, "flow": {string(flowID(7))}, "picked": {packIDs([]string{string(flowID(999))})}})
	o := newOffer(t.Context(), manyRows(MaxFlows+1), publish.Rules{}, c, nil)
	if o.tooMany != MaxFlows+1 || len(o.rows) != 1 || o.rows[0].Flow.ID != flowID(7) || !o.ticked || o.gone != 1 {
		t.Errorf("%d too many, %d rows, %d gone", o.tooMany, len(o.rows), o.gone)
	}
}

// chooses gives the flows that the choosing page ticks, and those that it leaves out.
func (j *journey) chooses(query string) (ticked []string, leftOut int, form url.Values) {
	j.t.Helper()
	doc := j.get(j.path("changes", "new") + query)
	form = typed(doc, "form#choose")
	for _, box := range doc.Find("#flows tbody input[checked]").EachIter() {
		ticked = append(ticked, box.AttrOr("value", ""))
	}
	return ticked, doc.Find("#left-out tbody tr").Length(), form
}

func TestAllThatMatchGoOnToTheReview(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	can, not := choosable(newFlowIndex(j.reading()).selectFlows(flowsQuery{Sort: "name", Page: 1}).Rows, publish.Rules{})
	ticked, leftOut, form := j.chooses("?all=1")
	if len(ticked) != len(can) || leftOut != len(not) || len(not) == 0 {
		t.Fatalf("%d ticked, %d left out; want %d and %d", len(ticked), leftOut, len(can), len(not))
	}
	form["flow"] = ticked
	c := j.change(j.follow(j.path("changes"), form))
	if got := len(c.Steps) + len(c.LeftOut); got != len(ticked) {
		t.Errorf("%d of %d flows are in the plan or left out of it", got, len(ticked))
	}
	reasons := map[string]bool{}
	for _, l := range c.LeftOut {
		reasons[l.Reason.ID] = true
	}
	for _, want := range []string{"publish.left.draft", "publish.left.already", "wire.refused.other-guide"} {
		if !reasons[want] {
			t.Errorf("nothing is left out for %s: %v", want, reasons)
		}
	}
	none, _, _ := j.chooses("?all=1&q=no+such+flow")
	if len(none) != 0 {
		t.Errorf("without a match %d are chosen", len(none))
	}
}

func TestAGuideIsTakenOutFromThePages(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith(audit.NotWired)
	added := j.plan(f)
	j.follow(added+"/publish", j.approval(added))
	if c := j.ends(added); c.State != publish.Published {
		t.Fatalf("not published: %s", c.State)
	}
	page := j.get(j.path("flows", string(f.Flow.ID)))
	remove := page.Find(`main a[href*="do=remove"], header a[href*="do=remove"], a.button[href*="do=remove"]`).First().AttrOr("href", "")
	if remove == "" {
		t.Fatalf("the flow's page has no way to take the guide out: %s", text(page.Find("main")))
	}
	form := typed(j.get(remove), "form#choose")
	if form.Get("do") != doRemove || form.Get("flow") != string(f.Flow.ID) {
		t.Fatalf("the form is %v", form)
	}
	change := j.follow(j.path("changes"), form)
	if c := j.change(change); len(c.Steps) != 1 || c.Steps[0].Edits[0].Kind != flow.Remove || c.Asked.Guide != "" {
		t.Fatalf("the plan is %+v", c.Steps)
	}
	back := j.get(change).Find(`main a[href*="/changes/new?"]`).First().AttrOr("href", "")
	if again := typed(j.get(back), "form#choose"); again.Get("do") != doRemove || again.Get("flow") != string(f.Flow.ID) {
		t.Errorf("changing the choice begins anew: %v", again)
	}
	j.follow(change+"/publish", j.approval(change))
	if live, _, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID)); live != f.Flow.Content || j.ends(change).State != publish.Published {
		t.Error("the flow is not as it was")
	}
}

func TestFlowsThatCallersSetAreLeftOutUnlessChosen(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	i := slices.IndexFunc(j.reading().Flows, func(r survey.FlowRow) bool { return r.Report.Verdict == audit.ViaCallers })
	if i < 0 {
		t.Fatal("the demo data has no such flow")
	}
	change := j.plan(j.reading().Flows[i])
	if c := j.change(change); len(c.Steps) != 0 || len(c.LeftOut) != 1 || c.LeftOut[0].Reason.ID != "publish.left.callers" {
		t.Fatalf("the plan is %+v", c)
	}
	form := typed(j.get(change), `form[action$="/changes"]`)
	form.Set("callers", form.Get("flow"))
	c := j.change(j.follow(j.path("changes"), form))
	if len(c.Steps) != 1 || !slices.Equal(c.Asked.OverCalls, []instance.FlowID{c.Steps[0].Flow}) {
		t.Fatalf("chosen all the same, it is left out: %+v", c.LeftOut)
	}
	if k := c.Confirmations(); len(k) != 1 || k[0].Message.ID != "publish.confirm.callers" {
		t.Errorf("the guide of its callers is overridden with the ticks %+v", k)
	}
}

func TestTheGuideIsTakenOutOnlyOfFlowsThatWrapupWired(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	j.survey = survey.New(j.gateway, survey.ServiceOptions{Now: time.Now, Cache: j.store.Readings()})
	j.begins()
	f := j.flowWith(audit.NotWired)
	j.applies(j.plan(f))
	wired := j.reading()
	i := slices.IndexFunc(wired.Flows, func(r survey.FlowRow) bool { return r.Report.Verdict == audit.Wired && r.Flow.ID != f.Flow.ID })
	if i < 0 {
		t.Fatal("the demo data has no flow that somebody else wired")
	}
	theirs := wired.Flows[i].Flow
	const why = "wrapup did not insert this guide"
	for _, query := range []string{"?do=remove", "?do=remove&flow=" + string(f.Flow.ID) + "&flow=" + string(theirs.ID)} {
		doc := j.get(j.path("changes", "new") + query)
		var offered []string
		for _, box := range doc.Find("#flows tbody input").EachIter() {
			offered = append(offered, box.AttrOr("value", ""))
		}
		if !slices.Equal(offered, []string{string(f.Flow.ID)}) {
			t.Errorf("%s: offered are %v", query, offered)
		}
		if left := text(doc.Find("#left-out")); !strings.Contains(left, theirs.Name) || !strings.Contains(left, why) {
			t.Errorf("%s: why not %s: %q", query, theirs.Name, left)
		}
		if n := doc.Find(`input[name="guide"], input[name="replace"]`).Length(); n != 0 || strings.Contains(text(doc.Find("main")), "only the guide is published") {
			t.Errorf("%s: %d controls choose a guide", query, n)
		}
		form := sends(doc, "choose", doc.Find("#choose-other"))
		if got := readChosen(form); got.Do != "" {
			t.Errorf("the way to adding takes out: %v", form)
		}
	}
	doc := j.get(j.path("changes", "new") + "?flow=" + string(f.Flow.ID))
	form := sends(doc, "choose", doc.Find("#choose-other"))
	if got := readChosen(form); got.Do != doRemove || doc.Find("#choose-other").AttrOr("formaction", "") != j.path("changes", "new") {
		t.Errorf("the way to taking out is %v", form)
	}
}

func TestAFlowsPageOffersToTakeOutOnlyWhatWrapupInserted(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	offers := func(f instance.FlowID) bool {
		t.Helper()
		links := j.get(j.path("flows", string(f))).Find(`a.button[href*="/changes/new"]`)
		if links.Length() == 0 {
			t.Fatalf("nothing is offered of %s", f)
		}
		return links.Filter(`[href*="do=remove"]`).Length() == 1
	}
	f, theirs := j.flowWith(audit.NotWired), 0
	for _, row := range j.reading().Flows {
		if _, no := notChoosable(&row, publish.Rules{}); no || !hasGuide(&row) {
			continue
		}
		content, _, _ := j.sim.Contents(j.in.ID, string(row.Flow.ID))
		if theirs++; offers(row.Flow.ID) != canTakeOut(content, "") {
			t.Errorf("%s: taking the guide out is offered: %t", row.Flow.Name, offers(row.Flow.ID))
		}
	}
	if theirs == 0 || offers(f.Flow.ID) {
		t.Fatalf("%d flows have a guide; of one without it is offered to take it out", theirs)
	}
	j.applies(j.plan(f))
	if !offers(f.Flow.ID) {
		t.Error("what wrapup inserted can't be taken out")
	}
	live, _, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID))
	if err := j.sim.EditOutside(j.in.ID, string(f.Flow.ID), strings.Replace(live, `"Version"`, `"Settled":1,"Version"`, 1)); err != nil {
		t.Fatal(err)
	}
	if !offers(f.Flow.ID) {
		t.Error("somebody else changed another part, and the block can't be taken out any more")
	}
}

func TestARemovalOfNothingIsNotReviewed(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	j.survey = survey.New(j.gateway, survey.ServiceOptions{Now: time.Now, Cache: j.store.Readings()})
	j.begins()
	review := func(doc *goquery.Document) *goquery.Selection {
		t.Helper()
		b := doc.Find("form#choose .form-actions button.button-primary, form#choose button.button-primary").First()
		if text(b) != "Review" {
			t.Fatalf("the button is %q", text(b))
		}
		return b
	}
	if _, off := review(j.get(j.path("changes", "new"))).Attr("disabled"); off {
		t.Error("adding can't be reviewed")
	}
	f, sends := j.flowWith(audit.NotWired), url.Values{"do": {doRemove}}
	doc := j.get(j.path("changes", "new") + "?do=remove")
	if said := text(doc.Find("main")); strings.Contains(said, "Choose what agents get") {
		t.Error("the page that takes guides out lets choose one")
	}
	if n := doc.Find("#flows tbody tr").Length(); n != 0 {
		t.Fatalf("the demo data has %d flows with wrapup's block", n)
	}
	if b := review(doc); b.AttrOr("disabled", "no") == "no" || text(b.Closest(".action")) != "Review There is no flow here to take the guide out of." {
		t.Errorf("with nothing to take out stands %q", text(b.Closest(".action")))
	}
	j.applies(j.plan(f))
	doc = j.get(j.path("changes", "new") + "?do=remove")
	if _, off := review(doc).Attr("disabled"); off || doc.Find("#flows tbody input").Length() != 1 {
		t.Error("what can be taken out can't be reviewed")
	}
	const why = "Choose a flow to take the guide out of."
	for name, v := range map[string]url.Values{"nothing": sends, "a guide alone": {"do": {doRemove}, "guide": {choiceAsIs + string(j.guideFlow().Flow.ID)}}, "no flow": {"do": {doRemove}, "flow": {"x"}}} {
		doc := j.page(j.send(j.path("changes"), v), http.StatusUnprocessableEntity)
		said := doc.Find("#form-errors li a")
		if text(said) != why || doc.Find(said.AttrOr("href", "none")).Length() != 1 || doc.Find(`form#choose input[name="do"][value="remove"]`).Length() != 1 {
			t.Errorf("%s: it says %q, at %q", name, text(doc.Find("#form-errors")), said.AttrOr("href", ""))
		}
	}
	if list, n, err := j.publish.Changes(t.Context(), publish.Filter{}); err != nil || n != 1 {
		t.Errorf("%v: %d changes: %v", err, n, list)
	}
}

func TestWhatAFlowOpensAlreadyIsToldForWhicheverGuideIsChosen(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	doc := j.get(j.path("changes", "new") + "?all=1")
	said := text(doc.Find("#flows"))
	if !strings.Contains(said, "already: with that guide, nothing is to do here. Another one takes its place only with") {
		t.Error("a flow that opens the chosen guide is said to be changed")
	}
	if strings.Contains(said, ": the review asks for a tick") || !strings.Contains(said, "if the flow is changed, the review asks for a tick") {
		t.Error("a tick is promised that the review need not offer")
	}
}
