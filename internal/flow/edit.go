package flow

import (
	"fmt"

	"wrapup/internal/fault"
)

// EditKind is the closed set of edits (product.md section 3 and 4).
type EditKind string

// The edits.
const (
	// Insert puts one Set event flow block at the start, as product.md section 3 "Form" says. Block is filled
	// in by Apply's caller from Document.NewIdentifier.
	Insert EditKind = "insert"
	// Retarget writes Guide as the event's value in Block. A value that is a JSONPath is refused: only
	// a constant can be replaced without changing what a flow decides.
	Retarget EditKind = "retarget"
	// Remove takes out the block that Insert made: the former bytes.
	Remove EditKind = "remove"
	// ClearEvent removes the event's member from Block; a block left empty is taken out and what led to it
	// leads to its success target.
	ClearEvent EditKind = "clear-event"
	// SetViewData writes Parameters.ViewData.<Key> = Value (a JSON string) of the Show view block Block.
	SetViewData EditKind = "set-view-data"
	// DeleteViewData deletes that member.
	DeleteViewData EditKind = "delete-view-data"
	// SetTimeLimit writes Parameters.InvocationTimeLimitSeconds = Value of Block.
	SetTimeLimit EditKind = "set-time-limit"
)

// Edit is one stated edit. Its JSON form is stored in plans and journals.
type Edit struct {
	Kind  EditKind `json:"kind"`
	Block string   `json:"block"`
	Event string   `json:"event,omitempty"` // Insert, Retarget, Remove, ClearEvent; "" is EventACW
	Guide string   `json:"guide,omitempty"` // the event's value: flow id or ARN
	Name  string   `json:"name,omitempty"`  // the guide's name, if known
	Key   string   `json:"key,omitempty"`   // ViewData member
	Value string   `json:"value,omitempty"`
}

func (e Edit) event() string {
	if e.Event == "" {
		return EventACW
	}
	return e.Event
}

// RefusedError is why an edit cannot be made; nothing was changed.
type RefusedError struct {
	Reason string // catalogue id "flow.refused.<Reason>": no-start, too-many-actions, too-long, not-ours, no-such-block, …
	Block  string
	Detail string
}

// Message is what a person reads.
func (e *RefusedError) Message() fault.Message {
	return fault.Msg("flow.refused."+e.Reason, "Block", e.Block, "Detail", e.Detail)
}

// Error is for logs; people read the catalogue sentence of the reason.
func (e *RefusedError) Error() string {
	s := "edit refused: " + e.Reason
	if e.Block != "" {
		s += fmt.Sprintf(" (block %q)", e.Block)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Edit makes the edits in order, all or nothing, and returns a new document. The error is always a
// *RefusedError.
func (d *Document) Edit(edits ...Edit) (*Document, error) {
	cur := d
	for _, e := range edits {
		next, err := cur.edit(e)
		if err != nil {
			return nil, err
		}
		cur = next
	}
	// Bytes are never fewer than units, so that most documents need no count.
	if len(cur.text) > MaxContent && units(cur.text) > MaxContent {
		return nil, &RefusedError{Reason: "too-long"}
	}
	return cur, nil
}

func (d *Document) edit(e Edit) (*Document, error) {
	for _, s := range []string{e.Block, e.event(), e.Guide, e.Name, e.Key, e.Value} {
		if _, ok := quote(s); !ok {
			return nil, &RefusedError{Reason: "bad-text", Block: e.Block, Detail: s}
		}
	}
	p, err := d.read().patches(e)
	if err != nil {
		return nil, err
	}
	// An edit never makes a defect, and a whole new check of the text would cost more than the edit. So the
	// pieces are checked: put in the place of a value, or behind one, a sound piece keeps the document sound.
	for _, piece := range p {
		if !piece.sound() {
			return nil, &RefusedError{Reason: "bad-text", Block: e.Block, Detail: piece.text}
		}
	}
	return edited(splice(d.text, p)), nil
}

func (d *Document) patches(e Edit) ([]patch, error) {
	if e.Kind == Insert {
		return d.insert(e)
	}
	b, ok := d.Find(e.Block)
	if !ok {
		return nil, &RefusedError{Reason: "no-such-block", Block: e.Block}
	}
	switch e.Kind {
	case Retarget:
		return d.retarget(b, e)
	case Remove:
		return d.remove(b, e)
	case ClearEvent:
		return d.clearEvent(b, e)
	case SetViewData:
		return d.setViewData(b, e)
	case DeleteViewData:
		return d.deleteViewData(b, e)
	case SetTimeLimit:
		return d.setTimeLimit(b, e)
	}
	return nil, &RefusedError{Reason: "unknown-edit", Block: e.Block, Detail: string(e.Kind)}
}
