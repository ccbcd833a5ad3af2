package connectsim

import (
	"math"
	"net/http"
	"slices"
	"strconv"
)

// maxViewVersions is how many numbered versions a view may have. The service documents no number; this one is a choice.
const maxViewVersions = 200

func viewVersionOperations() []*operation {
	number := &shape{kind: kindNumber, min: math.MinInt32, max: math.MaxInt32}
	return []*operation{
		{name: "CreateViewVersion", method: http.MethodPut, path: "/views/{InstanceId}/{ViewId}/versions", handle: (*call).createViewVersion, on: onView,
			in: members(viewsInstanceID, viewID, body("VersionDescription", viewText(4096, ",")),
				body("ViewContentSha256", text(1, 64).matching(`^[a-zA-Z0-9]{64}$`))),
			errors: viewErrors("ServiceQuotaExceededException", "ResourceInUseException")},
		{name: "ListViewVersions", method: http.MethodGet, path: "/views/{InstanceId}/{ViewId}/versions", handle: (*call).listViewVersions, on: onView,
			in: members(viewsInstanceID, viewID, viewsToken, page100), errors: viewErrors()},
		{name: "DeleteViewVersion", method: http.MethodDelete, path: "/views/{InstanceId}/{ViewId}/versions/{ViewVersion}",
			handle: (*call).deleteViewVersion, on: onViewVersion,
			in: members(viewsInstanceID, viewID, path("ViewVersion", number)), errors: viewErrors("ResourceInUseException")},
	}
}

// createViewVersion numbers the published content. Where the highest version has it already, that one is the answer, with
// the description it was made with.
func (c *call) createViewVersion() (any, *apiError) {
	in, v, fault := c.versionedView()
	if fault != nil {
		return nil, fault
	}
	if v.Latest == nil {
		return nil, notFound("The view has not been published")
	}
	// That the hash must be that of $LATEST is documented, the error is not.
	if c.in.has("ViewContentSha256") && c.in.text("ViewContentSha256") != v.Latest.Sum {
		return nil, fail("InvalidRequestException", "ViewContentSha256 is not that of the published view")
	}
	if i := len(v.Versions) - 1; i >= 0 && v.Versions[i].Content.Sum == v.Latest.Sum {
		return in.described(v, published, v.Versions[i]), nil
	}
	if len(v.Versions) >= maxViewVersions {
		return nil, fail("ServiceQuotaExceededException", "The quota of %d versions per view is used up", maxViewVersions)
	}
	n := *v
	n.LastVersion++
	n.Modified = c.now
	made := viewVersion{n.LastVersion, c.in.text("VersionDescription"), v.Latest}
	n.Versions = append(slices.Clone(v.Versions), made)
	c.put(in, &n)
	return in.described(&n, published, made), nil
}

type viewVersionSummary struct {
	ID                 string `json:"Id"`
	Arn                string // with the number
	Description        string `json:",omitempty"`
	Name               string
	Type               string
	Version            int
	VersionDescription string `json:",omitempty"`
}

// listViewVersions lists the newest first; of a view of AWS the one version it has.
func (c *call) listViewVersions() (any, *apiError) {
	in, ref, fault := c.viewRef()
	if fault != nil {
		return nil, fault
	}
	if fault := c.allVersions(ref.Qualifier); fault != nil {
		return nil, fault
	}
	var view viewSummary
	versions := []viewVersion{{Number: 1}}
	if ref.Account == awsAccount {
		m, fault := in.managed(ref)
		if fault != nil {
			return nil, fault
		}
		view = in.managedSummary(m)
	} else {
		v := in.views.get(ref.ID)
		view, versions = in.viewSummary(v, v.status()), slices.Clone(v.Versions)
		slices.Reverse(versions)
	}
	versions, next, fault := sortedPage(c, versions, 100, func(v viewVersion) string { return newestFirst(v.Number) })
	list := make([]viewVersionSummary, len(versions))
	for i, v := range versions {
		list[i] = viewVersionSummary{view.ID, view.Arn + ":" + strconv.Itoa(v.Number), view.Description, view.Name, view.Type, v.Number, v.Description}
	}
	return struct {
		ViewVersionSummaryList []viewVersionSummary
		NextToken              string `json:",omitempty"`
	}{list, next}, fault
}

// deleteViewVersion takes one version, unless a published flow or module names its number. $LATEST and $SAVED stay.
func (c *call) deleteViewVersion() (any, *apiError) {
	in, v, fault := c.versionedView()
	if fault != nil {
		return nil, fault
	}
	number := strconv.Itoa(c.in.number("ViewVersion", 0))
	gone := v.version(number)
	if gone.Content == nil {
		return nil, notFound("View version not found")
	}
	if fault := in.viewInUse(v, func(qualifier string) bool { return qualifier == number }); fault != nil {
		return nil, fault
	}
	n := *v
	n.Versions = slices.DeleteFunc(slices.Clone(v.Versions), func(x viewVersion) bool { return x.Number == gone.Number })
	c.put(in, &n)
	return nil, nil
}

// versionedView finds the view whose versions the call writes.
func (c *call) versionedView() (*inst, *viewRecord, *apiError) {
	in, v, qualifier, fault := c.writtenView()
	if fault == nil {
		fault = c.allVersions(qualifier)
	}
	return in, v, fault
}

// allVersions refuses a qualifier with an operation on versions: they are of what is published, never of the draft.
func (c *call) allVersions(qualifier string) *apiError {
	if qualifier != "" && qualifier != qualifierLatest {
		return c.op.invalid("ViewId must be without a qualifier, or with %s", qualifierLatest)
	}
	return nil
}
