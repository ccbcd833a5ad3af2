package publish

import (
	"fmt"
	"slices"
)

// checkWrote says whether wrapup's role is known to be allowed to write: the service tells of it only when it does.
func (p *planner) checkWrote() error {
	if len(p.c.Steps) == 0 {
		return nil
	}
	for _, state := range []State{Published, Partly, Paused, Running, Interrupted} {
		some, _, err := p.s.journal.Changes(p.ctx, Filter{Instance: p.r.Instance.ID, State: state, Limit: 1})
		if err != nil {
			return fmt.Errorf("look for what was published before: %w", err)
		}
		if len(some) > 0 && slices.ContainsFunc(some[0].Steps, func(st Step) bool { return st.State == StepDone }) {
			p.check(true, false, "publish.check.wrote")
			return nil
		}
	}
	p.check(false, false, "publish.check.wrote-never")
	return nil
}
