package handlers

import (
	"net/url"
	"testing"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestWhoContinuesKeepsWhatWasSaidFirst(t *testing.T) {
	t.Parallel()
	j := newApplying(t)
	path := j.plan(j.bare(0, 3)...)
	doc := j.get(path)
	v := fields(doc, publishing, ticked(doc))
	v.Set("reason", "Q4 rollout")
	v.Set("mode", string(publish.OneFirst))
	j.follow(path+"/publish", v)
	first := j.ends(path)
	if first.State != publish.Paused {
		t.Fatalf("it is %s", first.State)
	}
	j.acts("p2", people.Publisher)
	j.follow(path+"/continue", fields(j.get(path), "form.continue-form", url.Values{"reason": {" \n"}}))
	c := j.ends(path)
	if c.State != publish.Published || c.Word.Reason != "Q4 rollout" || c.Word.By.ID != "p2" {
		t.Errorf("%s, %+v", c.State, c.Word)
	}
	wantsMain(t, j.get(path), "Approved by mei, "+absoluteTime(first.Word.At), "Continued by ann, "+absoluteTime(c.Word.At),
		"Publish one flow first. The rest: Stop at the first failure", "Q4 rollout")
	wantsMain(t, j.get("/history"), "Q4 rollout")
}
