package publish

import (
	"context"
	"time"

	"wrapup/internal/acw"
	"wrapup/internal/instance"
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
	// Intent records what is about to be written, before the call, and extends the lease to until: the call must be over
	// by then. Refused like Renew, and where the lease has run out at now, swept or not.
	Intent(ctx context.Context, id, step string, attempt int64, in Intent, now, until time.Time) error
	// Outcome records what came of it. Refused like Renew.
	Outcome(ctx context.Context, id, step string, attempt int64, o Outcome) error
	// Finish sets the final state and frees the instance.
	Finish(ctx context.Context, id string, attempt int64, s State) error
	// Sweep marks changes that run under an expired lease, or under this owner name (a former process: the caller runs
	// nothing yet), as Interrupted (or Failed/Partly where no intent lacks its outcome) and frees their instances. It
	// returns their ids. Those in except are left alone: the caller runs them itself.
	Sweep(ctx context.Context, owner string, now time.Time, except ...string) ([]string, error)
	// Settle records a person's decision on a step of an Interrupted change; once no step is open the change gets state s.
	Settle(ctx context.Context, id, step string, o Outcome, s State) error
	// KeepContent stores content by its hash, once; Content gives it back and checks the hash.
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
