package policy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const version2012 = "2012-10-17"

// Read reads policy documents (reference_policies_grammar): one, several one after the other, or a JSON list of them.
// What is unknown, repeated or missing, or a list without elements, is an error that names the statement by its number
// and its Sid. So is what an identity policy cannot say: Principal, an action without a service, a resource that is no
// ARN, a value that its operator cannot read. Whether a service, an action or a condition key exists is not checked.
func Read(r io.Reader) (*Policy, error) {
	p := &Policy{}
	d := jsontext.NewDecoder(r, lenient)
	for n := 0; ; {
		v, err := d.ReadValue()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return nil, errors.New("no policy document")
		case errors.Is(err, io.EOF):
			return p, nil
		case err != nil:
			return nil, fmt.Errorf("policy %d: no JSON: %w", n+1, err)
		}
		for _, document := range elements(v) {
			n++
			statements, err := readDocument(document)
			if err != nil {
				return nil, fmt.Errorf("policy %d: %w", n, err)
			}
			for _, s := range statements {
				s.name = fmt.Sprintf("policy %d, %s", n, s.name)
				p.statements = append(p.statements, s)
			}
		}
	}
}

func readDocument(document jsontext.Value) ([]statement, error) {
	m, err := members(document, "Version", "Id", "Statement")
	version, versionErr := m.text("Version")
	_, idErr := m.text("Id")
	list := elements(m["Statement"])
	switch err = cmp.Or(err, versionErr, idErr); {
	case err != nil:
		return nil, err
	case m["Version"] != nil && version != version2012 && version != "2008-10-17":
		return nil, fmt.Errorf("the Version %q is neither 2012-10-17 nor 2008-10-17", version)
	case len(list) == 0:
		return nil, errors.New("there is no Statement")
	}
	var statements []statement
	for i, v := range list {
		s, err := readStatement(v, version == version2012)
		twin := func(other statement) bool { return s.sid != "" && other.sid == s.sid } // reference_policies_elements_sid
		if err == nil && slices.ContainsFunc(statements, twin) {
			err = errors.New("an earlier statement of the policy has this Sid")
		}
		s.name = fmt.Sprintf("statement %d", i+1)
		if s.sid != "" {
			s.name += " (" + s.sid + ")"
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		statements = append(statements, s)
	}
	return statements, nil
}

var (
	sidForm    = regexp.MustCompile(`^[A-Za-z0-9]*$`)
	actionForm = regexp.MustCompile(`^(\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?_-]+)$`)
	arnForm    = regexp.MustCompile(`^arn:[^:]+:[^:*?]+:`) // no wildcard in the service (reference_policies_elements_resource)
)

// readStatement gives the Sid also of a statement that it refuses.
func readStatement(v jsontext.Value, variables bool) (s statement, err error) {
	m, err := members(v, "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "NotPrincipal")
	sid, sidErr := m.text("Sid")
	effect, effectErr := m.text("Effect")
	if !sidForm.MatchString(sid) {
		sid, sidErr = "", fmt.Errorf("the Sid %q has other characters than letters and digits", sid)
	}
	s.sid, s.allow = sid, effect == "Allow"
	switch err = cmp.Or(err, sidErr, effectErr); {
	case err != nil:
		return s, err
	case m["Principal"] != nil || m["NotPrincipal"] != nil:
		return s, errors.New("an identity policy names no principal")
	case m["Effect"] == nil:
		return s, errors.New("there is no Effect")
	case !s.allow && effect != "Deny":
		return s, fmt.Errorf("the Effect %q is neither Allow nor Deny", effect)
	}
	if s.actions, err = readList(m, "Action", readAction); err != nil {
		return s, err
	}
	resource := func(v string) (pattern, error) { return readResource(v, variables) }
	if s.resources, err = readList(m, "Resource", resource); err != nil {
		return s, err
	}
	if v := m["Condition"]; v != nil {
		s.conditions, err = readConditions(v, variables)
	}
	return s, err
}

// readList reads Action or NotAction, or Resource or NotResource: one of the two.
func readList(m object, name string, read func(string) (pattern, error)) (l list, err error) {
	v, not := m[name], m["Not"+name]
	switch {
	case (v == nil) == (not == nil):
		return l, fmt.Errorf("one of %s and Not%s is needed, and only one", name, name)
	case not != nil:
		v, name, l.not = not, "Not"+name, true
	}
	values, err := scalars(v, textKinds)
	if err != nil {
		return l, fmt.Errorf("%s: %w", name, err)
	}
	for _, v := range values {
		p, err := read(v)
		if err != nil {
			return l, fmt.Errorf("%s: %q: %w", name, v, err)
		}
		l.patterns = append(l.patterns, p)
	}
	return l, nil
}

// readAction reads an action, whose case does not matter (reference_policies_elements_action).
func readAction(v string) (pattern, error) {
	if !actionForm.MatchString(v) {
		return pattern{}, errors.New("an action is * or has the form service:Name, with wildcards and without variables")
	}
	parts, err := compile(v, false, true)
	return pattern{parts: parts, fold: true}, err
}

// readResource reads an ARN. It may end early in an asterisk; variables stand in its last segment only
// (reference_policies_variables).
func readResource(v string, variables bool) (pattern, error) {
	parts, err := compile(v, variables, true)
	segments := strings.SplitN(v, ":", lastSegment+1)
	opens := func(s string) bool { return strings.Contains(s, "${") }
	switch {
	case err != nil || v == "*":
	case !arnForm.MatchString(v) || len(segments) <= lastSegment && !strings.HasSuffix(v, "*"):
		err = errors.New("a resource is * or an ARN, arn:partition:service:region:account:resource, with no wildcard in the service")
	case slices.ContainsFunc(segments[:min(len(segments), lastSegment)], opens):
		err = errors.New("a policy variable stands after the fifth colon only")
	}
	return pattern{parts: parts, reach: byResource}, err
}

// readConditions reads the operators and their keys in order of name, so that of several errors always the same is told.
func readConditions(v jsontext.Value, variables bool) ([]condition, error) {
	block, err := members(v)
	if err != nil {
		return nil, fmt.Errorf("in Condition: %w", err)
	}
	var conditions []condition
	for _, name := range slices.Sorted(maps.Keys(block)) {
		t, op, err := readOperator(name)
		keys, keysErr := members(block[name])
		if err := cmp.Or(err, keysErr); err != nil {
			return nil, fmt.Errorf("in Condition: %s: %w", name, err)
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			t, err := t.read(op, key, keys[key], variables)
			if err != nil {
				return nil, fmt.Errorf("in Condition: %s: %s: %w", name, key, err)
			}
			conditions = append(conditions, t)
		}
	}
	return conditions, nil
}

// lenient lets members find what is repeated, so that its statement can be named.
var lenient = jsontext.AllowDuplicateNames(true)

// object is a JSON object; what is absent is nil.
type object map[string]jsontext.Value

// members reads an object that has no member twice and, where known is given, no other members. Beside an error it
// gives the members all the same.
func members(v jsontext.Value, known ...string) (object, error) {
	if v.Kind() != '{' {
		return nil, errors.New("it must be an object")
	}
	m, seen := object{}, map[string]bool{}
	var refused error
	for pair := range slices.Chunk(children(v), 2) {
		name := unquote(pair[0])
		folded := strings.ToLower(name) // condition keys are the same in any case
		switch {
		case refused != nil:
		case seen[folded]:
			refused = fmt.Errorf("member %q stands there twice", name)
		case len(known) > 0 && !slices.Contains(known, name):
			refused = fmt.Errorf("unknown member %q", name)
		}
		m[name], seen[folded] = pair[1], true
	}
	return m, refused
}

// text is a member that must be a string; "" where it is absent.
func (m object) text(name string) (string, error) {
	switch v := m[name]; {
	case v == nil:
		return "", nil
	case v.Kind() != '"':
		return "", fmt.Errorf("%s must be a string", name)
	default:
		return unquote(v), nil
	}
}

// Kinds of JSON values, by their first character.
const (
	textKinds   = `"`
	scalarKinds = `"0tf`
)

// scalars reads one value or a list of them, all of the kinds given.
func scalars(v jsontext.Value, kinds string) ([]string, error) {
	var values []string
	for _, e := range elements(v) {
		switch {
		case !strings.ContainsRune(kinds, rune(e.Kind())) && kinds == textKinds:
			return nil, errors.New("it must be a string or a list of strings")
		case !strings.ContainsRune(kinds, rune(e.Kind())):
			return nil, errors.New("it must be a string, a number, true, false or a list of those")
		case e.Kind() == '"':
			values = append(values, unquote(e))
		default:
			values = append(values, string(e))
		}
	}
	if len(values) == 0 {
		return nil, errors.New("the list is empty")
	}
	return values, nil
}

// elements are those of a list, or the one value that stands in its place.
func elements(v jsontext.Value) []jsontext.Value {
	switch v.Kind() {
	case 0:
		return nil
	case '[':
		return children(v)
	}
	return []jsontext.Value{v}
}

// children are the elements of a list, or the names and values of an object in turn. v has been read as JSON, so what
// ends the reading is the closing bracket.
func children(v jsontext.Value) []jsontext.Value {
	d := jsontext.NewDecoder(bytes.NewReader(v), lenient)
	_, err := d.ReadToken()
	var c []jsontext.Value
	for err == nil {
		if v, err = d.ReadValue(); err == nil {
			c = append(c, v.Clone())
		}
	}
	return c
}

func unquote(v jsontext.Value) string {
	b, _ := jsontext.AppendUnquote(nil, v) // v has been read as JSON
	return string(b)
}
