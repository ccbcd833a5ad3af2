package handlers

import (
	"context"
	"time"

	"wrapup/internal/i18n"
	"wrapup/views/ui"
)

// absoluteTime is how pages write a time: with its zone, always UTC, because the people of one instance sit in many.
func absoluteTime(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// timeProps is a time for people; the relative words are an addition. The zero time is "Not known".
func timeProps(ctx context.Context, t, now time.Time) ui.TimeProps {
	if t.IsZero() {
		return ui.TimeProps{Absolute: i18n.T(ctx, "time.none")}
	}
	return ui.TimeProps{Absolute: absoluteTime(t), Relative: relativeTime(ctx, t, now), Machine: t.UTC().Format(time.RFC3339)}
}

// relativeTime is "4 minutes ago"; empty for a time in the future.
func relativeTime(ctx context.Context, t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < 0:
		return ""
	case d < time.Minute:
		return i18n.T(ctx, "time.now")
	case d < time.Hour:
		return i18n.T(ctx, "time.minutes", "Count", int(d/time.Minute))
	case d < 48*time.Hour:
		return i18n.T(ctx, "time.hours", "Count", int(d/time.Hour))
	}
	return i18n.T(ctx, "time.days", "Count", int(d/(24*time.Hour)))
}

// readAt is "Read 4 minutes ago (22 Nov 2026, 07:47 UTC)".
func readAt(ctx context.Context, t, now time.Time) string {
	return i18n.T(ctx, "time.read-at", "Relative", relativeTime(ctx, t, now), "Absolute", absoluteTime(t))
}
