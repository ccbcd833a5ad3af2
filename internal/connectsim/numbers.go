package connectsim

import (
	"slices"
	"strings"
)

type wireNumber struct {
	PhoneNumberID          string `json:"PhoneNumberId"`
	PhoneNumberArn         string
	PhoneNumber            string
	PhoneNumberCountryCode string
	PhoneNumberType        string
	TargetArn              string
	InstanceID             string `json:"InstanceId"`
	PhoneNumberDescription string `json:",omitempty"`
}

// listNumbers lists the numbers of an instance, or of the account and Region where none is named. TargetArn is an
// instance's ARN here: the simulator has no traffic distribution groups.
func (c *call) listNumbers() (any, *apiError) {
	insts := c.visible()
	for _, name := range []string{"InstanceId", "TargetArn"} {
		if c.in.has(name) {
			in, fault := c.instanceBy(c.in.text(name))
			if fault != nil {
				return nil, fault
			}
			insts = slices.DeleteFunc(insts, func(x *inst) bool { return x != in })
		}
	}
	var all []wireNumber
	for _, in := range insts {
		for _, n := range in.numbers {
			if c.wants(n) {
				all = append(all, wireNumber{n.id, in.numberARN(n.id), n.number, n.country, n.kind, in.arn(), in.ID, n.description})
			}
		}
	}
	list, next, fault := page(c, all, 100, func(n wireNumber) string { return n.PhoneNumberID })
	return struct {
		ListPhoneNumbersSummaryList []wireNumber
		NextToken                   string `json:",omitempty"`
	}{list, next}, fault
}

func (c *call) wants(n numberRecord) bool {
	countries, kinds := c.in.texts("PhoneNumberCountryCodes"), c.in.texts("PhoneNumberTypes")
	digits := func(s string) string { return strings.TrimPrefix(s, "+") }
	return (len(countries) == 0 || slices.Contains(countries, n.country)) &&
		(len(kinds) == 0 || slices.Contains(kinds, n.kind)) &&
		strings.HasPrefix(digits(n.number), digits(c.in.text("PhoneNumberPrefix")))
}

type wireLink struct {
	ResourceID   string `json:"ResourceId"`
	FlowID       string `json:"FlowId"`
	ResourceType string
}

// listAssociations is the one operation that tells which flow a number runs. Whether the service sends ids or ARNs is
// not documented; the demo data holds both, so that readers must stand both.
func (c *call) listAssociations() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	var all []wireLink
	for _, l := range in.links {
		if !differs(c.in, "ResourceType", l.kind) {
			all = append(all, wireLink{l.resource, l.flow, l.kind})
		}
	}
	list, next, fault := page(c, all, 100, func(l wireLink) string { return l.ResourceType + " " + l.ResourceID })
	return struct {
		FlowAssociationSummaryList []wireLink
		NextToken                  string `json:",omitempty"`
	}{list, next}, fault
}
