package view

import (
	"cmp"
	"maps"
	"slices"
)

// reader walks a template once: nodes, inputs, fields and actions in reading order.
type reader struct {
	view    *View
	inputs  map[string]int // name -> index in view.Inputs
	fields  map[string]bool
	actions []string
}

// place is where a prop stands.
type place struct {
	kind, id, section, label string
	options                  []Option
}

func (r *reader) children(content any, section string) []Node {
	var nodes []Node
	for _, item := range list(content) {
		if o, ok := item.(object); ok {
			nodes = append(nodes, r.node(o, section))
		}
	}
	return nodes
}

func (r *reader) node(o object, section string) Node {
	props, _ := o["Props"].(object)
	n := Node{
		ID: scalar(o["_id"]), Type: scalar(o["Type"]),
		Props: scalars(props), Options: options(props["Options"]), Default: first(props["DefaultValue"]),
	}
	n.Required = n.Props["Required"] == "true"
	if n.Type == "Section" {
		section = n.ID
	}
	at := place{kind: n.Type, id: n.ID, section: section, label: literal(n.Props["Label"]), options: n.Options}
	for _, item := range list(o["Content"]) {
		if text, ok := item.(string); ok {
			n.Text = append(n.Text, text)
			r.input(at, "Content", text)
		}
	}
	n.Bar, n.Buttons = bar(n.Type, props), buttons(n, props)
	n.Field = r.field(n)
	r.props(at, "", props, &n)
	n.Children = append(n.Children, r.children(o["Content"], section)...)
	return n
}

// props visits every string within props: a component in a prop (a container's footer) becomes a child.
func (r *reader) props(at place, path string, value any, n *Node) {
	switch value := value.(type) {
	case string:
		r.input(at, path, value)
		r.action(path, value)
	case []any:
		for _, item := range value {
			r.props(at, path+"[]", item, n)
		}
	case object:
		if isNode(value) {
			n.Children = append(n.Children, r.node(value, at.section))
			return
		}
		if label := literal(scalar(value["Label"])); label != "" {
			at.label = label
		}
		for _, key := range keys(value) {
			sub := key
			if path != "" {
				sub = path + "." + key
			}
			r.props(at, sub, value[key], n)
		}
	}
}

// isNode tells a component from a plain object such as an option.
func isNode(o object) bool {
	_, typed := o["Type"].(string)
	_, props := o["Props"].(object)
	_, content := o["Content"]
	return typed && (props || content)
}

// keys orders an object's members as an agent meets them: what names it, its value, the rest, its link.
func keys(o object) []string {
	rank := map[string]int{"Heading": 1, "Label": 2, "Value": 3, "Url": 5}
	of := func(k string) int { return cmp.Or(rank[k], 4) }
	return slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		return cmp.Or(cmp.Compare(of(a), of(b)), cmp.Compare(a, b))
	})
}

func scalars(props object) map[string]string {
	out := map[string]string{}
	for k, v := range props {
		if s := scalar(v); s != "" {
			out[k] = s
		}
	}
	return out
}

// first is the text of a scalar, or of a list's first item.
func first(v any) string {
	if items := list(v); len(items) > 0 {
		return scalar(items[0])
	}
	return ""
}

// literal is s unless it is a placeholder.
func literal(s string) string {
	if _, ok := Placeholder(s); ok {
		return ""
	}
	return s
}

func options(v any) []Option {
	var out []Option
	for _, item := range list(v) {
		if o, ok := item.(object); ok {
			out = append(out, Option{Label: scalar(o["Label"]), Value: scalar(o["Value"])})
		}
	}
	return out
}

func bar(kind string, props object) []Attribute {
	if kind != "AttributeBar" {
		return nil
	}
	var out []Attribute
	for _, item := range list(props["Attributes"]) {
		if o, ok := item.(object); ok {
			out = append(out, Attribute{Label: scalar(o["Label"]), Value: scalar(o["Value"]), URL: scalar(o["Url"])})
		}
	}
	return out
}

// buttons are a component's own; a Button's label is its text.
func buttons(n Node, props object) []Button {
	switch n.Type {
	case "Button", "SubmitButton":
		label := n.Props["Label"]
		if label == "" && len(n.Text) > 0 {
			label = n.Text[0]
		}
		return []Button{{Label: label, Action: n.Props["Action"], Variant: n.Props["Variant"]}}
	case "ButtonGroup":
		var out []Button
		for _, item := range list(props["Items"]) {
			if o, ok := item.(object); ok {
				out = append(out, Button{Label: scalar(o["Label"]), Action: scalar(o["Action"]), Variant: scalar(o["Variant"])})
			}
		}
		return out
	}
	return nil
}
