package publish

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// planner builds one change. Reading is part of planning: the bytes reviewed are those read here.
type planner struct {
	s      *Service
	r      Request
	c      Change
	guide  target // what flows are wired to
	ctx    context.Context
	record map[string]bool     // attributes that the chosen guide records
	reads  []string            // attributes that the chosen guide shows: some flow must set them first
	former map[string]replaced // guides that retargets replace, by id, as read for this plan
	rules  *Rules              // of the instance, once they were asked for
	silent silence             // what the service gave no answer about
}

// target is the guide that flows shall open.
type target struct {
	id    instance.FlowID
	ref   string // the event's value to write
	name  string
	fresh bool // created by this change: ref is the placeholder
}

// Plan reads both copies of every flow, builds and proves the steps, stores the change and returns it. A flow that
// cannot be part of it is left out with its reason; only a request without any sense, or a service that
// cannot be read at all, is an error.
func (s *Service) Plan(ctx context.Context, r Request) (Change, error) {
	if c, made, err := s.made(ctx, r.ID); made || err != nil {
		return c, err
	}
	if err := r.once(); err != nil {
		return Change{}, err
	}
	p := s.planner(ctx, r)
	if r.Guide.Flow == "" && r.Guide.Model == nil && len(r.Add) > 0 {
		return Change{}, fault.New(fault.Invalid, "publish.no-guide")
	}
	if err := p.planGuide(); err != nil {
		return Change{}, fmt.Errorf("plan the guide: %w", err)
	}
	for i, id := range r.Add {
		p.progress(i)
		if err := p.planFlow(id, p.add); err != nil {
			return Change{}, fmt.Errorf("plan adding the guide to %s: %w", id, err)
		}
	}
	for i, id := range r.Remove {
		p.progress(len(r.Add) + i)
		if err := p.planFlow(id, p.remove); err != nil {
			return Change{}, fmt.Errorf("plan taking the guide out of %s: %w", id, err)
		}
	}
	switch {
	case p.silent.all():
		return Change{}, p.silent.err
	case len(p.c.Steps) == 0 && len(p.c.LeftOut) == 0:
		return Change{}, fault.New(fault.Invalid, "publish.nothing")
	}
	if r.Continues != "" && len(p.c.Steps) == 0 && len(p.c.LeftOut) == 1 { // who asked looks at that one flow, and reads why there
		return Change{}, &fault.Error{Kind: fault.Invalid, Message: p.c.LeftOut[0].Reason}
	}
	if err := p.checkWrote(); err != nil {
		return Change{}, err
	}
	p.c.Title = title(p.c, p.guide.name)
	return p.store()
}

// made is the change with the id of a request, where a former run of the same request planned it.
func (s *Service) made(ctx context.Context, id string) (c Change, made bool, err error) {
	if id == "" {
		return c, false, nil
	}
	c, err = s.journal.Change(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return Change{}, false, nil
	}
	return c, err == nil, err
}

// once names each flow once; one that is to get the guide and to lose it is refused.
func (r *Request) once() error {
	named := map[instance.FlowID]bool{}
	distinct := func(ids []instance.FlowID) (out []instance.FlowID) {
		for _, id := range ids {
			if !named[id] {
				named[id], out = true, append(out, id)
			}
		}
		return out
	}
	for _, id := range r.Remove {
		if slices.Contains(r.Add, id) {
			return fault.New(fault.Invalid, "publish.add-and-remove", "Flow", cmp.Or(r.Names[id], string(id)))
		}
	}
	r.Add, r.Remove = distinct(r.Add), distinct(r.Remove)
	return nil
}

// progress tells whoever waits.
func (p *planner) progress(done int) {
	if p.r.Progress != nil {
		p.r.Progress(done, len(p.r.Add)+len(p.r.Remove))
	}
}

// planner begins the plan of a request.
func (s *Service) planner(ctx context.Context, r Request) *planner {
	p := &planner{s: s, r: r, ctx: ctx, former: map[string]replaced{}}
	p.c = Change{ID: cmp.Or(r.ID, s.o.NewID()), Instance: r.Instance, By: r.By, Created: s.o.Now().UTC(), State: Planned, Asked: r.Asked,
		Draft: r.Guide.Draft, Continues: r.Continues}
	return p
}

// store fixes the plan by its hash and keeps it.
func (p *planner) store() (Change, error) {
	p.c.Hash = planHash(p.c)
	if err := p.s.journal.CreateChange(p.ctx, p.c); err != nil {
		return Change{}, fmt.Errorf("store the plan: %w", err)
	}
	return p.c, nil
}

