package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/views/ui"
)

// MaxBody is how many bytes of a request's body are read; the router enforces it.
const MaxBody = 2 << 20

// FieldErrors are the messages of a form, in the order of its fields; the zero value has none.
type FieldErrors struct {
	list []fieldError
}

type fieldError struct {
	field string
	msg   fault.Message
}

// Add puts a message beside a field. The first one of a field stays: one mistake at a time.
func (e *FieldErrors) Add(field, id string, args ...any) {
	if e.message(field) == nil {
		e.list = append(e.list, fieldError{field, fault.Msg(id, args...)})
	}
}

// add puts a refusal of the domain beside a field; nil adds nothing.
func (e *FieldErrors) add(err error, field string) {
	if f := fault.From(err); f != nil && e.message(field) == nil {
		e.list = append(e.list, fieldError{field, f.Message})
	}
}

// drop takes back the message of a field.
func (e *FieldErrors) drop(field string) {
	e.list = slices.DeleteFunc(e.list, func(f fieldError) bool { return f.field == field })
}

// Any says whether there is one.
func (e FieldErrors) Any() bool { return len(e.list) > 0 }

// Has says whether the field has one.
func (e FieldErrors) Has(field string) bool { return e.message(field) != nil }

func (e FieldErrors) message(field string) *fault.Message {
	for i := range e.list {
		if e.list[i].field == field {
			return &e.list[i].msg
		}
	}
	return nil
}

// Text is the field's message in the reader's language; empty without one.
func (e FieldErrors) Text(ctx context.Context, field string) string {
	if m := e.message(field); m != nil {
		return i18n.Text(ctx, *m)
	}
	return ""
}

// Summary lists the messages, each as a link to the control with the id that a field's name gives (id nil: the name).
func (e FieldErrors) Summary(ctx context.Context, id func(field string) string) ui.SummaryProps {
	s := ui.SummaryProps{Title: i18n.T(ctx, "form.errors", "Count", len(e.list))}
	for _, f := range e.list {
		target := f.field
		if id != nil {
			target = id(f.field)
		}
		l := ui.Link{Text: i18n.Text(ctx, f.msg)}
		if target != "" {
			l.Href = "#" + target
		}
		s.Errors = append(s.Errors, l)
	}
	return s
}

// parseForm reads a posted form. What is too large or no form is fault.Invalid.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.New(fault.Invalid, "error.too-large", "Limit", "2 MB").Because(err)
	case err != nil:
		return fault.New(fault.Invalid, "error.form").Because(err)
	}
	return nil
}

// asked are the fields of a form that only asks for a page: in the address, or posted where they are too many for one.
func asked(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		return r.URL.Query(), nil
	}
	err := parseForm(r)
	return r.PostForm, err
}

// posted is a field of a posted form, without white space around it and with the line ends that were typed as \n;
// a character that is no UTF-8 is replaced.
func posted(r *http.Request, name string) string {
	return strings.TrimSpace(postedRaw(r, name))
}

// postedRaw is posted with white space kept: for passwords and for texts in which it counts.
func postedRaw(r *http.Request, name string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(r.PostForm.Get(name), "\r\n", "\n"), "�")
}

// require adds the usual messages: something must be there, and at most max characters of it.
func (e *FieldErrors) require(field, value string, max int) {
	if value == "" {
		e.Add(field, "form.required")
	}
	e.limit(field, value, max)
}

func (e *FieldErrors) limit(field, value string, max int) {
	if n := utf8.RuneCountInString(value); n > max {
		e.Add(field, "form.too-long", "Max", max, "Length", n)
	}
}
