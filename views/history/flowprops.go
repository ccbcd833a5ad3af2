package history

import (
	"github.com/a-h/templ"

	"wrapup/views/layout"
	"wrapup/views/ui"
)

// FlowProps of the history of one flow.
type FlowProps struct {
	Page    layout.PageProps
	Compare *CompareForm // nil: there is nothing to compare
	Changes ui.TableProps
	Adopted *ui.TableProps
}

// CompareForm chooses two versions.
type CompareForm struct {
	Action   string
	From, To ui.SelectProps
}

// CompareProps of two versions of a flow beside each other.
type CompareProps struct {
	Page      layout.PageProps
	Form      CompareForm
	From, To  VersionProps
	Same      *ui.AlertProps // there is no difference, or only one that counts for nothing
	Blocks    *ui.TableProps
	NoBlocks  string // why there is no difference by block
	LineTitle string
	LineCount string
	Lines     *ui.DiffProps
}

// VersionProps of one version: a snapshot, or what is live.
type VersionProps struct {
	ID, Title string
	Problem   *ui.AlertProps // it can't be shown
	Facts     ui.KeyValueProps
	Download  *ui.LinkButtonProps
	Restore   *RestoreProps
}

// RestoreProps of the button that plans to put a version back.
type RestoreProps struct {
	Action, Hash string
	Button       ui.ButtonProps
	Text         string
}

// Lines are links under each other, for a cell.
func Lines(list []ui.Link) templ.Component { return lines(list) }

// OutsideProps of the flows that were changed outside wrapup.
type OutsideProps struct {
	Page  layout.PageProps
	Table ui.TableProps
}
