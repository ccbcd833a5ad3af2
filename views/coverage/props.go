// Package coverage holds the pages that count: of one instance, over all, and a report to print.
package coverage

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// InstanceProps of the page of one instance.
type InstanceProps struct {
	Page    layout.PageProps
	Notices []ui.AlertProps // how it was read, and what could not be
	Head    HeadProps
	Made    *ui.TableProps // what the head line is made of, by verdict; nil without flows
	Numbers ui.TableProps
	Beside  ui.TableProps // what the head line does not count
	Guides  ui.TableProps
}

// HeadProps is a head line with its denominator.
type HeadProps struct {
	Title, Description string
	Line               ui.StatusProps
	Texts              []string // what agents also need, what is not counted
	Links              []ui.Link
}

// AllProps of the page over all instances.
type AllProps struct {
	Page   layout.PageProps
	Failed []ui.AlertProps // accounts and Regions that could not be listed
	Head   *HeadProps      // nil where no instance was read
	Table  *ui.TableProps  // nil where no account could be listed
}

// Verdict is how many flows have it. Href lists them.
type Verdict struct{ Text, Href, Count string }

// Figure is a line's status with its number in words, and what it means.
type Figure struct {
	Status ui.StatusProps
	Badges []ui.BadgeProps
}

// ReportProps of the report. Head and Foot stand on every printed page.
type ReportProps struct {
	Page        layout.PageProps
	Running     string // repeated at the top of every printed page
	Print       string // how to print it
	Facts       ui.KeyValueProps
	Notices     []ui.AlertProps
	Head        HeadProps
	Made        *ui.TableProps
	Numbers     ui.TableProps
	Beside      ui.TableProps
	Guides      ui.TableProps
	Flows       string // the title over the groups
	FlowsCount  string
	Groups      []Group
	Empty       string // where there is no flow
	Method      string // the title of what follows
	MethodTexts []string
	Limits      string
	LimitTexts  []string
}

// Group is flows that the head line counts alike.
type Group struct {
	ID, Title, Count string
	Flows            []Flow
}

// Flow is one flow of the report.
type Flow struct {
	Name, Href string
	Status     ui.StatusProps
	Badges     []ui.BadgeProps
	Why        string
	Facts      []ui.KeyValue
	GapsTitle  string
	Gaps       []Gap
	NotesTitle string
	Notes      []string
}

// Gap is a point without the guide, with an example route in words.
type Gap struct{ Text, Route string }
