package connectsim

import (
	"fmt"
	"slices"
	"time"
)

// change is one record put in place of its former state, or taken away. A handler's changes take effect together and
// only when it has succeeded and, with --data, when they are in the file: nothing is ever half written.
type change struct {
	in      *inst // nil for a session
	rec     any   // *flowRecord, *moduleRecord, *viewRecord, *queueRecord, *numberRecord, *profileRecord, *userRecord, *instRecord, *session
	removed bool
}

// put queues a new or changed record; the one it replaces stays as it is.
func (c *call) put(in *inst, rec any) { c.changes = append(c.changes, change{in, rec, false}) }

// remove queues that a record goes.
func (c *call) remove(in *inst, rec any) { c.changes = append(c.changes, change{in, rec, true}) }

// commit makes changes take effect; with an error none has. It is called with the mutex held.
func (s *Sim) commit(now time.Time, changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	if s.kept != nil {
		if err := s.kept.keep(s, changes); err != nil {
			return fmt.Errorf("keep: %w", err)
		}
	}
	for _, c := range changes {
		c.apply(s, now)
	}
	return nil
}

// mustCommit is for what is put in from outside a request: there is nobody to tell that the file cannot be written.
func (s *Sim) mustCommit(changes ...change) {
	if err := s.commit(s.o.Now(), changes); err != nil {
		panic(err)
	}
}

func (c change) apply(s *Sim, now time.Time) {
	switch r := c.rec.(type) {
	case *flowRecord:
		c.in.index.note(s.o.SearchLag, now, &c.in.flows, r, c.removed)
		shelve(&c.in.flows, r, c.removed)
	case *moduleRecord:
		shelve(&c.in.modules, r, c.removed)
	case *viewRecord:
		shelve(&c.in.views, r, c.removed)
	case *queueRecord:
		shelve(&c.in.queues, r, c.removed)
	case *numberRecord:
		shelve(&c.in.numbers, r, c.removed)
	case *profileRecord:
		shelve(&c.in.profiles, r, c.removed)
	case *userRecord:
		shelve(&c.in.users, r, c.removed)
	case *instRecord:
		c.in.instRecord = *r
	case *session:
		if c.removed {
			delete(s.sessions, r.Key)
		} else {
			s.sessions[r.Key] = *r
		}
	default:
		panic(fmt.Sprintf("no shelf for %T", r))
	}
}

func shelve[T record](s *shelf[T], r T, removed bool) {
	if removed {
		s.remove(r)
	} else {
		s.put(r)
	}
}

// searchIndex is what SearchContactFlows sees where it lags behind: changes wait here until they are old enough.
type searchIndex struct {
	seen    *shelf[*flowRecord] // nil: nothing waits and nothing has
	waiting []indexed
}

type indexed struct {
	at      time.Time
	rec     *flowRecord
	removed bool
}

// note remembers a change that search is to see later. It is called before the change is made.
func (x *searchIndex) note(lag time.Duration, now time.Time, flows *shelf[*flowRecord], r *flowRecord, removed bool) {
	if lag <= 0 {
		return
	}
	x.catchUp(now) // nobody may ever search
	if x.seen == nil {
		x.seen = flows.clone()
	}
	x.waiting = append(x.waiting, indexed{now.Add(lag), r, removed})
}

// searchable gives the flows as search sees them now.
func (in *inst) searchable(now time.Time) *shelf[*flowRecord] {
	in.index.catchUp(now)
	if in.index.seen == nil {
		return &in.flows
	}
	return in.index.seen
}

// catchUp shows search what is old enough.
func (x *searchIndex) catchUp(now time.Time) {
	n := 0
	for ; n < len(x.waiting) && !now.Before(x.waiting[n].at); n++ {
		shelve(x.seen, x.waiting[n].rec, x.waiting[n].removed)
	}
	x.waiting = slices.Delete(x.waiting, 0, n) // which lets go of the records
	if len(x.waiting) == 0 {
		x.seen = nil
	}
}
