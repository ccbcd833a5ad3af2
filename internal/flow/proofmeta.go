package flow

import (
	"errors"
	"math"
	"strconv"
)

// meta is Metadata.ActionMetadata, or nil.
func (t *tree) meta() *node {
	n := t.root.get("Metadata", "ActionMetadata")
	if !n.isObject() {
		return nil
	}
	return n
}

// newMeta is the metadata a new block must have: its place, that its identifier is a name, and the
// guide's name where that is known.
func (t *tree) newMeta(start string, e Edit) *node {
	x, y := t.place(start)
	m := newObject(
		pair{"position", newObject(pair{"x", coordinate(x)}, pair{"y", coordinate(y)})},
		pair{"isFriendlyName", literal("true")},
	)
	if e.Name != "" {
		label := newObject(pair{eventKey(e), newObject(pair{"displayName", said(e.Name)})})
		m.items = append(m.items, &item{key: "parameters", value: newObject(pair{"EventHooks", label})})
	}
	return m
}

func coordinate(v float64) *node { return literal(strconv.FormatFloat(v, 'f', -1, 64)) }

// place derives the position anew: 240 left of the start, else 120 below the entry point, then up in
// steps of 160 while a block within 200 x 140 is in the way.
func (t *tree) place(start string) (x, y float64) {
	x, y = 40, 160
	if ex, ey, ok := spot(t.root.get("Metadata", "entryPointPosition")); ok {
		x, y = ex, ey+120
	}
	if sx, sy, ok := spot(t.meta().get(start, "position")); ok {
		x, y = sx-240, sy
	}
	for again := true; again; {
		again = false
		for _, it := range t.meta().items {
			px, py, ok := coordinates(it.value.get("position"))
			if ok && math.Abs(px-x) < 200 && math.Abs(py-y) < 140 {
				y, again = y-160, true
				break
			}
		}
	}
	return x, y
}

// spot is a position that can be stepped from.
func spot(n *node) (x, y float64, ok bool) {
	x, y, ok = coordinates(n)
	return x, y, ok && math.Abs(x) < 1e9 && math.Abs(y) < 1e9
}

func coordinates(n *node) (x, y float64, ok bool) {
	nx, ny := n.get("x"), n.get("y")
	if nx == nil || ny == nil {
		return 0, 0, false
	}
	x, errX := strconv.ParseFloat(nx.raw, 64)
	y, errY := strconv.ParseFloat(ny.raw, 64)
	return x, y, errX == nil && errY == nil
}

// expectLabel expects the designer's label of a retargeted block: the guide's name, or none, and no mark
// that the value is dynamic.
func (t *tree) expectLabel(m *node, e Edit) {
	if !m.isObject() {
		return
	}
	path := []string{"parameters", "EventHooks", eventKey(e), "displayName"}
	h := m.get(path[:3]...)
	_, label := h.find("displayName")
	_, mark := h.find("useDynamic")
	switch {
	case e.Name == "":
		h.pullKey("displayName", "useDynamic")
	case label != nil:
		label.value = said(e.Name)
		h.pullKey("useDynamic")
	case mark != nil:
		mark.key, mark.renamed, mark.value = "displayName", true, said(e.Name)
	default:
		t.put(m, said(e.Name), path...)
	}
}

func shows(b *node) error {
	if b.get("Type").text() != "ShowView" || !b.get("Parameters").isObject() {
		return errors.New("no Show view block with parameters")
	}
	return nil
}

func (t *tree) expectViewData(b *node, e Edit) error {
	if err := shows(b); err != nil {
		return err
	}
	if e.Key == "" || e.Value == "" {
		return errors.New("an empty key or value")
	}
	was := false
	if old := b.get("Parameters", "ViewData", e.Key); old != nil {
		if !old.isText() {
			return errors.New("the value is no text")
		}
		was = IsPath(old.text())
		*old = *said(e.Value)
	} else if data := b.get("Parameters", "ViewData"); data != nil && !data.isObject() {
		return errors.New("ViewData is no object")
	} else {
		t.put(b.get("Parameters"), said(e.Value), "ViewData", e.Key)
	}
	t.expectMark(t.meta().get(e.Block), e.Key, was, IsPath(e.Value))
	return nil
}

// expectMark expects the designer's mark to change only where a value becomes, or was, a JSONPath.
func (t *tree) expectMark(m *node, key string, was, is bool) {
	if !m.isObject() || was == is {
		return
	}
	path := []string{"parameters", "ViewData", key, "useDynamic"}
	if was {
		m.pullPath(path...)
	} else if old := m.get(path...); old != nil {
		*old = *literal("true")
	} else {
		t.put(m, literal("true"), path...)
	}
}

func (t *tree) expectNoViewData(b *node, e Edit) error {
	if err := shows(b); err != nil {
		return err
	}
	data := b.get("Parameters", "ViewData")
	if _, it := data.find(e.Key); it == nil || e.Key == "" {
		return errors.New("no such value")
	}
	data.pullKey(e.Key)
	t.meta().get(e.Block).pullPath("parameters", "ViewData", e.Key)
	return nil
}

func (t *tree) expectTimeLimit(b *node, e Edit) error {
	if err := shows(b); err != nil {
		return err
	}
	n, err := strconv.ParseUint(e.Value, 10, 32)
	if err != nil || n < 1 || n > 59_940 || e.Value[0] == '0' {
		return errors.New("no time limit")
	}
	params := b.get("Parameters")
	if _, it := params.find("InvocationTimeLimitSeconds"); it != nil {
		it.value = said(e.Value)
	} else {
		t.push(params, "InvocationTimeLimitSeconds", said(e.Value))
	}
	unit := t.meta().get(e.Block, "parameters", "InvocationTimeLimitSeconds", "unit")
	if unit != nil && unit.kind == 0 {
		if u, err := strconv.ParseUint(unit.raw, 10, 63); err == nil && u > 0 && n%u != 0 {
			*unit = *literal("1")
		}
	}
	return nil
}
