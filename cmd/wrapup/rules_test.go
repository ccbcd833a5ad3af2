package main

import (
	"testing"
	"time"

	"wrapup/internal/people"
	"wrapup/internal/store"
)

func TestWhoMayPublishIsAskedAnew(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ask := mayPublish(people.New(s, time.Now))
	for name, c := range map[string]struct {
		who  people.Person
		want bool
	}{
		"a publisher":        {people.Person{ID: "p1", Name: "ann", Role: people.Publisher}, true},
		"an administrator":   {people.Person{ID: "p2", Name: "bo", Role: people.Admin}, true},
		"an editor":          {people.Person{ID: "p3", Name: "cy", Role: people.Editor}, false},
		"a disabled account": {people.Person{ID: "p4", Name: "di", Role: people.Publisher, Disabled: true}, false},
	} {
		c.who.Created = time.Now()
		if err := s.SavePerson(t.Context(), c.who); err != nil {
			t.Fatal(err)
		}
		if may, err := ask(t.Context(), c.who.ID); err != nil || may != c.want {
			t.Errorf("%s: %t, %v", name, may, err)
		}
	}
	for _, id := range []string{"nobody", ""} {
		if may, err := ask(t.Context(), id); err != nil || may {
			t.Errorf("%q: %t, %v", id, may, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if may, err := ask(t.Context(), "p1"); err == nil || may {
		t.Errorf("with the database gone: %t, %v", may, err)
	}
}
