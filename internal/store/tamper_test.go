package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
)

// broken checks what verifying the history says: which sentence, which entry, and what is wrong.
func broken(t *testing.T, err error, id, seq, of string) {
	t.Helper()
	f := fault.From(err)
	if f == nil || f.Kind != fault.Internal || f.Message.ID != id {
		t.Fatalf("error is %v, want %q", err, id)
	}
	if f.Message.Args["Seq"] != seq || f.Message.Args["Of"] != of {
		t.Errorf("the error names entry %s and %q, want %s and %q: %v", f.Message.Args["Seq"], f.Message.Args["Of"], seq, of, err)
	}
	if id != "store.history-cut" && f.Message.Args["At"] == "" {
		t.Errorf("the error tells no time: %v", err)
	}
}

// lived fills a store with a history of 13 entries, and gives its head.
func lived(t *testing.T, s *store.Store) (head string) {
	t.Helper()
	ctx, now := t.Context(), time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)
	ann := publish.Actor{ID: "p1", Name: "Ann", Address: "192.0.2.1"}
	if _, err := s.KeepContent(ctx, []byte("what is sent")); err != nil {
		t.Fatal(err)
	}
	in := instance.Instance{ID: "i1", Region: "eu-central-1", Account: "111122223333"}
	for _, err := range []error{
		s.CreateChange(ctx, publish.Change{ // 2
			ID: "c1", Hash: "h", Instance: in, Created: now, By: ann, Title: fault.Msg("t"),
			Steps: []publish.Step{{Key: "f0", Flow: "f0", Before: sent}, {Key: "f1", Flow: "f1"}, {Key: "f2", Flow: "f2"}},
		}),
		s.Record(ctx, people.Entry{At: now, Person: "p1", Name: "Ann", Action: "sign-in", Subject: "s", Reason: "r", Result: "ok"}), // 3
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := running(ctx, s, "c1") // 4, 5
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		s.Intent(ctx, "c1", "f0", f, publish.Intent{At: now, Final: sent}), // 6
		s.Outcome(ctx, "c1", "f0", f, publish.Outcome{At: now, State: publish.StepDone, ReadBack: sent}),
		s.Intent(ctx, "c1", "f1", f, publish.Intent{At: now, Final: sent}),    // 8
		s.Halt(ctx, publish.Halt{By: ann, At: now, Reason: "wait"}, ann, now), // 9
		s.Stop(ctx, "c1", ann, now), // 10
		s.Record(ctx, people.Entry{At: now, Person: "p2", Action: "sign-in", Result: "refused"}),                                               // 11
		s.CreateChange(ctx, publish.Change{ID: "c2", Hash: "h", Instance: in, Created: now, By: ann}),                                          // 12
		s.Approve(ctx, "c2", "h", publish.Seen{State: publish.Planned}, publish.Word{By: ann, At: now, Reason: "because", Mode: publish.GoOn}), // 13
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	n, head, err := s.VerifyHistory(ctx)
	if n != 13 || err != nil {
		t.Fatalf("%d entries, %v", n, err)
	}
	return head
}

// disarmed is the database beside the store, without what refuses changes.
func disarmed(t *testing.T, name, dsn string) *sql.DB {
	t.Helper()
	db := engines[name].raw(t, dsn)
	for _, table := range []string{"change_set", "content", "entry", "record", "step"} {
		for _, verb := range []string{"update", "delete"} {
			q := fmt.Sprintf("DROP TRIGGER %s_no_%s", table, verb)
			if name == "PostgreSQL" {
				q += " ON " + table
			}
			execSQL(t, db, q)
		}
	}
	return db
}

// tampering is what somebody does to the database, and what verifying the history says of it.
type tampering struct{ do, id, seq, of string }

const (
	isBroken = "store.history-broken"
	isOther  = "store.history-differs"
)

