package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/audit"
	"wrapup/internal/connectsim"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// inBackground makes pages that have long work done by operations, once the instance was read.
func (j *journey) inBackground() {
	j.t.Helper()
	j.reading()
	d, r := j.deps(), chi.NewRouter()
	d.Operations = j.work
	Mount(r, d)
	j.router = r
}

// ended waits until a plan is made, or is not.
func (j *journey) ended(path string) operation.Operation {
	j.t.Helper()
	states, err := j.work.Watch(j.t.Context(), operation.ID(path[strings.LastIndexByte(path, '/')+1:]))
	if err != nil {
		j.t.Fatal(err)
	}
	var last operation.Operation
	for o := range states {
		last = o
	}
	return last
}

// everyFlow is the choice of all flows that can be chosen.
func (j *journey) everyFlow() url.Values {
	j.t.Helper()
	ticked, _, form := j.chooses("?all=1")
	if len(ticked) <= plannedAtOnce {
		j.t.Fatalf("%d flows are planned at once", len(ticked))
	}
	form["flow"] = ticked
	return form
}

func TestAChangeOfManyFlowsIsPlannedInTheBackground(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	j.inBackground()
	form := j.everyFlow()
	path := j.follow(j.path("changes"), form)
	if !strings.HasPrefix(path, j.path("plans")+"/") {
		t.Fatalf("it leads to %q", path)
	}
	if o := j.ended(path); o.State != operation.Done || o.Progress.Total != len(form["flow"]) {
		t.Fatalf("%s: %+v, %+v", o.State, o.Failure, o.Progress)
	}
	change := j.follow(path, nil)
	c := j.change(change)
	if len(c.Steps)+len(c.LeftOut) != len(form["flow"]) || c.By.Name != "mei" || c.State != publish.Planned {
		t.Errorf("%d steps, %d left out, by %q: %s", len(c.Steps), len(c.LeftOut), c.By.Name, c.State)
	}
	j.get(change)
	if again, err := j.publish.Plan(t.Context(), publish.Request{ID: c.ID, Instance: c.Instance}); err != nil || again.Hash != c.Hash {
		t.Errorf("a run that comes again plans again: %v", err)
	}
}

func TestAPlanThatCannotBeMadeSaysWhyAndKeepsTheChoice(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	j.inBackground()
	form := j.everyFlow()
	j.sim.Faults([]connectsim.FaultRule{{Op: "DescribeContactFlow", Every: 1, Do: connectsim.DoError, Code: "InternalServiceException", Status: 500}})
	path := j.follow(j.path("changes"), form)
	if o := j.ended(path); o.State != operation.Failed {
		t.Fatalf("%s", o.State)
	}
	doc := j.get(path)
	if got := text(doc.Find("main .alert-error")); !strings.Contains(got, "The plan could not be made") || !strings.Contains(got, "InternalServiceException") {
		t.Errorf("the page says %q", got)
	}
	j.sim.Faults(nil)
	again := typed(j.get(doc.Find(`main a[href*="/changes/new"]`).AttrOr("href", "")), "form#choose")
	if len(again["flow"]) != len(form["flow"]) {
		t.Errorf("%d of %d flows are chosen still", len(again["flow"]), len(form["flow"]))
	}
	if _, n, err := j.publish.Changes(t.Context(), publish.Filter{}); n != 0 || err != nil {
		t.Errorf("%d changes, %v", n, err)
	}
}

func TestPlansOfOtherInstancesAndKindsAreNotShown(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	j.inBackground()
	path := j.follow(j.path("changes"), j.everyFlow())
	j.ended(path)
	id := path[strings.LastIndexByte(path, '/')+1:]
	other := "/instances/" + j.sim.Instances()[1].ID + "/plans/" + id
	for _, p := range []string{other, j.path("plans", "nonsense")} {
		j.page(j.send(p, nil), http.StatusNotFound)
		j.page(j.send(p+"/cancel", url.Values{}), http.StatusNotFound)
	}
}

