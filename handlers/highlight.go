package handlers

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// codeSpan is a piece of one line of code. Class is what it is: "name", "string", "number", "literal", or ""
// for punctuation and white space.
type codeSpan struct{ Class, Text string }

// codeLine is one line, without its line end.
type codeLine []codeSpan

// highlightJSON splits text into lines and names each token. From the first byte that is no JSON on, the rest
// is plain: every byte of text is shown, whatever it is.
func highlightJSON(text []byte) []codeLine {
	w := &lineWriter{lines: []codeLine{nil}}
	d, done := jsonDecoder(text), 0
	for {
		tok, err := d.ReadToken()
		if err != nil {
			break
		}
		end := int(d.InputOffset())
		start, class := end, tokenClass(tok.Kind(), d)
		if class != "" {
			start = done + tokenStart(text[done:end])
		}
		w.write("", string(text[done:start]))
		w.write(class, string(text[start:end]))
		done = end
	}
	w.write("", string(text[done:]))
	return w.finish()
}

func tokenClass(k jsontext.Kind, d *jsontext.Decoder) string {
	switch k {
	case '"':
		// Names and values of an object are counted together: an odd count means that a name was just read.
		if in, n := d.StackIndex(d.StackDepth()); in == '{' && n%2 == 1 {
			return "name"
		}
		return "string"
	case '0':
		return "number"
	case 't', 'f', 'n':
		return "literal"
	}
	return ""
}

// tokenStart skips what may stand between two tokens.
func tokenStart(b []byte) int {
	for i, c := range b {
		if !strings.ContainsRune(" \t\r\n,:", rune(c)) {
			return i
		}
	}
	return len(b)
}

type lineWriter struct{ lines []codeLine }

func (w *lineWriter) write(class, text string) {
	for {
		piece, rest, more := strings.Cut(text, "\n")
		w.append(class, strings.TrimSuffix(piece, "\r"))
		if !more {
			return
		}
		w.lines = append(w.lines, nil)
		text = rest
	}
}

// append joins neighbours of one class, so that pages carry few elements.
func (w *lineWriter) append(class, text string) {
	if text == "" {
		return
	}
	last := len(w.lines) - 1
	l := w.lines[last]
	if n := len(l); n > 0 && l[n-1].Class == class {
		l[n-1].Text += text
		return
	}
	w.lines[last] = append(l, codeSpan{class, text})
}

func (w *lineWriter) finish() []codeLine {
	if n := len(w.lines); n > 1 && w.lines[n-1] == nil {
		return w.lines[:n-1] // a final line end begins no line
	}
	return w.lines
}
