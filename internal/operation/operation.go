// Package operation is long work: asked for once, done by one process at a time, seen by all. An operation is a row in
// the database; whoever runs it holds a lease on it and a fencing number, so that of a process that was believed dead
// nothing more is written. What an operation does is a Handler's business; this package does no I/O of its own.
package operation

import (
	"encoding/json"
	"errors"
	"time"

	"wrapup/internal/fault"
)

// ID names an operation.
type ID string

// State of an operation.
type State string

// The states. Queued also is one that was handed back by a process that stopped. The last three are final.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Ended says whether the state is final.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Operation is one piece of long work, as it stands now.
type Operation struct {
	ID      ID
	Kind    string // picks the handler, such as "read"
	Subject string // what it is about, such as an instance's id
	Key     string // at most one active operation has it
	Input   json.RawMessage
	By      string    // id of the person who asked; "" is wrapup itself
	Asked   time.Time // its place in the queue, too

	State      State
	Attempt    int64 // the fencing number: how often it was claimed
	Lost       int   // how many of those runs ended without a word
	Owner      string
	LeaseUntil time.Time
	Started    time.Time // of the first run
	Ended      time.Time

	Progress Progress
	Saved    json.RawMessage // what a next run goes on from; nil is the beginning
	Result   json.RawMessage // of one that is Done
	Failure  Failure         // of one that is Failed

	CancelBy    string // who asked to cancel it; "" is wrapup itself
	CancelAsked time.Time

	Rev int64 // grows with every write: of two copies the one with the higher is the later
}

// Active says whether the operation waits or runs.
func (o Operation) Active() bool { return !o.State.Ended() }

// Fence is what a run names with all that it writes.
func (o Operation) Fence() Fence { return Fence{ID: o.ID, Owner: o.Owner, Attempt: o.Attempt} }

// Progress is how far an operation has come.
type Progress struct {
	Done    int             `json:"done"`
	Total   int             `json:"total"` // 0: not known yet
	Message fault.Message   `json:"message"`
	Detail  json.RawMessage `json:"detail,omitempty"` // what the handler's own page shows
}

// Failure is why an operation failed: its kind, for status and advice, what a person reads, and the outside service's own words.
type Failure struct {
	Kind      fault.Kind    `json:"kind,omitempty"`
	Message   fault.Message `json:"message"`
	Code      string        `json:"code,omitempty"`
	RequestID string        `json:"request_id,omitempty"`
	Problems  []string      `json:"problems,omitempty"`
}

// failureOf is what is kept of err: never its text.
func failureOf(err error) Failure {
	f := fault.From(err)
	return Failure{Kind: f.Kind, Message: f.Message, Code: f.Code, RequestID: f.RequestID, Problems: f.Problems}
}

// Why a handler's context ended (context.Cause).
var (
	// ErrCancelled: somebody asked to cancel the operation. An error that the handler then returns makes it Cancelled.
	ErrCancelled = errors.New("the operation was cancelled")
	// ErrStopped: this process stops. An error that the handler then returns hands the operation back to the queue.
	ErrStopped = errors.New("the process stops; the operation goes back to the queue")
	// ErrLost: the lease ran out or another process has the operation. Nothing more can be written. Every write of a
	// run whose operation is not its own any more fails with it, too.
	ErrLost = errors.New("the operation's lease is lost")
)
