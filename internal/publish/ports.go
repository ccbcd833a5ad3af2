package publish

import (
	"context"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
)

// AnswerLost is the message of a write's error that leaves open whether the write was carried out.
const AnswerLost = "aws.answer-lost"

// Target is the writing side of the gateway. Errors are *fault.Error. Of a write that fails with AnswerLost, or with
// fault.Internal, nobody knows whether it was carried out, or still will be; any other error says that it was not.
type Target interface {
	// DescribeFlow reads one copy: id bare (published) or with a qualifier ("<id>:$SAVED").
	DescribeFlow(ctx context.Context, in instance.Instance, id string) (instance.Flow, error)
	// ListFlows gives summaries of all flows of the types, all types when none is named.
	ListFlows(ctx context.Context, in instance.Instance, types ...instance.FlowType) ([]instance.Flow, error)
	// CreateFlow creates and publishes a flow.
	CreateFlow(ctx context.Context, in instance.Instance, f NewFlow) (Written, error)
	// UpdateFlowContent replaces the content, published at once.
	UpdateFlowContent(ctx context.Context, in instance.Instance, id instance.FlowID, content string) (Written, error)
	// SaveFlowDraft replaces the saved copy of a flow. That the published one stays is inferred from the service's documentation, not said there.
	SaveFlowDraft(ctx context.Context, in instance.Instance, id instance.FlowID, content string) (Written, error)
	// SetFlowState makes a flow instance.StateArchived or instance.StateActive; its content stays.
	SetFlowState(ctx context.Context, in instance.Instance, id instance.FlowID, state string) (Written, error)
	// DescribeModule reads what is published of a flow module.
	DescribeModule(ctx context.Context, in instance.Instance, id string) (instance.Module, error)
	// Associations lists which telephone numbers and other resources lead to which flow.
	Associations(ctx context.Context, in instance.Instance) ([]instance.Association, error)
	// DescribeView reads a view by ARN or id.
	DescribeView(ctx context.Context, in instance.Instance, id string) (instance.View, error)
}

// NewFlow and Written cross to the gateway, which knows only internal/instance.
type (
	NewFlow = instance.NewFlow
	Written = instance.Written
)

