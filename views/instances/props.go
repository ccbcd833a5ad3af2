// Package instances is the page that lists the instances of all sources.
package instances

import (
	"wrapup/views/layout"
	"wrapup/views/ui"
)

// ListProps of the page. Failed are the sources that could not be read, each a message of its own.
type ListProps struct {
	Page   layout.PageProps
	Failed []ui.AlertProps
	Table  *ui.TableProps // nil where every source failed
}