// published is a change of more flows than are planned while a person waits, with all that follows a refusal published all the same.
func (j *journey) published() string {
	j.t.Helper()
	form := j.everyFlow()
	form.Set("replace", "on")
	path := j.follow(j.path("changes"), form)
	j.ended(path)
	change := j.follow(path, nil)
	v := j.approval(change)
	v.Set("mode", string(publish.GoOn))
	j.follow(change+"/publish", v)
	if c := j.ends(change); len(c.Steps) <= plannedAtOnce {
		j.t.Fatalf("%d writes are planned at once", len(c.Steps))
	}
	return change
}

func TestAWayBackOfManyFlowsIsPlannedInTheBackground(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	j.sim.Generate(12)
	j.inBackground()
	change := j.published()
	form := j.back(change)
	path := j.follow(change+"/put-back", form)
	if !strings.HasPrefix(path, j.path("plans")+"/") {
		t.Fatalf("it leads to %q", path)
	}
	if o := j.ended(path); o.State != operation.Done || o.Progress.Total == 0 {
		t.Fatalf("%s: %+v", o.State, o.Failure)
	}
	back := j.follow(path, nil)
	c := j.change(back)
	if c.Asked.Former.Change != j.change(change).ID || len(c.Steps) != len(form["step"]) || c.By.Name != "mei" {
		t.Errorf("%d of %d writes go back, %d are left out", len(c.Steps), len(form["step"]), len(c.LeftOut))
	}
	again := j.get(back).Find(`a[href^="`+change+`/put-back?"]`).AttrOr("href", "")
	if len(again) > 200 {
		t.Errorf("the way to the choice is %d bytes long", len(again))
	}
	if same := typed(j.get(again), "form#put-back"); len(same["step"]) != len(form["step"]) {
		t.Errorf("%d of %d writes are chosen still", len(same["step"]), len(form["step"]))
	}
	if n, err := j.publish.PutBack(t.Context(), publish.PutBackRequest{ID: c.ID}); err != nil || n.Hash != c.Hash {
		t.Errorf("a run that comes again plans again: %v", err)
	}
}

func TestManyWritesArePlannedAnewInTheBackground(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	j.inBackground()
	form := j.everyFlow()
	form.Set("replace", "on")
	path := j.follow(j.path("changes"), form)
	j.ended(path)
	change := j.follow(path, nil)
	j.sim.Faults([]connectsim.FaultRule{{Op: "DescribeContactFlow", Every: 1, Do: connectsim.DoError, Code: "InternalServiceException", Status: 500}})
	path = j.follow(change+"/again", url.Values{})
	if o := j.ended(path); o.State != operation.Failed {
		t.Fatalf("%s", o.State)
	}
	doc := j.get(path)
	wantsMain(t, doc, "The plan could not be made", "InternalServiceException")
	if doc.Find(`main a[href="`+change+`"]`).Length() != 1 || j.change(change).State != publish.Planned {
		t.Errorf("the plan that nothing took the place of is %s: %s", j.change(change).State, text(doc.Find("main")))
	}
	j.sim.Faults(nil)
	path = j.follow(change+"/again", url.Values{})
	if o := j.ended(path); o.State != operation.Done {
		t.Fatalf("%s: %+v", o.State, o.Failure)
	}
	c, was := j.change(j.follow(path, nil)), j.change(change)
	if c.Continues != was.ID || len(c.Steps) != len(was.Steps) || was.State != publish.Discarded {
		t.Errorf("it continues %q with %d of %d writes; the former one is %s", c.Continues, len(c.Steps), len(was.Steps), was.State)
	}
	if n, err := j.publish.Again(t.Context(), was.ID, publish.AgainRequest{ID: c.ID}); err != nil || n.Hash != c.Hash {
		t.Errorf("a run that comes again plans again: %v", err)
	}
}

func TestAChoiceIsTakenUpOfTheOwnInstanceOnly(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Editor)
	j.inBackground()
	change := j.plan(j.flowWith(audit.NotWired))
	id := strings.TrimPrefix(change, "/changes/")
	if doc := j.get(j.path("changes", "new") + "?again=" + id); len(typed(doc, "form#choose")["flow"]) != 1 {
		t.Errorf("the choice is lost: %s", text(doc.Find("main")))
	}
	other := "/instances/" + j.sim.Instances()[1].ID + "/changes/new?again="
	for _, p := range []string{other + id, j.path("changes", "new") + "?again=nonsense", j.path("changes", "new") + "?again=%ff"} {
		j.page(j.send(p, nil), http.StatusNotFound)
	}
}
