package people

import "slices"

// Role of a person. Each may do what those before it may.
type Role string

// The roles.
const (
	Viewer    Role = "viewer"
	Editor    Role = "editor"    // edits guide drafts
	Publisher Role = "publisher" // publishes, settles
	Admin     Role = "admin"     // people and settings
)

// Roles gives the roles, the least first.
func Roles() []Role { return []Role{Viewer, Editor, Publisher, Admin} }

// Known says whether r is one of the roles.
func (r Role) Known() bool { return slices.Contains(Roles(), r) }

// AtLeast says whether r may do what min may. An unknown role may nothing, and nobody reaches an unknown one.
func (r Role) AtLeast(min Role) bool {
	return r.Known() && min.Known() && slices.Index(Roles(), r) >= slices.Index(Roles(), min)
}

// Permission names one thing that a role lets a person do.
type Permission string

// The permissions.
const (
	See          Permission = "see"           // instances, flows, guides, changes
	EditDrafts   Permission = "edit-drafts"   // guide drafts
	PlanChanges  Permission = "plan-changes"  // have a change reviewed
	Publish      Permission = "publish"       // publish a reviewed change
	Settle       Permission = "settle"        // decide on an interrupted change
	SetRules     Permission = "set-rules"     // who publishes to an instance, and when
	Halt         Permission = "halt"          // stop all publishing, and let it go on
	ManagePeople Permission = "manage-people" // invite, change roles, disable
	ReadRecord   Permission = "read-record"   // the append-only record
)

// Needs is the least role that has the permission; an unknown permission needs a role that nobody has.
func (p Permission) Needs() Role {
	switch p {
	case See:
		return Viewer
	case EditDrafts, PlanChanges:
		return Editor
	case Publish, Settle:
		return Publisher
	case SetRules, Halt, ManagePeople, ReadRecord:
		return Admin
	}
	return ""
}

// May says whether the role has the permission.
func (r Role) May(p Permission) bool { return r.AtLeast(p.Needs()) }
