package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// live is what the simulator publishes of a flow.
func (j *journey) live(id instance.FlowID) string {
	live, _, _ := j.sim.Contents(j.in.ID, string(id))
	return live
}

// applies publishes a plan with all its ticks.
func (j *journey) applies(path string) *goquery.Document {
	j.t.Helper()
	j.follow(path+"/publish", j.approval(path))
	j.ends(path)
	return j.get(path)
}

// back is what the choosing page sends when everything offered is chosen.
func (j *journey) back(change string) url.Values {
	j.t.Helper()
	doc := j.get(change + "/put-back")
	v := typed(doc, "form#put-back")
	doc.Find(`form#put-back input[type="checkbox"]`).Each(func(_ int, s *goquery.Selection) {
		if name, value := s.AttrOr("name", ""), s.AttrOr("value", ""); name != "" && !slices.Contains(v[name], value) {
			v.Add(name, value)
		}
	})
	return v
}

func TestAChangeIsPutBackFromItsPage(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow := j.flowWith(audit.NotWired)
	former := j.live(flow.Flow.ID)
	change := j.plan(flow)
	if j.get(change).Find(`a[href$="/put-back"]`).Length() != 0 {
		t.Error("a plan can be put back")
	}
	j.page(j.send(change+"/put-back", nil), http.StatusConflict)
	doc := j.applies(change)
	if doc.Find(`main a[href="`+change+`/put-back"]`).Length() == 0 {
		t.Fatal("the result does not offer it")
	}
	doc = j.get(change + "/put-back")
	wantsMain(t, doc, flow.Flow.Name, "Opens the guide", "As wrapup published it", "No guide")
	if none := j.page(j.send(change+"/put-back", url.Values{"step": {"flow:other"}}), http.StatusUnprocessableEntity); none.Find(`#form-errors a[href="#steps"]`).Length() != 1 {
		t.Errorf("nothing chosen: %s", text(none.Find("main")))
	}
	back := j.follow(change+"/put-back", typed(doc, "form#put-back"))
	doc = j.get(back)
	wantsMain(t, doc, "Put back "+flow.Flow.Name, "as it was before", "Puts back", "These are the bytes that wrapup kept", "Opens the guide → No guide")
	if j.updates() != 1 {
		t.Fatal("planning wrote")
	}
	j.applies(back)
	if j.live(flow.Flow.ID) != former {
		t.Error("the flow is not what it was")
	}
	wantsMain(t, j.get(change+"/put-back"), "Nothing is as wrapup published it", "There is nothing to put back")
	again := j.follow(back+"/put-back", j.back(back))
	if j.applies(again); !strings.Contains(j.live(flow.Flow.ID), string(j.guideFlow().Flow.ID)) {
		t.Error("put back once more, the flow does not open the guide")
	}
}

func TestWhatSomebodyPublishedSinceIsPutBackByChoice(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow := j.flowWith(audit.NotWired)
	former := j.live(flow.Flow.ID)
	change := j.plan(flow)
	j.applies(change)
	seen := j.get(change + "/put-back")
	theirs := strings.Replace(j.live(flow.Flow.ID), `"Version"`, `"Settled":1,"Version"`, 1)
	if err := j.sim.EditOutside(j.in.ID, string(flow.Flow.ID), theirs); err != nil {
		t.Fatal(err)
	}
	doc := j.get(j.follow(change+"/put-back", typed(seen, "form#put-back")))
	wantsMain(t, doc, "Someone else published this flow since", "Put back over what was published since")
	if doc.Find("form.publish-form").Length() != 0 {
		t.Error("it can be published all the same")
	}
	form := typed(doc, `form[action$="/put-back"]`)
	form.Add("over", string(flow.Flow.ID))
	doc = j.get(j.follow(change+"/put-back", form))
	wantsMain(t, doc, "What they published is replaced; wrapup keeps a copy.")

	doc = j.get(change + "/put-back")
	if doc.Find(`#since input[name="over"]:not([checked])`).Length() == 0 || doc.Find(`#steps input[name="step"]`).Length() != 0 {
		t.Errorf("it is chosen from the start: %s", text(doc.Find("main")))
	}
	j.applies(j.follow(change+"/put-back", j.back(change)))
	if j.live(flow.Flow.ID) != former {
		t.Error("the flow is not what it was")
	}
}

