package connectsim

import (
	"net/http"

	"wrapup/internal/instance"
)

func moduleOperations() []*operation {
	return []*operation{
		{name: "ListContactFlowModules", method: http.MethodGet, path: "/contact-flow-modules-summary/{InstanceId}", handle: (*call).listModules, on: onInstance,
			in: members(instanceID, nextToken, page1000, query("ContactFlowModuleState", "state", enum(states...))), errors: flowErrors("AccessDeniedException")},
		{name: "DescribeContactFlowModule", method: http.MethodGet, path: "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}", handle: (*call).describeModule, on: onModule,
			in: members(instanceID, path("ContactFlowModuleId", text(1, 256))), errors: flowErrors("AccessDeniedException")},
	}
}

type moduleSummary struct {
	ID    string `json:"Id"`
	Arn   string
	Name  string
	State string
}

// wireModule is the model's ContactFlowModule. A live instance was seen to send Status in lower case; the model's
// spelling is a choice.
type wireModule struct {
	moduleSummary
	Status                  string
	Description             string `json:",omitempty"`
	Content                 string
	Settings                string            `json:",omitempty"`
	Tags                    map[string]string `json:",omitempty"`
	FlowModuleContentSha256 string
}

func (c *call) listModules() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	var all []*moduleRecord
	for _, m := range in.modules.list {
		if !differs(c.in, "ContactFlowModuleState", m.State) {
			all = append(all, m)
		}
	}
	modules, next, fault := page(c, all, 100, func(m *moduleRecord) string { return m.ID })
	list := make([]moduleSummary, len(modules))
	for i, m := range modules {
		list[i] = in.moduleSummary(m)
	}
	return struct {
		ContactFlowModulesSummaryList []moduleSummary
		NextToken                     string `json:",omitempty"`
	}{list, next}, fault
}

func (in *inst) moduleSummary(m *moduleRecord) moduleSummary {
	return moduleSummary{m.ID, in.moduleARN(m.ID), m.Name, m.State}
}

func (c *call) describeModule() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	ref, ok := instance.ParseRef(c.in.text("ContactFlowModuleId"), instance.KindModule)
	for _, m := range in.modules.list {
		if !ok || !in.owns(ref) || m.ID != ref.ID {
			continue
		}
		status, content := published, m.Published
		switch ref.Qualifier {
		case "", qualifierLatest:
		case qualifierSaved:
			status, content = saved, m.Saved
		default:
			content = nil
		}
		if content == nil {
			break
		}
		return struct{ ContactFlowModule wireModule }{wireModule{in.moduleSummary(m), status, m.Description, content.text,
			m.Settings, m.Tags, content.sum}}, nil
	}
	return nil, notFound("Contact flow module not found")
}
