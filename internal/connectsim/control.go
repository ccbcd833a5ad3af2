package connectsim

import (
	"errors"
	"net"
	"net/http"

	"wrapup/internal/instance"
)

// Control serves what a tester does to a running simulator. It is not on the paths of AWS: cmd/connectsim has it under
// /_connectsim/ of the same address. What is refused is said in plain text, and nothing is changed.
//
//	GET    /faults  the fault script, each rule with how many requests it has seen and how often it fired
//	PUT    /faults  replaces it; 400 names the bad line
//	DELETE /faults  clears it
//	GET    /calls   the number of requests per operation, as an object
//	POST   /edit    {"instance": id or alias, "flow", "module" or "view": id or name, "content", "copy"}: edits it as a
//	                fault rule's edit does; 404 where there is no such thing
func (s *Sim) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /faults", s.showFaults)
	mux.HandleFunc("PUT /faults", s.loadFaults)
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		s.Faults(nil)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(encodeJSON(s.Calls()), '\n'))
	})
	mux.HandleFunc("POST /edit", s.editNow)
	return local(mux)
}

// local refuses what comes from another machine, and what a web page may have sent. Every page that a browser on this
// machine shows can reach a loopback address: by a form or a script, which the browser gives an Origin, or under a name of
// the page's own site that resolves to 127.0.0.1, which then is the Host. Reading without an Origin is left: its answer is
// not shown to the page. Paths of AWS ask for an Authorization header, which no page can send to another site unasked, but
// any to its own: there cmd/connectsim looks at the Host.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Loopback(r.RemoteAddr) || !Loopback(r.Host) || r.Header.Get("Origin") != "" {
			http.Error(w, "only programs on this machine, by a loopback address or localhost", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// Loopback says whether a host, with a port or without, is localhost or a loopback address.
func Loopback(hostPort string) bool {
	host := hostPort
	if h, _, err := net.SplitHostPort(hostPort); err == nil {
		host = h
	} else if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func (s *Sim) showFaults(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, rule := range s.counted() {
		_, _ = w.Write(append(encodeJSON(rule), '\n'))
	}
}

// counted gives the rules with their counts.
func (s *Sim) counted() []armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]armed, len(s.faults))
	for i, a := range s.faults {
		out[i] = *a
	}
	return out
}

func (s *Sim) loadFaults(w http.ResponseWriter, r *http.Request) {
	rules, err := ReadFaults(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.Faults(rules)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sim) editNow(w http.ResponseWriter, r *http.Request) {
	var in struct{ Instance, Flow, Module, View, Content, Copy string }
	err := readObject(r.Body, &in)
	rule := FaultRule{Op: "*", Do: DoEdit, Flow: in.Flow, Module: in.Module, View: in.View, Content: in.Content, Copy: in.Copy}
	if err == nil {
		err = rule.check()
	}
	if err == nil && rule.resources() == 0 {
		err = errors.New("flow, module or view: one of them must be given")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.named(in.Instance, rule)
	if at.rec == nil {
		http.Error(w, "the instance has nothing of that id or name, or there is no such instance", http.StatusNotFound)
		return
	}
	if err := s.play(at, rule); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// named finds the resource of a rule in an instance, which is given by id or alias.
func (s *Sim) named(home string, r FaultRule) aimed {
	for c := range s.records {
		rec, ok := c.rec.(record)
		if !ok || c.in.ID != home && c.in.Alias != home {
			continue
		}
		a := aimed{id: rec.key(), in: c.in, rec: rec}
		switch rec.(type) {
		case *flowRecord:
			a.kind = instance.KindFlow
		case *moduleRecord:
			a.kind = instance.KindModule
		case *viewRecord:
			a.kind = instance.KindView
		}
		if a.is(r) {
			return a
		}
	}
	return aimed{}
}
