// Package layout is the frame of every page: top bar, breadcrumbs, the one h1, messages, footer.
package layout

import (
	"github.com/a-h/templ"

	"wrapup/views/ui"
)

// PageProps is one page. A feature sets the first group; the handlers' shell fills Frame.
type PageProps struct {
	Title       string          // the h1, and the document's title
	Count       string          // beside the h1: "(23)"
	Description string          // one quiet line beneath the h1
	Status      *ui.StatusProps // beside the h1
	Crumbs      []ui.Link       // the last one is this page
	Active      string          // the navigation's entry: NavInstances, NavCoverage, NavHistory, NavPeople
	Instance    *ui.Link        // where the person works; shown in the top bar
	Tabs        *ui.TabsProps
	Actions     templ.Component // buttons beside the h1
	Narrow      bool            // for forms and texts: a readable line length
	Stream      bool            // the page listens to server-sent events
	Refresh     int             // without script: seconds until the page is loaded anew; 0: never
	Picture     bool            // the page has the picture of a flow

	Frame Frame
}

// The navigation's entries.
const (
	NavInstances = "instances"
	NavCoverage  = "coverage"
	NavHistory   = "history"
	NavPeople    = "people"
)

// Frame is what all pages of a request share.
type Frame struct {
	Person    *Person // nil: nobody is signed in
	Practice  bool    // on the simulator
	Flashes   []ui.AlertProps
	Version   string
	RequestID string // shown in the footer of error pages
}

// Person is who is signed in.
type Person struct {
	Name, Role string // Role in words
	Admin      bool   // sees People
}
