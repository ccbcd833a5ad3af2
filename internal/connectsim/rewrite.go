package connectsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wrapup/internal/ordered"
)

// rewritten is content as the service gives it back where it rewrites what it keeps. It was seen to return actions as they
// were sent and to add to Metadata; the rest is a choice: no white space between tokens, the members that every flow has
// in front, and in Metadata the designer's members and a place for each action without one. Values keep their characters,
// numbers too. Text that is no JSON object stays as it was sent, and so does what is rewritten already.
func rewritten(text string) string {
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(text)) != nil || compact.Bytes()[0] != '{' {
		return text
	}
	doc, _ := fieldsOf(compact.String())
	var actions []string
	for _, m := range doc {
		if m.name == "Actions" {
			actions = append(actions, identifiers(m.value)...)
		}
	}
	doc = doc.lacking("Metadata", "null")
	for i, m := range doc {
		if m.name == "Metadata" {
			doc[i].value = designed(m.value, actions)
		}
	}
	ordered.By(doc, func(a, b field) int { return a.rank() - b.rank() })
	return doc.String()
}

// designed is Metadata with what the designer keeps in it.
func designed(metadata string, actions []string) string {
	m, ok := fieldsOf(metadata)
	if !ok {
		return metadata
	}
	m = m.lacking("entryPointPosition", `{"x":40,"y":40}`).lacking("snapToGrid", "false").
		lacking("ActionMetadata", "{}").lacking("Annotations", "[]")
	for i, x := range m {
		if x.name == "ActionMetadata" {
			m[i].value = placed(x.value, actions)
		}
	}
	return m.String()
}

// placed gives each action a position in the designer, in rows of eight.
func placed(metadata string, actions []string) string {
	m, ok := fieldsOf(metadata)
	if !ok {
		return metadata
	}
	at := map[string]int{}
	for i, x := range m {
		at[x.name] = i
	}
	for i, id := range actions {
		if _, ok := at[id]; !ok {
			at[id] = len(m)
			m = append(m, newField(id, "{}"))
		}
		of := &m[at[id]]
		if a, ok := fieldsOf(of.value); ok {
			of.value = a.lacking("position", fmt.Sprintf(`{"x":%d,"y":%d}`, 240+280*(i%8), 40+220*(i/8))).String()
		}
	}
	return m.String()
}

// identifiers lists the identifiers of actions in their order.
func identifiers(actions string) []string {
	var list []json.RawMessage
	_ = json.Unmarshal([]byte(actions), &list) // what is no list has no actions
	var ids []string
	for _, a := range list {
		action, _ := fieldsOf(string(a))
		for _, m := range action {
			var id string
			if m.name == "Identifier" && json.Unmarshal([]byte(m.value), &id) == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// field is a member of a JSON object: its name, and name and value as they are written.
type field struct{ name, written, value string }

// rank puts the members that every flow has in front, Metadata before the actions.
func (f field) rank() int {
	const others = 4
	if i := slices.Index([]string{"Version", "StartAction", "Metadata", "Actions"}, f.name); i >= 0 {
		return i
	}
	return others
}

// fields are a JSON object in its order, twice given members too.
type fields []field

// fieldsOf reads an object of compact JSON, null as an empty one; false where it is neither.
func fieldsOf(value string) (fields, bool) {
	if value == "null" || value[0] != '{' {
		return nil, value == "null"
	}
	var out fields
	d := json.NewDecoder(strings.NewReader(value))
	_, _ = d.Token() // nothing fails: the value was read before
	for d.More() {
		from := d.InputOffset()
		t, _ := d.Token()
		name, _ := t.(string)
		written := strings.TrimPrefix(value[from:d.InputOffset()], ",")
		var v json.RawMessage
		_ = d.Decode(&v)
		out = append(out, field{name, written, string(v)})
	}
	return out, true
}

// lacking adds a member where there is none of the name.
func (o fields) lacking(name, value string) fields {
	if slices.ContainsFunc(o, func(f field) bool { return f.name == name }) {
		return o
	}
	return append(o, newField(name, value))
}

func newField(name, value string) field { return field{name, string(encodeJSON(name)), value} }

func (o fields) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f.written + ":" + f.value)
	}
	b.WriteByte('}')
	return b.String()
}
