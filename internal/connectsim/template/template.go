// Package template reads a view's template as Amazon Connect does: what it checks when a view is published, and the
// InputSchema it derives.
//
// The rules come from the service's own views and the schemas it derived for them, and from what others saw refused when
// they published. The service compiles one JSON schema per component; the table in components.go is that schema as far
// as it is known. Where nothing is known the lenient way is taken, and a comment says "choice".
package template

import (
	"fmt"
	"strings"
)

// Problems are the faults of a template, in the order of the document and in the words of a JSON schema validator:
// "/Body/0/Props must have required property 'Label'". None means valid. Paths are JSON pointers into the template.
type Problems []string

// Error is the message of the service's InvalidParameterException: all problems in one line.
func (p Problems) Error() string { return strings.Join(p, ", ") }

// maxProblems bounds what is told of one template: a hostile one has a problem every few bytes. A choice.
const maxProblems = 100

// CheckBasic is what a view has to fulfil to be saved: its template is a JSON object. That nothing more is checked is a
// choice; the service calls it basic validation.
func CheckBasic(template string) Problems {
	if _, problem := read(template); problem != "" {
		return Problems{problem}
	}
	return nil
}

// Check is what a view has to fulfil to be published, with the actions sent beside its template.
//
// An action that a component raises and the list lacks is refused, a choice; one in the list that nothing raises is not:
// the service has published views whose list names the ActionSelected of a component that they no longer hold.
func Check(template string, actions []string) Problems {
	root, problem := read(template)
	if problem != "" {
		return Problems{problem}
	}
	w := newWalk()
	w.template(root)
	w.actions(actions)
	if w.more > 0 {
		w.problems = append(w.problems, fmt.Sprintf("%d more problems", w.more))
	}
	return w.problems
}
