package handlers

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// counting is a journal that keeps what lists of changes it is asked for.
type counting struct {
	publish.Journal
	mu    sync.Mutex
	asked []publish.Filter
}

func (c *counting) Changes(ctx context.Context, f publish.Filter) ([]publish.Change, int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, f)
	return c.Journal.Changes(ctx, f)
}

// A page asks once for what came after its change, and not where nothing can have.
func TestWhatCameAfterAChangeIsAskedForOnce(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	f := j.two()
	failed := j.meets(func() { j.edited(f[0], settled(f[0])) }, f[0])
	next := j.follow(failed+"/again", url.Values{})
	kept := &counting{Journal: j.store}
	j.publish = publish.New(j.gateway, kept, publish.Options{Work: j.work})
	j.mount()
	doc := j.get(failed)
	if doc.Find(`dl a[href="`+next+`"]`).Length() != 1 || doc.Find("#rest-anew").Length() != 1 {
		t.Errorf("the page does not name what continues its change: %s", text(doc.Find("main")))
	}
	var continued int
	for _, q := range kept.asked {
		if q.Continues != "" {
			continued++
		}
	}
	if continued != 1 {
		t.Errorf("asked %d times", continued)
	}
}

// What a person sees while a change is published, too: a flow that is not seen to reach an agent does not do so "at 0 points".
func TestNothingIsDoneAtNoPoints(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"publish.step.add", "publish.step.retarget"} {
		for n, want := range map[int]string{0: "Where it reaches an agent is not seen", 1: "at 1 point.", 2: "at 2 points."} {
			st := publish.Step{Message: fault.Msg(id, "Flow", "Sales", "Guide", "After call", "Count", n), State: publish.StepPlanned}
			c := publish.Change{ID: "c", State: publish.Running, Steps: []publish.Step{st}}
			for where, got := range map[string]string{"strip": activeStep(t.Context(), c, st).Title, "review": stepText(t.Context(), st)} {
				if !strings.Contains(got, want) || strings.Contains(got, "0 points") {
					t.Errorf("%s, %s of %d: %s", where, id, n, got)
				}
			}
		}
	}
}

func TestAChangeThatWasPutBackSaysSoAtItsHead(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	change := j.plan(j.bare(0, 2)...)
	doc := j.applies(change)
	if doc.Find("#put-back-by").Length() != 0 {
		t.Errorf("it says it was put back: %s", text(doc.Find("main")))
	}
	says := func(at, title, to string) {
		t.Helper()
		got := j.get(change).Find("#put-back-by")
		if text(got.Find(".alert-title")) != title || got.Find(`a[href="`+to+`"]`).Length() != 1 || !strings.Contains(text(got), text(j.get(to).Find("h1"))+": "+stateOf(j.get(to))) {
			t.Errorf("%s: it says %q", at, text(got))
		}
	}
	one := func() string {
		return j.follow(change+"/put-back", url.Values{"step": {j.change(change).Steps[0].Key}})
	}
	discarded := one()
	j.follow(discarded+"/give-up", typed(j.get(discarded), `form[action$="/give-up"]`))
	if doc = j.get(change); doc.Find("#put-back-by").Length() != 0 || doc.Find(`dl a[href="`+discarded+`"]`).Length() != 1 {
		t.Errorf("a plan that was given up puts it back: %s", text(doc.Find("#put-back-by")))
	}
	first := one()
	says("planned", "Putting this back is planned", first)
	j.applies(first)
	says("one of two", "This was put back in part", first)
	rest := j.follow(change+"/put-back", typed(j.get(change+"/put-back"), "form#put-back"))
	says("the rest is planned", "This was put back in part", first)
	j.applies(rest)
	says("both", "This was put back", rest)

	kept := &counting{Journal: j.store}
	j.publish = publish.New(j.gateway, kept, publish.Options{Work: j.work})
	d := j.deps()
	d.Session = j.session
	r := chi.NewRouter()
	Mount(r, d)
	j.router = r
	j.get(change)
	if n := len(slices.DeleteFunc(kept.asked, func(f publish.Filter) bool { return f.PutsBack == "" })); n != 1 {
		t.Errorf("asked %d times", n)
	}
	wantsMain(t, j.get(rest), "Puts back")
}
