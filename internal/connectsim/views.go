package connectsim

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"wrapup/internal/connectsim/template"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
)

// Members of the view operations. The model writes their instance id another way than that of the others.
var (
	viewsInstanceID = path("InstanceId", text(1, 100).matching(`^[a-zA-Z0-9_\-:/]+$`))
	viewID          = path("ViewId", text(1, 500).matching(`^[a-zA-Z0-9_\-:/$]+$`))
	viewsToken      = query("NextToken", "nextToken", text(1, 4096).matching(`^[a-zA-Z0-9=/+_.-]+$`))
	page100         = query("MaxResults", "maxResults", number(1, 100))
)

func viewOperations() []*operation {
	description := func() *shape { return viewText(4096, ",") }
	status := body("Status", enum(statuses...)).must()
	content := body("Content", object(body("Template", text(0, 0)), body("Actions", listOf(viewText(255, ""), 0, 0)))).must()
	return []*operation{
		{name: "ListViews", method: http.MethodGet, path: "/views/{InstanceId}", handle: (*call).listViews, on: onInstance,
			in: members(viewsInstanceID, query("Type", "type", enum(viewTypes...)), viewsToken, page100), errors: viewErrors()},
		{name: "DescribeView", method: http.MethodGet, path: "/views/{InstanceId}/{ViewId}", handle: (*call).describeView, on: onView,
			in: members(viewsInstanceID, viewID), errors: viewErrors()},
		{name: "CreateView", method: http.MethodPut, path: "/views/{InstanceId}", handle: (*call).createView, on: onViews,
			in: members(viewsInstanceID, body("ClientToken", text(0, 500).matching(`^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`)), status, content,
				body("Description", description()), body("Name", viewText(255, "")).must(), body("Tags", tagMap())),
			errors: viewErrors("DuplicateResourceException", "ServiceQuotaExceededException", "ResourceInUseException")},
		{name: "UpdateViewContent", method: http.MethodPost, path: "/views/{InstanceId}/{ViewId}", handle: (*call).updateViewContent, on: onView,
			in: members(viewsInstanceID, viewID, status, content), errors: viewErrors("ResourceInUseException")},
		{name: "UpdateViewMetadata", method: http.MethodPost, path: "/views/{InstanceId}/{ViewId}/metadata", handle: (*call).updateViewMetadata, on: onView,
			in:     members(viewsInstanceID, viewID, body("Name", viewText(255, "")), body("Description", description())),
			errors: viewErrors("DuplicateResourceException", "ResourceInUseException")},
		{name: "DeleteView", method: http.MethodDelete, path: "/views/{InstanceId}/{ViewId}", handle: (*call).deleteView, on: onView,
			in: members(viewsInstanceID, viewID), errors: viewErrors("ResourceInUseException")},
	}
}

// viewText is the shape of views' names and actions, and with a comma of descriptions: it does not begin with a space.
func viewText(most int, also string) *shape {
	const chars = `\p{L}\p{N}_.:/=+\-@()'`
	return text(1, most).matching(`^([` + chars + also + `]+[` + chars + also + `\p{Z}]*)$`)
}

// maxViewContent is how long a view's template and actions may be together, in bytes: the 400 kB of the operations' page.
// That a kB has 1,000 bytes is a choice.
const maxViewContent = 400_000

type viewSummary struct {
	ID          string `json:"Id"`
	Arn         string
	Name        string
	Type        string
	Status      string
	Description string `json:",omitempty"`
}

type wireContent struct {
	InputSchema derivedSchema
	Template    string
	Actions     []string
}

// derivedSchema is a template whose InputSchema is derived as the answer is written, after the mutex is released: it can be
// forty times as long as the template, and is not kept.
type derivedSchema string

func (d derivedSchema) MarshalJSON() ([]byte, error) {
	return jsontext.AppendQuote(nil, template.Schema(string(d)))
}

