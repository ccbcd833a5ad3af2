package audit

import "slices"

// Slots of the state that is carried along routes. The event is held in two: its value, and whether it is switched off, which
// a block may change alone (docs/decisions/006).
const (
	eventSlot = iota
	attributeSlot
	switchSlot // unset: on
	slots
)

// tuple is the state on one route: a value per slot.
type tuple [slots]valueID

// maxTuples is how many tuples one block may be entered with; beyond, the slots that differ become dynamic
// (product.md section 2).
const maxTuples = 256

// visit is one (block, tuple) pair. Visits are found breadth first over the graph of these pairs, so that following
// from leads back along a shortest route that really yields the tuple.
type visit struct {
	t      tuple
	id     int32 // of t, see solver.known
	node   int32
	from   int32 // the visit this one came from, -1 at the start
	next   int32 // another visit of the same node
	branch int32 // taken out of from's block, see edge
	merged bool
}

// solver computes the fixed point. A round handles all visits that the last one added; nothing depends on the order
// within a round, and therefore not on the order of the document's actions.
type solver struct {
	graph  *graph
	visits []visit
	head   []int32 // per node: its first visit, -1
	count  []int32 // per node: how many
	merged []int32 // per node: the round in which it became one merged tuple; 0 never
	round  int32
	first  int32 // the first visit added in this round
	known  tuples
	seen   [][]uint64 // per node: a bit per tuple that it was entered with
}

// tuples numbers tuples as they are met, so that a set of them is a row of bits. Most flows know a handful, for which a
// search beats a map.
type tuples struct {
	list []tuple
	ids  map[tuple]int32 // once there are more than fewTuples
}

const fewTuples = 8

func (k *tuples) id(t tuple) int32 {
	if k.ids == nil {
		if i := slices.Index(k.list, t); i >= 0 {
			return int32(i)
		}
	} else if i, ok := k.ids[t]; ok {
		return i
	}
	i := int32(len(k.list))
	k.list = append(k.list, t)
	switch {
	case k.ids != nil:
		k.ids[t] = i
	case len(k.list) > fewTuples:
		k.ids = make(map[tuple]int32, 4*fewTuples)
		for j, u := range k.list {
			k.ids[u] = int32(j)
		}
	}
	return i
}

func solve(g *graph) *solver {
	n := len(g.nodes)
	ints := make([]int32, 3*n)
	s := &solver{graph: g, visits: make([]visit, 0, n+n/2+1), head: ints[:n], count: ints[n : 2*n], merged: ints[2*n:]}
	words := make([]uint64, n) // 64 tuples per node; a node with more gets a row of its own
	s.seen = make([][]uint64, n)
	for i := range s.head {
		s.head[i], s.seen[i] = -1, words[i:i+1:i+1]
	}
	s.add(g.start, s.known.id(tuple{}), -1, 0)
	for done := 0; done < len(s.visits); {
		s.round++
		end := len(s.visits)
		s.first = int32(end)
		for ; done < end; done++ {
			s.leave(int32(done))
		}
	}
	return s
}

// leave carries a visit's tuple over its block and along every branch.
func (s *solver) leave(i int32) {
	v := s.visits[i]
	if m := s.merged[v.node]; m != 0 && m < s.round && !v.merged {
		return // the merged tuple speaks for it
	}
	n := &s.graph.nodes[v.node]
	t := v.id
	if over := n.over(v.t); over != v.t {
		t = s.known.id(over)
	}
	for _, e := range s.graph.edges[n.edge:n.edgeEnd] {
		s.add(e.to, t, i, e.branch)
	}
}

// over is what the block makes of the state. Behind an exit that comes back (a module, or an unknown type that may
// hide one) nothing is known: it may have set, cleared or disabled either slot, so neither what was set before
// it nor that nothing was set can be relied on. A hand-off there can be neither green nor red by ignorance.
func (n *node) over(t tuple) tuple {
	if n.opaque {
		return tuple{unknownID, unknownID, unknownID}
	}
	for slot, w := range n.writes {
		if w != keep {
			t[slot] = w
		}
	}
	return t
}

func (s *solver) add(to, id, from, branch int32) {
	if s.merged[to] != 0 {
		s.merge(to, s.known.list[id], from, branch)
		return
	}
	if !s.enters(to, id) {
		return
	}
	s.visits = append(s.visits, visit{t: s.known.list[id], id: id, node: to, from: from, branch: branch, next: s.head[to]})
	s.head[to] = int32(len(s.visits) - 1)
	if s.count[to]++; s.count[to] > maxTuples {
		s.collapse(to)
	}
}

// enters says whether the node is entered with this tuple for the first time, and remembers it.
func (s *solver) enters(node, id int32) bool {
	row, at, bit := s.seen[node], int(id/64), uint64(1)<<(id%64)
	if at >= len(row) {
		row = append(row, make([]uint64, at+1-len(row))...)
		s.seen[node] = row
	}
	if row[at]&bit != 0 {
		return false
	}
	row[at] |= bit
	return true
}

// collapse makes one tuple of all that a node was entered with.
func (s *solver) collapse(node int32) {
	s.merged[node] = max(s.round, 1)
	last := s.visits[s.head[node]]
	t := last.t
	for i := last.next; i >= 0; i = s.visits[i].next {
		t = join(t, s.visits[i].t)
	}
	s.putMerged(node, t, last.from, last.branch)
}

// merge adds a tuple to a node that has become one.
func (s *solver) merge(to int32, t tuple, from, branch int32) {
	at := s.head[to]
	t = join(s.visits[at].t, t)
	switch {
	case t == s.visits[at].t:
	case at >= s.first: // not left yet: amend it
		s.visits[at].t, s.visits[at].id = t, s.known.id(t)
	default:
		s.putMerged(to, t, from, branch)
	}
}

func (s *solver) putMerged(node int32, t tuple, from, branch int32) {
	s.visits = append(s.visits, visit{t: t, id: s.known.id(t), node: node, from: from, branch: branch, next: -1, merged: true})
	s.head[node] = int32(len(s.visits) - 1)
}

func join(a, b tuple) tuple {
	for slot := range a {
		if a[slot] != b[slot] {
			a[slot] = mergedID
		}
	}
	return a
}
