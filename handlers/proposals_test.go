package handlers

import (
	"strings"
	"testing"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestAnotherPublisherIsToldOfAProposal(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	j.ruled(publish.Rules{TwoPersons: true})
	flows := j.bare(0, 2)
	propose := func(path string) {
		t.Helper()
		doc := j.get(path)
		v := fields(doc, publishing, ticked(doc))
		v.Set("reason", "Before the holidays")
		j.follow(path+"/propose", v)
	}
	told := func() string {
		t.Helper()
		list, one := j.get("/instances").Find("#proposals"), j.get(j.path("flows")).Find("#proposals")
		if text(list) != text(one) {
			t.Errorf("Instances says %q, the instance %q", text(list), text(one))
		}
		return text(one)
	}
	first, second := j.plan(flows[0]), j.plan(flows[1])
	propose(first)
	if got := told(); got != "" {
		t.Errorf("who proposed it is told %q", got)
	}
	wantsMain(t, j.get("/history"), "Before the holidays")
	at := j.path("flows", string(flows[0].Flow.ID), "history")
	wantsMain(t, j.get(at), "Proposed", "Before the holidays")
	wantsMain(t, j.get(j.path("flows", string(flows[1].Flow.ID), "history")), "Not published yet")
	j.acts("p2", people.Publisher)
	if got := told(); !strings.Contains(got, "A proposed change waits") || j.get("/instances").Find(`#proposals a[href="`+first+`"]`).Length() != 1 {
		t.Errorf("another publisher is told %q", got)
	}
	j.acts("p1", people.Publisher)
	propose(second)
	j.acts("p2", people.Publisher)
	if got := told(); !strings.Contains(got, "2 proposed changes wait") || j.get("/instances").Find(`#proposals a[href="/history?state=proposed"]`).Length() != 1 {
		t.Errorf("of two they are told %q", got)
	}
	j.acts("p2", people.Editor)
	if got := told(); got != "" {
		t.Errorf("an editor is told %q", got)
	}
	j.acts("p1", people.Publisher)
	for _, path := range []string{first, second} {
		j.follow(path+"/withdraw", fields(j.get(path), `form[action$="/withdraw"]`, nil))
	}
	j.acts("p2", people.Publisher)
	if got := told(); got != "" {
		t.Errorf("of what was taken back they are told %q", got)
	}
}
