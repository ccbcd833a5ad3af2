package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

type rulesRow struct {
	bun.BaseModel `bun:"table:rules,alias:ru"`

	Instance string `bun:"instance,pk"`
	Doc      string `bun:"doc"` // JSON
	Rev      int64  `bun:"rev"`
}

// rulesSaid are the rules of an instance as the history tells them.
type rulesSaid struct {
	Instance string          `json:"instance"`
	Rules    json.RawMessage `json:"rules"`
	Rev      int64           `json:"rev"`
}

func (r rulesRow) said() *rulesSaid {
	return &rulesSaid{Instance: r.Instance, Rules: rawJSON(r.Doc), Rev: r.Rev}
}

func (r rulesRow) rules() (publish.Rules, error) {
	out := publish.Rules{Rev: r.Rev}
	if r.Doc == "" {
		return out, nil
	}
	if err := json.Unmarshal([]byte(r.Doc), &out); err != nil {
		return out, fault.New(fault.Internal, "store.damaged").Because(fmt.Errorf("the rules of %q: %w", r.Instance, err))
	}
	return out, nil
}

// rulesOf gives the row of an instance; one without rules where there is none.
func rulesOf(ctx context.Context, db bun.IDB, in string) (rulesRow, error) {
	row := rulesRow{Instance: text(in)}
	err := db.NewSelect().Model(&row).Where("instance = ?", row.Instance).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return rulesRow{Instance: text(in)}, nil
	}
	return row, err
}

// Rules implements publish.Journal.
func (s *Store) Rules(ctx context.Context, in instance.ID) (publish.Rules, error) {
	row, err := rulesOf(ctx, s.db, string(in))
	if err != nil {
		return publish.Rules{}, failed("read the rules of the instance", err)
	}
	return row.rules()
}

// SetRules implements publish.Journal.
func (s *Store) SetRules(ctx context.Context, in instance.ID, r publish.Rules, by publish.Actor, at time.Time) (publish.Rules, error) {
	r.Zone = text(r.Zone)
	doc, err := json.Marshal(r)
	if err != nil {
		return publish.Rules{}, failed("keep the rules of the instance", err)
	}
	var row rulesRow
	err = s.recorded(ctx, "keep the rules of the instance", func(ctx context.Context, tx bun.Tx) (*act, error) {
		var err error
		if row, err = rulesOf(ctx, tx, string(in)); err != nil {
			return nil, err
		}
		if row.Rev != r.Rev {
			return nil, fault.New(fault.Conflict, "rules.changed")
		}
		row.Doc, row.Rev = string(doc), row.Rev+1
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (instance) DO UPDATE").Set("doc = EXCLUDED.doc").Set("rev = EXCLUDED.rev").Exec(ctx)
		return &act{kind: publish.EntryRuled, at: at, by: by, said: said{Rules: row.said()}}, err
	})
	if err != nil {
		return publish.Rules{}, err
	}
	return row.rules()
}

// rulesHeard is what the history said last of the rules of an instance.
type rulesHeard struct {
	position
	doc []byte // JSON
}

func (v *verifier) hearRules(r *rulesSaid) error {
	if r == nil {
		return nil
	}
	doc, err := json.Marshal(r)
	v.rules[r.Instance] = rulesHeard{v.at, doc}
	return err
}

// rulesNow compares the rules of the instances.
func (v *verifier) rulesNow(ctx context.Context) error {
	var rows []rulesRow
	if err := v.tx.NewSelect().Model(&rows).Order("instance").Scan(ctx); err != nil {
		return err
	}
	for _, row := range rows {
		heard, of := v.rules[row.Instance], "rules of "+row.Instance
		if heard.doc == nil {
			return v.differs(v.at, of, "are in no entry")
		}
		if doc, err := json.Marshal(row.said()); err != nil || !bytes.Equal(doc, heard.doc) {
			return v.differs(heard.position, of, "are not what the history says last")
		}
		delete(v.rules, row.Instance)
	}
	if in, left := first(v.rules); left {
		return v.differs(v.rules[in].position, "rules of "+in, "are missing")
	}
	return nil
}
