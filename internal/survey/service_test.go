package survey_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// wrote publishes content and tells the service what was read back.
func wrote(t *testing.T, s *survey.Service, f *fake, id instance.FlowID, content string) {
	t.Helper()
	f.publish(id, content)
	back, err := f.DescribeFlow(t.Context(), inst, string(id))
	if err != nil {
		t.Fatal(err)
	}
	s.Wrote(inst.ID, back)
}

func TestWhatWasWrittenIsTheTruth(t *testing.T) {
	t.Parallel()
	verdict := func(t *testing.T, r *survey.Reading) audit.Verdict {
		t.Helper()
		return row(t, r, fid(1)).Report.Verdict
	}
	setUp := func(t *testing.T) (*fake, *survey.Service, *survey.Reading) {
		f := newFake()
		f.put(1, unwired())
		f.put(2, acwGuide())
		s := serve(f)
		return f, s, read(t, s)
	}
	t.Run("at once, in a new reading; the former stays as it was", func(t *testing.T) {
		t.Parallel()
		f, s, before := setUp(t)
		asked := f.count("DescribeFlow")
		wrote(t, s, f, fid(1), wired(fid(2)))
		if got := verdict(t, s.Last(inst.ID)); got != audit.Wired {
			t.Errorf("now %s", got)
		}
		if got := verdict(t, before); got != audit.NotWired || before.Coverage.Covered != 0 {
			t.Errorf("the former reading changed: %s %v", got, before.Coverage)
		}
		if s.Last(inst.ID).Coverage.Covered != 1 {
			t.Errorf("coverage %v", s.Last(inst.ID).Coverage)
		}
		if n := f.count("DescribeFlow") - asked; n != 1 { // the test's own read-back
			t.Errorf("%d describes", n)
		}
	})
	t.Run("though the search's index lags behind, until it has caught up", func(t *testing.T) {
		t.Parallel()
		f, s, _ := setUp(t)
		f.index[fid(1)] = unwired()
		wrote(t, s, f, fid(1), wired(fid(2)))
		asked := f.count("DescribeFlow")
		for i := 1; i <= 2; i++ {
			r := read(t, s)
			if got := verdict(t, r); got != audit.Wired || r.Method != survey.BySearch {
				t.Errorf("%s by %s", got, r.Method)
			}
			if n := f.count("DescribeFlow") - asked; n != i {
				t.Errorf("%d describes after %d readings", n, i)
			}
		}
		delete(f.index, fid(1))
		read(t, s)
		f.publish(fid(1), noAgent()) // a colleague's, seen by the search alone again
		asked = f.count("DescribeFlow")
		if got := verdict(t, read(t, s)); got != audit.NoAgent || f.count("DescribeFlow") != asked {
			t.Errorf("%s after %d describes", got, f.count("DescribeFlow")-asked)
		}
	})
	t.Run("though the index lags behind, and the flow could not be described once", func(t *testing.T) {
		t.Parallel()
		f, s, _ := setUp(t)
		f.index[fid(1)] = unwired()
		wrote(t, s, f, fid(1), wired(fid(2)))
		f.fail["DescribeFlow "+string(fid(1))] = refuse(fault.Unavailable, "aws.service", "InternalServiceException")
		for range 2 {
			if got := verdict(t, read(t, s)); got != audit.Unreadable {
				t.Errorf("%s", got)
			}
		}
		delete(f.fail, "DescribeFlow "+string(fid(1)))
		if r := read(t, s); verdict(t, r) != audit.Wired || r.Method != survey.BySearch {
			t.Errorf("%s by %s", verdict(t, r), r.Method)
		}
	})
	t.Run("a colleague's later edit is seen in spite of the lag", func(t *testing.T) {
		t.Parallel()
		f, s, _ := setUp(t)
		f.index[fid(1)] = unwired()
		wrote(t, s, f, fid(1), wired(fid(2)))
		f.publish(fid(1), noAgent())
		if got := verdict(t, read(t, s)); got != audit.NoAgent {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a created guide that neither list nor search gives yet", func(t *testing.T) {
		t.Parallel()
		f, s, _ := setUp(t)
		f.put(3, acwGuide())
		f.hidden[fid(3)] = true
		wrote(t, s, f, fid(3), acwGuide())
		wrote(t, s, f, fid(1), wired(fid(3)))
		if got := verdict(t, s.Last(inst.ID)); got != audit.Wired || len(s.Last(inst.ID).Guides) != 2 {
			t.Errorf("%s, %d guides", got, len(s.Last(inst.ID).Guides))
		}
		if r := read(t, s); verdict(t, r) != audit.Wired || len(r.Guides) != 2 {
			t.Errorf("%s, %d guides", verdict(t, r), len(r.Guides))
		}
	})
	t.Run("while a reading is under way that saw the former content", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			f, s, _ := setUp(t)
			f.before = func(method, _ string) {
				if method == "Numbers" {
					synctest.Wait() // the search is done, and saw the former content
					f.publish(fid(1), wired(fid(2)))
					s.Wrote(inst.ID, instance.Flow{ID: fid(1), Name: "Flow 01", Type: instance.TypeInbound, State: "ACTIVE", Status: "PUBLISHED", Content: wired(fid(2))})
				}
			}
			if got := verdict(t, read(t, s)); got != audit.Wired {
				t.Errorf("got %s", got)
			}
		})
	})
	t.Run("before there is any reading", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		f.put(1, unwired())
		f.put(2, acwGuide())
		f.index[fid(1)] = unwired()
		s := serve(f)
		wrote(t, s, f, fid(1), wired(fid(2)))
		if s.Last(inst.ID) != nil {
			t.Error("a reading out of nothing")
		}
		// That the index lags behind what wrapup wrote is no reason against the search.
		if r := read(t, s); verdict(t, r) != audit.Wired || r.Method != survey.BySearch {
			t.Errorf("got %s by %s", verdict(t, r), r.Method)
		}
	})
}

func TestReadsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.put(1, unwired())
		gate := make(chan struct{})
		f.before = func(method, _ string) {
			if method == "SearchFlows" {
				<-gate
			}
		}
		s := serve(f)
		leaving, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var left error
		wg.Go(func() { _, left = s.Read(leaving, inst.ID, true) })
		synctest.Wait()
		got := make([]*survey.Reading, 5)
		for i := range got {
			wg.Go(func() { got[i], _ = s.Read(t.Context(), inst.ID, i%2 == 0) })
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(gate)
		wg.Wait()
		if f := fault.From(left); f == nil || f.Message.ID != "survey.still-reading" {
			t.Errorf("who leaves gets %v", left)
		}
		for _, r := range got {
			if r == nil || r != got[0] {
				t.Error("the reading ended with the one who left, or is not one")
			}
		}
		if n := f.count("SearchFlows"); n != 1 {
			t.Errorf("%d searches", n)
		}
	})
}

func TestAReadingWhoseTimeIsUpIsNotHalfAReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for n := range 30 {
			f.put(n, unwired())
		}
		f.fail["SearchFlows"] = denied
		f.before = func(method, id string) {
			if method == "DescribeFlow" {
				time.Sleep(time.Second)
			}
		}
		s := survey.New(f, survey.ServiceOptions{Workers: 1, Limit: 10 * time.Second})
		_, err := s.Read(t.Context(), inst.ID, false)
		if e := fault.From(err); e == nil || e.Message.ID != "survey.time-up" {
			t.Fatalf("got %v", err)
		}
		if s.Last(inst.ID) != nil {
			t.Error("half a reading")
		}
	})
}