var tamperings = []tampering{
	// The chain itself.
	{"UPDATE entry SET seq = 99 WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET seq = 99 WHERE seq = 13", isBroken, "13", ""},
	{"UPDATE entry SET seq = 0 WHERE seq = 1", isBroken, "0", ""},
	{"UPDATE entry SET at = '2026-03-01 09:00:00.123457+00:00' WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET kind = 'settled' WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET change = 'c2' WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET step = 'f1' WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET person = 'p2' WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET name = 'Ann ' WHERE seq = 13", isBroken, "13", ""},
	{"UPDATE entry SET address = '' WHERE seq = 13", isBroken, "13", ""},
	{"UPDATE entry SET name = '', address = name WHERE seq = 13", isBroken, "13", ""}, // moved from one column to the next
	{"UPDATE entry SET body = replace(body, 'done', 'failed') WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET body = body || ' ' WHERE seq = 13", isBroken, "13", ""},
	{"UPDATE entry SET prev = hash WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET hash = prev WHERE seq = 7", isBroken, "7", ""},
	{"UPDATE entry SET hash = prev WHERE seq = 13", isBroken, "13", ""},
	{"UPDATE entry SET hash = upper(hash) WHERE seq = 13", isBroken, "13", ""},
	{"DELETE FROM entry WHERE seq = 1", isBroken, "1", ""},
	{"DELETE FROM entry WHERE seq = 7", isBroken, "7", ""},
	{"DELETE FROM entry", isBroken, "1", ""},
	{"UPDATE entry SET seq = CASE seq WHEN 6 THEN -7 ELSE -6 END WHERE seq IN (6, 7); UPDATE entry SET seq = -seq WHERE seq < 0", isBroken, "6", ""},
	{"DELETE FROM entry WHERE seq = 7; UPDATE entry SET seq = -seq + 1 WHERE seq > 7; UPDATE entry SET seq = -seq WHERE seq < 0", isBroken, "7", ""},
	{"INSERT INTO entry SELECT 14, at, kind, change, step, person, name, address, body, hash, hash FROM entry WHERE seq = 13", isBroken, "14", ""},

	// What the database holds, against what the chain says last.
	{"UPDATE step SET state = 'failed' WHERE key = 'f0'", isOther, "7", "change c1, step f0"},
	{"UPDATE step SET state = 'planned', intent = NULL WHERE key = 'f1'", isOther, "8", "change c1, step f1"},
	{"UPDATE step SET state = 'skipped' WHERE key = 'f2'", isOther, "2", "change c1, step f2"},
	{"UPDATE step SET intent = replace(intent, 'Final', 'final') WHERE key = 'f0'", isOther, "7", "change c1, step f0"},
	{"UPDATE step SET outcome = '{' WHERE key = 'f0'", isOther, "7", "change c1, step f0"},
	{"UPDATE step SET outcome = NULL WHERE key = 'f0'", isOther, "7", "change c1, step f0"},
	{"UPDATE step SET flow = 'f9' WHERE key = 'f2'", isOther, "2", "change c1, step f2"},
	{"UPDATE step SET kind = 'x' WHERE key = 'f2'", isOther, "2", "change c1, step f2"},
	{"UPDATE step SET plan = replace(plan, 'f2', 'f1') WHERE key = 'f2'", isOther, "2", "change c1, step f2"},
	{"UPDATE step SET position = 9 WHERE key = 'f2'", isOther, "2", "change c1, step f2"},
	{"UPDATE step SET key = 'f9' WHERE key = 'f2'", isOther, "13", "change c1, step f9"},
	{"DELETE FROM step WHERE key = 'f2'", isOther, "2", "change c1, step f2"},
	{"UPDATE step SET change_id = 'c2' WHERE key = 'f2'", isOther, "2", "change c1, step f2"},
	{"INSERT INTO step SELECT 'c2', key, position, kind, flow, plan, state, intent, outcome FROM step WHERE key = 'f2'", isOther, "13", "change c2, step f2"},
	{"UPDATE change_set SET state = 'planned' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET state = 'published' WHERE id = 'c1'", isOther, "10", "change c1"},
	{"UPDATE change_set SET instance = 'i2' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET region = 'x' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET account = 'x' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET person = 'x' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET hash = 'x' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET plan = replace(plan, 'Ann', 'Bo') WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET created = '2026-03-01 09:00:00+00:00' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET approved_by = 'p9' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET approved = replace(approved, 'Ann', 'Bo') WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET approved_at = NULL WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET reason = 'other' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET mode = 'stop' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET not_before = '2026-03-01 09:00:00+00:00' WHERE id = 'c2'", isOther, "13", "change c2"},
	{"UPDATE change_set SET stopped = NULL WHERE id = 'c1'", isOther, "10", "change c1"},
	{"UPDATE change_set SET runs = 2 WHERE id = 'c1'", isOther, "10", "change c1"},
	{"UPDATE change_set SET run = 'other' WHERE id = 'c1'", isOther, "10", "change c1"},
	{"UPDATE change_set SET lost = 2 WHERE id = 'c1'", isOther, "10", "change c1"},
	{"INSERT INTO change_set (id, instance, region, account, person, hash, plan, created, state) SELECT '', instance, region, account, person, hash, plan, created, 'published' FROM change_set WHERE id = 'c2'", isOther, "13", "change "},
	{"UPDATE change_set SET run_attempt = 9 WHERE id = 'c1'", isOther, "10", "change c1"},
	{"UPDATE change_set SET started = NULL WHERE id = 'c1'", isOther, "10", "change c1"},
	{"UPDATE change_set SET finished = started WHERE id = 'c1'", isOther, "10", "change c1"},
	{"UPDATE change_set SET id = 'c9' WHERE id = 'c2'", isOther, "13", "change c9"},
	{"DELETE FROM change_set WHERE id = 'c2'", isOther, "13", "change c2"},
	{"DELETE FROM halt", isOther, "9", "halt"},
	{"UPDATE halt SET reason = ''", isOther, "9", "halt"},
	{"UPDATE record SET result = 'ok' WHERE result = 'refused'", isOther, "11", "record 2"},
	{"UPDATE record SET name = 'Bo' WHERE id = 1", isOther, "3", "record 1"},
	{"DELETE FROM record WHERE id = 1", isOther, "3", "record 1"},
	{"DELETE FROM record WHERE id = 2", isOther, "11", "record 2"},
	{"INSERT INTO record (at, person, name, address, action, subject, reason, result) SELECT at, person, name, address, action, subject, reason, result FROM record WHERE id = 1", isOther, "13", "record 3"},
	{"UPDATE content SET bytes = bytes || bytes", isOther, "2", "content " + sent},
	{"UPDATE content SET size = 3", isOther, "2", "content " + sent},
	{"DELETE FROM content", isOther, "2", "content " + sent},

	// The end cut off: what else was done then gives it away.
	{"DELETE FROM entry WHERE seq = 13", isOther, "12", "change c2"},
	{"DELETE FROM entry WHERE seq >= 12", isOther, "11", "change c2"},
	{"DELETE FROM entry WHERE seq >= 11", isOther, "10", "record 2"},
}

