package flow

import "strings"

// style is how a part of a document is laid out. New text imitates it.
type style struct {
	line  string // the line end; empty where everything stands on one line
	unit  string // one step of indentation
	colon string // between a name and its value
	comma string // after a comma, where all is on one line
	pad   string // inside braces, where all is on one line
}

// object and list are new JSON values; a string in them is raw JSON text.
type (
	field struct {
		name  string
		value any
	}
	object []field
	list   []any
)

func (st style) render(sb *strings.Builder, v any, indent string) {
	switch v := v.(type) {
	case string:
		sb.WriteString(v)
	case object:
		st.group(sb, '{', '}', len(v), indent, func(i int, inner string) {
			st.field(sb, v[i], inner)
		})
	case list:
		st.group(sb, '[', ']', len(v), indent, func(i int, inner string) {
			st.render(sb, v[i], inner)
		})
	}
}

func (st style) field(sb *strings.Builder, f field, indent string) {
	name, _ := quote(f.name)
	sb.WriteString(name)
	sb.WriteString(st.colon)
	st.render(sb, f.value, indent)
}

func (st style) group(sb *strings.Builder, open, end byte, n int, indent string, item func(i int, inner string)) {
	sb.WriteByte(open)
	before, between, after := st.pad, st.comma, st.pad
	inner := indent + st.unit
	if st.line != "" {
		before, between, after = st.line+inner, st.line+inner, st.line+indent
	}
	for i := range n {
		if i == 0 {
			sb.WriteString(before)
		} else {
			sb.WriteString("," + between)
		}
		item(i, inner)
	}
	if n > 0 {
		sb.WriteString(after)
	}
	sb.WriteByte(end)
}

// style is the document's own: the gaps around its first two members.
func (d *Document) style() style { return d.root.style(style{colon: ":"}) }

// style reads the layout of an object from its own first members, and takes from st what they do not show.
func (v Value) style(st style) style {
	n := 0
	end := 0
	for m := range v.slots() {
		if n == 0 {
			gap := v.text[v.from+1 : m.key]
			st.line, st.pad = lineEnd(gap), ""
			if st.line == "" {
				st.pad = gap
			} else if unit, ok := strings.CutPrefix(indentOf(gap), lineIndent(v.text, v.from)); ok && unit != "" {
				st.unit = unit
			}
			st.colon = v.text[m.keyEnd:m.value.from]
			st.comma = afterColon(st.colon)
		} else {
			if gap := v.text[end:m.key]; lineEnd(gap) == "" {
				st.comma = gap[strings.IndexByte(gap, ',')+1:]
			}
			break
		}
		end = m.value.to
		n++
	}
	return st
}

func afterColon(colon string) string { return colon[strings.IndexByte(colon, ':')+1:] }

// lineEnd is the first line end in a gap.
func lineEnd(gap string) string {
	i := strings.IndexAny(gap, "\r\n")
	switch {
	case i < 0:
		return ""
	case strings.HasPrefix(gap[i:], "\r\n"):
		return "\r\n"
	}
	return gap[i : i+1]
}

// indentOf is what follows the last line end of a gap.
func indentOf(gap string) string { return gap[strings.LastIndexAny(gap, "\r\n")+1:] }

// lineIndent is the white space at the start of the line in which offset at stands.
func lineIndent(text string, at int) string {
	from := strings.LastIndexAny(text[:at], "\r\n") + 1
	return text[from:space(text, from)]
}
