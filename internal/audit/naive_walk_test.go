package audit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The second analysis. It plays contacts through a world, one block at a time, with everything that a contact carries and
// the modules that it still has to come back to written out; it knows no summaries, no cap and no fixed point but that of
// having been at a spot before. Over its bound of spots it gives no answer.

// carried is what a contact carries: "event", "off", "attribute", the three hooks by their names, contact attributes as
// "A.name", flow attributes as "F.name". What nothing wrote is not there. A value is "=text" for a constant, "~text" for
// one that is decided during the contact, "?" where it is not known, "!" for a hook that is switched off.
type carried map[string]string

// spot is where a contact stands: a block, the modules' callers to come back to, and during what part of the contact:
// "" plainly, "queue" in the queue flow, "agent" and "customer" in the whispers.
type spot struct {
	at     place
	block  string
	calls  []call
	during string
	has    carried
}

type call struct {
	at    place
	block string
	own   carried // the caller's flow attributes
}

func (s spot) key() string { return fmt.Sprint(s) }

const deepest = 5 // modules within modules

// player explores spots breadth first, so that the first way to a spot is a shortest.
type player struct {
	w       world
	left    *int
	inside  bool   // of one flow only, for its ends or its after-states: what a hand-off starts is not played
	until   string // the calls at whose end it stops, and whether some contact came to it
	back    bool
	spots   []spot
	seen    map[string]bool
	blocks  []int // to the spot, itself included
	ends    []carried
	after   []carried // after each block of the queue flow and of the modules that it calls
	exits   map[place]map[string]string
	reaches map[string]bool // block types
}

func (w world) play(start spot, inside bool, left *int) *player {
	p := &player{w: w, left: left, inside: inside}
	p.run(start)
	return p
}

func (p *player) run(start spot) {
	p.seen, p.exits, p.reaches = map[string]bool{}, map[place]map[string]string{}, map[string]bool{}
	p.visit(start, 1)
	for i := 0; i < len(p.spots) && *p.left > 0; i++ {
		for _, next := range p.nexts(p.spots[i]) {
			p.visit(next, p.blocks[i]+1)
		}
	}
}

func (p *player) visit(s spot, blocks int) {
	k := s.key()
	if p.seen[k] {
		return
	}
	*p.left--
	p.seen[k] = true
	p.spots, p.blocks = append(p.spots, s), append(p.blocks, blocks)
}

var pointTypes = []string{"TransferContactToQueue", "DequeueContactAndTransferToQueue", "TransferContactToAgent", "RouteContactToAgent"}

// nexts plays one block. Spots at blocks that are not there are not among them.
func (p *player) nexts(s spot) (out []spot) {
	a := p.w.docs[s.at].blocks[s.block]
	p.reaches[a.Type] = true
	every, has := slices.Concat(a.next(), a.errors(), a.conditions()), s.has
	var extra []spot
	switch {
	case slices.Contains(pointTypes, a.Type):
		if !p.inside {
			extra = p.handedOff(a.Type, has)
		}
	case a.Type == "TransferToFlow":
		to, ok := p.w.place(false, a.p.ContactFlowId)
		if !ok {
			p.exit(s, a.p.ContactFlowId)
			break
		}
		during := s.during
		if during == "queue" {
			during = ""
		}
		p.passed(s, has)
		if out, _ = p.on(s, every, has); p.until != "" {
			return out // from there nobody comes back
		}
		return append(out, spot{to, p.w.docs[to].StartAction, nil, during, has.without("F.")})
	case a.Type == "InvokeFlowModule":
		to, ok := p.w.place(true, a.p.FlowModuleId)
		if !ok || len(s.calls) >= deepest {
			p.exit(s, a.p.FlowModuleId)
			has = nothingKnown()
			break
		}
		within := spot{to, p.w.docs[to].StartAction, append(slices.Clone(s.calls), call{s.at, s.block, has.only("F.")}), s.during, has.without("F.")}
		if !p.comesBack(within) {
			out, _ = p.on(s, a.errors(), has)
		}
		return append(out, within)
	case a.Type == "EndFlowModuleExecution" && len(s.calls) > 0:
		p.passed(s, has)
		if fmt.Sprint(s.calls) == p.until {
			p.back = true
			return nil
		}
		from := s.calls[len(s.calls)-1]
		has = has.without("F.")
		maps.Copy(has, from.own)
		s = spot{from.at, from.block, s.calls[:len(s.calls)-1], s.during, has}
		a = p.w.docs[s.at].blocks[s.block]
		every = slices.Concat(a.next(), a.errors(), a.conditions())
	case strangeWay(a.Type):
		p.exit(s, a.p.ContactFlowId)
		has = nothingKnown()
	default:
		has = has.then(a)
	}
	p.passed(s, has)
	out, dangling := p.on(s, every, has)
	if dangling || len(every) == 0 || a.Type == "EndFlowExecution" || a.Type == "DisconnectParticipant" {
		p.ends = append(p.ends, has.without("F."))
		if s.during == "agent" && !p.inside {
			extra = append(extra, p.whisper("CustomerWhisper", has)...)
		}
	}
	if s.during == "queue" && !p.inside {
		extra = append(extra, p.whispers(has)...)
	}
	return append(out, extra...)
}

