package audit

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"wrapup/internal/fault"
	"wrapup/internal/flow"
	"wrapup/internal/instance"
)

// Identity is which flow or module a unit is. ID is in lower case, and empty for a file that is nobody's.
type Identity struct {
	Module   bool
	ID, Name string
}

// Unit is one flow or module that was read, as the analysis sees it: immutable, made once per content, and shared between
// analyses. It holds no content.
type Unit struct {
	Identity
	reason   *fault.Message // why it cannot be judged
	nodes    []node
	edges    []edge
	start    int32
	dangling []dangling
	effects  []effect
	uses     []eventUse
	views    []viewUse
	links    []Link // of nodes, and then those that only hooks and attributes hold
}

// node is a block.
type node struct {
	id, typ       string
	target        string // of a transfer, a module and an unknown type that leaves
	class         class
	exit          bool // an unknown type through which the contact may leave
	twin          bool // shares its identifier with another block
	errors        bool // has error branches
	link          int32
	effect        span // its parts of the unit's lists
	use           span
	edge, edgeEnd int32
}

// span is a part of a list.
type span struct{ from, to int32 }

// edge is one branch that leads to a block. The branch's name is its error's type, or its condition.
type edge struct {
	to       int32
	failure  bool   // NextAction's and the conditions' edges are not
	operator string // of a condition; an error's type stands in operand alone
	operand  string
}

type dangling struct {
	from   int32
	target string
}

// eventUse is a hook that a Set event flow block names, beside the event.
type eventUse struct{ event, text string }

// viewUse is a Show view block.
type viewUse struct {
	node int32
	view string
	acw  bool
}

// Link is a reference to a flow or a module that an analysis meets. Text is as written.
type Link struct {
	Module bool
	Ref    instance.Ref
	Text   string
}

// Read makes a unit of a content. It never fails: a content that cannot be read is a unit that says why.
func Read(who Identity, content []byte, o Options) *Unit {
	d, err := flow.Parse(content)
	if err != nil {
		m := parseReason(err)
		return &Unit{Identity: who, reason: &m, start: -1}
	}
	return ReadDocument(who, d, o)
}

// ReadDocument is Read for a parsed document.
func ReadDocument(who Identity, d *flow.Document, o Options) *Unit {
	r := reader{u: &Unit{Identity: who, start: -1}, event: eventOf(o), home: o.Home}
	r.read(d)
	return r.u
}

func eventOf(o Options) string {
	if o.Event == "" {
		return flow.EventACW
	}
	return o.Event
}

// Reason says why the unit cannot be judged; nil where it can.
func (u *Unit) Reason() *fault.Message { return u.reason }

// Links are the flows and modules that the content names in a way that an analysis may follow, each as often as it does.
func (u *Unit) Links() []Link { return u.links }

// Transfers are the flows that it transfers contacts to, by reference.
func (u *Unit) Transfers() []Link {
	var out []Link
	for i := range u.nodes {
		if n := &u.nodes[i]; n.class == transfer && n.link >= 0 {
			out = append(out, u.links[n.link])
		}
	}
	return out
}

func parseReason(err error) fault.Message {
	var p *flow.ParseError
	if !errors.As(err, &p) {
		return fault.Msg("audit.unreadable.content")
	}
	return fault.Msg("flow.defect."+string(p.Defect), "Offset", strconv.Itoa(p.Offset), "Detail", p.Detail)
}

// reader makes one unit.
type reader struct {
	u     *Unit
	event string
	home  instance.Ref
	byID  map[string]int32
	ledBy []int32 // per node: the last node that a branch leads here from, plus one
}

