package publish_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wrapup/internal/acw"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

func TestTheReviewSaysWhichAttributesAFlowDoesNotSet(t *testing.T) {
	t.Parallel()
	sets := func(attributes, target string) string {
		return strings.Replace(inbound, `{"Identifier":"hello","Type":"MessageParticipant","Parameters":{"Text":"Hello"}`,
			`{"Identifier":"hello","Type":"UpdateContactAttributes","Parameters":{"Attributes":`+attributes+target+`}`, 1)
	}
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"a flow that sets none", inbound, []string{"CustomerName", "CustomerPhoneNumber"}},
		{"a flow that sets one", sets(`{"CustomerName":"$.Customer.FirstName"}`, ""), []string{"CustomerPhoneNumber"}},
		{"a flow that sets both", sets(`{"CustomerName":"x","CustomerPhoneNumber":"y"}`, `,"TargetContact":"Current"`), nil},
		{"a flow that sets them elsewhere", sets(`{"CustomerName":"x","CustomerPhoneNumber":"y"}`, `,"TargetContact":"Related"`), []string{"CustomerName", "CustomerPhoneNumber"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.aws.put(inboundID, "Sales", c.content)
			model := acw.New("aws", "us-east-1", nil)
			change := w.plan(t, publish.Request{Guide: publish.GuideChoice{Name: "After call", Model: &model}, Add: []instance.FlowID{inboundID}})
			if diff := cmp.Diff(c.want, change.Steps[1].Unset, cmp.Transformer("nil", func(s []string) string { return strings.Join(s, ",") })); diff != "" {
				t.Errorf("unset (-want +got):\n%s", diff)
			}
		})
	}
}
