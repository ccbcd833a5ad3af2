// Package instance holds the value types of what an Amazon Connect instance
// contains: ids, references, flows, modules, views and telephone numbers. It
// imports nothing of ours, so that every layer can speak of the same things.
package instance

import "time"

// ID is an instance's id, a UUID.
type ID string

// FlowID is the bare id of a flow, a UUID, without a qualifier.
type FlowID string

// Instance is one Connect instance as ListInstances and DescribeInstance give it.
type Instance struct {
	ID        ID
	ARN       string
	Alias     string // empty for instances that use an existing directory
	Region    string // the Region whose endpoint listed it
	Account   string // twelve digits, from the ARN
	Status    string // CREATION_IN_PROGRESS, ACTIVE or CREATION_FAILED
	Reason    string // the service's words on a failed creation
	AccessURL string
	Created   time.Time
	Inbound   bool // inbound calls enabled
	Outbound  bool // outbound calls enabled
}

// Title is what people call the instance: its alias, else its id.
func (i Instance) Title() string {
	if i.Alias != "" {
		return i.Alias
	}
	return string(i.ID)
}

// FlowType is the service's enum ContactFlowType.
type FlowType string

// The flow types. People read "inbound flow" for TypeInbound.
const (
	TypeInbound         FlowType = "CONTACT_FLOW"
	TypeCustomerQueue   FlowType = "CUSTOMER_QUEUE"
	TypeCustomerHold    FlowType = "CUSTOMER_HOLD"
	TypeCustomerWhisper FlowType = "CUSTOMER_WHISPER"
	TypeAgentHold       FlowType = "AGENT_HOLD"
	TypeAgentWhisper    FlowType = "AGENT_WHISPER"
	TypeOutboundWhisper FlowType = "OUTBOUND_WHISPER"
	TypeAgentTransfer   FlowType = "AGENT_TRANSFER"
	TypeQueueTransfer   FlowType = "QUEUE_TRANSFER"
	TypeCampaign        FlowType = "CAMPAIGN"
	// TypeModule is ours: a flow module has no ContactFlowType.
	TypeModule FlowType = "MODULE"
)

// States and statuses as the service spells them.
const (
	StateActive     = "ACTIVE"
	StateArchived   = "ARCHIVED"
	StatusPublished = "PUBLISHED"
	StatusSaved     = "SAVED"
)

// Flow is one copy (published or saved) of a flow. Summaries lack Content.
type Flow struct {
	ID          FlowID
	ARN         string
	Name        string
	Type        FlowType
	State       string
	Status      string
	Description string
	Content     string // the exact characters the service sent; empty in summaries
	Tags        map[string]string
	ServiceHash string // FlowContentSha256: an opaque token, never compared with ours
	Modified    time.Time
	Version     int64
}

// Module is a flow module. Summaries lack Content.
type Module struct {
	ID, ARN, Name, Description, State, Status, Content string
}

// View is a view with its content, or a summary without.
type View struct {
	ID, ARN, Name, Description string
	Type                       string // AWS_MANAGED or CUSTOMER_MANAGED
	Status                     string
	Version                    int
	Template                   string // JSON text; empty in summaries
	InputSchema                string // JSON text derived by the service; may be empty
	Actions                    []string
}

// Number is a claimed telephone number.
type Number struct {
	ID, ARN, Number, Country, Type, Description string
}

// Association is one row of ListFlowAssociations: a resource and the flow it leads to.
// Resource and Flow are ids or ARNs as the service sent them.
type Association struct {
	Resource, Flow, Type string
}
