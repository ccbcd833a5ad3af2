package connectsim

import (
	"maps"
	"slices"

	"wrapup/internal/instance"
)

// book writes flow documents for one instance: what it names (flows, queues, hours, functions) is derived from the name,
// so that flows may name each other in any order.
type book struct {
	in *inst
	// plain writes UUIDs as identifiers, as the designer does for blocks that nobody renamed.
	plain bool
}

// step is one block on its way into a document. Empty targets mean the step that follows.
type step struct {
	id, kind   string
	params     map[string]any
	next       string   // where success leads
	failure    string   // where error branches lead; "" is next
	errors     []string // error types
	conditions []condition
	mirror     bool // NextAction repeats the failure target: success leaves the flow or is a condition
	terminal   bool
	meta       map[string]any
}

type condition struct{ operator, operand, target string }

// to names where success leads; or names where errors lead.
func (s step) to(id string) step { s.next = id; return s }
func (s step) or(id string) step { s.failure = id; return s }

type (
	document struct {
		Version     string
		StartAction string
		Metadata    designer
		Actions     []action
		Settings    any `json:",omitempty"` // of a module
	}
	designer struct {
		EntryPoint     position       `json:"entryPointPosition"`
		ActionMetadata map[string]any `json:"ActionMetadata"`
		Annotations    []any          `json:"Annotations"`
	}
	position struct {
		X float64 `json:"x"`
		Y float64 `json:"y"`
	}
	action struct {
		Parameters  map[string]any
		Identifier  string
		Type        string
		Transitions transitions
	}
	transitions struct {
		NextAction string   `json:",omitempty"`
		Conditions []branch `json:",omitempty"`
		Errors     []branch `json:",omitempty"`
	}
	branch struct {
		NextAction string
		ErrorType  string     `json:",omitempty"`
		Condition  *predicate `json:",omitempty"`
	}
	predicate struct {
		Operator string
		Operands []string
	}
)

// flow writes a document whose first step is its start.
func (b book) flow(steps ...step) string { return b.document(nil, steps) }

// module writes a module's document, which has Settings where a flow has none.
func (b book) module(steps ...step) string {
	return b.document(map[string]any{"InputParameters": []any{}, "OutputParameters": []any{}, "Transitions": []any{}}, steps)
}

func (b book) document(settings any, steps []step) string {
	b.name(steps)
	d := document{Version: "2019-10-30", StartAction: steps[0].id, Settings: settings,
		Metadata: designer{position{40, 40}, map[string]any{}, []any{}}}
	for _, s := range steps {
		if s.params == nil {
			s.params = map[string]any{}
		}
		d.Actions = append(d.Actions, action{s.params, s.id, s.kind, s.transitions()})
	}
	at := layout(d.Actions)
	for i, s := range steps {
		m := maps.Clone(s.meta)
		if m == nil {
			m = map[string]any{}
		}
		m["position"] = at[i]
		if !instance.IsUUID(s.id) {
			m["isFriendlyName"] = true
		}
		d.Metadata.ActionMetadata[s.id] = m
	}
	return string(encodeJSON(d))
}

// name fills in the targets that mean the following step, and turns names into UUIDs where the book is plain.
func (b book) name(steps []step) {
	ids := func(id string) string {
		if b.plain && id != "" {
			return derivedID(b.in.ID, "block", steps[0].kind, id)
		}
		return id
	}
	for i := range steps {
		s := &steps[i]
		if s.next == "" && i+1 < len(steps) {
			s.next = steps[i+1].id
		}
		if s.failure == "" {
			s.failure = s.next
		}
	}
	for i := range steps {
		s := &steps[i]
		s.id, s.next, s.failure = ids(s.id), ids(s.next), ids(s.failure)
		s.conditions = slices.Clone(s.conditions)
		for j := range s.conditions {
			s.conditions[j].target = ids(s.conditions[j].target)
		}
	}
}

func (s step) transitions() transitions {
	var t transitions
	if s.terminal {
		return t
	}
	t.NextAction = s.next
	if s.mirror {
		t.NextAction = s.failure
	}
	for _, c := range s.conditions {
		t.Conditions = append(t.Conditions, branch{NextAction: c.target, Condition: &predicate{c.operator, []string{c.operand}}})
	}
	for _, e := range s.errors {
		t.Errors = append(t.Errors, branch{NextAction: s.failure, ErrorType: e})
	}
	return t
}

// layout places each block by its distance from the start, the blocks of one distance beneath each other.
func layout(actions []action) []position {
	index := map[string]int{}
	for i, a := range actions {
		index[a.Identifier] = i
	}
	depth := map[int]int{0: 0}
	for queue := []int{0}; len(queue) > 0; queue = queue[1:] {
		t := actions[queue[0]].Transitions
		for _, n := range append([]branch{{NextAction: t.NextAction}}, slices.Concat(t.Conditions, t.Errors)...) {
			to, ok := index[n.NextAction]
			if _, seen := depth[to]; ok && !seen {
				depth[to] = depth[queue[0]] + 1
				queue = append(queue, to)
			}
		}
	}
	rows := map[int]int{}
	at := make([]position, len(actions))
	for i := range actions {
		d, row := depth[i], rows[depth[i]]
		rows[depth[i]]++
		at[i] = position{240 + 280*float64(d), 40 + 220*float64(row)}
	}
	return at
}
