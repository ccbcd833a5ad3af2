package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/connectsim"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

// edited publishes content in a flow as somebody else does.
func (j *journey) edited(f survey.FlowRow, content string) {
	j.t.Helper()
	if err := j.sim.EditOutside(j.in.ID, string(f.Flow.ID), content); err != nil {
		j.t.Fatal(err)
	}
}

// settled is a flow's content with a member that contacts don't see, and that counts all the same.
func settled(f survey.FlowRow) string {
	return strings.Replace(f.Flow.Content, `"Version"`, `"Settled":1,"Version"`, 1)
}

// shifted is a flow's content with one block a bit further to the right.
func shifted(t *testing.T, f survey.FlowRow) string {
	t.Helper()
	i := strings.Index(f.Flow.Content, `"x"`)
	if i < 0 {
		t.Fatalf("%s has no layout", f.Flow.Name)
	}
	at := i + strings.IndexAny(f.Flow.Content[i:], "0123456789")
	return f.Flow.Content[:at] + "1" + f.Flow.Content[at:]
}

// two are flows without the guide, managed by nobody, with their contents.
func (j *journey) two() [2]survey.FlowRow {
	j.t.Helper()
	first := j.flowWith(audit.NotWired)
	second := j.flowWhere(func(r survey.FlowRow) bool { return r.Report.Verdict == audit.NotWired && r.Flow.ID != first.Flow.ID })
	return [2]survey.FlowRow{first, second}
}

// meets plans a change of the flows, has somebody edit the first and publishes: nothing is written.
func (j *journey) meets(edit func(), flows ...survey.FlowRow) (path string) {
	j.t.Helper()
	path = j.plan(flows...)
	approval := j.approval(path)
	edit()
	j.follow(path+"/publish", approval)
	if c := j.ends(path); c.State != publish.Failed || j.updates() != 0 {
		j.t.Fatalf("%s after %d writes: %+v", c.State, j.updates(), c.Steps[0].Outcome)
	}
	return path
}

func (j *journey) contents(id instance.FlowID) (live, saved string) {
	live, saved, _ = j.sim.Contents(j.in.ID, string(id))
	return live, saved
}

func TestAConflictIsShownAndPlannedAnew(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.meets(func() { j.edited(f[0], settled(f[0])) }, f[0], f[1])
	doc := j.get(path)
	wantsMain(t, doc, "Not published", "Someone changed "+f[0].Flow.Name+" since you reviewed it.", "Plan the 2 writes that are missing anew")
	if doc.Find(`#step-1 a[href="`+path+`/steps/1/conflict"]`).Length() != 1 || doc.Find(`a[href="`+path+`/steps/2/conflict"]`).Length() != 0 {
		t.Error("the way to compare is not there, or stands beside a step that met nothing")
	}
	if doc.Find("#step-1 form").Length() != 0 {
		t.Error("one click is offered although more than the layout changed")
	}
	page := path + "/steps/1/conflict"
	doc = j.get(page)
	wantsMain(t, doc, "When reviewed", "Now in Connect", "Your change", "Settled", "Someone in Connect", "different blocks", "By line: your change")
	if theirs, yours := text(doc.Find("#lines-now")), text(doc.Find("#lines-yours")); !strings.Contains(theirs, "Settled") || strings.Contains(yours, "Settled") {
		t.Errorf("by line: %s\n%s", theirs, yours)
	}
	form := typed(doc, "form.rebuild-form")
	next := j.follow(doc.Find("form.rebuild-form").AttrOr("action", ""), form)
	doc = j.get(next)
	wantsMain(t, doc, "Continues", f[0].Flow.Name)
	if c := j.change(next); len(c.Steps) != 1 || next == path || doc.Find(`.key-values a[href="`+path+`"], dl a[href="`+path+`"]`).Length() != 1 {
		t.Errorf("%d steps; %s", len(c.Steps), text(doc.Find("#where")))
	}
	j.follow(next+"/publish", j.approval(next))
	if c := j.ends(next); c.State != publish.Published {
		t.Fatal(c.State)
	}
	if live, _ := j.contents(f[0].Flow.ID); !strings.Contains(live, `"Settled":1`) || !strings.Contains(live, string(j.guideFlow().Flow.ID)) {
		t.Error("one of the two changes is lost")
	}
	doc = j.get(path)
	if wantsMain(t, doc, "Continued with"); doc.Find(`dl a[href="`+next+`"]`).Length() != 1 {
		t.Errorf("the former change does not lead to the new one: %s", text(doc.Find("#facts")))
	}
	if rest := text(doc.Find("#rest-anew")); !strings.Contains(rest, "Plan the write that is missing anew") {
		t.Errorf("of two writes one was made since; it says %q", rest)
	}
	doc = j.get(page)
	wantsMain(t, doc, "Both, alike")
	doc = j.page(j.send(path+"/again", typed(doc, "form.rebuild-form")), http.StatusUnprocessableEntity)
	wantsMain(t, doc, "Not planned", "The flow opens this guide already.")
}

