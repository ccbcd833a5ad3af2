package operation

import (
	"context"
	"encoding/json"
	"time"
)

// Store keeps operations. Times are kept at the microsecond. Errors are the database's, unless said otherwise.
type Store interface {
	// Ask stores o as Queued. Where an active operation has its Key, that one is given and asked is false. With a turn,
	// nothing is stored and the zero Operation is given unless the turn is due; the turn is taken in the same transaction.
	Ask(ctx context.Context, o Operation, turn *Turn) (got Operation, asked bool, err error)
	// Get gives one; fault.NotFound.
	Get(ctx context.Context, id ID) (Operation, error)
	// List gives the newest first.
	List(ctx context.Context, f Filter) ([]Operation, error)
	// Claim takes the operation of c's kinds that was asked first and that nobody runs: makes it Running, of c's owner, with
	// the next Attempt. found is false where there is none.
	Claim(ctx context.Context, c Claim) (got Operation, found bool, err error)
	// Write writes what a run says, if the operation is Running under f, and gives it as it is then; else ErrLost.
	Write(ctx context.Context, f Fence, w Word) (Operation, error)
	// Cancel ends an operation that was never started, and notes on an active one who asked first. An ended one is given as it is;
	// fault.NotFound.
	Cancel(ctx context.Context, id ID, by string, now time.Time) (Operation, error)
	// Forget deletes what ended before a time and gives the number.
	Forget(ctx context.Context, before time.Time) (int, error)
}

// Notifier tells of operations that changed, whichever process changed them.
type Notifier interface {
	// Changes tells until ctx ends or it can hear no more, and says why. It begins with the zero Change: what was written before
	// may have been missed.
	Changes(ctx context.Context, tell func(Change)) error
}

// Change says that an operation was written. The zero Change says that any may have been.
type Change struct {
	ID      ID     `json:"id"`
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	State   State  `json:"state"`
	Rev     int64  `json:"rev"`
}

// Fence is one run of one operation.
type Fence struct {
	ID      ID
	Owner   string
	Attempt int64
}

// Claim is what a process asks for.
type Claim struct {
	Owner  string
	Kinds  []string
	Now    time.Time
	Until  time.Time // end of the lease
	Except []ID      // what the process runs itself
}

// Word is what a run says of its operation. What is nil stays as it is.
type Word struct {
	Now      time.Time
	Until    time.Time // end of the lease; zero leaves it
	State    State     // "" goes on; Queued hands the operation back; a final state ends it
	Progress *Progress
	Saved    json.RawMessage
	Result   json.RawMessage
	Failure  *Failure
}

// Turn is an appointment that comes round. It is due where Next was never set, or is over at Now; taking it sets Next.
type Turn struct {
	Key       string
	Now, Next time.Time
}

// Filter picks operations; empty members pick all.
type Filter struct {
	Kind    string
	Subject string
	States  []State
	Limit   int // 0 is 50
}
