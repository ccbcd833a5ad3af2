package survey

import (
	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

// callers decides what only other flows can: whether those that lead to a flow bring the guide, and whether the flow's draft would.
//
// A contact begins in a flow to which something known leads, that another flow makes a contact for, or of which no caller is known; quick
// connects and API starts cannot be seen, so what has no caller may be such a beginning. A flow that a hook names, such as the one after an agent
// has hung up, is an entry of its own, too.
func (c *composer) callers(r *Reading) {
	started := c.started()
	arrive := map[instance.FlowID]bool{} // set: every known contact arrives with a guide
	for id := range started {
		arrive[id] = false
	}
	begun := map[instance.FlowID]bool{}
	begin := func(row *FlowRow) {
		begun[row.Flow.ID] = true
		for _, o := range row.Report.Onward {
			if o.Flow == row.Flow.ID {
				continue
			}
			was, met := arrive[o.Flow]
			arrive[o.Flow] = o.Set && (was || !met)
			begun[o.Flow] = true
		}
	}
	called := map[instance.FlowID]bool{}
	for _, row := range r.everyRow() {
		for _, o := range row.Report.Onward {
			called[o.Flow] = called[o.Flow] || o.Flow != row.Flow.ID
		}
	}
	for _, row := range r.everyRow() {
		if row.held.active() && (!called[row.Flow.ID] || started[row.Flow.ID] || row.ledDirectly()) {
			begin(row)
		}
	}
	for _, row := range r.everyRow() { // rings of flows that only lead to each other
		if row.held.active() && !begun[row.Flow.ID] {
			begin(row)
		}
	}
	for i := range r.Flows {
		row := &r.Flows[i]
		set, met := arrive[row.Flow.ID]
		row.Report.Under(audit.Circumstances{
			DraftCovered: row.DraftVerdict.Covered(),
			ViaCallers:   met && set && !row.ledDirectly(),
		})
	}
}

// started are the flows that contacts begin in which some flow or module makes, or for which it sets a hook.
func (c *composer) started() map[instance.FlowID]bool {
	out := map[instance.FlowID]bool{}
	add := func(x *content) {
		if x == nil {
			return
		}
		for _, id := range x.starts {
			out[id] = true
		}
	}
	for _, list := range [...]map[instance.FlowID]held{c.inbound, c.others} {
		for _, h := range list {
			if h.active() {
				add(h.read)
			}
		}
	}
	for _, x := range c.modules {
		add(x.read)
	}
	return out
}

// everyRow are the rows of all flows that were judged.
func (r *Reading) everyRow() []*FlowRow {
	list := make([]*FlowRow, 0, len(r.Flows)+len(r.Others))
	for i := range r.Flows {
		list = append(list, &r.Flows[i])
	}
	for i := range r.Others {
		switch r.Others[i].Flow.Type {
		case instance.TypeAgentTransfer, instance.TypeQueueTransfer:
			list = append(list, &r.Others[i])
		}
	}
	return list
}

// ledDirectly says whether something known that is no flow leads here.
func (r *FlowRow) ledDirectly() bool {
	for _, l := range r.Leads {
		if l.Kind != LeadFlow {
			return true
		}
	}
	return false
}
