package audit

import (
	"strings"

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
	isConst // of an attribute: a constant
	isPath  // a JSONPath of an attribute; only in effects, a slot holds what it resolves to
)

// value is what a block writes, or a slot holds. Two values that are written differently are two values, also where they name
// the same flow: the qualifier is kept and shown, and comparison is by id.
type value struct {
	kind valueKind
	text string          // as written
	id   instance.FlowID // of isGuide
	path attr            // of isPath
}

// valueID is an index into a space's values. The first three are fixed.
type valueID int32

const (
	unsetID   valueID = 0
	unknownID valueID = 1
	mergedID  valueID = 2 // dynamic because too many tuples met
)

// guideValue classifies a constant as the event's or the attribute's value, or as that of a hook: a flow reference is a guide unless it is of another
// account, Region or instance than home; everything else is broken.
func guideValue(text string, home instance.Ref) value {
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