func TestAConflictIsSkipped(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.meets(func() { j.edited(f[0], settled(f[0])) }, f[0], f[1])
	doc := j.get(path + "/steps/1/conflict")
	form := doc.Find("form:has(#skip)")
	next := j.follow(form.AttrOr("action", ""), typed(doc, "form:has(#skip)"))
	c := j.change(next)
	if len(c.Steps) != 1 || c.Steps[0].Flow != f[1].Flow.ID {
		t.Fatalf("%+v", c.Steps)
	}
	j.follow(next+"/publish", j.approval(next))
	if live, _ := j.contents(f[0].Flow.ID); live != settled(f[0]) || j.ends(next).State != publish.Published {
		t.Error("the flow that was skipped was written")
	}
}

func TestOnlyTheLayoutIsOneClick(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith(audit.NotWired)
	path := j.meets(func() { j.edited(f, shifted(t, f)) }, f)
	doc := j.get(path)
	wantsMain(t, doc, "Only the layout changed.")
	wantsMain(t, j.get(path+"/steps/1/conflict"), "Only the layout changed", "What contacts go through is as you reviewed it")
	next := j.follow(doc.Find("#step-1 form").AttrOr("action", ""), typed(doc, "#step-1 form"))
	j.follow(next+"/publish", j.approval(next))
	if c := j.ends(next); c.State != publish.Published {
		t.Errorf("%s: %+v", c.State, c.Steps[0].Outcome)
	}
}

func TestADraftThatAppearedIsAskedAbout(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.flowWith(audit.NotWired)
	path := j.plan(f)
	approval := j.approval(path)
	if _, err := j.gateway.SaveFlowDraft(t.Context(), j.reading().Instance, f.Flow.ID, settled(f)); err != nil {
		t.Fatal(err)
	}
	j.follow(path+"/publish", approval)
	doc := j.get(path + "/steps/1/conflict")
	wantsMain(t, doc, "Someone has an unpublished draft of this flow", "Publish over the unpublished draft")
	form := typed(doc, "form.rebuild-form")
	doc = j.page(j.send(path+"/again", form), http.StatusUnprocessableEntity)
	wantsMain(t, doc, "Not planned", "Someone has an unpublished draft of this flow. Publishing would replace it.")
	form.Set("draft", string(f.Flow.ID))
	next := j.follow(path+"/again", form)
	j.follow(next+"/publish", j.approval(next))
	c := j.ends(next)
	if c.State != publish.Published {
		t.Fatalf("%s: %+v", c.State, c.Steps[0].Outcome)
	}
	wantsMain(t, j.get(next), "wrapup keeps both copies")
	if b, err := j.publish.Content(t.Context(), c.Steps[0].Saved); err != nil || string(b) != settled(f) {
		t.Errorf("the draft is not kept: %v", err)
	}
}

