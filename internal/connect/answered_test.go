package connect_test

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/connect"
	"wrapup/internal/connectsim"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// reads are the gateway's reading operations, by method: how many things each finds, and an answer of whose list or thing there is none.
var reads = map[string]func(context.Context, *connect.Gateway) (int, error){
	"Instances": func(ctx context.Context, g *connect.Gateway) (int, error) {
		return counted(g.Instances(ctx, g.Sources()[0]))
	},
	"DescribeInstance": func(ctx context.Context, g *connect.Gateway) (int, error) {
		_, err := g.DescribeInstance(ctx, inst)
		return 0, err
	},
	"SearchFlows": func(ctx context.Context, g *connect.Gateway) (int, error) {
		n := 0
		err := g.SearchFlows(ctx, inst, []instance.FlowType{instance.TypeInbound}, func(page []instance.Flow) bool { n += len(page); return true })
		return n, err
	},
	"ListFlows": func(ctx context.Context, g *connect.Gateway) (int, error) { return counted(g.ListFlows(ctx, inst)) },
	"DescribeFlow": func(ctx context.Context, g *connect.Gateway) (int, error) {
		_, err := g.DescribeFlow(ctx, inst, string(flowA))
		return 0, err
	},
	"DescribeModule": func(ctx context.Context, g *connect.Gateway) (int, error) {
		_, err := g.DescribeModule(ctx, inst, string(flowA))
		return 0, err
	},
	"Associations": func(ctx context.Context, g *connect.Gateway) (int, error) { return counted(g.Associations(ctx, inst)) },
	"Numbers":      func(ctx context.Context, g *connect.Gateway) (int, error) { return counted(g.Numbers(ctx, inst)) },
	"ListModules":  func(ctx context.Context, g *connect.Gateway) (int, error) { return counted(g.ListModules(ctx, inst)) },
	"ListViews":    func(ctx context.Context, g *connect.Gateway) (int, error) { return counted(g.ListViews(ctx, inst)) },
	"DescribeView": func(ctx context.Context, g *connect.Gateway) (int, error) {
		_, err := g.DescribeView(ctx, inst, string(flowA))
		return 0, err
	},
	"SecurityProfiles": func(ctx context.Context, g *connect.Gateway) (int, error) {
		return counted(g.SecurityProfiles(ctx, inst))
	},
	"SecurityProfilePermissions": func(ctx context.Context, g *connect.Gateway) (int, error) {
		return counted(g.SecurityProfilePermissions(ctx, inst, "p"))
	},
	"SearchUsers": func(ctx context.Context, g *connect.Gateway) (int, error) {
		n := 0
		err := g.SearchUsers(ctx, inst, func(page []instance.User) bool { n += len(page); return true })
		return n, err
	},
	"DescribeUser": func(ctx context.Context, g *connect.Gateway) (int, error) {
		_, err := g.DescribeUser(ctx, inst, string(flowA))
		return 0, err
	},
}

// writes are its writing operations.
var writes = map[string]func(context.Context, *connect.Gateway) error{
	"CreateFlow": func(ctx context.Context, g *connect.Gateway) error {
		_, err := g.CreateFlow(ctx, inst, instance.NewFlow{Name: "Guide", Type: instance.TypeInbound, Content: "{}"})
		return err
	},
	"UpdateFlowContent": func(ctx context.Context, g *connect.Gateway) error {
		_, err := g.UpdateFlowContent(ctx, inst, flowA, "{}")
		return err
	},
	"SaveFlowDraft": func(ctx context.Context, g *connect.Gateway) error {
		_, err := g.SaveFlowDraft(ctx, inst, flowA, "{}")
		return err
	},
	"SetFlowState": func(ctx context.Context, g *connect.Gateway) error {
		_, err := g.SetFlowState(ctx, inst, flowA, instance.StateArchived)
		return err
	},
	"UpdateFlowMetadata": func(ctx context.Context, g *connect.Gateway) error {
		_, err := g.UpdateFlowMetadata(ctx, inst, flowA, connect.FlowMetadata{Name: "Former"})
		return err
	},
}

func counted[T any](list []T, err error) (int, error) { return len(list), err }

