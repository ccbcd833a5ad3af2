package connect_test

import (
	"net/http/httptest"
	"testing"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/instance"
)

// What saving a draft does to the published copy is not documented: the gateway says nothing of it, and reading tells.
func TestADraftIsSaved(t *testing.T) {
	t.Parallel()
	for does, live := range map[connectsim.SavedUpdate]string{connectsim.SavedUpdateDraft: small, connectsim.SavedUpdateLive: small + " "} {
		t.Run(string(does), func(t *testing.T) {
			t.Parallel()
			sim := connectsim.New(connectsim.Options{Behaviour: connectsim.Behaviour{SavedUpdate: does}})
			if err := sim.Seed("demo"); err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(checked(t, sim, nil))
			t.Cleanup(srv.Close)
			g, err := connect.New(t.Context(), connect.Options{
				Regions: []string{region}, Rate: -1, Endpoint: srv.URL, STSEndpoint: srv.URL, Credentials: &connect.Credentials{AccessKey: "AKIDPRACTICE", SecretKey: "x"},
			})
			if err != nil {
				t.Fatal(err)
			}
			list, err := g.Instances(t.Context(), g.Sources()[0])
			if err != nil || len(list) == 0 {
				t.Fatal(list, err)
			}
			in := list[0]
			w, err := g.CreateFlow(t.Context(), in, instance.NewFlow{Name: "Made here", Type: instance.TypeInbound, Content: small})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := g.SaveFlowDraft(t.Context(), in, w.ID, small+" "); err != nil {
				t.Fatal(err)
			}
			f, err := g.DescribeFlow(t.Context(), in, string(w.ID))
			s, serr := g.DescribeFlow(t.Context(), in, string(w.ID)+":$SAVED")
			if err != nil || serr != nil || f.Content != live || s.Content != small+" " {
				t.Errorf("live %q, saved %q: %v %v", f.Content, s.Content, err, serr)
			}
		})
	}
}
