package audit

import (
	"slices"
	"strings"

	"wrapup/internal/flow"
)

// gaps gives one shortest route for each kind of setting at a block that opens no usable guide.
func (a *analysis) gaps(node int32) []Gap {
	var list []Gap
	var found []int32
	for i := a.head[node]; i >= 0; i = a.visits[i].next {
		k := a.setting(a.visits[i].t).Kind
		if k.Set() {
			continue
		}
		at := slices.IndexFunc(list, func(g Gap) bool { return g.Kind == k })
		if at < 0 {
			list, found = append(list, Gap{Kind: k}), append(found, i)
		} else if i < found[at] { // an earlier visit is on a route that is no longer
			found[at] = i
		}
	}
	for i := range list {
		list[i] = a.gap(&a.nodes[node], list[i].Kind, found[i])
	}
	slices.SortFunc(list, func(x, y Gap) int {
		return slices.Index(kindOrder, x.Kind) - slices.Index(kindOrder, y.Kind)
	})
	return list
}

// gap is a gap with the route that a visit came by.
func (a *analysis) gap(n *node, k Kind, visit int32) Gap {
	g := Gap{Block: n.block.ID, Kind: k, Steps: a.route(visit)}
	g.Route = make([]string, len(g.Steps))
	for i, s := range g.Steps {
		g.Route[i] = s.Block
	}
	return g
}

// route follows a visit back to the start.
func (a *analysis) route(i int32) []RouteStep {
	var steps []RouteStep
	branch := int32(0)
	for ; i >= 0; i = a.visits[i].from {
		b := a.nodes[a.visits[i].node].block
		s := RouteStep{Block: b.ID, Title: b.Title(), Type: b.Type}
		if len(steps) > 0 {
			s.Branch = branchName(b, int(branch))
		}
		steps, branch = append(steps, s), a.visits[i].branch
	}
	slices.Reverse(steps)
	return steps
}

// branchName is the branch as the flow's author knows it: an error's type, or a condition.
func branchName(b *flow.Block, branch int) string {
	switch {
	case branch == 0:
		return ""
	case branch <= len(b.Errors):
		return b.Errors[branch-1].ErrorType
	}
	return conditionText(b.Conditions[branch-1-len(b.Errors)].Condition)
}

func conditionText(c flow.Condition) string {
	if len(c.Nested) == 0 {
		return strings.TrimSpace(c.Operator + " " + strings.Join(c.Operands, ", "))
	}
	parts := make([]string, len(c.Nested))
	for i, n := range c.Nested {
		parts[i] = conditionText(n)
	}
	return c.Operator + " (" + strings.Join(parts, "; ") + ")"
}
