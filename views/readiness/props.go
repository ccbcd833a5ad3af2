// Package readiness is the page that says whether agents can work with the guide.
package readiness

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ShowProps of the page.
type ShowProps struct {
	Page    layout.PageProps
	About   string // what is asked, and that the permissions for it are optional
	Notices []ui.AlertProps
	Refresh RefreshProps
	Guides  ui.TableProps
	Checks  []CheckProps
}

// RefreshProps of the form that asks anew.
type RefreshProps struct{ Action, Text string }

// CheckProps of one question about all agents.
type CheckProps struct {
	ID, Title   string
	Status      ui.StatusProps
	Texts       []string // what it means, and the remedy where something was found
	ListTitle   string   // over List
	List        []string // e.g. the security profiles to change
	Gaps        []ui.AlertProps
	Table       *ui.TableProps
	All         *ui.Link // where the table does not show all
	Alternative string   // another remedy
}
