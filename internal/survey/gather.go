package survey

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// gatherer asks the service for one instance.
type gatherer struct {
	reader   Reader
	now      func() time.Time
	workers  int
	event    string
	instance instance.Instance
	library  *library
	former   *material // of the last reading; nil
	state    calibration
	observed map[instance.FlowID]held // described since, by us: the truth that an index may lag behind
	done     map[instance.FlowID]held // described already, by a run that was cut off
	tell     func(step, int, int)     // how far it has come; nil nobody asks
	came     func([]held)             // flows described, some at a time; nil nobody asks
	part     func(*material)          // what there is so far, now and then; nil nobody asks

	m        *material
	found    map[instance.FlowID]held // what the search gave
	findErr  *fault.Error
	hollow   bool // some record came without content
	describe map[instance.FlowID]held
	refused  int          // flows in a row whose description was throttled
	last     *fault.Error // of those
	throttle *fault.Error // set once so many were that the rest would be too

	base      material // of what is handed to part: see from
	more      int      // flows described since the last
	parted    time.Time
	composing atomic.Bool
	composed  sync.WaitGroup
}

// gather reads the instance. The error is only for an instance whose flows cannot be listed at all, for a reading
// that is throttled throughout, or for one that ran out of time: half a reading would show as flows that could not be read.
func (g *gatherer) gather(ctx context.Context) (*material, *fault.Error) {
	ctx, calls := instance.CountCalls(ctx)
	g.m = &material{instance: g.instance, readAt: g.now(), numbers: map[string]instance.Number{}, others: map[instance.FlowID]held{}}
	g.parted = g.m.readAt
	defer g.composed.Wait()
	g.describe = map[instance.FlowID]held{}
	maps.Copy(g.describe, g.done)
	g.say(stepLists, 0, 0)
	g.ask(ctx)
	if err := ended(ctx); err != nil {
		return nil, err
	}
	if err := g.choose(ctx); err != nil {
		return nil, err
	}
	if g.state.method == ByDescribe {
		g.byDescribe(ctx)
	} else {
		g.bySearch(ctx)
	}
	g.need(ctx)
	if err := ended(ctx); err != nil {
		return nil, err
	}
	if g.throttle != nil {
		return nil, g.throttle
	}
	g.remember()
	g.m.method, g.m.reason, g.m.calls = g.state.method, g.state.reason, calls.Total()
	return g.m, nil
}

// ended is the fault of a reading whose time is up.
func ended(ctx context.Context) *fault.Error {
	if ctx.Err() == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "survey.time-up").Because(ctx.Err())
}

// ask makes the calls that do not depend on each other's answers, at once: each has a quota of its own.
func (g *gatherer) ask(ctx context.Context) {
	var list []instance.Flow
	var numbers []instance.Number
	var listErr, numbersErr, linksErr error
	var wg sync.WaitGroup
	wg.Go(func() { list, listErr = g.reader.ListFlows(ctx, g.instance) })
	wg.Go(func() { g.m.links, linksErr = g.reader.Associations(ctx, g.instance) })
	wg.Go(func() { numbers, numbersErr = g.reader.Numbers(ctx, g.instance) })
	if g.state.method != ByDescribe {
		wg.Go(func() { g.search(ctx) })
	}
	wg.Wait()

	g.m.all = make(map[instance.FlowID]instance.Flow, len(list))
	for _, f := range list {
		g.m.all[f.ID] = f
	}
	for _, n := range numbers {
		g.m.numbers[strings.ToLower(n.ID)] = n
	}
	g.m.allErr = g.extra(listErr, "survey.warning.list")
	g.m.linksErr = g.extra(linksErr, "survey.warning.associations")
	g.m.numbersErr = g.extra(numbersErr, "survey.warning.numbers")
}

