package audit

import (
	"slices"

	"wrapup/internal/instance"
)

// outcome is what a contact carries when it reaches the agent behind a hand-off with a given state: the whisper flows run first, and the
// queue flow may have run for as long as the contact waited.
type outcome struct {
	states  states // after the whispers; never empty
	waited  states // after the whispers too, where the queue flow had changed something and it counts
	waiting bool   // the queue flow sets a guide that does not count
	runs    []*context
	missed  []string // hooks whose flow is named, and is not followed
	work    work
}

type afterKey struct {
	t      tuple
	queued bool
}

func (s *space) outcome(t tuple, queued bool) *outcome {
	key := afterKey{s.crossing(t), queued}
	m := &s.p.meter
	if o := s.after[key]; o != nil {
		m.pay(&o.work)
		return o
	}
	o := &outcome{}
	m.begin(&o.work)
	t = key.t
	o.states = s.whispered(o, t)
	if queued {
		s.queue(o, t)
	}
	m.end(&o.work)
	if !m.over() {
		s.after[key] = o
	}
	return o
}

// whispered runs the agent's and then the customer's whisper flow. A flow without an end changes nothing: it is not known where the contact goes on. One that is
// hidden may have changed everything.
func (s *space) whispered(o *outcome, t tuple) states {
	now := states{t}
	for _, slot := range [...]int8{agentSlot, customerSlot} {
		var next states
		for _, st := range now {
			c, hidden := s.hooked(o, st, slot)
			switch {
			case hidden:
				next.add(s, s.unknown())
			case c == nil || len(c.ends()) == 0:
				next.add(s, st)
			default:
				for _, e := range c.ends() {
					next.add(s, s.crossing(e))
				}
			}
			if s.p.meter.over() {
				break
			}
		}
		now = next
	}
	return now
}

// states are several states, each once; too many become one (see maxTuples).
type states []tuple

func (l *states) add(s *space, t tuple) {
	s.p.meter.spend(s.weight + len(*l)/4)
	switch {
	case slices.Contains(*l, t):
	case len(*l) < s.limit && (len(*l) != 1 || !s.isMerged((*l)[0])):
		*l = append(*l, t)
	default:
		for _, o := range *l {
			t = s.join(t, o)
		}
		*l = append((*l)[:0], t)
	}
}

func addOnce[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// hooked is the flow that a state names for a hook, or the instance's default one, entered with that state; nil where none runs or it
// is not followed. It is hidden where it could be followed by one who tells more states apart, or looks at more than one flow.
func (s *space) hooked(o *outcome, t tuple, slot int8) (c *context, hidden bool) {
	hook := laterHooks[slot-queueSlot]
	var u *Unit
	switch v := s.values[t.fixed[slot]]; v.kind {
	case isDisabled, isUnknown:
		return nil, false
	case isUnset:
		u = s.p.defaultOf(hook)
		if _, named := s.p.o.Defaults[hook]; u == nil && named {
			o.missed = addOnce(o.missed, hook)
		}
	case isGuide:
		ref, _ := instance.ParseRef(v.text, instance.KindFlow)
		u = s.p.follow(Link{Ref: ref, Text: v.text})
		fallthrough
	default:
		if u == nil {
			o.missed = addOnce(o.missed, hook)
		}
	}
	switch {
	case u == nil:
		return nil, t.fixed[slot] == mergedID
	case s.alone:
		o.missed = addOnce(o.missed, hook)
		return nil, true
	}
	c = s.solve(u, t, 0)
	s.p.meter.spend(len(o.runs) / 4)
	o.runs = addOnce(o.runs, c)
	return c, false
}

// queue adds what a queue flow may have done by the time an agent is free: at once, or after any of its blocks. It never turns what is not set into
// set, because nobody can rely on the wait.
func (s *space) queue(o *outcome, t tuple) {
	c, hidden := s.hooked(o, t, queueSlot)
	if hidden {
		o.waited.add(s, s.unknown())
	}
	if c == nil {
		return
	}
	base := true
	for _, st := range o.states {
		base = base && s.setting(st).Kind.Set()
	}
	for _, q := range c.passed() {
		if q == t {
			continue
		}
		if s.p.meter.over() {
			return
		}
		for _, st := range s.whispered(o, q) {
			s.p.meter.spend(len(o.states) / 4)
			switch {
			case slices.Contains(o.states, st):
			case !base && s.setting(st).Kind.Set():
				o.waiting = true
			default:
				o.waited.add(s, st)
			}
		}
	}
}

// ends are the states with which contacts leave a whisper flow: behind each block that ends it, or from which no branch leads on.
func (c *context) ends() states {
	m := &c.space.p.meter
	if c.ended {
		m.pay(&c.endWork)
		return c.atEnd
	}
	c.endWork, c.atEnd = work{}, nil
	m.begin(&c.endWork)
	m.spend(len(c.nodes))
	for i := range c.nodes {
		if n := &c.nodes[i]; c.reached(int32(i)) && (n.class == flowEnd || n.edge == n.edgeEnd || c.dangles(int32(i))) {
			c.addPassed(&c.atEnd, int32(i))
		}
	}
	m.end(&c.endWork)
	c.ended = !m.over()
	return c.atEnd
}

func (c *context) dangles(node int32) bool {
	return slices.ContainsFunc(c.Unit.dangling, func(d dangling) bool { return d.from == node })
}

// addPassed adds the states behind a block.
func (c *context) addPassed(l *states, node int32) {
	n := &c.nodes[node]
	for i := c.head[node]; i >= 0 && !c.space.p.meter.over(); i = c.visits[i].next {
		t := c.state(i)
		switch to := c.module(n, t); {
		case to != nil:
			for _, x := range to.exits {
				l.add(c.space, c.space.withFlowAttributes(x, t))
			}
			if len(to.exits) == 0 && n.errors {
				l.add(c.space, t)
			}
		case n.class == module || n.exit:
			l.add(c.space, c.space.unknown())
		default:
			l.add(c.space, c.space.over(c.effects[n.effect.from:n.effect.to], t))
		}
	}
}

// passed are the states behind every reached block, and behind those of the modules that are entered.
func (c *context) passed() states {
	m := &c.space.p.meter
	if c.went != nil {
		m.pay(&c.wentWork)
		return c.went
	}
	c.wentWork = work{}
	m.begin(&c.wentWork)
	went := c.pass()
	m.end(&c.wentWork)
	if !m.over() {
		c.went = went
	}
	return went
}

func (c *context) pass() states {
	var went states
	c.space.p.meter.spend(len(c.nodes))
	for i := range c.nodes {
		if c.reached(int32(i)) {
			c.addPassed(&went, int32(i))
		}
	}
	for i := range c.modules {
		if c.space.p.meter.over() {
			break
		}
		if c.stands(c.modules[i].visit) {
			for _, t := range c.modules[i].to.passed() {
				went.add(c.space, t)
			}
		}
	}
	for i := range went {
		went[i] = c.space.crossing(went[i])
	}
	return went
}

// AtEnd are the settings with which contacts leave a flow that the agent is already reached in, an outbound whisper: entered with nothing set. nil where it
// cannot be judged, or has no end.
func (p *Program) AtEnd(u *Unit) []Setting {
	if u.reason != nil {
		return nil
	}
	var ends states
	s := p.closely(u, func(s *space) { ends = s.solve(u, tuple{}, 0).ends() })
	var list []Setting
	for _, t := range ends {
		list = addOnce(list, s.setting(t))
	}
	slices.SortFunc(list, compareSettings)
	return list
}
