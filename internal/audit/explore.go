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
// what differs becomes dynamic, which is never green. A hundred flows of thirty blocks, each entered in a hundred states, lie below.
const maxSteps = 1 << 19

// explore finds every context that the root leads to, nearest first. Of a flow that is entered with too many states all become one: then
// everything is explored anew, so that the order in which they were found plays no part.
func (p *Program) explore(root *Unit) *analysis {
	p.tidy()
	s := p.spaceOf(root)
	e := &explorer{space: s, joined: map[*Unit]tuple{}, limit: maxTuples}
	for {
		if a, ok := e.run(root); ok {
			a.rough = e.limit < maxTuples || len(e.joined) > 0
			return a
		}
	}
}

type explorer struct {
	*space
	queue   reaches
	entries map[*Unit]int      // in how many states flows are entered, by transfer
	joined  map[*Unit]tuple    // in place of too many of them
	best    map[*context]int32 // the fewest steps to a context so far
	limit   int
	count   int
}

// run explores; false where it has to be done anew, because too many states were told apart.
func (e *explorer) run(root *Unit) (*analysis, bool) {
	a := &analysis{space: e.space, root: root}
	e.queue, e.count, e.best, e.entries = e.queue[:0], 0, map[*context]int32{}, map[*Unit]int{}
	done, steps := map[*context]bool{}, 0
	e.push(reach{context: e.solve(root, tuple{}, 0)})
	for len(e.queue) > 0 {
		r := heap.Pop(&e.queue).(*reach)
		if done[r.context] {
			continue
		}
		done[r.context] = true
		a.reaches = append(a.reaches, r)
		if steps += len(r.visits); steps > maxSteps && e.limit > 1 {
			e.limit /= 4
			clear(e.joined)
			return nil, false
		}
		if !e.leave(a, r) {
			return nil, false
		}
	}
	return a, true
}

func (e *explorer) push(r reach) {
	if best, met := e.best[r.context]; met && best <= r.steps {
		return
	}
	e.best[r.context] = r.steps
	e.count++
	r.order = e.count
	heap.Push(&e.queue, &r)
}

// leave goes on to what a context leads to: flows by transfer, modules, and the flows that run after a hand-off.
func (e *explorer) leave(a *analysis, r *reach) bool {
	sum := r.summary()
	a.callback, a.task, a.transfers = a.callback || sum.callback, a.task || sum.task, a.transfers || sum.transfers
	for i := range sum.links {
		l := &sum.links[i]
		to := l.to
		if l.unit != nil {
			var ok bool
			if to, ok = e.transfer(a, l); !ok {
				return false
			}
		}
		e.push(reach{context: to, from: r, visit: l.visit, steps: r.length(l.visit) + 1})
	}
	return true
}

// transfer is the context of a flow that is entered by a transfer; false where it is entered in too many states.
func (e *explorer) transfer(a *analysis, l *onwardLink) (*context, bool) {
	if j, ok := e.joined[l.unit]; ok {
		if u := e.join(j, l.entry); u != j {
			e.joined[l.unit] = u
			return nil, false
		}
		return e.solve(l.unit, j, 0), true
	}
	if l.to == nil {
		l.to = e.solve(l.unit, l.entry, 0)
	}
	if _, met := e.best[l.to]; met {
		return l.to, true
	}
	if e.entries[l.unit]++; e.entries[l.unit] <= e.limit {
		return l.to, true
	}
	j := l.entry
	for c := range e.best {
		if c.Unit == l.unit && c.depth == 0 {
			j = e.join(j, c.entry)
		}
	}
	e.joined[l.unit] = j
	return nil, false
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
