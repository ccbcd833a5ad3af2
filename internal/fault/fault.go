// Package fault classifies what can go wrong and carries what a person is told about
// it: a catalogue id with arguments, never an error's text. It imports nothing of ours.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the closed set of error categories; handlers map each to a status.
type Kind int

// The kinds. Internal is the zero value: an error nobody classified.
const (
	Internal    Kind = iota // a fault of ours, 500
	NotFound                // 404
	Invalid                 // the request is wrong, 422
	Conflict                // somebody else changed it, or it is under way, 409
	Denied                  // the person, or wrapup's role, may not, 403
	Throttled               // over a quota, 429
	Unavailable             // the other side does not answer, 503
)

// String is the kind's name in logs.
func (k Kind) String() string {
	return [...]string{"internal", "not found", "invalid", "conflict", "denied", "throttled", "unavailable"}[k]
}

// Message is a sentence as the catalogue knows it: an id and its arguments. Arguments are
// strings, so that a message survives JSON unchanged and can be hashed; the argument
// "Count" also selects the plural form. It never depends on a language.
type Message struct {
	ID   string            `json:"id"`
	Args map[string]string `json:"args,omitempty"`
}

// Msg makes a message from an id and alternating argument names and values.
func Msg(id string, args ...any) Message {
	m := Message{ID: id}
	for i := 0; i+1 < len(args); i += 2 {
		if m.Args == nil {
			m.Args = make(map[string]string, len(args)/2)
		}
		m.Args[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
	}
	return m
}

// Error is a classified error. Code and RequestID are the outside service's own.
type Error struct {
	Kind      Kind
	Message   Message  // what a person reads
	Code      string   // the service's error code, e.g. ThrottlingException
	RequestID string   // the service's request id
	Problems  []string // the service's problem list, in order
	Err       error    // the cause, for logs
}

// New makes an error of a kind with a catalogue id and arguments.
func New(k Kind, id string, args ...any) *Error { return &Error{Kind: k, Message: Msg(id, args...)} }

// Because adds the cause and returns e.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// Error is for logs; people read Message through the catalogue.
func (e *Error) Error() string {
	s := e.Kind.String() + ": " + e.Message.ID
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// From finds the classified error in err's chain; an unclassified err comes back as
// Internal with the catalogue id "fault.internal". It is nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Message: Msg("fault.internal"), Err: err}
}

// Is says whether err carries kind k.
func Is(err error, k Kind) bool { return err != nil && From(err).Kind == k }