// on is where branches lead, and whether some lead to blocks that are not there.
func (p *player) on(s spot, targets []string, has carried) (out []spot, dangling bool) {
	for _, to := range targets {
		if _, ok := p.w.docs[s.at].blocks[to]; ok {
			out = append(out, spot{s.at, to, s.calls, s.during, has})
		} else {
			dangling = true
		}
	}
	return out, dangling
}

// strangeWay says whether a type that no list of the developer guide knows sounds as if the contact left by it.
func strangeWay(kind string) bool {
	ours := []string{"TransferParticipantToThirdParty", "UpdateContactTargetQueue", "UpdateFlowAttributes", "UpdateFlowLoggingBehavior",
		"EndFlowExecution", "EndFlowModuleExecution", "UpdateContactEventHooks"}
	return !slices.Contains(ours, kind) && slices.ContainsFunc([]string{"Transfer", "Route", "Queue", "Agent", "Flow", "Hook"},
		func(word string) bool { return strings.Contains(kind, word) })
}

func (p *player) passed(s spot, has carried) {
	if s.during == "queue" {
		p.after = append(p.after, has.without("F."))
	}
}

func (p *player) exit(s spot, target any) {
	if p.exits[s.at] == nil {
		p.exits[s.at] = map[string]string{}
	}
	p.exits[s.at][s.block], _ = target.(string)
}

// comesBack says whether a contact that enters a module here leaves it at an end.
func (p *player) comesBack(within spot) bool {
	k := within.key()
	if known, ok := p.w.back[k]; ok {
		return known
	}
	inner := &player{w: p.w, left: p.left, inside: true, until: fmt.Sprint(within.calls)}
	inner.run(within)
	p.w.back[k] = inner.back
	return inner.back
}

// handedOff starts what runs after a hand-off.
func (p *player) handedOff(kind string, has carried) (out []spot) {
	if at, ok := p.w.hook("CustomerQueue", has); ok && strings.HasSuffix(kind, "ToQueue") {
		out = append(out, spot{at, p.w.docs[at].StartAction, nil, "queue", has.without("F.")})
	}
	return append(out, p.whispers(has)...)
}

// whispers starts the agent whisper, or where there is none, or none that ends, the customer whisper.
func (p *player) whispers(has carried) []spot {
	out := p.whisper("AgentWhisper", has)
	if len(out) == 0 || len(p.w.endsOf(out[0], p.left)) == 0 {
		out = append(out, p.whisper("CustomerWhisper", has)...)
	}
	return out
}

func (p *player) whisper(hook string, has carried) []spot {
	at, ok := p.w.hook(hook, has)
	if !ok {
		return nil
	}
	return []spot{{at, p.w.docs[at].StartAction, nil, map[string]string{"AgentWhisper": "agent", "CustomerWhisper": "customer"}[hook], has.without("F.")}}
}

func (w world) endsOf(s spot, left *int) []carried {
	k := s.key()
	if _, ok := w.ends[k]; !ok {
		w.ends[k] = w.play(s, true, left).ends
	}
	return w.ends[k]
}

// hook is the flow that runs at a hook.
func (w world) hook(name string, has carried) (place, bool) {
	v, ok := has[name]
	if !ok {
		v = "=" + w.defaults[name]
	}
	text, ok := strings.CutPrefix(v, "=")
	at, found := w.place(false, text)
	return at, ok && found
}

// settings is what a contact may open that is handed off here.
func (w world) settings(kind string, has carried, left *int) map[string]bool {
	out := map[string]bool{}
	anySet := false
	for _, s := range w.whispered(has, has, left) {
		out[s] = true
		anySet = anySet || isSet(s)
	}
	at, ok := w.hook("CustomerQueue", has)
	if !ok || !strings.HasSuffix(kind, "ToQueue") {
		return out
	}
	for _, then := range w.play(spot{at, w.docs[at].StartAction, nil, "queue", has.without("F.")}, true, left).after {
		for _, s := range w.whispered(then, has, left) {
			if !isSet(s) || anySet {
				out[s] = true
			}
		}
	}
	return out
}

func isSet(setting string) bool {
	kind, _, _ := strings.Cut(setting, " ")
	return kind == "block" || kind == "attribute" || kind == "later"
}

