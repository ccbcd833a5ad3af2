package audit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The second analysis. It plays contacts through a world, one block at a time, with everything that a contact carries and
// the modules that it is in written out; what comes back from a module, and out of a whisper or a queue flow, it finds by
// playing that alone first. It knows no cap and no fixed point but that of having been at a spot before. Over its bound of
// spots it gives no answer.

// carried is what a contact carries: "event", "off", "attribute", the three hooks by their names, contact attributes as
// "A.name", flow attributes as "F.name". What nothing wrote is not there. A value is "=text" for a constant, "~text" for
// one that is decided during the contact, "?" where it is not known, "!" for a hook that is switched off.
type carried map[string]string

// spot is where a contact stands: a block, and the modules' callers on the way to it. Queued says that it stands in the
// queue flow itself or in a module that this calls.
type spot struct {
	at     place
	block  string
	calls  []call
	queued bool
	has    carried
}

type call struct {
	at    place
	block string
}

func (s spot) key() string { return fmt.Sprint(s) }

const deepest = 5 // modules within modules

// player explores spots breadth first, so that the first way to a spot is a shortest. A module or whisper that a contact
// only passes is one block of its way, or none.
type player struct {
	w       world
	left    *int
	inside  bool // of one flow or module only: what a hand-off starts is not played
	spots   []spot
	seen    map[string]bool
	blocks  []int     // to the spot, itself included
	ends    []carried // where the flow ends,
	returns []carried // where the module that it began in does, which is called from this many,
	depth   string
	after   []carried // and after each block of the queue flow and of the modules that it calls
	exits   map[place]map[string]string
	reaches map[string]bool // block types
}

func (w world) play(start spot, inside bool, left *int) *player {
	p := &player{w: w, left: left, inside: inside, seen: map[string]bool{}, depth: fmt.Sprint(start.calls),
		exits: map[place]map[string]string{}, reaches: map[string]bool{}}
	p.visit(start, 1)
	for i := 0; i < len(p.spots) && *p.left > 0; i++ {
		for _, next := range p.nexts(p.spots[i]) {
			p.visit(next, p.blocks[i]+1)
		}
	}
	return p
}

// alone plays what starts at a spot by itself, once.
func (w world) alone(s spot, left *int) *player {
	k := s.key()
	if w.played[k] == nil {
		w.played[k] = w.play(s, true, left)
	}
	return w.played[k]
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
		p.ended(s, a, every, has)
		if out = p.on(s, every, has); p.inside {
			return out // who leaves like that comes back to no module, and a whisper may not hold one
		}
		return append(out, p.start(to, has))
	case a.Type == "InvokeFlowModule":
		to, ok := p.w.place(true, a.p.FlowModuleId)
		if !ok || len(s.calls) >= deepest {
			p.exit(s, a.p.FlowModuleId)
			has = nothingKnown()
			break
		}
		return p.called(s, a, to)
	case a.Type == "EndFlowModuleExecution" && len(s.calls) > 0:
		p.passed(s, has)
		if fmt.Sprint(s.calls) == p.depth {
			p.returns = append(p.returns, has.without("F."))
		}
		return nil
	case strangeWay(a.Type):
		p.exit(s, a.p.ContactFlowId)
		has = nothingKnown()
	default:
		has = has.then(a)
	}
	p.ended(s, a, every, has)
	return append(p.on(s, every, has), extra...)
}

// called is what comes after a module that is followed, and what happens in it.
func (p *player) called(s spot, a action, to place) []spot {
	within := spot{to, p.w.docs[to].StartAction, append(slices.Clone(s.calls), call{s.at, s.block}), s.queued, s.has.without("F.")}
	out := []spot{within}
	returns := p.w.alone(within, p.left).returns
	for _, has := range returns {
		has = maps.Clone(has)
		maps.Copy(has, s.has.only("F."))
		every := slices.Concat(a.next(), a.errors(), a.conditions())
		p.ended(s, a, every, has)
		out = append(out, p.on(s, every, has)...)
	}
	if len(returns) == 0 {
		if p.dangles(s, a.errors()) {
			p.ended(s, a, a.errors(), s.has)
		}
		out = append(out, p.on(s, a.errors(), s.has)...)
	}
	return out
}

// on is where branches lead.
func (p *player) on(s spot, targets []string, has carried) (out []spot) {
	for _, to := range targets {
		if _, ok := p.w.docs[s.at].blocks[to]; ok {
			out = append(out, spot{s.at, to, s.calls, s.queued, has})
		}
	}
	return out
}

func (p *player) dangles(s spot, targets []string) bool {
	return slices.ContainsFunc(targets, func(to string) bool { _, ok := p.w.docs[s.at].blocks[to]; return !ok })
}

// ended notes what a contact carries after a block, and that the flow may end there.
func (p *player) ended(s spot, a action, targets []string, has carried) {
	p.passed(s, has)
	if len(s.calls) > 0 { // a module's ends are not the whisper's, in which the service allows no module anyway
		return
	}
	if len(targets) == 0 || p.dangles(s, targets) || a.Type == "EndFlowExecution" || a.Type == "DisconnectParticipant" {
		p.ends = append(p.ends, has.without("F."))
	}
}

