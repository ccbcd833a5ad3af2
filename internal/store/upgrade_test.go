package store_test

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/operation"
	"wrapup/internal/people"
	"wrapup/internal/publish"
	"wrapup/internal/store"
	"wrapup/internal/store/migrations"
)

// schema brings a database's tables to a version, up or down.
func schema(t *testing.T, db *sql.DB, d goose.Dialect, version int64) {
	t.Helper()
	own, err := migrations.Go(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(d, db, migrations.Files, goose.WithGoMigrations(own...), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	have, err := p.GetDBVersion(t.Context())
	if err == nil && have > version {
		_, err = p.DownTo(t.Context(), version)
	} else if err == nil {
		_, err = p.UpTo(t.Context(), version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The former version's rows: what a change held, and how a step of it stood. %s is a change's name.
const (
	formerPlan = `{"ID":"%[1]s","Instance":{"ID":"i-%[1]s","ARN":"","Alias":"sales","Region":"eu-central-1","Account":"111122223333"},"Title":{"id":"publish.title.add","args":{"Flow":"Main"}},` +
		`"Steps":null,"LeftOut":[{"Flow":"f9","Name":"Other","Reason":{"id":"x"},"Draft":true}],"Checks":null,"Asked":{"Guide":"as:g","Add":["f0"],"Remove":null,"Replace":false,"OverDraft":null},` +
		`"Draft":null,"Created":"2026-03-01T08:00:00.000000789Z","By":{"id":"p1","name":"Ann"},"Hash":"hash-%[1]s","State":"","Reason":"","Approved":{"id":"","name":""},` +
		`"Started":"0001-01-01T00:00:00Z","Finished":"0001-01-01T00:00:00Z"}`
	formerStep = `{"step":{"Key":"%[1]s","Kind":"update-flow","Flow":"%[1]s","Name":"Main","Message":{"id":"m"},"Before":"%[2]s","Saved":"%[2]s","After":"%[2]s"},"exits":null}`
	formerDone = `{"At":"2026-03-01T09:00:02Z","State":"%s","Flow":"","ARN":"","RequestID":"r-1","ReadBack":"%s","Message":{"id":"publish.outcome.done"},"Code":"","Problems":null,"By":null}`
	intentSaid = `{"At":"2026-03-01T09:00:01Z","Final":"%[1]s","Live":"%[1]s","Draft":"%[1]s"}`
)

// formerChanges are the changes of a former version, with how their steps stood.
var formerChanges = []struct {
	name  string
	state publish.State
	steps []publish.StepState
}{
	{"a", publish.Planned, []publish.StepState{publish.StepPlanned, publish.StepPlanned}},
	{"b", publish.Running, []publish.StepState{publish.StepDone, publish.StepIntent, publish.StepPlanned}},
	{"c", publish.Interrupted, []publish.StepState{publish.StepDone, publish.StepIntent, publish.StepSkipped}},
	{"d", publish.Published, []publish.StepState{publish.StepDone}},
	{"e", publish.Partly, []publish.StepState{publish.StepDone, publish.StepFailed, publish.StepSkipped}},
	{"f", publish.Failed, nil},
}

// former fills a database of version 5.
func former(t *testing.T, db *sql.DB) {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte("what is sent")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	put := func(q string, args ...any) {
		t.Helper()
		if _, err := db.Exec(q, args...); err != nil {
			t.Fatal(err)
		}
	}
	put("INSERT INTO content (hash, size, bytes, kept) VALUES ($1, 12, $2, '2026-03-01 08:00:00+00:00')", sent, zipped.Bytes())
	for range 3 {
		put("INSERT INTO record (at, person, name, address, action, subject, reason, result) VALUES ('2026-03-01 08:00:00.5+00:00', 'p1', 'Ann', '', 'sign-in', '', '', 'ok')")
	}
	for _, c := range formerChanges {
		put(`INSERT INTO operation (id, kind, instance, region, account, person, hash, plan, created, state) VALUES
			($1, 'change', $2, 'eu-central-1', '111122223333', 'p1', $3, $4, '2026-03-01 08:00:00+00:00', $5)`,
			c.name, "i-"+c.name, "hash-"+c.name, fmt.Sprintf(formerPlan, c.name), c.state)
		if c.state != publish.Planned {
			put(`UPDATE operation SET reason = 'because', approved_by = 'p2', approved = '{"id":"p2","name":"Bo","address":"192.0.2.2"}', owner = 'host', attempt = 1,
				started = '2026-03-01 09:00:00.123456+00:00' WHERE id = $1`, c.name)
		}
		switch {
		case c.state == publish.Running:
			put("UPDATE operation SET lease_until = '2026-03-01 09:05:00+00:00' WHERE id = $1", c.name)
		case c.state.Ended():
			put("UPDATE operation SET finished = '2026-03-01 09:01:00+00:00' WHERE id = $1", c.name)
		}
		for i, state := range c.steps {
			key := fmt.Sprintf("f%d", i)
			put("INSERT INTO step (operation_id, key, position, kind, flow, plan, state) VALUES ($1, $2, $3, 'update-flow', $2, $4, $5)",
				c.name, key, i, fmt.Sprintf(formerStep, key, sent), state)
			if state == publish.StepIntent || state == publish.StepDone {
				put("UPDATE step SET intent = $1, intent_at = '2026-03-01 09:00:01+00:00' WHERE operation_id = $2 AND key = $3", fmt.Sprintf(intentSaid, sent), c.name, key)
			}
			if state == publish.StepDone || state == publish.StepFailed || state == publish.StepSkipped {
				put("UPDATE step SET outcome = $1, outcome_at = '2026-03-01 09:00:02+00:00' WHERE operation_id = $2 AND key = $3",
					fmt.Sprintf(formerDone, state, sent), c.name, key)
			}
		}
	}
}

// engines are a database that no store has opened yet, and how to look at it from beside.
var engines = map[string]struct {
	dialect goose.Dialect
	dsn     func(*testing.T) string
	raw     func(*testing.T, string) *sql.DB
}{
	"SQLite": {goose.DialectSQLite3, file, raw}, "PostgreSQL": {goose.DialectPostgres, emptyPostgres, rawPostgres},
}

func TestADatabaseOfTheFormerVersionIsTakenOver(t *testing.T) {
	t.Parallel()
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := e.dsn(t)
			db := e.raw(t, dsn)
			schema(t, db, e.dialect, 5)
			former(t, db)
			takenFromTheFormer(t, dsn)
			execSQL(t, db, "UPDATE change_set SET reason = 'other' WHERE id = 'd'")
			_, _, err := open(t, dsn).VerifyHistory(t.Context())
			broken(t, err, "store.history-differs", "1", "change d")
		})
	}
}

func takenFromTheFormer(t *testing.T, dsn string) {
	s, ctx := open(t, dsn), t.Context()
	started, finished := time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC), time.Date(2026, 3, 1, 9, 1, 0, 0, time.UTC)
	for _, c := range formerChanges {
		got, err := s.Change(ctx, c.name)
		if err != nil {
			t.Fatal(err)
		}
		want := publish.Change{
			ID: c.name, Instance: instance.Instance{ID: instance.ID("i-" + c.name), Alias: "sales", Region: "eu-central-1", Account: "111122223333"},
			Title: fault.Msg("publish.title.add", "Flow", "Main"), LeftOut: []publish.LeftOut{{Flow: "f9", Name: "Other", Reason: fault.Msg("x"), Draft: true}},
			Asked: publish.Asked{Guide: "as:g", Add: []instance.FlowID{"f0"}}, Created: time.Date(2026, 3, 1, 8, 0, 0, 789, time.UTC),
			By: publish.Actor{ID: "p1", Name: "Ann"}, Hash: "hash-" + c.name, State: c.state,
		}
		if c.state != publish.Planned {
			want.Word = publish.Word{By: publish.Actor{ID: "p2", Name: "Bo", Address: "192.0.2.2"}, At: started, Reason: "because", Mode: publish.StopAtFailure}
			want.Runs, want.Started = 1, started
		}
		if c.state.Ended() {
			want.Finished = finished
		}
		for i, state := range c.steps {
			key := fmt.Sprintf("f%d", i)
			st := publish.Step{
				Key: key, Kind: publish.UpdateFlow, Flow: instance.FlowID(key), Name: "Main", Message: fault.Msg("m"), Before: sent, Saved: sent, After: sent, State: state,
			}
			if state == publish.StepIntent || state == publish.StepDone {
				st.Intent = publish.Intent{At: started.Truncate(time.Second).Add(time.Second), Final: sent, Live: sent, Draft: sent}
			}
			if state == publish.StepDone || state == publish.StepFailed || state == publish.StepSkipped {
				st.Outcome = publish.Outcome{
					At: started.Truncate(time.Second).Add(2 * time.Second), State: state, RequestID: "r-1", ReadBack: sent, Message: fault.Msg("publish.outcome.done"),
				}
			}
			want.Steps = append(want.Steps, st)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if n, _, err := s.VerifyHistory(ctx); n != 1 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	goesOn(t, s)
}

// goesOn: what was running is taken up, what was interrupted is settled, what was planned is approved.
func goesOn(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	if due, err := s.Due(ctx, now); err != nil || !slices.Equal(due, []instance.ID{"i-b"}) {
		t.Errorf("due are %v, %v", due, err)
	}
	if _, _, err := s.Operations().Ask(ctx, operation.Operation{ID: "run", Kind: "publish", Key: "publish i-b", Asked: now}, nil); err != nil {
		t.Fatal(err)
	}
	o, _, err := s.Operations().Claim(ctx, operation.Claim{Owner: "host", Kinds: []string{"publish"}, Now: now, Until: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	f := o.Fence()
	c, found, err := s.Take(ctx, "i-b", f, now)
	if err != nil || !found || c.ID != "b" || c.Runs != 2 || c.Steps[1].State != publish.StepIntent || !c.Steps[1].Intent.Until.IsZero() {
		t.Fatalf("taken %t: %+v, %v", found, c, err)
	}
	for _, err := range []error{
		s.Outcome(ctx, "b", "f1", f, publish.Outcome{At: now, State: publish.StepDone}), s.Intent(ctx, "b", "f2", f, publish.Intent{At: now, Final: sent}),
		s.Outcome(ctx, "b", "f2", f, publish.Outcome{At: now, State: publish.StepDone}), s.Finish(ctx, "b", f, publish.Published, now),
		s.Settle(ctx, "c", "f1", publish.Outcome{At: now, State: publish.StepDone, By: &publish.Actor{ID: "p2"}}),
		s.Approve(ctx, "a", "hash-a", publish.Seen{State: publish.Planned}, publish.Word{By: publish.Actor{ID: "p2"}, At: now}), s.Record(ctx, people.Entry{At: now, Action: "x"}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for id, want := range map[string]publish.State{"a": publish.Approved, "b": publish.Published, "c": publish.Partly} {
		if c, err := s.Change(ctx, id); err != nil || c.State != want {
			t.Errorf("%s is %s, %v; want %s", id, c.State, err, want)
		}
	}
	if _, _, err := s.VerifyHistory(ctx); err != nil {
		t.Error(err)
	}
}

func TestAMigrationCanBeTakenBackAndMadeAgain(t *testing.T) {
	t.Parallel()
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := e.dsn(t)
			db := e.raw(t, dsn)
			schema(t, db, e.dialect, 5)
			former(t, db)
			s, ctx, now := open(t, dsn), t.Context(), time.Now()
			for _, err := range []error{
				s.Approve(ctx, "a", "hash-a", publish.Seen{State: publish.Planned}, publish.Word{At: now}),
				s.CreateChange(ctx, publish.Change{ID: "g", Hash: "h", Instance: instance.Instance{ID: "i1"}, Steps: []publish.Step{{Key: "f0"}}}),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.GiveUp(ctx, "g", publish.Seen{State: publish.Planned}, publish.Actor{}, now); err != nil {
				t.Fatal(err)
			}
			schema(t, db, e.dialect, 5)
			for id, want := range map[string]string{"a": "planned", "b": "running", "c": "interrupted", "d": "published", "e": "partly", "f": "failed", "g": "failed"} {
				var kind, state string
				if err := db.QueryRow("SELECT kind, state FROM operation WHERE id = $1", id).Scan(&kind, &state); err != nil || kind != "change" || state != want {
					t.Errorf("%s is a %s in the state %s, %v; want %s", id, kind, state, err, want)
				}
			}
			for _, q := range []string{"UPDATE operation SET plan = '{}'", "DELETE FROM step", "UPDATE step SET key = 'x'"} {
				if _, err := db.Exec(q); err == nil || !strings.Contains(err.Error(), "kept as written") {
					t.Errorf("%s: %v", q, err)
				}
			}
			if _, _, err := open(t, dsn).VerifyHistory(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}
