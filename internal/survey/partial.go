package survey

import (
	"maps"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Partial is how far a reading has come that is not whole: flows read, of those that are known to be read.
type Partial struct{ Read, Of int }

// A partial reading is handed out when so many flows were described since the one before, and so much time has passed.
const (
	partFlows = 50
	partTime  = 10 * time.Second
)

const awaited = "survey.not-read"

// await is a flow that is listed, and not read yet. What the list says of its status may be a newer draft's: until it is read, it counts.
func await(f instance.Flow) held {
	f = summary(f)
	f.Status = ""
	return held{flow: f, draft: DraftNotChecked, err: fault.New(fault.Unavailable, awaited)}
}

func (h held) awaited() bool { return h.err != nil && h.err.Message.ID == awaited }

// Awaited says of a partial reading's flow that it is not read yet.
func (r *FlowRow) Awaited() bool {
	return r.held.awaited() || r.Error != nil && r.Error.Message.ID == awaited
}

// Partial is what a first reading under way in this process has so far; nil where none is, or little was read yet. It is nothing to act on, or to
// compare with: it is neither kept nor the last reading.
func (s *Service) Partial(id instance.ID) *Reading {
	s.mu.Lock()
	st := s.states[id]
	s.mu.Unlock()
	if st == nil || st.last.Load() != nil {
		return nil
	}
	return st.partial.Load()
}

// from fixes what partial readings rest on while flows are described: other goroutines add to the material meanwhile.
func (g *gatherer) from() {
	if g.part == nil {
		return
	}
	g.base = *g.m
	g.base.modules, g.base.others = maps.Clone(g.m.modules), maps.Clone(g.m.others)
	g.base.method, g.base.reason = g.state.method, g.state.reason
}

// partly hands out what there is so far, if it is time. Composing holds nothing up. The caller has locked what was described; flows are those asked for.
func (g *gatherer) partly(flows map[instance.FlowID]instance.Flow) {
	if g.part == nil {
		return
	}
	g.more++
	now := g.now()
	if g.more < partFlows || now.Sub(g.parted) < partTime || !g.composing.CompareAndSwap(false, true) {
		return
	}
	g.more, g.parted = 0, now
	m := g.base
	m.inbound, m.others = map[instance.FlowID]held{}, maps.Clone(m.others)
	maps.Copy(m.inbound, g.base.inbound)
	m.partial = &Partial{Read: len(m.inbound) + len(m.others), Of: len(m.inbound) + len(m.others) + len(flows)}
	for id, f := range flows {
		h, ok := g.describe[id]
		if ok {
			m.partial.Read++
		} else {
			h = await(f)
		}
		if f.Type == instance.TypeInbound {
			m.inbound[id] = h
		} else if ok {
			m.others[id] = h
		}
	}
	g.composed.Go(func() {
		defer g.composing.Store(false)
		if m.partial.Read < m.partial.Of { // else modules are all that is missing, and not for long
			g.part(&m)
		}
	})
}
