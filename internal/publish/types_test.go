package publish_test

import (
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// whisper greets and ends; set and clear stand for what a test puts before the end.
const whisper = `{"Version":"2019-10-30","StartAction":"say","Actions":[` +
	`{"Identifier":"say","Type":"MessageParticipant","Parameters":{"Text":"This is Example"},"Transitions":{"NextAction":"bye","Errors":[{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},` +
	`{"Identifier":"bye","Type":"EndFlowExecution","Parameters":{},"Transitions":{}}]}`

// hooked is the whisper with a block before its end that sets an event.
func hooked(parameters string) string {
	w := strings.Replace(whisper, `"NextAction":"bye","Errors":[{"NextAction":"bye"`, `"NextAction":"hook","Errors":[{"NextAction":"hook"`, 1)
	return strings.Replace(w, `{"Identifier":"bye"`, `{"Identifier":"hook","Type":"UpdateContactEventHooks","Parameters":`+parameters+
		`,"Transitions":{"NextAction":"bye","Errors":[{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},{"Identifier":"bye"`, 1)
}

const strangeID = "aaaaaaaa-0000-4000-8000-0000000000aa"

func TestFlowsOfOtherTypesAreWiredByChoice(t *testing.T) {
	t.Parallel()
	sets := func(id string) string { return hooked(`{"EventHooks":{"DisconnectAgentUI":"` + id + `"}}`) }
	for name, c := range map[string]struct {
		kind    instance.FlowType
		content string
		replace bool
		left    string // why it is left out; empty: it is published
	}{
		"a queue transfer":                        {instance.TypeQueueTransfer, inbound, false, ""},
		"an agent transfer":                       {instance.TypeAgentTransfer, inbound, false, ""},
		"an outbound whisper":                     {instance.TypeOutboundWhisper, whisper, false, ""},
		"a whisper that sets it already":          {instance.TypeOutboundWhisper, sets(string(wrapID)), false, "publish.left.already"},
		"a whisper with another guide":            {instance.TypeOutboundWhisper, sets(strangeID), false, "wire.refused.other-guide"},
		"a whisper whose guide is replaced":       {instance.TypeOutboundWhisper, sets(strangeID), true, ""},
		"a whisper that decides it in the call":   {instance.TypeOutboundWhisper, sets("$.Attributes.guide"), false, "wire.refused.dynamic"},
		"a whisper that switches it off":          {instance.TypeOutboundWhisper, hooked(`{"EventHooksConfiguration":{"DisconnectAgentUI":{"DisableExecution":"true"}}}`), false, "wire.refused.disabled"},
		"a whisper that never ends":               {instance.TypeOutboundWhisper, strings.ReplaceAll(whisper, `"NextAction":"bye"`, `"NextAction":"say"`), false, "publish.left.no-end"},
		"a whisper that sets the older attribute": {instance.TypeOutboundWhisper, older(), false, "wire.refused.not-shown-end"},
		"a customer queue flow":                   {instance.TypeCustomerQueue, inbound, false, "publish.left.not-inbound"},
		"an agent whisper":                        {instance.TypeAgentWhisper, whisper, false, "publish.left.not-inbound"},
		"a hold flow":                             {instance.TypeAgentHold, whisper, false, "publish.left.not-inbound"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.aws.put(strangeID, "Other", w.aws.live(wrapID))
			w.aws.put(inboundID, "Special", c.content)
			w.aws.flows[inboundID].meta.Type = c.kind
			r := asIs(inboundID)
			r.Replace = c.replace
			change := w.plan(t, r)
			if c.left != "" {
				leftOutAs(t, change, inboundID, c.left)
				return
			}
			done := w.apply(t, change)
			if done.State != publish.Published || done.Steps[0].Type != c.kind {
				t.Fatalf("%s: %+v", done.State, done.Steps)
			}
			if c.kind == instance.TypeOutboundWhisper {
				home := instance.Ref{Partition: "aws", Region: home.Region, Account: home.Account, Instance: home.ID}
				if err := publish.ProveEnds([]byte(w.aws.live(inboundID)), wrapID, audit.Options{Home: home}); err != nil {
					t.Error(err)
				}
			}
			if c.replace {
				return
			}
			back := w.apply(t, w.plan(t, publish.Request{Remove: []instance.FlowID{inboundID}}))
			if back.State != publish.Published || w.aws.live(inboundID) != c.content {
				t.Errorf("taken out: %s, %s", back.State, w.aws.live(inboundID))
			}
		})
	}
}

// older is the whisper with a block that writes another guide to the older attribute.
func older() string {
	return strings.Replace(hooked(`{"Attributes":{"DisconnectFlowForAgentUI":"`+strangeID+`"}}`), "UpdateContactEventHooks", flow.TypeAttributes, 1)
}

func TestTheProofOfAWhispersEndsRefusesAnyOther(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"nothing set":   whisper,
		"another guide": hooked(`{"EventHooks":{"DisconnectAgentUI":"` + strangeID + `"}}`),
		"no flow":       "{",
	} {
		if err := publish.ProveEnds([]byte(content), wrapID, audit.Options{}); fault.From(err) == nil {
			t.Errorf("%s is proved", name)
		}
	}
	if err := publish.ProveEnds([]byte(hooked(`{"EventHooks":{"DisconnectAgentUI":"`+string(wrapID)+`"}}`)), wrapID, audit.Options{}); err != nil {
		t.Error(err)
	}
}

func TestAGuideOfAnotherTypeIsNotChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	model := w.lifted(t, wrapID)
	w.aws.flows[wrapID].meta.Type = instance.TypeQueueTransfer
	c := w.plan(t, publish.Request{Guide: publish.GuideChoice{Flow: wrapID, Model: &model}})
	leftOutAs(t, c, wrapID, "publish.left.guide-not-inbound")
	if !c.Blocked() {
		t.Error("it can be published")
	}
}
