// Package rules holds the page of an instance's rules: who publishes to it, and when.
package rules

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ShowProps of the page. Form is nil for who may only look.
type ShowProps struct {
	Page   layout.PageProps
	Now    ui.StatusProps // whether steps may be written now
	Facts  ui.KeyValueProps
	Left   []ui.Link // flows on the do-not-touch list
	Form   *FormProps
	Errors ui.SummaryProps
}

// FormProps of the rules.
type FormProps struct {
	Action          string
	Rev             string
	Production, Two ui.CheckboxProps
	Zone            ui.TextInputProps
	Windows         []WindowProps
	Save            ui.ButtonProps
}

// WindowProps of one change window; an empty one is for another.
type WindowProps struct {
	ID, Title, Error string
	Days             []ui.CheckboxProps
	From, To         ui.TextInputProps
}
