package handlers

import (
	"maps"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/survey"
)

// behaviours are all that the service may do where nobody has documented it: each answer by itself, and the last of each
// question at once.
func behaviours(t *testing.T) map[string]connectsim.Behaviour {
	t.Helper()
	out := map[string]connectsim.Behaviour{}
	set := func(name string, c connectsim.Choice, answer string) {
		b := out[name]
		if err := c.Set(&b, answer); err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	for _, c := range connectsim.Choices() {
		answers := c.Answers
		if len(answers) == 0 { // a duration
			answers = []string{"0s", "1h"}
		}
		for _, a := range answers[1:] {
			set(c.Name+" "+a, c, a)
		}
		set("all at once", c, answers[len(answers)-1])
	}
	return out
}

// behaving is a journey on a service that behaves so, with a clock of its own.
type behaving struct {
	*journey
	behaviour connectsim.Behaviour
	mu        sync.Mutex
	now       time.Time
}

func (j *behaving) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.now
}

func (j *behaving) add(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.now = j.now.Add(d)
}

func newBehaving(t *testing.T, b connectsim.Behaviour) *behaving {
	t.Helper()
	j := &behaving{journey: newJourney(t, people.Publisher), behaviour: b, now: time.Now()}
	j.sim = connectsim.New(connectsim.Options{Now: j.Now, Behaviour: b})
	if err := j.sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(j.sim)
	t.Cleanup(server.Close)
	gateway, err := connect.New(t.Context(), connect.Options{
		Regions: []string{j.in.Region}, Endpoint: server.URL, STSEndpoint: server.URL, Rate: -1,
		Credentials: &connect.Credentials{AccessKey: "test", SecretKey: "test"},
		Backoff:     func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	j.reads(gateway)
	return j
}

func TestPublishingStandsWhatIsNotDocumented(t *testing.T) {
	t.Parallel()
	for name, b := range behaviours(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newBehaving(t, b)
			j.wiresAndRemoves()
			j.publishesOverADraft()
			j.createsAGuide("After call")
			j.changesAGuideTwice()
			j.standsLostAnswers()
			j.settlesAnInterruptedChange()
		})
	}
}

// publishes plans what a form says, approves all of it, and gives the change; the result must be a success.
func (j *behaving) publishes(form url.Values) publish.Change {
	j.t.Helper()
	change := j.follow(j.path("changes"), form)
	doc := j.get(j.follow(change+"/publish", j.approval(change)))
	if got := text(doc.Find(".alert-title").First()); got != "Published" {
		j.t.Fatalf("the result is %q: %s", got, text(doc.Find("main")))
	}
	return j.change(change)
}

// wantCovered holds the last reading, and one that asks the service again, against what a flow is now.
func (j *behaving) wantCovered(id instance.FlowID, want bool) {
	j.t.Helper()
	j.wantRead(false, id, want)
	j.wantRead(true, id, want)
}

func (j *behaving) wantRead(refresh bool, id instance.FlowID, want bool) {
	j.t.Helper()
	r, err := j.survey.Read(j.t.Context(), instance.ID(j.in.ID), refresh)
	if err != nil {
		j.t.Fatal(err)
	}
	if row, ok := r.Row(id); !ok || row.Covered != want {
		j.t.Errorf("the reading (refreshed: %t) by %s says of %q: %s", refresh, r.Method, row.Flow.Name, row.Report.Verdict)
	}
}

// actions are the characters of a flow's blocks, as the service holds them.
func (j *behaving) actions(id instance.FlowID) string {
	j.t.Helper()
	live, _, _ := j.sim.Contents(j.in.ID, string(id))
	d, err := flow.Parse([]byte(live))
	if err != nil {
		j.t.Fatal(err)
	}
	actions, _ := d.Root().Get("Actions")
	return d.Start() + string(actions.Raw())
}

