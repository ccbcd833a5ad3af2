package flow

// What authors who probed the real CreateContactFlow report (flow-validation facts, 2026-06..10), and
// the action tables of the flow language (section 2.3). What they contradict each other on is left out.

// kind is what is known of a type. The zero kind is that of a type that is not known: all is accepted.
type kind struct {
	next       next
	need       []string // error branches without which it is refused
	may        []string // those it can have besides; nil: any
	conditions *choice  // nil: any
	flows      flowTypes
}

// next says whether a NextAction is demanded, refused, or neither.
type next int

const (
	free next = iota
	goesOn
	ends
)

// choice is what the conditions of a type may be: none at all where operators is nil.
type choice struct {
	operators []string
	operands  []string // nil: any
	all       bool     // each of the operands must be there
}

// flowTypes are the types of flow that a type of action may stand in; none of them: it may stand in all.
type flowTypes uint16

const (
	inbound flowTypes = 1 << iota
	queue
	toAgent
	toQueue
	customerWhisper
	agentWhisper
	outbound
	customerHold
	agentHold
	campaign
	module

	transfer = toAgent | toQueue
	whisper  = customerWhisper | agentWhisper | outbound
	hold     = customerHold | agentHold
	// untold are those that the tables, where they name types of flow, do not speak of.
	untold = campaign | module
)

const moduleType = "MODULE"

// flowTypeOf reads the service's enum; a module has no type, and is MODULE here.
var flowTypeOf = map[string]flowTypes{
	"CONTACT_FLOW": inbound, "CUSTOMER_QUEUE": queue, "AGENT_TRANSFER": toAgent, "QUEUE_TRANSFER": toQueue,
	"CUSTOMER_WHISPER": customerWhisper, "AGENT_WHISPER": agentWhisper, "OUTBOUND_WHISPER": outbound,
	"CUSTOMER_HOLD": customerHold, "AGENT_HOLD": agentHold, "CAMPAIGN": campaign, moduleType: module,
}

const (
	nme       = "NoMatchingError"
	nmc       = "NoMatchingCondition"
	timeLimit = "TimeLimitExceeded"
	inputTime = "InputTimeLimitExceeded"
	capacity  = "QueueAtCapacity"
	noneFound = "NoneFoundError"
	channel   = "ChannelMismatch"
	unlinked  = "ContactNotLinked"
)

type names = []string

