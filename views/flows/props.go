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
	Coverage *CoverageProps
	Notices  []ui.AlertProps // how it was read, and what could not be
	Refresh  RefreshProps    // without Action: no button
	Table    ui.TableProps
	Download []ui.LinkButtonProps
	Add      *AddProps
}

// CoverageProps is the head line, with a link per group of flows that it counts.
type CoverageProps struct {
	Title     string
	Line      string
	Workspace string // what agents also need
	Rest      string // what is not counted
	Groups    []Group
	Status    ui.StatusKind
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

// AddProps of the form to which the rows' check boxes belong: it begins the publish journey.
type AddProps struct {
	FormID, Action string
	Button         ui.ButtonProps
}
