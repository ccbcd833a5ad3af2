// Package people knows who uses wrapup, what their role lets them do, and how they sign in.
package people

import (
	"context"
	"time"
)

// Role of a person. Each may do what those before it may.
type Role string

// The roles.
const (
	Viewer    Role = "viewer"
	Editor    Role = "editor"    // edits guide drafts
	Publisher Role = "publisher" // publishes, settles
	Admin     Role = "admin"     // people and settings
)

// AtLeast says whether r may do what min may. An unknown role may nothing.
func (r Role) AtLeast(min Role) bool { panic("contract") }

// Person is one account.
type Person struct {
	ID       string
	Name     string // sign-in name, unique without regard to case
	Role     Role
	Hash     string // argon2id
	Created  time.Time
	Disabled bool
}

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
	Result  string // "ok", "refused", …
}

// Store is what the service needs kept.
type Store interface {
	PersonByName(ctx context.Context, name string) (Person, error) // fault.NotFound
	PersonByID(ctx context.Context, id string) (Person, error)
	People(ctx context.Context) ([]Person, error)
	SavePerson(ctx context.Context, p Person) error // insert or update; fault.Conflict "people.name-taken"
	CreateLink(ctx context.Context, hash string, l Link) error
	TakeLink(ctx context.Context, hash string, now time.Time) (Link, error) // once; fault.NotFound "signin.link-used"
	// CountAttempts gives the failures since a time for a name or address key; AddAttempt adds one; ClearAttempts forgets.
	CountAttempts(ctx context.Context, key string, since time.Time) (int, error)
	AddAttempt(ctx context.Context, key string, at time.Time) error
	ClearAttempts(ctx context.Context, key string) error
	Record(ctx context.Context, e Entry) error
	// EndSessions deletes a person's sessions.
	EndSessions(ctx context.Context, person string) error
}

// Link is a one-time sign-in link; only its hash is kept. Purpose: "first-admin", "demo", "invite".
type Link struct {
	Purpose string
	Person  string // for invite and demo: who it signs in
	Role    Role
	Expires time.Time
}

// Service signs people in.
type Service struct{}

// New makes the service. now is the clock.
func New(s Store, now func() time.Time) *Service { panic("contract") }

// SignIn checks a name and password. Errors: fault.Denied "signin.wrong", fault.Throttled "signin.too-many".
func (s *Service) SignIn(ctx context.Context, name, password, address string) (Person, error) {
	panic("contract")
}

// Empty says whether there is no account yet.
func (s *Service) Empty(ctx context.Context) (bool, error) { panic("contract") }

// NewLink makes a one-time link and returns its token (shown once).
func (s *Service) NewLink(ctx context.Context, l Link) (token string, err error) { panic("contract") }

// Redeem uses a link. For "first-admin" and "invite" name and password make the account; for "demo" they are ignored.
func (s *Service) Redeem(ctx context.Context, token, name, password, address string) (Person, error) {
	panic("contract")
}

// Peek says what a link is for without using it.
func (s *Service) Peek(ctx context.Context, token string) (Link, error) { panic("contract") }

// Person loads an account; a disabled one is fault.Denied.
func (s *Service) Person(ctx context.Context, id string) (Person, error) { panic("contract") }

// Record adds to the append-only record.
func (s *Service) Record(ctx context.Context, e Entry) error { panic("contract") }
