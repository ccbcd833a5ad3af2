package audit

import (
	"cmp"
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
}

// maxVisits is how many visits a program holds before it forgets what it has solved: about 100 MB.
const maxVisits = 1 << 21

// tidy forgets, between one root and the next, what was solved so far where that has become too much.
func (p *Program) tidy() {
	if p.visits > maxVisits {
		p.spaces, p.visits = nil, 0
	}
}

// forget gives up the contexts that explorations which were begun anew have solved in a space, once they are too many. Values keep their
// numbers, so that tuples stay what they are.
func (s *space) forget() {
	if s.p.visits > maxVisits {
		s.contexts, s.after = map[contextKey]*context{}, map[afterKey]*outcome{}
		s.p.spaces, s.p.visits = []*space{s}, 0
	}
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
	return &Program{o: o, followed: map[followKey]Followed{}, tracked: map[*Unit][]attr{}}
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

// spaceOf is the space that tracks what the flows that a root leads to read.
func (p *Program) spaceOf(root *Unit) *space {
	tracks, ok := p.tracked[root]
	if !ok {
		tracks = p.tracks(root)
		p.tracked[root] = tracks
	}
	for _, s := range p.spaces {
		if slices.Equal(s.tracks, tracks) {
			return s
		}
	}
	s := newSpace(p, tracks)
	p.spaces = append(p.spaces, s)
	return s
}

// tracks lists the attributes that followed JSONPaths may read in what a root leads to, and those that are copied into them.
func (p *Program) tracks(root *Unit) []attr {
	units := p.closure(root)
	want := map[attr]bool{}
	for _, u := range units {
		for i := range u.effects {
			if e := &u.effects[i]; e.slot != named && e.value.kind == isPath {
				want[e.value.path] = true
			}
		}
	}
	for more := len(want) > 0; more; {
		before := len(want)
		for _, u := range units {
			for i := range u.effects {
				if e := &u.effects[i]; e.slot == named && e.value.kind == isPath && want[e.name] {
					want[e.value.path] = true
				}
			}
		}
		more = len(want) > before
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