// wireView is the model's View.
type wireView struct {
	viewSummary
	Version            int    `json:",omitempty"`
	VersionDescription string `json:",omitempty"`
	Content            wireContent
	Tags               map[string]string `json:",omitempty"`
	CreatedTime        float64
	LastModifiedTime   float64
	ViewContentSha256  string
}

type viewOutput struct{ View wireView }

// listViews sorts by type, then by name, as the service does.
func (c *call) listViews() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	all := slices.DeleteFunc(in.allViews(), func(v wireView) bool { return differs(c.in, "Type", v.Type) })
	views, next, fault := sortedPage(c, all, 100, wireView.place)
	list := make([]viewSummary, len(views))
	for i, v := range views {
		list[i] = v.viewSummary
	}
	return struct {
		ViewsSummaryList []viewSummary
		NextToken        string `json:",omitempty"`
	}{list, next}, fault
}

// allViews are those of AWS and the customer's, in their places, as they are published, or saved where they never were.
func (in *inst) allViews() []wireView {
	var all []wireView
	for _, v := range managedViews() {
		all = append(all, in.wireManaged(v))
	}
	for _, v := range in.views.list {
		all = append(all, in.written(v, v.status()).View)
	}
	ordered.By(all, func(a, b wireView) int { return strings.Compare(a.place(), b.place()) })
	return all
}

// place is what lists ascend by.
func (v wireView) place() string { return v.Type + " " + v.Name }

// awsAccount stands in the account's place in the ARNs of AWS's own views.
const awsAccount = "aws"

// managedARN is the ARN of one of AWS's own views: the account field is the word "aws", and there is no instance.
func (in *inst) managedARN(name string) string {
	return "arn:aws:connect:" + in.Region + ":aws:view/" + name
}

func (in *inst) managedSummary(v *managedView) viewSummary {
	return viewSummary{v.Name, in.managedARN(v.Name), v.Name, awsManaged, published, v.Description}
}

func (in *inst) viewSummary(v *viewRecord, status string) viewSummary {
	return viewSummary{v.ID, in.viewARN(v.ID), v.Name, customerManaged, status, v.Description}
}

func (v *viewRecord) status() string {
	if v.Latest == nil {
		return saved
	}
	return published
}

// viewRef reads which view the call names: one of the customer's, by id or ARN, which is there; or one of AWS, by its ARN.
func (c *call) viewRef() (in *inst, ref instance.Ref, fault *apiError) {
	if in, fault = c.instance(); fault != nil {
		return nil, ref, fault
	}
	id := c.in.text("ViewId")
	if managedNamed(id) != nil {
		return nil, ref, c.op.invalid("a view of AWS is named by its ARN, not by %s", id)
	}
	ref, ok := instance.ParseRef(id, instance.KindView)
	if !ok || ref.Account != awsAccount && (!in.owns(ref) || in.views.get(ref.ID) == nil) {
		return nil, ref, notFound("View not found")
	}
	return in, ref, nil
}

// writtenView finds the view that the call writes, with the qualifier it is named with. Views of AWS are nobody's to write.
func (c *call) writtenView() (*inst, *viewRecord, string, *apiError) {
	in, ref, fault := c.viewRef()
	if fault != nil {
		return nil, nil, "", fault
	}
	if ref.Account == awsAccount {
		return nil, nil, "", fail("AccessDeniedException", "a view of AWS cannot be changed")
	}
	return in, in.views.get(ref.ID), ref.Qualifier, c.unversioned(ref.Qualifier)
}

// describeView gives the published copy for a bare id, the saved one for :$SAVED, a version for its number.
func (c *call) describeView() (any, *apiError) {
	in, ref, fault := c.viewRef()
	if fault != nil {
		return nil, fault
	}
	if ref.Account == awsAccount {
		return in.describeManaged(ref)
	}
	v, status, number := in.views.get(ref.ID), published, viewVersion{}
	switch ref.Qualifier {
	case "", qualifierLatest:
		number.Content = v.Latest
	case qualifierSaved:
		status, number.Content = saved, v.Saved
	default:
		number = v.version(ref.Qualifier)
	}
	if number.Content == nil {
		return nil, notFound("View version not found")
	}
	return in.described(v, status, number), nil
}

