package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one finding of Validate, in the form the service's InvalidContactFlowException uses.
type Problem struct {
	Index   int    // of the action, -1 for the document
	Block   string // its identifier
	Message string // e.g. "Invalid Action property value. Path: Actions[5].Transitions.NextAction"
}

// maxMessage is the longest message the service's exception holds, in characters.
const maxMessage = 256

// Validate checks content as the service does when a flow is published. flowType is the service's enum
// (CONTACT_FLOW, …, or MODULE); "" checks only what holds for every type. Facts: flow-validation-facts.
// Types that are not known are accepted with whatever parameters they have. All problems come at once,
// in document order; a message has 1 to 256 characters.
func Validate(content []byte, flowType string) []Problem {
	d, err := Parse(content)
	if err != nil {
		return []Problem{{Index: -1, Message: clip(unreadable(err))}}
	}
	c := &checker{doc: d, flowType: flowType}
	c.document(UTF16Len(content))
	for _, b := range d.blocks {
		c.block = b
		c.action()
	}
	return c.found
}

func unreadable(err error) string {
	var p *ParseError
	if !errors.As(err, &p) {
		return err.Error()
	}
	switch p.Defect {
	case NotFlow:
		return "Invalid Action property value. Path: " + p.Detail
	case NoActions:
		return "Missing required property. Path: Actions"
	case DuplicateMember:
		return fmt.Sprintf("Invalid JSON. Duplicate field %q at byte %d", p.Detail, p.Offset)
	case Legacy:
		return "Invalid property name. Path: modules"
	}
	return fmt.Sprintf("Invalid JSON. Byte %d: %s", p.Offset, p.Defect)
}

func clip(s string) string {
	if utf8.RuneCountInString(s) <= maxMessage {
		return s
	}
	return string([]rune(s)[:maxMessage-1]) + "…"
}

type checker struct {
	doc      *Document
	flowType string
	block    *Block
	found    []Problem
}

func (c *checker) add(message string) {
	p := Problem{Index: -1, Message: clip(message)}
	if c.block != nil {
		p.Index, p.Block = c.block.Index, c.block.ID
	}
	if !slices.Contains(c.found, p) {
		c.found = append(c.found, p)
	}
}

// value, name and missing report the three observed forms, with the path inside the action.
func (c *checker) value(path string, args ...any) {
	c.report("Invalid Action property value.", path, args)
}
func (c *checker) name(path string, args ...any) {
	c.report("Invalid Action property name.", path, args)
}
func (c *checker) missing(path string, args ...any) {
	c.report("Action is missing required property.", path, args)
}

func (c *checker) report(form, path string, args []any) {
	c.add(fmt.Sprintf("%s Path: Actions[%d].%s", form, c.block.Index, fmt.Sprintf(path, args...)))
}

func (c *checker) document(units int) {
	if v, ok := c.doc.root.Get("Version"); !ok {
		c.add("Missing required property. Path: Version")
	} else if s, _ := v.Text(); s != languageName {
		c.add("Invalid property value. Path: Version")
	}
	if c.doc.start.to == 0 {
		c.add("Missing required property. Path: StartAction")
	} else if !c.exists(c.doc.Start()) {
		c.add("Invalid property value. Path: StartAction")
	}
	if len(c.doc.blocks) > MaxActions {
		c.add(fmt.Sprintf("Invalid property value. Path: Actions. More than %d actions", MaxActions))
	}
	if units > MaxContent {
		c.add(fmt.Sprintf("Invalid property value. More than %d characters", MaxContent))
	}
	settings, ok := c.doc.root.Get("Settings")
	ok = ok && settings.raw() != "null"
	switch {
	case c.flowType == moduleType && !ok:
		c.add("JSON field is missing or null for field name: settings")
	case c.flowType == moduleType:
		for _, name := range []string{"InputParameters", "OutputParameters", "Transitions"} {
			if v, ok := settings.Get(name); !ok || v.raw() == "null" {
				c.add("JSON field is missing or null for field name: settings." + name)
			}
		}
	case c.flowType != "" && ok:
		c.add("Invalid property name. Path: Settings")
	}
}

func (c *checker) exists(id string) bool {
	_, ok := c.doc.byID[id]
	return ok && id != ""
}

