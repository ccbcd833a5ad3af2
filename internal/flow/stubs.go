package flow

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