// whispered is what the whispers make of what a contact carries; first is what it carried at the hand-off.
func (w world) whispered(has, first carried, left *int) (out []string) {
	states := []carried{has}
	for _, hook := range []string{"AgentWhisper", "CustomerWhisper"} {
		var then []carried
		for _, s := range states {
			at, ok := w.hook(hook, s)
			ends := []carried{s}
			if ok {
				if e := w.endsOf(spot{at, w.docs[at].StartAction, nil, "", s.without("F.")}, left); len(e) > 0 {
					ends = e
				}
			}
			then = append(then, ends...)
		}
		states = then
	}
	for _, s := range states {
		setting := s.setting()
		if isSet(setting) && (s["event"] != first["event"] || s["off"] != first["off"] || s["attribute"] != first["attribute"]) {
			_, guide, _ := strings.Cut(setting, " ")
			setting = "later " + guide
		}
		out = append(out, setting)
	}
	return out
}

func nothingKnown() carried {
	return carried{"event": "?", "attribute": "?", "CustomerQueue": "?", "AgentWhisper": "?", "CustomerWhisper": "?"}
}

func (c carried) without(prefix string) carried {
	out := maps.Clone(c)
	maps.DeleteFunc(out, func(k, _ string) bool { return strings.HasPrefix(k, prefix) })
	return out
}

func (c carried) only(prefix string) carried {
	out := maps.Clone(c)
	maps.DeleteFunc(out, func(k, _ string) bool { return !strings.HasPrefix(k, prefix) })
	return out
}

// then is what a contact carries after a block.
func (c carried) then(a action) carried {
	out := maps.Clone(c)
	switch a.Type {
	case "UpdateContactEventHooks":
		out.hooks(a.p, c)
	case "UpdateContactAttributes":
		if a.p.TargetContact == "Related" {
			break
		}
		if a.p.AllAttributesFrom != "" {
			out = out.without("A.")
			out["attribute"] = "~" + a.p.AllAttributesFrom
		}
		for k, v := range a.p.Attributes {
			switch value := c.value(v); {
			case k != "DisconnectFlowForAgentUI":
				out["A."+k] = constant(value)
			case value == "=":
				delete(out, "attribute")
			default:
				out["attribute"] = value
			}
		}
	case "UpdateFlowAttributes":
		for k, v := range a.p.FlowAttributes {
			out["F."+k] = constant(c.value(v["Value"]))
		}
	}
	return out
}

func (c carried) hooks(p parameters, before carried) {
	for _, hook := range []string{"CustomerQueue", "AgentWhisper", "CustomerWhisper", "DisconnectAgentUI"} {
		slot := hook
		if hook == "DisconnectAgentUI" {
			slot = "event"
		}
		if p.AllHooksOf != "" {
			c[slot] = "~" + p.AllHooksOf
			delete(c, "off")
		}
		if v, ok := p.EventHooks[hook]; ok {
			if c[slot] = before.value(v); slot == "event" {
				delete(c, "off")
			}
		}
		switch off, _ := p.EventHooksConfiguration[hook]["DisableExecution"].(string); {
		case off == "true" && slot == "event":
			c["off"] = "true"
		case off == "true":
			c[slot] = "!"
		case off == "false" && slot == "event":
			delete(c, "off")
		}
	}
}

// value is what a text stands for on this route.
func (c carried) value(v any) string {
	text, ok := v.(string)
	if !ok {
		raw, _ := json.Marshal(v)
		return "=" + string(raw)
	}
	if !strings.HasPrefix(text, "$.") || strings.Contains(text, " ") {
		return "=" + text
	}
	if m := onePath.FindStringSubmatch(text); m != nil {
		slot := m[1][:1] + "." + m[2] + m[3]
		if slot == "A.DisconnectFlowForAgentUI" {
			slot = "attribute"
		}
		if v := c[slot]; strings.HasPrefix(v, "=") {
			return v
		}
	}
	return "~" + text
}

// constant is a value as an attribute holds it: a text with a path in it is none.
func constant(value string) string {
	if !strings.HasPrefix(value, "=") || strings.Contains(value, "$.") {
		return "~"
	}
	return value
}

// setting spells the table of the two slots out once more.
func (c carried) setting() string {
	e, a := c["event"], c["attribute"]
	is := func(v, prefix string) bool { return strings.HasPrefix(v, prefix) }
	broken := func(v string) bool { return is(v, "=") && !is(v, "=f0000") }
	id := func(v string) string { return strings.TrimSuffix(v, ":$LATEST") }
	switch {
	case c["off"] != "":
		return "disabled"
	case broken(e):
		return strings.TrimSpace("broken " + e[1:])
	case broken(a):
		return strings.TrimSpace("broken " + a[1:])
	case e == "?" || a == "?":
		return "unknown"
	case is(e, "~"):
		return "dynamic " + e[1:]
	case is(a, "~"):
		return "dynamic " + a[1:]
	case e != "" && a != "" && id(e) != id(a):
		return "conflict " + e[1:]
	case e != "":
		return "block " + e[1:]
	case a != "":
		return "attribute " + a[1:]
	}
	return "unset"
}
