package ui_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"wrapup/views/ui"
)

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'` + "`" + `{{.}} javascript:alert(1) &amp; 😀 ` + "\u202e"

func parse(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	d, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestHostileStringsStayText(t *testing.T) {
	t.Parallel()
	for name, c := range everyComponent(hostile) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := parse(t, c)
			if n := d.Find("script, img, [onerror]").Length(); n > 0 {
				t.Errorf("%d elements were made of a string", n)
			}
			if !strings.Contains(d.Text(), "<script>alert(1)</script>") {
				t.Error("the string is not shown as text")
			}
		})
	}
}

func TestScriptAddressesAreNotLinks(t *testing.T) {
	t.Parallel()
	for name, c := range everyComponent("javascript:alert(1)") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := parse(t, c)
			for _, attr := range []string{"href", "action", "formaction", "src"} {
				d.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
					if v, _ := s.Attr(attr); strings.HasPrefix(strings.ToLower(strings.TrimSpace(v)), "javascript:") {
						t.Errorf("%s=%q", attr, v)
					}
				})
			}
		})
	}
}

func TestMarkupKeepsTheRules(t *testing.T) {
	t.Parallel()
	for name, c := range everyComponent("plain words") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := parse(t, c)
			if n := d.Find("[style], style, script, [hx-on], [onclick]").Length(); n > 0 {
				t.Errorf("%d elements that the content security policy blocks", n)
			}
			ids := map[string]bool{}
			d.Find("[id]").Each(func(_ int, s *goquery.Selection) {
				id, _ := s.Attr("id")
				if ids[id] {
					t.Errorf("id %q stands twice", id)
				}
				ids[id] = true
			})
			for _, attr := range []string{"aria-describedby", "aria-labelledby", "for"} {
				d.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
					v, _ := s.Attr(attr)
					for id := range strings.FieldsSeq(v) {
						if !ids[id] && name != "Button" { // its Described and Form name things of the page
							t.Errorf("%s names %q, which is not there", attr, id)
						}
					}
				})
			}
			d.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
				id, _ := s.Attr("id")
				if s.AttrOr("aria-label", "") == "" && d.Find("label[for='"+id+"']").Length() != 1 {
					t.Errorf("control %q has no label", id)
				}
			})
			d.Find("svg").Each(func(_ int, s *goquery.Selection) {
				if s.AttrOr("aria-hidden", "") != "true" {
					t.Error("an icon is read aloud")
				}
			})
		})
	}
}

