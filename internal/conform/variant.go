package conform

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// variant is a value of a member: valid, or with one thing wrong about it, at the top or anywhere below.
type variant struct {
	at    string // "Content.Actions[0]"
	wrong string // the constraint it breaks; "" is none
	value any    // absent: the member is left out
}

type absence struct{}

var absent absence

// maker makes variants. good gives a valid value of a shape; nil where none is known, as of page tokens.
type maker struct {
	m    *Model
	good func(shape string) any
	left func(what, why string) // is told of constraints that cannot be broken
}

// member gives the variants of one member of a request. Where it travels in the path or in the query (text), values have
// no JSON type, and what is empty is not there.
func (k *maker) member(name string, d Member, s *Shape, required bool) []variant {
	var out []variant
	if required && d.Location != "uri" {
		out = append(out, variant{name, "required", absent})
	}
	if required && d.Location == "" {
		out = append(out, variant{name, "required: null", nil})
	}
	for _, v := range k.shape(s, name, d.Location != "", nil) {
		empty := v.value == "" || d.Location != "" && fmt.Sprint(v.value) == "[]"
		switch {
		case empty && d.Location == "uri":
			k.left(name+" "+v.wrong, "an empty member of a path cannot be sent")
		case empty && s.Type == "list" && d.Location != "":
			k.left(name+" "+v.wrong, "an empty list in a query is none")
		default:
			out = append(out, v)
		}
	}
	return out
}

func (k *maker) shape(s *Shape, at string, text bool, above []string) []variant {
	switch s.Type {
	case "structure":
		return k.structure(s, at, above)
	case "list":
		return k.list(s, at, text, above)
	case "map":
		return k.dictionary(s, at, above)
	case "integer", "long":
		return k.number(s, at)
	case "string":
		return k.text(s, at, text)
	}
	return append(k.valid(s, at), variant{at, "type", map[string]string{"boolean": "yes", "timestamp": "2026-11-22T08:00:00Z"}[s.Type]})
}

func (k *maker) valid(s *Shape, at string) []variant {
	if v := k.good(s.Name); v != nil {
		return []variant{{at, "", v}}
	}
	k.left(at+", valid", "no valid value is known beforehand")
	return nil
}

// structure goes into a shape that holds itself twice.
func (k *maker) structure(s *Shape, at string, above []string) []variant {
	out := append(k.valid(s, at), variant{at, "type", "text"})
	again := 0
	for _, a := range above {
		if a == s.Name {
			again++
		}
	}
	if again > 1 {
		return out[1:]
	}
	one := k.good(s.Name)
	if s.Union {
		all := map[string]any{}
		for name, d := range s.Members {
			all[d.wire(name)] = k.good(d.Shape)
		}
		one, out = nil, append(out, variant{at, "union", all})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		d := s.Members[name]
		with := func(v any) any { return set(one, d.wire(name), v) }
		if slices.Contains(s.Required, name) {
			out = append(out, variant{at + "." + name, "required", with(absent)})
		}
		for _, v := range k.shape(k.m.Shapes[d.Shape], at+"."+name, false, append(slices.Clip(above), s.Name)) {
			out = append(out, variant{v.at, v.wrong, with(v.value)})
		}
	}
	return out
}

// set gives a copy of an object with one member set.
func set(object any, name string, v any) any {
	o, _ := object.(map[string]any)
	o = maps.Clone(o)
	if o == nil {
		o = map[string]any{}
	}
	o[name] = v
	if v == absent {
		delete(o, name)
	}
	return o
}

func (k *maker) list(s *Shape, at string, text bool, above []string) []variant {
	out := k.valid(s, at)
	if !text {
		out = append(out, variant{at, "type", "text"})
	}
	if s.Min != nil && *s.Min > 0 {
		out = append(out, variant{at, "min", k.items(s, *s.Min-1)})
	}
	if s.Max != nil {
		out = append(out, variant{at, "max", k.items(s, *s.Max+1)})
	}
	for _, v := range k.shape(k.m.Shapes[s.Member.Shape], at+"[0]", text, above) {
		out = append(out, variant{v.at, v.wrong, []any{v.value}})
	}
	return out
}

