package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
	"wrapup/internal/publish"
)

// entriesAtOnce is how many entries are read at a time.
const entriesAtOnce = 500

type entryRow struct {
	bun.BaseModel `bun:"table:entry,alias:e"`

	Seq     int64     `bun:"seq,pk"`
	At      time.Time `bun:"at"`
	Kind    string    `bun:"kind"`
	Change  string    `bun:"change"`
	Step    string    `bun:"step"`
	Person  string    `bun:"person"`
	Name    string    `bun:"name"`
	Address string    `bun:"address"`
	Body    string    `bun:"body"`
	Prev    string    `bun:"prev"`
	Hash    string    `bun:"hash"`
}

func (r entryRow) entry() publish.Entry {
	return publish.Entry{
		Seq: r.Seq, At: r.At.UTC(), Kind: publish.EntryKind(r.Kind), Change: r.Change, Step: r.Step,
		By: publish.Actor{ID: r.Person, Name: r.Name, Address: r.Address}, Body: json.RawMessage(r.Body), Prev: r.Prev, Hash: r.Hash,
	}
}

// act is what an entry is made of.
type act struct {
	kind   publish.EntryKind
	at     time.Time
	by     publish.Actor
	change string
	step   string
	said   said
}

// said is an entry's body: how what was written stands now, so that the last entry that speaks of a thing tells its present state.
type said struct {
	Title   *fault.Message  `json:"title,omitempty"` // of a change that was planned
	Change  *changeSaid     `json:"change,omitempty"`
	Steps   []stepSaid      `json:"steps,omitempty"`
	Why     *fault.Message  `json:"why,omitempty"`    // of a step that was reopened, or an approval that fell
	Former  json.RawMessage `json:"former,omitempty"` // its intent that was not carried out
	Halt    *haltSaid       `json:"halt,omitempty"`
	Rules   *rulesSaid      `json:"rules,omitempty"`
	Adopted *adoptedSaid    `json:"adopted,omitempty"`
	Record  *recordSaid     `json:"record,omitempty"`
	Began   *beganSaid      `json:"began,omitempty"`
}

// changeSaid is all that moves of a change, and a digest of what is fixed.
type changeSaid struct {
	Instance   string          `json:"instance"`
	Hash       string          `json:"hash"`  // the plan's, as it is approved
	Fixed      string          `json:"fixed"` // SHA-256
	State      string          `json:"state"`
	Approved   json.RawMessage `json:"approved,omitempty"` // who
	ApprovedBy string          `json:"approved_by,omitempty"`
	ApprovedAt time.Time       `json:"approved_at,omitzero"`
	Reason     string          `json:"reason,omitempty"`
	Mode       string          `json:"mode,omitempty"`
	NotBefore  time.Time       `json:"not_before,omitzero"`
	BreakGlass bool            `json:"break_glass,omitempty"`
	Proposal   json.RawMessage `json:"proposal,omitempty"`
	Fell       json.RawMessage `json:"fell,omitempty"`
	Stopped    json.RawMessage `json:"stopped,omitempty"` // who asked
	Runs       int64           `json:"runs,omitempty"`
	Run        string          `json:"run,omitempty"` // the operation that has it
	RunAttempt int64           `json:"run_attempt,omitempty"`
	Lost       int64           `json:"lost,omitempty"` // runs that ended without a word
	Started    time.Time       `json:"started,omitzero"`
	Finished   time.Time       `json:"finished,omitzero"`
}

// stepSaid is the same of a step.
type stepSaid struct {
	Key     string          `json:"key"`
	Flow    string          `json:"flow,omitempty"`
	Fixed   string          `json:"fixed"` // SHA-256
	State   string          `json:"state"`
	Intent  json.RawMessage `json:"intent,omitempty"`
	Outcome json.RawMessage `json:"outcome,omitempty"`
}

type haltSaid struct {
	Holds  bool      `json:"holds"`
	By     string    `json:"by,omitempty"` // JSON
	At     time.Time `json:"at,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

type recordSaid struct {
	ID      int64  `json:"id"`
	Action  string `json:"action"`
	Subject string `json:"subject,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Result  string `json:"result"`

	Args map[string]string `json:"args,omitempty"` // of the sentence that Result or Reason names
}

// beganSaid is how everything stood when the chain began.
type beganSaid struct {
	Changes []formerChange `json:"changes,omitempty"`
	Record  formerRecord   `json:"record"`
}

type formerChange struct {
	ID     string     `json:"id"`
	Change changeSaid `json:"change"`
	Steps  []stepSaid `json:"steps,omitempty"`
}

// formerRecord is the record up to its entry Last.
type formerRecord struct {
	Last   int64  `json:"last"`
	Digest string `json:"digest"` // SHA-256 over all entries
}

func (r changeRow) said() changeSaid {
	return changeSaid{
		Instance: r.Instance, Hash: r.Hash,
		Fixed: digest(r.ID, r.Instance, r.Region, r.Account, r.Person, r.Hash, r.Plan, r.Created.UTC().Format(time.RFC3339Nano)),
		State: r.State, Approved: rawJSON(r.Approved), ApprovedBy: r.ApprovedBy, ApprovedAt: r.ApprovedAt.UTC(), Reason: r.Reason, Mode: r.Mode,
		NotBefore: r.NotBefore.UTC(), BreakGlass: r.BreakGlass, Proposal: rawJSON(r.Proposal), Fell: rawJSON(r.Fell), Stopped: rawJSON(r.Stopped), Runs: r.Runs, Run: r.Run, RunAttempt: r.RunAttempt, Lost: r.Lost,
		Started: r.Started.UTC(), Finished: r.Finished.UTC(),
	}
}

