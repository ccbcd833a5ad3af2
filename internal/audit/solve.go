package audit

import "slices"

// loaded is a unit in a space: what its links lead to in this program.
type loaded struct {
	*Unit
	targets []*Unit // per link; nil where it cannot be followed
}

func (s *space) load(u *Unit) *loaded {
	l := s.loaded[u]
	if l == nil {
		l = &loaded{Unit: u}
		if len(u.links) > 0 {
			l.targets = make([]*Unit, len(u.links))
			for i, k := range u.links {
				l.targets[i] = s.p.follow(k)
			}
		}
		s.loaded[u] = l
	}
	return l
}

// target is where a transfer or module block leads; nil where that is not followed.
func (l *loaded) target(n *node) *Unit {
	if n.link < 0 || n.class != transfer && n.class != module {
		return nil
	}
	return l.targets[n.link]
}

// contextKey: a flow or module is solved once per state that it is entered with. Depth is how many modules are entered.
type contextKey struct {
	unit  *Unit
	entry tuple
	depth int8
}

// maxDepthOfModules is how deep modules are nested; deeper ones are not followed (product.md section 2).
const maxDepthOfModules = 5

// visit is one (block, tuple) pair. Visits are found breadth first over the graph of these pairs, so that following
// from leads back along a shortest route that really yields the tuple.
type visit struct {
	id     int32 // of the tuple, see context.known
	node   int32
	from   int32 // the visit this one came from, -1 at the start
	next   int32 // another visit of the same node
	edge   int32 // taken out of from's block
	depth  int32 // steps from the start
	merged bool
}

// context is the fixed point of one flow or module for one state that it is entered with. A round handles all visits that the last
// one added; nothing depends on the order within a round, and therefore not on the order of the document's actions.
type context struct {
	*loaded
	space *space
	contextKey
	visits  []visit
	head    []int32 // per node: its first visit, -1
	count   []int32 // per node: how many
	merged  []int32 // per node: the round in which it became one merged tuple; 0 never
	round   int32
	first   int32 // the first visit added in this round
	known   tuples
	seen    [][]uint64 // per node: a bit per tuple that it was entered with
	modules []entered
	exits   []tuple // a module's: with which it goes back
	atEnd   states  // see ends
	ended   bool
	went    states // see passed
	sum     *summary

	work, endWork, wentWork work
}

