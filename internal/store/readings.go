package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
	"wrapup/internal/survey"
)

// readings keeps readings. Each has its parts under the name of an edition: a new reading's are written some at a time beside the
// former one's, and come to be the instance's in one short transaction, so that no writer waits long and no reader sees half of it.
type readings struct{ s *Store }

// Readings gives the store of readings.
func (s *Store) Readings() survey.Cache { return &readings{s} }

const (
	partsAtOnce  = 250       // in one transaction
	hashesAtOnce = 200       // in one query
	leftFor      = time.Hour // what nothing names stays so long: another process may be about to name it
)

type readingRow struct {
	bun.BaseModel `bun:"table:reading,alias:r"`

	Instance string `bun:"instance,pk"`
	Stamp    int64  `bun:"stamp"`
	Edition  string `bun:"edition"`
	Head     []byte `bun:"head"`
}

type partRow struct {
	bun.BaseModel `bun:"table:reading_part,alias:p"`

	Instance string    `bun:"instance,pk"`
	Edition  string    `bun:"edition,pk"`
	Key      string    `bun:"key,pk"`
	Doc      []byte    `bun:"doc"`
	Hashes   string    `bun:"hashes"`
	Kept     time.Time `bun:"kept"`
}

// Stamp implements survey.Cache.
func (x *readings) Stamp(ctx context.Context, id instance.ID) (int64, error) {
	row, err := x.row(ctx, x.s.db, id, "stamp")
	return row.Stamp, failed("look for a kept reading", err)
}

// row gives columns of the instance's row; the zero row where there is none.
func (x *readings) row(ctx context.Context, db bun.IDB, id instance.ID, columns ...string) (readingRow, error) {
	var row readingRow
	err := db.NewSelect().Model(&row).Column(columns...).Where("instance = ?", text(string(id))).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return readingRow{}, nil
	}
	return row, err
}

// Load implements survey.Cache.
func (x *readings) Load(ctx context.Context, id instance.ID) (survey.Kept, error) {
	var out survey.Kept
	// At this level PostgreSQL gives both queries one moment, as SQLite always does.
	moment := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	err := x.s.db.RunInTx(ctx, moment, func(ctx context.Context, tx bun.Tx) error {
		row, err := x.row(ctx, tx, id, "instance", "stamp", "edition", "head")
		if err == nil {
			out, err = x.kept(ctx, tx, row)
		}
		return err
	})
	if err != nil {
		return survey.Kept{}, failed("load the kept reading", err)
	}
	return out, nil
}

