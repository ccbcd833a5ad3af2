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
}

type afterKey struct {
	t      tuple
	queued bool
}

func (s *space) outcome(t tuple, queued bool) *outcome {
	key := afterKey{s.crossing(t), queued}
	if o := s.after[key]; o != nil {
		return o
	}
	o := &outcome{}
	t = key.t
	o.states = s.whispered(o, t)
	if queued {
		s.queue(o, t)
	}
	s.after[key] = o
	return o
}

// whispered runs the agent's and then the customer's whisper flow. A flow without an end changes nothing: it is not known where the contact goes on.
func (s *space) whispered(o *outcome, t tuple) states {
	now := states{t}
	for _, slot := range [...]int8{agentSlot, customerSlot} {
		var next states
		for _, st := range now {
			c := s.hooked(o, st, slot)
			if c == nil || len(c.ends()) == 0 {
				next.add(s, st)
				continue
			}
			for _, e := range c.ends() {
				next.add(s, s.crossing(e))
			}
		}
		now = next
	}
	return now
}

// states are several states, each once; too many become one (see maxTuples).
type states []tuple

func (l *states) add(s *space, t tuple) {
	switch {
	case slices.Contains(*l, t):
	case len(*l) < maxTuples && (len(*l) != 1 || !s.isMerged((*l)[0])):
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
// is not followed.
func (s *space) hooked(o *outcome, t tuple, slot int8) *context {
	hook := laterHooks[slot-queueSlot]
	var u *Unit
	switch v := s.values[t.fixed[slot]]; v.kind {
	case isDisabled, isUnknown:
		return nil
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
	if u == nil {
		return nil
	}
	c := s.solve(u, t, 0)
	o.runs = addOnce(o.runs, c)
	return c
}

// queue adds what a queue flow may have done by the time an agent is free: at once, or after any of its blocks. It never turns what is not set into
// set, because nobody can rely on the wait.
func (s *space) queue(o *outcome, t tuple) {
	c := s.hooked(o, t, queueSlot)
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
		for _, st := range s.whispered(o, q) {
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
	if c.ended {
		return c.atEnd
	}
	c.ended = true
	for i := range c.nodes {
		if n := &c.nodes[i]; c.reached(int32(i)) && (n.class == flowEnd || n.edge == n.edgeEnd || c.dangles(int32(i))) {
			c.addPassed(&c.atEnd, int32(i))
		}
	}
	return c.atEnd
}

func (c *context) dangles(node int32) bool {
	return slices.ContainsFunc(c.Unit.dangling, func(d dangling) bool { return d.from == node })
}

// addPassed adds the states behind a block.
func (c *context) addPassed(l *states, node int32) {
	n := &c.nodes[node]
	for i := c.head[node]; i >= 0; i = c.visits[i].next {
		t := c.visits[i].t
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
	if c.went == nil {
		for i := range c.nodes {
			if c.reached(int32(i)) {
				c.addPassed(&c.went, int32(i))
			}
		}
		for i := range c.modules {
			if c.stands(c.modules[i].visit) {
				for _, t := range c.modules[i].to.passed() {
					c.went.add(c.space, t)
				}
			}
		}
		for i := range c.went {
			c.went[i] = c.space.crossing(c.went[i])
		}
	}
	return c.went
}

// AtEnd are the settings with which contacts leave a flow that the agent is already reached in, an outbound whisper: entered with nothing set. nil where it
// cannot be judged, or has no end.
func (p *Program) AtEnd(u *Unit) []Setting {
	if u.reason != nil {
		return nil
	}
	s := p.spaceOf(u)
	var list []Setting
	for _, t := range s.solve(u, tuple{}, 0).ends() {
		list = addOnce(list, s.setting(t))
	}
	slices.SortFunc(list, compareSettings)
	return list
}
