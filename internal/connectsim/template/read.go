package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth is how deep objects and lists may nest: far deeper than a view that a person made, and shallow enough to
// walk. A choice.
const maxDepth = 500

// object is a JSON object that knows the order of its members: problems and inputs come in that order. Of a member named
// twice the last value counts, at the first place.
type object struct {
	names  []string
	member map[string]any
}

func (o *object) has(name string) bool {
	_, ok := o.member[name]
	return ok
}

var (
	errDeep  = fmt.Errorf("must NOT be nested deeper than %d levels", maxDepth)
	errAfter = errors.New("text after the template")
)

// read gives a template's object, or the problem that makes it none.
func read(template string) (root *object, problem string) {
	d := json.NewDecoder(strings.NewReader(template))
	d.UseNumber()
	v, err := value(d, 0)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errAfter
		}
	}
	switch {
	case errors.Is(err, errDeep):
		return nil, "Template " + err.Error()
	case errors.Is(err, io.EOF):
		return nil, "Template must be JSON: unexpected end of JSON input"
	case err != nil:
		return nil, "Template must be JSON: " + err.Error()
	}
	root, ok := v.(*object)
	if !ok {
		return nil, "Template must be object"
	}
	return root, ""
}

func value(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'), json.Delim('['):
		if depth == maxDepth {
			return nil, errDeep
		}
	}
	switch t {
	case json.Delim('{'):
		return members(d, depth+1)
	case json.Delim('['):
		return items(d, depth+1)
	}
	return t, nil
}

func members(d *json.Decoder, depth int) (any, error) {
	o := &object{member: map[string]any{}}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := value(d, depth)
		if err != nil {
			return nil, err
		}
		key, _ := name.(string) // the decoder takes nothing else for a name
		if !o.has(key) {
			o.names = append(o.names, key)
		}
		o.member[key] = v
	}
	_, err := d.Token()
	return o, err
}

func items(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := value(d, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}
