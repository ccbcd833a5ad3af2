// Package view reads an Amazon Connect view: its template's fields in the order the agent sees them, the inputs
// a flow fills, the options of its dropdowns, its actions and what its InputSchema requires.
package view

// View is a parsed view template.
type View struct {
	Title   string
	Nodes   []Node   // the tree, for the agent's preview
	Inputs  []Input  // in reading order
	Results []Field  // the fields an agent fills, in reading order
	Actions []string // Cancel, Submit, …
}

// Node is one component of the template. Text and prop values may be placeholders ("$.Name").
type Node struct {
	ID, Type string
	Text     []string          // Content items that are strings
	Props    map[string]string // scalar props as text
	Options  []Option          // Dropdown, RadioGroup, CheckboxGroup
	Bar      []Attribute       // AttributeBar
	Buttons  []Button          // ButtonGroup, Button, SubmitButton
	Field    string            // Name, for a component an agent fills
	Default  string            // DefaultValue (first of a list)
	Required bool
	Children []Node
}

type (
	// Option is one answer of a dropdown.
	Option struct{ Label, Value string }
	// Attribute is one cell of an attribute bar.
	Attribute struct{ Label, Value, URL string }
	// Button is one action an agent can take.
	Button struct{ Label, Action, Variant string }
)

// Use is what an input fills.
type Use string

// The uses of an input.
const (
	UseBarValue    Use = "bar-value"   // a value of the attribute bar
	UseBarURL      Use = "bar-url"     // a link of the attribute bar
	UseTitle       Use = "title"       // a header's text
	UseDescription Use = "description" // a header's description
	UseAnswer      Use = "answer"      // the pre-selected answer of a dropdown
	UseText        Use = "text"        // the pre-filled text of a text field
	UseOther       Use = "other"
)

// Input is a placeholder that is the whole value of a prop or content item.
type Input struct {
	Name     string
	Use      Use
	Label    string   // the label of the component it fills, e.g. "Category"
	Node     string   // the component's _id
	Section  string   // the _id of the nearest Section, "" above them
	Options  []Option // for UseAnswer
	Required bool     // by InputSchema; without a schema, by the prop it fills
}

// Field is something the agent fills: its result is $.Views.ViewResultData.<Name>.
type Field struct {
	Name, Label, Type string
	Options           []Option
	List              bool // a dropdown's result is a list: .<Name>.0
}

// Result is the JSONPath under which a flow reads the agent's answer.
func (f Field) Result() string {
	path := "$.Views.ViewResultData." + f.Name
	if f.List {
		path += ".0"
	}
	return path
}

// Input finds an input by name.
func (v *View) Input(name string) (Input, bool) {
	for _, in := range v.Inputs {
		if in.Name == name {
			return in, true
		}
	}
	return Input{}, false
}
