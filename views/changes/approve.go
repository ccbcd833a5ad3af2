package changes

import "wrapup/views/ui"

// WordProps are what the rules of an instance add to a form that publishes: when, and what is left out by who breaks the glass.
type WordProps struct {
	Hidden []ui.Pair      // what the person looks at
	Note   *ui.AlertProps // what the rules ask for
	When   *ui.RadioProps // nil: it is settled already
	At     ui.TextInputProps
	Glass  *GlassProps // nil: the rules ask for nothing that could be left out
}

// GlassProps of publishing against the rules.
type GlassProps struct {
	Title, Text string
	Open        bool
	Tick        ui.CheckboxProps
	Submit      *ui.ButtonProps // nil: the form's own button
}

// ProposedProps of a change that one publisher wants, and another one is to approve.
type ProposedProps struct {
	Note     ui.AlertProps
	Approve  bool // the person may be the second
	Withdraw *PostProps
	Refuse   *RefuseProps
}

// RefuseProps of refusing what another publisher proposed.
type RefuseProps struct {
	Title, Action string
	Open          bool
	Hidden        []ui.Pair
	Reason        ui.TextAreaProps
	Button        ui.ButtonProps
}
