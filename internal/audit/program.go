package audit

import (
	"cmp"
	"math"
	"slices"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Program judges flows that lead to each other. What one analysis has solved serves the next. It is not safe for use by
// several goroutines at once; units are.
type Program struct {
	o        Options
	followed map[followKey]Followed
	spaces   []*space
	tracked  map[*Unit][]attr
	self     *Unit // stands for the flow of its id
	visits   int   // of all contexts in all spaces
	meter    meter
	budget   struct{ close, rough int }
}

// maxVisits is how many visits a program holds before it forgets what it has solved: about 20 MB. What one root adds is
// bounded by its work.
const maxVisits = 1 << 19

// tidy forgets what was solved so far where that has become too much: for other roots, or for this one by looking too closely.
func (p *Program) tidy() {
	if p.visits > maxVisits {
		p.spaces, p.visits = nil, 0
	}
}

// closely solves what do does of a root as closely as its work allows: with as many states told apart as there may be; beyond its budget with one per block; and
// beyond that one as well the root alone, for which there is none, since 256 states and a content's branches bound it.
func (p *Program) closely(root *Unit, do func(*space)) *space {
	var s *space
	for _, next := range [...]struct {
		closeness
		work int
	}{{closeness{limit: maxTuples}, p.budget.close}, {closeness{limit: 1}, p.budget.rough}, {closeness{maxTuples, true}, math.MaxInt}} {
		p.tidy()
		s = p.spaceOf(root, next.closeness)
		p.meter.start(next.work)
		if do(s); !p.meter.over() {
			break
		}
	}
	p.meter.free()
	return s
}

// latest is the qualifier of the published copy.
const latest = "$LATEST"

type followKey struct {
	module        bool
	id, qualifier string
}

// NewProgram makes a program. What the options give must stay as it is while the program is used.
func NewProgram(o Options) *Program {
	o.Event = eventOf(o)
	p := &Program{o: o, followed: map[followKey]Followed{}, tracked: map[*Unit][]attr{}}
	p.budget.close, p.budget.rough = closeWork, roughWork
	return p
}

// lookUp is what a link leads to.
func (p *Program) lookUp(l Link) Followed {
	if u := p.self; u != nil && u.ID != "" && !l.Module && l.Ref.ID == u.ID && (l.Ref.Qualifier == "" || l.Ref.Qualifier == latest) {
		return Followed{Unit: u}
	}
	if p.o.Follow == nil {
		return Followed{}
	}
	key := followKey{l.Module, l.Ref.ID, l.Ref.Qualifier}
	f, ok := p.followed[key]
	if !ok {
		f = p.o.Follow(l)
		if f.Unit != nil && f.Unit.reason != nil {
			f = Followed{Why: *f.Unit.reason}
		}
		p.followed[key] = f
	}
	return f
}

func (p *Program) follow(l Link) *Unit { return p.lookUp(l).Unit }

// defaultOf is the instance's default flow for a hook; nil where there is none, or it cannot be followed.
func (p *Program) defaultOf(hook string) *Unit {
	id, ok := p.o.Defaults[hook]
	if !ok {
		return nil
	}
	return p.follow(Link{Ref: instance.Ref{ID: string(id)}, Text: string(id)})
}

// spaceOf is the space that looks as closely, and tracks what the flows that a root leads to read.
func (p *Program) spaceOf(root *Unit, c closeness) *space {
	var tracks []attr
	if !c.alone {
		var ok bool
		if tracks, ok = p.tracked[root]; !ok {
			tracks = p.tracks(root)
			p.tracked[root] = tracks
		}
	}
	for _, s := range p.spaces {
		if s.closeness == c && slices.Equal(s.tracks, tracks) {
			return s
		}
	}
	s := newSpace(p, c, tracks)
	p.spaces = append(p.spaces, s)
	return s
}

// tracks lists the attributes that followed JSONPaths may read in what a root leads to, and those that are copied into them.
func (p *Program) tracks(root *Unit) []attr {
	want := map[attr]bool{}
	var next []attr
	copied := map[attr][]attr{} // what an attribute is given
	for _, u := range p.closure(root) {
		for i := range u.effects {
			switch e := &u.effects[i]; {
			case e.value.kind != isPath:
			case e.slot == named:
				copied[e.name] = append(copied[e.name], e.value.path)
			default:
				next = append(next, e.value.path)
			}
		}
	}
	for ; len(next) > 0; next = next[1:] {
		if a := next[0]; !want[a] {
			want[a] = true
			next = append(next, copied[a]...)
		}
	}
	list := make([]attr, 0, len(want))
	for a := range want {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b attr) int {
		if a.flow != b.flow {
			return map[bool]int{false: -1, true: 1}[a.flow]
		}
		return cmp.Compare(a.name, b.name)
	})
	return list
}

// closure is everything that a root may lead to, itself included; more than an analysis reaches.
func (p *Program) closure(root *Unit) []*Unit {
	list := []*Unit{root}
	seen := map[*Unit]bool{root: true}
	add := func(u *Unit) {
		if u != nil && !seen[u] {
			seen[u] = true
			list = append(list, u)
		}
	}
	for _, hook := range laterHooks {
		add(p.defaultOf(hook))
	}
	for i := 0; i < len(list); i++ {
		for _, l := range list[i].links {
			add(p.follow(l))
		}
	}
	return list
}

// Options of an analysis. Every flow is judged as an inbound one.
type Options struct {
	Event string       // the event's name; "" is flow.EventACW
	Home  instance.Ref // where the flow is; what is empty is not held against ARNs
	Self  Identity     // of the flow whose content or document is judged
	// Guides says what is known of a flow named as a guide; nil: NotChecked.
	Guides func(instance.FlowID) Health
	// Follow gives what a link leads to; nil: nothing is followed. It gives the same for the same link.
	Follow func(Link) Followed
	// Defaults are the instance's default flows by hook: CustomerQueue, AgentWhisper, CustomerWhisper.
	Defaults map[string]instance.FlowID
}

// Followed is what a link leads to. Without a unit it cannot be followed, and Why says so, if anything is known.
type Followed struct {
	Unit *Unit
	Why  fault.Message
}
