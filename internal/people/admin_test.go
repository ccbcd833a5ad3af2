package people_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"wrapup/internal/fault"
	"wrapup/internal/people"
)

func TestOnlyAnAdministratorManagesPeople(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	ann, bo := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Publisher)
	cy := d.member(t, "Cy", people.Admin)
	must(t, d.SetDisabled(ctx, people.By{Person: ann}, cy.ID, true))
	forged := bo
	forged.Role = people.Admin
	for name, p := range map[string]people.Person{"a publisher": bo, "a forged role": forged, "a closed account": cy, "nobody": {Role: people.Admin}} {
		by := people.By{Person: p, Address: "192.0.2.1"}
		_, invited := d.Invite(ctx, by, people.Viewer)
		_, password := d.NewPassword(ctx, by, ann.ID)
		for _, err := range []error{
			invited, password, d.Revoke(ctx, by, "any"), d.SetRole(ctx, by, bo.ID, people.Admin), d.SetDisabled(ctx, by, ann.ID, true), d.EndSessions(ctx, by, ann.ID),
		} {
			if !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %v", name, err)
			}
			refused(t, err, fault.Denied, "people.not-admin")
		}
	}
	entries, err := d.Entries(ctx, 0, 20)
	must(t, err)
	for _, e := range entries {
		if e.Result != people.Refused || e.Reason != "people.not-admin" || e.Address != "192.0.2.1" {
			t.Errorf("the record has %+v", e)
		}
	}
}

func TestAnInvitationGivesItsRole(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	by := people.By{Person: d.member(t, "Ann", people.Admin)}
	token, err := d.Invite(ctx, by, people.Publisher)
	must(t, err)
	d.last(t, "Ann people.invite  publisher ok")
	p, err := d.Redeem(ctx, token, "Bo", password, "")
	if err != nil || p.Role != people.Publisher {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = d.Invite(ctx, by, "root")
	refused(t, err, fault.Invalid, "people.role.unknown")
	all, err := d.People(ctx)
	if err != nil || len(all) != 2 || all[0].Name != "Ann" || all[1].Name != "Bo" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	ann, bo := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Publisher)
	by := people.By{Person: ann}
	refused(t, d.SetRole(ctx, by, ann.ID, people.Publisher), fault.Conflict, "people.last-admin")
	refused(t, d.SetDisabled(ctx, by, ann.ID, true), fault.Conflict, "people.last-admin")
	d.last(t, "Ann people.disable "+ann.ID+" people.last-admin refused")
	must(t, d.SetRole(ctx, by, bo.ID, people.Admin))
	d.last(t, "Ann people.role "+bo.ID+" admin ok")
	must(t, d.SetDisabled(ctx, by, bo.ID, true))
	refused(t, d.SetRole(ctx, by, ann.ID, people.Viewer), fault.Conflict, "people.last-admin")
	must(t, d.SetDisabled(ctx, by, bo.ID, false))
	must(t, d.SetRole(ctx, by, ann.ID, people.Viewer))
	if p, err := d.Person(ctx, ann.ID); err != nil || p.Role != people.Viewer {
		t.Errorf("%+v, %v", p, err)
	}
	refused(t, d.SetRole(ctx, people.By{Person: bo}, "nobody", people.Viewer), fault.NotFound, "people.unknown")
	refused(t, d.SetRole(ctx, people.By{Person: bo}, ann.ID, "root"), fault.Invalid, "people.role.unknown")
}

func TestTwoAdministratorsCannotDemoteEachOtherAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann, bo := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Admin)
	var both sync.WaitGroup
	for _, k := range [][2]people.Person{{ann, bo}, {bo, ann}} {
		both.Go(func() { _ = d.SetRole(t.Context(), people.By{Person: k[0]}, k[1].ID, people.Viewer) })
	}
	both.Wait()
	all, err := d.People(t.Context())
	must(t, err)
	admins := 0
	for _, p := range all {
		if p.Role == people.Admin {
			admins++
		}
	}
	if admins != 1 {
		t.Errorf("%d administrators are left", admins)
	}
}

