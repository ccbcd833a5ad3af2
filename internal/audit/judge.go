package audit

import (
	"cmp"
	"slices"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
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
	for _, pt := range a.gather() {
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

// point is a hand-off or an exit, wherever it is reached.
type point struct {
	unit     *Unit
	node     int32
	handoff  bool
	settings []Setting
	known    map[Setting]bool // of settings, where several contexts reach it
	gaps     []gapAt
}

func (pt *point) add(s Setting) {
	if pt.known == nil {
		pt.known = map[Setting]bool{}
	}
	if !pt.known[s] {
		pt.known[s] = true
		pt.settings = append(pt.settings, s)
	}
}

// arrival is a visit of a point.
type arrival struct {
	reach *reach
	visit int32
}

// gather puts together what the contexts say of each point.
func (a *analysis) gather() []*point {
	type key struct {
		unit *Unit
		node int32
	}
	var points []*point
	var at map[key]*point
	if len(a.reaches) > 1 {
		at = map[key]*point{}
	}
	for _, r := range a.reaches {
		sum := r.summary()
		for _, v := range sum.used {
			a.used = addOnce(a.used, v)
		}
		for i := range sum.points {
			from := &sum.points[i]
			k := key{r.Unit, from.node}
			pt := at[k]
			if pt == nil {
				pt = &point{unit: r.Unit, node: from.node, handoff: from.handoff}
				if points = append(points, pt); at != nil {
					at[k] = pt
				}
			}
			for _, s := range from.settings {
				if at == nil { // one context tells them once
					pt.settings = append(pt.settings, s.Setting)
				} else {
					pt.add(s.Setting)
				}
				if !s.Kind.Set() {
					pt.gaps = nearest(pt.gaps, s.Kind, arrival{r, s.visit})
				}
			}
		}
	}
	return points
}

// report adds a point to the report.
func (a *analysis) report(r *Report, pt *point) {
	n := &pt.unit.nodes[pt.node]
	slices.SortFunc(pt.settings, compareSettings)
	where := a.elsewhere(pt.unit)
	if pt.handoff {
		r.Handoffs = append(r.Handoffs, Handoff{Flow: where, Block: n.id, Type: n.typ, Settings: pt.settings})
	} else {
		r.Exits = append(r.Exits, Exit{Flow: where, Block: n.id, Type: n.typ, Target: n.target, Settings: pt.settings, Why: a.whyNot(pt)})
	}
	slices.SortFunc(pt.gaps, func(x, y gapAt) int { return slices.Index(kindOrder, x.kind) - slices.Index(kindOrder, y.kind) })
	for _, g := range pt.gaps {
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
	case a.alone:
		return fault.Msg("audit.exit.budget")
	case a.load(pt.unit).target(n) != nil:
		return fault.Msg("audit.exit.deep", "Count", maxDepthOfModules)
	}
	return a.p.lookUp(pt.unit.links[n.link]).Why
}

// onward lists the flows that contacts are transferred to, by id. Where they were not followed, it is every flow that they may come to, and
// nothing is known of how they arrive.
func (a *analysis) onward() []Onward {
	if a.alone {
		return a.mayComeTo()
	}
	var list []Onward
	at := map[instance.FlowID]int{}
	for _, r := range a.reaches {
		for _, o := range r.summary().onward {
			if i, ok := at[o.Flow]; ok {
				list[i].Set = list[i].Set && o.Set
				continue
			}
			at[o.Flow] = len(list)
			list = append(list, o)
		}
	}
	ordered.By(list, func(x, y Onward) int { return cmp.Compare(x.Flow, y.Flow) })
	return list
}

func (a *analysis) mayComeTo() []Onward {
	var list []Onward
	seen := map[*Unit]bool{}
	for _, u := range a.p.closure(a.root) {
		l := a.load(u)
		for i := range l.nodes {
			if to := l.target(&l.nodes[i]); to != nil && !to.Module && !seen[to] {
				seen[to] = true
				list = append(list, Onward{Flow: instance.FlowID(to.ID)})
			}
		}
	}
	ordered.By(list, func(x, y Onward) int { return cmp.Compare(x.Flow, y.Flow) })
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
	why := turn{since: -1}
	for r, v := at.reach, at.visit; r != nil; r, v = r.from, r.visit {
		taken := int32(-1)
		for i := v; i >= 0; i = r.visits[i].from {
			why.passes(r, i, len(steps))
			n := &r.nodes[r.visits[i].node]
			s := RouteStep{Flow: a.elsewhere(r.Unit), FlowName: a.nameElsewhere(r.Unit), Block: n.id, Title: title(n.id), Type: n.typ}
			if taken >= 0 {
				s.Branch = r.edges[taken].name()
			}
			steps, taken = append(steps, s), r.visits[i].edge
		}
	}
	if why.found {
		steps[why.since].Why = true
	}
	slices.Reverse(steps)
	return steps
}

// turn looks for the block by which the setting came to be what it is at a route's end. The route is gone backwards.
type turn struct {
	setting Setting
	merged  bool // the states that came to the last block were no longer told apart there
	since   int  // the step from which on nothing changes, -1 before the first
	found   bool
}

func (w *turn) passes(r *reach, visit int32, step int) {
	set := r.space.setting(r.state(visit))
	switch {
	case w.found:
		return
	case w.since >= 0 && set != w.setting:
		if w.found = true; !w.merged {
			w.since = step
		}
		return
	}
	w.setting, w.merged, w.since = set, r.visits[visit].merged, step
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
	ordered.By(r.Handoffs, func(x, y Handoff) int { return order(x.Flow, y.Flow) })
	ordered.By(r.Exits, func(x, y Exit) int { return order(x.Flow, y.Flow) })
	ordered.By(r.Gaps, func(x, y Gap) int { return order(x.Flow, y.Flow) })
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
