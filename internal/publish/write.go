package publish

import (
	"context"
	"fmt"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// prepare checks a step's precondition and its final bytes, and gives the write itself. Nothing is written yet.
func (r *run) prepare(st *Step) (func() (Outcome, error), Intent, error) {
	after, err := r.s.journal.Content(r.ctx, st.After)
	if err != nil {
		return nil, Intent{}, fmt.Errorf("the reviewed bytes: %w", err)
	}
	if st.Kind == CreateGuide {
		return r.prepareCreate(st, after)
	}
	now, err := r.s.read(r.ctx, r.c.Instance, st.Flow)
	if err != nil {
		return nil, Intent{}, err
	}
	if err := r.unchanged(st, now); err != nil {
		return nil, Intent{}, err
	}
	final, err := r.final(st, []byte(now.live.Content), after)
	if err != nil {
		return nil, Intent{}, err
	}
	in := Intent{Live: now.liveHash, Draft: now.savedHash}
	if in.Final, err = r.s.journal.KeepContent(r.ctx, final); err != nil {
		return nil, Intent{}, err
	}
	return func() (Outcome, error) { return r.update(st, final) }, in, nil
}

// unchanged compares before write: the live content must have the very bytes reviewed, and the saved copy too, or a
// draft that nobody saw in the review would be replaced.
func (r *run) unchanged(st *Step, now copies) error {
	if now.liveHash != st.Before {
		before, err := r.s.journal.Content(r.ctx, st.Before)
		if err != nil {
			return fmt.Errorf("the reviewed live content: %w", err)
		}
		if sameButMetadata(before, []byte(now.live.Content)) {
			return fault.New(fault.Conflict, "publish.outcome.layout-changed", "Flow", st.Name)
		}
		return fault.New(fault.Conflict, "publish.outcome.changed", "Flow", st.Name)
	}
	if now.savedHash != st.Saved {
		return fault.New(fault.Conflict, "publish.outcome.draft-changed", "Flow", st.Name)
	}
	if now.live.State == instance.StateArchived {
		return fault.New(fault.Conflict, "publish.outcome.archived", "Flow", st.Name)
	}
	return nil
}

// final fills the created guide's ARN into its places and repeats both proofs on the bytes about to be sent.
func (r *run) final(st *Step, live, after []byte) ([]byte, error) {
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
		o := audit.Options{Event: r.s.o.Event, Type: instance.TypeInbound, Self: st.Flow, Home: home}
		guide, ok := audit.UsableGuide(e.Guide, home)
		if !ok {
			return fmt.Errorf("%q is no flow of this instance", e.Guide)
		}
		return ProveEffect(final, guide, o)
	}
	return nil
}

// update replaces the content and reads it back.
func (r *run) update(st *Step, final []byte) (Outcome, error) {
	w, err := r.s.target.UpdateFlowContent(r.ctx, r.c.Instance, st.Flow, string(final))
	if err != nil && !lost(err) {
		return failed(err), nil
	}
	o := Outcome{RequestID: w.RequestID}
	if err != nil {
		o.Code, o.RequestID = fault.From(err).Code, fault.From(err).RequestID
	}
	return r.readBack(st, final, o, err)
}

// lost says whether a call may have been applied although it failed: its answer never came, or made no sense.
func lost(err error) bool {
	switch fault.From(err).Kind {
	case fault.Unavailable, fault.Internal:
		return true
	default:
		return false
	}
}

