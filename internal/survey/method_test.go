package survey_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

func TestHowAnInstanceIsRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		mend   func(*fake)
		reason string // "" is by search
		again  string // of the second reading, with the failure gone
		asked  int    // describes of the first reading, of 30 flows
	}{
		{"by search where it agrees with a sample", func(*fake) {}, "", "", 20},
		{"one by one where the search gives another copy", func(f *fake) { f.put(7, unwired(), drafted(noAgent())); f.index[fid(7)] = noAgent(); onlyFlow(f, 7) },
			"survey.method.differs", "survey.method.differs", 1},
		{"one by one where the search gives no content", func(f *fake) { f.index[fid(3)] = "" }, "survey.method.no-content", "survey.method.no-content", 30},
		{"one by one from then on where the search is denied", func(f *fake) { f.fail["SearchFlows"] = denied }, "survey.method.search-failed", "survey.method.search-failed", 30},
		{"one by one this time where the search cannot answer", func(f *fake) {
			f.fail["SearchFlows"] = refuse(fault.Unavailable, "aws.service", "InternalServiceException")
		},
			"survey.method.search-failed", "", 30},
		{"one by one from then on where describing is denied", func(f *fake) { f.fail["DescribeFlow"] = denied }, "survey.method.denied", "survey.method.denied", 40},
		{"one by one this time where nothing could be compared", func(f *fake) {
			f.fail["DescribeFlow"] = refuse(fault.Unavailable, "aws.service", "InternalServiceException")
		},
			"survey.method.not-compared", "", 30},
		{"by search where one flow of the sample fails", func(f *fake) {
			f.fail["DescribeFlow "+string(fid(0))] = refuse(fault.Unavailable, "aws.service", "InternalServiceException")
		}, "", "", 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			for n := range 30 {
				f.put(n, unwired())
			}
			tt.mend(f)
			s := serve(f)
			check := func(want string) {
				t.Helper()
				r := read(t, s)
				got := ""
				if r.MethodReason != nil {
					got = r.MethodReason.ID
				}
				if got != want || (want == "") != (r.Method == survey.BySearch) {
					t.Errorf("read by %s because %q, want %q", r.Method, got, want)
				}
				if len(r.Flows) != len(f.flows) {
					t.Errorf("%d flows, want %d", len(r.Flows), len(f.flows))
				}
			}
			check(tt.reason)
			if tt.asked < 40 && f.count("DescribeFlow") != tt.asked {
				t.Errorf("%d describes, want %d", f.count("DescribeFlow"), tt.asked)
			}
			f.fail, f.index = map[string]error{}, map[instance.FlowID]string{}
			check(tt.again)
		})
	}
	t.Run("a second reading by search describes no sample again", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		for n := range 30 {
			f.put(n, unwired())
		}
		s := serve(f)
		read(t, s)
		read(t, s)
		if f.count("DescribeFlow") != 20 || f.count("SearchFlows") != 2 {
			t.Errorf("calls %v", f.calls)
		}
	})
	t.Run("an instance without flows is calibrated once it has some", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		s := serve(f)
		if r := read(t, s); r.Method != survey.BySearch || len(r.Flows) != 0 {
			t.Fatal(r.Method, len(r.Flows))
		}
		f.put(1, unwired())
		f.index[fid(1)] = noAgent()
		if r := read(t, s); r.Method != survey.ByDescribe {
			t.Errorf("read by %s", r.Method)
		}
	})
	t.Run("a flow that is not published is described, and its published copy judged", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		f.put(1, unwired())
		s := serve(f)
		read(t, s)
		f.put(2, noAgent(), neverPublished)
		r := read(t, s)
		if got := row(t, r, fid(2)); got.Draft != survey.DraftYes || got.Flow.Status != instance.StatusSaved || got.Report.Verdict != audit.NoAgent || got.Counted {
			t.Errorf("%s %s %s", got.Draft, got.Flow.Status, got.Report.Verdict)
		}
	})
}

// onlyFlow leaves one flow, so that the sample is it.
func onlyFlow(f *fake, n int) {
	for id := range f.flows {
		if id != fid(n) {
			delete(f.flows, id)
		}
	}
}

func TestWhatStopsAReading(t *testing.T) {
	t.Parallel()
	throttled := refuse(fault.Throttled, "aws.throttled", "ThrottlingException")
	tests := []struct {
		name string
		fail map[string]error
		kind fault.Kind
	}{
		{"neither search nor list", map[string]error{"SearchFlows": denied, "ListFlows": denied}, fault.Denied},
		{"a search that is throttled: describing all would be worse", map[string]error{"SearchFlows": throttled}, fault.Throttled},
		{"no instances", map[string]error{"Instances": refuse(fault.Unavailable, "aws.expired", "ExpiredTokenException")}, fault.Unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.put(1, unwired())
			f.fail = tt.fail
			s := serve(f)
			_, err := s.Read(t.Context(), inst.ID, false)
			if !fault.Is(err, tt.kind) {
				t.Errorf("got %v, want %v", err, tt.kind)
			}
			if s.Last(inst.ID) != nil {
				t.Error("there is a reading")
			}
		})
	}
	t.Run("a failed refresh keeps the last reading", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		f.put(1, unwired())
		s := serve(f)
		first := read(t, s)
		f.fail = map[string]error{"SearchFlows": throttled}
		if _, err := s.Read(t.Context(), inst.ID, true); err == nil {
			t.Fatal("no error")
		}
		if s.Last(inst.ID) != first {
			t.Error("the last reading is gone")
		}
	})
}

