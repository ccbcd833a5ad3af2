// Package people holds the administrators' page about accounts.
package people

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Props of the page.
type Props struct {
	Page   layout.PageProps
	Link   *LinkProps // just made, shown once
	Table  ui.TableProps
	Links  *ui.TableProps // that nobody has used yet; nil where there are none
	Invite InviteProps
}

// LinkProps of a one-time link to hand on.
type LinkProps struct {
	Alert ui.AlertProps
	Copy  ui.CopyProps
}

// InviteProps of the form that makes a link for a new account.
type InviteProps struct {
	Title, Text string
	Role        ui.SelectProps
	Submit      string
}

// RoleProps of the form that changes a role, within a row.
type RoleProps struct {
	Action string
	Select ui.SelectProps
	Submit string
}

// ActionsProps of the other forms of a row.
type ActionsProps struct{ Forms []ActionProps }

// ActionProps is one button that posts; Name and Value may be empty.
type ActionProps struct {
	Action string
	Button ui.ButtonProps
}
