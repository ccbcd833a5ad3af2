package view

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// input records a placeholder. A name used twice is one input, at its first place.
func (r *reader) input(at place, path, text string) {
	name, ok := Placeholder(text)
	if !ok {
		return
	}
	in := Input{Name: name, Use: use(at, path), Label: at.label, Node: at.id, Section: at.section, Required: required(at.kind, path)}
	if in.Use == UseAnswer {
		in.Options = at.options
	}
	if i, seen := r.inputs[name]; seen {
		r.view.Inputs[i].Required = r.view.Inputs[i].Required || in.Required
		return
	}
	r.inputs[name] = len(r.view.Inputs)
	r.view.Inputs = append(r.view.Inputs, in)
}

func use(at place, path string) Use {
	switch {
	case at.kind == "AttributeBar" && path == "Attributes[].Value":
		return UseBarValue
	case at.kind == "AttributeBar" && path == "Attributes[].Url":
		return UseBarURL
	case at.kind == "Header" && path == "Content", path == "Heading":
		return UseTitle
	case at.kind == "Header" && strings.EqualFold(path, "description"):
		return UseDescription
	case strings.TrimSuffix(path, "[]") == "DefaultValue" && chooses(at.kind):
		return UseAnswer
	case strings.TrimSuffix(path, "[]") == "DefaultValue" && fieldTypes[at.kind]:
		return UseText
	}
	return UseOther
}

// fieldTypes are the components an agent fills; each has a Name and a Label.
var fieldTypes = map[string]bool{
	"FormInput": true, "TextArea": true, "Dropdown": true, "RadioGroup": true,
	"CheckboxGroup": true, "DatePicker": true, "TimePicker": true, "Toggle": true,
}

func chooses(kind string) bool {
	return kind == "Dropdown" || kind == "RadioGroup" || kind == "CheckboxGroup"
}

// required says whether a component cannot do without this prop. It stands in for an InputSchema that is not known: the
// service's schema requires the references that fill required props, and only those.
func required(kind, path string) bool {
	switch kind {
	case "AttributeBar":
		return path == "Attributes" || path == "Attributes[].Label" || path == "Attributes[].Value"
	case "AttributeSection", "Table":
		return path == "Items"
	case "ButtonGroup":
		return path == "Items" || path == "Items[].Label" || path == "Items[].Action"
	}
	return fieldTypes[kind] && (path == "Label" || path == "Name")
}

// field records what an agent fills and gives its name; "" for a component that nobody fills.
func (r *reader) field(n Node) string {
	name := literal(n.Props["Name"])
	if name == "" || !fieldTypes[n.Type] {
		return ""
	}
	if !r.fields[name] {
		r.fields[name] = true
		r.view.Results = append(r.view.Results, Field{
			Name: name, Label: literal(n.Props["Label"]), Type: n.Type, Options: n.Options, List: n.Type == "Dropdown",
		})
	}
	return name
}

// action records an action that the tree offers.
func (r *reader) action(path, text string) {
	prop := path[strings.LastIndexByte(path, '.')+1:]
	if (prop == "Action" || prop == "TableAction") && literal(text) != "" && !slices.Contains(r.actions, text) {
		r.actions = append(r.actions, text)
	}
}

// applySchema takes what is required from the service's derived schema, and inputs that the tree does not show.
// A schema that cannot be read leaves what the props say.
func (v *View) applySchema(text string) {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	if json.Unmarshal([]byte(text), &schema) != nil || schema.Properties == nil {
		return
	}
	for i := range v.Inputs {
		v.Inputs[i].Required = slices.Contains(schema.Required, v.Inputs[i].Name)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if _, known := v.Input(name); !known {
			v.Inputs = append(v.Inputs, Input{Name: name, Use: UseOther, Required: slices.Contains(schema.Required, name)})
		}
	}
}
