package picture

import (
	"strconv"
	"strings"
	"unicode"
)

// Sizes of text in pixels. The style sheet has 13 and 12; titles are bold, which is wider.
const (
	titleSize = 14
	textSize  = 12
)

// advance is a character's width in hundredths of its size, on the wide side: a server has no fonts.
func advance(r rune) int {
	switch {
	case r == ' ' || strings.ContainsRune("iIljtfr.,:;'|!()[]-/\\\"", r):
		return 36
	case r == 'm' || r == 'w' || r == 'M' || r == 'W' || r == '@' || r == '%' || r == '→' || r == '…':
		return 94
	case r < 0x80 && unicode.IsUpper(r):
		return 72
	case r < 0x1100:
		return 58
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		return 0
	}
	return 104
}

func width(s string, size int) int {
	n := 0
	for _, r := range s {
		n += advance(r)
	}
	return n * size / 100
}

// clean makes one line of text: controls and white space become single spaces.
func clean(s string) string {
	if plain := strings.IndexFunc(s, func(r rune) bool { return r < '!' || r > '~' }) < 0; plain {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// cut shortens text to the room, with an ellipsis.
func cut(s string, size, room int) string {
	if width(s, size) <= room {
		return s
	}
	n := advance('…') * size
	for i, r := range s {
		if n += advance(r) * size; n > room*100 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// wrap breaks text into two lines at most, between words where it can.
func wrap(s string, size, room int) []string {
	if width(s, size) <= room {
		return []string{s}
	}
	n, at := 0, 0
	for i, r := range s {
		if r == ' ' {
			at = i
		}
		if n += advance(r) * size; n > room*100 {
			if at == 0 {
				at = i
			}
			break
		}
	}
	return []string{strings.TrimRight(s[:at], " "), cut(strings.TrimLeft(s[at:], " "), size, room)}
}

// join lists names in the room there is: the first ones, and how many more there are.
func join(names []string, size, room int) string {
	text := ""
	for i, n := range names {
		next, more := n, ""
		if i > 0 {
			next = text + ", " + n
		}
		if rest := len(names) - i - 1; rest > 0 {
			more = " +" + strconv.Itoa(rest)
		}
		if width(next+more, size) > room {
			if i == 0 {
				return cut(n, size, room-width(more, size)) + more
			}
			return text + " +" + strconv.Itoa(len(names)-i)
		}
		text = next
	}
	return text
}
