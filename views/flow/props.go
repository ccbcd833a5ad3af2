// Package flow is the page of one inbound flow.
package flow

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ShowProps of the page. What could not be read is nil.
type ShowProps struct {
	Page    layout.PageProps
	Notices []ui.AlertProps
	Verdict VerdictProps
	Outside *OutsideProps // nil: nobody changed it since wrapup wrote it
	Facts   ui.KeyValueProps
	// Identifiers are what people carry elsewhere: each on a line of its own.
	Identifiers ui.KeyValueProps
	Picture     *PictureProps
	Points      *ui.TableProps
	Exits       *ui.TableProps
	Draft       *DraftProps
	Blocks      *ui.TableProps
	JSON        *JSONProps
}

// VerdictProps says what agents get, and why.
type VerdictProps struct {
	Title, Status string
	StatusKind    ui.StatusKind
	Why           string
	GapsTitle     string
	Gaps          []Gap
	NotesTitle    string
	Notes         []Note
}

// Gap is a point reached without a usable guide, with one example route to it. Picture leads to the route in the picture,
// and Which says so with the example's number.
type Gap struct {
	Text    string
	Route   []Step
	Picture ui.Link
	Which   string
}

// Step is one part of a route: a block, with a link to its row, or the branch taken.
type Step struct {
	Text, Href string
}

// Note is something to know; Link leads to the block that it is about, if there is one.
type Note struct {
	Text, Link, Href string
}

// DraftProps is the unpublished draft beside the published copy. ByBlock is nil where a copy is no readable flow.
type DraftProps struct {
	Title, Text string
	ByBlock     *ui.TableProps
	LineTitle   string
	LineCount   string
	ByLine      ui.DiffProps
}

// JSONProps is the flow's JSON, as far as it is shown.
type JSONProps struct {
	Title, Count, Note string
	Cut                string // what is not shown
	Open               bool
	Download           []ui.LinkButtonProps
	Code               ui.CodeProps
}

// BlockName is the name of a block, its type and what it is on the routes.
type BlockName struct {
	Name   string
	Type   string // empty where the name is the type
	Badges []ui.BadgeProps
	// Picture leads to the block in the picture; Which says so with its name.
	Picture ui.Link
	Which   string
}

// Parameter of a block.
type Parameter struct {
	Name, Value string
	Cut         bool // Value is only the beginning
}

// Branch of a block. Target's address leads to the row of the block that it leads to.
type Branch struct {
	Name   string
	Target ui.Link
}
