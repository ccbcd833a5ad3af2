package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// contents keeps texts, and gives their hashes.
func contents(t testing.TB, h harness, texts ...string) (hashes []string) {
	t.Helper()
	for _, s := range texts {
		hash, err := h.KeepContent(t.Context(), []byte(s))
		must(t, err)
		hashes = append(hashes, hash)
	}
	return hashes
}

// wrote runs a change of one step that ends so, at the harness's time.
func wrote(t testing.TB, h harness, c publish.Change, o publish.Outcome) {
	t.Helper()
	approved(t, h, c)
	f := take(t, h, c)
	key := c.Steps[0].Key
	must(t, h.Intent(t.Context(), c.ID, key, f, publish.Intent{At: h.clock.Now(), Until: h.clock.Now(), Final: c.Steps[0].After, Live: c.Steps[0].Before}))
	must(t, h.close(t.Context(), c.ID, key, f, o))
	must(t, h.Finish(t.Context(), c.ID, f, publish.StateOf([]publish.Step{{State: o.State}}), h.clock.Now()))
}

// writing is a change that writes one content over another.
func writing(in instance.ID, flow, before, after string) publish.Change {
	c := change(in, "flow:"+flow)
	c.Steps[0].Flow, c.Steps[0].Name = instance.FlowID(flow), "Main"
	c.Steps[0].Before, c.Steps[0].Saved, c.Steps[0].After = before, before, after
	return c
}

func traces(t *testing.T, h harness) {
	ctx := t.Context()
	of := contents(t, h, "a", "b", "c")
	first, second, elsewhere := writing("i1", "f1", of[0], of[1]), writing("i1", "f1", of[1], of[2]), writing("i2", "f1", of[0], of[1])
	second.Steps = append(second.Steps, writing("i1", "f2", of[0], of[1]).Steps[0])
	create := writing("i1", "", "", of[1])
	create.Steps[0].Kind, create.Steps[0].Key = publish.CreateGuide, "guide"
	wrote(t, h, first, publish.Outcome{State: publish.StepDone, RequestID: "r-1", ReadBack: of[1]})
	must(t, h.CreateChange(ctx, second))
	must(t, h.CreateChange(ctx, elsewhere))
	wrote(t, h, create, publish.Outcome{State: publish.StepDone, Flow: "made", ReadBack: of[1]})

	list := func(f publish.PastFilter) (ids []string, total int) {
		t.Helper()
		all, total, err := h.Traces(ctx, f)
		must(t, err)
		for _, x := range all {
			want := read(t, h, x.Change.ID)
			i := 0
			for want.Steps[i].Key != x.Step.Key {
				i++
			}
			if diff := cmp.Diff(want.Steps[i], x.Step); diff != "" {
				t.Errorf("the step of %s (-want +got):\n%s", x.Change.ID, diff)
			}
			want.Steps = nil
			if diff := cmp.Diff(want, x.Change); diff != "" {
				t.Errorf("%s (-want +got):\n%s", x.Change.ID, diff)
			}
			ids = append(ids, x.Change.ID)
		}
		return ids, total
	}
	for name, c := range map[string]struct {
		filter publish.PastFilter
		want   []string
		total  int
	}{
		"all of a flow":           {publish.PastFilter{Instance: "i1", Flow: "f1"}, []string{second.ID, first.ID}, 2},
		"another flow":            {publish.PastFilter{Instance: "i1", Flow: "f2"}, []string{second.ID}, 1},
		"another instance":        {publish.PastFilter{Instance: "i2", Flow: "f1"}, []string{elsewhere.ID}, 1},
		"what made a flow":        {publish.PastFilter{Instance: "i1", Flow: "made"}, []string{create.ID}, 1},
		"a page":                  {publish.PastFilter{Instance: "i1", Flow: "f1", Limit: 1, Offset: 1}, []string{first.ID}, 2},
		"a page after the last":   {publish.PastFilter{Instance: "i1", Flow: "f1", Offset: 9}, nil, 2},
		"with a content":          {publish.PastFilter{Instance: "i1", Flow: "f1", Hash: of[0]}, []string{first.ID}, 1},
		"with a content of two":   {publish.PastFilter{Instance: "i1", Flow: "f1", Hash: of[1]}, []string{second.ID, first.ID}, 2},
		"with another's content":  {publish.PastFilter{Instance: "i1", Flow: "made", Hash: of[2]}, nil, 0},
		"no flow":                 {publish.PastFilter{Instance: "i1"}, nil, 0},
		"a hash that is none":     {publish.PastFilter{Instance: "i1", Flow: "f1", Hash: "%"}, nil, 0},
		"a hash in capitals":      {publish.PastFilter{Instance: "i1", Flow: "f1", Hash: "A" + of[0][1:]}, nil, 0},
		"a hash of other letters": {publish.PastFilter{Instance: "i1", Flow: "f1", Hash: "g" + of[0][1:]}, nil, 0},
		"hostile":                 {publish.PastFilter{Instance: "i1", Flow: "' OR 1=1 --\x00"}, nil, 0},
	} {
		got, total := list(c.filter)
		if diff := cmp.Diff(c.want, got); diff != "" || total != c.total {
			t.Errorf("%s: %d of %d (-want +got):\n%s", name, total, c.total, diff)
		}
	}
}

