package survey

import (
	"context"
	"maps"
	"slices"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// sample is how many flows are described on the first reading of an instance, to see whether the search gives the
// copy that calls play: which one it gives is not documented.
const sample = 20

// Reasons for not reading by search.
const (
	searchFailed   = "survey.method.search-failed"
	noContent      = "survey.method.no-content"
	differs        = "survey.method.differs"
	describeDenied = "survey.method.denied"
	notCompared    = "survey.method.not-compared"
)

// calibration is how an instance is to be read; the zero value: not known yet. One that is not lasting holds for one
// reading only: nothing could be compared, or the search failed for a reason that may pass.
type calibration struct {
	method  Method
	reason  *fault.Message
	lasting bool
}

func (g *gatherer) fallBack(lasting bool, why string, args ...any) {
	m := fault.Msg(why, args...)
	g.state = calibration{ByDescribe, &m, lasting}
}

// bySearch takes the search's contents, describes those flows that it cannot be trusted with, and on the first
// reading a sample besides. If a content differs, the whole instance is read by list and describe from then on.
func (g *gatherer) bySearch(ctx context.Context) {
	doubtful, suspects := g.doubtful()
	g.describeAll(ctx, doubtful)
	first := g.state.method == ""
	if first && g.throttle == nil {
		picked := g.pick(doubtful)
		g.describeAll(ctx, picked)
		maps.Copy(suspects, picked)
	}
	if g.throttle != nil {
		return // the reading fails of it
	}
	agree, why := g.compare(suspects, first)
	if why != "" {
		g.fallBack(why != notCompared, why)
		g.byDescribe(ctx)
		return
	}
	g.state = calibration{method: BySearch, lasting: !first || agree > 0}
	g.m.inbound = make(map[instance.FlowID]held, len(g.found))
	for id, h := range g.found {
		if _, asked := doubtful[id]; !asked && h.flow.Type == instance.TypeInbound {
			g.m.inbound[id] = h
		} else if h.flow.Type != instance.TypeInbound && h.flow.Status == instance.StatusPublished {
			g.m.others[id] = h
		}
	}
	for id, h := range g.describe {
		if _, there := g.found[id]; h.flow.Type == instance.TypeInbound && (there || g.there(id)) {
			g.m.inbound[id] = h
		}
	}
}

// there says whether a flow that the search did not give is one all the same: in the list, or described by us and in neither yet. Else a run
// that was cut off described it, and it was deleted since.
func (g *gatherer) there(id instance.FlowID) bool {
	_, listed := g.m.all[id]
	_, observed := g.observed[id]
	return listed || observed
}

// doubtful are the flows whose record in the search is not enough, and suspects those of them by whose content the
// search can be judged. A flow that is not published may have a published copy all the same; the list and the search
// may lag behind each other; and what we wrote or described ourselves may not have reached the index.
func (g *gatherer) doubtful() (doubtful, suspects map[instance.FlowID]instance.Flow) {
	doubtful, suspects = map[instance.FlowID]instance.Flow{}, map[instance.FlowID]instance.Flow{}
	for id, h := range g.found {
		f := h.flow
		l, ok := g.m.all[id]
		switch {
		case f.Type != instance.TypeInbound:
		case f.Status != instance.StatusPublished:
			doubtful[id], suspects[id] = f, f
		case g.m.allErr == nil && (!ok || l.Name != f.Name || l.State != f.State || l.Status != f.Status):
			doubtful[id] = f
		}
	}
	for id, f := range g.m.all {
		if _, ok := g.found[id]; !ok && f.Type == instance.TypeInbound {
			doubtful[id] = f
		}
	}
	for id, h := range g.observed {
		if f, ok := g.found[id]; !ok || f.hash != h.hash {
			doubtful[id] = h.flow
			delete(suspects, id)
		}
	}
	for id, h := range g.done {
		if f, ok := g.found[id]; ok && f.flow.Type == instance.TypeInbound && f.hash != h.hash { // published since, or the index lags behind
			doubtful[id] = f.flow
			delete(suspects, id)
			delete(g.describe, id)
		}
	}
	return doubtful, suspects
}

// pick chooses the sample: mostly among flows whose content names a guide, because a wrong copy of those could show as
// a flow that opens it, the rest among the others; each part spread over the flows in the order of their ids.
func (g *gatherer) pick(not map[instance.FlowID]instance.Flow) map[instance.FlowID]instance.Flow {
	var naming, others []instance.FlowID
	for _, id := range slices.Sorted(maps.Keys(g.found)) {
		if _, ok := not[id]; ok || g.found[id].flow.Type != instance.TypeInbound {
			continue
		}
		if g.found[id].read.wires {
			naming = append(naming, id)
		} else {
			others = append(others, id)
		}
	}
	rest := min(len(others), max(sample/5, sample-len(naming)))
	picked := make(map[instance.FlowID]instance.Flow, sample)
	for _, id := range append(spread(naming, sample-rest), spread(others, rest)...) {
		picked[id] = g.found[id].flow
	}
	return picked
}

// spread takes up to n of a list, first and last among them.
func spread(ids []instance.FlowID, n int) []instance.FlowID {
	n = min(n, len(ids))
	out := make([]instance.FlowID, n)
	for i := range n {
		out[i] = ids[i*(len(ids)-1)/max(n-1, 1)]
	}
	return out
}

// compare holds the search's contents against those described. It says how many agree, and why the search cannot be
// used; "" where it can. One flow's failure is no reason, unless on the first reading nothing at all could be compared.
func (g *gatherer) compare(suspects map[instance.FlowID]instance.Flow, first bool) (agree int, why string) {
	denied := false
	for id := range suspects {
		h, ok := g.describe[id]
		switch {
		case !ok: // gone since
		case h.err != nil:
			denied = denied || h.err.Kind == fault.Denied
		case h.hash != g.found[id].hash:
			return agree, differs
		case h.flow.Status != instance.StatusSaved: // a flow never published has one copy only, which tells nothing
			agree++
		}
	}
	switch {
	case first && denied:
		why = describeDenied
	case first && agree == 0 && slices.ContainsFunc(slices.Collect(maps.Keys(suspects)), g.failed):
		why = notCompared
	}
	return agree, why
}

func (g *gatherer) failed(id instance.FlowID) bool { return g.describe[id].err != nil }
