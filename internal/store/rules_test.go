package store_test

import (
	"testing"
	"time"

	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

// What is changed behind the history of rules, proposals and approvals that fell, and what puts it right again.
var ruleTamperings = []struct{ do, undo, seq, of string }{
	{"UPDATE rules SET doc = replace(doc, 'two_persons', 'one_person')", "UPDATE rules SET doc = replace(doc, 'one_person', 'two_persons')", "2", "rules of i1"},
	{"UPDATE rules SET rev = 2", "UPDATE rules SET rev = 1", "2", "rules of i1"},
	{"UPDATE rules SET instance = 'i2'", "UPDATE rules SET instance = 'i1'", "5", "rules of i2"},
	{"DELETE FROM rules", `INSERT INTO rules (instance, doc, rev) VALUES ('i1', '{"two_persons":true}', 1)`, "2", "rules of i1"},
	{"INSERT INTO rules (instance, doc, rev) VALUES ('i0', '{}', 1)", "DELETE FROM rules WHERE instance = 'i0'", "5", "rules of i0"},
	{"UPDATE change_set SET proposal = replace(proposal, 'Ann', 'Bob')", "UPDATE change_set SET proposal = replace(proposal, 'Bob', 'Ann')", "5", "change c1"},
	{"UPDATE change_set SET break_glass = TRUE", "UPDATE change_set SET break_glass = FALSE", "5", "change c1"},
	{"UPDATE change_set SET fell = '{}'", "UPDATE change_set SET fell = NULL", "5", "change c1"},
}

func TestRulesAndProposalsChangedBehindTheHistoryAreFound(t *testing.T) {
	t.Parallel()
	ann, bo := publish.Actor{ID: "p1", Name: "Ann"}, publish.Actor{ID: "p2", Name: "Bo"}
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, dsn := t.Context(), e.dsn(t)
			s := open(t, dsn)
			_, err := s.SetRules(ctx, "i1", publish.Rules{TwoPersons: true}, ann, now)
			c := publish.Change{ID: "c1", Hash: "h", Instance: instance.Instance{ID: "i1"}, State: publish.Planned, Created: now, By: ann}
			for _, err := range []error{
				err, s.CreateChange(ctx, c), s.Propose(ctx, "c1", "h", c.Seen(), publish.Word{By: ann, At: now}),
				s.Approve(ctx, "c1", "h", publish.Seen{State: publish.Proposed, Proposed: now.UnixMicro()}, publish.Word{By: bo, At: now}),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			db := disarmed(t, name, dsn)
			for _, c := range ruleTamperings {
				execSQL(t, db, c.do)
				_, _, err := s.VerifyHistory(ctx)
				t.Run(c.do, func(t *testing.T) { broken(t, err, isOther, c.seq, c.of) })
				execSQL(t, db, c.undo)
				if n, _, err := s.VerifyHistory(ctx); n != 5 || err != nil {
					t.Fatalf("%s, put back: %d entries, %v", c.do, n, err)
				}
			}
		})
	}
}
