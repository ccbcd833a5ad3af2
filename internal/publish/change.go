package publish

import (
	"slices"
	"strings"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/view"
)

// Actor is who does something, from where.
type Actor struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address,omitempty"`
}

// State of a change.
type State string

// The states; docs/journal.md tells the moves.
const (
	Planned     State = "planned"
	Proposed    State = "proposed" // one publisher wants it; another one is to approve
	Approved    State = "approved" // waits for its time, or for its turn in the instance
	Running     State = "running"
	Paused      State = "paused"      // stopped between two steps; the rest can be published later, or given up
	Interrupted State = "interrupted" // nobody knows what came of a step: a person decides
	Published   State = "published"
	Partly      State = "partly"
	Failed      State = "failed"    // nothing was written
	Discarded   State = "discarded" // given up before anything was written
)

// Ended says whether the state is final.
func (s State) Ended() bool { return s == Published || s == Partly || s == Failed || s == Discarded }

// Mode is how far a change goes by itself.
type Mode string

// The modes.
const (
	StopAtFailure Mode = "stop"  // what follows a step that is not done is skipped
	GoOn          Mode = "go-on" // what does not depend on it is published all the same
	OneFirst      Mode = "first" // pause after the first flow, to look at it
)

// Word is a publisher's approval of a plan.
type Word struct {
	By        Actor
	At        time.Time
	Reason    string
	Mode      Mode
	NotBefore time.Time // zero: at once

	BreakGlass bool // given alone, or for a time outside the windows, against the rules of the instance
}

// Fall is why an approval does not hold any more.
type Fall struct {
	At  time.Time
	Why fault.Message
}

// OutOfDate says whether the approval of a plan fell because a flow is not as reviewed any more, or is not to be touched: it is planned
// anew, or discarded.
func (c Change) OutOfDate() bool {
	if c.State != Planned || c.Fell == nil {
		return false
	}
	why := strings.TrimSuffix(c.Fell.Why.ID, manyNamed)
	return why == fellChanged || why == fellUntouched
}

// Seen is a change as somebody looked at it who then decides on it: an order is about that state, and about no later one.
type Seen struct {
	State    State
	Runs     int
	Proposed int64 // when, in microseconds since 1970; 0 in any state but Proposed
}

// Seen is the change as it is.
func (c Change) Seen() Seen {
	s := Seen{State: c.State, Runs: c.Runs}
	if c.State == Proposed && c.Proposal != nil {
		s.Proposed = c.Proposal.At.UnixMicro()
	}
	return s
}

// Halt is an administrator's stop of all publishing.
type Halt struct {
	By     Actor
	At     time.Time
	Reason string
}

// StepState of one write.
type StepState string

// The step states.
const (
	StepPlanned StepState = "planned"
	StepIntent  StepState = "intent" // about to be written; outcome unknown until there is one
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"  // the service refused, or the precondition did not hold: not written
	StepSkipped StepState = "skipped" // not tried, because an earlier one failed
	StepUnclear StepState = "unclear" // settled by a person, or read back different
)

// Change is one plan and what became of it. Everything above State is fixed once planned and covered by Hash.
type Change struct {
	ID       string
	Instance instance.Instance
	Title    fault.Message
	Steps    []Step
	LeftOut  []LeftOut
	Checks   []Check   // pre-flight
	Asked    Asked     // what the person chose, to plan the same again
	Draft    *DraftRef // the guide draft that this publishes; nil without one
	Created  time.Time
	By       Actor
	Hash     string // over bytes, messages, order; never a language
	// Continues is the change whose steps, which were not written, this one plans anew; empty: none.
	Continues string `json:",omitempty"`

	State    State
	Word     Word      // the latest approval
	Proposal *Word     // what Word approves, or is asked to: another publisher's; nil where one was enough
	Fell     *Fall     // why the former approval does not hold, until there is another one
	Stopped  *Actor    // who asked it to stop, until it is approved again or ends
	Runs     int       // how often a run took it up
	Lost     int       `json:",omitempty"` // how many runs, one after the other up to the latest, took it up from one that ended without a word
	Started  time.Time // of the first run
	Finished time.Time // once State has ended
}

// StepKind is what a step writes.
type StepKind string

// The step kinds.
const (
	CreateGuide StepKind = "create-guide"
	UpdateGuide StepKind = "update-guide"
	UpdateFlow  StepKind = "update-flow"

	RestoreFlow   StepKind = "restore-flow"   // kept bytes are published again
	RestoreDraft  StepKind = "restore-draft"  // kept bytes are saved as the flow's draft; what is live stays
	ArchiveGuide  StepKind = "archive-guide"  // the content stays
	ActivateGuide StepKind = "activate-guide" // an archived guide is made active again; the content stays
)

// guideKey is the key of the step that writes the guide of a change.
const guideKey = "guide"

// Step is one write.
type Step struct {
	Key           string // stable within the change: "guide", "flow:<id>", "draft:<id>" or "activate"
	Kind          StepKind
	Flow          instance.FlowID   // empty for a create
	Name          string            // the flow's name
	Type          instance.FlowType `json:",omitempty"` // of a flow that is not inbound
	Description   string            // of a flow to be created
	Message       fault.Message     // the sentence
	Before        string            // hash of the live content reviewed; empty for a create
	Saved         string            // hash of the saved copy reviewed; equals Before where there is no unpublished draft
	After         string            // hash of the reviewed bytes, placeholders unfilled
	Edits         []flow.Edit
	Fill          []Span           // places in After that apply fills with the created guide's ARN
	Exits         []audit.Exit     // named in the review
	Points        int              // points where an agent is reached that open the guide after the step, as proved
	Behind        int              // points that are reached only behind an exit: nothing is proved of them
	Verdict       [2]audit.Verdict // before, after
	Replaces      []string         // flow references that a retarget replaces
	ReplacesNames []string         // the names of those flows; the reference where the flow cannot be read
	Loses         []string         // attributes that a replaced guide records and the new one does not
	ReplacesDraft bool             // the person chose to publish over an unpublished draft
	Unset         []string         // attributes that the guide shows and this flow does not set
	Overrides     []string         // fields that somebody published since the draft was begun, and that this replaces
	Managed       string           // what manages the flow ("CloudFormation"); needs a tick
	Over          bool             `json:",omitempty"` // the person chose to put back over what somebody published since
	OverCalls     bool             `json:",omitempty"` // the person chose to add the guide although every known caller brings one

	State   StepState
	Intent  Intent
	Outcome Outcome
}

