// Package ui holds the small components that pages are made of. Each takes one props struct of finished strings and
// flags; none reads anything. Words of their own come from the catalogue, ids "ui.…".
package ui

import "github.com/a-h/templ"

// Link is words that lead somewhere. Without Href it is words only.
type Link struct {
	Text, Href string
	Current    bool   // the place where the person is
	Count      string // beside the text, e.g. "23"
}

// ButtonKind says how much weight a button has. There is one primary button on a page at most.
type ButtonKind string

// The kinds of buttons; Normal is the zero value.
const (
	Normal  ButtonKind = ""
	Primary ButtonKind = "primary"
	Danger  ButtonKind = "danger" // destroys something; the text beside it says what is kept
	Quiet   ButtonKind = "quiet"  // looks like a link
)

// ButtonProps of a submit button. Text names the effect.
type ButtonProps struct {
	Text        string
	Kind        ButtonKind
	Icon        Icon
	ID          string
	Name, Value string // sent with the form
	Form        string // id of the form when the button stands outside it
	FormAction  string // posts the form elsewhere
	Described   string // id of a text that explains it, e.g. what is kept
	Disabled    bool
	Reason      string // shown when disabled: why
}

// LinkButtonProps of a link that looks like a button: for going somewhere, never for changing something.
type LinkButtonProps struct {
	Text, Href string
	Kind       ButtonKind
	Icon       Icon
	Download   bool
	Disabled   bool
	Reason     string
}

// StatusKind is the icon and colour of a status; the words carry the meaning.
type StatusKind string

// The status kinds; Pending is the zero value's look.
const (
	Success StatusKind = "success"
	Warning StatusKind = "warning"
	Error   StatusKind = "error"
	Info    StatusKind = "info"
	Pending StatusKind = "pending"
	Stopped StatusKind = "stopped"
)

// StatusProps of an icon and words.
type StatusProps struct {
	Kind StatusKind
	Text string
}

// BadgeKind is a chip's colour.
type BadgeKind string

// The chips' kinds; Grey is the zero value.
const (
	Grey   BadgeKind = ""
	Blue   BadgeKind = "blue"   // Draft, Modified
	Green  BadgeKind = "green"  // Published
	Yellow BadgeKind = "yellow" // Managed by …
	Red    BadgeKind = "red"
)

// BadgeProps of a chip such as Draft, Modified, Published.
type BadgeProps struct {
	Text string
	Kind BadgeKind
}

// AlertProps of a message. Kind is Info, Success, Warning or Error.
type AlertProps struct {
	Kind      StatusKind
	ID        string
	Title     string
	Text      string
	List      []string // e.g. the service's problem list
	Action    *Link    // e.g. Retry, or the result
	Code      string   // the service's error code
	RequestID string   // the service's request id
	Live      bool     // announce it when it appears without a page load
}

// TimeProps of a point in time: absolute with its zone, the relative words only as an addition.
type TimeProps struct {
	Absolute string // "22 Nov 2026, 07:47 UTC"
	Relative string // "4 minutes ago"; may be empty
	Machine  string // RFC 3339
}

// KeyValueProps of a list of properties.
type KeyValueProps struct{ Items []KeyValue }

// KeyValue is one property; Content wins over Text, Href makes Text a link.
type KeyValue struct {
	Key, Text, Href string
	Content         templ.Component
}

// CopyProps of text that people carry elsewhere: an ARN, a command, a link.
type CopyProps struct {
	Text  string
	Label string // what it is, for the button: "Copy flow ARN"
	Block bool   // on lines of its own
}

// ExpandableProps of a section that opens; its content are the children.
type ExpandableProps struct {
	ID      string
	Title   string
	Count   string // "(3)"
	Open    bool
	Contain bool // in a frame
}

// SectionProps of a container with a heading of level 2; its content are the children.
type SectionProps struct {
	ID, Title, Count, Description string
	Actions                       templ.Component
}

// SpinnerProps of work that takes up to ten seconds.
type SpinnerProps struct{ Text string }

// ProgressProps of longer work. Max 0 means that the end is not known.
type ProgressProps struct {
	ID         string
	Label      string
	Value, Max int
	Text       string // "Read 300 of 1,000 flows"
	Done       *StatusProps
}

// Step is one of a list of steps. Status nil: not begun.
type Step struct {
	Title   string
	Status  *StatusProps
	Text    string
	Current bool
	Content templ.Component
}

// StepsProps of an ordered list of steps.
type StepsProps struct {
	Label string
	Steps []Step
}

// BreadcrumbsProps: the last one is the page itself.
type BreadcrumbsProps struct{ Links []Link }

// TabsProps of links that look like tabs: each is an address.
type TabsProps struct {
	Label string
	Links []Link
}
