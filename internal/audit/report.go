// Package audit tells which flows open the after-contact-work guide: a data-flow analysis over a flow's blocks, the
// setting at every point where an agent is reached, and one verdict out of a closed set. It is pure: a function of
// bytes and options.
//
// A flow or module is read once into a unit (unit.go). A program holds units against each other: a context is one unit's fixed point for one
// state that it is entered with (solve.go); what a root leads to, by transfers, modules and the flows that run after a hand-off (after.go), is found
// nearest first, and judged (judge.go).
package audit

import (
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Kind of a setting at a point where an agent is reached.
type Kind string

// The setting kinds (product.md section 2).
const (
	ByBlock      Kind = "block"
	ByAttribute  Kind = "attribute"
	Later        Kind = "later"
	Unset        Kind = "unset"
	Disabled     Kind = "disabled"
	DynamicValue Kind = "dynamic"
	UnknownRoute Kind = "unknown"
	BrokenValue  Kind = "broken"
	TwoGuides    Kind = "conflict"
)

// Set says whether a contact with a setting of this kind opens a guide.
func (k Kind) Set() bool { return k == ByBlock || k == ByAttribute || k == Later }

type (
	// Setting is what a contact carries at a hand-off on some route. Flow is the value as written; of a conflict,
	// the event's. A guide known not to be usable makes it broken, one that is not known makes it unknown.
	Setting struct {
		Kind Kind   `json:"kind"`
		Flow string `json:"flow,omitempty"`
	}
	// Handoff is a point where an agent is reached. Flow is set for one in another flow or module.
	Handoff struct {
		Flow     string    `json:"flow,omitempty"`
		Block    string    `json:"block"`
		Type     string    `json:"type"`
		Settings []Setting `json:"settings"`
	}
	// Exit is a block through which the contact leaves to something that was not followed.
	Exit struct {
		Flow     string    `json:"flow,omitempty"` // set for one in another flow or module
		Block    string    `json:"block"`
		Type     string    `json:"type"`
		Target   string    `json:"target"`
		Settings []Setting `json:"-"` // what a contact carries there
		// Why is why it was not followed; without an id nothing more is known than that.
		Why fault.Message `json:"-"`
	}
	// Gap is a hand-off or exit reached without a usable guide, with one shortest example route of block identifiers.
	// An exit's kind is what a contact carries there.
	Gap struct {
		Flow  string      `json:"flow,omitempty"` // set for one in another flow or module
		Block string      `json:"block"`
		Kind  Kind        `json:"kind"`
		Route []string    `json:"route"`
		Steps []RouteStep `json:"-"`
	}
	// RouteStep is one block of a route in people's terms: its title, type and the branch taken out of it. Branch is
	// empty for the plain way on and for the last block, else the error's type or the condition ("Equals 1"). Flow and FlowName are set in
	// another flow or module. Why is set for the block by which the setting came to be what the gap says; where nothing was ever set there is none.
	RouteStep struct {
		Flow, FlowName, Block, Title, Type, Branch string
		Why                                        bool
	}
	// Note is something a manager should know beside the verdict. Its catalogue id begins with NotePrefix.
	Note struct {
		fault.Message
		Flow  string // set for one in another flow or module
		Block string
	}
	// GuideUse is one guide that contacts of this flow open.
	GuideUse struct {
		Ref    string // as written
		ID     instance.FlowID
		Health Health
	}
)

// NotePrefix begins the catalogue id of every note; the rest is the note's id in JSON.
const NotePrefix = "audit.note."

// Health is what is known of a flow that is named as a guide.
type Health struct {
	State  HealthState
	Name   string
	ACW    bool          // an ACW guide; else another guide, by name
	Reason fault.Message // why it is not usable, or not known
}

// HealthState is the closed set of answers.
type HealthState string

// The health states. NotChecked is for files: a well-formed id counts as a healthy guide, with the note guide-not-checked.
const (
	Healthy    HealthState = "healthy"
	NotUsable  HealthState = "not-usable"
	NotKnown   HealthState = "unknown"
	NotChecked HealthState = ""
)

// Report is the result for one flow. Lists are never nil.
type Report struct {
	Verdict  Verdict
	Handoffs []Handoff
	Exits    []Exit
	Gaps     []Gap
	Notes    []Note
	Guides   []GuideUse
	Set, Of  int            // n of m points where an agent is reached
	Reason   *fault.Message // why it is unreadable
	IsGuide  *GuideInfo     // set when the flow has the shape of a guide
	Onward   []Onward       // the flows that contacts are transferred to, from here and from there on; each once
	Callback bool           // it makes callbacks, here or in what it leads to
	Task     bool           // it makes tasks
}

// Onward is a flow that contacts of another come to by a transfer. Set says whether all of them arrive with a usable guide.
type Onward struct {
	Flow instance.FlowID
	Set  bool
}

// GuideInfo is what the flow is as a guide (product.md section 1).
type GuideInfo struct {
	Flow    string // the module that the block lies in, if it does
	ViewARN string // as written in the first reachable Show view block
	Block   string
	ACW     bool // its view is after-contact-work, or the view's inputs are that view's
}
