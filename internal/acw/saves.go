package acw

import (
	"slices"
	"strings"

	"wrapup/internal/flow"
)

// walk lists the blocks that routes from here reach, breadth first, over every edge; it does not go on beyond stop.
// An edge that names no block, or more than one, ends there.
func walk(d *flow.Document, from []*flow.Block, stop *flow.Block) []*flow.Block {
	var reached []*flow.Block
	seen := map[*flow.Block]bool{stop: true}
	visit := func(b *flow.Block) {
		if !seen[b] {
			seen[b] = true
			reached = append(reached, b)
		}
	}
	for _, b := range from {
		visit(b)
	}
	for i := 0; i < len(reached); i++ {
		for _, t := range targets(reached[i]) {
			if next, ok := d.Find(t.ID); ok && t.Present {
				visit(next)
			}
		}
	}
	return reached
}

func targets(b *flow.Block) []flow.Target {
	out := []flow.Target{b.Next}
	for _, branch := range slices.Concat(b.Conditions, b.Errors) {
		out = append(out, branch.Target)
	}
	return out
}

// outcome is one way in which a Show view block ends, and where it leads.
type outcome struct {
	name string
	to   []*flow.Block
}

// outcomes lists the conditions as written, then time-out, then error. NextAction of a Show view block only repeats an
// error's target, so it counts as one.
func (l *lifter) outcomes(b *flow.Block) []outcome {
	var out []outcome
	add := func(name string, t flow.Target) {
		to, ok := l.doc.Find(t.ID)
		if !ok || !t.Present {
			return
		}
		i := slices.IndexFunc(out, func(o outcome) bool { return o.name == name })
		if i < 0 {
			i, out = len(out), append(out, outcome{name: name})
		}
		out[i].to = append(out[i].to, to)
	}
	for _, c := range b.Conditions {
		name := OutcomeOther
		if c.Condition.Operator == "Equals" && len(c.Condition.Operands) == 1 && len(c.Condition.Nested) == 0 {
			name = c.Condition.Operands[0]
		} else {
			l.unread("acw.unread.condition", "Block", b.ID)
		}
		add(name, c.Target)
	}
	for _, late := range []bool{true, false} {
		for _, e := range b.Errors {
			if name := errorOutcome(e.ErrorType); (name == OutcomeTimeout) == late {
				add(name, e.Target)
			}
		}
	}
	add(OutcomeError, b.Next)
	return out
}

func errorOutcome(errorType string) string {
	if errorType == OutcomeTimeout {
		return OutcomeTimeout
	}
	return OutcomeError
}

// saves follows each outcome to the blocks that write contact attributes.
func (l *lifter) saves(show *flow.Block) {
	unread := map[string]bool{}
	for _, o := range l.outcomes(show) {
		for _, b := range walk(l.doc, o.to, show) {
			if b.Type != flow.TypeAttributes {
				continue
			}
			saves, ok := savesOf(b, o.name)
			if !ok && !unread[b.ID] {
				unread[b.ID] = true
				l.unread("acw.unread.attributes", "Block", b.ID)
			}
			l.out.Saves = append(l.out.Saves, saves...)
		}
	}
	l.silent()
}

// savesOf is false where a block's attributes are not written out in it.
func savesOf(b *flow.Block, outcome string) ([]Save, bool) {
	attributes, ok := b.Param("Attributes")
	if !ok || !strings.HasPrefix(string(attributes.Raw()), "{") {
		return nil, false
	}
	contact := text(b, "TargetContact")
	if contact == "" {
		contact = "Current"
	}
	var out []Save
	for _, m := range attributes.Members() {
		value, ok := m.Value.Text()
		if !ok {
			value = string(m.Value.Raw())
		}
		out = append(out, Save{Outcome: outcome, Attribute: m.Name, Value: value, Contact: contact, Block: b.ID})
	}
	return out, true
}

// silent reads Guide.Silent back: set where all three silent outcomes record their result on the customer's contact.
func (l *lifter) silent() {
	results := silentResults(sample{})
	found := 0
	for _, r := range results {
		if slices.ContainsFunc(l.out.Saves, func(s Save) bool {
			return s.Outcome == r.outcome && s.Attribute == ResultAttribute && s.Value == r.value && s.Contact == "Related"
		}) {
			found++
		}
	}
	l.out.Guide.Silent = found == len(results)
	if found > 0 && !l.out.Guide.Silent {
		l.unread("acw.unread.result", "Attribute", ResultAttribute)
	}
}
