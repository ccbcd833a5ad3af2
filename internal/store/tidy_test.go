package store_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"wrapup/internal/store"
)

func TestTidyingGoesOnUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	s := open(t, ":memory:", store.WithClock(func() time.Time { // asked once each time
		if asked++; asked == 3 {
			cancel()
		}
		return time.Now()
	}))
	s.KeepTidy(ctx, time.Nanosecond, slog.New(slog.DiscardHandler))
	if asked < 3 {
		t.Errorf("tidied %d times", asked)
	}
}
