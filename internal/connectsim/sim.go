package connectsim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// Sim is the simulator: an http.Handler over state in memory. It is safe for concurrent use.
type Sim struct {
	o   Options
	ops *table

	mu       sync.Mutex // guards all below
	insts    []*inst
	sessions map[string]session // by access key id
	buckets  map[bucketKey]*bucket
	unfilled int // buckets that were left by dropFull
	faults   []*armed
	calls    map[string]int
	serial   uint64  // of requests and of ids made at run time
	kept     *keeper // with --data: writes changes to the file before they take effect
}

// New makes a simulator without any instance.
func New(o Options) *Sim {
	return &Sim{o: o.withDefaults(), ops: operations(), sessions: map[string]session{},
		buckets: map[bucketKey]*bucket{}, calls: map[string]int{}}
}

// call is one request being handled; the mutex is held.
type call struct {
	sim             *Sim
	op              *operation
	auth            credentials
	account, region string
	in              values
	now             time.Time
	changes         []change
}

// ServeHTTP answers one request of the Connect or STS protocol.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	q, fault := s.read(r)
	a := s.answer(r, q, fault)
	defer a.release()
	if s.o.Log.Enabled(r.Context(), slog.LevelInfo) {
		s.o.Log.Info("request", "op", a.op, "status", a.status, "code", a.code, "region", q.auth.region, "id", a.id,
			"drop", a.drop, "took", time.Since(began))
	}
	if a.drop {
		panic(http.ErrAbortHandler) // net/http's way to cut the connection without an answer
	}
	a.write(w)
	if a.cut {
		panic(http.ErrAbortHandler)
	}
}

// answer waits, counts, injects faults and handles.
func (s *Sim) answer(r *http.Request, q *request, fault *apiError) *answer {
	a := &answer{query: q.form != nil, id: s.begin(q)}
	if q.op != nil {
		a.op = q.op.name
	}
	if err := pause(r.Context(), s.o.Latency); err != nil {
		a.drop = true
		return a
	}
	if fault != nil {
		return a.fail(fault)
	}
	in, fault := q.decode()
	rule := s.pick(q.op, in)
	if rule.before(r.Context(), s, q, in, a) {
		return a
	}
	out, fault := s.handle(q, in, fault)
	a.fill(out, fault)
	rule.after(a)
	return a
}

// begin counts the request and gives its id.
func (s *Sim) begin(q *request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.op != nil {
		s.calls[q.op.name]++
	}
	s.serial++
	return derivedID("request", fmt.Sprint(s.serial))
}

// handle runs the operation with the mutex held. A panic becomes an InternalServiceException: handlers check everything
// before they change anything, so nothing is half written.
func (s *Sim) handle(q *request, in values, bad *apiError) (out any, fault *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.Error("panic", "op", q.op.name, "value", p, "stack", string(debug.Stack()))
			out, fault = nil, q.op.internal("an internal error of the simulator")
		}
	}()
	account, fault := s.account(q.op, q.auth)
	if fault != nil {
		return nil, fault
	}
	now := s.o.Now()
	if !q.op.query && !s.take(bucketKey{account, q.auth.region, q.op.name}, now) {
		return nil, q.op.throttled()
	}
	if bad != nil {
		return nil, bad
	}
	c := &call{sim: s, op: q.op, auth: q.auth, account: account, region: q.auth.region, in: in, now: now}
	if fault := c.allowed(); fault != nil {
		return nil, fault
	}
	if out, fault = q.op.handle(c); fault != nil {
		return nil, fault
	}
	if err := s.commit(now, c.changes); err != nil {
		s.o.Log.Error("commit", "op", q.op.name, "error", err)
		return nil, q.op.internal("the simulator cannot keep its state")
	}
	return out, nil
}

// Calls gives the number of requests per operation since the start, every attempt counted, throttled ones too.
func (s *Sim) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int, len(s.calls))
	for k, n := range s.calls {
		out[k] = n
	}
	return out
}

// newID makes the id of something created at run time: derived from a counter, so that the same calls give the same ids.
func (s *Sim) newID(kind string) string {
	s.serial++
	return derivedID("made", kind, string(binary.BigEndian.AppendUint64(nil, s.serial)))
}

// answer is what goes back.
type answer struct {
	op, id, code string
	query        bool // XML
	status       int
	body         []byte
	buffer       *bytes.Buffer // that body is in, nil where it is in one of its own
	header       http.Header
	drop, cut    bool // cut the connection without an answer, or in the middle of it
}

func (a *answer) write(w http.ResponseWriter) {
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	h.Set("x-amzn-RequestId", a.id)
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if a.cut {
		a.body = a.body[:len(a.body)/2]
	}
	_, _ = w.Write(a.body) // a client that is gone is no fault of ours
	if a.cut {
		_ = http.NewResponseController(w).Flush()
	}
}
