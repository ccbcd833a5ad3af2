package handlers

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"wrapup/views/ui"
)

// highlightJSON splits text into lines and names what each token is. From the first byte that is no JSON on, the rest
// is plain: every byte of text is shown, whatever it is. A line of an object alone (`"a": 1,`) is read as such.
func highlightJSON(text []byte) []ui.CodeLine {
	w := &lineWriter{lines: []ui.CodeLine{{}}}
	d, done, shift := jsonDecoder(text), 0, 0
	if isMember(text) {
		d, shift = jsonDecoder(append([]byte{'{'}, text...)), 1
		_, _ = d.ReadToken() // the brace just put there
	}
	for {
		tok, err := d.ReadToken()
		if err != nil {
			break
		}
		end := int(d.InputOffset()) - shift
		start, kind := end, tokenKind(tok.Kind(), d)
		if kind != ui.Plain {
			start = done + tokenStart(text[done:end])
		}
		w.write(ui.Plain, string(text[done:start]))
		w.write(kind, string(text[start:end]))
		done = end
	}
	w.write(ui.Plain, string(text[done:]))
	return w.finish()
}

// isMember says whether text begins with a name and a colon.
func isMember(text []byte) bool {
	d := jsonDecoder(text)
	if d.PeekKind() != '"' {
		return false
	}
	if err := d.SkipValue(); err != nil {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(text[d.InputOffset():], " \t\r\n"), []byte{':'})
}

func tokenKind(k jsontext.Kind, d *jsontext.Decoder) ui.SpanKind {
	switch k {
	case '"':
		// Names and values of an object are counted together: an odd count means that a name was just read.
		if in, n := d.StackIndex(d.StackDepth()); in == '{' && n%2 == 1 {
			return ui.Key
		}
		return ui.String
	case '0':
		return ui.Number
	case 't', 'f', 'n':
		return ui.Literal
	}
	return ui.Plain
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

type lineWriter struct{ lines []ui.CodeLine }

func (w *lineWriter) write(kind ui.SpanKind, text string) {
	for {
		piece, rest, more := strings.Cut(text, "\n")
		w.append(kind, strings.TrimSuffix(piece, "\r"))
		if !more {
			return
		}
		w.lines = append(w.lines, ui.CodeLine{})
		text = rest
	}
}

// append joins neighbours of one class, so that pages carry few elements.
func (w *lineWriter) append(kind ui.SpanKind, text string) {
	if text == "" {
		return
	}
	l := &w.lines[len(w.lines)-1]
	if n := len(l.Spans); n > 0 && l.Spans[n-1].Kind == kind {
		l.Spans[n-1].Text += text
		return
	}
	l.Spans = append(l.Spans, ui.Span{Kind: kind, Text: text})
}

func (w *lineWriter) finish() []ui.CodeLine {
	if n := len(w.lines); n > 1 && w.lines[n-1].Spans == nil {
		return w.lines[:n-1] // a final line end begins no line
	}
	return w.lines
}
