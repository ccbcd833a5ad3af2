package audit

import "container/heap"

// analysis is everything that a contact that enters a flow may come to.
type analysis struct {
	*space
	root      *Unit
	reaches   []*reach  // nearest first
	used      []valueID // values that contacts carry as a guide
	callback  bool      // a block that makes a callback is reached
	task      bool      // so is one that makes a task
	transfers bool      // so is a transfer to another flow
	rough     bool      // so many contexts that flows are entered with fewer states told apart
}

// reach is a context that the root's contacts come to. from is nil of the root's own.
type reach struct {
	*context
	from  *reach
	visit int32 // of from, out of which it is entered
	steps int32 // from the root's start to this one's
	order int
}

func (r *reach) length(visit int32) int32 { return r.steps + r.visits[visit].depth }

// maxSteps bounds what one root is judged by, in visits. Beyond, fewer states are told apart of each flow that contacts are transferred to:
// what differs becomes dynamic, which is never green. A hundred flows of thirty blocks, each entered in eighty states, lie below.
const maxSteps = 1 << 18

// explore finds every context that the root leads to, nearest first. Of a flow that is entered with too many states all become one: then
// everything is explored anew, so that the order in which they were found plays no part.
func (p *Program) explore(root *Unit) *analysis {
	var a *analysis
	p.closely(root, func(s *space) {
		e := &explorer{space: s, joined: map[*Unit]tuple{}, limit: s.limit}
		for done := false; !done && !p.meter.over(); {
			a, done = e.run(root)
		}
		a.rough = s.alone || e.limit < maxTuples || len(e.joined) > 0
	})
	return a
}

type explorer struct {
	*space
	queue   reaches
	entries map[*Unit]int      // in how many states flows are entered, by transfer
	met     map[*Unit]tuple    // what all states have in common in which a flow is entered, however it is
	joined  map[*Unit]tuple    // in place of too many of them
	best    map[*context]int32 // the fewest steps to a context so far
	limit   int
	count   int
	steps   int  // visits of the contexts met so far
	anew    bool // a flow is entered with another state than the contexts met so far tell
}

// run explores; false where it has to be done anew, because too many states were told apart. It goes on to find all flows of which that is so, as far
// as one root may go.
func (e *explorer) run(root *Unit) (*analysis, bool) {
	a := &analysis{space: e.space, root: root}
	e.queue, e.count, e.steps, e.best, e.entries = e.queue[:0], 0, 0, map[*context]int32{}, map[*Unit]int{}
	e.met = map[*Unit]tuple{}
	e.anew = false
	done := map[*context]bool{}
	e.push(reach{context: e.solve(root, tuple{}, 0)})
	for len(e.queue) > 0 && !e.p.meter.over() {
		r := heap.Pop(&e.queue).(*reach)
		if done[r.context] {
			continue
		}
		done[r.context] = true
		a.reaches = append(a.reaches, r)
		e.leave(a, r)
		if e.steps > maxSteps && (e.anew || e.limit > 1) {
			e.coarser()
			return nil, false
		}
	}
	return a, !e.anew
}

// coarser tells fewer states apart of flows that are entered by a transfer, unless states that became one may be enough: so few that it
// makes a difference.
func (e *explorer) coarser() {
	if e.anew {
		return
	}
	most := 0
	for _, n := range e.entries {
		most = max(most, n)
	}
	for e.limit /= 16; e.limit > 1 && e.limit >= most; {
		e.limit /= 16
	}
	clear(e.joined)
}

func (e *explorer) push(r reach) {
	e.p.meter.spend(visitWork)
	best, met := e.best[r.context]
	switch {
	case !met:
		e.steps += len(r.visits)
		e.meet(r.context)
	case best <= r.steps:
		return
	}
	e.best[r.context] = r.steps
	e.count++
	r.order = e.count
	heap.Push(&e.queue, &r)
}

func (e *explorer) meet(c *context) {
	if was, ok := e.met[c.Unit]; c.depth > 0 {
		return
	} else if ok {
		e.met[c.Unit] = e.join(was, c.entry)
	} else {
		e.met[c.Unit] = c.entry
	}
}

// leave goes on to what a context leads to: flows by transfer, modules, and the flows that run after a hand-off, until that is too much. Visits
// count when a context is met, not when its turn comes: one block may lead to a hundred flows in 256 states each.
func (e *explorer) leave(a *analysis, r *reach) {
	sum := r.summary()
	a.callback, a.task, a.transfers = a.callback || sum.callback, a.task || sum.task, a.transfers || sum.transfers
	for i := range sum.links {
		l := &sum.links[i]
		to := l.to
		if l.unit != nil {
			if to = e.transfer(l); to == nil {
				continue
			}
		}
		e.push(reach{context: to, from: r, visit: l.visit, steps: r.length(l.visit) + 1})
		if e.p.meter.over() || e.steps > maxSteps && (e.anew || e.limit > 1) {
			return
		}
	}
}

// transfer is the context of a flow that is entered by a transfer; nil where that has to be solved anew.
func (e *explorer) transfer(l *onwardLink) *context {
	if j, ok := e.joined[l.unit]; ok {
		return e.enter(l.unit, e.join(j, l.entry))
	}
	to := e.solve(l.unit, l.entry, 0)
	if _, met := e.best[to]; met || e.p.meter.over() {
		return to
	}
	if e.entries[l.unit]++; e.entries[l.unit] <= e.limit {
		return to
	}
	return e.enter(l.unit, e.join(l.entry, e.met[l.unit]))
}

// enter is the context of a flow that is entered with one state in place of too many; nil as long as more states may come to that one.
func (e *explorer) enter(u *Unit, j tuple) *context {
	if was, ok := e.joined[u]; !ok || was != j {
		e.joined[u], e.anew = j, true
		return nil
	}
	return e.solve(u, j, 0)
}

// reaches is a heap, nearest first; of equally near ones the first found.
type reaches []*reach

func (q reaches) Len() int { return len(q) }
func (q reaches) Less(i, j int) bool {
	if q[i].steps != q[j].steps {
		return q[i].steps < q[j].steps
	}
	return q[i].order < q[j].order
}
func (q reaches) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *reaches) Push(x any)   { *q = append(*q, x.(*reach)) }
func (q *reaches) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
