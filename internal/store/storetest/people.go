package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"wrapup/internal/fault"
	"wrapup/internal/people"
)

func person(h harness, id, name string, role people.Role) people.Person {
	return people.Person{ID: id, Name: name, Role: role, Hash: "$argon2id$", Created: micro(h.clock.Now())}
}

func persons(t *testing.T, h harness) {
	ctx := t.Context()
	if all, err := h.People(ctx); err != nil || len(all) > 0 {
		t.Fatalf("people out of nothing: %v, %v", all, err)
	}
	ann, bo := person(h, "p1", "Ann O'Neil 安", people.Admin), person(h, "p2", "bo", people.Viewer)
	must(t, h.SavePerson(ctx, bo))
	must(t, h.SavePerson(ctx, ann))
	for _, name := range []string{"Ann O'Neil 安", "ANN O'NEIL 安", " ann o'neil 安 "} {
		got, err := h.PersonByName(ctx, name)
		if diff := cmp.Diff(ann, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", name, err, diff)
		}
	}
	bo.Role, bo.Disabled, bo.Hash = people.Editor, true, "other"
	must(t, h.SavePerson(ctx, bo))
	all, err := h.People(ctx)
	if diff := cmp.Diff([]people.Person{ann, bo}, all); err != nil || diff != "" {
		t.Errorf("everybody by name: %v\n%s", err, diff)
	}
	refused(t, h.SavePerson(ctx, person(h, "p3", "BO", people.Viewer)), fault.Conflict, "people.name-taken")
	bo.Name = "ANN o'neil 安"
	refused(t, h.SavePerson(ctx, bo), fault.Conflict, "people.name-taken")
	_, err = h.PersonByName(ctx, "' OR 1=1 --\x00")
	refused(t, err, fault.NotFound, "people.unknown")
	_, err = h.PersonByID(ctx, "p3")
	refused(t, err, fault.NotFound, "people.unknown")
	if got, err := h.PersonByID(ctx, "p1"); err != nil || got != ann {
		t.Errorf("by id: %v, %v", got, err)
	}
}

