package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wrapup/internal/people"
	"wrapup/internal/publish"
)

func logged(t *testing.T, h harness) {
	ctx := t.Context()
	of := contents(t, h, "a", "b")
	c := writing("i1", "f1", of[0], of[1])
	began := h.clock.Now()
	wrote(t, h, c, publish.Outcome{State: publish.StepDone, RequestID: "11111111-2222-4333-8444-555555555555", ReadBack: of[1]}) // entries 2 to 7
	h.clock.advance(24 * time.Hour)
	for _, e := range []people.Entry{
		{Action: "sign-in", Person: "p1", Result: people.OK},                                                         // 8
		{Action: "change.publish", Person: "p2", Subject: c.ID, Result: "publish.stale-hash"},                        // 9
		{Action: "change.plan", Person: "p2", Subject: c.ID, Result: people.OK},                                      // 10
		{Action: "sign-in", Person: "p2", Result: "people.wrong", Reason: `{"action":"change.plan","result":"ok"}%`}, // 11
	} {
		e.At = h.clock.Now()
		must(t, h.Record(ctx, e))
	}
	all, day := publish.LogFilter{Accounts: true}, began.Add(12*time.Hour)
	with := func(set func(*publish.LogFilter)) publish.LogFilter {
		f := all
		set(&f)
		return f
	}
	for name, c := range map[string]struct {
		filter publish.LogFilter
		want   []int64
	}{
		"all of it":                   {all, []int64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
		"without what is of accounts": {publish.LogFilter{}, []int64{10, 9, 7, 6, 5, 4, 3, 2, 1}},
		"a page":                      {with(func(f *publish.LogFilter) { f.Before, f.Limit = 9, 2 }), []int64{8, 7}},
		"kinds":                       {with(func(f *publish.LogFilter) { f.Kinds = []publish.EntryKind{publish.EntryIntent, publish.EntryOutcome} }), []int64{6, 5}},
		"a person's":                  {with(func(f *publish.LogFilter) { f.Person = "p2" }), []int64{11, 10, 9}},
		"refusals":                    {with(func(f *publish.LogFilter) { f.Kinds, f.Refused = []publish.EntryKind{publish.EntryRecorded}, true }), []int64{11, 9}},
		"refusals of changes":         {publish.LogFilter{Kinds: []publish.EntryKind{publish.EntryRecorded}, Refused: true}, []int64{9}},
		"an AWS request":              {with(func(f *publish.LogFilter) { f.Text = "11111111-2222-4333-8444-555555555555" }), []int64{6}},
		"all of a change":             {with(func(f *publish.LogFilter) { f.Text = c.ID }), []int64{10, 9, 7, 6, 5, 4, 3, 2}},
		"in other letters":            {with(func(f *publish.LogFilter) { f.Text = strings.ToUpper(c.ID) }), []int64{10, 9, 7, 6, 5, 4, 3, 2}},
		"from a time on":              {with(func(f *publish.LogFilter) { f.From = day }), []int64{11, 10, 9, 8}},
		"before a time":               {with(func(f *publish.LogFilter) { f.To, f.Before = day, 3 }), []int64{2, 1}},
		"a wildcard":                  {with(func(f *publish.LogFilter) { f.Text = "%" }), nil},
		"another wildcard":            {with(func(f *publish.LogFilter) { f.Text = "_" }), nil},
		"a quote":                     {with(func(f *publish.LogFilter) { f.Text = `"` }), nil},
		"nobody's":                    {with(func(f *publish.LogFilter) { f.Person = "' OR 1=1 --\x00" }), nil},
	} {
		list, err := h.Log(ctx, c.filter)
		must(t, err)
		var got []int64
		for _, e := range list {
			got = append(got, e.Seq)
			if e.Hash != e.Sum() {
				t.Errorf("%s: entry %d is not what was written", name, e.Seq)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	told, err := h.Log(ctx, with(func(f *publish.LogFilter) { f.Kinds = []publish.EntryKind{publish.EntryOutcome} }))
	must(t, err)
	if st := told[0].Told().Steps; len(st) != 1 || st[0].State != publish.StepDone || st[0].Outcome.RequestID != "11111111-2222-4333-8444-555555555555" {
		t.Errorf("the outcome tells %+v", st)
	}
}
