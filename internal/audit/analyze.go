package audit

import (
	"errors"
	"strconv"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
)

// Analyze judges one flow's content. It never fails: content that cannot be read is the verdict unreadable.
func Analyze(content []byte, o Options) Report {
	d, err := flow.Parse(content)
	if err != nil {
		return unreadable(parseReason(err))
	}
	return AnalyzeDocument(d, o)
}

// AnalyzeDocument is Analyze for a parsed document.
func AnalyzeDocument(d *flow.Document, o Options) Report {
	a, reason := analyse(d, o)
	if reason != nil {
		return unreadable(*reason)
	}
	return a.report()
}

func parseReason(err error) fault.Message {
	var p *flow.ParseError
	if !errors.As(err, &p) {
		return fault.Msg("audit.unreadable.content")
	}
	return fault.Msg("flow.defect."+string(p.Defect), "Offset", strconv.Itoa(p.Offset), "Detail", p.Detail)
}

func unreadable(reason fault.Message) Report {
	r := newReport()
	r.Verdict, r.Reason = Unreadable, &reason
	return r
}

func newReport() Report {
	return Report{Handoffs: []Handoff{}, Exits: []Exit{}, Gaps: []Gap{}, Notes: []Note{}, Guides: []GuideUse{}}
}

// analysis is one flow's graph with its fixed point.
type analysis struct {
	*graph
	*solver
	opts     Options
	callback bool // a block that makes a callback is reachable
}

// analyse computes the fixed point; the reason is why the flow cannot be judged.
func analyse(d *flow.Document, o Options) (*analysis, *fault.Message) {
	if o.Event == "" {
		o.Event = flow.EventACW
	}
	g := newGraph(d, o)
	if g.start < 0 {
		m := fault.Msg("audit.unreadable.no-start", "Start", d.Start())
		return nil, &m
	}
	a := &analysis{graph: g, solver: solve(g), opts: o}
	for i := range g.nodes {
		if !a.reached(int32(i)) {
			continue
		}
		if n := &g.nodes[i]; n.twin {
			m := fault.Msg("audit.unreadable.identifier", "Block", n.block.ID)
			return nil, &m
		} else if n.class == callback {
			a.callback = true
		}
	}
	return a, nil
}

func (a *analysis) reached(node int32) bool { return a.head[node] >= 0 }

func (a *analysis) report() Report {
	r := newReport()
	var used uses
	for i := range a.nodes {
		n := &a.nodes[i]
		if !a.reached(int32(i)) || n.class != handoff && !n.exit {
			continue
		}
		settings := a.settings(int32(i), &used)
		if n.class == handoff {
			r.Handoffs = append(r.Handoffs, Handoff{Block: n.block.ID, Type: n.block.Type, Settings: settings})
		} else {
			r.Exits = append(r.Exits, Exit{Block: n.block.ID, Type: n.block.Type, Target: n.target, Settings: settings})
		}
		r.Gaps = append(r.Gaps, a.gaps(int32(i))...)
	}
	r.Guides = a.guides(used)
	r.count()
	r.IsGuide = a.guideShape(&r)
	r.Verdict = a.verdict(&r)
	r.Notes = a.notes(&r)
	return r
}

// count fills in n of m: hand-offs all of whose settings are set.
func (r *Report) count() {
	r.Of = len(r.Handoffs)
	for _, h := range r.Handoffs {
		if allSet(h.Settings) {
			r.Set++
		}
	}
}

func allSet(settings []Setting) bool {
	for _, s := range settings {
		if !s.Kind.Set() {
			return false
		}
	}
	return true
}