// describeManaged knows version 1 only, the one that AWS has published of its views.
func (in *inst) describeManaged(ref instance.Ref) (any, *apiError) {
	v, fault := in.managed(ref)
	if fault != nil {
		return nil, fault
	}
	return viewOutput{in.wireManaged(v)}, nil
}

func (in *inst) wireManaged(v *managedView) wireView {
	return v.content.wire(wireView{viewSummary: in.managedSummary(v), Version: 1, CreatedTime: epoch(managedSince), LastModifiedTime: epoch(managedSince)})
}

// managed finds the view of AWS that a reference names in the instance's Region.
func (in *inst) managed(ref instance.Ref) (*managedView, *apiError) {
	v := managedNamed(ref.ID)
	if v == nil || ref.Region != in.Region || !slices.Contains([]string{"", "1", qualifierLatest}, ref.Qualifier) {
		return nil, notFound("View not found")
	}
	return v, nil
}

// version finds a numbered version; its content is nil where there is none.
func (v *viewRecord) version(number string) viewVersion {
	i := slices.IndexFunc(v.Versions, func(x viewVersion) bool { return strconv.Itoa(x.Number) == number })
	if i < 0 {
		return viewVersion{}
	}
	return v.Versions[i]
}

// described is a view with one of its copies; the number of $SAVED and $LATEST is 0, which is left out.
func (in *inst) described(v *viewRecord, status string, x viewVersion) viewOutput {
	return viewOutput{x.Content.wire(wireView{viewSummary: in.viewSummary(v, status), Version: x.Number, VersionDescription: x.Description,
		Tags: v.Tags, CreatedTime: epoch(v.Created), LastModifiedTime: epoch(v.Modified)})}
}

// written is what a write of content answers: the copy that was asked for.
func (in *inst) written(v *viewRecord, status string) viewOutput {
	if status == saved {
		return in.described(v, status, viewVersion{Content: v.Saved})
	}
	return in.described(v, status, viewVersion{Content: v.Latest})
}

func (c *viewCopy) wire(w wireView) wireView {
	w.Content, w.ViewContentSha256 = wireContent{derivedSchema(c.Template), c.Template, c.Actions}, c.Sum
	return w
}

// createView answers a ClientToken that made a view with that view as it is now, for as long as there is one. The token with
// another request is an InvalidRequestException: IdempotencyException is not modelled here. A token has no end, a choice.
func (c *call) createView() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	name, status, token := c.in.text("Name"), c.in.text("Status"), c.in.text("ClientToken")
	if i := slices.IndexFunc(in.views.list, func(v *viewRecord) bool { return token != "" && v.Token == token }); i >= 0 {
		v := in.views.list[i]
		if !bytes.Equal(v.Request, c.fingerprint()) {
			return nil, fail("InvalidRequestException", "ClientToken was used for another request")
		}
		return in.written(v, status), nil
	}
	content, fault := c.viewContent()
	if fault != nil {
		return nil, fault
	}
	if fault := in.freeForView(name, nil); fault != nil {
		return nil, fault
	}
	if quota := c.sim.o.ViewQuota; len(in.views.list) >= quota {
		return nil, fail("ServiceQuotaExceededException", "The quota of %d views per instance is used up", quota)
	}
	v := &viewRecord{ID: c.sim.newID("view"), Name: name, Description: c.in.text("Description"), Saved: content,
		Tags: c.in.strings("Tags"), Created: c.now, Modified: c.now}
	if token != "" {
		v.Token, v.Request = token, c.fingerprint()
	}
	if status == published {
		v.Latest = content
	}
	c.put(in, v)
	return in.written(v, status), nil
}

