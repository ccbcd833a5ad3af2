package connectsim

import (
	"bytes"
	"net/http"
	"strconv"

	"wrapup/internal/flow"
)

func flowOperations() []*operation {
	return []*operation{
		{name: "ListContactFlows", method: http.MethodGet, path: "/contact-flows-summary/{InstanceId}", handle: (*call).listContactFlows, on: onFlows,
			in:     members(instanceID, query("ContactFlowTypes", "contactFlowTypes", listOf(enum(flowTypes...), 0, 10)), nextToken, page1000),
			errors: flowErrors()},
		{name: "SearchContactFlows", method: http.MethodPost, path: "/search-contact-flows", handle: (*call).searchContactFlows, on: onInstance,
			in: members(body("InstanceId", text(1, 100)).must(), body("NextToken", text(1, 2500)), body("MaxResults", number(1, 100)),
				body("SearchFilter", object(tagFilter(),
					attributeFilter("FlowAttributeFilter", body("ContactFlowTypeCondition", object(body("ContactFlowType", enum(flowTypes...))))))),
				body("SearchCriteria", searchCriteria(body("TypeCondition", enum(flowTypes...)), body("StateCondition", enum(states...)),
					body("StatusCondition", enum(statuses...))))),
			errors: flowErrors()},
		{name: "DescribeContactFlow", method: http.MethodGet, path: "/contact-flows/{InstanceId}/{ContactFlowId}", handle: (*call).describeContactFlow, on: onFlow,
			in: members(instanceID, flowID), errors: flowErrors("ContactFlowNotPublishedException")},
		{name: "CreateContactFlow", method: http.MethodPut, path: "/contact-flows/{InstanceId}", handle: (*call).createContactFlow, on: onFlows,
			in: members(instanceID, body("Name", text(1, 0)).must(), body("Type", enum(flowTypes...)).must(), body("Description", text(0, 0)),
				body("Content", content()).must(), body("Status", enum(statuses...)), body("Tags", tagMap())),
			errors: flowErrors("InvalidContactFlowException", "DuplicateResourceException", "LimitExceededException")},
		{name: "UpdateContactFlowContent", method: http.MethodPost, path: "/contact-flows/{InstanceId}/{ContactFlowId}/content",
			handle: (*call).updateContactFlowContent, on: onFlow,
			in: members(instanceID, flowID, body("Content", content()).must()), errors: flowErrors("InvalidContactFlowException")},
		{name: "UpdateContactFlowMetadata", method: http.MethodPost, path: "/contact-flows/{InstanceId}/{ContactFlowId}/metadata",
			handle: (*call).updateContactFlowMetadata, on: onFlow,
			in:     members(instanceID, flowID, body("Name", text(1, 0)), body("Description", text(0, 0)), body("ContactFlowState", enum(states...))),
			errors: flowErrors("DuplicateResourceException")},
		{name: "UpdateContactFlowName", method: http.MethodPost, path: "/contact-flows/{InstanceId}/{ContactFlowId}/name",
			handle: (*call).updateContactFlowMetadata, on: onFlow,
			in:     members(instanceID, flowID, body("Name", text(1, 0)), body("Description", text(0, 0))),
			errors: flowErrors("DuplicateResourceException")},
		{name: "DeleteContactFlow", method: http.MethodDelete, path: "/contact-flows/{InstanceId}/{ContactFlowId}", handle: (*call).deleteContactFlow, on: onFlow,
			in: members(instanceID, flowID), errors: flowErrors("AccessDeniedException")},
	}
}

// Qualifiers of a flow's id.
const (
	qualifierSaved  = "$SAVED"
	qualifierLatest = "$LATEST"
)

// wireFlow is the model's ContactFlow.
type wireFlow struct {
	Arn                string
	ID                 string `json:"Id"`
	Name               string
	Type               string
	State              string
	Status             string
	Description        string            `json:",omitempty"`
	Tags               map[string]string `json:",omitempty"`
	FlowContentSha256  string            `json:",omitempty"`
	Version            int               `json:",omitempty"`
	VersionDescription string            `json:",omitempty"`
	LastModifiedTime   float64
	LastModifiedRegion string
	content            *copied // Content, nil where it is left out
}

