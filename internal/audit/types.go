package audit

import (
	"strings"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// class is what a block type means to the analysis.
type class uint8

const (
	plain     class = iota // known, neither a hand-off nor an exit
	handoff                // a point where an agent is reached
	transfer               // leaves to another flow; its edges are failure edges
	module                 // enters a module and comes back
	moduleEnd              // goes back to where the module was entered
	flowEnd                // ends the flow: of a whisper or queue flow, the contact goes on to the agent or waits on
	callback               // makes another contact that reaches an agent
	task                   // makes another contact, which runs a flow of its own
	showView               // what makes a guide
	hooks                  // writes event hooks
	attrs                  // writes contact attributes
	flowAttrs              // writes flow attributes
	strange                // a type that is not in the table
)

// known is every type of flow-language.md 2.3: the developer guide's lists, and the types that console exports hold besides
// ("Outside the devguide lists"). The hand-made names that the service refuses (TransferToQueue and others) are not known.
var known = map[string]class{
	// Points where an agent is reached.
	"TransferContactToQueue": handoff, "DequeueContactAndTransferToQueue": handoff,
	"TransferContactToAgent": handoff, "RouteContactToAgent": handoff,
	// Flow control.
	"TransferToFlow": transfer, "InvokeFlowModule": module, "EndFlowModuleExecution": moduleEnd, "EndFlowExecution": flowEnd,
	"CheckHoursOfOperation": plain, "CheckMetricData": plain, "CheckOutboundCallStatus": plain, "CheckVoiceId": plain,
	"StartVoiceIdStream": plain, "Compare": plain, "DistributeByPercentage": plain, "GetMetricData": plain, "Loop": plain,
	"UpdateFlowAttributes": flowAttrs, "UpdateFlowLoggingBehavior": plain, "UpdateRoutingCriteria": plain,
	"UpdateContactRoutingCriteria": plain, "Wait": plain, "CheckSegmentMembership": plain,
	// Contact actions.
	"CompleteOutboundCall": plain, "CreateCase": plain, "CreateTask": task, "CreateWisdomSession": plain, "GetCase": plain,
	"StartOutboundChatContact": plain, "TagContact": plain, "UntagContact": plain, "UnTagContact": plain, "UpdateCase": plain,
	flow.TypeAttributes: attrs, "UpdateContactCallbackNumber": plain, "UpdateContactData": plain, flow.TypeEventHooks: hooks,
	"UpdateContactMediaProcessing": plain, "UpdateContactMediaStreamingBehavior": plain,
	"UpdateContactRecordingAndAnalyticsBehavior": plain, "UpdateContactRecordingBehavior": plain, "ResumeContact": plain,
	"UpdateContactRoutingBehavior": plain, "UpdateContactTargetQueue": plain, "UpdateContactTextToSpeechVoice": plain,
	"UpdatePreviousContactParticipantState": plain, "LoadContactContent": plain,
	// Interactions.
	"CreateCallbackContact": callback, "InvokeLambdaFunction": plain, "AssociateContactToCustomerProfile": plain,
	"CreateCustomerProfile": plain, "UpdateCustomerProfile": plain, "GetCustomerProfile": plain,
	"GetCustomerProfileObject": plain, "GetCalculatedAttributesForCustomerProfile": plain,
	// Participant. A transfer to a third party leaves Amazon Connect, so no agent is reached.
	"ConnectParticipantWithLexBot": plain, "DisconnectParticipant": flowEnd, "GetParticipantInput": plain,
	"MessageParticipant": plain, "MessageParticipantIteratively": plain, flow.TypeShowView: showView,
	"TransferParticipantToThirdParty": plain, "AuthenticateParticipant": plain,
}

// queued are the hand-offs in front of which a contact may wait in a queue flow.
var queued = map[string]bool{"TransferContactToQueue": true, "DequeueContactAndTransferToQueue": true}

func classOf(blockType string) class {
	if c, ok := known[blockType]; ok {
		return c
	}
	return strange
}

// leavesByName are the words in an unknown type's name that make it an exit (product.md section 2).
var leavesByName = [...]string{"Transfer", "Route", "Queue", "Agent", "Flow", "Hook"}

// strangeExit says whether a block of an unknown type is an exit, and where its Parameters say it leads.
func strangeExit(b *flow.Block) (target string, exit bool) {
	if v, ok := b.Param(); ok {
		if target, exit = reference("", v, maxDepth); !exit {
			target = ""
		}
	}
	for _, word := range leavesByName {
		exit = exit || strings.Contains(b.Type, word)
	}
	return target, exit
}

// referring are members that hold a flow, module or queue whatever their value looks like (a template placeholder, a JSONPath).
var referring = [...]string{"FlowId", "FlowArn", "FlowModule", "ModuleId", "ModuleArn", "QueueId", "QueueArn"}

// maxDepth bounds the search for references; what lies deeper may be one.
const maxDepth = 32

// reference finds the first flow, module or queue reference in a value: by its member's name, or as an ARN.
func reference(name string, v flow.Value, depth int) (string, bool) {
	if s, ok := v.Text(); ok {
		return s, refers(name, s)
	}
	if depth == 0 {
		return "", true
	}
	for _, m := range v.Members() {
		if s, ok := reference(m.Name, m.Value, depth-1); ok {
			return s, true
		}
	}
	for _, e := range v.Elements() {
		if s, ok := reference(name, e, depth-1); ok {
			return s, true
		}
	}
	return "", false
}

func refers(name, text string) bool {
	for _, r := range referring {
		if strings.Contains(name, r) {
			return true
		}
	}
	if !strings.HasPrefix(text, "arn:") {
		return false
	}
	for _, kind := range [...]string{instance.KindFlow, instance.KindModule, instance.KindQueue} {
		if strings.Contains(text, "/"+kind+"/") { // an id in a placeholder is a reference too
			return true
		}
	}
	return false
}
