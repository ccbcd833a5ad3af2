package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/uptrace/bun"
)

// keptFor is how long what no longer counts stays: sign-in attempts and links. Sessions go as they expire.
const keptFor = 24 * time.Hour

// Tidy deletes expired sessions, and sign-in attempts and links that have meant nothing for a day. The journal, contents
// and the record are never tidied.
func (s *Store) Tidy(ctx context.Context) error {
	now := s.now()
	return s.write(ctx, "tidy", func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("expires <= ?", now).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*attemptRow)(nil)).Where("at <= ?", now.Add(-keptFor)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*linkRow)(nil)).Where("expires <= ?", now.Add(-keptFor)).Exec(ctx)
		return err
	})
}

// KeepTidy tidies now and every so often until ctx ends. A failure is logged: the next time may be better.
func (s *Store) KeepTidy(ctx context.Context, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.Tidy(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "tidy the database", slog.String("error", err.Error()))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
