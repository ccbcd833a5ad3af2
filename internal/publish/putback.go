package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// PutBackRequest asks for what a change replaced to be published again.
type PutBackRequest struct {
	ID        string // as in Request
	Former    Former // the change, its steps, and what is chosen in spite of something
	OverDraft []instance.FlowID
	By        Actor
	Audit     audit.Options // of the instance's last reading
	Continues string        // as in Request
	Progress  func(done, of int)
}

// RestoreRequest asks for a kept content of one flow to be published again.
type RestoreRequest struct {
	Instance  instance.Instance
	Flow      instance.FlowID
	Hash      string // of a content that the journal saw live in this very flow
	OverDraft bool   // in spite of an unpublished draft
	By        Actor
	Audit     audit.Options
	Continues string // as in Request
}

// PutBack plans putting back a change, or steps of it, as a new change. Steps that are done are put back; one that is unclear only where it
// is named. What is live is read now: a flow that holds something else than wrapup wrote is left out with the reason unless chosen. Errors:
// fault.Conflict while the change still goes on or waits for a decision, fault.Invalid where no step can be put back.
//
// The order is the reverse: what was written last goes back first. A change writes its guide before the flows that open it, so its flows
// stop opening the guide before the guide's content goes back, and where a flow can't be put back the guide that it opens stays too. Put
// back once more, the guide comes first again. A draft follows its flow, for publishing may replace it.
func (s *Service) PutBack(ctx context.Context, q PutBackRequest) (Change, error) {
	if c, made, err := s.made(ctx, q.ID); made || err != nil {
		return c, err
	}
	was, err := s.journal.Change(ctx, q.Former.Change)
	if err != nil {
		return Change{}, err
	}
	if !was.CanPutBack() {
		return Change{}, fault.New(fault.Conflict, "publish.put-back.not-over")
	}
	b := &backward{was: was, q: q, planner: s.planner(ctx, Request{
		ID: q.ID, Instance: was.Instance, By: q.By, Audit: q.Audit, Continues: q.Continues, OverDraft: set(q.OverDraft),
		Asked: Asked{OverDraft: q.OverDraft, Former: q.Former},
	})}
	for i, st := range slices.Backward(was.Steps) {
		if q.Progress != nil {
			q.Progress(len(was.Steps)-1-i, len(was.Steps))
		}
		do := b.step
		if !b.chosen(st) {
			if !b.draftChosen(st) {
				continue
			}
			do = b.draftAlone
		}
		if err := do(st); err != nil {
			return Change{}, fmt.Errorf("plan putting back %s: %w", st.Key, err)
		}
	}
	switch {
	case b.silent.all():
		return Change{}, b.silent.err
	case len(b.c.Steps) == 0 && len(b.c.LeftOut) == 0:
		return Change{}, fault.New(fault.Invalid, "publish.put-back.nothing")
	}
	b.c.Title = backTitle(b.c.Steps)
	return b.store()
}

// CanPutBack says whether the change wrote something and nobody goes on with it.
func (c Change) CanPutBack() bool {
	return (c.State.Ended() || c.State == Paused) && slices.ContainsFunc(c.Steps, Step.CanPutBack)
}

// CanPutBack says whether the step wrote something, or may have, that can be put back. A guide that was created or made active stays.
func (st Step) CanPutBack() bool {
	return (st.State == StepDone || st.State == StepUnclear) && st.Kind != CreateGuide && st.Kind != ActivateGuide
}

