package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"

	"wrapup/internal/connectsim"
	"wrapup/internal/flow"
)

// call is one thing that happened at Amazon Connect: a request, or a colleague's edit.
type call struct {
	Who     string // "child", "next", ...; a colleague is "outside"
	Op      string
	Flow    string // id; of a create, the one it got
	Saved   bool   // of a describe: the saved copy
	Applied bool   // of a write: it was carried out
	Before  string // of a write that was carried out: hash of the live content it replaced
	Content string // of a write: hash of what was sent
	Request string // the service's id of the request
}

// service is Amazon Connect with a log of all that happens to it, and one fault. It handles one request at a time, so that the log's order is
// that in which things took effect.
type service struct {
	sim  *connectsim.Sim
	home connectsim.InstanceInfo
	srv  *httptest.Server
	// announced says whether the journal on the disk holds the intent of a write that arrives: what is sent.
	announced func(c call) error
	control   func(what string) error // what the child asks for: "begin", "edit", "full", "locked", "gone", "well"
	begin     func()                  // told of the fault
	kill      func()                  // returns when the child is dead
	during    func(c call)            // beside every call, before it is carried out; may be nil

	mu     sync.Mutex
	log    []call
	at     int // the child's call to do do at
	do     string
	calls  int           // of the child
	outage bool          // the child's calls are cut off until it is over
	late   chan struct{} // closed when what is under way is to be carried out
	broken []string      // what must never happen and did

	underway int // calls whose caller was killed, and that are still to be carried out
	arrived  sync.Cond
}

func newService(s set) *service {
	a := &service{sim: s.simulator(), home: s.home, late: make(chan struct{})}
	a.arrived.L = &a.mu
	a.srv = httptest.NewServer(a)
	return a
}

func (a *service) url() string { return a.srv.URL }

func (a *service) close() {
	a.release()
	a.srv.CloseClientConnections()
	a.srv.Close()
}

// release lets a call that is under way arrive.
func (a *service) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.late:
	default:
		close(a.late)
	}
}

// The operations that publishing calls.
const (
	opList     = "ListContactFlows"
	opDescribe = "DescribeContactFlow"
	opCreate   = "CreateContactFlow"
	opUpdate   = "UpdateContactFlowContent"
	opMetadata = "UpdateContactFlowMetadata"
	opView     = "DescribeView"
	opEdit     = "edit"
)

// asked says what a request asks for.
func asked(r *http.Request) call {
	c := call{Who: strings.Fields(r.UserAgent() + " ?")[0]}
	for _, who := range []string{"child", "next", "plan", "browser1", "browser2"} {
		if strings.Contains(r.UserAgent(), who) {
			c.Who = who
		}
	}
	part := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	if len(part) > 2 {
		id, _ := url.PathUnescape(part[2]) // net/http has parsed it
		c.Flow, c.Saved = strings.CutSuffix(id, ":$SAVED")
	}
	switch {
	case part[0] == "contact-flows-summary":
		c.Op = opList
	case part[0] == "views":
		c.Op, c.Flow = opView, ""
	case part[0] != "contact-flows":
		c.Op = r.Method + " " + part[0]
	case r.Method == http.MethodPut:
		c.Op = opCreate
	case r.Method == http.MethodGet:
		c.Op = opDescribe
	case part[len(part)-1] == "metadata":
		c.Op = opMetadata
	default:
		c.Op = opUpdate
	}
	return c
}

func (c call) writes() bool { return c.Op == opCreate || c.Op == opUpdate || c.Op == opMetadata }

