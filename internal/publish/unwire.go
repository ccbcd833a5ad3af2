package publish

import (
	"errors"
	"slices"

	"wrapup/internal/audit"
	"wrapup/internal/fault"
	"wrapup/internal/flow"
)

// Unwire takes wrapup's block out again: the former bytes. With all, every block that sets the event loses it as well; then
// the bytes are no former version. A flow in which another block sets the event and wrapup's does not stand at the
// start is refused without all, naming the block. Attributes stay and are named. A refusal is a *fault.Error of kind Invalid.
func Unwire(before []byte, all bool, o WireOptions) (Wiring, error) {
	d, err := flow.Parse(before)
	if err != nil {
		return Wiring{}, &fault.Error{Kind: fault.Invalid, Message: *audit.Analyze(before, o.Audit).Reason, Err: err}
	}
	report := audit.AnalyzeDocument(d, o.Audit)
	w := Wiring{After: before, Before: report, Report: report}
	event := setters(d, o)
	w.Attributes = attributeBlocks(d, o)
	if len(event) == 0 {
		w.Unchanged, w.Exits = true, report.Exits
		return w, nil
	}
	after, err := w.takeOut(d, event, all, o)
	if err != nil {
		return Wiring{}, err
	}
	w.After, w.Report = after.Bytes(), audit.AnalyzeDocument(after, o.Audit)
	w.Exits = w.Report.Exits
	w.Still = setters(after, o)
	if err := flow.Prove(before, w.After, w.Edits); err != nil {
		return Wiring{}, fault.New(fault.Internal, "wire.not-proved").Because(err)
	}
	return w, nil
}

// takeOut removes wrapup's block where it stands as it was inserted, and with all clears the event in the others.
func (w *Wiring) takeOut(d *flow.Document, event []string, all bool, o WireOptions) (*flow.Document, error) {
	remove := flow.Edit{Kind: flow.Remove, Block: d.Start(), Event: o.event()}
	after, err := edit(d, []flow.Edit{remove})
	ours := err == nil
	switch {
	case ours:
		w.Edits = []flow.Edit{remove}
		event = slices.DeleteFunc(event, func(id string) bool { return id == remove.Block })
	case tooLong(err): // not the block's fault
		return nil, err
	case !all:
		return nil, refused("not-ours", event[0]).Because(err)
	}
	if !all || len(event) == 0 {
		w.Former = true
		return after, nil
	}
	for _, id := range event {
		w.Edits = append(w.Edits, flow.Edit{Kind: flow.ClearEvent, Block: id, Event: o.event()})
	}
	return edit(d, w.Edits)
}

func tooLong(err error) bool {
	var r *flow.RefusedError
	return errors.As(err, &r) && r.Reason == "too-long"
}

// setters names the blocks, reached or not, that give the event a value. A block that only disables it sets nothing.
func setters(d *flow.Document, o WireOptions) []string {
	var list []string
	for _, b := range d.Blocks() {
		if _, ok := b.Param("EventHooks", o.event()); ok && b.Type == flow.TypeEventHooks {
			list = append(list, b.ID)
		}
	}
	return list
}

// attributeBlocks names the blocks that set the older attribute.
func attributeBlocks(d *flow.Document, o WireOptions) []string {
	var list []string
	for _, w := range audit.Writes(d, o.Audit) {
		if w.Attribute && w.Kind != audit.Unset {
			list = append(list, w.Block)
		}
	}
	return list
}
