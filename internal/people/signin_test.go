package people_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/people"
)

func TestTheRightPairSignsInHoweverTheNameIsWritten(t *testing.T) {
	t.Parallel()
	d := open(t)
	want := d.member(t, "Ann Lee", people.Editor)
	for _, name := range []string{"Ann Lee", "ANN LEE", " ann lee "} {
		got, err := d.SignIn(t.Context(), name, password, "192.0.2.1")
		if err != nil || got.ID != want.ID || got.Role != people.Editor {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	d.last(t, "Ann Lee sign-in   ok")
}

func TestEveryWrongPairIsRefusedInTheSameWords(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.member(t, "Ann", people.Viewer)
	token, err := d.NewLink(t.Context(), people.Link{Purpose: people.Demo})
	must(t, err)
	_, err = d.Redeem(t.Context(), token, "", "", "")
	must(t, err)
	long := string(make([]byte, 1<<20))
	for i, pair := range [][2]string{
		{"Ann", ""}, {"Ann", password + " "}, {"Ann", "Correct horse battery"}, {"Ann", long},
		{"Nobody", password}, {"", ""}, {"' OR 1=1 --\x00", password}, {long, long}, {"demo", ""}, {"demo", password},
	} {
		_, err := d.SignIn(t.Context(), pair[0], pair[1], fmt.Sprintf("192.0.2.%d", i))
		refused(t, err, fault.Denied, "signin.wrong")
	}
	d.last(t, "demo sign-in  signin.wrong refused", "demo sign-in  signin.wrong refused", " sign-in  signin.wrong refused")
}

func TestADisabledAccountIsToldSoOnlyForItsPassword(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann, bo := d.member(t, "Ann", people.Admin), d.member(t, "Bo", people.Viewer)
	must(t, d.SetDisabled(t.Context(), people.By{Person: ann}, bo.ID, true))
	_, err := d.SignIn(t.Context(), "Bo", "wrong", "")
	refused(t, err, fault.Denied, "signin.wrong")
	_, err = d.SignIn(t.Context(), "Bo", password, "")
	refused(t, err, fault.Denied, "signin.disabled")
	d.last(t, "Bo sign-in  signin.disabled refused")
	_, err = d.Person(t.Context(), bo.ID)
	refused(t, err, fault.Denied, "signin.disabled")
	must(t, d.SetDisabled(t.Context(), people.By{Person: ann}, bo.ID, false))
	if _, err := d.SignIn(t.Context(), "Bo", password, ""); err != nil {
		t.Errorf("open again: %v", err)
	}
}

func (d desk) wrong(t *testing.T, n int, name, from string) {
	t.Helper()
	for range n {
		_, err := d.SignIn(t.Context(), name, "wrong", from)
		refused(t, err, fault.Denied, "signin.wrong")
	}
}

func TestANameIsGivenFiveAttemptsFromANetworkPerQuarterHour(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Ann", "Nobody"} {
		d := open(t)
		d.member(t, "Ann", people.Viewer)
		d.wrong(t, people.PairAttempts, name, "192.0.2.1")
		_, err := d.SignIn(t.Context(), name, password, "192.0.2.1")
		refused(t, err, fault.Throttled, "signin.too-many")
		d.wait(people.AttemptWindow - time.Second)
		_, err = d.SignIn(t.Context(), name, password, "192.0.2.1")
		refused(t, err, fault.Throttled, "signin.too-many")
		if name != "Ann" {
			continue
		}
		d.last(t, "Ann sign-in  signin.too-many refused")
		d.wait(time.Second)
		if _, err = d.SignIn(t.Context(), "ANN", password, "192.0.2.1"); err != nil {
			t.Errorf("after the window: %v", err)
		}
	}
}

func TestNobodyLocksAnotherPersonOutFromOneNetwork(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.member(t, "Ann", people.Admin)
	for range 3 {
		d.wrong(t, people.PairAttempts, "Ann", "192.0.2.1")
		_, err := d.SignIn(t.Context(), "Ann", "wrong", "192.0.2.1")
		refused(t, err, fault.Throttled, "signin.too-many")
		if _, err := d.SignIn(t.Context(), "Ann", password, "198.51.100.1"); err != nil {
			t.Fatalf("from her own network: %v", err)
		}
		_, err = d.SignIn(t.Context(), "Ann", password, "192.0.2.1")
		refused(t, err, fault.Throttled, "signin.too-many") // her success is not theirs
		d.wait(people.AttemptWindow)
	}
}

func TestANameIsGivenAHundredAttemptsFromEverywhere(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.member(t, "Ann", people.Admin)
	for i := range people.NameAttempts {
		_, err := d.SignIn(t.Context(), "Ann", "wrong", fmt.Sprintf("192.0.2.%d", i))
		refused(t, err, fault.Denied, "signin.wrong")
	}
	_, err := d.SignIn(t.Context(), "Ann", password, "198.51.100.1")
	refused(t, err, fault.Throttled, "signin.too-many")
	token, err := d.NewPassword(t.Context(), people.By{Person: ann}, ann.ID)
	must(t, err)
	if _, err := d.Redeem(t.Context(), token, "", "battery horse correct", "198.51.100.1"); err != nil {
		t.Errorf("a link is refused too: %v", err)
	}
	if _, err := d.SignIn(t.Context(), "Ann", "battery horse correct", "198.51.100.1"); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}

func TestSuccessForgetsTheFailuresOfItsNameThere(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.member(t, "Ann", people.Viewer)
	for range 3 {
		d.wrong(t, people.PairAttempts-1, "Ann", "2001:db8::1")
		d.wait(time.Minute)
		if _, err := d.SignIn(t.Context(), "Ann", password, "2001:db8::2"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnAddressIsGivenTwentyFailuresWhateverTheNames(t *testing.T) {
	t.Parallel()
	for first, second := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::ffff:2", "fe80::1%eth0": "fe80::2", "no address": "no address",
	} {
		d := open(t)
		d.member(t, "Ann", people.Viewer)
		for i := range people.AddressAttempts {
			_, err := d.SignIn(t.Context(), fmt.Sprintf("name %d", i), "wrong", first)
			refused(t, err, fault.Denied, "signin.wrong")
			if _, err := d.SignIn(t.Context(), "Ann", password, first); err != nil && i < people.AddressAttempts-1 {
				t.Fatalf("a success among %d failures: %v", i, err)
			}
		}
		_, err := d.SignIn(t.Context(), "Ann", password, second)
		refused(t, err, fault.Throttled, "signin.too-many")
		if _, err := d.SignIn(t.Context(), "Ann", password, "2001:db8:0:1::1"); err != nil {
			t.Errorf("another address: %v", err)
		}
		d.wait(people.AttemptWindow)
		if _, err := d.SignIn(t.Context(), "Ann", password, second); err != nil {
			t.Errorf("after the window: %v", err)
		}
	}
}

func TestAttemptsMadeAtOnceAreCountedToo(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]struct {
		name, from string
		most       int64
	}{
		"a name on a network": {"Ann", "192.0.2.1", people.PairAttempts},
		"an address":          {"name %d", "192.0.2.1", people.AddressAttempts},
		"a name":              {"Ann", "192.0.2.%d", people.NameAttempts},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			d.member(t, "Ann", people.Viewer)
			var all sync.WaitGroup
			var checked atomic.Int64
			for i := range c.most + 20 {
				all.Go(func() {
					_, err := d.SignIn(t.Context(), numbered(c.name, i), "wrong", numbered(c.from, i))
					if fault.Is(err, fault.Denied) {
						checked.Add(1)
					}
				})
			}
			all.Wait()
			if n := checked.Load(); n != c.most {
				t.Errorf("%d passwords were checked, want %d", n, c.most)
			}
		})
	}
}

func numbered(s string, i int64) string { return strings.ReplaceAll(s, "%d", fmt.Sprint(i)) }

func TestWhoeverGoesAwayWhileWaitingForAHashIsNotChecked(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.member(t, "Ann", people.Viewer)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := d.SignIn(ctx, "Ann", password, ""); err == nil {
		t.Errorf("signed in: %v", p)
	}
	if _, err := d.SignIn(t.Context(), "Ann", password, ""); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestTheDefaultHashIsTheOneDecidedOn(t *testing.T) {
	t.Parallel()
	d := open(t)
	s := people.New(d.store, d.now)
	token, err := s.NewLink(t.Context(), people.Link{Purpose: people.FirstAdmin})
	must(t, err)
	p, err := s.Redeem(t.Context(), token, "Ann", password, "")
	must(t, err)
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; len(p.Hash) < len(want) || p.Hash[:len(want)] != want {
		t.Errorf("the hash is %s", p.Hash)
	}
	if _, err := s.SignIn(t.Context(), "ann", password, ""); err != nil {
		t.Error(err)
	}
	_, err = s.SignIn(t.Context(), "nobody", password, "")
	refused(t, err, fault.Denied, "signin.wrong")
}
