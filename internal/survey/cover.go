package survey

import (
	"cmp"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Coverage is the head line: Counted = Covered + Open + CantTell. Open are those that do not open the guide.
type Coverage struct{ Covered, Open, CantTell, Counted int }

// Beside is what the head line does not count, each with a line of its own (product.md section 2).
type Beside struct {
	Transfers Coverage // flows that agents and queues transfer contacts to, of those that reach an agent
	Outbound  Coverage // outbound whispers: calls that agents make
	Callbacks int      // inbound flows that make callbacks
	Tasks     int      // inbound flows that make tasks
	Unseen    int      // counted flows of which nothing is known to lead to them
}

// NumberRow is a telephone number, and where its calls go.
type NumberRow struct {
	instance.Number
	Flow    instance.FlowID // empty where none is known
	Name    string
	Version string // another version of the flow than the one read
	Known   bool   // the flow is among the inbound flows read
	Row     int    // its index in Reading.Flows
}

// cover counts the head line (product.md section 2) and marks the rows.
func cover(rows []FlowRow) Coverage {
	var n Coverage
	for i := range rows {
		row := &rows[i]
		if row.Counted = counts(row); !row.Counted {
			continue
		}
		n.Counted++
		row.Covered = row.Report.Verdict.Covered() && !row.Pinned() && !row.LeadsUnknown
		switch {
		case row.Covered:
			n.Covered++
		case row.CannotTell():
			n.CantTell++
		default:
			n.Open++
		}
	}
	return n
}

// counts: active, published flows, except those that reach no agent themselves.
func counts(row *FlowRow) bool {
	if row.Flow.State == instance.StateArchived || row.Flow.Status == instance.StatusSaved {
		return false
	}
	switch row.Report.Verdict {
	case audit.Guide, audit.NoAgent, audit.CallbackOnly:
		return false
	}
	return true
}

// MaybePublished says whether a flow that is listed as saved could not be described, and was never seen published: it may be. It is not counted.
func (r *FlowRow) MaybePublished() bool {
	return r.Error != nil && r.Flow.Status == instance.StatusSaved && r.Draft == DraftNotChecked && r.Flow.State != instance.StateArchived
}

// namesTold is how many flows a warning names.
const namesTold = 10

// uncounted names the flows that may be published and are not counted; without any it is empty.
func uncounted(rows []FlowRow) []fault.Message {
	var names []string
	for i := range rows {
		if row := &rows[i]; row.MaybePublished() {
			names = append(names, cmp.Or(row.Flow.Name, string(row.Flow.ID)))
		}
	}
	if len(names) == 0 {
		return nil
	}
	n := len(names)
	if n > namesTold {
		names = append(names[:namesTold], "…")
	}
	return []fault.Message{fault.Msg("survey.warning.maybe-published", "Count", n, "Names", strings.Join(names, ", "))}
}

// CannotTell says whether a counted flow is one of which the head line says that it can't be told. Of a pinned flow calls play another
// version than the one that was read, whatever its verdict, and where the associations could not be read any flow may be pinned.
func (r *FlowRow) CannotTell() bool {
	switch r.Report.Verdict {
	case audit.Unreadable, audit.Unknown, audit.Dynamic, audit.Conflict, audit.ViaCallers:
		return true
	}
	return r.Pinned() || r.LeadsUnknown && r.Report.Verdict.Covered()
}

// beside counts what the head line does not.
func (c *composer) beside(r *Reading) Beside {
	var b Beside
	for i := range r.Flows {
		row := &r.Flows[i]
		if row.Flow.State == instance.StateArchived || row.Flow.Status == instance.StatusSaved {
			continue
		}
		if row.Report.Callback {
			b.Callbacks++
		}
		if row.Report.Task {
			b.Tasks++
		}
		if row.Counted && !row.LeadsUnknown && len(row.Leads) == 0 {
			b.Unseen++
		}
	}
	var transfers []FlowRow
	for i := range r.Others {
		row := &r.Others[i]
		switch row.Flow.Type {
		case instance.TypeAgentTransfer, instance.TypeQueueTransfer:
			transfers = append(transfers, *row)
		case instance.TypeOutboundWhisper:
			b.Outbound.whisper(row)
		}
	}
	b.Transfers = cover(transfers)
	return b
}

// whisper counts an outbound whisper: the agent is reached already, and what counts is what it leaves set.
func (n *Coverage) whisper(row *FlowRow) {
	if row.Flow.State == instance.StateArchived || row.Flow.Status == instance.StatusSaved {
		return
	}
	n.Counted++
	set, open := len(row.AtEnd) > 0, false
	for _, s := range row.AtEnd {
		set = set && s.Kind.Set()
		open = open || s.Kind == audit.Unset || s.Kind == audit.Disabled || s.Kind == audit.BrokenValue
	}
	switch {
	case set:
		n.Covered++
	case open:
		n.Open++
	default:
		n.CantTell++
	}
}

// lines lists the telephone numbers with the flows that their calls go to.
func (c *composer) lines(r *Reading) []NumberRow {
	to := map[string]NumberRow{}
	for i := range r.Flows {
		for _, l := range r.Flows[i].Leads {
			if l.Kind == LeadNumber {
				to[l.ID] = NumberRow{Flow: r.Flows[i].Flow.ID, Name: r.Flows[i].Flow.Name, Version: l.Version, Known: true, Row: i}
			}
		}
	}
	out := make([]NumberRow, 0, len(c.numbers))
	for id, n := range c.numbers {
		row := to[id]
		row.Number = n
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b NumberRow) int {
		return cmp.Or(cmp.Compare(a.Number.Number, b.Number.Number), cmp.Compare(a.ID, b.ID))
	})
	return out
}
