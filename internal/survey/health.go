package survey

import (
	"sync"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// shapes tells what flows are as guides. It is safe for use by several goroutines: few flows are named as guides, and each is looked
// at once.
type shapes struct {
	mu      sync.Mutex
	program *audit.Program
	known   map[*audit.Unit]audit.Shape
}

func (s *shapes) of(u *audit.Unit) audit.Shape {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, ok := s.known[u]
	if !ok {
		out = s.program.Shape(u)
		s.known[u] = out
	}
	return out
}

// health tells what is known of a flow that is named as a guide: it exists, is active and published, and a Show view
// block in it is reachable (product.md section 1, "Healthy"). What could not be read is not known, never unusable.
func (c *composer) health(id instance.FlowID) audit.Health {
	h, ok := c.inbound[id]
	if !ok {
		return c.elsewhere(id)
	}
	out := audit.Health{Name: h.flow.Name, ACW: c.named[id]}
	unusable := func(reason string) audit.Health {
		out.State, out.Reason = audit.NotUsable, fault.Msg(reason, "Flow", h.flow.Name)
		return out
	}
	unknown := func(reason string) audit.Health {
		out.State, out.Reason = audit.NotKnown, fault.Msg(reason, "Flow", h.flow.Name)
		return out
	}
	switch {
	case h.flow.State == instance.StateArchived:
		return unusable("survey.health.archived")
	case h.flow.Status == instance.StatusSaved:
		return unusable("survey.health.never-published")
	case h.awaited():
		return unknown(awaited)
	case h.err != nil:
		return unknown("survey.health.unread")
	}
	s := c.shapes.of(h.read.unit)
	out.ACW = out.ACW || s.ACW
	switch {
	case !s.Readable:
		return unknown("survey.health.unreadable")
	case s.Shows:
		out.State = audit.Healthy
		return out
	case s.Leaves:
		return unknown("survey.health.view-elsewhere")
	}
	return unusable("survey.health.no-view")
}

// elsewhere judges a flow that is not among the inbound flows.
func (c *composer) elsewhere(id instance.FlowID) audit.Health {
	f, listed := c.all[id]
	switch {
	case c.allErr != nil:
		return audit.Health{State: audit.NotKnown, Reason: fault.Msg("survey.health.not-listed")}
	case !listed:
		return audit.Health{State: audit.NotUsable, Reason: fault.Msg("survey.health.missing", "ID", id)}
	case f.Type == instance.TypeInbound: // listed, and gone when it was read
		return audit.Health{State: audit.NotKnown, Name: f.Name, Reason: fault.Msg("survey.health.unread", "Flow", f.Name)}
	}
	return audit.Health{State: audit.NotUsable, Name: f.Name, Reason: fault.Msg("survey.health.type", "Flow", f.Name)}
}
