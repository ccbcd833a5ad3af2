package survey

import (
	"cmp"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
)

// Resource types of associations.
const voiceNumber = "VOICE_PHONE_NUMBER"

// lead fills in what leads to each flow: numbers and other resources, and flows that name it, themselves or in a module that they run. Quick connects,
// chat widgets, tasks and API starts cannot be seen, so an empty list never means that nothing does.
func (c *composer) lead(r *Reading) {
	for _, a := range c.links {
		ref, ok := instance.ParseRef(a.Flow, instance.KindFlow)
		i, known := r.rows[ref.FlowID()]
		if ok && known && !audit.Foreign(ref, c.home) {
			r.Flows[i].Leads = append(r.Flows[i].Leads, c.resource(a, ref))
		}
	}
	for _, rows := range [...][]FlowRow{r.Flows, r.Others} {
		for i := range rows {
			caller := &rows[i].Flow
			if rows[i].held.read == nil {
				continue
			}
			for _, id := range c.refers(rows[i].held.read) {
				if j, ok := r.rows[id]; ok && id != caller.ID {
					r.Flows[j].Leads = append(r.Flows[j].Leads, Lead{Kind: LeadFlow, Text: caller.Name, Flow: caller.ID})
				}
			}
		}
	}
	kinds := []string{LeadNumber, LeadResource, LeadFlow}
	for i := range r.Flows {
		ordered.By(r.Flows[i].Leads, func(a, b Lead) int {
			return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Text, b.Text))
		})
	}
}

// refers lists the flows that a content names, with those that the modules name which it runs.
func (c *composer) refers(x *content) []instance.FlowID {
	list, met := slices.Clone(x.names), map[string]bool{}
	for next := []*content{x}; len(next) > 0; next = next[1:] {
		for _, l := range next[0].unit.Links() {
			m := c.modules[l.Ref.ID].read
			if !l.Module || m == nil || met[l.Ref.ID] {
				continue
			}
			met[l.Ref.ID] = true
			next = append(next, m)
			for _, id := range m.names {
				list = addOnce(list, id)
			}
		}
	}
	return list
}

// resource is one association; the service names resources by id or by ARN.
func (c *composer) resource(a instance.Association, ref instance.Ref) Lead {
	id := a.Resource[strings.LastIndexByte(a.Resource, '/')+1:]
	id, _, _ = strings.Cut(id, ":")
	l := Lead{Kind: LeadResource, ID: strings.ToLower(id), Text: cmp.Or(id, a.Resource), Type: a.Type}
	if a.Type == voiceNumber {
		l.Kind = LeadNumber
	}
	if n, ok := c.numbers[strings.ToLower(id)]; ok && n.Number != "" {
		l.Text = n.Number
	}
	if ref.Qualifier != latest {
		l.Version = ref.Qualifier
	}
	return l
}
