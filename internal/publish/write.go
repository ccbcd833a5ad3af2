package publish

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// prepare checks a step's precondition and its final bytes, and gives the write itself. Nothing is written yet.
func (r *run) prepare(ctx context.Context, st *Step) (func(context.Context) (Outcome, error), Intent, error) {
	if err := r.spared(ctx, st); err != nil {
		return nil, Intent{}, err
	}
	switch st.Kind {
	case ArchiveGuide, ActivateGuide:
		return r.prepareState(ctx, st)
	case RestoreDraft:
		return r.prepareDraft(ctx, st)
	}
	after, err := r.s.journal.Content(ctx, st.After)
	if err != nil {
		return nil, Intent{}, fmt.Errorf("the reviewed bytes: %w", err)
	}
	if st.Kind == CreateGuide {
		return r.prepareCreate(ctx, st, after)
	}
	if err := r.guideUsable(ctx, st); err != nil {
		return nil, Intent{}, err
	}
	now, err := r.s.read(ctx, r.c.Instance, st.Flow)
	if err != nil {
		return nil, Intent{}, err
	}
	if err := r.unchanged(ctx, st, now); err != nil {
		return nil, Intent{}, err
	}
	final, err := r.final(st, []byte(now.live.Content), after)
	if err != nil {
		return nil, Intent{}, err
	}
	in := Intent{Live: now.liveHash, Draft: now.savedHash}
	if in.Final, err = r.s.journal.KeepContent(ctx, final); err != nil {
		return nil, Intent{}, err
	}
	return func(ctx context.Context) (Outcome, error) { return r.update(ctx, st, final) }, in, nil
}

// guideUsable looks at the guide once more before the first flow of a run is wired to it: since the review it may have
// been archived, deleted or changed.
func (r *run) guideUsable(ctx context.Context, st *Step) error {
	if !st.Adds() || r.checked {
		return nil
	}
	id, err := r.guideOf(st)
	if err != nil {
		return err
	}
	f, err := r.s.target.DescribeFlow(ctx, r.c.Instance, string(id))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || !r.s.healthyGuide(f) {
		return fault.New(fault.Conflict, "publish.outcome.guide-not-usable", "Flow", st.Name)
	}
	r.checked = true
	return nil
}

// guideOf is the guide that a step makes its flow open.
func (r *run) guideOf(st *Step) (instance.FlowID, error) {
	home, _ := instance.ParseRef(flowARN(r.c.Instance, st.Flow), instance.KindFlow)
	for _, e := range st.Edits {
		if e.Kind != flow.Insert && e.Kind != flow.Retarget {
			continue
		}
		text := e.Guide
		if len(st.Fill) > 0 {
			text = r.created.ARN
		}
		if id, ok := audit.UsableGuide(text, home); ok {
			return id, nil
		}
	}
	return "", fault.New(fault.Conflict, "publish.outcome.no-guide")
}

// healthyGuide says whether flows can be made to open f: an active, published inbound flow that shows a view and does
// not reach an agent or another flow (product.md section 1).
func (s *Service) healthyGuide(f instance.Flow) bool {
	if f.Type != instance.TypeInbound || f.State == instance.StateArchived || f.Status == instance.StatusSaved {
		return false
	}
	r := audit.Analyze([]byte(f.Content), audit.Options{Event: s.o.Event})
	return r.Verdict == audit.Guide && r.IsGuide != nil
}

// unchanged compares before write: the live content must have the very bytes reviewed, and the saved copy too, or a
// draft that nobody saw in the review would be replaced.
func (r *run) unchanged(ctx context.Context, st *Step, now copies) error {
	found := Found{Live: now.liveHash, Saved: now.savedHash}
	if now.liveHash != st.Before {
		before, err := r.s.journal.Content(ctx, st.Before)
		if err != nil {
			return fmt.Errorf("the reviewed live content: %w", err)
		}
		if found.Layout = sameButMetadata(before, []byte(now.live.Content)); found.Layout {
			return blocked(found, "publish.outcome.layout-changed", st)
		}
		return blocked(found, "publish.outcome.changed", st)
	}
	if now.savedHash != st.Saved {
		return blocked(found, "publish.outcome.draft-changed", st)
	}
	if now.live.State == instance.StateArchived {
		return fault.New(fault.Conflict, "publish.outcome.archived", "Flow", st.Name)
	}
	if now.live.Name != st.Name { // names may have been swapped: the person meant the flow that was called so
		return fault.New(fault.Conflict, "publish.outcome.renamed", "Flow", st.Name, "Now", now.live.Name)
	}
	return nil
}

