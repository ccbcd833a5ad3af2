package survey

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// composer makes a reading of a material. It makes no call: every content was read when it came, and verdicts are composed anew, because each
// rests on other flows.
type composer struct {
	*material
	event   string
	managed map[string]string
	home    instance.Ref
	hooks   map[string]instance.FlowID // the instance's default flows
	named   map[instance.FlowID]bool   // flows that are set for the event somewhere
	shapes  *shapes
}

func compose(m *material, event string, managed map[string]string) *Reading {
	c := &composer{material: m, event: event, managed: managed, home: home(m.instance), hooks: m.defaults()}
	c.shapes = &shapes{program: audit.NewProgram(audit.Options{Event: event, Home: c.home, Follow: c.follow}), known: map[*audit.Unit]audit.Shape{}}
	c.name()
	r := &Reading{
		Instance: m.instance, Source: m.source, ReadAt: m.readAt, Method: m.method, MethodReason: m.reason, Calls: m.calls,
		options: c.options(), Flows: c.rows(m.inbound), Others: c.rows(m.others),
		Since: m.since, Changes: m.changes, Partial: m.partial,
	}
	r.rows = make(map[instance.FlowID]int, len(r.Flows))
	for i := range r.Flows {
		r.rows[r.Flows[i].Flow.ID] = i
	}
	c.judge(r)
	c.lead(r)
	c.callers(r)
	r.Coverage, r.Beside = cover(r.Flows), c.beside(r)
	r.Warnings = slices.Concat(m.warnings, uncounted(r.Flows))
	r.Guides = c.guides(r.Flows)
	r.Numbers, r.NoNumbers = c.lines(r), c.numbersErr != nil
	return r
}

// options are those of every analysis of this instance.
func (c *composer) options() audit.Options {
	return audit.Options{Event: c.event, Home: c.home, Guides: c.health, Follow: c.follow, Defaults: c.hooks}
}

// name finds the flows that some other sets for the event: each of them is an after-contact-work guide.
func (c *composer) name() {
	c.named = map[instance.FlowID]bool{}
	for _, list := range [...]map[instance.FlowID]held{c.inbound, c.others} {
		for _, h := range list {
			if h.read == nil {
				continue
			}
			for _, id := range h.read.guides {
				c.named[id] = true
			}
		}
	}
}

// rows are flows by name, without verdicts.
func (c *composer) rows(flows map[instance.FlowID]held) []FlowRow {
	rows := make([]FlowRow, 0, len(flows))
	for _, h := range flows {
		rows = append(rows, FlowRow{
			Flow: h.flow, Hash: h.hash, Draft: h.draft, DraftAt: h.draftAt, ReadAt: h.readAt, Error: h.err,
			LeadsUnknown: c.linksErr != nil, Managed: managedBy(h.flow.Tags, c.managed), held: h,
		})
	}
	slices.SortFunc(rows, byName)
	return rows
}

func byName(a, b FlowRow) int {
	return cmp.Or(
		strings.Compare(strings.ToLower(a.Flow.Name), strings.ToLower(b.Flow.Name)),
		strings.Compare(a.Flow.Name, b.Flow.Name), cmp.Compare(a.Flow.ID, b.Flow.ID))
}

// judge gives each inbound flow its verdict, and flows of the other types that reach agents theirs.
func (c *composer) judge(r *Reading) {
	var all []*FlowRow
	for i := range r.Flows {
		all = append(all, &r.Flows[i])
	}
	for i := range r.Others {
		all = append(all, &r.Others[i])
	}
	parallel(len(all), func() func(int) {
		p := audit.NewProgram(c.options())
		return func(i int) { c.report(p, all[i]) }
	})
}

func (c *composer) report(p *audit.Program, row *FlowRow) {
	switch {
	case row.Error != nil:
		row.Report = unreadable(row.Error.Message)
		return
	case row.Flow.Type == instance.TypeOutboundWhisper:
		row.Report = audit.Report{}
		row.AtEnd = p.AtEnd(row.held.read.unit)
		return
	}
	row.Report = p.Judge(row.held.read.unit)
	if row.held.saved != nil {
		o := c.options()
		o.Self = row.held.saved.unit.Identity
		draft := audit.JudgeAlone(row.held.saved.unit, o)
		row.DraftVerdict = draft.Verdict
	}
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

// parallel calls do for 0 to n-1 on all processors; each makes its own.
func parallel(n int, make func() func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			do := make()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