// extra notes a failure that takes nothing away but an extra.
func (g *gatherer) extra(err error, warning string) *fault.Error {
	f := fault.From(err)
	if f != nil {
		g.m.warnings = append(g.m.warnings, fault.Msg(warning, "Code", codeOf(f)))
	}
	return f
}

// searched are the flow types that contacts may come to, or that run beside them; hold flows play no part.
var searched = []instance.FlowType{
	instance.TypeInbound, instance.TypeAgentTransfer, instance.TypeQueueTransfer,
	instance.TypeCustomerQueue, instance.TypeAgentWhisper, instance.TypeCustomerWhisper, instance.TypeOutboundWhisper,
}

func (g *gatherer) search(ctx context.Context) {
	g.found = map[instance.FlowID]held{}
	err := g.reader.SearchFlows(ctx, g.instance, searched, func(page []instance.Flow) bool {
		for _, f := range page {
			g.found[f.ID] = g.library.hold(f, g.m.readAt)
			g.hollow = g.hollow || f.Content == ""
		}
		g.say(stepSearch, len(g.found), 0)
		g.hand(nil)
		return true
	})
	g.findErr = fault.From(err)
}

// choose falls back to list and describe where the search cannot be used. What a wait may mend (a throttle, a
// network) is an error: describing every flow would only make it worse.
func (g *gatherer) choose(ctx context.Context) *fault.Error {
	if g.state.method == ByDescribe {
		if g.m.allErr == nil {
			return nil
		}
		if g.search(ctx); g.findErr != nil { // the search can stand in for a list that is denied
			return g.m.allErr
		}
		return nil
	}
	f := g.findErr
	switch {
	case f != nil && (f.Kind == fault.Throttled || g.m.allErr != nil):
		return f
	case f != nil:
		g.fallBack(f.Kind == fault.Denied, searchFailed, "Code", codeOf(f))
	case g.hollow:
		g.fallBack(true, noContent)
	}
	return nil
}

// codeOf is the service's code, or in want of one the kind of fault.
func codeOf(f *fault.Error) string { return cmp.Or(f.Code, f.Kind.String()) }

// listed are the ids of the inbound flows: as listed, else, where the list is denied, as found.
func (g *gatherer) listed() map[instance.FlowID]instance.Flow {
	out := map[instance.FlowID]instance.Flow{}
	if g.m.allErr != nil {
		for id, h := range g.found {
			if h.flow.Type == instance.TypeInbound {
				out[id] = h.flow
			}
		}
		return out
	}
	for id, f := range g.m.all {
		if f.Type == instance.TypeInbound {
			out[id] = f
		}
	}
	return out
}

// byDescribe reads every inbound flow by itself; what was described already is not asked again.
func (g *gatherer) byDescribe(ctx context.Context) {
	ids := g.listed()
	for id, h := range g.observed {
		if _, ok := ids[id]; !ok { // written by us, and not in the list yet
			ids[id] = h.flow
		}
	}
	flows := maps.Clone(ids)
	for _, id := range g.m.defaults() { // most verdicts rest on them
		flows[id] = g.m.all[id]
	}
	g.from()
	g.describeAll(ctx, flows)
	g.m.inbound = make(map[instance.FlowID]held, len(g.describe))
	for id, h := range g.describe {
		if _, ok := ids[id]; ok { // else a run that was cut off described it, and it was deleted since
			g.m.inbound[id] = h
		}
	}
}