func TestPublishingOverADraftContinuesTheSameChange(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.meets(func() { j.edited(f[0], settled(f[0])) }, f[0], f[1])
	if _, err := j.gateway.SaveFlowDraft(t.Context(), j.reading().Instance, f[1].Flow.ID, settled(f[1])); err != nil {
		t.Fatal(err)
	}
	rest := j.follow(path+"/again", url.Values{})
	if c := j.change(rest); len(c.Steps) != 1 || len(c.LeftOut) != 1 || !c.LeftOut[0].Draft {
		t.Fatalf("%d steps, left out %+v", len(c.Steps), c.LeftOut)
	}
	form := typed(j.get(rest), `form[action$="/changes"]`)
	form.Add("draft", string(f[1].Flow.ID))
	over := j.follow(j.path("changes"), form)
	if c, was := j.change(over), j.change(path); c.Continues != was.ID || len(c.Steps) != 2 {
		t.Errorf("%d steps, it continues %q", len(c.Steps), c.Continues)
	}
	wantsMain(t, j.get(over), "Continues")
	again := j.get(over).Find(`main a[href*="/changes/new?"]`).First().AttrOr("href", "")
	if got := typed(j.get(again), "form#choose").Get("continues"); got != j.change(path).ID {
		t.Errorf("with the choice changed it continues %q", got)
	}
	for what, id := range map[string]string{"nothing": "", "a change that is not there": "nonsense", "no text": "\xff"} {
		form.Set("continues", id)
		if c := j.change(j.follow(j.path("changes"), form)); c.Continues != "" {
			t.Errorf("%s: it continues %q", what, c.Continues)
		}
	}
}

func TestWhatBecameOfAFlowIsSaid(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.meets(func() { j.edited(f[0], settled(f[0])) }, f[0], f[1])
	page := path + "/steps/1/conflict"
	wantsMain(t, j.get(path+"/steps/2/conflict"), "The flow is as you reviewed it")
	if _, err := j.gateway.SetFlowState(t.Context(), j.reading().Instance, f[0].Flow.ID, instance.StateArchived); err != nil {
		t.Fatal(err)
	}
	doc := j.get(page)
	wantsMain(t, doc, "The flow is archived", "The flow can't be changed as it is now.")
	if doc.Find("#rebuild:not([disabled])").Length() != 0 {
		t.Error("it can be planned anew")
	}
	doc = j.page(j.send(path+"/again", typed(doc, "form.rebuild-form")), http.StatusUnprocessableEntity)
	wantsMain(t, doc, "Not planned", "The flow is archived.")
	j.sim.Faults([]connectsim.FaultRule{{Op: "DescribeContactFlow", Every: 1, Do: connectsim.DoError, Code: "AccessDeniedException", Status: 403}})
	doc = j.get(page)
	wantsMain(t, doc, "Amazon Connect can't be read now", "AccessDeniedException", "Under Now in Connect stands what wrapup found", "Settled")
	if doc.Find(`.alert a[href="`+page+`"]`).Length() != 1 {
		t.Error("there is no way to try again")
	}
	for _, none := range []string{"0", "3", "x", "-1", "flow:" + string(f[0].Flow.ID)} {
		j.page(j.send(path+"/steps/"+none+"/conflict", nil), http.StatusNotFound)
	}
	j.page(j.send("/changes/none/steps/1/conflict", nil), http.StatusNotFound)
	j.page(j.send("/changes/none/again", url.Values{}), http.StatusNotFound)
}

