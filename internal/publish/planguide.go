package publish

import (
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/acw"
	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// DefaultFlowQuota is the service's default number of flows in an instance; it can be raised.
const DefaultFlowQuota = 100

// MaxFlowName is the longest name the form takes, in characters. The service documents no maximum for flows; modules have 127.
const MaxFlowName = 127

// planGuide makes the guide's step, if it has one, and settles what flows are wired to.
func (p *planner) planGuide() error {
	g := p.r.Guide
	switch {
	case g.Model != nil && g.Flow == "":
		return p.createGuide(g)
	case g.Model != nil:
		return p.updateGuide(g)
	case g.Flow != "":
		return p.existingGuide(g)
	default:
		return nil // only removals
	}
}

func (p *planner) check(ok, block bool, id string, args ...any) {
	p.c.Checks = append(p.c.Checks, Check{OK: ok, Block: block && !ok, Message: fault.Msg(id, args...)})
}

func (p *planner) createGuide(g GuideChoice) error {
	name := strings.TrimSpace(g.Name)
	if name == "" || len([]rune(name)) > MaxFlowName {
		return fault.New(fault.Invalid, "publish.guide-name", "Max", MaxFlowName)
	}
	content := acw.Compile(*g.Model)
	ours, err := p.checkNewName(name)
	switch {
	case err != nil:
		return err
	case ours != nil:
		return p.activateGuide(g, ours.ID, content)
	}
	p.checkModel(g, content)
	p.checkView(*g.Model)
	hash, err := p.s.journal.KeepContent(p.ctx, content)
	if err != nil {
		return err
	}
	p.guide = target{id: PlaceholderID, ref: placeholder(p.r.Instance), name: name, fresh: true}
	p.recorded(content)
	p.c.Steps = append(p.c.Steps, Step{
		Key: guideKey, Kind: CreateGuide, Name: name, Description: g.Description, State: StepPlanned, After: hash,
		Message: fault.Msg("publish.step.create-guide", "Guide", name),
		Verdict: [2]audit.Verdict{"", audit.Guide},
	})
	return nil
}

// checkNewName looks for the name among all flows, and for room under the quota. A flow that has it and that wrapup archived as a guide is
// ours: it is made active again.
func (p *planner) checkNewName(name string) (ours *instance.Flow, err error) {
	all, err := p.s.target.ListFlows(p.ctx, p.r.Instance)
	if err != nil {
		if !fault.Is(err, fault.Denied) {
			return nil, err
		}
		p.check(false, false, "publish.check.name-unknown")
		return nil, nil
	}
	if i := slices.IndexFunc(all, func(f instance.Flow) bool { return f.Name == name }); i >= 0 {
		if all[i].State == instance.StateArchived {
			if archived, err := p.s.did(p.ctx, p.r.Instance.ID, all[i].ID, ArchiveGuide); err != nil || archived {
				return &all[i], err
			}
		}
		p.check(false, true, "publish.check.name-taken", "Name", name)
	} else {
		p.check(true, false, "publish.check.name-free", "Name", name)
	}
	if len(all) >= DefaultFlowQuota {
		p.check(false, false, "publish.check.quota", "Count", len(all), "Quota", DefaultFlowQuota)
	}
	return nil, nil
}

// checkModel turns the guide's must-fix findings into blocks, and holds the compiled flow against the service's rules.
func (p *planner) checkModel(g GuideChoice, content []byte) {
	// Without the instance's own view, acw falls back to the known one only where the guide shows AWS's own.
	for _, f := range acw.Check(*g.Model, g.View, content) {
		if f.Severity == acw.Note {
			continue
		}
		p.c.Checks = append(p.c.Checks, Check{Block: f.Severity == acw.MustFix, Message: f.Message})
	}
	if n := len(flow.Validate(content, string(instance.TypeInbound))); n > 0 {
		p.check(false, true, "publish.check.invalid", "Count", n)
	}
}

// checkView asks the Region for the view that the guide shows.
func (p *planner) checkView(m acw.Guide) {
	r, ok := instance.ParseRef(m.ViewARN, instance.KindView)
	if ok && r.Region != "" && r.Region != p.r.Instance.Region {
		p.check(false, true, "publish.check.view-region", "Region", r.Region, "Want", p.r.Instance.Region)
		return
	}
	view, err := p.s.target.DescribeView(p.ctx, p.r.Instance, m.ViewARN)
	switch {
	case err == nil:
		p.check(true, false, "publish.check.view", "View", view.Name)
	case fault.Is(err, fault.NotFound):
		p.check(false, true, "publish.check.view-missing", "Region", p.r.Instance.Region)
	default:
		p.check(false, false, "publish.check.view-unknown")
	}
}

func (p *planner) updateGuide(g GuideChoice) error {
	c, err := p.s.read(p.ctx, p.r.Instance, g.Flow)
	if err != nil {
		return err
	}
	p.guide = target{id: g.Flow, ref: flowARN(p.r.Instance, g.Flow), name: c.live.Name}
	if left, err := p.untouched(g.Flow, c.live.Name); left || err != nil {
		p.check(false, left, "publish.check.guide-left-out", "Guide", c.live.Name)
		return err
	}
	why, draft := p.unfit(g.Flow, c)
	if c.live.Type != instance.TypeInbound {
		m := fault.Msg("publish.left.guide-not-inbound")
		why, draft = &m, false
	}
	if why != nil {
		p.leaveOut(g.Flow, c.live.Name, *why, draft)
		p.check(false, true, "publish.check.guide-left-out", "Guide", c.live.Name)
		return nil
	}
	if g.Base != "" && g.Base != c.liveHash {
		return fault.New(fault.Invalid, "publish.guide-moved", "Guide", c.live.Name)
	}
	d, err := flow.Parse([]byte(c.live.Content))
	if err != nil {
		return fault.New(fault.Invalid, "publish.guide-unreadable", "Guide", c.live.Name).Because(err)
	}
	edits, err := acw.Edits(d, *g.Model, g.View)
	if err != nil {
		return err
	}
	if len(edits) == 0 {
		p.recorded([]byte(c.live.Content))
		p.check(true, false, "publish.check.guide-unchanged", "Guide", c.live.Name)
		p.checkGuide(c.live)
		return nil
	}
	return p.changeGuide(g, c, d, edits)
}

// changeGuide edits the guide flow in place and proves that nothing else changes.
func (p *planner) changeGuide(g GuideChoice, c copies, d *flow.Document, edits []flow.Edit) error {
	after, err := d.Edit(edits...)
	if err != nil {
		return fault.New(fault.Invalid, "publish.guide-refused", "Guide", c.live.Name).Because(err)
	}
	if err := flow.Prove([]byte(c.live.Content), after.Bytes(), edits); err != nil {
		return fault.New(fault.Internal, "publish.proof-failed", "Flow", c.live.Name).Because(err)
	}
	p.checkModel(g, after.Bytes())
	p.checkView(*g.Model)
	then := c.live
	then.Content, then.Status = string(after.Bytes()), instance.StatusPublished
	p.checkGuide(then)
	p.recorded(after.Bytes())
	st := p.step(c)
	st.Key, st.Kind, st.Edits, st.Overrides = guideKey, UpdateGuide, edits, g.Overrides
	st.Message = fault.Msg("publish.step.update-guide", "Guide", c.live.Name, "Count", len(edits))
	st.Verdict = [2]audit.Verdict{audit.Guide, audit.Guide}
	if st.After, err = p.s.journal.KeepContent(p.ctx, after.Bytes()); err != nil {
		return err
	}
	p.c.Steps = append(p.c.Steps, st)
	return nil
}

// existingGuide takes the chosen guide as it is.
func (p *planner) existingGuide(g GuideChoice) error {
	f, err := p.s.target.DescribeFlow(p.ctx, p.r.Instance, string(g.Flow))
	if err != nil {
		return err
	}
	p.guide = target{id: g.Flow, ref: flowARN(p.r.Instance, g.Flow), name: f.Name}
	p.checkGuide(f)
	p.checkKind(f)
	p.recorded([]byte(f.Content))
	return nil
}

// checkKind warns of a guide that is none for after-contact work: agents may mean it so.
func (p *planner) checkKind(f instance.Flow) {
	r := audit.Analyze([]byte(f.Content), audit.Options{Event: p.s.o.Event})
	if r.IsGuide != nil && !r.IsGuide.ACW {
		p.check(false, false, "publish.check.other-guide", "Guide", f.Name)
	}
}

// checkGuide forbids wiring flows to a guide that cannot be opened. A plan that wires none may still mend it.
func (p *planner) checkGuide(f instance.Flow) {
	if p.s.healthyGuide(f) {
		p.check(true, false, "publish.check.guide", "Guide", f.Name)
	} else {
		p.check(false, len(p.r.Add) > 0, "publish.check.guide-not-usable", "Guide", f.Name)
	}
}

// recorded notes the attributes that the chosen guide writes.
func (p *planner) recorded(content []byte) {
	p.record = map[string]bool{}
	for _, a := range records(content) {
		p.record[a] = true
	}
	p.check(true, false, "publish.check.records", "Count", strconv.Itoa(len(p.record)))
	p.reads = reads(content)
	if len(p.reads) > 0 {
		p.check(true, false, "publish.check.reads", "Names", strings.Join(p.reads, ", "))
	}
}
