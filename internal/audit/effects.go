package audit

import (
	"strings"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// effect is what a block writes into one slot: a fixed one, or a contact or flow attribute by name.
type effect struct {
	slot  int8 // named: an attribute
	name  attr // of a named slot
	every bool // of a named slot: any attribute of its kind, which one is decided during the contact
	value value
}

// named is the slot of an effect on an attribute.
const named int8 = -1

// attr is a contact attribute, or a flow attribute, which lives in one flow only.
type attr struct {
	flow bool
	name string
}

// laterHooks are the hooks whose flows run after the hand-off, in the order of their slots.
var laterHooks = [...]string{"CustomerQueue", "AgentWhisper", "CustomerWhisper"}

func (r *reader) write(slot int8, v value) {
	r.u.effects = append(r.u.effects, effect{slot: slot, value: v})
}

// hooks reads a Set event flow block. A value switches the event on, unless the same block switches it off; a block that
// only switches leaves the value as it was.
func (r *reader) hooks(b *flow.Block) {
	if v, whole, ok := within(b, "EventHooks", r.event); ok {
		r.write(eventSlot, held(v, whole, r.home))
		r.write(switchSlot, value{})
	}
	if v, whole, ok := within(b, "EventHooksConfiguration", r.event, "DisableExecution"); ok {
		switch {
		case !whole && switchedOn(v):
			r.write(switchSlot, value{kind: isDisabled, text: "true"})
		case !whole && switchedOff(v):
			r.write(switchSlot, value{})
		default: // decided during the contact
			r.write(switchSlot, value{kind: isDynamic, text: plainText(v)})
		}
	}
	for i, hook := range laterHooks {
		if hook != r.event {
			r.laterHook(b, queueSlot+int8(i), hook)
		}
	}
	for _, event := range wrongEvents {
		if v, ok := b.Param("EventHooks", event); ok && event != r.event {
			r.u.uses = append(r.u.uses, eventUse{event, plainText(v)})
		}
	}
}

// laterHook reads a whisper or queue flow that the block names, or that it switches off.
func (r *reader) laterHook(b *flow.Block, slot int8, hook string) {
	v, whole, ok := within(b, "EventHooks", hook)
	if ok {
		h := held(v, whole, r.home)
		r.write(slot, h)
		if h.kind == isGuide {
			r.follow(h.text, false)
		}
	}
	d, whole, off := within(b, "EventHooksConfiguration", hook, "DisableExecution")
	switch {
	case !off || !whole && switchedOff(d):
	case !whole && switchedOn(d):
		r.write(slot, value{kind: isDisabled, text: "true"})
	default:
		r.write(slot, value{kind: isDynamic, text: plainText(d)})
	}
}

// attributes reads a Set contact attributes block. The related contact's attributes are not this contact's.
func (r *reader) attributes(b *flow.Block) {
	if c, ok := b.Param("TargetContact"); ok && plainText(c) != "Current" {
		return
	}
	all, ok := b.Param("Attributes")
	if raw := string(all.Raw()); !ok || raw == "null" {
		return
	} else if !strings.HasPrefix(raw, "{") { // decided during the contact
		r.write(attributeSlot, value{kind: isDynamic, text: plainText(all)})
		r.every(attr{}, plainText(all))
		return
	}
	any := ""
	for _, m := range all.Members() {
		s, isText := m.Value.Text()
		switch {
		case strings.HasPrefix(m.Name, "$."):
			any = m.Name
		case m.Name != flow.AttributeACW:
			r.attribute(attr{name: m.Name}, r.constant(m.Value))
		case isText && s == "":
			r.write(attributeSlot, value{})
		default:
			r.write(attributeSlot, held(m.Value, false, r.home))
		}
	}
	if any != "" { // last: it may be one of the others
		r.every(attr{}, any)
	}
}

// every notes that an attribute is written whose name is decided during the contact.
func (r *reader) every(a attr, text string) {
	r.u.effects = append(r.u.effects, effect{slot: named, name: a, every: true, value: value{kind: isDynamic, text: text}})
}

// flowAttributes reads a Set flow attributes block: FlowAttributes.<name>.Value.
func (r *reader) flowAttributes(b *flow.Block) {
	all, ok := b.Param("FlowAttributes")
	if raw := string(all.Raw()); !ok || raw == "null" {
		return
	} else if !strings.HasPrefix(raw, "{") {
		r.every(attr{flow: true}, plainText(all))
		return
	}
	for _, m := range all.Members() {
		if strings.HasPrefix(m.Name, "$.") {
			r.every(attr{flow: true}, m.Name)
			continue
		}
		v := value{kind: isDynamic, text: string(m.Value.Raw())}
		if w, ok := m.Value.Get("Value"); ok {
			v = r.constant(w)
		}
		r.attribute(attr{flow: true, name: m.Name}, v)
	}
}

func (r *reader) attribute(a attr, v value) {
	r.u.effects = append(r.u.effects, effect{slot: named, name: a, value: v})
	if v.kind == isConst { // it may be what a hook names
		r.follow(v.text, false)
	}
}

// constant is what an attribute is given. A text in which a JSONPath is embedded is decided during the contact.
func (r *reader) constant(v flow.Value) value {
	text, ok := v.Text()
	switch {
	case !ok:
		return value{kind: isConst, text: string(v.Raw())}
	case flow.IsPath(text):
		return pathValue(text)
	case strings.Contains(text, "$."):
		return value{kind: isDynamic, text: text}
	}
	return value{kind: isConst, text: text}
}

// pathValue is a JSONPath: of a contact or flow attribute, what the same routes wrote into it; of anything else dynamic.
func pathValue(text string) value {
	if a, ok := attributePath(text); ok {
		return value{kind: isPath, text: text, path: a}
	}
	return value{kind: isDynamic, text: text}
}

// attributePath reads $.Attributes.x, $.Attributes['x'] and $.Attributes.['x'], and the same of $.FlowAttributes.
func attributePath(text string) (attr, bool) {
	var a attr
	rest, ok := strings.CutPrefix(text, "$.Attributes")
	if !ok {
		if rest, a.flow = strings.CutPrefix(text, "$.FlowAttributes"); !a.flow {
			return attr{}, false
		}
	}
	if name, ok := strings.CutPrefix(rest, "."); ok && !strings.HasPrefix(name, "[") {
		a.name = name
		return a, name != "" && !strings.ContainsAny(name, ".[]'\"")
	}
	name := strings.TrimPrefix(rest, ".")
	if len(name) < 5 || name[0] != '[' || name[len(name)-1] != ']' || name[1] != name[len(name)-2] || name[1] != '\'' && name[1] != '"' {
		return attr{}, false
	}
	a.name = name[2 : len(name)-2]
	return a, !strings.ContainsAny(a.name, "'\"[]\\")
}

// within finds a member of a block's parameters. whole is true where what stands in the place of an object on the way to it is
// none: a JSONPath as a rule, so that the member is decided during the contact. null writes nothing.
func within(b *flow.Block, path ...string) (v flow.Value, whole, ok bool) {
	for i := 1; i < len(path); i++ {
		v, ok = b.Param(path[:i]...)
		if raw := string(v.Raw()); !ok || raw == "null" {
			return flow.Value{}, false, false
		} else if !strings.HasPrefix(raw, "{") {
			return v, true, true
		}
	}
	v, ok = b.Param(path...)
	return v, false, ok
}

// held is what a slot holds that is given this value, or is part of a whole that is decided during the contact.
func held(v flow.Value, whole bool, home instance.Ref) value {
	if whole {
		return value{kind: isDynamic, text: plainText(v)}
	}
	text, ok := v.Text()
	if !ok {
		return value{kind: isBroken, text: string(v.Raw())}
	}
	if flow.IsPath(text) {
		return pathValue(text)
	}
	return guideValue(text, home)
}

func switchedOn(v flow.Value) bool  { return strings.EqualFold(plainText(v), "true") }
func switchedOff(v flow.Value) bool { return strings.EqualFold(plainText(v), "false") }

// plainText is a string's text, else the value's own bytes: the service writes "true", hand-made flows also true.
func plainText(v flow.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	return string(v.Raw())
}

func paramText(b *flow.Block, path ...string) string {
	v, ok := b.Param(path...)
	if !ok {
		return ""
	}
	return plainText(v)
}
