package ui_test

import (
	"github.com/a-h/templ"

	"wrapup/views/ui"
)

// everyComponent renders each component with s wherever it takes a string that people or a service may have written.
func everyComponent(s string) map[string]templ.Component {
	field := func(id string) ui.FieldProps {
		return ui.FieldProps{ID: id, Label: s, Description: s, Constraint: s, Error: s, Optional: true, Modified: true, HasLive: true, Live: s}
	}
	options := []ui.Option{{Value: s, Text: s, Description: s, Selected: true}, {Value: "b", Text: s, Disabled: true, Reason: s}}
	alert := ui.AlertProps{Kind: ui.Error, ID: "alert", Title: s, Text: s, List: []string{s}, Action: &ui.Link{Text: s, Href: s}, Code: s, RequestID: s, Live: true}
	links := []ui.Link{{Text: s, Href: s, Count: s}, {Text: s, Href: "/b", Current: true, Count: s}}
	spans := []ui.Span{{Kind: ui.Key, Text: s}, {Text: s}}
	hunk := ui.DiffHunk{Title: s, Lines: []ui.DiffLine{{Old: s, New: s, Spans: spans}, {Op: ui.Added, New: s, Spans: spans}, {Op: ui.Removed, Old: s, Spans: spans}}}
	filter := ui.FilterBar(ui.FilterProps{ID: "filter", Action: s, Label: s, Name: s, Value: s, Clear: s, Matches: s, Hidden: []ui.Pair{{s, s}},
		Selects: []ui.SelectProps{{FieldProps: ui.FieldProps{ID: "filter-select", Label: s}, Name: s, Options: options}}})
	return map[string]templ.Component{
		"Button":        ui.Button(ui.ButtonProps{Text: s, Kind: ui.Primary, Icon: ui.IconDownload, ID: "button", Name: s, Value: s, Form: s, FormAction: s, Described: s, Disabled: true, Reason: s}),
		"LinkButton":    ui.LinkButton(ui.LinkButtonProps{Text: s, Href: s, Icon: ui.IconDownload}),
		"LinkButtonOff": ui.LinkButton(ui.LinkButtonProps{Text: s, Href: s, Disabled: true, Reason: s}),
		"Copy":          ui.Copy(ui.CopyProps{Text: s, Label: s}),
		"Status":        ui.Status(ui.StatusProps{Kind: ui.Warning, Text: s}),
		"Badge":         ui.Badge(ui.BadgeProps{Text: s, Kind: ui.Blue}),
		"Alert":         ui.Alert(alert),
		"Time":          ui.Time(ui.TimeProps{Absolute: s, Relative: s, Machine: s}),
		"Spinner":       ui.Spinner(ui.SpinnerProps{Text: s}),
		"Progress":      ui.Progress(ui.ProgressProps{ID: "progress", Label: s, Value: 3, Max: 10, Text: s}),
		"Steps":         ui.Steps(ui.StepsProps{Label: s, Steps: []ui.Step{{Title: s, Text: s, Status: &ui.StatusProps{Kind: ui.Success, Text: s}, Current: true}}}),
		"KeyValues":     ui.KeyValues(ui.KeyValueProps{Items: []ui.KeyValue{{Key: s, Text: s}, {Key: s, Text: s, Href: s}}}),
		"Section":       ui.Section(ui.SectionProps{ID: "section", Title: s, Count: s, Description: s}),
		"Expandable":    ui.Expandable(ui.ExpandableProps{ID: "expandable", Title: s, Count: s}),
		"Code":          ui.Code(ui.CodeProps{Label: s, Lines: []ui.CodeLine{{Spans: spans, Marked: true}, {Spans: spans}}}),
		"Diff":          ui.Diff(ui.DiffProps{Label: s, Hunks: []ui.DiffHunk{hunk}}),
		"DiffEmpty":     ui.Diff(ui.DiffProps{Empty: s}),
		"Breadcrumbs":   ui.Breadcrumbs(ui.BreadcrumbsProps{Links: links}),
		"Tabs":          ui.Tabs(ui.TabsProps{Label: s, Links: links}),
		"Pages":         ui.Pages(ui.PagesProps{Summary: s, Previous: s, Next: s, Links: []ui.Link{{Text: s, Href: s}, {Text: s}}}),
		"FilterBar":     filter,
		"Table": ui.Table(ui.TableProps{
			ID: "table", Title: s, Count: s, Description: s, Filter: filter,
			Columns: []ui.Column{{Text: s, Href: s, Sort: ui.Ascending}, {Text: s, Numeric: true}},
			Select:  &ui.Selection{Name: s, Form: s, Label: s, AllLabel: s},
			Rows: []ui.Row{
				{ID: "row", Value: s, Label: s, Selected: true, Cells: []ui.Cell{{Text: s, Href: s, Small: s}, {Text: s}}},
				{Value: s, Label: s, Reason: s, Cells: []ui.Cell{{Text: s}, {Text: s}}},
			},
		}),
		"TableEmpty":   ui.Table(ui.TableProps{ID: "table-empty", Title: s, Level: 3, Empty: &ui.EmptyProps{Title: s, Text: s, Action: &ui.Link{Text: s, Href: s}}}),
		"TableFailed":  ui.Table(ui.TableProps{ID: "table-failed", Title: s, Failed: &alert, Empty: &ui.EmptyProps{Title: s}}),
		"TextInput":    ui.TextInput(ui.TextInputProps{FieldProps: field("text"), Name: s, Value: s, Autocomplete: s, Inputmode: s, Placeholder: s}),
		"TextArea":     ui.TextArea(ui.TextAreaProps{FieldProps: field("area"), Name: s, Value: s}),
		"Select":       ui.Select(ui.SelectProps{FieldProps: field("select"), Name: s, Options: options}),
		"RadioGroup":   ui.RadioGroup(ui.RadioProps{FieldProps: field("radio"), Name: s, Options: options}),
		"Checkbox":     ui.Checkbox(ui.CheckboxProps{FieldProps: field("check"), Name: s, Value: s, Disabled: true, Reason: s}),
		"SelectInline": ui.SelectInline(ui.SelectProps{FieldProps: ui.FieldProps{ID: "inline", Label: s}, Name: s, Options: options}),
		"FormSummary":  ui.FormSummary(ui.SummaryProps{Title: s, Errors: []ui.Link{{Text: s, Href: "#text"}, {Text: s}}}),
		"FormActions":  ui.FormActions(ui.FormActionsProps{Note: s}),
	}
}
