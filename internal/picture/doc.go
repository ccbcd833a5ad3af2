// Package picture lays a flow out as people draw one: blocks as boxes, branches as lines between them, on whole pixels.
// Where every block has a position of the flow designer that can be used, it keeps those; else it lays the flow out in
// layers from its start. It is pure and deterministic, and what a document says of its own layout never breaks it.
package picture

import "wrapup/internal/flow"

// MaxBlocks is how many blocks a picture has at most; the service accepts half of that.
const MaxBlocks = 2 * flow.MaxActions

// TagIcon is how many pixels right of a tag's place its text begins; its icon stands before.
const TagIcon = 18

// Options say what the picture shows of a flow, in people's words. Block, Branches, Missing and More have to be set.
type Options struct {
	Block    func(*flow.Block) Words
	Branches func(*flow.Block) []Branch // the ways out of a block, in the order people read them
	Missing  func(id string) Words      // a branch leads to a block that there is not, or to several
	More     func(n int) string         // n branches of a block that have no line of their own
	Start    string                     // where contacts enter
	Route    []string                   // identifiers of the blocks of one route, from the start on
}

// Words are what stands in a box. Type may be empty.
type Words struct {
	Title, Type string
	Tags        []Tag
}

// Tag is something that a box is marked with, in words.
type Tag struct{ Kind, Text string }

// Branch is one way out of a block. Label is empty for the plain way on. What leads to no block ends in a mark.
type Branch struct {
	Label, To string
	Error     bool
}

// Picture is a flow laid out. Coordinates are pixels from the upper left corner.
type Picture struct {
	Width, Height int
	Designed      bool   // by the designer's positions
	Nodes         []Node // in the order people read them: by rows
	Edges         []Edge // one for all branches that lead from a block to the same block
	Plain, Errors string // the lines of all edges as SVG path data; where lines to one block run together they are there once
	Heads         string // the heads of their arrows
	Apart         int    // the blocks below this line are never reached; 0: there is no such line
	Left          int    // branches that are not drawn, since there are too many

	down int // how far the layout was moved into view
}

// Shape is what a node stands for.
type Shape string

// The shapes.
const (
	Box     Shape = "box"     // a block
	Entry   Shape = "entry"   // where contacts enter
	Missing Shape = "missing" // no such block
)

// Node is one box.
type Node struct {
	Shape      Shape
	Block      int // of a box: index in Actions
	X, Y, W, H int
	Title      []Line
	Type       Line
	Tags       []TagLine
	Rows       []Line // names of branches, each at the height of its line
	Reached    bool
	Step       int // on the route, from 1; 0: not on it
}

// Line is a line of text, cut to the room there is. X and Y are where it begins, on its baseline; where a row of a branch
// ends; the middle of an entry.
type Line struct {
	Text string
	X, Y int
}

// TagLine is a tag at its place.
type TagLine struct {
	Tag
	X, Y int
}

// Edge leads from one node to another. One on the route has its whole line, from the right of From to the left of To, and
// its arrow's head as path data.
type Edge struct {
	From, To   int // in Nodes
	Error      bool
	Route      bool
	Path, Head string

	line line // to where it comes to another's
}
