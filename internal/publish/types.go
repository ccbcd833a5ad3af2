package publish

import (
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// CanOpen says whether flows of a type are given the guide: inbound flows; by choice also those that agents and queues transfer contacts to, and outbound
// whispers, which run where the agent is on the call already. The block may stand in flows of every type (the service's documentation); those of
// the others run beside or behind these.
func CanOpen(t instance.FlowType) bool {
	switch t {
	case instance.TypeInbound, instance.TypeAgentTransfer, instance.TypeQueueTransfer, instance.TypeOutboundWhisper:
		return true
	}
	return false
}

// missing finds a point that a contact may reach without the guide; of an outbound whisper also an end that it may leave by.
func (o WireOptions) missing(d *flow.Document, guide instance.FlowID) (audit.Miss, bool) {
	if miss, missed := audit.Missing(d, o.Audit, guide); missed {
		return miss, true
	}
	return audit.Miss{}, o.Type == instance.TypeOutboundWhisper && endsWithout(d, guide, o.Audit)
}

// endsWithout says whether contacts may leave a whisper with something else than the guide. What is unknown there comes from behind an exit, which is
// reached with the guide.
func endsWithout(d *flow.Document, guide instance.FlowID, o audit.Options) bool {
	for _, s := range ends(d, o) {
		id, ok := audit.UsableGuide(s.Flow, o.Home)
		if s.Kind != audit.UnknownRoute && !(s.Kind.Set() && ok && id == guide) {
			return true
		}
	}
	return false
}

// ends are the settings that contacts leave a whisper with, whatever is known of the guides' health.
func ends(d *flow.Document, o audit.Options) []audit.Setting {
	o.Guides = nil
	return audit.NewProgram(o).AtEnd(audit.ReadDocument(o.Self, d, o))
}

// unchanged says why there is nothing to do.
func unchanged(w Wiring, o WireOptions) fault.Message {
	whisper, covered := o.Type == instance.TypeOutboundWhisper, w.Report.Verdict.Covered()
	if whisper {
		d, err := flow.Parse(w.After)
		covered = err == nil && len(ends(d, o.Audit)) > 0
	}
	switch {
	case !whisper && len(w.Before.Handoffs)+len(w.Before.Exits) == 0:
		return fault.Msg("publish.left.no-agent")
	case whisper && !covered:
		return fault.Msg("publish.left.no-end")
	case !covered: // an exit: that the guide opens behind it is more than is known
		return fault.Msg("publish.left.nothing-to-add")
	}
	return fault.Msg("publish.left.already")
}

// ProveEnds shows from the bytes alone that whoever leaves an outbound whisper leaves it with the guide; nil is proof.
func ProveEnds(after []byte, guide instance.FlowID, o audit.Options) error {
	d, err := flow.Parse(after)
	if err != nil {
		return fault.New(fault.Internal, "wire.not-proved").Because(err)
	}
	if endsWithout(d, guide, o) {
		return fault.New(fault.Invalid, "wire.no-effect-end")
	}
	return nil
}
