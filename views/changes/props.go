// Package changes holds the pages of a change: choosing what it does, reviewing it, its result, and settling one
// that was cut off.
package changes

import (
	"strconv"

	"wrapup/views/layout"
	"wrapup/views/ui"
)

// NewProps of the page that chooses a guide and flows.
type NewProps struct {
	Page    layout.PageProps
	Notices []ui.AlertProps
	Errors  ui.SummaryProps
	Action  string
	Guides  ui.RadioProps
	Do      string         // "remove" takes the guide out, so that none is chosen
	Other   ui.ButtonProps // leads to the other thing that can be done
	Flows   ui.TableProps
	More    *ui.ButtonProps // leads back to the list, with what is ticked
	Not     *ui.TableProps  // chosen, but no part of a change
	Replace ui.CheckboxProps
	NoGuide *ui.EmptyProps // no guide exists yet: the next step
	Barred  string         // why nothing can be reviewed: the role, or no flow that could be chosen
	// Continues is the change that is continued; empty: none.
	Continues string
	Hidden    []ui.Pair // flows that were included in spite of what stood in their way
}

// ReviewProps of a planned change.
type ReviewProps struct {
	Page      layout.PageProps
	Facts     ui.KeyValueProps
	Fell      *ui.AlertProps // the approval does not hold any more
	Proposed  *ProposedProps // nil: nobody proposed it
	Word      WordProps
	Moved     *MovedProps // nil: it is not known to be out of date
	Writes    int         // how many steps there are; of many not all have a box
	FoldLeft  bool        // those left out are many, and stand folded after the writes
	LeftCount string      // "(33)"
	Blocked   *ui.AlertProps
	Checks    []ui.StatusProps
	LeftOut   *ui.TableProps
	Overview  *ui.TableProps // one line for each of many steps; nil where there are few
	Steps     []Step
	Agents    string // "Each handled contact also starts a guide contact."
	Action    string
	Hash      string
	Confirm   []ui.CheckboxProps
	Mode      *ui.RadioProps // nil: there is only one way to go
	Reason    ui.TextAreaProps
	Submit    ui.ButtonProps
	Discard   *PostProps // nil: the person may not
	Errors    ui.SummaryProps
	Again     string // address that plans the same again
	Anyway    *Anyway
}

// MovedProps of a plan of which some flow is not as it was reviewed: nobody is asked for a word.
type MovedProps struct {
	Alert   ui.AlertProps
	By      []Since           // what wrapup itself published since
	Todo    string            // after both
	Typed   *ui.TextAreaProps // the reason that was typed into a form which is not there any more; nil: none
	Rebuild *PostProps        // plans it anew; nil for who may not
}

// Since is what a later change of wrapup did.
type Since struct {
	Text   string
	Change ui.Link
}

// Anyway asks for flows that were left out because of a draft, or because those that lead there set the guide.
type Anyway struct {
	Action      string
	Hidden      []ui.Pair
	Open        bool // nothing else is to be done here
	Drafts, Led []ui.CheckboxProps
	Over        []ui.CheckboxProps // of a way back: in spite of what was published since
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
	Conflict *StepConflict // what it met is kept, to compare
	Settle   *Settle
	Page     string // of the step in full; where it is set the step is folded, and without its lines
}

// StepProps of the page of one step.
type StepProps struct {
	Page  layout.PageProps
	Links []ui.LinkButtonProps // back to the change, and to the steps beside it
	Step  Step
}

// Settle is the decision on a step that was cut off.
type Settle struct {
	Action string
	Step   string
	Seen   string // hash of what the person looks at
	Text   string
	Diff   ui.DiffProps
	Failed *ui.AlertProps // AWS could not be read
	Wait   *ui.AlertProps // nothing is decided yet, because the write may still be under way
	Button ui.ButtonProps
}

// PostProps of a button that changes something. Text beside it says what is kept.
type PostProps struct {
	Action string
	Hidden []ui.Pair
	Button ui.ButtonProps
	Text   string
}

// ResultProps of a change that was approved. One of Active and Outcome is there.
type ResultProps struct {
	Page     layout.PageProps
	Errors   ui.SummaryProps
	Active   *ActiveProps
	Outcome  *ui.AlertProps
	Rest     *PostProps     // plans anew what was not written
	Taken    *ui.AlertProps // a later change took on what was not written
	Back     *ui.AlertProps // another change puts this one back, or did
	Paused   *PausedProps
	Facts    ui.KeyValueProps
	Overview *ui.TableProps
	Steps    []Step
	LeftOut  *ui.TableProps
	Links    []ui.LinkButtonProps
}

// ActiveProps of the strip that tells of a change that waits or is being published. Stream is the address of its events, Over the one after
// which no more come; both are empty where none come.
type ActiveProps struct {
	Stream, Over string
	Now          NowProps
}

// NowProps is what the strip says now.
type NowProps struct {
	Title       string
	Said        string // announced when it changes
	Step        string // beside the bar
	Done, Total int    // Total 0: there is no bar
	Waits       []string
	For         *ui.Link // the change that this one waits for
	Trouble     []ui.StatusProps
	Leave       string
	Reload      ui.LinkButtonProps
	Stop        *PostProps
	Steps       ui.StepsProps
	Replace     string // address of the page that takes this one's place; empty while the state is the one that it shows
}

func (p NowProps) done() string  { return strconv.Itoa(p.Done) }
func (p NowProps) total() string { return strconv.Itoa(p.Total) }

// PausedProps is how a change that was stopped goes on, or ends.
type PausedProps struct {
	Action, Hash, Runs string
	Mode               *ui.RadioProps
	Reason             ui.TextAreaProps
	Submit             ui.ButtonProps
	Word               WordProps
	GiveUp             PostProps
}
