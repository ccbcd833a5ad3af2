package publish

import (
	"cmp"
	"context"
	"slices"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/view"
)

// AgainRequest asks for steps of a change that were not written to be planned anew, on what is live now.
type AgainRequest struct {
	ID        string            // as in Request
	Steps     []string          // keys; empty: all that were not written
	OverDraft []instance.FlowID // in spite of a draft that was not there, or another one, in the review
	By        Actor
	Audit     audit.Options              // of the instance's last reading
	View      *view.View                 // the instance's own, for the checks of a guide that is planned again; nil where it could not be read
	Names     map[instance.FlowID]string // as in Request
	Led       map[instance.FlowID]bool   // as in Request; nil where nothing was read: then flows that were left out for it stay so
	Progress  func(done, of int)         // as in Request
}

// Again plans steps of a change anew: the same choice, on what is live now. The new change names the former one, which stays as it is. A
// guide that somebody changed keeps their fields, except where this change sets the same ones. Errors: fault.Conflict while the change
// goes on, or where a step was written in the meantime; fault.Invalid where nothing can be planned, with the reason of the flow where it
// is one.
func (s *Service) Again(ctx context.Context, id string, q AgainRequest) (Change, error) {
	if n, made, err := s.made(ctx, q.ID); made || err != nil {
		return n, err
	}
	c, err := s.journal.Change(ctx, id)
	if err != nil {
		return Change{}, err
	}
	steps, err := c.openSteps(q.Steps)
	if err != nil {
		return Change{}, err
	}
	if c.Asked.Former.Change != "" || c.Asked.Former.Hash != "" {
		return s.backAgain(ctx, c, steps, q)
	}
	r := Request{ID: q.ID, Instance: c.Instance, By: q.By, Audit: q.Audit, Names: q.Names, Continues: c.ID, Replace: c.Asked.Replace,
		OverDraft: map[instance.FlowID]bool{}, Led: ledAgain(c, q), Progress: q.Progress}
	for _, st := range steps {
		switch {
		case st.Adds():
			r.Add = append(r.Add, st.Flow)
		case st.Kind == UpdateFlow:
			r.Remove = append(r.Remove, st.Flow)
		case !st.MakesGuide():
			return Change{}, fault.New(fault.Invalid, "publish.again.other-kind", "Flow", st.Name)
		}
		r.Replace = r.Replace || len(st.Replaces) > 0
		if st.ReplacesDraft && (st.Outcome.Found.Live == "" || st.Outcome.Found.Saved == st.Saved) {
			r.OverDraft[st.Flow] = true // the draft that the person chose to publish over is still the one
		}
	}
	for _, f := range q.OverDraft {
		r.OverDraft[f] = true
	}
	if len(q.Steps) == 0 && c.State == Planned {
		leftOutAgain(c, &r)
	}
	if r.Guide, err = s.guideAgain(ctx, c, steps, q.View); err != nil {
		return Change{}, err
	}
	r.Asked = askedAgain(c, r)
	if q.Led != nil {
		r.Asked.OverCalls = slices.DeleteFunc(slices.Clone(r.Asked.OverCalls), func(f instance.FlowID) bool { return !q.Led[f] })
	}
	return s.Plan(ctx, r)
}

// openSteps are the steps with these keys, or all, that were not written and that nobody goes on with.
func (c Change) openSteps(keys []string) ([]Step, error) {
	if c.State != Planned && c.State != Paused && !c.State.Ended() {
		return nil, fault.New(fault.Conflict, "publish.again.goes-on")
	}
	var out []Step
	for _, st := range c.Steps {
		if st.Open(c.State) && (len(keys) == 0 || slices.Contains(keys, st.Key)) {
			out = append(out, st)
		}
	}
	for _, k := range keys {
		if !slices.ContainsFunc(c.Steps, func(st Step) bool { return st.Key == k }) {
			return nil, fault.New(fault.NotFound, "publish.again.no-step")
		}
	}
	if len(out) < len(keys) || len(out) == 0 && c.State != Planned {
		return nil, fault.New(fault.Conflict, "publish.again.not-open")
	}
	return out, nil
}

