package connectsim

import "wrapup/internal/instance"

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
	for _, m := range in.modules {
		if !differs(c.in, "ContactFlowModuleState", m.state) {
			all = append(all, m)
		}
	}
	modules, next, fault := page(c, all, 100, func(m *moduleRecord) string { return m.id })
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
	return moduleSummary{m.id, in.moduleARN(m.id), m.name, m.state}
}

func (c *call) describeModule() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	ref, ok := instance.ParseRef(c.in.text("ContactFlowModuleId"), instance.KindModule)
	for _, m := range in.modules {
		if !ok || !in.owns(ref) || m.id != ref.ID {
			continue
		}
		status, content := published, m.published
		switch ref.Qualifier {
		case "", qualifierLatest:
		case qualifierSaved:
			status, content = saved, m.saved
		default:
			content = nil
		}
		if content == nil {
			break
		}
		return struct{ ContactFlowModule wireModule }{wireModule{in.moduleSummary(m), status, m.description, content.text,
			m.settings, cloneTags(m.tags), content.sum}}, nil
	}
	return nil, notFound("Contact flow module not found")
}
