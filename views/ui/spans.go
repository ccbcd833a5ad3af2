package ui

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// spans writes pieces of a line without any white space of its own: it stands in preformatted text.
func spans(list []Span) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error { return writeSpans(w, list) })
}

func writeSpans(w io.Writer, list []Span) error {
	for _, s := range list {
		text := templ.EscapeString(s.Text)
		if c := s.Kind.class(); c != "" {
			text = `<span class="` + c + `">` + text + `</span>`
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// codeLines writes each line with its end, so that copying keeps the lines. The numbers come from a counter in the style sheet.
func codeLines(lines []CodeLine) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for _, l := range lines {
			if err := writeLine(w, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func writeLine(w io.Writer, l CodeLine) error {
	open := `<span class="line">`
	if l.Marked {
		open = `<span class="line line-marked">`
	}
	if _, err := io.WriteString(w, open); err != nil {
		return err
	}
	if err := writeSpans(w, l.Spans); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n</span>")
	return err
}

func itoa(n int) string { return strconv.Itoa(n) }

// word is the kind as read aloud before a message.
func (k StatusKind) word() string {
	switch k {
	case Success, Warning, Error:
		return string(k)
	}
	return string(Info)
}

// role is how urgently a live message is announced: errors and warnings interrupt.
func (k StatusKind) role() string {
	if k == Error || k == Warning {
		return "alert"
	}
	return "status"
}
