package flow

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions of this file walk text that is known to be valid JSON; they check nothing.

// space gives the first offset at or after i that is no white space.
func space(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t') {
		i++
	}
	return i
}

// stringEnd gives the offset after the string that begins at i. A quote ends it unless an odd number
// of backslashes stands before it.
func stringEnd(s string, i int) int {
	for i++; ; i++ {
		i += strings.IndexByte(s[i:], '"')
		back := i - 1
		for s[back] == '\\' {
			back--
		}
		if (i-back)%2 == 1 {
			return i + 1
		}
	}
}

// scalarEnd gives the offset after the number, true, false or null that begins at i.
func scalarEnd(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case ',', ']', '}', ' ', '\n', '\r', '\t':
			return i
		}
		i++
	}
	return i
}

// valueEnd gives the offset after the value that begins at i.
func valueEnd(s string, i int) int {
	switch s[i] {
	case '"':
		return stringEnd(s, i)
	case '{', '[':
	default:
		return scalarEnd(s, i)
	}
	for depth := 0; ; i++ {
		switch s[i] {
		case '"':
			i = stringEnd(s, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// unquote reads a JSON string. Without escapes it is a part of s, not a copy. A lone surrogate escape
// reads as U+FFFD.
func unquote(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	b, _ := jsontext.AppendUnquote(nil, raw) // the only error left is a lone surrogate, and b is filled
	return string(b)
}

// quote writes s as a JSON string and escapes only what JSON demands. It is false for bad UTF-8.
func quote(s string) (string, bool) {
	b, err := jsontext.AppendQuote(nil, s)
	return string(b), err == nil
}
