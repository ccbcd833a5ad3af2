package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wrapup/internal/fault"
	"wrapup/internal/people"
	"wrapup/views/layout"
)

func layoutProps() layout.PageProps { return layout.PageProps{Title: "A page"} }

func form(v url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestFieldErrors(t *testing.T) {
	t.Parallel()
	var e FieldErrors
	if e.Any() || len(e.Summary(t.Context(), nil).Errors) != 0 {
		t.Error("the zero value has errors")
	}
	e.require("name", "", 5)
	e.require("label", strings.Repeat("字", 6), 5)
	e.Add("name", "form.too-long", "Max", 1, "Length", 2)
	e.add(nil, "other")
	e.add(fault.New(fault.Conflict, "signin.not-first"), "")
	t.Run("the first message of a field stays", func(t *testing.T) {
		if got := e.Text(t.Context(), "name"); got != "This is required." {
			t.Error(got)
		}
	})
	t.Run("limits count characters, not bytes", func(t *testing.T) {
		if got := e.Text(t.Context(), "label"); got != "At most 5 characters. These are 6." {
			t.Error(got)
		}
		var none FieldErrors
		none.limit("label", strings.Repeat("字", 5), 5)
		if none.Any() {
			t.Error("five characters are too many")
		}
	})
	t.Run("the summary links to the fields in their order", func(t *testing.T) {
		s := e.Summary(t.Context(), func(f string) string {
			if f == "" {
				return ""
			}
			return "field-" + f
		})
		if len(s.Errors) != 3 || s.Errors[0].Href != "#field-name" || s.Errors[1].Href != "#field-label" || s.Errors[2].Href != "" || s.Title != "3 fields need attention" {
			t.Errorf("%+v", s)
		}
	})
}

func TestPosted(t *testing.T) {
	t.Parallel()
	r := form(url.Values{"a": {" two\r\nlines "}, "bad": {"x\xff"}})
	if err := parseForm(r); err != nil {
		t.Fatal(err)
	}
	if got := posted(r, "a"); got != "two\nlines" {
		t.Errorf("%q", got)
	}
	if got := postedRaw(r, "a"); got != " two\nlines " {
		t.Errorf("%q", got)
	}
	if got := posted(r, "bad"); got != "x�" {
		t.Errorf("%q", got)
	}
}

func TestParseFormRefuses(t *testing.T) {
	t.Parallel()
	t.Run("a body over the limit", func(t *testing.T) {
		t.Parallel()
		r := form(url.Values{"a": {strings.Repeat("x", 100)}})
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 10)
		if f := fault.From(parseForm(r)); f.Kind != fault.Invalid || f.Message.ID != "error.too-large" {
			t.Error(f)
		}
	})
	t.Run("what is no form", func(t *testing.T) {
		t.Parallel()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a=%zz"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if f := fault.From(parseForm(r)); f.Kind != fault.Invalid || f.Message.ID != "error.form" {
			t.Error(f)
		}
	})
}

// onlyReads are the writes that change nothing but what wrapup remembers of an instance.
var onlyReads = regexp.MustCompile(`^POST /instances/\{instance\}/(refresh|confirm|readiness/refresh|readings/\{operation\}/cancel)$`)

func TestEveryPermissionInTheTableIsKnown(t *testing.T) {
	t.Parallel()
	for route, p := range permissions {
		if p != open && !p.Needs().Known() {
			t.Errorf("%s needs %q, which nobody has", route, p)
		}
		if strings.HasPrefix(route, "POST ") && p != open && p == people.See && !onlyReads.MatchString(route) {
			t.Errorf("%s writes, and every viewer may", route)
		}
	}
}
