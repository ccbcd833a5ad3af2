package connectsim

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wrapup/internal/flow"
)

type kind int

const (
	kindText kind = iota
	kindNumber
	kindTime // seconds since 1970, with a fraction
	kindBool
	kindList
	kindObject
	kindMap
)

// shape declares what a value must be: the constraints of the service's model, in Go's terms.
type shape struct {
	kind     kind
	min, max int // length, number of items or value; max 0 = no limit
	enum     []string
	pattern  *regexp.Regexp
	utf16    bool     // length in UTF-16 units, as the service counts content; else in characters
	not      string   // refused prefix: the model's look-aheads, which Go's regexp lacks
	item     *shape   // of a list or a map's values
	key      *shape   // of a map
	members  []member // of an object
}

func text(least, most int) *shape   { return &shape{min: least, max: most} }
func number(least, most int) *shape { return &shape{kind: kindNumber, min: least, max: most} }
func timestamp() *shape             { return &shape{kind: kindTime} }
func truth() *shape                 { return &shape{kind: kindBool} }
func enum(values ...string) *shape  { return &shape{enum: values} }
func object(m ...member) *shape     { return &shape{kind: kindObject, members: m} }
func listOf(item *shape, least, most int) *shape {
	return &shape{kind: kindList, item: item, min: least, max: most}
}
func mapOf(key, value *shape, least, most int) *shape {
	return &shape{kind: kindMap, key: key, item: value, min: least, max: most}
}

func (s *shape) matching(pattern string) *shape {
	s.pattern = regexp.MustCompile(pattern)
	return s
}

func (s *shape) refusing(prefix string) *shape {
	s.not = prefix
	return s
}

// check holds a decoded JSON value against the shape and gives it back in the handlers' types: string, int, bool,
// time.Time, []any, values.
func (s *shape) check(v any, name string) (any, error) {
	switch s.kind {
	case kindNumber:
		return s.checkNumber(v, name)
	case kindTime:
		return checkTime(v, name)
	case kindBool:
		b, ok := v.(bool)
		if !ok {
			return nil, fmt.Errorf("%s must be true or false", name)
		}
		return b, nil
	case kindList:
		return s.checkList(v, name)
	case kindObject:
		return s.checkObject(v, name)
	case kindMap:
		return s.checkMap(v, name)
	}
	return s.checkText(v, name)
}

func (s *shape) checkText(v any, name string) (any, error) {
	t, ok := v.(string)
	n := utf8.RuneCountInString(t)
	if s.utf16 {
		n = flow.UTF16Len([]byte(t))
	}
	switch {
	case !ok:
		return nil, fmt.Errorf("%s must be a string", name)
	case s.enum != nil && !slices.Contains(s.enum, t):
		return nil, fmt.Errorf("%s must be one of %s", name, strings.Join(s.enum, ", "))
	case n < s.min || s.max > 0 && n > s.max:
		return nil, fmt.Errorf("%s has %d characters; it must have %s", name, n, s.bounds())
	case s.pattern != nil && !s.pattern.MatchString(t):
		return nil, fmt.Errorf("%s must satisfy the pattern %s", name, s.pattern)
	case s.not != "" && strings.HasPrefix(t, s.not):
		return nil, fmt.Errorf("%s must not begin with %s", name, s.not)
	}
	return t, nil
}

func (s *shape) checkNumber(v any, name string) (any, error) {
	t, ok := v.(json.Number)
	if !ok {
		return nil, fmt.Errorf("%s must be a number", name)
	}
	n, err := strconv.Atoi(string(t))
	if err != nil {
		return nil, fmt.Errorf("%s must be a whole number", name)
	}
	if n < s.min || s.max > 0 && n > s.max {
		return nil, fmt.Errorf("%s is %d; it must be %s", name, n, s.bounds())
	}
	return n, nil
}

func checkTime(v any, name string) (any, error) {
	t, ok := v.(json.Number)
	seconds, err := t.Float64()
	if !ok || err != nil {
		return nil, fmt.Errorf("%s must be a timestamp: seconds since 1970", name)
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))), nil
}

func (s *shape) checkList(v any, name string) (any, error) {
	l, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s must be a list", name)
	}
	if len(l) < s.min || s.max > 0 && len(l) > s.max {
		return nil, fmt.Errorf("%s has %d items; it must have %s", name, len(l), s.bounds())
	}
	out := make([]any, len(l))
	for i, x := range l {
		c, err := s.item.check(x, name+"["+strconv.Itoa(i)+"]")
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

func (s *shape) checkMap(v any, name string) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s must be a map", name)
	}
	if len(m) < s.min || s.max > 0 && len(m) > s.max {
		return nil, fmt.Errorf("%s has %d entries; it must have %s", name, len(m), s.bounds())
	}
	out := make(values, len(m))
	for k, x := range m {
		if _, err := s.key.check(k, "a key of "+name); err != nil {
			return nil, err
		}
		c, err := s.item.check(x, name+"."+k)
		if err != nil {
			return nil, err
		}
		out[k] = c
	}
	return out, nil
}

// checkObject leaves out what the model does not know, as the service does.
func (s *shape) checkObject(v any, name string) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s must be an object", name)
	}
	out := values{}
	for _, f := range s.members {
		if err := f.take(out, m[f.wire], strings.TrimPrefix(name+"."+f.name, ".")); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *shape) bounds() string {
	if s.max == 0 {
		return fmt.Sprintf("at least %d", s.min)
	}
	return fmt.Sprintf("between %d and %d", s.min, s.max)
}
