package instance

import "time"

// SecurityProfile is a set of permissions that users have.
type SecurityProfile struct{ ID, ARN, Name string }

// User is somebody who signs in to the instance.
type User struct {
	ID, ARN, Login, First, Last string
	Profiles                    []string // ids of the security profiles: a user may do what any of them permits
	Limits                      []WorkLimit
}

// WorkLimit is how long a user's after-contact work lasts before the service ends it.
type WorkLimit struct {
	Channel  string        // VOICE, CHAT, TASK or EMAIL; "" is every channel without a limit of its own
	Callback bool          // after an agent-first callback, in VOICE
	Limit    time.Duration // 0 is none: the agent ends it
	// UnitOpen is a limit of a search, where AWS documents milliseconds on one page and seconds on another. Limit is what it is
	// in milliseconds; in seconds it is a thousand times that.
	UnitOpen bool
}
