// Package signin holds the pages that people see before they are signed in.
package signin

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Props of the sign-in page.
type Props struct {
	Page     layout.PageProps
	Notice   *ui.AlertProps // no account yet, or too many attempts
	Errors   ui.SummaryProps
	Name     ui.TextInputProps
	Password ui.TextInputProps
	Next     string // where to go afterwards
	Submit   string
}

// LinkProps of the page that a one-time link opens. Fields are empty for a link that needs none.
type LinkProps struct {
	Page   layout.PageProps
	Text   string
	Errors ui.SummaryProps
	Fields []ui.TextInputProps
	Action string // where the button posts
	Submit string
}
