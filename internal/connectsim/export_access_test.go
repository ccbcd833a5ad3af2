package connectsim

import "wrapup/internal/connectsim/policy"

// Enforce changes what callers of a simulator that serves may do.
func (s *Sim) Enforce(p *policy.Policy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Policy = p
}

// Held is all that the simulator keeps, as JSON.
func (s *Sim) Held() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []any
	for _, in := range s.insts {
		all = append(all, in.instRecord, in.flows.list, in.modules.list, in.views.list, in.queues.list, in.numbers.list, in.profiles.list, in.users.list, in.links)
	}
	return string(encodeJSON(append(all, s.sessions)))
}
