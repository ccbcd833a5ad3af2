package connectsim

import "fmt"

// place says where a member of a request travels.
type place int

const (
	inBody place = iota // a member of the JSON body
	inPath
	inQuery
	inForm // STS
)

// member is one input of an operation or of a nested shape.
type member struct {
	name     string // the model's
	wire     string // its name on the wire
	in       place
	required bool
	shape    *shape
}

func path(name string, s *shape) member        { return member{name, name, inPath, true, s} }
func query(name, wire string, s *shape) member { return member{name, wire, inQuery, false, s} }
func body(name string, s *shape) member        { return member{name, name, inBody, false, s} }
func form(name string, s *shape) member        { return member{name, name, inForm, false, s} }

func (m member) must() member {
	m.required = true
	return m
}

// take checks v and puts it into out; nil (absent, or JSON null) is refused only where the member is required.
func (m member) take(out values, v any, name string) error {
	if v == nil {
		if m.required {
			return fmt.Errorf("%s is required", name)
		}
		return nil
	}
	c, err := m.shape.check(v, name)
	if err == nil {
		out[m.name] = c
	}
	return err
}

// values are a request's checked members by the model's names.
type values map[string]any

func (v values) has(name string) bool { _, ok := v[name]; return ok }

func (v values) text(name string) string {
	s, _ := v[name].(string)
	return s
}

func (v values) number(name string, absent int) int {
	if n, ok := v[name].(int); ok {
		return n
	}
	return absent
}

func (v values) object(name string) values {
	o, _ := v[name].(values)
	return o
}

func (v values) texts(name string) []string {
	l, _ := v[name].([]any)
	out := make([]string, 0, len(l))
	for _, x := range l {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (v values) objects(name string) []values {
	l, _ := v[name].([]any)
	return objectsOf(l)
}

func objectsOf(l []any) []values {
	out := make([]values, 0, len(l))
	for _, x := range l {
		if o, ok := x.(values); ok {
			out = append(out, o)
		}
	}
	return out
}

// strings gives a map of strings, nil where absent.
func (v values) strings(name string) map[string]string {
	m := v.object(name)
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, x := range m {
		out[k], _ = x.(string)
	}
	return out
}