// Span is a byte range of the reviewed content.
type Span struct{ Offset, Len int }

// Intent is written before the call.
type Intent struct {
	At    time.Time
	Until time.Time `json:",omitzero"` // no call is made after it, and one that was made is over by then; a former version's intent has none
	Final string    // hash of the bytes about to be sent
	Live  string    // hash of the live content just compared
	Draft string    // hash of the saved copy just read
}

// Outcome is written after the call.
type Outcome struct {
	At        time.Time
	State     StepState
	Flow      instance.FlowID // of a create
	ARN       string
	RequestID string
	ReadBack  string        // hash of the content read back
	Message   fault.Message // what happened, for a person
	Code      string        // the service's error code
	Problems  []string      // the service's problems
	By        *Actor        // who settled it
	Found     Found         `json:",omitzero"` // what stood in the way
}

// LeftOut is a flow that was asked for and is not in the plan, with the reason.
type LeftOut struct {
	Flow   instance.FlowID
	Name   string
	Reason fault.Message
	Draft  bool // can be chosen in spite of the unpublished draft
	Led    bool `json:",omitempty"` // can be chosen although every known caller brings a guide
	Over   bool `json:",omitempty"` // can be put back in spite of what was published since
}

// Check is one pre-flight result.
type Check struct {
	OK      bool
	Block   bool // publishing is not offered
	Message fault.Message
}

// Asked is a request as the choosing page knows it.
type Asked struct {
	Guide     string // "new", "draft:<flow>" or "as:<flow>"; empty where no guide is chosen
	Add       []instance.FlowID
	Remove    []instance.FlowID
	Replace   bool
	OverDraft []instance.FlowID
	OverCalls []instance.FlowID `json:",omitempty"` // chosen although every known caller brings a guide
	Former    Former            `json:",omitzero"`
}

// Former is what a request puts back: a change, or one snapshot of a flow.
type Former struct {
	Change string            `json:",omitempty"`
	Steps  []string          `json:",omitempty"` // keys of the steps chosen, "draft:<id>" for a replaced draft alone; none: all that are done
	Over   []instance.FlowID `json:",omitempty"` // put back in spite of what was published since
	Drafts []instance.FlowID `json:",omitempty"` // whose replaced draft is saved again
	Flow   instance.FlowID   `json:",omitempty"` // with Hash: the flow whose snapshot is restored
	Hash   string            `json:",omitempty"`
}

// DraftRef is one revision of a guide draft: a later one is never deleted with it.
type DraftRef struct {
	Flow string // flow id, or "new"
	Rev  int64
}

// Filter of the history list.
type Filter struct {
	Instance      instance.ID
	Flows         []instance.FlowID // those that write one of them; none: any
	Person        string
	State         State
	From, To      time.Time // created from From on, and before To; zero: no bound
	Continues     string    // the change that they continue
	PutsBack      string    // the change that they put back, or steps of
	Writing       bool      // only those that write something: none whose flows were all left out
	Limit, Offset int
}

// Request is what a person wants written.
type Request struct {
	ID        string // of the change to be; "" is a new one. A change that has it already is the answer
	Instance  instance.Instance
	By        Actor
	Asked     Asked
	Audit     audit.Options // of the instance's last reading
	Guide     GuideChoice
	Add       []instance.FlowID          // flows that shall open the guide
	Remove    []instance.FlowID          // flows that wrapup's block is taken out of
	Continues string                     // the change that this one continues; empty: none
	Replace   bool                       // retarget blocks that name another guide
	OverDraft map[instance.FlowID]bool   // flows chosen in spite of an unpublished draft
	Led       map[instance.FlowID]bool   // flows to which every known caller brings a guide, by the last reading: the guide is not added
	Progress  func(done, of int)         // told of every flow that was looked at; may be nil
	Names     map[instance.FlowID]string // names known from the last reading, for flows that cannot be read now
}

// GuideChoice: New (Name, Model), Changed (Flow, Model), or as it is (Flow).
type GuideChoice struct {
	Flow        instance.FlowID
	Name        string
	Description string
	Model       *acw.Guide
	View        *view.View
	Draft       *DraftRef // the draft that Model was taken from
	Base        string    // hash of the live content that Model was made over; empty: not known
	Overrides   []string  // labels of fields in which Model replaces what somebody published since the draft was begun
}

// Adds says whether the step makes a flow open the guide: the effect proof is made for such a step only.
func (st Step) Adds() bool {
	return st.Kind == UpdateFlow && slices.ContainsFunc(st.Edits, func(e flow.Edit) bool {
		return e.Kind == flow.Insert || e.Kind == flow.Retarget
	})
}

// WritesFlow says whether the step publishes the content of a flow that is no guide of the change.
func (st Step) WritesFlow() bool {
	return st.Kind == UpdateFlow || st.Kind == RestoreFlow && st.Key != guideKey
}
