package template

import (
	"regexp"
	"strconv"
	"strings"
)

// integrationPattern is that of a reference to an integration, in the words of the schemas the service derives. One to
// an input is the same without the hash.
const integrationPattern = `^\$\.{1}#[a-zA-Z0-9_]+(\[[0-9]*\])*(\.[a-zA-Z0-9_]+(\[[0-9]*\])*)*$`

// textPattern is that of a text that is no reference. Go's regexp has no look-ahead; isText says the same.
const textPattern = `^$|^(?!\$\.).+`

var referenceForm = regexp.MustCompile(strings.Replace(integrationPattern, "#", "#?", 1))

// maxSteps is how long a reference's path may be. A choice: the derived schema nests as deep.
const maxSteps = 32

// reference is "$.Name", or a path into that input such as "$.Bar.Attributes[0].Value"; with a hash it is one to an
// integration. It counts only as the whole value of a prop or of an item: within longer text it is shown as it stands.
type reference struct {
	text        string
	integration bool
	name        string
	path        []step // within the input
}

// step leads to a member of an object, or, where it is an index, to the items of a list.
type step struct {
	name  string
	index bool
}

func parseReference(s string) (r reference, ok bool) {
	if !isReference(s) || !referenceForm.MatchString(s) {
		return r, false
	}
	r.text = s
	rest := strings.TrimPrefix(s, "$.")
	rest, r.integration = strings.CutPrefix(rest, "#")
	for part := range strings.SplitSeq(rest, ".") {
		name, indices, _ := strings.Cut(part, "[")
		if r.name == "" {
			r.name = name
		} else {
			r.path = append(r.path, step{name: name})
		}
		for range strings.Count(indices, "]") {
			r.path = append(r.path, step{index: true})
		}
		if len(r.path) > maxSteps {
			return reference{}, false
		}
	}
	return r, true
}

// isReference says whether s begins like a reference: no text may.
func isReference(s string) bool { return strings.HasPrefix(s, "$.") }

// path is a place in the template, kept as a chain: its text is needed only where there is a problem.
type path struct {
	up   *path
	name string
}

func (p *path) at(name string) *path { return &path{p, name} }
func (p *path) item(i int) *path     { return &path{p, strconv.Itoa(i)} }

var pointer = strings.NewReplacer("~", "~0", "/", "~1")

// String is the JSON pointer; the root's is "Template", which names the parameter where a pointer would be empty.
func (p *path) String() string {
	if p == nil {
		return "Template"
	}
	var names []string
	for ; p != nil; p = p.up {
		names = append(names, pointer.Replace(clip(p.name)))
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		b.WriteString("/" + names[i])
	}
	return b.String()
}

// maxName is how much of a name or value a message repeats.
const maxName = 64

func clip(s string) string {
	n := 0
	for i := range s {
		if n == maxName {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
