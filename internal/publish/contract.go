package publish

import (
	"wrapup/internal/audit"
	"wrapup/internal/flow"
)

// Wiring is the planned wiring of one flow's bytes (product.md section 3): used by plans and by the command line.
type Wiring struct {
	After          []byte
	Edits          []flow.Edit
	Exits          []audit.Exit // reached only with the guide after the edit; named in the review
	Before, Report audit.Report // before and after
	Unchanged      bool         // nothing to do: the same bytes
	Replaced       []string
}

// WireOptions of Wire.
type WireOptions struct {
	Guide, Name string // the event's value and the guide's name, if known
	Replace     bool   // retarget another constant
	Audit       audit.Options
}

// Wire plans adding the guide to a flow and proves both the edit and its effect. A refusal is a *fault.Error of kind
// Invalid ("wire.refused.<reason>", with Block).
func Wire(before []byte, o WireOptions) (Wiring, error) { panic("contract") }

// Unwire takes wrapup's block out again; all also clears the event in every other block.
func Unwire(before []byte, all bool, o WireOptions) (Wiring, error) { panic("contract") }
