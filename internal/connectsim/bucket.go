package connectsim

import "time"

// bucketKey is the scope of a quota: AWS counts per account, Region and operation, over all users and instances.
type bucketKey struct{ account, region, op string }

// bucket is a token bucket. How AWS refills its own is not documented; this one refills evenly.
type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token; false means the quota is used up.
func (s *Sim) take(k bucketKey, now time.Time) bool {
	if s.o.Rate <= 0 {
		return true
	}
	b := s.buckets[k]
	if b == nil {
		s.dropFull(now)
		b = &bucket{tokens: float64(s.o.Burst), at: now}
		s.buckets[k] = b
	}
	if since := now.Sub(b.at); since > 0 {
		b.tokens = min(float64(s.o.Burst), b.tokens+since.Seconds()*s.o.Rate)
		b.at = now
	}
	// The margin absorbs rounding: a caller who waits exactly 1/rate must get a token.
	if b.tokens < 1-1e-9 {
		return false
	}
	b.tokens--
	return true
}

// maxBuckets is how many buckets are kept without a look at which are full: callers choose the Region.
const maxBuckets = 4096

// dropFull forgets buckets that have refilled: they are as good as new ones. It does nothing while there are few, or not twice as many as were left
// the last time: a look at all of them is not for every caller.
func (s *Sim) dropFull(now time.Time) {
	if len(s.buckets) < max(maxBuckets, 2*s.unfilled) {
		return
	}
	for k, b := range s.buckets {
		if b.tokens+now.Sub(b.at).Seconds()*s.o.Rate >= float64(s.o.Burst) {
			delete(s.buckets, k)
		}
	}
	s.unfilled = len(s.buckets)
}
