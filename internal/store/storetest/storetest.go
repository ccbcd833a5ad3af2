// Package storetest is the contract of a store, as tests that run on every engine.
package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"wrapup/internal/fault"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
)

// Store is all that the contract asks of a store.
type Store interface {
	publish.Journal
	publish.Drafts
	people.Store
	History(ctx context.Context, after int64, yield func(publish.Entry) bool) error
	VerifyHistory(ctx context.Context, kept ...string) (n int64, head string, err error)
	Ping(ctx context.Context) error
	Tidy(ctx context.Context) error
}

// Sessions is what scs asks of a session store.
type Sessions interface {
	scs.CtxStore
	scs.IterableCtxStore
}

// Handles are the faces of one store.
type Handles struct {
	Store
	Sessions   Sessions
	Operations operation.Store
}

// Open opens an empty store whose time is now's, and closes it when t ends.
type Open func(t *testing.T, now func() time.Time) Handles

// Run holds a store against the contract.
func Run(t *testing.T, open Open) {
	for name, part := range map[string]func(*testing.T, harness){
		"a change comes back as it was given":               roundTrip,
		"changes are listed newest first":                   list,
		"a change is stored once and only planned":          createRefusals,
		"a plan is approved by its hash, once":              approve,
		"a change is stopped between two steps":             stop,
		"a proposal is withdrawn as it was seen":            withdraw,
		"a change is given up":                              giveUp,
		"a halt holds all publishing":                       halt,
		"the rules of an instance are set over those read":  rules,
		"a change is proposed, and approved by another":     propose,
		"a change is proposed, and refused by another":      refuses,
		"where two people publish one is not enough":        twoPeople,
		"a change waits for its window":                     awaits,
		"an approval falls":                                 falls,
		"of two who approve at once one does":               twoAtOnce,
		"a run takes the change that is due":                takes,
		"a running change is taken from a run that is over": takenOver,
		"only the run that took a change may write":         fencing,
		"a step moves forward only":                         steps,
		"a step that was not carried out is planned again":  reopen,
		"a run ends as the steps say":                       finish,
		"an interrupted change is settled by people":        settle,
		"approve, stop and take at once leave one truth":    atOnce,
		"of two takers one takes":                           takers,
		"all that is done is in the history":                history,
		"content is kept by its hash":                       content,
		"what was done to a flow is listed":                 traces,
		"what a flow was left with is known":                left,
		"entries are looked for":                            logged,
		"what was published outside is adopted":             adopts,
		"of those who adopt at once one does":               adoptedAtOnce,
		"a draft is saved over the revision that was read":  drafts,
		"a draft comes back as it was given":                draftRoundTrip,
		"names are unique without regard to case":           persons,
		"a person is changed while nobody else is":          updatePerson,
		"a link is used once":                               links,
		"a link ends with its maker and its person":         linksEnd,
		"a link sets a password, all or nothing":            setPassword,
		"a link makes an account, both or neither":          join,
		"of people who are first at once one is":            firstAtOnce,
		"attempts are counted by key and time":              attempts,
		"the record is added to and read backwards":         record,
		"sessions are kept, ended and expire":               sessions,
		"tidying deletes only what means nothing more":      tidy,
		"an operation is asked for once while it is active": operationAsked,
		"an operation comes back as it was written":         operationRoundTrip,
		"the operation asked first is claimed first":        operationClaims,
		"only the current run of an operation may write":    operationFencing,
		"an operation is handed back and gone on with":      operationHandedBack,
		"an operation is cancelled once":                    operationCancelled,
		"a cancel is not lost beside a run":                 operationCancelRaces,
		"operations are listed newest first and forgotten":  operationLists,
		"a turn is taken once":                              turns,
		"many claimers never run one operation twice":       operationClaimers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{now: Start}
			h := harness{Handles: open(t, c.Now), clock: c}
			part(t, h)
			if _, _, err := h.VerifyHistory(t.Context()); err != nil {
				t.Errorf("the history does not fit: %v", err)
			}
		})
	}
	t.Run("readings", func(t *testing.T) { readings(t, open) })
}

type harness struct {
	Handles
	clock *clock
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// must stops the test on an error of something that the test only needs done.
func must(t interface {
	Helper()
	Fatal(...any)
}, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that err is classified as kind and tells a person id.
func refused(t testing.TB, err error, kind fault.Kind, id string) {
	t.Helper()
	if f := fault.From(err); f == nil || f.Kind != kind || f.Message.ID != id {
		t.Errorf("error is %v, want %s %q", err, kind, id)
	}
}
