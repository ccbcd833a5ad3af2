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

func TestAGuideOfAnotherKindIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	other := `{"Version":"2019-10-30","StartAction":"show","Actions":[{"Identifier":"show","Type":"ShowView","Parameters":{"ViewResource":{"Id":"arn:aws:connect:us-east-1:aws:view/cards:1"},"InvocationTimeLimitSeconds":"60","ViewData":{"Heading":"x"}},` +
		`"Transitions":{"NextAction":"end","Errors":[{"NextAction":"end","ErrorType":"NoMatchingCondition"},{"NextAction":"end","ErrorType":"NoMatchingError"},{"NextAction":"end","ErrorType":"TimeLimitExceeded"}]}},` +
		`{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
	for content, want := range map[string]bool{other: true, string(acw.Compile(acw.New("aws", "us-east-1", nil))): false} {
		w := newWorld(t)
		w.aws.put(wrapID, "Caller details", content)
		said := false
		for _, k := range w.plan(t, asIs(inboundID)).Checks {
			said = said || k.Message.ID == "publish.check.other-guide" && !k.OK && !k.Block
		}
		if said != want {
			t.Errorf("said %t, want %t", said, want)
		}
	}
}