// readBack describes the flow and judges what the service now holds. sent is the call's error, if its answer was lost.
func (r *run) readBack(st *Step, final []byte, o Outcome, sent error) (Outcome, error) {
	got, err := r.describe(string(st.Flow))
	if err != nil {
		return Outcome{}, fmt.Errorf("%w: %w", errUnsettled, err)
	}
	content := []byte(got.Content)
	if o.ReadBack, err = r.s.journal.KeepContent(context.WithoutCancel(r.ctx), content); err != nil {
		return Outcome{}, fmt.Errorf("keep the content read back: %w", err)
	}
	r.wrote(got)
	switch {
	case keptAs(final, content):
		o.State, o.Message = StepDone, fault.Msg("publish.outcome.done", "Flow", st.Name)
		if o.ReadBack != flow.Hash(final) {
			o.Message = fault.Msg("publish.outcome.done-rewritten", "Flow", st.Name)
		}
	case sent != nil && o.ReadBack == st.Before:
		o.State, o.Message = StepFailed, fault.Msg("publish.outcome.not-written", "Flow", st.Name)
	default:
		o.State, o.Message = StepUnclear, fault.Msg("publish.outcome.different", "Flow", st.Name)
	}
	return o, nil
}

// describe reads the published copy even when the run's own time is nearly over.
func (r *run) describe(id string) (instance.Flow, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), time.Minute)
	defer cancel()
	return r.s.target.DescribeFlow(ctx, r.c.Instance, id)
}

// prepareCreate makes sure that the name is still free.
func (r *run) prepareCreate(st *Step, content []byte) (func() (Outcome, error), Intent, error) {
	_, found, err := r.find(st)
	if err != nil {
		return nil, Intent{}, err
	}
	if found {
		return nil, Intent{}, fault.New(fault.Conflict, "publish.outcome.name-taken", "Name", st.Name)
	}
	return func() (Outcome, error) { return r.create(st, content) }, Intent{Final: st.After}, nil
}

// find looks a flow up by name among all of the instance.
func (r *run) find(st *Step) (instance.Flow, bool, error) {
	all, err := r.s.target.ListFlows(r.ctx, r.c.Instance)
	if err != nil {
		return instance.Flow{}, false, err
	}
	for _, f := range all {
		if f.Name == st.Name {
			return f, true, nil
		}
	}
	return instance.Flow{}, false, nil
}

// create creates the guide. When the answer was lost, a flow of that name is adopted only if its type and content agree;
// else a person decides. A create is never repeated.
func (r *run) create(st *Step, content []byte) (Outcome, error) {
	w, err := r.s.target.CreateFlow(r.ctx, r.c.Instance, NewFlow{
		Name: st.Name, Description: st.Description, Content: string(content), Type: instance.TypeInbound,
	})
	o := Outcome{Flow: w.ID, ARN: w.ARN, RequestID: w.RequestID}
	if err != nil {
		if !lost(err) {
			return failed(err), nil
		}
		o.Code, o.RequestID = fault.From(err).Code, fault.From(err).RequestID
		f, found, ferr := r.find(st)
		switch {
		case ferr != nil:
			return Outcome{}, fmt.Errorf("%w: %w", errUnsettled, ferr)
		case !found:
			o.State, o.Message = StepFailed, fault.Msg("publish.outcome.not-created", "Name", st.Name)
			return o, nil
		}
		o.Flow, o.ARN = f.ID, f.ARN
	}
	return r.readBackCreated(st, content, o)
}

func (r *run) readBackCreated(st *Step, content []byte, o Outcome) (Outcome, error) {
	got, err := r.describe(string(o.Flow))
	if err != nil {
		return Outcome{}, fmt.Errorf("%w: %w", errUnsettled, err)
	}
	if o.ReadBack, err = r.s.journal.KeepContent(context.WithoutCancel(r.ctx), []byte(got.Content)); err != nil {
		return Outcome{}, fmt.Errorf("keep the content read back: %w", err)
	}
	if o.ARN == "" {
		o.ARN = got.ARN
	}
	r.wrote(got)
	if got.Type == instance.TypeInbound && got.Name == st.Name && keptAs(content, []byte(got.Content)) {
		o.State, o.Message = StepDone, fault.Msg("publish.outcome.created", "Name", st.Name)
	} else {
		o.State, o.Message = StepUnclear, fault.Msg("publish.outcome.created-different", "Name", st.Name)
	}
	return o, nil
}
