package template

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// walk visits a template once, in reading order, and keeps what Check and Schema ask for.
type walk struct {
	problems Problems
	more     int
	quiet    bool // what is visited is not checked
	inputs   []filled
	raised   []raised
	ids      map[string]*path
	declared map[string]bool // integrations
}

// filled is a place that a reference to an input stands in for.
type filled struct {
	reference
	is       *shape
	required bool
}

type raised struct {
	action string
	at     *path
}

func newWalk() *walk { return &walk{ids: map[string]*path{}, declared: map[string]bool{}} }

func (w *walk) problem(at *path, format string, args ...any) {
	switch {
	case w.quiet:
	case len(w.problems) == maxProblems:
		w.more++
	default:
		w.problems = append(w.problems, at.String()+" "+fmt.Sprintf(format, args...))
	}
}

func (w *walk) missing(at *path, o *object, names ...string) {
	for _, n := range names {
		if !o.has(n) {
			w.problem(at, "must have required property '%s'", n)
		}
	}
}

func (w *walk) template(root *object) {
	w.missing(nil, root, "Head", "Body")
	if v, ok := root.member["Head"]; ok {
		if h, ok := v.(*object); ok {
			w.integrations(h.member["Integrations"])
		}
		w.value(v, head, (*path)(nil).at("Head"), false)
	}
	if v, ok := root.member["Body"]; ok {
		at := (*path)(nil).at("Body")
		nodes, ok := v.([]any)
		if !ok {
			w.problem(at, "must be array")
		}
		for i, n := range nodes {
			w.node(n, at.item(i), true)
		}
	}
}

// integrations keeps the names that the head declares. What a declaration looks like is not known: a name alone, or any
// text of an object, declares it.
func (w *walk) integrations(v any) {
	switch v := v.(type) {
	case string:
		w.declared[v] = true
	case []any:
		for _, x := range v {
			w.integrations(x)
		}
	case *object:
		for _, x := range v.member {
			w.integrations(x)
		}
	}
}

// node visits a component. One that stands at the top of the Body may hold others only where it is made for that.
func (w *walk) node(v any, at *path, top bool) {
	o, ok := v.(*object)
	if !ok {
		w.problem(at, "must be object")
		return
	}
	w.missing(at, o, "_id", "Type", "Props")
	w.id(o, at.at("_id"))
	kind, is := w.kind(o, at.at("Type"))
	if props, ok := o.member["Props"]; ok {
		if _, ok := props.(*object); ok {
			w.value(props, is, at.at("Props"), false)
		} else {
			w.problem(at.at("Props"), "must be object")
		}
	}
	if v, ok := o.member["Configuration"]; ok {
		w.value(v, configuration, at.at("Configuration"), false)
	}
	if v, ok := o.member["Content"]; ok {
		w.content(v, at.at("Content"), top && is != whatever && !slices.Contains(holders, kind))
	}
}

func (w *walk) id(o *object, at *path) {
	v, ok := o.member["_id"]
	id, isText := v.(string)
	first, taken := w.ids[id]
	switch {
	case !ok:
	case !isText:
		w.problem(at, "must be string")
	case taken:
		w.problem(at, "must be unique: %s is '%s' too", first, clip(id))
	default:
		w.ids[id] = at
	}
}

// kind gives a node's type and its props' shape; of a type that is not known nothing is checked.
func (w *walk) kind(o *object, at *path) (string, *shape) {
	v, ok := o.member["Type"]
	name, isText := v.(string)
	is, known := components[name]
	switch {
	case known:
		return name, is
	case !ok:
	case !isText:
		w.problem(at, "must be string")
	default:
		w.problem(at, "must be equal to one of the allowed values: '%s' is no component", clip(name))
	}
	return "", whatever
}

func (w *walk) content(v any, at *path, textOnly bool) {
	items, ok := v.([]any)
	if !ok {
		w.problem(at, "must be array")
	}
	for i, x := range items {
		if _, ok := x.(*object); !ok {
			w.value(x, aText, at.item(i), false)
			continue
		}
		if textOnly {
			w.problem(at.item(i), "must be string")
		}
		w.node(x, at.item(i), false)
	}
}

