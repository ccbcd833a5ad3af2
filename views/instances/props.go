// Package instances is the page that lists the instances of all sources.
package instances

import (
	"strconv"

	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ListProps of the page. Failed are the sources that could not be read, each a message of its own.
type ListProps struct {
	Page   layout.PageProps
	Failed []ui.AlertProps
	Table  *ui.TableProps // nil where every source failed
	Reload string         // address of this page, while an instance is being read; empty: it stays as it is
}

// ReadProps of the cell about an instance's readings.
type ReadProps struct {
	ID          string        // of the progress
	At          *ui.TimeProps // nil: never
	Step        string        // of the reading under way; empty: none is
	Done, Total int           // Total 0: not known
	Failed      *ui.StatusProps
}

func (p ReadProps) done() string  { return strconv.Itoa(p.Done) }
func (p ReadProps) total() string { return strconv.Itoa(p.Total) }
