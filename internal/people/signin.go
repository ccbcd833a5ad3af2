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

// The limits of failed sign-ins: per name, so that one password cannot be guessed; per address, so that many cannot.
const (
	AttemptWindow   = 15 * time.Minute
	NameAttempts    = 5
	AddressAttempts = 20
)

// SignIn checks a name and password. Errors: fault.Denied "signin.wrong" for every wrong pair, whether the name is known or
// not, and "signin.disabled" for the right pair of a disabled account; fault.Throttled "signin.too-many". Each
// outcome is recorded; an unknown name is not, for people type passwords into that field.
func (s *Service) SignIn(ctx context.Context, name, password, address string) (Person, error) {
	p, err := s.signIn(ctx, name, password, address)
	e := Entry{Person: p.ID, Name: p.Name, Address: address, Action: "sign-in", Result: OK}
	if err != nil {
		e.Result, e.Reason = Refused, fault.From(err).Message.ID
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
	nameKey, addressKey := "name:"+Key(limited(name, MaxName)), "address:"+network(address)
	if err := s.slot(ctx); err != nil {
		return p, err
	}
	defer s.free()
	if err := s.tooMany(ctx, addressKey, AddressAttempts); err != nil {
		return p, err
	}
	if err := s.tooMany(ctx, nameKey, NameAttempts); err != nil {
		return p, err
	}
	// The attempt counts before it is made, and success forgets it: attempts made at once cannot all pass the count.
	if err := s.store.AddAttempt(ctx, nameKey, s.now()); err != nil {
		return p, err
	}
	if err := s.tooMany(ctx, nameKey, NameAttempts+1); err != nil {
		return p, err
	}
	match, err := argon2id.ComparePasswordAndHash(normal(limited(password, MaxPassword+1)), s.hashOf(p))
	switch {
	case err != nil:
		return p, err
	case !match || !known || p.Hash == "":
		if err := s.store.AddAttempt(ctx, addressKey, s.now()); err != nil {
			return p, err
		}
		return p, fault.New(fault.Denied, "signin.wrong")
	}
	if err := s.store.ClearAttempts(ctx, nameKey); err != nil {
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

// tooMany refuses when a key has used up its attempts, and says when the last of them is forgotten.
func (s *Service) tooMany(ctx context.Context, key string, limit int) error {
	n, err := s.store.CountAttempts(ctx, key, s.now().Add(-AttemptWindow))
	if err == nil && n >= limit {
		err = fault.New(fault.Throttled, "signin.too-many", "Minutes", int(AttemptWindow.Minutes()))
	}
	return err
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
