package flow

import (
	"strconv"

	"wrapup/internal/instance"
)

// Block is one action.
type Block struct {
	Index      int    // in Actions
	ID         string // Identifier; empty when missing
	Type       string
	Next       Target   // Transitions.NextAction
	Errors     []Branch // Transitions.Errors
	Conditions []Branch // Transitions.Conditions, nested And/Or conditions kept

	doc    *Document
	value  Value
	params Value
	trans  Value
}

// Target is where a branch leads, as written. Present is false where the member is absent or null.
type Target struct {
	ID      string
	Present bool
}

// Branch is one error or condition branch.
type Branch struct {
	ErrorType string    // of an error branch
	Condition Condition // of a condition branch
	Target    Target
}

// Condition is one condition; nested And/Or conditions have Operands empty and Nested filled.
type Condition struct {
	Operator string
	Operands []string
	Nested   []Condition
}

// Title is what people call the block: its identifier where that is a name (isFriendlyName or
// not a UUID), else empty; views put the type's own name beside it.
func (b *Block) Title() string {
	if !instance.IsUUID(b.ID) {
		return b.ID
	}
	if v, ok := b.Meta("isFriendlyName"); ok && v.raw() == "true" {
		return b.ID
	}
	return ""
}

// Param reads a member of Parameters by path ("EventHooks", "DisconnectAgentUI"). Without a path it
// is Parameters itself.
func (b *Block) Param(path ...string) (Value, bool) { return b.params.Get(path...) }

// Meta reads a member of the block's ActionMetadata by path. Without a path it is that member itself.
func (b *Block) Meta(path ...string) (Value, bool) {
	if b.doc == nil {
		return Value{}, false
	}
	m, ok := b.doc.metaFor(b.ID)
	if !ok {
		return Value{}, false
	}
	return m.value.Get(path...)
}

func (d *Document) metaFor(id string) (slot, bool) {
	for _, m := range d.metaOf {
		if m.name(d.text) == id {
			return m, true
		}
	}
	return slot{}, false
}

// Position is the designer's position of the block, from ActionMetadata.
func (b *Block) Position() (x, y float64, ok bool) {
	v, ok := b.Meta("position")
	if !ok {
		return 0, 0, false
	}
	return v.point()
}

// EntryPoint is the designer's position of the flow's entry, from Metadata.
func (d *Document) EntryPoint() (x, y float64, ok bool) { return d.read().entry.point() }

// point reads {"x":…,"y":…}; false unless both are numbers that a designer could hold.
func (v Value) point() (x, y float64, ok bool) {
	vx, okX := v.Get("x")
	vy, okY := v.Get("y")
	if !okX || !okY {
		return 0, 0, false
	}
	x, errX := strconv.ParseFloat(vx.raw(), 64)
	y, errY := strconv.ParseFloat(vy.raw(), 64)
	return x, y, errX == nil && errY == nil
}
