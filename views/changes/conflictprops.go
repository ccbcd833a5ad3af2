package changes

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ConflictProps of the page of a step whose flow was not as reviewed.
type ConflictProps struct {
	Page      layout.PageProps
	Errors    ui.SummaryProps
	Notes     []ui.AlertProps
	Rebuild   *PostProps        // nil: the change itself goes on with it
	OverDraft *ui.CheckboxProps // stands in Rebuild's form
	Skip      *PostProps        // nil: there is nothing else
	GiveUp    *PostProps        // of a change that is paused
	Back      ui.LinkButtonProps
	Blocks    *ui.TableProps // nil where a content is no flow
	Lines     []LinesProps
}

// LinesProps of a difference by line that opens.
type LinesProps struct {
	ID, Title string
	Diff      ui.DiffProps
}

// StepConflict leads from a step to its page.
type StepConflict struct {
	Link    ui.LinkButtonProps
	Rebuild *PostProps
}