func TestInstances(t *testing.T) {
	t.Parallel()
	other := instance.Instance{ID: "eeeeeeee-1111-4111-8111-111111111111", Alias: "other", Region: "us-east-1"}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	set := func() (*fake, *survey.Service, *time.Time) {
		f, at := newFake(), now
		f.instance = []instance.Instance{inst, other}
		f.sources = []survey.Source{{Region: "us-east-1"}, {Name: "role", Region: "us-east-1", Account: "111122223333"}}
		return f, survey.New(f, survey.ServiceOptions{Now: func() time.Time { return at }, Fresh: time.Minute}), &at
	}
	t.Run("a source that fails carries its error, and the others are given", func(t *testing.T) {
		t.Parallel()
		f, s, _ := set()
		f.fail["Instances role"] = denied
		got := s.Instances(t.Context())
		if len(got) != 2 || got[0].Err != nil || len(got[0].Instances) != 2 || got[1].Err == nil || got[1].Err.Kind != fault.Denied {
			t.Errorf("%+v", got)
		}
		if _, err := s.Find(t.Context(), inst.ID); err != nil {
			t.Errorf("a failing source hides the other's instance: %v", err)
		}
		_, err := s.Find(t.Context(), "ffffffff-1111-4111-8111-111111111111")
		if !fault.Is(err, fault.Denied) {
			t.Errorf("an instance that may be behind the failing source: %v", err)
		}
	})
	t.Run("an instance that two sources see is given once", func(t *testing.T) {
		t.Parallel()
		_, s, _ := set()
		got := s.Instances(t.Context())
		if len(got[0].Instances) != 2 || len(got[1].Instances) != 0 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a listing is kept while it is fresh, a failure never", func(t *testing.T) {
		t.Parallel()
		f, s, at := set()
		f.fail["Instances role"] = denied
		s.Instances(t.Context())
		s.Instances(t.Context())
		if n := f.count("Instances"); n != 3 {
			t.Errorf("%d listings, want the good one once and the bad one twice", n)
		}
		*at = now.Add(2 * time.Minute)
		s.Instances(t.Context())
		if n := f.count("Instances"); n != 5 {
			t.Errorf("%d listings after two minutes", n)
		}
	})
	t.Run("an instance that does not exist", func(t *testing.T) {
		t.Parallel()
		_, s, _ := set()
		for _, id := range []instance.ID{"ffffffff-1111-4111-8111-111111111111", "x"} {
			_, err := s.Find(t.Context(), id)
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", id, err)
			}
			sentence(t, fault.From(err).Message)
			if _, err := s.Read(t.Context(), id, false); !fault.Is(err, fault.NotFound) {
				t.Errorf("reading %s: %v", id, err)
			}
		}
		if s.Last("x") != nil {
			t.Error("a reading of nothing")
		}
	})
}

