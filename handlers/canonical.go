package handlers

import (
	"bytes"
	"cmp"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonNode is a JSON value read only to be written out again for people.
type jsonNode struct {
	kind    jsontext.Kind
	scalar  []byte // of a string, number or literal: as it is written out
	members []jsonMember
	elems   []*jsonNode
}

type jsonMember struct {
	name  []byte // quoted
	plain string
	value *jsonNode
}

// canonicalJSON is the form in which two flows are compared for people: indented by two spaces, members in
// reading order (what the flow language names first, the designer's Metadata last, the rest by name),
// strings with the fewest escapes, numbers as written. The service and the console write the same flow with
// different white space and member order; in this form only real differences are left. Proofs never use it.
// Content that is no JSON comes back unchanged and false.
func canonicalJSON(content []byte) ([]byte, bool) {
	return rewriteJSON(content, true)
}

// prettyJSON is content indented by two spaces, its own member order kept. Content that is no JSON comes back
// unchanged and false.
func prettyJSON(content []byte) ([]byte, bool) {
	return rewriteJSON(content, false)
}

func rewriteJSON(content []byte, ordered bool) ([]byte, bool) {
	d := jsonDecoder(content)
	n, err := readNode(d, ordered)
	if err != nil {
		return content, false
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return content, false
	}
	return append(n.appendTo(make([]byte, 0, 2*len(content)), 0), '\n'), true
}

func jsonDecoder(content []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(content), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func readNode(d *jsontext.Decoder, ordered bool) (*jsonNode, error) {
	n := &jsonNode{kind: d.PeekKind()}
	switch n.kind {
	case '{':
		return n, readMembers(d, n, ordered)
	case '[':
		return n, readElements(d, n, ordered)
	}
	v, err := d.ReadValue()
	if err != nil {
		return nil, err
	}
	n.scalar = scalarText(v, ordered)
	return n, nil
}

func readMembers(d *jsontext.Decoder, n *jsonNode, ordered bool) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		m := jsonMember{name: scalarText(name, ordered), plain: unquoted(name)}
		if m.value, err = readNode(d, ordered); err != nil {
			return err
		}
		n.members = append(n.members, m)
	}
	if ordered {
		slices.SortStableFunc(n.members, byReadingOrder)
	}
	_, err := d.ReadToken()
	return err
}

func readElements(d *jsontext.Decoder, n *jsonNode, ordered bool) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		e, err := readNode(d, ordered)
		if err != nil {
			return err
		}
		n.elems = append(n.elems, e)
	}
	_, err := d.ReadToken()
	return err
}

// scalarText copies a scalar; in the ordered form a string is written with the fewest escapes.
func scalarText(v jsontext.Value, fewest bool) []byte {
	if fewest && v.Kind() == '"' {
		// An error means invalid UTF-8, shown with replacement characters.
		b, _ := jsontext.AppendQuote(nil, unquoted(v))
		return b
	}
	return bytes.Clone(v)
}

func unquoted(v jsontext.Value) string {
	b, _ := jsontext.AppendUnquote(nil, v) // as in scalarText
	return string(b)
}

// readingOrder ranks the flow language's own members; the others stand between, by name.
var readingOrder = map[string]int{
	"Version": 1, "StartAction": 2, "Identifier": 3, "Type": 4, "Parameters": 5, "Transitions": 6,
	"NextAction": 7, "Conditions": 8, "Errors": 9, "Actions": 101, "Metadata": 102,
}

const otherMembers = 50

func byReadingOrder(a, b jsonMember) int {
	return cmp.Or(cmp.Compare(memberRank(a.plain), memberRank(b.plain)), cmp.Compare(a.plain, b.plain))
}

func memberRank(name string) int {
	if r, ok := readingOrder[name]; ok {
		return r
	}
	return otherMembers
}

func (n *jsonNode) appendTo(b []byte, depth int) []byte {
	switch {
	case n.kind == '{' && len(n.members) == 0:
		return append(b, "{}"...)
	case n.kind == '[' && len(n.elems) == 0:
		return append(b, "[]"...)
	case n.kind == '{':
		b = append(b, '{')
		for i, m := range n.members {
			b = appendBreak(b, i > 0, depth+1)
			b = append(append(b, m.name...), ": "...)
			b = m.value.appendTo(b, depth+1)
		}
		return append(appendBreak(b, false, depth), '}')
	case n.kind == '[':
		b = append(b, '[')
		for i, e := range n.elems {
			b = appendBreak(b, i > 0, depth+1)
			b = e.appendTo(b, depth+1)
		}
		return append(appendBreak(b, false, depth), ']')
	}
	return append(b, n.scalar...)
}

func appendBreak(b []byte, comma bool, depth int) []byte {
	if comma {
		b = append(b, ',')
	}
	b = append(b, '\n')
	for range depth {
		b = append(b, "  "...)
	}
	return b
}