func TestStatusIsNeverColourAlone(t *testing.T) {
	t.Parallel()
	icons := map[string]bool{}
	for _, kind := range []ui.StatusKind{ui.Success, ui.Warning, ui.Error, ui.Info, ui.Pending, ui.Stopped} {
		d := parse(t, ui.Status(ui.StatusProps{Kind: kind, Text: "Opens the guide"}))
		href := d.Find("use").AttrOr("href", "")
		if icons[href] {
			t.Errorf("%s shares its icon %s", kind, href)
		}
		icons[href] = true
		if got := strings.TrimSpace(d.Text()); got != "Opens the guide" {
			t.Errorf("%s reads %q", kind, got)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	base := ui.TableProps{
		ID: "flows", Title: "Inbound flows", Count: "(2/23)",
		Columns: []ui.Column{{Text: "Name", Href: "?sort=name", Sort: ui.Descending}, {Text: "Status"}},
		Select:  &ui.Selection{Name: "flow", Form: "add", Label: "Select"},
		Rows: []ui.Row{
			{Value: "1", Label: "Main", Selected: true, Cells: []ui.Cell{{Text: "Main", Href: "/flows/1"}, {Text: "No guide"}}},
			{Value: "2", Label: "Guide", Selected: true, Reason: "Is a guide", Cells: []ui.Cell{{Text: "Guide", Href: "/flows/2"}, {Text: "Is a guide"}}},
		},
		Empty: &ui.EmptyProps{Title: "No match", Action: &ui.Link{Text: "Clear filter", Href: "/flows"}},
	}
	t.Run("the title carries the count and names the table", func(t *testing.T) {
		t.Parallel()
		d := parse(t, ui.Table(base))
		if got := strings.Join(strings.Fields(d.Find("h2#flows-title").Text()), " "); got != "Inbound flows (2/23)" {
			t.Errorf("title %q", got)
		}
	})
	t.Run("a row that cannot be selected says why and is not sent", func(t *testing.T) {
		t.Parallel()
		row := parse(t, ui.Table(base)).Find("tbody tr").Eq(1)
		if row.Find("input[disabled]:not([checked])").Length() != 1 || row.Find(".reason").Text() != "Is a guide" {
			t.Error(row.Html())
		}
	})
	t.Run("the sorted column says so", func(t *testing.T) {
		t.Parallel()
		if parse(t, ui.Table(base)).Find("th[aria-sort=descending] a[href='?sort=name']").Length() != 1 {
			t.Error("no aria-sort")
		}
	})
	t.Run("no rows show the empty state and no table", func(t *testing.T) {
		t.Parallel()
		p := base
		p.Rows = nil
		d := parse(t, ui.Table(p))
		if d.Find("table").Length() != 0 || d.Find(".empty a[href='/flows']").Length() != 1 {
			t.Error(d.Html())
		}
	})
	t.Run("a failed load is an alert with Retry, never an empty table", func(t *testing.T) {
		t.Parallel()
		p := base
		p.Rows, p.Failed = nil, &ui.AlertProps{Kind: ui.Error, Text: "Denied", Action: &ui.Link{Text: "Retry", Href: "/flows"}}
		d := parse(t, ui.Table(p))
		if d.Find("table, .empty").Length() != 0 || d.Find(".alert-error a").Text() == "" {
			t.Error(d.Html())
		}
	})
}

func TestFieldTiesItsTextsToTheControl(t *testing.T) {
	t.Parallel()
	d := parse(t, ui.TextInput(ui.TextInputProps{Name: "label", Value: "Kunde", FieldProps: ui.FieldProps{
		ID: "label", Label: "Label", Constraint: "At most 50 characters", Error: "Too long", HasLive: true}}))
	in := d.Find("input#label[aria-invalid=true]")
	if got, want := in.AttrOr("aria-describedby", ""), "label-constraint label-live label-error"; got != want {
		t.Errorf("aria-describedby %q, want %q", got, want)
	}
	if in.AttrOr("value", "") != "Kunde" {
		t.Error("the typed value is lost")
	}
	if d.Find("#label-live").Text() == "" {
		t.Error("an empty live value is not named")
	}
}

func TestDiffSaysAddedAndRemovedInWords(t *testing.T) {
	t.Parallel()
	d := parse(t, everyComponent("x")["Diff"])
	if d.Find(".diff-added .visually-hidden").Text() != "added" || d.Find(".diff-removed .visually-hidden").Text() != "removed" {
		t.Error(d.Html())
	}
}

func TestCodeKeepsEveryCharacter(t *testing.T) {
	t.Parallel()
	c := ui.Code(ui.CodeProps{Label: "JSON", Lines: []ui.CodeLine{
		{Spans: []ui.Span{{Kind: ui.Punctuation, Text: "{"}}},
		{Spans: []ui.Span{{Text: "  "}, {Kind: ui.Key, Text: `"a"`}, {Kind: ui.Punctuation, Text: ": "}, {Kind: ui.Number, Text: "1.0"}}},
		{Spans: []ui.Span{{Kind: ui.Punctuation, Text: "}"}}},
	}})
	if got, want := parse(t, c).Find("pre").Text(), "{\n  \"a\": 1.0\n}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryIconIsInTheSprite(t *testing.T) {
	t.Parallel()
	sprite, err := os.ReadFile("../../static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("code.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`Icon\s+= "([a-z-]+)"`).FindAllSubmatch(source, -1)
	if len(names) < 10 {
		t.Fatalf("found %d icon names", len(names))
	}
	if got := bytes.Count(sprite, []byte("<symbol ")); got != len(names) {
		t.Errorf("the sprite has %d icons, %d are named", got, len(names))
	}
	for _, n := range names {
		if !bytes.Contains(sprite, []byte(`id="`+string(n[1])+`"`)) {
			t.Errorf("no icon %s", n[1])
		}
	}
}
