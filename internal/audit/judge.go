package audit

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Analyze judges one flow's content. It never fails: content that cannot be read is the verdict unreadable.
func Analyze(content []byte, o Options) Report { return JudgeAlone(Read(o.Self, content, o), o) }

// AnalyzeDocument is Analyze for a parsed document.
func AnalyzeDocument(d *flow.Document, o Options) Report {
	return JudgeAlone(ReadDocument(o.Self, d, o), o)
}

// JudgeAlone judges one flow, whose unit stands for the flow of its id also where other flows lead back to it: a draft, or content
// that is about to be published.
func JudgeAlone(root *Unit, o Options) Report { return alone(root, o).Judge(root) }

func alone(root *Unit, o Options) *Program {
	p := NewProgram(o)
	p.self = root
	return p
}

// Judge judges a flow as an inbound one: entered with nothing set.
func (p *Program) Judge(root *Unit) Report {
	r := newReport()
	if root.reason != nil {
		r.Verdict, r.Reason = Unreadable, root.reason
		return r
	}
	a := p.explore(root)
	for _, pt := range a.points {
		a.report(&r, pt)
	}
	sortReport(&r, root)
	r.Guides, r.Onward, r.Callback, r.Task = a.guides(), a.onward(), a.callback, a.task
	r.count()
	r.IsGuide = a.guideShape(&r)
	r.Verdict = a.verdict(&r)
	r.Notes = a.notes(&r)
	return r
}

func newReport() Report {
	return Report{Handoffs: []Handoff{}, Exits: []Exit{}, Gaps: []Gap{}, Notes: []Note{}, Guides: []GuideUse{}}
}

// analysis is everything that a contact that enters a flow may come to.
type analysis struct {
	*space
	root      *Unit
	reaches   []*reach // nearest first
	points    []*point
	used      []valueID // values that contacts carry as a guide
	callback  bool      // a block that makes a callback is reached
	task      bool      // so is one that makes a task
	transfers bool      // so is a transfer to another flow
}

// reach is a context that the root's contacts come to. from is nil of the root's own.
type reach struct {
	*context
	from  *reach
	visit int32 // of from, out of which it is entered
	steps int32 // from the root's start to this one's
	order int
}

// point is a hand-off or an exit, wherever it is reached.
type point struct {
	unit    *Unit
	node    int32
	handoff bool
	arrives []arrival
}

// arrival is a visit of a point.
type arrival struct {
	reach *reach
	visit int32
}

func (r *reach) length(visit int32) int32 { return r.steps + r.visits[visit].depth }

// explore finds every context that the root leads to, nearest first. Of a flow that is entered with too many states all become one: then
// everything is explored anew, so that the order in which they were found plays no part.
func (p *Program) explore(root *Unit) *analysis {
	s := p.spaceOf(root)
	e := &explorer{space: s, entries: map[*Unit]map[tuple]bool{}, joined: map[*Unit]tuple{}}
	for {
		if a, ok := e.run(root); ok {
			a.gather()
			return a
		}
	}
}

type explorer struct {
	*space
	queue   reaches
	seen    map[*context]bool
	entries map[*Unit]map[tuple]bool // of flows, by transfer
	joined  map[*Unit]tuple          // in place of too many entries
	count   int
}

// run explores; false where it has to be done anew, because a flow is entered with more states than before.
func (e *explorer) run(root *Unit) (*analysis, bool) {
	a := &analysis{space: e.space, root: root}
	e.queue, e.seen, e.count = e.queue[:0], map[*context]bool{}, 0
	clear(e.entries)
	e.push(&reach{context: e.solve(root, tuple{}, 0)})
	for len(e.queue) > 0 {
		r := heap.Pop(&e.queue).(*reach)
		if e.seen[r.context] {
			continue
		}
		e.seen[r.context] = true
		a.reaches = append(a.reaches, r)
		if !e.leave(a, r) {
			return nil, false
		}
	}
	return a, true
}

func (e *explorer) push(r *reach) {
	if !e.seen[r.context] {
		e.count++
		r.order = e.count
		heap.Push(&e.queue, r)
	}
}

// leave finds what a context leads to: flows by transfer, modules, and the flows that run after a hand-off.
func (e *explorer) leave(a *analysis, r *reach) bool {
	for _, m := range r.modules {
		if r.stands(m.visit) {
			e.push(&reach{context: m.to, from: r, visit: m.visit, steps: r.length(m.visit) + 1})
		}
	}
	for i := range r.nodes {
		n := &r.nodes[i]
		if !r.reached(int32(i)) {
			continue
		}
		switch n.class {
		case callback:
			a.callback = true
		case task:
			a.task = true
		case transfer:
			a.transfers = true
			if to := r.target(n); to != nil && !e.transfer(r, int32(i), to) {
				return false
			}
		case handoff:
			e.after(r, int32(i))
		}
	}
	return true
}

