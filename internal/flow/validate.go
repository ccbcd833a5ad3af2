package flow

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
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
// (CONTACT_FLOW, …, or MODULE); "" checks only what holds for every type. Facts: flow-validation-facts, and
// section 2 of the flow language. Types that are not known are accepted with whatever parameters they have,
// and so are parameters that are not known; null is as good as absent. All problems come at once, in document
// order, each once; a message has 1 to 256 characters. Content that Parse refuses has no problem but that: one,
// or each member of the wrong kind.
func Validate(content []byte, flowType string) []Problem {
	d, err := Parse(content)
	c := &checker{doc: d, flowType: flowType, seen: map[string]bool{}}
	var refused *ParseError
	if errors.As(err, &refused) {
		c.unreadable(string(content), refused)
		return c.found
	}
	c.document(UTF16Len(content))
	for _, b := range d.blocks {
		c.block, c.said = b, nil
		c.action()
	}
	return c.found
}

func (c *checker) unreadable(text string, e *ParseError) {
	switch e.Defect {
	case NotFlow:
		at := space(text, 0)
		c.misshapen(Value{text, at, valueEnd(text, at)}, e)
	case NoActions:
		c.add("Missing required property. Path: Actions")
	case DuplicateMember:
		c.add(fmt.Sprintf("Invalid JSON. Duplicate field %q at byte %d", e.Detail, e.Offset))
	case Legacy:
		c.add("Invalid property name. Path: modules")
	default:
		c.add(fmt.Sprintf("Invalid JSON. Byte %d: %s", e.Offset, e.Defect))
	}
}

// misshapen reports every member of the wrong kind. Where a name that stands twice hides it, there is only
// what the parser says.
func (c *checker) misshapen(root Value, e *ParseError) {
	if !root.is('{') {
		c.add("Invalid JSON. The content is no object")
		return
	}
	actions, ok := given(root, "Actions")
	switch {
	case !ok:
		c.add("Missing required property. Path: Actions")
	case !actions.is('['):
		c.add("Invalid property value. Path: Actions")
	}
	for i, v := range actions.Elements() {
		c.block, c.said = &Block{Index: i}, nil
		if id, ok := given(v, "Identifier"); ok {
			c.block.ID, _ = id.Text()
		}
		c.shape(v)
	}
	if c.block = nil; len(c.found) == 0 {
		c.add("Invalid Action property value. Path: " + e.Detail)
	}
}

func (c *checker) shape(action Value) {
	if !action.is('{') {
		c.add(fmt.Sprintf("Invalid Action property value. Path: Actions[%d]", c.block.Index))
		return
	}
	c.member(action, "Identifier", '"', "")
	c.member(action, "Type", '"', "")
	c.member(action, "Parameters", '{', "")
	transitions := c.member(action, "Transitions", '{', "")
	c.member(transitions, "NextAction", '"', "Transitions.")
	for _, list := range []string{"Errors", "Conditions"} {
		for i, v := range c.member(transitions, list, '[', "Transitions.").Elements() {
			path := branch(list, i)
			if !v.is('{') {
				c.value(path)
			}
			c.member(v, "ErrorType", '"', path+".")
			c.member(v, "NextAction", '"', path+".")
		}
	}
}

// member reads a member that must be of a kind, which its first byte tells.
func (c *checker) member(of Value, name string, open byte, path string) Value {
	v, ok := given(of, name)
	if ok && !v.is(open) {
		c.value(path + name)
		return Value{}
	}
	return v
}