func (p *player) passed(s spot, has carried) {
	if s.queued {
		p.after = append(p.after, has.without("F."))
	}
}

func (p *player) start(at place, has carried) spot {
	return spot{at: at, block: p.w.docs[at].StartAction, has: has.without("F.")}
}

func (p *player) exit(s spot, target any) {
	if p.exits[s.at] == nil {
		p.exits[s.at] = map[string]string{}
	}
	p.exits[s.at][s.block], _ = target.(string)
}

// handedOff starts what runs after a hand-off: the queue flow, and the whispers when an agent is free, at once or at
// whatever moment of the queue flow.
func (p *player) handedOff(kind string, has carried) (out []spot) {
	moments := []carried{has}
	if queue, ok := p.w.hook("CustomerQueue", has); ok && strings.HasSuffix(kind, "ToQueue") {
		out = append(out, p.start(queue, has))
		moments = append(moments, p.w.waiting(queue, has, p.left)...)
	}
	for _, has := range moments {
		if at, ok := p.w.hook("AgentWhisper", has); ok {
			out = append(out, p.start(at, has))
		}
		for _, has := range p.w.through("AgentWhisper", has, p.left) {
			if at, ok := p.w.hook("CustomerWhisper", has); ok {
				out = append(out, p.start(at, has))
			}
		}
	}
	return out
}

// waiting is what a contact carries after each block of a queue flow.
func (w world) waiting(at place, has carried, left *int) []carried {
	return w.alone(spot{at: at, block: w.docs[at].StartAction, queued: true, has: has.without("F.")}, left).after
}

// through is what a contact carries at the ends of a whisper; without one, or without an end, what it came with.
func (w world) through(hook string, has carried, left *int) []carried {
	at, ok := w.hook(hook, has)
	if !ok {
		return []carried{has}
	}
	if ends := w.alone(spot{at: at, block: w.docs[at].StartAction, has: has.without("F.")}, left).ends; len(ends) > 0 {
		return ends
	}
	return []carried{has}
}

// strangeWay says whether a type that no list of the developer guide knows sounds as if the contact left by it.
func strangeWay(kind string) bool {
	ours := []string{"TransferParticipantToThirdParty", "UpdateContactTargetQueue", "UpdateFlowAttributes", "UpdateFlowLoggingBehavior",
		"EndFlowExecution", "EndFlowModuleExecution", "UpdateContactEventHooks"}
	return !slices.Contains(ours, kind) && slices.ContainsFunc([]string{"Transfer", "Route", "Queue", "Agent", "Flow", "Hook"},
		func(word string) bool { return strings.Contains(kind, word) })
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
	for _, s := range w.reaching(kind, has, left) {
		out[s.settingAfter(has)] = true
	}
	return out
}

// reaching is what a contact carries by the time the agent has it: behind the whispers, at once or out of the queue flow, where that counts.
func (w world) reaching(kind string, has carried, left *int) []carried {
	out := w.whispered(has, left)
	allSet := !slices.ContainsFunc(out, func(s carried) bool { return !isSet(s.setting()) })
	at, ok := w.hook("CustomerQueue", has)
	if !ok || !strings.HasSuffix(kind, "ToQueue") {
		return out
	}
	for _, then := range w.waiting(at, has, left) {
		for _, s := range w.whispered(then, left) {
			if allSet || !isSet(s.setting()) {
				out = append(out, s)
			}
		}
	}
	return out
}

// flowOf is a value without its qualifier: flows compare by id.
func flowOf(value string) string { return strings.TrimSuffix(value, ":$LATEST") }

func isSet(setting string) bool {
	kind, _, _ := strings.Cut(setting, " ")
	return kind == "block" || kind == "attribute" || kind == "later"
}

// whispered is what the whispers make of what a contact carries.
func (w world) whispered(has carried, left *int) (out []carried) {
	for _, has := range w.through("AgentWhisper", has, left) {
		out = append(out, w.through("CustomerWhisper", has, left)...)
	}
	return out
}

// settingAfter is the setting where first is what was carried at the hand-off.
func (c carried) settingAfter(first carried) string {
	setting := c.setting()
	if isSet(setting) && (flowOf(c["event"]) != flowOf(first["event"]) || c["off"] != first["off"] || flowOf(c["attribute"]) != flowOf(first["attribute"])) {
		_, guide, _ := strings.Cut(setting, " ")
		return "later " + guide
	}
	return setting
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
	case e != "" && a != "" && flowOf(e) != flowOf(a):
		return "conflict " + e[1:]
	case e != "":
		return "block " + e[1:]
	case a != "":
		return "attribute " + a[1:]
	}
	return "unset"
}

// opens says whether a contact opens the guide, as far as it is known: one of the slots holds it, and none anything else.
func (c carried) opens(guide string) bool {
	is := func(v string) bool { return flowOf(v) == "="+guide || v == "?" }
	e, a := c["event"], c["attribute"]
	return c["off"] == "" && (is(e) && (is(a) || a == "") || e == "" && is(a))
}
