package survey_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// TestWhatWasAdoptedIsNoNews: what flows are known to hold is asked for, and is no outside change, found before or not.
func TestWhatWasAdoptedIsNoNews(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(1, unwired())
	f.put(2, unwired())
	known := map[instance.FlowID]string{}
	var fails error
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	s := survey.New(f, survey.ServiceOptions{
		Now:  func() time.Time { now = now.Add(time.Minute); return now },
		Left: func(context.Context, instance.ID) (map[instance.FlowID]string, error) { return known, fails },
	})
	outside := func() (ids []instance.FlowID) {
		t.Helper()
		r, err := s.Read(t.Context(), inst.ID, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Changes {
			if c.Kind == survey.Outside {
				ids = append(ids, c.Flow)
			}
		}
		return ids
	}
	want := func(what string, ids ...instance.FlowID) {
		t.Helper()
		if got := outside(); !slices.Equal(got, ids) {
			t.Errorf("%s: changed outside are %v, want %v", what, got, ids)
		}
	}
	want("at first")
	f.publish(fid(1), noAgent())
	f.publish(fid(2), noAgent())
	known[fid(1)] = flow.Hash([]byte(noAgent()))
	want("one of two was adopted before it was found", fid(2))
	known[fid(2)] = flow.Hash([]byte(noAgent()))
	want("the other one since")
	f.publish(fid(1), unwired())
	fails = errors.New("the database is gone")
	known = nil
	want("nobody knows what was adopted", fid(1))
}
