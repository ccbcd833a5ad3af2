package connectsim

import "wrapup/internal/flow"

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
	Content            string            `json:",omitempty"`
	Tags               map[string]string `json:",omitempty"`
	FlowContentSha256  string            `json:",omitempty"`
	LastModifiedTime   float64
	LastModifiedRegion string
}

func (in *inst) wire(f *flowRecord, status string, content *copied) wireFlow {
	w := wireFlow{Arn: in.flowARN(f.id), ID: f.id, Name: f.name, Type: f.kind, State: f.state, Status: status,
		Description: f.description, Tags: cloneTags(f.tags), LastModifiedTime: epoch(f.modified), LastModifiedRegion: in.Region}
	if content != nil {
		w.Content, w.FlowContentSha256 = content.text, content.sum
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
	for _, f := range in.flows {
		if len(kinds) == 0 || kinds[f.kind] {
			all = append(all, f)
		}
	}
	flows, next, fault := page(c, all, 100, func(f *flowRecord) string { return f.id })
	list := make([]flowSummary, len(flows))
	for i, f := range flows {
		list[i] = flowSummary{f.id, in.flowARN(f.id), f.name, f.kind, f.state, f.status()}
	}
	return struct {
		ContactFlowSummaryList []flowSummary
		NextToken              string `json:",omitempty"`
	}{list, next}, fault
}

// describeContactFlow gives the published copy for a bare id, the saved one for :$SAVED. Numbered versions and aliases
// are not there: nothing makes them yet.
func (c *call) describeContactFlow() (any, *apiError) {
	in, f, qualifier, fault := c.flow()
	if fault != nil {
		return nil, fault
	}
	w := struct{ ContactFlow wireFlow }{}
	switch qualifier {
	case qualifierSaved:
		w.ContactFlow = in.wire(f, saved, f.saved)
	case "", qualifierLatest:
		if f.published == nil {
			return nil, fail("ContactFlowNotPublishedException", "The contact flow has not been published.")
		}
		w.ContactFlow = in.wire(f, published, f.published)
	default:
		return nil, notFound("Contact flow version not found")
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
	name, kind, content := c.in.text("Name"), c.in.text("Type"), c.in.text("Content")
	draft := c.in.text("Status") == saved
	if fault := c.checkContent(content, kind, !draft); fault != nil {
		return nil, fault
	}
	if in.flowNamed(name) != nil {
		return nil, fail("DuplicateResourceException", "Contact flow name already exists for the instance")
	}
	if len(in.flows) >= in.quota {
		return nil, fail("LimitExceededException", "The quota of %d flows per instance is used up", in.quota)
	}
	f := &flowRecord{id: c.sim.newID("flow"), name: name, kind: kind, description: c.in.text("Description"), state: active,
		tags: c.in.strings("Tags"), saved: copyOf(content), modified: c.now}
	out := struct {
		ContactFlowID     string `json:"ContactFlowId"`
		ContactFlowArn    string
		FlowContentSha256 string `json:",omitempty"` // of the published content
	}{ContactFlowID: f.id, ContactFlowArn: in.flowARN(f.id)}
	if !draft {
		f.published, out.FlowContentSha256 = f.saved, f.saved.sum
	}
	in.add(f)
	return out, nil
}

// updateContactFlowContent publishes at once for a bare id (both copies) and writes only the draft for :$SAVED. The
// documentation says neither outright; the first has evidence, the second is inferred.
func (c *call) updateContactFlowContent() (any, *apiError) {
	_, f, qualifier, fault := c.flow()
	if fault != nil {
		return nil, fault
	}
	if fault := c.unversioned(qualifier); fault != nil {
		return nil, fault
	}
	content := c.in.text("Content")
	if fault := c.checkContent(content, f.kind, qualifier != qualifierSaved); fault != nil {
		return nil, fault
	}
	f.saved, f.modified = copyOf(content), c.now
	if qualifier != qualifierSaved {
		f.published = f.saved
	}
	return nil, nil
}

// updateContactFlowMetadata renames, describes, archives or reactivates; it never publishes.
func (c *call) updateContactFlowMetadata() (any, *apiError) {
	in, f, qualifier, fault := c.flow()
	if fault != nil {
		return nil, fault
	}
	if fault := c.unversioned(qualifier); fault != nil {
		return nil, fault
	}
	name := c.in.text("Name")
	if other := in.flowNamed(name); c.in.has("Name") && other != nil && other != f {
		return nil, fail("DuplicateResourceException", "Contact flow name already exists for the instance")
	}
	if c.in.has("Name") {
		in.rename(f, name)
	}
	if c.in.has("Description") {
		f.description = c.in.text("Description")
	}
	if c.in.has("ContactFlowState") {
		f.state = c.in.text("ContactFlowState")
	}
	f.modified = c.now
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
func (c *call) checkContent(content, kind string, live bool) *apiError {
	if !live {
		return nil
	}
	if problems := flow.Validate([]byte(content), kind); len(problems) > 0 {
		return invalidFlow(problems)
	}
	return nil
}
