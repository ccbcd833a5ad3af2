package flow

import (
	"slices"

	"wrapup/internal/instance"
)

// Reference is a parameter that names another resource, as written: an id, an ARN, a JSONPath, a template
// placeholder or nothing.
type Reference struct {
	Kind  string   // instance.KindFlow, KindModule, KindQueue, KindView, or "agent"
	Path  []string // in Parameters
	Value string
}

// KindAgent is an agent, whose queue a contact is put in.
const KindAgent = "agent"

// referring are the parameters that hold references (flow language, action tables). They mean the same
// in every type, so that types that are not known are read too.
var referring = []struct {
	kind string
	path []string
}{
	{instance.KindFlow, []string{"ContactFlowId"}},
	{instance.KindFlow, []string{"ContactFlowArn"}},
	{instance.KindModule, []string{"FlowModuleId"}},
	{instance.KindQueue, []string{"QueueId"}},
	{KindAgent, []string{"AgentId"}},
	{instance.KindView, []string{"ViewResource", "Id"}},
}

// References lists what the block refers to: first single parameters, then event hooks in their order.
func (b *Block) References() []Reference {
	var list []Reference
	for _, r := range referring {
		if v, ok := b.Param(r.path...); ok {
			if s, ok := v.Text(); ok {
				list = append(list, Reference{r.kind, slices.Clone(r.path), s})
			}
		}
	}
	hooks, _ := b.Param("EventHooks")
	for _, m := range hooks.Members() {
		if s, ok := m.Value.Text(); ok {
			list = append(list, Reference{instance.KindFlow, []string{"EventHooks", m.Name}, s})
		}
	}
	return list
}