// Journal is the store's side: changes, intents, outcomes, contents by hash. Each method is one transaction, and adds to the chain of
// entries what it did. What a run writes carries the fence of its operation, and is refused with operation.ErrLost unless that operation
// is running, under that owner and attempt, with a lease that is not over at the time given. A Journal error stops a run.
type Journal interface {
	Past

	// CreateChange stores a planned change with its steps.
	CreateChange(ctx context.Context, c Change) error
	// Change loads a change with the state of its steps; fault.NotFound.
	Change(ctx context.Context, id string) (Change, error)
	// Changes lists the newest first, with the number of all that match.
	Changes(ctx context.Context, f Filter) ([]Change, int, error)

	// Propose makes a change that is Planned or Paused Proposed, for another publisher to approve w. fault.Conflict as of Approve.
	Propose(ctx context.Context, id, hash string, seen Seen, w Word) error
	// Approve makes a change that is Planned, Paused or Proposed Approved, with the person's word. fault.Conflict "publish.started" where it
	// is in another state, or not as seen, "publish.stale-hash" where hash is not its own, "publish.own-proposal" where the person proposed
	// it, "publish.needs-two" where the rules of the instance ask for two people and w breaks no glass; the rest of a change that two people
	// wanted needs one.
	Approve(ctx context.Context, id, hash string, seen Seen, w Word) error
	// Stop has a change stop before its next write: one that is Approved is Paused at once (or Planned again, if it never ran), one that is
	// Running refuses its next intent. fault.Conflict "publish.not-running" in any other state.
	Stop(ctx context.Context, id string, by Actor, at time.Time) error
	// Withdraw takes back a change that is Proposed: it is Planned again where it never ran, else Paused. fault.Conflict "publish.not-open" in any
	// other state, or where it is not as seen.
	Withdraw(ctx context.Context, id string, seen Seen, by Actor, at time.Time) error
	// Refuse takes back a change that is Proposed, as somebody else than who proposed it, and tells why as Fall does: it is Planned again where it
	// never ran, else Paused. The entry tells a refusal only of FellRefused, else that it fell. fault.Conflict "publish.not-open" in any other state,
	// or where it is not as seen; "publish.refuse-own".
	Refuse(ctx context.Context, id string, seen Seen, why fault.Message, by Actor, at time.Time) error
	// GiveUp ends a change that is Planned (Discarded) or Paused (steps never tried are skipped; the state that its steps speak for), and
	// gives that state. fault.Conflict "publish.not-open" in any other state, or where it is not as seen.
	GiveUp(ctx context.Context, id string, seen Seen, by Actor, at time.Time) (State, error)
	// Halt stops all publishing: while it holds, no change is taken and no intent recorded. One that holds stays as it is: fault.Conflict
	// "publish.halted-already".
	Halt(ctx context.Context, h Halt, by Actor, at time.Time) error
	// LetOn ends the halt that began at since. Where none holds nothing is done; where another one does, fault.Conflict "publish.halted-anew".
	LetOn(ctx context.Context, since time.Time, by Actor, at time.Time) error
	// Halted gives the halt that holds; nil where none does.
	Halted(ctx context.Context) (*Halt, error)

	// Rules gives the rules of an instance; the zero Rules where none were set.
	Rules(ctx context.Context, in instance.ID) (Rules, error)
	// SetRules replaces the rules of an instance and gives them with their new Rev. fault.Conflict "rules.changed" where r.Rev is not the Rev
	// of the rules that hold.
	SetRules(ctx context.Context, in instance.ID, r Rules, by Actor, at time.Time) (Rules, error)

	// Due lists the instances in which a change is to be applied: one that is Approved and whose time has come at now, or one that is
	// Running (its run has ended without a word, or still goes on). None while a halt holds.
	Due(ctx context.Context, now time.Time) ([]instance.ID, error)
	// Take makes the change of the instance that is due, a Running one first and then the one approved first, Running under the
	// fence. Its Runs grow by one. found is false where none is due.
	Take(ctx context.Context, in instance.ID, f operation.Fence, now time.Time) (c Change, found bool, err error)
	// Intent records what is about to be written, before the call. fault.Conflict "publish.stopped" or "publish.halted" where somebody
	// stopped the change, or all; "store.step-closed" where the step is not planned any more.
	Intent(ctx context.Context, id, step string, f operation.Fence, in Intent) error
	// Outcome records what came of a step, at o.At.
	Outcome(ctx context.Context, id, step string, f operation.Fence, o Outcome) error
	// Reopen makes a step whose intent is known not to have been carried out planned again; why stays in the chain.
	Reopen(ctx context.Context, id, step string, f operation.Fence, why fault.Message, at time.Time) error
	// Finish ends the run of a Running change, at now, in the state that its steps speak for (StateOf), which s must be. Who asked it
	// to stop stays named while it is Paused. Steps that were never tried stay planned.
	Finish(ctx context.Context, id string, f operation.Fence, s State, now time.Time) error
	// Await ends the run of a Running change that is to go on at until, as it was approved: it is Approved again. fault.Conflict
	// "publish.stopped" where somebody stopped it. No step may be open.
	Await(ctx context.Context, id string, f operation.Fence, until, at time.Time) error
	// Fall ends the run of a Running change whose approval does not hold any more, and tells why: it is Planned again where no step was
	// tried, else Paused; it gives which. No step may be open.
	Fall(ctx context.Context, id string, f operation.Fence, why fault.Message, at time.Time) (State, error)
	// Settle records a person's decision on a step of an Interrupted change, and gives the change the state that its steps then speak for.
	// fault.Conflict "store.not-interrupted" or "store.step-closed".
	Settle(ctx context.Context, id, step string, o Outcome) error

	// KeepContent stores content by its hash, once; Content gives it back and checks the hash: fault.NotFound, or fault.Internal
	// "store.content-damaged" where the bytes no longer match.
	KeepContent(ctx context.Context, content []byte) (hash string, err error)
	Content(ctx context.Context, hash string) ([]byte, error)
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
	// DeleteDraft deletes the draft if it still has this Rev; Rev 0 deletes it whatever it has.
	DeleteDraft(ctx context.Context, in instance.ID, flow string, rev int64) error
	DraftsOf(ctx context.Context, in instance.ID) ([]GuideDraft, error)
}