var (
	noMore       = names{} // no error branch besides
	noConditions = &choice{}
	// equals any one operand: an intent, the name of a branch, an action of a view.
	equals = &choice{operators: names{"Equals"}}

	hours     = &choice{operators: names{"Equals"}, operands: names{"True", "False"}, all: true}
	looping   = &choice{operators: names{"Equals"}, operands: names{"ContinueLooping", "DoneLooping"}}
	waiting   = &choice{operators: names{"Equals"}, operands: names{"WaitCompleted", "CustomerReturned", "BotParticipantDisconnected", "Continue"}}
	answering = &choice{operators: names{"Equals"}, operands: names{"CallAnswered", "VoicemailBeep", "VoicemailNoBeep", "NotDetected"}}
	messaging = &choice{operators: names{"Equals"}, operands: names{"MessagesInterrupted"}}
	keys      = &choice{operators: names{"Equals"}, operands: names{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"}}
	shares    = &choice{operators: names{"NumberLessThan"}}
	staffing  = &choice{operators: names{"NumberGreaterThan"}, operands: names{"0"}}
	metrics   = &choice{operators: names{"Equals", "NumberGreaterThan", "NumberGreaterOrEqualTo", "NumberLessThan", "NumberLessOrEqualTo"}}
)

// kinds are the known types: what follows, error branches needed and possible besides, conditions, types of flow.
var kinds = map[string]kind{
	"CompleteOutboundCall":             {goesOn, nil, noMore, noConditions, outbound},
	"CreateCase":                       {goesOn, nil, names{unlinked, nme}, noConditions, 0},
	"CreateTask":                       {goesOn, nil, names{nme}, noConditions, 0},
	"CreateWisdomSession":              {goesOn, names{nme}, noMore, noConditions, 0},
	"DequeueContactAndTransferToQueue": {goesOn, names{capacity, nme}, noMore, noConditions, queue | module},
	"EndFlowModuleExecution":           {ends, nil, noMore, noConditions, module},
	"GetCase":                          {goesOn, nil, names{"MultipleFound", "NoneFound", unlinked, nme}, noConditions, 0},
	"InvokeFlowModule":                 {goesOn, nil, names{nme, nmc}, equals, inbound | untold},
	"ResumeContact":                    {goesOn, nil, names{nme}, noConditions, 0},
	"StartOutboundChatContact":         {goesOn, nil, names{nme}, noConditions, 0},
	"TagContact":                       {goesOn, names{nme}, noMore, noConditions, 0},
	"TransferContactToAgent":           {ends, nil, noMore, noConditions, transfer | untold},
	"TransferContactToQueue":           {goesOn, names{capacity, nme}, noMore, noConditions, inbound | transfer | untold},
	"UntagContact":                     {goesOn, nil, names{nme}, noConditions, 0},
	"UpdateCase":                       {goesOn, nil, names{unlinked, nme}, noConditions, 0},
	"UpdateContactAttributes":          {goesOn, names{nme}, noMore, noConditions, 0},
	"UpdateContactCallbackNumber": {goesOn, names{"InvalidCallbackNumber", "CallbackNumberNotDialable"}, noMore, noConditions,
		inbound | transfer | queue | untold},
	"UpdateContactData":                   {goesOn, names{nme}, noMore, noConditions, 0},
	"UpdateContactEventHooks":             {goesOn, nil, names{nme}, noConditions, 0},
	"UpdateContactMediaProcessing":        {goesOn, nil, names{nme, channel}, noConditions, 0},
	"UpdateContactMediaStreamingBehavior": {goesOn, nil, names{nme}, noConditions, inbound | queue | transfer | whisper | untold},
	"UpdateContactRecordingAndAnalyticsBehavior": {goesOn, names{nme, channel}, names{"InFlightRedactionConfigurationFailed"},
		noConditions, 0},
	"UpdateContactRecordingBehavior":        {goesOn, nil, names{nme}, noConditions, inbound | transfer | outbound | queue | untold},
	"UpdateContactRoutingBehavior":          {goesOn, nil, noMore, noConditions, inbound | untold},
	"UpdateContactTargetQueue":              {goesOn, names{nme}, noMore, noConditions, inbound | transfer | untold},
	"UpdateContactTextToSpeechVoice":        {goesOn, nil, names{nme}, noConditions, 0},
	"UpdatePreviousContactParticipantState": {goesOn, nil, names{nme}, noConditions, inbound | transfer | untold},

	"CheckHoursOfOperation":        {goesOn, names{nme}, noMore, hours, inbound | transfer | queue | untold},
	"CheckMetricData":              {goesOn, names{nmc, nme}, noMore, metrics, inbound | transfer | queue | untold},
	"CheckOutboundCallStatus":      {goesOn, names{nme}, noMore, answering, 0},
	"CheckVoiceId":                 {goesOn, nil, names{nme}, nil, 0},
	"Compare":                      {goesOn, names{nmc}, noMore, nil, 0},
	"DistributeByPercentage":       {goesOn, names{nmc}, noMore, shares, inbound | transfer | queue | untold},
	"EndFlowExecution":             {ends, nil, noMore, noConditions, whisper | queue},
	"GetMetricData":                {goesOn, nil, names{nme}, noConditions, 0},
	"Loop":                         {goesOn, nil, names{nme}, looping, 0},
	"StartVoiceIdStream":           {goesOn, nil, names{nme}, noConditions, 0},
	"TransferToFlow":               {goesOn, nil, names{nme}, noConditions, inbound | transfer | untold},
	"UpdateContactRoutingCriteria": {goesOn, names{nme}, noMore, noConditions, inbound | queue | transfer | untold},
	"UpdateFlowAttributes":         {goesOn, names{nme}, noMore, noConditions, 0},
	"UpdateFlowLoggingBehavior":    {goesOn, nil, names{nme}, noConditions, 0},
	"Wait":                         {goesOn, nil, names{nme, "ParticipantNotFound"}, waiting, 0},

	"AssociateContactToCustomerProfile":         {goesOn, nil, names{nme}, noConditions, 0},
	"CreateCallbackContact":                     {goesOn, nil, names{nme}, noConditions, inbound | transfer | queue | untold},
	"CreateCustomerProfile":                     {goesOn, nil, names{nme}, noConditions, 0},
	"GetCalculatedAttributesForCustomerProfile": {goesOn, nil, names{noneFound, nme}, noConditions, 0},
	"GetCustomerProfile":                        {goesOn, names{"MultipleFoundError", noneFound, nme}, noMore, noConditions, 0},
	"GetCustomerProfileObject":                  {goesOn, names{nme, noneFound}, noMore, noConditions, 0},
	"InvokeLambdaFunction":                      {goesOn, names{nme}, noMore, noConditions, 0},
	"UpdateCustomerProfile":                     {goesOn, nil, names{nme}, noConditions, 0},

	"ConnectParticipantWithLexBot":  {goesOn, names{nme, nmc}, names{inputTime}, equals, inbound | transfer | queue | untold},
	"DisconnectParticipant":         {ends, nil, noMore, noConditions, inbound | transfer | queue | untold},
	"GetParticipantInput":           {goesOn, names{inputTime, nmc, nme}, noMore, keys, inbound | transfer | queue | untold},
	"MessageParticipant":            {goesOn, nil, names{nme}, noConditions, inbound | transfer | queue | whisper | untold},
	"MessageParticipantIteratively": {free, nil, names{nme}, messaging, queue | hold | untold},
	"ShowView":                      {goesOn, names{nmc, nme, timeLimit}, noMore, equals, inbound | queue | untold},

	// Outside the lists of the developer guide: what is said of them is not all that they can have.
	"AuthenticateParticipant":            {goesOn, names{nme, timeLimit}, nil, nil, 0},
	"CheckSegmentMembership":             {goesOn, nil, nil, nil, 0},
	"CreatePersistentContactAssociation": {goesOn, names{nme}, nil, nil, 0},
	"EvaluateDataTableValues":            {goesOn, names{nme}, nil, nil, 0},
	"LoadContactContent":                 {goesOn, names{nme}, nil, nil, 0},
	"TransferParticipantToThirdParty":    {goesOn, nil, nil, nil, 0},
}

// storedInput is GetParticipantInput with StoreInput: no menu, but a number that is kept.
var storedInput = kind{goesOn, names{nme}, names{"InvalidPhoneNumber"}, noConditions, kinds["GetParticipantInput"].flows}

// notTypes are names that the service refuses: probed, or seen only in hand-made repositories.
var notTypes = set(
	"SetLoggingBehavior", "UnTagContact", "UpdateRoutingCriteria", "TransferToAgent", "TransferToPhoneNumber",
	"TransferToThirdParty", "CheckQueueStatus", "CheckStaffing", "Distribute", "StartMediaStreaming",
	"StopMediaStreaming", "ReturnFromFlowModule", "InvokeAPI", "GetParticipantWithLexV2Bot",
	"UpdateContactRoutingData", "UpdateContactTextToSpeechManner", "SetRecordingAndAnalyticsBehavior",
	"TransferToQueue", "TransferParticipantToQueue", "CheckAttribute", "SetVoice",
)

// operators of conditions: KeyExists is not documented and accepted. compound ones hold conditions
// instead of an operand; the documentation allows them (so many, so deep), and reports of refusals are older.
var (
	operators = set("Equals", "TextStartsWith", "TextEndsWith", "TextContains", "NumberGreaterThan",
		"NumberGreaterOrEqualTo", "NumberLessThan", "NumberLessOrEqualTo", "KeyExists")
	compound = set("And", "Or")
)

const (
	maxCompound = 50
	maxDeep     = 5
)

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