func TestTheTableHasEveryOperation(t *testing.T) {
	t.Parallel()
	g := reflect.TypeFor[*connect.Gateway]()
	others := []string{"Sources", "Ahead", "Caller"} // which call nobody, and STS: see caller_test.go
	for i := range g.NumMethod() {
		name := g.Method(i).Name
		if reads[name] == nil && writes[name] == nil && !slices.Contains(others, name) {
			t.Errorf("%s is neither among the reads nor among the writes", name)
		}
	}
}

func TestAReadWithoutABodyIsNotTakenForNone(t *testing.T) {
	t.Parallel()
	for name, call := range reads {
		for kind, body := range map[string]string{"nothing": "", "white space": " \r\n\t"} {
			t.Run(name+": "+kind, func(t *testing.T) {
				t.Parallel()
				g, w := dial(t, answer(200, "", body))
				n, err := call(t.Context(), g)
				wantFault(t, err, fault.Unavailable, "aws.empty")
				if calls := slices.DeleteFunc(w.asked, func(r string) bool { return strings.Contains(r, "/sts") }); n != 0 || len(calls) != 1 {
					t.Errorf("found %d with %q", n, calls)
				}
			})
		}
	}
}

// The service may leave out an empty list: a body without it is none, save where nobody and nothing permitted cannot be.
func TestAListThatIsLeftOutIsAnEmptyOne(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Instances", "SearchFlows", "ListFlows", "Associations", "Numbers", "ListModules", "ListViews"} {
		for _, body := range []string{`{}`, "\n {\"NextToken\": null}"} {
			g, _ := dial(t, answer(200, "", body))
			if n, err := reads[name](t.Context(), g); n != 0 || err != nil {
				t.Errorf("%s of %q: %d, %v", name, body, n, err)
			}
		}
	}
}

func TestAPageWithoutABodyDoesNotEndAList(t *testing.T) {
	t.Parallel()
	for name, member := range map[string]string{"Instances": "InstanceSummaryList", "SearchFlows": "ContactFlows", "ListFlows": "ContactFlowSummaryList",
		"Associations": "FlowAssociationSummaryList", "Numbers": "ListPhoneNumbersSummaryList", "ListModules": "ContactFlowModulesSummaryList",
		"ListViews": "ViewsSummaryList", "SecurityProfiles": "SecurityProfileSummaryList", "SearchUsers": "Users"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := dial(t, func(w http.ResponseWriter, r *http.Request) {
				asked, _ := io.ReadAll(r.Body)
				if r.URL.Query().Get("nextToken") == "" && !strings.Contains(string(asked), "NextToken") {
					io.WriteString(w, `{"`+member+`":[{"Id":"x"}],"NextToken":"t"}`)
				}
			})
			_, err := reads[name](t.Context(), g)
			wantFault(t, err, fault.Unavailable, "aws.empty")
		})
	}
}

func TestAWriteWithoutABodyStaysWhatItIs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"CreateFlow": "aws.answer-lost", "UpdateFlowContent": "", "UpdateFlowMetadata": ""} {
		for _, body := range []string{"", " \n"} {
			g, w := dial(t, answer(200, "", body))
			err := writes[name](t.Context(), g)
			switch {
			case want != "":
				wantFault(t, err, fault.Unavailable, want)
			case err != nil:
				t.Errorf("%s: %v", name, err)
			}
			if w.calls() != 1 {
				t.Errorf("%s: %d requests", name, w.calls())
			}
		}
	}
}

func TestABodyThatBreaksOffBeforeItsFirstByteIsNotEmpty(t *testing.T) {
	t.Parallel()
	g, _ := dial(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(200)
	})
	if n, err := reads["Associations"](t.Context(), g); n != 0 || err == nil || fault.From(err).Message.ID == "aws.empty" {
		t.Errorf("%d, %v", n, err)
	}
}

func TestTheSimulatorsEmptyAnswerIsAFault(t *testing.T) {
	t.Parallel()
	g, sim, in := simulatedSpoiled(t, func(*http.Request) bool { return true })
	sim.Faults([]connectsim.FaultRule{{Op: "ListFlowAssociations", Do: connectsim.DoEmpty}})
	_, err := g.Associations(t.Context(), in)
	wantFault(t, err, fault.Unavailable, "aws.empty")
}
