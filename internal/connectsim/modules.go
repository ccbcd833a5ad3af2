package connectsim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Members that the module operations share.
var (
	moduleID       = path("ContactFlowModuleId", text(1, 256))
	moduleText     = body("Content", content())
	moduleSettings = body("Settings", text(0, 0))
)

func moduleOperations() []*operation {
	word := `.*\S.*`
	return []*operation{
		{name: "ListContactFlowModules", method: http.MethodGet, path: "/contact-flow-modules-summary/{InstanceId}", handle: (*call).listModules, on: onInstance,
			in: members(instanceID, nextToken, page1000, query("ContactFlowModuleState", "state", enum(states...))), errors: flowErrors("AccessDeniedException")},
		{name: "DescribeContactFlowModule", method: http.MethodGet, path: "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}", handle: (*call).describeModule, on: onModule,
			in: members(instanceID, moduleID), errors: flowErrors("AccessDeniedException")},
		{name: "CreateContactFlowModule", method: http.MethodPut, path: "/contact-flow-modules/{InstanceId}", handle: (*call).createModule, on: onModules,
			in: members(instanceID, body("Name", text(1, 127).matching(word)).must(), body("Description", text(0, 500).matching(word)), moduleText.must(),
				body("Tags", tagMap()), body("ClientToken", text(0, 500)), moduleSettings, body("ExternalInvocationConfiguration", object(body("Enabled", truth())))),
			errors: flowErrors("AccessDeniedException", "InvalidContactFlowModuleException", "DuplicateResourceException", "LimitExceededException", "IdempotencyException")},
		{name: "UpdateContactFlowModuleContent", method: http.MethodPost, path: "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/content",
			handle: (*call).updateModuleContent, on: onModule, in: members(instanceID, moduleID, moduleText, moduleSettings),
			errors: []string{"AccessDeniedException", "InvalidRequestException", "InvalidContactFlowModuleException", "ResourceNotFoundException",
				"ThrottlingException", "InternalServiceException"}},
		{name: "DeleteContactFlowModule", method: http.MethodDelete, path: "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}", handle: (*call).deleteModule, on: onModule,
			in: members(instanceID, moduleID), errors: flowErrors("AccessDeniedException")},
	}
}

// moduleQuota is the service's default of modules per instance (administrator guide, "Amazon Connect service quotas").
const moduleQuota = 200

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
	Status                          string
	Description                     string `json:",omitempty"`
	Content                         *copied
	Settings                        string              `json:",omitempty"`
	ExternalInvocationConfiguration *externalInvocation `json:",omitempty"` // only where it is enabled
	Tags                            map[string]string   `json:",omitempty"`
	FlowModuleContentSha256         string
}

type externalInvocation struct{ Enabled bool }

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
	modules, next, fault := sortedPage(c, all, 100, in.modules.since)
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

// module finds the module the call names, with the qualifier it is named with.
func (c *call) module() (*inst, *moduleRecord, string, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, nil, "", fault
	}
	ref, ok := instance.ParseRef(c.in.text("ContactFlowModuleId"), instance.KindModule)
	if !ok || !in.owns(ref) || in.modules.get(ref.ID) == nil {
		return nil, nil, "", notFound("Contact flow module not found")
	}
	return in, in.modules.get(ref.ID), ref.Qualifier, nil
}

// describeModule gives the copies as describeContactFlow does. Numbered versions are not there: no operation of the
// model makes them.
func (c *call) describeModule() (any, *apiError) {
	in, m, qualifier, fault := c.module()
	if fault != nil {
		return nil, fault
	}
	w := in.wireModule(m)
	switch qualifier {
	case "", qualifierLatest:
	case qualifierSaved:
		w.Status, w.Content, w.Settings, w.FlowModuleContentSha256 = saved, m.Saved, m.SavedSettings, m.Saved.sum
	default:
		return nil, notFound("Contact flow module version not found")
	}
	return struct{ ContactFlowModule wireModule }{w}, nil
}

// wireModule is a module with its published copy.
func (in *inst) wireModule(m *moduleRecord) wireModule {
	w := wireModule{moduleSummary: in.moduleSummary(m), Status: published, Description: m.Description, Content: m.Published,
		Settings: m.Settings, Tags: m.Tags, FlowModuleContentSha256: m.Published.sum}
	if m.External {
		w.ExternalInvocationConfiguration = &externalInvocation{true}
	}
	return w
}

