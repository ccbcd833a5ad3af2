// Package guides holds the pages of an instance's guides: the list, the form, the agent's preview.
package guides

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ListProps of the Guides tab.
type ListProps struct {
	Page     layout.PageProps
	Warnings []ui.AlertProps
	Table    ui.TableProps
}

// FormProps of one guide's form.
type FormProps struct {
	Page    layout.PageProps
	Notices []ui.AlertProps // read-only, view not readable, draft of an older version, what could not be read
	Chips   []ui.BadgeProps // Published, Draft
	Saved   string          // "Draft saved by Ana, 22 Nov 2026, 07:47 UTC"
	Errors  ui.SummaryProps

	Action   string // where the form posts
	Rev      string // the draft's revision that the form was made from
	Base     string // hash of the live content that the form was made from
	ReadOnly bool   // the person may not edit
	NeedRole string // why

	Name        *ui.TextInputProps // of a new guide
	Theirs      *ui.TableProps     // what somebody else saved meanwhile
	Groups      []Group
	TimeLimit   ui.TextInputProps
	Silent      *ui.CheckboxProps
	Checks      []Check
	Recorded    ui.TableProps
	FixedText   string // what AWS fixes
	Reset       bool   // a draft exists and can be discarded
	DiscardText string // what is kept
	Preview     string // address
	Archive     *ArchiveProps
	NoReview    bool                // it is archived: nothing can be published to it
	Activate    *ui.LinkButtonProps // leads to making an archived guide active again
}

// ArchiveProps of the button that plans archiving the guide.
type ArchiveProps struct {
	Action string
	Button ui.ButtonProps
	Text   string // what is kept
}

// Group is one part of the form, as the agent sees it.
type Group struct {
	ID, Title, Description string
	Fields                 []Field
}

// Field is one input: exactly one control is set. Path takes a contact attribute instead of a fixed answer.
type Field struct {
	Text   *ui.TextInputProps
	Area   *ui.TextAreaProps
	Select *ui.SelectProps
	Path   *ui.TextInputProps
	Open   bool // the attribute field is in use
}

// Check is one finding with its one-click mend.
type Check struct {
	Status ui.StatusProps
	Text   string
	Field  string // id of the field it is about; empty for the whole
	Mend   string // the value of the mend button; empty: none
	Label  string // the mend button's words
}

// PreviewProps of what agents see, and of the JSON.
type PreviewProps struct {
	Page     layout.PageProps
	Notices  []ui.AlertProps
	Agent    []Part
	Title    string // of the view
	Blocks   ui.TableProps
	Diff     ui.DiffProps
	Code     ui.CodeProps
	Size     string
	Download string // address of the file for the console's import
	Form     string // back to the form
	Review   string
}

// Part is one component of the agent's screen.
type Part struct {
	Kind     PartKind
	Title    Value // header, label of a field
	Text     Value // description, the field's value
	Helper   string
	Level    int
	Cells    []Cell
	Options  []string
	Buttons  []ui.ButtonProps
	Children []Part
}

// PartKind is the closed set of components that the preview draws.
type PartKind string

// The kinds.
const (
	Bar      PartKind = "bar"
	Heading  PartKind = "heading"
	Section  PartKind = "group"
	Dropdown PartKind = "dropdown"
	Text     PartKind = "text"
	Buttons  PartKind = "buttons"
	Unknown  PartKind = "unknown"
)

// Value is a text as the agent sees it; Path marks a contact attribute whose value is known only during the contact.
type Value struct {
	Text string
	Path bool
}

// Cell is one cell of the attribute bar.
type Cell struct {
	Label string
	Value Value
	Link  bool
}
