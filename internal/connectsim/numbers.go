package connectsim

import (
	"net/http"
	"slices"
	"strings"
)

// countries are the model's codes of the countries that numbers are from.
var countries = strings.Fields(`AF AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BA BW BR IO VG BN BG BF BI KH CM CA CV KY CF TD CL CN CX CC CO KM
	CK CR HR CU CW CY CZ CD DK DJ DM DO TL EC EG SV GQ ER EE ET FK FO FJ FI FR PF GA GM GE DE GH GI GR GL GD GU GT GG GN GW GY HT HN HK HU IS IN ID
	IR IQ IE IM IL IT CI JM JP JE JO KZ KE KI KW KG LA LV LB LS LR LY LI LT LU MO MK MG MW MY MV ML MT MH MR MU YT MX FM MD MC MN ME MS MA MZ MM NA
	NR NP NL AN NC NZ NI NE NG NU KP MP NO OM PK PW PA PG PY PE PH PN PL PT PR QA CG RE RO RU RW BL SH KN LC MF PM VC WS SM ST SA SN RS SC SL SG SX
	SK SI SB SO ZA KR ES LK SD SR SJ SZ SE CH SY TW TJ TZ TH TG TK TO TT TN TR TM TC TV VI UG UA AE GB US UY UZ VU VA VE VN WF EH YE ZM ZW`)

