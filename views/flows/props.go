// Package flows is the page of an instance's inbound flows.
package flows

import (
	"strconv"

	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ListProps of the page. Coverage is nil where the instance could not be read.
type ListProps struct {
	Page     layout.PageProps
	Reading  *ReadingProps // nil: none is under way, and of the last there is nothing to say
	Coverage *CoverageProps
	News     *NewsProps      // nil on the first reading
	Notices  []ui.AlertProps // how it was read, and what could not be
	Refresh  RefreshProps    // without Action: no button
	Confirm  *ConfirmProps
	Waiting  *ui.TableProps // changes that are not published yet; nil: none
	Table    ui.TableProps
	Download []ui.LinkButtonProps
	Add      *AddProps
}

// FirstProps of the page of an instance that is being read for the first time.
type FirstProps struct {
	Page    layout.PageProps
	Reading ReadingProps
}

// CoverageProps is the head line, with a link per group of flows that it counts.
type CoverageProps struct {
	Title     string
	Line      string
	Workspace string // what agents also need
	Rest      string // what is not counted
	Groups    []Group
	Status    ui.StatusKind
	// Form is the form of the check boxes, which goes to Action with the name of a group: what is ticked goes along. Empty: links.
	Form, Action string
}

// Group is one of the groups of flows that the head line is made of. Name is "opens", "in-part", "does-not",
// "cant-tell" or "not-counted".
type Group struct {
	Name, Text, Href string
	Count            int
	CountText        string // "(5)"
	Current          bool
	Counted          bool // in the denominator
}

// share is a part of the bar, in thousandths of its length.
type share struct{ name, from, width string }

// shares are the parts of the bar. They meet: each begins where the one before ends.
func shares(groups []Group) []share {
	all, done := 0, 0
	for _, g := range groups {
		if g.Counted {
			all += g.Count
		}
	}
	var out []share
	for _, g := range groups {
		if !g.Counted || g.Count == 0 {
			continue
		}
		from, to := 1000*done/all, 1000*(done+g.Count)/all
		out = append(out, share{g.Name, strconv.Itoa(from), strconv.Itoa(to - from)})
		done += g.Count
	}
	return out
}

// RefreshProps of the form that reads the instance anew.
type RefreshProps struct{ Action, Text string }

// EventOver is the event after which no more come.
const EventOver = "over"

// ReadingProps of the strip that tells of a reading. Stream is the address of its events; empty where no more come.
type ReadingProps struct {
	Stream string
	Now    ReadingNowProps
}

// ReadingNowProps is what a strip says now: of a reading under way, or of how it ended.
type ReadingNowProps struct {
	Run     *RunProps
	Ended   []EndedProps
	Replace string // address of the page that takes this one's place by itself; empty where a person may be at work on it
}

// RunProps of a reading under way.
type RunProps struct {
	Title, Step string
	Said        string // announced when it changes, which is not at every step of the bar
	Done, Total int    // Total 0: not known
	Trouble     string // it was interrupted, or is to be cancelled
	Shown       string // what the page shows meanwhile
	Asked       string // who asked, and since when
	Leave       string
	Reload      ui.LinkButtonProps
	Cancel      *PostProps
}

func (p RunProps) done() string  { return strconv.Itoa(p.Done) }
func (p RunProps) total() string { return strconv.Itoa(p.Total) }

// EndedProps is a message about how a reading ended, with what to do.
type EndedProps struct {
	Alert  ui.AlertProps
	Button *PostProps
}

// PostProps of a button that changes something.
type PostProps struct {
	Action string
	Button ui.ButtonProps
}

// NewsProps of what changed since the reading before. Without items Empty says so.
type NewsProps struct {
	Title, Count, Description, Empty string
	Items                            []NewsItem
	All                              *ui.Link // where not all are shown
}

// NewsItem is what happened to one flow.
type NewsItem struct {
	Kind         ui.StatusKind
	Icon         ui.Icon
	Text, Detail string
	Href         string // empty where the flow is gone
}

// ConfirmProps of the button that has every counted flow read by itself, and what that costs.
type ConfirmProps struct {
	Action, Cost string
	Button       ui.ButtonProps
}

// AddProps of the form to which the rows' check boxes belong, and the filter: it begins the publish journey. Hidden carries what was ticked on other
// pages. Method is "get", or "post" where an address could become too long.
type AddProps struct {
	FormID, Action string
	Method         string
	List           string // where Enter in the filter goes; empty: there is no filter
	Hidden         []ui.Pair
	Buttons        []ui.ButtonProps
}