func (j *behaving) wiresAndRemoves() {
	j.t.Helper()
	f := j.flowWith(audit.NotWired)
	before := j.actions(f.Flow.ID)
	c := j.publishes(url.Values{"guide": {"as:" + string(j.guideFlow().Flow.ID)}, "flow": {string(f.Flow.ID)}})
	want := "publish.outcome.done"
	if j.behaviour.Stored == connectsim.StoredRewritten {
		live, _, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID))
		if want += "-rewritten"; !strings.Contains(live, `"snapToGrid"`) {
			j.t.Error("the service did not rewrite what it was sent")
		}
	}
	if got := c.Steps[0].Outcome.Message.ID; got != want {
		j.t.Errorf("the outcome is %s, want %s", got, want)
	}
	j.wantCovered(f.Flow.ID, true)
	j.publishes(url.Values{"remove": {string(f.Flow.ID)}})
	if after := j.actions(f.Flow.ID); after != before {
		j.t.Errorf("removing left %s of %s", after, before)
	}
	j.wantCovered(f.Flow.ID, false)
}

// publishesOverADraft knows no more than the page says: the draft may be replaced. Where it is not, it goes on being one.
func (j *behaving) publishesOverADraft() {
	j.t.Helper()
	f := j.withDraft()
	id := string(f.Flow.ID)
	_, draft, _ := j.sim.Contents(j.in.ID, id)
	c := j.publishes(url.Values{"guide": {"as:" + string(j.guideFlow().Flow.ID)}, "flow": {id}, "draft": {id}})
	if !c.Steps[0].ReplacesDraft {
		j.t.Error("the change does not say that it replaces a draft")
	}
	j.wantCovered(f.Flow.ID, true)
	live, saved, _ := j.sim.Contents(j.in.ID, id)
	kept := j.behaviour.Update == connectsim.UpdateKeepsDraft
	if kept && saved != draft || !kept && saved != live {
		j.t.Errorf("the saved copy is %s", saved)
	}
	if content, err := j.publish.Content(j.t.Context(), c.Steps[0].Saved); err != nil || string(content) != draft {
		j.t.Errorf("no copy of the draft is kept: %v", err)
	}
	d, err := j.survey.Flow(j.t.Context(), instance.ID(j.in.ID), f.Flow.ID)
	if err != nil || (d.Row.Draft == survey.DraftYes) != kept || (d.Saved != nil) != kept {
		j.t.Errorf("the flow's page says of a draft: %+v, %v", d.Row.Draft, err)
	}
	again := j.change(j.follow(j.path("changes"), url.Values{"remove": {id}}))
	if kept != (len(again.LeftOut) == 1 && again.LeftOut[0].Draft) || kept == (len(again.Steps) == 1) {
		j.t.Errorf("a second change takes %d and leaves out %+v", len(again.Steps), again.LeftOut)
	}
}

// draftGuide saves a draft of a guide and gives what the choosing page calls it.
func (j *behaving) draftGuide(id string, set map[string]string) string {
	j.t.Helper()
	form := typed(j.get(j.path("guides", id)), "form.guide-form")
	for k, v := range set {
		form.Set(k, v)
	}
	form.Set("then", "save")
	j.follow(j.path("guides", id), form)
	return "draft:" + id
}

func (j *behaving) createsAGuide(name string) {
	j.t.Helper()
	f := j.flowWith(audit.NotWired)
	guide := j.draftGuide(newGuide, map[string]string{"name": name, "v.ContactWrapUp_Header_Title": name})
	c := j.publishes(url.Values{"guide": {guide}, "flow": {string(f.Flow.ID)}})
	created := c.Steps[0].Outcome
	if live, _, _ := j.sim.Contents(j.in.ID, string(f.Flow.ID)); !strings.Contains(live, created.ARN) || created.ARN == "" || len(c.Steps) != 2 {
		j.t.Errorf("the flow does not name the guide %q", created.ARN)
	}
	j.wantCovered(f.Flow.ID, true)
	if row, ok := j.reading().Row(created.Flow); !ok || row.Report.IsGuide == nil || row.Flow.Name != name {
		j.t.Errorf("the new guide is read as %+v", row.Flow)
	}
}

