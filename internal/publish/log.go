package publish

import (
	"encoding/json"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// LogFilter picks entries of the history. Text is part of what an entry says that is made of letters, digits, dots and hyphens alone, such as
// the request id of AWS or the id of a change; an entry that is about such a change is found, too.
type LogFilter struct {
	Before   int64 // entries with a smaller number; 0: from the newest on
	Kinds    []EntryKind
	Person   string // id
	Text     string
	Refused  bool      // of the record only what was refused
	Accounts bool      // also what the record says of accounts: sign-ins, roles, links
	From, To time.Time // from From on, and before To; zero: no bound
	Limit    int       // 0 is 50
}

// Told is what an entry's body says, as far as people read it.
type Told struct {
	Title *fault.Message `json:"title"`
	Why   *fault.Message `json:"why"` // of a step that was reopened, or an approval that fell
	Steps []struct {
		Key     string    `json:"key"`
		State   StepState `json:"state"`
		Outcome Outcome   `json:"outcome"`
	} `json:"steps"`
	Change *struct {
		Reason   string
		Mode     Mode
		Started  time.Time // zero in the approval that a change begins on
		Proposal struct{ Reason string }
	} `json:"change"`
	Rules *struct {
		Instance instance.ID
		Rules    Rules
	} `json:"rules"`
	Halt    *struct{ Reason string } `json:"halt"`
	Adopted *struct {
		Instance, Flow, Name, Reason string
	} `json:"adopted"`
	Record *struct {
		Action, Subject, Reason, Result string
		Args                            map[string]string
	} `json:"record"`
}

// Told reads the body; what it can't read is left out.
func (e Entry) Told() Told {
	var t Told
	_ = json.Unmarshal(e.Body, &t)
	return t
}