// entered is a module that a visit enters.
type entered struct {
	visit int32
	to    *context
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

// solve gives the fixed point of a unit that can be judged. Modules are solved on the way; they are nested to a depth, so that this ends. Flows that
// contacts are transferred to are not: nothing comes back from them.
func (s *space) solve(u *Unit, entry tuple, depth int8) *context {
	key := contextKey{u, entry, depth}
	m := &s.p.meter
	if c := s.contexts[key]; c != nil {
		m.pay(&c.work)
		return c
	}
	c := &context{loaded: s.load(u), space: s, contextKey: key}
	m.begin(&c.work)
	c.run()
	m.end(&c.work)
	if !m.over() {
		s.contexts[key] = c
		s.p.visits += len(c.visits)
	}
	return c
}

func (c *context) run() {
	n, m := len(c.nodes), &c.space.p.meter
	m.spend(nodeWork * n)
	ints := make([]int32, 3*n)
	c.visits = make([]visit, 0, n+n/2+1)
	c.head, c.count, c.merged = ints[:n], ints[n:2*n], ints[2*n:]
	words := make([]uint64, n) // 64 tuples per node; a node with more gets a row of its own
	c.seen = make([][]uint64, n)
	for i := range c.head {
		c.head[i], c.seen[i] = -1, words[i:i+1:i+1]
	}
	c.add(c.start, c.known.id(c.entry), -1, 0)
	for done := 0; done < len(c.visits) && !m.over(); {
		c.round++
		end := len(c.visits)
		c.first = int32(end)
		for ; done < end && !m.over(); done++ {
			c.leave(int32(done))
		}
	}
	c.seen, c.known.ids = nil, nil
	for i := range c.nodes {
		if c.nodes[i].class == moduleEnd {
			c.exits = c.addStates(c.exits, int32(i))
		}
	}
}

// addStates adds the states that a block is entered with, each once.
func (c *context) addStates(list []tuple, node int32) []tuple {
	for i := c.head[node]; i >= 0; i = c.visits[i].next {
		if t := c.state(i); !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// stands says whether a visit counts in the end, and was not merged with others.
func (c *context) stands(i int32) bool {
	node := c.visits[i].node
	return c.merged[node] == 0 || c.head[node] == i
}

// state is the tuple of a visit.
func (c *context) state(visit int32) tuple { return c.known.list[c.visits[visit].id] }

func (c *context) reached(node int32) bool { return c.head[node] >= 0 }

// leave carries a visit's tuple over its block and along every branch.
func (c *context) leave(i int32) {
	v := c.visits[i]
	if m := c.merged[v.node]; m != 0 && m < c.round && !v.merged {
		return // the merged tuple speaks for it
	}
	n := &c.nodes[v.node]
	switch n.class {
	case module:
		c.through(i, n)
	case hooks, attrs, flowAttrs:
		t := v.id
		was := c.known.list[v.id]
		if over := c.space.over(c.effects[n.effect.from:n.effect.to], was); over != was {
			t = c.known.id(over)
		}
		c.along(n, i, t)
	default:
		t := v.id
		if n.exit {
			t = c.known.id(c.space.unknown())
		}
		c.along(n, i, t)
	}
}

func (c *context) along(n *node, i, id int32) {
	c.space.p.meter.spend(1 + int(n.edgeEnd-n.edge))
	for e := n.edge; e < n.edgeEnd; e++ {
		c.add(c.edges[e].to, id, i, e)
	}
}

// through carries a visit's tuple through a module. Its error branches carry the states with which the module goes back, or, where
// it does not, the state that it was entered with: then it has no other branch.
func (c *context) through(i int32, n *node) {
	t := c.state(i)
	to := c.module(n, t)
	if to == nil {
		c.along(n, i, c.known.id(c.space.unknown()))
		return
	}
	c.space.p.meter.spend(visitWork)
	c.modules = append(c.modules, entered{i, to})
	for _, x := range to.exits {
		c.along(n, i, c.known.id(c.space.withFlowAttributes(x, t)))
	}
	if len(to.exits) > 0 {
		return
	}
	for e := n.edge; e < n.edgeEnd; e++ {
		if c.edges[e].failure {
			c.add(c.edges[e].to, c.known.id(t), i, e)
		}
	}
}

// module is the context of a module that a block enters with a state; nil where it enters none, or it cannot be followed.
func (c *context) module(n *node, t tuple) *context {
	if n.class != module || c.depth >= maxDepthOfModules || c.space.alone {
		return nil
	}
	u := c.target(n)
	if u == nil {
		return nil
	}
	return c.space.solve(u, c.space.crossing(t), c.depth+1)
}

// isExit says whether contacts may leave through the block to something that is not followed.
func (c *context) isExit(n *node) bool {
	switch n.class {
	case transfer:
		return c.target(n) == nil || c.space.alone
	case module:
		return c.target(n) == nil || c.depth >= maxDepthOfModules || c.space.alone
	}
	return n.exit
}

func (c *context) add(to, id, from, edge int32) {
	if c.merged[to] != 0 {
		c.merge(to, c.known.list[id], from, edge)
		return
	}
	if !c.enters(to, id) {
		return
	}
	c.push(visit{id: id, node: to, from: from, edge: edge, next: c.head[to]})
	if c.count[to]++; int(c.count[to]) > c.space.limit {
		c.collapse(to)
	}
}

func (c *context) push(v visit) {
	if v.from >= 0 {
		v.depth = c.visits[v.from].depth + 1
	}
	c.space.p.meter.spend(visitWork)
	c.visits = append(c.visits, v)
	c.head[v.node] = int32(len(c.visits) - 1)
}

// enters says whether the node is entered with this tuple for the first time, and remembers it.
func (c *context) enters(node, id int32) bool {
	row, at, bit := c.seen[node], int(id/64), uint64(1)<<(id%64)
	if at >= len(row) {
		row = append(row, make([]uint64, at+1-len(row))...)
		c.seen[node] = row
	}
	if row[at]&bit != 0 {
		return false
	}
	row[at] |= bit
	return true
}

// collapse makes one tuple of all that a node was entered with.
func (c *context) collapse(node int32) {
	c.merged[node] = max(c.round, 1)
	last := c.visits[c.head[node]]
	t := c.known.list[last.id]
	for i := last.next; i >= 0; i = c.visits[i].next {
		t = c.space.join(t, c.state(i))
	}
	c.pushMerged(node, t, last.from, last.edge)
}

// merge adds a tuple to a node that has become one.
func (c *context) merge(to int32, t tuple, from, edge int32) {
	at := c.head[to]
	was := c.state(at)
	t = c.space.join(was, t)
	switch {
	case t == was:
	case at >= c.first: // not left yet: amend it
		c.visits[at].id = c.known.id(t)
	default:
		c.pushMerged(to, t, from, edge)
	}
}

func (c *context) pushMerged(node int32, t tuple, from, edge int32) {
	c.push(visit{id: c.known.id(t), node: node, from: from, edge: edge, next: -1, merged: true})
}