func set(ids []instance.FlowID) map[instance.FlowID]bool {
	out := map[instance.FlowID]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// backTitle names the effect.
func backTitle(steps []Step) fault.Message {
	name, flows := "", map[instance.FlowID]bool{}
	for _, st := range steps {
		name, flows[st.Flow] = st.Name, true
	}
	if len(flows) == 0 {
		return fault.Msg("publish.title.nothing")
	}
	return fault.Msg("publish.title.put-back", "Flow", name, "Count", len(flows))
}

// backward plans the way back of one change.
type backward struct {
	*planner
	was Change
	q   PutBackRequest
}

func (b *backward) chosen(st Step) bool {
	if len(b.q.Former.Steps) > 0 {
		return slices.Contains(b.q.Former.Steps, st.Key)
	}
	return st.State == StepDone
}

// draftChosen says whether only the draft that the step replaced is chosen.
func (b *backward) draftChosen(st Step) bool {
	return st.CanPutBack() && st.Kind.WritesContent() && slices.Contains(b.q.Former.Steps, draftKey(st.Flow)) &&
		!slices.ContainsFunc(b.was.Steps, func(of Step) bool { return of.Key == draftKey(st.Flow) })
}

// draftKey is the key of the step that saves a flow's draft; among the steps chosen, it chooses a draft that was replaced.
func draftKey(id instance.FlowID) string { return "draft:" + string(id) }

// draftAlone saves the draft that a step replaced; what is live stays.
func (b *backward) draftAlone(st Step) error {
	c, ok, err := b.readNow(st)
	if err != nil || !ok {
		return err
	}
	return b.draft(st, c, st.Saved, false)
}

// readNow reads the flow of a step; one that can't be put back for what it is now is left out.
func (b *backward) readNow(st Step) (c copies, ok bool, err error) {
	if left, err := b.untouched(st.Flow, st.Name); left || err != nil {
		return c, false, err
	}
	c, ok, err = b.readFlow(st.Flow, st.Name, "publish.left.deleted")
	if ok && st.Kind != ArchiveGuide && c.live.State == instance.StateArchived {
		b.leaveOut(st.Flow, c.live.Name, fault.Msg("publish.left.archived"), false)
		return c, false, nil
	}
	return c, ok, err
}

// step puts one step back, or leaves it out with the reason.
func (b *backward) step(st Step) error {
	switch {
	case st.State != StepDone && st.State != StepUnclear:
		b.leaveOut(st.Flow, st.Name, fault.Msg("publish.left.not-written"), false)
		return nil
	case st.Kind == CreateGuide, st.Kind == ActivateGuide:
		b.leaveOut(cmp.Or(st.Flow, st.Outcome.Flow), st.Name, fault.Msg("publish.left.guide-stays"), false)
		return nil
	case st.Kind == RestoreDraft && b.withLive(st):
		return nil // the draft of before is offered with what was live before
	}
	if names := b.stay(); st.Key == guideKey && len(names) > 0 {
		m := naming("publish.left.flows-stay", names)
		b.leaveOut(st.Flow, st.Name, m, false)
		return nil
	}
	c, ok, err := b.readNow(st)
	switch {
	case err != nil || !ok:
		return err
	case st.Kind == ArchiveGuide:
		return b.activate(c)
	case st.Kind == RestoreDraft:
		return b.unsave(st, c)
	}
	return b.live(st, c)
}

// stay are the flows, by name, that were to go back before the guide that they open, and are left out: they would open it as it was before them.
func (b *backward) stay() (names []string) {
	for _, l := range b.c.LeftOut {
		switch l.Reason.ID {
		case Standing(AsFormer).ID, "publish.left.deleted", "publish.left.archived", "publish.left.not-written", "publish.left.guide-stays":
			continue
		}
		if slices.ContainsFunc(b.was.Steps, func(st Step) bool { return st.Flow == l.Flow && (st.Adds() || st.Kind == RestoreFlow) }) {
			names = append(names, l.Name)
		}
	}
	return names
}

// withLive says whether what was live in the flow is put back too.
func (b *backward) withLive(draft Step) bool {
	return slices.ContainsFunc(b.was.Steps, func(st Step) bool { return st.Flow == draft.Flow && st.Kind == RestoreFlow && b.chosen(st) })
}

func (b *backward) activate(c copies) error {
	if c.live.State != instance.StateArchived {
		b.leaveOut(c.live.ID, c.live.Name, fault.Msg("publish.left.active"), false)
		return nil
	}
	b.c.Steps = append(b.c.Steps, b.stateStep(c, ActivateGuide))
	return nil
}

// live puts back what was published, and then the draft that was replaced, where it is chosen.
func (b *backward) live(st Step, c copies) error {
	stand, err := b.s.stand(b.ctx, b.r.Instance.ID, st, []byte(c.live.Content))
	if err != nil {
		return err
	}
	over := slices.Contains(b.q.Former.Over, st.Flow)
	switch {
	case stand == AsFormer:
		b.leaveOut(st.Flow, c.live.Name, Standing(stand), false)
		return b.draft(st, c, st.Saved, false)
	case stand != AsWritten && !over:
		b.c.LeftOut = append(b.c.LeftOut, LeftOut{Flow: st.Flow, Name: c.live.Name, Reason: Standing(stand), Over: true})
		return nil
	case c.draft() && !b.r.OverDraft[st.Flow] && !b.savedByUs(c):
		b.leaveOut(st.Flow, c.live.Name, fault.Msg("publish.left.draft"), true)
		return nil
	}
	n, err := b.restore(c, st.Before)
	if err != nil || n.Key == "" {
		return err
	}
	n.Over = stand != AsWritten
	n.Message = fault.Msg("publish.step.put-back", "Flow", n.Name, "Time", said(st.Intent.At))
	if st.Key == guideKey {
		n.Key = guideKey
	}
	b.c.Steps = append(b.c.Steps, n)
	return b.draft(st, c, st.Saved, true)
}

// said is a time as pages write it.
func said(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// savedByUs says whether the draft is the one that the change itself saved.
func (b *backward) savedByUs(c copies) bool {
	return slices.ContainsFunc(b.was.Steps, func(st Step) bool {
		return st.Kind == RestoreDraft && st.Flow == c.live.ID && st.State == StepDone && st.Outcome.ReadBack == c.savedHash
	})
}

// draft saves a draft again that the step replaced, where it is chosen. with says that what is live is put back just before.
func (b *backward) draft(st Step, c copies, hash string, with bool) error {
	if hash == st.Before || !slices.Contains(b.q.Former.Drafts, st.Flow) {
		return nil
	}
	return b.save(c, hash, with)
}

// save is the step that saves kept bytes as the flow's draft.
func (b *backward) save(c copies, hash string, with bool) error {
	id := c.live.ID
	switch {
	case with:
	case c.savedHash == hash:
		b.leaveOut(id, c.live.Name, fault.Msg("publish.left.draft-there"), false)
		return nil
	case c.draft() && !b.r.OverDraft[id] && !b.savedByUs(c):
		b.leaveOut(id, c.live.Name, fault.Msg("publish.left.newer-draft"), true)
		return nil
	}
	if _, ok, err := b.kept(c, hash); err != nil || !ok {
		return err
	}
	n := b.planner.step(c)
	n.Key, n.Kind, n.After = draftKey(id), RestoreDraft, hash
	n.Message = fault.Msg("publish.step.save-draft", "Flow", c.live.Name)
	if with {
		n.Before, n.ReplacesDraft = b.c.Steps[len(b.c.Steps)-1].After, false
	}
	n.Verdict = [2]audit.Verdict{b.verdict(c, []byte(c.live.Content)), b.verdict(c, []byte(c.live.Content))}
	b.c.Steps = append(b.c.Steps, n)
	return nil
}

// unsave puts back a step that saved a draft: the draft of before is saved again. Where saving it changed what is live too, what was live
// is put back; where somebody published the draft since, only if that is chosen.
func (b *backward) unsave(st Step, c copies) error {
	since := st.State == StepDone
	switch {
	case c.liveHash == st.Intent.Live || c.liveHash != st.Outcome.ReadBack:
		return b.save(c, st.Intent.Draft, false)
	case since && !slices.Contains(b.q.Former.Over, st.Flow):
		b.c.LeftOut = append(b.c.LeftOut, LeftOut{Flow: st.Flow, Name: c.live.Name, Reason: Standing(ChangedSince), Over: true})
		return nil
	}
	n, err := b.restore(c, st.Intent.Live)
	if err != nil || n.Key == "" {
		return err
	}
	n.Over = since
	n.Message = fault.Msg("publish.step.put-back", "Flow", n.Name, "Time", said(st.Intent.At))
	b.c.Steps = append(b.c.Steps, n)
	return nil
}

// restore starts the step that publishes kept bytes again; it has no key where they can't be used.
func (p *planner) restore(c copies, hash string) (Step, error) {
	content, ok, err := p.kept(c, hash)
	if err != nil || !ok {
		return Step{}, err
	}
	st := p.step(c)
	st.Kind, st.After = RestoreFlow, hash
	st.Verdict = [2]audit.Verdict{p.verdict(c, []byte(c.live.Content)), p.verdict(c, content)}
	if n := newProblems([]byte(c.live.Content), content, string(c.live.Type)); n > 0 {
		p.check(false, false, "publish.check.restore-problems", "Flow", c.live.Name, "Count", n)
	}
	return st, nil
}

// kept reads kept bytes; where they are damaged or gone the flow is left out and says so.
func (p *planner) kept(c copies, hash string) (content []byte, ok bool, err error) {
	content, err = p.s.journal.Content(p.ctx, hash)
	switch f := fault.From(err); {
	case err == nil && flow.Hash(content) == hash:
		return content, true, nil
	case err == nil, f.Kind == fault.NotFound, f.Message.ID == "store.content-damaged":
		p.leaveOut(c.live.ID, c.live.Name, fault.Msg("publish.left.damaged"), false)
		return nil, false, nil
	}
	return nil, false, fmt.Errorf("the kept content: %w", err)
}

func (p *planner) verdict(c copies, content []byte) audit.Verdict {
	return audit.Analyze(content, p.options(c.live)).Verdict
}

// newProblems counts what the service would find wrong with content and not with what is live now.
func newProblems(live, content []byte, flowType string) int {
	known, n := map[string]int{}, 0
	for _, p := range flow.Validate(live, flowType) {
		known[p.Block+" "+p.Message]++
	}
	for _, p := range flow.Validate(content, flowType) {
		if k := p.Block + " " + p.Message; known[k] > 0 {
			known[k]--
		} else {
			n++
		}
	}
	return n
}

// Restore plans publishing a snapshot of a flow again. Errors: fault.NotFound where the journal did not see it live in this flow,
// fault.Conflict where the flow holds it already.
func (s *Service) Restore(ctx context.Context, q RestoreRequest) (Change, error) {
	at, found, err := s.seenLive(ctx, q.Instance.ID, q.Flow, q.Hash)
	if err != nil {
		return Change{}, err
	}
	if !found {
		return Change{}, fault.New(fault.NotFound, "publish.restore.unknown")
	}
	asked := Asked{Former: Former{Flow: q.Flow, Hash: q.Hash}}
	p := s.planner(ctx, Request{Instance: q.Instance, By: q.By, Audit: q.Audit, Continues: q.Continues, Asked: asked})
	c, err := s.read(ctx, q.Instance, q.Flow)
	if err != nil {
		return Change{}, err
	}
	left, err := p.untouched(q.Flow, c.live.Name)
	switch {
	case err != nil:
		return Change{}, err
	case left:
	case c.liveHash == q.Hash:
		return Change{}, fault.New(fault.Conflict, "publish.restore.already", "Flow", c.live.Name)
	case c.live.State == instance.StateArchived:
		p.leaveOut(q.Flow, c.live.Name, fault.Msg("publish.left.archived"), false)
	case c.draft() && !q.OverDraft:
		p.leaveOut(q.Flow, c.live.Name, fault.Msg("publish.left.draft"), true)
	default:
		st, err := p.restore(c, q.Hash)
		if err != nil {
			return Change{}, err
		}
		if st.Key != "" {
			st.Message = fault.Msg("publish.step.restore", "Flow", st.Name, "Time", said(at))
			p.c.Steps = append(p.c.Steps, st)
		}
	}
	p.c.Title = backTitle(p.c.Steps)
	return p.store()
}

// SeenLive says whether Restore would know this content as one that was live in the flow.
func (s *Service) SeenLive(ctx context.Context, in instance.ID, id instance.FlowID, hash string) (bool, error) {
	_, found, err := s.seenLive(ctx, in, id, hash)
	return found, err
}

// seenLive says whether the journal saw this content live in the flow, and when last. What was only planned, or was a draft, was not live.
func (s *Service) seenLive(ctx context.Context, in instance.ID, id instance.FlowID, hash string) (at time.Time, found bool, err error) {
	if hash == "" {
		return at, false, nil
	}
	traces, _, err := s.journal.Traces(ctx, PastFilter{Instance: in, Flow: id, Hash: hash, Limit: allTraces})
	if err != nil {
		return at, false, fmt.Errorf("the flow's history: %w", err)
	}
	adopted, err := s.journal.Adoptions(ctx, in, id)
	if err != nil {
		return at, false, fmt.Errorf("what was adopted of the flow: %w", err)
	}
	see := func(h string, t time.Time) {
		if h == hash && (!found || t.After(at)) {
			at, found = t, true
		}
	}
	for _, t := range traces {
		st := t.Step
		if st.Kind != RestoreDraft {
			see(st.Before, t.Change.Created)
			see(st.Outcome.ReadBack, st.Outcome.At)
		}
		see(st.Outcome.Found.Live, st.Outcome.At)
		if st.Kind == RestoreDraft || st.Intent.Live != st.Before { // else it was live until then, and is named by the plan's time
			see(st.Intent.Live, st.Intent.At)
		}
	}
	for _, a := range adopted {
		see(a.Hash, a.At)
	}
	return at, found, nil
}
