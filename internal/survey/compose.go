package survey

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// composer makes a reading of a material. It makes no call; two passes over the contents: first what each says of
// itself and of others, and from that which flows are guides and their health, then the verdicts.
type composer struct {
	*material
	event   string
	managed map[string]string
	home    instance.Ref
	former  *memory
	facts   map[string]*facts
	named   map[instance.FlowID]bool // flows that are set for the event somewhere
}

// compose gives the reading, and what to remember for the next one.
func compose(m *material, event string, managed map[string]string, former *memory) (*Reading, *memory) {
	c := &composer{material: m, event: event, managed: managed, home: home(m.instance), former: former}
	r := &Reading{
		Instance: m.instance, Source: m.source, ReadAt: m.readAt, Method: m.method, MethodReason: m.reason, Calls: m.calls,
		Warnings: m.warnings, event: event, health: c.health, Flows: make([]FlowRow, 0, len(m.inbound)),
	}
	for _, h := range m.inbound {
		r.Flows = append(r.Flows, FlowRow{
			Flow: h.flow, Hash: h.hash, Draft: h.draft, ReadAt: h.readAt, Error: h.err,
			LeadsUnknown: m.linksErr != nil, Managed: managedBy(h.flow.Tags, managed),
		})
	}
	slices.SortFunc(r.Flows, byName)
	c.learn(r.Flows)
	kept := c.judge(r.Flows)
	r.rows = make(map[instance.FlowID]int, len(r.Flows))
	for i := range r.Flows {
		r.rows[r.Flows[i].Flow.ID] = i
	}
	c.lead(r)
	r.Coverage = cover(r.Flows)
	r.Guides = c.guides(r.Flows)
	return r, &memory{facts: c.facts, reports: kept}
}

func byName(a, b FlowRow) int {
	return cmp.Or(
		strings.Compare(strings.ToLower(a.Flow.Name), strings.ToLower(b.Flow.Name)),
		strings.Compare(a.Flow.Name, b.Flow.Name), cmp.Compare(a.Flow.ID, b.Flow.ID))
}

// learn is the first pass.
func (c *composer) learn(rows []FlowRow) {
	all := make([]*facts, len(rows))
	parallel(len(rows), func(i int) {
		if all[i] = c.former.facts[rows[i].Hash]; all[i] == nil {
			all[i] = factsOf(rows[i].Flow.Content, c.event, c.home)
		}
	})
	c.facts, c.named = make(map[string]*facts, len(rows)), map[instance.FlowID]bool{}
	for i, f := range all {
		c.facts[rows[i].Hash] = f
		for _, id := range f.guides {
			c.named[id] = true
		}
	}
}

// judge is the second pass: the verdict of each flow, kept from the last time where nothing that it rests on changed.
func (c *composer) judge(rows []FlowRow) map[reportKey]judged {
	all := make([]judged, len(rows))
	parallel(len(rows), func(i int) { all[i] = c.report(&rows[i]) })
	kept := make(map[reportKey]judged, len(rows))
	for i, j := range all {
		rows[i].Report = j.report
		if rows[i].Error == nil {
			kept[reportKey{rows[i].Hash, rows[i].Flow.ID}] = j
		}
	}
	return kept
}

func (c *composer) report(row *FlowRow) judged {
	if row.Error != nil {
		return judged{report: unreadable(row.Error.Message)}
	}
	if j, ok := c.former.reports[reportKey{row.Hash, row.Flow.ID}]; ok && c.holds(j) {
		return j
	}
	j := judged{asked: map[instance.FlowID]audit.Health{}}
	j.report = audit.Analyze([]byte(row.Flow.Content), audit.Options{
		Event: c.event, Home: c.home,
		Guides: func(id instance.FlowID) audit.Health {
			h := c.health(id)
			j.asked[id] = h
			return h
		},
	})
	return j
}

// holds says whether all that an analysis was told is still so.
func (c *composer) holds(j judged) bool {
	for id, was := range j.asked {
		is := c.health(id)
		if is.State != was.State || is.Name != was.Name || is.ACW != was.ACW || is.Reason.ID != was.Reason.ID || !maps.Equal(is.Reason.Args, was.Reason.Args) {
			return false
		}
	}
	return true
}

// unreadable is the report of a flow whose content did not come.
func unreadable(why fault.Message) audit.Report {
	r := audit.Analyze(nil, audit.Options{}) // nothing is no flow; the lists are there
	r.Reason = &why
	return r
}

// guides lists the flows that are guides, with the flows whose contacts open them.
func (c *composer) guides(rows []FlowRow) []GuideRow {
	used := map[instance.FlowID][]instance.FlowID{}
	for i := range rows {
		for _, g := range rows[i].Report.Guides {
			if g.ID != "" && !slices.Contains(used[g.ID], rows[i].Flow.ID) {
				used[g.ID] = append(used[g.ID], rows[i].Flow.ID)
			}
		}
	}
	list := []GuideRow{}
	for i := range rows {
		if info := rows[i].Report.IsGuide; info != nil {
			g := GuideRow{Flow: rows[i].Flow, Info: *info, Health: c.health(rows[i].Flow.ID), UsedBy: used[rows[i].Flow.ID]}
			g.Info.ACW = g.Info.ACW || c.named[g.Flow.ID]
			list = append(list, g)
		}
	}
	return list
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
		case cannotTell(row):
			n.CantTell++
		default:
			n.Open++
		}
	}
	return n
}

// counts: active, published inbound flows, except those that reach no agent themselves.
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

// cannotTell: of a pinned flow calls play another version than the one that was read, and where the associations could not
// be read any flow may be pinned.
func cannotTell(row *FlowRow) bool {
	switch row.Report.Verdict {
	case audit.Unreadable, audit.Unknown, audit.Dynamic, audit.Conflict, audit.ViaCallers:
		return true
	}
	return row.Pinned() || row.LeadsUnknown && row.Report.Verdict.Covered()
}

// parallel calls do for 0 to n-1 on all processors.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