func numberOperations() []*operation {
	return []*operation{
		{name: "ListPhoneNumbersV2", method: http.MethodPost, path: "/phone-number/list", handle: (*call).listNumbers, on: onNumbers,
			in: members(body("TargetArn", text(0, 0)), body("InstanceId", text(1, 100)), body("MaxResults", number(1, 1000)), body("NextToken", text(1, 100_000)),
				body("PhoneNumberCountryCodes", listOf(enum(countries...), 0, 10)), body("PhoneNumberTypes", listOf(enum(numberTypes...), 0, 6)),
				body("PhoneNumberPrefix", text(0, 0).matching(`^\+?[0-9]{1,11}$`))),
			errors: []string{"InvalidParameterException", "ResourceNotFoundException", "ThrottlingException", "InternalServiceException", "AccessDeniedException"}},
		{name: "ListPhoneNumbers", method: http.MethodGet, path: "/phone-numbers-summary/{InstanceId}", handle: (*call).listOldNumbers, on: onOldNumbers,
			in: members(instanceID, query("PhoneNumberTypes", "phoneNumberTypes", listOf(enum(numberTypes...), 0, 6)),
				query("PhoneNumberCountryCodes", "phoneNumberCountryCodes", listOf(enum(countries...), 0, 10)), nextToken, page1000),
			errors: flowErrors()},
		{name: "DescribePhoneNumber", method: http.MethodGet, path: "/phone-number/{PhoneNumberId}", handle: (*call).describeNumber, on: onNumber,
			in:     members(path("PhoneNumberId", text(0, 0))),
			errors: []string{"InvalidParameterException", "ResourceNotFoundException", "ThrottlingException", "InternalServiceException", "AccessDeniedException"}},
		{name: "GetFlowAssociation", method: http.MethodGet, path: "/flow-associations/{InstanceId}/{ResourceId}/{ResourceType}",
			handle: (*call).getAssociation, on: onNumbers,
			in: members(instanceID, path("ResourceId", text(0, 0)),
				path("ResourceType", enum("SMS_PHONE_NUMBER", "INBOUND_EMAIL", "OUTBOUND_EMAIL", "ANALYTICS_CONNECTOR", "WHATSAPP_MESSAGING_PHONE_NUMBER"))),
			errors: flowErrors("AccessDeniedException")},
		{name: "ListFlowAssociations", method: http.MethodGet, path: "/flow-associations-summary/{InstanceId}", handle: (*call).listAssociations, on: onInstance,
			in: members(instanceID, query("ResourceType", "ResourceType", enum(resourceTypes...)), nextToken, page1000), errors: flowErrors("AccessDeniedException")},
		{name: "BatchGetFlowAssociation", method: http.MethodPost, path: "/flow-associations-batch/{InstanceId}", handle: (*call).batchAssociations, on: onNumbers,
			in:     members(instanceID, body("ResourceIds", listOf(text(0, 0), 1, 100)).must(), body("ResourceType", enum(resourceTypes...))),
			errors: flowErrors("AccessDeniedException")},
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

func (in *inst) wireNumber(n *numberRecord) wireNumber {
	return wireNumber{n.ID, in.numberARN(n.ID), n.Number, n.Country, n.Kind, in.arn(), in.ID, n.Description}
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
				all = append(all, in.wireNumber(n))
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

type oldNumber struct {
	ID                     string `json:"Id"`
	Arn                    string
	PhoneNumber            string
	PhoneNumberType        string
	PhoneNumberCountryCode string
}

// listOldNumbers is ListPhoneNumbers. Its ARNs are of a form that no other operation knows. Of the types that it is said to
// tell wrong the simulator has none.
func (c *call) listOldNumbers() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	all := slices.DeleteFunc(slices.Clone(in.numbers.list), func(n *numberRecord) bool { return !c.wants(n) })
	numbers, next, fault := sortedPage(c, all, 100, in.numbers.since)
	list := make([]oldNumber, len(numbers))
	for i, n := range numbers {
		list[i] = oldNumber{n.ID, in.arn() + "/phone-number/" + n.ID, n.Number, n.Kind, n.Country}
	}
	return struct {
		PhoneNumberSummaryList []oldNumber
		NextToken              string `json:",omitempty"`
	}{list, next}, fault
}

// describeNumber gives a number with its tags. All numbers of the simulator are claimed.
func (c *call) describeNumber() (any, *apiError) {
	in, n := c.number()
	if n == nil {
		return nil, notFound("Phone number not found")
	}
	type status struct{ Status string }
	type claimed struct {
		wireNumber
		Tags              map[string]string `json:",omitempty"`
		PhoneNumberStatus status
	}
	return struct{ ClaimedPhoneNumberSummary claimed }{claimed{in.wireNumber(n), n.Tags, status{"CLAIMED"}}}, nil
}

// number finds the number that the call names, by its id or its ARN, among those of the caller's account and Region; nil
// where there is none.
func (c *call) number() (*inst, *numberRecord) {
	id := canonical(c.in.text("PhoneNumberId"))
	for _, in := range c.visible() {
		n := in.numbers.get(id[strings.LastIndexByte(id, '/')+1:])
		if n != nil && (id == n.ID || id == in.numberARN(n.ID)) {
			return in, n
		}
	}
	return nil, nil
}

type wireLink struct {
	ResourceID   string `json:"ResourceId"`
	FlowID       string `json:"FlowId"`
	ResourceType string
}

// named gives the two names of an association's ends: bare ids and ARNs. A qualifier stays with the flow.
func (in *inst) named(l linkRecord) (byID, byARN wireLink) {
	bare := func(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
	byID = wireLink{bare(l.Resource), bare(l.Flow), l.Kind}
	byARN = wireLink{l.Resource, l.Flow, l.Kind}
	if byID.ResourceID == l.Resource {
		byARN.ResourceID = in.numberARN(l.Resource)
	}
	if byID.FlowID == l.Flow {
		byARN.FlowID = in.flowARN(l.Flow)
	}
	return byID, byARN
}

// wireLink names an association's ends as the choice has it.
func (c *call) wireLink(in *inst, l linkRecord) wireLink {
	byID, byARN := in.named(l)
	switch c.sim.o.AssociationIDs {
	case AssociationsID:
		return byID
	case AssociationsARN:
		return byARN
	}
	return wireLink{l.Resource, l.Flow, l.Kind}
}

// listAssociations is the one operation that tells which flow a number runs. Whether the service sends ids or ARNs is
// not documented; the demo data holds both, so that readers must stand both. Associations outlive their flow.
func (c *call) listAssociations() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	var all []wireLink
	for _, l := range in.links {
		if !differs(c.in, "ResourceType", l.Kind) {
			all = append(all, c.wireLink(in, l))
		}
	}
	list, next, fault := page(c, all, 100, func(l wireLink) string { return l.ResourceType + " " + l.ResourceID })
	return struct {
		FlowAssociationSummaryList []wireLink
		NextToken                  string `json:",omitempty"`
	}{list, next}, fault
}

// batchAssociations finds associations by the ids or ARNs of their resources, each once, in the order of the
// associations. What has none is left out.
func (c *call) batchAssociations() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	return struct{ FlowAssociationSummaryList []wireLink }{c.linked(in, c.in.texts("ResourceIds"))}, nil
}

// getAssociation knows no voice numbers: its enum of types has none, where that of the other two has.
func (c *call) getAssociation() (any, *apiError) {
	in, fault := c.instance()
	if fault != nil {
		return nil, fault
	}
	links := c.linked(in, []string{c.in.text("ResourceId")})
	if len(links) == 0 {
		return nil, notFound("Flow association not found")
	}
	return links[0], nil
}

// linked are the associations of some resources, of the type where one is asked for.
func (c *call) linked(in *inst, resources []string) []wireLink {
	list := []wireLink{}
	for _, l := range in.links {
		byID, byARN := in.named(l)
		found := slices.Contains(resources, byID.ResourceID) || slices.Contains(resources, byARN.ResourceID)
		if found && !differs(c.in, "ResourceType", l.Kind) {
			list = append(list, c.wireLink(in, l))
		}
	}
	return list
}
