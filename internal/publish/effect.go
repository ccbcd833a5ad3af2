package publish

import (
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// ProveEffect shows from the bytes alone that no hand-off that can be read is without the guide, and that every exit is
// reached with it. Behind an exit that comes back (a module) nothing can be read: a hand-off or a further exit there
// counts for the exit in front of it, which is reached with the guide. nil is proof; else the error names the block.
func ProveEffect(after []byte, guide instance.FlowID, o audit.Options) error {
	o.Guides = nil // whether the guide is usable is another question, and a guide still to be created is known to nobody
	r := audit.Analyze(after, o)
	if r.Verdict == audit.Unreadable {
		return &fault.Error{Kind: fault.Invalid, Message: *r.Reason}
	}
	if gap, missed := missing(r, guide); missed {
		return fault.New(fault.Invalid, "wire.no-effect", "Block", gap.Block)
	}
	return nil
}

// missing finds a point that is reached without the guide. The report must come from an analysis without Guides:
// then the kind unknown has no other source than an exit on the route.
func missing(r audit.Report, guide instance.FlowID) (audit.Gap, bool) {
	for _, h := range r.Handoffs {
		if gap, missed := without(r, h.Block, h.Settings, guide); missed {
			return gap, true
		}
	}
	for _, e := range r.Exits {
		if gap, missed := without(r, e.Block, e.Settings, guide); missed {
			return gap, true
		}
	}
	return audit.Gap{}, false
}

func without(r audit.Report, block string, settings []audit.Setting, guide instance.FlowID) (audit.Gap, bool) {
	for _, s := range settings {
		if s.Kind == audit.UnknownRoute {
			continue
		}
		if id, ok := audit.UsableGuide(s.Flow, instance.Ref{}); ok && s.Kind.Set() && id == guide {
			continue
		}
		for _, g := range r.Gaps {
			if g.Block == block && g.Kind == s.Kind {
				return g, true
			}
		}
		return audit.Gap{Block: block, Kind: s.Kind}, true // another guide: no gap in the report
	}
	return audit.Gap{}, false
}
