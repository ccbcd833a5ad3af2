package connectsim

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
		CreatedTime: epoch(in.created), InstanceStatus: active, InboundCallsEnabled: true, OutboundCallsEnabled: true,
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
	d.Tags = cloneTags(in.tags)
	return struct{ Instance instanceSummary }{d}, nil
}