// backAgain asks for the same way back, of these steps. What was chosen over something that is not there any more is asked about anew.
func (s *Service) backAgain(ctx context.Context, c Change, steps []Step, q AgainRequest) (Change, error) {
	f := c.Asked.Former
	met := func(id instance.FlowID) bool {
		return slices.ContainsFunc(steps, func(st Step) bool { return st.Flow == id && st.Outcome.Found.Live != "" })
	}
	over := slices.Concat(slices.DeleteFunc(slices.Clone(c.Asked.OverDraft), met), q.OverDraft)
	if f.Hash != "" {
		return s.Restore(ctx, RestoreRequest{Instance: c.Instance, Flow: f.Flow, Hash: f.Hash, OverDraft: slices.Contains(over, f.Flow), By: q.By, Audit: q.Audit, Continues: c.ID})
	}
	f.Over = slices.DeleteFunc(slices.Clone(f.Over), met)
	if len(q.Steps) > 0 || c.State != Planned {
		f.Steps = nil
		for _, st := range steps {
			f.Steps = append(f.Steps, st.Key)
		}
	}
	return s.PutBack(ctx, PutBackRequest{ID: q.ID, Former: f, OverDraft: over, By: q.By, Audit: q.Audit, Continues: c.ID, Progress: q.Progress})
}

// Open says whether a step of a change in the state can be planned anew: it was not written, and the change will not write it. Archiving a
// guide begins with a reading of its own.
func (st Step) Open(s State) bool {
	if st.Kind == ArchiveGuide {
		return false
	}
	return st.State == StepFailed || st.State == StepSkipped || st.State == StepPlanned && (s == Planned || s.Ended())
}

// ledAgain are the flows to which every known caller brings a guide, but for those that were chosen in spite of that.
func ledAgain(c Change, q AgainRequest) map[instance.FlowID]bool {
	led := map[instance.FlowID]bool{}
	if q.Led == nil {
		for _, l := range c.LeftOut {
			led[l.Flow] = l.Led
		}
	}
	for f := range q.Led {
		led[f] = q.Led[f] && !slices.Contains(c.Asked.OverCalls, f)
	}
	return led
}

// leftOutAgain asks once more for the flows that the plan left out: what stood in their way may be gone.
func leftOutAgain(c Change, r *Request) {
	for _, l := range c.LeftOut {
		switch {
		case slices.Contains(c.Asked.Add, l.Flow):
			r.Add = append(r.Add, l.Flow)
		case slices.Contains(c.Asked.Remove, l.Flow):
			r.Remove = append(r.Remove, l.Flow)
		}
	}
}

// askedAgain is the choice as the choosing page knows it.
func askedAgain(c Change, r Request) Asked {
	a := c.Asked
	a.Add, a.Remove, a.Replace, a.OverDraft = r.Add, r.Remove, r.Replace, nil
	for _, f := range slices.Concat(r.Add, r.Remove, []instance.FlowID{r.Guide.Flow}) {
		if r.OverDraft[f] {
			a.OverDraft = append(a.OverDraft, f)
		}
	}
	if r.Guide.Model == nil {
		a.Guide = ""
		if r.Guide.Flow != "" {
			a.Guide = "as:" + string(r.Guide.Flow)
		}
	}
	return a
}