func (r stepRow) said() stepSaid {
	return stepSaid{
		Key: r.Key, Flow: r.Flow, Fixed: digest(r.ChangeID, r.Key, strconv.Itoa(r.Position), r.Kind, r.Plan),
		State: r.State, Intent: rawJSON(r.Intent), Outcome: rawJSON(r.Outcome),
	}
}

func (r recordRow) said() *recordSaid {
	return &recordSaid{ID: r.ID, Action: r.Action, Subject: r.Subject, Reason: r.Reason, Result: r.Result}
}

// act is what was done to the change and to these of its steps.
func (r changeRow) act(kind publish.EntryKind, at time.Time, by publish.Actor, steps ...stepRow) *act {
	change := r.said()
	a := &act{kind: kind, at: at, by: by, change: r.ID, said: said{Change: &change}}
	for _, st := range steps {
		a.said.Steps = append(a.said.Steps, st.said())
	}
	return a
}

// digest is the SHA-256 of words, each written with its length.
func digest(words ...string) string {
	h := sha256.New()
	for _, w := range words {
		fmt.Fprintf(h, "%d:%s,", len(w), w)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// recorded runs f in a transaction and adds to the history what f did; nothing where it did nothing. There is one chain, so only one such
// transaction is open at a time. On PostgreSQL its lock is taken before any row's, hence in the same order by all.
func (s *Store) recorded(ctx context.Context, doing string, f func(ctx context.Context, tx bun.Tx) (*act, error)) error {
	return s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		if err := s.alone(ctx, tx, ofHistory); err != nil {
			return err
		}
		a, err := f(ctx, tx)
		if err != nil || a == nil {
			return err
		}
		var head entryRow
		err = tx.NewSelect().Model(&head).Column("seq", "hash").Order("seq DESC").Limit(1).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.Internal, "store.damaged").Because(errors.New("the history has no first entry"))
		}
		if err != nil {
			return err
		}
		return s.append(ctx, tx, head, *a)
	})
}

// append adds an entry behind head, which is the zero row where there is none.
func (s *Store) append(ctx context.Context, conn bun.IConn, head entryRow, a act) error {
	body, err := json.Marshal(a.said)
	if err != nil {
		return err
	}
	row := entryRow{
		Seq: head.Seq + 1, At: micro(a.at), Kind: string(a.kind), Change: text(a.change), Step: text(a.step),
		Person: text(a.by.ID), Name: text(a.by.Name), Address: text(a.by.Address), Body: string(body), Prev: head.Hash,
	}
	row.Hash = row.entry().Sum()
	_, err = s.db.NewInsert().Conn(conn).Model(&row).Exec(ctx)
	return err
}

// begin writes the first entry: what was before is told as it stands now.
func (s *Store) begin(ctx context.Context, tx *sql.Tx) error {
	var rows []changeRow
	if err := s.db.NewSelect().Conn(tx).Model(&rows).ExcludeColumn(since...).Order("created", "id").Scan(ctx); err != nil {
		return err
	}
	var began beganSaid
	for _, row := range rows {
		var steps []stepRow
		if err := s.db.NewSelect().Conn(tx).Model(&steps).Where("change_id = ?", row.ID).Order("position").Scan(ctx); err != nil {
			return err
		}
		c := formerChange{ID: row.ID, Change: row.said()}
		for _, st := range steps {
			c.Steps = append(c.Steps, st.said())
		}
		began.Changes = append(began.Changes, c)
	}
	var err error
	if began.Record, err = s.formerRecord(ctx, tx, 0); err != nil {
		return err
	}
	return s.append(ctx, tx, entryRow{}, act{kind: publish.EntryBegan, at: s.now(), said: said{Began: &began}})
}

// formerRecord reads the record up to the entry last; all of it where last is 0.
func (s *Store) formerRecord(ctx context.Context, conn bun.IConn, last int64) (formerRecord, error) {
	var f formerRecord
	h := sha256.New()
	for {
		var rows []recordRow
		q := s.db.NewSelect().Conn(conn).Model(&rows).Where("id > ?", f.Last).Order("id").Limit(entriesAtOnce)
		if last > 0 {
			q.Where("id <= ?", last)
		}
		if err := q.Scan(ctx); err != nil {
			return f, err
		}
		for _, r := range rows {
			f.Last = r.ID
			fmt.Fprintln(h, r.digest())
		}
		if len(rows) < entriesAtOnce {
			f.Digest = hex.EncodeToString(h.Sum(nil))
			return f, nil
		}
	}
}

func (r recordRow) digest() string {
	return digest(strconv.FormatInt(r.ID, 10), r.At.UTC().Format(time.RFC3339Nano), r.Person, r.Name, r.Address, r.Action, r.Subject, r.Reason, r.Result)
}

// History gives the entries after one, in order, until yield is false. It sees what is committed as it comes to it.
func (s *Store) History(ctx context.Context, after int64, yield func(publish.Entry) bool) error {
	for {
		rows, err := s.entriesAfter(ctx, s.db, after, entriesAtOnce)
		if err != nil {
			return failed("read the history", err)
		}
		for _, r := range rows {
			if after = r.Seq; !yield(r.entry()) {
				return nil
			}
		}
		if len(rows) < entriesAtOnce {
			return nil
		}
	}
}

func (s *Store) entriesAfter(ctx context.Context, conn bun.IConn, after int64, limit int) ([]entryRow, error) {
	var rows []entryRow
	err := s.db.NewSelect().Conn(conn).Model(&rows).Where("seq > ?", after).Order("seq").Limit(int64(limit)).Scan(ctx)
	return rows, err
}