// createModule publishes: the operation has no Status. A ClientToken is known as long as its module is there.
func (c *call) createModule() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	m := &moduleRecord{Name: c.in.text("Name"), Description: c.in.text("Description"), State: active, Tags: c.in.strings("Tags"),
		Settings: c.in.text("Settings"), SavedSettings: c.in.text("Settings"), Token: c.in.text("ClientToken")}
	m.External, _ = c.in.object("ExternalInvocationConfiguration")["Enabled"].(bool)
	if m.Token != "" {
		m.Request = c.fingerprint()
		if i := slices.IndexFunc(in.modules.list, func(x *moduleRecord) bool { return x.Token == m.Token }); i >= 0 {
			return in.madeBefore(in.modules.list[i], m.Request)
		}
	}
	if fault := c.checkModule(c.in.text("Content"), true); fault != nil {
		return nil, fault
	}
	if in.modules.byName(m.Name) != nil {
		return nil, fail("DuplicateResourceException", "Contact flow module name already exists for the instance")
	}
	if len(in.modules.list) >= moduleQuota {
		return nil, fail("LimitExceededException", "The quota of %d flow modules per instance is used up", moduleQuota)
	}
	m.ID, m.Saved = c.sim.newID("module"), c.stored()
	m.Published = m.Saved
	c.put(in, m)
	return in.madeModule(m), nil
}

type madeModule struct {
	ID  string `json:"Id"`
	Arn string
}

func (in *inst) madeModule(m *moduleRecord) madeModule { return madeModule{m.ID, in.moduleARN(m.ID)} }

// madeBefore answers a request whose ClientToken is known: as the first time, or not at all where it is another request.
func (in *inst) madeBefore(m *moduleRecord, request []byte) (any, *apiError) {
	if !bytes.Equal(m.Request, request) {
		return nil, fail("IdempotencyException", "The client token was used with another request")
	}
	return in.madeModule(m), nil
}

// updateModuleContent writes the copies as updateContactFlowContent does. Settings belong to the copy they are sent for.
func (c *call) updateModuleContent() (any, *apiError) {
	in, m, qualifier, fault := c.module()
	if fault != nil {
		return nil, fault
	}
	if fault := c.unversioned(qualifier); fault != nil {
		return nil, fault
	}
	if !c.in.has("Content") && !c.in.has("Settings") {
		return nil, c.op.invalid("Content or Settings must be given")
	}
	draft := qualifier == qualifierSaved
	live := !draft || c.sim.o.SavedUpdate == SavedUpdateLive
	kept := !draft && m.drafted() && c.sim.o.Update == UpdateKeepsDraft
	n := *m
	content, own := &n.Published, &n.Settings
	if draft {
		content, own = &n.Saved, &n.SavedSettings
	}
	if c.in.has("Content") {
		*content = c.stored()
	}
	if c.in.has("Settings") {
		*own = c.in.text("Settings")
	}
	if fault := c.checkModule(cmp.Or(c.in.text("Content"), (*content).text()), live); fault != nil {
		return nil, fault
	}
	if live && !kept {
		n.Published, n.Settings = *content, *own
		n.Saved, n.SavedSettings = *content, *own
	}
	c.put(in, &n)
	return nil, nil
}

// drafted says whether there is a draft that was not published.
func (m *moduleRecord) drafted() bool {
	return m.Saved != m.Published || m.SavedSettings != m.Settings
}

// checkModule refuses settings that are not the serialized JSON they are documented to be, and validates content that
// goes live. Content without the block of settings was seen to be refused as an invalid request instead of with problems.
func (c *call) checkModule(text string, live bool) *apiError {
	if c.in.has("Settings") && !json.Valid([]byte(c.in.text("Settings"))) {
		return c.op.invalid("Settings must be JSON")
	}
	if !live {
		return nil
	}
	problems := flow.Validate([]byte(text), "MODULE")
	if i := slices.IndexFunc(problems, func(p flow.Problem) bool { return strings.HasPrefix(p.Message, "JSON field is missing") }); i >= 0 {
		return fail("InvalidRequestException", "%s", problems[i].Message)
	}
	if len(problems) > 0 {
		return invalidContent("InvalidContactFlowModuleException", problems)
	}
	return nil
}

// deleteModule asks no flow whether it invokes the module: no check is documented, and ResourceInUseException is not
// modelled here.
func (c *call) deleteModule() (any, *apiError) {
	in, m, qualifier, fault := c.module()
	if fault != nil {
		return nil, fault
	}
	if fault := c.unversioned(qualifier); fault != nil {
		return nil, fault
	}
	c.remove(in, m)
	return nil, nil
}
