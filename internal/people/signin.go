package people

import (
	"context"
	"net/netip"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"wrapup/internal/fault"
)

// The limits of failed sign-ins within the window, by network as network tells them apart. A name on one network is given
// few, so that its password is not guessed there, and nobody elsewhere is locked out by it. A network is given more, whatever the
// names, because several people may share it. A name is given many from everywhere together: about 10,000 guesses a day
// at a password of 12 characters or more, from 20 networks or more. Who spends these locks the name out for the window; a link
// for a new password opens all the same (an administrator's, or that of "wrapup admin link").
const (
	AttemptWindow   = 15 * time.Minute
	PairAttempts    = 5
	AddressAttempts = 20
	NameAttempts    = 100
)

func ofName(name string) string { return "name:" + Key(limited(name, MaxName)) }

// ofPair begins with the network, which has no space: no name makes it another pair's.
func ofPair(name, address string) string {
	return "pair:" + network(address) + " " + Key(limited(name, MaxName))
}

// SignIn checks a name and password. Errors: fault.Denied "signin.wrong" for every wrong pair, whether the name is known or
// not, and "signin.disabled" for the right pair of a disabled account; fault.Throttled "signin.too-many". Each
// outcome is recorded; an unknown name is not, for people type passwords into that field.
func (s *Service) SignIn(ctx context.Context, name, password, address string) (Person, error) {
	p, err := s.signIn(ctx, name, password, address)
	e := Entry{Person: p.ID, Name: p.Name, Address: address, Action: "sign-in", Result: OK}
	if err != nil {
		e.refuse(err)
	}
	if rerr := s.Record(ctx, e); err == nil {
		err = rerr
	}
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// signIn gives the person also where it refuses a known name, for the record.
func (s *Service) signIn(ctx context.Context, name, password, address string) (Person, error) {
	p, err := s.store.PersonByName(ctx, limited(name, MaxName))
	known := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Person{}, err
	}
	if err := s.slot(ctx); err != nil {
		return p, err
	}
	defer s.free()
	// The attempt counts before it is made, and success takes it back: attempts made at once cannot all pass the count.
	attempt, err := s.attempt(ctx, name, address)
	if err != nil {
		return p, err
	}
	match, err := argon2id.ComparePasswordAndHash(normal(limited(password, MaxPassword+1)), s.hashOf(p))
	switch {
	case err != nil:
		return p, err
	case !match || !known || p.Hash == "":
		return p, fault.New(fault.Denied, "signin.wrong")
	}
	if err := s.store.ForgetAttempt(ctx, attempt); err != nil {
		return p, err
	}
	if err := s.store.ClearAttempts(ctx, ofName(name), ofPair(name, address)); err != nil {
		return p, err
	}
	if p.Disabled {
		return p, fault.New(fault.Denied, "signin.disabled")
	}
	return p, nil
}

func (s *Service) hashOf(p Person) string {
	if p.Hash == "" {
		return s.dummy
	}
	return p.Hash
}

// attempt counts an attempt and gives its id. It refuses where a limit is used up, and says when the last of it is forgotten.
func (s *Service) attempt(ctx context.Context, name, address string) (id string, err error) {
	a := Attempt{ID: newID(), At: s.now(), Limits: []Limit{
		{"address:" + network(address), AddressAttempts}, {ofPair(name, address), PairAttempts}, {ofName(name), NameAttempts},
	}}
	ok, err := s.store.Attempt(ctx, a, a.At.Add(-AttemptWindow))
	if err == nil && !ok {
		err = fault.New(fault.Throttled, "signin.too-many", "Minutes", int(AttemptWindow.Minutes()))
	}
	return a.ID, err
}

// normal is a password as it is hashed: the same keys give the same characters on every keyboard and system.
func normal(password string) string { return norm.NFKC.String(password) }

// network is what tells clients apart: of an IPv6 address the first 64 bits, for a client changes the rest at will.
func network(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return limited(address, maxAddress)
}

const maxAddress = 64

// limited cuts what somebody typed: more than n characters stay more than n, and do not cost what they would.
func limited(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n+1])
}
