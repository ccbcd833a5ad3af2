// Package publish writes to Amazon Connect, and is the only part of wrapup that does: a plan that a person has seen,
// two proofs, intent and outcome in the journal around every call, and the content before every write kept by hash.
package publish

import (
	"context"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/view"
)

// Target is the writing side of the gateway. Errors are *fault.Error.
type Target interface {
	// DescribeFlow reads one copy: id bare (published) or with a qualifier ("<id>:$SAVED").
	DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error)
	// ListFlows gives summaries of all flows of the types, all types when none is named.
	ListFlows(ctx context.Context, in instance.Instance, types ...instance.FlowType) ([]instance.Flow, error)
	// CreateFlow creates and publishes a flow.
	CreateFlow(ctx context.Context, in instance.Instance, f NewFlow) (Written, error)
	// UpdateFlowContent replaces the content, published at once.
	UpdateFlowContent(ctx context.Context, in instance.Instance, id instance.FlowID, content string) (Written, error)
	// DescribeView reads a view by ARN or id.
	DescribeView(ctx context.Context, in instance.Instance, id string) (instance.View, error)
}

// NewFlow and Written cross to the gateway, which knows only internal/instance.
type (
	NewFlow = instance.NewFlow
	Written = instance.Written
)

// Journal is the store's side: changes, intents, outcomes, contents by hash. A Journal error stops a run.
type Journal interface {
	// CreateChange stores a planned change with its steps.
	CreateChange(ctx context.Context, c Change) error
	// Change loads a change with the state of its steps; fault.NotFound.
	Change(ctx context.Context, id string) (Change, error)
	// Changes lists the newest first.
	Changes(ctx context.Context, f Filter) ([]Change, int, error)
	// Start takes the change (must be Planned, and its hash the one approved) and the instance for owner, in one
	// transaction, and gives the fencing number. fault.Conflict with "publish.started", "publish.stale-hash" or
	// "publish.instance-busy".
	Start(ctx context.Context, id, hash string, by Actor, reason string, lease Lease) (attempt int64, err error)
	// Renew extends the lease; fault.Conflict "publish.lease-lost" if attempt is not the current one.
	Renew(ctx context.Context, id string, attempt int64, until time.Time) error
	// Intent records what is about to be written, before the call. Refused like Renew.
	Intent(ctx context.Context, id, step string, attempt int64, in Intent) error
	// Outcome records what came of it. Refused like Renew.
	Outcome(ctx context.Context, id, step string, attempt int64, o Outcome) error
	// Finish sets the final state and frees the instance.
	Finish(ctx context.Context, id string, attempt int64, s State) error
	// Sweep marks changes that run under an expired lease, or under this owner name (a former process: the caller runs
	// nothing yet), as Interrupted (or Failed/Partly where no intent lacks its outcome) and frees their instances. It
	// returns their ids.
	Sweep(ctx context.Context, owner string, now time.Time) ([]string, error)
	// Settle records a person's decision on a step of an Interrupted change; once no step is open the change gets state s.
	Settle(ctx context.Context, id, step string, o Outcome, s State) error
	// KeepContent stores content by its hash, once; Content gives it back and checks the hash.
	KeepContent(ctx context.Context, content []byte) (hash string, err error)
	Content(ctx context.Context, hash string) ([]byte, error)
}

// Lease is who runs a change, and until when if nothing more is heard.
type Lease struct {
	Owner string
	Until time.Time
}

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
	Running     State = "running"
	Published   State = "published"
	Partly      State = "partly"
	Failed      State = "failed" // nothing was written
	Interrupted State = "interrupted"
	Discarded   State = "discarded"
)

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
	Checks   []Check // pre-flight
	Created  time.Time
	By       Actor
	Hash     string // over bytes, messages, order; never a language

	State    State
	Reason   string // the person's
	Approved Actor
	Started  time.Time
	Finished time.Time
}

// StepKind is what a step writes.
type StepKind string

// The step kinds.
const (
	CreateGuide StepKind = "create-guide"
	UpdateGuide StepKind = "update-guide"
	UpdateFlow  StepKind = "update-flow"
)

// Step is one write.
type Step struct {
	Key           string // stable within the change: "guide" or "flow:<id>"
	Kind          StepKind
	Flow          instance.FlowID // empty for a create
	Name          string          // the flow's name
	Message       fault.Message   // the sentence
	Before        string          // hash of the live content reviewed; empty for a create
	Saved         string          // hash of the saved copy reviewed; equals Before where there is no unpublished draft
	After         string          // hash of the reviewed bytes, placeholders unfilled
	Edits         []flow.Edit
	Fill          []Span           // places in After that apply fills with the created guide's ARN
	Exits         []audit.Exit     // named in the review
	Points        int              // points where an agent is reached that the step covers
	Verdict       [2]audit.Verdict // before, after
	Replaces      []string         // flow references that a retarget replaces
	ReplacesDraft bool             // the person chose to publish over an unpublished draft

	State   StepState
	Intent  Intent
	Outcome Outcome
}

