package flow

import (
	"strconv"

	"wrapup/internal/picture"
	"wrapup/static"
	"wrapup/views/ui"
)

// PictureProps is the flow as a picture. Width and Height are the pixels that it is shown with.
type PictureProps struct {
	Title, Description string
	Notes              []string // what is not in the picture
	Name, Text, Frame  string   // for those who do not see it: its name, what it is, and the frame that scrolls
	Skip               string
	Zoom               ZoomProps
	Example            *ExampleProps
	Legend             []LegendItem
	LegendName         string
	Drawing            *picture.Picture // nil: only Notes
	Nodes              []PictureNode    // of the drawing, in its order
	Width, Height      int
	Fit                bool   // as wide as the page
	Never              string // above what is never reached
	Keys               string // how to move it, with script
}

// ZoomProps are the sizes to choose from. Larger and Smaller name buttons that only work with script.
type ZoomProps struct {
	Label           string
	Links           []ui.Link
	Larger, Smaller string
}

// ExampleProps is the example route that the picture shows.
type ExampleProps struct {
	Number, Text   string
	Previous, Next ui.Link
}

// LegendItem is a mark that the picture has. Kind is a class of the mark.
type LegendItem struct{ Kind, Text string }

// PictureNode is one box. Href leads to the block's row in the list, and ID is where that leads back to.
type PictureNode struct {
	picture.Node
	ID, Href string
	Kind     string // how it is marked
	Name     string // in full
}

func number(n int) string { return strconv.Itoa(n) }

func (p PictureProps) viewBox() string {
	return "0 0 " + number(p.Drawing.Width) + " " + number(p.Drawing.Height)
}

func (n PictureNode) place() string {
	return "translate(" + number(n.X) + " " + number(n.Y) + ")"
}

// tagIcons are the icons of the marks; any other mark says that something is not known.
var tagIcons = map[string]ui.Icon{
	"point": ui.IconPerson, "exit": ui.IconExternal, "broken": ui.IconError,
	string(ui.Success): ui.IconSuccess, string(ui.Warning): ui.IconWarning, string(ui.Error): ui.IconError,
}

// tagIcon is the address of a mark's icon.
func tagIcon(kind string) string {
	if kind == "guide" || kind == "off" {
		return "#picture-" + kind // the sprite has none for a guide
	}
	i, ok := tagIcons[kind]
	if !ok {
		i = ui.IconPending
	}
	return static.URL("icons.svg") + "#" + string(i)
}

// routeEdges are the lines of the route.
func (p PictureProps) routeEdges() []picture.Edge {
	var out []picture.Edge
	for _, e := range p.Drawing.Edges {
		if e.Route {
			out = append(out, e)
		}
	}
	return out
}
