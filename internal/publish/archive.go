package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// stateOf is the state that a step gives its flow.
func stateOf(st Step) string {
	if st.Kind == ArchiveGuide {
		return instance.StateArchived
	}
	return instance.StateActive
}

// prepareState compares a guide with what was reviewed. One that is to be archived must not be named by any flow, on a fresh reading.
func (r *run) prepareState(ctx context.Context, st *Step) (func(context.Context) (Outcome, error), Intent, error) {
	now, err := r.s.read(ctx, r.c.Instance, st.Flow)
	if err != nil {
		return nil, Intent{}, err
	}
	if now.live.State == stateOf(*st) {
		return nil, Intent{}, fault.New(fault.Conflict, "publish.outcome.state-changed", "Flow", st.Name)
	}
	compared := now
	if st.Kind == ActivateGuide {
		compared.live.State = instance.StateActive // that it is archived is what the step is for
	}
	if err := r.unchanged(ctx, st, compared); err != nil {
		return nil, Intent{}, err
	}
	if st.Kind == ArchiveGuide {
		if err := r.s.unnamed(ctx, r.c.Instance, now.live); err != nil {
			return nil, Intent{}, err
		}
	}
	in := Intent{Live: now.liveHash, Draft: now.savedHash, Final: now.liveHash}
	return func(ctx context.Context) (Outcome, error) { return r.setState(ctx, st) }, in, nil
}

// setState archives a guide or makes it active, and reads it back. The zero Outcome says that the answer is lost.
func (r *run) setState(ctx context.Context, st *Step) (Outcome, error) {
	w, sent := r.s.target.SetFlowState(ctx, r.c.Instance, st.Flow, stateOf(*st))
	switch {
	case sent != nil && lost(sent):
		r.lostAnswer(st, sent)
		return Outcome{}, nil
	case sent != nil:
		return failed(sent), nil
	}
	o := Outcome{RequestID: w.RequestID}
	got, err := r.readBack(st, st.Flow, &o)
	if err != nil {
		return Outcome{}, err
	}
	o.State, o.Message = StepDone, stateMessage(*st)
	if got.State != stateOf(*st) {
		o.State, o.Message = StepUnclear, fault.Msg("publish.outcome.state-other", "Flow", st.Name)
	}
	return o, nil
}

func stateMessage(st Step) fault.Message {
	if st.Kind == ArchiveGuide {
		return fault.Msg("publish.outcome.archived-guide", "Flow", st.Name)
	}
	return fault.Msg("publish.outcome.activated", "Flow", st.Name)
}

// observeState reads a guide that was to be archived or made active. Its content says nothing of that.
func (s *Service) observeState(ctx context.Context, c Change, st Step) (Observed, error) {
	got, err := s.target.DescribeFlow(ctx, c.Instance, string(st.Flow))
	if fault.Is(err, fault.NotFound) {
		return Observed{Flow: st.Flow, Is: IsMissing}, nil
	}
	if err != nil {
		return Observed{}, err
	}
	o := Observed{Flow: st.Flow, ARN: got.ARN, Content: got.Content, Hash: flow.Hash([]byte(got.Content)) + got.State, Is: IsFormer, read: &got}
	if got.State == stateOf(st) {
		o.Is = IsReviewed
	}
	return o, nil
}

// unnamed refuses where a flow, an unpublished draft or a module still names the guide, or a telephone number leads to it: contacts would be left
// without one.
func (s *Service) unnamed(ctx context.Context, in instance.Instance, guide instance.Flow) error {
	led, err := s.target.Associations(ctx, in)
	if err != nil {
		return err
	}
	led = slices.DeleteFunc(led, func(a instance.Association) bool { return !strings.Contains(a.Flow, string(guide.ID)) })
	if len(led) > 0 {
		return fault.New(fault.Conflict, "publish.archive.led", "Guide", guide.Name, "Count", len(led))
	}
	n := namers{s: s, in: in, id: string(guide.ID)}
	switch err := n.all(ctx); {
	case err != nil:
		return err
	case len(n.names) > 0:
		return fault.New(fault.Conflict, "publish.archive.named", "Guide", guide.Name, "Flows", someNames(n.names))
	case len(n.drafts) > 0:
		return fault.New(fault.Conflict, "publish.archive.named-draft", "Guide", guide.Name, "Flows", someNames(n.drafts))
	}
	return nil
}

