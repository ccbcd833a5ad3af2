// Package people knows who uses wrapup, what their role lets them do, and how they sign in.
package people

import (
	"context"
	"time"
)

// SessionKey is the session value that holds the signed-in person's id, a string. The store reads it, so that the
// sessions of one person can be ended.
const SessionKey = "person"

// Person is one account.
type Person struct {
	ID       string
	Name     string // sign-in name, unique without regard to case
	Role     Role
	Hash     string // argon2id; empty for an account that only a link signs in
	Created  time.Time
	Disabled bool
}

// May says whether the person may do it now: a closed account may nothing.
func (p Person) May(perm Permission) bool { return !p.Disabled && p.Role.May(perm) }

// Entry is one line of the append-only record: who, when, where, what, why, result.
type Entry struct {
	ID      int64
	At      time.Time
	Person  string
	Name    string
	Address string
	Action  string // e.g. "sign-in", "draft.save", "publish"
	Subject string // e.g. a change id
	Reason  string
	Result  string            // "ok", "refused", or the catalogue's id of why not
	Args    map[string]string // of the sentence that Result or Reason names; only the history keeps them
}

// The purposes of a link.
const (
	FirstAdmin = "first-admin" // makes the first account, while there is none
	Demo       = "demo"        // signs the account of practice mode in
	Invite     = "invite"      // makes an account, or sets a new password for one
)

// Link is a one-time sign-in link; only its hash is kept.
type Link struct {
	Purpose string
	Person  string // whom it signs in: for Demo, and for an Invite that sets a new password
	Role    Role   // of the account that it makes
	Maker   string // id of the administrator who made it; empty for wrapup itself. It holds while they may manage people.
	Expires time.Time
}

// OpenLink is a link that nobody has used yet. Its hash names it; what opens it is kept nowhere.
type OpenLink struct {
	Hash string
	Link
}

// Attempt is one attempt to sign in. ID tells it from all others.
type Attempt struct {
	ID     string
	At     time.Time
	Limits []Limit
}

// Limit is how many attempts a key is given within a window.
type Limit struct {
	Key  string
	Most int
}

// Store is what the service needs kept. Errors are *fault.Error where a kind is named; names are compared by Key.
type Store interface {
	PersonByName(ctx context.Context, name string) (Person, error) // fault.NotFound
	PersonByID(ctx context.Context, id string) (Person, error)     // fault.NotFound
	People(ctx context.Context) ([]Person, error)                  // by name
	SavePerson(ctx context.Context, p Person) error                // insert or update; fault.Conflict "people.name-taken"
	// UpdatePerson gives the person and all others to change, and saves what it returns, so that nobody else changes any of
	// them meanwhile. An error of change comes back and nothing is saved. change must not use the store. With the right to
	// manage people go the unused links that the person made; with a closed account those that set its password.
	UpdatePerson(ctx context.Context, id string, change func(p Person, others []Person) (Person, error)) (Person, error)

	// CreateLink keeps a link; one that sets a person's password drops the unused ones before it.
	CreateLink(ctx context.Context, hash string, l Link) error
	// Links gives the invitations that nobody has used or outlived, the next to expire first.
	Links(ctx context.Context, now time.Time) ([]OpenLink, error)
	// Link gives a link that can still be used, whose maker may still make it; TakeLink uses it, once. fault.NotFound
	// "signin.link-used" for every other.
	Link(ctx context.Context, hash string, now time.Time) (Link, error)
	TakeLink(ctx context.Context, hash string, now time.Time) (Link, error)
	// Join takes the link and saves p, both or neither: fault.NotFound as TakeLink, fault.Conflict "people.name-taken".
	// For FirstAdmin there must be no account: else fault.Conflict "signin.not-first".
	Join(ctx context.Context, hash string, now time.Time, p Person) error
	// SetPassword takes the link, keeps the hash of the password for the person whom it names, drops their other links and ends
	// their sessions, all or nothing: fault.NotFound as TakeLink, fault.Denied "signin.disabled" for a closed account.
	SetPassword(ctx context.Context, hash string, now time.Time, password string) (Person, error)
	// DropLink deletes one of Links, and gives it: fault.NotFound "people.link.gone" where it is none any more.
	DropLink(ctx context.Context, hash string, now time.Time) (Link, error)
	// DropLinks deletes the unused links of a purpose.
	DropLinks(ctx context.Context, purpose string) error

	// Attempt counts an attempt under every limit's key, unless one of them has had its most later than since: then it is false
	// and nothing is counted. However many come at once, no more than the limit pass.
	Attempt(ctx context.Context, a Attempt, since time.Time) (bool, error)
	// ForgetAttempt takes back what one attempt counted; ClearAttempts forgets all that keys have counted.
	ForgetAttempt(ctx context.Context, id string) error
	ClearAttempts(ctx context.Context, keys ...string) error

	Record(ctx context.Context, e Entry) error
	// Entries gives the record, the newest first: those before an id (0: from the newest on), at most limit.
	Entries(ctx context.Context, before int64, limit int) ([]Entry, error)
	// EndSessions deletes a person's sessions.
	EndSessions(ctx context.Context, person string) error
}
