package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// changesAtOnce is how many changes are compared at a time, with their steps.
const changesAtOnce = 50

// VerifyHistory reads the whole history, as it is at one moment, and gives the number of its entries and the hash of the last one, its
// head. Errors are fault.Internal: "store.history-broken" for the first entry that is missing, was changed or does not follow the one
// before; "store.history-differs" where a change, a step, the halt, the rules of an instance, an entry of the record or a content is not, or no more, what the
// history says last; "store.history-cut" where the history does not hold a head that was kept elsewhere. Nothing inside a database tells
// that the newest entries were taken away together with all that they did: only a head that was kept outside does.
func (s *Store) VerifyHistory(ctx context.Context, kept ...string) (n int64, head string, err error) {
	v := verifier{s: s, changes: map[string]*changeHeard{}, rules: map[string]rulesHeard{}, adopted: map[string]adoptedHeard{}, contents: map[string]position{}, kept: map[string]bool{}}
	for _, h := range kept {
		v.kept[h] = true
	}
	// At this level PostgreSQL gives all queries one moment, as SQLite always does.
	moment := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	err = s.db.RunInTx(ctx, moment, func(ctx context.Context, tx bun.Tx) error {
		v.tx = tx
		for _, part := range []func(context.Context) error{v.chain, v.records, v.changesNow, v.halt, v.rulesNow, v.adoptedNow, v.contentsNow} {
			if err := part(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return v.at.seq, v.head, failed("verify the history", err)
}

// position is where in the history something is said.
type position struct {
	seq int64
	at  time.Time
}

// verifier has heard the history up to the entry at.
type verifier struct {
	s        *Store
	tx       bun.Tx
	at       position
	head     string
	kept     map[string]bool // heads that were not met yet
	changes  map[string]*changeHeard
	halted   haltSaid
	haltAt   position
	rules    map[string]rulesHeard // by instance
	adopted  map[string]adoptedHeard
	contents map[string]position // by hash, where it was named first

	last  int64 // entry of the record that the history has spoken of
	ahead []recordRow
}

// changeHeard is what the history said last.
type changeHeard struct {
	position
	doc     []byte // JSON
	planned position
	steps   map[string]stepHeard
}

type stepHeard struct {
	position
	doc []byte
}

func (v *verifier) broken(seq int64, at time.Time, why string) error {
	return fault.New(fault.Internal, "store.history-broken", "Seq", seq, "At", at.UTC().Format(time.RFC3339)).
		Because(fmt.Errorf("entry %d of %s %s", seq, at.UTC().Format(time.RFC3339Nano), why))
}

func (v *verifier) differs(p position, of, why string) error {
	return fault.New(fault.Internal, "store.history-differs", "Seq", p.seq, "At", p.at.UTC().Format(time.RFC3339), "Of", of).
		Because(fmt.Errorf("%s %s (entry %d of %s)", of, why, p.seq, p.at.UTC().Format(time.RFC3339Nano)))
}

// chain reads all entries in order.
func (v *verifier) chain(ctx context.Context) error {
	var stray []int64
	if err := v.tx.NewSelect().Model((*entryRow)(nil)).Column("seq").Where("seq < 1").Order("seq").Limit(1).Scan(ctx, &stray); err != nil {
		return err
	}
	if len(stray) > 0 {
		return v.broken(stray[0], time.Time{}, "is before the first")
	}
	for limit := entriesAtOnce; ; {
		rows, err := v.s.entriesAfter(ctx, v.tx, v.at.seq, limit)
		switch unreadable := err != nil && ctx.Err() == nil && fault.From(classify(err)).Kind == fault.Internal; {
		case unreadable && limit > 1:
			limit = 1 // one of them: which?
			continue
		case unreadable:
			return v.broken(v.at.seq+1, v.at.at, "cannot be read: "+err.Error())
		case err != nil:
			return err
		}
		for _, r := range rows {
			if err := v.entry(ctx, r.entry()); err != nil {
				return err
			}
		}
		if len(rows) < limit {
			break
		}
	}
	if v.at.seq == 0 {
		return v.broken(1, time.Time{}, "is missing")
	}
	if h, left := first(v.kept); left {
		return fault.New(fault.Internal, "store.history-cut", "Hash", h).
			Because(fmt.Errorf("none of the %d entries has the hash %q: the history was cut off behind, or is another one", v.at.seq, h))
	}
	return nil
}

// first is the smallest key of what is left.
func first[V any](left map[string]V) (key string, there bool) {
	if len(left) == 0 {
		return "", false
	}
	return slices.Min(slices.Collect(maps.Keys(left))), true
}

// entry holds one against the one before.
func (v *verifier) entry(ctx context.Context, e publish.Entry) error {
	switch {
	case e.Seq != v.at.seq+1:
		return v.broken(v.at.seq+1, e.At, fmt.Sprintf("is missing: the next is %d", e.Seq))
	case e.Prev != v.head:
		return v.broken(e.Seq, e.At, "does not follow the one before")
	case e.Hash != e.Sum():
		return v.broken(e.Seq, e.At, "is not what was written")
	}
	v.at, v.head = position{e.Seq, e.At}, e.Hash
	delete(v.kept, e.Hash)
	var body said
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return v.broken(e.Seq, e.At, "says nothing that can be read: "+err.Error())
	}
	return v.hear(ctx, e, body)
}

// hear notes what an entry says.
func (v *verifier) hear(ctx context.Context, e publish.Entry, body said) error {
	if body.Began != nil {
		for _, c := range body.Began.Changes {
			if err := v.hearChange(c.ID, &c.Change, c.Steps); err != nil {
				return err
			}
		}
		if err := v.formerRecord(ctx, body.Began.Record); err != nil {
			return err
		}
	}
	if body.Halt != nil {
		v.halted, v.haltAt = *body.Halt, v.at
	}
	if err := v.hearRules(body.Rules); err != nil {
		return err
	}
	v.hearAdopted(e.By, body.Adopted)
	if body.Record != nil {
		if err := v.recorded(ctx, e, *body.Record); err != nil {
			return err
		}
	}
	if len(body.Former) > 0 {
		if err := v.name(body.Former, nil); err != nil {
			return err
		}
	}
	return v.hearChange(e.Change, body.Change, body.Steps)
}

func (v *verifier) hearChange(id string, change *changeSaid, steps []stepSaid) error {
	if id == "" {
		return nil
	}
	c := v.changes[id]
	if c == nil {
		c = &changeHeard{planned: v.at, steps: map[string]stepHeard{}}
		v.changes[id] = c
	}
	if change != nil {
		doc, err := json.Marshal(change)
		if err != nil {
			return err
		}
		c.position, c.doc = v.at, doc
	}
	for _, st := range steps {
		doc, err := json.Marshal(st)
		if err != nil {
			return err
		}
		c.steps[st.Key] = stepHeard{v.at, doc}
		if err := v.name(st.Intent, st.Outcome); err != nil {
			return err
		}
	}
	return nil
}

// name notes the contents that the entry's intent and outcome name.
func (v *verifier) name(intent, outcome json.RawMessage) error {
	var in publish.Intent
	var o publish.Outcome
	var err error
	if len(intent) > 0 {
		err = json.Unmarshal(intent, &in)
	}
	if len(outcome) > 0 {
		err = errors.Join(err, json.Unmarshal(outcome, &o))
	}
	v.names(v.at, in.Final, in.Live, in.Draft, o.ReadBack, o.Found.Live, o.Found.Saved)
	return err
}

func (v *verifier) names(p position, hashes ...string) {
	for _, h := range hashes {
		if first, there := v.contents[h]; h != "" && (!there || p.seq < first.seq) {
			v.contents[h] = p
		}
	}
}

// formerRecord compares the record as it was when the history began.
func (v *verifier) formerRecord(ctx context.Context, want formerRecord) error {
	if v.last = want.Last; want.Last == 0 {
		return nil
	}
	got, err := v.s.formerRecord(ctx, v.tx, want.Last)
	if err == nil && got != want {
		err = v.differs(v.at, "record", fmt.Sprintf("up to its entry %d is not what it was when the history began", want.Last))
	}
	return err
}

// recorded compares an entry with its row of the record. Both are in the same order.
func (v *verifier) recorded(ctx context.Context, e publish.Entry, said recordSaid) error {
	want := recordRow{
		ID: said.ID, At: e.At, Person: e.By.ID, Name: e.By.Name, Address: e.By.Address,
		Action: said.Action, Subject: said.Subject, Reason: said.Reason, Result: said.Result,
	}
	if len(v.ahead) == 0 {
		q := v.tx.NewSelect().Model(&v.ahead).Where("id > ?", v.last).Order("id").Limit(entriesAtOnce)
		if err := q.Scan(ctx); err != nil {
			return err
		}
	}
	if len(v.ahead) == 0 || v.ahead[0].digest() != want.digest() {
		return v.differs(v.at, fmt.Sprintf("record %d", said.ID), "is missing, or not what the history says")
	}
	v.last, v.ahead = said.ID, v.ahead[1:]
	return nil
}

// records looks for entries of the record that the history does not speak of.
func (v *verifier) records(ctx context.Context) error {
	var stray []int64 // numbered by hand, before the first
	if err := v.tx.NewSelect().Model((*recordRow)(nil)).Column("id").Where("id < 1").Order("id").Limit(1).Scan(ctx, &stray); err != nil {
		return err
	}
	if len(stray) > 0 {
		return v.differs(v.at, fmt.Sprintf("record %d", stray[0]), "is in no entry")
	}
	n, err := v.tx.NewSelect().Model((*recordRow)(nil)).Where("id > ?", v.last).Count(ctx)
	if err == nil && n > 0 {
		err = v.differs(v.at, fmt.Sprintf("record %d", v.last+1), fmt.Sprintf("and what follows, %d in number, is in no entry", n))
	}
	return err
}

// changesNow compares the changes, and marks those that are there.
func (v *verifier) changesNow(ctx context.Context) error {
	after := ""
	for first := true; ; first = false {
		var rows []changeRow
		q := v.tx.NewSelect().Model(&rows).Order("id").Limit(changesAtOnce)
		if !first { // one without an id is not ours, and comes first
			q.Where("id > ?", after)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		for _, row := range rows {
			after = row.ID
			if err := v.changeNow(ctx, row); err != nil {
				return err
			}
		}
		if len(rows) < changesAtOnce {
			break
		}
	}
	if id, left := first(v.changes); left {
		return v.differs(v.changes[id].position, "change "+id, "is missing")
	}
	return nil
}

func (v *verifier) changeNow(ctx context.Context, row changeRow) error {
	c, of := v.changes[row.ID], "change "+row.ID
	if c == nil {
		return v.differs(v.at, of, "is in no entry")
	}
	if doc, err := json.Marshal(row.said()); err != nil || !bytes.Equal(doc, c.doc) {
		return v.differs(c.position, of, "is not what the history says last")
	}
	steps, err := stepsOf(ctx, v.tx, row.ID)
	if err != nil {
		return err
	}
	for _, st := range steps {
		said, there := c.steps[st.Key]
		of := of + ", step " + st.Key
		if !there {
			return v.differs(v.at, of, "is in no entry")
		}
		if doc, err := json.Marshal(st.said()); err != nil || !bytes.Equal(doc, said.doc) {
			return v.differs(said.position, of, "is not what the history says last")
		}
		plan, err := st.step()
		if err != nil {
			return err
		}
		v.names(c.planned, plan.Before, plan.Saved, plan.After)
		delete(c.steps, st.Key)
	}
	if key, left := first(c.steps); left {
		return v.differs(c.steps[key].position, of+", step "+key, "is missing")
	}
	delete(v.changes, row.ID)
	return nil
}

func (v *verifier) halt(ctx context.Context) error {
	var row haltRow
	now := haltSaid{}
	switch err := v.tx.NewSelect().Model(&row).Where("id = 1").Scan(ctx); {
	case err == nil:
		now = *row.said()
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if now != v.halted {
		return v.differs(v.haltAt, "halt", "of all publishing is not what the history says last")
	}
	return nil
}

// contentsNow looks whether every content that was named is there and fits its hash, those named first first.
func (v *verifier) contentsNow(ctx context.Context) error {
	hashes := slices.SortedFunc(maps.Keys(v.contents), func(a, b string) int {
		pa, pb := v.contents[a], v.contents[b]
		if pa.seq != pb.seq {
			return int(pa.seq - pb.seq)
		}
		return bytes.Compare([]byte(a), []byte(b))
	})
	for _, h := range hashes {
		_, err := content1(ctx, v.tx, h)
		if id := fault.From(err); err != nil && (id.Kind == fault.NotFound || id.Kind == fault.Internal) && ctx.Err() == nil {
			return v.differs(v.contents[h], "content "+h, "is missing or damaged: "+err.Error())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
