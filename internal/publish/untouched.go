package publish

import (
	"cmp"
	"context"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// untouched says whether a flow is on the instance's do-not-touch list, and then leaves it out of the plan. The list is read once a plan.
func (p *planner) untouched(id instance.FlowID, name string) (bool, error) {
	if p.rules == nil {
		rules, err := p.s.Rules(p.ctx, p.r.Instance.ID)
		if err != nil {
			return false, err
		}
		p.rules = &rules
	}
	if !p.rules.Forbids(id) {
		return false, nil
	}
	p.leaveOut(id, cmp.Or(name, p.r.Names[id], string(id)), fault.Msg("publish.left.untouched"), false)
	return true, nil
}

// spared refuses a step whose flow was put on the do-not-touch list, right before it is written: a run of many flows takes a while.
func (r *run) spared(ctx context.Context, st *Step) error {
	if st.Flow == "" {
		return nil
	}
	rules, err := r.s.Rules(ctx, r.c.Instance.ID)
	if err != nil || !rules.Forbids(st.Flow) {
		return err
	}
	return fault.New(fault.Conflict, "publish.outcome.untouched", "Flow", st.Name)
}

// SetUntouched puts a flow on the do-not-touch list of an instance, or takes it off. fault.Conflict "rules.changed" where somebody else changed the rules
// at the same moment.
func (s *Service) SetUntouched(ctx context.Context, in instance.ID, id instance.FlowID, on bool, by Actor) error {
	rules, err := s.Rules(ctx, in)
	if err != nil || rules.Forbids(id) == on {
		return err
	}
	list := make([]instance.FlowID, 0, len(rules.DoNotTouch)+1)
	for _, f := range rules.DoNotTouch {
		if f != id {
			list = append(list, f)
		}
	}
	if on {
		list = append(list, id)
	}
	rules.DoNotTouch = list
	_, err = s.SetRules(ctx, in, rules, by)
	return err
}