// value visits the value of a prop; required says whether the component can be without it.
func (w *walk) value(v any, is *shape, at *path, required bool) {
	if s, ok := v.(string); ok && is.kind != opaque {
		if r, ok := parseReference(s); ok {
			w.reference(r, is, at, required)
			return
		}
	}
	if is.lax && !w.quiet {
		w.quiet = true
		defer func() { w.quiet = false }()
	}
	switch is.kind {
	case list:
		w.list(v, is, at, required)
	case group:
		w.group(v, is, at)
	case anything, rows:
		w.inside(v, is, at)
	case columns:
		if _, ok := v.([]any); ok {
			w.list(v, texts, at, required)
			return
		}
		w.scalar(v, aText, at)
	case tokens:
		w.tokens(v, at)
	case condition: // which conditions there are is not checked, a choice
		if _, ok := v.(*object); ok {
			w.inside(v, whatever, at)
			return
		}
		w.scalar(v, aFlag, at)
	case opaque:
	default:
		w.scalar(v, is, at)
	}
}

func (w *walk) reference(r reference, is *shape, at *path, required bool) {
	switch {
	case r.integration && !w.declared[r.name]:
		w.problem(at, "integrations used in the view body are not included in the view head: '%s'", clip(r.name))
	case r.integration:
	case is == unknown:
		w.problem(at, "must NOT be a reference: the property is not known")
	default:
		w.inputs = append(w.inputs, filled{r, is, required})
	}
}

func (w *walk) list(v any, is *shape, at *path, required bool) {
	items, ok := v.([]any)
	if !ok {
		w.problem(at, "must be array")
	}
	for i, x := range items {
		w.value(x, is.item, at.item(i), required)
	}
}

func (w *walk) group(v any, is *shape, at *path) {
	o, ok := v.(*object)
	if !ok {
		w.problem(at, "must be object")
		return
	}
	for _, p := range is.props {
		if p.required && (p.unless == "" || !o.has(p.unless)) {
			w.missing(at, o, p.name)
		}
	}
	for _, name := range o.names {
		p, known := is.prop(name)
		switch {
		case known:
		case is.others == refused:
			w.problem(at, "must NOT have additional properties: '%s'", clip(name))
			p.is = whatever
		case is.others == literal:
			p.is = unknown
		default:
			p.is = whatever
		}
		w.raise(name, o.member[name], at)
		w.value(o.member[name], p.is, at.at(name), p.required)
	}
}

// inside visits what is not checked, for the references and actions in it.
func (w *walk) inside(v any, is *shape, at *path) {
	if is == unknown {
		is = whatever
	}
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			w.value(x, is, at.item(i), false)
		}
	case *object:
		for _, name := range v.names {
			if is.kind != rows {
				w.raise(name, v.member[name], at)
			}
			w.value(v.member[name], is, at.at(name), false)
		}
	}
}

// raise keeps an action that a component or one of its items names.
func (w *walk) raise(prop string, v any, at *path) {
	if action, ok := v.(string); ok && (prop == "Action" || prop == "TableAction") && action != "" && !isReference(action) {
		w.raised = append(w.raised, raised{action, at.at(prop)})
	}
}

func (w *walk) scalar(v any, is *shape, at *path) {
	s, isText := v.(string)
	_, isNumber := v.(json.Number)
	isFlag := s == "true" || s == "false"
	if _, ok := v.(bool); ok {
		isFlag = true
	}
	switch {
	case is.kind == flag && !isFlag:
		w.problem(at, "must be boolean")
	case is.kind == flag:
	case !isText && (is.kind != text || !isNumber):
		w.problem(at, "must be string")
	case isText && is.kind == text && isReference(s):
		w.problem(at, `must match pattern "%s"`, textPattern)
	case is.kind == choice && !slices.Contains(is.values, s):
		w.problem(at, "must be equal to one of the allowed values: %s", strings.Join(is.values, ", "))
	}
}

var tokenName = regexp.MustCompile(`^--[a-z0-9-]+$`)

// tokens visits a style: a component's CSS reads the names, so that "padding" is none. A text is taken too, and used by nobody.
func (w *walk) tokens(v any, at *path) {
	o, ok := v.(*object)
	if !ok {
		w.scalar(v, aString, at)
		return
	}
	for _, name := range o.names {
		if !tokenName.MatchString(name) {
			w.problem(at, "must NOT have additional properties: '%s'", clip(name))
			continue
		}
		w.value(o.member[name], aString, at.at(name), false)
	}
}

// actions holds what the tree raises against the list sent with the template.
func (w *walk) actions(names []string) {
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	for _, r := range w.raised {
		if !known[r.action] {
			w.problem(r.at, "must be equal to one of the allowed values: '%s' is not in Actions", clip(r.action))
		}
	}
}
