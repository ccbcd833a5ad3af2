package conform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decode reads one JSON value; numbers keep their text.
func decode(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// holder holds values against shapes and collects what is wrong.
type holder struct {
	m      *Model
	answer bool // of the service: it sends its own tags, and nothing that the model does not know
	faults []string
}

func (h *holder) say(at, format string, args ...any) {
	h.faults = append(h.faults, at+": "+fmt.Sprintf(format, args...))
}

func (h *holder) hold(v any, shape, at string) {
	s := h.m.Shapes[shape]
	switch s.Type {
	case "structure":
		h.structure(v, s, at)
	case "list":
		h.list(v, s, at)
	case "map":
		h.dictionary(v, s, at)
	case "string":
		h.text(v, s, at)
	case "boolean":
		if _, ok := v.(bool); !ok {
			h.say(at, "%s is no boolean", short(v))
		}
	case "integer", "long":
		h.number(v, s, at)
	case "timestamp":
		if _, ok := v.(json.Number); !ok {
			h.say(at, "%s is no timestamp: seconds since 1970 as a number", short(v))
		}
	}
}

// structure holds the members that travel in the body.
func (h *holder) structure(v any, s *Shape, at string) {
	o, ok := v.(map[string]any)
	if !ok {
		h.say(at, "%s is no object", short(v))
		return
	}
	shapes := map[string]string{}
	for name, d := range s.Members {
		if d.Location == "" {
			shapes[d.wire(name)] = d.Shape
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		shape, known := shapes[name]
		switch {
		case !known && h.answer:
			h.say(at, "%s is no member of %s", name, s.Name)
		case o[name] == nil && h.answer:
			h.say(at, "%s is null: what is absent is left out", name)
		case known && o[name] != nil:
			h.hold(o[name], shape, at+"."+name)
		}
	}
	for _, name := range s.Required {
		if d := s.Members[name]; d.Location == "" && o[d.wire(name)] == nil {
			h.say(at, "%s is required", name)
		}
	}
	if s.Union && len(o) != 1 {
		h.say(at, "%d members of the union %s", len(o), s.Name)
	}
}

func (h *holder) list(v any, s *Shape, at string) {
	l, ok := v.([]any)
	if !ok {
		h.say(at, "%s is no list", short(v))
		return
	}
	h.bounds(int64(len(l)), "items", s, at)
	for i, x := range l {
		h.hold(x, s.Member.Shape, fmt.Sprintf("%s[%d]", at, i))
	}
}

func (h *holder) dictionary(v any, s *Shape, at string) {
	o, ok := v.(map[string]any)
	if !ok {
		h.say(at, "%s is no map", short(v))
		return
	}
	h.bounds(int64(len(o)), "entries", s, at)
	for _, k := range slices.Sorted(maps.Keys(o)) {
		key := k
		if h.answer {
			key = strings.TrimPrefix(k, "aws:") // the service's own tags, which the pattern for callers' keys refuses
		}
		h.hold(key, s.Key.Shape, at+" key")
		h.hold(o[k], s.Value.Shape, at+"."+k)
	}
}

func (h *holder) text(v any, s *Shape, at string) {
	t, ok := v.(string)
	if !ok {
		h.say(at, "%s is no string", short(v))
		return
	}
	if s.Enum != nil && !slices.Contains(s.Enum, t) {
		h.say(at, "%.60q is none of the values of %s", t, s.Name)
	}
	h.bounds(int64(utf8.RuneCountInString(t)), "characters", s, at)
	if s.pattern != nil && !s.pattern.match(t) {
		h.say(at, "%.60q breaks the pattern of %s: %s", t, s.Name, s.pattern.source)
	}
}

// number is strict about the notation: 1.0 and 1e3 are no integers to many readers.
func (h *holder) number(v any, s *Shape, at string) {
	t, ok := v.(json.Number)
	size := 64
	if s.Type == "integer" {
		size = 32
	}
	n, err := strconv.ParseInt(t.String(), 10, size)
	if !ok || err != nil {
		h.say(at, "%s is no %s", short(v), s.Type)
		return
	}
	if s.outside(n) {
		h.say(at, "%d is not %s", n, s.limits())
	}
}

func (h *holder) bounds(n int64, what string, s *Shape, at string) {
	if s.outside(n) {
		h.say(at, "%d %s, not %s, for a %s", n, what, s.limits(), s.Name)
	}
}

func (s *Shape) outside(n int64) bool {
	return s.Min != nil && n < *s.Min || s.Max != nil && n > *s.Max
}

func (s *Shape) limits() string {
	switch {
	case s.Max == nil:
		return fmt.Sprintf("%d or more", *s.Min)
	case s.Min == nil:
		return fmt.Sprintf("%d or less", *s.Max)
	}
	return fmt.Sprintf("%d to %d", *s.Min, *s.Max)
}

func short(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // a number in a path or a query that is none
		b = fmt.Append(nil, v)
	}
	return fmt.Sprintf("%.60s", b)
}
