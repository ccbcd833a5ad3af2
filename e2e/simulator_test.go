package e2e

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
)

// simulator is where Amazon Connect is, as another tool sees it: through the SDK, past wrapup.
type simulator struct {
	endpoint, region, instance string
}

func (s simulator) client() *connect.Client {
	return connect.New(connect.Options{
		Region: s.region, BaseEndpoint: &s.endpoint, Credentials: credentials.NewStaticCredentialsProvider("any", "any", ""),
	})
}

// flow finds an inbound flow by its name; nil where there is none.
func (s simulator) flow(t *testing.T, name string) *types.ContactFlow {
	t.Helper()
	for _, f := range s.list(t) {
		if aws.ToString(f.Name) == name {
			return s.describe(t, aws.ToString(f.Id))
		}
	}
	return nil
}

func (s simulator) list(t *testing.T) []types.ContactFlowSummary {
	t.Helper()
	var all []types.ContactFlowSummary
	pages := connect.NewListContactFlowsPaginator(s.client(), &connect.ListContactFlowsInput{
		InstanceId: &s.instance, ContactFlowTypes: []types.ContactFlowType{types.ContactFlowTypeContactFlow}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.ContactFlowSummaryList...)
	}
	return all
}

func (s simulator) describe(t *testing.T, id string) *types.ContactFlow {
	t.Helper()
	out, err := s.client().DescribeContactFlow(t.Context(), &connect.DescribeContactFlowInput{InstanceId: &s.instance, ContactFlowId: &id})
	if err != nil {
		t.Fatal(err)
	}
	return out.ContactFlow
}

// overwrite publishes the content of one flow as that of another, as a colleague does in the console.
func (s simulator) overwrite(t *testing.T, flow, by string) {
	t.Helper()
	_, err := s.client().UpdateContactFlowContent(t.Context(), &connect.UpdateContactFlowContentInput{
		InstanceId: &s.instance, ContactFlowId: s.flow(t, flow).Id, Content: s.flow(t, by).Content})
	if err != nil {
		t.Fatal(err)
	}
}

// document is what these tests look at in a flow.
type document struct {
	StartAction string
	Actions     []block
}

type block struct {
	Identifier, Type string
	Parameters       struct {
		EventHooks struct{ DisconnectAgentUI string }
		ViewData   map[string]any
	}
}

func documentOf(t *testing.T, f *types.ContactFlow) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(aws.ToString(f.Content)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// opens is the guide that the flow's own start sets; empty where the start sets none.
func (d document) opens() string {
	for _, b := range d.Actions {
		if b.Identifier == d.StartAction && b.Type == "UpdateContactEventHooks" {
			return b.Parameters.EventHooks.DisconnectAgentUI
		}
	}
	return ""
}

// viewData are the values that the flow shows to the agent.
func (d document) viewData() map[string]any {
	for _, b := range d.Actions {
		if b.Type == "ShowView" {
			return b.Parameters.ViewData
		}
	}
	return nil
}
