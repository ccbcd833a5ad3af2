package audit

import (
	"strings"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// node is a block as the analysis sees it.
type node struct {
	block         *flow.Block
	class         class
	exit          bool // the contact may leave to something that is not followed
	opaque        bool // what lies behind its branches is not known
	twin          bool // shares its identifier with another block
	target        string
	writes        [slots]valueID
	edge, edgeEnd int32 // its edges in graph.edges
}

// edge is one branch that leads to a block. branch counts NextAction as 0, then the error branches, then the conditions.
type edge struct{ to, branch int32 }

type graph struct {
	nodes  []node
	edges  []edge
	values values
	start  int32
	byID   map[string]int32
	ledBy  []int32 // per node: the last node that a branch leads here from, plus one
	// dangling are branches whose target does not exist: (node, target).
	dangling []dangling
}

type dangling struct {
	from   int32
	target string
}

// newGraph reads blocks into nodes. start is -1 where the flow does not start.
func newGraph(d *flow.Document, o Options) *graph {
	blocks := d.Blocks()
	g := &graph{nodes: make([]node, len(blocks)), values: newValues(), byID: make(map[string]int32, len(blocks))}
	edges := 0
	for i, b := range blocks {
		if first, taken := g.byID[b.ID]; taken {
			g.nodes[first].twin, g.nodes[i].twin = true, true
		} else {
			g.byID[b.ID], g.nodes[i].twin = int32(i), b.ID == ""
		}
		edges += 1 + len(b.Errors) + len(b.Conditions)
	}
	g.start, g.edges, g.ledBy = -1, make([]edge, 0, edges), make([]int32, len(blocks))
	if start, ok := g.byID[d.Start()]; ok && d.Start() != "" {
		g.start = start
	}
	for i, b := range blocks {
		g.nodes[i].block, g.nodes[i].class = b, classOf(b.Type)
		g.read(&g.nodes[i], o)
		g.connect(int32(i), b)
	}
	return g
}

// connect adds the block's edges, one for each block that it leads to: of parallel branches the first. A branch to a block that is not there ends, and is remembered.
func (g *graph) connect(from int32, b *flow.Block) {
	n := &g.nodes[from]
	n.edge = int32(len(g.edges))
	g.branch(from, b.Next, 0)
	for i := range b.Errors {
		g.branch(from, b.Errors[i].Target, 1+i)
	}
	for i := range b.Conditions {
		g.branch(from, b.Conditions[i].Target, 1+len(b.Errors)+i)
	}
	n.edgeEnd = int32(len(g.edges))
}

func (g *graph) branch(from int32, t flow.Target, branch int) {
	if !t.Present {
		return
	}
	if to, ok := g.byID[t.ID]; ok {
		if g.ledBy[to] != from+1 {
			g.ledBy[to] = from + 1
			g.edges = append(g.edges, edge{to, int32(branch)})
		}
		return
	}
	g.dangling = append(g.dangling, dangling{from, t.ID})
}

// read fills in what the block's type and parameters mean.
func (g *graph) read(n *node, o Options) {
	n.writes = nothing
	switch n.class {
	case transfer:
		n.exit, n.target = true, paramText(n.block, "ContactFlowId")
	case module:
		n.exit, n.opaque, n.target = true, true, paramText(n.block, "FlowModuleId")
	case strange:
		n.target, n.exit = strangeExit(n.block)
		n.opaque = n.exit
	case hooks:
		g.readEvent(n, o)
	case attrs:
		g.readAttribute(n, o)
	}
}

// nothing is what a block writes that is neither a Set event flow nor a Set contact attributes block.
var nothing = [slots]valueID{keep, keep, keep}

// readEvent reads a Set event flow block. A value switches the event on, unless the same block switches it off; a block that
// only switches leaves the value as it was.
func (g *graph) readEvent(n *node, o Options) {
	if v, whole, ok := within(n.block, "EventHooks", o.Event); ok {
		n.writes[eventSlot], n.writes[switchSlot] = g.values.intern(held(v, whole, o.Home)), unsetID
	}
	d, whole, ok := within(n.block, "EventHooksConfiguration", o.Event, "DisableExecution")
	switch {
	case !ok:
	case !whole && switchedOn(d):
		n.writes[switchSlot] = g.values.intern(value{kind: isDisabled, text: "true"})
	case !whole && switchedOff(d):
		n.writes[switchSlot] = unsetID
	default: // decided during the contact
		n.writes[switchSlot] = g.values.intern(value{kind: isDynamic, text: plainText(d)})
	}
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
	return guideValue(v, home)
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

// readAttribute reads the older way of setting the guide. The related contact's attributes are not this contact's.
func (g *graph) readAttribute(n *node, o Options) {
	v, whole, ok := within(n.block, "Attributes", flow.AttributeACW)
	if !ok {
		return
	}
	if c, ok := n.block.Param("TargetContact"); ok && plainText(c) != "Current" {
		return
	}
	if s, ok := v.Text(); ok && s == "" && !whole {
		n.writes[attributeSlot] = unsetID
		return
	}
	n.writes[attributeSlot] = g.values.intern(held(v, whole, o.Home))
}

func paramText(b *flow.Block, path ...string) string {
	v, ok := b.Param(path...)
	if !ok {
		return ""
	}
	return plainText(v)
}
