package instance

import (
	"regexp"
	"strings"
)

// Kinds of Connect resources, as they stand in an ARN's path.
const (
	KindFlow    = "contact-flow"
	KindModule  = "flow-module"
	KindQueue   = "queue"
	KindView    = "view"
	KindUser    = "agent"
	KindProfile = "security-profile"
)

// Ref is a reference to a Connect resource: a bare id or an ARN, with an optional
// qualifier ($SAVED, $LATEST, a version number, an alias). Shapes:
// arn:{partition}:connect:{region}:{account}:instance/{instance}/{kind}/{id}[:{qualifier}]
// and, for views of AWS, arn:{partition}:connect:{region}:aws:view/{name}[:{version}].
type Ref struct {
	Partition, Region, Account string // empty for a bare id
	Instance                   ID     // empty for a bare id and for AWS's own views
	Kind                       string // empty for a bare id
	ID                         string
	Qualifier                  string // without the colon
}

var (
	uuid      = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	account   = regexp.MustCompile(`^[0-9]{12}$`)
	region    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+){1,3}-[0-9]+$`)
	qualifier = regexp.MustCompile(`^(\$SAVED|\$LATEST|[0-9A-Za-z_.-]{1,256})$`)
)

// IsUUID says whether s is a bare Connect id.
func IsUUID(s string) bool { return uuid.MatchString(s) }

// ParseRef reads s as a reference to a resource of the kind wanted. It is false for
// everything else: a JSONPath, a placeholder, an empty string, an ARN of another kind.
func ParseRef(s, kind string) (Ref, bool) {
	var r Ref
	rest := s
	if strings.HasPrefix(s, "arn:") {
		p := strings.SplitN(s, ":", 6)
		if len(p) != 6 || p[2] != "connect" || p[1] == "" || !region.MatchString(p[3]) {
			return Ref{}, false
		}
		r.Partition, r.Region, r.Account = p[1], p[3], p[4]
		rest = p[5]
		if r.Account == "aws" && kind == KindView {
			rest, ok := strings.CutPrefix(rest, "view/")
			r.Kind = KindView
			r.ID, r.Qualifier, _ = strings.Cut(rest, ":")
			return r, ok && r.ID != ""
		}
		seg := strings.SplitN(rest, "/", 4)
		if !account.MatchString(r.Account) || len(seg) != 4 || seg[0] != "instance" || !IsUUID(seg[1]) || seg[2] != kind {
			return Ref{}, false
		}
		r.Instance, r.Kind, rest = ID(strings.ToLower(seg[1])), seg[2], seg[3]
	}
	id, q, qualified := strings.Cut(rest, ":")
	if !IsUUID(id) || qualified && !qualifier.MatchString(q) {
		return Ref{}, false
	}
	r.ID, r.Qualifier = strings.ToLower(id), q
	return r, true
}

// FlowID is the id of a flow reference, for comparison: references compare by id.
func (r Ref) FlowID() FlowID { return FlowID(r.ID) }

// ARN writes the reference out without its qualifier; empty for a bare id.
func (r Ref) ARN() string {
	if r.Partition == "" {
		return ""
	}
	a := "arn:" + r.Partition + ":connect:" + r.Region + ":" + r.Account + ":"
	if r.Instance == "" {
		return a + r.Kind + "/" + r.ID
	}
	return a + "instance/" + string(r.Instance) + "/" + r.Kind + "/" + r.ID
}

// ParseInstance reads an instance's ARN, or a bare instance id.
func ParseInstance(s string) (Ref, bool) {
	if IsUUID(s) {
		return Ref{Instance: ID(strings.ToLower(s))}, true
	}
	p := strings.SplitN(s, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[2] != "connect" || !account.MatchString(p[4]) {
		return Ref{}, false
	}
	id, ok := strings.CutPrefix(p[5], "instance/")
	if !ok || !IsUUID(id) {
		return Ref{}, false
	}
	return Ref{Partition: p[1], Region: p[3], Account: p[4], Instance: ID(strings.ToLower(id))}, true
}
