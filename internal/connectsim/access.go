package connectsim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/connectsim/policy"
	"wrapup/internal/instance"
)

// resource says which resource of IAM an operation acts on (service authorization reference).
type resource int

const (
	onNothing     resource = iota // "*" only
	onInstance                    // instance/{id}
	onFlow                        // instance/{id}/contact-flow/{id}, with the qualifier it was asked with
	onFlows                       // instance/{id}/contact-flow/*
	onModule                      // instance/{id}/flow-module/{id}, likewise
	onModules                     // instance/{id}/flow-module/*
	onView                        // instance/{id}/view/{id}, likewise, or one of AWS
	onViews                       // instance/{id}/view/*
	onViewVersion                 // instance/{id}/view/{id}:{number}
	onQueue                       // instance/{id}/queue/{id}
	onQueues                      // instance/{id}/queue/*
	onNumber                      // phone-number/{id}
	onNumbers                     // phone-number/*
	onOldNumbers                  // instance/{id}/phone-number/*
	onProfile                     // instance/{id}/security-profile/{id}
	onUser                        // instance/{id}/agent/{id}
	onUsers                       // instance/{id}/agent/*
	onTagged                      // the ARN of the path
	onRole                        // the ARN of the role to assume
)

// permission is an action that must be allowed, and on what.
type permission struct {
	action string
	on     resource
}

// dependents are the actions that an operation needs besides its own. On which of what it finds a search needs them is not
// documented; here it is on all, because a search may answer with any.
var dependents = map[string][]permission{
	"ListInstances":               {{"ds:DescribeDirectories", onNothing}},
	"DescribeInstance":            {{"ds:DescribeDirectories", onNothing}},
	"SearchContactFlows":          {{"connect:DescribeContactFlow", onFlows}},
	"SearchContactFlowModules":    {{"connect:DescribeContactFlowModule", onModules}},
	"SearchQueues":                {{"connect:DescribeQueue", onQueues}},
	"SearchViews":                 {{"connect:DescribeView", onViews}},
	"SearchUsers":                 {{"connect:DescribeUser", onUsers}},
	"ListIntegrationAssociations": {{"connect:DescribeInstance", onInstance}, {"ds:DescribeDirectories", onNothing}},
}

// allowed refuses what the policy does not allow: the operation's own action on its resource, then the dependent ones. The
// request's members have been checked before: which of the two the service does first is not documented.
func (c *call) allowed() *apiError {
	p := c.sim.o.Policy
	if p == nil || c.op.name == "GetCallerIdentity" { // which needs no permission and cannot be denied one
		return nil
	}
	for _, need := range append([]permission{{c.op.action(), c.op.on}}, dependents[c.op.name]...) {
		d := p.Decide(policy.Request{Action: need.action, Resources: []string{c.resource(need.on)}, Context: c.conditionKeys(need.on)})
		switch {
		case d.Allowed:
		case c.op.query:
			return fail("AccessDenied", "%s", d.Message(c.principal()))
		default:
			return fail("AccessDeniedException", "%s", d.Message(c.principal()))
		}
	}
	return nil
}

func (op *operation) action() string {
	if op.query {
		return "sts:" + op.name
	}
	return "connect:" + op.name
}

// principal is whom a refusal names: a user, or a role's session.
func (c *call) principal() string {
	if s, ok := c.sim.sessions[c.auth.key]; ok {
		return s.arn()
	}
	return c.caller()
}

func (c *call) caller() string { return "arn:aws:iam::" + c.account + ":user/practice" }

// resource is the ARN that a policy must name, whether there is such a resource or not. A qualifier stays on it: whether
// a policy that names one flow covers its :$SAVED too is not documented, so that here it does not. What has no id yet, or is
// all of a kind, is an asterisk, which only a policy for all of the kind covers.
func (c *call) resource(on resource) string {
	switch on {
	case onInstance:
		return c.home()
	case onFlow:
		return c.within(instance.KindFlow, c.in.text("ContactFlowId"))
	case onFlows:
		return c.within(instance.KindFlow, "*")
	case onModule:
		return c.within(instance.KindModule, c.in.text("ContactFlowModuleId"))
	case onModules:
		return c.within(instance.KindModule, "*")
	case onView:
		return c.within(instance.KindView, c.in.text("ViewId"))
	case onViews:
		return c.within(instance.KindView, "*")
	case onViewVersion:
		view := strings.TrimSuffix(c.within(instance.KindView, c.in.text("ViewId")), ":"+qualifierLatest)
		return view + ":" + strconv.Itoa(c.in.number("ViewVersion", 0))
	case onQueue:
		return c.within(instance.KindQueue, c.in.text("QueueId"))
	case onQueues:
		return c.within(instance.KindQueue, "*")
	case onNumber:
		return c.numbers(c.in.text("PhoneNumberId"))
	case onNumbers:
		return c.numbers("*")
	case onOldNumbers:
		return c.within("phone-number", "*")
	case onProfile:
		return c.within(instance.KindProfile, c.in.text("SecurityProfileId"))
	case onUser:
		return c.within(instance.KindUser, c.in.text("UserId"))
	case onUsers:
		return c.within(instance.KindUser, "*")
	case onTagged:
		return canonical(c.in.text("resourceArn"))
	case onRole:
		return c.in.text("RoleArn")
	}
	return "*"
}

// home is the ARN of the instance that the call names.
func (c *call) home() string {
	id := c.in.text("InstanceId")
	if !strings.HasPrefix(id, "arn:") {
		id = "arn:aws:connect:" + c.region + ":" + c.account + ":instance/" + id
	}
	return canonical(id)
}

