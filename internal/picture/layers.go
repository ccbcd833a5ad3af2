package picture

import (
	"cmp"
	"slices"
)

// Measures of a layered layout, in pixels.
const (
	aisle     = 84 // between columns
	nodeGap   = 28 // between boxes of a column
	laneGap   = 12 // beside a lane
	partGap   = 72 // above the blocks that are never reached
	lanesMost = 1200
	sweeps    = 6
)

// part is one layered layout: of the blocks that are reached, or of the others. Its items are nodes, and lanes where a
// line passes a column: lines to one node share their lanes.
type part struct {
	g      *graph
	items  []item
	layers [][]int // items of each column from the top
	hops   []hop   // between neighbouring columns
	of     []int   // item of a node; -1: in another part
	ahead  [][]int // hops from an item to the right
	behind [][]int // and to the left
}

type item struct {
	node   int // -1: a lane
	layer  int
	place  int // in its column
	middle float64
	x, y   int
	w, h   int // w is the column's
	anchor int // of a lane where a line that goes back begins or ends: the item beside it; else -1
}

// hop leads from an item to one in the next column, at these heights from their tops.
type hop struct {
	from, to       int
	leaves, enters int
	weight         int
}

// layered lays out in columns: each block stands to the right of those that lead to it, but for loops.
func (g *graph) layered() *Picture {
	reached, others := g.part(true), g.part(false)
	y := reached.place(0)
	line := 0
	if len(others.items) > 0 {
		if len(reached.items) > 0 {
			line = y + partGap/2
			y += partGap
		}
		others.place(y)
	}
	for _, p := range []*part{&reached, &others} {
		p.thread()
	}
	p := g.finish(false)
	if line > 0 {
		p.Apart = line + p.down
	}
	return p
}

// part puts the nodes that are reached, or the others, into columns and orders these.
func (g *graph) part(reached bool) part {
	p := part{g: g, of: make([]int, len(g.nodes)), items: make([]item, 0, 2*len(g.nodes)), hops: make([]hop, 0, 2*len(g.edges))}
	for i := range g.nodes {
		p.of[i] = -1
		if g.nodes[i].Reached == reached {
			p.of[i] = len(p.items)
			p.items = append(p.items, item{node: i, h: g.nodes[i].H, anchor: -1})
		}
	}
	if len(p.items) == 0 {
		return p
	}
	p.rank()
	p.connect()
	p.untangle()
	return p
}

// unwind turns loops open: it marks the edges that lead back. Of the blocks of a loop, each leads on to those that a contact
// meets after it, and back to the others.
func (g *graph) unwind(of []int, met []int) {
	when := make([]int, len(g.nodes))
	for i, at := range met {
		when[at] = i
	}
	ahead := func(i, n int) (int, bool) { return g.other(g.nodes[i].out, n, of, true) }
	behind := func(i, n int) (int, bool) { return g.other(g.nodes[i].in, n, of, false) }
	after := g.walk(met, ahead, nil)
	slices.Reverse(after)
	loop := make([]int, len(g.nodes)) // nodes that lead to one another have the same number
	g.walk(after, behind, loop)
	for i := range g.edges {
		e := &g.edges[i]
		if of[e.from] >= 0 && of[e.to] >= 0 {
			e.back = loop[e.from] == loop[e.to] && when[e.to] <= when[e.from]
		}
	}
}

// other is the node at the other end of the nth edge of a list: -1 where it is in another part, false past the last one.
func (g *graph) other(list []int, n int, of []int, ahead bool) (int, bool) {
	if n >= len(list) {
		return 0, false
	}
	e := &g.edges[list[n]]
	to := e.from
	if ahead {
		to = e.to
	}
	if e.back || of[to] < 0 {
		return -1, true
	}
	return to, true
}

// walk visits all that can be come to from each root, and lists it, what is farthest first. tree, if there is one, gets for
// each node the root's place from which it was found.
func (g *graph) walk(roots []int, next func(node, n int) (int, bool), tree []int) []int {
	type step struct{ node, next int }
	seen, after := make([]bool, len(g.nodes)), make([]int, 0, len(roots))
	var stack []step
	for i, root := range roots {
		if seen[root] {
			continue
		}
		seen[root] = true
		stack = append(stack, step{root, 0})
		for len(stack) > 0 {
			s := &stack[len(stack)-1]
			to, more := next(s.node, s.next)
			s.next++
			switch {
			case !more:
				if tree != nil {
					tree[s.node] = i
				}
				after = append(after, s.node)
				stack = stack[:len(stack)-1]
			case to >= 0 && !seen[to]:
				seen[to] = true
				stack = append(stack, step{to, 0})
			}
		}
	}
	return after
}