// transfer enters a flow with each state that a transfer block is reached with.
func (e *explorer) transfer(r *reach, node int32, to *Unit) bool {
	entries := e.entries[to]
	if entries == nil {
		entries = map[tuple]bool{}
		e.entries[to] = entries
	}
	for i := r.head[node]; i >= 0; i = r.visits[i].next {
		t := e.crossing(r.visits[i].t)
		if j, ok := e.joined[to]; ok {
			if u := e.join(j, t); u != j {
				e.joined[to] = u
				return false
			}
			t = j
		} else if entries[t] = true; len(entries) > maxTuples {
			for u := range entries {
				t = e.join(t, u)
			}
			e.joined[to] = t
			return false
		}
		e.push(&reach{context: e.solve(to, t, 0), from: r, visit: i, steps: r.length(i) + 1})
	}
	return true
}

// onward lists the flows that contacts are transferred to, by id.
func (a *analysis) onward() []Onward {
	var list []Onward
	for _, r := range a.reaches {
		for i := range r.nodes {
			n := &r.nodes[i]
			if n.class != transfer || !r.reached(int32(i)) || r.target(n) == nil {
				continue
			}
			id := instance.FlowID(r.target(n).ID)
			at := slices.IndexFunc(list, func(o Onward) bool { return o.Flow == id })
			if at < 0 {
				at, list = len(list), append(list, Onward{id, true})
			}
			for v := r.head[i]; v >= 0; v = r.visits[v].next {
				list[at].Set = list[at].Set && a.setting(r.visits[v].t).Kind.Set()
			}
		}
	}
	slices.SortFunc(list, func(x, y Onward) int { return cmp.Compare(x.Flow, y.Flow) })
	return list
}

func (e *explorer) after(r *reach, node int32) {
	for i := r.head[node]; i >= 0; i = r.visits[i].next {
		for _, c := range e.outcome(r.visits[i].t, queued[r.nodes[node].typ]).runs {
			e.push(&reach{context: c, from: r, visit: i, steps: r.length(i) + 1})
		}
	}
}

// reaches is a heap, nearest first; of equally near ones the first found.
type reaches []*reach

func (q reaches) Len() int { return len(q) }
func (q reaches) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].steps, q[j].steps), cmp.Compare(q[i].order, q[j].order)) < 0
}
func (q reaches) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *reaches) Push(x any)   { *q = append(*q, x.(*reach)) }
func (q *reaches) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// gather finds the points, with all that arrive at them.
func (a *analysis) gather() {
	type key struct {
		unit *Unit
		node int32
	}
	var at map[key]*point
	if len(a.reaches) > 1 {
		at = map[key]*point{}
	}
	for _, r := range a.reaches {
		for i := range r.nodes {
			n := &r.nodes[i]
			if !r.reached(int32(i)) || n.class != handoff && !r.isExit(n) {
				continue
			}
			k := key{r.Unit, int32(i)}
			pt := at[k]
			if pt == nil {
				pt = &point{unit: r.Unit, node: int32(i), handoff: n.class == handoff}
				a.points = append(a.points, pt)
				if at != nil {
					at[k] = pt
				}
			}
			for v := r.head[i]; v >= 0; v = r.visits[v].next {
				pt.arrives = append(pt.arrives, arrival{r, v})
			}
		}
	}
}

// report adds a point to the report.
func (a *analysis) report(r *Report, pt *point) {
	n := &pt.unit.nodes[pt.node]
	var list []Setting
	var gaps []gapAt
	for _, at := range pt.arrives {
		for _, s := range a.settingsAt(pt, at) {
			list = addOnce(list, s)
			if !s.Kind.Set() {
				gaps = nearest(gaps, s.Kind, at)
			}
		}
	}
	slices.SortFunc(list, compareSettings)
	where := a.elsewhere(pt.unit)
	if pt.handoff {
		r.Handoffs = append(r.Handoffs, Handoff{Flow: where, Block: n.id, Type: n.typ, Settings: list})
	} else {
		r.Exits = append(r.Exits, Exit{Flow: where, Block: n.id, Type: n.typ, Target: n.target, Settings: list, Why: a.whyNot(pt)})
	}
	slices.SortFunc(gaps, func(x, y gapAt) int { return slices.Index(kindOrder, x.kind) - slices.Index(kindOrder, y.kind) })
	for _, g := range gaps {
		r.Gaps = append(r.Gaps, a.gap(pt, g.kind, g.at))
	}
}