// describeAll describes the flows that were not described yet, several at a time, as people see them listed; those that are gone are left out.
func (g *gatherer) describeAll(ctx context.Context, flows map[instance.FlowID]instance.Flow) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	throttled, asked, came := 0, 0, 0
	for id := range flows {
		if _, done := g.describe[id]; done {
			came++
		}
	}
	var some []held
	queue := make(chan instance.Flow)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range g.workers {
		wg.Go(func() {
			for f := range queue {
				h := g.describeOne(ctx, f)
				mu.Lock()
				if g.heed(h.err) {
					throttled++
				}
				if g.throttle != nil {
					stop() // those under way would only wait out the same
				}
				if !gone(h.err) {
					g.describe[f.ID] = h
					some = append(some, h)
				}
				came++
				g.say(stepDescribe, came, len(flows))
				g.partly(flows)
				if len(some) >= batch {
					g.hand(some)
					some = nil
				}
				mu.Unlock()
			}
		})
	}
	for _, f := range inOrder(flows) {
		mu.Lock()
		_, done := g.describe[f.ID]
		mu.Unlock()
		if !done && ctx.Err() == nil {
			asked++
			queue <- f
		}
	}
	close(queue)
	wg.Wait()
	g.hand(some)
	if throttled > 1 && throttled == asked {
		g.throttle = g.last
	}
}

// inOrder are flows by name, the inbound ones after those that they rest on.
func inOrder(flows map[instance.FlowID]instance.Flow) []instance.Flow {
	keys := make([]string, 0, len(flows))
	for id, f := range flows {
		rank := "0"
		if f.Type == instance.TypeInbound {
			rank = "1"
		}
		keys = append(keys, rank+strings.ToLower(f.Name)+"\x00"+string(id))
	}
	slices.Sort(keys)
	out := make([]instance.Flow, len(keys))
	for i, k := range keys {
		out[i] = flows[instance.FlowID(k[strings.LastIndexByte(k, 0)+1:])]
	}
	return out
}

// throttledRow is how many flows in a row have to be throttled, each for as long as the gateway waits, to tell that
// the account's quota is used up.
const throttledRow = 4

// heed says whether a description was throttled. One such flow is its own loss; where a row of them is, or all that
// are asked for at once, asking for the rest would only take more of the quota.
func (g *gatherer) heed(f *fault.Error) bool {
	if f == nil || f.Kind != fault.Throttled {
		if g.throttle == nil {
			g.refused = 0
		}
		return false
	}
	g.refused, g.last = g.refused+1, f
	if g.refused >= throttledRow && g.throttle == nil {
		g.throttle = f
	}
	return true
}

// batch is how many described flows are handed on at a time.
const batch = 25

// step is what a reading is at.
type step string

const (
	stepLists    step = "lists"
	stepSearch   step = "search"
	stepDescribe step = "describe"
	stepDrafts   step = "drafts"
	stepConfirm  step = "confirm"
)

func (g *gatherer) say(s step, done, of int) {
	if g.tell != nil {
		g.tell(s, done, of)
	}
}

func (g *gatherer) hand(some []held) {
	if g.came != nil {
		g.came(some)
	}
}

// known gives a flow that cannot be described the status that it had. Nothing takes a publication back, and whether the list says "saved" of a
// published flow with a newer draft is not documented: a counted flow is not to fall out of the count by a failure.
func (g *gatherer) known(f instance.Flow) instance.Flow {
	if g.former != nil && g.former.inbound[f.ID].flow.Status == instance.StatusPublished {
		f.Status = instance.StatusPublished
	}
	return f
}

// describeOne reads the published copy, or of a flow never published the saved one.
func (g *gatherer) describeOne(ctx context.Context, f instance.Flow) held {
	got, err := g.reader.DescribeFlow(ctx, g.instance, string(f.ID))
	if err == nil {
		return g.library.live(got, g.now())
	}
	fail := fault.From(err)
	if !neverPublished(fail) {
		return held{flow: g.known(summary(f)), draft: DraftNotChecked, readAt: g.now(), err: fail}
	}
	h := held{flow: summary(f), readAt: g.now()}
	if got, err = g.reader.DescribeFlow(ctx, g.instance, string(f.ID)+saved); err != nil {
		h.err = fault.From(err)
	} else {
		h = g.library.hold(got, g.now())
		h.described = true
	}
	h.draft, h.flow.Status = DraftYes, instance.StatusSaved
	return h
}
