package audit

import "wrapup/internal/instance"

// summary is what a context says of itself, whichever root leads to it.
type summary struct {
	points    []metPoint
	links     []onwardLink
	onward    []Onward
	used      []valueID // values that contacts carry as a guide
	callback  bool
	task      bool
	transfers bool
	at        map[linkKey]int // of links, while they are being found
	work      work
}

// metPoint is a hand-off or an exit as one context reaches it.
type metPoint struct {
	node     int32
	handoff  bool
	settings []metSetting
}

// metSetting is a setting, with the nearest visit that yields it.
type metSetting struct {
	Setting
	visit int32
}

// onwardLink is a way into another context. Of a transfer unit and entry say which.
type onwardLink struct {
	visit int32
	to    *context
	unit  *Unit
	entry tuple
}

func (c *context) summary() *summary {
	m := &c.space.p.meter
	if c.sum != nil {
		m.pay(&c.sum.work)
		return c.sum
	}
	sum := &summary{}
	m.begin(&sum.work)
	c.summarize(sum)
	sum.at = nil
	m.end(&sum.work)
	if !m.over() {
		c.sum = sum
	}
	return sum
}

func (c *context) summarize(sum *summary) {
	c.space.p.meter.spend(len(c.nodes))
	for _, m := range c.modules {
		if c.stands(m.visit) {
			sum.link(c, onwardLink{visit: m.visit, to: m.to})
		}
	}
	for i := range c.nodes {
		n := &c.nodes[i]
		if !c.reached(int32(i)) || c.space.p.meter.over() {
			continue
		}
		switch n.class {
		case callback:
			sum.callback = true
		case task:
			sum.task = true
		case transfer:
			sum.transfers = true
			if to := c.target(n); to != nil && !c.space.alone {
				c.transfersTo(sum, int32(i), to)
			}
		}
		if n.class == handoff || c.isExit(n) {
			c.meets(sum, int32(i))
		}
	}
}

// linkKey is what a way leads to.
type linkKey struct {
	to    *context
	unit  *Unit
	entry tuple
}

// link adds a way into a context, of several the nearest.
func (sum *summary) link(c *context, l onwardLink) {
	c.space.p.meter.spend(visitWork)
	key := linkKey{l.to, l.unit, l.entry}
	if i, ok := sum.at[key]; ok {
		if o := &sum.links[i]; c.visits[l.visit].depth < c.visits[o.visit].depth {
			o.visit = l.visit
		}
		return
	}
	if sum.at == nil {
		sum.at = map[linkKey]int{}
	}
	sum.at[key] = len(sum.links)
	sum.links = append(sum.links, l)
}

// transfersTo adds the ways out of a transfer block.
func (c *context) transfersTo(sum *summary, node int32, to *Unit) {
	o := Onward{Flow: instance.FlowID(to.ID), Set: true}
	for i := c.head[node]; i >= 0; i = c.visits[i].next {
		t := c.state(i)
		o.Set = o.Set && c.space.setting(t).Kind.Set()
		sum.link(c, onwardLink{visit: i, unit: to, entry: c.space.crossing(t)})
	}
	for i := range sum.onward {
		if sum.onward[i].Flow == o.Flow {
			sum.onward[i].Set = sum.onward[i].Set && o.Set
			return
		}
	}
	sum.onward = append(sum.onward, o)
}

// meets adds a hand-off, with what runs after it, or an exit.
func (c *context) meets(sum *summary, node int32) {
	n := &c.nodes[node]
	pt := metPoint{node: node, handoff: n.class == handoff}
	for i := c.head[node]; i >= 0 && !c.space.p.meter.over(); i = c.visits[i].next {
		t := c.state(i)
		if !pt.handoff {
			c.space.use(&sum.used, t)
			pt.add(c, c.space.setting(t), i)
			continue
		}
		o := c.space.outcome(t, queued[n.typ])
		for _, after := range [...]states{o.states, o.waited} {
			for _, st := range after {
				c.space.use(&sum.used, st)
				pt.add(c, c.space.settingAfter(t, st), i)
			}
		}
		for _, to := range o.runs {
			sum.link(c, onwardLink{visit: i, to: to})
		}
	}
	sum.points = append(sum.points, pt)
}

func (pt *metPoint) add(c *context, s Setting, visit int32) {
	c.space.p.meter.spend(1 + len(pt.settings))
	for i := range pt.settings {
		if o := &pt.settings[i]; o.Setting == s {
			if c.visits[visit].depth < c.visits[o.visit].depth {
				o.visit = visit
			}
			return
		}
	}
	pt.settings = append(pt.settings, metSetting{s, visit})
}
