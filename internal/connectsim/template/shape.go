package template

// kind is what a value may be. Everywhere a reference may stand in the value's place.
type kind int

const (
	text      kind = iota // string or number; no text that begins like a reference
	plain                 // string
	flag                  // boolean, or one as text
	choice                // one of values
	list                  // of item
	group                 // object of props
	anything              // whatever there is
	rows                  // whatever there is, and data: an Action in it is nobody's
	columns               // text, or a list of it
	tokens                // a component's style: --names with their texts, or a text
	condition             // when a component is shown: a boolean, or a condition on other elements
	opaque                // not looked into
)

// others is what becomes of a prop that a component does not know.
type others int

const (
	accepted others = iota
	refused         // the component is sealed
	literal         // accepted, but a reference in it is refused: the schema of what it fills cannot be derived
)

// shape is the schema of a prop, or of all props of a component.
type shape struct {
	kind   kind
	values []string // of a choice
	item   *shape   // of a list
	props  []prop   // of a group
	others others   // of a group
	lax    bool     // what is written out is not checked, what a reference brings is
	either bool     // in a list, an item may be an integration's as a whole
}

type prop struct {
	name     string
	is       *shape
	required bool
	unless   string // a prop that stands in for it
}

func (s *shape) prop(name string) (prop, bool) {
	for _, p := range s.props {
		if p.name == name {
			return p, true
		}
	}
	return prop{}, false
}

var (
	aText      = &shape{kind: text}
	aString    = &shape{kind: plain}
	aFlag      = &shape{kind: flag}
	aColumns   = &shape{kind: columns}
	aCondition = &shape{kind: condition}
	whatever   = &shape{kind: anything}
	unknown    = &shape{kind: anything} // what a loose component does not list
	someRows   = &shape{kind: list, item: &shape{kind: rows}}
	texts      = listOf(aText)
)

func optional(name string, is *shape) prop { return prop{name: name, is: is} }
func needed(name string, is *shape) prop   { return prop{name: name, is: is, required: true} }

func oneOf(values ...string) *shape { return &shape{kind: choice, values: values} }
func listOf(item *shape) *shape     { return &shape{kind: list, item: item} }

func open(props ...prop) *shape   { return &shape{kind: group, props: props} }
func sealed(props ...prop) *shape { return &shape{kind: group, props: props, others: refused} }
func loose(props ...prop) *shape  { return &shape{kind: group, props: props, others: literal} }
