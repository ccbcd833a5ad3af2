package connectsim

import (
	"testing"
	"time"
)

func TestExpiredSessionsGoWithTheCommit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	k := keepLittle(t, Options{Now: func() time.Time { return now }})
	assume := func() { writes["AssumeRole"](k) }
	assume()
	assume()
	now = now.Add(25 * time.Hour) // an hour, and a day
	assume()
	if len(k.sessions) != 3 {
		t.Errorf("%d sessions, a day after the end of two", len(k.sessions))
	}
	now = now.Add(time.Second)
	k.full = &faulty{stateFile: k.kept.file, works: true}
	k.kept.file = k.full
	k.first = k.refuse
	assume() // refused, which changes nothing; and when there is room again
	if len(k.sessions) != 2 {
		t.Errorf("%d sessions, one of them made just now", len(k.sessions))
	}
	k.mustEqual(k.killed(Options{}))
}