// namers looks for what names a flow by its id, wherever that stands. Search is not asked: which copy it answers with is not documented.
type namers struct {
	s       *Service
	in      instance.Instance
	id      string
	names   []string // of flows and modules, as published
	drafts  []string // of flows whose unpublished draft alone names it
	modules []string // ids of the modules that were met
}

// all reads both copies of every active flow, and what is published of the modules that they run.
func (n *namers) all(ctx context.Context) error {
	flows, err := n.s.target.ListFlows(ctx, n.in)
	if err != nil {
		return err
	}
	for _, f := range flows {
		if string(f.ID) == n.id || f.State == instance.StateArchived {
			continue
		}
		if err := n.flow(ctx, f); err != nil {
			return err
		}
	}
	for i := 0; i < len(n.modules); i++ { // which run modules in their turn
		switch got, err := n.s.target.DescribeModule(ctx, n.in, n.modules[i]); {
		case err == nil:
			if n.stands(got.Content) {
				n.names = append(n.names, got.Name)
			}
		case !fault.Is(err, fault.NotFound):
			return err
		}
	}
	return nil
}

func (n *namers) flow(ctx context.Context, f instance.Flow) error {
	for _, copy := range []string{"", ":$SAVED"} {
		got, err := n.s.target.DescribeFlow(ctx, n.in, string(f.ID)+copy)
		switch {
		case fault.Is(err, fault.NotFound): // deleted in the meantime, or never published
		case err != nil:
			return err
		case !n.stands(got.Content):
		case copy == "":
			n.names = append(n.names, f.Name)
			return nil
		default:
			n.drafts = append(n.drafts, f.Name)
		}
	}
	return nil
}

// stands says whether the id stands in a content, and notes the modules that this runs.
func (n *namers) stands(content string) bool {
	for _, m := range modulesRun(content) {
		if !slices.Contains(n.modules, m) {
			n.modules = append(n.modules, m)
		}
	}
	return strings.Contains(content, n.id)
}