func TestThrottledDescriptions(t *testing.T) {
	t.Parallel()
	throttled := refuse(fault.Throttled, "aws.throttled", "ThrottlingException")
	full := func() *fake {
		f := newFake()
		for n := range 100 {
			f.put(n, unwired())
		}
		return f
	}
	for name, mend := range map[string]func(*fake){
		"every description is throttled":                       func(*fake) {},
		"every description is throttled and the search denied": func(f *fake) { f.fail["SearchFlows"] = denied },
	} {
		t.Run(name+": the reading is, and soon", func(t *testing.T) {
			t.Parallel()
			f := full()
			f.fail["DescribeFlow"] = throttled
			mend(f)
			s := serve(f)
			_, err := s.Read(t.Context(), inst.ID, true)
			if got := fault.From(err); got == nil || got.Kind != fault.Throttled || got.Code != "ThrottlingException" {
				t.Fatal(err)
			}
			if n := f.count("DescribeFlow"); n < 4 || n > 16 {
				t.Errorf("%d descriptions, want few", n)
			}
			delete(f.fail, "DescribeFlow")
			if r := read(t, s); len(r.Flows) != 100 {
				t.Errorf("%d flows once the quota is free", len(r.Flows))
			}
		})
	}
	t.Run("a few throttled ones are their own loss", func(t *testing.T) {
		t.Parallel()
		f := full()
		f.fail["SearchFlows"] = denied
		for n := range 3 { // a row that is too short
			f.fail["DescribeFlow "+string(fid(n))] = throttled
		}
		r := read(t, serve(f))
		for n := range 100 {
			if e := row(t, r, fid(n)).Error; (e != nil) != (n < 3) || e != nil && e.Code != "ThrottlingException" {
				t.Errorf("flow %d: %v", n, e)
			}
		}
	})
}

func TestFailuresThatTakeNothingAway(t *testing.T) {
	t.Parallel()
	for method, warning := range map[string]string{
		"ListFlows": "survey.warning.list", "Associations": "survey.warning.associations", "Numbers": "survey.warning.numbers",
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.put(1, unwired())
			f.fail[method] = denied
			r := read(t, serve(f))
			if r.NoNumbers != (method == "Numbers") {
				t.Errorf("numbers that could not be listed: %t", r.NoNumbers)
			}
			if len(r.Warnings) != 1 || r.Warnings[0].ID != warning || r.Warnings[0].Args["Code"] != "AccessDeniedException" {
				t.Errorf("warnings %v", r.Warnings)
			}
			got := row(t, r, fid(1))
			if got.LeadsUnknown != (method == "Associations") || got.Report.Verdict != audit.NotWired {
				t.Errorf("leads unknown %v, verdict %s", got.LeadsUnknown, got.Report.Verdict)
			}
		})
	}
	t.Run("the list is denied, and the search gives another copy", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		f.put(1, wired(fid(2)), drafted(unwired()))
		f.put(2, acwGuide())
		f.index[fid(1)] = unwired()
		f.fail["ListFlows"] = denied
		s := serve(f)
		for range 2 {
			r := read(t, s)
			if got := row(t, r, fid(1)).Report.Verdict; got != audit.Wired || r.Method != survey.ByDescribe {
				t.Errorf("%s, read by %s", got, r.Method)
			}
		}
	})
	t.Run("one flow that cannot be read is that flow's", func(t *testing.T) {
		t.Parallel()
		f := newFake()
		for n := range 5 {
			f.put(n, unwired())
		}
		f.fail["SearchFlows"] = denied
		f.fail["DescribeFlow "+string(fid(2))] = refuse(fault.Unavailable, "aws.undecodable", "")
		r := read(t, serve(f))
		got := row(t, r, fid(2))
		if got.Report.Verdict != audit.Unreadable || got.Error == nil || got.Report.Reason.ID != "aws.undecodable" || got.Flow.Name != "Flow 02" {
			t.Errorf("%+v", got)
		}
		if diff := cmp.Diff(survey.Coverage{Open: 4, CantTell: 1, Counted: 5}, r.Coverage); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCallsUsedByReading(t *testing.T) {
	t.Parallel()
	f := newFake()
	for n := range 1000 {
		f.put(n, unwired())
	}
	r := read(t, serve(f))
	want := map[string]int{"Instances": 1, "SearchFlows": 10, "DescribeFlow": 20, "ListFlows": 1, "Associations": 1, "Numbers": 1}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Error(diff)
	}
	if r.Calls != 33 || len(r.Flows) != 1000 {
		t.Errorf("%d calls, %d flows", r.Calls, len(r.Flows))
	}
}

func TestTheSampleIsSpread(t *testing.T) {
	t.Parallel()
	f := newFake()
	for n := range 190 {
		f.put(n, fmt.Sprintf(`{"n":%d}`, n))
	}
	// Every tenth flow differs, so a sample that is spread over the list meets one.
	for n := 0; n < 190; n += 10 {
		f.index[fid(n)] = "{}"
	}
	if r := read(t, serve(f)); r.Method != survey.ByDescribe {
		t.Errorf("read by %s", r.Method)
	}
}

func TestTheSamplePrefersFlowsThatNameAGuide(t *testing.T) {
	t.Parallel()
	f := newFake()
	for n := range 500 {
		f.put(n, unwired())
	}
	f.put(500, acwGuide())
	for n := 501; n < 510; n++ {
		f.put(n, wired(fid(500)))
	}
	f.put(505, unwired(), drafted(wired(fid(500)))) // live without the guide, and the search gives the draft
	f.index[fid(505)] = wired(fid(500))
	r := read(t, serve(f))
	if got := row(t, r, fid(505)); got.Report.Verdict != audit.NotWired || r.Method != survey.ByDescribe {
		t.Errorf("%s, read by %s", got.Report.Verdict, r.Method)
	}
}
