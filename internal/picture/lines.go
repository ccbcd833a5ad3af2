package picture

import (
	"cmp"
	"slices"
	"strconv"
)

const (
	head  = 8  // length of an arrow's head
	swing = 36 // how far a line swings out where it turns back
	under = 18 // how far below boxes a line goes back
)

// line is a line of cubic curves; each ends at its last point.
type line struct {
	at     spot
	curves []curve
}

type spot struct{ x, y int }

type curve [3]spot

func (l *line) end() spot {
	if len(l.curves) == 0 {
		return l.at
	}
	return l.curves[len(l.curves)-1][2]
}

// glide goes on to a place at the right or, straight, at the same height.
func (l *line) glide(to spot) {
	from := l.end()
	bend := max((to.x-from.x)/2, min(swing, abs(to.y-from.y)/2))
	l.curves = append(l.curves, curve{{from.x + bend, from.y}, {to.x - bend, to.y}, to})
}

// turn goes around to another height at a side: out is how far to the right, or, negative, to the left.
func (l *line) turn(to spot, out int) {
	from := l.end()
	far := max(from.x, to.x) + out
	if out < 0 {
		far = min(from.x, to.x) + out
	}
	l.curves = append(l.curves, curve{{far, from.y}, {far, to.y}, to})
}

func (l *line) straight(to spot) { l.curves = append(l.curves, curve{l.end(), to, to}) }

func abs(v int) int { return max(v, -v) }

// ends are where an edge's line begins and where its arrow's head begins.
func (g *graph) ends(e *edge) (from, to spot) {
	a, b := &g.nodes[e.from], &g.nodes[e.to]
	return spot{a.X + a.W, a.Y + e.port}, spot{b.X - head + 2, b.Y + b.port}
}

// direct is a line from box to box, behind whatever lies between. One that leads back swings out at both ends; where it would
// cross its own box it goes below.
func (g *graph) direct(e *edge) line {
	from, to := g.ends(e)
	l := line{from, make([]curve, 0, 1)}
	a, b := &g.nodes[e.from], &g.nodes[e.to]
	switch {
	case to.x >= from.x:
		l.glide(to)
	case b.Y < a.Y+a.H+2*under && a.Y < b.Y+b.H+2*under: // beside one another
		low := max(a.Y+a.H, b.Y+b.H) + under
		l.turn(spot{from.x, low}, swing)
		l.straight(spot{to.x, low})
		l.turn(to, -swing)
	default:
		bend := min(160, 48+(from.x-to.x)/6)
		l.curves = append(l.curves, curve{{from.x + bend, from.y}, {to.x - bend, to.y}, to})
	}
	return l
}

// thread draws the lines that have lanes. Once a line has come to a lane that another line took, they are one.
func (p *part) thread() {
	taken := make([]bool, len(p.items))
	for i := range p.g.edges {
		e := &p.g.edges[i]
		if len(e.lanes) == 0 || p.of[e.from] < 0 || p.of[e.to] < 0 {
			continue
		}
		from, to := p.g.ends(e)
		l := line{from, make([]curve, 0, 4)}
		lanes := e.lanes
		if e.back {
			lanes = slices.Clone(lanes)
			slices.Reverse(lanes)
		}
		for n, at := range lanes {
			it := &p.items[at]
			near, far := spot{it.x, it.y}, spot{it.x + it.w, it.y}
			switch {
			case !e.back:
				l.glide(near)
			case n == 0:
				near, far = far, near
				l.turn(near, swing)
			default:
				near, far = far, near
				l.curves = append(l.curves, curve{{near.x + aisle/2, l.end().y}, {near.x + aisle/2, near.y}, near})
			}
			if taken[at] && e.merges == 0 {
				e.merges = len(l.curves)
			}
			if e.merges > 0 && !e.route {
				break
			}
			taken[at] = true
			l.straight(far)
		}
		switch {
		case e.merges > 0 && !e.route:
		case e.back:
			l.turn(to, -swing)
		default:
			l.glide(to)
		}
		e.line = l
	}
}

