package flow

// Limits of the service. Sources: CreateContactFlow (content), administrator guide (actions).
const (
	MaxActions = 250
	MaxContent = 256_000 // UTF-16 code units
)

// Event names a hook of UpdateContactEventHooks. EventACW is the one constant for the event that
// opens the after-contact-work guide; a setting may override it.
const (
	EventACW        = "DisconnectAgentUI"
	EventDefaultUI  = "DefaultAgentUI"
	EventDisconnect = "CustomerRemaining"
	AttributeACW    = "DisconnectFlowForAgentUI"
	InsertedBlock   = "Set after-contact work guide"
	TypeEventHooks  = "UpdateContactEventHooks"
	TypeAttributes  = "UpdateContactAttributes"
	TypeShowView    = "ShowView"
)

// Defect says why content cannot be read as a flow document.
type Defect string

// The defects. Each has a catalogue sentence "flow.defect.<value>".
const (
	NotJSON         Defect = "not-json"
	BadUTF8         Defect = "bad-utf8"
	ByteOrderMark   Defect = "byte-order-mark"
	DuplicateMember Defect = "duplicate-member"
	Legacy          Defect = "legacy"     // the console's former "modules" export
	NotFlow         Defect = "not-flow"   // JSON, but Actions or an action has the wrong shape
	NoActions       Defect = "no-actions" // Actions is missing or empty
)

// ParseError is what Parse returns for content that is no readable flow document.
type ParseError struct {
	Defect Defect
	Offset int    // byte offset of the defect; 0 where it has none
	Detail string // the member or the decoder's words
}

func (e *ParseError) Error() string { panic("contract") }

// Document is a parsed flow. It owns its bytes and never changes.
type Document struct{}

// Parse reads content. The error is always a *ParseError.
func Parse(content []byte) (*Document, error) { panic("contract") }

// Bytes gives the document back, byte for byte.
func (d *Document) Bytes() []byte { panic("contract") }

// Start is StartAction as written; empty when missing or not a string.
func (d *Document) Start() string { panic("contract") }

// StartBlock is the block StartAction names. It is false when StartAction is missing, empty or
// dangling: the flow "does not start", and wiring it is refused.
func (d *Document) StartBlock() (*Block, bool) { panic("contract") }

// Blocks are the actions in document order.
func (d *Document) Blocks() []*Block { panic("contract") }

// Find gives the only block with this identifier: false when there is none or more than one.
func (d *Document) Find(id string) (*Block, bool) { panic("contract") }

// Block is one action.
type Block struct {
	Index      int    // in Actions
	ID         string // Identifier; empty when missing
	Type       string
	Next       Target   // Transitions.NextAction
	Errors     []Branch // Transitions.Errors
	Conditions []Branch // Transitions.Conditions, nested And/Or conditions kept
}

// Target is where a branch leads, as written. Present is false where the member is absent.
type Target struct {
	ID      string
	Present bool
}

// Branch is one error or condition branch.
type Branch struct {
	ErrorType string    // of an error branch
	Condition Condition // of a condition branch
	Target    Target
}

// Condition is one condition; nested And/Or conditions have Operands empty and Nested filled.
type Condition struct {
	Operator string
	Operands []string
	Nested   []Condition
}

// Title is what people call the block: its identifier where that is a name (isFriendlyName or
// not a UUID), else empty; views put the type's own name beside it.
func (b *Block) Title() string { panic("contract") }

// Param reads a member of Parameters by path ("EventHooks", "DisconnectAgentUI").
func (b *Block) Param(path ...string) (Value, bool) { panic("contract") }

// Position is the designer's position of the block, from ActionMetadata.
func (b *Block) Position() (x, y float64, ok bool) { panic("contract") }

// Value is a JSON value inside the document, read lazily from its bytes.
type Value struct{}

// Raw is the value's own bytes. Text is the decoded string and true for a JSON string.
// Members lists an object's members in order; Elements an array's.
func (v Value) Raw() []byte          { panic("contract") }
func (v Value) Text() (string, bool) { panic("contract") }
func (v Value) Members() []Member    { panic("contract") }
func (v Value) Elements() []Value    { panic("contract") }

// Member is one member of an object.
type Member struct {
	Name  string
	Value Value
}

// EditKind is the closed set of edits (product.md section 3 and 4).
type EditKind string

// The edits.
const (
	// Insert puts one Set event flow block at the start, as product.md section 3 "Form" says. Block is filled
	// in by Apply's caller from Document.NewIdentifier.
	Insert EditKind = "insert"
	// Retarget writes Guide as the event's value in Block.
	Retarget EditKind = "retarget"
	// Remove takes out the block that Insert made: the former bytes.
	Remove EditKind = "remove"
	// ClearEvent removes the event's member from Block; a block left empty is taken out and what led to it
	// leads to its success target.
	ClearEvent EditKind = "clear-event"
	// SetViewData writes Parameters.ViewData.<Key> = Value (a JSON string) of the Show view block Block.
	SetViewData EditKind = "set-view-data"
	// DeleteViewData deletes that member.
	DeleteViewData EditKind = "delete-view-data"
	// SetTimeLimit writes Parameters.InvocationTimeLimitSeconds = Value of Block.
	SetTimeLimit EditKind = "set-time-limit"
)

// Edit is one stated edit. Its JSON form is stored in plans and journals.
type Edit struct {
	Kind  EditKind `json:"kind"`
	Block string   `json:"block"`
	Event string   `json:"event,omitempty"` // Insert, Retarget, Remove, ClearEvent
	Guide string   `json:"guide,omitempty"` // the event's value: flow id or ARN
	Name  string   `json:"name,omitempty"`  // the guide's name, if known
	Key   string   `json:"key,omitempty"`   // ViewData member
	Value string   `json:"value,omitempty"`
}

// RefusedError is why an edit cannot be made; nothing was changed.
type RefusedError struct {
	Reason string // catalogue id "flow.refused.<Reason>": no-start, too-many-actions, too-long, not-ours, no-such-block, …
	Block  string
	Detail string
}

func (e *RefusedError) Error() string { panic("contract") }

// NewIdentifier is the identifier Insert will use: "Set after-contact work guide", a number added if taken.
func (d *Document) NewIdentifier() string { panic("contract") }

// Edit makes the edits in order, all or nothing, and returns a new document.
func (d *Document) Edit(edits ...Edit) (*Document, error) { panic("contract") }

// ProofError says what Prove found besides the stated edits.
type ProofError struct {
	What   string // catalogue id "flow.proof.<What>"
	Offset int
	Detail string
}

func (e *ProofError) Error() string { panic("contract") }

// Prove shows, with another decoder than Edit's and from these arguments alone, that after is before with
// exactly the stated edits made: as JSON, as bytes outside the edits' own spans, within the limits,
// and with no validation problem that was not there before. nil is proof.
func Prove(before, after []byte, edits []Edit) error { panic("contract") }

// Problem is one finding of Validate, in the form the service's InvalidContactFlowException uses.
type Problem struct {
	Index   int    // of the action, -1 for the document
	Block   string // its identifier
	Message string // e.g. "Invalid Action property value. Path: Actions[5].Transitions.NextAction"
}

// Validate checks content as the service does when a flow is published. flowType is the service's enum
// (CONTACT_FLOW, …, or MODULE); "" checks only what holds for every type. Facts: flow-validation-facts.
func Validate(content []byte, flowType string) []Problem { panic("contract") }

// UTF16Len is the content's length as the service counts it.
func UTF16Len(content []byte) int { panic("contract") }

// Hash is our own content hash: lower-case hex SHA-256 of the bytes.
func Hash(content []byte) string { panic("contract") }
