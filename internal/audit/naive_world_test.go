package audit_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wrapup/internal/audit"
	"wrapup/internal/instance"
)

// A world is several flows and modules in one text: the root first, then each under "== flow F5" or "== module F7". A line
// "defaults: CustomerQueue=F5" in front of them names the instance's default flows, "root: F4" the root's own id.
type world struct {
	root     string // "" or the root's id
	docs     map[place]document
	content  map[place][]byte
	defaults map[string]string
	played   map[string]*player // what was played alone
}

// place is a flow or a module; the root is the flow "".
type place struct {
	module bool
	id     string
}

type document struct {
	StartAction string
	Actions     []action
	blocks      map[string]action
}

type action struct {
	Identifier, Type string
	Parameters       json.RawMessage
	Transitions      struct {
		NextAction         *string
		Errors, Conditions []struct{ NextAction string }
	}
	p parameters
}

// parameters is what the second analysis understands of a block. Members that hold something else than text are no text to it.
type parameters struct {
	EventHooks, Attributes        texts
	EventHooksConfiguration       map[string]map[string]any
	FlowAttributes                map[string]map[string]any
	TargetContact                 string
	ContactFlowId, FlowModuleId   any
	AllAttributesFrom, AllHooksOf string // a JSONPath in place of all of them
}

type texts map[string]any

func parseWorld(t testing.TB, text string) world {
	t.Helper()
	w := world{docs: map[place]document{}, content: map[place][]byte{}, defaults: map[string]string{},
		played: map[string]*player{}}
	at, lines := place{}, []string{}
	flush := func() { w.add(t, at, build(t, strings.Join(lines, "\n"))) }
	for line := range strings.Lines(strings.TrimSpace(text)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "defaults:":
			for _, word := range words[1:] {
				name, id, _ := strings.Cut(word, "=")
				w.defaults[name] = long(id)
			}
		case words[0] == "root:":
			w.root = long(words[1])
		case words[0] == "==":
			flush()
			at, lines = place{words[1] == "module", long(words[2])}, nil
		default:
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	flush()
	return w
}

// add puts a document into the world, be it one that can be judged or not.
func (w *world) add(t testing.TB, at place, content []byte) {
	t.Helper()
	w.content[at] = content
	var d document
	if json.Unmarshal(content, &d) != nil {
		return
	}
	d.blocks = map[string]action{}
	for _, a := range d.Actions {
		a.p = readParameters(a.Parameters)
		d.blocks[a.Identifier] = a
	}
	if _, ok := d.blocks[d.StartAction]; ok {
		w.docs[at] = d
	}
}

var (
	onePath = regexp.MustCompile(`^\$\.(Attributes|FlowAttributes)(?:\.?\['([^']+)'\]|\.([A-Za-z0-9_\-]+))$`)
	idAtEnd = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

func readParameters(raw json.RawMessage) (p parameters) {
	var all map[string]any
	_ = json.Unmarshal(raw, &all)
	p.EventHooks, p.AllHooksOf = asTexts(all["EventHooks"])
	p.Attributes, p.AllAttributesFrom = asTexts(all["Attributes"])
	p.EventHooksConfiguration, p.FlowAttributes = asNested(all["EventHooksConfiguration"]), asNested(all["FlowAttributes"])
	p.TargetContact, _ = all["TargetContact"].(string)
	p.ContactFlowId, p.FlowModuleId = all["ContactFlowId"], all["FlowModuleId"]
	return p
}

func asTexts(v any) (texts, string) {
	if s, ok := v.(string); ok {
		return nil, s
	}
	m, _ := v.(map[string]any)
	return m, ""
}

func asNested(v any) map[string]map[string]any {
	m, _ := v.(map[string]any)
	out := map[string]map[string]any{}
	for k, v := range m {
		out[k], _ = v.(map[string]any)
	}
	return out
}

// exits of a block in the order of the document: next, errors, conditions.
func (a action) next() []string {
	if a.Transitions.NextAction == nil {
		return nil
	}
	return []string{*a.Transitions.NextAction}
}

func (a action) errors() (out []string) {
	for _, e := range a.Transitions.Errors {
		out = append(out, e.NextAction)
	}
	return out
}

func (a action) conditions() (out []string) {
	for _, e := range a.Transitions.Conditions {
		out = append(out, e.NextAction)
	}
	return out
}

// place finds what a reference leads to. The root is found under its own id.
func (w world) place(module bool, ref any) (place, bool) {
	text, _ := ref.(string)
	text = strings.TrimSuffix(text, ":$LATEST")
	id := idAtEnd.FindString(text)
	bare, arn := text == id, strings.HasPrefix(text, "arn:") && !strings.ContainsAny(text, "${%")
	if id == "" || !bare && !arn {
		return place{}, false
	}
	at := place{module, id}
	if !module && id == w.root {
		at = place{}
	}
	_, ok := w.docs[at]
	return at, ok
}

// places are the world's flows and modules in a fixed order, the root first.
func (w world) places() []place {
	return slices.SortedFunc(maps.Keys(w.content), func(a, b place) int { return strings.Compare(a.id, b.id) })
}

func (w world) units(o audit.Options) map[place]*audit.Unit {
	units := map[place]*audit.Unit{}
	for _, at := range w.places() {
		id := at.id
		if at == (place{}) {
			id = w.root
		}
		units[at] = audit.Read(audit.Identity{Module: at.module, ID: id, Name: short(id)}, w.content[at], o)
	}
	return units
}

// options are those under which the world's units lead to each other.
func (w world) options(o audit.Options, units map[place]*audit.Unit) audit.Options {
	o.Follow = func(l audit.Link) audit.Followed {
		at := place{l.Module, l.Ref.ID}
		if !l.Module && l.Ref.ID == w.root && w.root != "" {
			at = place{}
		}
		if u := units[at]; u != nil && (l.Ref.Qualifier == "" || l.Ref.Qualifier == "$LATEST") {
			return audit.Followed{Unit: u}
		}
		return audit.Followed{}
	}
	o.Defaults = map[string]instance.FlowID{}
	for hook, id := range w.defaults {
		o.Defaults[hook] = instance.FlowID(id)
	}
	return o
}

func (w world) judge(o audit.Options) audit.Report {
	units := w.units(o)
	return audit.NewProgram(w.options(o, units)).Judge(units[place{}])
}
