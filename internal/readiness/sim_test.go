package readiness_test

import (
	"net/http/httptest"
	"testing"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
	"wrapup/internal/readiness"
)

var _ readiness.Reader = (*connect.Gateway)(nil)

// simulated is the gateway on the simulator's demo data, with its first instance.
func simulated(t *testing.T, o connectsim.Options) (*connect.Gateway, *connectsim.Sim, instance.Instance) {
	t.Helper()
	sim := connectsim.New(o)
	if err := sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	g, err := connect.New(t.Context(), connect.Options{Regions: []string{"us-east-1"}, Rate: -1, Endpoint: srv.URL, STSEndpoint: srv.URL,
		Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := g.Instances(t.Context(), g.Sources()[0])
	if err != nil {
		t.Fatal(err)
	}
	return g, sim, list[0]
}

func TestTheDemoThroughTheGateway(t *testing.T) {
	t.Parallel()
	for _, unit := range []connectsim.SearchLimits{connectsim.LimitsSeconds, connectsim.LimitsMilliseconds} {
		t.Run(string(unit), func(t *testing.T) {
			t.Parallel()
			g, sim, in := simulated(t, connectsim.Options{Behaviour: connectsim.Behaviour{SearchLimits: unit}})
			r := readiness.Read(t.Context(), g, in, now).Judge(acw)
			if got := said(r.Views); got != "found 23 nora.b omar.said paula.costa quinn.taylor" || r.Users != 25 || r.Agents != 23 {
				t.Errorf("%s; %d agents of %d users", got, r.Agents, r.Users)
			}
			if got := said(r.Time); got != "found 23 eoin.obrien :5m0s hugo.brandt :2m0s liam.murphy :7m59s paula.costa :30s sven.olsen VOICE:2m0s CHAT:3m0s" {
				t.Error(got)
			}
			if got := r.Views.Findings[0].Profiles; len(got) != 1 || got[0] != "Store agent" {
				t.Errorf("profiles %q", got)
			}
			c := sim.Calls()
			if c["SearchUsers"] != 1 || c["ListSecurityProfiles"] != 1 || c["ListSecurityProfilePermissions"] != 5 || c["DescribeUser"] != 1 {
				t.Errorf("calls %v", c)
			}
		})
	}
}

func TestFaultsOfTheServiceAreGaps(t *testing.T) {
	t.Parallel()
	refuse := func(op string, nth int) connectsim.FaultRule {
		return connectsim.FaultRule{Op: op, Nth: nth, Do: connectsim.DoError, Code: "AccessDeniedException"}
	}
	for name, x := range map[string]struct {
		rule        connectsim.FaultRule
		views, time string
	}{
		"no users": {refuse("SearchUsers", 1), "not-checked 0 | denied -1connect:SearchUsers aws.denied", "not-checked 0 | denied -1connect:SearchUsers aws.denied"},
		"no permissions": {refuse("ListSecurityProfilePermissions", 0), "not-checked 0 | denied 25connect:ListSecurityProfilePermissions aws.denied",
			"not-checked 0 | denied 6connect:ListSecurityProfilePermissions aws.denied"},
		"no descriptions": {refuse("DescribeUser", 0), "found 23 nora.b omar.said paula.costa quinn.taylor",
			"found 22 eoin.obrien :5m0s hugo.brandt :2m0s liam.murphy :7m59s paula.costa :30s | denied 1connect:DescribeUser aws.denied"},
		"an answer of nothing":   {connectsim.FaultRule{Op: "SearchUsers", Do: connectsim.DoEmpty}, "not-checked 0 | failed -1 aws.empty", "not-checked 0 | failed -1 aws.empty"},
		"permissions of nothing": {connectsim.FaultRule{Op: "ListSecurityProfilePermissions", Do: connectsim.DoEmpty}, "not-checked 0 | failed 25 aws.empty", "not-checked 0 | failed 6 aws.empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, sim, in := simulated(t, connectsim.Options{})
			sim.Faults([]connectsim.FaultRule{x.rule})
			r := readiness.Read(t.Context(), g, in, now).Judge(acw)
			if got := said(r.Views); got != x.views {
				t.Errorf("views: %s", got)
			}
			if got := said(r.Time); got != x.time {
				t.Errorf("time: %s", got)
			}
		})
	}
}
