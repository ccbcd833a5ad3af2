// Package acw is the after-contact-work guide in the manager's words: its labels, pre-selected answers, what is
// recorded and for how long it waits. It compiles to a flow, is read back from any flow with a Show view
// block, and changes an existing guide in place.
package acw

import (
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/view"
)

// Guide is the model. Its JSON form is what drafts store.
type Guide struct {
	ViewARN   string            `json:"viewArn"`            // e.g. arn:aws:connect:eu-central-1:aws:view/after-contact-work:1
	ViewName  string            `json:"viewName,omitempty"` // the designer's label, "After Contact Work"
	Values    map[string]string `json:"values"`             // ViewData: fixed text or a JSONPath; absent = no value
	TimeLimit int               `json:"timeLimit"`          // seconds; 0 where it could not be read
	Silent    bool              `json:"silent,omitempty"`   // record ACW_Result when Cancel, time-out or an error ends the guide
}

// Lifted is a guide read from a flow.
type Lifted struct {
	Guide  Guide
	Block  string            // the Show view block's identifier
	Saves  []Save            // what gets recorded: result × attribute × contact
	Unread []fault.Message   // what could not be read as part of the model, instead of dropping it
	Nested map[string]string // ViewData members that are not strings, as raw JSON: shown, never edited
}

// Save is one attribute that a block writes.
type Save struct {
	Outcome   string // "Submit", "Cancel", "TimeLimitExceeded", "error": the Show view branch that reaches it
	Attribute string
	Value     string // as written, e.g. $.Views.ViewResultData.Category.0
	Contact   string // "Current" or "Related"
	Block     string
}

// Sample is the documentation's own guide for a partition and Region; its texts and ids are one data file.
func Sample(partition, region string) Guide { panic("contract") }

// New is a new guide as product.md section 4 says. v may be nil: then the known view.
func New(partition, region string, v *view.View) Guide { panic("contract") }

// KnownView is the after-contact-work view as wrapup knows it, for when the instance's own cannot be read.
func KnownView() *view.View { panic("contract") }

// Compile writes the guide as a flow document. Deterministic. With Sample("aws","eu-central-1") it equals the documentation's
// sample as a JSON value.
func Compile(g Guide) []byte { panic("contract") }

// CompileFor compiles with a flow name in the document's Metadata (the console's export form).
func CompileFor(g Guide, name, description string) []byte { panic("contract") }

// Lift reads a guide from a flow. ok is false where the flow has no reachable Show view block.
func Lift(d *flow.Document) (Lifted, bool) { panic("contract") }

// Edits are the edits that turn the flow d into one that lifts to g, in place: blocks that people added survive.
// No edits for no difference. The error is a *fault.Error (a required value cleared, an unknown member).
func Edits(d *flow.Document, g Guide, v *view.View) ([]flow.Edit, error) { panic("contract") }

// Severity of a check.
type Severity string

// The severities.
const (
	MustFix   Severity = "must-fix"
	ShouldFix Severity = "should-fix"
	Note      Severity = "note"
)

// Finding is one result of Check. Mend, where not nil, is the value a one-click mend writes ("" deletes the member).
type Finding struct {
	Severity Severity
	Key      string // the ViewData member, "TimeLimit", or "" for the whole
	Message  fault.Message
	Mend     *string
}

// Check holds a guide against the view and the limits. content is the compiled flow's bytes (for its length).
func Check(g Guide, v *view.View, content []byte) []Finding { panic("contract") }

// Form field limits, in characters.
const (
	MaxValue  = 32_767
	MinTime   = 1
	MaxTime   = 59_940
	ShortTime = 30
)
