package ui

import "github.com/a-h/templ"

// TableProps of a titled table. At most one of Failed, Empty and Rows is shown, in that order: a failed load is never
// an empty table.
type TableProps struct {
	ID          string
	Title       string
	Of          string // what it is of, where a page has several tables of the same title
	Count       string // "(23)", or "(3/23)" with a selection
	Description string // e.g. "Read 4 minutes ago"
	Level       int    // of the heading: 2 (default) or 3
	Actions     templ.Component
	Filter      templ.Component // stands between heading and rows
	Columns     []Column
	Rows        []Row
	Select      *Selection
	Empty       *EmptyProps
	Failed      *AlertProps
	Pages       *PagesProps
	Stack       bool // on narrow screens each row becomes a block instead of scrolling
}

// SortDirection of a column.
type SortDirection string

// The directions; the zero value is not sorted.
const (
	Ascending  SortDirection = "ascending"
	Descending SortDirection = "descending"
)

// Column of a table. The first is the name, the second the status.
type Column struct {
	Text    string
	Href    string // sorts by this column; empty: cannot be sorted
	Sort    SortDirection
	Numeric bool
	Wide    bool // takes the room that is left
	// Form is a form that goes to Action when the column is clicked, with Href as "by": what is ticked and typed goes along. Empty: a link.
	Form, Action string
}

// Selection makes a column of check boxes, or of radio buttons. The boxes belong to the form with the id Form.
type Selection struct {
	Name, Form string
	Single     bool
	Label      string // of the column, for screen readers: "Select"
	AllLabel   string // of the box in the heading that selects all on this page (needs script); empty: none
}

// Row of a table, with as many cells as there are columns.
type Row struct {
	ID       string
	Cells    []Cell
	Value    string // sent when selected
	Label    string // of its check box: the row's name
	Selected bool
	Reason   string // why it cannot be selected; the box is disabled
}

// Cell of a row; Content wins over Text. The first cell's Href makes the name a link.
type Cell struct {
	Text, Href string
	Small      string // a second, quiet line
	Content    templ.Component
}

// EmptyProps: Title says what is missing, Text the next step. Action is the next step's link, or Clear filter.
type EmptyProps struct {
	Title, Text string
	Action      *Link
}

// PagesProps of a pagination. Previous and Next are empty at the ends.
type PagesProps struct {
	Summary        string // "1 to 50 of 230"
	Previous, Next string // addresses
	Links          []Link // page numbers; one without Href stands for pages left out
	// Form is a form whose fields go along to Action, as "page": what is ticked on one page is kept on the next. Addresses then are page
	// numbers. Empty: links.
	Form, Action string
}

// goes are the attributes of a button that leads to a page.
func (p PagesProps) goes(page string) templ.Attributes { return goes(p.Form, p.Action, "page", page) }

func (c Column) goes() templ.Attributes { return goes(c.Form, c.Action, "by", c.Href) }

func goes(form, action, name, value string) templ.Attributes {
	return templ.Attributes{"type": "submit", "form": form, "formaction": action, "name": name, "value": value}
}

// FilterProps of a GET form above a table. Hidden carries what else the address holds (the sort order).
type FilterProps struct {
	ID, Action string
	Label      string // of the text box
	Name       string // of the text box; "" means q
	Value      string
	Selects    []SelectProps // further filters
	Hidden     []Pair
	Clear      string // address without filters; empty when none is set
	Form       string // a form elsewhere that the controls belong to, which goes to Action; its "clear" clears them. Empty: a form of its own
	Matches    string // "3 matches"; empty when no filter is set
}

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// formAction is where a form elsewhere goes by the filter's button; a form of its own goes there by itself.
func (f FilterProps) formAction() string {
	if f.Form == "" {
		return ""
	}
	return f.Action
}

// belongs makes a control one of a form elsewhere.
func belongs(form string) templ.Attributes {
	if form == "" {
		return nil
	}
	return templ.Attributes{"form": form}
}

func (f FilterProps) name() string {
	if f.Name == "" {
		return "q"
	}
	return f.Name
}

func (c Column) icon() Icon {
	switch c.Sort {
	case Ascending:
		return IconArrowUp
	case Descending:
		return IconArrowDown
	}
	return IconSortable
}

// label is the column's title, shown beside the cell where rows are stacked.
func (p TableProps) label(i int) string {
	if i < len(p.Columns) {
		return p.Columns[i].Text
	}
	return ""
}

func (p TableProps) numeric(i int) bool { return i < len(p.Columns) && p.Columns[i].Numeric }
