package audit

import (
	"strings"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// valueKind is what a slot holds.
type valueKind uint8

const (
	isUnset valueKind = iota
	isUnknown
	isDynamic
	isDisabled
	isBroken
	isGuide // a flow reference
)

// value is one interned value of a slot. Two values that are written differently are two values, also where they name
// the same flow: the qualifier is kept and shown, and comparison is by id.
type value struct {
	kind valueKind
	text string          // as written
	id   instance.FlowID // of isGuide
}

// valueID is an index into values. The first three are fixed.
type valueID int32

const (
	keep      valueID = -1 // a block that does not write the slot
	unsetID   valueID = 0
	unknownID valueID = 1
	mergedID  valueID = 2 // dynamic because too many tuples met
)

// values interns. A flow names few guides, so that a search beats a map.
type values []value

func newValues() values {
	v := make(values, 3, 8)
	v[unknownID].kind, v[mergedID].kind = isUnknown, isDynamic
	return v
}

func (v *values) intern(n value) valueID {
	for i := range *v {
		if (*v)[i] == n {
			return valueID(i)
		}
	}
	*v = append(*v, n)
	return valueID(len(*v) - 1)
}

// guideValue classifies what is written as the event's or the attribute's value: a text that is one JSONPath is dynamic; a flow reference is
// a guide unless it is of another account, Region or instance than home; everything else is broken.
func guideValue(v flow.Value, home instance.Ref) value {
	text, ok := v.Text()
	if !ok {
		return value{kind: isBroken, text: string(v.Raw())}
	}
	if flow.IsPath(text) {
		return value{kind: isDynamic, text: text}
	}
	ref, ok := instance.ParseRef(text, instance.KindFlow)
	if !ok || Foreign(ref, home) {
		return value{kind: isBroken, text: text}
	}
	return value{kind: isGuide, text: text, id: ref.FlowID()}
}

// Foreign says whether an ARN lies in another partition, Region, account or instance than home, whatever the case it is written in. What
// home leaves open is not held against it, nor is a bare id.
func Foreign(r, home instance.Ref) bool {
	differs := func(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }
	return differs(r.Partition, home.Partition) || differs(r.Region, home.Region) || differs(r.Account, home.Account) ||
		differs(string(r.Instance), string(home.Instance))
}

// UsableGuide says whether text can be written as a guide: a flow id or a flow's ARN that is not foreign to home.
func UsableGuide(text string, home instance.Ref) (instance.FlowID, bool) {
	ref, ok := instance.ParseRef(text, instance.KindFlow)
	if !ok || Foreign(ref, home) {
		return "", false
	}
	return ref.FlowID(), true
}
