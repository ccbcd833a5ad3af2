package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"wrapup/internal/publish"
)

// notOfAccounts are what actions of the record begin with that are about changes and flows; the others are about accounts.
var notOfAccounts = []string{"change.", "draft.", "flow.", "guide.", "publishing.", "rules."}

// searchable says whether a text can be looked for in bodies as it is: nothing in it means anything to LIKE or to JSON.
func searchable(text string) bool {
	return text != "" && len(text) <= 200 && strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.:") == "" && !strings.ContainsAny(text, `%_\"`)
}

// Log implements publish.Past.
func (s *Store) Log(ctx context.Context, f publish.LogFilter) ([]publish.Entry, error) {
	if f.Text != "" && !searchable(f.Text) {
		return nil, nil
	}
	if f.Limit <= 0 {
		f.Limit = listed
	}
	var rows []entryRow
	q := s.db.NewSelect().Model(&rows).Order("e.seq DESC").Limit(int64(f.Limit))
	if f.Before > 0 {
		q.Where("e.seq < ?", f.Before)
	}
	if len(f.Kinds) > 0 {
		q.Where("e.kind IN (?)", bun.List(f.Kinds))
	}
	if f.Person != "" {
		q.Where("e.person = ?", text(f.Person))
	}
	if f.Text != "" {
		text := strings.ToLower(f.Text) // databases differ in whether LIKE minds the case
		q.Where("(LOWER(e.change) = ? OR LOWER(e.body) LIKE ?)", text, "%"+text+"%")
	}
	if f.Refused {
		q.Where("(e.kind <> ? OR e.body NOT LIKE ?)", publish.EntryRecorded, `%"result":"ok"%`)
	}
	if !f.Accounts {
		q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			q.Where("e.kind <> ?", publish.EntryRecorded)
			for _, begins := range notOfAccounts {
				q.WhereOr("e.body LIKE ?", `%"action":"`+begins+`%`)
			}
			return q
		})
	}
	if !f.From.IsZero() {
		q.Where("e.at >= ?", micro(f.From))
	}
	if !f.To.IsZero() {
		q.Where("e.at < ?", micro(f.To))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, failed("read the history", err)
	}
	var out []publish.Entry
	for _, r := range rows {
		out = append(out, r.entry())
	}
	return out, nil
}
