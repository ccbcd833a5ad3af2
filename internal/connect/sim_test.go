package connect_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

const small = `{"Version":"2019-10-30","StartAction":"end","Metadata":{},"Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

// simulated is a gateway on the simulator's demo data, with its first instance.
func simulated(t *testing.T) (*connect.Gateway, *connectsim.Sim, instance.Instance) {
	t.Helper()
	return simulatedSpoiled(t, nil)
}

// simulatedSpoiled is for fault scripts whose answers are not those of the service: spoiled tells them.
func simulatedSpoiled(t *testing.T, spoiled func(*http.Request) bool) (*connect.Gateway, *connectsim.Sim, instance.Instance) {
	t.Helper()
	sim := connectsim.New(connectsim.Options{})
	if err := sim.Seed("demo"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(checked(t, sim, spoiled))
	t.Cleanup(srv.Close)
	g, err := connect.New(t.Context(), connect.Options{
		Regions: []string{region, "eu-central-1"}, RoleARNs: []string{connect.OwnCredentials, connectsim.DemoRole}, Rate: -1,
		Endpoint: srv.URL, STSEndpoint: srv.URL, Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"},
		Backoff: func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := g.Instances(t.Context(), g.Sources()[0])
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return g, sim, list[0]
}

func TestTheSimulatedServiceIsReadAndWritten(t *testing.T) {
	t.Parallel()
	g, sim, in := simulated(t)
	w, err := g.CreateFlow(t.Context(), in, instance.NewFlow{Name: "Made here", Type: instance.TypeInbound, Content: small, Description: "d"})
	if err != nil || w.ID == "" || w.ARN == "" || w.RequestID == "" {
		t.Fatal(w, err)
	}
	t.Run("what was created is published", func(t *testing.T) {
		f, err := g.DescribeFlow(t.Context(), in, string(w.ID))
		if err != nil || f.Content != small || f.Name != "Made here" || f.Description != "d" || f.Status != instance.StatusPublished || f.ARN != w.ARN {
			t.Errorf("%+v %v", f, err)
		}
	})
	t.Run("an update sets both copies", func(t *testing.T) {
		if _, err := g.UpdateFlowContent(t.Context(), in, w.ID, small+" "); err != nil {
			t.Fatal(err)
		}
		published, saved, _ := sim.Contents(string(in.ID), string(w.ID))
		if published != small+" " || saved != small+" " {
			t.Errorf("published %q, saved %q", published, saved)
		}
	})
	t.Run("it is archived and renamed", func(t *testing.T) {
		if _, err := g.UpdateFlowMetadata(t.Context(), in, w.ID, connect.FlowMetadata{Name: "Former", State: instance.StateArchived}); err != nil {
			t.Fatal(err)
		}
		f, err := g.DescribeFlow(t.Context(), in, string(w.ID))
		if err != nil || f.Name != "Former" || f.State != instance.StateArchived || f.Description != "d" {
			t.Errorf("%+v %v", f, err)
		}
	})
	t.Run("content that the service refuses", func(t *testing.T) {
		_, err := g.UpdateFlowContent(t.Context(), in, w.ID, `{"Version":"2019-10-30","StartAction":"x","Actions":[{"Identifier":"end","Type":"Nothing","Parameters":{},"Transitions":{}}]}`)
		if f := wantFault(t, err, fault.Invalid, "aws.invalid-flow"); len(f.Problems) == 0 {
			t.Error("no problems")
		}
	})
	t.Run("lists", func(t *testing.T) {
		found := 0
		err := g.SearchFlows(t.Context(), in, []instance.FlowType{instance.TypeInbound}, func(page []instance.Flow) bool {
			for _, f := range page {
				if f.Type != instance.TypeInbound || f.Content == "" {
					t.Errorf("%s: type %s, %d characters", f.Name, f.Type, len(f.Content))
				}
			}
			found += len(page)
			return true
		})
		listed, listErr := g.ListFlows(t.Context(), in, instance.TypeInbound)
		all, allErr := g.ListFlows(t.Context(), in)
		if err != nil || listErr != nil || allErr != nil || found != len(listed) || len(all) <= found {
			t.Errorf("found %d, listed %d of %d; %v %v %v", found, len(listed), len(all), err, listErr, allErr)
		}
		numbers, err := g.Numbers(t.Context(), in)
		links, linksErr := g.Associations(t.Context(), in)
		modules, modulesErr := g.ListModules(t.Context(), in)
		views, viewsErr := g.ListViews(t.Context(), in)
		if err != nil || linksErr != nil || modulesErr != nil || viewsErr != nil || len(numbers) == 0 || len(links) == 0 || len(modules) == 0 || len(views) < 6 {
			t.Errorf("%d numbers, %d links, %d modules, %d views; %v %v %v %v", len(numbers), len(links), len(modules), len(views), err, linksErr, modulesErr, viewsErr)
		}
		m, err := g.DescribeModule(t.Context(), in, modules[0].ID)
		if err != nil || m.Content == "" || m.Status != instance.StatusPublished || m.Name != modules[0].Name {
			t.Errorf("%+v %v", m, err)
		}
		d, err := g.DescribeInstance(t.Context(), in)
		if diff := cmp.Diff(in, d); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	t.Run("a view of AWS by its name, and one of the instance by its id", func(t *testing.T) {
		v, err := g.DescribeView(t.Context(), in, "after-contact-work")
		if err != nil || v.Type != "AWS_MANAGED" || v.Template == "" {
			t.Errorf("%+v %v", v, err)
		}
		views, _ := g.ListViews(t.Context(), in)
		for _, s := range views {
			if s.Type == "CUSTOMER_MANAGED" {
				if v, err = g.DescribeView(t.Context(), in, s.ID); err != nil || v.Name != s.Name {
					t.Errorf("%+v %v", v, err)
				}
			}
		}
	})
	t.Run("a search that is ended early asks for no further page", func(t *testing.T) {
		sim.Generate(250)
		before := sim.Calls()["SearchContactFlows"]
		if err := g.SearchFlows(t.Context(), in, []instance.FlowType{instance.TypeInbound}, func([]instance.Flow) bool { return false }); err != nil {
			t.Fatal(err)
		}
		if n := sim.Calls()["SearchContactFlows"] - before; n != 1 {
			t.Errorf("%d searches", n)
		}
	})
}

func TestAnInstanceOfTheOtherAccountIsReachedThroughItsRole(t *testing.T) {
	t.Parallel()
	g, _, _ := simulated(t)
	var all []instance.Instance
	for _, s := range g.Sources() {
		list, err := g.Instances(t.Context(), s)
		if err != nil {
			t.Fatal(s, err)
		}
		all = append(all, list...)
	}
	accounts := map[string]bool{}
	for _, in := range all {
		accounts[in.Account] = true
		flows, err := g.ListFlows(t.Context(), in)
		if err != nil || len(flows) == 0 {
			t.Errorf("%s: %d flows, %v", in.Alias, len(flows), err)
		}
	}
	if len(accounts) != 2 {
		t.Errorf("accounts %v", accounts)
	}
}

func TestALostAnswerIsToldApartFromARefusal(t *testing.T) {
	t.Parallel()
	spoilers := []connectsim.FaultDo{connectsim.DoEmpty, connectsim.DoUndecodable, connectsim.DoThrottleNoCode}
	tests := []struct {
		do    connectsim.FaultDo
		id    string
		made  bool
		calls int
	}{
		{connectsim.DoDropBefore, "aws.answer-lost", false, 1},
		{connectsim.DoDropAfter, "aws.answer-lost", true, 1},
		{connectsim.DoCutOff, "aws.answer-lost", true, 1},
		{connectsim.DoEmpty, "aws.answer-lost", true, 1},
		{connectsim.DoUndecodable, "aws.answer-lost", true, 1},
		{connectsim.DoError, "aws.answer-lost", false, 1}, // a 500: nobody can tell
		{connectsim.DoThrottle, "", true, 2},              // refused, and sent again
		{connectsim.DoThrottleNoCode, "", true, 2},
	}
	for _, tt := range tests {
		t.Run(string(tt.do), func(t *testing.T) {
			t.Parallel()
			var spoils atomic.Bool
			spoils.Store(slices.Contains(spoilers, tt.do))
			g, sim, in := simulatedSpoiled(t, func(r *http.Request) bool { return r.Method == http.MethodPut && spoils.Swap(false) })
			sim.Faults([]connectsim.FaultRule{{Op: "CreateContactFlow", Nth: 1, Do: tt.do}})
			_, err := g.CreateFlow(t.Context(), in, instance.NewFlow{Name: "Made here", Type: instance.TypeInbound, Content: small})
			if tt.id == "" && err != nil {
				t.Error(err)
			} else if tt.id != "" {
				wantFault(t, err, fault.Unavailable, tt.id)
			}
			flows, err := g.ListFlows(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			made := false
			for _, f := range flows {
				made = made || f.Name == "Made here"
			}
			if made != tt.made || sim.Calls()["CreateContactFlow"] != tt.calls {
				t.Errorf("made %v, want %v, after %d calls", made, tt.made, sim.Calls()["CreateContactFlow"])
			}
		})
	}
}
