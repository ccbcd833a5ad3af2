package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// tree is a document as the proof reads it.
type tree struct {
	text       string
	head, tail string // the gaps around the root
	root       *node
}

// node is one value. Its kind is '{', '[' or 0 for all others.
type node struct {
	kind  byte
	raw   string // of a string, number, true, false or null
	items []*item
	inner string // the gap in an empty object or array, kept when it is filled
	blank bool   // was empty as read
	fresh bool   // stated by an edit: compared by what it says
	at    int    // offset in the text it was read from
}

// item is an element, or a member with its name.
type item struct {
	lead, tail         gap // before it, and after it up to a comma or the end
	name               string
	key                string // the name as it reads
	beforeColon, colon gap
	value              *node
	renamed            bool // the name is stated by an edit
	at                 int
}

// gap is white space: text, or as its kind allows.
type gap struct {
	text string
	kind gapKind
}

type gapKind byte

const (
	exact    gapKind = iota
	orNone           // text, or nothing
	anything         // any white space
)

func (g gap) holds(s string) bool {
	return s == g.text || g.kind == orNone && s == "" || g.kind == anything
}

// plant reads content. Strictness (one value, no comments, depth) is encoding/json's, places are hujson's.
func plant(content []byte) (*tree, error) {
	if !utf8.Valid(content) {
		return nil, errors.New("bad UTF-8")
	}
	if !json.Valid(content) {
		return nil, errors.New("not JSON")
	}
	v, err := hujson.Parse(content)
	if err != nil {
		return nil, err
	}
	t := &tree{text: string(content)}
	t.head, t.tail = t.text[:v.StartOffset], t.text[v.EndOffset:]
	t.root, err = t.grow(&v)
	if err == nil && (t.root.kind != '{' || t.actions() == nil) {
		err = errors.New("no flow")
	}
	return t, err
}

func (t *tree) grow(v *hujson.Value) (*node, error) {
	n := &node{at: v.StartOffset}
	switch val := v.Value.(type) {
	case *hujson.Object:
		n.kind = '{'
		for i := range val.Members {
			if err := t.growItem(n, &val.Members[i].Name, &val.Members[i].Value); err != nil {
				return nil, err
			}
		}
	case *hujson.Array:
		n.kind = '['
		for i := range val.Elements {
			if err := t.growItem(n, nil, &val.Elements[i]); err != nil {
				return nil, err
			}
		}
	default:
		n.raw = t.text[v.StartOffset:v.EndOffset]
		return n, nil
	}
	return n, t.gaps(n, v)
}

func (t *tree) growItem(n *node, name, value *hujson.Value) (err error) {
	it := &item{at: value.StartOffset}
	if name != nil {
		it.at = name.StartOffset
		it.name = t.text[name.StartOffset:name.EndOffset]
		it.key = say(it.name)
		before, after, _ := strings.Cut(t.text[name.EndOffset:value.StartOffset], ":")
		it.beforeColon.text, it.colon.text = before, after
	}
	it.value, err = t.grow(value)
	n.items = append(n.items, it)
	// The end of the value is kept in tail until all items are known.
	it.tail.text = t.text[value.EndOffset:]
	return err
}

// gaps fills in the gaps between the items of n, and refuses two members of one name.
func (t *tree) gaps(n *node, v *hujson.Value) error {
	end := v.EndOffset - 1
	if len(n.items) == 0 {
		n.inner, n.blank = t.text[n.at+1:end], true
		return nil
	}
	seen := make(map[string]bool, len(n.items))
	from := n.at + 1
	for i, it := range n.items {
		if n.kind == '{' && seen[it.key] {
			return fmt.Errorf("two members %q", it.key)
		}
		seen[it.key] = true
		it.lead.text = t.text[from:it.at]
		to := end
		if next := len(t.text) - len(it.tail.text); i+1 < len(n.items) {
			to = next + strings.IndexByte(it.tail.text, ',')
			from = to + 1
		}
		it.tail.text = t.text[len(t.text)-len(it.tail.text) : to]
	}
	return nil
}

// say decodes a JSON string; anything else says nothing.
func say(raw string) string {
	var s string
	if json.Unmarshal([]byte(raw), &s) != nil {
		return ""
	}
	return s
}

func (n *node) isText() bool { return n != nil && n.kind == 0 && strings.HasPrefix(n.raw, `"`) }

func (n *node) text() string {
	if !n.isText() {
		return ""
	}
	return say(n.raw)
}

func (n *node) isObject() bool { return n != nil && n.kind == '{' }

func (n *node) find(name string) (int, *item) {
	if n.isObject() {
		for i, it := range n.items {
			if it.key == name {
				return i, it
			}
		}
	}
	return -1, nil
}

// get follows a path of member names; nil where a step is missing.
func (n *node) get(path ...string) *node {
	for _, name := range path {
		_, it := n.find(name)
		if it == nil {
			return nil
		}
		n = it.value
	}
	return n
}

func (t *tree) actions() []*node {
	a := t.root.get("Actions")
	if a == nil || a.kind != '[' {
		return nil
	}
	list := make([]*node, 0, len(a.items))
	for _, it := range a.items {
		list = append(list, it.value)
	}
	return list
}
