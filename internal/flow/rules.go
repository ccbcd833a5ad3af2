package flow

// What authors who probed the real CreateContactFlow report (flow-validation facts, 2026-06..10), and
// the action tables of the flow language. What they contradict each other on is left out.

// required names the error branches without which a type is refused.
var required = map[string][]string{
	"AuthenticateParticipant":                    {"NoMatchingError", "TimeLimitExceeded"},
	"CheckHoursOfOperation":                      {"NoMatchingError"},
	"CheckMetricData":                            {"NoMatchingCondition", "NoMatchingError"},
	"CheckOutboundCallStatus":                    {"NoMatchingError"},
	"Compare":                                    {"NoMatchingCondition"},
	"ConnectParticipantWithLexBot":               {"NoMatchingError", "NoMatchingCondition"},
	"CreatePersistentContactAssociation":         {"NoMatchingError"},
	"CreateWisdomSession":                        {"NoMatchingError"},
	"DequeueContactAndTransferToQueue":           {"QueueAtCapacity", "NoMatchingError"},
	"DistributeByPercentage":                     {"NoMatchingCondition"},
	"EvaluateDataTableValues":                    {"NoMatchingError"},
	"GetCustomerProfile":                         {"MultipleFoundError", "NoneFoundError", "NoMatchingError"},
	"GetCustomerProfileObject":                   {"NoMatchingError", "NoneFoundError"},
	"InvokeLambdaFunction":                       {"NoMatchingError"},
	"LoadContactContent":                         {"NoMatchingError"},
	"ShowView":                                   {"NoMatchingCondition", "NoMatchingError", "TimeLimitExceeded"},
	"TagContact":                                 {"NoMatchingError"},
	"TransferContactToQueue":                     {"QueueAtCapacity", "NoMatchingError"},
	"UpdateContactAttributes":                    {"NoMatchingError"},
	"UpdateContactCallbackNumber":                {"InvalidCallbackNumber", "CallbackNumberNotDialable"},
	"UpdateContactData":                          {"NoMatchingError"},
	"UpdateContactRecordingAndAnalyticsBehavior": {"NoMatchingError", "ChannelMismatch"},
	"UpdateContactRoutingCriteria":               {"NoMatchingError"},
	"UpdateContactTargetQueue":                   {"NoMatchingError"},
	"UpdateFlowAttributes":                       {"NoMatchingError"},
}

// forbidden names error branches that a type is refused with.
var forbidden = map[string][]string{
	"CheckHoursOfOperation":        {"NoMatchingCondition"},
	"Compare":                      {"NoMatchingError"},
	"ConnectParticipantWithLexBot": {"AgentError"},
	"InvokeLambdaFunction":         {"TimeLimitExceeded"},
	"UpdateContactCallbackNumber":  {"NoMatchingError", "InvalidNumber", "NotDialable"},
}

// terminal types end the flow: a NextAction is refused on them.
var terminal = set("DisconnectParticipant", "EndFlowExecution", "EndFlowModuleExecution", "TransferContactToAgent")

// goingOn are the known types that must say what follows. MessageParticipantIteratively need not, and of
// a type that is not known nothing is demanded.
var goingOn = set(
	"AssociateContactToCustomerProfile", "AuthenticateParticipant", "CheckHoursOfOperation", "CheckMetricData",
	"CheckOutboundCallStatus", "CheckVoiceId", "Compare", "CompleteOutboundCall", "ConnectParticipantWithLexBot",
	"CreateCallbackContact", "CreateCase", "CreateCustomerProfile", "CreatePersistentContactAssociation", "CreateTask",
	"CreateWisdomSession", "DequeueContactAndTransferToQueue", "DistributeByPercentage", "EvaluateDataTableValues",
	"GetCalculatedAttributesForCustomerProfile", "GetCase", "GetCustomerProfile", "GetCustomerProfileObject",
	"GetMetricData", "GetParticipantInput", "InvokeFlowModule", "InvokeLambdaFunction", "LoadContactContent", "Loop",
	"MessageParticipant", "ResumeContact", "ShowView", "StartOutboundChatContact", "StartVoiceIdStream", "TagContact",
	"TransferContactToQueue", "TransferParticipantToThirdParty", "TransferToFlow", "UntagContact", "UpdateCase",
	"UpdateContactAttributes", "UpdateContactCallbackNumber", "UpdateContactData", "UpdateContactEventHooks",
	"UpdateContactMediaProcessing", "UpdateContactMediaStreamingBehavior",
	"UpdateContactRecordingAndAnalyticsBehavior", "UpdateContactRecordingBehavior", "UpdateContactRoutingBehavior",
	"UpdateContactRoutingCriteria", "UpdateContactTargetQueue", "UpdateContactTextToSpeechVoice",
	"UpdateCustomerProfile", "UpdateFlowAttributes", "UpdateFlowLoggingBehavior",
	"UpdatePreviousContactParticipantState", "Wait",
)

// noConditions are types that are refused with conditions.
var noConditions = set("MessageParticipant", "InvokeLambdaFunction")

// notTypes are names that the service refuses: probed, or seen only in hand-made repositories.
var notTypes = set(
	"SetLoggingBehavior", "UnTagContact", "UpdateRoutingCriteria", "TransferToAgent", "TransferToPhoneNumber",
	"TransferToThirdParty", "CheckQueueStatus", "CheckStaffing", "Distribute", "StartMediaStreaming",
	"StopMediaStreaming", "ReturnFromFlowModule", "InvokeAPI", "GetParticipantWithLexV2Bot",
	"UpdateContactRoutingData", "UpdateContactTextToSpeechManner", "SetRecordingAndAnalyticsBehavior",
	"TransferToQueue", "TransferParticipantToQueue", "CheckAttribute", "SetVoice",
)

// Flow types as the service spells them; a module has none, and is MODULE here.
var (
	whispers = []string{"CUSTOMER_WHISPER", "AGENT_WHISPER", "OUTBOUND_WHISPER"}
	holds    = []string{"CUSTOMER_HOLD", "AGENT_HOLD"}
)

const moduleType = "MODULE"

// onlyIn names the flow types a type is allowed in.
var onlyIn = map[string][]string{
	"CompleteOutboundCall":             {"OUTBOUND_WHISPER"},
	"DequeueContactAndTransferToQueue": {"CUSTOMER_QUEUE", moduleType},
	"EndFlowExecution":                 append([]string{"CUSTOMER_QUEUE"}, whispers...),
	"EndFlowModuleExecution":           {moduleType},
}

// notIn names the flow types a type is refused in.
var notIn = map[string][]string{
	"DisconnectParticipant": append(append([]string{}, whispers...), holds...),
}

// operators of conditions: KeyExists is not documented and accepted.
var operators = set("Equals", "TextStartsWith", "TextEndsWith", "TextContains", "NumberGreaterThan",
	"NumberGreaterOrEqualTo", "NumberLessThan", "NumberLessOrEqualTo", "KeyExists")

// badNames are identifiers that the service keeps for itself.
var badNames = set("__proto__", "constructor", "__defineGetter__", "__defineSetter__", "toString", "hasOwnProperty",
	"isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "valueOf")

// badCharacters may not stand in an identifier, which has at most maxIdentifier characters.
const (
	badCharacters = `%:(\/)=$,;[]{}`
	maxIdentifier = 50
	languageName  = "2019-10-30"
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