func updatePerson(t *testing.T, h harness) {
	ctx := t.Context()
	for i := range 8 {
		must(t, h.SavePerson(ctx, person(h, fmt.Sprintf("p%d", i), fmt.Sprintf("n%d", i), people.Admin)))
	}
	last := errors.New("the last one")
	demote := func(p people.Person, others []people.Person) (people.Person, error) {
		for _, o := range others {
			if o.Role == people.Admin {
				p.Role = people.Viewer
				return p, nil
			}
		}
		return p, last
	}
	var all sync.WaitGroup
	var kept atomic.Int64
	for i := range 8 {
		all.Go(func() {
			got, err := h.UpdatePerson(ctx, fmt.Sprintf("p%d", i), demote)
			switch {
			case errors.Is(err, last):
				kept.Add(1)
			case err != nil || got.Role != people.Viewer:
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	all.Wait()
	if kept.Load() != 1 {
		t.Errorf("%d people were the last, want 1", kept.Load())
	}
	_, err := h.UpdatePerson(ctx, "nobody", demote)
	refused(t, err, fault.NotFound, "people.unknown")
	_, err = h.UpdatePerson(ctx, "p0", func(p people.Person, _ []people.Person) (people.Person, error) { p.Name = "N1"; return p, nil })
	refused(t, err, fault.Conflict, "people.name-taken")
	_, err = h.UpdatePerson(ctx, "p0", func(p people.Person, _ []people.Person) (people.Person, error) { p.ID = "p1"; return p, nil })
	if err == nil {
		t.Error("one person became another")
	}
}

func links(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	l := people.Link{Purpose: people.Invite, Role: people.Editor, Expires: micro(now.Add(time.Hour))}
	for _, hash := range []string{"a", "b", "c"} {
		must(t, h.CreateLink(ctx, hash, l))
	}
	if err := h.CreateLink(ctx, "a", l); err == nil {
		t.Error("one hash is two links")
	}
	for range 2 {
		got, err := h.Link(ctx, "a", now)
		if diff := cmp.Diff(l, got); err != nil || diff != "" {
			t.Errorf("looked at: %v\n%s", err, diff)
		}
	}
	var all sync.WaitGroup
	var taken atomic.Int64
	for range 8 {
		all.Go(func() {
			got, err := h.TakeLink(ctx, "a", now)
			if err == nil && got == l {
				taken.Add(1)
			} else {
				refused(t, err, fault.NotFound, "signin.link-used")
			}
		})
	}
	all.Wait()
	if taken.Load() != 1 {
		t.Errorf("the link was used %d times", taken.Load())
	}
	gone := func(hash string, at time.Time) {
		t.Helper()
		_, err := h.Link(ctx, hash, at)
		refused(t, err, fault.NotFound, "signin.link-used")
		_, err = h.TakeLink(ctx, hash, at)
		refused(t, err, fault.NotFound, "signin.link-used")
	}
	gone("a", now)
	gone("nothing\x00'", now)
	gone("b", l.Expires)
	if _, err := h.TakeLink(ctx, "b", l.Expires.Add(-time.Microsecond)); err != nil {
		t.Errorf("just before it expires: %v", err)
	}
	must(t, h.DropLinks(ctx, people.FirstAdmin))
	if _, err := h.Link(ctx, "c", now); err != nil {
		t.Errorf("a link of another purpose was dropped: %v", err)
	}
	must(t, h.DropLinks(ctx, people.Invite))
	gone("c", now)
}

// linksEnd checks what ends a link other than its use.
func linksEnd(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	boss, bo := person(h, "boss", "boss", people.Admin), person(h, "bo", "bo", people.Viewer)
	must(t, h.SavePerson(ctx, boss))
	must(t, h.SavePerson(ctx, bo))
	link := func(hash, person, maker string, held time.Duration) {
		t.Helper()
		must(t, h.CreateLink(ctx, hash, people.Link{Purpose: people.Invite, Person: person, Maker: maker, Role: people.Viewer, Expires: now.Add(held)}))
	}
	open := func(want ...string) {
		t.Helper()
		all, err := h.Links(ctx, now)
		must(t, err)
		var got []string
		for _, l := range all {
			got = append(got, l.Hash)
			if peeked, err := h.Link(ctx, l.Hash, now); err != nil || peeked != l.Link {
				t.Errorf("%s is listed as %+v, and is %+v, %v", l.Hash, l.Link, peeked, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("open links (-want +got):\n%s", diff)
		}
	}
	update := func(id string, change func(*people.Person)) {
		t.Helper()
		_, err := h.UpdatePerson(ctx, id, func(p people.Person, _ []people.Person) (people.Person, error) { change(&p); return p, nil })
		must(t, err)
	}
	link("later", "", "boss", 2*time.Hour)
	link("sooner", "", "boss", time.Hour)
	link("ours", "", "", 3*time.Hour)
	link("over", "", "", 0)
	link("old-reset", "bo", "", 4*time.Hour)
	link("reset", "bo", "", 4*time.Hour)
	open("sooner", "later", "ours", "reset")
	for _, hash := range []string{"nothing\x00'", "over", "old-reset"} {
		_, err := h.DropLink(ctx, hash, now)
		refused(t, err, fault.NotFound, "people.link.gone")
	}
	if l, err := h.DropLink(ctx, "sooner", now); err != nil || l.Maker != "boss" {
		t.Errorf("%+v, %v", l, err)
	}
	update("bo", func(p *people.Person) { p.Disabled = true })
	open("later", "ours")
	update("boss", func(p *people.Person) { p.Role = people.Publisher })
	open("ours")
	link("forged", "", "bo", time.Hour)
	_, err := h.Link(ctx, "forged", now)
	refused(t, err, fault.NotFound, "signin.link-used")
	refused(t, h.Join(ctx, "forged", now, person(h, "x", "x", people.Viewer)), fault.NotFound, "signin.link-used")
}

func setPassword(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	bo := person(h, "bo", "bo", people.Viewer)
	must(t, h.SavePerson(ctx, bo))
	link := func(hash string) {
		t.Helper()
		must(t, h.CreateLink(ctx, hash, people.Link{Purpose: people.Invite, Person: "bo", Expires: now.Add(time.Hour)}))
	}
	data, err := scs.GobCodec{}.Encode(now, map[string]any{people.SessionKey: "bo"})
	must(t, err)
	must(t, h.Sessions.CommitCtx(ctx, "token", data, now.Add(time.Hour)))
	link("a")
	bo.Disabled = true
	must(t, h.SavePerson(ctx, bo))
	_, err = h.SetPassword(ctx, "a", now, "new")
	refused(t, err, fault.Denied, "signin.disabled")
	bo.Disabled = false
	must(t, h.SavePerson(ctx, bo))
	if _, found, err := h.Sessions.FindCtx(ctx, "token"); err != nil || !found {
		t.Errorf("a refusal ended the session: %v", err)
	}
	got, err := h.SetPassword(ctx, "a", now, "new")
	bo.Hash = "new"
	if diff := cmp.Diff(bo, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err := h.PersonByID(ctx, "bo"); err != nil || got != bo {
		t.Errorf("kept is %+v, %v", got, err)
	}
	if _, found, err := h.Sessions.FindCtx(ctx, "token"); err != nil || found {
		t.Errorf("the session goes on: %v", err)
	}
	for _, hash := range []string{"a", "nothing"} {
		_, err = h.SetPassword(ctx, hash, now, "newer")
		refused(t, err, fault.NotFound, "signin.link-used")
	}
	must(t, h.CreateLink(ctx, "nobody", people.Link{Purpose: people.Invite, Person: "nobody", Expires: now.Add(time.Hour)}))
	_, err = h.SetPassword(ctx, "nobody", now, "newer")
	refused(t, err, fault.NotFound, "people.unknown")
	if _, err := h.Link(ctx, "nobody", now); err != nil {
		t.Errorf("the link is used without a password being set: %v", err)
	}
}

func join(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	for hash, purpose := range map[string]string{"first": people.FirstAdmin, "second": people.FirstAdmin, "invite": people.Invite} {
		must(t, h.CreateLink(ctx, hash, people.Link{Purpose: purpose, Role: people.Admin, Expires: now.Add(time.Hour)}))
	}
	must(t, h.Join(ctx, "first", now, person(h, "p1", "Ann", people.Admin)))
	refused(t, h.Join(ctx, "first", now, person(h, "p2", "Bo", people.Admin)), fault.NotFound, "signin.link-used")
	refused(t, h.Join(ctx, "second", now, person(h, "p2", "Bo", people.Admin)), fault.Conflict, "signin.not-first")
	refused(t, h.Join(ctx, "invite", now, person(h, "p2", "ANN", people.Admin)), fault.Conflict, "people.name-taken")
	must(t, h.Join(ctx, "invite", now, person(h, "p2", "Bo", people.Viewer)))
	if all, err := h.People(ctx); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

// firstAtOnce: eight people hold links that each make the first administrator, and use them at once.
func firstAtOnce(t *testing.T, h harness) {
	ctx, now := t.Context(), h.clock.Now()
	var all sync.WaitGroup
	for i := range 8 {
		hash := fmt.Sprint(i)
		must(t, h.CreateLink(ctx, hash, people.Link{Purpose: people.FirstAdmin, Role: people.Admin, Expires: now.Add(time.Hour)}))
		all.Go(func() {
			if err := h.Join(ctx, hash, now, person(h, hash, hash, people.Admin)); err != nil {
				refused(t, err, fault.Conflict, "signin.not-first")
			}
		})
	}
	all.Wait()
	if all, err := h.People(ctx); err != nil || len(all) != 1 {
		t.Errorf("%d people were the first, %v", len(all), err)
	}
	for i := range 8 {
		all.Go(func() {
			if err := h.CreateLink(ctx, fmt.Sprintf("reset-%d", i), people.Link{Purpose: people.Invite, Person: "p1", Expires: now.Add(time.Hour)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if open, err := h.Links(ctx, now); err != nil || len(open) != 1 {
		t.Errorf("%d links of one person are open, %v", len(open), err)
	}
}

func attempts(t *testing.T, h harness) {
	ctx, at := t.Context(), micro(h.clock.Now())
	attempt := func(want bool, id string, at time.Time, limits ...people.Limit) {
		t.Helper()
		ok, err := h.Attempt(ctx, people.Attempt{ID: id, At: at, Limits: limits}, at.Add(-time.Hour))
		if err != nil || ok != want {
			t.Errorf("attempt %s is %t, %v; want %t", id, ok, err, want)
		}
	}
	name := func(most int) people.Limit { return people.Limit{Key: "name:ann\x00'", Most: most} }
	address := func(most int) people.Limit { return people.Limit{Key: "address:1", Most: most} }
	attempt(true, "a", at, name(2), address(3))
	attempt(true, "b", at, name(2), address(3))
	attempt(false, "c", at, address(3), name(2))
	attempt(true, "d", at, address(3)) // c was not counted anywhere
	attempt(false, "e", at, address(3))
	attempt(true, "f", at, people.Limit{Key: "address:2", Most: 1})
	must(t, h.ForgetAttempt(ctx, "a"))
	attempt(true, "g", at, name(2), address(3))
	attempt(false, "h", at, name(2))
	must(t, h.ClearAttempts(ctx, "name:ann\x00'", "name:nobody"))
	attempt(true, "i", at, name(1))
	attempt(false, "j", at, address(3))
	attempt(false, "k", at.Add(time.Hour-time.Microsecond), address(3))
	attempt(true, "l", at.Add(time.Hour), address(1))

	var all sync.WaitGroup
	var passed atomic.Int64
	for i := range 20 {
		all.Go(func() {
			ok, err := h.Attempt(ctx, people.Attempt{ID: fmt.Sprint(i), At: at, Limits: []people.Limit{{Key: "rush", Most: 7}}}, at.Add(-time.Hour))
			if err != nil {
				t.Error(err)
			}
			if ok {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if passed.Load() != 7 {
		t.Errorf("%d of those at once passed, want 7", passed.Load())
	}
}

func record(t *testing.T, h harness) {
	ctx := t.Context()
	want := people.Entry{
		At: micro(h.clock.Now()), Person: "p1", Name: "Ann <b>'\"", Address: "192.0.2.1", Action: "sign-in", Subject: "客戶", Reason: "🙂\n", Result: "ok",
	}
	for range 5 {
		must(t, h.Record(ctx, want))
	}
	page, err := h.Entries(ctx, 0, 3)
	must(t, err)
	if len(page) != 3 {
		t.Fatalf("%d entries, want 3", len(page))
	}
	want.ID = page[0].ID
	if diff := cmp.Diff(want, page[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rest, err := h.Entries(ctx, page[2].ID, 0)
	must(t, err)
	last := page[0].ID + 1
	for _, e := range append(page, rest...) {
		if e.ID >= last {
			t.Errorf("entry %d comes after %d", e.ID, last)
		}
		last = e.ID
	}
	if len(rest) != 2 {
		t.Errorf("%d entries before the page, want 2", len(rest))
	}
}