func TestAReplacedDraftIsOfferedBack(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow := j.withDraft()
	live, draft, _ := j.sim.Contents(j.in.ID, string(flow.Flow.ID))
	form := typed(j.get(j.plan(flow)), `form[action$="/changes"]`)
	form.Add("draft", string(flow.Flow.ID))
	change := j.follow(j.path("changes"), form)
	j.applies(change)
	doc := j.get(change + "/put-back")
	file, _ := doc.Find("#drafts a[download]").Attr("href")
	var got strings.Builder
	if _, err := copyBody(&got, j.send(file, nil)); err != nil || got.String() != draft {
		t.Errorf("the draft as a file: %v", err)
	}
	if doc.Find(`#drafts input[name="save"][checked]`).Length() != 0 {
		t.Error("a draft is saved unasked")
	}
	back := j.follow(change+"/put-back", j.back(change))
	wantsMain(t, j.get(back), "as its draft again", "reads both afterwards")
	j.applies(back)
	if l, s, _ := j.sim.Contents(j.in.ID, string(flow.Flow.ID)); l != live || s != draft {
		t.Errorf("live is as before: %t, the draft is: %t", l == live, s == draft)
	}
}

func TestOnlyPublishersPutBack(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	flow := j.bare(0, 1)[0]
	change := j.plan(flow)
	j.gate.letGo()
	j.acts("p1", people.Publisher)
	j.applies(change)
	hash := j.change(change).Steps[0].Before
	j.acts("p2", people.Editor)
	doc := j.get(change)
	if doc.Find(`main a[href="`+change+`/put-back"]`).Length() != 0 {
		t.Error("an editor is led there")
	}
	j.page(j.send(change+"/put-back", nil), http.StatusForbidden)
	for path, form := range map[string]url.Values{
		change + "/put-back": {"step": {"flow:" + string(flow.Flow.ID)}}, j.path("flows", string(flow.Flow.ID), "restore"): {"hash": {hash}},
		j.path("guides", string(j.guideFlow().Flow.ID), "archive"): {},
	} {
		j.page(j.send(path, form), http.StatusForbidden)
	}
}

func TestASnapshotOfTheFlowIsRestored(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	flow, other := j.flowWith(audit.NotWired), j.guideFlow()
	former := j.live(flow.Flow.ID)
	change := j.plan(flow)
	j.applies(change)
	restore := func(id instance.FlowID, hash string) *http.Response {
		return j.send(j.path("flows", string(id), "restore"), url.Values{"hash": {hash}})
	}
	st := j.change(change).Steps[0]
	j.page(restore(other.Flow.ID, st.Before), http.StatusNotFound)
	j.page(restore(flow.Flow.ID, strings.Repeat("a", 64)), http.StatusNotFound)
	j.page(restore(flow.Flow.ID, "x"), http.StatusNotFound)
	j.page(restore(flow.Flow.ID, st.Outcome.ReadBack), http.StatusConflict)
	back := restore(flow.Flow.ID, st.Before).Header.Get("Location")
	wantsMain(t, j.get(back), "Publish the content of "+flow.Flow.Name)
	j.applies(back)
	if j.live(flow.Flow.ID) != former {
		t.Error("not restored")
	}
}

