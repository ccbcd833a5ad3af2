package flow

import (
	"math"
	"strconv"
)

// NewIdentifier is the identifier Insert will use: "Set after-contact work guide", a number added if taken.
func (d *Document) NewIdentifier() string {
	d.read()
	id := InsertedBlock
	for n := 2; d.taken(id); n++ {
		id = InsertedBlock + " " + strconv.Itoa(n)
	}
	return id
}

// taken says whether a new block of this identifier would meet an action, a leftover of the designer's
// metadata, or a branch that leads nowhere today.
func (d *Document) taken(id string) bool {
	if _, ok := d.byID[id]; ok {
		return true
	}
	if _, ok := d.metaFor(id); ok {
		return true
	}
	for _, b := range d.blocks {
		if b.leadsTo(id) {
			return true
		}
	}
	return d.Start() == id
}

func (b *Block) leadsTo(id string) bool {
	if b.Next.Present && b.Next.ID == id {
		return true
	}
	for _, list := range [][]Branch{b.Errors, b.Conditions} {
		for _, br := range list {
			if br.Target.Present && br.Target.ID == id {
				return true
			}
		}
	}
	return false
}

// ours says whether an identifier is one that NewIdentifier gives.
func ours(id string) bool {
	if id == InsertedBlock {
		return true
	}
	if len(id) <= len(InsertedBlock)+1 || id[:len(InsertedBlock)+1] != InsertedBlock+" " {
		return false
	}
	number := id[len(InsertedBlock)+1:]
	n, err := strconv.Atoi(number)
	return err == nil && n >= 2 && strconv.Itoa(n) == number
}

func (d *Document) insert(e Edit) ([]patch, error) {
	start, ok := d.StartBlock()
	switch {
	case !ok:
		return nil, &RefusedError{Reason: "no-start", Detail: d.Start()}
	case e.Guide == "":
		return nil, &RefusedError{Reason: "no-guide", Block: e.Block}
	case !ours(e.Block):
		return nil, &RefusedError{Reason: "not-ours", Block: e.Block}
	case d.taken(e.Block):
		return nil, &RefusedError{Reason: "identifier-taken", Block: e.Block}
	case len(d.blocks) >= MaxActions:
		return nil, &RefusedError{Reason: "too-many-actions"}
	}
	id, _ := quote(e.Block)
	list := []patch{
		replace(d.start, id),
		d.appended(d.actions, "", eventBlock(id, e, d.start.raw())),
	}
	if d.meta.is('{') {
		list = append(list, d.appended(d.meta, e.Block, d.eventMeta(start, e)))
	}
	return list, nil
}

// eventBlock is a Set event flow block whose branches lead to next, all as raw JSON.
func eventBlock(id string, e Edit, next string) object {
	guide, _ := quote(e.Guide)
	return object{
		{"Parameters", object{{"EventHooks", object{{e.event(), guide}}}}},
		{"Identifier", id},
		{"Type", `"` + TypeEventHooks + `"`},
		{"Transitions", object{
			{"NextAction", next},
			{"Errors", list{object{{"NextAction", next}, {"ErrorType", `"NoMatchingError"`}}}},
		}},
	}
}

// eventMeta is what real exports hold for such a block (flow-language.md section 4.2).
func (d *Document) eventMeta(start *Block, e Edit) object {
	x, y := d.freePosition(start)
	m := object{
		{"position", object{{"x", number(x)}, {"y", number(y)}}},
		{"isFriendlyName", "true"},
	}
	if e.Name != "" {
		m = append(m, field{"parameters", hookName(e)})
	}
	return m
}

func hookName(e Edit) object {
	name, _ := quote(e.Name)
	return object{{"EventHooks", object{{e.event(), object{{"displayName", name}}}}}}
}

// Sizes of the designer: a block's place, the step between blocks, and where it puts the entry point.
const (
	blockWidth, blockHeight = 200, 140
	stepLeft, stepUp        = 240, 160
	belowEntry              = 120
	entryX, entryY          = 40, 40
	farthest                = 1e9 // beyond it a step is lost in rounding: no designer position
)

// freePosition is left of the start block, else below the entry point, moved up until no other block
// is in the way.
func (d *Document) freePosition(start *Block) (x, y float64) {
	if sx, sy, ok := start.Position(); ok && near(sx, sy) {
		x, y = sx-stepLeft, sy
	} else if ex, ey, ok := d.EntryPoint(); ok && near(ex, ey) {
		x, y = ex, ey+belowEntry
	} else {
		x, y = entryX, entryY+belowEntry
	}
	for d.occupied(x, y) {
		y -= stepUp
	}
	return x, y
}

func near(x, y float64) bool { return math.Abs(x) < farthest && math.Abs(y) < farthest }

func (d *Document) occupied(x, y float64) bool {
	for _, m := range d.metaOf {
		p, ok := m.value.Get("position")
		if !ok {
			continue
		}
		px, py, ok := p.point()
		if ok && math.Abs(px-x) < blockWidth && math.Abs(py-y) < blockHeight {
			return true
		}
	}
	return false
}

// number writes a sum as the designer does, with the noise of binary fractions: -58.400000000000006.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
