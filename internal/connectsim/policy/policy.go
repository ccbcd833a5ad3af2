// Package policy reads IAM identity policies and decides requests by them, as the IAM User Guide documents it. It knows
// nothing of Amazon Connect: which action and which resources a request needs is the caller's to say.
//
// Page names in comments (reference_policies_…) are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/.
package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Policy is the policies of one file, evaluated together as the policies of one identity are. It does not change, so
// many may ask it at a time.
type Policy struct {
	statements []statement
}

// Request is what IAM is asked.
type Request struct {
	Action    string              // "connect:DescribeContactFlow"; its case does not matter
	Resources []string            // ARNs, each of which must be allowed; none is "*", an action without resources
	Context   map[string][]string // condition keys, such as "connect:InstanceId", in any case; a key without values is absent
}

// Decision is the answer, and what to tell the caller of a refusal.
type Decision struct {
	Allowed   bool
	Explicit  bool   // a Deny statement refuses it; false where no statement allows it
	Statement string // the one that decides, "policy 1, statement 2 (Sid)"; "" where none applies
	Action    string // of the request, in its spelling
	Resource  string // the first refused resource; of an allowed request the first one
}

// Decide lets an explicit deny win over every allow, and refuses what nothing allows
// (reference_policies_evaluation-logic). A deny of any resource comes before a resource that is merely not allowed.
func (p *Policy) Decide(r Request) Decision {
	resources := r.Resources
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	c := newKeys(r.Context)
	allowed := Decision{Allowed: true, Action: r.Action}
	var refused *Decision
	for i, arn := range resources {
		d := Decision{Action: r.Action, Resource: arn}
		switch deny, allow := p.first(false, r.Action, arn, c), p.first(true, r.Action, arn, c); {
		case deny != nil:
			d.Explicit, d.Statement = true, deny.name
			return d
		case allow == nil && refused == nil:
			refused = &d
		case allow != nil && i == 0:
			allowed.Statement, allowed.Resource = allow.name, arn
		}
	}
	if refused != nil {
		return *refused
	}
	return allowed
}

// Message words a refusal as the services do (troubleshoot_access-denied); principal is the caller's ARN. Services
// have begun to append the ARN of the denying policy to an explicit deny; a policy from a file has none. An allowed
// request has no message.
func (d Decision) Message(principal string) string {
	if d.Allowed {
		return ""
	}
	why := fmt.Sprintf("because no identity-based policy allows the %s action", d.Action)
	if d.Explicit {
		why = "with an explicit deny in an identity-based policy"
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", principal, d.Action, d.Resource, why)
}

// first is the first statement of an effect that applies to the request, or nil.
func (p *Policy) first(allow bool, action, resource string, c keys) *statement {
	for i := range p.statements {
		if s := &p.statements[i]; s.allow == allow && s.applies(action, resource, c) {
			return s
		}
	}
	return nil
}

type statement struct {
	name       string // "policy 1, statement 2 (Sid)"
	sid        string
	allow      bool
	actions    list
	resources  list
	conditions []condition
}

// applies is true where all of the statement's elements fit; a statement without a condition holds always.
func (s *statement) applies(action, resource string, c keys) bool {
	fails := func(cond condition) bool { return !cond.holds(c) }
	return s.actions.fits(action, c) && s.resources.fits(resource, c) && !slices.ContainsFunc(s.conditions, fails)
}

// list is Action or Resource, or with not its opposite: NotAction or NotResource.
type list struct {
	patterns []pattern
	not      bool
}

func (l list) fits(value string, c keys) bool {
	matches := func(p pattern) bool { return p.matches(value, c) }
	return slices.ContainsFunc(l.patterns, matches) != l.not
}

// keys is a request's context with its keys in lower case: their case does not matter (reference_policies_elements_condition).
type keys map[string][]string

func newKeys(context map[string][]string) keys {
	c := make(keys, len(context))
	for k, values := range context {
		k = strings.ToLower(k)
		c[k] = append(c[k], values...)
	}
	return c
}

// isNull is true of a key that is absent or has nothing but empty values, which IAM calls a null data set.
func (c keys) isNull(key string) bool {
	return !slices.ContainsFunc(c[key], func(v string) bool { return v != "" })
}