// meeting lists a part's nodes as contacts meet them: what nothing leads to comes first, then what it leads to, and so on.
func (g *graph) meeting(of []int) []int {
	seen := make([]bool, len(g.nodes))
	var list []int
	visit := func(i int) {
		if of[i] >= 0 && !seen[i] {
			seen[i] = true
			list = append(list, i)
		}
	}
	done := 0
	from := func(i int) {
		visit(i)
		for ; done < len(list); done++ {
			for _, e := range g.nodes[list[done]].out {
				visit(g.edges[e].to)
			}
		}
	}
	led := func(i int) bool {
		return slices.ContainsFunc(g.nodes[i].in, func(e int) bool { return of[g.edges[e].from] >= 0 && g.edges[e].from != i })
	}
	for i := range g.nodes {
		if of[i] >= 0 && !led(i) {
			from(i)
		}
	}
	for i := range g.nodes { // loops that nothing leads into
		from(i)
	}
	return list
}

// rank gives each node the column after the last of those that lead to it.
func (p *part) rank() {
	met := p.g.meeting(p.of)
	p.g.unwind(p.of, met)
	order := p.g.walk(met, func(i, n int) (int, bool) { return p.g.other(p.g.nodes[i].out, n, p.of, true) }, nil)
	most := 0
	for _, i := range slices.Backward(order) {
		from := &p.items[p.of[i]]
		most = max(most, from.layer)
		for _, out := range p.g.nodes[i].out {
			if e := &p.g.edges[out]; !e.back && p.of[e.to] >= 0 {
				to := &p.items[p.of[e.to]]
				to.layer = max(to.layer, from.layer+1)
			}
		}
	}
	for i := range p.g.edges {
		if e := &p.g.edges[i]; e.back { // where its block stands further right in spite of it, it leads there like others
			e.back = p.of[e.from] < 0 || p.items[p.of[e.from]].layer >= p.items[p.of[e.to]].layer
		}
	}
	p.layers = make([][]int, most+1)
	for _, i := range met {
		p.append(p.of[i])
	}
}

func (p *part) append(i int) {
	it := &p.items[i]
	it.place = len(p.layers[it.layer])
	p.layers[it.layer] = append(p.layers[it.layer], i)
}

// lane names a lane: lines of one kind to one node share it.
func (e *edge) lane(layer int) int {
	name := (e.to*MaxBlocks*2 + layer) * 4
	if e.error {
		name++
	}
	if e.back {
		name += 2
	}
	return name
}

// connect makes the lanes and hops of all edges, short ones first. Past the limit lines pass behind boxes.
func (p *part) connect() {
	lanes := make(map[int]int, lanesMost)
	inner := make([]int, 0, len(p.g.edges))
	for i, e := range p.g.edges {
		if p.of[e.from] >= 0 && p.of[e.to] >= 0 {
			inner = append(inner, i)
		}
	}
	slices.SortStableFunc(inner, func(a, b int) int { return cmp.Compare(p.span(a), p.span(b)) })
	for _, i := range inner {
		e := &p.g.edges[i]
		if len(lanes)+p.span(i) > lanesMost {
			continue
		}
		first, last := p.items[p.of[e.from]].layer+1, p.items[p.of[e.to]].layer-1
		if e.back {
			first, last = last+1, first-1
		}
		e.lanes = make([]int, 0, max(0, last-first+1))
		known := len(p.items)
		for l := first; l <= last; l++ {
			key := e.lane(l)
			at, ok := lanes[key]
			if !ok {
				at = len(p.items)
				p.items = append(p.items, item{node: -1, layer: l, anchor: -1})
				p.append(at)
				lanes[key] = at
			}
			e.lanes = append(e.lanes, at)
		}
		p.hop(e, known)
	}
	p.ahead = p.sides(func(h *hop) int { return h.from })
	p.behind = p.sides(func(h *hop) int { return h.to })
}

// sides lists the hops at each item: those whose end is there.
func (p *part) sides(end func(*hop) int) [][]int {
	lists, n := make([][]int, len(p.items)), make([]int, len(p.items))
	for i := range p.hops {
		n[end(&p.hops[i])]++
	}
	room := make([]int, len(p.hops))
	for i := range lists {
		lists[i], room = room[:0:n[i]], room[n[i]:]
	}
	for i := range p.hops {
		at := end(&p.hops[i])
		lists[at] = append(lists[at], i)
	}
	return lists
}

