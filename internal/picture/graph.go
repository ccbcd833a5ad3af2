package picture

import (
	"slices"

	"wrapup/internal/flow"
)

// Measures of a box, in pixels.
const (
	boxWidth   = 200
	inset      = 12 // of text, left and right
	port       = 26 // height at which lines come in, and the plain way on goes out
	least      = 52 // a box's height
	titleLine  = 17
	typeLine   = 16
	tagLine    = 19
	rowLine    = 18
	rowsShown  = 8
	pillHeight = 32
	edgesDrawn = 2000
)

// graph is a flow between reading and drawing.
type graph struct {
	nodes []node
	edges []edge
	left  int
}

type node struct {
	Node
	port     int // relative to the top
	out, in  []int
	position *point // the designer's
}

type point struct{ x, y float64 }

type edge struct {
	from, to int
	port     int // relative to the top of from
	error    bool
	route    bool
	back     bool  // against the layers
	lanes    []int // of a layered layout, from left to right
	line     line
	merges   int // its line is another's, too, from this curve on
}

// Draw lays the document out; nil where it has more than MaxBlocks blocks.
func Draw(d *flow.Document, o Options) *Picture {
	if len(d.Blocks()) > MaxBlocks {
		return nil
	}
	g := build(d, o)
	if p := g.designed(); p != nil {
		return p
	}
	return g.layered()
}

// builder collects the nodes; the entry is the first, then the blocks in document order, then marks.
type builder struct {
	graph
	o  Options
	at map[*flow.Block]int
	d  *flow.Document
}

func build(d *flow.Document, o Options) *graph {
	b := builder{o: o, d: d, at: make(map[*flow.Block]int, len(d.Blocks()))}
	b.nodes, b.edges = make([]node, 1, len(d.Blocks())+8), make([]edge, 0, 3*len(d.Blocks())+8)
	b.nodes[0] = entry(o.Start)
	if x, y, ok := d.EntryPoint(); ok {
		b.nodes[0].position = &point{x, y}
	}
	for _, block := range d.Blocks() {
		b.at[block] = len(b.nodes)
		n := box(o.Block(block))
		n.Block = block.Index
		if x, y, ok := block.Position(); ok {
			n.position = &point{x, y}
		}
		b.nodes = append(b.nodes, n)
	}
	b.connect(0, []Branch{{To: d.Start()}})
	for i, block := range d.Blocks() {
		b.connect(i+1, o.Branches(block))
	}
	b.reach()
	b.mark()
	return &b.graph
}

func entry(text string) node {
	text = cut(clean(text), textSize, boxWidth-2*inset)
	n := node{Node: Node{Shape: Entry, Block: -1, W: width(text, textSize) + 2*inset, H: pillHeight}, port: pillHeight / 2}
	n.Title = []Line{{text, n.W / 2, pillHeight/2 + 4}}
	return n
}

// box sets a block's words; the rows of its branches follow.
func box(w Words) node {
	n := node{Node: Node{Shape: Box, W: boxWidth}, port: port}
	y := 7
	for _, t := range wrap(clean(w.Title), titleSize, boxWidth-2*inset) {
		y += titleLine
		n.Title = append(n.Title, Line{t, inset, y - 1})
	}
	if w.Type != "" {
		y += typeLine
		n.Type = Line{cut(clean(w.Type), textSize, boxWidth-2*inset), inset, y}
	} else if len(n.Title) == 1 && len(w.Tags) == 0 {
		n.Title[0].Y, y = port+5, y+typeLine
	}
	for _, t := range w.Tags {
		y += tagLine
		t.Text = cut(clean(t.Text), textSize, boxWidth-2*inset-TagIcon)
		n.Tags = append(n.Tags, TagLine{t, inset, y})
	}
	n.H = max(least, y+12)
	return n
}

// missing is a mark where branches lead to no block.
func missing(w Words) node {
	n := box(w)
	n.Shape, n.Block = Missing, -1
	return n
}

// ways are the branches of a block that lead to one node.
type ways struct {
	to     int
	labels []string
	plain  bool
	error  bool // nothing but errors
}

// connect draws what leads out of a node: one edge for each node that it leads to, and one mark for all that lead to none.
func (b *builder) connect(from int, branches []Branch) {
	list := make([]ways, 0, min(len(branches), rowsShown))
	mark := -1
	for _, br := range branches {
		to := mark
		if block, ok := b.d.Find(br.To); ok {
			to = b.at[block]
		} else if mark < 0 {
			to, mark = len(b.nodes), len(b.nodes)
			b.nodes = append(b.nodes, missing(b.o.Missing(br.To)))
		}
		i := slices.IndexFunc(list, func(w ways) bool { return w.to == to })
		if i < 0 {
			i = len(list)
			list = append(list, ways{to: to, error: true})
		}
		w := &list[i]
		w.error = w.error && br.Error
		if br.Label == "" {
			w.plain = true
		} else {
			w.labels = append(w.labels, clean(br.Label))
		}
	}
	b.row(from, list)
}

// row gives each edge its place at the right of the box: the plain way on leaves beside the title, others beside their names.
func (b *builder) row(from int, list []ways) {
	n := &b.nodes[from]
	named := 0
	for _, w := range list {
		if !w.plain && len(w.labels) > 0 {
			named++
		}
	}
	y, shown := n.H-12, 0
	if named > 0 {
		y += 4
	}
	for _, w := range list {
		e := edge{from: from, to: w.to, port: n.port, error: w.error}
		if !w.plain && len(w.labels) > 0 {
			if shown++; shown <= rowsShown {
				y += rowLine
				text := join(w.labels, textSize, boxWidth-2*inset)
				if shown == rowsShown && named > rowsShown {
					text = cut(clean(b.o.More(named-rowsShown+1)), textSize, boxWidth-2*inset)
				}
				n.Rows = append(n.Rows, Line{text, boxWidth - inset, y})
			}
			e.port = y - 4
		}
		b.join(e)
	}
	if len(n.Rows) > 0 {
		n.H = y + 10
	}
}

func (b *builder) join(e edge) {
	if len(b.edges) >= edgesDrawn && len(b.nodes[e.to].in) > 0 {
		b.left++ // a node that nothing leads to yet is never left without its line
		return
	}
	b.nodes[e.from].out = append(b.nodes[e.from].out, len(b.edges))
	b.nodes[e.to].in = append(b.nodes[e.to].in, len(b.edges))
	b.edges = append(b.edges, e)
}

// reach finds what branches lead to from the entry on.
func (g *graph) reach() {
	g.nodes[0].Reached = true
	todo := []int{0}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		for _, e := range g.nodes[at].out {
			if n := &g.nodes[g.edges[e].to]; !n.Reached {
				n.Reached = true
				todo = append(todo, g.edges[e].to)
			}
		}
	}
}

// mark numbers the nodes of the route and finds its edges. What the picture has no node or edge for is passed over.
func (b *builder) mark() {
	from := 0
	for i, id := range b.o.Route {
		block, ok := b.d.Find(id)
		if !ok {
			continue
		}
		to := b.at[block]
		for _, e := range b.nodes[from].out {
			if b.edges[e].to == to {
				b.edges[e].route = true
			}
		}
		if b.nodes[to].Step == 0 {
			b.nodes[to].Step = i + 1
		}
		from = to
	}
}
