package connectsim

import (
	"regexp"
	"slices"
	"strings"
)

var reference = regexp.MustCompile(`^\$\.([a-zA-Z0-9_]+)$`)

// requiredProps are the props, as component and path, that a component cannot be without: an input that fills one is
// required. Others, such as a header's text or a default value, may stay empty.
var requiredProps = []string{"AttributeBar Attributes Value", "AttributeBar Attributes Label", "AttributeSection Items",
	"Table Items", "Card Id", "TextArea Label", "FormInput Label", "Dropdown Label", "RadioGroup Label"}

// schemaOf derives a view's InputSchema from its template, as the service does: an input is a reference that is the
// whole value of a prop or of one item of Content.
func schemaOf(template map[string]any) string {
	w := &schemaWalk{properties: map[string]any{}, required: []string{}}
	for _, n := range list(template["Body"]) {
		w.node(n)
	}
	slices.Sort(w.required)
	return string(encodeJSON(map[string]any{
		"type": "object", "properties": w.properties, "required": slices.Compact(w.required),
		"$defs": map[string]any{"ViewCondition": map[string]any{"$id": "/view/condition", "type": "object"}}}))
}

type schemaWalk struct {
	properties map[string]any
	required   []string
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func (w *schemaWalk) node(v any) {
	n, ok := v.(map[string]any)
	if !ok {
		return
	}
	kind, _ := n["Type"].(string)
	w.prop(n["Props"], kind)
	for _, c := range list(n["Content"]) {
		if _, ok := c.(string); ok {
			w.prop(c, kind+" Content")
			continue
		}
		w.node(c)
	}
}

// prop walks a component's props; at names the component and the members on the way.
func (w *schemaWalk) prop(v any, at string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			w.prop(x, at+" "+k)
		}
	case []any:
		for _, x := range v {
			w.prop(x, at)
		}
	case string:
		if m := reference.FindStringSubmatch(v); m != nil {
			w.properties[m[1]] = inputSchema(at)
			if slices.Contains(requiredProps, at) {
				w.required = append(w.required, m[1])
			}
		}
	}
}

// inputSchema is the schema of the prop an input fills, or a reference to an integration of the template's head.
func inputSchema(at string) any {
	item := []any{map[string]any{"type": "string", "pattern": `^$|^(?!\$\.).+`}, map[string]any{"type": "number"}}
	integration := map[string]any{"anyOf": []any{map[string]any{"type": "string",
		"pattern": `^\$\.{1}#[a-zA-Z0-9_]+(\[[0-9]*\])*(\.[a-zA-Z0-9_]+(\[[0-9]*\])*)*$`}}}
	if strings.HasSuffix(at, " Items") || strings.HasSuffix(at, " Options") || strings.HasSuffix(at, " Cards") {
		return map[string]any{"anyOf": []any{map[string]any{"type": "array", "items": map[string]any{}}, integration}}
	}
	return map[string]any{"anyOf": append(item, integration)}
}
