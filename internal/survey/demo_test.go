package survey_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/audit"
	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/i18n"
	"wrapup/internal/instance"
	"wrapup/internal/survey"
)

// practice is a service over the simulator and the real SDK.
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

func TestDump(t *testing.T) {
	s, sim := practice(t, connectsim.Options{}, "demo")
	for _, l := range s.Instances(t.Context()) {
		fmt.Println(l.Source, len(l.Instances), l.Err)
		for _, in := range l.Instances {
			r, err := s.Read(t.Context(), in.ID, false)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println(in.Alias, r.Method, r.MethodReason, r.Calls, r.Coverage, r.Warnings)
			for _, f := range r.Flows {
				fmt.Printf("  %-40.40s %-15s %v %v %s %s leads=%v\n", f.Flow.Name, f.Report.Verdict, f.Counted, f.Covered, f.Flow.Status, f.Managed, f.Leads)
				for _, g := range f.Report.Guides {
					fmt.Println("      ", g.Health)
				}
			}
			for _, g := range r.Guides {
				fmt.Println("  GUIDE", g.Flow.Name, g.Info, g.Health, g.UsedBy)
			}
		}
	}
	fmt.Println(sim.Calls())
	_ = cmp.Diff
	_ = audit.Wired
	_ = i18n.T
	_ = instance.TypeInbound
	_ = strings.Split
}
