// Package history holds the list of changes, and the stop of all publishing.
package history

import (
	"github.com/a-h/templ"

	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ListProps of the history.
type ListProps struct {
	Page   layout.PageProps
	Errors ui.SummaryProps
	Halted *HaltedProps // publishing is stopped
	Halt   *HaltProps   // nil: the person may not stop it, or it is stopped
	Table  ui.TableProps
}

// HaltProps of the form that stops all publishing.
type HaltProps struct {
	Action string
	Open   bool
	Reason ui.TextAreaProps
	Button ui.ButtonProps
	Text   string // what stopping does and does not
}

// HaltedProps says who stopped all publishing. Action is empty for who may not let it go on.
type HaltedProps struct {
	Alert  ui.AlertProps
	Action string
	Since  string // names the halt to be ended
	Button ui.ButtonProps
}

// FilterProps of the bar above the changes. Each date is a calendar day, "2026-11-22".
type FilterProps struct {
	Action  string
	Selects []ui.SelectProps
	Flow    Field
	Dates   []Field
	Clear   string // address without filters; empty when none is set
	Matches string
}

// Field is one line of the filter. Error says why what was asked for filters nothing.
type Field struct{ ID, Name, Label, Value, Error string }

// wrong are the attributes of a control whose error is shown.
func wrong(id, problem string) templ.Attributes {
	if problem == "" {
		return nil
	}
	return templ.Attributes{"aria-describedby": id + "-error", "aria-invalid": "true"}
}