func TestAGuideThatWrapupCreatedIsArchived(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	model := acw.New("aws", j.in.Region, nil)
	flow := j.flowWith(audit.NotWired)
	in := j.reading().Instance
	c, err := j.publish.Plan(t.Context(), publish.Request{Instance: in, By: publish.Actor{ID: "p1", Name: "mei"},
		Guide: publish.GuideChoice{Name: "After call", Model: &model}, Add: []instance.FlowID{flow.Flow.ID}, Audit: j.reading().Options()})
	if err != nil {
		t.Fatal(err)
	}
	change := changePath(c.ID)
	j.applies(change)
	id := j.change(change).Steps[0].Outcome.Flow
	if j.get(j.path("guides", string(j.guideFlow().Flow.ID))).Find("#archive").Length() != 0 && j.guideFlow().Flow.ID != id {
		t.Error("a guide that wrapup did not create can be archived")
	}
	page := j.path("guides", string(id))
	if j.get(page).Find("button#archive").Length() != 1 {
		t.Fatal("there is no button")
	}
	if to := j.follow(page+"/archive", url.Values{}); to != page {
		t.Errorf("a guide that is open leads to %s", to)
	}
	if flash := text(j.get(page).Find(".flash")); !strings.Contains(flash, flow.Flow.Name) || !strings.Contains(flash, "can't be archived") {
		t.Errorf("it says %q", flash)
	}
	doc := j.get(change + "/put-back")
	wantsMain(t, doc, "The guide stays: contacts in progress may still use it.")
	j.applies(j.follow(change+"/put-back", typed(doc, "form#put-back")))

	named := j.follow(page+"/archive", url.Values{})
	draft := strings.Replace(j.live(flow.Flow.ID), `"Version"`, `"Settled":"`+string(id)+`","Version"`, 1)
	if _, err := j.gateway.SaveFlowDraft(t.Context(), in, flow.Flow.ID, draft); err != nil {
		t.Fatal(err)
	}
	if doc := j.applies(named); j.change(named).State != publish.Failed || !strings.Contains(text(doc.Find("main .alert")), "unpublished drafts name it, of "+flow.Flow.Name) {
		t.Errorf("while a draft names it: %s", text(doc.Find("main")))
	}
	if err := j.sim.EditOutside(j.in.ID, string(flow.Flow.ID), j.live(flow.Flow.ID)); err != nil { // gives the draft up
		t.Fatal(err)
	}

	archive := j.follow(page+"/archive", url.Values{})
	wantsMain(t, j.get(archive), "Archive the guide After call", "The content is not written", "every flow and module is read")
	if doc := j.applies(archive); !strings.Contains(text(doc.Find("main")), "is archived (read back)") {
		t.Errorf("%s", text(doc.Find("main")))
	}
	wantsMain(t, j.get(archive+"/put-back"), "Archived", "Active")
	if _, err := j.survey.Read(t.Context(), in.ID, true); err != nil {
		t.Fatal(err)
	}
	row := j.get(j.path("guides")).Find("#guides tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(text(s), "After call") })
	if got := text(row.Find("td").First()); got != "Archived" {
		t.Errorf("in the list it is %q", got)
	}
	doc = j.get(page)
	if said := text(doc.Find("main")); !strings.Contains(said, "This guide is archived") || doc.Find(`button[value="review"], button#archive`).Length() != 0 ||
		strings.Contains(text(doc.Find(".chips")), "Published") {
		t.Errorf("its page says %s", said)
	}
	again := doc.Find(`main a.button[href="` + archive + `/put-back"]`)
	if text(again) != "Make active again" {
		t.Errorf("the way back is %q", text(again))
	}
	wantsMain(t, j.get(j.path("changes", "new")), "It is archived. Make it active again on its own page first.")
	j.applies(j.follow(archive+"/put-back", j.back(archive)))
	if doc := j.get(page); doc.Find(`button[value="review"]`).Length() != 1 || doc.Find("button#archive").Length() != 1 {
		t.Error("active again, it can't be published or archived")
	}
	f, err := j.gateway.DescribeFlow(t.Context(), in, string(id))
	if err != nil || f.State != instance.StateActive {
		t.Errorf("%v: %s", err, f.State)
	}
}

func TestAManyStepsChangeOffersEachStep(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.gate.letGo()
	j.acts("p1", people.Publisher)
	change := j.plan(j.bare(0, 2)...)
	j.applies(change)
	link, _ := j.get(change).Find(`#step-1 a[href*="/put-back?step="]`).Attr("href")
	doc := j.get(link)
	if got := typed(doc, "form#put-back")["step"]; len(got) != 1 || got[0] != j.change(change).Steps[0].Key {
		t.Errorf("chosen: %v", got)
	}
}
