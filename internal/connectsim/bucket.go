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