// whyNot says why an exit was not followed.
func (a *analysis) whyNot(pt *point) fault.Message {
	n := &pt.unit.nodes[pt.node]
	switch {
	case n.class == strange:
		return fault.Msg("audit.exit.type", "Type", n.typ)
	case n.target == "":
		return fault.Msg("audit.exit.empty")
	case flow.IsPath(n.target):
		return fault.Msg("audit.exit.path")
	case n.link < 0:
		return fault.Msg("audit.exit.foreign")
	case a.load(pt.unit).target(n) != nil:
		return fault.Msg("audit.exit.deep", "Count", maxDepthOfModules)
	}
	return a.p.lookUp(pt.unit.links[n.link]).Why
}

// settingsAt are the settings with which an arrival reaches the agent, or leaves.
func (a *analysis) settingsAt(pt *point, at arrival) []Setting {
	t := at.reach.visits[at.visit].t
	if !pt.handoff {
		a.use(t)
		return []Setting{a.setting(t)}
	}
	o := a.outcome(t, queued[pt.unit.nodes[pt.node].typ])
	list := make([]Setting, 0, len(o.states)+len(o.waited))
	for _, after := range [...]states{o.states, o.waited} {
		for _, st := range after {
			a.use(st)
			list = append(list, a.settingAfter(t, st))
		}
	}
	return list
}

// elsewhere is the id of a flow or module that is not the root.
func (a *analysis) elsewhere(u *Unit) string {
	if u == a.root {
		return ""
	}
	return u.ID
}

func (a *analysis) nameElsewhere(u *Unit) string {
	if u == a.root {
		return ""
	}
	return u.Name
}

type gapAt struct {
	kind Kind
	at   arrival
}

// nearest keeps one arrival per kind, the one with the shortest route.
func nearest(list []gapAt, k Kind, at arrival) []gapAt {
	i := slices.IndexFunc(list, func(g gapAt) bool { return g.kind == k })
	if i < 0 {
		return append(list, gapAt{k, at})
	}
	if at.reach.length(at.visit) < list[i].at.reach.length(list[i].at.visit) {
		list[i].at = at
	}
	return list
}

// gap is a gap with the route that an arrival came by.
func (a *analysis) gap(pt *point, k Kind, at arrival) Gap {
	g := Gap{Flow: a.elsewhere(pt.unit), Block: pt.unit.nodes[pt.node].id, Kind: k, Steps: a.route(at)}
	g.Route = make([]string, len(g.Steps))
	for i, s := range g.Steps {
		g.Route[i] = s.Block
	}
	return g
}

// route follows an arrival back to the root's start.
func (a *analysis) route(at arrival) []RouteStep {
	var steps []RouteStep
	for r, v := at.reach, at.visit; r != nil; r, v = r.from, r.visit {
		taken := int32(-1)
		for i := v; i >= 0; i = r.visits[i].from {
			n := &r.nodes[r.visits[i].node]
			s := RouteStep{Flow: a.elsewhere(r.Unit), FlowName: a.nameElsewhere(r.Unit), Block: n.id, Title: title(n.id), Type: n.typ}
			if taken >= 0 {
				s.Branch = r.edges[taken].name()
			}
			steps, taken = append(steps, s), r.visits[i].edge
		}
	}
	slices.Reverse(steps)
	return steps
}

// title is what people call a block: its identifier, unless that is one that the designer made up.
func title(id string) string {
	if instance.IsUUID(id) {
		return ""
	}
	return id
}

// sortReport puts what lies in the root first, in document order, and then the others by flow.
func sortReport(r *Report, root *Unit) {
	order := func(x, y string) int { return strings.Compare(x, y) }
	slices.SortStableFunc(r.Handoffs, func(x, y Handoff) int { return order(x.Flow, y.Flow) })
	slices.SortStableFunc(r.Exits, func(x, y Exit) int { return order(x.Flow, y.Flow) })
	slices.SortStableFunc(r.Gaps, func(x, y Gap) int { return order(x.Flow, y.Flow) })
}

// count fills in n of m: hand-offs all of whose settings are set.
func (r *Report) count() {
	r.Of = len(r.Handoffs)
	for _, h := range r.Handoffs {
		if allSet(h.Settings) {
			r.Set++
		}
	}
}

func allSet(settings []Setting) bool {
	for _, s := range settings {
		if !s.Kind.Set() {
			return false
		}
	}
	return true
}
