package template

import (
	"slices"
	"strconv"
	"strings"
)

// Schema derives a view's InputSchema from its template: a JSON Schema whose properties are the inputs in the order of
// the document, each with the schema of what it fills or, in its place, a reference to an integration. It is "" for a
// template that CheckBasic refuses.
//
// An input is required where it fills a prop that its component cannot be without. An item of Content is no such, a
// choice. The service's order of the required ones is not known: they are sorted. An input that fills several places has
// the schemas of all.
func Schema(template string) string {
	root, problem := read(template)
	if problem != "" {
		return ""
	}
	w := newWalk()
	w.template(root)
	d := derivation{schemas: map[string][]any{}, seen: map[place]bool{}, known: map[*shape]encoded{}}
	for _, in := range w.inputs {
		d.add(in)
	}
	slices.Sort(d.required)
	return string(encode(fields{{"type", "object"}, {"properties", d.properties()}, {"required", slices.Compact(d.required)},
		{"$defs", fields{{"ViewCondition", viewCondition}}}}))
}

type derivation struct {
	names, required []string
	schemas         map[string][]any
	seen            map[place]bool
	known           map[*shape]encoded
}

// place is what makes one use of an input like another.
type place struct {
	text     string
	is       *shape
	required bool
}

func (d *derivation) add(in filled) {
	if d.schemas[in.name] == nil {
		d.names = append(d.names, in.name)
	}
	if in.required {
		d.required = append(d.required, in.name)
	}
	at := place{in.text, in.is, in.required}
	if d.seen[at] {
		return
	}
	d.seen[at] = true
	if d.known[in.is] == "" {
		d.known[in.is] = encode(in.is.schema())
	}
	d.schemas[in.name] = append(d.schemas[in.name], nested(in.path, d.known[in.is], in.required))
}

func (d *derivation) properties() fields {
	all := fields{}
	for _, n := range d.names {
		if s := d.schemas[n]; len(s) > 1 {
			all = append(all, member{n, fields{{"allOf", s}}})
		} else {
			all = append(all, member{n, s[0]})
		}
	}
	return all
}

// nested is the schema of an input of which a path is used: objects and lists around what the path leads to.
func nested(path []step, s any, required bool) any {
	for _, p := range slices.Backward(path) {
		switch {
		case p.index:
			s = fields{{"items", s}, {"type", "array"}}
		case required:
			s = fields{{"properties", fields{{p.name, s}}}, {"type", "object"}, {"required", []string{p.name}}}
		default:
			s = fields{{"properties", fields{{p.name, s}}}, {"type", "object"}}
		}
	}
	return s
}

// schema is what a value that comes with the flow has to be. Its texts are no references to inputs any more.
func (s *shape) schema() any {
	switch s.kind {
	case text:
		return anyOf(fields{{"type", "string"}, {"pattern", textPattern}}, fields{{"type", "number"}}, integration)
	case plain:
		return anyOf(fields{{"type", "string"}}, integration)
	case flag:
		return anyOf(fields{{"type", "boolean"}}, enum([]string{"true", "false"}), integration)
	case choice:
		return anyOf(enum(s.values), integration)
	case list:
		return anyOf(fields{{"type", "array"}, {"items", s.item.items()}}, integration)
	case group:
		return anyOf(s.object(), integration)
	case columns:
		return anyOf(fields{{"type", "string"}}, fields{{"type", "number"}}, fields{{"type", "array"}}, integration)
	case tokens:
		names := fields{{tokenName.String(), fields{{"type", "string"}}}}
		return anyOf(fields{{"type", "object"}, {"patternProperties", names}, {"additionalProperties", false}}, fields{{"type", "string"}}, integration)
	case condition:
		return anyOf(fields{{"type", "boolean"}}, enum([]string{"true", "false"}), fields{{"$ref", conditionID}}, integration)
	}
	return fields{}
}

// items is the schema of an item of a list: an object stands without the integration that may stand for the whole list.
func (s *shape) items() any {
	if s.kind == group && !s.either {
		return s.object()
	}
	return s.schema()
}

func (s *shape) object() fields {
	props, required := fields{}, []string{}
	for _, p := range s.props {
		props = append(props, member{p.name, p.is.schema()})
		if p.required && p.unless == "" {
			required = append(required, p.name)
		}
	}
	o := fields{{"type", "object"}, {"properties", props}, {"required", required}}
	if s.others == refused {
		o = append(o, member{"additionalProperties", false})
	}
	return o
}

func anyOf(schemas ...any) fields { return fields{{"anyOf", schemas}} }
func enum(values []string) fields { return fields{{"type", "string"}, {"enum", values}} }

var integration = anyOf(fields{{"type", "string"}, {"pattern", integrationPattern}})

const conditionID = "/view/condition"

// viewCondition stands in every derived schema, used or not.
var viewCondition = fields{{"$id", conditionID}, {"type", "object"},
	{"patternProperties", fields{
		{"^(MoreThan|LessThan|NotEquals|Equals|Includes)$", fields{{"type", "object"},
			{"properties", fields{
				{"ElementByKey", fields{{"type", "string"}}},
				{"ElementByValue", anyOf(fields{{"type", "number"}}, fields{{"type", "string"}}, fields{{"type", "boolean"}},
					fields{{"type", "array"}}, fields{{"type", "object"}})}}},
			{"additionalProperties", false}}},
		{"^(AndConditions|OrConditions)$", fields{{"type", "array"}, {"items", fields{{"$ref", conditionID}}}}}}},
	{"additionalProperties", false}}

// fields is a JSON object whose members keep their order.
type fields []member

type member struct {
	name  string
	value any
}

// encoded is JSON that is written out already.
type encoded string

func encode(v any) encoded {
	var b strings.Builder
	write(&b, v)
	return encoded(b.String())
}

// write knows the few types that a schema is made of. None of its texts has a character that JSON escapes but the
// back-slash: names of inputs are letters and digits, all else stands in this package.
func write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case encoded:
		b.WriteString(string(v))
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case string:
		b.WriteString(`"` + strings.ReplaceAll(v, `\`, `\\`) + `"`)
	case []string:
		writeAll(b, '[', v, ']', func(s string) { write(b, s) })
	case []any:
		writeAll(b, '[', v, ']', func(x any) { write(b, x) })
	case fields:
		writeAll(b, '{', v, '}', func(m member) {
			write(b, m.name)
			b.WriteByte(':')
			write(b, m.value)
		})
	}
}

func writeAll[T any](b *strings.Builder, from byte, all []T, to byte, one func(T)) {
	b.WriteByte(from)
	for i, x := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		one(x)
	}
	b.WriteByte(to)
}
