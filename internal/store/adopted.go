package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/publish"
)

type adoptedRow struct {
	bun.BaseModel `bun:"table:adopted,alias:a"`

	Instance string    `bun:"instance,pk"`
	Flow     string    `bun:"flow,pk"`
	N        int64     `bun:"n,pk"` // from 1, of each flow
	Name     string    `bun:"name"`
	ChangeID string    `bun:"change_id"`
	Step     string    `bun:"step"`
	Former   string    `bun:"former"`
	Hash     string    `bun:"hash"`
	Person   string    `bun:"person"` // JSON
	At       time.Time `bun:"at"`
	Reason   string    `bun:"reason"`
}

// adoptedSaid is what an entry says of it: all.
type adoptedSaid struct {
	Instance string `json:"instance"`
	Flow     string `json:"flow"`
	N        int64  `json:"n"`
	Name     string `json:"name,omitempty"`
	Change   string `json:"change"` // which wrote the flow last
	Step     string `json:"step"`
	Former   string `json:"former"` // hash of what the flow was known to hold
	Hash     string `json:"hash"`
	Reason   string `json:"reason,omitempty"`
}

func (r adoptedRow) said() *adoptedSaid {
	return &adoptedSaid{
		Instance: r.Instance, Flow: r.Flow, N: r.N, Name: r.Name, Change: r.ChangeID, Step: r.Step, Former: r.Former, Hash: r.Hash, Reason: r.Reason,
	}
}

func (r adoptedRow) adoption() (publish.Adoption, error) {
	a := publish.Adoption{
		Instance: instance.ID(r.Instance), Flow: instance.FlowID(r.Flow), Name: r.Name, Change: r.ChangeID, Step: r.Step,
		Over: r.Former, Hash: r.Hash, At: r.At.UTC(), Reason: r.Reason,
	}
	if err := json.Unmarshal([]byte(r.Person), &a.By); err != nil {
		return a, fault.New(fault.Internal, "store.damaged").Because(fmt.Errorf("adoption %d of flow %q: %w", r.N, r.Flow, err))
	}
	return a, nil
}

// Adopt implements publish.Past. The content must be kept already. The entry is about the flow, and about no step of a change.
func (s *Store) Adopt(ctx context.Context, a publish.Adoption) error {
	who, err := json.Marshal(a.By)
	if err != nil {
		return failed("adopt what the flow holds", err)
	}
	row := adoptedRow{
		Instance: text(string(a.Instance)), Flow: text(string(a.Flow)), Name: text(a.Name), ChangeID: text(a.Change), Step: text(a.Step),
		Former: a.Over, Hash: a.Hash, Person: string(who), At: micro(a.At), Reason: text(a.Reason),
	}
	return s.recorded(ctx, "adopt what the flow holds", func(ctx context.Context, tx bun.Tx) (*act, error) {
		left, err := leftOf(ctx, tx, a.Instance, a.Flow)
		if err != nil {
			return nil, err
		}
		if l := left[a.Flow]; l.Open || l.Hash == "" || l.Change != a.Change || l.Step != a.Step || l.Hash != a.Over {
			return nil, fault.New(fault.Conflict, "publish.adopt.changed", "Flow", a.Name)
		}
		if _, err := content1(ctx, tx, a.Hash); err != nil {
			return nil, err
		}
		n, err := tx.NewSelect().Model((*adoptedRow)(nil)).Where("instance = ? AND flow = ?", row.Instance, row.Flow).Count(ctx)
		if err != nil {
			return nil, err
		}
		row.N = int64(n) + 1
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return nil, err
		}
		return &act{kind: publish.EntryAdopted, at: row.At, by: a.By, said: said{Adopted: row.said()}}, nil
	})
}

// Adoptions implements publish.Past.
func (s *Store) Adoptions(ctx context.Context, in instance.ID, flow instance.FlowID) ([]publish.Adoption, error) {
	var rows []adoptedRow
	err := s.db.NewSelect().Model(&rows).Where("instance = ? AND flow = ?", text(string(in)), text(string(flow))).Order("n DESC").Scan(ctx)
	var out []publish.Adoption
	for _, r := range rows {
		a, unread := r.adoption()
		if unread != nil {
			return nil, unread
		}
		out = append(out, a)
	}
	return out, failed("list what was adopted of the flow", err)
}

// adoptedSince puts what was adopted after a flow was written last in the place of what was read back.
func adoptedSince(ctx context.Context, db bun.IDB, in instance.ID, flow instance.FlowID, left map[instance.FlowID]publish.Left) error {
	if len(left) == 0 {
		return nil
	}
	var rows []adoptedRow
	q := db.NewSelect().Model(&rows).Column("flow", "change_id", "step", "hash", "at").Where("instance = ?", text(string(in))).Order("n")
	if flow != "" {
		q.Where("flow = ?", text(string(flow)))
	}
	if err := q.Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		id := instance.FlowID(r.Flow)
		if l := left[id]; l.Change == r.ChangeID && l.Step == r.Step {
			l.Hash, l.At, l.Adopted = r.Hash, r.At.UTC(), true
			left[id] = l
		}
	}
	return nil
}

// hearAdopted notes what an entry says was adopted.
func (v *verifier) hearAdopted(by publish.Actor, a *adoptedSaid) {
	if a == nil {
		return
	}
	v.adopted[adoptedKey(*a)] = adoptedHeard{v.at, *a, by}
	v.names(v.at, a.Hash, a.Former)
}

type adoptedHeard struct {
	position
	said adoptedSaid
	by   publish.Actor
}

func adoptedKey(a adoptedSaid) string {
	return fmt.Sprintf("adoption %d of flow %s of %s", a.N, a.Flow, a.Instance)
}

// adoptedNow compares what was adopted.
func (v *verifier) adoptedNow(ctx context.Context) error {
	var rows []adoptedRow
	if err := v.tx.NewSelect().Model(&rows).Order("instance", "flow", "n").Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		key := adoptedKey(*r.said())
		heard, there := v.adopted[key]
		if !there {
			return v.differs(v.at, key, "is in no entry")
		}
		if a, err := r.adoption(); err != nil || *r.said() != heard.said || a.By != heard.by || !r.At.Equal(heard.at) {
			return v.differs(heard.position, key, "is not what the history says")
		}
		delete(v.adopted, key)
	}
	if key, left := first(v.adopted); left {
		return v.differs(v.adopted[key].position, key, "is missing")
	}
	return nil
}
