package handlers

import (
	"testing"
	"time"
)

func TestTimesAreAbsoluteWithTheirZone(t *testing.T) {
	t.Parallel()
	taipei := time.FixedZone("", 8*3600)
	p := timeProps(t.Context(), readingTime.In(taipei), pageTime)
	if p.Absolute != "22 Nov 2026, 07:47 UTC" || p.Relative != "4 minutes ago" || p.Machine != "2026-11-22T07:47:00Z" {
		t.Errorf("got %+v", p)
	}
	if p := timeProps(t.Context(), time.Time{}, pageTime); p.Absolute != "Not known" || p.Machine != "" {
		t.Errorf("the zero time: %+v", p)
	}
}

func TestRelativeTime(t *testing.T) {
	t.Parallel()
	for ago, want := range map[time.Duration]string{
		-time.Minute: "", 0: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago",
		time.Hour: "1 hour ago", 47 * time.Hour: "47 hours ago", 48 * time.Hour: "2 days ago", 1000 * time.Hour: "41 days ago",
	} {
		if got := relativeTime(t.Context(), pageTime.Add(-ago), pageTime); got != want {
			t.Errorf("%v: got %q, want %q", ago, got, want)
		}
	}
}
