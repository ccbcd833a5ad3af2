// Package changes holds the pages of a change: choosing what it does, reviewing it, its result, and settling one
// that was cut off.
package changes

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// NewProps of the page that chooses a guide and flows.
type NewProps struct {
	Page     layout.PageProps
	Notices  []ui.AlertProps
	Errors   ui.SummaryProps
	Action   string
	Guides   ui.RadioProps
	Flows    ui.TableProps
	Replace  ui.CheckboxProps
	NoGuide  *ui.EmptyProps // no guide exists yet: the next step
	NeedRole string
}

// ReviewProps of a planned change.
type ReviewProps struct {
	Page      layout.PageProps
	Facts     ui.KeyValueProps
	Blocked   *ui.AlertProps
	Checks    []ui.StatusProps
	LeftOut   *ui.TableProps
	Steps     []Step
	Agents    string // "Each handled contact also starts a guide contact."
	Action    string
	Hash      string
	Confirm   []ui.CheckboxProps
	Reason    ui.TextAreaProps
	Submit    ui.ButtonProps
	Errors    ui.SummaryProps
	Again     string // address that plans the same again
	OverDraft *OverDraft
}

// OverDraft asks for flows that were left out because of a draft.
type OverDraft struct {
	Action string
	Hidden []ui.Pair
	Boxes  []ui.CheckboxProps
}

// Step is one write, as a sentence, by block, and as JSON.
type Step struct {
	ID       string
	Title    string
	Status   *ui.StatusProps
	Facts    ui.KeyValueProps
	Proofs   []ui.StatusProps
	Blocks   ui.TableProps
	Diff     ui.DiffProps
	Code     *ui.CodeProps // of a flow that is created: there is nothing to differ from
	Download string        // the reviewed JSON
	Former   string        // the former JSON; empty for a create
	Draft    string        // the unpublished draft that was replaced; empty where there was none
	Result   *ui.AlertProps
	Settle   *Settle
}

// Settle is the decision on a step that was cut off.
type Settle struct {
	Action string
	Step   string
	Seen   string // hash of what the person looks at
	Text   string
	Diff   ui.DiffProps
	Failed *ui.AlertProps // AWS could not be read
	Button ui.ButtonProps
}

// ResultProps of a change that runs, or ran.
type ResultProps struct {
	Page    layout.PageProps
	Running *ui.ProgressProps
	Reload  string // address to look again
	Outcome ui.AlertProps
	Facts   ui.KeyValueProps
	Steps   []Step
	LeftOut *ui.TableProps
	Links   []ui.LinkButtonProps
}
