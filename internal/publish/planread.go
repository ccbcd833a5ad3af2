package publish

import (
	"context"
	"slices"
	"strings"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// short is how near to its end a plan's time must be for a throttle to be taken for our own pace, which refuses a turn
// that would come too late.
const short = 10 * time.Second

// aboutOneFlow says whether an error is about this one flow, so that the plan goes on without it. When the plan's own
// time runs out, every flow that is left would be found fault with.
func aboutOneFlow(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	switch fault.From(err).Kind {
	case fault.NotFound, fault.Denied, fault.Invalid, fault.Conflict:
		return true
	case fault.Throttled:
		end, ends := ctx.Deadline()
		return !ends || time.Until(end) > short // a context ends by the machine's clock
	default:
		return false
	}
}

// silence is how the service failed to answer about flows: about one of them, or, where it is about many in a row, or all, at all.
type silence struct {
	row      int   // flows in a row that it gave no answer about
	answered bool  // about some flow
	err      error // of the first
}

// inARow is how many flows one after the other the service may give no answer about.
const inARow = 3

// all says whether there was no answer about any flow.
func (s silence) all() bool { return s.err != nil && !s.answered }

// unanswered are the faults of the gateway that may be of one flow: the service was reached, and knows us.
var unanswered = []string{"aws.service", "aws.timeout", "aws.undecodable"}

// met counts an answer, or its want, and says why the flow is left out; nil where it was read, or err is about more than this flow.
func (s *silence) met(ctx context.Context, err error) *fault.Message {
	f := fault.From(err)
	switch {
	case err == nil || aboutOneFlow(ctx, err):
		s.row, s.answered = 0, true
		if err == nil {
			return nil
		}
		why := f.Message // a copy: it is the plan's
		return &why
	case ctx.Err() != nil || !slices.Contains(unanswered, f.Message.ID):
		return nil
	}
	if s.err == nil {
		s.err = err
	}
	if s.row++; s.row > inARow {
		return nil
	}
	why := fault.Msg("publish.left.unread." + strings.TrimPrefix(f.Message.ID, "aws."))
	return &why
}

// readFlow reads both copies of a flow. One that can't be read is left out under that name, and where it is gone says so as gone does.
func (p *planner) readFlow(id instance.FlowID, name, gone string) (c copies, read bool, err error) {
	c, err = p.s.read(p.ctx, p.r.Instance, id)
	why := p.silent.met(p.ctx, err)
	switch {
	case err == nil:
		return c, true, nil
	case why == nil:
		return c, false, err
	case fault.Is(err, fault.NotFound) && gone != "":
		*why = fault.Msg(gone)
	}
	p.leaveOut(id, name, *why, false)
	return c, false, nil
}