// partsOf sorts, for databases differ in how they compare text.
func partsOf(rows []partRow) ([]survey.Part, error) {
	ordered.By(rows, func(a, b partRow) int { return strings.Compare(a.Key, b.Key) })
	parts := make([]survey.Part, 0, len(rows))
	for _, r := range rows {
		p := survey.Part{Key: r.Key, Doc: r.Doc}
		if err := json.Unmarshal([]byte(r.Hashes), &p.Hashes); err != nil {
			return nil, fault.New(fault.Internal, "store.damaged").Because(fmt.Errorf("part %q of a reading: %w", r.Key, err))
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// rowsOf are the rows of parts, each key once: the last counts.
func (x *readings) rowsOf(id instance.ID, edition string, parts []survey.Part) ([]partRow, error) {
	by := make(map[string]partRow, len(parts))
	for _, p := range parts {
		hashes, err := json.Marshal(p.Hashes)
		if err != nil {
			return nil, err
		}
		key := text(p.Key)
		by[key] = partRow{Instance: text(string(id)), Edition: edition, Key: key, Doc: append([]byte{}, p.Doc...), Hashes: string(hashes), Kept: x.s.now()}
	}
	rows := slices.Collect(maps.Values(by))
	ordered.By(rows, func(a, b partRow) int { return strings.Compare(a.Key, b.Key) })
	return rows, nil
}

// Put implements survey.Cache. Whoever changes a reading has its row first, so that stamps and parts are of one order.
func (x *readings) Put(ctx context.Context, id instance.ID, since int64, parts []survey.Part) (stamp int64, err error) {
	err = x.s.write(ctx, "keep parts of a reading", func(ctx context.Context, tx bun.Tx) error {
		const q = `INSERT INTO reading (instance, stamp, edition) VALUES (?, 1, '')
			ON CONFLICT (instance) DO UPDATE SET stamp = reading.stamp + 1 WHERE reading.stamp = ? OR ? RETURNING stamp, edition`
		var edition string
		err := tx.NewRaw(q, text(string(id)), since, since == survey.Whatever).Scan(ctx, &stamp, &edition)
		if errors.Is(err, sql.ErrNoRows) {
			stamp = 0
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := x.rowsOf(id, edition, parts)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(rows, partsAtOnce) {
			if err := insertParts(ctx, tx, some); err != nil {
				return err
			}
		}
		return nil
	})
	return stamp, err
}

func insertParts(ctx context.Context, tx bun.Tx, rows []partRow) error {
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (instance, edition, key) DO UPDATE").
		Set("doc = EXCLUDED.doc").Set("hashes = EXCLUDED.hashes").Set("kept = EXCLUDED.kept").Exec(ctx)
	return err
}

// Save implements survey.Cache. With the stamp comes an error where the reading is kept and only what it no longer needs could not be
// forgotten.
func (x *readings) Save(ctx context.Context, id instance.ID, k survey.Kept, missed func(survey.Kept) []survey.Part) (int64, error) {
	const doing = "keep a reading"
	edition := rand.Text()
	rows, err := x.rowsOf(id, edition, k.Parts)
	if err != nil {
		return 0, failed(doing, err)
	}
	for some := range slices.Chunk(rows, partsAtOnce) {
		err := x.s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error { return insertParts(ctx, tx, some) })
		if err != nil {
			return 0, err
		}
	}
	var former, now readingRow
	err = x.s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) (err error) {
		if former, err = x.locked(ctx, tx, id); err != nil {
			return err
		}
		if missed != nil && former.Stamp != k.Stamp {
			if err := x.add(ctx, tx, former, edition, missed); err != nil {
				return err
			}
		}
		const q = `UPDATE reading SET stamp = stamp + 1, edition = ?, head = ? WHERE instance = ? RETURNING stamp`
		return tx.NewRaw(q, edition, k.Head, text(string(id))).Scan(ctx, &now.Stamp)
	})
	if err != nil {
		return 0, err
	}
	before := x.s.now().Add(-leftFor)
	if err := x.forgetParts(ctx, id, former.Edition, before); err != nil {
		return now.Stamp, err
	}
	return now.Stamp, x.forgetContents(ctx, id, now.Stamp, before)
}

// locked gives the instance's row and keeps others from it until the transaction's end. Where there is none it makes one, so that there is
// something to keep them from.
func (x *readings) locked(ctx context.Context, tx bun.Tx, id instance.ID) (readingRow, error) {
	var row readingRow
	const q = `INSERT INTO reading (instance, stamp, edition) VALUES (?, 0, '') ON CONFLICT (instance) DO NOTHING`
	if _, err := tx.NewRaw(q, text(string(id))).Exec(ctx); err != nil {
		return row, err
	}
	one := tx.NewSelect().Model(&row).Column("instance", "stamp", "edition", "head").Where("instance = ?", text(string(id)))
	return row, x.s.rowLock(one, "UPDATE").Scan(ctx)
}

// add adds to an edition what it misses of the one that it takes the place of.
func (x *readings) add(ctx context.Context, tx bun.Tx, former readingRow, edition string, missed func(survey.Kept) []survey.Part) error {
	now, err := x.kept(ctx, tx, former)
	if err != nil {
		return err
	}
	rows, err := x.rowsOf(instance.ID(former.Instance), edition, missed(now))
	if err != nil {
		return err
	}
	for some := range slices.Chunk(rows, partsAtOnce) {
		if err := insertParts(ctx, tx, some); err != nil {
			return err
		}
	}
	return nil
}

// kept are the row and its parts.
func (x *readings) kept(ctx context.Context, db bun.IDB, row readingRow) (survey.Kept, error) {
	out := survey.Kept{Stamp: row.Stamp, Head: row.Head}
	if row.Stamp == 0 {
		return out, nil
	}
	var rows []partRow
	err := db.NewSelect().Model(&rows).Column("key", "doc", "hashes").Where("instance = ? AND edition = ?", row.Instance, row.Edition).Scan(ctx)
	if err == nil {
		out.Parts, err = partsOf(rows)
	}
	return out, err
}

// forgetParts deletes the parts of a former edition, and what was never finished.
func (x *readings) forgetParts(ctx context.Context, id instance.ID, edition string, before time.Time) error {
	const q = `DELETE FROM reading_part WHERE (instance, edition, key) IN (SELECT instance, edition, key FROM reading_part
		WHERE instance = ? AND (edition = ? OR kept <= ?) AND edition NOT IN (SELECT edition FROM reading WHERE instance = ?) LIMIT ?)`
	for n := int64(partsAtOnce); n == partsAtOnce; {
		err := x.s.write(ctx, "forget a former reading", func(ctx context.Context, tx bun.Tx) error {
			res, err := tx.NewRaw(q, text(string(id)), edition, before, text(string(id)), partsAtOnce).Exec(ctx)
			if err == nil {
				n = changed(res)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetContents deletes the contents that no part names. Once the reading has changed again that is left to the next one.
func (x *readings) forgetContents(ctx context.Context, id instance.ID, stamp int64, before time.Time) error {
	const doing = "forget contents of a former reading"
	unnamed, err := x.unnamed(ctx, id, before)
	if err != nil {
		return failed(doing, err)
	}
	for some := range slices.Chunk(unnamed, hashesAtOnce) {
		err := x.s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
			if now, err := x.locked(ctx, tx, id); err != nil || now.Stamp != stamp {
				return err
			}
			_, err := tx.NewDelete().Model((*readContentRow)(nil)).
				Where("instance = ? AND hash IN (?) AND kept <= ?", text(string(id)), bun.List(some), before).Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unnamed are the hashes of contents that were kept before a time and that no part names, of whatever edition.
func (x *readings) unnamed(ctx context.Context, id instance.ID, before time.Time) ([]string, error) {
	var old, lists []string
	err := x.s.db.NewSelect().Model((*readContentRow)(nil)).Column("hash").Where("instance = ? AND kept <= ?", text(string(id)), before).Scan(ctx, &old)
	if err != nil || len(old) == 0 {
		return nil, err
	}
	if err := x.s.db.NewSelect().Model((*partRow)(nil)).Column("hashes").Where("instance = ?", text(string(id))).Scan(ctx, &lists); err != nil {
		return nil, err
	}
	named := make(map[string]bool, len(lists))
	for _, l := range lists {
		var hashes []string
		if err := json.Unmarshal([]byte(l), &hashes); err != nil {
			return nil, fault.New(fault.Internal, "store.damaged").Because(err)
		}
		for _, h := range hashes {
			named[h] = true
		}
	}
	return slices.DeleteFunc(old, func(h string) bool { return named[h] }), nil
}
