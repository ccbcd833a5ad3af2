package flow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// patch replaces the bytes [from, to) of a text. The patches of one edit do not overlap.
type patch struct {
	from, to int
	text     string
}

// sound says whether a new text is white space, or a value or member, with or without a comma before it.
func (p patch) sound() bool {
	text := strings.Trim(p.text, " \t\r\n")
	if text == "" {
		return true
	}
	if text = strings.TrimPrefix(text, ","); text == "" {
		return false
	}
	lone := jsontext.AllowInvalidUTF8(true) // a lone surrogate copied from the document
	return jsontext.Value(text).IsValid(lone) || jsontext.Value("{"+text+"}").IsValid(lone)
}

func splice(text string, list []patch) string {
	slices.SortStableFunc(list, func(a, b patch) int { return cmp.Compare(a.from, b.from) })
	size := len(text)
	for _, p := range list {
		size += len(p.text) - (p.to - p.from)
	}
	var sb strings.Builder
	sb.Grow(size)
	at := 0
	for _, p := range list {
		sb.WriteString(text[at:p.from])
		sb.WriteString(p.text)
		at = p.to
	}
	sb.WriteString(text[at:])
	return sb.String()
}

// span is the place of one element, or of one member with its name.
type span struct{ from, to int }

func (v Value) items() []span {
	var list []span
	for m := range v.slots() {
		list = append(list, span{m.key, m.value.to})
	}
	for _, e := range v.Elements() {
		list = append(list, span{e.from, e.to})
	}
	return list
}

// items are those of v; of the two long lists they are known already.
func (d *Document) items(v Value) []span {
	var list []span
	switch v.from {
	case d.actions.from:
		for _, b := range d.blocks {
			list = append(list, span{b.value.from, b.value.to})
		}
	case d.meta.from:
		for _, m := range d.metaOf {
			list = append(list, span{m.key, m.value.to})
		}
	default:
		return v.items()
	}
	return list
}

func replace(v Value, raw string) patch { return patch{v.from, v.to, raw} }

// cut deletes the items that drop names. Of an item that goes, the comma and the white space before it
// go too; of the first, those after it. So a cut undoes append exactly. An empty object keeps as its
// white space what stood alike on both sides of its only item: append puts it there.
func cut(v Value, items []span, drop func(i int) bool) []patch {
	kept := -1
	var list []patch
	for i := 0; i < len(items); i++ {
		if !drop(i) {
			kept = i
			continue
		}
		end := i
		for end+1 < len(items) && drop(end+1) {
			end++
		}
		switch {
		case kept >= 0:
			list = append(list, patch{items[kept].to, items[end].to, ""})
		case end+1 < len(items):
			list = append(list, patch{items[0].from, items[end+1].from, ""})
		default:
			inner := ""
			if lead := v.text[v.from+1 : items[0].from]; lead == v.text[items[end].to:v.to-1] {
				inner = lead
			}
			list = append(list, patch{v.from + 1, v.to - 1, inner})
		}
		i = end
	}
	return list
}

// cutMembers deletes the members of these names.
func cutMembers(v Value, names ...string) []patch {
	var drop []bool
	for m := range v.slots() {
		drop = append(drop, slices.Contains(names, m.name(v.text)))
	}
	return cut(v, v.items(), func(i int) bool { return drop[i] })
}

// prune deletes the member at path, and with it those of its parents inside v that it leaves empty.
func prune(v Value, path ...string) []patch {
	holder, name := v, ""
	for i, step := range path {
		m, ok := v.member(step)
		if !ok {
			return nil
		}
		if i == 0 || len(v.items()) > 1 {
			holder, name = v, step
		}
		v = m.value
	}
	return cutMembers(holder, name)
}