// span is how many lanes an edge takes.
func (p *part) span(i int) int {
	e := &p.g.edges[i]
	d := p.items[p.of[e.to]].layer - p.items[p.of[e.from]].layer
	if e.back {
		return 1 - d
	}
	return d - 1
}

// hop links what an edge passes. Lanes before known are linked already. A line that goes back has its first and last lane
// beside the boxes that it links.
func (p *part) hop(e *edge, known int) {
	weight := 10_000 // an error never bends the way that most contacts take
	if e.error {
		weight = 1
	}
	link := func(from, to, leaves, enters int) { p.hops = append(p.hops, hop{from, to, leaves, enters, weight}) }
	from, to := p.of[e.from], p.of[e.to]
	if e.back {
		p.items[e.lanes[0]].anchor, p.items[e.lanes[len(e.lanes)-1]].anchor = to, from
		for i := 1; i < len(e.lanes); i++ {
			if e.lanes[i] >= known {
				link(e.lanes[i-1], e.lanes[i], 0, 0)
			}
		}
		return
	}
	at, leaves := from, e.port
	for _, l := range e.lanes {
		if p.items[at].node >= 0 || at >= known {
			link(at, l, leaves, 0)
		}
		at, leaves = l, 0
	}
	if p.items[at].node >= 0 || at >= known {
		link(at, to, leaves, p.g.nodes[e.to].port)
	}
}

// untangle orders the columns so that few lines cross: each item goes to the middle of its neighbours, column by column, to and fro.
func (p *part) untangle() {
	best, least := p.keep(), p.crossings()
	for round := 0; round < sweeps && least > 0; round++ {
		right := round%2 == 0
		for l := range p.layers {
			if !right {
				l = len(p.layers) - 1 - l
			}
			p.sortLayer(l, right)
		}
		if n := p.crossings(); n < least {
			best, least = p.keep(), n
		}
	}
	p.layers = best
	for _, layer := range p.layers {
		p.number(layer)
	}
}

func (p *part) keep() [][]int {
	out := make([][]int, len(p.layers))
	for i, l := range p.layers {
		out[i] = slices.Clone(l)
	}
	return out
}

func (p *part) number(layer []int) {
	for i, at := range layer {
		p.items[at].place = i
	}
}

// sortLayer orders a column by the middle of the neighbours at the left, or at the right.
func (p *part) sortLayer(l int, left bool) {
	for _, at := range p.layers[l] {
		p.items[at].middle = p.middle(at, left)
	}
	slices.SortStableFunc(p.layers[l], func(a, b int) int { return cmp.Compare(p.items[a].middle, p.items[b].middle) })
	p.number(p.layers[l])
}

func (p *part) middle(i int, left bool) float64 {
	it := &p.items[i]
	sum, weight := 0.0, 0.0
	add := func(at float64, w int) { sum, weight = sum+at*float64(w), weight+float64(w) }
	if it.anchor >= 0 {
		add(float64(p.items[it.anchor].place)+.5, 1)
	}
	if left {
		for _, h := range p.behind[i] {
			add(p.height(p.hops[h].from, p.hops[h].leaves), p.hops[h].weight)
		}
	} else {
		for _, h := range p.ahead[i] {
			add(p.height(p.hops[h].to, p.hops[h].enters), p.hops[h].weight)
		}
	}
	if weight == 0 {
		return float64(it.place)
	}
	return sum / weight
}

// height is a place in a column, with a fraction for the place on the box.
func (p *part) height(i, y int) float64 {
	it := &p.items[i]
	return float64(it.place) + float64(y)/float64(it.h+1) - .5
}

// crossings counts the pairs of hops that cross.
func (p *part) crossings() int {
	n := 0
	var list []uint64 // where a hop leaves, above where it enters: sorting them is sorting numbers
	var tree []int
	for _, layer := range p.layers {
		list, tree = list[:0], tree[:0]
		for _, i := range layer {
			for _, h := range p.ahead[i] {
				hop := &p.hops[h]
				to := p.items[hop.to].place
				list = append(list, uint64(p.items[i].place)<<48|uint64(hop.leaves)<<32|uint64(to))
				for len(tree) < to+2 {
					tree = append(tree, 0)
				}
			}
		}
		slices.Sort(list)
		for seen, e := range list {
			at, before := int(e&(1<<32-1))+1, 0
			for i := at; i > 0; i &= i - 1 {
				before += tree[i]
			}
			n += seen - before
			for i := at; i < len(tree); i += i & -i {
				tree[i]++
			}
		}
	}
	return n
}