// final fills the created guide's ARN into its places and repeats both proofs on the bytes about to be sent.
func (r *run) final(st *Step, live, after []byte) ([]byte, error) {
	if st.Kind == RestoreFlow {
		return restored(st, after)
	}
	final, edits := after, st.Edits
	if len(st.Fill) > 0 {
		if r.created.ARN == "" {
			return nil, fault.New(fault.Conflict, "publish.outcome.no-guide")
		}
		final = fill(after, st.Fill, r.created.ARN)
		edits = fillEdits(st.Edits, placeholder(r.c.Instance), r.created.ARN)
	}
	if err := flow.Prove(live, final, edits); err != nil {
		return nil, fault.New(fault.Conflict, "publish.proof-failed", "Flow", st.Name).Because(err)
	}
	if err := r.effect(st, final, edits); err != nil {
		return nil, fault.New(fault.Conflict, "publish.proof-failed", "Flow", st.Name).Because(err)
	}
	return final, nil
}

// effect repeats the effect proof for a flow that gets the guide.
func (r *run) effect(st *Step, final []byte, edits []flow.Edit) error {
	if st.Kind != UpdateFlow {
		return nil
	}
	for _, e := range edits {
		if e.Kind != flow.Insert && e.Kind != flow.Retarget {
			continue
		}
		home, _ := instance.ParseRef(flowARN(r.c.Instance, st.Flow), instance.KindFlow)
		o := audit.Options{Event: r.s.o.Event, Home: home}
		guide, ok := audit.UsableGuide(e.Guide, home)
		if !ok {
			return fmt.Errorf("%q is no flow of this instance", e.Guide)
		}
		if err := ProveEffect(final, guide, o); err != nil || st.Type != instance.TypeOutboundWhisper {
			return err
		}
		return ProveEnds(final, guide, o)
	}
	return nil
}

// update replaces the content and reads it back. The zero Outcome says that the answer is lost.
func (r *run) update(ctx context.Context, st *Step, final []byte) (Outcome, error) {
	w, sent := r.s.target.UpdateFlowContent(ctx, r.c.Instance, st.Flow, string(final))
	switch {
	case sent != nil && lost(sent):
		r.lostAnswer(st, sent)
		return Outcome{}, nil
	case sent != nil:
		return failed(sent), nil
	}
	return r.confirm(st, Outcome{Flow: w.ID, ARN: w.ARN, RequestID: w.RequestID}, final)
}

// confirm reads back what was written.
func (r *run) confirm(st *Step, o Outcome, final []byte) (Outcome, error) {
	got, err := r.readBack(st, cmp.Or(o.Flow, st.Flow), &o)
	create := st.Kind == CreateGuide
	if create && fault.Is(err, fault.Denied) { // it is there; who may not look at it now may not later, either
		o.State, o.Message, o.Code = StepUnclear, fault.Msg("publish.outcome.created-unread", "Name", st.Name), fault.From(err).Code
		return o, nil
	}
	if err != nil {
		return Outcome{}, err
	}
	o.State = StepDone
	switch {
	case create && createdAs(*st, final, got):
		o.Message = fault.Msg("publish.outcome.created", "Name", st.Name)
	case create:
		o.State, o.Message = StepUnclear, fault.Msg("publish.outcome.created-different", "Name", st.Name)
	case !keptAs(final, []byte(got.Content)):
		o.State, o.Message = StepUnclear, fault.Msg("publish.outcome.different", "Flow", st.Name)
	case o.ReadBack != flow.Hash(final):
		o.Message = fault.Msg("publish.outcome.done-rewritten", "Flow", st.Name)
	default:
		o.Message = fault.Msg("publish.outcome.done", "Flow", st.Name)
	}
	if create && o.ARN == "" {
		o.ARN = got.ARN
	}
	return o, nil
}

