package audit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// Flows F1 and F2 are guides that nobody follows, F3 a flow that is not at hand. F4 is the root where it has an id, F5, F6
// the other flows, F7 to F9 the modules.

var (
	plainKinds = []string{"say", "menu", "menu", "queue", "queue", "agent", "dequeue", "event acw=F1", "event acw=F1", "event acw=F1:$LATEST", "event acw=F2",
		"event disable=true", "event disable=false", "attr acwattr=F1", "attr acwattr=", "event acw=${x}"}
	crossKinds = []string{"flow to=F5", "flow to=F6", "flow to=F4", "flow to=F3", "flow to=$.Attributes.g", "flow to=F5:$LATEST", "flow to=F5:3",
		"module runs=F7", "module runs=F7", "module runs=F8", "module runs=F9", "module runs=F3", "module runs=$.Attributes.g", "AgentThing", "view", "callback"}
	attributeKinds = []string{"attr Attributes.g=F1", "attr Attributes.g=F2", "attr Attributes.h=F1", "attr Attributes.g=$.Attributes.h",
		"attr Attributes.g=$.External.x", "attr Attributes.g=nothing", "attr Attributes.g=", "attr Attributes.g=F2 contact=Related", "attr Attributes=$.External.all",
		"UpdateFlowAttributes FlowAttributes.g.Value=F1", "UpdateFlowAttributes FlowAttributes.g.Value=F2",
		"UpdateFlowAttributes FlowAttributes.g.Value=$.Attributes.g", "attr Attributes.h=$.FlowAttributes.g",
		"event acw=$.Attributes.g", "event acw=$.Attributes.['g']", "event acw=$.Attributes['h']", "event acw=$.FlowAttributes.g", "event acw=$.FlowAttributes.g",
		"attr acwattr=$.Attributes.g", "attr acwattr=$.FlowAttributes.g", "event acw=$.Attributes.DisconnectFlowForAgentUI",
		"attr Attributes.g=$.Attributes.DisconnectFlowForAgentUI", "event acw=$.External.g"}
	hookKinds = []string{"event whisper=F5", "event whisper=F6", "event EventHooks.CustomerWhisper=F5", "event EventHooks.CustomerWhisper=F6",
		"event EventHooks.CustomerQueue=F5", "event EventHooks.CustomerQueue=F6", "event EventHooks.CustomerQueue=F5", "event whisper=F3",
		"event EventHooksConfiguration.AgentWhisper.DisableExecution=true", "event EventHooksConfiguration.CustomerWhisper.DisableExecution=true",
		"event whisper=$.Attributes.g", "event EventHooks.CustomerQueue=$.Attributes.g", "attr Attributes.g=F5", "event whisper=${x}", "event whisper=F5:$LATEST", "event EventHooks.CustomerQueue=F6:$LATEST",
		"event whisper=F5 EventHooksConfiguration.AgentWhisper.DisableExecution=false"}
)

// drawer draws evenly: what rapid draws leans to the least number, so each draw is moved on by as much as a salt says.
type drawer struct {
	t       *rapid.T
	salt, n uint64
}

func (d *drawer) below(n int, label string) int {
	d.n++
	var on uint64
	if d.salt != 0 {
		on = rand.New(rand.NewPCG(d.salt, d.n)).Uint64()
	}
	return int((uint64(rapid.IntRange(0, n-1).Draw(d.t, label)) + on) % uint64(n))
}

func (d *drawer) of(words []string, label string) string { return words[d.below(len(words), label)] }

func randomWorld(t *rapid.T) string {
	return drawWorld(t, false, 6, plainKinds, crossKinds, crossKinds)
}

func randomAttributes(t *rapid.T) string {
	return drawWorld(t, false, 6, plainKinds[:9], crossKinds[:14], attributeKinds, attributeKinds)
}

