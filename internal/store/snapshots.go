package store

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/instance"
	"wrapup/internal/ordered"
	"wrapup/internal/publish"
)

// hashLength is that of a SHA-256 in hex.
const hashLength = 64

// isHash says whether h can be a content's hash; anything else is looked for nowhere.
func isHash(h string) bool {
	for _, c := range []byte(h) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(h) == hashLength
}

// Traces implements publish.Past. Steps of one change follow each other backwards.
func (s *Store) Traces(ctx context.Context, f publish.PastFilter) ([]publish.Trace, int, error) {
	if f.Hash != "" && !isHash(f.Hash) {
		return nil, 0, nil
	}
	if f.Limit <= 0 {
		f.Limit = listed
	}
	var steps []stepRow
	q := s.db.NewSelect().Model(&steps).Join("JOIN change_set AS c ON c.id = s.change_id").
		Where("s.flow = ? AND c.instance = ?", text(string(f.Flow)), text(string(f.Instance)))
	if f.Hash != "" {
		in := `%"` + f.Hash + `"%`
		q.Where("(s.plan LIKE ? OR s.intent LIKE ? OR s.outcome LIKE ?)", in, in, in)
	}
	total, err := q.Order("c.created DESC", "c.id DESC", "s.position DESC").Limit(int64(f.Limit)).Offset(int64(max(f.Offset, 0))).ScanAndCount(ctx)
	if err != nil || len(steps) == 0 {
		return nil, int(total), failed("list what was done to the flow", err)
	}
	out, err := s.traces(ctx, steps)
	return out, int(total), failed("list what was done to the flow", err)
}

// traces puts each step beside its change.
func (s *Store) traces(ctx context.Context, steps []stepRow) ([]publish.Trace, error) {
	var ids []string
	for _, st := range steps {
		ids = append(ids, st.ChangeID)
	}
	var rows []changeRow
	if err := s.db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	changes := map[string]publish.Change{}
	for _, r := range rows {
		c, err := r.change(nil)
		if err != nil {
			return nil, err
		}
		changes[r.ID] = c
	}
	var out []publish.Trace
	for _, row := range steps {
		st, err := row.step()
		if err != nil {
			return nil, unreadable(row.ChangeID, err)
		}
		out = append(out, publish.Trace{Change: changes[row.ChangeID], Step: st})
	}
	return out, nil
}

// leftAt is what the flows of an instance were left with at an entry of the history. It is never changed.
type leftAt struct {
	seq  int64
	left map[instance.FlowID]publish.Left
}

// leavings are the entries that tell of other leavings than those before.
var leavings = []publish.EntryKind{publish.EntryIntent, publish.EntryOutcome, publish.EntryReopened, publish.EntrySettled, publish.EntryAdopted}

// Left implements publish.Past, by one query for the steps and one for what was adopted. What it gave last holds until the history goes on
// with an entry that tells otherwise: lists ask at every look, and of many flows it takes long.
func (s *Store) Left(ctx context.Context, in instance.ID) (map[instance.FlowID]publish.Left, error) {
	v, known := s.left.Load(in)
	last, _ := v.(leftAt)
	var head, moved int64
	q := s.db.NewSelect().Model((*entryRow)(nil)).ColumnExpr("COALESCE(MAX(e.seq), 0)")
	if known {
		q.ColumnExpr("COUNT(CASE WHEN e.kind IN (?) THEN 1 END)", bun.List(leavings)).Where("e.seq > ?", last.seq)
	} else {
		q.ColumnExpr("1")
	}
	err := q.Scan(ctx, &head, &moved)
	if err == nil && moved > 0 {
		last.left, err = leftOf(ctx, s.db, in, "") // at least as it was at the head
	}
	if err != nil {
		return nil, failed("look what the flows were left with", err)
	}
	last.seq = max(last.seq, head)
	s.left.Store(in, last)
	return last.left, nil
}

// leftRow is what tells how a step left its flow.
type leftRow struct {
	Flow     string `bun:"flow"`
	Kind     string `bun:"kind"`
	State    string `bun:"state"`
	ChangeID string `bun:"change_id"`
	Key      string `bun:"key"`
	Outcome  string `bun:"outcome"`
	Told     int64  `bun:"told"` // number of the entry that tells the outcome; 0 where the history began later
}

// told is the number of the entry that tells a step's outcome, by the index entry_told.
const told = `COALESCE((SELECT MAX(e.seq) FROM entry AS e WHERE e.change = s.change_id AND e.step = s.key AND e.kind IN ('outcome', 'settled')), 0) AS told`

// leftOf is what the flows of an instance, or one of them, are known to hold.
func leftOf(ctx context.Context, db bun.IDB, in instance.ID, flow instance.FlowID) (map[instance.FlowID]publish.Left, error) {
	var rows []leftRow
	q := db.NewSelect().TableExpr("step AS s").Join("JOIN change_set AS c ON c.id = s.change_id").
		ColumnExpr("s.flow, s.kind, s.state, s.change_id, s.key, COALESCE(s.outcome, '') AS outcome").ColumnExpr(told).
		Where("c.instance = ? AND s.flow <> '' AND s.state IN (?, ?, ?)", text(string(in)), publish.StepIntent, publish.StepDone, publish.StepUnclear)
	if flow != "" {
		q.Where("s.flow = ?", text(string(flow)))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	ordered.By(rows, func(a, b leftRow) int { return cmp.Compare(a.Told, b.Told) })
	left := map[instance.FlowID]publish.Left{}
	for _, r := range rows {
		id := instance.FlowID(r.Flow)
		l, err := r.after(left[id])
		if err != nil {
			return nil, unreadable(r.ChangeID, err)
		}
		left[id] = l
	}
	return left, adoptedSince(ctx, db, in, flow, left)
}

// after is what is known with the step, too: of two steps, the one whose outcome was told later counts. Of those from before the history began only
// their times tell; a clock that was set back since does not matter.
func (r leftRow) after(former publish.Left) (publish.Left, error) {
	switch {
	case !publish.StepKind(r.Kind).WritesContent():
		return former, nil
	case r.State == string(publish.StepIntent):
		former.Open = true
		return former, nil
	}
	var o struct {
		At       time.Time
		ReadBack string
	}
	err := json.Unmarshal([]byte(r.Outcome), &o)
	if r.Told == 0 && o.At.Before(former.At) {
		return former, err
	}
	return publish.Left{Change: r.ChangeID, Step: r.Key, Hash: o.ReadBack, At: o.At, Open: former.Open}, err
}
