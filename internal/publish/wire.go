package publish

import (
	"errors"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Wiring is the planned wiring of one flow's bytes (product.md section 3): used by plans and by the command line.
type Wiring struct {
	After          []byte
	Edits          []flow.Edit
	Exits          []audit.Exit // reached only with the guide after the edit; named in the review
	Before, Report audit.Report // before and after
	Unchanged      bool         // nothing to do: the same bytes
	Replaced       []string     // the flows, as written, that a retarget replaces
	Former         bool         // Unwire: After is what the bytes were before wrapup's block went in
	Still          []string     // Unwire: blocks that still set the event
	Attributes     []string     // Unwire: blocks that set the older attribute; they stay
}

// WireOptions of Wire.
type WireOptions struct {
	Guide, Name string            // the event's value and the guide's name, if known
	Replace     bool              // retarget another constant
	Type        instance.FlowType // "" is an inbound flow
	Audit       audit.Options
}

// event is the event's name.
func (o WireOptions) event() string {
	if o.Audit.Event == "" {
		return flow.EventACW
	}
	return o.Audit.Event
}

// Wire plans adding the guide to a flow and proves both the edit and its effect. A refusal is a *fault.Error of kind
// Invalid ("wire.refused.<reason>", with Block; content that cannot be read: the report's own reason).
func Wire(before []byte, o WireOptions) (Wiring, error) {
	guide, ok := audit.UsableGuide(o.Guide, o.Audit.Home)
	if !ok {
		return Wiring{}, refused("guide", "", "Guide", o.Guide)
	}
	d, report, err := read(before, o)
	if err != nil {
		return Wiring{}, err
	}
	w := Wiring{After: before, Before: report, Report: report, Exits: report.Exits}
	if _, missed := o.missing(d, guide); !missed {
		w.Unchanged = true
		return w, nil
	}
	if w.Edits, w.Replaced, err = retargets(d, guide, o); err != nil {
		return Wiring{}, err
	}
	if err := w.insert(d, guide, o); err != nil {
		return Wiring{}, err
	}
	return w, w.prove(before, guide, o)
}

// read parses and judges the former bytes; what does not start, or cannot be read, is refused.
func read(before []byte, o WireOptions) (*flow.Document, audit.Report, error) {
	d, err := flow.Parse(before)
	if err != nil {
		return nil, audit.Report{}, &fault.Error{Kind: fault.Invalid, Message: *audit.Analyze(before, o.Audit).Reason, Err: err}
	}
	r := audit.AnalyzeDocument(d, o.Audit)
	if _, starts := d.StartBlock(); !starts {
		return nil, r, refused("no-start", "", "Start", d.Start())
	}
	if r.Verdict == audit.Unreadable {
		return nil, r, &fault.Error{Kind: fault.Invalid, Message: *r.Reason}
	}
	return d, r, nil
}

// retargets are the edits that point reachable blocks to the guide: those with a broken value always, those with
// another constant if the person said so. A constant that is known not to name a usable guide is broken. A block that makes the event dynamic or disabled refuses the whole.
func retargets(d *flow.Document, guide instance.FlowID, o WireOptions) (edits []flow.Edit, replaced []string, err error) {
	for _, w := range audit.Writes(d, o.Audit) {
		if !w.Reached || w.Attribute {
			continue
		}
		switch {
		case w.Kind == audit.DynamicValue:
			return nil, nil, refused("dynamic", w.Block, "Flow", w.Flow)
		case w.Kind == audit.Disabled:
			return nil, nil, refused("disabled", w.Block)
		case w.Kind == audit.ByBlock && w.Guide == guide:
			continue
		case w.Kind == audit.ByBlock && notUsable(w.Guide, o):
		case w.Kind == audit.ByBlock && !o.Replace:
			return nil, nil, refused("other-guide", w.Block, "Flow", w.Flow)
		case w.Kind == audit.ByBlock:
			replaced = append(replaced, w.Flow)
		}
		edits = append(edits, flow.Edit{Kind: flow.Retarget, Block: w.Block, Event: o.event(), Guide: o.Guide, Name: o.Name})
	}
	return edits, replaced, nil
}

// notUsable says whether a guide is known to be none; what could not be looked at is not.
func notUsable(guide instance.FlowID, o WireOptions) bool {
	return o.Audit.Guides != nil && o.Audit.Guides(guide).State == audit.NotUsable
}

// insert makes the edits, and puts a block at the start if a point is still reached without the guide after them.
func (w *Wiring) insert(d *flow.Document, guide instance.FlowID, o WireOptions) error {
	after, err := edit(d, w.Edits)
	if err != nil {
		return err
	}
	if _, missed := o.missing(after, guide); missed {
		w.Edits = append(w.Edits, flow.Edit{Kind: flow.Insert, Block: d.NewIdentifier(), Event: o.event(), Guide: o.Guide, Name: o.Name})
		if after, err = edit(d, w.Edits); err != nil {
			return err
		}
	}
	if miss, missed := o.missing(after, guide); missed {
		return overridden(miss)
	}
	w.After = after.Bytes()
	w.Report = audit.AnalyzeDocument(after, o.Audit)
	w.Exits = w.Report.Exits
	return nil
}

// overridden names why a point is reached without the guide in spite of the edits: after them this flow's blocks name the guide for the event on every
// route, so that only its older attribute is left, or a block of a flow or module that contacts go on to.
func overridden(m audit.Miss) error {
	switch by := m.By; {
	case by.In != "":
		return refused("elsewhere-"+elsewhere(by.Kind), by.Block, "Flow", by.Flow, "Point", m.Block, "In", by.InName)
	case by.Block != "":
		return refused("attribute", by.Block, "Flow", by.Flow, "Point", m.Block)
	}
	if m.Block == "" {
		return refused("not-shown-end", "")
	}
	return refused("not-shown", m.Block)
}

// elsewhere is what a block of another flow does to the guide.
func elsewhere(k audit.Kind) string {
	switch k {
	case audit.Disabled:
		return "disabled"
	case audit.DynamicValue:
		return "dynamic"
	}
	return "other-guide"
}

// edit makes the edits, all or nothing.
func edit(d *flow.Document, edits []flow.Edit) (*flow.Document, error) {
	after, err := d.Edit(edits...)
	if err == nil {
		return after, nil
	}
	var r *flow.RefusedError
	if !errors.As(err, &r) {
		return nil, fault.New(fault.Internal, "wire.not-proved").Because(err)
	}
	return nil, fault.New(fault.Invalid, "flow.refused."+r.Reason, "Block", r.Block, "Detail", r.Detail).Because(err)
}

// prove makes both proofs on the bytes; publishing needs both.
func (w *Wiring) prove(before []byte, guide instance.FlowID, o WireOptions) error {
	if err := flow.Prove(before, w.After, w.Edits); err != nil {
		return fault.New(fault.Internal, "wire.not-proved").Because(err)
	}
	if err := ProveEffect(w.After, guide, o.Audit); err != nil || o.Type != instance.TypeOutboundWhisper {
		return err
	}
	return ProveEnds(w.After, guide, o.Audit)
}

// refused is a refusal that names a block, where it has one.
func refused(reason, block string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "wire.refused."+reason, append([]any{"Block", block}, args...)...)
}