// randomFlowAttributes stays with what few routes bring together: flow attributes over calls and returns, and what is left
// of attributes behind a block that is not followed.
func randomFlowAttributes(t *rapid.T) string {
	return drawWorld(t, false, 5,
		[]string{"UpdateFlowAttributes FlowAttributes.g.Value=F1", "UpdateFlowAttributes FlowAttributes.g.Value=F2", "attr Attributes.g=F1"},
		[]string{"event acw=$.FlowAttributes.g", "event acw=$.FlowAttributes.g", "event acw=$.Attributes.g"},
		[]string{"module runs=F7", "module runs=F7", "flow to=F5", "menu", "AgentThing", "queue"},
		[]string{"attr acwattr=", "attr acwattr=F1 Attributes.g=$.Attributes.DisconnectFlowForAgentUI", "attr Attributes.g=F2 Attributes.h=$.Attributes.g",
			"attr Attributes.g=$.Attributes.h"})
}

// randomQueues stays with queue flows that call modules.
func randomQueues(t *rapid.T) string {
	kinds := []string{"event acw=F1", "event acw=F2", "event disable=true", "event disable=false", "module runs=F7", "module runs=F7", "module runs=F8", "queue", "menu"}
	return "defaults: CustomerQueue=F5\n" + drawWorld(t, false, 5, kinds, kinds, []string{"event whisper=F6", "event acw=F1", "EndFlowExecution"})
}

func randomHooks(t *rapid.T) string {
	return drawWorld(t, true, 5, plainKinds, slices.Concat(plainKinds[3:6], plainKinds), crossKinds, hookKinds)
}

// drawWorld draws a root, one or two other flows and one to three modules, each of up to most blocks.
func drawWorld(t *rapid.T, defaults bool, most int, kinds ...[]string) string {
	d := &drawer{t: t, salt: rapid.Uint64().Draw(t, "salt")}
	var b strings.Builder
	if defaults {
		b.WriteString("defaults:")
		for _, hook := range []string{"CustomerQueue", "AgentWhisper", "CustomerWhisper"} {
			if id := d.of([]string{"", "", "F5", "F6", "F3"}, hook); id != "" {
				b.WriteString(" " + hook + "=" + id)
			}
		}
		b.WriteString("\n")
	}
	if d.below(2, "root has an id") == 1 {
		b.WriteString("root: F4\n")
	}
	drawFlow(d, &b, most, false, kinds)
	for n := range 1 + d.below(2, "flows") {
		fmt.Fprintf(&b, "== flow F%d\n", 5+n)
		if d.below(12, "cannot be judged") == 11 {
			b.WriteString("start: gone\n")
		}
		drawFlow(d, &b, most, false, kinds)
	}
	for n := range 1 + d.below(3, "modules") {
		fmt.Fprintf(&b, "== module F%d\n", 7+n)
		drawFlow(d, &b, most, true, kinds)
	}
	return b.String()
}

var lastKinds = []string{"queue", "queue", "agent", "dequeue", "end", "end", "EndFlowExecution", "EndFlowExecution"}

// drawFlow draws blocks that mostly lead on to the next one or the one after; a module mostly ends.
func drawFlow(d *drawer, b *strings.Builder, most int, module bool, kinds [][]string) {
	n := 2 + d.below(most-1, "blocks")
	for i := range n {
		kind := d.of(kinds[d.below(len(kinds), "kinds")], "kind")
		if last := i == n-1 || d.below(10, "last") == 9; last && module {
			fmt.Fprintf(b, "B%d: EndFlowModuleExecution\n", i)
			continue
		} else if last {
			kind = d.of(lastKinds, "last kind")
		}
		fmt.Fprintf(b, "B%d: %s", i, kind)
		for _, mark := range []string{"->", "!", "?"} {
			switch to := d.below(12, mark); {
			case i < n-1 && (mark == "->" && to < 11 || to < 5):
				fmt.Fprintf(b, " %s B%d", mark, min(i+1+to%2, n-1))
			case i < n-1 && to == 11:
				fmt.Fprintf(b, " %s B%d", mark, d.below(n+1, "to")) // n is a block that is not there
			}
		}
		b.WriteString("\n")
	}
}