// viewContent checks the content of the request: its length and that it is a template always, all else when it goes live.
func (c *call) viewContent() (*viewCopy, *apiError) {
	content := c.in.object("Content")
	text, actions := content.text("Template"), content.texts("Actions")
	size := len(text)
	for _, a := range actions {
		size += len(a)
	}
	if size > maxViewContent {
		return nil, c.op.invalid("Content has %d bytes of template and actions; the limit is 400 kB, %d bytes", size, maxViewContent)
	}
	problems := template.CheckBasic(text)
	if c.in.text("Status") == published {
		problems = template.Check(text, actions)
	}
	if len(problems) > 0 {
		return nil, c.op.invalid("%s", problems)
	}
	return newViewCopy(text, actions), nil
}

// freeForView refuses a name that another view than v has. Whether a view of AWS keeps its name from customers is not
// documented; here it does, so that no name that works here is refused there.
func (in *inst) freeForView(name string, v *viewRecord) *apiError {
	if other := in.views.byName(name); other != nil && other != v || managedNamed(name) != nil {
		return fail("DuplicateResourceException", "View name already exists for the instance")
	}
	return nil
}

// updateViewContent always writes the draft, and with PUBLISHED what flows show too, under the same id.
func (c *call) updateViewContent() (any, *apiError) {
	in, v, _, fault := c.writtenView()
	if fault != nil {
		return nil, fault
	}
	content, fault := c.viewContent()
	if fault != nil {
		return nil, fault
	}
	n, status := *v, c.in.text("Status")
	if n.Saved, n.Modified = content, c.now; status == published {
		n.Latest = content
	}
	c.put(in, &n)
	return in.written(&n, status), nil
}

// updateViewMetadata renames and describes. LastModifiedTime stays: the model calls it the time of the latest content or
// version.
func (c *call) updateViewMetadata() (any, *apiError) {
	in, v, _, fault := c.writtenView()
	switch {
	case fault != nil:
		return nil, fault
	case !c.in.has("Name") && !c.in.has("Description"):
		return nil, c.op.invalid("Name or Description is required")
	}
	n := *v
	if c.in.has("Name") {
		n.Name = c.in.text("Name")
	}
	if c.in.has("Description") {
		n.Description = c.in.text("Description")
	}
	if fault := in.freeForView(n.Name, v); fault != nil {
		return nil, fault
	}
	c.put(in, &n)
	return nil, nil
}

// deleteView takes the view with all its copies and versions, unless a published flow or module shows it.
func (c *call) deleteView() (any, *apiError) {
	in, v, _, fault := c.writtenView()
	if fault != nil {
		return nil, fault
	}
	if fault := in.viewInUse(v, func(string) bool { return true }); fault != nil {
		return nil, fault
	}
	c.remove(in, v)
	return nil, nil
}

// viewInUse refuses to delete what a published flow or module of the instance shows; shown says which qualifiers count.
// When the service raises the exception is not documented but for its advice to remove references before a deletion.
// Drafts and numbered versions of flows do not count, a choice. The model's ResourceType has no modules.
func (in *inst) viewInUse(v *viewRecord, shown func(qualifier string) bool) *apiError {
	inUse := func(what, name string, by user) *apiError {
		e := fail("ResourceInUseException", "The view is shown by the published %s %s", what, name)
		e.user = by
		return e
	}
	for _, f := range in.flows.list {
		if in.shows(f.Published, v, shown) {
			return inUse("contact flow", f.Name, user{"CONTACT_FLOW", in.flowARN(f.ID)})
		}
	}
	for _, m := range in.modules.list {
		if in.shows(m.Published, v, shown) {
			return inUse("contact flow module", m.Name, user{"", in.moduleARN(m.ID)})
		}
	}
	return nil
}

func (in *inst) shows(content *copied, v *viewRecord, shown func(qualifier string) bool) bool {
	if content == nil || !strings.Contains(content.quoted, v.ID) { // most are not worth a parse
		return false
	}
	d, err := flow.Parse([]byte(content.text()))
	if err != nil {
		return false
	}
	for _, b := range d.Blocks() {
		for _, r := range b.References() {
			ref, ok := instance.ParseRef(r.Value, instance.KindView)
			if ok && r.Kind == instance.KindView && in.owns(ref) && ref.ID == v.ID && shown(ref.Qualifier) {
				return true
			}
		}
	}
	return false
}