// clip shortens a message to what the exception holds, whether its characters are counted in UTF-16 or not.
func clip(s string) string {
	if units(s) <= maxMessage {
		return s
	}
	left := maxMessage - 1
	for i, r := range s {
		if left -= utf16.RuneLen(r); left < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

type checker struct {
	doc      *Document
	flowType string
	found    []Problem
	seen     map[string]bool // identifiers that several actions have, once there was one of them

	block    *Block // nil while the document itself is checked
	rule     kind
	branches []string        // error types that the block has
	operands []string        // of its conditions
	said     map[string]bool // messages about the block
}

func (c *checker) add(message string) {
	message = clip(message)
	if c.said[message] {
		return
	}
	if c.said == nil {
		c.said = map[string]bool{}
	}
	c.said[message] = true
	p := Problem{Index: -1, Message: message}
	if c.block != nil {
		p.Index, p.Block = c.block.Index, c.block.ID
	}
	c.found = append(c.found, p)
}

// value, name and missing report the three observed forms, with the path inside the action.
func (c *checker) value(path string)   { c.report("Invalid Action property value.", path) }
func (c *checker) name(path string)    { c.report("Invalid Action property name.", path) }
func (c *checker) missing(path string) { c.report("Action is missing required property.", path) }

func (c *checker) report(form, path string) {
	c.add(form + " Path: Actions[" + strconv.Itoa(c.block.Index) + "]." + path)
}

// given reads a member; null is as good as absent.
func given(of Value, name string) (Value, bool) {
	v, ok := of.Get(name)
	if !ok || v.is('n') {
		return Value{}, false
	}
	return v, true
}

// text reads a member that must be a text: absent it is missing, of another kind or empty it is wrong.
func (c *checker) text(of Value, name, path string) (string, bool) {
	v, ok := given(of, name)
	if !ok {
		c.missing(path)
		return "", false
	}
	s, _ := v.Text()
	if s == "" {
		c.value(path)
	}
	return s, s != ""
}

func (c *checker) document(units int) {
	root := c.doc.root
	if v, ok := given(root, "Version"); !ok {
		c.add("Missing required property. Path: Version")
	} else if s, _ := v.Text(); s != languageName {
		c.add("Invalid property value. Path: Version")
	}
	if v, ok := given(root, "StartAction"); !ok {
		c.add("Missing required property. Path: StartAction")
	} else if s, _ := v.Text(); !c.exists(s) {
		c.add("Invalid property value. Path: StartAction")
	}
	if len(c.doc.blocks) > MaxActions {
		c.add(fmt.Sprintf("Invalid property value. Path: Actions. More than %d actions", MaxActions))
	}
	if units > MaxContent {
		c.add(fmt.Sprintf("Invalid property value. More than %d characters", MaxContent))
	}
	c.settings()
}

// settings are a module's, and only a module's.
func (c *checker) settings() {
	settings, ok := given(c.doc.root, "Settings")
	switch {
	case c.flowType == moduleType && !ok:
		c.add("JSON field is missing or null for field name: settings")
	case c.flowType == moduleType && !settings.is('{'):
		c.add("Invalid property value. Path: Settings")
	case c.flowType == moduleType:
		for _, name := range []string{"InputParameters", "OutputParameters", "Transitions"} {
			if _, ok := given(settings, name); !ok {
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
	c.rule = c.kindOf()
	c.identifier()
	c.kind()
	c.next()
	c.errors()
	c.conditions()
	c.empty()
	if check := parameters[c.block.Type]; check != nil {
		check(c)
	}
}

// kindOf is what is known of the block's type, in the form that its parameters choose.
func (c *checker) kindOf() kind {
	k := kinds[c.block.Type]
	switch c.block.Type {
	case "GetParticipantInput":
		if c.stores() {
			return storedInput
		}
	case "CheckMetricData":
		if strings.HasPrefix(c.textOf("MetricType"), "NumberOfAgents") {
			k.conditions = staffing
		}
	}
	return k
}

func (c *checker) identifier() {
	id, ok := c.text(c.block.value, "Identifier", "Identifier")
	switch {
	case !ok:
	case utf8.RuneCountInString(id) > maxIdentifier, strings.ContainsAny(id, badCharacters), badNames[id]:
		c.value("Identifier")
	case c.seen[id]: // the first keeps it
		c.value("Identifier")
	case c.doc.byID[id] < 0:
		c.seen[id] = true
	}
}

func (c *checker) kind() {
	t, ok := c.text(c.block.value, "Type", "Type")
	in := flowTypeOf[c.flowType]
	if ok && (notTypes[t] || in != 0 && c.rule.flows != 0 && c.rule.flows&in == 0) {
		c.value("Type")
	}
}

func (c *checker) next() {
	const path = "Transitions.NextAction"
	v, ok := given(c.block.trans, "NextAction")
	switch {
	case ok && c.rule.next == ends:
		c.name(path)
	case ok || c.rule.next == goesOn:
		c.target(v, path)
	}
}

// target checks where a branch leads; v is the zero value where that is not given.
func (c *checker) target(v Value, path string) {
	if v.to == 0 {
		c.missing(path)
	} else if id, _ := v.Text(); !c.exists(id) {
		c.value(path)
	}
}

// list reads Errors or Conditions, whose elements are objects.
func (c *checker) list(name string) []Value {
	v, _ := given(c.block.trans, name)
	return v.Elements()
}

// branch is the path of an error or condition branch.
func branch(list string, i int) string { return "Transitions." + list + "[" + strconv.Itoa(i) + "]" }

func (c *checker) errors() {
	c.branches = c.branches[:0]
	for i, e := range c.list("Errors") {
		path := branch("Errors", i)
		if kind, ok := c.text(e, "ErrorType", path+".ErrorType"); ok {
			c.branches = append(c.branches, kind)
			if c.rule.may != nil && !slices.Contains(c.rule.need, kind) && !slices.Contains(c.rule.may, kind) {
				c.value(path + ".ErrorType")
			}
		}
		next, _ := given(e, "NextAction")
		c.target(next, path+".NextAction")
	}
	for _, kind := range c.rule.need {
		if !slices.Contains(c.branches, kind) {
			c.missing("Transitions.Errors[" + kind + "]")
		}
	}
}

func (c *checker) conditions() {
	c.operands = c.operands[:0]
	list, only := c.list("Conditions"), c.rule.conditions
	if only != nil && only.operators == nil && len(list) > 0 {
		c.name("Transitions.Conditions")
		only = nil
	}
	for i, e := range list {
		path := branch("Conditions", i)
		next, _ := given(e, "NextAction")
		c.target(next, path+".NextAction")
		if cond, ok := given(e, "Condition"); ok {
			c.condition(cond, path+".Condition", only, 0)
		} else {
			c.missing(path + ".Condition")
		}
	}
	if only == nil || !only.all {
		return
	}
	for _, operand := range only.operands {
		if !slices.Contains(c.operands, operand) {
			c.missing("Transitions.Conditions[" + operand + "]")
		}
	}
}

// condition checks one condition; only is what the type takes, and nil where it takes any.
func (c *checker) condition(cond Value, path string, only *choice, depth int) {
	if !cond.is('{') {
		c.value(path)
		return
	}
	operator, ok := c.text(cond, "Operator", path+".Operator")
	if inner := inside(cond); compound[operator] && len(inner) > 0 && only == nil {
		c.compound(inner, path, depth)
		return
	}
	if ok && (!operators[operator] || only != nil && !slices.Contains(only.operators, operator)) {
		c.value(path + ".Operator")
	}
	c.operand(cond, path+".Operands", only)
}

// inside are the conditions of a compound one: they stand among its operands, bare or as {Condition: …},
// or in a member Conditions. There are none where the operands are texts.
func inside(cond Value) []Value {
	var list []Value
	for _, name := range []string{"Operands", "Conditions"} {
		v, _ := given(cond, name)
		list = append(list, v.Elements()...)
	}
	if !slices.ContainsFunc(list, func(v Value) bool { return v.is('{') }) {
		return nil
	}
	return list
}

func (c *checker) compound(inner []Value, path string, depth int) {
	path += ".Operands"
	if len(inner) > maxCompound || depth == maxDeep {
		c.value(path)
		return
	}
	for i, v := range inner {
		if bare, ok := given(v, "Condition"); ok {
			v = bare
		}
		c.condition(v, path+"["+strconv.Itoa(i)+"]", nil, depth+1)
	}
}

// operand checks that there is one, and that it is one of those the type takes.
func (c *checker) operand(cond Value, path string, only *choice) {
	v, ok := given(cond, "Operands")
	list := v.Elements()
	switch {
	case !ok:
		c.missing(path)
	case len(list) != 1:
		c.value(path)
	}
	for j, e := range list {
		s, isText := e.Text()
		c.operands = append(c.operands, s)
		switch {
		case isText && s == "" && c.block.Type == "Compare": // the service names the block alone, as the designer does
			c.add(fmt.Sprintf("Invalid branch. Path: %d.Evaluate", c.block.Index))
		case s == "", only != nil && only.operands != nil && !slices.Contains(only.operands, s):
			c.value(path + "[" + strconv.Itoa(j) + "]")
		}
	}
}

// empty reports the empty strings in Parameters, once for each parameter that holds any. For Show view the
// service names the block alone.
func (c *checker) empty() {
	for m := range c.block.params.slots() {
		switch {
		case !m.value.holdsEmpty():
		case c.block.Type == TypeShowView:
			c.add(fmt.Sprintf("Invalid Action property value. Path: %d.Parameter", c.block.Index))
		default:
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
