package people_test

import (
	"strings"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/people"
)

func TestTheFirstLinkMakesTheFirstAdministratorOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	if empty, err := d.Empty(ctx); err != nil || !empty {
		t.Fatalf("%t, %v", empty, err)
	}
	old, err := d.NewLink(ctx, people.Link{Purpose: people.FirstAdmin})
	must(t, err)
	token, err := d.NewLink(ctx, people.Link{Purpose: people.FirstAdmin, Role: people.Viewer})
	must(t, err)
	_, err = d.Redeem(ctx, old, "Eve", password, "")
	refused(t, err, fault.NotFound, "signin.link-used")
	l, err := d.Peek(ctx, token)
	if err != nil || l.Purpose != people.FirstAdmin || l.Role != people.Admin || !l.Expires.Equal(d.now().Add(people.LinkTime)) {
		t.Errorf("the link is %+v, %v", l, err)
	}
	p, err := d.Redeem(ctx, token, " Ann ", password, "192.0.2.1")
	if err != nil || p.Role != people.Admin || p.Name != "Ann" || p.ID == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	d.last(t, "Ann link first-admin  ok")
	_, err = d.Redeem(ctx, token, "Bo", password, "")
	refused(t, err, fault.NotFound, "signin.link-used")
	d.last(t, " link  signin.link-used refused")
	_, err = d.NewLink(ctx, people.Link{Purpose: people.FirstAdmin})
	refused(t, err, fault.Conflict, "signin.not-first")
	if empty, err := d.Empty(ctx); err != nil || empty {
		t.Errorf("%t, %v", empty, err)
	}
}

func TestAFirstLinkIsWorthNothingOnceThereIsAnAccount(t *testing.T) {
	t.Parallel()
	d := open(t)
	token, err := d.NewLink(t.Context(), people.Link{Purpose: people.FirstAdmin})
	must(t, err)
	d.member(t, "Ann", people.Viewer)
	_, err = d.Redeem(t.Context(), token, "Eve", password, "")
	refused(t, err, fault.Conflict, "signin.not-first")
	d.last(t, " link first-admin signin.not-first refused")
}

