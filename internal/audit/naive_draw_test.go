package audit_test

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Flows F1 and F2 are guides that nobody follows, F3 a flow that is not at hand. F4 is the root where it has an id, F5, F6
// the other flows, F7 to F9 the modules.

var (
	plainKinds = []string{"say", "menu", "menu", "queue", "queue", "agent", "dequeue", "event acw=F1", "event acw=F1", "event acw=F2",
		"event disable=true", "event disable=false", "attr acwattr=F1", "attr acwattr=", "event acw=${x}"}
	crossKinds = []string{"flow to=F5", "flow to=F6", "flow to=F4", "flow to=F3", "flow to=$.Attributes.g", "flow to=F5:$LATEST", "flow to=F5:3",
		"module runs=F7", "module runs=F7", "module runs=F8", "module runs=F9", "module runs=F3", "module runs=$.Attributes.g", "AgentThing", "view", "callback"}
	attributeKinds = []string{"attr Attributes.g=F1", "attr Attributes.g=F2", "attr Attributes.h=F1", "attr Attributes.g=$.Attributes.h",
		"attr Attributes.g=$.External.x", "attr Attributes.g=nothing", "attr Attributes.g=F2 contact=Related", "attr Attributes=$.External.all",
		"UpdateFlowAttributes FlowAttributes.g.Value=F1", "UpdateFlowAttributes FlowAttributes.g.Value=F2",
		"UpdateFlowAttributes FlowAttributes.g.Value=$.Attributes.g", "attr Attributes.h=$.FlowAttributes.g",
		"event acw=$.Attributes.g", "event acw=$.Attributes.['g']", "event acw=$.Attributes['h']", "event acw=$.FlowAttributes.g", "event acw=$.FlowAttributes.g",
		"attr acwattr=$.Attributes.g", "attr acwattr=$.FlowAttributes.g", "event acw=$.Attributes.DisconnectFlowForAgentUI",
		"attr Attributes.g=$.Attributes.DisconnectFlowForAgentUI", "event acw=$.External.g"}
	hookKinds = []string{"event whisper=F5", "event whisper=F6", "event EventHooks.CustomerWhisper=F5", "event EventHooks.CustomerWhisper=F6",
		"event EventHooks.CustomerQueue=F5", "event EventHooks.CustomerQueue=F6", "event EventHooks.CustomerQueue=F5", "event whisper=F3",
		"event EventHooksConfiguration.AgentWhisper.DisableExecution=true", "event EventHooksConfiguration.CustomerWhisper.DisableExecution=true",
		"event whisper=$.Attributes.g", "event EventHooks.CustomerQueue=$.Attributes.g", "attr Attributes.g=F5", "event whisper=${x}",
		"event whisper=F5 EventHooksConfiguration.AgentWhisper.DisableExecution=false"}
)

func randomWorld(t *rapid.T) string {
	return drawWorld(t, "", 6, plainKinds, crossKinds)
}

func randomAttributes(t *rapid.T) string {
	return drawWorld(t, "", 6, plainKinds[:9], crossKinds[:14], attributeKinds, attributeKinds)
}

func randomHooks(t *rapid.T) string {
	defaults := ""
	for _, hook := range []string{"CustomerQueue", "AgentWhisper", "CustomerWhisper"} {
		if id := rapid.SampledFrom([]string{"", "", "F5", "F6", "F3"}).Draw(t, hook); id != "" {
			defaults += " " + hook + "=" + id
		}
	}
	if defaults != "" {
		defaults = "defaults:" + defaults + "\n"
	}
	return drawWorld(t, defaults, 4, plainKinds, append(plainKinds[3:6:6], plainKinds...), crossKinds, hookKinds)
}

// drawWorld draws a root, one to three other flows and modules, each of up to most blocks.
func drawWorld(t *rapid.T, head string, most int, kinds ...[]string) string {
	var b strings.Builder
	b.WriteString(head)
	if rapid.Bool().Draw(t, "root has an id") {
		b.WriteString("root: F4\n")
	}
	drawFlow(t, &b, most, false, kinds)
	for n := range rapid.IntRange(1, 2).Draw(t, "flows") {
		fmt.Fprintf(&b, "== flow F%d\n", 5+n)
		drawFlow(t, &b, most, false, kinds)
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "modules") {
		fmt.Fprintf(&b, "== module F%d\n", 7+n)
		drawFlow(t, &b, most, true, kinds)
	}
	return b.String()
}

var lastKinds = []string{"queue", "queue", "agent", "dequeue", "end", "end", "EndFlowExecution", "EndFlowExecution"}

// drawFlow draws blocks that mostly lead on to the next one or the one after; a module mostly ends.
func drawFlow(t *rapid.T, b *strings.Builder, most int, module bool, kinds [][]string) {
	n := rapid.IntRange(min(2, most-2), most).Draw(t, "blocks")
	for i := range n {
		kind := rapid.SampledFrom(rapid.SampledFrom(kinds).Draw(t, "kinds")).Draw(t, "kind")
		if last := i == n-1 || rapid.IntRange(0, 9).Draw(t, "last") == 9; last && module {
			fmt.Fprintf(b, "B%d: EndFlowModuleExecution\n", i)
			continue
		} else if last {
			kind = rapid.SampledFrom(lastKinds).Draw(t, "last kind")
		}
		fmt.Fprintf(b, "B%d: %s", i, kind)
		for _, mark := range []string{"->", "!", "?"} {
			switch to := rapid.IntRange(0, 9).Draw(t, mark); {
			case i < n-1 && (mark == "->" && to < 9 || mark == "!" && to < 4 || mark == "?" && to < 4):
				fmt.Fprintf(b, " %s B%d", mark, min(i+1+to%2, n-1))
			case i < n-1 && to == 9:
				fmt.Fprintf(b, " %s B%d", mark, rapid.IntRange(0, n).Draw(t, "to")) // n is a block that is not there
			}
		}
		b.WriteString("\n")
	}
}