// Span is a byte range of the reviewed content.
type Span struct{ Offset, Len int }

// Intent is written before the call.
type Intent struct {
	At    time.Time
	Final string // hash of the bytes about to be sent
	Live  string // hash of the live content just compared
	Draft string // hash of the saved copy just read
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
}

// LeftOut is a flow that was asked for and is not in the plan, with the reason.
type LeftOut struct {
	Flow   instance.FlowID
	Name   string
	Reason fault.Message
	Draft  bool // can be chosen in spite of the unpublished draft
}

// Check is one pre-flight result.
type Check struct {
	OK      bool
	Block   bool // publishing is not offered
	Message fault.Message
}

// Filter of the history list.
type Filter struct {
	Instance      instance.ID
	Flow          instance.FlowID
	Person        string
	Limit, Offset int
}

// Request is what a person wants written.
type Request struct {
	Instance  instance.Instance
	By        Actor
	Audit     audit.Options // of the instance's last reading
	Guide     GuideChoice
	Add       []instance.FlowID        // flows that shall open the guide
	Remove    []instance.FlowID        // flows that wrapup's block is taken out of
	Replace   bool                     // retarget blocks that name another guide
	OverDraft map[instance.FlowID]bool // flows chosen in spite of an unpublished draft
}

// GuideChoice: New (Name, Model), Changed (Flow, Model), or as it is (Flow).
type GuideChoice struct {
	Flow        instance.FlowID
	Name        string
	Description string
	Model       *acw.Guide
	View        *view.View
}

// GuideDraft is a guide being edited, kept on the server.
type GuideDraft struct {
	Instance instance.ID
	Flow     string // flow id, or "new"
	Name     string // of a new guide
	Model    acw.Guide
	Base     string // hash of the live content it was started from
	Rev      int64  // optimistic lock: a save names the Rev it read
	By       Actor
	At       time.Time
}

// Drafts keeps guide drafts. Save with a stale Rev is fault.Conflict "draft.changed"; Rev 0 creates.
type Drafts interface {
	Draft(ctx context.Context, in instance.ID, flow string) (GuideDraft, bool, error)
	SaveDraft(ctx context.Context, d GuideDraft) (GuideDraft, error)
	DeleteDraft(ctx context.Context, in instance.ID, flow string) error
	DraftsOf(ctx context.Context, in instance.ID) ([]GuideDraft, error)
}

// Options of the service.
type Options struct {
	Event    string
	Owner    string // names this process in leases
	Now      func() time.Time
	Deadline time.Duration // of one apply; 0 is ten minutes
}

// Service plans and applies.
type Service struct{}

// New makes the service.
func New(t Target, j Journal, o Options) *Service { panic("contract") }

// Plan reads both copies of every flow, builds and proves the steps, stores the change and returns it.
func (s *Service) Plan(ctx context.Context, r Request) (Change, error) { panic("contract") }

// Change loads one; Changes lists.
func (s *Service) Change(ctx context.Context, id string) (Change, error)        { panic("contract") }
func (s *Service) Changes(ctx context.Context, f Filter) ([]Change, int, error) { panic("contract") }
func (s *Service) Content(ctx context.Context, hash string) ([]byte, error)     { panic("contract") }

// Publish approves the hash and applies the change to its end, whatever becomes of ctx after it has started.
func (s *Service) Publish(ctx context.Context, id, hash, reason string, by Actor) (Change, error) {
	panic("contract")
}

// Now reads what AWS holds for an interrupted step: the live content, and whether it equals the reviewed or the former bytes.
func (s *Service) Now(ctx context.Context, id, step string) (Observed, error) { panic("contract") }

// Settle records a publisher's decision on an interrupted step.
func (s *Service) Settle(ctx context.Context, id, step string, by Actor) (Change, error) {
	panic("contract")
}

// Recover sweeps changes that a former process left running; called at start.
func (s *Service) Recover(ctx context.Context) error { panic("contract") }

// Observed is what AWS holds now.
type Observed struct {
	Content string
	Is      string // "reviewed", "former" or "other"
	Found   bool
}

// Wiring is the planned wiring of one flow's bytes (product.md section 3): used by plans and by the command line.
type Wiring struct {
	After          []byte
	Edits          []flow.Edit
	Exits          []audit.Exit // reached only with the guide after the edit; named in the review
	Before, Report audit.Report // before and after
	Unchanged      bool         // nothing to do: the same bytes
	Replaced       []string
}

// WireOptions of Wire.
type WireOptions struct {
	Guide, Name string // the event's value and the guide's name, if known
	Replace     bool   // retarget another constant
	Audit       audit.Options
}

// Wire plans adding the guide to a flow and proves both the edit and its effect. A refusal is a *fault.Error of kind
// Invalid ("wire.refused.<reason>", with Block).
func Wire(before []byte, o WireOptions) (Wiring, error) { panic("contract") }

// Unwire takes wrapup's block out again; all also clears the event in every other block.
func Unwire(before []byte, all bool, o WireOptions) (Wiring, error) { panic("contract") }
