package publish

import (
	"cmp"
	"fmt"
	"slices"

	"wrapup/internal/instance"
)

// restores says whether the flow then holds what it held before wrapup last put its block in. Another plan may have
// retargeted blocks in the same write: then it does not.
func (p *planner) restores(st Step) (bool, error) {
	changes, _, err := p.s.journal.Changes(p.ctx, Filter{Instance: p.r.Instance.ID, Flows: []instance.FlowID{st.Flow}})
	if err != nil {
		return false, fmt.Errorf("the flow's history: %w", err)
	}
	for _, c := range changes {
		for _, was := range c.Steps {
			if was.Flow == st.Flow && was.State == StepDone && was.Adds() {
				return was.Before == st.After, nil
			}
		}
	}
	return false, nil
}

// replaced is a guide that a retarget replaces, as far as it can be read.
type replaced struct {
	name    string
	records []string
}

// replaces gives the names of replaced guides, as written where they cannot be read, and the attributes that they record
// and the chosen one does not. A guide that cannot be read loses nothing that we know of; the confirmation that names
// it is asked for all the same.
func (p *planner) replaces(refs []string) (names, loses []string) {
	for _, ref := range refs {
		was := p.formerGuide(ref)
		if name := cmp.Or(was.name, ref); !slices.Contains(names, name) {
			names = append(names, name)
		}
		for _, a := range was.records {
			if !p.record[a] && !slices.Contains(loses, a) {
				loses = append(loses, a)
			}
		}
	}
	return names, loses
}

// formerGuide reads a replaced guide, once per plan.
func (p *planner) formerGuide(ref string) replaced {
	r, ok := instance.ParseRef(ref, instance.KindFlow)
	if !ok {
		return replaced{}
	}
	if was, read := p.former[r.ID]; read {
		return was
	}
	var was replaced
	if f, err := p.s.target.DescribeFlow(p.ctx, p.r.Instance, r.ID); err == nil {
		was = replaced{name: f.Name, records: records([]byte(f.Content))}
	}
	p.former[r.ID] = was
	return was
}
