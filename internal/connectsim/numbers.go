package connectsim

import (
	"net/http"
	"slices"
	"strings"
)

func numberOperations() []*operation {
	return []*operation{
		{name: "ListPhoneNumbersV2", method: http.MethodPost, path: "/phone-number/list", handle: (*call).listNumbers, on: onNumbers,
			in: members(body("TargetArn", text(0, 0)), body("InstanceId", text(1, 100)), body("MaxResults", number(1, 1000)), body("NextToken", text(1, 100_000)),
				body("PhoneNumberCountryCodes", listOf(text(2, 2).matching(`^[A-Z]{2}$`), 0, 10)), body("PhoneNumberTypes", listOf(enum(numberTypes...), 0, 6)),
				body("PhoneNumberPrefix", text(0, 0).matching(`^\+?[0-9]{1,11}$`))),
			errors: []string{"InvalidParameterException", "ResourceNotFoundException", "ThrottlingException", "InternalServiceException", "AccessDeniedException"}},
		{name: "ListFlowAssociations", method: http.MethodGet, path: "/flow-associations-summary/{InstanceId}", handle: (*call).listAssociations, on: onInstance,
			in: members(instanceID, query("ResourceType", "ResourceType", enum(resourceTypes...)), nextToken, page1000), errors: flowErrors("AccessDeniedException")},
	}
}

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
		for _, n := range in.numbers.list {
			if c.wants(n) {
				all = append(all, wireNumber{n.ID, in.numberARN(n.ID), n.Number, n.Country, n.Kind, in.arn(), in.ID, n.Description})
			}
		}
	}
	list, next, fault := page(c, all, 100, func(n wireNumber) string { return n.PhoneNumberID })
	return struct {
		ListPhoneNumbersSummaryList []wireNumber
		NextToken                   string `json:",omitempty"`
	}{list, next}, fault
}

func (c *call) wants(n *numberRecord) bool {
	countries, kinds := c.in.texts("PhoneNumberCountryCodes"), c.in.texts("PhoneNumberTypes")
	digits := func(s string) string { return strings.TrimPrefix(s, "+") }
	return (len(countries) == 0 || slices.Contains(countries, n.Country)) &&
		(len(kinds) == 0 || slices.Contains(kinds, n.Kind)) &&
		strings.HasPrefix(digits(n.Number), digits(c.in.text("PhoneNumberPrefix")))
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
		if !differs(c.in, "ResourceType", l.Kind) {
			all = append(all, wireLink{l.Resource, l.Flow, l.Kind})
		}
	}
	list, next, fault := page(c, all, 100, func(l wireLink) string { return l.ResourceType + " " + l.ResourceID })
	return struct {
		FlowAssociationSummaryList []wireLink
		NextToken                  string `json:",omitempty"`
	}{list, next}, fault
}
