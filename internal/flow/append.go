package flow

import "strings"

// appended is the patch that puts a new last item into v: an element (name empty) or a member. Gaps and
// indentation are those of the last two items; of the only item; or, in an empty object, of the document.
func (d *Document) appended(v Value, name string, value any) patch {
	items := d.items(v)
	if len(items) == 0 {
		return d.first(v, name, value)
	}
	last := items[len(items)-1]
	st := d.itemStyle(v, last, name != "")
	var gap string
	if len(items) > 1 {
		gap = d.text[items[len(items)-2].to:last.from]
	} else if gap = "," + d.text[v.from+1:last.from]; gap == "," {
		gap += st.comma
	}
	indent := lineIndent(d.text, last.from)
	if lead := gap[strings.IndexByte(gap, ',')+1:]; lineEnd(lead) != "" {
		indent = indentOf(lead)
	}
	return patch{last.to, last.to, gap + st.item(name, value, indent)}
}

// first is the patch for an empty object. White space that stood between its braces is written on both
// sides of the item, and no other is ever alike on both sides unless it is empty: so cut finds it again.
func (d *Document) first(v Value, name string, value any) patch {
	st := d.style()
	inner := d.text[v.from+1 : v.to-1]
	base := lineIndent(d.text, v.from)
	if inner != "" || st.line == "" || st.unit == "" {
		return patch{v.from + 1, v.to - 1, inner + st.item(name, value, base) + inner}
	}
	return patch{v.from + 1, v.to - 1, st.line + base + st.unit + st.item(name, value, base+st.unit) + st.line + base}
}

func (st style) item(name string, value any, indent string) string {
	var sb strings.Builder
	if name == "" {
		st.render(&sb, value, indent)
	} else {
		st.field(&sb, field{name, value}, indent)
	}
	return sb.String()
}

// itemStyle is the layout inside the last item of v, which a new item imitates.
func (d *Document) itemStyle(v Value, last span, member bool) style {
	st := d.style()
	at := last.from
	if member {
		end := stringEnd(d.text, at)
		at = space(d.text, space(d.text, end)+1)
		st.colon = d.text[end:at]
	}
	if inner := (Value{d.text, at, last.to}); inner.is('{') && d.text[space(d.text, at+1)] != '}' {
		colon := st.colon
		st = inner.style(st)
		if member {
			st.colon = colon
		}
	} else if lineEnd(d.text[v.from:v.to]) == "" {
		st.line = "" // a part on one line in a document of many
	}
	return st
}
