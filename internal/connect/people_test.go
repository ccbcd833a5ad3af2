package connect_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/connectsim/policy"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// withPolicy is a gateway on a simulator whose callers may do what the policy says.
func withPolicy(t *testing.T, statement string) (*connect.Gateway, instance.Instance) {
	t.Helper()
	p, err := policy.Read(strings.NewReader(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` + statement + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	sim := connectsim.New(connectsim.Options{Policy: p})
	if err := sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(checked(t, sim, nil))
	t.Cleanup(srv.Close)
	g, err := connect.New(t.Context(), connect.Options{Regions: []string{region}, Rate: -1, Endpoint: srv.URL, STSEndpoint: srv.URL,
		Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := g.Instances(t.Context(), g.Sources()[0])
	if err != nil {
		t.Fatal(err)
	}
	return g, list[0]
}

func everybody(t *testing.T, g *connect.Gateway, in instance.Instance) []instance.User {
	t.Helper()
	var all []instance.User
	if err := g.SearchUsers(t.Context(), in, func(page []instance.User) bool { all = append(all, page...); return true }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPeopleOfAnInstanceAreRead(t *testing.T) {
	t.Parallel()
	g, sim, in := simulated(t)
	profiles, err := g.SecurityProfiles(t.Context(), in)
	if err != nil || len(profiles) != 5 {
		t.Fatal(profiles, err)
	}
	names := map[string]string{}
	for _, p := range profiles {
		permissions, err := g.SecurityProfilePermissions(t.Context(), in, p.ID)
		if err != nil || len(permissions) < 4 || p.ARN != in.ARN+"/security-profile/"+p.ID {
			t.Errorf("%+v: %q %v", p, permissions, err)
		}
		if p.Name == "Admin" && len(permissions) < 101 {
			t.Errorf("%d permissions of an administrator", len(permissions))
		}
		names[p.ID] = p.Name
	}
	all := everybody(t, g, in)
	if len(all) != 25 || sim.Calls()["SearchUsers"] != 1 || sim.Calls()["ListSecurityProfilePermissions"] != 5 {
		t.Errorf("%d users, calls %v", len(all), sim.Calls())
	}
	for _, u := range all {
		d, err := g.DescribeUser(t.Context(), in, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range u.Limits {
			if open := l.Channel != ""; l.UnitOpen != open {
				t.Errorf("%s: %+v", u.Login, l)
			} else if open { // the simulator answers seconds unless told otherwise
				u.Limits[i] = instance.WorkLimit{Channel: l.Channel, Callback: l.Callback, Limit: 1000 * l.Limit}
			}
		}
		if diff := cmp.Diff(d, u); diff != "" {
			t.Errorf("described (-), found (+):\n%s", diff)
		}
	}
	sven := all[slices.IndexFunc(all, func(u instance.User) bool { return u.Login == "sven.olsen" })]
	want := instance.User{ID: sven.ID, ARN: in.ARN + "/agent/" + sven.ID, Login: "sven.olsen", First: "Sven", Last: "Olsen", Profiles: sven.Profiles, Limits: []instance.WorkLimit{
		{Limit: 10 * time.Minute}, {Channel: "VOICE", Limit: 10 * time.Minute}, {Channel: "VOICE", Callback: true, Limit: 2 * time.Minute},
		{Channel: "CHAT", Limit: 3 * time.Minute}, {Channel: "TASK"}, {Channel: "EMAIL"}}}
	if diff := cmp.Diff(want, sven); diff != "" || len(sven.Profiles) != 1 || names[sven.Profiles[0]] != "Agent" {
		t.Error(diff, sven.Profiles)
	}
}

func TestReadingPeopleIsDenied(t *testing.T) {
	t.Parallel()
	for action, call := range map[string]func(*testing.T, *connect.Gateway, instance.Instance) error{
		"ListSecurityProfiles": func(t *testing.T, g *connect.Gateway, in instance.Instance) error {
			_, err := g.SecurityProfiles(t.Context(), in)
			return err
		},
		"ListSecurityProfilePermissions": func(t *testing.T, g *connect.Gateway, in instance.Instance) error {
			_, err := g.SecurityProfilePermissions(t.Context(), in, string(flowA))
			return err
		},
		"SearchUsers": func(t *testing.T, g *connect.Gateway, in instance.Instance) error {
			return g.SearchUsers(t.Context(), in, func([]instance.User) bool { t.Error("a page"); return true })
		},
		"DescribeUser": func(t *testing.T, g *connect.Gateway, in instance.Instance) error {
			_, err := g.DescribeUser(t.Context(), in, string(flowA))
			return err
		},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			g, in := withPolicy(t, `{"Effect":"Deny","Action":"connect:`+action+`","Resource":"*"}`)
			f := wantFault(t, call(t, g, in), fault.Denied, "aws.denied")
			if f.Message.Args["Action"] != "connect:"+action || f.RequestID == "" {
				t.Errorf("%+v", f)
			}
		})
	}
	t.Run("a search needs the description's permission as well", func(t *testing.T) {
		t.Parallel()
		g, in := withPolicy(t, `{"Effect":"Deny","Action":"connect:DescribeUser","Resource":"*"}`)
		f := wantFault(t, g.SearchUsers(t.Context(), in, func([]instance.User) bool { return true }), fault.Denied, "aws.denied")
		if f.Message.Args["Action"] != "connect:DescribeUser" {
			t.Errorf("%+v", f)
		}
	})
}

func TestReadingPeopleGoesWrong(t *testing.T) {
	t.Parallel()
	missing := string(flowA)
	t.Run("what is not there", func(t *testing.T) {
		t.Parallel()
		g, _, in := simulated(t)
		_, err := g.DescribeUser(t.Context(), in, missing)
		wantFault(t, err, fault.NotFound, "aws.not-found")
		_, err = g.SecurityProfilePermissions(t.Context(), in, missing)
		wantFault(t, err, fault.NotFound, "aws.not-found")
	})
	t.Run("throttles are waited out, one lost connection is tried again", func(t *testing.T) {
		t.Parallel()
		g, sim, in := simulated(t)
		sim.Faults([]connectsim.FaultRule{{Op: "SearchUsers", Nth: 1, Do: connectsim.DoThrottle}, {Op: "ListSecurityProfiles", Nth: 1, Do: connectsim.DoDropAfter}})
		if all := everybody(t, g, in); len(all) != 25 {
			t.Errorf("%d users", len(all))
		}
		if list, err := g.SecurityProfiles(t.Context(), in); err != nil || len(list) != 5 {
			t.Error(list, err)
		}
		if c := sim.Calls(); c["SearchUsers"] != 2 || c["ListSecurityProfiles"] != 2 {
			t.Errorf("calls %v", c)
		}
	})
	t.Run("an answer without its list says neither that there is nobody nor that nothing is permitted", func(t *testing.T) {
		t.Parallel()
		g, sim, in := simulatedSpoiled(t, func(*http.Request) bool { return true })
		profile := everybody(t, g, in)[0].Profiles[0]
		sim.Faults([]connectsim.FaultRule{{Op: "*", Do: connectsim.DoEmpty}})
		_, err := g.SecurityProfiles(t.Context(), in)
		wantFault(t, err, fault.Unavailable, "aws.empty")
		_, err = g.SecurityProfilePermissions(t.Context(), in, profile)
		wantFault(t, err, fault.Unavailable, "aws.empty")
		wantFault(t, g.SearchUsers(t.Context(), in, func([]instance.User) bool { t.Error("a page"); return true }), fault.Unavailable, "aws.empty")
	})
	for name, x := range map[string]struct {
		answer string
		call   func(*testing.T, *connect.Gateway) error
	}{
		"users whose token repeats": {`{"Users":[],"NextToken":"same"}`, func(t *testing.T, g *connect.Gateway) error {
			return g.SearchUsers(t.Context(), inst, func([]instance.User) bool { return true })
		}},
		"permissions whose token repeats": {`{"Permissions":["BasicAgentAccess"],"NextToken":"same"}`, func(t *testing.T, g *connect.Gateway) error {
			_, err := g.SecurityProfilePermissions(t.Context(), inst, missing)
			return err
		}},
		"profiles whose token repeats": {`{"SecurityProfileSummaryList":[],"NextToken":"same"}`, func(t *testing.T, g *connect.Gateway) error {
			_, err := g.SecurityProfiles(t.Context(), inst)
			return err
		}},
	} {
		t.Run(name+" are not passed off as all", func(t *testing.T) {
			t.Parallel()
			g, _ := dial(t, answer(200, "", x.answer))
			wantFault(t, x.call(t, g), fault.Unavailable, "aws.pages")
		})
	}
	for name, body := range map[string]string{"nothing": `{}`, "another user": `{"User":{"Id":"` + string(home) + `"}}`} {
		t.Run("a description of "+name, func(t *testing.T) {
			t.Parallel()
			g, _ := dial(t, answer(200, "", body))
			_, err := g.DescribeUser(t.Context(), inst, missing)
			wantFault(t, err, fault.Unavailable, "aws.empty")
		})
	}
	t.Run("a user without anything but an id", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, answer(200, "", `{"Users":[{"Id":"`+missing+`","AfterContactWorkConfigs":[{"Channel":"CHAT"}]}]}`))
		if diff := cmp.Diff([]instance.User{{ID: missing}}, everybody(t, g, inst)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPeopleAreAskedForInLargestPages(t *testing.T) {
	t.Parallel()
	var queries []string
	g, w := dial(t, func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.Path[1:10]+" "+r.URL.RawQuery) // one request at a time
		if r.URL.Query().Get("nextToken") == "" && strings.Contains(r.URL.Path, "permissions") {
			_, _ = w.Write([]byte(`{"Permissions":["a"],"NextToken":"t"}`))
			return
		}
		_, _ = w.Write([]byte(`{"Permissions":["b"],"SecurityProfileSummaryList":[]}`))
	})
	list, err := g.SecurityProfilePermissions(t.Context(), inst, "p")
	if err != nil || !slices.Equal(list, []string{"a", "b"}) {
		t.Error(list, err)
	}
	if _, err := g.SecurityProfiles(t.Context(), inst); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"security- maxResults=1000", "security- maxResults=1000&nextToken=t", "security- maxResults=1000"}, queries); diff != "" {
		t.Error(diff)
	}
	want := []string{"GET /security-profiles-permissions/" + string(home) + "/p", "GET /security-profiles-permissions/" + string(home) + "/p",
		"GET /security-profiles-summary/" + string(home)}
	if diff := cmp.Diff(want, w.asked); diff != "" {
		t.Error(diff)
	}
}

func TestVersionsAndCopiesAreDescribed(t *testing.T) {
	t.Parallel()
	g, sim, in := simulated(t)
	flows, err := g.ListFlows(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	id := string(flows[slices.IndexFunc(flows, func(f instance.Flow) bool { return f.Name == "Delivery" })].ID)
	published, saved, _ := sim.Contents(string(in.ID), id)
	for qualifier, want := range map[string]string{"": published, ":$LATEST": published, ":$SAVED": saved} {
		if f, err := g.DescribeFlow(t.Context(), in, id+qualifier); err != nil || f.Content != want || string(f.ID) != id || published == saved {
			t.Errorf("%q: %+v %v", qualifier, f, err)
		}
	}
	_, err = g.DescribeFlow(t.Context(), in, id+":7")
	wantFault(t, err, fault.NotFound, "aws.not-found")
	modules, err := g.ListModules(t.Context(), in)
	if err != nil || len(modules) < 2 || modules[0].State != instance.StateActive {
		t.Fatal(modules, err)
	}
	for _, qualifier := range []string{"", ":$LATEST", ":$SAVED"} {
		if m, err := g.DescribeModule(t.Context(), in, modules[1].ID+qualifier); err != nil || m.Content == "" || m.State != instance.StateActive || m.Name != modules[1].Name {
			t.Errorf("%q: %+v %v", qualifier, m, err)
		}
	}
	_, err = g.DescribeModule(t.Context(), in, string(flowA))
	wantFault(t, err, fault.NotFound, "aws.not-found")
	t.Run("another module's answer is none", func(t *testing.T) {
		t.Parallel()
		g, _ := dial(t, answer(200, "", `{"ContactFlowModule":{"Id":"`+string(home)+`","Content":"{}"}}`))
		_, err := g.DescribeModule(t.Context(), inst, string(flowA)+":$SAVED")
		wantFault(t, err, fault.Unavailable, "aws.other-flow")
	})
	t.Run("a numbered version keeps its number", func(t *testing.T) {
		t.Parallel()
		g, w := dial(t, answer(200, "", `{"ContactFlow":{"Id":"`+string(flowA)+`","Arn":"`+inst.ARN+`/contact-flow/`+string(flowA)+`:3","Content":"{}","Version":3}}`))
		f, err := g.DescribeFlow(t.Context(), inst, string(flowA)+":3")
		if err != nil || f.Version != 3 || f.ID != flowA || strings.Contains(f.ARN, ":3") || w.asked[0] != "GET /contact-flows/"+string(home)+"/"+string(flowA)+"%3A3" {
			t.Errorf("%+v %v %v", f, err, w.asked)
		}
	})
}
