package connectsim

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// maxFlowVersions is how many numbered versions a flow may have. The service documents no number; this one is a choice.
const maxFlowVersions = 200

const campaign = "CAMPAIGN"

// The model gives the flow's id the shape of an ARN here, without a length. The page calls it an identifier, as elsewhere: both are taken.
func flowVersionOperations() []*operation {
	anyFlowID := path("ContactFlowId", text(0, 0))
	return []*operation{
		{name: "CreateContactFlowVersion", method: http.MethodPut, path: "/contact-flows/{InstanceId}/{ContactFlowId}/version",
			handle: (*call).createContactFlowVersion, on: onFlow,
			in: members(instanceID, anyFlowID, body("Description", text(0, 0)), body("FlowContentSha256", text(1, 64).matching(`^[a-zA-Z0-9]{64}$`)),
				body("ContactFlowVersion", number(1, 0)), body("LastModifiedTime", timestamp()),
				body("LastModifiedRegion", text(0, 0).matching(`[a-z]{2}(-[a-z]+){1,2}(-[0-9])?`))),
			errors: flowErrors("AccessDeniedException", "LimitExceededException")},
		{name: "ListContactFlowVersions", method: http.MethodGet, path: "/contact-flows/{InstanceId}/{ContactFlowId}/versions",
			handle: (*call).listContactFlowVersions, on: onFlow,
			in: members(instanceID, anyFlowID, nextToken, page1000), errors: flowErrors("AccessDeniedException")},
		{name: "DeleteContactFlowVersion", method: http.MethodDelete, path: "/contact-flows/{InstanceId}/{ContactFlowId}/version/{ContactFlowVersion}",
			handle: (*call).deleteContactFlowVersion, on: onFlow,
			in: members(instanceID, anyFlowID, path("ContactFlowVersion", number(1, 0))), errors: flowErrors("AccessDeniedException")},
	}
}

// createContactFlowVersion numbers a copy of what is published. The same content again gets a number of its own: that it
// gives the version which is there was taken out of the operation's page, and the new description would be lost.
func (c *call) createContactFlowVersion() (any, *apiError) {
	in, f, fault := c.versionedFlow()
	if fault != nil {
		return nil, fault
	}
	if f.Kind != campaign && c.sim.o.FlowVersions != VersionsAll {
		return nil, fail("InvalidRequestException", "only flows of type %s can have versions", campaign)
	}
	// ContactFlowNotPublishedException is not modelled here. What there would be a version of does not exist.
	if f.Published == nil {
		return nil, notFound("The contact flow has not been published")
	}
	if fault := c.asPublished(in, f); fault != nil {
		return nil, fault
	}
	if len(f.Versions) >= maxFlowVersions {
		return nil, fail("LimitExceededException", "The quota of %d versions per flow is used up", maxFlowVersions)
	}
	n := *f
	n.LastVersion++
	n.Versions = append(slices.Clone(f.Versions), flowVersion{n.LastVersion, c.in.text("Description"), f.Published, c.now})
	c.put(in, &n)
	return struct {
		ContactFlowArn string
		Version        int
	}{in.flowARN(f.ID), n.LastVersion}, nil
}

// asPublished refuses a request that was made for another state of the flow than the one that is published. The hash is
// documented, the others only have names: here ContactFlowVersion is the highest version that is there.
func (c *call) asPublished(in *inst, f *flowRecord) *apiError {
	highest := 0
	if n := len(f.Versions); n > 0 {
		highest = f.Versions[n-1].Number
	}
	at, _ := c.in["LastModifiedTime"].(time.Time)
	for _, x := range []struct {
		member string
		same   bool
	}{
		{"FlowContentSha256", c.in.text("FlowContentSha256") == f.Published.sum},
		{"ContactFlowVersion", c.in.number("ContactFlowVersion", 0) == highest},
		{"LastModifiedTime", at.UnixMilli() == f.Modified.UnixMilli()}, // as far as the wire carries it
		{"LastModifiedRegion", c.in.text("LastModifiedRegion") == in.Region},
	} {
		if c.in.has(x.member) && !x.same {
			return fail("InvalidRequestException", "%s is not that of the published contact flow", x.member)
		}
	}
	return nil
}

type flowVersionSummary struct {
	Arn                string
	VersionDescription string `json:",omitempty"`
	Version            int
}

// listContactFlowVersions lists the newest first, as views' versions are. The order is not documented for flows.
func (c *call) listContactFlowVersions() (any, *apiError) {
	in, f, fault := c.versionedFlow()
	if fault != nil {
		return nil, fault
	}
	all := slices.Clone(f.Versions)
	slices.Reverse(all)
	versions, next, fault := sortedPage(c, all, 100, func(v flowVersion) string { return newestFirst(v.Number) })
	list := make([]flowVersionSummary, len(versions))
	for i, v := range versions {
		list[i] = flowVersionSummary{in.flowARN(f.ID) + ":" + strconv.Itoa(v.Number), v.Description, v.Number}
	}
	return struct {
		ContactFlowVersionSummaryList []flowVersionSummary
		NextToken                     string `json:",omitempty"`
	}{list, next}, fault
}

// deleteContactFlowVersion asks nobody whether something still names the version, as with flows.
func (c *call) deleteContactFlowVersion() (any, *apiError) {
	in, f, fault := c.versionedFlow()
	if fault != nil {
		return nil, fault
	}
	v := f.version(c.in.number("ContactFlowVersion", 0))
	if v == nil {
		return nil, notFound("Contact flow version not found")
	}
	n, number := *f, v.Number
	n.Versions = slices.DeleteFunc(slices.Clone(f.Versions), func(v flowVersion) bool { return v.Number == number })
	c.put(in, &n)
	return nil, nil
}

// versionedFlow finds the flow whose versions the call is about: versions are of what is published, so that no other
// qualifier makes sense.
func (c *call) versionedFlow() (*inst, *flowRecord, *apiError) {
	in, f, qualifier, fault := c.flow()
	if fault == nil && qualifier != "" && qualifier != qualifierLatest {
		fault = c.op.invalid("ContactFlowId must be without a qualifier, or with %s", qualifierLatest)
	}
	return in, f, fault
}