func TestOneFlow(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.put(1, wired(fid(9)))
	f.put(2, wired(fid(9)), drafted(unwired()))
	f.put(3, unwired(), neverPublished)
	f.put(4, unwired())
	f.put(5, unwired())
	f.put(6, "not a flow")
	f.put(7, noAgent(), ofType(instance.TypeCustomerQueue))
	f.put(9, acwGuide())
	f.view = instance.View{Name: "after-contact-work", Template: `{"Head":{"Title":"Wrap-up"},"Body":[]}`, Actions: []string{"Submit"}}
	s := serve(f)
	get := func(t *testing.T, n int) *survey.FlowDetail {
		t.Helper()
		d, err := s.Flow(t.Context(), inst.ID, fid(n))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	read(t, s)
	tests := []struct {
		name    string
		n       int
		draft   survey.Draft
		verdict audit.Verdict
		saved   bool
		parsed  bool
	}{
		{"both copies are the same", 1, survey.DraftNone, audit.Wired, false, true},
		{"there is an unpublished draft, and the published copy is judged", 2, survey.DraftYes, audit.Wired, true, true},
		{"never published", 3, survey.DraftYes, audit.NotWired, false, true},
		{"content that is no flow", 6, survey.DraftNone, audit.Unreadable, false, false},
		{"a flow of another type", 7, survey.DraftNone, audit.NoAgent, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := get(t, tt.n)
			if d.Row.Draft != tt.draft || d.Row.Report.Verdict != tt.verdict || (d.Saved != nil) != tt.saved || (d.Document != nil) != tt.parsed {
				t.Errorf("draft %s, verdict %s, saved %v, document %v", d.Row.Draft, d.Row.Report.Verdict, d.Saved, d.Document)
			}
			if tt.n != 7 && row(t, s.Last(inst.ID), fid(tt.n)).Draft != tt.draft {
				t.Error("the list does not know of it")
			}
		})
	}
	t.Run("the saved copy is denied: not checked", func(t *testing.T) {
		f.fail["DescribeFlow "+string(fid(4))+":$SAVED"] = denied
		if d := get(t, 4); d.Row.Draft != survey.DraftNotChecked || d.Row.Error != nil || d.Row.Report.Verdict != audit.NotWired {
			t.Errorf("%+v", d.Row)
		}
	})
	t.Run("it cannot be read now: the row says so, and nothing old is shown for it", func(t *testing.T) {
		f.fail["DescribeFlow "+string(fid(5))] = denied
		d := get(t, 5)
		if d.Row.Error == nil || d.Row.Report.Verdict != audit.Unreadable || d.Row.Flow.Name != "Flow 05" || d.Row.Flow.Content != "" || d.Document != nil {
			t.Errorf("%+v", d.Row)
		}
		if got := row(t, s.Last(inst.ID), fid(5)).Report.Verdict; got != audit.NotWired {
			t.Errorf("the last reading changed to %s", got)
		}
	})
	t.Run("a guide comes with its view", func(t *testing.T) {
		d := get(t, 9)
		if d.Guide == nil || d.View == nil || d.View.Title != "Wrap-up" || d.ViewErr != nil {
			t.Errorf("guide %v, view %v, %v", d.Guide, d.View, d.ViewErr)
		}
	})
	t.Run("a guide whose view is denied comes with the known view", func(t *testing.T) {
		g := newFake()
		g.put(9, acwGuide())
		g.fail["DescribeView"] = denied
		d, err := serve(g).Flow(t.Context(), inst.ID, fid(9))
		if err != nil || d.View == nil || d.ViewErr == nil || d.ViewErr.Kind != fault.Denied {
			t.Errorf("%+v %v", d, err)
		}
	})
	t.Run("gone, or never there", func(t *testing.T) {
		for _, id := range []instance.FlowID{fid(77), "x", "../1"} {
			if _, err := s.Flow(t.Context(), inst.ID, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
	t.Run("a colleague's edit, seen by opening the flow, is in the list as well", func(t *testing.T) {
		f.publish(fid(1), unwired())
		get(t, 1)
		if got := row(t, s.Last(inst.ID), fid(1)).Report.Verdict; got != audit.NotWired {
			t.Errorf("the list says %s", got)
		}
	})
}

func TestViews(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.view = instance.View{Name: "v", Template: `{"Head":{"Title":"Wrap-up"},"Body":[]}`}
	s := serve(f)
	for range 3 {
		if v, err := s.View(t.Context(), inst.ID, ""); err != nil || v.Title != "Wrap-up" {
			t.Fatal(v, err)
		}
	}
	if n := f.count("DescribeView"); n != 1 {
		t.Errorf("%d describes of one view", n)
	}
	t.Run("one that is decided during the contact is not asked for", func(t *testing.T) {
		for _, id := range []string{"$.Attributes.view", "{{view}}", "$.FlowAttributes.v"} {
			_, err := s.View(t.Context(), inst.ID, id)
			if err == nil || err.Kind != fault.Invalid {
				t.Fatalf("%s: %v", id, err)
			}
			sentence(t, err.Message)
		}
	})
	t.Run("a template that is none", func(t *testing.T) {
		g := newFake()
		g.view = instance.View{Name: "v", Template: `[`}
		_, err := serve(g).View(t.Context(), inst.ID, "")
		if err == nil || err.Kind != fault.Unavailable {
			t.Fatalf("got %v", err)
		}
		sentence(t, err.Message)
	})
}
