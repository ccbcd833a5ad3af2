// Package views_test holds what is true of every feature's page.
package views_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"wrapup/views/changes"
	"wrapup/views/coverage"
	"wrapup/views/flow"
	"wrapup/views/flows"
	"wrapup/views/guides"
	"wrapup/views/history"
	"wrapup/views/instances"
	"wrapup/views/readiness"
)

// hostile is text that a flow, a person or the service may hold.
const hostile = "\"><script>alert(1)</script><b>'&amp; 訪客 🛑 \u202e javascript:alert(1)"

// pages fills every page's props with the text, every list with two elements and every pointer.
func pages(s string) map[string]templ.Component {
	return map[string]templ.Component{
		"changes.New":       changes.New(filled[changes.NewProps](s)),
		"changes.Review":    changes.Review(filled[changes.ReviewProps](s)),
		"changes.Result":    changes.Result(filled[changes.ResultProps](s)),
		"coverage.All":      coverage.All(filled[coverage.AllProps](s)),
		"coverage.Instance": coverage.Instance(filled[coverage.InstanceProps](s)),
		"coverage.Report":   coverage.Report(filled[coverage.ReportProps](s)),
		"flow.Show":         flow.Show(filled[flow.ShowProps](s)),
		"flows.List":        flows.List(filled[flows.ListProps](s)),
		"flows.First":       flows.First(filled[flows.FirstProps](s)),
		"guides.List":       guides.List(filled[guides.ListProps](s)),
		"guides.Form":       guides.Form(filled[guides.FormProps](s)),
		"guides.Preview":    guides.Preview(filled[guides.PreviewProps](s)),
		"history.List":      history.List(filled[history.ListProps](s)),
		"history.Flow":      history.Flow(filled[history.FlowProps](s)),
		"history.Compare":   history.Compare(filled[history.CompareProps](s)),
		"history.Outside":   history.Outside(filled[history.OutsideProps](s)),
		"instances.List":    instances.List(filled[instances.ListProps](s)),
		"readiness.Show":    readiness.Show(filled[readiness.ShowProps](s)),
	}
}

func filled[T any](s string) T {
	var v T
	fill(reflect.ValueOf(&v).Elem(), s, 0)
	return v
}

// fill sets what can be set; components are left out, for each is filled where it is made.
func fill(v reflect.Value, s string, depth int) {
	if depth > 12 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(2)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), s, depth+1)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s, depth+1)
	case reflect.Slice:
		n := 2
		if depth > 7 {
			n = 0 // parts nest in parts
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(v.Index(i), s, depth+1)
		}
	}
}

func render(t *testing.T, c templ.Component) (*goquery.Document, string) {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc, b.String()
}

func TestHostileTextStaysTextOnEveryPage(t *testing.T) {
	t.Parallel()
	for name, page := range pages(hostile) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, html := render(t, page)
			if strings.Contains(html, "<script>alert") || doc.Find("main b").Length() > 0 {
				t.Error("the text became markup")
			}
			if !strings.Contains(doc.Find("main").Text(), "訪客 🛑") {
				t.Error("the text is not on the page: the props were not filled")
			}
			doc.Find("[href], [action], [formaction], [src], [hx-get]").Each(func(_ int, s *goquery.Selection) {
				for _, a := range []string{"href", "action", "formaction", "src", "hx-get"} {
					if v, ok := s.Attr(a); ok && strings.HasPrefix(strings.ToLower(strings.TrimSpace(v)), "javascript:") {
						t.Errorf("%s=%q", a, v)
					}
				}
			})
		})
	}
}

func TestAddressesOfScriptAreNoLinksOnAnyPage(t *testing.T) {
	t.Parallel()
	for name, page := range pages("javascript:alert(1)") {
		doc, _ := render(t, page)
		doc.Find(`[href^="javascript"], [action^="javascript"], [formaction^="javascript"]`).Each(func(_ int, s *goquery.Selection) {
			html, err := goquery.OuterHtml(s)
			t.Errorf("%s: %.200s (%v)", name, html, err)
		})
	}
}

func TestEveryPageKeepsTheContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	for name, page := range pages("x") {
		doc, _ := render(t, page)
		if n := doc.Find("[style], [onclick], [onchange], [hx-on], style, script:not([src])").Length(); n > 0 {
			t.Errorf("%s has %d inline styles or scripts", name, n)
		}
		if n := doc.Find("h1").Length(); n != 1 {
			t.Errorf("%s has %d headings of level 1", name, n)
		}
		doc.Find("img:not([alt]), button:not([aria-hidden]):not([aria-label]), input:not([id]):not([type=hidden]):not([aria-label])").Each(func(_ int, s *goquery.Selection) {
			if goquery.NodeName(s) == "button" && strings.TrimSpace(s.Text()) != "" {
				return
			}
			html, err := goquery.OuterHtml(s)
			t.Errorf("%s: no name: %.200s (%v)", name, html, err)
		})
	}
}