// wantLeft holds what a flow of i1 is known to hold.
func wantLeft(t *testing.T, h harness, flow instance.FlowID, want publish.Left) {
	t.Helper()
	all, err := h.Left(t.Context(), "i1")
	must(t, err)
	if diff := cmp.Diff(want, all[flow]); diff != "" {
		t.Errorf("%s was left with (-want +got):\n%s", flow, diff)
	}
}

func left(t *testing.T, h harness) {
	ctx := t.Context()
	of := contents(t, h, "a", "b", "c")
	done := func(hash string) publish.Outcome { return publish.Outcome{State: publish.StepDone, ReadBack: hash} }
	is := func(c publish.Change, hash string) publish.Left {
		return publish.Left{Change: c.ID, Step: c.Steps[0].Key, Hash: hash, At: h.clock.Now()}
	}
	if all, err := h.Left(ctx, "i1"); err != nil || len(all) != 0 {
		t.Fatalf("of nothing: %v, %v", all, err)
	}
	first := writing("i1", "f1", of[0], of[1])
	wrote(t, h, first, done(of[1]))
	wantLeft(t, h, "f1", is(first, of[1]))
	wantLeft(t, h, "f2", publish.Left{})

	must(t, h.CreateChange(ctx, writing("i1", "f1", of[1], of[2]))) // planned, and no more
	wrote(t, h, writing("i2", "f1", of[0], of[2]), done(of[2]))
	wrote(t, h, writing("i1", "f1", of[1], of[2]), publish.Outcome{State: publish.StepFailed})
	for _, kind := range []publish.StepKind{publish.RestoreDraft, publish.ArchiveGuide, publish.ActivateGuide} {
		c := writing("i1", "f1", of[1], of[2])
		c.Steps[0].Kind = kind
		wrote(t, h, c, done(of[2]))
	}
	all, err := h.Left(ctx, "i1")
	must(t, err)
	if l := all["f1"]; l.Hash != of[1] || l.Change != first.ID {
		t.Errorf("what wrote nothing counts: %+v", l)
	}

	second := writing("i1", "f1", of[1], of[2])
	wrote(t, h, second, publish.Outcome{State: publish.StepUnclear, ReadBack: of[2]})
	wantLeft(t, h, "f1", is(second, of[2]))

	create := writing("i1", "", "", of[1])
	create.Steps[0].Kind, create.Steps[0].Key = publish.CreateGuide, "guide"
	made := done(of[1])
	made.Flow = "made"
	wrote(t, h, create, made)
	wantLeft(t, h, "made", is(create, of[1]))

	h.clock.advance(time.Hour)
	open := writing("i1", "f1", of[2], of[0])
	approved(t, h, open)
	f := take(t, h, open)
	must(t, h.announce(ctx, open.ID, "flow:f1", f))
	if all, err := h.Left(ctx, "i1"); err != nil || !all["f1"].Open || all["f1"].Hash != of[2] || all["made"].Open {
		t.Errorf("while it is written: %+v, %v", all, err)
	}
	must(t, h.Finish(ctx, open.ID, f, publish.Interrupted, h.clock.Now()))
	must(t, h.Settle(ctx, open.ID, "flow:f1", publish.Outcome{At: h.clock.Now(), State: publish.StepDone, ReadBack: of[0], By: &bo}))
	wantLeft(t, h, "f1", is(open, of[0]))

	h.clock.advance(-30 * time.Minute) // a clock that is set back does not bring a former content back
	last := writing("i1", "f1", of[0], of[2])
	wrote(t, h, last, done(of[2]))
	wantLeft(t, h, "f1", is(last, of[2]))
}

// adoption is what somebody says of a flow as it was left.
func adoption(h harness, c publish.Change, over, hash string) publish.Adoption {
	return publish.Adoption{
		Instance: c.Instance.ID, Flow: c.Steps[0].Flow, Name: "Main", Change: c.ID, Step: c.Steps[0].Key, Over: over, Hash: hash,
		By: bo, At: micro(h.clock.Now()), Reason: "it is right",
	}
}

