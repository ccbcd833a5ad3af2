package survey

import (
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// latest is the qualifier of the published copy: what uses it plays what was read.
const latest = "$LATEST"

// follow gives what a link in a flow leads to. Only what calls play can be followed: the published copy of what is active.
func (c *composer) follow(l audit.Link) audit.Followed {
	if l.Ref.Qualifier != "" && l.Ref.Qualifier != latest {
		return audit.Followed{Why: fault.Msg("survey.follow.version", "Version", l.Ref.Qualifier)}
	}
	if l.Module {
		return c.followModule(l.Ref.ID)
	}
	id := l.Ref.FlowID()
	h, ok := c.inbound[id]
	if !ok {
		h, ok = c.others[id]
	}
	switch {
	case !ok && c.allErr != nil:
		return audit.Followed{Why: fault.Msg("survey.health.not-listed")}
	case h.awaited(), !ok && c.partial != nil && c.all[id].ID != "":
		return audit.Followed{Why: fault.Msg(awaited)}
	case !ok:
		return audit.Followed{Why: fault.Msg("survey.health.missing", "ID", string(id))}
	case h.err != nil:
		return audit.Followed{Why: fault.Msg("survey.health.unread", "Flow", h.flow.Name)}
	case h.flow.State == instance.StateArchived:
		return audit.Followed{Why: fault.Msg("survey.health.archived", "Flow", h.flow.Name)}
	case h.flow.Status == instance.StatusSaved:
		return audit.Followed{Why: fault.Msg("survey.health.never-published", "Flow", h.flow.Name)}
	}
	return audit.Followed{Unit: h.read.unit}
}

func (c *composer) followModule(id string) audit.Followed {
	x, ok := c.modules[id]
	switch {
	case !ok && c.partial != nil:
		return audit.Followed{Why: fault.Msg(awaited)}
	case !ok || x.err != nil && x.err.Kind == fault.NotFound:
		return audit.Followed{Why: fault.Msg("survey.follow.no-module")}
	case x.err != nil:
		return audit.Followed{Why: x.err.Message}
	case x.State == instance.StateArchived:
		return audit.Followed{Why: fault.Msg("survey.follow.archived-module", "Module", x.Name)}
	}
	return audit.Followed{Unit: x.read.unit}
}
