package policy

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a string of a policy with its wildcards and variables told apart from its text.
type pattern struct {
	parts []part
	fold  bool  // case does not matter
	reach reach // of its wildcards
}

// reach says whether the colons of an ARN stop a wildcard. Slashes never do.
type reach int

const (
	// anywhere: a wildcard matches any character.
	anywhere reach = iota
	// byResource is the Resource element: a wildcard stays within its segment, but an asterisk that ends one "can expand
	// to match beyond the colon boundaries" (reference_policies_elements_resource).
	byResource
	// byComponent is ArnLike and its kin: "each of the six colon-delimited components of the ARN is checked separately"
	// (reference_policies_elements_condition_operators).
	byComponent
)

// lastSegment is the index of an ARN's resource. It may hold colons of its own (reference-arns), as a view's
// ID:$LATEST does, so wildcards in it match them.
const lastSegment = 5

// part is one character, one wildcard or one variable.
type part struct {
	kind     kind
	char     rune
	key      string // of a variable, in lower case
	fallback string // of a variable: its default value; "" is none
}

type kind int

const (
	literal kind = iota
	single
	several
	variable
)

var (
	escape      = regexp.MustCompile(`^\$\{([*?$])\}`)
	placeholder = regexp.MustCompile(`^\$\{([^\s:{}$'",*?]+:[^\s{}$'",*?]+)(?:, '([^']*)')?\}`)

	errPlaceholder = errors.New("a policy variable is written ${service:key}, ${service:key, 'default'}, ${*}, ${?} or ${$}")
)

// compile reads a string of a policy. Without variables, that is before version 2012-10-17, ${ is text like any other
// (reference_policies_elements_version).
func compile(s string, variables, wildcards bool) ([]part, error) {
	var parts []part
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		next := part{char: r}
		switch {
		case variables && strings.HasPrefix(s, "${"):
			var err error
			if next, n, err = compileVariable(s); err != nil {
				return nil, err
			}
		case wildcards && r == '*':
			next.kind = several
		case wildcards && r == '?':
			next.kind = single
		}
		parts, s = append(parts, next), s[n:]
	}
	return parts, nil
}

// compileVariable reads the variable that s begins with, and gives its length (reference_policies_variables).
func compileVariable(s string) (part, int, error) {
	if m := escape.FindStringSubmatch(s); m != nil {
		return part{char: rune(m[1][0])}, len(m[0]), nil
	}
	if m := placeholder.FindStringSubmatch(s); m != nil {
		return part{kind: variable, key: strings.ToLower(m[1]), fallback: m[2]}, len(m[0]), nil
	}
	return part{}, 0, errPlaceholder
}

// matches is false where a variable has no value: what it stands in then equals nothing (reference_policies_variables).
func (p pattern) matches(value string, c keys) bool {
	parts, ok := resolve(p.parts, c)
	if !ok {
		return false
	}
	chars := []rune(value)
	// done[n] says whether the parts so far can match the first n characters.
	done := make([]bool, len(chars)+1)
	done[0] = true
	for i, colons := 0, 0; i < len(parts); i++ {
		crosses := p.reach == anywhere || colons >= lastSegment ||
			p.reach == byResource && parts[i].kind == several && (i+1 == len(parts) || parts[i+1] == part{char: ':'})
		done = p.step(parts[i], chars, done, crosses)
		if parts[i] == (part{char: ':'}) {
			colons++
		}
	}
	return done[len(chars)]
}

// step takes one more part; crosses says whether it may match a colon as a wildcard.
func (p pattern) step(next part, chars []rune, done []bool, crosses bool) []bool {
	after := make([]bool, len(done))
	after[0] = next.kind == several && done[0]
	for n, r := range chars {
		switch wild := crosses || r != ':'; next.kind {
		case several:
			after[n+1] = done[n+1] || after[n] && wild
		case single:
			after[n+1] = done[n] && wild
		default:
			after[n+1] = done[n] && (r == next.char || p.fold && unicode.ToLower(r) == unicode.ToLower(next.char))
		}
	}
	return after
}

// resolve puts the values of variables in, as text: an asterisk in a value is no wildcard. A key of several values is
// no variable (reference_policies_condition-single-vs-multi-valued-context-keys), and an empty value is none.
func resolve(parts []part, c keys) ([]part, bool) {
	var resolved []part
	for _, p := range parts {
		if p.kind != variable {
			resolved = append(resolved, p)
			continue
		}
		value := p.fallback
		if values := c[p.key]; len(values) == 1 && values[0] != "" {
			value = values[0]
		}
		if value == "" {
			return nil, false
		}
		for _, r := range value {
			resolved = append(resolved, part{char: r})
		}
	}
	return resolved, true
}
