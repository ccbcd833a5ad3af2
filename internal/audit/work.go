package audit

import "math"

// What one root may cost, in steps of 10 to 40 ns: docs/decisions/009 has the figures. A block that is entered with a new state is eight of
// them, so that these bound memory as well.
const (
	closeWork = 1 << 24 // with as many states told apart as there may be
	roughWork = 1 << 22 // with one state per block
	visitWork = 8
	nodeWork  = 4
	askWork   = 4
)

// work is what something cost that is solved once and kept, beside that on which it rests and which is kept as well.
type work struct {
	own   int
	parts []*work
	root  int // the last one that was charged
}

// meter counts the work that one root takes. What was solved for another root costs the same as if it had not been, so that
// no verdict depends on which root was judged first.
type meter struct {
	spent, limit int
	root         int
	open         []*work // under way, the innermost last
}

func (m *meter) start(limit int) {
	m.spent, m.limit = 0, limit
	m.root++
}

// free lets what is left to do for a root cost what it may: it looks up what was solved.
func (m *meter) free() { m.limit = math.MaxInt }

// over says whether the work is more than the root may cost. What was not finished by then is not kept.
func (m *meter) over() bool { return m.spent > m.limit }

func (m *meter) spend(n int) {
	m.spent += n
	if i := len(m.open); i > 0 {
		m.open[i-1].own += n
	}
}

// begin and end stand around work that will be kept. To ask for it costs the same whether or not it was done before.
func (m *meter) begin(w *work) {
	m.spend(askWork)
	m.open = append(m.open, w)
}

func (m *meter) end(w *work) {
	m.open = m.open[:len(m.open)-1]
	w.root = m.root
	m.rest(w)
}

// pay charges the root for what was kept, once.
func (m *meter) pay(w *work) {
	m.spend(askWork)
	m.rest(w)
	m.charge(w)
}

// rest notes that what is under way rests on w.
func (m *meter) rest(w *work) {
	if i := len(m.open); i > 0 {
		m.open[i-1].parts = append(m.open[i-1].parts, w)
	}
}

func (m *meter) charge(w *work) {
	if w.root == m.root {
		return
	}
	w.root = m.root
	m.spent += w.own
	for _, p := range w.parts {
		m.charge(p)
	}
}