// writeJSON writes the members, and Content as it is kept.
func (w wireFlow) writeJSON(b *bytes.Buffer) {
	writeJSON(b, w)
	if w.content == nil {
		return
	}
	b.Truncate(bytes.LastIndexByte(b.Bytes(), '}'))
	b.WriteString(`,"Content":`)
	b.WriteString(w.content.quoted)
	b.WriteByte('}')
}

type describedFlow struct{ flow wireFlow }

func (d describedFlow) writeJSON(b *bytes.Buffer) {
	b.WriteString(`{"ContactFlow":`)
	d.flow.writeJSON(b)
	b.WriteByte('}')
}

func (in *inst) wire(f *flowRecord, status string, content *copied) wireFlow {
	w := wireFlow{Arn: in.flowARN(f.ID), ID: f.ID, Name: f.Name, Type: f.Kind, State: f.State, Status: status,
		Description: f.Description, Tags: f.Tags, LastModifiedTime: epoch(f.Modified), LastModifiedRegion: in.Region}
	if w.content = content; content != nil {
		w.FlowContentSha256 = content.sum
	}
	return w
}

type flowSummary struct {
	ID                string `json:"Id"`
	Arn               string
	Name              string
	ContactFlowType   string
	ContactFlowState  string
	ContactFlowStatus string
}

// listContactFlows filters by type only, as the service does.
func (c *call) listContactFlows() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	kinds := map[string]bool{}
	for _, t := range c.in.texts("ContactFlowTypes") {
		kinds[t] = true
	}
	var all []*flowRecord
	for _, f := range in.flows.list {
		if len(kinds) == 0 || kinds[f.Kind] {
			all = append(all, f)
		}
	}
	flows, next, fault := sortedPage(c, all, 100, in.flows.since)
	list := make([]flowSummary, len(flows))
	for i, f := range flows {
		list[i] = flowSummary{f.ID, in.flowARN(f.ID), f.Name, f.Kind, f.State, f.status()}
	}
	return struct {
		ContactFlowSummaryList []flowSummary
		NextToken              string `json:",omitempty"`
	}{list, next}, fault
}

// describeContactFlow gives the published copy for a bare id, the saved one for :$SAVED, a version for its number.
// Aliases are not there: no operation of the model makes them.
func (c *call) describeContactFlow() (any, *apiError) {
	in, f, qualifier, fault := c.flow()
	if fault != nil {
		return nil, fault
	}
	var w describedFlow
	switch qualifier {
	case qualifierSaved:
		w.flow = in.wire(f, saved, f.Saved)
	case "", qualifierLatest:
		if f.Published == nil {
			return nil, fail("ContactFlowNotPublishedException", "The contact flow has not been published.")
		}
		w.flow = in.wire(f, published, f.Published)
	default:
		n, _ := strconv.Atoi(qualifier)
		v := f.version(n)
		if v == nil || strconv.Itoa(n) != qualifier {
			return nil, notFound("Contact flow version not found")
		}
		w.flow = in.wire(f, published, v.Content)
		w.flow.Version, w.flow.VersionDescription, w.flow.LastModifiedTime = v.Number, v.Description, epoch(v.Created)
	}
	return w, nil
}