// title names the effect: "Publish guide X and add it to 3 flows".
func title(c Change, guide string) fault.Message {
	kind, flow := StepKind(""), ""
	adds, removes := 0, 0
	for _, st := range c.Steps {
		switch {
		case st.Kind == ActivateGuide || st.Kind == RestoreFlow:
			kind, guide = UpdateGuide, st.Name
		case st.Kind != UpdateFlow:
			kind, guide = st.Kind, st.Name
		case st.Adds():
			adds, flow = adds+1, st.Name
		default:
			removes, flow = removes+1, st.Name
		}
	}
	switch {
	case kind == CreateGuide && adds > 0:
		return fault.Msg("publish.title.create-and-add", "Guide", guide, "Flow", flow, "Count", adds)
	case kind == CreateGuide:
		return fault.Msg("publish.title.create", "Guide", guide)
	case kind == UpdateGuide && adds > 0:
		return fault.Msg("publish.title.update-and-add", "Guide", guide, "Flow", flow, "Count", adds)
	case kind == UpdateGuide:
		return fault.Msg("publish.title.update", "Guide", guide)
	case adds > 0 && removes > 0:
		return fault.Msg("publish.title.both", "Count", adds+removes)
	case removes > 0:
		return fault.Msg("publish.title.remove", "Flow", flow, "Count", removes)
	case adds > 0:
		return fault.Msg("publish.title.add", "Guide", guide, "Flow", flow, "Count", adds)
	default:
		return fault.Msg("publish.title.nothing")
	}
}

// copies are the two contents of a flow as read for the plan.
type copies struct {
	live, saved instance.Flow
	liveHash    string
	savedHash   string
}

func (c copies) draft() bool { return c.liveHash != c.savedHash }

// read describes both copies and keeps them by hash: content before every write is kept.
func (s *Service) read(ctx context.Context, in instance.Instance, id instance.FlowID) (copies, error) {
	live, err := s.target.DescribeFlow(ctx, in, string(id))
	if err != nil {
		return copies{}, err
	}
	saved, err := s.target.DescribeFlow(ctx, in, string(id)+":$SAVED")
	if err != nil {
		return copies{}, err
	}
	c := copies{live: live, saved: saved}
	if c.liveHash, err = s.journal.KeepContent(ctx, []byte(live.Content)); err != nil {
		return copies{}, fmt.Errorf("keep the live content: %w", err)
	}
	if c.savedHash, err = s.journal.KeepContent(ctx, []byte(saved.Content)); err != nil {
		return copies{}, fmt.Errorf("keep the saved content: %w", err)
	}
	return c, nil
}

// planFlow reads a flow and lets build make its step. What is wrong with this flow leaves it out.
func (p *planner) planFlow(id instance.FlowID, build func(copies) (Step, error)) error {
	if id == p.guide.id && id != "" {
		p.leaveOut(id, p.guide.name, fault.Msg("publish.left.is-the-guide"), false)
		return nil
	}
	if left, err := p.untouched(id, ""); left || err != nil {
		return err
	}
	c, read, err := p.readFlow(id, cmp.Or(p.r.Names[id], string(id)), "")
	if err != nil || !read {
		return err
	}
	if why, draft := p.unfit(id, c); why != nil {
		p.leaveOut(id, c.live.Name, *why, draft)
		return nil
	}
	st, err := build(c)
	if err != nil {
		f := fault.From(err)
		if f.Kind != fault.Invalid {
			return err
		}
		p.leaveOut(id, c.live.Name, p.named(f.Message), false)
		return nil
	}
	if st.Key != "" {
		p.c.Steps = append(p.c.Steps, st)
	}
	return nil
}

// named puts a flow's name in the place of its id or ARN, where the last reading knows it.
func (p *planner) named(m fault.Message) fault.Message {
	r, ok := instance.ParseRef(m.Args["Flow"], instance.KindFlow)
	name := p.r.Names[r.FlowID()]
	if !ok || name == "" {
		return m
	}
	m.Args = maps.Clone(m.Args)
	m.Args["Flow"] = name
	return m
}

// unfit says why a flow that was read cannot be part of the plan.
func (p *planner) unfit(id instance.FlowID, c copies) (why *fault.Message, draft bool) {
	msg := func(id string) *fault.Message { m := fault.Msg(id); return &m }
	switch {
	case !CanOpen(c.live.Type):
		return msg("publish.left.not-inbound"), false
	case c.live.State == instance.StateArchived:
		return msg("publish.left.archived"), false
	case c.draft() && !p.r.OverDraft[id]:
		return msg("publish.left.draft"), true
	default:
		return nil, false
	}
}