func TestPlanningAnewIsRefused(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	flows := j.bare(0, 2)
	path := j.plan(flows...)
	j.held(path, publish.StopAtFailure)
	stored := func() int {
		_, n, err := j.store.Changes(t.Context(), publish.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := stored()
	refuses := func(form url.Values, says string) {
		t.Helper()
		if to := j.follow(path+"/again", form); to != path || stored() != before {
			t.Errorf("it leads to %s, %d changes are stored", to, stored()-before)
		}
		if got := text(j.get(path).Find(".flash")); !strings.Contains(got, says) {
			t.Errorf("it says %q, want %q", got, says)
		}
	}
	refuses(url.Values{}, "The change is still under way.")
	j.gate.letGo()
	j.ends(path)
	refuses(url.Values{}, "There is nothing left to plan anew here")
	refuses(url.Values{"step": {"flow:" + string(flows[0].Flow.ID)}}, "There is nothing left to plan anew here")
	refuses(url.Values{"step": {"none"}}, "The change has no such write.")
	if to := j.send(path+"/steps/1/conflict", nil).Header.Get("Location"); to != path {
		t.Errorf("the page of a step that is done leads to %q", to)
	}
}

// Whoever lost the role between the page and the button is told so, and nothing is planned.
func TestWhoLostTheRolePlansNothing(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 1)[0]
	f.Flow.Content, _ = j.contents(f.Flow.ID)
	path := j.meets(func() { j.edited(f, shifted(t, f)) }, f)
	form := typed(j.get(path+"/steps/1/conflict"), "form.rebuild-form")
	j.acts("p1", people.Viewer)
	wantsMain(t, j.page(j.send(path+"/again", form), http.StatusForbidden), "This needs the role Editor.")
	doc := j.get(path)
	if doc.Find("#rest-anew, #step-1 form").Length() != 0 || j.get(path+"/steps/1/conflict").Find("main button:not([disabled])").Length() != 0 {
		t.Error("a viewer is offered to plan anew")
	}
	if _, n, err := j.store.Changes(t.Context(), publish.Filter{}); err != nil || n != 1 {
		t.Errorf("%d changes: %v", n, err)
	}
	j.acts("p1", people.Editor)
	if next := j.follow(path+"/again", form); j.change(next).Continues == "" {
		t.Error("an editor plans nothing")
	}
}

func TestAPausedChangeGoesOnWithoutAConflict(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	flows := j.bare(0, 3)
	for i := range flows {
		flows[i].Flow.Content, _ = j.contents(flows[i].Flow.ID)
	}
	path := j.plan(flows...)
	approval := j.approval(path)
	approval.Set("mode", string(publish.OneFirst))
	j.follow(path+"/publish", approval)
	j.ends(path)
	j.edited(flows[1], settled(flows[1]))
	j.gate.hold(writePath)
	form := typed(j.get(path), "form.continue-form")
	form.Set("mode", string(publish.GoOn))
	j.begin(path, publish.GoOn)
	j.waits()
	j.follow(path+"/stop", url.Values{})
	j.gate.letGo()
	c := j.ends(path)
	if c.Steps[1].State != publish.StepFailed {
		t.Fatalf("%s: %s", c.State, c.Steps[1].State)
	}
	doc := j.get(path + "/steps/2/conflict")
	next := j.follow(path+"/again", typed(doc, "form.rebuild-form"))
	if n := j.change(next); len(n.Steps) != 1 || n.Steps[0].Flow != flows[1].Flow.ID || j.change(path).State != c.State {
		t.Errorf("%+v", n.Steps)
	}
}

// diffThree keeps what each side did to each block apart.
func TestThreeContentsByBlock(t *testing.T) {
	t.Parallel()
	const was = `{"Version":"2019-10-30","StartAction":"a","Actions":[` +
		`{"Identifier":"a","Type":"MessageParticipant","Parameters":{"Text":"Hello"},"Transitions":{"NextAction":"b"}},` +
		`{"Identifier":"b","Type":"MessageParticipant","Parameters":{"Text":"Wait"},"Transitions":{"NextAction":"c"}},` +
		`{"Identifier":"c","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
	parse := func(edits ...string) *flow.Document {
		d, err := flow.Parse([]byte(strings.NewReplacer(edits...).Replace(was)))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, tt := range map[string]struct {
		now, yours *flow.Document
		want       []string // who, block, what, when reviewed, now, yours
		both       int
	}{
		"neither changed anything": {parse(), parse(), nil, 0},
		"each its own block": {parse(`"Wait"`, `"Hold"`), parse(`"Hello"`, `"Hi"`), []string{
			"Someone in Connect | b | Text | Wait | Hold | As reviewed", "Your change | a | Text | Hello | As reviewed | Hi"}, 0},
		"both the same value":  {parse(`"Hello"`, `"Hey"`), parse(`"Hello"`, `"Hi"`), []string{"Both | a | Text | Hello | Hey | Hi"}, 1},
		"both in the same way": {parse(`"Hello"`, `"Hi"`), parse(`"Hello"`, `"Hi"`), []string{"Both, alike | a | Text | Hello | Hi | Hi"}, 0},
		"the same start": {parse(`"StartAction":"a"`, `"StartAction":"b"`), parse(`"StartAction":"a"`, `"StartAction":"b"`), []string{
			"Both, alike | Start of the flow | First block | a | b | b"}, 0},
		"both one block, each another value": {parse(`"Hello"}`, `"Hello","SSML":"x"}`), parse(`"Hello"`, `"Hi"`), []string{
			"Both | a | Text | Hello | As reviewed | Hi", "Both | a | SSML | – | x | –"}, 1},
		"both the start": {parse(`"StartAction":"a"`, `"StartAction":"b"`), parse(`"StartAction":"a"`, `"StartAction":"c"`), []string{
			"Both | Start of the flow | First block | a | b | c"}, 1},
		"a block that they took out": {parse(`{"Identifier":"b","Type":"MessageParticipant","Parameters":{"Text":"Wait"},"Transitions":{"NextAction":"c"}},`, ``, `"NextAction":"b"`, `"NextAction":"c"`),
			parse(`"Wait"`, `"Hold"`), []string{"Both | b | Text | Wait | – | Hold", "Both | b | Leads to: then | c | – | As reviewed", "Someone in Connect | a | Leads to: then | b | c | As reviewed"}, 1},
		"a member of the document": {parse(`"Version"`, `"Settled":1,"Version"`), parse(), []string{"Someone in Connect | The flow as a whole | Settled | – | 1 | –"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := diffThree(parse(), tt.now, tt.yours)
			table := threeTable(t.Context(), d)
			var got []string
			for _, r := range table.Rows {
				var b strings.Builder
				if err := r.Cells[1].Content.Render(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
				who := fragment(t, b.String())
				got = append(got, strings.Join([]string{who, r.Cells[0].Text, r.Cells[2].Text, r.Cells[3].Text, r.Cells[4].Text, r.Cells[5].Text}, " | "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || d.both() != tt.both {
				t.Errorf("%d places (-want +got):\n%s", d.both(), diff)
			}
		})
	}
}

func fragment(t *testing.T, html string) string {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return text(doc.Selection)
}

// A plan of which the last reading knows that a flow has moved on is made anew by one button, and the stale one is put away.
func TestAStalePlanIsMadeAnewFromItsReview(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	path := j.plan(f[0], f[1])
	if j.get(path).Find("#rebuild-plan").Length() != 0 {
		t.Error("a plan that nothing is known against is to be made anew")
	}
	j.edited(f[0], settled(f[0]))
	if _, err := j.survey.Read(t.Context(), instance.ID(j.in.ID), true); err != nil {
		t.Fatal(err)
	}
	form := j.get(path).Find("form:has(#rebuild-plan)")
	if form.Length() != 1 {
		t.Fatalf("the review says nothing: %s", text(j.get(path).Find("main")))
	}
	next := j.follow(form.AttrOr("action", ""), url.Values{})
	if c, was := j.change(next), j.change(path); len(c.Steps) != 2 || c.Continues != was.ID || was.State != publish.Discarded {
		t.Errorf("%d steps, the former plan is %s", len(c.Steps), was.State)
	}
	doc := j.get(next)
	if doc.Find("#rebuild-plan").Length() != 0 || doc.Find(`dl a[href="`+path+`"]`).Length() != 1 {
		t.Error("the new plan does not name the former one, or is out of date itself")
	}
	j.follow(next+"/publish", j.approval(next))
	if c := j.ends(next); c.State != publish.Published {
		t.Errorf("%s: %+v", c.State, c.Steps[0].Outcome)
	}
}

func TestWhatIsWrittenAlreadyIsNotPlannedAnew(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 1)[0]
	first, second := j.plan(f), j.plan(f)
	j.applies(first)
	j.begin(second, publish.StopAtFailure)
	j.ends(second)
	doc := j.get(second + "/steps/1/conflict")
	wantsMain(t, doc, "The flow holds your change already", "Both, alike")
	if doc.Find("#rebuild").Length() != 0 || strings.Contains(text(doc.Find("#blocks")), "different blocks") {
		t.Errorf("%s", text(doc.Find("main")))
	}
}
