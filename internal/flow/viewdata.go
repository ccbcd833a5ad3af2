package flow

import "strconv"

// Edits of a Show view block. Values are JSON strings and never empty: the service refuses "" anywhere
// in Parameters, and " " is a value of its own.

func showView(b *Block, key string) error {
	switch {
	case b.Type != TypeShowView:
		return &RefusedError{Reason: "not-a-view-block", Block: b.ID}
	case !b.params.is('{'):
		return &RefusedError{Reason: "no-parameters", Block: b.ID}
	case key == "":
		return &RefusedError{Reason: "no-key", Block: b.ID}
	}
	return nil
}

func (d *Document) setViewData(b *Block, e Edit) ([]patch, error) {
	if err := showView(b, e.Key); err != nil {
		return nil, err
	}
	if e.Value == "" {
		return nil, &RefusedError{Reason: "empty-value", Block: b.ID, Detail: e.Key}
	}
	value, _ := quote(e.Value)
	data, ok := b.Param("ViewData")
	if !ok {
		list := []patch{d.appended(b.params, "ViewData", object{{e.Key, value}})}
		return append(list, d.markPath(b, e, false)...), nil
	}
	if !data.is('{') {
		return nil, &RefusedError{Reason: "not-text", Block: b.ID, Detail: "ViewData"}
	}
	old, ok := data.Get(e.Key)
	if !ok {
		return append([]patch{d.appended(data, e.Key, value)}, d.markPath(b, e, false)...), nil
	}
	text, ok := old.Text()
	if !ok { // whole JSON: people set it in the designer, and its parts are not ours to flatten
		return nil, &RefusedError{Reason: "not-text", Block: b.ID, Detail: e.Key}
	}
	return append([]patch{replace(old, value)}, d.markPath(b, e, IsPath(text))...), nil
}

// markPath keeps the designer's mark useDynamic true, and touches it only where the value becomes a
// JSONPath or ceases to be one: AWS's own sample has paths without a mark.
func (d *Document) markPath(b *Block, e Edit, was bool) []patch {
	m, ok := b.Meta()
	if !ok || !m.is('{') || was == IsPath(e.Value) {
		return nil
	}
	if was {
		return prune(m, "parameters", "ViewData", e.Key, "useDynamic")
	}
	mark, ok := m.Get("parameters", "ViewData", e.Key, "useDynamic")
	if ok {
		return []patch{replace(mark, "true")}
	}
	return d.ensure(m, object{{"parameters", object{{"ViewData", object{{e.Key, object{{"useDynamic", "true"}}}}}}}})
}

func (d *Document) deleteViewData(b *Block, e Edit) ([]patch, error) {
	if err := showView(b, e.Key); err != nil {
		return nil, err
	}
	data, _ := b.Param("ViewData")
	if _, ok := data.member(e.Key); !ok {
		return nil, &RefusedError{Reason: "no-such-value", Block: b.ID, Detail: e.Key}
	}
	list := cutMembers(data, e.Key)
	if m, ok := b.Meta(); ok {
		list = append(list, prune(m, "parameters", "ViewData", e.Key)...)
	}
	return list, nil
}

// Limits of InvocationTimeLimitSeconds: product.md section 4; 59,940 s are the designer's 999 minutes.
const (
	MinTimeLimit = 1
	MaxTimeLimit = 59_940
)

func (d *Document) setTimeLimit(b *Block, e Edit) ([]patch, error) {
	if err := showView(b, "-"); err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(e.Value)
	if err != nil || n < MinTimeLimit || n > MaxTimeLimit || strconv.Itoa(n) != e.Value {
		return nil, &RefusedError{Reason: "bad-time-limit", Block: b.ID, Detail: e.Value}
	}
	const name = "InvocationTimeLimitSeconds"
	list := d.unitFor(b, n)
	if old, ok := b.Param(name); ok {
		return append(list, replace(old, `"`+e.Value+`"`)), nil
	}
	return append(list, d.appended(b.params, name, `"`+e.Value+`"`)), nil
}

// unitFor sets the designer's unit back to seconds where the limit is no whole number of its minutes.
func (d *Document) unitFor(b *Block, seconds int) []patch {
	unit, ok := b.Meta("parameters", "InvocationTimeLimitSeconds", "unit")
	if !ok {
		return nil
	}
	if n, err := strconv.Atoi(unit.raw()); err != nil || n < 1 || seconds%n == 0 {
		return nil
	}
	return []patch{replace(unit, "1")}
}
