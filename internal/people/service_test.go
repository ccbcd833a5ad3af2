package people_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/i18n"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

const password = "correct horse battery"

// desk is a service on a database in memory, with a clock that is moved by hand and hashes that cost nothing.
type desk struct {
	*people.Service
	store *store.Store
	now   func() time.Time
	wait  func(time.Duration)
}

func open(t *testing.T) desk {
	t.Helper()
	var mu sync.Mutex
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	s, err := store.Open(t.Context(), ":memory:", store.WithClock(now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return desk{
		Service: people.New(s, now, people.WithHashCost(8, 1)), store: s, now: now,
		wait: func(d time.Duration) { mu.Lock(); defer mu.Unlock(); at = at.Add(d) },
	}
}

func refused(t *testing.T, err error, kind fault.Kind, id string) {
	t.Helper()
	f := fault.From(err)
	if f == nil || f.Kind != kind || f.Message.ID != id {
		t.Fatalf("error is %v, want %s %q", err, kind, id)
	}
	if s := i18n.Text(context.Background(), f.Message); strings.Contains(s, "[") || strings.Contains(s, "<no value>") {
		t.Errorf("the sentence is %q", s)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// member makes an account through an invitation.
func (d desk) member(t *testing.T, name string, role people.Role) people.Person {
	t.Helper()
	token, err := d.NewLink(t.Context(), people.Link{Purpose: people.Invite, Role: role})
	must(t, err)
	p, err := d.Redeem(t.Context(), token, name, password, "192.0.2.1")
	must(t, err)
	return p
}

// last checks the newest entries of the record, written as "name action subject reason result".
func (d desk) last(t *testing.T, want ...string) {
	t.Helper()
	entries, err := d.Entries(t.Context(), 0, len(want))
	must(t, err)
	for i, e := range entries {
		got := strings.Join([]string{e.Name, e.Action, e.Subject, e.Reason, e.Result}, " ")
		if got != want[i] {
			t.Errorf("entry %d from the end is %q, want %q", i, got, want[i])
		}
		if e.At.IsZero() || !e.At.Equal(d.now()) {
			t.Errorf("the entry is of %s, want %s", e.At, d.now())
		}
	}
}

func TestARecordThatCannotBeWrittenRefuses(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.member(t, "Ann", people.Admin)
	broken := people.New(noRecord{d.store}, d.now, people.WithHashCost(8, 1))
	if _, err := broken.SignIn(t.Context(), "Ann", password, ""); !errors.Is(err, errNoRecord) {
		t.Errorf("signed in unrecorded: %v", err)
	}
	if err := broken.EndSessions(t.Context(), people.By{Person: ann}, ann.ID); !errors.Is(err, errNoRecord) {
		t.Errorf("managed unrecorded: %v", err)
	}
	token, err := broken.Invite(t.Context(), people.By{Person: ann}, people.Viewer)
	if !errors.Is(err, errNoRecord) || token != "" {
		t.Errorf("invited unrecorded: %q, %v", token, err)
	}
	token, err = d.NewLink(t.Context(), people.Link{Purpose: people.Demo})
	must(t, err)
	if _, err := broken.Redeem(t.Context(), token, "", "", ""); !errors.Is(err, errNoRecord) {
		t.Errorf("a link was used unrecorded: %v", err)
	}
}

var errNoRecord = errors.New("no record")

type noRecord struct{ *store.Store }

func (noRecord) Record(context.Context, people.Entry) error { return errNoRecord }

// whyNot is the sentence by which the newest refusal of the history was refused, as it can be told from the history alone.
func (d desk) whyNot(t *testing.T) string {
	t.Helper()
	log, err := d.store.Log(t.Context(), publish.LogFilter{Refused: true, Accounts: true, Limit: 1})
	must(t, err)
	if len(log) != 1 || log[0].Told().Record == nil {
		t.Fatalf("the history has %+v", log)
	}
	r := log[0].Told().Record
	id := r.Result
	if id == people.Refused {
		id = r.Reason
	}
	return i18n.Text(t.Context(), fault.Message{ID: id, Args: r.Args})
}

// full is a store that has no room, and says how much.
type full struct{ *store.Store }

var errFull = fault.New(fault.Conflict, "people.name.long", "Max", 7)

func (full) CreateLink(context.Context, string, people.Link) error { return errFull }
func (full) UpdatePerson(context.Context, string, func(people.Person, []people.Person) (people.Person, error)) (people.Person, error) {
	return people.Person{}, errFull
}
func (full) TakeLink(context.Context, string, time.Time) (people.Link, error) {
	return people.Link{}, errFull
}

func TestARefusalIsRecordedWithTheValuesOfItsSentence(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(d desk, s *people.Service, by people.By) error{
		"an invitation": func(_ desk, s *people.Service, by people.By) error {
			_, err := s.Invite(t.Context(), by, people.Viewer)
			return err
		},
		"a role": func(_ desk, s *people.Service, by people.By) error {
			return s.SetRole(t.Context(), by, by.Person.ID, people.Viewer)
		},
		"a link from the command line": func(_ desk, s *people.Service, _ people.By) error {
			_, _, err := s.LetIn(t.Context(), "Ann")
			return err
		},
		"a link that somebody wants to use": func(d desk, s *people.Service, _ people.By) error {
			token, err := d.NewLink(t.Context(), people.Link{Purpose: people.Demo})
			must(t, err)
			_, err = s.Redeem(t.Context(), token, "", "", "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			by := people.By{Person: d.member(t, "Ann", people.Admin)}
			s := people.New(full{d.store}, d.now, people.WithHashCost(8, 1))
			if err := refuse(d, s, by); !errors.Is(err, errFull) {
				t.Fatal(err)
			}
			if got := d.whyNot(t); got != "The name is longer than 7 characters." {
				t.Errorf("the history tells %q", got)
			}
		})
	}
	t.Run("a sign-in", func(t *testing.T) {
		t.Parallel()
		d := open(t)
		d.member(t, "Ann", people.Admin)
		var err error
		for range people.PairAttempts + 1 {
			_, err = d.SignIn(t.Context(), "Ann", "wrong", "192.0.2.1")
		}
		refused(t, err, fault.Throttled, "signin.too-many")
		if got := d.whyNot(t); got != "Too many failed sign-ins. Try again in 15 minutes." {
			t.Errorf("the history tells %q", got)
		}
	})
}
