package publish

import (
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// ProveEffect shows from the bytes alone that no hand-off that can be read is without the guide, and that every exit is
// reached with it. Behind an exit that comes back (a module) only what is set there can be read: that must be the guide;
// the rest counts for the exit in front of it, which is reached with the guide. nil is proof; else the error names the block.
func ProveEffect(after []byte, guide instance.FlowID, o audit.Options) error {
	if r := audit.Analyze(after, o); r.Verdict == audit.Unreadable {
		return &fault.Error{Kind: fault.Invalid, Message: *r.Reason}
	}
	d, err := flow.Parse(after)
	if err != nil {
		return fault.New(fault.Internal, "wire.not-proved").Because(err)
	}
	if gap, missed := audit.Missing(d, o, guide); missed {
		return fault.New(fault.Invalid, "wire.no-effect", "Block", gap.Block)
	}
	return nil
}
