package flow

import (
	"fmt"
	"strings"
)

// indexer makes one pass over text that is known to be valid JSON: it finds the actions and the
// metadata, and looks at every object for two members of one name.
type indexer struct {
	s     string
	doc   *Document
	names []name // of the objects that are open, innermost last
	seen  map[string]struct{}
	skip  func(name string, at int) int // x.any, bound once
	err   *ParseError
	store []Block

	hasActions, hasModules bool
}

// name is the place of a member's name, with its quotes.
type name struct {
	from, to int
	escaped  bool
}

func (x *indexer) read(n name) string {
	if n.escaped {
		return unquote(x.s[n.from:n.to])
	}
	return x.s[n.from+1 : n.to-1]
}

// manyMembers is the size from which a map finds duplicates faster than comparing pairs.
const manyMembers = 16

// index reads the document's text, which is known to be valid JSON.
func (d *Document) index() *ParseError {
	text := d.text
	x := &indexer{s: text, doc: d, names: make([]name, 0, 64)}
	x.skip = func(_ string, at int) int { return x.value(at) }
	from := space(text, 0)
	end := 0
	if text[from] == '{' {
		end = x.object(from, x.rootMember)
	} else {
		end = x.value(from)
		x.fail(NotFlow, from, "no object")
	}
	d.root = Value{text, from, end}
	switch {
	case x.err != nil:
		return x.err
	case !x.hasActions && x.hasModules:
		return &ParseError{Defect: Legacy, Detail: "modules"}
	case len(d.blocks) == 0:
		return &ParseError{Defect: NoActions, Detail: "Actions"}
	}
	x.identifiers()
	return nil
}

func (x *indexer) identifiers() {
	x.doc.byID = make(map[string]int, len(x.doc.blocks))
	for i, b := range x.doc.blocks {
		if _, taken := x.doc.byID[b.ID]; taken {
			i = -1
		}
		x.doc.byID[b.ID] = i
	}
}

// fail keeps the first defect; the pass goes on, so that offsets stay simple.
func (x *indexer) fail(d Defect, at int, detail string) {
	if x.err == nil {
		x.err = &ParseError{Defect: d, Offset: at, Detail: detail}
	}
}

// value passes the value at i and gives the offset after it.
func (x *indexer) value(i int) int {
	switch x.s[i] {
	case '{':
		return x.object(i, x.skip)
	case '[':
		return x.array(i, x.value)
	case '"':
		return stringEnd(x.s, i)
	}
	return scalarEnd(x.s, i)
}

// object passes the object at i; member passes the value of each member.
func (x *indexer) object(i int, member func(name string, at int) int) int {
	mark := len(x.names)
	i = space(x.s, i+1)
	for x.s[i] != '}' {
		end := stringEnd(x.s, i)
		n := name{i, end, strings.IndexByte(x.s[i:end], '\\') >= 0}
		x.names = append(x.names, n)
		i = space(x.s, member(x.read(n), space(x.s, space(x.s, end)+1)))
		if x.s[i] == ',' {
			i = space(x.s, i+1)
		}
	}
	x.unique(x.names[mark:])
	x.names = x.names[:mark]
	return i + 1
}

// array passes the array at i; element passes each element.
func (x *indexer) array(i int, element func(at int) int) int {
	i = space(x.s, i+1)
	for x.s[i] != ']' {
		i = space(x.s, element(i))
		if x.s[i] == ',' {
			i = space(x.s, i+1)
		}
	}
	return i + 1
}

func (x *indexer) unique(names []name) {
	if len(names) > manyMembers {
		x.uniqueOfMany(names)
		return
	}
	for i, n := range names {
		text := x.read(n)
		for _, earlier := range names[:i] {
			if x.read(earlier) == text {
				x.fail(DuplicateMember, n.from, text)
			}
		}
	}
}

func (x *indexer) uniqueOfMany(names []name) {
	if x.seen == nil {
		x.seen = make(map[string]struct{}, len(names))
	}
	clear(x.seen)
	for _, n := range names {
		text := x.read(n)
		if _, twice := x.seen[text]; twice {
			x.fail(DuplicateMember, n.from, text)
		}
		x.seen[text] = struct{}{}
	}
}

func (x *indexer) rootMember(name string, at int) int {
	switch name {
	case "StartAction":
		x.doc.start = Value{x.s, at, x.value(at)}
		return x.doc.start.to
	case "Actions":
		return x.actions(at)
	case "Metadata":
		if x.s[at] == '{' {
			return x.object(at, x.metadataMember)
		}
	case "modules":
		x.hasModules = true
	}
	return x.value(at)
}

func (x *indexer) metadataMember(name string, at int) int {
	if name == "ActionMetadata" && x.s[at] == '{' {
		return x.actionMetadata(at)
	}
	end := x.value(at)
	if name == "entryPointPosition" {
		x.doc.entry = Value{x.s, at, end}
	}
	return end
}

func (x *indexer) actionMetadata(at int) int {
	end := x.object(at, func(_ string, at int) int {
		key := x.names[len(x.names)-1]
		end := x.value(at)
		x.doc.metaOf = append(x.doc.metaOf, slot{key.from, key.to, Value{x.s, at, end}})
		return end
	})
	x.doc.meta = Value{x.s, at, end}
	return end
}

func (x *indexer) actions(at int) int {
	x.hasActions = true
	if x.s[at] != '[' {
		x.fail(NotFlow, at, "Actions")
		return x.value(at)
	}
	x.doc.actions.from, x.doc.actions.text = at, x.s
	x.doc.actions.to = x.array(at, x.action)
	return x.doc.actions.to
}

// block gives a new block out of a store: one by one they cost more than their reading.
func (x *indexer) block() *Block {
	if len(x.store) == 0 {
		x.store = make([]Block, 32)
	}
	b := &x.store[0]
	x.store = x.store[1:]
	return b
}

func (x *indexer) action(at int) int {
	b := x.block()
	b.Index, b.doc = len(x.doc.blocks), x.doc
	x.doc.blocks = append(x.doc.blocks, b)
	end := at
	if x.s[at] != '{' {
		x.wrong(b, at, "")
		end = x.value(at)
	} else {
		end = x.object(at, func(name string, at int) int { return x.actionMember(b, name, at) })
	}
	b.value = Value{x.s, at, end}
	return end
}

// wrong reports that an action has a member of the wrong kind.
func (x *indexer) wrong(b *Block, at int, member string) {
	x.fail(NotFlow, at, fmt.Sprintf("Actions[%d]%s", b.Index, member))
}

func (x *indexer) actionMember(b *Block, name string, at int) int {
	switch name {
	case "Identifier":
		return x.text(b, at, ".Identifier", &b.ID)
	case "Type":
		return x.text(b, at, ".Type", &b.Type)
	case "Parameters":
		end := x.value(at)
		switch x.s[at] {
		case '{':
			b.params = Value{x.s, at, end}
		case 'n': // null is as good as absent
		default:
			x.wrong(b, at, ".Parameters")
		}
		return end
	case "Transitions":
		return x.transitions(b, at)
	}
	return x.value(at)
}

// text reads a member that is a string, or null, which is as good as absent.
func (x *indexer) text(b *Block, at int, member string, into *string) int {
	end := x.value(at)
	switch x.s[at] {
	case '"':
		*into = unquote(x.s[at:end])
	case 'n':
	default:
		x.wrong(b, at, member)
	}
	return end
}