// finish draws what is left, moves everything into view and gives the nodes in the order of reading.
func (g *graph) finish(designed bool) *Picture {
	least, most := spot{g.nodes[0].X, g.nodes[0].Y}, spot{}
	see := func(at spot) {
		least, most = spot{min(least.x, at.x), min(least.y, at.y)}, spot{max(most.x, at.x), max(most.y, at.y)}
	}
	most = least
	for i := range g.nodes {
		n := &g.nodes[i]
		see(spot{n.X, n.Y})
		see(spot{n.X + n.W, n.Y + n.H})
	}
	for i := range g.edges {
		e := &g.edges[i]
		if e.line.curves == nil {
			e.line = g.direct(e)
		}
		for _, c := range e.line.curves {
			see(c[0])
			see(c[1])
			see(c[2])
		}
	}
	p := &Picture{
		Width: most.x - least.x + 2*margin, Height: most.y - least.y + 2*margin,
		Designed: designed, Left: g.left, down: margin - least.y,
	}
	g.move(margin-least.x, p.down)
	g.write(p)
	return p
}

func (g *graph) move(x, y int) {
	for i := range g.nodes {
		n := &g.nodes[i]
		n.X, n.Y = n.X+x, n.Y+y
	}
	for i := range g.edges {
		l := &g.edges[i].line
		l.at = spot{l.at.x + x, l.at.y + y}
		for j := range l.curves {
			for k := range l.curves[j] {
				l.curves[j][k].x += x
				l.curves[j][k].y += y
			}
		}
	}
}

// write gives nodes and edges their final form.
func (g *graph) write(p *Picture) {
	order := g.reading()
	place := make([]int, len(g.nodes))
	p.Nodes = make([]Node, len(order))
	for i, at := range order {
		place[at] = i
		p.Nodes[i] = g.nodes[at].Node
	}
	plain, errors, heads := make([]byte, 0, 48*len(g.edges)), make([]byte, 0, 48*len(g.edges)), make([]byte, 0, 20*len(g.nodes))
	headed := make([]bool, len(g.nodes))
	p.Edges = make([]Edge, len(g.edges))
	for i := range g.edges {
		e := &g.edges[i]
		_, tip := g.ends(e)
		p.Edges[i] = Edge{From: place[e.from], To: place[e.to], Error: e.error, Route: e.route, line: e.line}
		if e.route {
			p.Edges[i].Path, p.Edges[i].Head = string(e.line.data(nil, len(e.line.curves))), string(arrow(nil, tip))
		}
		shown := len(e.line.curves)
		if e.merges > 0 {
			shown = e.merges
		}
		if e.error {
			errors = e.line.data(errors, shown)
		} else {
			plain = e.line.data(plain, shown)
		}
		if !headed[e.to] {
			headed[e.to] = true
			heads = arrow(heads, tip)
		}
	}
	p.Plain, p.Errors, p.Heads = string(plain), string(errors), string(heads)
}

// reading orders the nodes as a text is read: by rows from the top, each from its left. Boxes of one row are never above
// one another, for a row is lower than a box.
func (g *graph) reading() []int {
	list := g.sorted(func(a, b *node) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	for from := 0; from < len(list); {
		to, low := from+1, g.nodes[list[from]].Y+least
		for to < len(list) && g.nodes[list[to]].Y < low {
			to++
		}
		slices.SortStableFunc(list[from:to], func(a, b int) int { return cmp.Compare(g.nodes[a].X, g.nodes[b].X) })
		from = to
	}
	return list
}

// data appends the first curves of a line as SVG path data.
func (l *line) data(b []byte, curves int) []byte {
	b = spots(append(b, 'M'), l.at)
	at := l.at
	for _, c := range l.curves[:curves] {
		if c[0].y == at.y && c[1].y == at.y && c[2].y == at.y {
			b = strconv.AppendInt(append(b, 'H'), int64(c[2].x), 10)
		} else {
			b = spots(append(b, 'C'), c[:]...)
		}
		at = c[2]
	}
	return b
}

func arrow(b []byte, tip spot) []byte {
	b = spots(append(b, 'M'), spot{tip.x + head - 2, tip.y})
	return append(b, "l-8-4v8z"...)
}

func spots(b []byte, list ...spot) []byte {
	for i, s := range list {
		if i > 0 && s.x >= 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(s.x), 10)
		if s.y >= 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(s.y), 10)
	}
	return b
}