// guideAgain is the guide that the steps are about: planned anew where it is one of them, else as it is now.
func (s *Service) guideAgain(ctx context.Context, c Change, steps []Step, v *view.View) (GuideChoice, error) {
	adds := slices.IndexFunc(steps, Step.Adds)
	i := slices.IndexFunc(c.Steps, func(st Step) bool { return st.Key == guideKey })
	switch {
	case i < 0 && adds < 0:
		return GuideChoice{}, nil
	case i < 0:
		return opened(c, steps[adds])
	}
	g := c.Steps[i]
	if slices.ContainsFunc(steps, Step.MakesGuide) {
		return s.modelAgain(ctx, c, g, v)
	}
	id := cmp.Or(g.Flow, g.Outcome.Flow)
	switch {
	case adds < 0:
		return GuideChoice{}, nil
	case g.Kind != UpdateGuide && g.State != StepDone && g.State != StepUnclear || id == "":
		return GuideChoice{}, fault.New(fault.Invalid, "publish.again.no-guide", "Guide", g.Name)
	}
	return GuideChoice{Flow: id}, nil
}

// MakesGuide says whether the step creates, changes or revives the guide of a change.
func (st Step) MakesGuide() bool {
	return st.Kind == CreateGuide || st.Kind == UpdateGuide || st.Kind == ActivateGuide || st.Key == guideKey && st.Kind == RestoreFlow
}

// opened is the guide that a step makes its flow open, which is there already.
func opened(c Change, st Step) (GuideChoice, error) {
	home, _ := instance.ParseRef(flowARN(c.Instance, st.Flow), instance.KindFlow)
	for _, e := range st.Edits {
		if id, ok := audit.UsableGuide(e.Guide, home); ok && (e.Kind == flow.Insert || e.Kind == flow.Retarget) {
			return GuideChoice{Flow: id}, nil
		}
	}
	return GuideChoice{}, fault.New(fault.Invalid, "publish.again.no-guide", "Guide", "")
}

// modelAgain is the guide as this change is to make it. Of one that is there, what somebody published since stays, except where this
// change sets the same fields: those are named, and need a tick.
func (s *Service) modelAgain(ctx context.Context, c Change, st Step, v *view.View) (GuideChoice, error) {
	yours, err := s.guideKept(ctx, st.After, st)
	if err != nil {
		return GuideChoice{}, err
	}
	g := GuideChoice{Name: st.Name, Description: st.Description, Model: &yours, View: v, Draft: c.Draft}
	active := func(st Step) bool { return st.Kind == ActivateGuide && st.State == StepDone }
	switch {
	case st.Kind == RestoreFlow && slices.ContainsFunc(c.Steps, active):
		g.Flow = st.Flow // its name is taken by itself
		return g, nil
	case st.Kind != UpdateGuide:
		return g, nil
	}
	base, err := s.guideKept(ctx, st.Before, st)
	if err != nil {
		return GuideChoice{}, err
	}
	f, err := s.target.DescribeFlow(ctx, c.Instance, string(st.Flow))
	if err != nil {
		return GuideChoice{}, err
	}
	live, ok := guideIn([]byte(f.Content))
	if !ok {
		return GuideChoice{}, fault.New(fault.Invalid, "publish.guide-unreadable", "Guide", f.Name)
	}
	merged, both := acw.Merge(base, live, yours)
	g.Flow, g.Model, g.Base = st.Flow, &merged, flow.Hash([]byte(f.Content))
	g.Overrides = slices.Compact(slices.Sorted(slices.Values(slices.Concat(both, st.Overrides))))
	return g, nil
}

// guideKept is the guide in a kept content.
func (s *Service) guideKept(ctx context.Context, hash string, st Step) (acw.Guide, error) {
	content, err := s.journal.Content(ctx, hash)
	if err != nil {
		return acw.Guide{}, err
	}
	g, ok := guideIn(content)
	if !ok {
		return acw.Guide{}, fault.New(fault.Invalid, "publish.guide-unreadable", "Guide", st.Name)
	}
	return g, nil
}

func guideIn(content []byte) (acw.Guide, bool) {
	d, err := flow.Parse(content)
	if err != nil {
		return acw.Guide{}, false
	}
	l, ok := acw.Lift(d)
	return l.Guide, ok
}
