package picture

import (
	"cmp"
	"math"
	"slices"
)

// Bounds of the designer's positions that are used. Real flows take up to 240 pixels a block in each direction.
const (
	perBlock = 600 // pixels that a block may take in the mean, in each direction
	spread   = 4000
	between  = 14 // pixels between boxes that were moved apart
	beside   = 48 // pixels between a box and a mark or an entry that has no position
	margin   = 24 // around the picture
)

// designed lays out by the designer's positions; nil where they cannot be used.
func (g *graph) designed() *Picture {
	if !g.usable() {
		return nil
	}
	for _, scale := range []float64{1, 1.25, 1.5, 2} {
		g.scale(scale)
		if g.crowded() {
			continue
		}
		g.apart()
		return g.finish(true)
	}
	return nil
}

// usable says whether every block has a position, and none lies so far off that the picture would be empty.
func (g *graph) usable() bool {
	least, most := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	blocks := 0
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.Shape != Box {
			continue
		}
		if n.position == nil || !finite(n.position.x) || !finite(n.position.y) {
			return false
		}
		blocks++
		least = point{min(least.x, n.position.x), min(least.y, n.position.y)}
		most = point{max(most.x, n.position.x), max(most.y, n.position.y)}
	}
	room := float64(spread + perBlock*blocks)
	if most.x-least.x > room || most.y-least.y > room {
		return false
	}
	if p := g.nodes[0].position; p != nil && !(p.x > least.x-spread && p.x < most.x+spread && p.y > least.y-spread && p.y < most.y+spread) {
		g.nodes[0].position = nil // it is set beside the start
	}
	return true
}

func finite(v float64) bool { return math.Abs(v) < 1e9 } // false for NaN

// scale sets the boxes at their positions. A mark stands at the right of the box that leads to it.
func (g *graph) scale(by float64) {
	for i := range g.nodes {
		if n := &g.nodes[i]; n.position != nil {
			n.X, n.Y = int(math.Round(n.position.x*by)), int(math.Round(n.position.y*by))+port-n.port // the designer's entry is a box
		}
	}
	g.enter()
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.Shape == Missing {
			e := g.edges[n.in[0]]
			from := &g.nodes[e.from]
			n.X, n.Y = from.X+from.W+beside, from.Y+e.port-n.port
		}
	}
}

// enter sets an entry without a position at the left of the start. Where that is no block, it is set at the left of the first
// block, with room for the mark that it leads to.
func (g *graph) enter() {
	n := &g.nodes[0]
	if n.position != nil {
		return
	}
	start, room := &g.nodes[g.edges[n.out[0]].to], beside
	if start.Shape == Missing {
		room += start.W + beside
		start = &g.nodes[1] // a flow has one block at least
	}
	n.X, n.Y = start.X-n.W-room, start.Y+start.port-n.port
}

// crowded says that more than one block in ten lies on another: these positions were not set by a person.
func (g *graph) crowded() bool {
	blocks, on := 0, 0
	for i := range g.nodes {
		if g.nodes[i].Shape != Box {
			continue
		}
		blocks++
		for j := range i {
			if g.nodes[j].Shape == Box && overlap(&g.nodes[i], &g.nodes[j], 0) {
				on++
				break
			}
		}
	}
	return on > 1+blocks/10
}

func overlap(a, b *node, gap int) bool {
	return a.X < b.X+b.W+gap && b.X < a.X+a.W+gap && a.Y < b.Y+b.H+gap && b.Y < a.Y+a.H+gap
}

// apart moves boxes that lie on others down until they are free: first come the blocks from the top, then marks and the entry.
func (g *graph) apart() {
	list := g.sorted(func(a, b *node) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	for i, at := range list {
		n := &g.nodes[at]
		for j := 0; j < i; j++ {
			if other := &g.nodes[list[j]]; overlap(n, other, 0) {
				n.Y = other.Y + other.H + between
				j = -1 // it may lie on an earlier one now
			}
		}
	}
}

func rank(n *node) int {
	if n.Shape == Box {
		return 0
	}
	return 1
}

// sorted are the indexes of the nodes in an order; equal nodes stay as the document has them.
func (g *graph) sorted(by func(a, b *node) int) []int {
	list := make([]int, len(g.nodes))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return by(&g.nodes[a], &g.nodes[b]) })
	return list
}
