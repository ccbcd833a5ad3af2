package survey_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// practice is a service over the simulator, through the real SDK.
func practice(t testing.TB, o connectsim.Options, seed string) (*survey.Service, *connectsim.Sim) {
	t.Helper()
	sim := connectsim.New(o)
	if err := sim.Seed(seed); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	g, err := connect.New(t.Context(), connect.Options{
		Regions: []string{"us-east-1", "eu-central-1"}, RoleARNs: []string{connect.OwnCredentials, connectsim.DemoRole},
		Rate: -1, Endpoint: srv.URL, STSEndpoint: srv.URL, Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"},
		Backoff: func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return survey.New(g, survey.ServiceOptions{}), sim
}

func readFirst(t testing.TB, s *survey.Service, sim *connectsim.Sim) *survey.Reading {
	t.Helper()
	r, err := s.Read(t.Context(), instance.ID(sim.Instances()[0].ID), true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// byVerdict lists the names of a reading's flows by verdict.
func byVerdict(r *survey.Reading) map[audit.Verdict][]string {
	out := map[audit.Verdict][]string{}
	for _, f := range r.Flows {
		out[f.Report.Verdict] = append(out[f.Report.Verdict], f.Flow.Name)
	}
	return out
}

func TestThePracticeInstancesAreRead(t *testing.T) {
	t.Parallel()
	s, _ := practice(t, connectsim.Options{}, "demo")
	coverage := map[string]survey.Coverage{}
	accounts := map[string]bool{}
	for _, l := range s.Instances(t.Context()) {
		if l.Err != nil {
			t.Fatal(l.Source, l.Err)
		}
		accounts[l.Source.Account] = true
		for _, in := range l.Instances {
			r, err := s.Read(t.Context(), in.ID, false)
			if err != nil {
				t.Fatal(in.Alias, err)
			}
			if r.Method != survey.BySearch || len(r.Warnings) > 0 || r.Source != l.Source {
				t.Errorf("%s: read by %s from %v, warnings %v", in.Alias, r.Method, r.Source, r.Warnings)
			}
			coverage[in.Alias] = r.Coverage
			if c := r.Coverage; c.Counted == 0 || c.Counted != c.Covered+c.Open+c.CantTell {
				t.Errorf("%s: %+v", in.Alias, c)
			}
		}
	}
	if len(coverage) != 3 || !accounts["111122223333"] || !accounts["444455556666"] {
		t.Errorf("coverage %v of accounts %v", coverage, accounts)
	}
}

func TestThePracticeDataShowsEveryVerdict(t *testing.T) {
	t.Parallel()
	s, sim := practice(t, connectsim.Options{}, "demo")
	got := byVerdict(readFirst(t, s, sim))
	later := []audit.Verdict{audit.Draft, audit.ViaCallers, audit.WiredLater} // followed flows come later
	for _, v := range audit.Verdicts() {
		if len(got[v]) == 0 && !slices.Contains(later, v) {
			t.Errorf("no flow is %s", v)
		}
	}
}

func TestTheSearchsCopyMakesNoDifferenceToTheVerdicts(t *testing.T) {
	t.Parallel()
	s, sim := practice(t, connectsim.Options{}, "demo")
	want := readFirst(t, s, sim)
	for content, reason := range map[connectsim.SearchContent]string{
		connectsim.SearchSaved: "survey.method.differs", connectsim.SearchNone: "survey.method.no-content",
	} {
		t.Run(string(content), func(t *testing.T) {
			t.Parallel()
			s, sim := practice(t, connectsim.Options{Behaviour: connectsim.Behaviour{SearchContent: content}}, "demo")
			r := readFirst(t, s, sim)
			if r.Method != survey.ByDescribe || r.MethodReason.ID != reason {
				t.Errorf("read by %s because %v", r.Method, r.MethodReason)
			}
			if diff := cmp.Diff(byVerdict(want), byVerdict(r)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want.Coverage, r.Coverage); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadingAThousandFlowsOverTheWire(t *testing.T) {
	t.Parallel()
	sim := connectsim.New(connectsim.Options{})
	home := connectsim.InstanceInfo{Alias: "large", ID: string(inst.ID), Region: "us-east-1", Account: "111122223333"}
	for n := range 1000 {
		sim.PutFlow(home, connectsim.SeedFlow{Name: fmt.Sprintf("Flow %04d", n), Published: unwired()})
	}
	srv := httptest.NewServer(sim)
	defer srv.Close()
	g, err := connect.New(t.Context(), connect.Options{
		Regions: []string{"us-east-1"}, Rate: -1, Endpoint: srv.URL, STSEndpoint: srv.URL,
		Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := survey.New(g, survey.ServiceOptions{}).Read(t.Context(), inst.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	calls := sim.Calls()
	delete(calls, "GetCallerIdentity")
	want := map[string]int{"ListInstances": 1, "SearchContactFlows": 10, "DescribeContactFlow": 20, "ListContactFlows": 1, "ListFlowAssociations": 1, "ListPhoneNumbersV2": 1}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
	if len(r.Flows) != 1000 || r.Calls != 33 {
		t.Errorf("%d flows, %d calls", len(r.Flows), r.Calls)
	}
}

func TestAFaultOnTheWireIsOneFlowsOrAWarning(t *testing.T) {
	t.Parallel()
	s, sim := practice(t, connectsim.Options{Behaviour: connectsim.Behaviour{SearchContent: connectsim.SearchNone}}, "demo")
	sim.Faults([]connectsim.FaultRule{
		{Op: "DescribeContactFlow", Flow: "Billing", Every: 1, Do: connectsim.DoUndecodable},
		{Op: "DescribeContactFlow", Flow: "Delivery", Every: 1, Do: connectsim.DoEmpty},
		{Op: "DescribeContactFlow", Flow: "VIP desk", Every: 1, Do: connectsim.DoError},
		{Op: "ListFlowAssociations", Every: 1, Do: connectsim.DoError, Code: "AccessDeniedException", Status: 403},
	})
	r := readFirst(t, s, sim)
	want := map[string]string{"Billing": "aws.undecodable", "Delivery": "aws.empty", "VIP desk": "aws.service"}
	got := map[string]string{}
	for _, f := range r.Flows {
		if f.Error != nil {
			got[f.Flow.Name] = f.Error.Message.ID
			if f.Report.Verdict != audit.Unreadable || !f.Counted || f.Covered {
				t.Errorf("%s is %s, counted %v", f.Flow.Name, f.Report.Verdict, f.Counted)
			}
		}
		if !f.LeadsUnknown {
			t.Errorf("%s claims to know what leads to it", f.Flow.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c := r.Coverage; c.Covered != 0 || c.Covered+c.CantTell+c.Open != c.Counted {
		t.Errorf("calls may play another version of any flow, and the coverage is %+v", c)
	}
	if len(r.Warnings) != 1 || r.Warnings[0].ID != "survey.warning.associations" {
		t.Errorf("warnings %v", r.Warnings)
	}
}

func TestOpeningAFlowOverTheWire(t *testing.T) {
	t.Parallel()
	s, sim := practice(t, connectsim.Options{}, "demo")
	r := readFirst(t, s, sim)
	i := slices.IndexFunc(r.Guides, func(g survey.GuideRow) bool { return g.Flow.Name == "After contact work" })
	d, err := s.Flow(t.Context(), r.Instance.ID, r.Guides[i].Flow.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d.Guide == nil || d.View == nil || d.ViewErr != nil || len(d.View.Inputs) == 0 || d.Row.Draft == survey.DraftNotChecked {
		t.Errorf("guide %v, view %v (%v), draft %s", d.Guide, d.View, d.ViewErr, d.Row.Draft)
	}
}
