package flow

import (
	"encoding/json"
	"slices"
	"strings"
)

// Changes of a tree, in the proof's own words.

// said is a new string; how it is escaped is the editor's choice.
func said(s string) *node {
	raw, _ := json.Marshal(s) // a string always has a JSON form
	return &node{raw: string(raw), fresh: true}
}

func literal(raw string) *node { return &node{raw: raw, fresh: true} }

// as is a node that must have the very characters of another.
func as(n *node) *node { return &node{raw: n.raw} }

type pair struct {
	key   string
	value *node
}

func newObject(pairs ...pair) *node {
	n := &node{kind: '{', fresh: true}
	for _, p := range pairs {
		n.items = append(n.items, &item{key: p.key, value: p.value})
	}
	return n
}

func newArray(elements ...*node) *node {
	n := &node{kind: '[', fresh: true}
	for _, e := range elements {
		n.items = append(n.items, &item{value: e})
	}
	return n
}

// push adds a last item. The gaps outside it are those of its neighbours; only where there are none to
// imitate is the gap before it free.
func (t *tree) push(n *node, key string, value *node) {
	it := &item{key: key, value: value, renamed: true, beforeColon: gap{kind: anything}, colon: gap{kind: anything}}
	switch k := len(n.items); {
	case k > 1:
		last := n.items[k-1]
		it.lead, it.tail, last.tail = last.lead, last.tail, n.items[k-2].tail
	case k == 1:
		last := n.items[0]
		it.lead, it.tail, last.tail = last.lead, last.tail, gap{}
		if it.lead.text == "" {
			it.lead.kind = anything
		}
	case n.inner != "":
		it.lead.text, it.tail.text = n.inner, n.inner
	default:
		it.lead.kind = anything
		it.tail = t.closing(n)
	}
	n.items = append(n.items, it)
}

// closing is the gap before the end of an object that was empty: none, or a line end and the
// indentation of the line in which the object begins.
func (t *tree) closing(n *node) gap {
	if n.fresh {
		return gap{kind: anything}
	}
	lead := t.root.items[0].lead.text // never changed: Actions stands in the root
	i := strings.IndexAny(lead, "\r\n")
	if i < 0 {
		return gap{}
	}
	line := lead[i : i+1]
	if strings.HasPrefix(lead[i:], "\r\n") {
		line = "\r\n"
	}
	head := t.text[:n.at]
	head = head[strings.LastIndexAny(head, "\r\n")+1:]
	indent := head[:len(head)-len(strings.TrimLeft(head, " \t"))]
	return gap{line + indent, orNone}
}

// pull takes items out. What is left closes up: of the gaps around an item that goes, the one behind it
// stays; at the front, the one before it.
func (n *node) pull(gone func(*item) bool) {
	if len(n.items) > 0 && !slices.ContainsFunc(n.items, func(it *item) bool { return !gone(it) }) {
		first, last := n.items[0], n.items[len(n.items)-1]
		if !n.blank {
			n.inner = ""
			if first.lead.text == last.tail.text {
				n.inner = first.lead.text
			}
		}
		n.items = nil
		return
	}
	var kept []*item
	lead, leading := gap{}, false
	for i, it := range n.items {
		if gone(it) {
			if len(kept) > 0 {
				kept[len(kept)-1].tail = it.tail
			} else if i == 0 {
				lead, leading = it.lead, true
			}
			continue
		}
		if leading {
			it.lead, leading = lead, false
		}
		kept = append(kept, it)
	}
	n.items = kept
}

func (n *node) pullKey(keys ...string) {
	if n.isObject() {
		n.pull(func(it *item) bool { return slices.Contains(keys, it.key) })
	}
}

// pullPath takes out the member at path and those of its parents, below n, that would be left empty.
func (n *node) pullPath(path ...string) {
	if n.get(path...) == nil {
		return
	}
	holder, key := n, path[0]
	for i := 1; i < len(path); i++ {
		n = n.get(path[i-1])
		if len(n.items) > 1 {
			holder, key = n, path[i]
		}
	}
	holder.pullKey(key)
}

// put makes sure that path exists below n and ends in value. Where a step is there but no object,
// nothing is done.
func (t *tree) put(n *node, value *node, path ...string) {
	for i, key := range path {
		if !n.isObject() {
			return
		}
		_, it := n.find(key)
		if it == nil {
			for j := len(path) - 1; j > i; j-- {
				value = newObject(pair{path[j], value})
			}
			t.push(n, key, value)
			return
		}
		n = it.value
	}
}
