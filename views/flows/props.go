// Package flows is the page of an instance's inbound flows.
package flows

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ListProps of the page. Coverage is nil where the instance could not be read.
type ListProps struct {
	Page     layout.PageProps
	Coverage *CoverageProps
	Notices  []ui.AlertProps // how it was read, and what could not be
	Refresh  RefreshProps    // without Action: no button
	Table    ui.TableProps
	Download []ui.LinkButtonProps
	Add      *AddProps
}

// CoverageProps is the head line, with a link per group of flows that it counts.
type CoverageProps struct {
	Title     string
	Line      string
	Workspace string // what agents also need
	Rest      string // what is not counted
	Groups    []ui.Link
	Status    ui.StatusKind
}

// RefreshProps of the form that reads the instance anew.
type RefreshProps struct{ Action, Text string }

// AddProps of the form to which the rows' check boxes belong: it begins the publish journey.
type AddProps struct {
	FormID, Action string
	Button         ui.ButtonProps
}