// lost says whether a call may have been carried out, or still be, although it failed: its answer never came, or it
// failed as nobody foresaw (Target).
func lost(err error) bool {
	f := fault.From(err)
	return f.Message.ID == AnswerLost || f.Kind == fault.Internal
}

// lostAnswer puts the request id into the log.
func (r *run) lostAnswer(st *Step, sent error) {
	r.s.o.Log.WarnContext(r.ctx, "the answer to a write is lost; what came of it is read", slog.String("change", r.c.ID),
		slog.String("step", st.Key), slog.String("aws_request_id", fault.From(sent).RequestID), slog.String("error", sent.Error()))
}

// readBack describes what was written, keeps it, and remembers it for the reading side.
func (r *run) readBack(st *Step, id instance.FlowID, o *Outcome) (instance.Flow, error) {
	var got instance.Flow
	err := r.afterwards(st, o.RequestID, func(ctx context.Context) (err error) {
		got, err = r.s.target.DescribeFlow(ctx, r.c.Instance, string(id))
		return err
	})
	if err != nil {
		return got, err
	}
	if o.ReadBack, err = r.s.journal.KeepContent(r.calls, []byte(got.Content)); err != nil {
		return got, fmt.Errorf("keep the content read back: %w", err)
	}
	r.seen = &got
	return got, nil
}

// pauses stand between the tries of a read-back.
var pauses = [...]time.Duration{time.Second, 3 * time.Second, 9 * time.Second, 27 * time.Second}

// afterwards reads what a write left: written and answered, a step need not wait for a person because one reading was throttled. Where
// it cannot be read the intent stays open, and the log names the request: it is all that the service's support could go by.
func (r *run) afterwards(st *Step, request string, read func(context.Context) error) error {
	for try := 0; ; try++ {
		one, cancel := context.WithTimeout(r.calls, time.Minute)
		err := read(one)
		cancel()
		if err == nil {
			return nil
		}
		if lost := context.Cause(r.calls); lost != nil {
			return lost
		}
		if try == len(pauses) || r.s.o.Wait(r.calls, pauses[try]) != nil {
			r.s.o.Log.WarnContext(r.ctx, "what a write left cannot be read; a person decides", slog.String("change", r.c.ID),
				slog.String("step", st.Key), slog.String("aws_request_id", request), slog.String("error", err.Error()))
			return fmt.Errorf("%w: %w", errUnsettled, err)
		}
	}
}

// prepareCreate makes sure that the name is still free.
func (r *run) prepareCreate(ctx context.Context, st *Step, content []byte) (func(context.Context) (Outcome, error), Intent, error) {
	_, found, err := r.s.find(ctx, r.c.Instance, st.Name)
	if err != nil {
		return nil, Intent{}, err
	}
	if found {
		return nil, Intent{}, fault.New(fault.Conflict, "publish.outcome.name-taken", "Name", st.Name)
	}
	return func(ctx context.Context) (Outcome, error) { return r.create(ctx, st, content) }, Intent{Final: st.After}, nil
}

// find looks a flow up by name among all of the instance.
func (s *Service) find(ctx context.Context, in instance.Instance, name string) (instance.Flow, bool, error) {
	all, err := s.target.ListFlows(ctx, in)
	if err != nil {
		return instance.Flow{}, false, err
	}
	i := slices.IndexFunc(all, func(f instance.Flow) bool { return f.Name == name })
	if i < 0 {
		return instance.Flow{}, false, nil
	}
	return all[i], true, nil
}

// create creates the guide. The zero Outcome says that the answer is lost.
func (r *run) create(ctx context.Context, st *Step, content []byte) (Outcome, error) {
	w, sent := r.s.target.CreateFlow(ctx, r.c.Instance, NewFlow{
		Name: st.Name, Description: st.Description, Content: string(content), Type: instance.TypeInbound,
	})
	switch {
	case sent != nil && lost(sent):
		r.lostAnswer(st, sent)
		return Outcome{}, nil
	case sent != nil:
		return failed(sent), nil
	}
	return r.confirm(st, Outcome{Flow: w.ID, ARN: w.ARN, RequestID: w.RequestID}, content)
}

// createdAs says whether a flow is the one that a step was to create.
func createdAs(st Step, content []byte, got instance.Flow) bool {
	return got.Type == instance.TypeInbound && got.Name == st.Name && keptAs(content, []byte(got.Content))
}
