package connectsim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"wrapup/internal/instance"
)

// Members of the view operations. The model writes their instance id another way than that of the others.
var (
	viewsInstanceID = path("InstanceId", text(1, 100).matching(`^[a-zA-Z0-9_\-:/]+$`))
	viewID          = path("ViewId", text(1, 500).matching(`^[a-zA-Z0-9_\-:/$]+$`))
	viewsToken      = query("NextToken", "nextToken", text(1, 4096).matching(`^[a-zA-Z0-9=/+_.-]+$`))
	page100         = query("MaxResults", "maxResults", number(1, 100))
)

func viewOperations() []*operation {
	return []*operation{
		{name: "ListViews", method: http.MethodGet, path: "/views/{InstanceId}", handle: (*call).listViews, on: onInstance,
			in: members(viewsInstanceID, query("Type", "type", enum(viewTypes...)), viewsToken, page100), errors: viewErrors()},
		{name: "DescribeView", method: http.MethodGet, path: "/views/{InstanceId}/{ViewId}", handle: (*call).describeView, on: onView,
			in: members(viewsInstanceID, viewID), errors: viewErrors()},
	}
}

type viewSummary struct {
	ID          string `json:"Id"`
	Arn         string
	Name        string
	Type        string
	Status      string
	Description string `json:",omitempty"`
}

type wireContent struct {
	InputSchema string
	Template    string
	Actions     []string
}

// wireView is the model's View.
type wireView struct {
	viewSummary
	Version           int `json:",omitempty"`
	Content           wireContent
	Tags              map[string]string `json:",omitempty"`
	CreatedTime       float64
	LastModifiedTime  float64
	ViewContentSha256 string
}

// listViews sorts by type, then by name, as the service does.
func (c *call) listViews() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	var all []viewSummary
	for _, v := range managedViews() {
		all = append(all, in.managedSummary(v))
	}
	for _, v := range in.views.list {
		all = append(all, in.viewSummary(v, v.status()))
	}
	all = slices.DeleteFunc(all, func(v viewSummary) bool { return differs(c.in, "Type", v.Type) })
	slices.SortStableFunc(all, func(a, b viewSummary) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
	})
	list, next, fault := page(c, all, 100, func(v viewSummary) string { return v.Arn })
	return struct {
		ViewsSummaryList []viewSummary
		NextToken        string `json:",omitempty"`
	}{list, next}, fault
}

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

func (c *call) describeView() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	id := c.in.text("ViewId")
	if i := slices.IndexFunc(managedViews(), func(v *managedView) bool { return v.Name == id }); i >= 0 {
		return nil, c.op.invalid("a view of AWS is described by its ARN, not by %s", id)
	}
	ref, ok := instance.ParseRef(id, instance.KindView)
	switch {
	case !ok:
		return nil, notFound("View not found")
	case ref.Account == "aws":
		return in.describeManaged(ref)
	case !in.owns(ref):
		return nil, notFound("View not found")
	}
	return in.describeOwn(ref)
}

// describeManaged knows version 1 only, the one that AWS has published of its views.
func (in *inst) describeManaged(ref instance.Ref) (any, *apiError) {
	i := slices.IndexFunc(managedViews(), func(v *managedView) bool { return v.Name == ref.ID })
	if i < 0 || ref.Region != in.Region || !slices.Contains([]string{"", "1", qualifierLatest}, ref.Qualifier) {
		return nil, notFound("View not found")
	}
	v := managedViews()[i]
	return struct{ View wireView }{v.content.wire(in.managedSummary(v), 1, nil, managedSince, managedSince)}, nil
}

func (in *inst) describeOwn(ref instance.Ref) (any, *apiError) {
	v := in.views.get(ref.ID)
	if v == nil {
		return nil, notFound("View not found")
	}
	status, version, content := published, 0, v.Latest
	switch ref.Qualifier {
	case "", qualifierLatest:
	case qualifierSaved:
		status, content = saved, v.Saved
	default:
		version, _ = strconv.Atoi(ref.Qualifier)
		content = nil
		if i := slices.IndexFunc(v.Versions, func(x viewVersion) bool { return x.Number == version }); i >= 0 {
			content = v.Versions[i].Content
		}
	}
	if content == nil {
		return nil, notFound("View version not found")
	}
	return struct{ View wireView }{content.wire(in.viewSummary(v, status), version, v.Tags, v.Created, v.Modified)}, nil
}

func (c *viewCopy) wire(s viewSummary, version int, tags map[string]string, created, modified time.Time) wireView {
	return wireView{s, version, wireContent{c.Schema, c.Template, c.Actions}, tags, epoch(created), epoch(modified), c.Sum}
}