func adopts(t *testing.T, h harness) {
	ctx := t.Context()
	of := contents(t, h, "a", "b", "c", "d")
	c := writing("i1", "f1", of[0], of[1])
	wrote(t, h, c, publish.Outcome{State: publish.StepDone, ReadBack: of[1]})
	h.clock.advance(time.Minute)
	good := adoption(h, c, of[1], of[2])
	before := entries(t, h, 0)
	for name, spoil := range map[string]func(*publish.Adoption){
		"another instance":         func(a *publish.Adoption) { a.Instance = "i2" },
		"a flow nobody wrote":      func(a *publish.Adoption) { a.Flow = "f2" },
		"another change":           func(a *publish.Adoption) { a.Change = "change-0" },
		"another step":             func(a *publish.Adoption) { a.Step = "guide" },
		"over what was not left":   func(a *publish.Adoption) { a.Over = of[2] },
		"over nothing":             func(a *publish.Adoption) { a.Over = "" },
		"of a step that is hidden": func(a *publish.Adoption) { a.Change, a.Step = "", "" },
	} {
		a := good
		spoil(&a)
		if err := h.Adopt(ctx, a); fault.From(err) == nil || fault.From(err).Message.ID != "publish.adopt.changed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	lostContent := good
	lostContent.Hash = "0000000000000000000000000000000000000000000000000000000000000000"
	refused(t, h.Adopt(ctx, lostContent), fault.NotFound, "store.no-such-content")
	if all, err := h.Adoptions(ctx, "i1", "f1"); err != nil || len(all) > 0 || len(entries(t, h, 0)) != len(before) {
		t.Errorf("refused, it left %v, %v", all, err)
	}

	must(t, h.Adopt(ctx, good))
	refused(t, h.Adopt(ctx, good), fault.Conflict, "publish.adopt.changed") // twice
	wantLeft(t, h, "f1", publish.Left{Change: c.ID, Step: "flow:f1", Hash: of[2], At: good.At, Adopted: true})
	h.clock.advance(time.Minute)
	again := adoption(h, c, of[2], of[3])
	again.Reason = "''; DROP TABLE adopted; --\x00"
	must(t, h.Adopt(ctx, again))
	again.Reason = kept(again.Reason)
	all, err := h.Adoptions(ctx, "i1", "f1")
	must(t, err)
	if diff := cmp.Diff([]publish.Adoption{again, good}, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantLeft(t, h, "f1", publish.Left{Change: c.ID, Step: "flow:f1", Hash: of[3], At: again.At, Adopted: true})
	told := entries(t, h, before[len(before)-1].Seq)
	var body struct{ Adopted map[string]any }
	if len(told) != 2 || told[0].Kind != publish.EntryAdopted || told[0].By != bo || !told[0].At.Equal(good.At) || json.Unmarshal(told[0].Body, &body) != nil ||
		body.Adopted["flow"] != "f1" || body.Adopted["hash"] != of[2] || body.Adopted["former"] != of[1] || body.Adopted["reason"] != "it is right" {
		t.Errorf("the history says %+v: %s", told, told[0].Body)
	}

	next := writing("i1", "f1", of[3], of[2]) // what wrapup writes after that counts again
	wrote(t, h, next, publish.Outcome{State: publish.StepDone, ReadBack: of[2]})
	wantLeft(t, h, "f1", publish.Left{Change: next.ID, Step: "flow:f1", Hash: of[2], At: h.clock.Now()})
	refused(t, h.Adopt(ctx, adoption(h, c, of[3], of[0])), fault.Conflict, "publish.adopt.changed")

	open := writing("i1", "f1", of[2], of[0])
	approved(t, h, open)
	f := take(t, h, open)
	must(t, h.announce(ctx, open.ID, "flow:f1", f))
	refused(t, h.Adopt(ctx, adoption(h, next, of[2], of[0])), fault.Conflict, "publish.adopt.changed") // it is being written
}

// adoptedAtOnce has two people adopt at once: one is told.
func adoptedAtOnce(t *testing.T, h harness) {
	of := contents(t, h, "a", "b", "c")
	c := writing("i1", "f1", of[0], of[1])
	wrote(t, h, c, publish.Outcome{State: publish.StepDone, ReadBack: of[1]})
	answers := make(chan error, 4)
	for range cap(answers) {
		go func() { answers <- h.Adopt(t.Context(), adoption(h, c, of[1], of[2])) }()
	}
	adopted := 0
	for range cap(answers) {
		if err := <-answers; err == nil {
			adopted++
		} else {
			refused(t, err, fault.Conflict, "publish.adopt.changed")
		}
	}
	if adopted != 1 {
		t.Errorf("adopted %d times", adopted)
	}
}
