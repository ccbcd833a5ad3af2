package layout_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"wrapup/static"
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// Look at every component: go test ./views/layout -run Gallery -gallery DIR, then serve DIR over HTTP.
var gallery = flag.String("gallery", "", "write a page of all components, with its static files, into this folder")

func TestGallery(t *testing.T) {
	t.Parallel()
	html := galleryPage(t)
	d, err := goquery.NewDocumentFromReader(bytes.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1", n)
	}
	if n := d.Find("[style], style, script:not([src])").Length(); n != 0 {
		t.Errorf("%d elements that the content security policy blocks", n)
	}
	d.Find("link[rel=stylesheet], script").Each(func(_ int, s *goquery.Selection) {
		if !strings.HasPrefix(s.AttrOr("integrity", ""), "sha384-") {
			t.Errorf("no integrity: %s", s.AttrOr("href", s.AttrOr("src", "")))
		}
	})
	if *gallery != "" {
		write(t, *gallery, html)
	}
}

func write(t *testing.T, dir string, html []byte) {
	t.Helper()
	files := map[string][]byte{"index.html": html}
	for _, url := range regexp.MustCompile(`/static/[^"#]+`).FindAllString(string(html), -1) {
		w := httptest.NewRecorder()
		static.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		files[strings.TrimPrefix(url, "/")] = w.Body.Bytes()
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func galleryPage(t *testing.T) []byte {
	t.Helper()
	p := layout.PageProps{
		Title: "Inbound flows", Count: "(23)", Description: "Read 22 Nov 2026, 07:47 UTC",
		Crumbs:   []ui.Link{{Text: "Instances", Href: "/instances"}, {Text: "support-line", Href: "/i"}, {Text: "Inbound flows"}},
		Active:   layout.NavInstances,
		Instance: &ui.Link{Text: "support-line · us-east-1", Href: "/instances/1/flows"},
		Tabs:     &ui.TabsProps{Label: "support-line", Links: []ui.Link{{Text: "Inbound flows", Href: "#", Count: "(23)", Current: true}, {Text: "Guides", Href: "#", Count: "(2)"}}},
		Actions:  ui.LinkButton(ui.LinkButtonProps{Text: "Refresh", Href: "#", Icon: ui.IconRefresh}),
		Frame: layout.Frame{
			Person: &layout.Person{Name: "mina.lee", Role: "Administrator", Admin: true}, Practice: true, Version: "0.1.0",
			Flashes: []ui.AlertProps{{Kind: ui.Success, Text: "Guide published and added to 3 flows.", Action: &ui.Link{Text: "See the result", Href: "#"}}},
		},
	}
	var b bytes.Buffer
	ctx := templ.WithChildren(t.Context(), templ.Join(galleryParts()...))
	if err := layout.Page(p).Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func galleryParts() []templ.Component {
	status := func(k ui.StatusKind, text string) ui.Cell {
		return ui.Cell{Content: ui.Status(ui.StatusProps{Kind: k, Text: text})}
	}
	rows := []ui.Row{
		{Value: "1", Label: "Main line", Selected: true, Cells: []ui.Cell{{Text: "Main line", Href: "#"}, status(ui.Success, "Opens the guide"), {Text: "5 of 5"}, {Text: "+1 206 555 0100", Small: "and 2 more"}, {Content: ui.Badge(ui.BadgeProps{Text: "Draft", Kind: ui.Blue})}}},
		{Value: "2", Label: "Billing", Cells: []ui.Cell{{Text: "Billing – 帳務 <b>(night)</b>", Href: "#"}, status(ui.Warning, "In part (3 of 5 points)"), {Text: "3 of 5"}, {Text: "Sales menu"}, {Text: "not checked"}}},
		{Value: "3", Label: "Sales", Cells: []ui.Cell{{Text: "Sales", Href: "#"}, status(ui.Error, "Points to a guide that is not usable"), {Text: "0 of 2"}, {Text: "–"}, {Text: "none"}}},
		{Value: "4", Label: "After-call guide", Reason: "Is a guide", Cells: []ui.Cell{{Text: "After-contact guide with a name that goes on for quite some time, as names do in other languages", Href: "#"}, status(ui.Stopped, "Is a guide"), {Text: "–"}, {Text: "–"}, {Content: ui.Badge(ui.BadgeProps{Text: "Published", Kind: ui.Green})}}},
		{Value: "5", Label: "IVR", Cells: []ui.Cell{{Text: "IVR", Href: "#"}, status(ui.Pending, "Can't tell"), {Text: "1 of 4"}, {Text: "+44 20 5555 0100"}, {Content: ui.Badge(ui.BadgeProps{Text: "Managed by Terraform", Kind: ui.Yellow})}}},
		{Value: "6", Label: "Outage", Cells: []ui.Cell{{Text: "Outage", Href: "#"}, status(ui.Info, "Waiting in an unpublished draft"), {Text: "1 of 1"}, {Text: "–"}, {Text: "yes"}}},
	}
	columns := []ui.Column{{Text: "Name", Href: "#", Sort: ui.Ascending}, {Text: "Status", Href: "#"}, {Text: "Points", Numeric: true, Href: "#"}, {Text: "What leads here"}, {Text: "Draft"}}
	filter := ui.FilterBar(ui.FilterProps{ID: "f", Action: "#", Label: "Name or number", Value: "main", Clear: "#", Matches: "6 matches", Selects: []ui.SelectProps{{FieldProps: ui.FieldProps{ID: "f-status", Label: "Status"}, Name: "s", Options: []ui.Option{{Text: "Any status"}, {Value: "a", Text: "Opens the guide"}}}}})
	table := ui.TableProps{ID: "flows", Title: "Inbound flows", Count: "(1/23)", Description: "Read 4 minutes ago", Filter: filter, Columns: columns, Rows: rows, Stack: true,
		Select:  &ui.Selection{Name: "flow", Form: "add", Label: "Select", AllLabel: "Select all on this page"},
		Actions: templ.Join(ui.Button(ui.ButtonProps{Text: "Add guide to 1 flow", Form: "add", Kind: ui.Primary}), ui.LinkButton(ui.LinkButtonProps{Text: "CSV", Href: "#", Icon: ui.IconDownload}), ui.LinkButton(ui.LinkButtonProps{Text: "JSON", Href: "#", Icon: ui.IconDownload, Disabled: true, Reason: "Nothing was read yet"})),
		Pages:   &ui.PagesProps{Summary: "1 to 6 of 23", Next: "#", Links: []ui.Link{{Text: "1", Current: true, Href: "#"}, {Text: "2", Href: "#"}, {Text: "…"}, {Text: "9", Href: "#"}}}}
	empty := ui.TableProps{ID: "guides", Title: "Guides", Count: "(0)", Columns: columns, Empty: &ui.EmptyProps{Title: "No guide yet", Text: "A guide shows agents what to fill in after each contact.", Action: &ui.Link{Text: "New guide", Href: "#"}}}
	failed := ui.TableProps{ID: "failed", Title: "Inbound flows", Failed: &ui.AlertProps{Kind: ui.Error, Title: "The flows could not be read", Text: "wrapup's role may not search flows in this instance. Add connect:SearchContactFlows to its policy.", Code: "AccessDeniedException", RequestID: "5f0c1c1e-6f0a-4f3e-9d0a-7f6d6a0c3b11", Action: &ui.Link{Text: "Retry", Href: "#"}}}
	line := func(s ...ui.Span) ui.CodeLine { return ui.CodeLine{Spans: s} }
	code := ui.Code(ui.CodeProps{Label: "JSON", Lines: []ui.CodeLine{
		line(ui.Span{Kind: ui.Punctuation, Text: "{"}),
		line(ui.Span{Text: "  "}, ui.Span{Kind: ui.Key, Text: `"Version"`}, ui.Span{Kind: ui.Punctuation, Text: ": "}, ui.Span{Kind: ui.String, Text: `"2019-10-30"`}, ui.Span{Kind: ui.Punctuation, Text: ","}),
		{Marked: true, Spans: []ui.Span{{Text: "  "}, {Kind: ui.Key, Text: `"x"`}, {Kind: ui.Punctuation, Text: ": "}, {Kind: ui.Number, Text: "240"}, {Kind: ui.Punctuation, Text: ", "}, {Kind: ui.Key, Text: `"friendly"`}, {Kind: ui.Punctuation, Text: ": "}, {Kind: ui.Literal, Text: "true"}}},
		line(ui.Span{Kind: ui.Punctuation, Text: "}"}),
	}})
	diff := ui.Diff(ui.DiffProps{Label: "Difference", Hunks: []ui.DiffHunk{{Title: "Lines 2 to 4", Lines: []ui.DiffLine{
		{Old: "2", New: "2", Spans: []ui.Span{{Text: `  "Version": "2019-10-30",`}}},
		{Op: ui.Removed, Old: "3", Spans: []ui.Span{{Text: `  "StartAction": "welcome",`}}},
		{Op: ui.Added, New: "3", Spans: []ui.Span{{Text: `  "StartAction": "Set after-contact work guide",`}}},
	}}}})
	live := ui.FieldProps{ID: "label", Label: "Label of the customer's name", Constraint: "At most 50 characters", Modified: true, HasLive: true, Live: "Customer"}
	bad := ui.FieldProps{ID: "limit", Label: "Time limit", Description: "How long an agent may take.", Constraint: "1 to 59,940 seconds", Error: "At least 1 second is needed."}
	radio := ui.RadioProps{FieldProps: ui.FieldProps{ID: "sat", Label: "Pre-selected answer: Satisfaction", HasLive: true, Live: "No pre-selection"}, Name: "sat", Options: []ui.Option{{Value: "", Text: "No pre-selection", Description: "Recommended: the agent chooses", Selected: true}, {Value: "1", Text: "Satisfied"}, {Value: "2", Text: "Not an option of the view", Disabled: true, Reason: "The view does not offer this answer"}}}
	form := templ.Join(
		ui.FormSummary(ui.SummaryProps{Title: "One field needs attention", Errors: []ui.Link{{Text: "Time limit: at least 1 second is needed.", Href: "#limit"}}}),
		ui.TextInput(ui.TextInputProps{FieldProps: live, Name: "label", Value: "Kunde"}),
		ui.TextInput(ui.TextInputProps{FieldProps: bad, Name: "limit", Value: "0"}),
		ui.TextArea(ui.TextAreaProps{FieldProps: ui.FieldProps{ID: "notes", Label: "Notes", Optional: true}, Name: "notes"}),
		ui.Select(ui.SelectProps{FieldProps: ui.FieldProps{ID: "res", Label: "Resolved"}, Name: "res", Options: []ui.Option{{Text: "No pre-selection"}, {Text: "Yes"}}}),
		ui.RadioGroup(radio),
		ui.Checkbox(ui.CheckboxProps{FieldProps: ui.FieldProps{ID: "tick", Label: "Publish although it is managed by Terraform", Description: "The next Terraform run may put the former flow back."}, Name: "tick"}),
	)
	buttons := templ.Join(
		ui.Button(ui.ButtonProps{Text: "Publish guide and add it to 3 flows", Kind: ui.Primary}), ui.Button(ui.ButtonProps{Text: "Save draft"}),
		ui.Button(ui.ButtonProps{Text: "Discard draft", Kind: ui.Danger}), ui.Button(ui.ButtonProps{Text: "Cancel", Kind: ui.Quiet}),
		ui.Button(ui.ButtonProps{Text: "Publish", Kind: ui.Primary, Disabled: true, Reason: "Your role is Editor. Publishing needs the role Publisher."}))
	alerts := templ.Join(
		ui.Alert(ui.AlertProps{Kind: ui.Info, Text: "17 of the 23 inbound flows that reach agents open the guide."}),
		ui.Alert(ui.AlertProps{Kind: ui.Warning, Title: "Somebody has an unpublished draft", Text: "The flow is left out unless you choose it.", Action: &ui.Link{Text: "Look at the draft", Href: "#"}}))
	steps := ui.Steps(ui.StepsProps{Label: "Writes", Steps: []ui.Step{
		{Title: "Create the guide “After call”", Status: &ui.StatusProps{Kind: ui.Success, Text: "Published"}, Text: "07:47:12 UTC"},
		{Title: "Add it to Main line", Status: &ui.StatusProps{Kind: ui.Pending, Text: "Writing"}, Current: true},
		{Title: "Add it to Billing"}}})
	kv := ui.KeyValues(ui.KeyValueProps{Items: []ui.KeyValue{{Key: "Instance", Text: "support-line", Href: "#"}, {Key: "Region", Text: "us-east-1"}, {Key: "Flow ARN", Content: ui.Copy(ui.CopyProps{Text: "arn:aws:connect:us-east-1:111122223333:instance/0f9e/contact-flow/22aa", Label: "Copy flow ARN"})}, {Key: "Read", Content: ui.Time(ui.TimeProps{Absolute: "22 Nov 2026, 07:47 UTC", Relative: "4 minutes ago"})}}})
	within := func(outer, inner templ.Component) templ.Component {
		return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return outer.Render(templ.WithChildren(ctx, inner), w) })
	}
	return []templ.Component{
		alerts, ui.Table(table), ui.Table(empty), ui.Table(failed),
		within(ui.Section(ui.SectionProps{ID: "form", Title: "Guide", Description: "As the agent sees it"}), within(formTag(), templ.Join(form, within(ui.FormActions(ui.FormActionsProps{Note: "Saving is not publishing."}), buttons)))),
		within(ui.Section(ui.SectionProps{Title: "Details"}), kv), within(ui.Section(ui.SectionProps{Title: "Progress"}), templ.Join(steps, ui.Progress(ui.ProgressProps{ID: "p", Label: "Reading flows", Value: 300, Max: 1000, Text: "Read 300 of 1,000 flows"}), ui.Spinner(ui.SpinnerProps{Text: "Reading the instance"}))),
		within(ui.Expandable(ui.ExpandableProps{Title: "JSON", Count: "(4 lines)", Open: true, Contain: true}), templ.Join(code, diff)),
		within(ui.Expandable(ui.ExpandableProps{Title: "Notes", Count: "(2)"}), kv),
	}
}

func formTag() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, `<form class="form" id="add">`); err != nil {
			return err
		}
		if err := templ.GetChildren(ctx).Render(templ.ClearChildren(ctx), w); err != nil {
			return err
		}
		_, err := io.WriteString(w, `</form>`)
		return err
	})
}