func TestWhateverIsChangedBehindTheHistoryIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := e.dsn(t)
			s := open(t, dsn)
			head := lived(t, s)
			db := disarmed(t, name, dsn)
			keepCopies(t, db)
			for _, c := range tamperings {
				execSQL(t, db, c.do)
				_, _, err := s.VerifyHistory(t.Context())
				if err == nil {
					t.Errorf("%s: not found", c.do)
				} else {
					t.Run(c.do, func(t *testing.T) { broken(t, err, c.id, c.seq, c.of) })
				}
				putBack(t, db, name)
				if _, _, err := s.VerifyHistory(t.Context(), head); err != nil {
					t.Fatalf("%s, put back: %v", c.do, err)
				}
			}
			execSQL(t, db, "INSERT INTO record "+overriding(name)+" SELECT -1, at, person, name, address, action, subject, reason, result FROM record WHERE id = 1")
			_, _, err := s.VerifyHistory(t.Context())
			broken(t, err, isOther, "13", "record -1")
			putBack(t, db, name)
			if name == "SQLite" { // PostgreSQL keeps no such time
				execSQL(t, db, "UPDATE entry SET at = 'yesterday' WHERE seq = 7")
				_, _, err := s.VerifyHistory(t.Context())
				broken(t, err, isBroken, "7", "")
				putBack(t, db, name)
			}
			cut(t, s, db)
		})
	}
}

// tamperedWith are the tables, each before those that refer to it.
var tamperedWith = []string{"change_set", "step", "content", "record", "halt", "entry"}

// keepCopies and putBack undo what was done.
func keepCopies(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, table := range tamperedWith {
		execSQL(t, db, fmt.Sprintf("CREATE TABLE copy_of_%[1]s AS SELECT * FROM %[1]s", table))
	}
}

func putBack(t *testing.T, db *sql.DB, name string) {
	t.Helper()
	for i := range tamperedWith {
		execSQL(t, db, "DELETE FROM "+tamperedWith[len(tamperedWith)-1-i])
	}
	for _, table := range tamperedWith {
		how := ""
		if table == "record" {
			how = overriding(name)
		}
		execSQL(t, db, fmt.Sprintf("INSERT INTO %[1]s %[2]s SELECT * FROM copy_of_%[1]s", table, how))
	}
}

// overriding puts a number of one's own where PostgreSQL gives one.
func overriding(engine string) string {
	if engine == "PostgreSQL" {
		return "OVERRIDING SYSTEM VALUE"
	}
	return ""
}

// cut: entries that left no other trace, taken from the end, are missed by a head that was kept, and by nothing else.
func cut(t *testing.T, s *store.Store, db *sql.DB) {
	t.Helper()
	ctx := t.Context()
	h, err := s.Halted(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.LetOn(ctx, h.At, h.By, h.At), s.Halt(ctx, *h, h.By, h.At)); err != nil { // what held already
		t.Fatal(err)
	}
	n, head, err := s.VerifyHistory(ctx)
	if n != 15 || err != nil {
		t.Fatalf("%d entries, %v", n, err)
	}
	execSQL(t, db, "DELETE FROM entry WHERE seq > 13")
	if n, _, err := s.VerifyHistory(ctx); n != 13 || err != nil {
		t.Fatalf("%d entries, %v", n, err)
	}
	_, _, err = s.VerifyHistory(ctx, head)
	broken(t, err, "store.history-cut", "", "")
	if err := s.Record(ctx, people.Entry{At: h.At, Action: "another"}); err != nil {
		t.Fatal(err)
	}
	if n, _, err := s.VerifyHistory(ctx); n != 14 || err != nil {
		t.Fatalf("%d entries, %v", n, err)
	}
	_, _, err = s.VerifyHistory(ctx, head)
	broken(t, err, "store.history-cut", "", "")
	execSQL(t, db, "DELETE FROM entry")
	if err := s.Record(ctx, people.Entry{At: h.At}); fault.From(err).Message.ID != "store.damaged" {
		t.Errorf("without a first entry: %v", err)
	}
}