func TestARefusedNameOrPasswordLeavesTheLink(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	d.member(t, "Ann", people.Viewer)
	token, err := d.NewLink(ctx, people.Link{Purpose: people.Invite, Role: people.Editor})
	must(t, err)
	_, err = d.Redeem(ctx, token, "", password, "")
	refused(t, err, fault.Invalid, "people.name.empty")
	_, err = d.Redeem(ctx, token, "Bo", "short", "")
	refused(t, err, fault.Invalid, "people.password.short")
	_, err = d.Redeem(ctx, token, "ANN", password, "")
	refused(t, err, fault.Conflict, "people.name-taken")
	p, err := d.Redeem(ctx, token, "Bo", password, "")
	if err != nil || p.Role != people.Editor {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestALinkHoldsUntilItExpires(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	token, err := d.NewLink(ctx, people.Link{Purpose: people.Invite, Role: people.Viewer, Expires: d.now().Add(time.Hour)})
	must(t, err)
	d.wait(time.Hour - time.Second)
	if _, err := d.Peek(ctx, token); err != nil {
		t.Error(err)
	}
	d.wait(time.Second)
	_, err = d.Peek(ctx, token)
	refused(t, err, fault.NotFound, "signin.link-used")
	_, err = d.Redeem(ctx, token, "Ann", password, "")
	refused(t, err, fault.NotFound, "signin.link-used")
	for _, wrong := range []string{"", token + "x", strings.ToLower(token), "' OR 1=1 --\x00"} {
		_, err = d.Peek(ctx, wrong)
		refused(t, err, fault.NotFound, "signin.link-used")
	}
}

func TestOnlyTheHashOfATokenIsKept(t *testing.T) {
	t.Parallel()
	d := open(t)
	token, err := d.NewLink(t.Context(), people.Link{Purpose: people.Invite, Role: people.Viewer})
	must(t, err)
	if len(token) < 26 {
		t.Errorf("the token %q can be guessed", token)
	}
	_, err = d.store.Link(t.Context(), token, d.now())
	refused(t, err, fault.NotFound, "signin.link-used")
}

func TestTheDemoLinkSignsInOnceAndNeedsNoPassword(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx := t.Context()
	var ids []string
	for range 2 {
		token, err := d.NewLink(ctx, people.Link{Purpose: people.Demo, Role: people.Admin})
		must(t, err)
		p, err := d.Redeem(ctx, token, "ignored", "", "127.0.0.1")
		if err != nil || p.Role != people.Admin {
			t.Fatalf("%+v, %v", p, err)
		}
		ids = append(ids, p.ID)
		_, err = d.Redeem(ctx, token, "", "", "")
		refused(t, err, fault.NotFound, "signin.link-used")
	}
	if ids[0] != ids[1] {
		t.Errorf("two accounts: %v", ids)
	}
	bo := d.member(t, "Bo", people.Viewer)
	token, err := d.NewLink(ctx, people.Link{Purpose: people.Demo, Person: bo.ID})
	must(t, err)
	if p, err := d.Redeem(ctx, token, "", "", ""); err != nil || p.ID != bo.ID || p.Role != people.Viewer {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestLinksWithoutSenseAreNotMade(t *testing.T) {
	t.Parallel()
	d := open(t)
	_, err := d.NewLink(t.Context(), people.Link{Purpose: people.Invite})
	refused(t, err, fault.Invalid, "people.role.unknown")
	_, err = d.NewLink(t.Context(), people.Link{Purpose: people.Invite, Role: "root"})
	refused(t, err, fault.Invalid, "people.role.unknown")
	if _, err = d.NewLink(t.Context(), people.Link{Purpose: "other", Role: people.Viewer}); err == nil {
		t.Error("a link of another purpose was made")
	}
}

func TestALinkEndsWithItsMakersRightToMakeIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(d desk, by people.By, bo string) error{
		"closed":  func(d desk, by people.By, bo string) error { return d.SetDisabled(t.Context(), by, bo, true) },
		"demoted": func(d desk, by people.By, bo string) error { return d.SetRole(t.Context(), by, bo, people.Publisher) },
	} {
		t.Run("the maker is "+name, func(t *testing.T) {
			t.Parallel()
			d, ctx := open(t), t.Context()
			ann, bo, cy := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Admin), d.member(t, "Cy", people.Viewer)
			token, err := d.Invite(ctx, people.By{Person: bo}, people.Admin)
			must(t, err)
			reset, err := d.NewPassword(ctx, people.By{Person: bo}, cy.ID)
			must(t, err)
			kept, err := d.Invite(ctx, people.By{Person: ann}, people.Viewer)
			must(t, err)
			must(t, end(d, people.By{Person: ann}, bo.ID))
			back := func() {
				must(t, d.SetDisabled(ctx, people.By{Person: ann}, bo.ID, false))
				must(t, d.SetRole(ctx, people.By{Person: ann}, bo.ID, people.Admin))
			}
			for range 2 { // also once the maker is an administrator again
				_, err = d.Peek(ctx, token)
				refused(t, err, fault.NotFound, "signin.link-used")
				_, err = d.Redeem(ctx, token, "Eve", password, "")
				refused(t, err, fault.NotFound, "signin.link-used")
				_, err = d.Redeem(ctx, reset, "", password, "")
				refused(t, err, fault.NotFound, "signin.link-used")
				back()
			}
			if _, err := d.Redeem(ctx, kept, "Di", password, ""); err != nil {
				t.Errorf("somebody else's link: %v", err)
			}
		})
	}
}

func TestOnlyTheNewestLinkSetsAPasswordAndOnlyOnce(t *testing.T) {
	t.Parallel()
	d, ctx := open(t), t.Context()
	ann, bo, cy := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Viewer), d.member(t, "Cy", people.Viewer)
	by := people.By{Person: ann}
	older, err := d.NewPassword(ctx, by, bo.ID)
	must(t, err)
	others, err := d.NewPassword(ctx, by, cy.ID)
	must(t, err)
	newer, err := d.NewPassword(ctx, by, bo.ID)
	must(t, err)
	used := func(token string) {
		t.Helper()
		_, err := d.Redeem(ctx, token, "", "battery horse correct", "")
		refused(t, err, fault.NotFound, "signin.link-used")
	}
	used(older)
	if _, err := d.Redeem(ctx, newer, "", "another good phrase", ""); err != nil {
		t.Fatal(err)
	}
	used(older)
	used(newer)
	if _, err := d.SignIn(ctx, "Bo", "another good phrase", ""); err != nil {
		t.Error(err)
	}
	if _, err := d.Redeem(ctx, others, "", "another good phrase", ""); err != nil {
		t.Errorf("another person's link: %v", err)
	}
}
