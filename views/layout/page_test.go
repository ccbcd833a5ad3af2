package layout_test

import (
	"bytes"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"wrapup/views/layout"
	"wrapup/views/ui"
)

func frame(t *testing.T, p layout.PageProps) *goquery.Document {
	t.Helper()
	var b bytes.Buffer
	if err := layout.Page(p).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	d, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFrame(t *testing.T) {
	t.Parallel()
	admin := &layout.Person{Name: "mina", Role: "Administrator", Admin: true}
	t.Run("practice mode is marked, and only there", func(t *testing.T) {
		t.Parallel()
		for _, practice := range []bool{true, false} {
			d := frame(t, layout.PageProps{Title: "x", Frame: layout.Frame{Practice: practice}})
			if got := d.Find(".practice").Length() == 1; got != practice {
				t.Errorf("practice %v, marked %v", practice, got)
			}
		}
	})
	t.Run("nobody signed in sees no navigation", func(t *testing.T) {
		t.Parallel()
		if n := frame(t, layout.PageProps{Title: "x"}).Find("nav, form").Length(); n != 0 {
			t.Errorf("%d elements", n)
		}
	})
	t.Run("People is for administrators, sign-out is a form that posts", func(t *testing.T) {
		t.Parallel()
		d := frame(t, layout.PageProps{Title: "x", Active: layout.NavPeople, Frame: layout.Frame{Person: admin}})
		if d.Find("a[href='/people'][aria-current]").Length() != 1 || d.Find("form[method=post][action='/sign-out'] button").Length() != 1 {
			t.Error(d.Find("header").Html())
		}
		d = frame(t, layout.PageProps{Title: "x", Frame: layout.Frame{Person: &layout.Person{Name: "lee", Role: "Viewer"}}})
		if d.Find("a[href='/people']").Length() != 0 {
			t.Error("a viewer is offered People")
		}
	})
	t.Run("the skip link leads to the content, the last breadcrumb is the page", func(t *testing.T) {
		t.Parallel()
		d := frame(t, layout.PageProps{Title: "Main line", Crumbs: []ui.Link{{Text: "Instances", Href: "/instances"}, {Text: "Main line"}}})
		if d.Find("body > a.skip[href='#content']").Length() != 1 || d.Find("main#content").Length() != 1 {
			t.Error("no way to the content")
		}
		if got := d.Find(".breadcrumbs [aria-current=page]").Text(); got != "Main line" {
			t.Error(got)
		}
		if got := d.Find("title").Text(); got != "Main line – wrapup" {
			t.Error(got)
		}
	})
	t.Run("htmx waits for what it is extended by", func(t *testing.T) {
		t.Parallel()
		d := frame(t, layout.PageProps{Title: "x", Stream: true})
		if d.Find("script[src*='/htmx.']:not([defer]):not([async]) ~ script[src*='/hx-sse.'][defer]").Length() != 1 {
			t.Error(d.Find("head").Html())
		}
		if d = frame(t, layout.PageProps{Title: "x"}); d.Find("script[src*='/htmx.'][defer]").Length() != 1 || d.Find("script:not([defer])").Length() != 0 {
			t.Error(d.Find("head").Html())
		}
	})
	t.Run("hostile names stay text", func(t *testing.T) {
		t.Parallel()
		const s = `</title><script>alert(1)</script>"'`
		d := frame(t, layout.PageProps{Title: s, Count: s, Description: s, Instance: &ui.Link{Text: s, Href: "javascript:alert(1)"},
			Frame: layout.Frame{Person: &layout.Person{Name: s, Role: s}, Version: s, RequestID: s, Flashes: []ui.AlertProps{{Kind: ui.Success, Text: s}}}})
		if d.Find("script:not([src]), a[href^=javascript]").Length() != 0 {
			t.Error("a name became markup")
		}
	})
}