// modulesRun are the ids of the modules that a content names.
func modulesRun(content string) (ids []string) {
	d, err := flow.Parse([]byte(content))
	if err != nil {
		return nil
	}
	for _, b := range d.Blocks() {
		for _, ref := range b.References() {
			if r, ok := instance.ParseRef(ref.Value, instance.KindModule); ok && ref.Kind == instance.KindModule {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids
}

// namesSaid is how many names one sentence holds.
const namesSaid = 10

func someNames(names []string) string {
	if len(names) > namesSaid {
		return strings.Join(names[:namesSaid], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// ArchiveRequest asks for a guide that wrapup created to be archived.
type ArchiveRequest struct {
	Instance instance.Instance
	Flow     instance.FlowID
	UsedBy   []string // names of the flows that open it, by the last reading
	By       Actor
}

// Archive plans archiving a guide that wrapup created, as a change of its own. Errors: fault.Invalid where wrapup did not create it, where
// flows open it, or where it is archived already. Every flow is read once more before it is archived.
func (s *Service) Archive(ctx context.Context, q ArchiveRequest) (Change, error) {
	made, err := s.did(ctx, q.Instance.ID, q.Flow, CreateGuide)
	if err != nil {
		return Change{}, err
	}
	if !made {
		return Change{}, fault.New(fault.Invalid, "publish.archive.not-ours")
	}
	p := s.planner(ctx, Request{Instance: q.Instance, By: q.By})
	left, err := p.untouched(q.Flow, "")
	if err != nil {
		return Change{}, err
	}
	c, err := s.read(ctx, q.Instance, q.Flow)
	switch {
	case err != nil:
		return Change{}, err
	case left:
		return Change{}, &fault.Error{Kind: fault.Invalid, Message: fault.Msg("publish.left.untouched")}
	case c.live.State == instance.StateArchived:
		return Change{}, fault.New(fault.Invalid, "publish.archive.already", "Guide", c.live.Name)
	case len(q.UsedBy) > 0:
		return Change{}, fault.New(fault.Invalid, "publish.archive.named", "Guide", c.live.Name, "Flows", someNames(q.UsedBy))
	}
	p.c.Steps = append(p.c.Steps, p.stateStep(c, ArchiveGuide))
	p.check(true, false, "publish.check.archive", "Guide", c.live.Name)
	p.c.Title = fault.Msg("publish.title.archive", "Guide", c.live.Name)
	return p.store()
}

// stateStep starts the step that archives a guide or makes it active. The content stays; a draft is not touched.
func (p *planner) stateStep(c copies, kind StepKind) Step {
	st := p.step(c)
	st.Key, st.Kind, st.After, st.ReplacesDraft = guideKey, kind, c.liveHash, false
	st.Verdict = [2]audit.Verdict{audit.Guide, audit.Guide}
	st.Message = fault.Msg("publish.step."+string(kind), "Guide", c.live.Name)
	return st
}

// did says whether wrapup last did this to the flow: of archiving and making active, the later one counts.
func (s *Service) did(ctx context.Context, in instance.ID, id instance.FlowID, kind StepKind) (bool, error) {
	traces, _, err := s.journal.Traces(ctx, PastFilter{Instance: in, Flow: id, Limit: allTraces})
	if err != nil {
		return false, fmt.Errorf("the flow's history: %w", err)
	}
	for _, t := range traces {
		switch {
		case t.Step.State != StepDone:
		case t.Step.Kind == kind:
			return true, nil
		case t.Step.Kind == ActivateGuide && kind == ArchiveGuide:
			return false, nil
		}
	}
	return false, nil
}

// allTraces is more steps than ever wrote one flow.
const allTraces = 100_000

// Created says whether wrapup created the flow, as a guide: it may then be archived.
func (s *Service) Created(ctx context.Context, in instance.ID, id instance.FlowID) (bool, error) {
	return s.did(ctx, in, id, CreateGuide)
}

// activateGuide makes a guide that wrapup archived active again in the place of one to be created, and gives it the content of the new one.
// Its name is taken, and contacts that still use it go on.
func (p *planner) activateGuide(g GuideChoice, id instance.FlowID, content []byte) error {
	c, err := p.s.read(p.ctx, p.r.Instance, id)
	if err != nil {
		return err
	}
	p.guide = target{id: id, ref: flowARN(p.r.Instance, id), name: c.live.Name}
	if left, err := p.untouched(id, c.live.Name); left || err != nil {
		p.check(false, left, "publish.check.guide-left-out", "Guide", c.live.Name)
		return err
	}
	p.check(true, false, "publish.check.guide-archived", "Guide", c.live.Name)
	p.checkModel(g, content)
	p.checkView(*g.Model)
	p.recorded(content)
	active := p.stateStep(c, ActivateGuide)
	if flow.Hash(content) == c.liveHash {
		p.c.Steps = append(p.c.Steps, active)
		return nil
	}
	active.Key = "activate"
	st := p.step(c)
	st.Key, st.Kind = guideKey, RestoreFlow
	st.Message = fault.Msg("publish.step.guide-content", "Guide", c.live.Name)
	st.Verdict = active.Verdict
	if st.After, err = p.s.journal.KeepContent(p.ctx, content); err != nil {
		return err
	}
	p.c.Steps = append(p.c.Steps, active, st)
	return nil
}
