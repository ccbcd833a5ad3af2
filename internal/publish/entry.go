package publish

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

// EntryKind says what an entry tells.
type EntryKind string

// The entry kinds.
const (
	EntryBegan     EntryKind = "began"     // the chain begins: how everything stood then
	EntryPlanned   EntryKind = "planned"   // a change was stored
	EntryProposed  EntryKind = "proposed"  // by By, for another publisher to approve
	EntryApproved  EntryKind = "approved"  // by By
	EntryStopped   EntryKind = "stopped"   // somebody asked the change to stop
	EntryWithdrawn EntryKind = "withdrawn" // a proposal was taken back
	EntryRefused   EntryKind = "refused"   // a proposal was refused by another publisher
	EntryGivenUp   EntryKind = "given-up"  // by By
	EntryHalted    EntryKind = "halted"    // all publishing was stopped
	EntryLetOn     EntryKind = "let-on"    // the halt is over
	EntryRuled     EntryKind = "ruled"     // the rules of an instance were set
	EntryTaken     EntryKind = "taken"     // a run took the change up
	EntryWaits     EntryKind = "waits"     // the run ended: the change goes on when a window opens
	EntryFallen    EntryKind = "fallen"    // what was approved is not so any more
	EntryIntent    EntryKind = "intent"    // a step is about to be written
	EntryOutcome   EntryKind = "outcome"   // what came of it
	EntryReopened  EntryKind = "reopened"  // an announced step turned out not to have been carried out
	EntryFinished  EntryKind = "finished"  // the run ended
	EntrySettled   EntryKind = "settled"   // a person decided on a step
	EntryAdopted   EntryKind = "adopted"   // what a flow holds was accepted, though it was published outside wrapup
	EntryRecorded  EntryKind = "recorded"  // what people do besides publishing: sign-ins, roles, refusals
)

// Entry is one link of the history: who did what, when, from where. Entries are only ever added, and each carries the hash of the one
// before, so that none can be changed, taken out or put in unseen. Of what a run writes, By is who approved the change.
type Entry struct {
	Seq    int64           `json:"seq"` // from 1, without a gap
	At     time.Time       `json:"at"`  // UTC, at the microsecond
	Kind   EntryKind       `json:"kind"`
	Change string          `json:"change,omitempty"`
	Step   string          `json:"step,omitempty"`
	By     Actor           `json:"by"`
	Body   json.RawMessage `json:"body"` // what was written; JSON as json.Marshal writes it, so that it survives another Marshal
	Prev   string          `json:"prev"` // the hash of the entry before; empty in the first
	Hash   string          `json:"hash"`
}

// Sum is the hash that the entry must carry: the lower-case hex SHA-256 of the words "wrapup entry 1", Prev, Seq in decimal, At as in
// JSON, Kind, Change, Step, By's ID, Name and Address, and Body, in this order, each written as its length in bytes in decimal, a
// colon, the bytes and a comma. No other two entries are written the same.
func (e Entry) Sum() string {
	var b []byte
	for _, word := range []string{
		"wrapup entry 1", e.Prev, strconv.FormatInt(e.Seq, 10), e.At.UTC().Format(time.RFC3339Nano), string(e.Kind), e.Change, e.Step,
		e.By.ID, e.By.Name, e.By.Address, string(e.Body),
	} {
		b = strconv.AppendInt(b, int64(len(word)), 10)
		b = append(b, ':')
		b = append(b, word...)
		b = append(b, ',')
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
