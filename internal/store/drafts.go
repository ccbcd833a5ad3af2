package store

import (
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

var _ publish.Drafts = (*Store)(nil)

type draftRow struct {
	bun.BaseModel `bun:"table:guide_draft,alias:d"`

	Instance string    `bun:"instance,pk"`
	Flow     string    `bun:"flow,pk"`
	Rev      int64     `bun:"rev"`
	Draft    string    `bun:"draft,nullzero"`
	Changed  time.Time `bun:"changed"`
}

func (r draftRow) draft() (publish.GuideDraft, error) {
	var d publish.GuideDraft
	if err := json.Unmarshal([]byte(r.Draft), &d); err != nil {
		return d, fault.New(fault.Internal, "store.damaged").Because(fmt.Errorf("draft of flow %q: %w", r.Flow, err))
	}
	d.Rev = r.Rev
	return d, nil
}

// Draft implements publish.Drafts.
func (s *Store) Draft(ctx context.Context, in instance.ID, flow string) (publish.GuideDraft, bool, error) {
	row := draftRow{Instance: text(string(in)), Flow: text(flow)}
	err := s.db.NewSelect().Model(&row).WherePK().Where("draft IS NOT NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return publish.GuideDraft{}, false, nil
	}
	if err != nil {
		return publish.GuideDraft{}, false, failed("read the draft", err)
	}
	d, err := row.draft()
	return d, err == nil, failed("read the draft", err)
}

// SaveDraft implements publish.Drafts and gives the draft back with its new Rev. At is the store's time where it is zero.
// A revision never comes again for the same flow, not even when the draft was deleted and begun anew.
func (s *Store) SaveDraft(ctx context.Context, d publish.GuideDraft) (publish.GuideDraft, error) {
	if d.At.IsZero() {
		d.At = s.now()
	}
	d.At = d.At.UTC()
	doc, err := json.Marshal(d)
	if err != nil {
		return publish.GuideDraft{}, failed("save the draft", err)
	}
	row := draftRow{Instance: text(string(d.Instance)), Flow: text(d.Flow), Draft: string(doc), Changed: micro(d.At)}
	err = s.write(ctx, "save the draft", func(ctx context.Context, tx bun.Tx) error { return saveDraft(ctx, tx, &row, d.Rev) })
	if err != nil {
		return publish.GuideDraft{}, err
	}
	d.Rev = row.Rev
	return d, nil
}

// saveDraft writes over the revision read, over a deleted draft where read is 0, and over nothing else.
func saveDraft(ctx context.Context, tx bun.Tx, row *draftRow, read int64) error {
	old := draftRow{Instance: row.Instance, Flow: row.Flow}
	err := tx.NewSelect().Model(&old).WherePK().Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	there := old.Draft != ""
	if there && old.Rev != read || !there && read != 0 {
		return fault.New(fault.Conflict, "draft.changed")
	}
	row.Rev = old.Rev + 1
	if err != nil { // no row yet
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		if notUnique(err) {
			err = fault.New(fault.Conflict, "draft.changed").Because(err)
		}
		return err
	}
	res, err := tx.NewUpdate().Model(row).Column("rev", "draft", "changed").WherePK().Where("rev = ?", old.Rev).Exec(ctx)
	if err == nil && changed(res) == 0 {
		err = fault.New(fault.Conflict, "draft.changed")
	}
	return err
}

// DeleteDraft implements publish.Drafts; deleting what is not there, or was saved anew since rev, is no error.
func (s *Store) DeleteDraft(ctx context.Context, in instance.ID, flow string, rev int64) error {
	return s.write(ctx, "delete the draft", func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewUpdate().Model((*draftRow)(nil)).Set("draft = NULL").Set("rev = rev + 1").Set("changed = ?", s.now()).
			Where("instance = ? AND flow = ? AND draft IS NOT NULL", text(string(in)), text(flow))
		if rev != 0 {
			q = q.Where("rev = ?", rev)
		}
		_, err := q.Exec(ctx)
		return err
	})
}

// DraftsOf implements publish.Drafts; the order is that of the flows' ids.
func (s *Store) DraftsOf(ctx context.Context, in instance.ID) ([]publish.GuideDraft, error) {
	var rows []draftRow
	err := s.db.NewSelect().Model(&rows).Where("instance = ? AND draft IS NOT NULL", text(string(in))).Order("flow").Scan(ctx)
	if err != nil {
		return nil, failed("list the drafts", err)
	}
	var out []publish.GuideDraft
	for _, r := range rows {
		d, err := r.draft()
		if err != nil {
			return nil, failed("list the drafts", err)
		}
		out = append(out, d)
	}
	return out, nil
}
