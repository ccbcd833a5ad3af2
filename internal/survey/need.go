package survey

import (
	"context"
	"maps"
	"slices"
	"sync"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// need reads what contacts may come to from the flows that were read, and from there on: modules, and flows of other types that the search did not
// give. Of the others only those are asked for that have lines of their own.
func (g *gatherer) need(ctx context.Context) {
	g.m.modules = map[string]module{}
	for ctx.Err() == nil && g.throttle == nil {
		flows, modules := g.wanted()
		if len(flows)+len(modules) == 0 {
			return
		}
		g.from()
		var wg sync.WaitGroup
		wg.Go(func() { g.describeAll(ctx, flows) })
		wg.Go(func() { g.describeModules(ctx, modules) })
		wg.Wait()
		for id, f := range flows {
			if h, ok := g.describe[id]; ok {
				g.m.others[id] = h
			} else {
				g.m.others[id] = held{flow: f, readAt: g.now(), err: fault.New(fault.NotFound, "survey.follow.gone")}
			}
		}
	}
}

// wanted are the flows and modules that are named, or counted in a line of their own, and were not read yet. A flow that is not in the list does not exist.
func (g *gatherer) wanted() (map[instance.FlowID]instance.Flow, []string) {
	flows := map[instance.FlowID]instance.Flow{}
	var modules []string
	want := func(id instance.FlowID) {
		f, listed := g.m.all[id]
		_, inbound := g.m.inbound[id]
		if _, read := g.m.others[id]; listed && !inbound && !read && slices.Contains(searched, f.Type) {
			flows[id] = f
		}
	}
	for _, list := range [...]map[instance.FlowID]held{g.m.inbound, g.m.others} {
		for _, h := range list {
			for _, c := range [...]*content{h.read, h.saved} {
				if c == nil {
					continue
				}
				for _, l := range c.unit.Links() {
					if l.Module {
						modules = g.wantModule(modules, l.Ref.ID)
					} else {
						want(l.Ref.FlowID())
					}
				}
			}
		}
	}
	for _, x := range g.m.modules {
		if x.read == nil {
			continue
		}
		for _, l := range x.read.unit.Links() {
			if l.Module {
				modules = g.wantModule(modules, l.Ref.ID)
			} else {
				want(l.Ref.FlowID())
			}
		}
	}
	for _, id := range g.m.defaults() {
		want(id)
	}
	for id, f := range g.m.all {
		if f.State != instance.StateArchived && slices.Contains(besideTypes, f.Type) {
			want(id)
		}
	}
	slices.Sort(modules)
	return flows, modules
}

// besideTypes have lines of their own beside the head line: agents and quick connects lead to them, which cannot be seen.
var besideTypes = []instance.FlowType{instance.TypeAgentTransfer, instance.TypeQueueTransfer, instance.TypeOutboundWhisper}

func (g *gatherer) wantModule(list []string, id string) []string {
	if _, read := g.m.modules[id]; read || slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}

// describeModules reads modules, several at a time.
func (g *gatherer) describeModules(ctx context.Context, ids []string) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	queue := make(chan string)
	for range min(g.workers, len(ids)) {
		wg.Go(func() {
			for id := range queue {
				x := g.describeModule(ctx, id)
				mu.Lock()
				g.m.modules[id] = x
				mu.Unlock()
			}
		})
	}
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	wg.Wait()
}

func (g *gatherer) describeModule(ctx context.Context, id string) module {
	got, err := g.reader.DescribeModule(ctx, g.instance, id)
	if err != nil {
		f := fault.From(err)
		if gone(f) {
			f = fault.New(fault.NotFound, "survey.follow.no-module").Because(f)
		}
		return module{Module: instance.Module{ID: id}, err: f}
	}
	out := module{Module: got, hash: flow.Hash([]byte(got.Content))}
	out.read = g.library.read(audit.Identity{Module: true, ID: id, Name: got.Name}, out.hash, got.Content)
	out.Content = ""
	return out
}

// remember takes over what the last reading knew of drafts.
func (g *gatherer) remember() {
	if g.former == nil {
		return
	}
	inbound := maps.Clone(g.m.inbound)
	for id, h := range inbound {
		inbound[id] = h.after(g.former.inbound[id])
	}
	g.m.inbound = inbound
}

// defaultNames are the flows that run where no other is named, by hook: the service makes them with every instance, under these names.
var defaultNames = map[string]struct {
	kind instance.FlowType
	name string
}{
	"CustomerQueue":   {instance.TypeCustomerQueue, "Default customer queue"},
	"AgentWhisper":    {instance.TypeAgentWhisper, "Default agent whisper"},
	"CustomerWhisper": {instance.TypeCustomerWhisper, "Default customer whisper"},
}

// defaults finds the instance's default flows by hook.
func (m *material) defaults() map[string]instance.FlowID {
	out := map[string]instance.FlowID{}
	add := func(f instance.Flow) {
		for hook, d := range defaultNames {
			if f.Type == d.kind && f.Name == d.name {
				out[hook] = f.ID
			}
		}
	}
	for _, f := range m.all {
		add(f)
	}
	for _, h := range m.others {
		add(h.flow)
	}
	return out
}
