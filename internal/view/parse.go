package view

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"wrapup/internal/fault"
)

type object = map[string]any

// Parse reads a template (JSON text), the view's actions, and its InputSchema ("" where unknown). Actions that are nil
// are taken from the tree. A template that is no JSON object with a Body is fault.Invalid "view.unreadable".
func Parse(template, inputSchema string, actions []string) (*View, error) {
	root, err := decode(template)
	if err != nil {
		return nil, fault.New(fault.Invalid, "view.unreadable").Because(err)
	}
	top, _ := root.(object)
	if _, ok := top["Body"]; !ok {
		return nil, fault.New(fault.Invalid, "view.unreadable").Because(errors.New("no Body"))
	}
	r := reader{view: &View{}, inputs: map[string]int{}, fields: map[string]bool{}}
	if head, ok := top["Head"].(object); ok {
		r.view.Title = scalar(head["Title"])
	}
	r.view.Nodes = r.children(top["Body"], "")
	r.view.Actions = slices.Clone(actions)
	if actions == nil {
		r.view.Actions = r.actions
	}
	r.view.applySchema(inputSchema)
	return r.view, nil
}

// decode reads one JSON value and nothing after it; numbers keep their text.
func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text after the template")
	}
	return v, nil
}

// scalar is the text of a string, number or boolean; "" for anything else.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// list gives a list's items; one item that stands without its list counts as a list of one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// Placeholder says whether s as a whole is a reference to an input, and to which. The service counts "$.Name" only
// when it is the entire value: within longer text it is shown literally. "$.#Name" refers to an integration
// that the Head declares, and a longer path is none of the forms that became an input when views were published.
func Placeholder(s string) (name string, ok bool) {
	name, ok = strings.CutPrefix(s, "$.")
	if !ok || name == "" || strings.ContainsAny(name, ".#$[](){}'\"\\ \t\r\n") {
		return "", false
	}
	return name, true
}