// createContactFlow publishes unless Status is SAVED: the model calls Status optional, and callers without it were seen
// to get a published flow.
func (c *call) createContactFlow() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	name, kind := c.in.text("Name"), c.in.text("Type")
	draft := c.in.text("Status") == saved
	if fault := c.checkContent(kind, !draft); fault != nil {
		return nil, fault
	}
	if in.flows.byName(name) != nil {
		return nil, fail("DuplicateResourceException", "Contact flow name already exists for the instance")
	}
	if len(in.flows.list) >= in.Quota {
		return nil, fail("LimitExceededException", "The quota of %d flows per instance is used up", in.Quota)
	}
	f := &flowRecord{ID: c.sim.newID("flow"), Name: name, Kind: kind, Description: c.in.text("Description"), State: active,
		Tags: c.in.strings("Tags"), Saved: c.stored(), Modified: c.now}
	out := struct {
		ContactFlowID     string `json:"ContactFlowId"`
		ContactFlowArn    string
		FlowContentSha256 string `json:",omitempty"` // of the published content
	}{ContactFlowID: f.ID, ContactFlowArn: in.flowARN(f.ID)}
	if !draft {
		f.Published, out.FlowContentSha256 = f.Saved, f.Saved.sum
	}
	c.put(in, f)
	return out, nil
}

// updateContactFlowContent publishes at once for a bare id and writes the draft for :$SAVED. The documentation says
// neither outright: the first has evidence, the second is inferred. What happens to the other copy is a choice.
func (c *call) updateContactFlowContent() (any, *apiError) {
	in, f, qualifier, fault := c.flow()
	if fault != nil {
		return nil, fault
	}
	if fault := c.unversioned(qualifier); fault != nil {
		return nil, fault
	}
	draft := qualifier == qualifierSaved
	live := !draft || c.sim.o.SavedUpdate == SavedUpdateLive
	if fault := c.checkContent(f.Kind, live); fault != nil {
		return nil, fault
	}
	n := *f
	if n.Modified = c.now; live {
		n.Published = c.stored()
	}
	switch unpublished := f.Saved != f.Published; {
	case live && !(unpublished && !draft && c.sim.o.Update == UpdateKeepsDraft):
		n.Saved = n.Published
	case draft:
		n.Saved = c.stored()
	}
	c.put(in, &n)
	return nil, nil
}

// updateContactFlowMetadata renames, describes, archives or reactivates; it never publishes. UpdateContactFlowName is
// the same with fewer members.
func (c *call) updateContactFlowMetadata() (any, *apiError) {
	in, f, qualifier, fault := c.flow()
	if fault != nil {
		return nil, fault
	}
	if fault := c.unversioned(qualifier); fault != nil {
		return nil, fault
	}
	n := *f
	if c.in.has("Name") {
		n.Name = c.in.text("Name")
	}
	if other := in.flows.byName(n.Name); other != nil && other != f {
		return nil, fail("DuplicateResourceException", "Contact flow name already exists for the instance")
	}
	if c.in.has("Description") {
		n.Description = c.in.text("Description")
	}
	if c.in.has("ContactFlowState") {
		n.State = c.in.text("ContactFlowState")
	}
	n.Modified = c.now
	c.put(in, &n)
	return nil, nil
}

// deleteContactFlow asks nobody: no check for references is documented, and ResourceInUseException is not modelled here.
func (c *call) deleteContactFlow() (any, *apiError) {
	in, f, qualifier, fault := c.flow()
	if fault != nil {
		return nil, fault
	}
	if fault := c.unversioned(qualifier); fault != nil {
		return nil, fault
	}
	c.remove(in, f)
	return nil, nil
}

// unversioned refuses to write through a version or an alias.
func (c *call) unversioned(qualifier string) *apiError {
	switch qualifier {
	case "", qualifierSaved, qualifierLatest:
		return nil
	}
	return c.op.invalid("a numbered version or an alias cannot be written")
}

// checkContent validates what goes live. A draft is not validated.
func (c *call) checkContent(kind string, live bool) *apiError {
	if !live {
		return nil
	}
	if problems := flow.Validate([]byte(c.in.text("Content")), kind); len(problems) > 0 {
		return invalidContent("InvalidContactFlowException", problems)
	}
	return nil
}

// stored is the content of the request as the service keeps it.
func (c *call) stored() *copied {
	text := c.in.text("Content")
	if c.sim.o.Stored == StoredRewritten {
		text = rewritten(text)
	}
	return copyOf(text)
}
