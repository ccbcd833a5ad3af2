package acw

import (
	"strconv"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
)

// Lift reads a guide from a flow. ok is false where the flow has no reachable Show view block. Of several, the one that
// shows the after-contact-work view is read, else the first that is met; the others are named in Unread.
func Lift(d *flow.Document) (Lifted, bool) {
	l := lifter{doc: d, out: Lifted{Guide: Guide{Values: map[string]string{}}}}
	block := l.choose()
	if block == nil {
		return Lifted{}, false
	}
	l.out.Block = block.ID
	l.view(block)
	l.viewData(block)
	l.timeLimit(block)
	l.saves(block)
	return l.out, true
}

type lifter struct {
	doc *flow.Document
	out Lifted
}

func (l *lifter) unread(id string, args ...any) {
	l.out.Unread = append(l.out.Unread, fault.Msg(id, args...))
}

// choose finds the guide's Show view block among what the start leads to, and names what the model has no words for.
func (l *lifter) choose() *flow.Block {
	start, ok := l.doc.StartBlock()
	if !ok {
		return nil
	}
	var shows []*flow.Block
	var chosen *flow.Block
	for _, b := range walk(l.doc, []*flow.Block{start}, nil) {
		switch b.Type {
		case flow.TypeShowView:
			shows = append(shows, b)
			if chosen == nil && IsAfterContactWork(text(b, "ViewResource", "Id")) {
				chosen = b
			}
		case flow.TypeAttributes, "MessageParticipant", "DisconnectParticipant", "EndFlowExecution":
		default:
			l.unread("acw.unread.block", "Block", b.ID, "Type", b.Type)
		}
	}
	if chosen == nil && len(shows) > 0 {
		chosen = shows[0]
	}
	for _, b := range shows {
		if b != chosen {
			l.unread("acw.unread.other-view", "Block", b.ID)
		}
	}
	return chosen
}

func text(b *flow.Block, path ...string) string {
	v, ok := b.Param(path...)
	if !ok {
		return ""
	}
	s, _ := v.Text()
	return s
}

func (l *lifter) view(b *flow.Block) {
	l.out.Guide.ViewARN = text(b, "ViewResource", "Id")
	if l.out.Guide.ViewARN == "" {
		l.unread("acw.unread.view", "Block", b.ID)
	}
	l.out.Guide.ViewName = displayName(b)
}

// displayName is the designer's label of the view; Metadata is free-form, so it may be anything or missing.
func displayName(b *flow.Block) string {
	v, ok := b.Meta("parameters", "ViewResource", "Id", "displayName")
	if !ok {
		return ""
	}
	s, _ := v.Text()
	return s
}

func (l *lifter) viewData(b *flow.Block) {
	data, ok := b.Param("ViewData")
	if !ok {
		return
	}
	if raw := data.Raw(); len(raw) == 0 || raw[0] != '{' {
		l.unread("acw.unread.view-data", "Block", b.ID)
		return
	}
	for _, m := range data.Members() {
		if value, ok := m.Value.Text(); ok {
			l.out.Guide.Values[m.Name] = value
			continue
		}
		if l.out.Nested == nil {
			l.out.Nested = map[string]string{}
		}
		l.out.Nested[m.Name] = string(m.Value.Raw())
	}
}

// timeLimit reads a decimal string, as the service writes it, or a number.
func (l *lifter) timeLimit(b *flow.Block) {
	value, ok := b.Param("InvocationTimeLimitSeconds")
	if !ok {
		l.unread("acw.unread.no-time-limit", "Block", b.ID)
		return
	}
	s, ok := value.Text()
	if !ok {
		s = string(value.Raw())
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		l.unread("acw.unread.time-limit", "Block", b.ID, "Value", s)
		return
	}
	l.out.Guide.TimeLimit = n
}
