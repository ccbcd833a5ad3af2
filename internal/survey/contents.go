package survey

import (
	"slices"
	"strings"
	"sync"

	"wrapup/internal/audit"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// content is what the bytes of a flow or module say of themselves, whatever else the instance holds.
type content struct {
	unit   *audit.Unit
	names  []instance.FlowID // flows that it refers to, each once
	starts []instance.FlowID // flows that begin anew: for contacts that it makes, or by a hook. Nothing on the way to this one is brought along
	guides []instance.FlowID // flows that it sets for the event: each of them is an after-contact-work guide
	wires  bool              // it names the event or the older attribute somewhere
}

// contentKey: two flows with the same bytes are two, because an analysis names them.
type contentKey struct {
	who  audit.Identity
	hash string
}

// library reads contents, each once, and forgets their bytes.
type library struct {
	event string
	home  instance.Ref

	mu    sync.Mutex
	all   map[contentKey]*content
	fresh map[string]string // contents read since the last flush, by hash; nil: nobody keeps them
}

func newLibrary(event string, at instance.Ref, kept bool) *library {
	l := &library{event: event, home: at, all: map[contentKey]*content{}}
	if kept {
		l.fresh = map[string]string{}
	}
	return l
}

func (l *library) read(who audit.Identity, hash, text string) *content {
	key := contentKey{who, hash}
	l.mu.Lock()
	c := l.all[key]
	l.mu.Unlock()
	if c != nil {
		return c
	}
	c = readContent(who, text, l.event, l.home)
	l.mu.Lock()
	defer l.mu.Unlock()
	if other := l.all[key]; other != nil {
		return other
	}
	l.all[key] = c
	if l.fresh != nil {
		l.fresh[hash] = text
	}
	return c
}

// flush takes what is to be kept.
func (l *library) flush() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.fresh
	if out != nil {
		l.fresh = map[string]string{}
	}
	return out
}

// retain forgets every content that is not used any more.
func (l *library) retain(used map[*content]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, c := range l.all {
		if !used[c] {
			delete(l.all, key)
		}
	}
}

// readContent reads bytes. ARNs of another instance name none of this instance's flows.
func readContent(who audit.Identity, text, event string, at instance.Ref) *content {
	o := audit.Options{Event: event, Home: at}
	c := &content{wires: strings.Contains(text, event) || strings.Contains(text, flow.AttributeACW)}
	d, err := flow.Parse([]byte(text))
	if err != nil {
		c.unit = audit.Read(who, []byte(text), o)
		return c
	}
	c.unit = audit.ReadDocument(who, d, o).Compact()
	for _, b := range d.Blocks() {
		for _, r := range b.References() {
			ref, ok := instance.ParseRef(r.Value, instance.KindFlow)
			if r.Kind != instance.KindFlow || !ok || audit.Foreign(ref, at) {
				continue
			}
			c.names = addOnce(c.names, ref.FlowID())
			if makesContact[b.Type] || b.Type == flow.TypeEventHooks && r.Path[0] == "EventHooks" {
				c.starts = addOnce(c.starts, ref.FlowID())
			}
			if b.Type == flow.TypeEventHooks && slices.Equal(r.Path, []string{"EventHooks", event}) {
				c.guides = addOnce(c.guides, ref.FlowID())
			}
		}
	}
	return c
}

// makesContact are the blocks that make another contact, which runs the flow that they name.
var makesContact = map[string]bool{"CreateTask": true, "CreateCallbackContact": true, "StartOutboundChatContact": true}

func addOnce(ids []instance.FlowID, id instance.FlowID) []instance.FlowID {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}
