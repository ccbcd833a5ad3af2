package operation

import (
	"hash/fnv"
	"time"
)

// after is the turn that follows one taken at now: on a grid of e.Every, moved by a share of e.Spread that the key decides.
// So no process needs another's random number, and turns do not drift. It is half a period away at least: a first turn, which
// comes when it comes, is not followed by one at once.
func (e Every) after(now time.Time) time.Time {
	if e.Every <= 0 {
		return now
	}
	var moved time.Duration
	if e.Spread > 0 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(e.Key)) // a hash takes everything
		moved = time.Duration(h.Sum64() % uint64(e.Spread))
	}
	next := now.Truncate(e.Every).Add(moved % e.Every)
	for next.Before(now.Add(e.Every / 2)) {
		next = next.Add(e.Every)
	}
	return next
}
