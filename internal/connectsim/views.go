package connectsim

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"wrapup/internal/instance"
)

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
	for _, v := range in.views {
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
	return viewSummary{v.id, in.viewARN(v.id), v.name, customerManaged, status, v.description}
}

func (v *viewRecord) status() string {
	if v.latest == nil {
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
	i := slices.IndexFunc(in.views, func(v *viewRecord) bool { return v.id == ref.ID })
	if i < 0 {
		return nil, notFound("View not found")
	}
	v := in.views[i]
	status, version, content := published, 0, v.latest
	switch ref.Qualifier {
	case "", qualifierLatest:
	case qualifierSaved:
		status, content = saved, v.saved
	default:
		version, _ = strconv.Atoi(ref.Qualifier)
		content = nil
		if version >= 1 && version <= len(v.versions) {
			content = v.versions[version-1]
		}
	}
	if content == nil {
		return nil, notFound("View version not found")
	}
	return struct{ View wireView }{content.wire(in.viewSummary(v, status), version, cloneTags(v.tags), v.created, v.modified)}, nil
}

func (c *viewCopy) wire(s viewSummary, version int, tags map[string]string, created, modified time.Time) wireView {
	return wireView{s, version, wireContent{c.schema, c.template, slices.Clone(c.actions)}, tags, epoch(created), epoch(modified), c.sum}
}