func (k *maker) items(s *Shape, n int64) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = k.nth(s.Member.Shape, i)
	}
	return out
}

// nth is a valid value; of strings without an enum each is another.
func (k *maker) nth(shape string, i int) any {
	v := k.good(shape)
	if t, ok := v.(string); ok && k.m.Shapes[shape].Enum == nil {
		return fmt.Sprint(t, i)
	}
	return v
}

func (k *maker) dictionary(s *Shape, at string, above []string) []variant {
	out := append(k.valid(s, at), variant{at, "type", []any{}})
	entries := func(n int64) any {
		o := map[string]any{}
		for i := range int(n) {
			o[k.nth(s.Key.Shape, i).(string)] = k.good(s.Value.Shape)
		}
		return o
	}
	if s.Min != nil && *s.Min > 0 {
		out = append(out, variant{at, "min", entries(*s.Min - 1)})
	}
	if s.Max != nil {
		out = append(out, variant{at, "max", entries(*s.Max + 1)})
	}
	for _, v := range k.shape(k.m.Shapes[s.Key.Shape], at+" key", true, above) {
		out = append(out, variant{v.at, v.wrong, map[string]any{v.value.(string): k.good(s.Value.Shape)}})
	}
	key, _ := k.good(s.Key.Shape).(string)
	for _, v := range k.shape(k.m.Shapes[s.Value.Shape], at+"."+key, false, above) {
		out = append(out, variant{v.at, v.wrong, map[string]any{key: v.value}})
	}
	return out
}

func (k *maker) number(s *Shape, at string) []variant {
	out := append(k.valid(s, at), variant{at, "type", "ten"}, variant{at, "type: no whole number", json.Number("1.5")})
	if s.Min != nil {
		out = append(out, variant{at, "min", json.Number(fmt.Sprint(*s.Min - 1))})
	}
	if s.Max != nil {
		out = append(out, variant{at, "max", json.Number(fmt.Sprint(*s.Max + 1))})
	}
	return out
}

func (k *maker) text(s *Shape, at string, text bool) []variant {
	out := k.valid(s, at)
	if !text {
		out = append(out, variant{at, "type", json.Number("7")})
	}
	if s.Enum != nil {
		out = append(out, variant{at, "enum", "NO_SUCH_VALUE"})
		if lower := strings.ToLower(s.Enum[0]); lower != s.Enum[0] {
			out = append(out, variant{at, "enum: lower case", lower})
		}
	}
	if s.Min != nil && *s.Min > 0 {
		out = append(out, variant{at, "min", k.long(s, *s.Min-1)})
	}
	if s.Max != nil {
		out = append(out, variant{at, "max", k.long(s, *s.Max+1)})
		if isDocument(k.good(s.Name)) {
			out = append(out, variant{at + ", of the greatest length", "", k.long(s, *s.Max)})
		}
	}
	if s.pattern == nil {
		return out
	}
	if s.pattern.not != "" {
		out = append(out, variant{at, "pattern: begins with " + s.pattern.not, s.pattern.not + "k"})
	}
	for _, broken := range []string{"<>", "abc", " "} {
		if !s.pattern.re.MatchString(broken) && !s.outside(int64(len(broken))) {
			return append(out, variant{at, "pattern", broken})
		}
	}
	k.left(at+" pattern", "no value is known that breaks "+s.pattern.source)
	return out
}

// long is a text of n characters: of documents a valid one with blanks behind it.
func (k *maker) long(s *Shape, n int64) string {
	good := k.good(s.Name)
	if !isDocument(good) {
		return strings.Repeat("a", int(n))
	}
	t := good.(string)
	return t[:min(len(t), int(n))] + strings.Repeat(" ", max(0, int(n)-utf8.RuneCountInString(t)))
}

func isDocument(v any) bool {
	t, ok := v.(string)
	return ok && strings.HasPrefix(t, "{")
}
