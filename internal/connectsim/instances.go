package connectsim

import (
	"maps"
	"net/http"
)

func instanceOperations() []*operation {
	return []*operation{
		{name: "ListInstances", method: http.MethodGet, path: "/instance", handle: (*call).listInstances,
			in:     members(nextToken, query("MaxResults", "maxResults", number(1, 10))),
			errors: []string{"InvalidRequestException", "InternalServiceException"}},
		{name: "DescribeInstance", method: http.MethodGet, path: "/instance/{InstanceId}", handle: (*call).describeInstance, on: onInstance,
			in:     members(instanceID),
			errors: []string{"InvalidRequestException", "ResourceNotFoundException", "InternalServiceException"}},
	}
}

type instanceSummary struct {
	ID                     string `json:"Id"`
	Arn                    string
	IdentityManagementType string
	InstanceAlias          string
	CreatedTime            float64
	ServiceRole            string
	InstanceStatus         string
	InboundCallsEnabled    bool
	OutboundCallsEnabled   bool
	InstanceAccessURL      string            `json:"InstanceAccessUrl"`
	Tags                   map[string]string `json:",omitempty"` // DescribeInstance only
}

func (in *inst) summary() instanceSummary {
	return instanceSummary{ID: in.ID, Arn: in.arn(), IdentityManagementType: "CONNECT_MANAGED", InstanceAlias: in.Alias,
		CreatedTime: epoch(in.Created), InstanceStatus: active, InboundCallsEnabled: true, OutboundCallsEnabled: true,
		ServiceRole:       "arn:aws:iam::" + in.Account + ":role/aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect",
		InstanceAccessURL: "https://" + in.Alias + ".my.connect.aws"}
}

func (c *call) listInstances() (any, *apiError) {
	page, next, fault := page(c, c.visible(), 10, func(in *inst) string { return in.ID })
	list := make([]instanceSummary, len(page))
	for i, in := range page {
		list[i] = in.summary()
	}
	return struct {
		InstanceSummaryList []instanceSummary
		NextToken           string `json:",omitempty"`
	}{list, next}, fault
}

func (c *call) describeInstance() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	d := in.summary()
	d.Tags = maps.Clone(in.Tags)
	return struct{ Instance instanceSummary }{d}, nil
}
