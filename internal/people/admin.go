package people

import (
	"context"
	"slices"

	"wrapup/internal/fault"
)

// By is who manages people, and from where. What they may do is looked up anew each time.
type By struct {
	Person  Person
	Address string
}

// People lists the accounts by name.
func (s *Service) People(ctx context.Context) ([]Person, error) { return s.store.People(ctx) }

// Invite makes a link with which somebody makes an account of the role. Errors of all that follows: fault.Denied
// "people.not-admin"; each outcome is recorded.
func (s *Service) Invite(ctx context.Context, by By, role Role) (token string, err error) {
	err = s.admin(ctx, by)
	if err == nil {
		token, err = s.NewLink(ctx, Link{Purpose: Invite, Role: role, Maker: by.Person.ID})
	}
	return only(token, s.did(ctx, by, "people.invite", "", string(role), err))
}

// NewPassword makes a link with which the person sets a new password; the old one holds until then. The newest link holds.
func (s *Service) NewPassword(ctx context.Context, by By, id string) (token string, err error) {
	err = s.admin(ctx, by)
	if err == nil {
		_, err = s.Person(ctx, id)
	}
	if err == nil {
		token, err = s.NewLink(ctx, Link{Purpose: Invite, Person: id, Maker: by.Person.ID})
	}
	return only(token, s.did(ctx, by, "people.new-password", id, "", err))
}

// LetIn is for whoever runs the server, who needs no account: a link with which the named person sets a new password, and
// who that is; where there is no account at all, a FirstAdmin link and nobody. Errors: fault.NotFound "people.unknown",
// fault.Denied "signin.disabled". It is recorded, with the reason "command-line".
func (s *Service) LetIn(ctx context.Context, name string) (token string, who Person, err error) {
	e := Entry{Action: "people.new-password", Reason: "command-line", Result: OK}
	l := Link{Purpose: Invite}
	empty, err := s.Empty(ctx)
	switch {
	case err != nil:
	case empty:
		l.Purpose, e.Action = FirstAdmin, "people.invite"
	default:
		if who, err = s.store.PersonByName(ctx, limited(name, MaxName)); err == nil && who.Disabled {
			err = fault.New(fault.Denied, "signin.disabled")
		}
		l.Person, e.Subject = who.ID, who.ID
	}
	if err == nil {
		token, err = s.NewLink(ctx, l)
	}
	if err != nil { // the reason says already who asked
		why := fault.From(err).Message
		e.Result, e.Args = why.ID, why.Args
	}
	if rerr := s.Record(ctx, e); err == nil {
		err = rerr
	}
	if err != nil {
		return "", Person{}, err
	}
	return token, who, nil
}

// only gives the token where nothing went wrong, its record included.
func only(token string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return token, nil
}

// Links lists the invitations and password links that are open, the next to expire first.
func (s *Service) Links(ctx context.Context) ([]OpenLink, error) { return s.store.Links(ctx, s.now()) }

// Revoke ends one of Links. fault.NotFound "people.link.gone": it was not open any more, for it may have been used.
func (s *Service) Revoke(ctx context.Context, by By, hash string) error {
	var l Link
	err := s.admin(ctx, by)
	if err == nil {
		l, err = s.store.DropLink(ctx, hash, s.now())
	}
	return s.did(ctx, by, "people.revoke", l.Person, string(l.Role), err)
}

// SetRole gives the person another role; it holds from their next request on. The last admin stays one: fault.Conflict
// "people.last-admin". Links that the person made end with their right to make them.
func (s *Service) SetRole(ctx context.Context, by By, id string, role Role) error {
	err := s.update(ctx, by, id, func(p *Person) error {
		if !role.Known() {
			return fault.New(fault.Invalid, "people.role.unknown")
		}
		p.Role = role
		return nil
	})
	return s.did(ctx, by, "people.role", id, string(role), err)
}

// SetDisabled closes the account or opens it again. Closing ends its sessions and links. The last admin's stays open:
// fault.Conflict "people.last-admin".
func (s *Service) SetDisabled(ctx context.Context, by By, id string, disabled bool) error {
	err := s.update(ctx, by, id, func(p *Person) error { p.Disabled = disabled; return nil })
	action := "people.enable"
	if disabled {
		action = "people.disable"
		if err == nil {
			err = s.store.EndSessions(ctx, id)
		}
	}
	return s.did(ctx, by, action, id, "", err)
}

// EndSessions signs the person out everywhere.
func (s *Service) EndSessions(ctx context.Context, by By, id string) error {
	err := s.admin(ctx, by)
	if err == nil {
		err = s.store.EndSessions(ctx, id)
	}
	return s.did(ctx, by, "people.end-sessions", id, "", err)
}

// admin says whether by may manage people now.
func (s *Service) admin(ctx context.Context, by By) error {
	p, err := s.store.PersonByID(ctx, by.Person.ID)
	if fault.Is(err, fault.NotFound) || err == nil && !p.May(ManagePeople) {
		return fault.New(fault.Denied, "people.not-admin")
	}
	return err
}

func mayManage(p Person) bool { return p.May(ManagePeople) }

// update changes a person while nobody else changes anyone: two admins cannot demote each other at once.
func (s *Service) update(ctx context.Context, by By, id string, change func(*Person) error) error {
	_, err := s.store.UpdatePerson(ctx, id, func(p Person, others []Person) (Person, error) {
		isBy := func(q Person) bool { return q.ID == by.Person.ID && mayManage(q) }
		if !isBy(p) && !slices.ContainsFunc(others, isBy) {
			return p, fault.New(fault.Denied, "people.not-admin")
		}
		if err := change(&p); err != nil {
			return p, err
		}
		if !mayManage(p) && !slices.ContainsFunc(others, mayManage) {
			return p, fault.New(fault.Conflict, "people.last-admin")
		}
		return p, nil
	})
	return err
}

// did records what an admin did or was refused. The record's own error counts too: what is not recorded is not done well.
func (s *Service) did(ctx context.Context, by By, action, subject, reason string, err error) error {
	e := Entry{
		Person: by.Person.ID, Name: by.Person.Name, Address: by.Address,
		Action: action, Subject: subject, Reason: reason, Result: OK,
	}
	if err != nil {
		e.refuse(err)
	}
	if rerr := s.Record(ctx, e); err == nil {
		err = rerr
	}
	return err
}