func (r *reader) read(d *flow.Document) {
	blocks := d.Blocks()
	u := r.u
	u.nodes, r.byID, r.ledBy = make([]node, len(blocks)), make(map[string]int32, len(blocks)), make([]int32, len(blocks))
	edges, twins := 0, false
	for i, b := range blocks {
		if first, taken := r.byID[b.ID]; taken {
			u.nodes[first].twin, u.nodes[i].twin, twins = true, true, true
		} else if r.byID[b.ID] = int32(i); b.ID == "" {
			u.nodes[i].twin, twins = true, true
		}
		edges += 1 + len(b.Errors) + len(b.Conditions)
	}
	u.edges = make([]edge, 0, edges)
	if start, ok := r.byID[d.Start()]; ok && d.Start() != "" {
		u.start = start
	}
	for i, b := range blocks {
		r.block(int32(i), b)
		r.connect(int32(i), b)
	}
	switch {
	case u.start < 0:
		m := fault.Msg("audit.unreadable.no-start", "Start", d.Start())
		u.reason = &m
	case twins:
		u.reason = u.reachedTwin()
	}
}

// reachedTwin is the reason why a flow cannot be judged in which a contact may reach one of several blocks of one name.
func (u *Unit) reachedTwin() *fault.Message {
	seen := make([]bool, len(u.nodes))
	next := []int32{u.start}
	for len(next) > 0 {
		i := next[0]
		if next = next[1:]; seen[i] {
			continue
		}
		n := &u.nodes[i]
		if seen[i] = true; n.twin {
			m := fault.Msg("audit.unreadable.identifier", "Block", n.id)
			return &m
		}
		for _, e := range u.edges[n.edge:n.edgeEnd] {
			next = append(next, e.to)
		}
	}
	return nil
}

// block reads what the block's type and parameters mean.
func (r *reader) block(i int32, b *flow.Block) {
	u := r.u
	n := &u.nodes[i]
	n.id, n.typ, n.class, n.link = b.ID, b.Type, classOf(b.Type), -1
	n.effect.from, n.use.from = int32(len(u.effects)), int32(len(u.uses))
	switch n.class {
	case transfer:
		n.target = paramText(b, "ContactFlowId")
		n.link = r.follow(n.target, false)
	case module:
		n.target = paramText(b, "FlowModuleId")
		n.link = r.follow(n.target, true)
	case strange:
		n.target, n.exit = strangeExit(b)
	case hooks:
		r.hooks(b)
	case attrs:
		r.attributes(b)
	case flowAttrs:
		r.flowAttributes(b)
	case showView:
		u.views = append(u.views, viewUse{i, paramText(b, "ViewResource", "Id"), showsACW(b)})
	}
	n.effect.to, n.use.to = int32(len(u.effects)), int32(len(u.uses))
}

// follow adds a link; -1 where the text names nothing that lies in this instance.
func (r *reader) follow(text string, module bool) int32 {
	kind := instance.KindFlow
	if module {
		kind = instance.KindModule
	}
	if len(text) < 36 { // shorter than an id
		return -1
	}
	ref, ok := instance.ParseRef(text, kind)
	if !ok || Foreign(ref, r.home) {
		return -1
	}
	r.u.links = append(r.u.links, Link{module, ref, text})
	return int32(len(r.u.links) - 1)
}

// connect adds the block's edges. Of parallel branches to one block the first is kept, unless it is a module's, whose branches
// carry different states. A branch to a block that is not there ends, and is remembered.
func (r *reader) connect(from int32, b *flow.Block) {
	n := &r.u.nodes[from]
	n.edge, n.errors = int32(len(r.u.edges)), len(b.Errors) > 0
	r.branch(from, b.Next, edge{})
	for i := range b.Errors {
		r.branch(from, b.Errors[i].Target, edge{failure: true, operand: b.Errors[i].ErrorType})
	}
	for i := range b.Conditions {
		c := &b.Conditions[i].Condition
		e := edge{operator: c.Operator}
		switch {
		case len(c.Nested) > 0:
			e = edge{operand: conditionText(*c)}
		case len(c.Operands) > 0:
			e.operand = c.Operands[0]
			if len(c.Operands) > 1 {
				e.operand = strings.Join(c.Operands, ", ")
			}
		}
		r.branch(from, b.Conditions[i].Target, e)
	}
	n.edgeEnd = int32(len(r.u.edges))
}