func TestSessionsEndWithTheAccountAndOnDemand(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	ann, bo := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Viewer)
	by := people.By{Person: ann}
	open := func() int {
		t.Helper()
		all, err := d.store.Sessions().AllCtx(ctx)
		must(t, err)
		return len(all)
	}
	begin := func() {
		t.Helper()
		for _, p := range []people.Person{ann, bo} {
			b, err := scs.GobCodec{}.Encode(d.now(), map[string]any{people.SessionKey: p.ID})
			must(t, err)
			must(t, d.store.Sessions().CommitCtx(ctx, p.ID, b, d.now().Add(time.Hour)))
		}
		if n := open(); n != 2 {
			t.Fatalf("%d sessions", n)
		}
	}
	begin()
	must(t, d.EndSessions(ctx, by, bo.ID))
	if n := open(); n != 1 {
		t.Errorf("%d sessions are left on demand", n)
	}
	begin()
	must(t, d.SetDisabled(ctx, by, bo.ID, true))
	if n := open(); n != 1 {
		t.Errorf("%d sessions are left with the account closed", n)
	}
	must(t, d.SetDisabled(ctx, by, bo.ID, false))
	begin()
	token, err := d.NewPassword(ctx, by, bo.ID)
	must(t, err)
	if n := open(); n != 2 {
		t.Errorf("%d sessions before the password is changed", n)
	}
	const other = "battery horse correct"
	_, err = d.Redeem(ctx, token, "ignored", "short", "")
	refused(t, err, fault.Invalid, "people.password.short")
	p, err := d.Redeem(ctx, token, "ignored", other, "")
	if err != nil || p.ID != bo.ID || p.Name != "Bo" || open() != 1 {
		t.Errorf("%+v, %v; %d sessions", p, err, open())
	}
	_, err = d.SignIn(ctx, "Bo", password, "")
	refused(t, err, fault.Denied, "signin.wrong")
	if _, err := d.SignIn(ctx, "Bo", other, ""); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestANewPasswordIsNotForAClosedOrUnknownAccount(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	ann, bo := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Viewer)
	by := people.By{Person: ann}
	token, err := d.NewPassword(ctx, by, bo.ID)
	must(t, err)
	must(t, d.SetDisabled(ctx, by, bo.ID, true))
	_, err = d.Redeem(ctx, token, "", "battery horse correct", "")
	refused(t, err, fault.NotFound, "signin.link-used")
	_, err = d.NewPassword(ctx, by, bo.ID)
	refused(t, err, fault.Denied, "signin.disabled")
	_, err = d.NewPassword(ctx, by, "nobody")
	refused(t, err, fault.NotFound, "people.unknown")
	must(t, d.SetDisabled(ctx, by, bo.ID, false))
	_, err = d.Peek(ctx, token)
	refused(t, err, fault.NotFound, "signin.link-used")
}

func TestOpenLinksAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	d, ctx := open(t), t.Context()
	ann, bo := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Viewer)
	by := people.By{Person: ann}
	invited, err := d.Invite(ctx, by, people.Editor)
	must(t, err)
	d.wait(time.Hour)
	reset, err := d.NewPassword(ctx, by, bo.ID)
	must(t, err)
	open := func(want ...people.Link) []people.OpenLink {
		t.Helper()
		all, err := d.Links(ctx)
		must(t, err)
		var got []people.Link
		for _, l := range all {
			got = append(got, l.Link)
		}
		if !slices.Equal(got, want) {
			t.Errorf("open are %+v, want %+v", got, want)
		}
		return all
	}
	first := people.Link{Purpose: people.Invite, Role: people.Editor, Maker: ann.ID, Expires: d.now().Add(people.LinkTime - time.Hour)}
	second := people.Link{Purpose: people.Invite, Person: bo.ID, Maker: ann.ID, Expires: d.now().Add(people.LinkTime)}
	all := open(first, second)
	must(t, d.Revoke(ctx, by, all[0].Hash))
	d.last(t, "Ann people.revoke  editor ok")
	_, err = d.Redeem(ctx, invited, "Eve", password, "")
	refused(t, err, fault.NotFound, "signin.link-used")
	open(second)
	refused(t, d.Revoke(ctx, by, all[0].Hash), fault.NotFound, "people.link.gone")
	d.last(t, "Ann people.revoke  people.link.gone refused")
	_, err = d.Redeem(ctx, reset, "", password, "")
	must(t, err)
	open()
	refused(t, d.Revoke(ctx, by, all[1].Hash), fault.NotFound, "people.link.gone")
	_, err = d.Invite(ctx, by, people.Viewer)
	must(t, err)
	d.wait(people.LinkTime)
	open()
}
