package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"wrapup/internal/fault"
)

// LinkTime is how long a link holds where its maker does not say.
const LinkTime = 24 * time.Hour

// demoName is the account that practice mode signs in.
const demoName = "demo"

// NewLink makes a one-time link and returns its token (shown once). Expires is in LinkTime where it is zero. A FirstAdmin
// link is always for an Admin, replaces every earlier one, and is fault.Conflict "signin.not-first" where an
// account exists. A Demo link without a Person signs in the account "demo", made with its Role (Admin where empty).
func (s *Service) NewLink(ctx context.Context, l Link) (token string, err error) {
	if l.Expires.IsZero() {
		l.Expires = s.now().Add(LinkTime)
	}
	switch l.Purpose {
	case FirstAdmin:
		l.Role, l.Person = Admin, ""
		if err := s.first(ctx); err != nil {
			return "", err
		}
	case Demo:
		if l.Role == "" {
			l.Role = Admin
		}
	case Invite:
	default:
		return "", fmt.Errorf("a link for %q is not known", l.Purpose)
	}
	if l.Person == "" && !l.Role.Known() {
		return "", fault.New(fault.Invalid, "people.role.unknown")
	}
	token = rand.Text()
	return token, s.store.CreateLink(ctx, hashOfToken(token), l)
}

// first makes way for the only link that makes the first account.
func (s *Service) first(ctx context.Context) error {
	empty, err := s.Empty(ctx)
	if err == nil && !empty {
		err = fault.New(fault.Conflict, "signin.not-first")
	}
	if err != nil {
		return err
	}
	return s.store.DropLinks(ctx, FirstAdmin)
}

func hashOfToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Peek says what a link is for without using it: fault.NotFound "signin.link-used" for one that is used, expired or unknown.
func (s *Service) Peek(ctx context.Context, token string) (Link, error) {
	return s.store.Link(ctx, hashOfToken(token), s.now())
}

// Redeem uses a link. For FirstAdmin and Invite name and password make the account; for an Invite with a Person the password
// becomes that account's; for Demo both are ignored. The link is used up only when the person is signed in: a name or
// password that is refused (fault.Invalid "people.name.*", "people.password.*", fault.Conflict "people.name-taken")
// leaves it as it was. Other errors: fault.NotFound "signin.link-used", fault.Conflict "signin.not-first", fault.Denied
// "signin.disabled". Uses and refusals are recorded.
func (s *Service) Redeem(ctx context.Context, token, name, password, address string) (Person, error) {
	hash := hashOfToken(token)
	l, err := s.store.Link(ctx, hash, s.now())
	var p Person
	switch {
	case err != nil:
	case l.Purpose == Demo:
		p, err = s.redeemDemo(ctx, hash, l)
	case l.Person != "":
		p, err = s.redeemPassword(ctx, hash, l, password, address)
	default:
		p, err = s.join(ctx, hash, l, name, password)
	}
	e := Entry{Person: p.ID, Name: p.Name, Address: address, Action: "link", Subject: l.Purpose, Result: OK}
	if err != nil {
		e.refuse(err)
	}
	if k := fault.From(err); err == nil || k.Kind != fault.Invalid && k.Message.ID != "people.name-taken" {
		err = errors.Join(err, s.Record(ctx, e))
	}
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// join makes an account.
func (s *Service) join(ctx context.Context, hash string, l Link, name, password string) (Person, error) {
	name, err := CheckName(name)
	if err != nil {
		return Person{}, err
	}
	if err := CheckPassword(name, password); err != nil {
		return Person{}, err
	}
	// Asked again by Join; here only so that the answer costs no hash.
	if _, err := s.store.PersonByName(ctx, name); err == nil {
		return Person{}, fault.New(fault.Conflict, "people.name-taken", "Name", name)
	} else if !fault.Is(err, fault.NotFound) {
		return Person{}, err
	}
	p := Person{ID: newID(), Name: name, Role: l.Role, Created: s.now()}
	if p.Hash, err = s.hash(ctx, password); err != nil {
		return Person{}, err
	}
	if err := s.store.Join(ctx, hash, s.now(), p); err != nil {
		return Person{}, err
	}
	return p, nil
}

// redeemPassword sets a new password for the account that the link names, and ends what was signed in with the old one.
func (s *Service) redeemPassword(ctx context.Context, hash string, l Link, password, address string) (Person, error) {
	p, err := s.Person(ctx, l.Person)
	if err != nil {
		return p, err
	}
	if err := CheckPassword(p.Name, password); err != nil {
		return p, err
	}
	h, err := s.hash(ctx, password)
	if err != nil {
		return p, err
	}
	set, err := s.store.SetPassword(ctx, hash, s.now(), h)
	if err != nil {
		return p, err
	}
	return set, s.store.ClearAttempts(ctx, ofName(set.Name), ofPair(set.Name, address))
}

func (s *Service) redeemDemo(ctx context.Context, hash string, l Link) (Person, error) {
	if _, err := s.store.TakeLink(ctx, hash, s.now()); err != nil {
		return Person{}, err
	}
	if l.Person != "" {
		return s.Person(ctx, l.Person)
	}
	p, err := s.store.PersonByName(ctx, demoName)
	if fault.Is(err, fault.NotFound) {
		p = Person{ID: newID(), Name: demoName, Role: l.Role, Created: s.now()}
		err = s.store.SavePerson(ctx, p)
	}
	if err == nil && p.Disabled {
		err = fault.New(fault.Denied, "signin.disabled")
	}
	return p, err
}
