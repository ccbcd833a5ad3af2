package flow

import (
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// eventKey is the stated event; none stated is the one that opens the after-contact-work guide.
func eventKey(e Edit) string {
	if e.Event == "" {
		return EventACW
	}
	return e.Event
}

// expect makes the stated edit on the tree. It fails where the edit has no place in it.
func (t *tree) expect(e Edit) error {
	for _, s := range []string{e.Block, e.Event, e.Guide, e.Name, e.Key, e.Value} {
		if !utf8.ValidString(s) {
			return errors.New("a text that is no UTF-8")
		}
	}
	if e.Kind == Insert {
		return t.expectInsert(e)
	}
	b, at := t.block(e.Block)
	if b == nil {
		return errors.New("no such block")
	}
	switch e.Kind {
	case Retarget:
		return t.expectRetarget(b, e)
	case Remove:
		return t.expectRemove(b, at, e)
	case ClearEvent:
		return t.expectClear(b, at, e)
	case SetViewData:
		return t.expectViewData(b, e)
	case DeleteViewData:
		return t.expectNoViewData(b, e)
	case SetTimeLimit:
		return t.expectTimeLimit(b, e)
	}
	return fmt.Errorf("unknown edit %q", e.Kind)
}

// block finds the only action with an identifier.
func (t *tree) block(id string) (*node, int) {
	var found *node
	at := -1
	for i, a := range t.actions() {
		if n := a.get("Identifier"); n.isText() && n.text() == id && id != "" {
			if found != nil {
				return nil, -1
			}
			found, at = a, i
		}
	}
	return found, at
}

// leads lists every value that names the block a branch leads to, by the action it stands in.
func leads(a *node) []*node {
	var list []*node
	tr := a.get("Transitions")
	holders := []*node{tr}
	for _, name := range []string{"Errors", "Conditions"} {
		if br := tr.get(name); br != nil && br.kind == '[' {
			for _, it := range br.items {
				holders = append(holders, it.value)
			}
		}
	}
	for _, h := range holders {
		if n := h.get("NextAction"); n.isText() {
			list = append(list, n)
		}
	}
	return list
}

// used says whether anything in the document already goes by this identifier.
func (t *tree) used(id string) bool {
	if t.meta().get(id) != nil {
		return true
	}
	for _, a := range t.actions() {
		if n := a.get("Identifier"); n.isText() && n.text() == id {
			return true
		}
		for _, n := range leads(a) {
			if n.text() == id {
				return true
			}
		}
	}
	return false
}

var insertedID = regexp.MustCompile(`^` + regexp.QuoteMeta(InsertedBlock) + `( ([2-9]|[1-9][0-9]+))?$`)

func (t *tree) expectInsert(e Edit) error {
	_, start := t.root.find("StartAction")
	if start == nil || !start.value.isText() {
		return errors.New("no StartAction")
	}
	first, _ := t.block(start.value.text())
	switch {
	case first == nil:
		return errors.New("StartAction names no block")
	case e.Guide == "":
		return errors.New("no guide")
	case !insertedID.MatchString(e.Block):
		return errors.New("not an identifier of ours")
	case t.used(e.Block):
		return errors.New("the identifier is taken")
	case len(t.actions()) >= MaxActions:
		return errors.New("no room for an action")
	}
	next := start.value
	if meta := t.meta(); meta.isObject() {
		t.push(meta, e.Block, t.newMeta(next.text(), e))
	}
	t.push(t.root.get("Actions"), "", newObject(
		pair{"Parameters", newObject(pair{"EventHooks", newObject(pair{eventKey(e), said(e.Guide)})})},
		pair{"Identifier", said(e.Block)},
		pair{"Type", said("UpdateContactEventHooks")},
		pair{"Transitions", newObject(
			pair{"NextAction", as(next)},
			pair{"Errors", newArray(newObject(pair{"NextAction", as(next)}, pair{"ErrorType", said("NoMatchingError")}))},
		)},
	))
	start.value = said(e.Block)
	return nil
}

// hook finds the event's member of a Set event flow block.
func hook(b *node, e Edit) (*item, error) {
	if b.get("Type").text() == "UpdateContactEventHooks" {
		if _, it := b.get("Parameters", "EventHooks").find(eventKey(e)); it != nil {
			return it, nil
		}
	}
	return nil, errors.New("the block does not set the event")
}

func (t *tree) expectRetarget(b *node, e Edit) error {
	it, err := hook(b, e)
	switch {
	case err != nil:
		return err
	case e.Guide == "":
		return errors.New("no guide")
	case it.value.isText() && IsPath(it.value.text()):
		return errors.New("the value is no constant")
	}
	it.value = said(e.Guide)
	t.expectLabel(t.meta().get(e.Block), e)
	return nil
}

func (t *tree) expectRemove(b *node, at int, e Edit) error {
	params, hooks := b.get("Parameters"), b.get("Parameters", "EventHooks")
	_, err := hook(b, e)
	switch {
	case err != nil:
		return err
	case !insertedID.MatchString(e.Block):
		return errors.New("not an identifier of ours")
	case t.root.get("StartAction").text() != e.Block:
		return errors.New("not the start")
	case len(params.items) != 1 || len(hooks.items) != 1:
		return errors.New("the block sets more")
	case len(leads(b)) != 2 || len(errorBranches(b)) != 1:
		return errors.New("not the two branches")
	}
	if errorBranches(b)[0].value.get("ErrorType").text() != "NoMatchingError" {
		return errors.New("another error branch")
	}
	for _, a := range t.actions() {
		for _, n := range leads(a) {
			if n.text() == e.Block {
				return errors.New("a branch leads to the block")
			}
		}
	}
	return t.takeOut(b, at, e.Block)
}

func errorBranches(b *node) []*item {
	if br := b.get("Transitions", "Errors"); br != nil {
		return br.items
	}
	return nil
}

// takeOut expects an action to be gone and its leaders to lead to its success target.
func (t *tree) takeOut(b *node, at int, id string) error {
	next := b.get("Transitions", "NextAction")
	if !next.isText() {
		return errors.New("no success target")
	}
	for _, n := range leads(b) {
		if n.text() != next.text() {
			return errors.New("branches differ")
		}
	}
	if target, _ := t.block(next.text()); target == nil || target == b {
		return errors.New("no other block to lead to")
	}
	goal := *as(next)
	list := t.root.get("Actions")
	gone := list.items[at]
	list.pull(func(it *item) bool { return it == gone })
	t.meta().pullKey(id)
	if s := t.root.get("StartAction"); s.isText() && s.text() == id {
		s.raw, s.fresh = goal.raw, false
	}
	for _, a := range t.actions() {
		for _, n := range leads(a) {
			if n.text() == id {
				n.raw, n.fresh = goal.raw, false
			}
		}
	}
	return nil
}

func (t *tree) expectClear(b *node, at int, e Edit) error {
	if _, err := hook(b, e); err != nil {
		return err
	}
	if aloneIn(b, eventKey(e)) {
		return t.takeOut(b, at, e.Block)
	}
	b.get("Parameters", "EventHooks").pullKey(eventKey(e))
	b.get("Parameters").pullPath("EventHooksConfiguration", eventKey(e))
	t.meta().get(e.Block).pullPath("parameters", "EventHooks", eventKey(e))
	return nil
}

// aloneIn says whether the event is all that a block is for.
func aloneIn(b *node, event string) bool {
	for _, it := range b.get("Parameters").items {
		if it.key != "EventHooks" && it.key != "EventHooksConfiguration" {
			return false
		}
		for _, inner := range it.value.items {
			if inner.key != event {
				return false
			}
		}
	}
	return true
}