func (r *reader) branch(from int32, t flow.Target, e edge) {
	if !t.Present {
		return
	}
	to, ok := r.byID[t.ID]
	switch {
	case !ok:
		r.u.dangling = append(r.u.dangling, dangling{from, t.ID})
	case r.ledBy[to] != from+1 || r.u.nodes[from].class == module:
		r.ledBy[to], e.to = from+1, to
		r.u.edges = append(r.u.edges, e)
	}
}

// name is the branch as the flow's author knows it.
func (e *edge) name() string {
	if e.operator == "" {
		return e.operand
	}
	return strings.TrimSpace(e.operator + " " + e.operand)
}

func conditionText(c flow.Condition) string {
	if len(c.Nested) == 0 {
		return strings.TrimSpace(c.Operator + " " + strings.Join(c.Operands, ", "))
	}
	parts := make([]string, len(c.Nested))
	for i, n := range c.Nested {
		parts[i] = conditionText(n)
	}
	return c.Operator + " (" + strings.Join(parts, "; ") + ")"
}

// Compact copies the unit's texts out of the document that it was read from, so that the document can go.
func (u *Unit) Compact() *Unit {
	out := *u
	out.nodes, out.edges, out.dangling = slices.Clone(u.nodes), slices.Clone(u.edges), slices.Clone(u.dangling)
	out.effects, out.uses, out.views, out.links = slices.Clone(u.effects), slices.Clone(u.uses), slices.Clone(u.views), slices.Clone(u.links)
	var t texts
	for i := range out.nodes {
		n := &out.nodes[i]
		t.add(&n.id, &n.typ, &n.target)
	}
	for i := range out.edges {
		t.add(&out.edges[i].operator, &out.edges[i].operand)
	}
	for i := range out.dangling {
		t.add(&out.dangling[i].target)
	}
	for i := range out.effects {
		e := &out.effects[i]
		t.add(&e.name.name, &e.value.text, (*string)(&e.value.id), &e.value.path.name)
	}
	for i := range out.uses {
		t.add(&out.uses[i].text)
	}
	for i := range out.views {
		t.add(&out.views[i].view)
	}
	for i := range out.links {
		l := &out.links[i]
		l.Ref = instance.Ref{ID: l.Ref.ID, Qualifier: l.Ref.Qualifier} // it lies in this instance
		t.add(&l.Text, &l.Ref.ID, &l.Ref.Qualifier)
	}
	t.copy()
	return &out
}

// texts copies many texts into one piece of memory. The service's own words are not copied: every flow has them.
type texts struct {
	all  []*string
	size int
}

func (t *texts) add(list ...*string) {
	for _, s := range list {
		if w, ok := words[*s]; ok {
			*s = w
		} else if *s != "" {
			t.all, t.size = append(t.all, s), t.size+len(*s)
		}
	}
}

func (t *texts) copy() {
	var b strings.Builder
	b.Grow(t.size)
	for _, s := range t.all {
		b.WriteString(*s)
	}
	rest := b.String()
	for _, s := range t.all {
		*s, rest = rest[:len(*s)], rest[len(*s):]
	}
}

// words are the service's own: block types, errors and operators.
var words = func() map[string]string {
	m := map[string]string{}
	for t := range known {
		m[t] = t
	}
	for _, w := range [...]string{"NoMatchingError", "NoMatchingCondition", "QueueAtCapacity", "InputTimeLimitExceeded", "TimeLimitExceeded",
		"ChannelMismatch", "InvalidPhoneNumber", "Equals", "NumberLessThan", "NumberGreaterThan", "True", "False"} {
		m[w] = w
	}
	return m
}()
