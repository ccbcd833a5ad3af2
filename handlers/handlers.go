// Package handlers turns requests into one domain call each and a page. One file per feature; adapt.go, render.go and
// forms.go hold what they share, roles.go who may do what.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/readiness"
	"wrapup/internal/survey"
)

// Deps is what the features work with; the composition root fills it.
type Deps struct {
	Log     *slog.Logger
	Session Session
	People  *people.Service
	Survey  *survey.Service
	// Operations runs the readings; nil: they are made in the request that asks.
	Operations *operation.Service
	Publish    *publish.Service
	Drafts     publish.Drafts
	Readiness  readiness.Reader // tells of agents; nil: their page is not there
	Now        func() time.Time
	Practice   bool   // on the simulator: every page is marked
	Version    string // shown in the footer
	BaseURL    string // for links that people carry elsewhere; no slash at its end
	Event      string // the event's name where it is not the usual one
	// Rate is the calls a second that a reading makes; 0 is 2. It is for telling people how long one takes.
	Rate float64
	// ReadingWait is how long a page waits for a first reading; 0 is 2 s, below 0 not at all.
	ReadingWait time.Duration
	// Stopping is closed when the process stops: streams end then, so that it can. nil: never.
	Stopping <-chan struct{}
	// SignInLimit guards the sign-in posts at the edge, before a password is hashed; nil: none.
	SignInLimit func(http.Handler) http.Handler
}

// Session is what handlers need of a session. Change it before rendering: it is saved at the first byte written.
type Session interface {
	// Person is the id of who is signed in; empty when nobody is.
	Person(ctx context.Context) string
	// SignIn renews the session's token, so that a token planted before is worth nothing, and keeps the person.
	SignIn(ctx context.Context, person string) error
	// SignOut ends the session.
	SignOut(ctx context.Context) error
	// Alive says whether the session is still there: it may have ended since the request began.
	Alive(ctx context.Context) bool
	// PutFlash keeps a message for the next page; TakeFlashes gives them and forgets them.
	PutFlash(ctx context.Context, f Flash)
	TakeFlashes(ctx context.Context) []Flash
}

// Flash is a message for the next page. Kind is "success", "info", "warning" or "error"; Link leads to the result.
type Flash struct {
	Kind    string        `json:"kind"`
	Message fault.Message `json:"message"`
	Link    *FlashLink    `json:"link,omitempty"`
}

// FlashLink leads from a message to what it speaks of.
type FlashLink struct {
	Message fault.Message `json:"message"`
	Href    string        `json:"href"`
}

// Shell is what every feature embeds: the dependencies, and how to answer.
type Shell struct{ Deps }

// feature registers its routes. Patterns are full paths, given to r itself (no sub-router), so that the table of roles
// can name them; each needs a line there.
type feature interface{ Mount(r chi.Router) }

// features lists them all.
func features(s *Shell) []feature {
	return []feature{
		&SignIn{s},
		&Instances{Shell: s, surveyor: s.Survey},
		&Readings{Shell: s, surveyor: s.Survey},
		&Flows{Shell: s, surveyor: s.Survey},
		&Flow{Shell: s, surveyor: s.Survey},
		&FlowHistory{Shell: s, surveyor: s.Survey},
		&Guides{s},
		&Coverage{Shell: s, surveyor: s.Survey},
		&Readiness{Shell: s, surveyor: s.Survey},
		&Changes{Shell: s},
		&Rules{Shell: s, surveyor: s.Survey},
		&People{s},
	}
}

// Mount registers every feature behind the guard, and the pages for addresses that are not there.
func Mount(r chi.Router, d Deps) {
	s := &Shell{d}
	r.NotFound(s.refuse(fault.New(fault.NotFound, "error.page-not-found")))
	r.MethodNotAllowed(s.refuse(errMethod))
	r.Group(func(r chi.Router) {
		r.Use(s.Guard, (&Readings{Shell: s, surveyor: s.Survey}).First)
		for _, f := range features(s) {
			f.Mount(r)
		}
	})
}
