package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// adopting fills a store with one flow that was written and then adopted: the entries 2 to 8.
func adopting(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, now := t.Context(), time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)
	ann := publish.Actor{ID: "p1", Name: "Ann", Address: "192.0.2.1"}
	_, err := s.KeepContent(ctx, []byte("what is sent"))
	theirs, kept := s.KeepContent(ctx, []byte("what somebody published"))
	c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Created: now, By: ann,
		Steps: []publish.Step{{Key: "flow:f0", Kind: publish.UpdateFlow, Flow: "f0", Before: sent, After: sent}}}
	if err := errors.Join(err, kept, s.CreateChange(ctx, c)); err != nil {
		t.Fatal(err)
	}
	f, err := running(ctx, s, "c1")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		s.Intent(ctx, "c1", "flow:f0", f, publish.Intent{At: now, Final: sent}),
		s.Outcome(ctx, "c1", "flow:f0", f, publish.Outcome{At: now, State: publish.StepDone, ReadBack: sent}),
		s.Finish(ctx, "c1", f, publish.Published, now),
		s.Adopt(ctx, publish.Adoption{Instance: "i1", Flow: "f0", Name: "Main", Change: "c1", Step: "flow:f0", Over: sent, Hash: theirs, By: ann, At: now, Reason: "right"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, _, err := s.VerifyHistory(ctx); n != 8 || err != nil {
		t.Fatalf("%d entries, %v", n, err)
	}
}

func TestWhateverIsChangedOfAnAdoptionIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	const of = "adoption 1 of flow f0 of i1"
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := e.dsn(t)
			s := open(t, dsn)
			adopting(t, s)
			if _, err := e.raw(t, dsn).Exec("DELETE FROM adopted"); err == nil {
				t.Error("the database lets go of what was adopted")
			}
			db := disarmed(t, name, dsn)
			for _, verb := range []string{"update", "delete"} {
				q := "DROP TRIGGER adopted_no_" + verb
				if name == "PostgreSQL" {
					q += " ON adopted"
				}
				execSQL(t, db, q)
			}
			execSQL(t, db, "CREATE TABLE copy_of_adopted AS SELECT * FROM adopted")
			for _, c := range []tampering{
				{"UPDATE adopted SET hash = former", isOther, "8", of},
				{"UPDATE adopted SET former = hash", isOther, "8", of},
				{"UPDATE adopted SET name = 'x'", isOther, "8", of},
				{"UPDATE adopted SET change_id = 'c2'", isOther, "8", of},
				{"UPDATE adopted SET step = 'x'", isOther, "8", of},
				{"UPDATE adopted SET reason = ''", isOther, "8", of},
				{"UPDATE adopted SET person = replace(person, 'Ann', 'Bo')", isOther, "8", of},
				{"UPDATE adopted SET person = '{'", isOther, "8", of},
				{"UPDATE adopted SET at = '2026-03-01 09:00:00.123457+00:00'", isOther, "8", of},
				{"UPDATE adopted SET n = 2", isOther, "8", "adoption 2 of flow f0 of i1"},
				{"UPDATE adopted SET instance = 'i2'", isOther, "8", "adoption 1 of flow f0 of i2"},
				{"DELETE FROM adopted", isOther, "8", of},
				{"INSERT INTO adopted SELECT instance, flow, 2, name, change_id, step, former, hash, person, at, reason FROM adopted", isOther, "8", "adoption 2 of flow f0 of i1"},
			} {
				execSQL(t, db, c.do)
				_, _, err := s.VerifyHistory(t.Context())
				t.Run(c.do, func(t *testing.T) { broken(t, err, c.id, c.seq, c.of) })
				execSQL(t, db, "DELETE FROM adopted")
				execSQL(t, db, "INSERT INTO adopted SELECT * FROM copy_of_adopted")
			}
			if _, _, err := s.VerifyHistory(t.Context()); err != nil {
				t.Errorf("put back: %v", err)
			}
			execSQL(t, db, "UPDATE entry SET body = replace(body, 'right', 'wrong') WHERE seq = 8")
			_, _, err := s.VerifyHistory(t.Context())
			broken(t, err, isBroken, "8", "")
		})
	}
}

func TestADamagedAdoptionIsSaidAndNothingElseBreaks(t *testing.T) {
	t.Parallel()
	dsn := file(t)
	s := open(t, dsn)
	adopting(t, s)
	db := disarmed(t, "SQLite", dsn)
	execSQL(t, db, "DROP TRIGGER adopted_no_update")
	execSQL(t, db, "UPDATE adopted SET person = '{'")
	if _, err := s.Adoptions(t.Context(), "i1", "f0"); err == nil {
		t.Error("a damaged adoption is given")
	}
	if left, err := s.Left(t.Context(), "i1"); err != nil || !left["f0"].Adopted {
		t.Errorf("%+v, %v", left, err)
	}
}

// BenchmarkOutsideMarks is what the list of flows asks of the journal: what 5,000 flows that wrapup wrote are known to hold.
func BenchmarkOutsideMarks(b *testing.B) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "wrapup.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	const flows = 5000
	now := time.Now()
	c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, Created: now}
	for i := range flows {
		id := fmt.Sprintf("%036d", i)
		c.Steps = append(c.Steps, publish.Step{Key: "flow:" + id, Kind: publish.UpdateFlow, Flow: instance.FlowID(id), Before: sent, Saved: sent, After: sent})
	}
	if err := s.CreateChange(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	f, err := running(b.Context(), s, "c1")
	if err != nil {
		b.Fatal(err)
	}
	for _, st := range c.Steps {
		o := publish.Outcome{At: now, State: publish.StepDone, RequestID: "11111111-2222-4333-8444-555555555555", ReadBack: sent}
		if err := errors.Join(s.Intent(b.Context(), "c1", st.Key, f, publish.Intent{At: now, Final: sent}), s.Outcome(b.Context(), "c1", st.Key, f, o)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		left, err := s.Left(b.Context(), "i1")
		if err != nil || len(left) != flows {
			b.Fatal(len(left), err)
		}
	}
}