func (c *checker) action() {
	c.identifier()
	c.kind()
	c.next()
	c.errors()
	c.conditions()
	if c.block.params.is('{') {
		c.empty()
	}
	if check := parameters[c.block.Type]; check != nil {
		check(c)
	}
}

func (c *checker) identifier() {
	id := c.block.ID
	switch {
	case id == "":
		c.missing("Identifier")
	case utf8.RuneCountInString(id) > maxIdentifier, strings.ContainsAny(id, badCharacters), badNames[id]:
		c.value("Identifier")
	case c.doc.byID[id] < 0 && c.earlier(id):
		c.value("Identifier")
	}
}

// earlier says whether an action before this one has the identifier: the first keeps it.
func (c *checker) earlier(id string) bool {
	return slices.ContainsFunc(c.doc.blocks[:c.block.Index], func(b *Block) bool { return b.ID == id })
}

func (c *checker) kind() {
	t := c.block.Type
	only, limited := onlyIn[t]
	switch {
	case t == "":
		c.missing("Type")
	case notTypes[t]:
		c.value("Type")
	case c.flowType == "":
	case limited && !slices.Contains(only, c.flowType), slices.Contains(notIn[t], c.flowType):
		c.value("Type")
	}
}

func (c *checker) next() {
	b := c.block
	switch {
	case b.Next.Present && terminal[b.Type]:
		c.name("Transitions.NextAction")
	case b.Next.Present && !c.exists(b.Next.ID):
		c.value("Transitions.NextAction")
	case !b.Next.Present && goingOn[b.Type]:
		c.missing("Transitions.NextAction")
	}
}

func (c *checker) target(t Target, path string, i int) {
	switch {
	case !t.Present:
		c.missing("Transitions.%s[%d].NextAction", path, i)
	case !c.exists(t.ID):
		c.value("Transitions.%s[%d].NextAction", path, i)
	}
}

func (c *checker) errors() {
	has := map[string]bool{}
	for i, br := range c.block.Errors {
		has[br.ErrorType] = true
		if br.ErrorType == "" {
			c.missing("Transitions.Errors[%d].ErrorType", i)
		} else if slices.Contains(forbidden[c.block.Type], br.ErrorType) {
			c.value("Transitions.Errors[%d].ErrorType", i)
		}
		c.target(br.Target, "Errors", i)
	}
	c.needErrors(has, required[c.block.Type]...)
}

func (c *checker) needErrors(has map[string]bool, types ...string) {
	for _, t := range types {
		if !has[t] {
			c.missing("Transitions.Errors[%s]", t)
		}
	}
}

func (c *checker) conditions() {
	if len(c.block.Conditions) > 0 && noConditions[c.block.Type] {
		c.name("Transitions.Conditions")
	}
	for i, br := range c.block.Conditions {
		c.target(br.Target, "Conditions", i)
		c.condition(br.Condition, i)
	}
}

func (c *checker) condition(cond Condition, i int) {
	if len(cond.Nested) > 0 { // And and Or: documented, and accepted here
		for _, n := range cond.Nested {
			c.condition(n, i)
		}
		return
	}
	switch {
	case cond.Operator == "":
		c.missing("Transitions.Conditions[%d].Condition.Operator", i)
	case !operators[cond.Operator]:
		c.value("Transitions.Conditions[%d].Condition.Operator", i)
	}
	if len(cond.Operands) != 1 {
		c.value("Transitions.Conditions[%d].Condition.Operands", i)
	}
	for j, o := range cond.Operands {
		if o == "" {
			c.value("Transitions.Conditions[%d].Condition.Operands[%d]", i, j)
		}
	}
}

// empty reports the empty strings in Parameters, one for each parameter that holds any, in the form
// observed: "Empty value in Parameters.Attributes".
func (c *checker) empty() {
	for m := range c.block.params.slots() {
		if m.value.holdsEmpty() {
			c.add("Empty value in Parameters." + m.name(c.doc.text))
		}
	}
}

// holdsEmpty says whether v is, or holds at any depth, an empty string that is no member's name.
func (v Value) holdsEmpty() bool {
	for i := v.from; i < v.to; i++ {
		if v.text[i] != '"' {
			continue
		}
		end := stringEnd(v.text, i)
		if end-i == 2 && v.text[space(v.text, end)] != ':' { // Parameters ends behind every value of its own
			return true
		}
		i = end - 1
	}
	return false
}
