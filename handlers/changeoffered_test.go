package handlers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func TestHowAFlowStoodWhenItWasLastRead(t *testing.T) {
	t.Parallel()
	wrote := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for what, x := range map[string]struct {
		hash  string
		after time.Duration // of the write, when it was read
		left  publish.Left
		state string
		kind  publish.StepKind
		fails bool
		want  publish.Stand
	}{
		"as written":                   {hash: "after", want: publish.AsWritten},
		"as before":                    {hash: "before", want: publish.AsFormer},
		"by somebody":                  {hash: "theirs", left: publish.Left{Change: "c", Hash: "after"}, want: publish.ChangedSince},
		"by somebody, adopted":         {hash: "theirs", left: publish.Left{Change: "d", Hash: "theirs", Adopted: true}, want: publish.ChangedSince},
		"by a later change":            {hash: "ours", left: publish.Left{Change: "d", Hash: "ours"}, want: publish.WrittenSince},
		"archived":                     {hash: "after", state: instance.StateArchived, want: publish.ArchivedNow},
		"read before the write":        {hash: "before", after: -time.Second},
		"not to be read":               {hash: "before", fails: true},
		"without a content":            {},
		"a draft, of which it is mute": {hash: "after", kind: publish.RestoreDraft},
	} {
		row := rowOf(1, "Sales", "{}")
		row.Hash, row.ReadAt, row.Flow.State = x.hash, wrote.Add(x.after), x.state
		if x.fails {
			row.Error = fault.New(fault.Denied, "fault.internal")
		}
		st := publish.Step{Kind: publish.UpdateFlow, Flow: row.Flow.ID, Before: "before", State: publish.StepDone,
			Outcome: publish.Outcome{At: wrote, ReadBack: "after"}}
		if x.kind != "" {
			st.Kind = x.kind
		}
		o := offered{Offer: publish.Offer{Step: st}}
		o.readThen(readingOf(row), x.left, "c")
		if o.Stand != x.want || o.Then.IsZero() != (x.want == "") {
			t.Errorf("%s: %q, read %s", what, o.Stand, o.Then)
		}
		if o.stays() || o.fit() != (x.want == publish.AsWritten || x.want == "") {
			t.Errorf("%s: it stays: %t, it is chosen: %t", what, o.stays(), o.fit())
		}
	}
}

// kept is a content that a change keeps.
func (j *journey) kept(change, hash string) string {
	j.t.Helper()
	_, body := j.body(change + "/content/" + hash)
	return body
}

// Of sixty flows not one is left untold: those that the page does not read stand as they were last read.
func TestAWayBackOfManyFlowsTellsOfEach(t *testing.T) {
	t.Parallel()
	j := newJourney(t, people.Publisher)
	j.sim.Generate(12)
	j.inBackground()
	change := j.published()
	doc := j.get(change + "/put-back")
	rows := doc.Find("#steps tbody tr")
	told := rows.FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(text(s), "As wrapup published it, when last read")
	})
	if told.Length() == 0 || told.Length() < rows.Length()-10 || strings.Contains(text(rows), "Compared for the review") {
		t.Fatalf("of %d rows %d are told of: %s", rows.Length(), told.Length(), text(rows))
	}
	wantsMain(t, doc, "flows are shown as they were last read, since ", "The review compares each one that you choose.")
	if doc.Find("#steps tbody input[checked]").Length() != rows.Length() {
		t.Error("not all are chosen")
	}
	key := told.Last().Find("input").AttrOr("value", "")
	steps := j.change(change).Steps
	st := steps[slices.IndexFunc(steps, func(st publish.Step) bool { return st.Key == key })]
	if err := j.sim.EditOutside(j.in.ID, string(st.Flow), strings.Replace(j.live(st.Flow), `"Version"`, `"Settled":1,"Version"`, 1)); err != nil {
		t.Fatal(err)
	}
	j.reread()
	doc = j.get(change + "/put-back")
	since := doc.Find("#since tbody tr")
	if got := text(since); since.Length() != 1 || !strings.Contains(got, st.Name) || !strings.Contains(got, "Published by someone else, when last read") {
		t.Errorf("changed since are %q", got)
	}
	if since.Find(`input[name="over"][checked]`).Length() != 0 || doc.Find("#steps tbody input[checked]").Length() != rows.Length()-1 {
		t.Error("what somebody published since is chosen from the start")
	}
	if err := j.sim.EditOutside(j.in.ID, string(st.Flow), j.kept(change, st.Before)); err != nil {
		t.Fatal(err)
	}
	j.reread()
	doc = j.get(change + "/put-back")
	if got := text(doc.Find("#then tbody")); !strings.Contains(got, "As before the change, when last read") || doc.Find("#then tbody input[checked]").Length() != 0 ||
		strings.Contains(text(doc.Find("#steps tbody")), "As before the change") || doc.Find(`#then input[name="step"][value="`+key+`"]`).Length() != 1 {
		t.Errorf("as before are %q", got)
	}
}
