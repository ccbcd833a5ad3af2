package flow

import (
	"github.com/a-h/templ"

	"wrapup/views/ui"
)

// OutsideProps of a flow that somebody changed since wrapup wrote it. ByBlock and Lines are nil where they can't be compared.
type OutsideProps struct {
	Title, Text string
	Problem     *ui.AlertProps
	Facts       ui.KeyValueProps
	ByBlock     *ui.TableProps
	LineTitle   string
	LineCount   string
	ByLine      *ui.DiffProps
	Adopt       AdoptProps
	PutBack     templ.Component
}

// AdoptProps of the form that accepts what the flow holds. Seen is the hash of what the page shows.
type AdoptProps struct {
	Action, Seen string
	Reason       ui.TextAreaProps
	Button       ui.ButtonProps
	Text         string
}
