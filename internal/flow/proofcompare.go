package flow

import "strconv"

// compare finds the first place where got is not what t expects.
func (t *tree) compare(got *tree) *ProofError {
	if t.head != got.head {
		return &ProofError{What: "space"}
	}
	if t.tail != got.tail {
		return &ProofError{What: "space", Offset: len(got.text) - len(got.tail)}
	}
	if e := t.root.compare(got.root); e != nil {
		return e
	}
	return nil
}

func (n *node) compare(got *node) *ProofError {
	switch {
	case n.kind != got.kind:
		return &ProofError{What: "value", Offset: got.at}
	case n.kind == 0:
		return n.compareScalar(got)
	case len(n.items) != len(got.items):
		return &ProofError{What: "members", Offset: got.at, Detail: strconv.Itoa(len(got.items))}
	case len(n.items) == 0 && !n.fresh && n.inner != got.inner:
		return &ProofError{What: "space", Offset: got.at + 1}
	}
	for i, it := range n.items {
		if e := it.compare(got.items[i], n.fresh); e != nil {
			return e
		}
	}
	return nil
}

func (n *node) compareScalar(got *node) *ProofError {
	same := n.raw == got.raw
	if !same && n.fresh {
		same = n.isText() && got.isText() && n.text() == got.text()
	}
	if !same {
		return &ProofError{What: "value", Offset: got.at, Detail: got.raw}
	}
	return nil
}

func (it *item) compare(got *item, fresh bool) *ProofError {
	if it.key != got.key || !it.renamed && !fresh && it.name != got.name {
		return &ProofError{What: "name", Offset: got.at, Detail: got.key}
	}
	if !fresh && !(it.lead.holds(got.lead.text) && it.tail.holds(got.tail.text) &&
		it.beforeColon.holds(got.beforeColon.text) && it.colon.holds(got.colon.text)) {
		return &ProofError{What: "space", Offset: got.at, Detail: got.key}
	}
	return it.value.compare(got.value)
}
