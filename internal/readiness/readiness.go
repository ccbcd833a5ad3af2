// Package readiness says whether the agents of an instance can work with a guide: whether they may see it, and whether their
// after-contact work lasts as long as it does. What could not be read is said to be not checked, never taken for fine.
//
// Read collects facts with few calls; Facts.Judge holds them against the guides, as often as those change, without any.
package readiness

import (
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// Permissions by their names in the API (administrator guide, "List of security profile permissions").
const (
	// CustomViews shows guides: "Agent applications, Custom views: use the Agent Workspace guided experience guide".
	CustomViews = "CustomViews.Access"
	// ControlPanel is what makes a user an agent here: "Access Contact Control Panel". Nobody takes a contact without it, in
	// the agent workspace or in a panel of one's own; the guide has it given to managers too, who can then take contacts as well.
	ControlPanel = "BasicAgentAccess"
)

// Guide is a guide that agents may get. Seconds is its time limit; 0 where it could not be read.
type Guide struct {
	Name    string
	Seconds int
}

// Result is what is known of an instance.
type Result struct {
	ReadAt time.Time
	Users  int   // that were read
	Agents int   // of these, those known to be agents
	Views  Check // the permission for custom views
	Time   Check // limits of after-contact work shorter than a guide's
	// Needed is the longest time limit that is known, of the guide that Guide names. It is what Time was checked against.
	Needed time.Duration
	Guide  string
	// Unnamed is why profiles are called by their ids, nil where they have names.
	Unnamed *Gap
}

// State is a check's outcome.
type State string

// The states. Found may have gaps besides; OK has none, and where nobody is an agent nothing was Checked.
const (
	OK         State = "ok"
	Found      State = "found"
	NotChecked State = "not-checked"
)

// Check is one question about all agents.
type Check struct {
	State    State
	Checked  int       // agents that the question could be answered for
	Findings []Finding // in the order of the users' logins
	Gaps     []Gap     // what could not be checked
}

// Finding is an agent who is not ready.
type Finding struct {
	ID, Login, First, Last string
	Profiles               []string             // names of all the agent's security profiles, ids where there are no names
	Limits                 []instance.WorkLimit // those that are too short; none in the check of permissions
}

// Reason says why something could not be checked.
type Reason string

// The reasons.
const (
	Denied   Reason = "denied"    // wrapup's role lacks Action
	Failed   Reason = "failed"    // the call failed, Why says how
	Untold   Reason = "untold"    // the answer came and did not tell
	UnitOpen Reason = "unit-open" // limits per channel whose unit could not be settled
	NoLimit  Reason = "no-limit"  // a guide's time limit is not known, or there is no guide
)

// Gap is a part that could not be checked.
type Gap struct {
	Reason Reason
	Users  int    // agents, or perhaps agents, that it concerns; Unknown where nobody knows
	Action string // denied: the IAM action, such as "connect:SearchUsers"
	Guide  string // no-limit: the guide, "" where there is none
	// Of denied and failed: what a person reads, and the service's own code and request id.
	Why             fault.Message
	Code, RequestID string
}

// Unknown is the number of users that a gap concerns where the list of users is not whole.
const Unknown = -1

// gapOf explains a failed call.
func gapOf(err error, users int) Gap {
	f := fault.From(err)
	g := Gap{Reason: Failed, Users: users, Why: f.Message, Code: f.Code, RequestID: f.RequestID}
	if f.Kind == fault.Denied {
		g.Reason, g.Action = Denied, f.Message.Args["Action"]
	}
	return g
}
