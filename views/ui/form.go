package ui

import "github.com/a-h/templ"

// FieldProps are what every field shows around its control.
type FieldProps struct {
	ID          string // of the control; the texts' ids derive from it
	Label       string
	Description string // what it is for
	Constraint  string // what it must be, before any error
	Error       string
	Optional    bool
	Modified    bool // shows the chip Modified
	HasLive     bool // Live stands beside the control
	Live        string
}

// TextInputProps of one line of text.
type TextInputProps struct {
	FieldProps
	Name, Value  string
	Type         string // "text" (default), "password", "search", "number", "url"
	Autocomplete string
	Inputmode    string
	Placeholder  string // an example, never the label
	MaxLength    int
	Required     bool
	Disabled     bool
	ReadOnly     bool
	Autofocus    bool
	Spellcheck   bool
}

// TextAreaProps of several lines.
type TextAreaProps struct {
	FieldProps
	Name, Value string
	Rows        int // 0 is 3
	MaxLength   int
	Required    bool
	ReadOnly    bool
	Mono        bool
}

// Option of a Select or RadioGroup.
type Option struct {
	Value, Text string
	Description string // radio only
	Selected    bool
	Disabled    bool
	Reason      string // why it is disabled
}

// SelectProps of a drop-down list.
type SelectProps struct {
	FieldProps
	Name     string
	Options  []Option
	Form     string // id of the form when it stands outside it
	Required bool
	Disabled bool
}

// RadioProps of a group of radio buttons.
type RadioProps struct {
	FieldProps
	Name    string
	Options []Option
}

// CheckboxProps of one box; its label stands beside it.
type CheckboxProps struct {
	FieldProps
	Name, Value string // Value "" is "on"
	Form        string
	Checked     bool
	Disabled    bool
	Reason      string
}

// SummaryProps of the errors of a form, each a link to its field. Empty Errors show nothing.
type SummaryProps struct {
	Title  string
	Errors []Link
}

// FormActionsProps of the row of buttons that ends a form; the buttons are the children.
type FormActionsProps struct{ Note string }

// describedBy lists the ids of the texts that belong to a control.
func (f FieldProps) describedBy() string {
	var ids string
	add := func(present bool, suffix string) {
		if present {
			if ids != "" {
				ids += " "
			}
			ids += f.ID + suffix
		}
	}
	add(f.Description != "", "-description")
	add(f.Constraint != "", "-constraint")
	add(f.HasLive, "-live")
	add(f.Error != "", "-error")
	return ids
}

// described gives the attributes that tie a control to its texts.
func (f FieldProps) described() templ.Attributes {
	a := templ.Attributes{}
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func (p TextInputProps) kind() string {
	if p.Type == "" {
		return "text"
	}
	return p.Type
}

func (p TextAreaProps) rows() string {
	if p.Rows == 0 {
		return "3"
	}
	return itoa(p.Rows)
}

func (p CheckboxProps) value() string {
	if p.Value == "" {
		return "on"
	}
	return p.Value
}
