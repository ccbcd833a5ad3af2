package handlers

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/i18n"
)

// TypeWords is a block type as the flow designer names it; an unknown one as the flow writes it.
func TypeWords(ctx context.Context, t string) string {
	if id := "flows.block." + t; i18n.Has(id) {
		return i18n.T(ctx, id)
	}
	return cmp.Or(t, i18n.T(ctx, "flows.block.no-type"))
}

// blockTitle is what people call a block: its name, else its type in words.
func blockTitle(ctx context.Context, b *flow.Block) string {
	return cmp.Or(b.Title(), TypeWords(ctx, b.Type))
}

// BranchWords says which way out of a block of type t a branch is: "press 2", "queue is full". branch is as
// audit.RouteStep writes it: an error's type, or a condition ("Equals 2"). It is empty for the plain way on.
func BranchWords(ctx context.Context, t, branch string) string {
	if branch == "" {
		return ""
	}
	if id := "flows.branch." + branch; i18n.Has(id) {
		return i18n.T(ctx, id)
	}
	if id := "flows.branch." + t + "." + branch; i18n.Has(id) {
		return i18n.T(ctx, id)
	}
	operator, operand, _ := strings.Cut(branch, " ")
	for _, id := range []string{"flows.branch." + t + "." + operator, "flows.branch." + operator} {
		if i18n.Has(id) {
			return i18n.T(ctx, id, "Value", operand)
		}
	}
	return branch
}

// routeWord is one part of a route in words: a block, or the branch taken out of the block before it.
type routeWord struct {
	Text  string
	Block string // identifier; empty for a branch
}

// routeWords is an example route as people tell it: where it starts, each choice on the way, and where it ends.
// Blocks with one way on are left out, but for the one that is why; the table of blocks marks the whole route.
func routeWords(ctx context.Context, steps []audit.RouteStep) []routeWord {
	var out []routeWord
	for i, s := range steps {
		if i > 0 && i < len(steps)-1 && s.Branch == "" && !s.Why {
			continue
		}
		out = append(out, routeWord{Text: cmp.Or(s.Title, TypeWords(ctx, s.Type)), Block: s.Block})
		if w := BranchWords(ctx, s.Type, s.Branch); w != "" {
			out = append(out, routeWord{Text: w})
		}
	}
	return out
}

// namedBranches gives a name to each plain way on that is also the way of a condition or an error: the flow language
// repeats those in NextAction, and people know the choice.
func namedBranches(d *flow.Document, steps []audit.RouteStep) []audit.RouteStep {
	out := slices.Clone(steps)
	if d == nil {
		return out
	}
	for i := range len(out) - 1 {
		if b, ok := d.Find(out[i].Block); ok && out[i].Branch == "" && repeats(b) {
			out[i].Branch = branchTo(b, out[i+1].Block)
		}
	}
	return out
}

// branchTo is the first condition, else the first error, by which a block leads to another; empty where none does.
func branchTo(b *flow.Block, id string) string {
	for _, c := range b.Conditions {
		if c.Target.ID == id {
			return conditionKey(c.Condition)
		}
	}
	for _, e := range b.Errors {
		if e.Target.ID == id {
			return e.ErrorType
		}
	}
	return ""
}

// parameterName is a parameter's path in words where the designer has words of its own for it.
func parameterName(ctx context.Context, path string) string {
	if id := "flows.parameter." + path; i18n.Has(id) {
		return i18n.T(ctx, id)
	}
	return path
}

// parameterText is a parameter's value as people know it: the name that the designer shows for a resource, else the
// value.
func parameterText(b *flow.Block, p pair) string {
	path := append([]string{"parameters"}, strings.Split(p.name, ".")...)
	if v, ok := b.Meta(append(path, "displayName")...); ok {
		if name, ok := v.Text(); ok && name != "" {
			return name
		}
	}
	return p.value
}

// targetName is what an exit leads to in the designer's words; empty where the designer keeps none.
func targetName(b *flow.Block) string {
	for _, path := range [][]string{
		{"parameters", "ContactFlowId", "displayName"}, {"ContactFlow", "text"},
		{"parameters", "FlowModuleId", "displayName"}, {"contactFlowModuleName"},
	} {
		if v, ok := b.Meta(path...); ok {
			if s, ok := v.Text(); ok && s != "" {
				return s
			}
		}
	}
	return ""
}