func (a *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if what, ok := strings.CutPrefix(r.URL.Path, "/_faults/"); ok {
		if err := a.control(what); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := asked(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.during != nil {
		a.during(c)
	}
	do := ""
	if c.Who == "child" {
		if a.calls++; a.calls == a.at {
			do = a.do
			a.begin()
		}
	}
	if c.writes() {
		a.intent(&c, body)
	}
	a.answer(w, r, c, do)
}

// intent holds a write that arrives against the journal on the disk.
func (a *service) intent(c *call, body []byte) {
	if c.Op != opMetadata {
		c.Content = flow.Hash([]byte(member(body, "Content")))
	}
	if a.announced == nil {
		return
	}
	if err := a.announced(*c); err != nil {
		a.broken = append(a.broken, fmt.Sprintf("%s %s arrived: %v", c.Op, c.Flow, err))
	}
}

// answer carries the request out, or not, and spoils what comes of it.
func (a *service) answer(w http.ResponseWriter, r *http.Request, c call, do string) {
	cut := func() { panic(http.ErrAbortHandler) }
	if a.outage && c.Who == "child" {
		a.note(c)
		cut()
	}
	switch do {
	case "killed before":
		a.note(c)
		a.dead()
		cut()
	case "killed, carried out later":
		a.underway++
		a.dead()
		a.mu.Unlock()
		<-a.late
		a.mu.Lock()
		a.carryOut(&c, r)
		a.underway--
		a.arrived.Broadcast()
		cut()
	case "dropped before", "outage":
		a.note(c)
		a.outage = do == "outage"
		cut()
	case "throttled", "500":
		a.sim.Faults([]connectsim.FaultRule{{Op: "*", Nth: 1, Do: map[string]connectsim.FaultDo{"throttled": connectsim.DoThrottle, "500": connectsim.DoError}[do]}})
		defer a.sim.Faults(nil)
	case "edited from outside":
		a.edit(c.Flow)
	}
	got := a.carryOut(&c, r)
	switch do {
	case "killed after":
		a.dead()
		cut()
	case "dropped after", "carried out, then an outage":
		a.outage = do != "dropped after"
		cut()
	case "empty":
		got.Body.Reset()
		got.Header().Del("Content-Length")
	case "undecodable":
		got.Body = bytes.NewBuffer(undecodable(got.Body.Bytes()))
		got.Header().Del("Content-Length")
	}
	for k, v := range got.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes()) // a client that is gone is no fault of ours
}

// undecodable gives every member of an answer a type that it cannot have. One without members is broken off.
func undecodable(body []byte) []byte {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil || len(members) == 0 {
		return []byte("{")
	}
	for name, v := range members {
		members[name] = "not what the model says"
		if _, text := v.(string); text {
			members[name] = []string{}
		}
	}
	out, _ := json.Marshal(members) // it came from JSON
	return out
}

// dead kills the child, which may be waiting for another request's answer.
func (a *service) dead() {
	a.mu.Unlock()
	defer a.mu.Lock()
	a.kill()
}

// carryOut lets the simulator answer.
func (a *service) carryOut(c *call, r *http.Request) *httptest.ResponseRecorder {
	before := a.live(c.Flow)
	w := httptest.NewRecorder()
	a.sim.ServeHTTP(w, r)
	c.Request = w.Header().Get("X-Amzn-Requestid")
	if c.writes() && w.Code == http.StatusOK {
		c.Applied = true
		switch c.Op {
		case opCreate:
			c.Flow = member(w.Body.Bytes(), "ContactFlowId")
		case opUpdate:
			c.Before = before
		}
	}
	a.note(*c)
	return w
}

func (a *service) note(c call) { a.log = append(a.log, c) }

// edit is a colleague's, in the console, of a flow, or of the one that was spoken of last. Where the guide is still to be created, a flow of
// its name is there at once.
func (a *service) edit(id string) {
	for i := len(a.log) - 1; i >= 0 && id == ""; i-- {
		id = a.log[i].Flow
	}
	if id == "" { // nothing but the guide was spoken of, and it is not there
		taken := a.sim.PutFlow(a.home, connectsim.SeedFlow{Name: guideName, Published: written(0, "A colleague's.")})
		a.note(call{Who: "outside", Op: opEdit, Flow: taken})
		return
	}
	a.editAs(id, "")
}

// editAs publishes content from outside; "" is what is there and one more block.
func (a *service) editAs(id, content string) {
	if err := a.sim.EditOutside(a.home.ID, id, content); err != nil {
		a.broken = append(a.broken, err.Error())
	}
	a.note(call{Who: "outside", Op: opEdit, Flow: id, Content: a.live(id)})
}

// live is the hash of a flow's published content.
func (a *service) live(id string) string {
	live, _, _ := a.sim.Contents(a.home.ID, id)
	return flow.Hash([]byte(live))
}

// member is a text of a JSON object; empty where there is none.
func member(body []byte, name string) string {
	var all map[string]any
	_ = json.Unmarshal(body, &all)
	text, _ := all[name].(string)
	return text
}

// arrive lets a call that is under way arrive, and waits until it is carried out.
func (a *service) arrive() {
	a.release()
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.underway > 0 {
		a.arrived.Wait()
	}
}
