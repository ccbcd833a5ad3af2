package publish

import "fmt"

// checkWrote says whether wrapup's role is known to be allowed to write: the service tells of it only when it does.
func (p *planner) checkWrote() error {
	if len(p.c.Steps) == 0 {
		return nil
	}
	_, n, err := p.s.journal.Changes(p.ctx, Filter{Instance: p.r.Instance.ID, State: Published, Limit: 1})
	if err != nil {
		return fmt.Errorf("look for what was published before: %w", err)
	}
	id := "publish.check.wrote-never"
	if n > 0 {
		id = "publish.check.wrote"
	}
	p.check(n > 0, false, id)
	return nil
}
