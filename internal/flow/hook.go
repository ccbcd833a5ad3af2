package flow

// Edits of a Set event flow block that stands in the document.

// hookOf finds the event's value in a Set event flow block.
func hookOf(b *Block, e Edit) (Value, error) {
	v, ok := b.Param("EventHooks", e.event())
	if b.Type != TypeEventHooks || !ok {
		return Value{}, &RefusedError{Reason: "no-event", Block: b.ID, Detail: e.event()}
	}
	return v, nil
}

func (d *Document) retarget(b *Block, e Edit) ([]patch, error) {
	v, err := hookOf(b, e)
	if err != nil {
		return nil, err
	}
	if e.Guide == "" {
		return nil, &RefusedError{Reason: "no-guide", Block: b.ID}
	}
	// A value that is no text (null, an object) is broken, and broken values are always retargeted.
	if old, ok := v.Text(); ok && IsPath(old) {
		return nil, &RefusedError{Reason: "dynamic", Block: b.ID, Detail: old}
	}
	guide, _ := quote(e.Guide)
	return append([]patch{replace(v, guide)}, d.retargetMeta(b, e)...), nil
}

// retargetMeta keeps the designer's label true: the guide's name where it is known, else none, and no
// mark that the value is dynamic. Where the designer holds nothing for the block, nothing is added: a
// member without a position could misplace it.
func (d *Document) retargetMeta(b *Block, e Edit) []patch {
	m, ok := b.Meta()
	if !ok || !m.is('{') {
		return nil
	}
	hook, ok := m.Get("parameters", "EventHooks", e.event())
	if !ok {
		if e.Name == "" {
			return nil
		}
		return d.ensure(m, object{{"parameters", hookName(e)}})
	}
	if !hook.is('{') {
		return nil
	}
	name, _ := quote(e.Name)
	label, labelled := hook.member("displayName")
	mark, marked := hook.member("useDynamic")
	switch {
	case e.Name == "":
		return cutMembers(hook, "displayName", "useDynamic")
	case labelled:
		return append(cutMembers(hook, "useDynamic"), replace(label.value, name))
	case marked:
		return []patch{{mark.key, mark.keyEnd, `"displayName"`}, replace(mark.value, name)}
	}
	return []patch{d.appended(hook, "displayName", name)}
}

// ensure appends the first step of want that v lacks, with all that is below it. want has one member
// at each level. Nothing is done where a step is there and is no object, or all steps are there.
func (d *Document) ensure(v Value, want object) []patch {
	for v.is('{') {
		f := want[0]
		next, ok := v.Get(f.name)
		if !ok {
			return []patch{d.appended(v, f.name, f.value)}
		}
		v, ok = next, false
		if want, ok = f.value.(object); !ok {
			return nil
		}
	}
	return nil
}

func (d *Document) remove(b *Block, e Edit) ([]patch, error) {
	if !ours(b.ID) {
		return nil, &RefusedError{Reason: "not-ours", Block: b.ID}
	}
	if d.Start() != b.ID {
		return nil, &RefusedError{Reason: "not-start", Block: b.ID}
	}
	if _, err := hookOf(b, e); err != nil {
		return nil, err
	}
	hooks, _ := b.Param("EventHooks")
	if len(b.params.items()) != 1 || len(hooks.items()) != 1 {
		return nil, &RefusedError{Reason: "not-only-event", Block: b.ID, Detail: e.event()}
	}
	if len(b.Errors) != 1 || b.Errors[0].ErrorType != "NoMatchingError" || len(b.Conditions) != 0 {
		return nil, &RefusedError{Reason: "branches-differ", Block: b.ID}
	}
	if err := d.leadsOn(b); err != nil {
		return nil, err
	}
	if other, led := d.firstLeader(b); led {
		return nil, &RefusedError{Reason: "still-led-to", Block: b.ID, Detail: other}
	}
	return d.takeOut(b), nil
}

// leadsOn checks that every branch of b leads to one other block that exists.
func (d *Document) leadsOn(b *Block) error {
	for _, list := range [][]Branch{b.Errors, b.Conditions} {
		for _, br := range list {
			if br.Target != b.Next {
				return &RefusedError{Reason: "branches-differ", Block: b.ID}
			}
		}
	}
	if b.Next.ID == b.ID {
		return &RefusedError{Reason: "self-loop", Block: b.ID}
	}
	if _, ok := d.Find(b.Next.ID); !ok {
		return &RefusedError{Reason: "no-next", Block: b.ID, Detail: b.Next.ID}
	}
	return nil
}

// firstLeader names the first other block with a branch to b.
func (d *Document) firstLeader(b *Block) (string, bool) {
	for _, o := range d.blocks {
		if o != b && o.leadsTo(b.ID) {
			return o.ID, true
		}
	}
	return "", false
}

// takeOut deletes b and its metadata and leads what led to it to its success target, in the very
// characters that b names it with.
func (d *Document) takeOut(b *Block) []patch {
	next, _ := b.trans.Get("NextAction")
	list := cut(d.actions, d.items(d.actions), func(i int) bool { return i == b.Index })
	list = append(list, cut(d.meta, d.items(d.meta), func(i int) bool {
		return d.metaOf[i].name(d.text) == b.ID
	})...)
	if d.Start() == b.ID {
		list = append(list, replace(d.start, next.raw()))
	}
	for _, o := range d.blocks {
		if o == b || !o.leadsTo(b.ID) {
			continue
		}
		for _, t := range o.targets() {
			if id, ok := t.Text(); ok && id == b.ID {
				list = append(list, replace(t, next.raw()))
			}
		}
	}
	return list
}

// targets are the values of all NextAction members of a block.
func (b *Block) targets() []Value {
	var list []Value
	holders := []Value{b.trans}
	for _, name := range []string{"Errors", "Conditions"} {
		branches, _ := b.trans.Get(name)
		holders = append(holders, branches.Elements()...)
	}
	for _, h := range holders {
		if v, ok := h.Get("NextAction"); ok {
			list = append(list, v)
		}
	}
	return list
}

func (d *Document) clearEvent(b *Block, e Edit) ([]patch, error) {
	if _, err := hookOf(b, e); err != nil {
		return nil, err
	}
	if onlyEvent(b, e.event()) {
		if err := d.leadsOn(b); err != nil {
			return nil, err
		}
		return d.takeOut(b), nil
	}
	hooks, _ := b.Param("EventHooks")
	list := cutMembers(hooks, e.event())
	list = append(list, prune(b.params, "EventHooksConfiguration", e.event())...)
	if m, ok := b.Meta(); ok {
		list = append(list, prune(m, "parameters", "EventHooks", e.event())...)
	}
	return list, nil
}

// onlyEvent says whether a block is left empty without the event: it sets and configures no other, and
// has no other parameter.
func onlyEvent(b *Block, event string) bool {
	for m := range b.params.slots() {
		switch m.name(b.params.text) {
		case "EventHooks", "EventHooksConfiguration":
			for inner := range m.value.slots() {
				if inner.name(b.params.text) != event {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}