func (p *planner) leaveOut(id instance.FlowID, name string, why fault.Message, draft bool) {
	p.c.LeftOut = append(p.c.LeftOut, LeftOut{Flow: id, Name: name, Reason: why, Draft: draft})
}

// options are those of the last reading, for a flow whose bytes are about to change.
func (p *planner) options(f instance.Flow) audit.Options {
	o := p.r.Audit
	o.Self = audit.Identity{ID: string(f.ID), Name: f.Name}
	if p.s.o.Event != "" {
		o.Event = p.s.o.Event
	}
	if p.guide.id != "" {
		o = known(o, p.guide.id, p.guide.name)
	}
	return o
}

// step starts the step of an existing flow.
func (p *planner) step(c copies) Step {
	id := c.live.ID
	st := Step{
		Key: "flow:" + string(id), Kind: UpdateFlow, Flow: id, Name: c.live.Name, State: StepPlanned,
		Before: c.liveHash, Saved: c.savedHash, ReplacesDraft: c.draft(), Managed: p.s.o.Managed(c.live.Tags),
	}
	if c.live.Type != instance.TypeInbound {
		st.Type = c.live.Type
	}
	return st
}

func (p *planner) add(c copies) (Step, error) {
	if p.r.Led[c.live.ID] {
		p.c.LeftOut = append(p.c.LeftOut, LeftOut{Flow: c.live.ID, Name: c.live.Name, Reason: fault.Msg("publish.left.callers"), Led: true})
		return Step{}, nil
	}
	if p.guide.fresh && len(spansOf([]byte(c.live.Content), p.guide.ref)) > 0 {
		return Step{}, fault.New(fault.Invalid, "publish.left.placeholder")
	}
	o := WireOptions{Guide: p.guide.ref, Name: p.guide.name, Replace: p.r.Replace, Type: c.live.Type, Audit: p.options(c.live)}
	w, err := Wire([]byte(c.live.Content), o)
	if err != nil {
		return Step{}, err
	}
	if w.Unchanged {
		p.leaveOut(c.live.ID, c.live.Name, unchanged(w, o), false)
		return Step{}, nil
	}
	st := p.step(c)
	st.OverCalls = slices.Contains(p.r.Asked.OverCalls, st.Flow)
	if p.guide.fresh {
		st.Fill = spansOf(w.After, p.guide.ref)
	}
	st.ReplacesNames, st.Loses = p.replaces(w.Replaced)
	st.Unset = unsetAttributes([]byte(c.live.Content), p.reads)
	st.Message = fault.Msg("publish.step.add", "Flow", st.Name, "Guide", p.guide.name, "Count", len(w.Report.Handoffs))
	if st.Type == instance.TypeOutboundWhisper {
		st.Message = fault.Msg("publish.step.add-whisper", "Flow", st.Name, "Guide", p.guide.name)
	} else if len(w.Replaced) > 0 {
		st.Message = fault.Msg("publish.step.retarget", "Flow", st.Name, "Guide", p.guide.name, "Count", len(w.Report.Handoffs))
	}
	return p.keep(st, w)
}

func (p *planner) remove(c copies) (Step, error) {
	w, err := Unwire([]byte(c.live.Content), false, WireOptions{Audit: p.options(c.live)})
	if err != nil {
		return Step{}, err
	}
	if w.Unchanged {
		p.leaveOut(c.live.ID, c.live.Name, fault.Msg("publish.left.not-ours"), false)
		return Step{}, nil
	}
	st := p.step(c)
	if st, err = p.keep(st, w); err != nil {
		return Step{}, err
	}
	former, err := p.restores(st)
	st.Message = fault.Msg("publish.step.remove", "Flow", st.Name)
	if former {
		st.Message = fault.Msg("publish.step.remove-former", "Flow", st.Name)
	}
	return st, err
}

// keep fills a flow step from its wiring and stores the reviewed bytes.
func (p *planner) keep(st Step, w Wiring) (Step, error) {
	var err error
	st.Edits, st.Exits, st.Replaces = w.Edits, w.Exits, w.Replaced
	if st.Adds() {
		st.Points, st.Behind = w.Report.Set, w.Report.Of-w.Report.Set
	}
	if st.Type != instance.TypeOutboundWhisper { // which has no point of its own to be judged by
		st.Verdict = [2]audit.Verdict{w.Before.Verdict, w.Report.Verdict}
	}
	st.After, err = p.s.journal.KeepContent(p.ctx, w.After)
	return st, err
}