// within is the ARN of what the instance holds; id may be an ARN itself.
func (c *call) within(kind, id string) string {
	if strings.HasPrefix(id, "arn:") {
		return canonical(id)
	}
	return c.home() + "/" + kind + "/" + canonical(id)
}

// numbers is the ARN of numbers of the caller's, which are in no instance; id may be an ARN itself.
func (c *call) numbers(id string) string {
	if !strings.HasPrefix(id, "arn:") {
		id = "arn:aws:connect:" + c.region + ":" + c.account + ":phone-number/" + id
	}
	return canonical(id)
}

var (
	partition = regexp.MustCompile(`^arn:[^:]*:connect:`)
	uuids     = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)
)

// canonical is the one spelling of an ARN or id that policies are held against. Handlers know a resource by its id in any
// case and by its ARN in any partition: a deny of the one spelling must not let another one through.
func canonical(name string) string {
	return uuids.ReplaceAllStringFunc(partition.ReplaceAllLiteralString(name, "arn:aws:connect:"), strings.ToLower)
}

// unconditioned are the operations that name an instance and have no connect:InstanceId in the reference.
var unconditioned = []string{"ListContactFlowModules", "ListPhoneNumbers", "ListPhoneNumbersV2", "ListQueues"}

// conditionKeys are those that the reference has for the operations of the model, and some that are global. connect:InstanceId
// is the bare id and connect:FlowType the API's enum: neither form is documented.
func (c *call) conditionKeys(on resource) map[string][]string {
	keys := map[string][]string{"aws:RequestedRegion": {c.region}, "aws:PrincipalAccount": {c.account}, "aws:PrincipalArn": {c.caller()}}
	if s, ok := c.sim.sessions[c.auth.key]; ok { // the role's, not its session's; the path of a role is not kept
		keys["aws:PrincipalArn"] = []string{"arn:aws:iam::" + s.Account + ":role/" + s.Role}
	}
	if ref, ok := instance.ParseInstance(c.in.text("InstanceId")); ok && !slices.Contains(unconditioned, c.op.name) {
		keys["connect:InstanceId"] = []string{string(ref.Instance)}
	}
	if kinds := c.flowTypes(); kinds != nil {
		keys["connect:FlowType"] = kinds
	}
	for k, v := range c.requestTags() {
		keys["aws:RequestTag/"+k] = []string{v}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], k)
	}
	keys["aws:TagKeys"] = append(keys["aws:TagKeys"], c.in.texts("tagKeys")...)
	for k, v := range c.resourceTags(on) {
		keys["aws:ResourceTag/"+k] = []string{v}
	}
	for _, t := range c.searchedTags() {
		if t.has("TagKey") {
			keys["connect:SearchTag/"+t.text("TagKey")] = []string{t.text("TagValue")}
		}
	}
	return keys
}

// flowTypes are the types of flows that a call is about; nil where it is not about flows, or about any.
func (c *call) flowTypes() []string {
	switch c.op.name {
	case "CreateContactFlow":
		return []string{c.in.text("Type")}
	case "SearchContactFlows":
		return searchedTypes(c.in.object("SearchCriteria"))
	}
	if _, f, _, fault := c.flow(); fault == nil {
		return []string{f.Kind}
	}
	return nil
}

// searchedTags are the conditions on tags that a search keeps to: those of OrConditions bind nothing.
func (c *call) searchedTags() []values {
	filter := c.in.object("SearchFilter")
	tags := filter.object("TagFilter")
	all := append(tags.objects("AndConditions"), tags.object("TagCondition"))
	for _, by := range []string{"AttributeFilter", "UserAttributeFilter"} {
		f := filter.object(by)
		all = append(append(all, f.object("AndCondition").objects("TagConditions")...), f.object("TagCondition"))
	}
	return all
}

// searchedTypes are the types that search criteria keep to; nil where they do not.
func searchedTypes(criteria values) []string {
	if criteria.has("TypeCondition") {
		return []string{criteria.text("TypeCondition")}
	}
	for _, and := range criteria.objects("AndConditions") {
		if kinds := searchedTypes(and); kinds != nil {
			return kinds
		}
	}
	var all []string
	for _, or := range criteria.objects("OrConditions") {
		kinds := searchedTypes(or)
		if kinds == nil {
			return nil
		}
		all = append(all, kinds...)
	}
	return all
}

func (c *call) requestTags() map[string]string {
	if c.in.has("tags") {
		return c.in.strings("tags")
	}
	return c.in.strings("Tags")
}

// resourceTags are the tags of the one resource that is acted on; what stands for all of a kind has none.
func (c *call) resourceTags(on resource) map[string]string {
	switch on {
	case onInstance:
		if in, fault := c.instance(); fault == nil {
			return in.Tags
		}
	case onFlow:
		if _, f, _, fault := c.flow(); fault == nil {
			return f.Tags
		}
	case onModule:
		if _, m, _, fault := c.module(); fault == nil {
			return m.Tags
		}
	case onView, onViewVersion:
		if in, ref, fault := c.viewRef(); fault == nil && ref.Account != awsAccount {
			return in.views.get(ref.ID).Tags
		}
	case onQueue:
		if _, q, fault := c.queue(); fault == nil {
			return q.Tags
		}
	case onNumber:
		if _, n := c.number(); n != nil {
			return n.Tags
		}
	case onProfile:
		if _, p, fault := c.profile(); fault == nil {
			return p.Tags
		}
	case onUser:
		if _, u, fault := c.user(); fault == nil {
			return u.Tags
		}
	case onTagged:
		if t, fault := c.tagged(); fault == nil {
			return t.tags
		}
	}
	return nil
}
