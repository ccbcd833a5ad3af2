package connectsim

import (
	"strings"

	"wrapup/internal/connectsim/policy"
	"wrapup/internal/instance"
)

// resource says which resource of IAM an operation acts on (service authorization reference).
type resource int

const (
	onNothing  resource = iota // "*" only
	onInstance                 // instance/{id}
	onFlow                     // instance/{id}/contact-flow/{id}, with the qualifier it was asked with
	onFlows                    // instance/{id}/contact-flow/*
	onModule                   // instance/{id}/flow-module/{id}
	onModules                  // instance/{id}/flow-module/*
	onView                     // instance/{id}/view/{id}[:qualifier], or one of AWS
	onViews                    // instance/{id}/view/*
	onQueues                   // instance/{id}/queue/*
	onNumbers                  // phone-number/*
	onTagged                   // the ARN of the path
	onRole                     // the ARN of the role to assume
)

// allowed refuses what the policy does not allow: the operation's own action on its resource, then the dependent ones. The
// request's members have been checked before: which of the two the service does first is not documented.
func (c *call) allowed() *apiError {
	p := c.sim.o.Policy
	if p == nil || c.op.name == "GetCallerIdentity" { // which needs no permission and cannot be denied one
		return nil
	}
	keys := c.conditionKeys()
	for i, action := range append([]string{c.op.action()}, c.op.needs...) {
		r := policy.Request{Action: action, Resources: []string{c.resource(c.op.on)}, Context: keys}
		if i > 0 {
			r.Resources[0] = c.resource(dependents[action])
		}
		d := p.Decide(r)
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

// dependents says on what an action that another operation depends on must be allowed.
var dependents = map[string]resource{"connect:DescribeContactFlow": onFlows, "ds:DescribeDirectories": onNothing}

func (op *operation) action() string {
	if op.query {
		return "sts:" + op.name
	}
	return "connect:" + op.name
}

func (c *call) principal() string {
	if s, ok := c.sim.sessions[c.auth.key]; ok {
		return s.arn()
	}
	return "arn:aws:iam::" + c.account + ":user/practice"
}

// resource is the ARN that a policy must name, whether there is such a resource or not. A qualifier stays on it: whether
// a policy that names one flow covers its :$SAVED too is not documented, so that here it does not.
func (c *call) resource(on resource) string {
	home := c.in.text("InstanceId")
	if !strings.HasPrefix(home, "arn:") {
		home = "arn:aws:connect:" + c.region + ":" + c.account + ":instance/" + home
	}
	within := func(kind, id string) string {
		if strings.HasPrefix(id, "arn:") {
			return id
		}
		return home + "/" + kind + "/" + id
	}
	switch on {
	case onInstance:
		return home
	case onFlow:
		return within(instance.KindFlow, c.in.text("ContactFlowId"))
	case onFlows:
		return within(instance.KindFlow, "*")
	case onModule:
		return within(instance.KindModule, c.in.text("ContactFlowModuleId"))
	case onModules:
		return within(instance.KindModule, "*")
	case onView:
		return within(instance.KindView, c.in.text("ViewId"))
	case onViews:
		return within(instance.KindView, "*")
	case onQueues:
		return within(instance.KindQueue, "*")
	case onNumbers:
		return "arn:aws:connect:" + c.region + ":" + c.account + ":phone-number/*"
	case onTagged:
		return c.in.text("resourceArn")
	case onRole:
		return c.in.text("RoleArn")
	}
	return "*"
}

// conditionKeys are the keys that policies for Connect are written with. connect:InstanceId is the bare id and
// connect:FlowType the API's enum: neither form is documented.
func (c *call) conditionKeys() map[string][]string {
	keys := map[string][]string{"aws:RequestedRegion": {c.region}, "aws:PrincipalAccount": {c.account}, "aws:PrincipalArn": {c.principal()}}
	for k, v := range c.requestTags() {
		keys["aws:RequestTag/"+k] = []string{v}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], k)
	}
	keys["aws:TagKeys"] = append(keys["aws:TagKeys"], c.in.texts("tagKeys")...)
	in, fault := c.instance()
	if fault != nil {
		return keys
	}
	keys["connect:InstanceId"] = []string{in.ID}
	kind, tags := c.in.text("Type"), in.Tags
	if _, f, _, fault := c.flow(); fault == nil {
		kind, tags = f.Kind, f.Tags
	}
	if kind != "" {
		keys["connect:FlowType"] = []string{kind}
	}
	for k, v := range tags {
		keys["aws:ResourceTag/"+k] = []string{v}
	}
	return keys
}

func (c *call) requestTags() map[string]string {
	if c.in.has("tags") {
		return c.in.strings("tags")
	}
	return c.in.strings("Tags")
}
