package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/survey"
)

const publishedAnew = " published anew, or deleted, since this was planned."

func TestOnlyAPlanIsOutOfDate(t *testing.T) {
	t.Parallel()
	planned := time.Now().Add(-time.Hour)
	reading := &survey.Reading{Flows: []survey.FlowRow{{Flow: instance.Flow{ID: "f"}, Hash: "now", ReadAt: time.Now()}}}
	small := "Sales was" + publishedAnew
	for state, want := range map[publish.State][2]string{
		publish.Planned: {"Out of date", small}, publish.Proposed: {"Out of date", small}, publish.Approved: {"Waiting", small}, publish.Paused: {"Paused", small},
		publish.Interrupted: {"Interrupted", small}, publish.Running: {"Being published", ""}, publish.Published: {"Published", ""}, publish.Partly: {"Partly published", ""},
	} {
		c := publish.Change{State: state, Created: planned, Steps: []publish.Step{{Flow: "f", Name: "Sales", Before: "then", State: publish.StepPlanned}}}
		if status, got := waitStatus(t.Context(), c, reading); status.Text != want[0] || got != want[1] {
			t.Errorf("%s: %q, %q", state, status.Text, got)
		}
	}
}

// listed is what the history says of a change.
func (j *journey) listed(path string) string {
	j.t.Helper()
	row := j.get("/history").Find("#changes tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return s.Find(`a[href="`+path+`"]`).Length() == 1
	})
	return text(row.Find("td").First())
}

func TestAPausedChangeSaysWhatWasPublishedSince(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.paused(3)
	last := j.bare(0, 1)[0] // the first is written by now
	j.edited(last, settled(last))
	j.reread()
	said := last.Flow.Name + " was" + publishedAnew
	doc := j.get(path)
	wantsMain(t, doc, said, "Continue with 2 writes")
	if got := j.listed(path); stateOf(doc) != "Paused" || !strings.HasPrefix(got, "Paused") || !strings.Contains(got, said) {
		t.Errorf("the page says %q, the list %q", stateOf(doc), got)
	}
}

func TestAChangeThatWaitsSaysWhatWasPublishedSince(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 1)[0]
	path := j.plan(f)
	v := fields(j.get(path), publishing, ticked(j.get(path)))
	v.Set("when", "at")
	v.Set("at", time.Now().UTC().Add(26*time.Hour).Format(publish.TimeFormat))
	j.follow(path+"/publish", v)
	j.edited(f, settled(f))
	j.reread()
	said := f.Flow.Name + " was" + publishedAnew
	wantsMain(t, j.get(path), said, "Waits until")
	if got := j.listed(path); !strings.HasPrefix(got, "Waiting") || !strings.Contains(got, said+" Waits until") {
		t.Errorf("the list says %q", got)
	}
}

// Whoever published it: what wrapup itself published since is laid on nobody.
func TestWhatWrapupPublishedSinceIsLaidOnNobody(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	flows := j.bare(0, 5)
	first, second := j.plan(flows...), j.plan(flows...)
	older := j.approval(second)
	j.applies(first)
	said := flows[0].Flow.Name + ", " + flows[1].Flow.Name + ", " + flows[2].Flow.Name + " and 2 more flows were" + publishedAnew
	for what, doc := range map[string]*goquery.Document{"refused": j.page(j.send(second+"/publish", older), http.StatusConflict), "listed": j.get("/history"),
		"waiting": j.get(j.path("flows")), "recorded": j.get("/history/entries")} {
		if got := text(doc.Find("main")); !strings.Contains(got, said) || strings.Contains(got, "changed in Connect, or deleted") {
			t.Errorf("%s: %.1500s", what, got)
		}
	}
}

// The head does not deny what the sentence below it says of another change.
func TestTheHeadSaysWhatThisChangeWrote(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	f := j.bare(0, 2)
	first, both, one := j.plan(f[0]), j.plan(f[1], f[0]), j.plan(f[0])
	j.applies(first)
	for path, want := range map[string]string{one: "This change wrote nothing.", both: "The rest was not published by this change."} {
		j.begin(path, publish.GoOn)
		j.ends(path)
		if got := text(j.get(path).Find("main > .alert").First()); !strings.Contains(got, want) || !strings.Contains(got, "wrapup published "+f[0].Flow.Name) {
			t.Errorf("the head says %q", got)
		}
	}
}

// asking counts what is asked of the store.
type asking struct {
	*store.Store
	rules, log, traces atomic.Int64
}

func (a *asking) Rules(ctx context.Context, in instance.ID) (publish.Rules, error) {
	a.rules.Add(1)
	return a.Store.Rules(ctx, in)
}

func (a *asking) Log(ctx context.Context, f publish.LogFilter) ([]publish.Entry, error) {
	a.log.Add(1)
	return a.Store.Log(ctx, f)
}

func (a *asking) Traces(ctx context.Context, f publish.PastFilter) ([]publish.Trace, int, error) {
	a.traces.Add(1)
	return a.Store.Traces(ctx, f)
}

// counts has the pages ask a store that counts.
func (j *journey) counts() *asking {
	j.t.Helper()
	a := &asking{Store: j.store}
	d := j.deps()
	d.Publish = publish.New(j.gateway, a, publish.Options{Now: time.Now})
	r := chi.NewRouter()
	Mount(r, d)
	j.router = r
	return a
}

func TestAPageOfTheHistoryAsksOncePerInstance(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Admin)
	in := instance.ID(j.in.ID)
	for i := range 4 {
		at, id := time.Now().Add(time.Hour), strings.Repeat(string(rune('a'+i)), 26)
		c := publish.Change{ID: id, Hash: "h", Instance: instance.Instance{ID: in}, Created: time.Now(), State: publish.Planned,
			Steps: []publish.Step{{Key: "s", Flow: "f", Kind: publish.UpdateFlow, State: publish.StepPlanned}}}
		err := j.store.CreateChange(t.Context(), c)
		if err == nil {
			err = j.store.Approve(t.Context(), id, "h", c.Seen(), publish.Word{By: publish.Actor{ID: "p1"}, At: time.Now(), NotBefore: at})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	a := j.counts()
	doc := j.get("/history")
	if n := doc.Find("#changes tbody tr").Length(); n != 4 || a.rules.Load() > 1 {
		t.Errorf("%d rows, %d times the rules", n, a.rules.Load())
	}
}

func TestEntriesOfRulesAskOncePerInstance(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Admin)
	in := instance.ID(j.in.ID)
	zones := []string{"Europe/Berlin", "Asia/Taipei", "Europe/Paris", "Europe/Rome", "Asia/Tokyo"}
	for i, zone := range zones {
		if _, err := j.store.SetRules(t.Context(), in, publish.Rules{Zone: zone, Rev: int64(i)}, publish.Actor{ID: "p1"}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	a := j.counts()
	got := texts(j.get("/history/entries").Find("#entries tbody tr td:nth-of-type(1)"))
	slices.Reverse(got)
	got = got[max(0, len(got)-len(zones)):]
	for i, zone := range zones {
		if len(got) != len(zones) || !strings.Contains(got[i], "Time zone: "+zone+".") {
			t.Errorf("%s: %q", zone, got)
		}
	}
	if a.log.Load() > 2 {
		t.Errorf("the history was asked %d times", a.log.Load())
	}
}