// changesAGuideTwice begins the second draft over what the service made of the first.
func (j *behaving) changesAGuideTwice() {
	j.t.Helper()
	id := string(j.guideFlow().Flow.ID)
	for _, title := range []string{"How it ended", "Ende <b>&\"'"} {
		j.publishes(url.Values{"guide": {j.draftGuide(id, map[string]string{"v.Disposition_Header_Title": title})}})
		if got := typed(j.get(j.path("guides", id)), "form.guide-form").Get("v.Disposition_Header_Title"); got != title {
			j.t.Errorf("the form shows %q, published was %q", got, title)
		}
		if _, has, err := j.store.Draft(j.t.Context(), instance.ID(j.in.ID), id); err != nil || has {
			j.t.Errorf("the published draft is still there: %v", err)
		}
	}
}

// standsLostAnswers loses the answers of a create and of the update after it: what is read back speaks for both.
func (j *behaving) standsLostAnswers() {
	j.t.Helper()
	before := maps.Clone(j.sim.Calls())
	j.sim.Faults([]connectsim.FaultRule{{Op: "CreateContactFlow", Do: connectsim.DoDropAfter}, {Op: "UpdateContactFlowContent", Do: connectsim.DoDropAfter}})
	j.createsAGuide("After chat")
	j.sim.Faults(nil)
	for _, op := range []string{"CreateContactFlow", "UpdateContactFlowContent"} {
		if n := j.sim.Calls()[op] - before[op]; n != 1 {
			j.t.Errorf("%d times %s", n, op)
		}
	}
}

func (j *behaving) settlesAnInterruptedChange() {
	j.t.Helper()
	f := j.flowWith(audit.NotWired)
	change := j.plan(f)
	approval := j.approval(change)
	rules := []connectsim.FaultRule{{Op: "UpdateContactFlowContent", Do: connectsim.DoDropAfter}}
	for nth := 4; nth < 40; nth++ { // the guide and both copies are read before the write
		rules = append(rules, connectsim.FaultRule{Op: "DescribeContactFlow", Nth: nth, Do: connectsim.DoError})
	}
	j.sim.Faults(rules)
	j.follow(change+"/publish", approval)
	j.sim.Faults(nil)
	form := typed(j.get(change), `form[action$="/settle"]`)
	if c := j.change(change); c.State != publish.Interrupted || form.Get("seen") == "" {
		j.t.Fatalf("the change is %s", c.State)
	}
	j.follow(change+"/settle", form)
	if c := j.change(change); c.State != publish.Published {
		j.t.Errorf("after the decision: %s, %s", c.State, c.Steps[0].Outcome.Message.ID)
	}
}

func TestAssociationsLeadTheSameHoweverTheyNameThings(t *testing.T) {
	t.Parallel()
	leads := func(b connectsim.Behaviour) map[string]int {
		out := map[string]int{}
		for _, r := range newBehaving(t, b).reading().Flows {
			out[r.Flow.Name] = len(r.Leads)
		}
		return out
	}
	want, led := leads(connectsim.Behaviour{}), 0
	for _, n := range want {
		led += n
	}
	for _, ids := range []connectsim.AssociationIDs{connectsim.AssociationsID, connectsim.AssociationsARN} {
		if got := leads(connectsim.Behaviour{AssociationIDs: ids}); !maps.Equal(got, want) || led == 0 {
			t.Errorf("%s: %v, want %v", ids, got, want)
		}
	}
}

// A process that starts after a write knows only what the search says: for as long as the index lags, the audit may
// show the state before. A plan reads the flows themselves, so that nothing is written twice.
func TestAfterARestartALaggingSearchMisleadsNoPlan(t *testing.T) {
	t.Parallel()
	j := newBehaving(t, connectsim.Behaviour{SearchLag: time.Hour})
	f := j.flowWith(audit.NotWired)
	j.publishes(url.Values{"guide": {"as:" + string(j.guideFlow().Flow.ID)}, "flow": {string(f.Flow.ID)}})
	j.reads(j.gateway)
	c := j.change(j.plan(f))
	if len(c.Steps) != 0 || len(c.LeftOut) != 1 || c.LeftOut[0].Reason.ID != "publish.left.already" {
		t.Errorf("the plan has %d steps and leaves out %+v", len(c.Steps), c.LeftOut)
	}
	j.add(time.Hour)
	j.wantRead(true, f.Flow.ID, true)
}
